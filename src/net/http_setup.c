#include "net/http_xfer.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "base/vec.h"
#include "net/redact.h"
#include "net/trust.h"
#include "wire/url.h"

/* Bytes of one read of the socket; servers rarely write more at once. */
#define READ_SIZE (64L * 1024)
#define KEEPALIVE_S 60L

/* Sets many options with one check at the end: the first failure stays. */
struct setup {
	CURL *easy;
	CURLcode rc;
};

static void set_long(struct setup *s, CURLoption option, long value)
{
	if (s->rc == CURLE_OK)
		s->rc = curl_easy_setopt(s->easy, option, value);
}

/* NULL removes libcurl's default. */
static void set_str(struct setup *s, CURLoption option, const char *value)
{
	if (s->rc == CURLE_OK)
		s->rc = curl_easy_setopt(s->easy, option, value);
}

static void set_ptr(struct setup *s, CURLoption option, void *value)
{
	if (s->rc == CURLE_OK)
		s->rc = curl_easy_setopt(s->easy, option, value);
}

/* Fills where, host, loopback and https. */
static enum status read_url(struct http_xfer *x, const struct http_request *req,
	const char *unix_path, struct err *err)
{
	struct url url;
	struct buf where;
	enum status st = url_parse(span_str(req->url), &url, err);

	if (st != ST_OK)
		return st;
	buf_init(&where, BUF_SMALL);
	if (unix_path != NULL)
		buf_str(&where, unix_path);
	else
		buf_fmt(&where, url.ipv6 ? "[%.*s]:%d" : "%.*s:%d",
			(int)url.host.n, url.host.p, url.port);
	x->https = url.tls;
	x->port = url.port;
	x->loopback = unix_path != NULL || url_is_loopback(&url);
	x->host = mem_dup(url.host.p, url.host.n);
	x->where = buf_detach(&where);
	buf_release(&where);
	if (x->host == NULL || x->where == NULL)
		return err_nomem(err);
	return ST_OK;
}

static enum status check_readable(
	const char *path, const char *flag, struct err *err)
{
	if (path == NULL || access(path, R_OK) == 0)
		return ST_OK;
	return err_sys(
		err, ST_USAGE, "cannot read \"%.300s\" of %s", path, flag);
}

static enum status check_files(const struct http_options *o, struct err *err)
{
	enum status st = check_readable(o->ca_file, "--cacert", err);

	if (st == ST_OK)
		st = check_readable(o->ca_dir, "--capath", err);
	if (st == ST_OK)
		st = check_readable(o->cert, "--cert", err);
	if (st == ST_OK)
		st = check_readable(o->cert_key, "--key", err);
	return st;
}

static void set_trust(struct setup *s, const struct http_options *o, bool https)
{
	bool by_https = o->proxy != NULL &&
		span_starts(span_str(o->proxy), "https://");
	struct trust t;

	if (!https && !by_https)
		return;
	t = trust_choose(o->ca_file, o->ca_dir);
	if (t.file == NULL && t.dir == NULL)
		return;
	set_str(s, CURLOPT_CAINFO, t.file);
	set_str(s, CURLOPT_CAPATH, t.dir);
	/* The same for a proxy with TLS. */
	set_str(s, CURLOPT_PROXY_CAINFO, t.file);
	set_str(s, CURLOPT_PROXY_CAPATH, t.dir);
}

static void set_tls(struct setup *s, const struct http_options *o, bool https)
{
	set_long(s, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2);
	set_long(s, CURLOPT_SSL_VERIFYPEER, 1L);
	set_long(s, CURLOPT_SSL_VERIFYHOST, 2L);
	set_long(s, CURLOPT_PROXY_SSLVERSION, CURL_SSLVERSION_TLSv1_2);
	set_trust(s, o, https);
	if (o->cert != NULL)
		set_str(s, CURLOPT_SSLCERT, o->cert);
	if (o->cert_key != NULL)
		set_str(s, CURLOPT_SSLKEY, o->cert_key);
	if (o->pin != NULL)
		set_str(s, CURLOPT_PINNEDPUBLICKEY, o->pin);
}

static void set_rules(struct setup *s)
{
	set_long(s, CURLOPT_FOLLOWLOCATION, 0L);
	set_long(s, CURLOPT_NETRC, CURL_NETRC_IGNORED);
	set_str(s, CURLOPT_PROTOCOLS_STR, "http,https");
	set_long(s, CURLOPT_UNRESTRICTED_AUTH, 0L);
	set_long(s, CURLOPT_HTTP09_ALLOWED, 0L);
	set_long(s, CURLOPT_NOSIGNAL, 1L);
	/* A hanging name lookup must not hold up a cancel. */
	set_long(s, CURLOPT_QUICK_EXIT, 1L);
	set_long(s, CURLOPT_TCP_KEEPALIVE, 1L);
	set_long(s, CURLOPT_TCP_KEEPIDLE, KEEPALIVE_S);
	set_long(s, CURLOPT_TCP_KEEPINTVL, KEEPALIVE_S / 4);
	set_long(s, CURLOPT_BUFFERSIZE, READ_SIZE);
	set_long(s, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
	/* Asks for no compression, since that delays a stream, but decodes what
	 * comes compressed. */
	set_str(s, CURLOPT_ACCEPT_ENCODING, "identity");
}

static void set_route(struct setup *s, struct http_xfer *x,
	const struct http_options *o, bool with_key)
{
	char entry[64];

	set_str(s, CURLOPT_UNIX_SOCKET_PATH, o->unix_path);
	if (x->loopback)
		set_str(s, CURLOPT_PROXY, "");
	else if (o->proxy != NULL)
		set_str(s, CURLOPT_PROXY, o->proxy);
	/* Without a tunnel, the proxy of a plain http request sees all its
	 * headers. */
	if (!x->https && with_key)
		set_long(s, CURLOPT_HTTPPROXYTUNNEL, 1L);
	if (o->unix_path != NULL || strcasecmp(x->host, "localhost") != 0)
		return;
	(void)snprintf(
		entry, sizeof(entry), "localhost:%d:127.0.0.1,[::1]", x->port);
	x->resolve = curl_slist_append(NULL, entry);
	if (x->resolve == NULL)
		s->rc = CURLE_OUT_OF_MEMORY;
	set_ptr(s, CURLOPT_RESOLVE, x->resolve);
}

static void set_request(
	struct setup *s, struct http_xfer *x, const struct http_request *req)
{
	if (x->key.n > 0) {
		x->key_node.next = x->headers;
		set_ptr(s, CURLOPT_HTTPHEADER, &x->key_node);
	} else {
		set_ptr(s, CURLOPT_HTTPHEADER, x->headers);
	}
	set_str(s, CURLOPT_URL, req->url);
	if (req->body.n > 0) {
		if (s->rc == CURLE_OK)
			s->rc = curl_easy_setopt(s->easy,
				CURLOPT_POSTFIELDSIZE_LARGE,
				(curl_off_t)req->body.n);
		if (s->rc == CURLE_OK)
			s->rc = curl_easy_setopt(
				s->easy, CURLOPT_POSTFIELDS, req->body.p);
	}
	if (req->method == NULL)
		return;
	if (strcmp(req->method, "HEAD") == 0)
		set_long(s, CURLOPT_NOBODY, 1L);
	else
		set_str(s, CURLOPT_CUSTOMREQUEST, req->method);
}

/* Logs what libcurl tells, but not what it sends: that may come in pieces that
 * cut a header, whose name then no longer shows that it is secret. */
static int on_debug(
	CURL *easy, curl_infotype type, char *data, size_t n, void *payload)
{
	const struct http_xfer *x = payload;
	struct span rest = span_of(data, n);
	struct buf line;

	(void)easy;
	if (type != CURLINFO_TEXT && type != CURLINFO_HEADER_IN)
		return 0;
	buf_init(&line, BUF_SMALL);
	while (rest.n > 0) {
		struct span one = span_trim(span_cut(&rest, '\n'));

		if (one.n == 0)
			continue;
		buf_reset(&line);
		redact_line(one, x->key, &line);
		log_debug("http: %c %.1500s", type == CURLINFO_TEXT ? '*' : '<',
			line.p);
	}
	buf_release(&line);
	return 0;
}

/* Opens sockets that editors and pagers do not inherit, as they would libcurl's
 * own. */
static curl_socket_t on_open(
	void *payload, curlsocktype purpose, struct curl_sockaddr *address)
{
	(void)payload;
	(void)purpose;
	return socket(address->family, address->socktype | SOCK_CLOEXEC,
		address->protocol);
}

static void set_callbacks(struct setup *s, struct http_xfer *x)
{
	CURL *e = s->easy;

	set_ptr(s, CURLOPT_PRIVATE, x);
	set_ptr(s, CURLOPT_HEADERDATA, x);
	set_ptr(s, CURLOPT_WRITEDATA, x);
	set_ptr(s, CURLOPT_PREREQDATA, x);
	set_ptr(s, CURLOPT_ERRORBUFFER, x->curl_error);
	if (s->rc == CURLE_OK)
		s->rc = curl_easy_setopt(
			e, CURLOPT_HEADERFUNCTION, http_on_header);
	if (s->rc == CURLE_OK)
		s->rc = curl_easy_setopt(
			e, CURLOPT_WRITEFUNCTION, http_on_body);
	if (s->rc == CURLE_OK)
		s->rc = curl_easy_setopt(
			e, CURLOPT_PREREQFUNCTION, http_on_ready);
	if (s->rc == CURLE_OK)
		s->rc = curl_easy_setopt(
			e, CURLOPT_OPENSOCKETFUNCTION, on_open);
	if (!log_on())
		return;
	set_ptr(s, CURLOPT_DEBUGDATA, x);
	if (s->rc == CURLE_OK)
		s->rc = curl_easy_setopt(e, CURLOPT_DEBUGFUNCTION, on_debug);
	set_long(s, CURLOPT_VERBOSE, 1L);
}

static int64_t limit_of(int64_t given_ms, int64_t normal_ms)
{
	return given_ms == 0 ? normal_ms : given_ms;
}

static enum status set_all(struct http_xfer *x, const struct http_request *req,
	const struct http_options *o, struct err *err)
{
	struct setup s = {x->easy, CURLE_OK};
	/* To libcurl, 0 would mean five minutes. */
	int64_t connect_ms = x->connect_ms < 0 || x->connect_ms > INT_MAX
		? INT_MAX
		: x->connect_ms;

	set_rules(&s);
	set_tls(&s, o, x->https);
	set_long(&s, CURLOPT_HTTP_VERSION,
		o->http11 ? CURL_HTTP_VERSION_1_1 : CURL_HTTP_VERSION_2TLS);
	set_long(&s, CURLOPT_CONNECTTIMEOUT_MS, (long)connect_ms);
	set_str(&s, CURLOPT_USERAGENT,
		o->user_agent != NULL ? o->user_agent : "atllama/" ATL_VERSION);
	set_route(&s, x, o, http_carries_key(x, req));
	set_callbacks(&s, x);
	set_request(&s, x, req);
	if (s.rc == CURLE_OUT_OF_MEMORY)
		return err_nomem(err);
	if (s.rc != CURLE_OK)
		return err_set(err, ST_FAIL,
			"cannot set up the request to %s: %s", x->where,
			curl_easy_strerror(s.rc));
	return ST_OK;
}

enum status http_setup(
	struct http_xfer *x, const struct http_request *req, struct err *err)
{
	static const struct http_options none;
	const struct http_options *o = req->options != NULL ? req->options
							    : &none;
	enum status st = read_url(x, req, o->unix_path, err);

	x->connect_ms = limit_of(o->connect_timeout_ms, HTTP_CONNECT_MS);
	x->first_byte_ms = limit_of(
		o->first_byte_timeout_ms, HTTP_FIRST_BYTE_MS);
	x->idle_ms = limit_of(o->idle_timeout_ms, HTTP_IDLE_MS);
	x->body = req->body;
	if (st == ST_OK && !x->offline)
		st = check_files(o, err);
	if (st == ST_OK)
		st = http_set_headers(x, req, o, err);
	if (st != ST_OK || x->offline)
		return st;
	x->easy = curl_easy_init();
	if (x->easy == NULL)
		return err_nomem(err);
	return set_all(x, req, o, err);
}

void http_teardown(struct http_xfer *x)
{
	struct curl_slist *node;

	curl_easy_cleanup(x->easy);
	x->easy = NULL;
	free(x->secrets);
	x->secrets = NULL;
	buf_release(&x->note);
	for (node = x->headers; node != NULL; node = node->next)
		explicit_bzero(node->data, strlen(node->data));
	curl_slist_free_all(x->headers);
	x->headers = NULL;
	curl_slist_free_all(x->resolve);
	x->resolve = NULL;
	http_line_free(&x->h->lines, &x->key_line);
	x->key = span_of(NULL, 0);
	free(x->where);
	x->where = NULL;
	free(x->host);
	x->host = NULL;
	head_release(&x->head);
}
