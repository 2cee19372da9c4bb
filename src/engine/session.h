/*
 * A session: one conversation, where it is saved, and the reply under way.
 *
 * The one way through for every front end. A question is appended to the
 * conversation and to the journal and synced there before the request leaves;
 * what arrives is written to the live file before the front end's sink sees
 * it; the finished reply is in the journal before the sink sees its end. With
 * no vault nothing is saved and all else is the same. If saving fails in the
 * middle, the session says so in a notice, goes on in memory and is marked
 * `unsaved`.
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
	struct memory *memory; /* borrowed: told to agents; NULL: nothing is */
	struct span terminal; /* copied: where the chat takes place */
	struct cache *cache; /* borrowed: replies that were given before; NULL:
				none */
	struct known *known; /* borrowed: what was learned of endpoints; NULL:
				nothing is learned */
	int64_t max_wait_ms; /* as in struct turn_options */
	bool strict; /* fail rather than go on unsaved */
	/* The front end offers tools (a parameter "tools" of the agent): calls
	 * are kept in the reply's `tools` and told in events that all have an
	 * id. Else they become text of the reply. */
	bool tools;
	/* A question that fills more than this share of the window waits until
	 * older messages have been summarised; 0: never, they are left out. */
	int compact_percent;
	/* Told when another process has added to the conversation. NULL ok. */
	void (*foreign)(void *payload);
	/* As in struct turn_options, with the payload below. */
	bool (*renew_key)(const struct agent *agent, void *payload);
	void *payload;
};

/* How the last reply went. Times are -1 when there was none. */
struct session_result {
	/* Of the outcome, or of the failure; ST_SERVER or ST_LENGTH as well
	 * when a reply came to its end and had no text. */
	enum status status;
	struct err err; /* when status is not ST_OK */
	const struct msg *reply; /* borrowed; NULL when no text arrived */
	const struct msg *refusal; /* what stands behind a question that a guard
				      has blocked, else NULL; borrowed */
	struct span request_id; /* the endpoint's; borrowed, may be empty */
	int64_t first_token_ms;
	int64_t total_ms;
	int64_t window; /* context window known for the model */
	int64_t prompt_tokens; /* estimated, or as the endpoint counted */
	bool saved;
	bool compacting; /* of session_compact(): there is no reply */
	bool cached; /* the reply was given before */
	bool undecided; /* filtered as the guard gave no verdict */
	bool timed_out; /* a limit of time was why it failed or was cut */
	bool full; /* the window, as far as it is known, is full with it */
};

/* A new conversation, not on disk before its first message. */
enum status session_new(
	struct session **ret, const struct session_options *o, struct err *err);
/*
 * Opens a saved one. What did not read is told in *notice (may be NULL), a
 * sentence; ST_DAMAGED only when nothing at all could be read.
 */
enum status session_open(struct session **ret, const struct session_options *o,
	const struct id *conv, struct buf *notice, struct err *err);
/* Whether the notice was about damage, and not only about what an interrupted
 * append left. */
bool session_damaged(const struct session *s);
/* Adds an earlier message to a conversation that is not saved. Takes m. */
enum status session_preload(struct session *s, struct msg *m, struct err *err);
/*
 * Writes a new conversation of preloaded messages, for import; both texts may
 * be empty, and then the title is made as always. On the disk on return.
 */
enum status session_save(struct session *s, struct span title,
	struct span agent, struct err *err);
/* The system prompt of this conversation, in place of the agent's; empty: the
 * agent's, blank: none at all. On disk at once when the conversation is. */
enum status session_set_system(
	struct session *s, struct span text, struct err *err);
/* Another title, made one line; on disk at once when the conversation is.
 * ST_USAGE when there is nothing in it. */
enum status session_rename(
	struct session *s, struct span title, struct err *err);
/* Goes on in a copy: the path to the leaf becomes a new conversation, written
 * with the next message. */
enum status session_fork(struct session *s, struct err *err);
void session_free(struct session *s);

/* Who else had the conversation open when it was opened: "process 12", or
 * empty. Told only to a session with a transport. */
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
 * Adds a message that stands for itself, such as a step of a task: nobody is
 * asked. Taken on success; on the disk on return, or the sink is told why not.
 */
enum status session_add(struct session *s, struct msg *m, event_fn *sink,
	void *payload, struct err *err);
/* The sink is told nothing more: its payload is about to go. */
void session_mute(struct session *s);
/*
 * A reply of the agent to the conversation as it stands: another agent's turn
 * after an answer, a new try when the last one failed.
 */
enum status session_reply(struct session *s, const struct agent *agent,
	const struct secret *key, event_fn *sink, void *payload,
	struct err *err);
/* Moves before the last reply, so that session_reply() makes another branch;
 * when that brings nothing, the old one stays where the conversation stands. */
enum status session_retry(struct session *s, struct err *err);
/*
 * Begins a thread where the conversation stands. Both names are made one line;
 * `left` is for the one that is left, should it have none. ST_USAGE when the
 * name is taken, is a number, or has nothing in it; ST_NOT_FOUND before the
 * first message.
 */
enum status session_thread(
	struct session *s, struct span name, struct span left, struct err *err);
/* Goes on at another place of the tree, in the thread of that name (empty: one
 * without a name). */
enum status session_switch(struct session *s, const struct id *leaf,
	struct span name, struct err *err);
/* Stands elsewhere without keeping that: the next message will say it. */
enum status session_stand(
	struct session *s, const struct id *leaf, struct err *err);
enum status session_undo(struct session *s, size_t turns, struct err *err);
/* Asks the agent to go on with the last reply, which was cut or stopped; the
 * new text joins the old in one message. */
enum status session_continue(struct session *s, const struct agent *agent,
	const struct secret *key, event_fn *sink, void *payload,
	struct err *err);

/*
 * Has the agent summarise the older messages, all but the last turns; `hint`
 * says what matters, and may be empty. The sink is told in notices; then the
 * session is active until it is done, and session_result() says how it went.
 * ST_NOT_FOUND when there is nothing to summarise.
 */
enum status session_compact(struct session *s, const struct agent *agent,
	const struct secret *key, struct span hint, event_fn *sink,
	void *payload, struct err *err);
/* Takes back the summary in use; one before it, if there is one, holds then. */
enum status session_compact_undo(struct session *s, struct err *err);
/* The summary in use and how many messages it stands for; NULL when there is
 * none. Borrowed. */
const struct summary *session_summary(
	const struct session *s, size_t *ret_covered);
/* What would be sent to the agent, to look at: with nothing left out, and as it
 * would be sent, without a next message. */
enum status session_look(struct session *s, struct prompt *p,
	const struct msg *next, const struct agent *agent, struct err *err);
enum status session_sent(struct session *s, struct prompt *p,
	const struct agent *agent, struct err *err);
/* As known of the agent that was looked at or asked last: its window in tokens,
 * 0 when it is not known, and its tokens for one that we estimate. */
int64_t session_window(const struct session *s);
double session_scale(const struct session *s);

/* The request that session_ask() would send, as JSON; changes nothing. */
enum status session_request(struct session *s, const struct msg *m,
	const struct agent *agent, struct buf *out, struct err *err);

bool session_active(const struct session *s);
/* The user's stop: the reply ends as OUTCOME_STOPPED, with what arrived. */
void session_stop(struct session *s);
/* Back-pressure: no more of the reply is read until it is switched off, but for
 * what has arrived. */
void session_pause(struct session *s, bool on);
/* After http_step() and when the timeout has passed; drives retries. */
void session_step(struct session *s);
int session_timeout_ms(const struct session *s);
/* See turn_countdown(). */
bool session_countdown(const struct session *s, struct buf *out);
/* Valid until the next question. */
const struct session_result *session_result(const struct session *s);

#endif
