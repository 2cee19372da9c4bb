/*
 * One completion: from the request of a client to the end of its answer.
 *
 * With a store it goes through these states, else from the first straight to
 * CALL_ASKING:
 *
 *   CALL_QUEUED   another call of the same thread is under way
 *   CALL_OPENING  the worker reads the conversation
 *   CALL_SAVING   the worker writes the question and begins the reply
 *   CALL_ASKING   the endpoint answers; pieces are written as they come
 *   CALL_CLOSING  the worker writes the reply
 *   CALL_OVER     the answer is given; the client takes it
 *
 * A client that hangs up moves it on to its end, which is not told to anyone.
 * Private to serve/service.
 */
#ifndef ATL_SERVE_CALL_H
#define ATL_SERVE_CALL_H

#include "engine/session.h"
#include "serve/problem.h"
#include "serve/query.h"
#include "serve/kept.h"
#include "serve/service_priv.h"
#include "serve/worker.h"

/* Bytes in c->pending: at which the endpoint is paused, and at the most. A JSON
 * string may be six times as long as its text. */
#define CALL_PENDING_HIGH ((size_t)64 * 1024)
#define CALL_PENDING_MAX (6 * BUF_LARGE)

enum call_state {
	CALL_QUEUED = 0,
	CALL_OPENING,
	CALL_SAVING,
	CALL_ASKING,
	CALL_CLOSING,
	CALL_OVER,
};

/* How an answer looks. `out` gets JSON, or the events of a stream. */
struct face {
	bool saves; /* calls in this form are saved */
	void (*begin)(const struct call *c, struct buf *out);
	void (*text)(const struct call *c, bool reasoning, struct span text,
		struct buf *out);
	/* A call of a tool; rows count from 0. NULL: this form has none. */
	void (*tool)(const struct call *c, size_t row, const struct event *ev,
		struct buf *out);
	/* The end of a stream, after a reply or a failure. */
	void (*end)(const struct call *c, struct buf *out);
	/* A whole answer, or an error with the part of the reply that came. */
	void (*whole)(const struct call *c, struct buf *out);
};

extern const struct face face_own;
extern const struct face face_openai;

struct call {
	struct service *service;
	struct call *next;
	struct call **link;
	struct exchange *x; /* NULL: the client has gone */
	const struct face *face;
	enum call_state state;
	bool dropped; /* the client left before the end */
	bool hurried; /* the server stops */

	struct query q;
	struct agent agent; /* as the query wants it */
	const struct secret *key;
	char id[40]; /* id of this answer */
	int64_t created_s;
	struct buf thread; /* name of the thread as the client is told it; may
			      be empty */

	struct session *session;
	struct kept *kept;
	struct msg *reply; /* copy of the reply, to be saved */
	struct worker_job job;
	int64_t waited_ms; /* when the present job was posted; after it, the
			      time waited for all jobs */
	enum status job_status;
	struct err job_err;
	bool cached; /* the reply was given before */
	size_t tools; /* calls of tools in the reply */
	bool unsaved; /* saving has failed, and the call goes on */
	bool torn; /* so has saving the reply as it came; it may be at its end */

	/* How it ended. */
	const struct problem *problem; /* NULL: a reply that counts as an
					  answer */
	struct err err;
	int64_t retry_after_ms; /* -1: not said */
	const struct msg *result; /* the reply as far as it came; NULL: none */
	struct buf notice; /* sentences for the user */

	struct buf pending; /* bytes of the stream that the client has not
			       taken */
	bool streaming; /* the stream has begun */
	bool paused; /* the endpoint waits for the client */
	int64_t start_ms;
	int64_t first_ms; /* after the start; -1: no text yet */
	int64_t sent_ms; /* when the stream last got something */
};

/* Starts the call of a request. Takes q, which is released in any case. */
void call_start(struct service *s, struct exchange *x, const struct face *face,
	struct query *q, const struct service_agent *a);
/* Call after each http_step(): moves a call on whose reply has ended. */
void call_step(struct call *c);
/* Writes a comment into a stream that has long been silent. */
void call_tick(struct call *c, int64_t now_ms);
/* Ends the reply with what has come. */
void call_hurry(struct call *c);
void call_free(struct call *c);

/* In call_client.c: the client's side. */

/* Begins the stream, unless it has begun or the client has gone. */
void call_begin_stream(struct call *c);
/* There is something to send in c->pending. */
void call_wake(struct call *c);
/* Gives the whole answer, or the end of a stream. The client is there. */
void call_answer(struct call *c);
/* For exchange_defer(): the exchange is no more. Frees a call that is over. */
void call_gone(void *payload);

/* In call_saved.c: the steps that wait for the disk. */

void call_open(struct call *c);
void call_save(struct call *c);
void call_close(struct call *c);

/* And where they return to, in call.c. */

void call_opened(struct call *c);
void call_asks(struct call *c);
void call_over(struct call *c);
/* Ends the call with an error. It has not been answered yet. */
void call_fail(struct call *c, const struct problem *p, const struct err *err);

#endif
