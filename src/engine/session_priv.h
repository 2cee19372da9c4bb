/*
 * The parts of a session, shared by the files session*.c.
 */
#ifndef ATL_ENGINE_SESSION_PRIV_H
#define ATL_ENGINE_SESSION_PRIV_H

#include "chat/conv.h"
#include "engine/prompt.h"
#include "engine/seam.h"
#include "engine/session.h"
#include "engine/turn.h"

struct compaction;
struct keep;

/* What could not be saved, from the least on. */
enum unsaved {
	UNSAVED_NOTHING = 0,
	UNSAVED_CHANGE, /* a title, a summary, where it stands */
	UNSAVED_PIECES, /* of the reply as it comes */
	UNSAVED_REPLY, /* though its pieces were */
	UNSAVED_TEXT, /* a message */
};

struct session {
	struct session_options with;
	struct conv conv;
	struct keep *keep; /* NULL: nothing is saved */
	struct turn *turn; /* the last one, ended or not */
	struct msg *reply; /* under way */
	int64_t estimate; /* tokens of the prompt, as we counted */
	int64_t window; /* that the prompt had to fit */
	int64_t room; /* tokens that were asked for the reply */
	double scale; /* the endpoint's tokens for one of ours */
	struct err forgot; /* why the memory could not be read; told once */
	struct id tried; /* reply that is being tried again, or none */
	struct compaction *compaction; /* under way; NULL: none */
	struct seam seam; /* open while a reply may repeat the one it goes on
			     with */
	event_fn *sink;
	void *payload;
	struct err failure;
	struct session_result result;
	enum unsaved told_unsaved; /* of this reply */
	bool called; /* a tool that nobody offered, in place of an answer */
	bool deaf; /* the front end wants no more of this reply */
};

/* Tells a failure to save, at once and with what becomes of it; once per reply,
 * unless it gets worse. The text stays in memory. */
void session_unsaved(
	struct session *s, enum unsaved what, const struct err *why);
/* The sink of a turn: conversation, journal, then the front end. */
enum status session_event(
	const struct event *ev, void *payload, struct err *err);
/* Notes in the reply which model at which endpoint gives it. */
void session_place(struct msg *reply, const struct agent *at);
/* The callback `went` of struct turn_options: the reply comes from there. */
void session_went(const struct agent *at, void *payload);
/* The agent with the window known of its model. Sets window and scale of s. */
struct agent session_seen(struct session *s, const struct agent *agent);
/* Builds the prompt for an agent, within that window. */
enum status session_prompt(struct session *s, struct prompt *p,
	const struct msg *next, const struct agent *agent, struct err *err);
void session_reset_result(struct session *s, const struct prompt *p);
/* Starts a reply to the conversation as it stands, for the sink that is set. */
enum status session_answer(struct session *s, const struct agent *agent,
	const struct secret *key, struct err *err);

/* session_compact.c: begins a compaction. ST_NOT_FOUND when there is nothing to
 * cover. `question`: starts a reply when it is over. */
enum status session_compact_begin(struct session *s, const struct agent *agent,
	const struct secret *key, struct span hint, bool question,
	struct err *err);
void session_compact_step(struct session *s);
/* The user's stop: what waits for the compaction is not asked. */
void session_compact_stop(struct session *s);
void session_compact_free(struct session *s);
/* Goes back to the reply that was tried again, since no other came. */
void session_go_back(struct session *s);
/* The options of a turn with that prompt. */
struct turn_options session_turn(struct session *s, const struct prompt *p,
	const struct agent *agent, const struct secret *key);
/* ST_BUSY while a reply is under way. */
enum status session_ready(const struct session *s, struct err *err);

#endif
