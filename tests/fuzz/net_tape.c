/* Recordings: any bytes are refused or can be searched. */
#include <stdint.h>

#include "net/tape.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct tape_request want = {
		.method = "POST", .url = "http://a/", .body = {"x", 1}};
	const struct tape_take *take;
	struct tape *t = NULL;
	struct buf note;

	if (tape_parse(&t, span_of(data, size), "fuzz", 1, NULL) != ST_OK)
		return 0;
	buf_init(&note, BUF_SMALL);
	while (tape_find(t, &want, &take, &note, NULL) == ST_OK)
		buf_reset(&note);
	buf_release(&note);
	tape_free(t);
	return 0;
}
