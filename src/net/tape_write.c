#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>

#include "base/base64.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/utf8.h"
#include "base/vec.h"
#include "net/redact.h"
#include "net/tape_priv.h"
#include "wire/json.h"

#define LINE_MAX_BYTES (4 * BUF_LARGE)

struct take {
	struct tape *tape;
	long long number;
	int64_t began_us;
	const struct span *secrets; /* borrowed until the end */
	size_t secrets_n;
	struct buf hold; /* end of the body so far that may be half a secret */
	struct buf line;
};

static enum status cannot(
	const struct tape *t, enum status status, struct err *err)
{
	return err_sys(err, status, "cannot record into \"%.300s\"", t->path);
}

enum status tape_record(struct tape **ret, const char *path, struct err *err)
{
	struct tape *t = calloc(1, sizeof(*t));
	enum status st;

	if (t == NULL)
		return err_nomem(err);
	t->fd = -1;
	t->path = str_dup(path);
	if (t->path == NULL) {
		st = err_nomem(err);
		goto out;
	}
	t->fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY,
		0600);
	if (t->fd < 0) {
		st = cannot(t, ST_USAGE, err);
		goto out;
	}
	if (flock(t->fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
		st = err_set(err, ST_BUSY,
			"another process is recording into \"%.300s\"; give "
			"another file",
			path);
		goto out;
	}
	*ret = t;
	return ST_OK;
out:
	tape_free(t);
	return st;
}

/* Position of a secret in s; s.n when there is none. */
static size_t find_secret(struct span s, struct span secret)
{
	size_t at = 0;

	while (secret.n >= TAPE_KEY_MIN && s.n - at >= secret.n) {
		const char *hit = memchr(
			s.p + at, secret.p[0], s.n - at - secret.n + 1);

		if (hit == NULL)
			break;
		at = (size_t)(hit - s.p);
		if (memcmp(hit, secret.p, secret.n) == 0)
			return at;
		at++;
	}
	return s.n;
}

/* Puts asterisks over every secret that stands in the text from `from` on. */
static void mask(
	struct buf *text, size_t from, const struct span *secrets, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		size_t at = from;

		while (at < text->len) {
			struct span rest = span_of(
				text->p + at, text->len - at);
			size_t hit = find_secret(rest, secrets[i]);

			if (hit < rest.n)
				memset(text->p + at + hit, '*', secrets[i].n);
			at += hit;
		}
	}
}

/* How many bytes at the end of s may be the beginning of a secret. */
static size_t half_secret(struct span s, struct span secret)
{
	size_t n = secret.n < TAPE_KEY_MIN ? 0 : secret.n - 1;

	if (n > s.n)
		n = s.n;
	while (n > 0 && memcmp(s.p + s.n - n, secret.p, n) != 0)
		n--;
	return n;
}

void tape_put_body(const struct tape_request *r, struct buf *out)
{
	size_t before = out->len;

	buf_span(out, r->body);
	mask(out, before, r->secrets, r->secrets_n);
}

void tape_put_url(const struct tape_request *r, struct buf *out)
{
	struct buf url;

	buf_init(&url, BUF_SMALL);
	buf_str(&url, r->url);
	mask(&url, 0, r->secrets, r->secrets_n);
	redact_line(buf_view(&url), span_of(NULL, 0), out);
	buf_release(&url);
}

/* Writes a string, or base64 when it is not whole UTF-8. */
static void put_bytes(
	struct json_writer *w, const char *as_text, struct span bytes)
{
	struct buf code;

	if (utf8_valid(bytes)) {
		json_member_str(w, as_text, bytes);
		return;
	}
	buf_init(&code, LINE_MAX_BYTES);
	base64_put(&code, bytes);
	json_member_str(w, "base64", buf_view(&code));
	w->out->bad |= code.bad;
	buf_release(&code);
}

static void put_header(
	struct take *k, struct json_writer *w, struct span header)
{
	struct span name = header;
	struct buf line;

	buf_init(&line, BUF_SMALL);
	name = span_cut(&name, ':');
	if (redact_is_secret(name)) {
		buf_span(&line, name);
		buf_str(&line, ": [redacted]");
	} else {
		buf_span(&line, header);
		mask(&line, 0, k->secrets, k->secrets_n);
	}
	json_add_string(w, buf_view(&line));
	buf_release(&line);
}

static struct json_writer begin_line(struct take *k, const char *what)
{
	struct json_writer w = {.out = &k->line};

	buf_reset(&k->line);
	json_open(&w, '{');
	json_member_int(&w, what, k->number);
	if (strcmp(what, "request") != 0) {
		json_member_int(
			&w, "ms", (clock_mono_us() - k->began_us) / 1000);
	}
	return w;
}

static enum status end_line(
	struct take *k, struct json_writer *w, struct err *err)
{
	json_close(w, '}');
	buf_char(&k->line, '\n');
	if (k->line.bad)
		return buf_check(&k->line, "recording", err);
	if (!fd_write_full(k->tape->fd, k->line.p, k->line.len))
		return cannot(k->tape, ST_IO, err);
	return ST_OK;
}

static enum status write_request(
	struct take *k, const struct tape_request *r, struct err *err)
{
	struct json_writer w = begin_line(k, "request");
	struct buf text;
	size_t i;
	enum status st;

	buf_init(&text, LINE_MAX_BYTES);
	json_key(&w, "time");
	clock_iso(clock_wall_ms(), &text);
	json_add_string(&w, buf_view(&text));
	json_member_str(&w, "method", span_str(r->method));
	json_key(&w, "url");
	buf_reset(&text);
	tape_put_url(r, &text);
	json_add_string(&w, buf_view(&text));
	json_key(&w, "headers");
	json_open(&w, '[');
	for (i = 0; i < r->headers_n; i++)
		put_header(k, &w, r->headers[i]);
	json_close(&w, ']');
	buf_reset(&text);
	tape_put_body(r, &text);
	put_bytes(&w, "body", buf_view(&text));
	k->line.bad |= text.bad;
	st = end_line(k, &w, err);
	buf_release(&text);
	return st;
}

static void free_take(struct take *k)
{
	buf_wipe(&k->hold);
	buf_release(&k->line);
	free(k);
}

enum status take_begin(struct take **ret, struct tape *t,
	const struct tape_request *r, struct err *err)
{
	struct take *k = calloc(1, sizeof(*k));
	enum status st;

	if (k == NULL)
		return err_nomem(err);
	k->tape = t;
	k->number = ++t->requests;
	k->began_us = clock_mono_us();
	k->secrets = r->secrets;
	k->secrets_n = r->secrets_n;
	buf_init(&k->hold, BUF_LARGE);
	buf_init(&k->line, LINE_MAX_BYTES);
	st = write_request(k, r, err);
	if (st != ST_OK) {
		free_take(k);
		return st;
	}
	*ret = k;
	return ST_OK;
}

enum status take_head(
	struct take *k, const struct head *head, int version, struct err *err)
{
	struct json_writer w = begin_line(k, "answer");
	struct span rest = buf_view(&head->lines);

	json_member_int(&w, "http", version);
	json_member_int(&w, "status", head->status);
	json_key(&w, "headers");
	json_open(&w, '[');
	while (rest.n > 0)
		put_header(k, &w, span_cut(&rest, '\n'));
	json_close(&w, ']');
	return end_line(k, &w, err);
}

static enum status write_piece(struct take *k, size_t n, struct err *err)
{
	struct json_writer w;
	enum status st;

	if (n == 0)
		return ST_OK;
	w = begin_line(k, "answer");
	put_bytes(&w, "text", span_of(k->hold.p, n));
	st = end_line(k, &w, err);
	buf_consume(&k->hold, n);
	return st;
}

enum status take_body(struct take *k, struct span bytes, struct err *err)
{
	size_t keep = 0;
	size_t i;

	buf_span(&k->hold, bytes);
	if (k->hold.bad)
		return buf_check(&k->hold, "recording", err);
	mask(&k->hold, 0, k->secrets, k->secrets_n);
	for (i = 0; i < k->secrets_n; i++) {
		size_t n = half_secret(buf_view(&k->hold), k->secrets[i]);

		keep = n > keep ? n : keep;
	}
	return write_piece(k, k->hold.len - keep, err);
}

enum status take_end(
	struct take *k, const struct http_result *r, struct err *err)
{
	enum status st = write_piece(k, k->hold.len, err);
	struct json_writer w = begin_line(k, "end");
	struct buf error;

	buf_init(&error, BUF_SMALL);
	if (r == NULL) {
		json_member_bool(&w, "stopped", true);
	} else if (r->status != ST_OK) {
		buf_str(&error, r->err.msg);
		mask(&error, 0, k->secrets, k->secrets_n);
		json_member_str(
			&w, "fault", span_str(tape_fault_name(r->fault)));
		json_member_str(&w, "error", buf_view(&error));
		json_member_str(&w, "status", span_str(status_name(r->status)));
		json_member_bool(&w, "transient", r->transient);
	}
	if (st == ST_OK)
		st = end_line(k, &w, err);
	buf_release(&error);
	free_take(k);
	return st;
}
