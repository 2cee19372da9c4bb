#include "wire/record_look.h"

#include "wire/record_tags.h"

static void get_document(struct span value, struct record_document *ret)
{
	struct span field;
	uint16_t tag;

	ret->name = span_of(NULL, 0);
	ret->text = span_of(NULL, 0);
	while (record_next_field(&value, &tag, &field)) {
		if (tag == TAG_NAME)
			ret->name = field;
		else if (tag == TAG_TEXT)
			ret->text = field;
	}
}

bool record_next_document(struct span *rest, struct record_document *ret)
{
	struct span value;
	uint16_t tag;

	while (record_next_field(rest, &tag, &value))
		if (tag == TAG_ATTACHMENT) {
			get_document(value, ret);
			return true;
		}
	return false;
}

void record_peek_start(struct span *payload, struct record_brief *ret)
{
	enum { HEAD = 6 };
	struct span value;
	uint16_t tag;

	while (record_next_field(payload, &tag, &value)) {
		if (tag == TAG_ROLE && value.n == 1 &&
			(uint8_t)value.p[0] <= ROLE_TOOL)
			ret->role = (enum role)value.p[0];
		else if (tag == TAG_AGENT)
			ret->agent = value;
	}
	if (payload->n > HEAD)
		*payload = span_of(payload->p + HEAD, payload->n - HEAD);
}
