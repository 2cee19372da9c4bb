/*
 * A small HTTP/1.1 server inside the program's own poll loop: no threads, one
 * pollable descriptor, one timeout. The home of libmicrohttpd.
 *
 * What it serves is a table of rows. A handler runs once the request is whole
 * and has passed the checks below, and answers before it returns: with a JSON
 * document, an error, or a stream that is asked for its bytes as the client
 * takes them, so that a slow reader costs no memory.
 *
 * Refused here, with an error in the shape of the OpenAI API:
 *   400  two Host or Content-Length fields, or a length with a transfer coding
 *   401  no bearer token or a wrong one (compared in constant time)
 *   403  an Origin, a cross-site fetch, or OPTIONS: no browser has business here
 *   404, 405  no such row; 413 a body above the cap; 415 not application/json
 *   421  a Host other than the address listened on (DNS rebinding)
 * Body and token are checked before a handler sees either. Idle connections
 * end after SERVER_IDLE_S; a request that drips is not timed beyond that.
 */
#ifndef ATL_SERVE_SERVER_H
#define ATL_SERVE_SERVER_H

#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/secret.h"

#define SERVER_BODY_MAX ((size_t)8 * 1024 * 1024)
#define SERVER_HEADER_MAX ((size_t)32 * 1024) /* per connection */
#define SERVER_CONNECTIONS_MAX 64u
#define SERVER_IDLE_S 30u

struct server;
struct exchange; /* a request and its answer; belongs to the server */

typedef void server_fn(struct exchange *x, void *payload);

struct server_route {
	const char *method; /* "GET" or "POST"; a POST takes JSON */
	const char *path; /* "/v1/models" */
	server_fn *fn;
};

struct server_options {
	const struct server_route *routes; /* borrowed until server_free */
	size_t n_routes;
	void *payload; /* handed to every handler */
	const struct secret *token; /* borrowed until server_free */
	uint16_t port; /* on 127.0.0.1; 0: one that is free */
	size_t body_max; /* 0: SERVER_BODY_MAX */
};

enum status server_new(
	struct server **ret, const struct server_options *o, struct err *err);
/* Ends every answer, closing its stream. */
void server_free(struct server *s);

uint16_t server_port(const struct server *s);
/* Readable when server_step has something to do. */
int server_fd(const struct server *s);
/* How long poll may wait for it; -1 for ever, 0 when there is work now. */
int server_timeout_ms(const struct server *s);
/* Gives the server its turn; handlers and streams run inside. */
enum status server_step(struct server *s, struct err *err);

/* Valid until the handler returns. */
struct span exchange_body(const struct exchange *x);

/* The whole answer. The bytes are copied. */
void exchange_json(struct exchange *x, int http, struct span json);
/* {"error":{"message","type","param":null,"code"}} */
void exchange_error(struct exchange *x, int http, const char *type,
	const char *code, const char *message);

enum stream_state {
	STREAM_MORE = 0, /* something was appended; ask again */
	STREAM_WAIT, /* nothing yet; ask again after exchange_wake() */
	STREAM_END,
	STREAM_BROKEN, /* hang up: the client must not take it for whole */
};

struct stream_ops {
	/* Appends a piece to out; at most a few KiB are wanted at a time. */
	enum stream_state (*fill)(void *stream, struct buf *out);
	/* Called once, whether all was sent or the client went away; the
	 * exchange is gone after it. */
	void (*close)(void *stream);
};

/* Answers 200 with an event stream. Takes `stream`; closes it on failure. */
void exchange_stream(
	struct exchange *x, const struct stream_ops *ops, void *stream);
/* After STREAM_WAIT, from the same thread: there is something to send. */
void exchange_wake(struct exchange *x);

#endif
