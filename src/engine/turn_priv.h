/*
 * The state of a turn, shared by the files turn*.c.
 */
#ifndef ATL_ENGINE_TURN_PRIV_H
#define ATL_ENGINE_TURN_PRIV_H

#include "engine/cache.h"
#include "engine/guard.h"
#include "engine/known.h"
#include "engine/listing.h"
#include "engine/turn.h"
#include "net/http.h"
#include "net/pool.h"
#include "net/retry.h"
#include "wire/reply.h"
#include "wire/request.h"

/* What a turn waits for while nothing is under way. */
enum turn_wait {
	WAIT_NOTHING = 0,
	WAIT_RETRY, /* after a failure that may pass, or for a limit */
	WAIT_LOADING, /* the server loads its model */
	WAIT_POOL, /* an endpoint of the pool has to become free */
	WAIT_CACHE, /* another turn asks for the same */
};

/* The way of the agent's route that is being taken. */
struct way {
	struct agent at; /* the agent there; owns nothing */
	const struct secret *key;
	struct known_host *host; /* or NULL */
	size_t model; /* model by number; 0: the agent's own */
	size_t member; /* member of the pool */
	bool held; /* that member is held */
	/* Members of the pool, one bit each: tried in this round; not to be
	 * asked again for this model; not to be asked again at all. */
	uint64_t tried;
	uint64_t out;
	uint64_t dead;
	bool ask_other; /* another model may be available where this one is
			   not */
};

/* What a turn does with the cache. */
struct recall {
	struct id key;
	struct flight *flight; /* NULL: no other turn waits */
	bool leads; /* the other turns wait for this one */
	bool storing; /* the reply is gathered for the cache */
	bool hit; /* there is a reply that was not passed on yet */
	struct cached reply;
};

/* What a guard was asked, and what waits for it. */
struct watch {
	bool open; /* it was asked and has not answered */
	struct guard *asking; /* NULL: it could not be asked, see fault */
	struct buf fault;
	bool reply; /* the question was about the reply */
	bool waits; /* the turn waits for the verdict */
	bool passing; /* judged text is being passed on */
	struct buf text; /* all text of the reply */
	struct buf reasoning;
	size_t asked; /* bytes that the guard is asked about */
	size_t asked_reasoning;
	size_t given; /* bytes that were passed on to the sink */
	size_t given_reasoning;
	bool ending; /* the reply has ended, as follows */
	enum outcome outcome;
	bool cached;
	struct buf finish;
	struct buf note;
};

struct turn {
	struct turn_options with;
	struct watch watch;
	struct recall recall;

	struct way way;
	struct buf url;
	struct buf body;
	struct request request; /* its messages are ours */
	struct buf model; /* what request.model points to */
	struct msg **msgs;
	size_t msgs_n;

	struct http_xfer *xfer; /* NULL while waiting for the next try */
	struct rest *listing; /* the request for the list of models */
	struct reply reply;
	int tries; /* retries taken */
	enum turn_wait waiting;
	int64_t again_at_ms; /* monotonic; -1: not waiting */
	int64_t loading_since_ms; /* -1: the server was not loading */
	int64_t grace_at_ms; /* -1: no finish reason has come */
	struct retry_hint hint;
	bool learned; /* the pool was told */
	bool renewed; /* the key was read again once */
	bool lowered; /* max_tokens was lowered once */
	bool looked; /* the list of models was asked for once */
	struct buf why; /* the failure that led to the list of models */
	struct failure kept; /* that failure; its texts are in `why` */
	bool timed_out; /* the last try ran into a time limit */
	bool ended;
	bool sinking; /* events go nowhere: a sink failed or the user stopped */
	struct turn_times times;
	enum status status;
	struct err err;
};

/*
 * Meets a failure with another request, if that helps. True: it is prepared or
 * under way, and *notice tells the user. False: the member was given back.
 */
bool turn_meet(struct turn *t, const struct failure *f, struct buf *notice);
/* Sends the request on the way that is taken. */
enum status turn_post(struct turn *t, struct err *err);
/* Prepares the request for the way that was chosen: address, model, fields. */
enum status turn_aim(struct turn *t, struct err *err);
/* How long to wait for a rate limit; negative: any time. */
int64_t turn_patience_ms(const struct turn *t);
/* Tells the pool, once, what the headers said. */
void turn_learn(struct turn *t);
/* Tries again after a pause. */
void turn_again_in(struct turn *t, enum turn_wait why, int64_t ms);

/* turn_way.c: which way */

struct route;

/* NULL when the agent has no pool. */
struct pool *turn_pool(const struct turn *t);
/* Takes the first way. */
enum status turn_begin(struct turn *t, struct err *err);
/* Posts the request on the way that is held. With a pool and none held, takes
 * one or waits for one. */
enum status turn_go(struct turn *t, struct err *err);
/* Reads the refused key again. True when it is another one now. */
bool turn_renew_key(struct turn *t);
/* Gives back the held member of the pool, if there is one. */
void turn_leave(struct turn *t, enum pool_end how, int64_t after_ms);
/* What a failure says about the endpoint. */
enum pool_end turn_fault(const struct failure *f);
/* Whether another endpoint could take the request now. */
bool turn_has_other(const struct turn *t);
/* Moves to another endpoint, now or when one is free. `wait_ms` is how long
 * this one asks to wait before it is tried again; -1: it is not. */
bool turn_move(struct turn *t, const struct failure *f, int64_t wait_ms,
	struct buf *notice);
/* Moves on to the next model. False when there is none. */
bool turn_next_model(
	struct turn *t, const struct failure *f, struct buf *notice);

/* turn_say.c: appends who failed, what it said in `text`, and what to do. */
void turn_say(const struct turn *t, const struct failure *f, struct span text,
	struct buf *out);

/* turn_guard.c */

void turn_guard_init(struct turn *t);
void turn_guard_release(struct turn *t);
/* Forgets what the guard was asked. */
void turn_guard_drop(struct turn *t);
/* Asks about the question. True: the turn waits for the guard. */
bool turn_guard_begin(struct turn *t);
/* Looks at the guard. True: the turn still waits. */
bool turn_guard_step(struct turn *t);
/* Whether an event on its way to the sink is held back. */
bool turn_guard_holds(struct turn *t, const struct event *ev);
/* Takes the end of a reply. True: it waits for the guard. */
bool turn_guard_ends(struct turn *t, const struct event *done);
/* -1: the guard is not asked. */
int turn_guard_timeout_ms(const struct turn *t);

/* turn_cache.c */

/* Looks in the cache. True: the turn needs no request, or not yet. */
bool turn_recall(struct turn *t);
/* The same in each step; passes on what was found. */
bool turn_recall_step(struct turn *t);
/* -1: nothing is waited for. */
int turn_recall_timeout_ms(const struct turn *t);
/* Note an event on its way to the sink; EVENT_DONE goes to
 * turn_recall_keep(). */
void turn_recall_note(struct turn *t, const struct event *ev);
void turn_recall_keep(struct turn *t, const struct event *done);
/* Releases the turns that wait for this one. */
void turn_recall_end(struct turn *t, bool kept);

/* turn_sink.c, turn.c */

enum status turn_forward(
	struct turn *t, const struct event *ev, struct err *err);
/* The reply could not be read or passed on for want of memory: what was shown
 * is kept, and it does not count as an answer. */
enum status turn_broke(struct turn *t, enum status why, struct err *err);
/* Takes a failure of the reader or the transport: meets it with another
 * request, or tells it. */
enum status turn_failed(
	struct turn *t, const struct event *ev, struct err *err);
/* Ends the turn; the caller sends the last event. */
void turn_end(struct turn *t, enum status st, const char *why);
/* Takes the end of a reply, which may wait for a guard. */
enum status turn_done(
	struct turn *t, const struct event *done, struct err *err);
/* Starts asking after a wait; a failure ends the turn with its event. */
void turn_set_off(struct turn *t);

/* Ends a turn that looked for the model in vain. */
void turn_give_up(struct turn *t, const char *hint);
/* Sends the user a notice. */
enum status turn_tell(struct turn *t, const struct buf *text, struct err *err);

#endif
