#include "serve/server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/log.h"
#include "serve/gate.h"
#include "wire/json.h"

/* A stream's pieces are small; this bounds a mistake. */
#define PIECE_MAX ((size_t)1024 * 1024)

struct server {
	struct server_options o;
	struct MHD_Daemon *daemon;
	uint16_t port;
	int fd;
	bool stopping;
	struct exchange *first;
};

struct exchange {
	struct server *server;
	struct MHD_Connection *conn;
	struct exchange *next;
	struct exchange **link; /* what points to this one */
	const struct server_route *route;
	enum gate_refusal refusal;
	struct buf body;
	size_t dropped; /* bytes of a body that is not wanted */
	bool answered;
	bool failed; /* no answer could be queued: hang up */
	const struct stream_ops *ops; /* NULL: no stream */
	void *stream;
	struct buf out; /* of the stream, not yet sent */
	enum stream_state state;
	bool suspended;
};

static enum MHD_Result read_field(
	void *payload, enum MHD_ValueKind kind, const char *key, const char *v)
{
	(void)kind;
	gate_field(payload, span_str(key), span_str(v));
	return MHD_YES;
}

static void queue(struct exchange *x, unsigned http, struct MHD_Response *r,
	const char *type)
{
	enum MHD_Result ok;

	if (r == NULL || x->answered) {
		x->failed = true;
		if (r != NULL)
			MHD_destroy_response(r);
		return;
	}
	ok = MHD_add_response_header(r, MHD_HTTP_HEADER_CONTENT_TYPE, type);
	if (ok == MHD_YES)
		ok = MHD_add_response_header(
			r, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
	if (ok == MHD_YES && http == MHD_HTTP_UNAUTHORIZED)
		ok = MHD_add_response_header(
			r, MHD_HTTP_HEADER_WWW_AUTHENTICATE, "Bearer");
	if (ok == MHD_YES)
		ok = MHD_queue_response(x->conn, http, r);
	MHD_destroy_response(r);
	x->answered = ok == MHD_YES;
	x->failed = ok != MHD_YES;
}

void exchange_json(struct exchange *x, int http, struct span json)
{
	struct MHD_Response *r;
	char *copy = malloc(json.n > 0 ? json.n : 1);

	if (copy == NULL) {
		x->failed = true;
		return;
	}
	if (json.n > 0)
		memcpy(copy, json.p, json.n);
	r = MHD_create_response_from_buffer(
		json.n, copy, MHD_RESPMEM_MUST_FREE);
	if (r == NULL)
		free(copy);
	queue(x, (unsigned)http, r, "application/json");
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
	if (json.bad)
		x->failed = true;
	else
		exchange_json(x, http, buf_view(&json));
	buf_release(&json);
}

static void refuse(struct exchange *x, enum gate_refusal why)
{
	const struct gate_answer *a = gate_answer(why);

	exchange_error(x, a->http, a->type, a->code, a->message);
}

struct span exchange_body(const struct exchange *x)
{
	return buf_view(&x->body);
}

/* libmicrohttpd asks for bytes. Pieces are gathered up to what it takes, so
 * that many small events leave in one write. */
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
		return (ssize_t)n;
	}
	if (x->state == STREAM_END)
		return MHD_CONTENT_READER_END_OF_STREAM;
	if (x->state == STREAM_BROKEN)
		return MHD_CONTENT_READER_END_WITH_ERROR;
	x->suspended = true;
	MHD_suspend_connection(x->conn);
	return 0;
}

void exchange_stream(
	struct exchange *x, const struct stream_ops *ops, void *stream)
{
	struct MHD_Response *r = NULL;

	if (x->ops == NULL && !x->answered)
		r = MHD_create_response_from_callback(
			MHD_SIZE_UNKNOWN, 4096, pull, x, NULL);
	if (r == NULL) {
		ops->close(stream);
		x->failed = true;
		return;
	}
	x->ops = ops;
	x->stream = stream;
	queue(x, MHD_HTTP_OK, r, "text/event-stream");
}

void exchange_wake(struct exchange *x)
{
	if (x->state == STREAM_WAIT)
		x->state = STREAM_MORE;
	if (!x->suspended)
		return;
	x->suspended = false;
	MHD_resume_connection(x->conn);
}

static struct exchange *exchange_new(
	struct server *s, struct MHD_Connection *conn)
{
	struct exchange *x = calloc(1, sizeof(*x));

	if (x == NULL)
		return NULL;
	x->server = s;
	x->conn = conn;
	buf_init(&x->body, s->o.body_max);
	buf_init(&x->out, PIECE_MAX);
	x->next = s->first;
	x->link = &s->first;
	if (s->first != NULL)
		s->first->link = &x->next;
	s->first = x;
	return x;
}

static void exchange_free(struct exchange *x)
{
	if (x->ops != NULL)
		x->ops->close(x->stream);
	*x->link = x->next;
	if (x->next != NULL)
		x->next->link = x->link;
	buf_release(&x->body);
	buf_release(&x->out);
	free(x);
}

/* A piece of the body. A refused body is read and dropped, so that the client
 * gets to see why; one without an end is not. */
static enum MHD_Result take_body(
	struct exchange *x, const char *data, size_t *n)
{
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

static enum MHD_Result on_request(void *payload, struct MHD_Connection *conn,
	const char *path, const char *method, const char *version,
	const char *data, size_t *n, void **state)
{
	struct server *s = payload;
	struct exchange *x = *state;
	struct gate_fields fields = {.hosts = 0};

	(void)version;
	if (x == NULL) {
		x = exchange_new(s, conn);
		if (x == NULL)
			return MHD_NO;
		*state = x;
		(void)MHD_get_connection_values(
			conn, MHD_HEADER_KIND, read_field, &fields);
		x->refusal = gate_check(
			&fields, &s->o, s->port, method, path, &x->route);
		/* A body that says it is too large is not waited for. */
		if (x->refusal == GATE_TOO_LARGE)
			refuse(x, x->refusal);
		return x->failed ? MHD_NO : MHD_YES;
	}
	if (*n > 0)
		return take_body(x, data, n);
	if (x->answered)
		return MHD_YES;
	if (x->refusal != GATE_OPEN) {
		log_debug("serve: %s %s refused: %s", method, path,
			gate_answer(x->refusal)->code);
		refuse(x, x->refusal);
	} else {
		x->route->fn(x, s->o.payload);
		if (!x->answered && !x->failed)
			refuse(x, GATE_UNANSWERED);
	}
	return x->failed ? MHD_NO : MHD_YES;
}

static void on_completed(void *payload, struct MHD_Connection *conn,
	void **state, enum MHD_RequestTerminationCode why)
{
	(void)payload;
	(void)conn;
	(void)why;
	if (*state != NULL)
		exchange_free(*state);
	*state = NULL;
}

static enum status read_daemon(struct server *s, struct err *err)
{
	const union MHD_DaemonInfo *port = MHD_get_daemon_info(
		s->daemon, MHD_DAEMON_INFO_BIND_PORT);
	const union MHD_DaemonInfo *fd = MHD_get_daemon_info(
		s->daemon, MHD_DAEMON_INFO_EPOLL_FD);

	if (port == NULL || fd == NULL)
		return err_set(err, ST_FAIL, "libmicrohttpd has no epoll");
	s->port = port->port;
	s->fd = fd->epoll_fd;
	return ST_OK;
}

enum status server_new(
	struct server **ret, const struct server_options *o, struct err *err)
{
	struct sockaddr_in addr = {.sin_family = AF_INET};
	struct server *s = calloc(1, sizeof(*s));
	enum status st;

	if (s == NULL)
		return err_nomem(err);
	s->o = *o;
	if (s->o.body_max == 0)
		s->o.body_max = SERVER_BODY_MAX;
	addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	addr.sin_port = htons(o->port);
	errno = 0;
	s->daemon = MHD_start_daemon(MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME,
		o->port, NULL, NULL, on_request, s, MHD_OPTION_SOCK_ADDR,
		(struct sockaddr *)&addr, MHD_OPTION_NOTIFY_COMPLETED,
		on_completed, s, MHD_OPTION_CONNECTION_LIMIT,
		SERVER_CONNECTIONS_MAX, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
		SERVER_HEADER_MAX, MHD_OPTION_CONNECTION_TIMEOUT, SERVER_IDLE_S,
		MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_END);
	if (s->daemon == NULL) {
		st = err_sys(err, ST_NET, "cannot listen on 127.0.0.1:%u",
			(unsigned)o->port);
		goto out;
	}
	st = read_daemon(s, err);
	if (st != ST_OK)
		goto out;
	*ret = s;
	s = NULL;
out:
	server_free(s);
	return st;
}

void server_free(struct server *s)
{
	struct exchange *x;

	if (s == NULL)
		return;
	s->stopping = true;
	/* A daemon with suspended connections must not be stopped. */
	for (x = s->first; x != NULL; x = x->next)
		exchange_wake(x);
	if (s->daemon != NULL)
		MHD_stop_daemon(s->daemon);
	free(s);
}

uint16_t server_port(const struct server *s)
{
	return s->port;
}

int server_fd(const struct server *s)
{
	return s->fd;
}

int server_timeout_ms(const struct server *s)
{
	MHD_UNSIGNED_LONG_LONG ms;

	if (MHD_get_timeout(s->daemon, &ms) != MHD_YES)
		return -1;
	return ms > INT_MAX ? INT_MAX : (int)ms;
}

enum status server_step(struct server *s, struct err *err)
{
	if (MHD_run(s->daemon) != MHD_YES)
		return err_set(err, ST_FAIL, "the server cannot go on");
	return ST_OK;
}
