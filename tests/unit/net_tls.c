/*
 * net/http over TLS: whom it trusts, and HTTP/2 against nginx where that is
 * installed.
 */
#include "unit/check.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "tool/fetch.h"

static char certs[512];
static char paths[8][600];

static const char *cert_path(int slot, const char *name)
{
	(void)snprintf(paths[slot], sizeof(paths[slot]), "%s/%s", certs, name);
	return paths[slot];
}

static bool says(const struct fetched *f, const char *what)
{
	bool found = strstr(f->result.err.msg, what) != NULL;

	if (!found)
		printf("\"%s\" lacks \"%s\"\n", f->result.err.msg, what);
	return found;
}

static void serve_tls(
	struct served *s, const char *script, const char *cert, const char *key)
{
	const char *args[] = {
		"--tls", cert_path(0, cert), cert_path(1, key), NULL};

	CHECK(serve_start(s, script, args));
}

static void test_trusted(void)
{
	struct http_options o = {0};
	struct secret key = {0};
	struct http_request req = {.key = &key, .options = &o};
	struct served s;
	struct http *h;
	struct fetched f;
	char url[64];
	int i;

	CHECK(secret_set(&key, "sk-tls", 6));
	CHECK(http_new(&h, NULL) == ST_OK);
	serve_tls(&s, "framing chunked\nsplit 1\nsse one\ndone\n", "good.pem",
		"good.key");
	for (i = 0; i < 6; i++) {
		(void)snprintf(url, sizeof(url), "https://%s:%d/v1",
			i % 2 == 0 ? "localhost" : "127.0.0.1", s.port);
		req.url = url;
		/* A file, a folder, and the environment. */
		o.ca_file = i / 2 == 0 ? cert_path(2, "ca.pem") : NULL;
		o.ca_dir = i / 2 == 1 ? cert_path(2, "cas") : NULL;
		if (i / 2 == 2)
			(void)setenv(
				"CURL_CA_BUNDLE", cert_path(2, "ca.pem"), 1);
		fetch(h, &req, &f);
		if (f.result.status != ST_OK)
			printf("%d: %s\n", i, f.result.err.msg);
		CHECK_INT(f.result.status, ST_OK);
		CHECK_STR(f.body.p, "data: one\n\ndata: [DONE]\n\n");
		CHECK(f.result.reused || f.result.tls_us > 0);
		CHECK_INT(f.out_of_order, 0);
		fetch_release(&f);
	}
	CHECK_INT(serve_logged(&s, "\nAuthorization: Bearer sk-tls\n"), 6);
	(void)unsetenv("CURL_CA_BUNDLE");
	http_free(h);
	serve_stop(&s);
	secret_free(&key);
}

static void test_not_trusted(void)
{
	static const struct {
		const char *cert;
		const char *key;
		const char *ca; /* NULL: the system's */
		const char *text;
	} rows[] = {
		{"good.pem", "good.key", "other-ca.pem", "--cacert"},
		{"good.pem", "good.key", NULL, "is not trusted"},
		{"old.pem", "old.key", "ca.pem", "has expired; its owner"},
		{"name.pem", "name.key", "ca.pem", "for another name"},
	};
	struct http_options o = {0};
	struct secret key = {0};
	struct http_request req = {.key = &key, .options = &o};
	struct served s;
	struct http *h;
	struct fetched f;
	char url[64];
	size_t i;

	CHECK(secret_set(&key, "sk-tls", 6));
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		CHECK(http_new(&h, NULL) == ST_OK);
		serve_tls(&s, "body secret\n", rows[i].cert, rows[i].key);
		(void)snprintf(
			url, sizeof(url), "https://localhost:%d/v1", s.port);
		req.url = url;
		o.ca_file = rows[i].ca != NULL ? cert_path(2, rows[i].ca)
					       : NULL;
		fetch(h, &req, &f);
		CHECK_INT(f.result.status, ST_NET);
		CHECK_INT(f.result.fault, HTTP_FAULT_TLS);
		CHECK(says(&f, rows[i].text) && says(&f, "localhost:"));
		CHECK(!f.result.transient && !f.result.broken);
		CHECK_INT(f.heads, 0);
		CHECK_INT(serve_logged(&s, "==="), 0);
		fetch_release(&f);
		http_free(h);
		serve_stop(&s);
	}
	secret_free(&key);
}

static void test_no_tls_there(void)
{
	struct http_request req = {0};
	struct served s;
	struct http *h;
	struct fetched f;
	char url[64];

	CHECK(http_new(&h, NULL) == ST_OK);
	/* Whatever the greeting is taken for, the answer is plain. */
	CHECK(serve_start(&s, "body x\n", NULL));
	(void)snprintf(url, sizeof(url), "http://localhost:%d/v1", s.port);
	req.url = url;
	serve_stop(&s);
	serve_tls(&s, "body x\n", "good.pem", "good.key");
	(void)snprintf(url, sizeof(url), "http://localhost:%d/v1", s.port);
	fetch(h, &req, &f);
	CHECK_INT(f.result.status, ST_NET);
	CHECK_INT(f.heads, 0);
	fetch_release(&f);
	http_free(h);
	serve_stop(&s);
}

static void test_pin(void)
{
	struct http_options o = {
		.pin = "sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="};
	struct http_request req = {.options = &o};
	struct served s;
	struct http *h;
	struct fetched f;
	char url[64];

	CHECK(http_new(&h, NULL) == ST_OK);
	serve_tls(&s, "body x\n", "good.pem", "good.key");
	(void)snprintf(url, sizeof(url), "https://localhost:%d/v1", s.port);
	req.url = url;
	o.ca_file = cert_path(2, "ca.pem");
	fetch(h, &req, &f);
	CHECK_INT(f.result.fault, HTTP_FAULT_TLS);
	CHECK_INT(serve_logged(&s, "==="), 0);
	fetch_release(&f);
	http_free(h);
	serve_stop(&s);
}

static const char *nginx_path(void)
{
	static const char *const places[] = {
		"/usr/sbin/nginx", "/usr/local/sbin/nginx", "/usr/bin/nginx"};
	size_t i;

	for (i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		if (access(places[i], X_OK) == 0)
			return places[i];
	}
	return NULL;
}

static bool write_nginx_conf(const char *path, int port, int backend)
{
	struct buf conf;
	bool ok;

	buf_init(&conf, BUF_SMALL);
	buf_fmt(&conf,
		"daemon off; master_process off; pid %s/nginx.pid;\n"
		"error_log %s/nginx.err;\nevents {}\nhttp {\n"
		"access_log off; client_body_temp_path %s/b;\n"
		"proxy_temp_path %s/p; fastcgi_temp_path %s/f;\n"
		"uwsgi_temp_path %s/u; scgi_temp_path %s/s;\n"
		"proxy_buffering off; proxy_http_version 1.1;\n"
		"server { listen 127.0.0.1:%d ssl http2;\n"
		"ssl_certificate %s/good.pem;\n"
		"ssl_certificate_key %s/good.key;\n"
		"location / { proxy_pass http://127.0.0.1:%d; } } }\n",
		certs, certs, certs, certs, certs, certs, certs, port, certs,
		certs, backend);
	ok = !conf.bad &&
		file_replace(path, buf_view(&conf), 0600, NULL) == ST_OK;
	buf_release(&conf);
	return ok;
}

/* A port that was free a moment ago. */
static int port_for_nginx(void)
{
	struct served s;
	int port;

	CHECK(serve_start(&s, "body x\n", NULL));
	port = s.port;
	serve_stop(&s);
	return port;
}

static bool listens(int port)
{
	struct sockaddr_in at = {.sin_family = AF_INET};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool ok;

	at.sin_port = htons((uint16_t)port);
	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	ok = connect(fd, (struct sockaddr *)&at, sizeof(at)) == 0;
	(void)close(fd);
	return ok;
}

/* The process, once it listens; 0 when it ends, since another has the port. */
static pid_t start_nginx(const char *program, const char *conf, int port)
{
	pid_t pid = fork();

	if (pid == 0) {
		(void)execl(program, program, "-e", "stderr", "-c", conf, "-p",
			certs, (char *)NULL);
		_exit(127);
	}
	while (pid > 0 && !listens(port)) {
		if (waitpid(pid, NULL, WNOHANG) == pid)
			return 0;
		(void)usleep(20000);
	}
	return pid;
}

static void http2_requests(struct http *h, const char *url)
{
	struct http_options o = {.ca_file = cert_path(2, "ca.pem")};
	struct http_request req = {
		.url = url, .body = span_str("{}"), .options = &o};
	struct fetched f;

	fetch(h, &req, &f);
	CHECK_INT(f.result.status, ST_OK);
	CHECK_INT(f.result.http_version, 20);
	CHECK_INT(f.status, 200);
	CHECK_STR(f.body.p, "data: one\n\ndata: [DONE]\n\n");
	CHECK_INT(f.out_of_order, 0);
	fetch_release(&f);
	/* The stream breaks off in the middle. */
	fetch(h, &req, &f);
	CHECK_INT(f.result.status, ST_NET);
	CHECK_INT(f.result.fault, HTTP_FAULT_CLOSED);
	CHECK(f.result.broken && says(&f, "--http1.1"));
	CHECK_STR(f.body.p, "half");
	fetch_release(&f);
	o.http11 = true;
	fetch(h, &req, &f);
	CHECK_INT(f.result.status, ST_OK);
	CHECK_INT(f.result.http_version, 11);
	fetch_release(&f);
}

static void test_http2(void)
{
	const char *program = nginx_path();
	char conf[600];
	char url[64];
	struct served s;
	struct http *h;
	pid_t pid = 0;
	int port = 0;
	int tries;

	if (program == NULL) {
		printf("skipped: HTTP/2, there is no nginx\n");
		return;
	}
	CHECK(http_new(&h, NULL) == ST_OK);
	CHECK(serve_start(&s,
		"framing chunked\nsse one\ndone\n"
		"answer\nframing chunked\nbody half\nsleep 50\nreset\n"
		"answer\nbody x\n",
		NULL));
	(void)snprintf(conf, sizeof(conf), "%s/nginx.conf", certs);
	for (tries = 0; pid == 0 && tries < 10; tries++) {
		port = port_for_nginx();
		CHECK(write_nginx_conf(conf, port, s.port));
		pid = start_nginx(program, conf, port);
	}
	CHECK(pid > 0);
	(void)snprintf(url, sizeof(url), "https://localhost:%d/v1", port);
	http2_requests(h, url);
	http_free(h);
	if (pid > 0) {
		(void)kill(pid, SIGTERM);
		(void)waitpid(pid, NULL, 0);
	}
	serve_stop(&s);
}

int main(void)
{
	const char *tmp = getenv("TMPDIR");
	const char *make[] = {"sh", MAKE_CA, certs, NULL};
	const char *clean[] = {"rm", "-rf", certs, NULL};

	/* Only what a test sets counts. */
	(void)unsetenv("CURL_CA_BUNDLE");
	(void)unsetenv("SSL_CERT_FILE");
	(void)unsetenv("SSL_CERT_DIR");
	if (snprintf(certs, sizeof(certs), "%s/atl-certs-XXXXXX",
		    tmp != NULL && tmp[0] == '/' ? tmp : "/tmp") >=
			(int)sizeof(certs) ||
		mkdtemp(certs) == NULL || run_program(make) != 0) {
		printf("cannot make certificates\n");
		return 1;
	}
	RUN(test_trusted);
	RUN(test_not_trusted);
	RUN(test_no_tls_there);
	RUN(test_pin);
	RUN(test_http2);
	(void)run_program(clean);
	return REPORT();
}
