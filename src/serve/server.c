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
#include "wire/json.h"

/* A stream's pieces are small; this bounds a mistake. */
#define PIECE_MAX ((size_t)1024 * 1024)

enum { HOSTS = 3 };

struct server {
	struct server_options o;
	struct MHD_Daemon *daemon;
	char hosts[HOSTS][32]; /* what a Host field may say */
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
	const struct refusal *refusal; /* NULL: none yet */
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

/* What is refused before a handler sees it. */
struct refusal {
	int http;
	const char *type;
	const char *code;
	const char *message;
};

static const struct refusal
	bad_framing = {400, "invalid_request_error", "bad_request",
		"one Host and one length are wanted"},
	no_token = {401, "authentication_error", "invalid_api_key",
		"a bearer token is wanted, and it is this server's own"},
	cross_site = {403, "permission_error", "cross_site",
		"requests from web pages are refused"},
	no_path = {404, "invalid_request_error", "unknown_path",
		"there is nothing under this path"},
	no_method = {405, "invalid_request_error", "method_not_allowed",
		"this path does not take this method"},
	too_large = {413, "invalid_request_error", "body_too_large",
		"the body is too large"},
	not_json = {415, "invalid_request_error", "not_json",
		"the Content-Type must be application/json"},
	wrong_host = {421, "invalid_request_error", "wrong_host",
		"the Host is not the address of this server"},
	unanswered = {500, "server_error", "internal_error",
		"the request could not be answered"};

/* The fields that are looked at, and how often each came. */
struct fields {
	struct span host;
	struct span auth;
	struct span type;
	struct span site;
	struct span length;
	int hosts;
	int auths;
	int lengths;
	bool coding;
	bool origin;
};

static enum MHD_Result read_field(
	void *payload, enum MHD_ValueKind kind, const char *key, const char *v)
{
	struct fields *f = payload;
	struct span name = span_str(key);
	struct span value = span_trim(span_str(v));

	(void)kind;
	if (span_caseis(name, "Host")) {
		f->host = value;
		f->hosts++;
	} else if (span_caseis(name, "Authorization")) {
		f->auth = value;
		f->auths++;
	} else if (span_caseis(name, "Content-Type")) {
		f->type = value;
	} else if (span_caseis(name, "Content-Length")) {
		f->length = value;
		f->lengths++;
	} else if (span_caseis(name, "Transfer-Encoding")) {
		f->coding = true;
	} else if (span_caseis(name, "Origin")) {
		f->origin = true;
	} else if (span_caseis(name, "Sec-Fetch-Site")) {
		f->site = value;
	}
	return MHD_YES;
}

static bool host_known(const struct server *s, struct span host)
{
	size_t i;

	for (i = 0; i < HOSTS; i++)
		if (span_caseis(host, s->hosts[i]))
			return true;
	return false;
}

/* Takes as long for a wrong token of the right length as for the right one. */
static bool token_is(const struct secret *token, struct span got)
{
	volatile unsigned char diff = 0;
	size_t i;

	if (got.n != token->len)
		return false;
	for (i = 0; i < got.n; i++)
		diff = (unsigned char)(diff |
			(token->p[i] ^ (unsigned char)got.p[i]));
	return diff == 0;
}

static bool has_token(const struct server *s, const struct fields *f)
{
	struct span value = f->auth;
	struct span scheme = span_cut(&value, ' ');

	return f->auths == 1 && span_caseis(scheme, "Bearer") &&
		token_is(s->o.token, span_trim(value));
}

static bool is_json(struct span type)
{
	return span_caseis(span_trim(span_cut(&type, ';')), "application/json");
}

static const struct refusal *find_route(struct exchange *x, const char *method,
	const char *path, const struct server_options *o)
{
	const struct refusal *why = &no_path;
	size_t i;

	for (i = 0; i < o->n_routes; i++) {
		if (strcmp(o->routes[i].path, path) != 0)
			continue;
		if (strcmp(o->routes[i].method, method) == 0) {
			x->route = &o->routes[i];
			return NULL;
		}
		why = &no_method;
	}
	return why;
}

static bool is_cross_site(const struct fields *f, const char *method)
{
	return f->origin || span_caseis(f->site, "cross-site") ||
		span_caseis(f->site, "same-site") ||
		strcmp(method, MHD_HTTP_METHOD_OPTIONS) == 0;
}

static const struct refusal *check_body(
	const struct fields *f, const char *method, size_t body_max)
{
	long long length;

	if (strcmp(method, MHD_HTTP_METHOD_POST) == 0 && !is_json(f->type))
		return &not_json;
	if (f->lengths == 0)
		return NULL;
	if (!span_int(f->length, 0, LLONG_MAX, &length))
		return &bad_framing;
	return (unsigned long long)length > body_max ? &too_large : NULL;
}

/* The checks that the head of a request must pass, in the order of what may be
 * said to whom: a stranger learns no paths. */
static const struct refusal *check_head(
	struct exchange *x, const char *method, const char *path)
{
	const struct server *s = x->server;
	struct fields f = {.hosts = 0};
	const struct refusal *why;

	(void)MHD_get_connection_values(
		x->conn, MHD_HEADER_KIND, read_field, &f);
	if (f.hosts != 1 || f.lengths > 1 || (f.lengths == 1 && f.coding))
		return &bad_framing;
	if (!host_known(s, f.host))
		return &wrong_host;
	if (is_cross_site(&f, method))
		return &cross_site;
	if (!has_token(s, &f))
		return &no_token;
	why = find_route(x, method, path, &s->o);
	return why != NULL ? why : check_body(&f, method, s->o.body_max);
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

static void refuse(struct exchange *x, const struct refusal *why)
{
	exchange_error(x, why->http, why->type, why->code, why->message);
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
	if (x->refusal == NULL) {
		buf_add(&x->body, data, *n);
		if (x->body.bad)
			x->refusal = &too_large;
	}
	if (x->refusal != NULL) {
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

	(void)version;
	if (x == NULL) {
		x = exchange_new(s, conn);
		if (x == NULL)
			return MHD_NO;
		*state = x;
		x->refusal = check_head(x, method, path);
		/* A body that says it is too large is not waited for. */
		if (x->refusal == &too_large)
			refuse(x, x->refusal);
		return x->failed ? MHD_NO : MHD_YES;
	}
	if (*n > 0)
		return take_body(x, data, n);
	if (x->answered)
		return MHD_YES;
	if (x->refusal != NULL) {
		log_debug("serve: %s %s refused: %s", method, path,
			x->refusal->code);
		refuse(x, x->refusal);
	} else {
		x->route->fn(x, s->o.payload);
		if (!x->answered && !x->failed)
			refuse(x, &unanswered);
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
	static const char *const names[HOSTS] = {
		"127.0.0.1", "localhost", "[::1]"};
	size_t i;

	if (port == NULL || fd == NULL)
		return err_set(err, ST_FAIL, "libmicrohttpd has no epoll");
	s->port = port->port;
	s->fd = fd->epoll_fd;
	for (i = 0; i < HOSTS; i++)
		(void)snprintf(s->hosts[i], sizeof(s->hosts[i]), "%s:%u",
			names[i], (unsigned)s->port);
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
