#include <stdint.h>
#include <stdlib.h>

#include "serve/answer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Up to the first byte 1 a page of a manual, then turns of a conversation, the
 * user's first, parted by bytes 1. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span rest = span_of(data, size);
	struct span page = span_cut(&rest, 1);
	struct turn turns[8];
	struct manual m;
	struct buf out;
	size_t n = 0;
	size_t i;

	manual_init(&m);
	buf_init(&out, BUF_LARGE);
	while (n < 8 && rest.n > 0) {
		turns[n] = (struct turn){n % 2 == 0, span_cut(&rest, 1)};
		n++;
	}
	if (manual_add(&m, span_str("page"), page, NULL) == ST_OK &&
		answer_make(&m, turns, n, &out, NULL) == ST_OK &&
		!span_starts(buf_view(&out), ANSWER_FIRST_LINE "\n"))
		abort();
	for (i = 0; i < m.n; i++)
		if (m.rows[i].body.n == 0 || m.rows[i].body.n > MANUAL_PART_MAX)
			abort();
	buf_release(&out);
	manual_release(&m);
	return 0;
}
