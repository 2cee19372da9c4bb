/*
 * An HTTP response, in pieces, made into events: the reader of chat
 * completions.
 *
 *	reply_init(&r, NULL, sink, payload);
 *	reply_head(&r, 200, content_type);     once, then
 *	reply_header(&r, name, value);         for each header, in any order
 *	reply_feed(&r, bytes, err);            as they arrive, cut anywhere
 *	reply_flush(&r, err);                  when no more are there for now
 *	reply_finish(&r, REPLY_EOF, NULL, err);
 *	reply_release(&r);
 *
 * It takes event streams, a whole JSON reply where a stream was asked for, and
 * error bodies; status, Content-Type and the first bytes decide. Order of the
 * events: META, TEXT, REASONING and NOTICE as they come; then, from
 * reply_finish, TOOL for each call that is whole, NOTICE, USAGE, and exactly
 * one of DONE and FAILED. Where the bytes were cut makes no difference.
 *
 * TEXT and REASONING hold whole characters, and are gathered until a flush or
 * another event: what came in many chunks at once is one event. DONE has the
 * outcome, the finish reason in the endpoint's own word, and in `text` why a
 * reply is cut. FAILED has the failure, and in `text` the same sentence; text
 * that came before it stays valid. Sinks get spans that are valid during the
 * call. Reasoning in <think> at the beginning of a text is REASONING. Pure; one
 * reply, one thread.
 */
#ifndef ATL_WIRE_REPLY_H
#define ATL_WIRE_REPLY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "chat/event.h"
#include "wire/chunk.h"
#include "wire/fail.h"
#include "wire/sse.h"
#include "wire/think.h"
#include "wire/tool.h"

/* Bytes of headers, ids and finish reasons that are kept. */
#define REPLY_NAME_MAX ((size_t)4096)

struct reply_limits {
	size_t event_max; /* bytes of one event of a stream */
	size_t text_max; /* bytes of text, reasoning and tool arguments */
	size_t body_max; /* bytes of a JSON reply */
};

#define REPLY_LIMITS                                                           \
	((struct reply_limits){SSE_EVENT_MAX, BUF_LARGE, BUF_LARGE})

enum reply_end {
	REPLY_EOF = 0, /* the response ended properly */
	REPLY_BROKEN, /* the connection failed; `why` says how */
	REPLY_STOPPED, /* the user stopped it */
};

enum reply_mode {
	REPLY_SNIFF = 0, /* success; the kind of body is not known yet */
	REPLY_STREAM,
	REPLY_JSON,
	REPLY_ERROR, /* an error status, or a body that is not an answer */
};

struct reply {
	struct reply_limits limits;
	event_fn *sink;
	void *payload;
	enum reply_mode mode;
	int http;
	bool typed_stream; /* Content-Type: text/event-stream */
	struct sse sse;
	struct buf body; /* JSON replies, errors, and the bytes sniffed at */
	struct buf scratch; /* texts of other events than text */
	struct buf text; /* text gathered until it is sent */
	enum event_type text_as;
	struct chunk_form form;
	struct scan_text text_join;
	struct scan_text reasoning_join;
	struct think think; /* reasoning at the beginning of the text */
	struct buf finish;
	struct buf location;
	struct buf error_type;
	struct buf request_id;
	size_t id_rank; /* rank of the header that request_id is from */
	struct usage usage;
	bool has_usage;
	bool has_model; /* META with a model has been sent */
	bool has_id;
	bool has_text;
	bool has_chunk; /* part of an answer has come */
	bool done; /* [DONE], or a whole JSON reply */
	bool failed; /* fail says why */
	bool full; /* text_max reached */
	enum status sink_status; /* what the sink returned when it failed, or
				    ST_NOMEM when there was no memory for an
				    event */
	bool over; /* the terminal event has been sent */
	int should_retry; /* x-should-retry: -1 not said, 0, 1 */
	int64_t retry_after_ms; /* -1: not said as a number */
	size_t bytes; /* bytes counted against text_max */
	struct tools tools;
	struct fail fail;
};

/* Limits are copied; NULL: REPLY_LIMITS. */
void reply_init(struct reply *r, const struct reply_limits *limits,
	event_fn *sink, void *payload);
void reply_release(struct reply *r);

/* Takes the status; content_type may be empty and come by reply_header(). */
void reply_head(struct reply *r, int http_status, struct span content_type);
/* Takes Content-Type, Location, Retry-After (numbers only; net/retry knows
 * dates), retry-after-ms, x-should-retry, request ids and x-amzn-errortype;
 * ignores all others. */
void reply_header(struct reply *r, struct span name, struct span value);
/* Takes bytes of the body. Fails with ST_NOMEM or what the sink returned; a bad
 * reply is not a failure of the call: reply_ended() becomes true, and
 * reply_finish() tells the sink. */
enum status reply_feed(struct reply *r, struct span bytes, struct err *err);
/* Sends the text that was gathered. Fails like reply_feed(). */
enum status reply_flush(struct reply *r, struct err *err);
/* Sends the last events; `why` may be NULL. Later calls do nothing. */
enum status reply_finish(
	struct reply *r, enum reply_end end, const char *why, struct err *err);

/* Nothing more is wanted ([DONE], a failure, the limit): call reply_finish()
 * with REPLY_EOF and end the connection. */
bool reply_ended(const struct reply *r);
/* A finish reason has come; only usage and [DONE] may follow. Wait for them
 * about two seconds, not longer. */
bool reply_finishing(const struct reply *r);
/* Whether text or reasoning has come, after which nothing may be asked again
 * automatically. */
bool reply_has_text(const struct reply *r);
/* The endpoint's id of the request, for reports; may be empty. */
struct span reply_request_id(const struct reply *r);

#endif
