/*
 * Inside of net/http: what transfers (http.c), libcurl's turns
 * (http_multi.c), the setting up of a request (http_setup.c), its headers
 * (http_headers.c), what arrives (http_recv.c) and the account of its end
 * (http_result.c), what is recorded and given back (http_tape.c), and where
 * keys lie meanwhile (http_line.c) share.
 * Nobody else includes this or knows libcurl.
 */
#ifndef ATL_NET_HTTP_XFER_H
#define ATL_NET_HTTP_XFER_H

#include <curl/curl.h>
#include <stdbool.h>
#include <stdint.h>

#include "net/head.h"
#include "net/http.h"
#include "net/tape.h"

/* Secrets of requests that are over, wiped, for the next ones: to map and lock
 * a page anew is a quarter of what a short request costs. */
enum { HTTP_LINES_MAX = 64 };

struct http_lines {
	struct secret spare[HTTP_LINES_MAX];
	size_t n;
};

enum http_phase {
	HTTP_QUEUED, /* not yet with libcurl */
	HTTP_CONNECTING,
	HTTP_WAITING, /* request on its way, headers perhaps, no body yet */
	HTTP_ANSWERING,
};

struct http {
	int epoll_fd;
	CURLM *multi; /* NULL before the first request */
	int64_t due_ms; /* when libcurl wants its turn, -1 never */
	struct http_xfer *first;
	size_t n_xfers;
	struct http_lines lines;
	struct tape *tape; /* NULL: nothing is recorded or replayed */
	bool stepping;
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

	struct take *take; /* it is recorded; NULL: not */
	struct span *secrets; /* that must not be; they lie in x */
	/* The answer comes from a recording: then there is no easy. */
	bool offline;
	struct tape *tape;
	const struct tape_take *play;
	size_t play_at;
	bool play_over;
	struct buf note; /* for the owner, before the head */
};

/* In http_multi.c: libcurl is started with the first request, and ended unless
 * it never was. */
enum status http_multi_start(struct http *h, struct err *err) ATTR_MUST_CHECK;
void http_multi_end(struct http *h);
/* Gives libcurl its turn with what has come and what is due. */
CURLMcode http_multi_turn(struct http *h);

/* What libcurl calls; payload is the struct http_xfer. In http_recv.c, as is
 * the rest up to http_fill_result. */
size_t http_on_header(char *p, size_t size, size_t n, void *payload);
size_t http_on_body(char *p, size_t size, size_t n, void *payload);
int http_on_ready(void *payload, char *remote, char *local, int remote_port,
	int local_port);

/* The same for a line of the head and bytes of the body, wherever they come
 * from; false ends the transfer. */
bool http_take_header(struct http_xfer *x, struct span line);
bool http_take_body(struct http_xfer *x, struct span bytes);

/* The transfer is to end with this, unless it has a cause already. */
void http_fail_xfer(
	struct http_xfer *x, enum http_fault fault, enum status status);
/* Going on may call back at once with what libcurl has held. */
void http_set_paused(struct http_xfer *x, bool paused);

/* How the transfer ended; `code` is libcurl's word for it, which counts unless
 * it was ended by us. In http_result.c. */
void http_fill_result(
	const struct http_xfer *x, CURLcode code, struct http_result *r);

/* The numbers of http_result.http_version for libcurl's. */
int http_version_of(long version);

/* In http_tape.c: begins to record a transfer that is set up, or finds the
 * recorded answer for it. */
enum status http_tape_begin(struct http_xfer *x, const struct http_request *req,
	struct tape *tape, struct err *err) ATTR_MUST_CHECK;
/* What came, for the recording; a failure of writing ends the transfer. */
void http_tape_head(struct http_xfer *x);
void http_tape_body(struct http_xfer *x, struct span bytes);
/* r is NULL when we let go of it; a failure of writing is put into it. */
void http_tape_end(struct http_xfer *x, struct http_result *r);

/* When the next part of a recorded answer is due, monotonic; -1: paused. */
int64_t http_play_due_ms(const struct http_xfer *x);
/* Hands it on; true when that was the end. */
bool http_play_step(struct http_xfer *x);
/* How it ended, into an empty result. */
void http_play_result(const struct http_xfer *x, struct http_result *r);

/* In http_line.c: a secret with so much room, and back with it, which may be
 * none. */
bool http_line_new(
	struct http_lines *l, struct secret *ret, size_t room) ATTR_MUST_CHECK;
void http_line_free(struct http_lines *l, struct secret *line);
void http_lines_release(struct http_lines *l);

/* In http_headers.c: what is sent beside the body. Checks names and values, and
 * that a key may travel this way. */
enum status http_set_headers(struct http_xfer *x,
	const struct http_request *req, const struct http_options *o,
	struct err *err) ATTR_MUST_CHECK;
/* A key, or a header that speaks of one. */
bool http_carries_key(
	const struct http_xfer *x, const struct http_request *req);

/*
 * Checks the request against the rules of http.h and makes x->easy of it.
 * After a failure http_teardown() frees what there is.
 */
enum status http_setup(struct http_xfer *x, const struct http_request *req,
	struct err *err) ATTR_MUST_CHECK;
void http_teardown(struct http_xfer *x);

#endif
