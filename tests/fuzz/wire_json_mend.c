/* What is mended never fails to be mended again, and JSON stays the same. */
#include <stdint.h>
#include <stdlib.h>

#include "wire/json.h"
#include "wire/json_mend.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = span_of(data, size);
	struct json *was = NULL;
	struct json *is = NULL;
	struct buf out;
	bool object = json_parse(in, &was, NULL) == ST_OK &&
		json_type(was) == JSON_OBJECT;
	bool done;

	buf_init(&out, BUF_LARGE);
	done = json_mend(in, &out);
	if (object &&
		(!done || json_parse(buf_view(&out), &is, NULL) != ST_OK ||
			json_count(is) != json_count(was)))
		abort();
	json_free(was);
	json_free(is);
	buf_release(&out);
	return 0;
}
