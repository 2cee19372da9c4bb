#include "net/http_xfer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "net/redact.h"

/* The parts of a recording in order: the head, the pieces of the body, the
 * end. */
enum { PLAY_HEAD = 0, PLAY_BODY = 1 };

static size_t count(const struct curl_slist *node)
{
	size_t n = 0;

	for (; node != NULL; node = node->next)
		n++;
	return n;
}

/* The value of "Name: value", without the scheme of an authorization. */
static struct span secret_value(struct span line)
{
	struct span rest = line;
	struct span value;

	(void)span_cut(&rest, ':');
	value = span_trim(rest);
	rest = value;
	(void)span_cut(&rest, ' ');
	return rest.n > 0 ? span_trim(rest) : value;
}

/* Collects headers and secrets of the request; both point into x. */
static void collect(struct http_xfer *x, struct span *headers,
	struct span *secrets, struct tape_request *r)
{
	struct curl_slist *node;

	r->headers = headers;
	r->secrets = secrets;
	if (x->key.n > 0) {
		/* The header with the key, without its value. */
		headers[r->headers_n++] = span_of(x->key_line.p,
			(size_t)(x->key.p - (const char *)x->key_line.p));
		secrets[r->secrets_n++] = x->key;
	}
	for (node = x->headers; node != NULL; node = node->next) {
		struct span line = span_str(node->data);
		struct span name = line;

		name = span_cut(&name, ':');
		/* libcurl's way of writing a header that it must not send. */
		if (name.n + 1 >= line.n)
			continue;
		headers[r->headers_n++] = line;
		if (redact_is_secret(name))
			secrets[r->secrets_n++] = secret_value(line);
	}
}

enum status http_tape_begin(struct http_xfer *x, const struct http_request *req,
	struct tape *tape, struct err *err)
{
	struct tape_request r = {.url = req->url, .body = req->body};
	size_t n = count(x->headers) + 1;
	struct span *headers = calloc(n, sizeof(*headers));
	enum status st;

	x->secrets = calloc(n, sizeof(*x->secrets));
	if (headers == NULL || x->secrets == NULL) {
		free(headers);
		return err_nomem(err);
	}
	r.method = req->method;
	if (r.method == NULL)
		r.method = req->body.n > 0 ? "POST" : "GET";
	collect(x, headers, x->secrets, &r);
	if (x->offline) {
		x->tape = tape;
		st = tape_find(tape, &r, &x->play, &x->note, err);
	} else {
		st = take_begin(&x->take, tape, &r, err);
	}
	free(headers);
	return st;
}

void http_tape_head(struct http_xfer *x)
{
	long version = 0;
	enum status st;

	if (x->take == NULL)
		return;
	(void)curl_easy_getinfo(x->easy, CURLINFO_HTTP_VERSION, &version);
	st = take_head(
		x->take, &x->head, http_version_of(version), &x->own_err);
	if (st != ST_OK)
		http_fail_xfer(x, HTTP_FAULT_REFUSED_HERE, st);
}

void http_tape_body(struct http_xfer *x, struct span bytes)
{
	enum status st;

	if (x->take == NULL)
		return;
	st = take_body(x->take, bytes, &x->own_err);
	if (st != ST_OK)
		http_fail_xfer(x, HTTP_FAULT_REFUSED_HERE, st);
}

void http_tape_end(struct http_xfer *x, struct http_result *r)
{
	struct err err;
	enum status st;

	if (x->take == NULL)
		return;
	st = take_end(x->take, r, &err);
	x->take = NULL;
	if (st == ST_OK || r == NULL || r->status != ST_OK)
		return;
	r->status = st;
	r->fault = HTTP_FAULT_REFUSED_HERE;
	r->err = err;
}

/*
 * Replaying
 */

static int64_t recorded_ms(const struct http_xfer *x)
{
	const struct tape_take *k = x->play;

	if (x->play_at == PLAY_HEAD && k->status != 0)
		return k->head_ms;
	if (x->play_at >= PLAY_BODY && x->play_at - PLAY_BODY < k->pieces_n)
		return k->pieces[x->play_at - PLAY_BODY].ms;
	return k->end_ms;
}

int64_t http_play_due_ms(const struct http_xfer *x)
{
	int64_t after = tape_ms(x->tape, recorded_ms(x));
	int64_t began = x->began_us / 1000;

	if (x->paused)
		return -1;
	return after > INT64_MAX - began ? INT64_MAX : began + after;
}

static bool play_head(struct http_xfer *x)
{
	const struct tape_take *k = x->play;
	struct span rest = buf_view(&k->headers);
	char line[32];
	int n = snprintf(line, sizeof(line), "HTTP/%d.%d %d", k->version / 10,
		k->version % 10, k->status);

	if (k->status == 0)
		return false;
	(void)http_take_header(x, span_of(line, (size_t)n));
	while (rest.n > 0 && !x->dead) {
		struct span one = span_cut(&rest, '\n');

		if (one.n > 0)
			(void)http_take_header(x, one);
	}
	(void)http_take_header(x, span_of(NULL, 0));
	return true;
}

bool http_play_step(struct http_xfer *x)
{
	const struct tape_take *k = x->play;
	size_t at = x->play_at;

	if (at == PLAY_HEAD && x->note.len > 0 && x->ops->note != NULL)
		x->ops->note(buf_view(&x->note), x->payload);
	x->play_at++;
	if (at == PLAY_HEAD && play_head(x))
		return x->own_fault != HTTP_FAULT_NONE;
	if (at >= PLAY_BODY && at - PLAY_BODY < k->pieces_n) {
		const struct tape_piece *p = &k->pieces[at - PLAY_BODY];

		(void)http_take_body(x, span_of(k->body.p + p->at, p->n));
		return x->own_fault != HTTP_FAULT_NONE;
	}
	return true;
}

void http_play_result(const struct http_xfer *x, struct http_result *r)
{
	const struct tape_take *k = x->play;

	r->http_version = k->version;
	r->dns_us = r->connect_us = r->tls_us = -1;
	r->first_byte_us = k->status != 0 ? k->head_ms * 1000 : -1;
	r->total_us = clock_mono_us() - x->began_us;
	if (k->end != ST_OK) {
		r->fault = k->fault;
		r->transient = k->transient;
		r->status = err_set(&r->err, k->end, "%s", k->error.p);
	} else if (!k->ended || (k->stopped && k->status == 0)) {
		r->fault = HTTP_FAULT_CLOSED;
		r->status = err_set(&r->err, ST_NET,
			"the recording goes no further: what recorded it was "
			"stopped");
	}
}
