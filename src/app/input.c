#include "app/input.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/utf8.h"
#include "base/vec.h"
#include "chat/image.h"

void input_init(struct input *in)
{
	memset(in, 0, sizeof(*in));
	buf_init(&in->left_out, BUF_LARGE);
	in->stop_fd = -1;
}

void input_release(struct input *in)
{
	size_t i;

	for (i = 0; i < in->n; i++) {
		buf_release(&in->docs[i].name);
		buf_release(&in->docs[i].text);
	}
	free(in->docs);
	buf_release(&in->left_out);
	input_init(in);
}

/* What is known by its beginning, and how to make text of it; NULL: unknown. */
static const char *known_kind(struct span s)
{
	if (span_starts(s, "\xff\xfe") || span_starts(s, "\xfe\xff"))
		return "UTF-16 text; convert it with iconv -f UTF-16 -t UTF-8";
	if (span_starts(s, "%PDF-"))
		return "a PDF; take its text first, for example with pdftotext";
	return NULL;
}

enum status input_check(struct span text, const char *name, struct err *err)
{
	bool nul = text.n > 0 && memchr(text.p, '\0', text.n) != NULL;
	const char *kind;

	if (!nul && utf8_valid(text))
		return ST_OK;
	kind = known_kind(text);
	if (kind != NULL)
		return err_set(err, ST_USAGE, "%s is %s", name, kind);
	if (nul)
		return err_set(err, ST_USAGE,
			"%s is not text: it holds NUL bytes; convert it to "
			"text first",
			name);
	return err_set(err, ST_USAGE,
		"%s is not UTF-8 text; convert it, for example with "
		"iconv -f ISO-8859-1 -t UTF-8",
		name);
}

static enum status too_many(struct err *err)
{
	return err_set(
		err, ST_USAGE, "more than %zu documents", INPUT_FILES_MAX);
}

static enum status too_large(struct err *err)
{
	return err_set(err, ST_USAGE,
		"the documents are larger than %zu MiB together; send them in "
		"parts",
		INPUT_MAX / (1024 * 1024));
}

/* As fd_read_all(), but the user can give up waiting. */
static enum status read_all(
	int fd, const char *name, int stop_fd, struct buf *out, struct err *err)
{
	enum { CHUNK = 64 * 1024 };
	struct pollfd p[2] = {{.fd = fd, .events = POLLIN},
		{.fd = stop_fd, .events = POLLIN}};

	for (;;) {
		ssize_t n;

		if (poll(p, 2, -1) < 0 && errno != EINTR)
			return err_sys(err, ST_IO, "cannot wait for %s", name);
		if (p[1].revents != 0)
			return err_set(err, ST_STOPPED, "stopped");
		if (p[0].revents == 0)
			continue;
		if (out->max - out->len < CHUNK)
			return too_large(err);
		if (!buf_reserve(out, CHUNK))
			return err_nomem(err);
		n = read(fd, out->p + out->len, CHUNK);
		if (n < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (n < 0)
			return err_sys(
				err, ST_USAGE, "cannot read \"%s\"", name);
		if (n == 0)
			return ST_OK;
		out->len += (size_t)n;
		out->p[out->len] = '\0';
	}
}

enum status input_join(struct input *into, struct input *from, struct err *err)
{
	if (into->bytes + from->bytes > INPUT_MAX)
		return too_large(err);
	if (from->n > 0 &&
		!vec_grow(&into->docs, &into->cap, into->n + from->n,
			sizeof(*into->docs), INPUT_FILES_MAX))
		return too_many(err);
	if (from->n > 0)
		memcpy(into->docs + into->n, from->docs,
			from->n * sizeof(*from->docs));
	into->n += from->n;
	into->bytes += from->bytes;
	from->n = 0;
	buf_span(&into->left_out, buf_view(&from->left_out));
	input_release(from);
	return ST_OK;
}

enum status input_text(
	struct input *in, struct span name, struct span text, struct err *err)
{
	struct input_doc doc;
	enum status st;

	if (text.n > INPUT_MAX - in->bytes)
		return too_large(err);
	doc.found = false;
	buf_init(&doc.name, BUF_SMALL);
	buf_init(&doc.text, INPUT_MAX);
	buf_span(&doc.name, name);
	buf_span(&doc.text, text);
	st = buf_check(&doc.name, "name", err);
	if (st == ST_OK)
		st = buf_check(&doc.text, "document", err);
	if (st == ST_OK &&
		!vec_grow(&in->docs, &in->cap, in->n + 1, sizeof(*in->docs),
			INPUT_FILES_MAX))
		st = too_many(err);
	if (st != ST_OK) {
		buf_release(&doc.name);
		buf_release(&doc.text);
		return st;
	}
	in->docs[in->n++] = doc;
	in->bytes += doc.text.len;
	return ST_OK;
}

/* Turns the bytes of an image into its data: URL; see chat/image. */
static enum status make_url(struct buf *bytes, const char *name,
	const struct image *image, struct err *err)
{
	struct buf url;

	if (bytes->len > IMAGE_BYTES_MAX)
		return err_set(err, ST_USAGE,
			"the image \"%.200s\" is larger than %zu MiB, which "
			"is more than endpoints take; make it smaller first",
			name, IMAGE_BYTES_MAX >> 20);
	buf_init(&url, bytes->max);
	image_put_url(buf_view(bytes), image, &url);
	if (url.bad) {
		buf_release(&url);
		return too_large(err);
	}
	buf_release(bytes);
	*bytes = url;
	return ST_OK;
}

enum status input_fd(struct input *in, int fd, const char *name, int stop_fd,
	struct err *err)
{
	struct input_doc doc;
	struct image image;
	enum status st;

	doc.found = false;
	buf_init(&doc.name, BUF_SMALL);
	buf_init(&doc.text, INPUT_MAX - in->bytes);
	st = read_all(fd, name, stop_fd, &doc.text, err);
	if (st == ST_OK && image_sniff(buf_view(&doc.text), &image))
		st = make_url(&doc.text, name, &image, err);
	else if (st == ST_OK)
		st = input_check(buf_view(&doc.text), name, err);
	if (st != ST_OK || doc.text.len == 0)
		goto drop;
	buf_str(&doc.name, name);
	st = buf_check(&doc.name, "name", err);
	if (st == ST_OK &&
		!vec_grow(&in->docs, &in->cap, in->n + 1, sizeof(*in->docs),
			INPUT_FILES_MAX))
		st = too_many(err);
	if (st != ST_OK)
		goto drop;
	in->docs[in->n++] = doc;
	in->bytes += doc.text.len;
	return ST_OK;
drop:
	buf_release(&doc.name);
	buf_release(&doc.text);
	return st;
}

static void leave_out(struct input *in, const char *path, const char *why)
{
	buf_fmt(&in->left_out, "%s (%s)\n", path, why);
}

/* Checks that it is a regular file or a pipe, which may be waited for. */
static enum status check_kind(
	const struct input *in, const char *path, mode_t mode, struct err *err)
{
	if (S_ISREG(mode) || (S_ISFIFO(mode) && in->stop_fd >= 0))
		return ST_OK;
	return err_set(err, ST_USAGE, "\"%s\" is %s, and no file to attach",
		path,
		S_ISDIR(mode)		 ? "a folder"
			: S_ISFIFO(mode) ? "a pipe"
			: S_ISSOCK(mode) ? "a socket"
					 : "a device");
}

/* Opens the file after a look at its kind: opening a device may act on it. */
static enum status add_one(
	struct input *in, const char *path, mode_t mode, struct err *err)
{
	struct stat sb;
	size_t before = in->n;
	enum status st = check_kind(in, path, mode, err);
	int fd;

	if (st != ST_OK)
		return st;
	/* With O_NONBLOCK, so that a pipe without a writer is waited for in
	 * poll(). */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0 || fstat(fd, &sb) != 0)
		st = err_sys(err, ST_USAGE, "cannot read \"%s\"", path);
	else
		st = check_kind(in, path, sb.st_mode, err);
	if (st == ST_OK)
		st = input_fd(in, fd, path,
			S_ISFIFO(sb.st_mode) ? in->stop_fd : -1, err);
	if (fd >= 0)
		(void)close(fd);
	if (st == ST_OK && in->n == before)
		leave_out(in, path, "empty");
	return st;
}

/* Adds one of many files. *ret_err is why the first was left out, for when all
 * are. */
static enum status add_among(
	struct input *in, const char *path, off_t size, struct err *ret_err)
{
	struct err why = {0};
	size_t before = in->n;
	enum status st;

	if ((uintmax_t)size > INPUT_AMONG_MAX) {
		(void)err_set(&why, ST_USAGE,
			"\"%s\" is larger than %zu MiB; name it alone", path,
			INPUT_AMONG_MAX / (1024 * 1024));
		leave_out(in, path, "larger than 1 MiB");
		st = ST_USAGE;
	} else {
		st = add_one(in, path, S_IFREG, &why);
		if (st == ST_USAGE && why.sys != 0)
			leave_out(in, path, "cannot be read");
		else if (st == ST_USAGE && in->n < INPUT_FILES_MAX &&
			in->bytes + (size_t)size <= INPUT_MAX)
			leave_out(in, path, "not text");
		else if (st != ST_OK) {
			*ret_err = why;
			return st;
		}
	}
	if (st != ST_OK && ret_err->code == ST_OK)
		*ret_err = why;
	if (in->n > before)
		in->docs[before].found = true;
	return ST_OK;
}

static enum status given_back(const struct err *why, struct err *err)
{
	if (err != NULL)
		*err = *why;
	return why->code;
}

static int visible(const struct dirent *e)
{
	return e->d_name[0] != '.';
}

static enum status add_folder(
	struct input *in, const char *path, struct err *err)
{
	struct dirent **list = NULL;
	struct buf full;
	struct err why = {0};
	enum status st = ST_OK;
	size_t before = in->n;
	int n = scandir(path, &list, visible, alphasort);
	int i;

	if (n < 0)
		return err_sys(
			err, ST_USAGE, "cannot read folder \"%s\"", path);
	buf_init(&full, BUF_SMALL);
	for (i = 0; i < n; i++) {
		struct stat sb;

		buf_reset(&full);
		buf_fmt(&full, "%s/%s", path, list[i]->d_name);
		free(list[i]);
		if (st != ST_OK || full.bad || stat(full.p, &sb) != 0 ||
			!S_ISREG(sb.st_mode))
			continue;
		st = add_among(in, full.p, sb.st_size, &why);
	}
	free(list);
	buf_release(&full);
	if (st == ST_OK && in->n == before)
		return why.code != ST_OK
			? given_back(&why, err)
			: err_set(err, ST_USAGE,
				  "folder \"%s\" holds no file with text",
				  path);
	return st == ST_OK ? ST_OK : given_back(&why, err);
}

static enum status add_pattern(
	struct input *in, const char *pattern, struct err *err)
{
	glob_t found;
	struct err why = {0};
	enum status st = ST_OK;
	size_t before = in->n;
	size_t i;

	if (glob(pattern, 0, NULL, &found) != 0)
		return err_set(err, ST_USAGE,
			"cannot read \"%s\": no such file", pattern);
	for (i = 0; i < found.gl_pathc && st == ST_OK; i++) {
		struct stat sb;

		if (stat(found.gl_pathv[i], &sb) == 0 && S_ISREG(sb.st_mode))
			st = add_among(in, found.gl_pathv[i], sb.st_size, &why);
	}
	globfree(&found);
	if (st == ST_OK && (in->n > before || why.code == ST_OK))
		return ST_OK;
	return given_back(&why, err);
}

enum status input_file(struct input *in, const char *path, struct err *err)
{
	struct stat sb;

	if (stat(path, &sb) == 0)
		return S_ISDIR(sb.st_mode) ? add_folder(in, path, err)
					   : add_one(in, path, sb.st_mode, err);
	if (errno == ENOENT && strpbrk(path, "*?[") != NULL)
		return add_pattern(in, path, err);
	return err_sys(err, ST_USAGE, "cannot read \"%s\"", path);
}
