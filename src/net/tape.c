#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/base64.h"
#include "base/file.h"
#include "base/vec.h"
#include "net/tape_priv.h"
#include "wire/json.h"

static const char *const fault_names[] = {
	[HTTP_FAULT_NONE] = "none",
	[HTTP_FAULT_REFUSED_HERE] = "refused here",
	[HTTP_FAULT_RESOLVE] = "resolve",
	[HTTP_FAULT_CONNECT] = "connect",
	[HTTP_FAULT_PROXY] = "proxy",
	[HTTP_FAULT_TLS] = "tls",
	[HTTP_FAULT_CONNECT_TIMEOUT] = "connect timeout",
	[HTTP_FAULT_FIRST_BYTE_TIMEOUT] = "first byte timeout",
	[HTTP_FAULT_IDLE_TIMEOUT] = "idle timeout",
	[HTTP_FAULT_CLOSED] = "closed",
	[HTTP_FAULT_PROTOCOL] = "protocol",
};

enum { FAULTS = sizeof(fault_names) / sizeof(fault_names[0]) };

const char *tape_fault_name(enum http_fault fault)
{
	return (size_t)fault < FAULTS ? fault_names[fault] : "none";
}

static bool find_fault(struct span name, enum http_fault *ret)
{
	size_t i;

	for (i = 0; i < FAULTS; i++)
		if (span_is(name, fault_names[i])) {
			*ret = (enum http_fault)i;
			return true;
		}
	return false;
}

static bool status_of(struct span name, enum status *ret)
{
	int st;

	for (st = ST_FAIL; st <= ST_STOPPED; st++)
		if (span_is(name, status_name((enum status)st))) {
			*ret = (enum status)st;
			return true;
		}
	return false;
}

bool tape_plays(const struct tape *t)
{
	return t->plays;
}

int64_t tape_ms(const struct tape *t, int64_t ms)
{
	double after = t->speed > 0 ? (double)ms / t->speed : 0;

	return after < (double)(INT64_MAX / 2) ? (int64_t)after : INT64_MAX;
}

static void release_take(struct tape_take *k)
{
	buf_release(&k->method);
	buf_release(&k->url);
	buf_release(&k->sent);
	buf_release(&k->headers);
	buf_release(&k->body);
	buf_release(&k->error);
	free(k->pieces);
}

void tape_free(struct tape *t)
{
	size_t i;

	if (t == NULL)
		return;
	for (i = 0; i < t->takes_n; i++)
		release_take(&t->takes[i]);
	free(t->takes);
	free(t->path);
	if (!t->plays && t->fd >= 0)
		(void)close(t->fd);
	free(t);
}

/*
 * Reading
 */

/* The reader's place in a file. */
struct reader {
	struct tape *tape;
	size_t line;
	size_t run; /* first take of the present run of the program */
};

static enum status bad(const struct reader *r, const char *why, struct err *err)
{
	return err_set(err, ST_DAMAGED,
		"%.300s:%zu: %s; is it a file that --record has written?",
		r->tape->path, r->line, why);
}

/* Appends a text; fails when the line is too large, and without memory. */
static enum status add_text(struct buf *out, struct span s, struct err *err)
{
	buf_span(out, s);
	return buf_check(out, "recording", err);
}

static enum status add_bytes(const struct reader *r, const struct json *j,
	const char *as_text, struct buf *out, struct err *err)
{
	struct span s;

	if (json_str(json_get(j, as_text), &s))
		return add_text(out, s, err);
	if (!json_str(json_get(j, "base64"), &s))
		return bad(r, "neither text nor base64 is there", err);
	if (!base64_get(s, out))
		return bad(r, "this is not base64", err);
	return buf_check(out, "recording", err);
}

static enum status begin_take(
	struct reader *r, const struct json *j, int64_t number, struct err *err)
{
	struct tape *t = r->tape;
	struct tape_take *k;
	enum status st;

	/* Numbers start at 1 in each run. */
	if (number == 1)
		r->run = t->takes_n;
	if (number != (int64_t)(t->takes_n - r->run) + 1)
		return bad(r, "requests are missing", err);
	if (!vec_grow(&t->takes, &t->takes_cap, t->takes_n + 1,
		    sizeof(*t->takes), TAPE_TAKES_MAX))
		return err_set(
			err, ST_FAIL, "%.300s: too many requests", t->path);
	k = &t->takes[t->takes_n++];
	buf_init(&k->method, BUF_SMALL);
	buf_init(&k->url, BUF_SMALL);
	buf_init(&k->sent, 2 * BUF_LARGE);
	buf_init(&k->headers, HTTP_HEADERS_MAX);
	buf_init(&k->body, TAPE_FILE_MAX);
	buf_init(&k->error, BUF_SMALL);
	st = add_text(&k->method, json_get_str(j, "method"), err);
	if (st == ST_OK)
		st = add_text(&k->url, json_get_str(j, "url"), err);
	if (st == ST_OK && (k->method.len == 0 || k->url.len == 0))
		st = bad(r, "there is no method or no URL", err);
	return st == ST_OK ? add_bytes(r, j, "body", &k->sent, err) : st;
}

static enum status add_head(struct reader *r, struct tape_take *k,
	const struct json *j, struct err *err)
{
	const struct json *h = json_first(json_get(j, "headers"));
	int64_t status = json_get_int(j, "status", 0);
	int64_t version = json_get_int(j, "http", 0);
	struct span s;

	if (status < 100 || status > 999 || version < 0 || version > 99)
		return bad(r, "there is no status", err);
	k->status = (int)status;
	k->version = (int)version;
	k->head_ms = json_get_int(j, "ms", 0);
	for (; h != NULL; h = json_next(h)) {
		if (!json_str(h, &s) || memchr(s.p, '\n', s.n) != NULL)
			return bad(r, "this is no header", err);
		buf_span(&k->headers, s);
		buf_char(&k->headers, '\n');
	}
	return buf_check(&k->headers, "recording", err);
}

static enum status add_piece(struct reader *r, struct tape_take *k,
	const struct json *j, struct err *err)
{
	size_t before = k->body.len;
	enum status st;

	if (k->status == 0)
		return bad(r, "a body without a status", err);
	st = add_bytes(r, j, "text", &k->body, err);
	if (st != ST_OK)
		return st;
	if (!vec_grow(&k->pieces, &k->pieces_cap, k->pieces_n + 1,
		    sizeof(*k->pieces), TAPE_PIECES_MAX))
		return err_nomem(err);
	k->pieces[k->pieces_n++] = (struct tape_piece){
		before, k->body.len - before, json_get_int(j, "ms", 0)};
	return ST_OK;
}

static enum status add_end(struct reader *r, struct tape_take *k,
	const struct json *j, struct err *err)
{
	struct span fault = json_get_str(j, "fault");

	k->ended = true;
	k->end_ms = json_get_int(j, "ms", 0);
	k->stopped = json_get_bool(j, "stopped", false);
	if (fault.n == 0) {
		if (k->status == 0 && !k->stopped)
			return bad(r, "an end without an answer", err);
		return ST_OK;
	}
	k->transient = json_get_bool(j, "transient", false);
	if (!find_fault(fault, &k->fault) ||
		!status_of(json_get_str(j, "status"), &k->end))
		return bad(r, "an end of an unknown kind", err);
	return add_text(&k->error, json_get_str(j, "error"), err);
}

static enum status read_line(
	struct reader *r, const struct json *j, struct err *err)
{
	struct tape *t = r->tape;
	struct tape_take *k;
	int64_t ms = json_get_int(j, "ms", 0);
	int64_t number;

	if (json_int(json_get(j, "request"), &number))
		return begin_take(r, j, number, err);
	if (!json_int(json_get(j, "answer"), &number) &&
		!json_int(json_get(j, "end"), &number))
		return bad(r, "this is no line of a recording", err);
	if (number < 1 || (uint64_t)number > t->takes_n - r->run)
		return bad(r, "an answer to no request", err);
	k = &t->takes[r->run + (size_t)number - 1];
	if (k->ended)
		return bad(r, "more behind an end", err);
	if (ms < 0 || ms > TAPE_MS_MAX)
		return bad(r, "this is no time", err);
	if (json_get(j, "end") != NULL)
		return add_end(r, k, j, err);
	return json_get(j, "status") != NULL ? add_head(r, k, j, err)
					     : add_piece(r, k, j, err);
}

static enum status read_all(struct reader *r, struct span all, struct err *err)
{
	enum status st = ST_OK;

	while (all.n > 0 && st == ST_OK) {
		struct span line = span_cut(&all, '\n');
		struct json *j = NULL;
		struct err why;

		r->line++;
		/* A writer that was killed leaves half a line. */
		if (all.p == NULL)
			break;
		if (json_parse(line, &j, &why) != ST_OK)
			st = bad(r, why.msg, err);
		else
			st = read_line(r, j, err);
		json_free(j);
	}
	if (st == ST_OK && r->tape->takes_n == 0)
		st = err_set(err, ST_DAMAGED,
			"there is no request in \"%.300s\"; is it a file that "
			"--record has written?",
			r->tape->path);
	return st;
}

enum status tape_parse(struct tape **ret, struct span text, const char *name,
	double speed, struct err *err)
{
	struct tape *t = calloc(1, sizeof(*t));
	struct reader r = {.tape = t};
	enum status st;

	if (t == NULL)
		return err_nomem(err);
	t->plays = true;
	t->speed = speed;
	t->path = str_dup(name);
	st = t->path != NULL ? read_all(&r, text, err) : err_nomem(err);
	if (st != ST_OK) {
		tape_free(t);
		return st;
	}
	*ret = t;
	return ST_OK;
}

enum status tape_play(
	struct tape **ret, const char *path, double speed, struct err *err)
{
	struct buf all;
	struct err why;
	enum status st;

	buf_init(&all, TAPE_FILE_MAX);
	st = file_read(path, &all, &why);
	if (st == ST_OK)
		st = tape_parse(ret, buf_view(&all), path, speed, err);
	else
		st = err_set(err, ST_USAGE, "nothing to replay: %s", why.msg);
	buf_release(&all);
	return st;
}

/*
 * Looking for the answer to a request
 */

static void put_excerpt(struct buf *out, struct span s, size_t at)
{
	enum { BEFORE = 12, BEHIND = 28 };
	size_t from = at > BEFORE ? at - BEFORE : 0;
	size_t to = at + BEHIND < s.n ? at + BEHIND : s.n;

	while (from < at && ((unsigned char)s.p[from] & 0xc0) == 0x80)
		from++;
	buf_span(out, span_of(s.p + from, to - from));
}

static void put_difference(
	const struct tape_take *k, struct span now, struct buf *out)
{
	struct span then = buf_view(&k->sent);
	size_t at = 0;

	while (at < then.n && at < now.n && then.p[at] == now.p[at])
		at++;
	buf_fmt(out,
		"this request is not the one that was recorded: from byte %zu "
		"on it has ",
		at + 1);
	put_excerpt(out, now, at);
	buf_str(out, " in place of ");
	put_excerpt(out, then, at);
}

enum status tape_find(struct tape *t, const struct tape_request *r,
	const struct tape_take **ret, struct buf *note, struct err *err)
{
	struct tape_take *found = NULL;
	struct tape_take *similar = NULL;
	struct buf url;
	struct buf body;
	size_t i;
	enum status st;

	buf_init(&url, BUF_SMALL);
	buf_init(&body, 2 * BUF_LARGE);
	tape_put_url(r, &url);
	tape_put_body(r, &body);
	st = buf_check(&body, "request", err);
	for (i = 0; i < t->takes_n && found == NULL && st == ST_OK; i++) {
		struct tape_take *k = &t->takes[i];

		if (k->played || !span_is(buf_view(&k->method), r->method) ||
			!span_eq(buf_view(&k->url), buf_view(&url)))
			continue;
		if (span_eq(buf_view(&k->sent), buf_view(&body)))
			found = k;
		else if (similar == NULL)
			similar = k;
	}
	if (st == ST_OK && found == NULL && similar != NULL) {
		found = similar;
		put_difference(found, buf_view(&body), note);
	}
	if (st == ST_OK && found == NULL)
		st = err_set(err, ST_FAIL,
			"\"%.300s\" has no answer, or none that is left, to "
			"%s %.300s",
			t->path, r->method, url.p);
	if (st == ST_OK) {
		found->played = true;
		*ret = found;
	}
	buf_release(&url);
	buf_release(&body);
	return st;
}
