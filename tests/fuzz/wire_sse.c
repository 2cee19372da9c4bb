/* Event streams: the result does not depend on how the bytes are cut. The
 * first byte of the input says how. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "wire/json.h"
#include "wire/sse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum status on_event(
	const struct sse_event *ev, void *payload, struct err *err)
{
	struct buf *log = payload;

	(void)err;
	json_put_string(log, ev->event);
	json_put_string(log, ev->data);
	json_put_string(log, ev->id);
	json_put_string(log, ev->error);
	buf_fmt(log, "%d%d%d %lld\n", ev->has_data, ev->comment, ev->partial,
		(long long)ev->retry);
	return ST_OK;
}

static enum status feed(
	const uint8_t *data, size_t size, size_t step, struct buf *log)
{
	enum status st = ST_OK;
	struct sse sse;
	size_t i;

	buf_init(log, BUF_LARGE);
	sse_init(&sse, 256, on_event, log);
	for (i = 0; i < size && st == ST_OK; i += step) {
		size_t n = size - i < step ? size - i : step;
		uint8_t *copy = malloc(n);

		if (copy == NULL)
			abort();
		memcpy(copy, data + i, n);
		st = sse_feed(&sse, copy, n, NULL);
		free(copy);
	}
	if (st == ST_OK)
		st = sse_finish(&sse, NULL);
	sse_release(&sse);
	return st;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf whole;
	struct buf cut;
	size_t step;

	if (size == 0)
		return 0;
	step = 1 + data[0] % 16;
	data++;
	size--;
	if (feed(data, size, size + 1, &whole) != feed(data, size, step, &cut))
		abort();
	if (!span_eq(buf_view(&whole), buf_view(&cut)))
		abort();
	buf_release(&whole);
	buf_release(&cut);
	return 0;
}
