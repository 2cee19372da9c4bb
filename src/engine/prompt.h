/*
 * What an agent is told: turns the path of a conversation into the messages of
 * a request, and checks that they fit its window.
 */
#ifndef ATL_ENGINE_PROMPT_H
#define ATL_ENGINE_PROMPT_H

#include <stdbool.h>

#include "base/err.h"
#include "chat/conv.h"
#include "conf/agent.h"

/* Where the tokens of a prompt go. */
struct prompt_parts {
	int64_t system; /* the agent's or the conversation's system prompt */
	int64_t notes; /* what is remembered, and the language */
	int64_t summary;
	int64_t messages;
	int64_t documents; /* attached to messages */
	int64_t fixed; /* the template's own, and the overhead of messages */
};

struct prompt {
	struct msg **msgs; /* owned */
	size_t *at; /* place of each message in the path, from 1; 0: not in
		       it */
	size_t n;
	size_t covered; /* messages of the path the summary stands for */
	size_t left_out; /* oldest messages that did not fit */
	size_t left_first; /* places of the first and the last one */
	size_t left_last;
	int64_t estimate; /* as we count tokens */
	int64_t tokens; /* as the endpoint counts, by what was learned of it */
	int64_t budget; /* tokens that may be sent: window less reply */
	int64_t reply; /* tokens kept free for the reply */
	int64_t max_tokens; /* limit of the reply: the agent's, or what is
			       left */
	struct prompt_parts parts; /* how `tokens` divide */
};

/* What goes with the path. */
struct prompt_with {
	double scale; /* the endpoint's tokens for one of ours; 0: 1 */
	struct span notes; /* put behind the system prompt; may be empty */
	bool keep_all; /* leave nothing out even if it does not fit */
};

/* Tokens that a document or an image takes of a window, about. */
int64_t prompt_document_tokens(struct span text);

void prompt_init(struct prompt *p);
void prompt_release(struct prompt *p);

/*
 * Builds the messages: the system prompt, then the path, then `next` unless it
 * is NULL. A summary that holds on the path replaces the messages it covers,
 * behind the system prompt, unless it is too long for the window itself.
 *
 * The agent's own replies are the assistant's; those of other agents are given
 * as the user's words with the agent's name before them. Replies without text
 * and questions that a guard has blocked are skipped. The guide gets only what
 * was asked of it and what it said.
 *
 * When not everything fits, the oldest turns are left out. Room for the reply
 * is kept: the agent's max_tokens, or a quarter of a small window. ST_WINDOW,
 * with figures, when the last message alone is too large. `with` may be NULL.
 */
enum status prompt_build(struct prompt *p, const struct conv *conv,
	const struct msg *next, const struct agent *agent,
	const struct prompt_with *with, struct err *err);

#endif
