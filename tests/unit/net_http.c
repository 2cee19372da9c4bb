/*
 * net/http over real sockets: answers, and how they fail.
 */
#include "unit/net_bed.h"

#include <netdb.h>

#include "base/clock.h"

/*
 * Instead of the system's: the tests need no network, and a lookup can be made
 * to hang. (Numbers and "localhost" never come here.)
 */
ATTR_EXPORT int getaddrinfo(const char *node, const char *service,
	const struct addrinfo *hints, struct addrinfo **res)
{
	(void)service;
	(void)hints;
	(void)res;
	if (node != NULL && strcmp(node, "stuck.example") == 0)
		(void)sleep(600);
	return EAI_NONAME;
}

static void test_stream(void)
{
	struct fetched f;
	struct http_request req;

	open_both("status 200 Fine\n"
		  "header Content-Type: text/event-stream; charset=utf-8\n"
		  "header X-Folded: a\n"
		  "framing chunked\nsse one\nsleep 30\nsse two\ndone\n");
	req = post("{\"q\":1}");
	req.accept = "text/event-stream";
	fetch(h, &req, &f);
	CHECK_INT(f.result.status, ST_OK);
	CHECK_INT(f.status, 200);
	CHECK_INT(f.result.http_status, 200);
	CHECK_INT(f.result.http_version, 11);
	CHECK_STR(f.type, "text/event-stream; charset=utf-8");
	CHECK_STR(f.body.p, "data: one\n\ndata: two\n\ndata: [DONE]\n\n");
	CHECK_INT(f.result.body_bytes, f.body.len);
	CHECK(strstr(f.headers.p, "X-Folded: a\n") != NULL);
	CHECK_INT(f.heads, 1);
	CHECK_INT(f.done, 1);
	CHECK(f.flushes >= 1);
	CHECK_INT(f.out_of_order, 0);
	CHECK(!f.result.broken && !f.result.reused);
	CHECK(f.result.connect_us >= 0 && f.result.tls_us == -1);
	CHECK(f.result.first_byte_us > 0 &&
		f.result.total_us >= f.result.first_byte_us);
	CHECK(strncmp(f.result.remote, "127.0.0.1:", 10) == 0);
	CHECK_INT(serve_logged(&s, " POST /v1/x HTTP/1.1\n"), 1);
	CHECK_INT(serve_logged(&s, "\nAccept: text/event-stream\n"), 1);
	CHECK_INT(serve_logged(&s, "\nAccept-Encoding: identity\n"), 1);
	CHECK_INT(serve_logged(&s, "\nContent-Type: application/json\n"), 1);
	CHECK_INT(serve_logged(&s, "\nUser-Agent: atllama/"), 1);
	CHECK_INT(serve_logged(&s, "\n\n{\"q\":1}\n"), 1);
	CHECK_INT(serve_logged(&s, "Cookie"), 0);
	fetch_release(&f);
	close_both();
}

/* The same answer, head and all, in pieces of every size. */
static void test_split(void)
{
	static const char *const sizes[] = {"1", "2", "3", "5", "7", "50"};
	struct fetched f;
	char script[256];
	size_t i;

	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct http_request req;

		(void)snprintf(script, sizeof(script),
			"split %s\nheader X: y\nframing chunked\n"
			"body \xf0\x9f\xa6\x99\\0one\nbody two\\r\\n\nbody 3\n",
			sizes[i]);
		open_both(script);
		req = post("x");
		fetch(h, &req, &f);
		CHECK_INT(f.result.status, ST_OK);
		CHECK(span_eq(buf_view(&f.body),
			span_of("\xf0\x9f\xa6\x99\0onetwo\r\n3", 14)));
		CHECK(strstr(f.headers.p, "X: y\n") != NULL);
		CHECK_INT(f.out_of_order, 0);
		fetch_release(&f);
		close_both();
	}
}

static void test_timeouts(void)
{
	struct http_options o = {.idle_timeout_ms = 3000};
	struct http_request req;
	struct fetched f;

	open_both("framing chunked\nbody part\nstall\n"
		  "answer\nstall\n"
		  /* The prompt is still being read, the headers are out. */
		  "answer\nraw HTTP/1.1 200 OK\\r\\nX: y\\r\\n\\r\\n\nstall\n"
		  /* Any byte counts: 3.6 s of near silence. */
		  "answer\nframing chunked\nbody :\\n\nsleep 1200\nbody :\\n\n"
		  "sleep 1200\nbody :\\n\nsleep 1200\nbody end\n");
	req = post("x");
	req.options = &o;
	fetch(h, &req, &f);
	CHECK_INT(f.result.status, ST_NET);
	CHECK_INT(f.result.fault, HTTP_FAULT_IDLE_TIMEOUT);
	CHECK(f.result.broken && !f.result.transient);
	CHECK_STR(f.body.p, "part");
	CHECK(says(&f, "--idle-timeout") && says(&f, "3 s"));
	CHECK(f.result.total_us >= 2990000);
	fetch_release(&f);
	o.first_byte_timeout_ms = 150;
	fetch(h, &req, &f);
	CHECK_INT(f.result.fault, HTTP_FAULT_FIRST_BYTE_TIMEOUT);
	CHECK(!f.result.broken);
	CHECK_INT(f.result.http_status, 0);
	CHECK(says(&f, "--first-byte-timeout"));
	fetch_release(&f);
	o.first_byte_timeout_ms = 3000;
	fetch(h, &req, &f);
	CHECK_INT(f.result.fault, HTTP_FAULT_FIRST_BYTE_TIMEOUT);
	CHECK(f.result.broken && f.heads == 1);
	fetch_release(&f);
	o.first_byte_timeout_ms = 0;
	fetch(h, &req, &f);
	CHECK_INT(f.result.status, ST_OK);
	CHECK_STR(f.body.p, ":\n:\n:\nend");
	fetch_release(&f);
	/* It talks no TLS and so never answers the greeting. */
	o.connect_timeout_ms = 300;
	(void)snprintf(url, sizeof(url), "https://127.0.0.1:%d/", s.port);
	fetch(h, &req, &f);
	CHECK_INT(f.result.fault, HTTP_FAULT_CONNECT_TIMEOUT);
	CHECK(says(&f, "--connect-timeout") && f.result.transient);
	fetch_release(&f);
	close_both();
}

static void test_no_connection(void)
{
	struct http_options o = {.connect_timeout_ms = 60000};
	struct http_request req = {.url = url, .options = &o};
	struct fetched f;
	char where[64];

	CHECK(http_new(&h, NULL) == ST_OK);
	(void)snprintf(where, sizeof(where), "127.0.0.1:%d", free_port());
	(void)snprintf(url, sizeof(url), "http://%s/v1/models", where);
	fetch(h, &req, &f);
	CHECK_INT(f.result.status, ST_NET);
	CHECK_INT(f.result.fault, HTTP_FAULT_CONNECT);
	CHECK(says(&f, where) && says(&f, "Connection refused") &&
		says(&f, "is the server running?"));
	CHECK(!f.result.transient && !f.result.broken);
	fetch_release(&f);
	(void)snprintf(url, sizeof(url), "http://no-such-host.invalid/");
	fetch(h, &req, &f);
	CHECK_INT(f.result.fault, HTTP_FAULT_RESOLVE);
	CHECK(says(&f, "no-such-host.invalid"));
	fetch_release(&f);
	http_free(h);
}

/* A name lookup that hangs holds up neither a cancel nor the end. */
static void test_stuck_lookup(void)
{
	struct http_options o = {.connect_timeout_ms = 300};
	struct http_request req = {
		.url = "http://stuck.example/", .options = &o};
	struct fetched f;
	int64_t began_ms = clock_mono_ms();

	CHECK(http_new(&h, NULL) == ST_OK);
	fetch(h, &req, &f);
	CHECK_INT(f.result.fault, HTTP_FAULT_CONNECT_TIMEOUT);
	fetch_release(&f);
	fetch_init(&f);
	CHECK(http_start(h, &req, &fetch_ops, &f, &f.x, NULL) == ST_OK);
	(void)fetch_drive(h, &f, 50);
	http_cancel(f.x);
	CHECK(http_start(h, &req, &fetch_ops, &f, &f.x, NULL) == ST_OK);
	(void)fetch_drive(h, &f, 50);
	http_free(h);
	CHECK(clock_mono_ms() - began_ms < 300000);
	fetch_release(&f);
}

static void test_broken_off(void)
{
	static const struct {
		const char *script;
		const char *body;
		enum http_fault fault;
		bool broken;
	} rows[] = {
		{"length 100\nbody half\nreset\n", "half", HTTP_FAULT_CLOSED,
			true},
		{"length 100\nbody half\nclose\n", "half", HTTP_FAULT_CLOSED,
			true},
		{"framing chunked\nbody half\nclose\n", "half",
			HTTP_FAULT_CLOSED, true},
		{"framing chunked\nbody half\nreset\n", "half",
			HTTP_FAULT_CLOSED, true},
		{"raw HTTP/1.1 200 OK\\r\\nX\nclose\n", "", HTTP_FAULT_CLOSED,
			true},
		{"close\n", "", HTTP_FAULT_CLOSED, false},
		{"reset\n", "", HTTP_FAULT_CLOSED, false},
		{"raw SSH-2.0-OpenSSH_9.2\\r\\n\nclose\n", "",
			HTTP_FAULT_PROTOCOL, false},
		{"header Transfer-Encoding: chunked\nframing close\n"
		 "body xyzzy\\r\\n\n",
			"", HTTP_FAULT_CLOSED, true},
	};
	struct http_request req;
	struct fetched f;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		open_both(rows[i].script);
		req = post("x");
		fetch(h, &req, &f);
		if (f.result.fault != rows[i].fault)
			printf("row %zu: %s\n", i, f.result.err.msg);
		CHECK_INT(f.result.status, ST_NET);
		CHECK_INT(f.result.fault, rows[i].fault);
		CHECK_INT(f.result.broken, rows[i].broken);
		CHECK_STR(f.body.p, rows[i].body);
		CHECK_INT(f.done, 1);
		CHECK_INT(f.out_of_order, 0);
		/* On a new connection nothing is tried twice. */
		CHECK_INT(serve_logged(&s, "=== "), 1);
		fetch_release(&f);
		close_both();
	}
}

static void test_gzip(void)
{
	struct http_request req = {.url = url};
	struct fetched f;

	open_both("header Content-Encoding: gzip\ngzip {\"data\":[]}\n"
		  "answer\nheader Content-Encoding: gzip\nbody no gzip\n");
	fetch(h, &req, &f);
	CHECK_INT(f.result.status, ST_OK);
	CHECK_STR(f.body.p, "{\"data\":[]}");
	fetch_release(&f);
	fetch(h, &req, &f);
	CHECK_INT(f.result.fault, HTTP_FAULT_PROTOCOL);
	CHECK_INT(serve_logged(&s, "GET /v1/x HTTP/1.1\n"), 2);
	CHECK_INT(serve_logged(&s, "Content-Type"), 0);
	fetch_release(&f);
	close_both();
}

static void test_header_cap(void)
{
	struct http_request req = {.url = url};
	struct fetched f;
	struct buf script;
	char many[1001];
	int kib;

	memset(many, 'h', 1000);
	many[1000] = '\0';
	for (kib = 60; kib <= 70; kib += 10) {
		int i;

		buf_init(&script, BUF_LARGE);
		for (i = 0; i < kib; i++)
			buf_fmt(&script, "header X-%02d: %s\n", i, many);
		buf_str(&script, "body x\n");
		open_both(script.p);
		fetch(h, &req, &f);
		CHECK_INT(f.result.status, kib == 60 ? ST_OK : ST_NET);
		CHECK_INT(f.heads, kib == 60);
		if (kib == 70) {
			CHECK_INT(f.result.fault, HTTP_FAULT_PROTOCOL);
			CHECK(says(&f, "64 KiB"));
		}
		fetch_release(&f);
		close_both();
		buf_release(&script);
	}
}

/* Interim answers pass, and a trailer is no header. */
static void test_interim(void)
{
	struct http_request req = {.url = url};
	struct fetched f;

	open_both(
		"raw HTTP/1.1 103 Early Hints\\r\\nLink: x\\r\\n\\r\\n\n"
		"raw HTTP/1.1 200 OK\\r\\nTransfer-Encoding: chunked\\r\\n"
		"X: y\\r\\n\\r\\n2\\r\\nhi\\r\\n0\\r\\nTail: t\\r\\n\\r\\n\n");
	fetch(h, &req, &f);
	CHECK_INT(f.result.status, ST_OK);
	CHECK_INT(f.status, 200);
	CHECK_STR(f.body.p, "hi");
	CHECK_STR(f.headers.p, "Transfer-Encoding: chunked\nX: y\n");
	CHECK_INT(f.out_of_order, 0);
	fetch_release(&f);
	close_both();
}

static void test_head_and_methods(void)
{
	struct http_request req = {.url = url, .method = "HEAD"};
	struct http_header empty = {span_str("X-Empty"), span_str("")};
	struct fetched f;

	open_both("length 5\nbody hello\n");
	fetch(h, &req, &f);
	CHECK_INT(f.result.status, ST_OK);
	CHECK_INT(f.body.len, 0);
	fetch_release(&f);
	req.method = "DELETE";
	req.headers = &empty;
	req.n_headers = 1;
	fetch(h, &req, &f);
	CHECK_STR(f.body.p, "hello");
	CHECK_INT(serve_logged(&s, "HEAD /v1/x"), 1);
	CHECK_INT(serve_logged(&s, "DELETE /v1/x"), 1);
	CHECK_INT(serve_logged(&s, "\nX-Empty:\n"), 1);
	fetch_release(&f);
	close_both();
}

int main(void)
{
	RUN(test_stream);
	RUN(test_split);
	RUN(test_timeouts);
	RUN(test_no_connection);
	RUN(test_stuck_lookup);
	RUN(test_broken_off);
	RUN(test_gzip);
	RUN(test_header_cap);
	RUN(test_interim);
	RUN(test_head_and_methods);
	return REPORT();
}
