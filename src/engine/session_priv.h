/*
 * What a session is made of, for the files session*.c.
 */
#ifndef ATL_ENGINE_SESSION_PRIV_H
#define ATL_ENGINE_SESSION_PRIV_H

#include "chat/conv.h"
#include "engine/session.h"

struct keep;
struct turn;

struct session {
	struct session_options with;
	struct conv conv;
	struct keep *keep; /* NULL: nothing is saved */
	struct turn *turn; /* the last one, ended or not */
	struct msg *reply; /* under way */
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
/* ST_BUSY while a reply is under way. */
enum status session_ready(const struct session *s, struct err *err);

#endif
