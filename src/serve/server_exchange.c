/* Requests and their answers. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/vec.h"
#include "serve/server_priv.h"
#include "wire/json.h"

/* Bytes of a piece; pieces are small, and this contains a mistake. */
#define PIECE_MAX ((size_t)1024 * 1024)

/* Whether the client has hung up. */
static bool is_gone(const struct exchange *x)
{
	return x->peer != NULL && x->peer->hung_up;
}

static void suspend(struct exchange *x)
{
	x->suspended = true;
	MHD_suspend_connection(x->conn);
}

static void resume(struct exchange *x)
{
	if (!x->suspended)
		return;
	x->suspended = false;
	MHD_resume_connection(x->conn);
}

void exchange_go_on(struct exchange *x)
{
	resume(x);
}

void exchange_hung_up(struct conn *c)
{
	struct exchange *x = c->x;

	c->hung_up = true;
	if (x == NULL || !x->suspended || x->response != NULL)
		return;
	x->failed = true;
	x->state = STREAM_BROKEN;
	resume(x);
}

/*
 * Answers
 */

void exchange_header(struct exchange *x, const char *name, const char *value)
{
	if (x->n_headers == EXCHANGE_HEADERS_MAX)
		return;
	x->headers[x->n_headers].name = name;
	x->headers[x->n_headers++].value = value;
}

static enum MHD_Result add_headers(
	struct exchange *x, struct MHD_Response *r, const char *type)
{
	enum MHD_Result ok = MHD_YES;
	size_t i;

	exchange_header(x, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
	if (x->http == MHD_HTTP_UNAUTHORIZED)
		exchange_header(x, MHD_HTTP_HEADER_WWW_AUTHENTICATE, "Bearer");
	if (x->server->quiet)
		exchange_header(x, MHD_HTTP_HEADER_CONNECTION, "close");
	if (type[0] != '\0')
		ok = MHD_add_response_header(
			r, MHD_HTTP_HEADER_CONTENT_TYPE, type);
	if (ok == MHD_YES && x->found.origin != NULL) {
		ok = MHD_add_response_header(r,
			MHD_HTTP_HEADER_ACCESS_CONTROL_ALLOW_ORIGIN,
			x->found.origin);
		if (ok == MHD_YES)
			ok = MHD_add_response_header(
				r, MHD_HTTP_HEADER_VARY, "Origin");
	}
	for (i = 0; ok == MHD_YES && i < x->n_headers; i++)
		ok = MHD_add_response_header(
			r, x->headers[i].name, x->headers[i].value);
	return ok;
}

/* Sets the answer r, which is taken, and resumes a suspended connection. */
static void give(struct exchange *x, unsigned http, struct MHD_Response *r,
	const char *type)
{
	if (r == NULL || x->response != NULL || x->answered) {
		x->failed = true;
	} else {
		x->http = http;
		x->failed = add_headers(x, r, type) != MHD_YES;
	}
	if (x->failed) {
		if (r != NULL)
			MHD_destroy_response(r);
	} else {
		x->response = r;
	}
	resume(x);
}

void exchange_text(
	struct exchange *x, int http, const char *type, struct span text)
{
	struct MHD_Response *r = NULL;
	char *copy = mem_dup(text.p, text.n);

	if (copy != NULL)
		r = MHD_create_response_from_buffer(
			text.n, copy, MHD_RESPMEM_MUST_FREE);
	if (r == NULL)
		free(copy);
	x->sent = text.n;
	give(x, (unsigned)http, r, type);
}

void exchange_json(struct exchange *x, int http, struct span json)
{
	exchange_text(x, http, "application/json", json);
}

void exchange_error(struct exchange *x, int http, const char *type,
	const char *code, const char *message)
{
	struct buf json;

	buf_init(&json, BUF_SMALL);
	buf_str(&json, "{\"error\":{\"message\":");
	json_put_string(&json, span_str(message));
	buf_str(&json, ",\"type\":");
	json_put_string(&json, span_str(type));
	buf_str(&json, ",\"param\":null,\"code\":");
	json_put_string(&json, span_str(code));
	buf_str(&json, "}}\n");
	if (json.bad) {
		x->failed = true;
		resume(x);
	} else {
		exchange_json(x, http, buf_view(&json));
	}
	buf_release(&json);
}

static void refuse(struct exchange *x, enum gate_refusal why)
{
	const struct gate_answer *a = gate_answer(why);

	if (why == GATE_PREFLIGHT) {
		exchange_header(x, MHD_HTTP_HEADER_ACCESS_CONTROL_ALLOW_METHODS,
			"GET, POST");
		exchange_header(x, MHD_HTTP_HEADER_ACCESS_CONTROL_ALLOW_HEADERS,
			"Authorization, Content-Type");
		exchange_text(x, a->http, "", span_of(NULL, 0));
		return;
	}
	if (why == GATE_FRAMING)
		exchange_header(x, MHD_HTTP_HEADER_CONNECTION, "close");
	if (why == GATE_NO_METHOD)
		exchange_header(x, MHD_HTTP_HEADER_ALLOW, x->found.allow);
	exchange_error(x, a->http, a->type, a->code, a->message);
}

void exchange_defer(
	struct exchange *x, void (*gone)(void *payload), void *payload)
{
	x->deferred = true;
	x->gone = gone;
	x->gone_payload = payload;
}

/* Called by libmicrohttpd for bytes. Pieces are gathered up to what it takes,
 * so that many small events leave in one write. */
static ssize_t pull(void *payload, uint64_t pos, char *to, size_t max)
{
	struct exchange *x = payload;
	size_t n;

	(void)pos;
	if (x->server->stopping)
		return MHD_CONTENT_READER_END_WITH_ERROR;
	while (x->state == STREAM_MORE && x->out.len < max) {
		x->state = x->ops->fill(x->stream, &x->out);
		if (x->out.bad)
			x->state = STREAM_BROKEN;
	}
	n = x->out.len < max ? x->out.len : max;
	if (n > 0) {
		memcpy(to, x->out.p, n);
		buf_consume(&x->out, n);
		x->sent += n;
		return (ssize_t)n;
	}
	if (x->state == STREAM_END)
		return MHD_CONTENT_READER_END_OF_STREAM;
	if (x->state == STREAM_BROKEN || is_gone(x))
		return MHD_CONTENT_READER_END_WITH_ERROR;
	suspend(x);
	return 0;
}

void exchange_stream(
	struct exchange *x, const struct stream_ops *ops, void *stream)
{
	struct MHD_Response *r = NULL;

	x->gone = NULL;
	if (x->ops == NULL && x->response == NULL && !x->answered)
		r = MHD_create_response_from_callback(
			MHD_SIZE_UNKNOWN, 4096, pull, x, NULL);
	if (r == NULL) {
		ops->close(stream);
		x->failed = true;
		resume(x);
		return;
	}
	x->ops = ops;
	x->stream = stream;
	give(x, MHD_HTTP_OK, r, "text/event-stream");
}

void exchange_wake(struct exchange *x)
{
	if (x->state != STREAM_WAIT)
		return;
	x->state = STREAM_MORE;
	resume(x);
}

/*
 * Requests
 */

struct span exchange_body(const struct exchange *x)
{
	return buf_view(&x->body);
}

struct span exchange_name(const struct exchange *x)
{
	return span_str(x->name);
}

struct buf *exchange_notes(struct exchange *x)
{
	return &x->notes;
}

static enum MHD_Result read_field(
	void *payload, enum MHD_ValueKind kind, const char *key, const char *v)
{
	(void)kind;
	gate_field(payload, span_str(key), span_str(v));
	return MHD_YES;
}

static struct exchange *exchange_new(struct server *s,
	struct MHD_Connection *conn, const char *method, const char *path)
{
	const union MHD_ConnectionInfo *context = MHD_get_connection_info(
		conn, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	struct exchange *x = calloc(1, sizeof(*x));

	if (x == NULL)
		return NULL;
	x->server = s;
	x->conn = conn;
	x->peer = context != NULL ? context->socket_context : NULL;
	if (x->peer != NULL)
		x->peer->x = x;
	x->start_ms = clock_mono_ms();
	buf_init(&x->body, s->o.body_max);
	buf_init(&x->out, PIECE_MAX);
	buf_init(&x->notes, BUF_SMALL);
	(void)snprintf(x->method, sizeof(x->method), "%s", method);
	(void)snprintf(x->path, sizeof(x->path), "%s", path);
	x->next = s->first;
	x->link = &s->first;
	if (s->first != NULL)
		s->first->link = &x->next;
	s->first = x;
	return x;
}

static void put_peer(const struct exchange *x, char *text, size_t size)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(
		x->conn, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	const struct sockaddr *addr = info != NULL ? info->client_addr : NULL;
	const void *from = NULL;

	text[0] = '\0';
	if (addr != NULL && addr->sa_family == AF_INET)
		from = &((const struct sockaddr_in *)(const void *)addr)
				->sin_addr;
	else if (addr != NULL && addr->sa_family == AF_INET6)
		from = &((const struct sockaddr_in6 *)(const void *)addr)
				->sin6_addr;
	if (from != NULL &&
		inet_ntop(addr->sa_family, from, text, (socklen_t)size) == NULL)
		text[0] = '\0';
}

static void tell_done(struct exchange *x)
{
	char peer[INET6_ADDRSTRLEN];
	struct server_done d = {
		.route = x->found.route,
		.method = x->method,
		.path = x->path,
		.notes = buf_view(&x->notes),
		.http = x->answered ? (int)x->http : 0,
		.broken = !x->whole,
		.ms = clock_mono_ms() - x->start_ms,
		.bytes = x->sent,
	};

	if (x->server->o.done == NULL)
		return;
	put_peer(x, peer, sizeof(peer));
	d.peer = span_str(peer);
	x->server->o.done(&d, x->server->o.payload);
}

static void exchange_free(struct exchange *x)
{
	if (x->peer != NULL)
		x->peer->x = NULL;
	if (x->ops != NULL)
		x->ops->close(x->stream);
	else if (x->gone != NULL)
		x->gone(x->gone_payload);
	tell_done(x);
	*x->link = x->next;
	if (x->next != NULL)
		x->next->link = x->link;
	if (x->response != NULL)
		MHD_destroy_response(x->response);
	buf_release(&x->body);
	buf_release(&x->out);
	buf_release(&x->notes);
	free(x);
}

/* Takes a piece of the body. A refused body is read and dropped, so that the
 * client sees the refusal; one without a known end is not. */
static enum MHD_Result take_body(
	struct exchange *x, const char *data, size_t *n)
{
	if (x->peer != NULL)
		x->peer->received += *n;
	if (x->refusal == GATE_OPEN) {
		buf_add(&x->body, data, *n);
		if (x->body.bad)
			x->refusal = GATE_TOO_LARGE;
	}
	if (x->refusal != GATE_OPEN) {
		buf_release(&x->body);
		x->dropped += *n;
		if (x->dropped > x->server->o.body_max)
			return MHD_NO;
	}
	*n = 0;
	return MHD_YES;
}

/* Queues the answer if there is one, else suspends the connection. */
static enum MHD_Result send_or_wait(struct exchange *x)
{
	enum MHD_Result ok;

	if (x->failed || x->server->stopping ||
		(x->response == NULL && is_gone(x)))
		return MHD_NO;
	if (x->response == NULL) {
		suspend(x);
		return MHD_YES;
	}
	ok = MHD_queue_response(x->conn, x->http, x->response);
	MHD_destroy_response(x->response);
	x->response = NULL;
	x->answered = ok == MHD_YES;
	return ok;
}

static enum MHD_Result begin(struct exchange *x, const char *path)
{
	struct gate_fields fields = {.hosts = 0};

	(void)MHD_get_connection_values(
		x->conn, MHD_HEADER_KIND, read_field, &fields);
	x->refusal = gate_check(&fields, &x->server->o, x->server->port,
		x->method, path, &x->found);
	(void)snprintf(x->name, sizeof(x->name), "%.*s", (int)x->found.name.n,
		x->found.name.n > 0 ? x->found.name.p : "");
	conn_phase(x->server, x->peer, CONN_BODY);
	if (x->refusal != GATE_OPEN && x->found.at_once) {
		refuse(x, x->refusal);
		return send_or_wait(x);
	}
	return MHD_YES;
}

enum MHD_Result exchange_request(void *payload, struct MHD_Connection *conn,
	const char *path, const char *method, const char *version,
	const char *data, size_t *n, void **state)
{
	struct server *s = payload;
	struct exchange *x = *state;

	(void)version;
	if (x == NULL) {
		x = exchange_new(s, conn, method, path);
		if (x == NULL)
			return MHD_NO;
		*state = x;
		return begin(x, path);
	}
	if (*n > 0)
		return take_body(x, data, n);
	if (x->answered)
		return MHD_YES;
	if (x->response != NULL || x->deferred || x->failed)
		return send_or_wait(x);
	conn_phase(s, x->peer, CONN_ANSWER);
	if (x->refusal != GATE_OPEN) {
		log_debug("serve: %s %s refused: %s", method, x->path,
			gate_answer(x->refusal)->code);
		refuse(x, x->refusal);
	} else {
		x->found.route->fn(x, s->o.payload);
		if (x->response == NULL && !x->deferred && !x->failed)
			refuse(x, GATE_UNANSWERED);
	}
	return send_or_wait(x);
}

void exchange_completed(void *payload, struct MHD_Connection *conn,
	void **state, enum MHD_RequestTerminationCode why)
{
	struct exchange *x = *state;

	(void)payload;
	(void)conn;
	if (x == NULL)
		return;
	x->whole = why == MHD_REQUEST_TERMINATED_COMPLETED_OK;
	conn_phase(x->server, x->peer, CONN_NEXT_HEAD);
	exchange_free(x);
	*state = NULL;
}
