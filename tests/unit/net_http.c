/*
 * net/http over real sockets, against the scripted server.
 */
#include "unit/check.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "tool/fetch.h"

static struct http *h;
static struct served s;
static char url[128];

static void open_both(const char *script)
{
	CHECK(http_new(&h, NULL) == ST_OK);
	CHECK(serve_start(&s, script, NULL));
	(void)snprintf(url, sizeof(url), "http://127.0.0.1:%d/v1/x", s.port);
}

static void close_both(void)
{
	http_free(h);
	h = NULL;
	serve_stop(&s);
}

static struct http_request post(const char *body)
{
	struct http_request req = {.url = url, .body = span_str(body)};

	return req;
}

static bool says(const struct fetched *f, const char *what)
{
	bool found = strstr(f->result.err.msg, what) != NULL;

	if (!found)
		printf("\"%s\" lacks \"%s\"\n", f->result.err.msg, what);
	return found;
}

/* A port on which nobody listens. */
static int free_port(void)
{
	struct sockaddr_in at = {.sin_family = AF_INET};
	socklen_t n = sizeof(at);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	CHECK(bind(fd, (struct sockaddr *)&at, sizeof(at)) == 0);
	CHECK(getsockname(fd, (struct sockaddr *)&at, &n) == 0);
	(void)close(fd);
	return ntohs(at.sin_port);
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
	CHECK(f.flushes >= 2);
	CHECK_INT(f.out_of_order, 0);
	CHECK(!f.result.broken && !f.result.reused && !f.result.reused_dead);
	CHECK(f.result.connect_us >= 0 && f.result.tls_us == -1);
	CHECK(f.result.first_byte_us > 0 &&
		f.result.total_us >= f.result.first_byte_us + 25000);
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
	struct http_options o = {
		.idle_timeout_ms = 250, .first_byte_timeout_ms = 150};
	struct http_request req;
	struct fetched f;

	open_both("framing chunked\nbody part\nstall\n"
		  "answer\nstall\n"
		  /* Any byte counts: three times 150 ms of near silence. */
		  "answer\nframing chunked\nbody :\\n\nsleep 150\nbody :\\n\n"
		  "sleep 150\nbody :\\n\nsleep 150\nbody end\n");
	req = post("x");
	req.options = &o;
	fetch(h, &req, &f);
	CHECK_INT(f.result.status, ST_NET);
	CHECK_INT(f.result.fault, HTTP_FAULT_IDLE_TIMEOUT);
	CHECK(f.result.broken && !f.result.transient);
	CHECK_STR(f.body.p, "part");
	CHECK(says(&f, "--idle-timeout") && says(&f, "0.2 s"));
	CHECK(f.result.total_us >= 240000 && f.result.total_us < 2000000);
	fetch_release(&f);
	fetch(h, &req, &f);
	CHECK_INT(f.result.fault, HTTP_FAULT_FIRST_BYTE_TIMEOUT);
	CHECK(!f.result.broken);
	CHECK_INT(f.result.http_status, 0);
	CHECK(says(&f, "--first-byte-timeout"));
	fetch_release(&f);
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
	struct http_options o = {.connect_timeout_ms = 5000};
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

static void test_redirect(void)
{
	static const char key_text[] = "sk-wandering";
	struct secret key = {0};
	struct served other;
	struct http_request req;
	struct fetched f;
	char script[256];

	CHECK(secret_set(&key, key_text, sizeof(key_text) - 1));
	CHECK(serve_start(&other, "body stolen\n", NULL));
	(void)snprintf(script, sizeof(script),
		"status 307 Temporary Redirect\n"
		"header Location: http://127.0.0.1:%d/steal\nbody moved\n",
		other.port);
	open_both(script);
	req = post("x");
	req.key = &key;
	fetch(h, &req, &f);
	CHECK_INT(f.result.status, ST_OK);
	CHECK_INT(f.status, 307);
	CHECK(strstr(f.headers.p, "/steal\n") != NULL);
	CHECK_STR(f.body.p, "moved");
	CHECK_INT(
		serve_logged(&s, "\nAuthorization: Bearer sk-wandering\n"), 1);
	CHECK_INT(serve_logged(&other, "==="), 0);
	fetch_release(&f);
	close_both();
	serve_stop(&other);
	secret_free(&key);
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

/* How a kept connection may die, and what the next request makes of it. */
static void test_kept_dead(void)
{
	static const struct {
		const char *script;
		int pause_ms;
		int requests; /* seen by the server */
		enum status status;
		bool dead;
	} rows[] = {
		/* closed while it idled */
		{"body a\nkeep off\nanswer\nbody b\n", 50, 2, ST_OK, false},
		/* closed just when the request arrived */
		{"body a\nanswer\nclose\nanswer\nbody b\n", 0, 3, ST_OK, true},
		{"body a\nanswer\nreset\nanswer\nbody b\n", 0, 3, ST_OK, true},
		/* the new one is no better */
		{"body a\nanswer\nclose\n", 0, 3, ST_NET, true},
		/* something was answered: never sent again */
		{"body a\nanswer\nraw HTTP/1.1 200 OK\\r\\nX\nreset\n", 0, 2,
			ST_NET, false},
	};
	struct http_request req;
	struct fetched f;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		open_both(rows[i].script);
		req = post("question");
		fetch(h, &req, &f);
		CHECK_STR(f.body.p, "a");
		fetch_release(&f);
		(void)usleep((useconds_t)rows[i].pause_ms * 1000);
		fetch(h, &req, &f);
		CHECK_INT(f.result.status, rows[i].status);
		CHECK_INT(f.result.reused_dead, rows[i].dead);
		CHECK_STR(f.body.p, rows[i].status == ST_OK ? "b" : "");
		CHECK_INT(f.done, 1);
		CHECK_INT(serve_logged(&s, "=== "), rows[i].requests);
		CHECK_INT(serve_logged(&s, "\n\nquestion\n"), rows[i].requests);
		fetch_release(&f);
		close_both();
	}
}

static void test_cancel(void)
{
	struct http_request req;
	struct fetched f;

	open_both("framing chunked\nstream 200 word\nstall\n"
		  "answer\nframing chunked\nstream 3 word\nstall\n"
		  "answer\nbody fine\n");
	req = post("x");
	fetch_init(&f);
	f.cancel_at = 500;
	CHECK(http_start(h, &req, &fetch_ops, &f, &f.x, NULL) == ST_OK);
	(void)fetch_drive(h, &f, 200);
	CHECK(f.over && f.body.len >= 500);
	CHECK_INT(f.done, 0);
	CHECK_INT(f.out_of_order, 0);
	CHECK_INT(http_active(h), 0);
	fetch_release(&f);
	fetch_init(&f);
	CHECK(http_start(h, &req, &fetch_ops, &f, &f.x, NULL) == ST_OK);
	(void)fetch_drive(h, &f, 200);
	CHECK_INT(f.done, 0);
	CHECK_INT(http_active(h), 1);
	http_cancel(f.x);
	f.over = true;
	CHECK_INT(http_active(h), 0);
	(void)fetch_drive(h, &f, 50);
	CHECK_INT(f.out_of_order, 0);
	fetch_release(&f);
	/* Before it ever set off. */
	CHECK(http_start(h, &req, &fetch_ops, &f, &f.x, NULL) == ST_OK);
	http_cancel(f.x);
	http_cancel(NULL);
	fetch(h, &req, &f);
	CHECK_STR(f.body.p, "fine");
	fetch_release(&f);
	close_both();
}

static void test_body_refuses(void)
{
	struct http_request req;
	struct fetched f;

	open_both("framing chunked\nbody many\nbody words\n");
	req = post("x");
	fetch_init(&f);
	f.fail_at = 1;
	CHECK(http_start(h, &req, &fetch_ops, &f, &f.x, NULL) == ST_OK);
	(void)fetch_drive(h, &f, 5000);
	CHECK_INT(f.result.status, ST_DAMAGED);
	CHECK_STR(f.result.err.msg, "enough");
	CHECK_INT(f.result.fault, HTTP_FAULT_REFUSED_HERE);
	CHECK_INT(f.bodies, 1);
	fetch_release(&f);
	fetch_init(&f);
	f.fail_flush = true;
	CHECK(http_start(h, &req, &fetch_ops, &f, &f.x, NULL) == ST_OK);
	(void)fetch_drive(h, &f, 5000);
	CHECK_INT(f.result.status, ST_IO);
	CHECK_STR(f.result.err.msg, "disk full");
	CHECK_INT(f.done, 1);
	CHECK_INT(f.out_of_order, 0);
	fetch_release(&f);
	close_both();
}

static void test_drain(void)
{
	struct http_request req;
	struct fetched f;

	open_both("framing chunked\nsse one\ndone\nsleep 50\nbody :\\n\n"
		  "answer\nbody two\n");
	req = post("x");
	fetch_init(&f);
	f.drain_at = 20;
	CHECK(http_start(h, &req, &fetch_ops, &f, &f.x, NULL) == ST_OK);
	(void)fetch_drive(h, &f, 200);
	CHECK_INT(f.done, 0);
	CHECK_INT(f.out_of_order, 0);
	CHECK_INT(http_active(h), 0);
	fetch_release(&f);
	fetch(h, &req, &f);
	CHECK(f.result.reused);
	CHECK_STR(f.body.p, "two");
	fetch_release(&f);
	close_both();
}

/* An answer whose end never comes holds nothing up for long. */
static void test_drain_ends(void)
{
	struct http_request req;
	struct fetched f;

	open_both("framing chunked\ndone\nstall\n");
	req = post("x");
	fetch_init(&f);
	f.drain_at = 1;
	CHECK(http_start(h, &req, &fetch_ops, &f, &f.x, NULL) == ST_OK);
	(void)fetch_drive(h, &f, 300);
	CHECK(f.over);
	CHECK(http_timeout_ms(h) >= 0);
	(void)fetch_drive(h, &f, HTTP_DRAIN_MS + 300);
	CHECK_INT(http_timeout_ms(h), -1);
	CHECK_INT(f.out_of_order, 0);
	fetch_release(&f);
	close_both();
}

static void test_pause(void)
{
	struct http_options o = {.idle_timeout_ms = 150};
	struct http_request req;
	struct fetched f;
	size_t before;
	int steps;

	open_both("framing chunked\nbatch 65536\nstream 20000 word\n");
	req = post("x");
	req.options = &o;
	fetch_init(&f);
	f.pause_at = 1;
	CHECK(http_start(h, &req, &fetch_ops, &f, &f.x, NULL) == ST_OK);
	(void)fetch_drive(h, &f, 100);
	before = f.body.len;
	CHECK(before > 0 && before < 200000);
	/* Neither the idle time nor the waiting bytes wake anybody. */
	steps = fetch_drive(h, &f, 400);
	CHECK(steps < 10);
	CHECK_INT(f.body.len, before);
	CHECK_INT(f.done, 0);
	http_resume(f.x);
	CHECK_INT(http_timeout_ms(h), 0);
	(void)fetch_drive(h, &f, 10000);
	CHECK_INT(f.result.status, ST_OK);
	CHECK_INT(f.body.len % 20000, 0);
	CHECK(f.body.len > 20000 * 50);
	CHECK_INT(f.out_of_order, 0);
	fetch_release(&f);
	close_both();
}

/* A stream faster than its reader neither grows memory nor holds up a second
 * transfer. */
static void test_fast(void)
{
	struct http_request req;
	struct fetched f, slow;

	open_both("framing chunked\nbatch 65536\nstream 100000 word\n"
		  "answer GET /slow\nbody x\n");
	req = post("x");
	fetch_init(&f);
	CHECK(http_start(h, &req, &fetch_ops, &f, &f.x, NULL) == ST_OK);
	while (f.heads == 0)
		(void)fetch_drive(h, &f, 1);
	(void)snprintf(url, sizeof(url), "http://127.0.0.1:%d/slow", s.port);
	req.body = span_of(NULL, 0);
	fetch(h, &req, &slow);
	CHECK_STR(slow.body.p, "x");
	(void)fetch_drive(h, &f, 20000);
	CHECK_INT(f.result.status, ST_OK);
	CHECK(f.body.len > 100000 * 50);
	CHECK(f.largest > 0 && f.largest <= (size_t)256 * 1024);
	fetch_release(&f);
	fetch_release(&slow);
	close_both();
}

/* A reader so slow that it stops after every piece still gets them all, in
 * order, and no more than a bufferful ahead of its wish. */
static void test_pause_often(void)
{
	struct http_request req;
	struct fetched f;
	int pauses = 0;

	open_both("framing chunked\nbatch 65536\nstream 20000 word\n");
	req = post("x");
	fetch_init(&f);
	CHECK(http_start(h, &req, &fetch_ops, &f, &f.x, NULL) == ST_OK);
	while (!f.done && pauses < 10000) {
		f.pause_at = f.body.len + 1;
		(void)fetch_drive(h, &f, 2);
		pauses += f.x != NULL;
		http_resume(f.x);
	}
	CHECK_INT(f.result.status, ST_OK);
	CHECK(pauses > 10);
	CHECK_INT(f.body.len % 20000, 0);
	CHECK_INT(f.result.body_bytes, f.body.len);
	CHECK_INT(f.out_of_order, 0);
	fetch_release(&f);
	close_both();
}

static int open_files(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int n = 0;

	if (dir == NULL)
		return -1;
	while (readdir(dir) != NULL)
		n++;
	(void)closedir(dir);
	return n;
}

static void test_many(void)
{
	struct http_request req;
	struct fetched f;
	int before = 0;
	int reused = 0;
	int i;

	open_both("framing chunked\nbody fine\n");
	req = post("x");
	for (i = 0; i < 100; i++) {
		fetch(h, &req, &f);
		CHECK_STR(f.body.p, "fine");
		reused += f.result.reused;
		fetch_release(&f);
		if (i == 0)
			before = open_files();
	}
	CHECK_INT(reused, 99);
	CHECK_INT(open_files(), before);
	CHECK_INT(http_active(h), 0);
	close_both();
	before = open_files();
	for (i = 0; i < 10; i++) {
		open_both("body x\n");
		req = post("x");
		fetch(h, &req, &f);
		CHECK_STR(f.body.p, "x");
		fetch_release(&f);
		close_both();
	}
	CHECK_INT(open_files(), before);
}

static void test_together(void)
{
	struct http_request req;
	struct fetched f[20];
	int i;

	open_both("framing chunked\nbody a\nsleep 100\nbody b\n");
	req = post("x");
	for (i = 0; i < 20; i++) {
		fetch_init(&f[i]);
		CHECK(http_start(h, &req, &fetch_ops, &f[i], &f[i].x, NULL) ==
			ST_OK);
	}
	CHECK_INT(http_active(h), 20);
	for (i = 0; i < 20; i++)
		(void)fetch_drive(h, &f[i], 5000);
	for (i = 0; i < 20; i++) {
		CHECK_STR(f[i].body.p, "ab");
		CHECK_INT(f[i].out_of_order, 0);
		CHECK(f[i].result.total_us < 2000000);
		fetch_release(&f[i]);
	}
	close_both();
}

static void test_key_rules(void)
{
	static const char key_text[] = "sk-secret";
	struct http_header own = {span_str("X-Api-Key"), span_str("sk-own")};
	struct http_options o = {0};
	struct secret key = {0};
	struct http_request req = {
		.url = "http://example.com/v1", .key = &key, .options = &o};
	struct http_request plain = {.url = "http://example.com/v1"};
	struct http_xfer *x = NULL;
	struct err err;

	CHECK(secret_set(&key, key_text, sizeof(key_text) - 1));
	CHECK(http_new(&h, NULL) == ST_OK);
	CHECK_INT(http_start(h, &req, &fetch_ops, NULL, &x, &err), ST_CONFIG);
	CHECK(strstr(err.msg, "--insecure-http example.com") != NULL);
	CHECK(strstr(err.msg, key_text) == NULL);
	o.insecure_host = "example.org";
	CHECK_INT(http_start(h, &req, &fetch_ops, NULL, &x, &err), ST_CONFIG);
	o.insecure_host = "Example.COM";
	CHECK_INT(http_start(h, &req, &fetch_ops, NULL, &x, &err), ST_OK);
	http_cancel(x);
	o.insecure_host = NULL;
	req.url = "https://example.com/v1";
	CHECK_INT(http_start(h, &req, &fetch_ops, NULL, &x, &err), ST_OK);
	http_cancel(x);
	req.url = "http://localhost.example.com/v1";
	CHECK_INT(http_start(h, &req, &fetch_ops, NULL, &x, &err), ST_CONFIG);
	req.url = "http://127.0.0.1.example.com/v1";
	CHECK_INT(http_start(h, &req, &fetch_ops, NULL, &x, &err), ST_CONFIG);
	req.url = "http://[::1]:9/v1";
	CHECK_INT(http_start(h, &req, &fetch_ops, NULL, &x, &err), ST_OK);
	http_cancel(x);
	CHECK_INT(http_start(h, &plain, &fetch_ops, NULL, &x, &err), ST_OK);
	http_cancel(x);
	plain.headers = &own;
	plain.n_headers = 1;
	CHECK_INT(http_start(h, &plain, &fetch_ops, NULL, &x, &err), ST_CONFIG);
	CHECK_INT(http_active(h), 0);
	http_free(h);
	secret_free(&key);
}

static void test_refused_requests(void)
{
	static const struct {
		const char *url;
		const char *name;
		const char *value;
		const char *key;
		const char *ca;
		enum status status;
		const char *text;
	} rows[] = {
		{"https://user:hunter2@127.0.0.1/", NULL, NULL, NULL, NULL,
			ST_CONFIG, ""},
		{"ftp://127.0.0.1/", NULL, NULL, NULL, NULL, ST_CONFIG, ""},
		{"127.0.0.1:8080/v1", NULL, NULL, NULL, NULL, ST_CONFIG, ""},
		{"", NULL, NULL, NULL, NULL, ST_CONFIG, ""},
		{"http://127.0.0.1/", "X", "a\r\nHost: b", NULL, NULL, ST_USAGE,
			"control"},
		{"http://127.0.0.1/", "X y", "a", NULL, NULL, ST_USAGE, "name"},
		{"http://127.0.0.1/", "", "a", NULL, NULL, ST_USAGE, "name"},
		{"http://127.0.0.1/", NULL, NULL, "sk\nX: y", NULL, ST_CONFIG,
			"line end"},
		{"https://127.0.0.1/", NULL, NULL, NULL, "/no/such.pem",
			ST_USAGE, "--cacert"},
	};
	struct http_xfer *x = NULL;
	struct err err;
	size_t i;

	CHECK(http_new(&h, NULL) == ST_OK);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct http_options o = {.ca_file = rows[i].ca};
		struct http_header header = {
			span_str(rows[i].name), span_str(rows[i].value)};
		struct secret key = {0};
		struct http_request req = {.url = rows[i].url,
			.key = &key,
			.headers = &header,
			.n_headers = rows[i].name != NULL,
			.options = &o};

		if (rows[i].key != NULL)
			CHECK(secret_set(
				&key, rows[i].key, strlen(rows[i].key)));
		CHECK_INT(http_start(h, &req, &fetch_ops, NULL, &x, &err),
			rows[i].status);
		CHECK(strstr(err.msg, rows[i].text) != NULL);
		CHECK(strstr(err.msg, "hunter2") == NULL);
		secret_free(&key);
	}
	CHECK_INT(http_active(h), 0);
	http_free(h);
}

static void collect(const char *line, void *payload)
{
	buf_str(payload, line);
	buf_char(payload, '\n');
}

/* With the log on, neither key nor cookie shows, and what is harmless does. */
static void test_log(void)
{
	static const char key_text[] = "sk-0123456789";
	struct secret key = {0};
	struct http_header own = {span_str("X-Token"), span_str("tk-987")};
	struct http_request req;
	struct fetched f;
	struct buf log;

	buf_init(&log, BUF_LARGE);
	CHECK(secret_set(&key, key_text, sizeof(key_text) - 1));
	open_both("header Set-Cookie: id=c00kie\nheader X-Request-Id: r-77\n"
		  "header X-Echo: sk-0123456789\nbody x\n");
	req = post("x");
	req.key = &key;
	req.auth_header = "api-key";
	req.headers = &own;
	req.n_headers = 1;
	log_to(collect, &log);
	fetch(h, &req, &f);
	log_to(NULL, NULL);
	CHECK_STR(f.body.p, "x");
	CHECK_INT(serve_logged(&s, "\napi-key: sk-0123456789\n"), 1);
	CHECK_INT(serve_logged(&s, "\nX-Token: tk-987\n"), 1);
	CHECK_INT(serve_logged(&s, "uthorization"), 0);
	CHECK(strstr(log.p, "r-77") != NULL);
	CHECK(strstr(log.p, "sk-0123456789") == NULL);
	CHECK(strstr(log.p, "tk-987") == NULL);
	CHECK(strstr(log.p, "c00kie") == NULL);
	fetch_release(&f);
	buf_release(&log);
	secret_free(&key);
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

/* "localhost" means this machine, whatever resolver or proxy there is. */
static void test_localhost(void)
{
	struct http_options o = {0};
	struct http_request req = {.url = url, .options = &o};
	struct fetched f;

	open_both("body home\n");
	(void)setenv("http_proxy", "http://127.0.0.1:9/", 1);
	(void)setenv("all_proxy", "http://127.0.0.1:9/", 1);
	(void)snprintf(url, sizeof(url), "http://LocalHost:%d/", s.port);
	fetch(h, &req, &f);
	CHECK_STR(f.body.p, "home");
	fetch_release(&f);
	o.proxy = "http://127.0.0.1:9";
	fetch(h, &req, &f);
	CHECK_STR(f.body.p, "home");
	fetch_release(&f);
	(void)unsetenv("http_proxy");
	(void)unsetenv("all_proxy");
	close_both();
}

static void test_unix_socket(void)
{
	char path[64];
	const char *args[] = {"--unix", path, NULL};
	struct http_options o = {.unix_path = path};
	struct http_request req = {
		.url = "http://llm.example/v1/x", .options = &o};
	struct secret key = {0};
	struct fetched f;

	CHECK(secret_set(&key, "k", 1));
	req.key = &key;
	(void)snprintf(
		path, sizeof(path), "/tmp/atl-net-%ld.sock", (long)getpid());
	CHECK(http_new(&h, NULL) == ST_OK);
	CHECK(serve_start(&s, "body local\n", args));
	fetch(h, &req, &f);
	CHECK_STR(f.body.p, "local");
	CHECK_INT(serve_logged(&s, "\nHost: llm.example\n"), 1);
	fetch_release(&f);
	close_both();
	(void)unlink(path);
	CHECK(http_new(&h, NULL) == ST_OK);
	fetch(h, &req, &f);
	CHECK_INT(f.result.fault, HTTP_FAULT_CONNECT);
	CHECK(says(&f, path) && says(&f, "is the server running?"));
	fetch_release(&f);
	http_free(h);
	secret_free(&key);
}

static void test_proxy(void)
{
	char proxy[64];
	struct http_options o = {.proxy = proxy};
	struct secret key = {0};
	struct http_request req = {.url = "https://api.example.invalid/v1",
		.key = &key,
		.options = &o};
	struct fetched f;

	CHECK(secret_set(&key, "sk-proxied", 10));
	open_both("status 403 Forbidden\nbody no\n"
		  "answer\nstatus 403 Forbidden\nbody no\n"
		  "answer\nbody through\n");
	(void)snprintf(proxy, sizeof(proxy), "http://127.0.0.1:%d", s.port);
	fetch(h, &req, &f);
	CHECK_INT(f.result.fault, HTTP_FAULT_PROXY);
	CHECK(says(&f, "api.example.invalid:443") && says(&f, "proxy"));
	CHECK_INT(f.heads, 0);
	fetch_release(&f);
	/* A key over plain http, asked for: through a tunnel all the same. */
	req.url = "http://api.example.invalid/v1";
	o.insecure_host = "api.example.invalid";
	fetch(h, &req, &f);
	CHECK_INT(f.result.fault, HTTP_FAULT_PROXY);
	fetch_release(&f);
	CHECK_INT(serve_logged(&s, "CONNECT api.example.invalid:"), 2);
	/* Nothing secret: as proxies like it. */
	req.key = NULL;
	fetch(h, &req, &f);
	CHECK_STR(f.body.p, "through");
	CHECK_INT(serve_logged(&s, "GET http://api.example.invalid/v1"), 1);
	CHECK_INT(serve_logged(&s, "sk-proxied"), 0);
	fetch_release(&f);
	(void)snprintf(
		proxy, sizeof(proxy), "http://127.0.0.1:%d", free_port());
	fetch(h, &req, &f);
	CHECK_INT(f.result.fault, HTTP_FAULT_PROXY);
	fetch_release(&f);
	close_both();
	secret_free(&key);
}

/* A body of megabytes that the server takes slowly is not a server that does
 * not answer; and it arrives whole. */
static void test_large_body(void)
{
	struct http_request req = {.url = url};
	struct fetched f;
	struct buf body;
	size_t n = (size_t)12 * 1024 * 1024;

	buf_init(&body, BUF_LARGE);
	CHECK(buf_reserve(&body, n));
	while (body.len < n && !body.bad)
		buf_str(&body, "0123456789abcdef");
	open_both("body taken\n");
	req.body = buf_view(&body);
	fetch(h, &req, &f);
	CHECK_INT(f.result.status, ST_OK);
	CHECK_STR(f.body.p, "taken");
	CHECK_INT(serve_logged(&s, "Expect"), 0);
	CHECK_INT(serve_logged(&s, "\nContent-Length: 12582912\n"), 1);
	fetch_release(&f);
	close_both();
	buf_release(&body);
}

/* A transfer that starts the next one from its end. */
static void start_another(const struct http_result *result, void *payload)
{
	struct fetched *next = payload;
	struct http_request req = post("second");

	CHECK_INT(result->status, ST_OK);
	CHECK(http_start(h, &req, &fetch_ops, next, &next->x, NULL) == ST_OK);
}

static void test_start_in_done(void)
{
	static const struct http_ops first = {.done = start_another};
	struct http_request req;
	struct http_xfer *x = NULL;
	struct fetched f;

	open_both("body one\nanswer\nbody two\n");
	req = post("first");
	fetch_init(&f);
	CHECK(http_start(h, &req, &first, &f, &x, NULL) == ST_OK);
	(void)fetch_drive(h, &f, 5000);
	CHECK_STR(f.body.p, "two");
	CHECK(f.result.reused);
	fetch_release(&f);
	/* Left under way: http_free ends it in silence. */
	CHECK(http_start(h, &req, &first, &f, &x, NULL) == ST_OK);
	close_both();
}

int main(void)
{
	RUN(test_stream);
	RUN(test_split);
	RUN(test_timeouts);
	RUN(test_no_connection);
	RUN(test_broken_off);
	RUN(test_redirect);
	RUN(test_gzip);
	RUN(test_kept_dead);
	RUN(test_cancel);
	RUN(test_body_refuses);
	RUN(test_drain);
	RUN(test_drain_ends);
	RUN(test_pause);
	RUN(test_fast);
	RUN(test_pause_often);
	RUN(test_many);
	RUN(test_together);
	RUN(test_key_rules);
	RUN(test_refused_requests);
	RUN(test_log);
	RUN(test_header_cap);
	RUN(test_interim);
	RUN(test_head_and_methods);
	RUN(test_localhost);
	RUN(test_unix_socket);
	RUN(test_proxy);
	RUN(test_large_body);
	RUN(test_start_in_done);
	return REPORT();
}
