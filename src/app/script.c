#include "app/script.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/input.h"

enum { PIECE = 64 * 1024 };

struct script_file {
	int fd;
	struct buf name;
	struct buf in; /* read from the file and not yet used */
	bool eof;
	size_t line; /* lines taken so far */
	size_t begun; /* the first line of the message */
	struct buf message; /* under way, or given last */
};

void script_init(struct script *s)
{
	memset(s->files, 0, sizeof(s->files));
	s->depth = 0;
	draft_init(&s->draft);
}

static void leave(struct script *s)
{
	struct script_file *f = s->files[--s->depth];

	if (f->fd > STDIN_FILENO)
		(void)close(f->fd);
	buf_release(&f->name);
	buf_release(&f->in);
	buf_release(&f->message);
	free(f);
}

void script_stop(struct script *s)
{
	while (s->depth > 0)
		leave(s);
}

void script_release(struct script *s)
{
	script_stop(s);
	draft_release(&s->draft);
}

static enum status open_file(const char *path, int *ret, struct err *err)
{
	struct stat sb;
	int fd;

	if (strcmp(path, "-") == 0) {
		*ret = STDIN_FILENO;
		return ST_OK;
	}
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return err_sys(err, ST_USAGE, "cannot read \"%s\"", path);
	if (fstat(fd, &sb) == 0 && S_ISDIR(sb.st_mode)) {
		(void)close(fd);
		return err_set(err, ST_USAGE, "\"%s\" is a folder", path);
	}
	*ret = fd;
	return ST_OK;
}

enum status script_open(struct script *s, const char *path, struct err *err)
{
	struct script_file *f;
	int fd = -1;
	enum status st;

	if (s->depth == SCRIPT_DEPTH_MAX)
		return err_set(err, ST_USAGE,
			"/source is nested more than %d deep; does a file run "
			"itself?",
			SCRIPT_DEPTH_MAX);
	st = open_file(path, &fd, err);
	if (st != ST_OK)
		return st;
	f = calloc(1, sizeof(*f));
	if (f == NULL) {
		if (fd > STDIN_FILENO)
			(void)close(fd);
		return err_nomem(err);
	}
	f->fd = fd;
	buf_init(&f->name, BUF_SMALL);
	buf_init(&f->in, SCRIPT_MESSAGE_MAX);
	buf_init(&f->message, SCRIPT_MESSAGE_MAX);
	buf_str(&f->name, fd == STDIN_FILENO ? "standard input" : path);
	s->files[s->depth++] = f;
	return ST_OK;
}

bool script_active(const struct script *s)
{
	return s->depth > 0;
}

static struct script_file *top(const struct script *s)
{
	return s->files[s->depth - 1];
}

int script_fd(const struct script *s)
{
	return top(s)->fd;
}

bool script_ready(const struct script *s)
{
	const struct script_file *f = top(s);

	return f->eof || memchr(f->in.p, '\n', f->in.len) != NULL;
}

enum status script_read(struct script *s, struct err *err)
{
	struct script_file *f = top(s);
	ssize_t n;

	if (f->eof)
		return ST_OK;
	if (!buf_reserve(&f->in, PIECE))
		return err_set(err, ST_USAGE, "a line is too long");
	n = read(f->fd, f->in.p + f->in.len, PIECE);
	if (n < 0 && errno != EINTR && errno != EAGAIN)
		return err_sys(err, ST_USAGE, "cannot read \"%s\"", f->name.p);
	if (n == 0)
		f->eof = true;
	if (n > 0) {
		f->in.len += (size_t)n;
		f->in.p[f->in.len] = '\0';
	}
	return ST_OK;
}

/* Takes a line off what was read; false when there is none. *ret is valid until
 * the next read, `*ret_used` bytes are to be consumed. */
static bool take_line(struct script_file *f, struct span *ret, size_t *ret_used)
{
	struct span in = buf_view(&f->in);
	const char *end = in.n > 0 ? memchr(in.p, '\n', in.n) : NULL;
	struct span line = in;

	if (end == NULL && (!f->eof || in.n == 0))
		return false;
	if (end != NULL)
		line.n = (size_t)(end - in.p);
	*ret_used = line.n + (end != NULL ? 1 : 0);
	if (line.n > 0 && line.p[line.n - 1] == '\r')
		line.n--;
	if (f->line == 0 && span_starts(line, "\xef\xbb\xbf"))
		line = span_of(line.p + 3, line.n - 3);
	*ret = line;
	return true;
}

/* Adds a line to the message; true when it is whole then. */
static bool add_line(struct script *s, struct script_file *f, struct span line)
{
	bool fresh = f->message.len == 0;

	f->line++;
	if (fresh && line.n > 0 && line.p[0] == '#')
		return false;
	if (fresh)
		f->begun = f->line;
	buf_span(&f->message, line);
	if (draft_open(&s->draft, buf_view(&f->message))) {
		buf_char(&f->message, '\n');
		return false;
	}
	if (draft_continued(&s->draft, buf_view(&f->message))) {
		buf_truncate(&f->message, f->message.len - 1);
		buf_char(&f->message, '\n');
		return false;
	}
	if (span_trim(buf_view(&f->message)).n > 0)
		return true;
	buf_reset(&f->message);
	return false;
}

/* Turns the message, which is whole, into s->draft. */
static enum status give(
	struct script *s, struct script_file *f, struct err *err)
{
	enum status st = buf_check(&f->message, "message", err);

	if (st == ST_OK)
		st = input_check(buf_view(&f->message), "the line", err);
	if (st == ST_OK && !draft_take(&s->draft, buf_view(&f->message)))
		st = err_nomem(err);
	buf_reset(&f->message);
	return st;
}

enum status script_next(
	struct script *s, enum script_step *ret, struct err *err)
{
	draft_reset(&s->draft);
	while (s->depth > 0) {
		struct script_file *f = top(s);
		struct span line;
		size_t used = 0;
		bool whole;

		if (take_line(f, &line, &used)) {
			whole = add_line(s, f, line);
			buf_consume(&f->in, used);
			if (!whole && !f->message.bad)
				continue;
			*ret = SCRIPT_MESSAGE;
			return give(s, f, err);
		}
		if (!f->eof) {
			*ret = SCRIPT_WAIT;
			return ST_OK;
		}
		if (draft_open(&s->draft, buf_view(&f->message)))
			return err_set(err, ST_USAGE,
				"the block that begins here is not closed");
		if (f->message.len > 0) {
			*ret = SCRIPT_MESSAGE;
			return give(s, f, err);
		}
		leave(s);
	}
	*ret = SCRIPT_END;
	return ST_OK;
}

void script_place(const struct script *s, struct buf *out)
{
	if (s->depth > 0)
		buf_fmt(out, "%s:%zu", top(s)->name.p,
			top(s)->begun > 0 ? top(s)->begun : 1);
}
