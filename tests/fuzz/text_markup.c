/* Markdown: independent of cuts, nothing but text and the theme's own SGR. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "fuzz/markup_rules.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *why;

	if (size < 2)
		return 0;
	why = markup_promise_broken(span_of(data + 2, size - 2), data[0] % 100u,
		1u + data[1] * 7919u);
	if (why != NULL) {
		(void)fprintf(stderr, "%s\n", why);
		abort();
	}
	return 0;
}
