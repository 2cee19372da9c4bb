/*
 * HTTP requests that never block: libcurl's multi interface behind one
 * descriptor and one timeout. The only user of libcurl.
 *
 * The owner polls http_fd() for reading with http_timeout_ms() and then calls
 * http_step(). Every callback fires inside http_step(), in this order for one
 * transfer: head, header (once per header), body (many), flush, done. flush
 * comes once per step that brought something, after libcurl had its turn, so
 * that output is written in few pieces; a step brings some 200 KiB at most.
 * done is the last one, whatever happens, except after http_cancel() and
 * http_drain(), which silence the transfer.
 *
 * In callbacks http_start, http_cancel, http_drain, http_pause and http_resume
 * may be called, for the same transfer and for others; http_step and http_free
 * may not. Nothing here is fit for threads; each thread has a struct http of
 * its own.
 *
 * What is promised for every request: no redirect is followed (a 3xx is
 * delivered like any answer, with its Location header), no netrc, no cookies,
 * http and https only, TLS 1.2 or newer with the certificate verified, no user
 * or password in the URL, "localhost" never asked of a resolver, no proxy for
 * loopback. A key leaves only over https, over loopback, over a Unix socket, or
 * to the one host that the user named as insecure_host; a proxy gets to see it
 * only inside a tunnel. A connection that was kept and turns out to be dead
 * before a line was answered is replaced, silently.
 */
#ifndef ATL_NET_HTTP_H
#define ATL_NET_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/secret.h"

#define HTTP_CONNECT_MS 15000
#define HTTP_FIRST_BYTE_MS 600000
#define HTTP_IDLE_MS 120000
/* How long the rest of an answer may take that nobody waits for. */
#define HTTP_DRAIN_MS 2000
/* Bytes of all headers of an answer, interim answers included. */
#define HTTP_HEADERS_MAX ((size_t)64 * 1024)
/* Transfers at once in one struct http. */
#define HTTP_XFERS_MAX 4096
/* An address with its port, as text. */
#define HTTP_ADDR_MAX 64

struct http;
struct http_xfer;
struct tape;

struct http_header {
	struct span name;
	struct span value;
};

/*
 * All zero is the default. Strings may be NULL and are copied by http_start.
 * Times of 0 are the defaults above; negative means no limit.
 */
struct http_options {
	int64_t connect_timeout_ms; /* name, connection and TLS together */
	/* Then to the first byte of the body; headers restart it, since many
	 * servers send these at once and read the prompt afterwards. */
	int64_t first_byte_timeout_ms;
	int64_t idle_timeout_ms; /* then between two bytes of any kind */
	/* A PEM file or a hashed folder of authorities, in place of the
	 * system's. Without them $CURL_CA_BUNDLE, $SSL_CERT_FILE and
	 * $SSL_CERT_DIR count, then a hashed /etc/ssl/certs, then what libcurl
	 * was built with. */
	const char *ca_file;
	const char *ca_dir;
	const char *cert; /* PEM of a client certificate */
	const char *cert_key; /* its key, if not in the same file */
	const char *pin; /* "sha256//BASE64", as of CURLOPT_PINNEDPUBLICKEY */
	/* NULL: as the environment says (http_proxy, https_proxy, all_proxy,
	 * no_proxy); "": none. */
	const char *proxy;
	const char *insecure_host; /* may get a key over plain http */
	const char *unix_path; /* connect to this socket, whatever the URL */
	const char *user_agent; /* NULL: "atllama/VERSION" */
	bool http11; /* do not offer HTTP/2 */
};

struct http_request {
	const char *method; /* NULL: POST with a body, else GET */
	const char *url; /* absolute; copied */
	/* Sent as "Authorization: Bearer KEY", or as "auth_header: KEY" when
	 * that is set. May be NULL or empty. Copied to a secret of its own. */
	const struct secret *key;
	const char *auth_header;
	/* Copied. Content-Type is application/json unless given. A header whose
	 * name speaks of a key, token or authorization is treated like a
	 * key. */
	const struct http_header *headers;
	size_t n_headers;
	const char *accept; /* NULL: any */
	/* Borrowed until done, http_cancel or http_drain. */
	struct span body;
	const struct http_options *options; /* NULL: all defaults; copied */
	bool off_record; /* neither recorded nor answered by a recording */
};

/* Why a request failed. */
enum http_fault {
	HTTP_FAULT_NONE = 0,
	HTTP_FAULT_REFUSED_HERE, /* here: a callback, a limit, memory */
	HTTP_FAULT_RESOLVE,
	HTTP_FAULT_CONNECT,
	HTTP_FAULT_PROXY,
	HTTP_FAULT_TLS, /* certificate or handshake */
	HTTP_FAULT_CONNECT_TIMEOUT,
	HTTP_FAULT_FIRST_BYTE_TIMEOUT,
	HTTP_FAULT_IDLE_TIMEOUT,
	HTTP_FAULT_CLOSED, /* closed or reset by the other side */
	HTTP_FAULT_PROTOCOL, /* not HTTP, or broken HTTP */
};

/* Borrowed: valid during the call of done. */
struct http_result {
	enum status status; /* ST_OK: a whole answer, whatever its status */
	enum http_fault fault;
	struct err err; /* one line with the next step, when not ST_OK */
	int http_status; /* 0 without an answer */
	bool broken; /* an answer began and did not end */
	bool transient; /* the same request may succeed in a moment */
	bool reused; /* over a connection that was kept */
	int http_version; /* 10, 11, 20; 0 without an answer */
	uint64_t body_bytes; /* delivered to body */
	/* Times since http_step() took the request up; -1: never reached. */
	int64_t dns_us;
	int64_t connect_us;
	int64_t tls_us; /* -1 for plain http as well */
	int64_t first_byte_us;
	int64_t total_us;
	char local[HTTP_ADDR_MAX];
	char remote[HTTP_ADDR_MAX];
};

/*
 * Callbacks, any of which may be NULL. Spans are borrowed for the call and hold
 * foreign bytes. A body is cut anywhere; what was compressed arrives decoded.
 */
struct http_ops {
	/* The headers of the final answer are complete. content_type is the
	 * value of that header, or empty. */
	void (*head)(int status, struct span content_type, void *payload);
	void (*header)(struct span name, struct span value, void *payload);
	/* Anything but ST_OK ends the transfer with that status and err. */
	enum status (*body)(struct span bytes, void *payload, struct err *err);
	/* For writing out what came in the step; fails in the same way. */
	enum status (*flush)(void *payload, struct err *err);
	/* A sentence for the user, before the head: what is replayed differs
	 * from what was recorded. */
	void (*note)(struct span text, void *payload);
	/* The transfer is freed when this returns. */
	void (*done)(const struct http_result *result, void *payload);
};

/* libcurl itself is started with the first request, not here. */
enum status http_new(struct http **ret, struct err *err) ATTR_MUST_CHECK;
/* Ends all transfers without a callback. */
void http_free(struct http *h);

/* Records requests from now on, or answers them from a recording: see
 * net/tape.h. Takes the tape; only before the first request. */
void http_set_tape(struct http *h, struct tape *tape);

int http_fd(const struct http *h);
/* Time until http_step() is due even without an event; 0: now, -1: never. */
int http_timeout_ms(const struct http *h);
/* Never blocks. Fails only when the machinery itself does. */
enum status http_step(struct http *h, struct err *err) ATTR_MUST_CHECK;

/*
 * Checks and queues a request, which starts in the next http_step();
 * http_timeout_ms() says 0 until then. `ops` is borrowed until the end of the
 * transfer. ST_USAGE for a bad header or certificate file, ST_CONFIG for a bad
 * URL and for a key that would go over plain http, ST_BUSY beyond
 * HTTP_XFERS_MAX, ST_NOMEM. No callback fires when it fails.
 */
enum status http_start(struct http *h, const struct http_request *req,
	const struct http_ops *ops, void *payload, struct http_xfer **ret,
	struct err *err) ATTR_MUST_CHECK;

/* Ends the transfer and its connection without a callback. x is freed; NULL is
 * allowed. */
void http_cancel(struct http_xfer *x);

/* Like http_cancel(), for a caller who has all that is wanted: what little may
 * still come is read and dropped, for up to HTTP_DRAIN_MS, so that the
 * connection can serve the next request. */
void http_drain(struct http_xfer *x);

/* Back-pressure. After http_pause() a few more calls of body may come in the
 * same step, then none; the idle time stands still until http_resume(). */
void http_pause(struct http_xfer *x);
void http_resume(struct http_xfer *x);

#endif
