/*
 * What the files of net/http share: transfers (http.c), driving libcurl
 * (http_multi.c), setting up a request (http_setup.c) and its headers
 * (http_headers.c), receiving (http_recv.c), how a transfer ended
 * (http_result.c), recording and replaying (http_tape.c), and memory for keys
 * (http_line.c). Nobody else includes this or knows libcurl.
 */
#ifndef ATL_NET_HTTP_XFER_H
#define ATL_NET_HTTP_XFER_H

#include <curl/curl.h>
#include <stdbool.h>
#include <stdint.h>

#include "net/head.h"
#include "net/http.h"
#include "net/tape.h"

/* Wiped secrets of requests that are over, for the next ones: to map and lock a
 * new page takes a quarter of the time of a short request. */
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
	int64_t due_ms; /* when libcurl has to be called; -1: never */
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

	/* The header with the key is in a secret. Its list node is ours, as
	 * libcurl only walks the list; the plain headers hang behind it. */
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

	int64_t connect_ms; /* time limits; negative: none */
	int64_t first_byte_ms;
	int64_t idle_ms;
	int64_t began_us;
	int64_t since_ms; /* when the present phase began or bytes came */
	curl_off_t uploaded;

	enum http_phase phase;
	struct head head;
	uint64_t body_bytes;
	size_t step_bytes; /* bytes in the present step */
	int attempts;
	bool got_data; /* something came since the last flush */
	bool want_pause;
	bool paused; /* libcurl was told to pause */
	bool drain; /* nobody listens any more */
	bool dead; /* to be freed at the end of the step */
	enum http_fault own_fault; /* ended by us */
	enum status own_status;
	struct err own_err;
	char curl_error[CURL_ERROR_SIZE];

	struct take *take; /* recording under way; NULL: none */
	struct span *secrets; /* what must not be recorded; points into x */
	/* The answer comes from a recording, without an easy handle. */
	bool offline;
	struct tape *tape;
	const struct tape_take *play;
	size_t play_at;
	bool play_over;
	struct buf note; /* for the owner, before the head */
};

/* In http_multi.c: start libcurl with the first request, and end it if it was
 * started. */
enum status http_multi_start(struct http *h, struct err *err) ATTR_MUST_CHECK;
void http_multi_end(struct http *h);
/* Lets libcurl handle what has come and what is due. */
CURLMcode http_multi_turn(struct http *h);

/* Callbacks of libcurl, with the struct http_xfer as payload. In http_recv.c,
 * as is everything up to http_fill_result(). */
size_t http_on_header(char *p, size_t size, size_t n, void *payload);
size_t http_on_body(char *p, size_t size, size_t n, void *payload);
int http_on_ready(void *payload, char *remote, char *local, int remote_port,
	int local_port);

/* Take a line of the head or bytes of the body, wherever they come from; false
 * ends the transfer. */
bool http_take_header(struct http_xfer *x, struct span line);
bool http_take_body(struct http_xfer *x, struct span bytes);

/* Lets the transfer end with this, unless it has a cause already. */
void http_fail_xfer(
	struct http_xfer *x, enum http_fault fault, enum status status);
/* Resuming may call back at once with what libcurl has held. */
void http_set_paused(struct http_xfer *x, bool paused);

/* Fills in how the transfer ended, in http_result.c. `code` is libcurl's
 * result, which counts unless we ended the transfer. */
void http_fill_result(
	const struct http_xfer *x, CURLcode code, struct http_result *r);

/* Converts libcurl's version to that of http_result.http_version. */
int http_version_of(long version);

/* In http_tape.c: begins to record a transfer that is set up, or finds the
 * recorded answer to it. */
enum status http_tape_begin(struct http_xfer *x, const struct http_request *req,
	struct tape *tape, struct err *err) ATTR_MUST_CHECK;
/* Record what came; a failure to write ends the transfer. */
void http_tape_head(struct http_xfer *x);
void http_tape_body(struct http_xfer *x, struct span bytes);
/* Ends the recording of a transfer. r is NULL when it was cancelled; a failure
 * to write goes into it. */
void http_tape_end(struct http_xfer *x, struct http_result *r);

/* When the next part of a recorded answer is due, monotonic; -1: paused. */
int64_t http_play_due_ms(const struct http_xfer *x);
/* Passes on that part; true when it was the end. */
bool http_play_step(struct http_xfer *x);
/* Fills an empty result with how the recorded transfer ended. */
void http_play_result(const struct http_xfer *x, struct http_result *r);

/* In http_line.c: get a secret with room for that many bytes, and give it back;
 * it may be empty. */
bool http_line_new(
	struct http_lines *l, struct secret *ret, size_t room) ATTR_MUST_CHECK;
void http_line_free(struct http_lines *l, struct secret *line);
void http_lines_release(struct http_lines *l);

/* In http_headers.c: sets what is sent beside the body. Checks names and
 * values, and that a key may travel this way. */
enum status http_set_headers(struct http_xfer *x,
	const struct http_request *req, const struct http_options *o,
	struct err *err) ATTR_MUST_CHECK;
/* Whether the request has a key, or a header that speaks of one. */
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
