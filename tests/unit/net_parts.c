/*
 * The parts of net/http that need no network: the head of an answer, what may
 * be logged, which authorities count, and what the user reads.
 */
#include "unit/check.h"

#include <stdlib.h>

#include "net/fault.h"
#include "net/head.h"
#include "net/redact.h"
#include "net/trust.h"

static enum head_result feed(struct head *head, const char *line)
{
	return head_line(head, span_str(line));
}

static void test_head(void)
{
	struct head head;
	struct span name, value;
	size_t pos = 0;

	head_init(&head, 1024);
	CHECK_INT(feed(&head, "HTTP/1.1 100 Continue\r\n"), HEAD_MORE);
	CHECK_INT(feed(&head, "X: interim\r\n"), HEAD_MORE);
	CHECK_INT(feed(&head, "\r\n"), HEAD_MORE);
	CHECK_INT(head.status, 0);
	CHECK_INT(feed(&head, "HTTP/2 429 \r\n"), HEAD_MORE);
	CHECK_INT(feed(&head, "Retry-After:  7 \r\n"), HEAD_MORE);
	CHECK_INT(feed(&head, "long: a\r\n"), HEAD_MORE);
	CHECK_INT(feed(&head, "\t b\r\n"), HEAD_MORE);
	CHECK_INT(feed(&head, "empty:\n"), HEAD_MORE);
	CHECK_INT(feed(&head, "no colon\n"), HEAD_MORE);
	CHECK_INT(feed(&head, "\r\n"), HEAD_COMPLETE);
	CHECK_INT(head.status, 429);
	CHECK_INT(feed(&head, "Trailer: x\r\n"), HEAD_MORE);
	CHECK(span_is(head_find(&head, "retry-AFTER"), "7"));
	CHECK(span_is(head_find(&head, "Long"), "a b"));
	CHECK(head_find(&head, "x").n == 0);
	CHECK(head_find(&head, "trailer").n == 0);
	CHECK(head_next(&head, &pos, &name, &value));
	CHECK(head_next(&head, &pos, &name, &value));
	CHECK(head_next(&head, &pos, &name, &value));
	CHECK(span_is(name, "empty") && value.n == 0);
	CHECK(head_next(&head, &pos, &name, &value));
	CHECK(span_is(name, "no colon") && value.n == 0);
	CHECK(!head_next(&head, &pos, &name, &value));
	head_release(&head);
}

static void test_head_cap(void)
{
	struct head head;
	int i;

	head_init(&head, 100);
	CHECK_INT(feed(&head, "HTTP/1.1 200 OK\r\n"), HEAD_MORE);
	for (i = 0; i < 8; i++)
		CHECK_INT(feed(&head, "12345678\r\n"), HEAD_MORE);
	CHECK_INT(feed(&head, "1234567890\r\n"), HEAD_TOO_LARGE);
	head_release(&head);
	/* Interim answers without end are no way around it. */
	head_init(&head, 100);
	for (i = 0; i < 4; i++) {
		CHECK_INT(feed(&head, "HTTP/1.1 103 Hint\r\n"), HEAD_MORE);
		CHECK_INT(feed(&head, "\r\n"), HEAD_MORE);
	}
	CHECK_INT(feed(&head, "HTTP/1.1 103 Hint\r\n"), HEAD_TOO_LARGE);
	head_release(&head);
}

static void test_redact(void)
{
	static const char *const rows[][2] = {
		{"Authorization: Bearer sk-1", "Authorization: [redacted]"},
		{"h2h3 [authorization: Bearer sk-1]",
			"h2h3 [authorization: [redacted]"},
		{"x-goog-api-KEY:abc", "x-goog-api-KEY: [redacted]"},
		{"Set-Cookie: a=b", "Set-Cookie: [redacted]"},
		{"X-Auth-Token: t", "X-Auth-Token: [redacted]"},
		{"Content-Type: text/html", "Content-Type: text/html"},
		{"x-ratelimit-remaining-tokens: 5",
			"x-ratelimit-remaining-tokens: 5"},
		{"[:path: /v1/x?k=sk-1]", "[:path: /v1/x?[redacted]"},
		{"GET /v1?key=sk HTTP/1.1", "GET /v1?[redacted] HTTP/1.1"},
		{"what is this? nothing", "what is this? nothing"},
		{"seen THEKEY somewhere", "[redacted]"},
		{"a\tb\x1b[31m", "a b [31m"},
		{"", ""},
		{":", ":"},
		{"?", "?"},
	};
	struct buf out;
	size_t i;

	buf_init(&out, BUF_SMALL);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		buf_reset(&out);
		redact_line(span_str(rows[i][0]), span_str("THEKEY"), &out);
		CHECK_STR(out.p, rows[i][1]);
	}
	buf_reset(&out);
	redact_line(span_str("plain"), span_of(NULL, 0), &out);
	CHECK_STR(out.p, "plain");
	buf_release(&out);
}

static bool trusts(const char *file, const char *dir, const char *want_file,
	const char *want_dir)
{
	struct trust t = trust_choose(file, dir);

	return (want_file == NULL ? t.file == NULL
				  : t.file != NULL &&
				       strcmp(t.file, want_file) == 0) &&
		(want_dir == NULL ? t.dir == NULL
				  : t.dir != NULL &&
					strcmp(t.dir, want_dir) == 0);
}

static void test_trust(void)
{
	struct trust t;

	(void)setenv("CURL_CA_BUNDLE", "/curl.pem", 1);
	(void)setenv("SSL_CERT_FILE", "/ssl.pem", 1);
	(void)setenv("SSL_CERT_DIR", "/ssl", 1);
	CHECK(trusts("/own.pem", NULL, "/own.pem", NULL));
	CHECK(trusts(NULL, "/own", NULL, "/own"));
	CHECK(trusts(NULL, NULL, "/curl.pem", NULL));
	(void)unsetenv("CURL_CA_BUNDLE");
	CHECK(trusts(NULL, NULL, "/ssl.pem", "/ssl"));
	(void)setenv("SSL_CERT_FILE", "", 1);
	CHECK(trusts(NULL, NULL, NULL, "/ssl"));
	(void)unsetenv("SSL_CERT_FILE");
	(void)unsetenv("SSL_CERT_DIR");
	t = trust_choose(NULL, NULL);
	CHECK(t.file == NULL);
}

/* Each says where; what the user can change, it names; nothing is left out. */
static void test_faults(void)
{
	static const struct {
		enum http_fault fault;
		const char *hint;
	} rows[] = {
		{HTTP_FAULT_RESOLVE, "check its spelling"},
		{HTTP_FAULT_CONNECT, "is the server running?"},
		{HTTP_FAULT_PROXY, "--proxy"},
		{HTTP_FAULT_TLS, "https"},
		{HTTP_FAULT_CONNECT_TIMEOUT, "--connect-timeout"},
		{HTTP_FAULT_FIRST_BYTE_TIMEOUT, "--first-byte-timeout"},
		{HTTP_FAULT_IDLE_TIMEOUT, "--idle-timeout"},
		{HTTP_FAULT_CLOSED, "without an answer"},
		{HTTP_FAULT_PROTOCOL, "HTTP"},
	};
	struct fault_place place = {.where = "h.example:1",
		.host = "h.example",
		.detail = "the reason",
		.limit_ms = 15000,
		.loopback = true};
	struct err err;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		CHECK_INT(fault_text(rows[i].fault, &place, &err), ST_NET);
		CHECK(strstr(err.msg, "h.example") != NULL);
		CHECK(strstr(err.msg, rows[i].hint) != NULL);
		CHECK(strchr(err.msg, '\n') == NULL);
	}
	CHECK(!fault_transient(HTTP_FAULT_CONNECT, &place));
	place.loopback = false;
	CHECK(fault_transient(HTTP_FAULT_CONNECT, &place));
	CHECK(fault_transient(HTTP_FAULT_CLOSED, &place));
	CHECK(!fault_transient(HTTP_FAULT_TLS, &place));
	CHECK_INT(fault_text(HTTP_FAULT_REFUSED_HERE, &place, &err), ST_FAIL);
}

int main(void)
{
	RUN(test_head);
	RUN(test_head_cap);
	RUN(test_redact);
	RUN(test_trust);
	RUN(test_faults);
	return REPORT();
}
