/*
 * Conversations to be imported. Whatever is read can be written and is read
 * again as the same.
 */
#include <stdlib.h>
#include <string.h>

#include "wire/exchange.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* All that was read, as lines. */
static enum status put(struct conv *c, void *payload, struct err *err)
{
	struct buf *out = payload;
	struct msg **path = NULL;
	size_t count = 0;
	size_t i;

	if (c->n == 0 || conv_path(c, &path, &count, err) != ST_OK)
		abort();
	/* One chain of all that is there. */
	if (count != c->n)
		abort();
	for (i = 0; i < count; i++)
		if (path[i]->role == ROLE_TOOL ||
			memchr(path[i]->text.p, '\0', path[i]->text.len) !=
				NULL)
			abort();
	exchange_put_lines(c, path, count, false, out);
	free(path);
	return ST_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct buf first;
	struct buf second;
	size_t skipped = 0;

	buf_init(&first, BUF_LARGE);
	buf_init(&second, BUF_LARGE);
	if (exchange_read(span_of(data, n), put, &first, &skipped, NULL) ==
		ST_OK) {
		if (exchange_read(buf_view(&first), put, &second, &skipped,
			    NULL) != ST_OK ||
			skipped != 0 ||
			!span_eq(buf_view(&first), buf_view(&second)))
			abort();
	}
	buf_release(&first);
	buf_release(&second);
	return 0;
}
