/* Chunks, one a line, read with and without what the last one looked like. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "fuzz/chunk_rules.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct chunk_form form = {.before = 0};
	struct span rest = span_of(data, size);

	while (rest.n > 0)
		if (!chunk_keeps_rule(&form, span_cut(&rest, '\n')))
			abort();
	return 0;
}
