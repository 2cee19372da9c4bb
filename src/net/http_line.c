/* Memory for keys: a page for each one under way. */
#include "net/http_xfer.h"

#include <string.h>

/* Bytes; more than most keys need, and still within the page that a secret
 * takes anyway. */
enum { LINE_ROOM = 2048 };

bool http_line_new(struct http_lines *l, struct secret *ret, size_t room)
{
	if (l->n == 0 || room > LINE_ROOM)
		return secret_new(ret, room > LINE_ROOM ? room : LINE_ROOM);
	*ret = l->spare[--l->n];
	return true;
}

void http_line_free(struct http_lines *l, struct secret *line)
{
	if (line->p == NULL)
		return;
	if (l->n == HTTP_LINES_MAX || line->room != LINE_ROOM) {
		secret_free(line);
		return;
	}
	explicit_bzero(line->p, line->room);
	line->len = 0;
	l->spare[l->n++] = *line;
	*line = (struct secret){.p = NULL};
}

void http_lines_release(struct http_lines *l)
{
	while (l->n > 0)
		secret_free(&l->spare[--l->n]);
}
