/*
 * Server-sent events, incremental: WHATWG HTML, section 9.2.6 "Interpreting an
 * event stream", over bytes cut anywhere.
 *
 * Lines end with LF, CR or CRLF, one leading BOM is dropped, NUL is a byte as
 * any other. Three things go beyond the standard: comments are reported (they
 * show that the connection lives), a field named "error" is handed over
 * (llama.cpp before 2025-09 wrote one), and a block that the stream ends in is
 * reported as `partial` instead of dropped.
 *
 * What a callback gets is borrowed: valid during the call. An event that is
 * whole inside one feed is not copied. Pure; one stream, one thread.
 */
#ifndef ATL_WIRE_SSE_H
#define ATL_WIRE_SSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

/* Bytes of one event's lines, and of any line. */
#define SSE_EVENT_MAX ((size_t)16 * 1024 * 1024)
/* Bytes of an id; a longer one is ignored, like one with a NUL in it. */
#define SSE_ID_MAX ((size_t)4096)

struct sse_event {
	struct span event; /* its name; empty stands for "message" */
	struct span data; /* lines joined by LF; of a comment: its text */
	struct span id; /* last event id */
	struct span error; /* value of a field "error" in the block */
	int64_t retry; /* ms, the last one the stream named, or -1 */
	bool has_data; /* a data field was there, maybe empty */
	bool comment; /* a comment line; nothing else is set but data */
	bool partial; /* the stream ended inside this block */
};

/* Anything but ST_OK ends the stream with that status. */
typedef enum status sse_fn(
	const struct sse_event *ev, void *payload, struct err *err);

struct sse {
	sse_fn *fn;
	void *payload;
	size_t event_max;
	struct buf line; /* a line that the last feed cut */
	struct buf data; /* data lines before the present one */
	struct buf event;
	struct buf id; /* last event id */
	struct buf error;
	struct span direct; /* the only data line, still in the input */
	size_t block; /* bytes of the present block */
	int64_t retry;
	bool has_data;
	bool has_error;
	bool skip_lf; /* a CR ended the last line */
	bool begun; /* past the first line and its BOM */
	enum status failed;
};

/* event_max 0: SSE_EVENT_MAX. */
void sse_init(struct sse *s, size_t event_max, sse_fn *fn, void *payload);
void sse_release(struct sse *s);
/* ST_SERVER for an event larger than event_max, ST_NOMEM, or what the
 * callback returned; after a failure every call returns it again. */
enum status sse_feed(
	struct sse *s, const void *bytes, size_t n, struct err *err);
/* Ends the stream: reports the block it ended in, if it has data. */
enum status sse_finish(struct sse *s, struct err *err);

#endif
