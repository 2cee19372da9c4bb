/* A schema and, behind a line end, a value: any bytes are refused or
 * checked. */
#include <stdint.h>
#include <stdlib.h>

#include "wire/schema.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span value = span_of(data, size);
	struct span text = span_cut(&value, '\n');
	struct schema *s = NULL;

	if (schema_parse(text, &s, NULL) != ST_OK)
		return 0;
	(void)schema_is_strict(s);
	if (schema_check(s, schema_unwrap(value), NULL) == ST_USAGE)
		abort();
	schema_free(s);
	return 0;
}
