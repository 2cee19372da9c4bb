#include "serve/server.h"

#include <string.h>

#include "unit/check.h"
#include "unit/serve_client.h"

#define TOKEN "0123456789abcdef"

/* What the handlers of the server under test work with. */
struct bench {
	struct server *server;
	struct secret token;
	struct client_peer peer;
	struct exchange *waiting; /* of the stream that waits */
	int steps; /* pieces of the stream so far */
	int closed;
	int calls;
	int done; /* requests told of at their end */
	int last_http;
};

static void answer_echo(struct exchange *x, void *payload)
{
	struct bench *b = payload;

	b->calls++;
	exchange_json(x, 200, exchange_body(x));
}

static void answer_nothing(struct exchange *x, void *payload)
{
	(void)x;
	(void)payload;
}

static void answer_twice(struct exchange *x, void *payload)
{
	(void)payload;
	exchange_error(x, 418, "teapot", "a\"b", "short\nand stout");
}

static enum stream_state fill(void *stream, struct buf *out)
{
	struct bench *b = stream;

	if (++b->steps > 3)
		return STREAM_END;
	buf_fmt(out, "data: %d\n\n", b->steps);
	return b->steps == 2 ? STREAM_WAIT : STREAM_MORE;
}

static enum stream_state fill_forever(void *stream, struct buf *out)
{
	struct bench *b = stream;

	b->steps++;
	buf_str(out, "data: forever\n\n");
	return STREAM_MORE;
}

static enum stream_state fill_broken(void *stream, struct buf *out)
{
	struct bench *b = stream;

	buf_str(out, "data: x\n\n");
	return ++b->steps > 1000 ? STREAM_BROKEN : STREAM_MORE;
}

static void count_close(void *stream)
{
	struct bench *b = stream;

	b->closed++;
	b->waiting = NULL;
}

static const struct stream_ops waits = {fill, count_close};
static const struct stream_ops forever = {fill_forever, count_close};
static const struct stream_ops broken = {fill_broken, count_close};

static void answer_stream(struct exchange *x, void *payload)
{
	struct bench *b = payload;

	b->waiting = x;
	exchange_stream(x, &waits, b);
}

static void answer_forever(struct exchange *x, void *payload)
{
	exchange_stream(x, &forever, payload);
}

static void answer_broken(struct exchange *x, void *payload)
{
	exchange_stream(x, &broken, payload);
}

static void note_gone(void *payload)
{
	struct bench *b = payload;

	b->closed++;
	b->waiting = NULL;
}

static void answer_later(struct exchange *x, void *payload)
{
	struct bench *b = payload;

	b->waiting = x;
	exchange_defer(x, note_gone, b);
}

static void answer_name(struct exchange *x, void *payload)
{
	(void)payload;
	exchange_text(x, 200, "text/plain", exchange_name(x));
}

static void note_done(const struct server_done *d, void *payload)
{
	struct bench *b = payload;

	b->done++;
	b->last_http = d->http;
}

static const struct server_route routes[] = {
	{"GET", "/later", answer_later, false},
	{"GET", "/open", answer_name, true},
	{"GET", "/agents/{name}/name", answer_name, false},
	{"POST", "/echo", answer_echo, false},
	{"GET", "/get", answer_echo, false},
	{"GET", "/nothing", answer_nothing, false},
	{"GET", "/teapot", answer_twice, false},
	{"GET", "/stream", answer_stream, false},
	{"GET", "/forever", answer_forever, false},
	{"GET", "/broken", answer_broken, false},
};

static const char *const hosts[] = {"any.example", "one.example:99"};
static const char *const origins[] = {"https://page.example"};

static int bench_timeout(void *self)
{
	const struct bench *b = self;

	return server_timeout_ms(b->server);
}

static void bench_step(void *self)
{
	struct bench *b = self;

	CHECK_INT(server_step(b->server, NULL), ST_OK);
}

static bool bench_open(struct bench *b)
{
	struct server_options o = {
		.routes = routes,
		.n_routes = sizeof(routes) / sizeof(routes[0]),
		.payload = b,
		.token = &b->token,
		.body_max = 100,
		.hosts = hosts,
		.n_hosts = 2,
		.origins = origins,
		.n_origins = 1,
		.done = note_done,
	};
	struct err err;

	memset(b, 0, sizeof(*b));
	if (!secret_new(&b->token, 64) ||
		!secret_set(&b->token, TOKEN, strlen(TOKEN)) ||
		server_new(&b->server, &o, &err) != ST_OK) {
		printf("no server\n");
		return false;
	}
	b->peer = (struct client_peer){server_port(b->server),
		server_fd(b->server), bench_timeout, bench_step, b};
	return true;
}

static void bench_close(struct bench *b)
{
	server_free(b->server);
	secret_free(&b->token);
}

/* Sends `text`, in which @ stands for the port, and gives the status. */
static int status_of(struct bench *b, const char *text, size_t step)
{
	struct buf request;
	struct buf answer;
	int status;

	buf_init(&request, BUF_SMALL);
	buf_init(&answer, BUF_SMALL);
	for (; *text != '\0'; text++) {
		if (*text == '@')
			buf_fmt(&request, "%u", (unsigned)b->peer.port);
		else
			buf_char(&request, *text);
	}
	CHECK(client_talk(&b->peer, buf_view(&request), step, &answer));
	status = client_status(&answer);
	if (status >= 400)
		CHECK(strstr(answer.p, "{\"error\":{\"message\":") != NULL ||
			status == 400);
	buf_release(&request);
	buf_release(&answer);
	return status;
}

#define HOST "Host: 127.0.0.1:@\r\n"
#define AUTH "Authorization: Bearer " TOKEN "\r\n"
#define JSON "Content-Type: application/json\r\n"
#define ORIGIN "Origin: https://page.example\r\n"
#define CLOSE "Connection: close\r\n"
#define GET "GET /get HTTP/1.1\r\n"
#define POST "POST /echo HTTP/1.1\r\n"

static const struct {
	int status;
	const char *request;
} checks[] = {
	{200, GET HOST AUTH CLOSE "\r\n"},
	{200, GET "Host: localhost:@\r\n" AUTH CLOSE "\r\n"},
	{200, GET "Host: [::1]:@\r\n" AUTH CLOSE "\r\n"},
	{200, GET HOST "authorization:bearer  " TOKEN "\r\n" CLOSE "\r\n"},
	{200, "GET /get?x=1 HTTP/1.1\r\n" HOST AUTH CLOSE "\r\n"},
	{400, GET AUTH CLOSE "\r\n"},
	{400, GET HOST HOST AUTH CLOSE "\r\n"},
	{401, GET HOST CLOSE "\r\n"},
	{401, GET HOST AUTH AUTH CLOSE "\r\n"},
	{401, GET HOST "Authorization: " TOKEN "\r\n" CLOSE "\r\n"},
	{401, GET HOST "Authorization: Bearer\r\n" CLOSE "\r\n"},
	{401, GET HOST "Authorization: Basic " TOKEN "\r\n" CLOSE "\r\n"},
	{401,
		GET HOST "Authorization: Bearer 0123456789abcdeF\r\n" CLOSE
			 "\r\n"},
	{401, GET HOST "Authorization: Bearer " TOKEN "0\r\n" CLOSE "\r\n"},
	{401, "GET /no HTTP/1.1\r\n" HOST CLOSE "\r\n"},
	{403, GET HOST AUTH "Origin: http://127.0.0.1:@\r\n" CLOSE "\r\n"},
	{403, GET HOST AUTH "Sec-Fetch-Site: cross-site\r\n" CLOSE "\r\n"},
	{403, GET HOST AUTH "Sec-Fetch-Site: same-site\r\n" CLOSE "\r\n"},
	{403, "OPTIONS /get HTTP/1.1\r\n" HOST AUTH CLOSE "\r\n"},
	{404, "GET /no HTTP/1.1\r\n" HOST AUTH CLOSE "\r\n"},
	{404, "GET /get/ HTTP/1.1\r\n" HOST AUTH CLOSE "\r\n"},
	{405, "GET /echo HTTP/1.1\r\n" HOST AUTH CLOSE "\r\n"},
	{405, "DELETE /get HTTP/1.1\r\n" HOST AUTH CLOSE "\r\n"},
	{421, GET "Host: 127.0.0.1\r\n" AUTH CLOSE "\r\n"},
	{421, GET "Host: 127.0.0.1.evil.example:@\r\n" AUTH CLOSE "\r\n"},
	{421, GET "Host: evil.example\r\n" AUTH CLOSE "\r\n"},
	{421, GET "Host: 127.0.0.1:\r\n" AUTH CLOSE "\r\n"},
	{200, GET "Host: ANY.example\r\n" AUTH CLOSE "\r\n"},
	{200, GET "Host: any.example:8\r\n" AUTH CLOSE "\r\n"},
	{421, GET "Host: any.example:x\r\n" AUTH CLOSE "\r\n"},
	{421, GET "Host: an.any.example\r\n" AUTH CLOSE "\r\n"},
	{200, GET "Host: one.example:99\r\n" AUTH CLOSE "\r\n"},
	{421, GET "Host: one.example\r\n" AUTH CLOSE "\r\n"},
	{200, GET HOST AUTH ORIGIN CLOSE "\r\n"},
	{401, GET HOST ORIGIN CLOSE "\r\n"},
	{200,
		GET HOST AUTH ORIGIN "Sec-Fetch-Site: cross-site\r\n" CLOSE
				     "\r\n"},
	{403, GET HOST AUTH ORIGIN ORIGIN CLOSE "\r\n"},
	{403,
		GET HOST AUTH "Origin: https://page.example.org\r\n" CLOSE
			      "\r\n"},
	{204, "OPTIONS /get HTTP/1.1\r\n" HOST ORIGIN CLOSE "\r\n"},
	{200, "GET /open HTTP/1.1\r\n" HOST CLOSE "\r\n"},
	{405, "POST /open HTTP/1.1\r\n" HOST AUTH CLOSE "\r\n"},
	{401, "POST /open HTTP/1.1\r\n" HOST CLOSE "\r\n"},
	{200, "GET /agents/x/name HTTP/1.1\r\n" HOST AUTH CLOSE "\r\n"},
	{404, "GET /agents//name HTTP/1.1\r\n" HOST AUTH CLOSE "\r\n"},
	{404, "GET /agents/a/b/name HTTP/1.1\r\n" HOST AUTH CLOSE "\r\n"},
	{404, "GET /agents/a%2fb/name HTTP/1.1\r\n" HOST AUTH CLOSE "\r\n"},
	{404, "GET /agents/x/names HTTP/1.1\r\n" HOST AUTH CLOSE "\r\n"},
	{200, "HEAD /get HTTP/1.1\r\n" HOST AUTH CLOSE "\r\n"},
	{500, "GET /nothing HTTP/1.1\r\n" HOST AUTH CLOSE "\r\n"},
	{418, "GET /teapot HTTP/1.1\r\n" HOST AUTH CLOSE "\r\n"},
	{200, POST HOST AUTH JSON CLOSE "Content-Length: 2\r\n\r\n{}"},
	{200,
		POST HOST AUTH "Content-Type: Application/JSON; charset=utf-8"
			       "\r\n" CLOSE "Content-Length: 2\r\n\r\n{}"},
	{200,
		POST HOST AUTH JSON CLOSE
		"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"},
	{400,
		POST HOST AUTH JSON CLOSE "Content-Length: 2\r\n"
					  "Content-Length: 2\r\n\r\n{}"},
	{400,
		POST HOST AUTH JSON CLOSE
		"Content-Length: 2\r\n"
		"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"},
	{400, POST HOST AUTH JSON CLOSE "Transfer-Encoding: gzip\r\n\r\n"},
	{400, POST HOST AUTH JSON CLOSE "Transfer-Encoding: identity\r\n\r\n"},
	{400, POST HOST AUTH JSON CLOSE "Content-Length : 2\r\n\r\n"},
	{400, "GET /get HTTP/1.1\r\n" HOST AUTH CLOSE "X Y: z\r\n\r\n"},
	{401, POST HOST JSON CLOSE "Content-Length: 2\r\n\r\n{}"},
	/* The body is not asked for. */
	{401,
		POST HOST JSON "Expect: 100-continue\r\n"
			       "Content-Length: 2\r\n\r\n"},
	{413, POST HOST AUTH JSON CLOSE "Content-Length: 101\r\n\r\n"},
	{415, POST HOST AUTH CLOSE "Content-Length: 2\r\n\r\n{}"},
	{415,
		POST HOST AUTH "Content-Type: application/jsonx\r\n" CLOSE
			       "Content-Length: 2\r\n\r\n{}"},
	{415,
		POST HOST AUTH "Content-Type: text/plain\r\n" CLOSE
			       "Content-Length: 2\r\n\r\n{}"},
};

static void test_checks(void)
{
	struct bench b;
	size_t i;

	if (!bench_open(&b)) {
		CHECK(false);
		return;
	}
	for (i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
		int whole = status_of(&b, checks[i].request, SIZE_MAX);

		if (whole != checks[i].status)
			printf("row %zu:\n%s\n", i, checks[i].request);
		CHECK_INT(whole, checks[i].status);
		/* However it is cut, the answer is the same. */
		CHECK_INT(status_of(&b, checks[i].request, 7), whole);
	}
	bench_close(&b);
}

/* A chunked body tells its length too late to be refused at once. */
static void test_large_chunked(void)
{
	struct bench b;
	struct buf text;
	size_t i;

	if (!bench_open(&b)) {
		CHECK(false);
		return;
	}
	buf_init(&text, BUF_SMALL);
	buf_str(&text,
		POST HOST AUTH JSON CLOSE "Transfer-Encoding: chunked\r\n\r\n");
	for (i = 0; i < 15; i++)
		buf_str(&text, "a\r\n0123456789\r\n");
	buf_str(&text, "0\r\n\r\n");
	CHECK_INT(status_of(&b, text.p, SIZE_MAX), 413);
	CHECK_INT(status_of(&b, text.p, 50), 413);
	CHECK_INT(b.calls, 0);
	/* Twice the cap: not even listened to. */
	buf_truncate(&text, text.len - 5);
	for (i = 0; i < 15; i++)
		buf_str(&text, "a\r\n0123456789\r\n");
	CHECK_INT(status_of(&b, text.p, SIZE_MAX), 0);
	buf_release(&text);
	bench_close(&b);
}

static void send_to(struct bench *b, int fd, const char *path)
{
	struct buf request;
	ssize_t n;

	buf_init(&request, BUF_SMALL);
	buf_fmt(&request,
		"GET %s HTTP/1.1\r\nHost: 127.0.0.1:%u\r\n" AUTH CLOSE "\r\n",
		path, (unsigned)b->peer.port);
	n = send(fd, request.p, request.len, MSG_NOSIGNAL);
	CHECK_INT(n, request.len);
	buf_release(&request);
}

static void test_stream_waits(void)
{
	struct bench b;
	struct buf got;
	int fd;
	int i;

	if (!bench_open(&b)) {
		CHECK(false);
		return;
	}
	buf_init(&got, BUF_SMALL);
	fd = client_connect(b.peer.port);
	CHECK(fd >= 0);
	send_to(&b, fd, "/stream");
	for (i = 0; i < 20 && b.steps < 2; i++)
		(void)client_turn(&b.peer, fd);
	for (i = 0; i < 5; i++) {
		char bytes[4096];
		ssize_t n;

		(void)client_turn(&b.peer, fd);
		n = recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT);
		if (n > 0)
			buf_add(&got, bytes, (size_t)n);
	}
	/* What was there has been sent, and nobody asked for more. */
	CHECK_INT(b.steps, 2);
	CHECK(strstr(got.p, "data: 2") != NULL);
	CHECK(strstr(got.p, "text/event-stream") != NULL);
	CHECK(b.waiting != NULL);
	exchange_wake(b.waiting);
	CHECK(client_drain(&b.peer, fd, &got));
	CHECK(strstr(got.p, "data: 3\n\n") != NULL);
	CHECK(strstr(got.p, "0\r\n\r\n") != NULL);
	CHECK_INT(b.closed, 1);
	(void)close(fd);
	buf_release(&got);
	bench_close(&b);
}

/* The server ends while a stream waits. */
static void test_stream_stop(void)
{
	struct bench b;
	int fd;
	int i;

	if (!bench_open(&b)) {
		CHECK(false);
		return;
	}
	fd = client_connect(b.peer.port);
	send_to(&b, fd, "/stream");
	for (i = 0; i < 20; i++)
		(void)client_turn(&b.peer, fd);
	CHECK_INT(b.steps, 2);
	CHECK_INT(b.closed, 0);
	bench_close(&b);
	CHECK_INT(b.closed, 1);
	(void)close(fd);
}

/* A client that does not read gets no more made for it than the socket takes,
 * and one that hangs up ends its stream. */
static void test_stream_slow(void)
{
	struct bench b;
	int before;
	int fd;
	int i;

	if (!bench_open(&b)) {
		CHECK(false);
		return;
	}
	fd = client_connect(b.peer.port);
	send_to(&b, fd, "/forever");
	for (i = 0, before = -1; i < 5000 && before != b.steps; i++) {
		before = b.steps;
		b.peer.step(&b);
		if (before == b.steps)
			(void)client_turn(&b.peer, -1);
	}
	CHECK(b.steps > 0);
	before = b.steps;
	for (i = 0; i < 10; i++)
		b.peer.step(&b);
	CHECK_INT(b.steps, before);
	(void)close(fd);
	for (i = 0; i < 1000 && b.closed == 0; i++)
		(void)client_turn(&b.peer, -1);
	CHECK_INT(b.closed, 1);
	bench_close(&b);
}

/* A stream that breaks must not look whole. */
static void test_stream_broken(void)
{
	struct bench b;
	struct buf got;
	int fd;

	if (!bench_open(&b)) {
		CHECK(false);
		return;
	}
	buf_init(&got, BUF_SMALL);
	fd = client_connect(b.peer.port);
	send_to(&b, fd, "/broken");
	CHECK(client_drain(&b.peer, fd, &got));
	CHECK(strstr(got.p, "data: x") != NULL);
	CHECK(strstr(got.p, "\r\n0\r\n") == NULL);
	CHECK_INT(b.closed, 1);
	(void)close(fd);
	buf_release(&got);
	bench_close(&b);
}

/* Several requests on one connection, and error texts that need escapes. */
static void test_keep_alive(void)
{
	struct bench b;
	struct buf text;
	struct buf got;
	unsigned port;

	if (!bench_open(&b)) {
		CHECK(false);
		return;
	}
	port = b.peer.port;
	buf_init(&text, BUF_SMALL);
	buf_init(&got, BUF_SMALL);
	buf_fmt(&text,
		"POST /echo HTTP/1.1\r\nHost: 127.0.0.1:%u\r\n" AUTH JSON
		"Content-Length: 7\r\n\r\n{\"a\":1}"
		"POST /echo HTTP/1.1\r\nHost: 127.0.0.1:%u\r\n" AUTH
		"Content-Length: 2\r\n\r\n{}"
		"GET /teapot HTTP/1.1\r\nHost: 127.0.0.1:%u\r\n" AUTH CLOSE
		"\r\n",
		port, port, port);
	CHECK(client_talk(&b.peer, buf_view(&text), SIZE_MAX, &got));
	CHECK(strstr(got.p, "{\"a\":1}HTTP/1.1 415") != NULL);
	CHECK(strstr(got.p,
		      "{\"error\":{\"message\":\"short\\nand stout\",\"type\":"
		      "\"teapot\",\"param\":null,\"code\":\"a\\\"b\"}}") !=
		NULL);
	buf_release(&text);
	buf_release(&got);
	bench_close(&b);
}

/* Runs the loop until the handler of /later has been called. */
static int ask_later(struct bench *b)
{
	int fd = client_connect(b->peer.port);
	int i;

	send_to(b, fd, "/later");
	for (i = 0; i < 1000 && b->waiting == NULL; i++)
		(void)client_turn(&b->peer, fd);
	CHECK(b->waiting != NULL);
	return fd;
}

static void test_later(void)
{
	struct bench b;
	struct buf got;
	int fd;
	int i;

	if (!bench_open(&b)) {
		CHECK(false);
		return;
	}
	buf_init(&got, BUF_SMALL);
	fd = ask_later(&b);
	for (i = 0; i < 5; i++)
		(void)client_turn(&b.peer, -1);
	CHECK_INT(b.done, 0);
	if (b.waiting != NULL)
		exchange_error(b.waiting, 503, "server_error", "busy", "later");
	CHECK(client_drain(&b.peer, fd, &got));
	CHECK(strstr(got.p, "HTTP/1.1 503 ") != NULL);
	CHECK(strstr(got.p, "\"code\":\"busy\"") != NULL);
	CHECK_INT(b.closed, 1);
	CHECK_INT(b.done, 1);
	CHECK_INT(b.last_http, 503);
	(void)close(fd);
	buf_release(&got);
	bench_close(&b);
}

/* A stream in place of an answer that was to come later. */
static void test_later_stream(void)
{
	struct bench b;
	struct buf got;
	int fd;

	if (!bench_open(&b)) {
		CHECK(false);
		return;
	}
	buf_init(&got, BUF_SMALL);
	fd = ask_later(&b);
	b.steps = 2;
	if (b.waiting != NULL)
		exchange_stream(b.waiting, &waits, &b);
	CHECK(client_drain(&b.peer, fd, &got));
	CHECK(strstr(got.p, "data: 3\n\n") != NULL);
	CHECK_INT(b.closed, 1);
	(void)close(fd);
	buf_release(&got);
	bench_close(&b);
}

/* Nobody waits any more, or the server ends. */
static void test_later_gone(void)
{
	struct bench b;
	int fd;
	int i;

	if (!bench_open(&b)) {
		CHECK(false);
		return;
	}
	fd = ask_later(&b);
	(void)close(fd);
	for (i = 0; i < 1000 && b.closed == 0; i++)
		(void)client_turn(&b.peer, -1);
	CHECK_INT(b.closed, 1);
	CHECK_INT(b.last_http, 0);
	fd = ask_later(&b);
	bench_close(&b);
	CHECK_INT(b.closed, 2);
	CHECK_INT(b.done, 2);
	(void)close(fd);
}

static void test_port_taken(void)
{
	struct bench b;
	struct server_options o = {.routes = routes};
	struct server *second = NULL;
	struct err err;

	if (!bench_open(&b)) {
		CHECK(false);
		return;
	}
	o.port = b.peer.port;
	o.token = &b.token;
	CHECK_INT(server_new(&second, &o, &err), ST_NET);
	CHECK(second == NULL);
	CHECK(strstr(err.msg, "cannot listen on 127.0.0.1:") != NULL);
	bench_close(&b);
}

int main(void)
{
	RUN(test_checks);
	RUN(test_large_chunked);
	RUN(test_stream_waits);
	RUN(test_stream_stop);
	RUN(test_stream_slow);
	RUN(test_stream_broken);
	RUN(test_keep_alive);
	RUN(test_later);
	RUN(test_later_stream);
	RUN(test_later_gone);
	RUN(test_port_taken);
	return REPORT();
}
