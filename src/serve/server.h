/*
 * A small HTTP/1.1 server inside the program's own poll loop: no threads, one
 * pollable descriptor, one timeout. The home of libmicrohttpd.
 *
 * What it serves is a table of rows. A handler runs once the request is whole
 * and has passed the checks below. It answers before it returns or later: with
 * a JSON document, an error, or a stream that is asked for its bytes as the
 * client takes them, so that a slow reader costs no memory.
 *
 * Refused here, with an error in the shape of the OpenAI API:
 *   400  two Host or Content-Length fields, a length with a transfer coding, a
 *        coding other than chunked, or a field whose name is no token
 *   401  no bearer token or a wrong one (compared in constant time)
 *   403  an Origin that is not allowed, a cross-site fetch, or OPTIONS
 *   404, 405  no such row; 413 a body above the cap; 415 not application/json
 *   421  a Host other than the address listened on (DNS rebinding)
 * What is not HTTP at all is refused by libmicrohttpd, without JSON. It accepts
 * lines that end in a bare LF and folded fields: 0.9.75 cannot refuse them.
 *
 * Token and length are checked before a handler sees the request; a client that
 * sends Expect is refused before it sends the body. A connection is closed when
 * the first head takes longer than SERVER_HEAD_MS or a later one longer than
 * SERVER_IDLE_S, when a body takes longer than SERVER_BODY_MS and a second for
 * each KiB of it, and when a client takes nothing of its answer for
 * SERVER_IDLE_S. A client that closes its side while it waits counts as gone.
 */
#ifndef ATL_SERVE_SERVER_H
#define ATL_SERVE_SERVER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/secret.h"

#define SERVER_BODY_MAX ((size_t)8 * 1024 * 1024)
#define SERVER_HEADER_MAX ((size_t)16 * 1024)
#define SERVER_CONNECTIONS_MAX 64u
#define SERVER_IDLE_S 30u
#define SERVER_HEAD_MS 10000
#define SERVER_BODY_MS 30000
/* Bytes of a path's {name}, and of a path in the log. */
#define SERVER_NAME_MAX 256

struct server;
struct exchange; /* a request and its answer; belongs to the server */

typedef void server_fn(struct exchange *x, void *payload);

struct server_route {
	const char *method; /* "GET" (HEAD too) or "POST"; a POST takes JSON */
	const char *path; /* "/v1/models", "/agents/{name}/completion" */
	server_fn *fn;
	bool open; /* needs no token */
};

/* A request that was answered, or whose client has gone. Pointers are borrowed
 * for the call. */
struct server_done {
	const struct server_route *route; /* NULL: none was found */
	const char *method;
	const char *path; /* at most SERVER_NAME_MAX bytes of it, foreign */
	struct span peer; /* address of the client, may be empty */
	struct span notes; /* what was added to exchange_notes() */
	int http; /* 0: the client left before there was an answer */
	bool broken; /* the answer did not reach the client whole */
	int64_t ms;
	uint64_t bytes; /* bytes of the answer's body */
};

struct server_options {
	const struct server_route *routes; /* borrowed until server_free */
	size_t n_routes;
	void *payload; /* handed to every handler, and to done */
	const struct secret *token; /* borrowed until server_free */
	/* A listening socket, taken when server_new() succeeds; -1 or 0: one is
	 * made. */
	int listen_fd;
	uint16_t port; /* on 127.0.0.1; 0: a free one */
	size_t body_max; /* 0: SERVER_BODY_MAX */
	unsigned connections; /* 0: SERVER_CONNECTIONS_MAX */
	/* Further accepted values of Host (without a port: any port) and of
	 * Origin; the latter are answered with CORS headers. NULL: none;
	 * borrowed. */
	const char *const *hosts;
	size_t n_hosts;
	const char *const *origins;
	size_t n_origins;
	bool any_host; /* accepts any Host: a Unix socket, which no browser
			  reaches */
	void (*done)(const struct server_done *d, void *payload); /* or NULL */
};

enum status server_new(
	struct server **ret, const struct server_options *o, struct err *err);
/* Ends every answer and closes its stream. */
void server_free(struct server *s);
/* Accepts no new connections and closes each one after its answer. */
void server_quiesce(struct server *s);

uint16_t server_port(const struct server *s); /* 0: a Unix socket */
unsigned server_connections(const struct server *s);
/* Readable when server_step() has something to do. */
int server_fd(const struct server *s);
/* How long poll() may wait; -1: for ever, 0: there is work now. */
int server_timeout_ms(const struct server *s);
/* Lets the server work; handlers and streams run inside. */
enum status server_step(struct server *s, struct err *err);

/* Valid until the handler returns. */
struct span exchange_body(const struct exchange *x);
/* The part of the path for {name}; valid as long as the exchange. */
struct span exchange_name(const struct exchange *x);
/* For the log: the members of a JSON object, each with a comma before it. */
struct buf *exchange_notes(struct exchange *x);

/* Adds a header field to the answer; both texts are static. */
void exchange_header(struct exchange *x, const char *name, const char *value);
/* Gives the whole answer. The bytes are copied. */
void exchange_text(
	struct exchange *x, int http, const char *type, struct span text);
void exchange_json(struct exchange *x, int http, struct span json);
/* Gives an error: {"error":{"message","type","param":null,"code"}}. */
void exchange_error(struct exchange *x, int http, const char *type,
	const char *code, const char *message);

/*
 * Called in a handler: the answer comes later, from the same thread, by one of
 * the functions above or by exchange_stream(). `gone` is called once, when the
 * exchange ends: answered, or its client has gone.
 */
void exchange_defer(
	struct exchange *x, void (*gone)(void *payload), void *payload);

enum stream_state {
	STREAM_MORE = 0, /* something was appended; ask again */
	STREAM_WAIT, /* nothing yet; ask again after exchange_wake() */
	STREAM_END,
	STREAM_BROKEN, /* hang up, so that the client does not take it for
			  whole */
};

struct stream_ops {
	/* Appends a piece to out; at most a few KiB are wanted at a time. */
	enum stream_state (*fill)(void *stream, struct buf *out);
	/* Called once, when all was sent or the client has gone; the exchange
	 * ends with it. */
	void (*close)(void *stream);
};

/* Answers 200 with an event stream. Takes `stream`, and closes it on failure.
 * Replaces the callback given to exchange_defer(). */
void exchange_stream(
	struct exchange *x, const struct stream_ops *ops, void *stream);
/* After STREAM_WAIT, from the same thread: there is something to send. */
void exchange_wake(struct exchange *x);

#endif
