/*
 * Inside of net/http: what the loop (http.c), the setting up of a request
 * (http_setup.c), what arrives (http_recv.c) and the account of its end
 * (http_result.c) share. Nobody else includes this or knows libcurl.
 */
#ifndef ATL_NET_HTTP_XFER_H
#define ATL_NET_HTTP_XFER_H

#include <curl/curl.h>
#include <stdbool.h>
#include <stdint.h>

#include "net/head.h"
#include "net/http.h"

enum http_phase {
	HTTP_QUEUED, /* not yet with libcurl */
	HTTP_CONNECTING,
	HTTP_WAITING, /* request on its way, headers perhaps, no body yet */
	HTTP_ANSWERING,
};

struct http_xfer {
	struct http *h;
	struct http_xfer *prev;
	struct http_xfer *next;
	CURL *easy;
	const struct http_ops *ops;
	void *payload;
	struct span body;

	/* The header with the key lies in a secret; its list node is ours, as
	 * libcurl only walks the list. The plain headers hang behind it. */
	struct secret key_line;
	struct span key; /* within key_line */
	struct curl_slist key_node;
	struct curl_slist *headers;
	struct curl_slist *resolve;
	char *where; /* "host:port" or the path of a socket */
	char *host;
	int port;
	bool loopback;
	bool https;

	int64_t connect_ms; /* limits, negative: none */
	int64_t first_byte_ms;
	int64_t idle_ms;
	int64_t began_us;
	int64_t since_ms; /* when the present phase began or bytes came */
	curl_off_t uploaded;

	enum http_phase phase;
	struct head head;
	uint64_t body_bytes;
	size_t step_bytes; /* in the present step */
	int attempts;
	bool got_data; /* since the last flush */
	bool want_pause;
	bool paused; /* as libcurl was told */
	bool drain; /* nobody listens any more */
	bool dead; /* to be freed at the end of the step */
	enum http_fault own_fault; /* ended by us */
	enum status own_status;
	struct err own_err;
	char curl_error[CURL_ERROR_SIZE];
};

/* What libcurl calls; payload is the struct http_xfer. In http_recv.c, as is
 * the rest up to http_fill_result. */
size_t http_on_header(char *p, size_t size, size_t n, void *payload);
size_t http_on_body(char *p, size_t size, size_t n, void *payload);
int http_on_ready(void *payload, char *remote, char *local, int remote_port,
	int local_port);

/* The transfer is to end with this, unless it has a cause already. */
void http_fail_xfer(
	struct http_xfer *x, enum http_fault fault, enum status status);
/* Going on may call back at once with what libcurl has held. */
void http_set_paused(struct http_xfer *x, bool paused);

/* How the transfer ended; `code` is libcurl's word for it, which counts unless
 * it was ended by us. In http_result.c. */
void http_fill_result(
	const struct http_xfer *x, CURLcode code, struct http_result *r);

/*
 * Checks the request against the rules of http.h and makes x->easy of it.
 * After a failure http_teardown() frees what there is.
 */
enum status http_setup(struct http_xfer *x, const struct http_request *req,
	struct err *err) ATTR_MUST_CHECK;
void http_teardown(struct http_xfer *x);

#endif
