/* Payloads: any bytes are refused or read, and what was read is written and
 * read again as the same. */
#include <stdint.h>
#include <stdlib.h>

#include "wire/record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void try_msg(struct span payload)
{
	struct record r = {.type = RECORD_MESSAGE, .payload = payload};
	struct record again;
	struct msg *m = NULL;
	struct msg *m2 = NULL;
	struct buf out;
	struct buf out2;

	if (record_get_msg(&r, &m, NULL) != ST_OK)
		return;
	buf_init(&out, BUF_LARGE);
	buf_init(&out2, BUF_LARGE);
	if (record_of_msg(m, &out, &again, NULL) != ST_OK ||
		record_get_msg(&again, &m2, NULL) != ST_OK)
		abort();
	record_put_msg(m2, &out2);
	if (!span_eq(buf_view(&out), buf_view(&out2)))
		abort();
	msg_free(m);
	msg_free(m2);
	buf_release(&out);
	buf_release(&out2);
}

static void try_meta(struct span payload)
{
	struct meta m;
	struct meta m2;
	struct buf out;

	if (record_get_meta(payload, &m, NULL) != ST_OK)
		return;
	buf_init(&out, BUF_LARGE);
	/* What is not known is not written. */
	m.set &= ~META_OTHER;
	record_put_meta(&m, &out);
	if (record_get_meta(buf_view(&out), &m2, NULL) != ST_OK ||
		(m.set & ~META_OTHER) != m2.set ||
		m2.title.n > META_TITLE_MAX || !span_eq(m.system, m2.system))
		abort();
	buf_release(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span payload = span_of(data, size);

	try_msg(payload);
	try_meta(payload);
	return 0;
}
