/* The terminal filter: idempotent, independent of cuts, nothing forbidden. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "fuzz/safe_rules.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *why;

	if (size < 2)
		return 0;
	why = safe_promise_broken(span_of(data + 2, size - 2), data[0] & 3u,
		1u + data[1] * 7919u);
	if (why != NULL) {
		(void)fprintf(stderr, "%s\n", why);
		abort();
	}
	return 0;
}
