/*
 * net/http: where a key may go, and what is refused.
 */
#include "unit/net_bed.h"

#include <stdlib.h>

#include "base/log.h"

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

int main(void)
{
	RUN(test_redirect);
	RUN(test_key_rules);
	RUN(test_refused_requests);
	RUN(test_log);
	RUN(test_localhost);
	RUN(test_unix_socket);
	RUN(test_proxy);
	return REPORT();
}
