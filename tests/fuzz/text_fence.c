/* The code blocks of any text: they come to an end, and none is longer than the
 * text. */
#include <stdint.h>
#include <stdlib.h>

#include "text/fence.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool ok)
{
	if (!ok)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span text = span_of(data, size);
	struct span rest = text;
	struct span info = {NULL, 0};
	struct buf code;

	buf_init(&code, BUF_LARGE);
	while (fence_next(&rest, &info, &code)) {
		/* A last line without its end gets one. */
		require(!code.bad && code.len <= size + 1);
		require(code.len == 0 || code.p[code.len - 1] == '\n');
		require(info.n == 0 ||
			(info.p >= text.p &&
				info.p + info.n <= text.p + text.n));
		buf_reset(&code);
	}
	require(rest.n == 0);
	buf_release(&code);
	return 0;
}
