/*
 * What happens while a reply arrives. The reader of the wire makes events, the
 * sinks (conversation, journal, then terminal, pipe, JSON or HTTP) take them in
 * order. Everything in an event is borrowed: valid during the call.
 */
#ifndef ATL_CHAT_EVENT_H
#define ATL_CHAT_EVENT_H

#include "base/buf.h"
#include "base/err.h"
#include "chat/msg.h"

enum event_type {
	EVENT_TEXT, /* text: part of the answer; whole characters */
	EVENT_REASONING, /* text: part of the model's reasoning */
	EVENT_TOOL, /* text: arguments so far whole; name: the function */
	EVENT_META, /* model, id: what the endpoint calls itself */
	EVENT_USAGE, /* usage */
	EVENT_NOTICE, /* text: a sentence for the user */
	EVENT_DONE, /* outcome, finish: the last event of a reply */
	EVENT_FAILED, /* failure; may follow text; the last event */
};

/* Why a request failed and what may be done about it. */
struct failure {
	enum status status; /* ST_AUTH, ST_MODEL, ST_LIMIT, ST_SERVER, ... */
	int http; /* HTTP status, 0 when there was none */
	bool retry; /* worth another try if no text has arrived */
	bool quota; /* credit is used up: waiting will not help */
	int64_t retry_after_ms; /* -1 when the server did not say */
	struct span text; /* the server's own sentence, unfiltered */
	struct span code; /* the server's error code or type, or empty */
	struct span field; /* the request field it refuses, or empty */
	int64_t window; /* context length it names, or 0 */
	int64_t prompt_tokens; /* prompt tokens it counted, or 0 */
};

struct event {
	enum event_type type;
	struct span text;
	struct span name;
	struct span model;
	struct span id;
	struct span finish;
	enum outcome outcome;
	bool cached; /* EVENT_DONE: the reply was given before */
	bool undecided; /* EVENT_DONE: filtered for want of a verdict */
	const struct usage *usage;
	const struct failure *failure;
};

/* A sink. Anything but ST_OK ends the reply with that status. */
typedef enum status event_fn(
	const struct event *ev, void *payload, struct err *err);

#endif
