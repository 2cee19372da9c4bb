/*
 * net/http: the life of transfers and of the connections under them.
 */
#include "unit/net_bed.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>

#include "base/clock.h"

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
	drive_to_mark(&f);
	(void)fetch_drive(h, &f, 50);
	CHECK(f.over && f.body.len >= 500);
	CHECK_INT(f.done, 0);
	CHECK_INT(f.out_of_order, 0);
	fetch_release(&f);
	fetch_init(&f);
	CHECK(http_start(h, &req, &fetch_ops, &f, &f.x, NULL) == ST_OK);
	(void)fetch_drive(h, &f, 200);
	CHECK_INT(f.done, 0);
	http_cancel(f.x);
	f.over = true;
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
	(void)fetch_drive(h, &f, FETCH_MS);
	CHECK_INT(f.result.status, ST_DAMAGED);
	CHECK_STR(f.result.err.msg, "enough");
	CHECK_INT(f.result.fault, HTTP_FAULT_REFUSED_HERE);
	CHECK_INT(f.bodies, 1);
	fetch_release(&f);
	fetch_init(&f);
	f.fail_flush = true;
	CHECK(http_start(h, &req, &fetch_ops, &f, &f.x, NULL) == ST_OK);
	(void)fetch_drive(h, &f, FETCH_MS);
	CHECK_INT(f.result.status, ST_IO);
	CHECK_STR(f.result.err.msg, "disk full");
	CHECK_INT(f.done, 1);
	CHECK_INT(f.out_of_order, 0);
	fetch_release(&f);
	close_both();
}

static void test_drain(void)
{
	int64_t began_ms = clock_mono_ms();
	struct http_request req;
	struct fetched f;

	open_both("framing chunked\nsse one\ndone\nsleep 50\nbody :\\n\n"
		  "answer\nbody two\n");
	req = post("x");
	fetch_init(&f);
	f.drain_at = 20;
	CHECK(http_start(h, &req, &fetch_ops, &f, &f.x, NULL) == ST_OK);
	drive_to_mark(&f);
	drive_to_rest(&f);
	CHECK_INT(f.done, 0);
	CHECK_INT(f.out_of_order, 0);
	fetch_release(&f);
	fetch(h, &req, &f);
	CHECK(f.result.reused || clock_mono_ms() - began_ms > HTTP_DRAIN_MS);
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
	drive_to_mark(&f);
	CHECK(f.over);
	CHECK(http_timeout_ms(h) >= 0);
	drive_to_rest(&f);
	CHECK_INT(f.out_of_order, 0);
	fetch_release(&f);
	close_both();
}

static void test_pause(void)
{
	struct http_options o = {.idle_timeout_ms = 1500};
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
	while (!f.done && f.body.len == 0)
		(void)fetch_drive(h, &f, 10);
	(void)fetch_drive(h, &f, 50);
	before = f.body.len;
	CHECK(before > 0 && before < 200000);
	/* Neither the idle time nor the waiting bytes wake anybody. */
	steps = fetch_drive(h, &f, 2000);
	CHECK(steps < 10);
	CHECK_INT(f.body.len, before);
	CHECK_INT(f.done, 0);
	http_resume(f.x);
	CHECK_INT(http_timeout_ms(h), 0);
	(void)fetch_drive(h, &f, FETCH_MS);
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
	(void)fetch_drive(h, &f, FETCH_MS);
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
	while (!f.done && pauses < 100000) {
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

/* The only connection that is open; -1 when there is none, or several. */
static int connection(void)
{
	struct sockaddr_storage peer;
	int found = -1;
	int seen = 0;
	int fd;

	for (fd = 3; fd < 100; fd++) {
		socklen_t n = sizeof(peer);

		if (getpeername(fd, (struct sockaddr *)&peer, &n) != 0 ||
			peer.ss_family != AF_INET)
			continue;
		found = fd;
		seen++;
	}
	return seen == 1 ? found : -1;
}

/* No connection is passed on to a child. (The pair with which libcurl wakes
 * itself is, which leads nowhere.) */
static void check_close_on_exec(void)
{
	int fd = connection();

	CHECK(fd >= 0 && (fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
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
	check_close_on_exec();
	CHECK_INT(open_files(), before);
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

	open_both("framing chunked\nbody a\nbarrier 20\nbody b\n");
	req = post("x");
	for (i = 0; i < 20; i++) {
		fetch_init(&f[i]);
		CHECK(http_start(h, &req, &fetch_ops, &f[i], &f[i].x, NULL) ==
			ST_OK);
	}
	for (i = 0; i < 20; i++)
		(void)fetch_drive(h, &f[i], FETCH_MS);
	for (i = 0; i < 20; i++) {
		CHECK_STR(f[i].body.p, "ab");
		CHECK_INT(f[i].out_of_order, 0);
		fetch_release(&f[i]);
	}
	close_both();
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
	(void)fetch_drive(h, &f, FETCH_MS);
	CHECK_STR(f.body.p, "two");
	CHECK(f.result.reused);
	fetch_release(&f);
	/* Left under way: http_free ends it in silence. */
	CHECK(http_start(h, &req, &first, &f, &x, NULL) == ST_OK);
	close_both();
}

/* Until the server has closed the only connection. */
static void wait_until_closed(void)
{
	struct pollfd p = {.fd = connection(), .events = POLLIN};

	CHECK(p.fd >= 0 && poll(&p, 1, FETCH_MS) == 1);
}

/* How a kept connection may die, and what the next request makes of it. */
static void test_kept_dead(void)
{
	static const struct {
		const char *script;
		bool closed; /* by the server, before the second request */
		int requests; /* seen by the server */
		enum status status;
	} rows[] = {
		/* closed while it idled */
		{"body a\nkeep off\nanswer\nbody b\n", true, 2, ST_OK},
		/* closed just when the request arrived */
		{"body a\nanswer\nclose\nanswer\nbody b\n", false, 3, ST_OK},
		{"body a\nanswer\nreset\nanswer\nbody b\n", false, 3, ST_OK},
		/* the new one is no better */
		{"body a\nanswer\nclose\n", false, 3, ST_NET},
		/* something was answered: never sent again */
		{"body a\nanswer\nraw HTTP/1.1 200 OK\\r\\nX\nreset\n", false,
			2, ST_NET},
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
		if (rows[i].closed)
			wait_until_closed();
		fetch(h, &req, &f);
		CHECK_INT(f.result.status, rows[i].status);
		CHECK_STR(f.body.p, rows[i].status == ST_OK ? "b" : "");
		CHECK_INT(f.done, 1);
		CHECK_INT(serve_logged(&s, "=== "), rows[i].requests);
		CHECK_INT(serve_logged(&s, "\n\nquestion\n"), rows[i].requests);
		fetch_release(&f);
		close_both();
	}
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

int main(void)
{
	RUN(test_cancel);
	RUN(test_body_refuses);
	RUN(test_drain);
	RUN(test_drain_ends);
	RUN(test_pause);
	RUN(test_fast);
	RUN(test_pause_often);
	RUN(test_many);
	RUN(test_together);
	RUN(test_start_in_done);
	RUN(test_kept_dead);
	RUN(test_large_body);
	return REPORT();
}
