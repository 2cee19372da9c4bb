/*
 * What a client asks for: the JSON bodies of completions made into messages
 * and settings. Pure.
 *
 * Two forms. Our own, {"message": "..."}, knows its members and refuses others,
 * so that a mistyped one is no silent default. That of OpenAI passes on what it
 * does not know, tools included, and refuses by name what would ask for an
 * answer that cannot be given here: several choices, log probabilities, sound.
 *
 * A line of a batch is either: the first with an id, a model and a system
 * prompt, or OpenAI's {"custom_id","method","url","body"}.
 */
#ifndef ATL_SERVE_QUERY_H
#define ATL_SERVE_QUERY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "chat/msg.h"
#include "conf/agent.h"

#define QUERY_MESSAGES_MAX ((size_t)100 * 1000)
#define QUERY_THREAD_MAX 256
#define QUERY_PARAMS_MAX 64
#define QUERY_ID_MAX ((size_t)512)

struct query {
	struct msg **msgs; /* all but system messages; owned */
	size_t n;
	size_t cap;
	struct buf system; /* all system messages; empty: the agent's is used */
	struct opt_real temperature;
	int64_t max_tokens; /* 0: the agent's */
	bool stream;
	bool usage; /* OpenAI's form: a chunk with the usage is wanted */
	struct buf thread; /* empty: none */
	bool thread_is_number;
	struct buf model; /* OpenAI's form and lines of a batch only */
	struct buf id; /* id of a line of a batch; empty: none */
	bool id_is_number;
	bool openai; /* it came in OpenAI's form */
	bool tools; /* tools are offered */
	char **params; /* "name=JSON" each; owned */
	size_t params_n;
	size_t params_cap;
	const char **both; /* memory of query_apply() */
};

void query_init(struct query *q);
void query_release(struct query *q);

/* Reads a body. ST_DAMAGED when it is not JSON, ST_USAGE when it is not a valid
 * request. Release q in any case. */
enum status query_read_own(struct query *q, struct span body, struct err *err);
enum status query_read_openai(
	struct query *q, struct span body, struct err *err);
/* The same for a line of a batch. q->id is set even if the rest of the line is
 * refused, once it was read. */
enum status query_read_line(struct query *q, struct span line, struct err *err);

/* Makes *ret the agent with this query's settings; it borrows from both.
 * ST_USAGE when tools are offered and the agent cannot use them. */
enum status query_apply(struct query *q, const struct agent *a,
	struct agent *ret, struct err *err);

#endif
