/*
 * Making room in a conversation: which messages a summary is to cover, and what
 * a model is told to write one. Pure; the asking is the session's.
 *
 * The newest turns stay as they are. What is before them is given to the model
 * as a document, in as many rounds as its window makes necessary; each round
 * covers a piece more and begins with the summary of the round before, so that
 * a failure in the middle loses nothing that was done.
 */
#ifndef ATL_ENGINE_COMPACT_H
#define ATL_ENGINE_COMPACT_H

#include <stdbool.h>

#include "base/err.h"
#include "chat/conv.h"
#include "conf/agent.h"

/* The share of the window for messages that are kept as they are, or half of
 * the messages where that is less. */
#define COMPACT_KEEP_PERCENT 30

struct compact_plan {
	size_t from; /* the first message of the path to cover, from 0 */
	size_t to; /* behind the last of this round */
	size_t end; /* behind the last of all rounds */
	struct id last; /* the message before `to` */
};

/*
 * The next round for a path. `scale` is as in struct prompt_with. ST_NOT_FOUND
 * when there is nothing before the turns that are kept.
 */
enum status compact_next(const struct conv *conv, const struct agent *agent,
	double scale, struct compact_plan *ret, struct err *err);

/* What the model is told: *ret_system and *ret_ask, freed with msg_free(). The
 * hint may be empty. */
enum status compact_ask(const struct conv *conv, const struct agent *agent,
	double scale, const struct compact_plan *plan, struct span hint,
	struct msg **ret_system, struct msg **ret_ask, struct err *err);

/* Tokens a summary may have. */
int64_t compact_reply(const struct agent *agent);

#endif
