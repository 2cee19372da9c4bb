/*
 * net/tape: what is recorded comes back as it was, and no key is in it.
 */
#include "unit/net_bed.h"

#include <stdlib.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/file.h"
#include "net/tape.h"

#define KEY "sk-marker-0123456789"
#define OWN "own-0123456789"
#define BASIC "YmFzaWM6cGFzc3dvcmQ="

static char path[] = "/tmp/atl-tape-XXXXXX";

static void new_path(void)
{
	int fd;

	memcpy(path + sizeof(path) - 7, "XXXXXX", 6);
	fd = mkstemp(path);
	CHECK(fd >= 0 && close(fd) == 0 && unlink(path) == 0);
}

static void record(void)
{
	struct tape *t = NULL;

	new_path();
	CHECK(tape_record(&t, path, NULL) == ST_OK);
	http_set_tape(h, t);
}

/* From now on there is neither server nor network. */
static void replay(double speed)
{
	struct tape *t = NULL;
	struct err err = {0};

	close_both();
	CHECK(http_new(&h, NULL) == ST_OK);
	CHECK(tape_play(&t, path, speed, &err) == ST_OK);
	CHECK_STR(err.msg, "");
	http_set_tape(h, t);
}

static void close_replay(void)
{
	http_free(h);
	h = NULL;
	(void)unlink(path);
}

static void read_tape(struct buf *out)
{
	buf_init(out, BUF_LARGE);
	CHECK(file_read(path, out, NULL) == ST_OK);
}

static void same(const struct fetched *a, const struct fetched *b)
{
	CHECK_INT(a->status, b->status);
	CHECK_STR(a->type, b->type);
	CHECK_STR(a->headers.p, b->headers.p);
	CHECK(span_eq(buf_view(&a->body), buf_view(&b->body)));
	CHECK_INT(a->bodies, b->bodies);
	CHECK_INT(a->heads, b->heads);
	CHECK_INT(b->done, 1);
	CHECK_INT(b->out_of_order, 0);
	CHECK_INT(a->result.status, b->result.status);
	CHECK_INT(a->result.fault, b->result.fault);
	CHECK_INT(a->result.http_status, b->result.http_status);
	CHECK_INT(a->result.http_version, b->result.http_version);
	CHECK(a->result.broken == b->result.broken);
	CHECK(a->result.transient == b->result.transient);
	CHECK_STR(a->result.err.msg, b->result.err.msg);
}

/* Any bytes, in the pieces in which they came. */
static void test_bytes_come_back(void)
{
	struct http_request req;
	struct fetched a;
	struct fetched b;
	struct stat s_file;

	open_both("header X-One: 1\nheader X-Two: \xff\nframing chunked\n"
		  "split 2\nbody \xf0\x9f\xa6\x99\\0 \"quoted\\\\ \xfe\\r\\n\n"
		  "body end\n");
	record();
	req = post("{\"q\":\"\xf0\x9f\xa6\x99\"}");
	fetch(h, &req, &a);
	CHECK_INT(a.result.status, ST_OK);
	CHECK(stat(path, &s_file) == 0 && (s_file.st_mode & 0777) == 0600);
	replay(0);
	fetch(h, &req, &b);
	/* What is no UTF-8 in a header has no place in JSON. */
	buf_reset(&a.headers);
	buf_span(&a.headers, buf_view(&b.headers));
	CHECK(strstr(b.headers.p, "X-One: 1\n") != NULL);
	same(&a, &b);
	fetch_release(&a);
	fetch_release(&b);
	close_replay();
}

static void test_failures_come_back(void)
{
	struct http_request req = post("x");
	struct fetched a[3];
	struct fetched b[3];
	size_t i;

	open_both("framing chunked\nbody part\nreset\n"
		  "answer\nclose\n"
		  "answer\nstatus 503 Busy\nheader Retry-After: 1\nbody no\n");
	record();
	for (i = 0; i < 3; i++)
		fetch(h, &req, &a[i]);
	CHECK_INT(a[0].result.status, ST_NET);
	CHECK(a[0].result.broken);
	CHECK_INT(a[2].status, 503);
	replay(0);
	for (i = 0; i < 3; i++) {
		fetch(h, &req, &b[i]);
		same(&a[i], &b[i]);
	}
	for (i = 0; i < 3; i++) {
		fetch_release(&a[i]);
		fetch_release(&b[i]);
	}
	close_replay();
}

/* A key echoed by the server in pieces of every size, in headers and bodies
 * both ways, and by its beginning alone. */
static void test_no_key(void)
{
	static const struct http_header own[] = {
		{{"X-Api-Key", 9}, {OWN, sizeof(OWN) - 1}},
		{{"Authorization", 13}, {"Basic " BASIC, sizeof(BASIC) + 5}}};
	struct secret key = {0};
	struct fetched f;
	struct buf tape;
	char script[512];
	int split;

	CHECK(secret_set(&key, KEY, sizeof(KEY) - 1));
	for (split = 1; split < 30; split += 3) {
		struct http_request req;

		(void)snprintf(script, sizeof(script),
			"split %d\nheader X-Echo: a " KEY " b\n"
			"header Set-Cookie: c=" KEY "\nframing chunked\n"
			"body <" KEY "> <" OWN "> <" BASIC "> sk-mar\n"
			"body ker sk-marker-012345\n",
			split);
		open_both(script);
		record();
		(void)snprintf(url, sizeof(url),
			"http://127.0.0.1:%d/v1/x?key=" KEY, s.port);
		req = post("my key is " KEY);
		req.key = &key;
		req.auth_header = "X-Odd";
		req.headers = own;
		req.n_headers = 2;
		fetch(h, &req, &f);
		CHECK_INT(f.result.status, ST_OK);
		fetch_release(&f);
		close_both();
		read_tape(&tape);
		CHECK(strstr(tape.p, "marker-0123456789") == NULL);
		CHECK(strstr(tape.p, "YmFz") == NULL);
		CHECK(strstr(tape.p, "own-") == NULL);
		CHECK(strstr(tape.p, "my key is ****") != NULL);
		CHECK(strstr(tape.p, "?[redacted]") != NULL);
		buf_release(&tape);
		(void)unlink(path);
	}
	secret_free(&key);
}

static char noted[512];

static void on_note(struct span text, void *payload)
{
	(void)payload;
	(void)snprintf(noted, sizeof(noted), "%.*s", (int)text.n, text.p);
}

static void test_which_answer(void)
{
	static struct http_ops ops;
	struct http_request one = post("one");
	struct http_request two = post("two");
	struct http_request three = post("three");
	struct http_request other = post("one");
	struct fetched f;
	struct err err;

	open_both("body 1\nanswer\nbody 2\n");
	record();
	fetch(h, &one, &f);
	fetch_release(&f);
	fetch(h, &two, &f);
	fetch_release(&f);
	replay(0);
	fetch(h, &two, &f);
	CHECK_STR(f.body.p, "2");
	fetch_release(&f);
	/* Not the same words: the answer is given, and it is told. */
	fetch_init(&f);
	ops = fetch_ops;
	ops.note = on_note;
	CHECK(http_start(h, &three, &ops, &f, &f.x, NULL) == ST_OK);
	(void)fetch_drive(h, &f, FETCH_MS);
	CHECK_STR(f.body.p, "1");
	CHECK(strstr(noted, "three in place of one") != NULL);
	fetch_release(&f);
	/* Each answer once, and none for another method. */
	CHECK(http_start(h, &one, &fetch_ops, &f, &f.x, &err) == ST_FAIL);
	CHECK(strstr(err.msg, "none that is left") != NULL);
	other.method = "PUT";
	CHECK(http_start(h, &other, &fetch_ops, &f, &f.x, &err) == ST_FAIL);
	close_replay();
}

static void test_order_and_speed(void)
{
	struct http_request req = post("x");
	struct fetched f;
	int64_t began;

	/* The pause begins when the first of them has come. */
	open_both("framing chunked\nbody a\nhold go-on\nbody b\n");
	record();
	fetch_init(&f);
	CHECK(http_start(h, &req, &fetch_ops, &f, &f.x, NULL) == ST_OK);
	while (!f.done && f.body.len == 0)
		(void)fetch_drive(h, &f, 10);
	(void)fetch_drive(h, &f, 120);
	serve_go_on(&s);
	(void)fetch_drive(h, &f, FETCH_MS);
	CHECK_STR(f.body.p, "ab");
	fetch_release(&f);
	replay(1);
	began = clock_mono_ms();
	fetch(h, &req, &f);
	CHECK(clock_mono_ms() - began >= 110);
	CHECK_STR(f.body.p, "ab");
	fetch_release(&f);
	close_replay();
}

/* Cancelled while it came: the rest is not there. */
static void test_stopped(void)
{
	struct http_request req = post("x");
	struct fetched f;

	open_both("framing chunked\nbody part\nstall\n");
	record();
	fetch_init(&f);
	f.cancel_at = 4;
	CHECK(http_start(h, &req, &fetch_ops, &f, &f.x, NULL) == ST_OK);
	drive_to_mark(&f);
	fetch_release(&f);
	replay(0);
	fetch(h, &req, &f);
	CHECK_STR(f.body.p, "part");
	CHECK_INT(f.result.status, ST_OK);
	fetch_release(&f);
	close_replay();
}

static void test_two_writers(void)
{
	struct tape *a = NULL;
	struct tape *b = NULL;
	struct err err;

	new_path();
	CHECK(tape_record(&a, path, NULL) == ST_OK);
	CHECK(tape_record(&b, path, &err) == ST_BUSY);
	CHECK(strstr(err.msg, path) != NULL);
	tape_free(a);
	CHECK(tape_record(&b, path, NULL) == ST_OK);
	tape_free(b);
	(void)unlink(path);
	CHECK(tape_record(&b, "/nowhere/at/all", &err) == ST_USAGE);
}

#define REQUEST                                                                \
	"{\"request\":1,\"method\":\"GET\",\"url\":\"http://a/\","             \
	"\"headers\":[],\"body\":\"\"}\n"
#define HEAD                                                                   \
	"{\"answer\":1,\"ms\":1,\"http\":11,\"status\":200,\"headers\":[]}\n"

static void test_bad_files(void)
{
	static const struct {
		const char *text;
		const char *says;
	} rows[] = {
		{"", "no request"},
		{"hello\n", "t:1: not JSON"},
		{"{}\n", "no line of a recording"},
		{"{\"answer\":1}\n", "to no request"},
		{"{\"request\":2,\"method\":\"GET\",\"url\":\"u\","
		 "\"body\":\"\"}\n",
			"requests are missing"},
		{"{\"request\":1}\n", "no method"},
		{"{\"request\":1,\"method\":\"GET\",\"url\":\"u\"}\n",
			"neither text"},
		{REQUEST "{\"answer\":2,\"ms\":1}\n", "to no request"},
		{REQUEST "{\"answer\":1,\"text\":\"x\"}\n", "t:2: a body"},
		{REQUEST "{\"answer\":1,\"ms\":-1,\"status\":200,"
			 "\"headers\":[]}\n",
			"t:2: this is no time"},
		{REQUEST HEAD "{\"end\":1,\"ms\":9007199254740992}\n",
			"t:3: this is no time"},
		{REQUEST "{\"answer\":1,\"status\":20,\"headers\":[]}\n",
			"no status"},
		{REQUEST HEAD "{\"answer\":1,\"base64\":\"a\"}\n",
			"t:3: this is not base64"},
		{REQUEST HEAD "{\"answer\":1}\n", "neither text"},
		{REQUEST "{\"end\":1,\"ms\":1}\n", "without an answer"},
		{REQUEST "{\"end\":1,\"fault\":\"odd\"}\n", "unknown kind"},
		{REQUEST "{\"end\":1,\"fault\":\"tls\",\"status\":\"ok\"}\n",
			"unknown kind"},
		{REQUEST HEAD "{\"end\":1}\n{\"answer\":1,\"text\":\"\"}\n",
			"behind an end"},
	};
	struct tape *t = NULL;
	struct err err;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		CHECK_INT(tape_parse(&t, span_str(rows[i].text), "t", 0, &err),
			ST_DAMAGED);
		if (strstr(err.msg, rows[i].says) == NULL)
			printf("%s\n", err.msg);
		CHECK(strstr(err.msg, rows[i].says) != NULL);
	}
	/* Half a line at the end is what a killed writer leaves. */
	CHECK(tape_parse(&t, span_str(REQUEST HEAD "{\"answer\":1,\"tex"), "t",
		      0, NULL) == ST_OK);
	tape_free(t);
	/* The next run counts from 1 again. */
	CHECK(tape_parse(&t, span_str(REQUEST REQUEST HEAD), "t", 0, NULL) ==
		ST_OK);
	tape_free(t);
}

int main(void)
{
	RUN(test_bytes_come_back);
	RUN(test_failures_come_back);
	RUN(test_no_key);
	RUN(test_which_answer);
	RUN(test_order_and_speed);
	RUN(test_stopped);
	RUN(test_two_writers);
	RUN(test_bad_files);
	return REPORT();
}
