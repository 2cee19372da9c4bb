/*
 * Making room in a conversation: which messages a summary should cover, and
 * what a model is told to write one. Pure; the session does the asking.
 *
 * The newest turns stay as they are. The messages before them are given to the
 * model as a document, in as many rounds as its window requires. Each round
 * covers more of them and begins with the summary of the round before, so that
 * a failure in the middle loses nothing.
 */
#ifndef ATL_ENGINE_COMPACT_H
#define ATL_ENGINE_COMPACT_H

#include <stdbool.h>

#include "base/err.h"
#include "chat/conv.h"
#include "conf/agent.h"

/* Share of the window for messages that stay as they are, or half of the
 * messages where that is less. */
#define COMPACT_KEEP_PERCENT 30

struct compact_plan {
	size_t from; /* the first message of the path to cover, from 0 */
	size_t to; /* behind the last message of this round */
	size_t end; /* behind the last message of all rounds */
	struct id last; /* the message before `to` */
};

/*
 * Plans the next round for a path. `scale` is as in struct prompt_with.
 * ST_NOT_FOUND when there is nothing before the turns that stay.
 */
enum status compact_next(const struct conv *conv, const struct agent *agent,
	double scale, struct compact_plan *ret, struct err *err);

/* Makes what the model is told: *ret_system and *ret_ask, which the caller
 * frees with msg_free(). The hint may be empty. */
enum status compact_ask(const struct conv *conv, const struct agent *agent,
	double scale, const struct compact_plan *plan, struct span hint,
	struct msg **ret_system, struct msg **ret_ask, struct err *err);

/* Tokens a summary may have. */
int64_t compact_reply(const struct agent *agent);

#endif
