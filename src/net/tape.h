/*
 * Recordings of requests and what came back: JSON, one object a line.
 *
 *	{"request":1,"time":"2026-11-24T06:25:50Z","method":"POST","url":"...",
 *	 "headers":["Authorization: [redacted]",...],"body":"..."}
 *	{"answer":1,"ms":87,"http":11,"status":200,"headers":["..."]}
 *	{"answer":1,"ms":88,"text":"data: ..."}
 *	{"answer":1,"ms":95,"base64":"8J+m"}
 *	{"end":1,"ms":120}
 *
 * The number tells requests apart that were under way at once; it counts from 1
 * in each run, and several runs may follow each other in a file. Times are
 * milliseconds since the request. Bytes that are not whole UTF-8 stand in
 * base64. A body is as it came after the transport's own decoding. An end has
 * "fault", "error" and "status" when the request failed, and "stopped" when we
 * let go of it.
 *
 * No key gets into it: headers that carry one have no value, nor has the query
 * of an URL, and where a key of TAPE_KEY_MIN bytes or more stands in anything
 * else there are as many asterisks.
 *
 * Replaying gives an answer to each request of the same method and URL, that
 * with the same body first, each once.
 */
#ifndef ATL_NET_TAPE_H
#define ATL_NET_TAPE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/err.h"
#include "net/head.h"
#include "net/http.h"

#define TAPE_FILE_MAX ((size_t)256 * 1024 * 1024)
#define TAPE_TAKES_MAX ((size_t)100000)
#define TAPE_MS_MAX ((int64_t)7 * 24 * 3600 * 1000) /* of one request */
#define TAPE_PIECES_MAX ((size_t)16 * 1024 * 1024)
/* Bytes of a secret; a shorter one is not masked, since it would be found
 * everywhere. */
#define TAPE_KEY_MIN 8

struct tape;

/* A request to record, or to look for. */
struct tape_request {
	const char *method;
	const char *url;
	const struct span *headers; /* "Name: value" */
	size_t headers_n;
	struct span body;
	const struct span *secrets; /* must not be shown */
	size_t secrets_n;
};

/*
 * Opens a file for recording: makes it with mode 0600 or appends to it. Only
 * one process at a time writes to it.
 */
enum status tape_record(
	struct tape **ret, const char *path, struct err *err) ATTR_MUST_CHECK;
/* Reads a recording to be replayed. `speed`: 1 as recorded, 2 twice as fast, 0
 * without waiting. */
enum status tape_play(struct tape **ret, const char *path, double speed,
	struct err *err) ATTR_MUST_CHECK;
/* The same from memory; `name` is for messages. */
enum status tape_parse(struct tape **ret, struct span text, const char *name,
	double speed, struct err *err) ATTR_MUST_CHECK;
void tape_free(struct tape *t);
bool tape_plays(const struct tape *t);

/* One request that is being recorded. Writing fails with ST_IO. */
struct take;

enum status take_begin(struct take **ret, struct tape *t,
	const struct tape_request *r, struct err *err) ATTR_MUST_CHECK;
enum status take_head(struct take *k, const struct head *head, int version,
	struct err *err) ATTR_MUST_CHECK;
enum status take_body(
	struct take *k, struct span bytes, struct err *err) ATTR_MUST_CHECK;
/* Ends the recording of the request and frees k. r NULL: the request was
 * cancelled. */
enum status take_end(
	struct take *k, const struct http_result *r, struct err *err);

/* A piece of a recorded body. */
struct tape_piece {
	size_t at; /* offset in the body */
	size_t n;
	int64_t ms;
};

struct tape_take {
	struct buf method;
	struct buf url;
	struct buf sent; /* the body of the request */
	struct buf headers; /* of the answer, "name: value\n" each */
	int status; /* 0: no answer */
	int version;
	int64_t head_ms;
	struct buf body;
	struct tape_piece *pieces;
	size_t pieces_n;
	size_t pieces_cap;
	int64_t end_ms;
	enum status end; /* ST_OK: a whole answer */
	enum http_fault fault;
	struct buf error;
	bool transient;
	bool ended; /* the end of the request was recorded */
	bool stopped; /* the request was cancelled */
	bool played;
};

/*
 * Finds the recorded answer to a request. ST_FAIL when there is none with its
 * method and URL; when only the body differs, *note tells where.
 */
enum status tape_find(struct tape *t, const struct tape_request *r,
	const struct tape_take **ret, struct buf *note,
	struct err *err) ATTR_MUST_CHECK;
/* Converts recorded milliseconds to the tape's speed. */
int64_t tape_ms(const struct tape *t, int64_t ms);

#endif
