#include "wire/record_summary.h"

#include "wire/record_tags.h"

enum status record_of_summary(const struct summary *s, struct buf *payload,
	struct record *ret, struct err *err)
{
	size_t start = payload->len;
	enum status st;

	if (s->model.len > 0)
		record_put_field(payload, TAG_MODEL, buf_view(&s->model));
	if (!s->undone)
		record_put_field(payload, TAG_TEXT, buf_view(&s->text));
	st = buf_check(payload, "summary", err);
	if (st != ST_OK)
		return st;
	*ret = (struct record){
		.type = RECORD_SUMMARY,
		.flags = RECORD_MAY_IGNORE,
		.time_ms = s->time_ms,
		.id = s->id,
		.parent = s->last,
		.payload = {payload->p + start, payload->len - start},
	};
	return ST_OK;
}

enum status record_get_summary(
	const struct record *r, struct summary **ret, struct err *err)
{
	struct summary *s = summary_new();
	struct span rest = r->payload;
	struct span value;
	uint16_t tag;

	if (s == NULL)
		return err_nomem(err);
	s->id = r->id;
	s->last = r->parent;
	s->time_ms = r->time_ms;
	while (record_next_field(&rest, &tag, &value)) {
		if (tag == TAG_TEXT)
			buf_set(&s->text, value);
		else if (tag == TAG_MODEL)
			buf_set(&s->model, value);
	}
	s->undone = s->text.len == 0;
	if (rest.n > 0 || s->text.bad || s->model.bad) {
		summary_free(s);
		return err_set(
			err, ST_DAMAGED, "malformed summary in a saved record");
	}
	*ret = s;
	return ST_OK;
}
