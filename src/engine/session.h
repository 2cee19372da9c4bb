/*
 * A session: one conversation, where it is saved, and the reply under way.
 *
 * The one way through for every front end. A question is appended to the
 * conversation and to the journal and synced there before the request leaves;
 * what arrives is written to the live file before the front end's sink sees it;
 * the finished reply is in the journal before the sink sees its end. Without a
 * vault nothing is saved and everything else is the same. If saving fails in
 * the middle, the session says so in a notice, goes on in memory and counts as
 * unsaved.
 *
 * A session lives in one thread. It drives nothing by itself: the owner polls
 * the transport and calls session_step() after each http_step().
 */
#ifndef ATL_ENGINE_SESSION_H
#define ATL_ENGINE_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/secret.h"
#include "chat/conv.h"
#include "chat/event.h"
#include "conf/agent.h"

struct cache;
struct catalog;
struct http;
struct known;
struct memory;
struct prompt;
struct session;
struct vault;

struct session_options {
	struct http *http; /* borrowed for the life of the session */
	struct vault *vault; /* borrowed; NULL: nothing is saved */
	struct catalog *catalog; /* borrowed; with vault only */
	struct memory *memory; /* borrowed: facts that agents are told; NULL:
				  none */
	struct span terminal; /* copied: name of the terminal of the chat */
	struct cache *cache; /* borrowed: where earlier replies are kept; NULL:
				none */
	struct known *known; /* borrowed: what was learned of endpoints; NULL:
				nothing */
	int64_t max_wait_ms; /* as in struct turn_options */
	bool strict; /* fail rather than go on unsaved */
	/* The front end offers tools (the agent has a parameter "tools"): calls
	 * are kept in the reply's `tools` and told in events that all have an
	 * id. Otherwise they become text of the reply. */
	bool tools;
	/* A question that fills more than this share of the window waits until
	 * older messages have been summarised; 0: never, they are left out. */
	int compact_percent;
	/* Called when another process has added to the conversation. May be
	 * NULL. */
	void (*foreign)(void *payload);
	/* As in struct turn_options, with the payload below. */
	bool (*renew_key)(const struct agent *agent, void *payload);
	void *payload;
};

/* How the last reply went. Times are -1 when there was none. */
struct session_result {
	/* That of the outcome or of the failure; also ST_SERVER or ST_LENGTH
	 * when a complete reply has no text. */
	enum status status;
	struct err err; /* when status is not ST_OK */
	const struct msg *reply; /* borrowed; NULL when no text arrived */
	const struct msg *refusal; /* the empty reply behind a question that a
				      guard has blocked; else NULL; borrowed */
	struct span request_id; /* the endpoint's; borrowed, may be empty */
	int64_t first_token_ms;
	int64_t total_ms;
	int64_t window; /* context window known for the model */
	int64_t prompt_tokens; /* estimated, or as the endpoint counted */
	bool saved;
	bool compacting; /* it is about session_compact(): there is no reply */
	bool cached; /* the reply was given before */
	bool undecided; /* filtered because the guard gave no verdict */
	bool timed_out; /* a time limit was why it failed or was cut */
	bool full; /* it has filled the window, as far as that is known */
};

/* Makes a new conversation, which is not on the disk before its first message.
 * The caller frees *ret with session_free(). */
enum status session_new(
	struct session **ret, const struct session_options *o, struct err *err);
/*
 * Opens a saved conversation. What could not be read is told in *notice (may be
 * NULL), a sentence; ST_DAMAGED only when nothing at all could be read.
 */
enum status session_open(struct session **ret, const struct session_options *o,
	const struct id *conv, struct buf *notice, struct err *err);
/* Whether the notice was about damage and not just about what an interrupted
 * append left. */
bool session_damaged(const struct session *s);
/* Adds an earlier message to a conversation that is not saved. Takes m. */
enum status session_preload(struct session *s, struct msg *m, struct err *err);
/*
 * Writes a new conversation of preloaded messages, for import. Both texts may
 * be empty; the title is then made as always. On the disk on return.
 */
enum status session_save(struct session *s, struct span title,
	struct span agent, struct err *err);
/* Sets the system prompt of this conversation, which replaces the agent's;
 * empty: the agent's is used, blank: none at all. On the disk at once if the
 * conversation is. */
enum status session_set_system(
	struct session *s, struct span text, struct err *err);
/* Sets another title, made one line. On the disk at once if the conversation
 * is. ST_USAGE when it is empty. */
enum status session_rename(
	struct session *s, struct span title, struct err *err);
/* Continues in a copy: the path to the leaf becomes a new conversation, written
 * with the next message. */
enum status session_fork(struct session *s, struct err *err);
void session_free(struct session *s);

/* Which other processes had the conversation open when it was opened: "process
 * 12", or empty. Told only to a session with a transport. */
struct span session_others(const struct session *s);
/* Borrowed; read only. */
const struct conv *session_conv(const struct session *s);
bool session_saved(const struct session *s);

/*
 * Sends `m` (taken on success) to the agent and starts the reply. The key is
 * borrowed until the reply has ended and may be NULL. ST_WINDOW with figures,
 * and nothing stored or sent, when it cannot fit.
 */
enum status session_ask(struct session *s, struct msg *m,
	const struct agent *agent, const struct secret *key, event_fn *sink,
	void *payload, struct err *err);
/*
 * Adds a message that asks nobody, such as a step of a task. Taken on success;
 * on the disk on return, or the sink is told why not.
 */
enum status session_add(struct session *s, struct msg *m, event_fn *sink,
	void *payload, struct err *err);
/* Tells the sink nothing more, because its payload is about to go. */
void session_mute(struct session *s);
/*
 * Starts a reply of the agent to the conversation as it stands: another agent's
 * turn after an answer, or a new try when the last one failed.
 */
enum status session_reply(struct session *s, const struct agent *agent,
	const struct secret *key, event_fn *sink, void *payload,
	struct err *err);
/* Moves before the last reply, so that session_reply() makes another branch; if
 * that brings nothing, the conversation stands at the old reply again. */
enum status session_retry(struct session *s, struct err *err);
/*
 * Begins a thread where the conversation stands. Both names are made one line;
 * `left` is for the thread that is left, if it has no name. ST_USAGE when the
 * name is taken, is a number, or is empty; ST_NOT_FOUND before the first
 * message.
 */
enum status session_thread(
	struct session *s, struct span name, struct span left, struct err *err);
/* Moves to another place of the tree, in the thread of that name (empty: one
 * without a name). */
enum status session_switch(struct session *s, const struct id *leaf,
	struct span name, struct err *err);
/* Moves elsewhere without saving that: the next message will tell it. */
enum status session_stand(
	struct session *s, const struct id *leaf, struct err *err);
enum status session_undo(struct session *s, size_t turns, struct err *err);
/* Asks the agent to continue the last reply, which was cut or stopped; the new
 * text joins the old in one message. */
enum status session_continue(struct session *s, const struct agent *agent,
	const struct secret *key, event_fn *sink, void *payload,
	struct err *err);

/*
 * Has the agent summarise the older messages, all but the last turns; `hint`
 * says what matters, and may be empty. The sink is told in notices; the session
 * is active until it is done, and session_result() says how it went.
 * ST_NOT_FOUND when there is nothing to summarise.
 */
enum status session_compact(struct session *s, const struct agent *agent,
	const struct secret *key, struct span hint, event_fn *sink,
	void *payload, struct err *err);
/* Takes back the summary in use; the one before it, if there is one, holds
 * again. */
enum status session_compact_undo(struct session *s, struct err *err);
/* The summary in use and how many messages it stands for; NULL when there is
 * none. Borrowed. */
const struct summary *session_summary(
	const struct session *s, size_t *ret_covered);
/* The prompt for the agent, to look at: session_look() with nothing left out,
 * session_sent() as it would be sent, without a next message. */
enum status session_look(struct session *s, struct prompt *p,
	const struct msg *next, const struct agent *agent, struct err *err);
enum status session_sent(struct session *s, struct prompt *p,
	const struct agent *agent, struct err *err);
/* Of the agent that was last looked at or asked: its window in tokens, 0 when
 * not known, and its tokens for one that we estimate. */
int64_t session_window(const struct session *s);
double session_scale(const struct session *s);

/* Appends the request that session_ask() would send, as JSON; changes
 * nothing. */
enum status session_request(struct session *s, const struct msg *m,
	const struct agent *agent, struct buf *out, struct err *err);

bool session_active(const struct session *s);
/* Stops the reply, which ends as OUTCOME_STOPPED with what arrived. */
void session_stop(struct session *s);
/* Back-pressure: while it is on, no more of the reply is read than has
 * arrived. */
void session_pause(struct session *s, bool on);
/* Call after http_step() and when the timeout has passed; drives retries. */
void session_step(struct session *s);
int session_timeout_ms(const struct session *s);
/* See turn_countdown(). */
bool session_countdown(const struct session *s, struct buf *out);
/* Valid until the next question. */
const struct session_result *session_result(const struct session *s);

#endif
