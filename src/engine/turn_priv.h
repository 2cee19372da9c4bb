/*
 * The state of a turn, for the files turn*.c.
 */
#ifndef ATL_ENGINE_TURN_PRIV_H
#define ATL_ENGINE_TURN_PRIV_H

#include "engine/known.h"
#include "engine/listing.h"
#include "engine/turn.h"
#include "net/http.h"
#include "net/retry.h"
#include "wire/reply.h"
#include "wire/request.h"

/* What a turn waits for while nothing is under way. */
enum turn_wait {
	WAIT_NOTHING = 0,
	WAIT_RETRY, /* a failure that may pass, or a limit */
	WAIT_LOADING, /* the server reads its model */
};

struct turn {
	struct turn_options with;

	struct buf url;
	struct buf body;
	struct request request; /* its messages are ours */
	struct buf model; /* what request.model points to */
	struct msg **msgs;
	size_t msgs_n;

	struct http_xfer *xfer; /* NULL while waiting for the next try */
	struct listing *listing; /* asked which models there are */
	struct reply reply;
	struct buf text; /* not yet given to the sink */
	struct buf reasoning;
	int tries; /* retries taken */
	enum turn_wait waiting;
	int64_t again_at_ms; /* monotonic; -1: not waiting */
	int64_t loading_since_ms; /* -1: has not been loading */
	int64_t grace_at_ms; /* -1: no finish reason yet */
	struct retry_hint hint;
	bool renewed; /* the key was asked for once more */
	bool lowered; /* max_tokens was lowered once */
	bool looked; /* the models were looked at once */
	struct buf why; /* the failure that made it look at them */
	struct failure kept; /* the same; its texts are in why */
	bool ended;
	bool sinking; /* a sink has failed or the user stopped */
	struct turn_times times;
	enum status status;
	struct err err;
};

/*
 * Whether a failure is met with another request, which is then prepared or
 * under way; *notice tells the user.
 */
bool turn_meet(struct turn *t, const struct failure *f, struct buf *notice);
/* The end of a turn that looked at the models in vain. */
void turn_give_up(struct turn *t, const char *hint);
/* A notice for the user. */
enum status turn_tell(struct turn *t, const struct buf *text, struct err *err);

#endif
