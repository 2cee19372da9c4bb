#include "app/batch_lines.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PIECE = 64 * 1024 };

void batch_lines_init(struct batch_lines *l, int fd, const char *name)
{
	memset(l, 0, sizeof(*l));
	l->fd = fd;
	l->name = name;
	buf_init(&l->held, BATCH_LINE_MAX + 2 * PIECE);
}

void batch_lines_release(struct batch_lines *l)
{
	buf_release(&l->held);
}

static enum batch_line give(struct batch_lines *l, size_t n, bool newline,
	enum batch_line what, struct span *ret)
{
	*ret = span_of(l->held.p + l->at, n);
	if (l->dropping) {
		*ret = span_of(NULL, 0);
		what = BATCH_LINE_LONG;
	} else {
		l->start = l->offset + l->at;
	}
	l->dropping = false;
	l->number++;
	l->at += n + (newline ? 1 : 0);
	l->seen = l->at;
	return what;
}

enum batch_line batch_lines_next(struct batch_lines *l, struct span *ret)
{
	const char *hit = memchr(
		l->held.p + l->seen, '\n', l->held.len - l->seen);
	size_t left = l->held.len - l->at;

	if (hit != NULL)
		return give(l, (size_t)(hit - (l->held.p + l->at)), true,
			BATCH_LINE_WHOLE, ret);
	l->seen = l->held.len;
	if (l->end && (left > 0 || l->dropping))
		return give(l, left, false, BATCH_LINE_TORN, ret);
	if (l->end)
		return BATCH_LINE_END;
	if (left > BATCH_LINE_MAX) {
		if (!l->dropping)
			l->start = l->offset + l->at;
		l->dropping = true;
		l->at = l->held.len;
	}
	return BATCH_LINE_MORE;
}

enum status batch_lines_fill(struct batch_lines *l, struct err *err)
{
	ssize_t n;

	buf_consume(&l->held, l->at);
	l->offset += l->at;
	l->seen -= l->at;
	l->at = 0;
	if (!buf_reserve(&l->held, PIECE))
		return err_nomem(err);
	do
		n = read(l->fd, l->held.p + l->held.len, PIECE);
	while (n < 0 && errno == EINTR);
	if (n < 0 && errno == EAGAIN)
		return ST_OK;
	if (n < 0)
		return err_sys(err, ST_IO, "cannot read \"%s\"", l->name);
	l->end = n == 0;
	l->held.len += (size_t)n;
	l->held.p[l->held.len] = '\0';
	return ST_OK;
}

uint64_t batch_lines_count(int fd)
{
	struct stat sb;
	off_t at = lseek(fd, 0, SEEK_CUR);
	char *piece;
	uint64_t lines = 0;
	char last = '\n';
	ssize_t n;

	if (at < 0 || fstat(fd, &sb) != 0 || !S_ISREG(sb.st_mode))
		return 0;
	piece = malloc(PIECE);
	if (piece == NULL)
		return 0;
	while ((n = pread(fd, piece, PIECE, at)) > 0) {
		const char *p = piece;
		const char *end = piece + n;

		while ((p = memchr(p, '\n', (size_t)(end - p))) != NULL) {
			lines++;
			p++;
		}
		last = piece[n - 1];
		at += n;
	}
	free(piece);
	return lines + (last != '\n' ? 1 : 0);
}
