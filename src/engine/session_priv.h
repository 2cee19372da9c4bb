/*
 * What a session is made of, for the files session*.c.
 */
#ifndef ATL_ENGINE_SESSION_PRIV_H
#define ATL_ENGINE_SESSION_PRIV_H

#include "chat/conv.h"
#include "engine/prompt.h"
#include "engine/session.h"
#include "engine/turn.h"

struct keep;
struct known_host;

struct session {
	struct session_options with;
	struct conv conv;
	struct keep *keep; /* NULL: nothing is saved */
	struct turn *turn; /* the last one, ended or not */
	struct msg *reply; /* under way */
	struct known_host *host; /* of the agent asked last; may be NULL */
	int64_t estimate; /* tokens of the prompt, as we counted */
	int64_t window; /* they were to fit */
	event_fn *sink;
	void *payload;
	struct err failure;
	struct session_result result;
	bool told_unsaved;
};

/* A fault of saving, told at once and once a reply; the text stays in memory. */
void session_unsaved(struct session *s, const struct err *why);
/* The sink of a turn: conversation, journal, then the front end. */
enum status session_event(
	const struct event *ev, void *payload, struct err *err);
/* The prompt for an agent, within the window that is known of its model. Sets
 * s->host. */
enum status session_prompt(struct session *s, struct prompt *p,
	const struct msg *next, const struct agent *agent, struct err *err);
/* What a turn with that prompt is started with. */
struct turn_options session_turn(struct session *s, const struct prompt *p,
	const struct agent *agent, const struct secret *key);
/* Appends a title or name: white space folded, controls left out. */
void session_one_line(struct span text, struct buf *out);
/* ST_BUSY while a reply is under way. */
enum status session_ready(const struct session *s, struct err *err);

#endif
