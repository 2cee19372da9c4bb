/*
 * The state of a turn, for the files turn*.c.
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
	WAIT_RETRY, /* a failure that may pass, or a limit */
	WAIT_LOADING, /* the server reads its model */
	WAIT_POOL, /* until an endpoint of the pool can take it */
	WAIT_CACHE, /* another turn asks the same */
};

/* The way that is taken, of those in the agent's route. */
struct way {
	struct agent at; /* who is asked there; owns nothing */
	const struct secret *key;
	struct known_host *host; /* or NULL */
	size_t model; /* which one: 0 the agent's own */
	size_t member; /* of the pool */
	bool held; /* that member is taken */
	/* Members, a bit each: tried in this round, not to be asked again for
	 * this model, and not for any. */
	uint64_t tried;
	uint64_t out;
	uint64_t dead;
	bool ask_other; /* another model may be had where this one is not */
};

/* What it has to do with the cache. */
struct recall {
	struct id key;
	struct flight *flight; /* NULL: nobody waits for anybody */
	bool leads; /* the others wait for this one */
	bool storing; /* the reply is gathered, to be kept */
	bool hit; /* there is a reply, which has not been given yet */
	struct cached reply;
};

/* What a guard has been told and what it has been asked. */
struct watch {
	bool open; /* it was asked and has not been heard */
	struct guard *asking; /* NULL: it could not be asked, for `fault` */
	struct buf fault;
	bool reply; /* about that, not about the question */
	bool waits; /* the turn does nothing before there is a verdict */
	bool passing; /* what was judged is on its way */
	struct buf text; /* of the reply, all of it */
	struct buf reasoning;
	size_t asked; /* bytes of the text it is asked about, */
	size_t asked_reasoning;
	size_t given; /* and those that went on to the sink */
	size_t given_reasoning;
	bool ending; /* the reply is at its end, which was */
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
	struct rest *listing; /* asked which models there are */
	struct reply reply;
	int tries; /* retries taken */
	enum turn_wait waiting;
	int64_t again_at_ms; /* monotonic; -1: not waiting */
	int64_t loading_since_ms; /* -1: has not been loading */
	int64_t grace_at_ms; /* -1: no finish reason yet */
	struct retry_hint hint;
	bool learned; /* the pool knows what is in it */
	bool renewed; /* the key was asked for once more */
	bool lowered; /* max_tokens was lowered once */
	bool looked; /* the models were looked at once */
	struct buf why; /* the failure that made it look at them */
	struct failure kept; /* the same; its texts are in why */
	bool timed_out; /* of the last try */
	bool ended;
	bool sinking; /* a sink has failed or the user stopped */
	struct turn_times times;
	enum status status;
	struct err err;
};

/*
 * Whether a failure is met with another request, which is then prepared or
 * under way; *notice tells the user. When it is not, the member is given back.
 */
bool turn_meet(struct turn *t, const struct failure *f, struct buf *notice);
/* Sends the request where the way leads. */
enum status turn_post(struct turn *t, struct err *err);
/* Puts the turn on the way that was chosen: address, model, fields. */
enum status turn_aim(struct turn *t, struct err *err);
/* How long a limit is waited for; negative: any time. */
int64_t turn_patience_ms(const struct turn *t);
/* Tells the pool, once, what the headers said. */
void turn_learn(struct turn *t);
/* Tries again after a pause. */
void turn_again_in(struct turn *t, enum turn_wait why, int64_t ms);

/* turn_way.c: which way */

struct route;

/* NULL when the agent has no pool. */
struct pool *turn_pool(const struct turn *t);
/* The first way. */
enum status turn_begin(struct turn *t, struct err *err);
/* Posts the request on the way that is held; with a pool and none held, takes
 * one or waits for one. */
enum status turn_go(struct turn *t, struct err *err);
/* Whether the key in use was refused and is another one now. */
bool turn_renew_key(struct turn *t);
/* Gives back the member that is held, if one is. */
void turn_leave(struct turn *t, enum pool_end how, int64_t after_ms);
/* How a failure speaks of the endpoint. */
enum pool_end turn_fault(const struct failure *f);
/* Whether another endpoint could take it now. */
bool turn_has_other(const struct turn *t);
/* To another endpoint, now or when one can; `wait_ms` is what the failure asks
 * to wait for before this one is tried again, -1: it is not. */
bool turn_move(struct turn *t, const struct failure *f, int64_t wait_ms,
	struct buf *notice);
/* On to the next model. */
bool turn_next_model(
	struct turn *t, const struct failure *f, struct buf *notice);

/* turn_say.c: appends who failed, what it said in `text`, and what to do. */
void turn_say(const struct turn *t, const struct failure *f, struct span text,
	struct buf *out);

/* turn_guard.c */

void turn_guard_init(struct turn *t);
void turn_guard_release(struct turn *t);
/* Forgets what it was asked. */
void turn_guard_drop(struct turn *t);
/* Whether the question waits for the guard. */
bool turn_guard_begin(struct turn *t);
/* Whether the turn waits, now that the guard was looked at. */
bool turn_guard_step(struct turn *t);
/* Whether an event on its way to the sink is held back. */
bool turn_guard_holds(struct turn *t, const struct event *ev);
/* Whether the end of a reply waits for the guard. */
bool turn_guard_ends(struct turn *t, const struct event *done);
/* -1: it is not asked. */
int turn_guard_timeout_ms(const struct turn *t);

/* turn_cache.c */

/* Whether the turn has no request of its own, or not yet. */
bool turn_recall(struct turn *t);
/* The same for a step; what there is to give is given. */
bool turn_recall_step(struct turn *t);
/* -1: as without a cache. */
int turn_recall_timeout_ms(const struct turn *t);
/* An event that is on its way to the sink; DONE comes to the other one. */
void turn_recall_note(struct turn *t, const struct event *ev);
void turn_recall_keep(struct turn *t, const struct event *done);
/* Lets go of those who wait. */
void turn_recall_end(struct turn *t, bool kept);

/* turn_sink.c, turn.c */

enum status turn_forward(
	struct turn *t, const struct event *ev, struct err *err);
/* It could not be read or passed on, for want of memory: what was shown is
 * kept, and nobody takes it for an answer. */
enum status turn_broke(struct turn *t, enum status why, struct err *err);
/* The reader's or the transport's failure: met with another request, or told. */
enum status turn_failed(
	struct turn *t, const struct event *ev, struct err *err);
/* It has ended; the last event is the caller's to send. */
void turn_end(struct turn *t, enum status st, const char *why);
/* The end of a reply, unless a guard has to see it first. */
enum status turn_done(
	struct turn *t, const struct event *done, struct err *err);
/* Begins to ask after all; a failure ends it with its event. */
void turn_set_off(struct turn *t);

/* The end of a turn that looked at the models in vain. */
void turn_give_up(struct turn *t, const char *hint);
/* A notice for the user. */
enum status turn_tell(struct turn *t, const struct buf *text, struct err *err);

#endif
