/* Colouring of code: the bytes stay, and no cut makes a difference. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "fuzz/code_rules.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct code_lang *lang;
	const char *why;
	size_t k;

	if (size < 2)
		return 0;
	k = data[0] % (code_n_programs + code_n_formats);
	lang = k < code_n_programs ? &code_programs[k]
				   : &code_formats[k - code_n_programs];
	why = code_promise_broken(
		lang, span_of(data + 2, size - 2), 1u + data[1] * 7919u);
	if (why != NULL) {
		(void)fprintf(stderr, "%.6s: %s\n", lang->names, why);
		abort();
	}
	return 0;
}
