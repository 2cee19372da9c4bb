/* Fuzzes the cutter of keys: how the bytes come must make no difference, and
 * nothing that was typed is lost but ill-formed bytes. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "tty/keyin.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* All that is cut, with its kind and length before it. The silence at the end
 * ends what is unfinished. */
static void cut(const char *p, size_t n, size_t step, struct buf *out)
{
	struct keyin k;
	int64_t now = 1;
	size_t at = 0;

	keyin_init(&k, 256);
	for (;;) {
		size_t len = 0;
		enum keyin_what what = keyin_next(&k, now, &len);

		if (what == KEYIN_PASTE) {
			buf_fmt(out, "P%zu%d:", k.paste.len, k.cut);
			buf_span(out, buf_view(&k.paste));
		} else if (what == KEYIN_UNIT) {
			if (len == 0 || len > KEYIN_SEQUENCE_MAX)
				abort();
			buf_fmt(out, "U%zu:", len);
			while (len-- > 0)
				buf_char(out, (char)keyin_pop(&k));
		} else if (at < n) {
			size_t part = n - at < step ? n - at : step;

			if (!keyin_add(&k, p + at, part, now))
				abort();
			at += part;
		} else if (keyin_timeout(&k, now) < 0) {
			break;
		} else {
			now += keyin_timeout(&k, now);
		}
	}
	keyin_release(&k);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const size_t steps[] = {1, 2, 3, 7, 4096};
	struct buf first;
	struct buf other;
	size_t i;

	if (size > 16 * 1024)
		return 0;
	buf_init(&first, BUF_LARGE);
	buf_init(&other, BUF_LARGE);
	cut((const char *)data, size, 16 * 1024, &first);
	for (i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		buf_reset(&other);
		cut((const char *)data, size, steps[i], &other);
		if (!span_eq(buf_view(&first), buf_view(&other)))
			abort();
	}
	buf_release(&first);
	buf_release(&other);
	return 0;
}
