#include "text/fence.h"

#include <string.h>

struct fence {
	char mark;
	size_t len;
	size_t indent;
};

static size_t run(struct span s, size_t at, char c)
{
	size_t i = at;

	while (i < s.n && s.p[i] == c)
		i++;
	return i - at;
}

static size_t blanks(struct span s)
{
	size_t i = 0;

	while (i < s.n && (s.p[i] == ' ' || s.p[i] == '\t'))
		i++;
	return i;
}

static bool opens(struct span line, struct fence *ret, struct span *ret_info)
{
	size_t at = blanks(line);
	struct span info;

	if (at == line.n || (line.p[at] != '`' && line.p[at] != '~'))
		return false;
	*ret = (struct fence){line.p[at], run(line, at, line.p[at]), at};
	if (ret->len < 3)
		return false;
	at += ret->len;
	info = span_trim(span_of(line.p + at, line.n - at));
	/* ```like this``` is code within a line. */
	if (ret->mark == '`' && info.n > 0 &&
		memchr(info.p, '`', info.n) != NULL)
		return false;
	if (ret_info != NULL)
		*ret_info = info;
	return true;
}

static bool closes(struct span line, const struct fence *f)
{
	size_t at = blanks(line);
	size_t len = run(line, at, f->mark);

	return len >= f->len &&
		span_trim(span_of(line.p + at + len, line.n - at - len)).n == 0;
}

static void put_line(struct span line, const struct fence *f, struct buf *out)
{
	size_t off = blanks(line);

	if (out == NULL)
		return;
	if (off > f->indent)
		off = f->indent;
	buf_add(out, line.p + off, line.n - off);
	buf_char(out, '\n');
}

bool fence_next(struct span *rest, struct span *ret_info, struct buf *out)
{
	struct fence f;
	struct span line;

	do {
		if (rest->n == 0)
			return false;
		line = span_cut(rest, '\n');
	} while (!opens(line, &f, ret_info));
	while (rest->n > 0) {
		line = span_cut(rest, '\n');
		if (closes(line, &f))
			break;
		put_line(line, &f, out);
	}
	return true;
}
