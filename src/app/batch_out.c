#include "app/batch_out.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/batch_lines.h"
#include "base/clock.h"
#include "base/file.h"
#include "wire/json.h"

/* Bytes of output that may wait until a pass of the loop is over. */
#define PENDING_MAX ((size_t)512 * 1024 * 1024)

void batch_out_init(struct batch_out *o)
{
	memset(o, 0, sizeof(*o));
	o->fd = -1;
	o->since_ms = -1;
	buf_init(&o->pending, PENDING_MAX);
}

void batch_out_release(struct batch_out *o)
{
	if (o->fd > STDERR_FILENO)
		(void)close(o->fd);
	buf_release(&o->pending);
	batch_ids_release(&o->done);
	o->fd = -1;
}

/*
 * What a file already has
 */

/* A line of the file, as batch_put() wrote it. */
struct had {
	struct id id;
	enum status status;
	bool undecided; /* the guard gave no verdict */
	bool known; /* the line was understood */
};

static enum status status_named(struct span name)
{
	int st;

	for (st = ST_OK; st < ST_STOPPED; st++)
		if (span_is(name, status_name((enum status)st)))
			break;
	return (enum status)st;
}

static void read_had(struct span line, struct had *h)
{
	struct json *root = NULL;
	const struct json *id;
	struct span text = {NULL, 0};
	int64_t number;
	char digits[24];

	memset(h, 0, sizeof(*h));
	if (json_parse(line, &root, NULL) != ST_OK)
		return;
	id = json_get(root, "custom_id");
	if (id == NULL)
		id = json_get(root, "id");
	if (json_int(id, &number)) {
		(void)snprintf(
			digits, sizeof(digits), "%lld", (long long)number);
		text = span_str(digits);
	} else {
		(void)json_str(id, &text);
	}
	number = json_get_int(root, "line", 0);
	h->known = text.n > 0 || number > 0;
	h->id = batch_id(text, (uint64_t)number);
	if (json_type(json_get(root, "error")) == JSON_OBJECT)
		h->status = status_named(
			json_get_str(json_get(root, "error"), "code"));
	h->undecided = json_get_bool(
		json_get(root, "error"), "undecided", false);
	json_free(root);
}

/* Whether its prompt is asked again: it failed for reasons outside of it. */
static bool may_pass(const struct had *h)
{
	enum status st = h->status;

	if (h->undecided)
		return true;
	return st != ST_OK && st != ST_USAGE && st != ST_WINDOW &&
		st != ST_FILTERED && st != ST_LENGTH;
}

static enum status not_ours(
	const struct batch_out *o, const struct batch_lines *l, struct err *err)
{
	return err_set(err, ST_USAGE,
		"%s:%llu: this is no result of a batch, so nothing is added "
		"to the file; name another one with -o",
		o->path, (unsigned long long)l->number);
}

/* Counts the result as done, or lets its prompt be asked again. */
static enum status take_had(
	struct batch_out *o, const struct had *h, struct err *err)
{
	bool fresh;

	if (may_pass(h)) {
		o->again++;
		return ST_OK;
	}
	if (h->status == ST_OK)
		o->answered++;
	else
		o->failed++;
	if (o->first == ST_OK)
		o->first = h->status;
	return batch_ids_add(&o->done, &h->id, &fresh, err);
}

static enum status copy_line(
	FILE *to, const char *path, struct span line, struct err *err)
{
	if (fwrite(line.p, 1, line.n, to) == line.n && fputc('\n', to) != EOF)
		return ST_OK;
	return err_sys(err, ST_IO, "cannot write \"%s\"", path);
}

/* Reads the whole file; with `keep`, copies the results that stand to it. */
static enum status read_all(
	struct batch_out *o, FILE *keep, const char *path, struct err *err)
{
	struct batch_lines l;
	struct span line;
	struct had h;
	enum status st = ST_OK;

	batch_lines_init(&l, o->fd, o->path);
	for (;;) {
		enum batch_line what = batch_lines_next(&l, &line);

		if (what == BATCH_LINE_MORE)
			st = batch_lines_fill(&l, err);
		else if (what == BATCH_LINE_LONG)
			st = not_ours(o, &l, err);
		else if (what != BATCH_LINE_WHOLE)
			break;
		if (st == ST_OK && what == BATCH_LINE_WHOLE) {
			read_had(line, &h);
			if (!h.known)
				st = not_ours(o, &l, err);
			else if (keep == NULL)
				st = take_had(o, &h, err);
			else if (!may_pass(&h))
				st = copy_line(keep, path, line, err);
		}
		if (st != ST_OK)
			break;
		o->good = (off_t)(l.offset + l.at);
	}
	batch_lines_release(&l);
	return st;
}

static enum status cannot_open(const struct batch_out *o, struct err *err)
{
	return err_sys(err, ST_USAGE, "cannot write \"%s\"", o->path);
}

/* Another process may have put its own file in the place of this one since it
 * was opened. */
static bool is_in_place(const struct batch_out *o)
{
	struct stat ours;
	struct stat named;

	return fstat(o->fd, &ours) == 0 && stat(o->path, &named) == 0 &&
		ours.st_dev == named.st_dev && ours.st_ino == named.st_ino;
}

static enum status lock(const struct batch_out *o, struct err *err)
{
	bool locked = flock(o->fd, LOCK_EX | LOCK_NB) == 0;

	if (!locked && errno != EWOULDBLOCK)
		return err_sys(err, ST_IO, "cannot lock \"%s\"", o->path);
	if (!locked || !is_in_place(o))
		return err_set(err, ST_BUSY,
			"another process writes \"%s\" at the moment", o->path);
	return ST_OK;
}

/* Creates a temporary file, `name` with a suffix, and locks it before it takes
 * the place of ours. */
static FILE *open_beside(struct buf *name)
{
	FILE *f = NULL;
	int fd;

	buf_str(name, ".XXXXXX");
	errno = ENAMETOOLONG;
	fd = name->bad ? -1 : mkstemp(name->p);
	if (fd < 0)
		return NULL;
	if (flock(fd, LOCK_EX | LOCK_NB) == 0 &&
		fcntl(fd, F_SETFD, FD_CLOEXEC) == 0 &&
		fcntl(fd, F_SETFL, O_APPEND) == 0)
		f = fdopen(fd, "w");
	if (f == NULL) {
		(void)unlink(name->p);
		(void)close(fd);
	}
	return f;
}

/* Replaces the file by one without the results that are asked for again. */
static enum status write_kept(struct batch_out *o, struct err *err)
{
	char *real = realpath(o->path, NULL);
	struct buf name;
	FILE *to;
	enum status st = ST_OK;

	buf_init(&name, BUF_SMALL);
	buf_str(&name, real != NULL ? real : o->path);
	to = open_beside(&name);
	if (to == NULL) {
		st = err_sys(err, ST_IO, "cannot write beside \"%s\"", o->path);
		goto out;
	}
	if (lseek(o->fd, 0, SEEK_SET) != 0)
		st = err_sys(err, ST_IO, "cannot read \"%s\"", o->path);
	if (st == ST_OK)
		st = read_all(o, to, name.p, err);
	if (st == ST_OK &&
		(fflush(to) != 0 || fsync(fileno(to)) != 0 ||
			rename(name.p, real != NULL ? real : o->path) != 0))
		st = err_sys(err, ST_IO, "cannot replace \"%s\"", o->path);
	if (st != ST_OK) {
		(void)unlink(name.p);
		goto out;
	}
	(void)close(o->fd);
	o->fd = fcntl(fileno(to), F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	o->good = o->fd >= 0 ? lseek(o->fd, 0, SEEK_END) : -1;
	if (o->good < 0)
		st = err_sys(err, ST_IO, "cannot write \"%s\"", o->path);
out:
	if (to != NULL)
		(void)fclose(to);
	buf_release(&name);
	free(real);
	return st;
}

static enum status go_on(struct batch_out *o, bool resume, struct err *err)
{
	off_t size = lseek(o->fd, 0, SEEK_END);
	enum status st;

	if (size == 0)
		return ST_OK;
	if (!resume)
		return err_set(err, ST_USAGE,
			"\"%s\" is there already: --resume goes on with it, or "
			"name another file",
			o->path);
	if (size < 0 || lseek(o->fd, 0, SEEK_SET) != 0)
		return err_sys(err, ST_IO, "cannot read \"%s\"", o->path);
	st = read_all(o, NULL, NULL, err);
	/* Cuts off the line that a killed program left half written. */
	if (st == ST_OK && o->good < size && ftruncate(o->fd, o->good) != 0)
		st = cannot_open(o, err);
	return st == ST_OK && o->again > 0 ? write_kept(o, err) : st;
}

enum status batch_out_open(
	struct batch_out *o, const char *path, bool resume, struct err *err)
{
	struct stat sb;
	enum status st;

	if (path == NULL) {
		o->fd = STDOUT_FILENO;
		return ST_OK;
	}
	o->path = path;
	o->fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (o->fd < 0 && errno != EISDIR)
		/* A pipe or a device may be for writing only. */
		o->fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
	if (o->fd < 0 || fstat(o->fd, &sb) != 0)
		return cannot_open(o, err);
	o->file = S_ISREG(sb.st_mode);
	if (!o->file)
		return ST_OK;
	st = lock(o, err);
	if (st == ST_OK)
		st = go_on(o, resume, err);
	if (st == ST_OK)
		(void)file_sync_folder(path, NULL);
	return st;
}

enum status batch_out_flush(struct batch_out *o, struct err *err)
{
	enum status st = buf_check(&o->pending, "results", err);

	if (st != ST_OK || o->pending.len == 0 || o->gone)
		return st;
	if (fd_write_full(o->fd, o->pending.p, o->pending.len)) {
		o->good += (off_t)o->pending.len;
		if (o->file && o->since_ms < 0)
			o->since_ms = clock_mono_ms();
	} else if (errno == EPIPE) {
		o->gone = true;
	} else {
		st = err_sys(err, ST_IO, "cannot write %s%s%s",
			o->path != NULL ? "\"" : "",
			o->path != NULL ? o->path : "the results",
			o->path != NULL ? "\"" : "");
		/* Leaves no half-written line. */
		if (o->file)
			(void)!ftruncate(o->fd, o->good);
	}
	buf_reset(&o->pending);
	return st;
}

int batch_out_timeout_ms(const struct batch_out *o)
{
	int64_t left = o->since_ms + BATCH_SYNC_MS - clock_mono_ms();

	if (o->since_ms < 0)
		return -1;
	return left < 0 ? 0 : (int)left;
}

enum status batch_out_sync(struct batch_out *o, bool now, struct err *err)
{
	if (o->since_ms < 0 || (!now && batch_out_timeout_ms(o) > 0))
		return ST_OK;
	o->since_ms = -1;
	return fdatasync(o->fd) == 0
		? ST_OK
		: err_sys(err, ST_IO, "cannot write \"%s\"", o->path);
}
