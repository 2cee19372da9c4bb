/*
 * What an agent is told: the path of a conversation made into the messages of
 * a request, and whether they fit its window.
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
	size_t *at; /* of each: its place in the path, from 1; 0: in none */
	size_t n;
	size_t covered; /* messages of the path the summary stands for */
	size_t left_out; /* oldest messages that did not fit */
	size_t left_first; /* places of the first and the last of them */
	size_t left_last;
	int64_t estimate; /* as we count tokens */
	int64_t tokens; /* as the endpoint will count, by what it taught us */
	int64_t budget; /* tokens that may be sent: window less reply */
	int64_t reply; /* tokens kept free for the reply */
	int64_t max_tokens; /* of the reply: the agent's, or what is left */
	struct prompt_parts parts; /* of `tokens` */
};

/* What goes with the path. */
struct prompt_with {
	double scale; /* the endpoint's tokens for one of ours; 0: 1 */
	struct span notes; /* behind the system prompt; may be empty */
	bool keep_all; /* leave nothing out, fit or not: for a look at it */
};

/* What a document, or an image, costs of a window, about. */
int64_t prompt_document_tokens(struct span text);

void prompt_init(struct prompt *p);
void prompt_release(struct prompt *p);

/*
 * System prompt first, then the path and, if not NULL, `next`. A summary that
 * holds on the path stands for the messages it covers, behind the system prompt,
 * unless that alone is too long for the window.
 * The agent's own replies are the assistant's; those of other agents are given
 * as the user's words with the agent's name before them. Replies without text
 * and questions that a guard has blocked are skipped; the guide gets only what was
 * asked of it and what it said. When all does not fit, the oldest turns are left
 * out, room for the reply being kept: the agent's max_tokens, and a quarter of a
 * small window. ST_WINDOW, with figures, when the last message alone is too
 * large. `with` may be NULL.
 */
enum status prompt_build(struct prompt *p, const struct conv *conv,
	const struct msg *next, const struct agent *agent,
	const struct prompt_with *with, struct err *err);

#endif
