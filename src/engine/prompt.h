/*
 * What an agent is told: the path of a conversation made into the messages of
 * a request, and whether they fit its window.
 */
#ifndef ATL_ENGINE_PROMPT_H
#define ATL_ENGINE_PROMPT_H

#include "base/err.h"
#include "chat/conv.h"
#include "conf/agent.h"

struct prompt {
	struct msg **msgs; /* owned */
	size_t n;
	size_t left_out; /* oldest messages that did not fit */
	int64_t tokens; /* estimate of what is sent */
	int64_t budget; /* tokens that may be sent: window less reply */
	int64_t max_tokens; /* of the reply: the agent's, or what is left */
};

void prompt_init(struct prompt *p);
void prompt_release(struct prompt *p);

/*
 * System prompt first, then the path and, if not NULL, `next`. The agent's own
 * replies are the assistant's; those of other agents are given as the user's
 * words with the agent's name before them. Replies without text and failed
 * questions' empty replies are skipped; the guide gets only what was asked of it
 * and what it said. When all does not fit, the oldest turns
 * are left out, room for the reply being kept: the agent's max_tokens, and a
 * quarter of a small window. ST_WINDOW, with figures, when the last message alone is too
 * large.
 */
enum status prompt_build(struct prompt *p, const struct conv *conv,
	const struct msg *next, const struct agent *agent, struct err *err);

#endif
