/*
 * One message of a conversation, with what is known about a reply.
 *
 * A struct msg owns its texts. Pure; fit for threads as long as each message
 * stays in one thread.
 */
#ifndef ATL_CHAT_MSG_H
#define ATL_CHAT_MSG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/id.h"

enum role { ROLE_USER = 0, ROLE_ASSISTANT, ROLE_SYSTEM, ROLE_TOOL };

/* How a reply ended; stored, shown and mapped to the exit code. Values are on
 * disk: never renumber. */
enum outcome {
	OUTCOME_NONE = 0, /* not a reply, or not ended yet */
	OUTCOME_COMPLETE,
	OUTCOME_LENGTH, /* the token limit */
	OUTCOME_FILTERED, /* the endpoint's filter, or the guard */
	OUTCOME_STOPPED, /* by the user */
	OUTCOME_CUT, /* the stream ended without a finish */
	OUTCOME_FAILED,
};

struct usage {
	int64_t prompt; /* tokens; -1 where the endpoint did not say */
	int64_t completion;
	int64_t total;
};

#define USAGE_UNKNOWN ((struct usage){-1, -1, -1})

/* A document that goes with a message, byte for byte, or an image; see
 * chat/image. */
struct attachment {
	struct buf name; /* as the user knows it: a path, "stdin" */
	struct buf text; /* valid UTF-8 without NUL */
};

#define MSG_ATTACH_MAX 256

struct msg {
	struct id id;
	struct id parent; /* none for a first message */
	int64_t time_ms; /* wall clock; shown, never used for order */
	enum role role;
	enum outcome outcome;
	bool recovered; /* put together after a crash */
	bool in_arena; /* its memory is not its own */
	struct buf text;
	struct buf reasoning;
	struct buf agent; /* agent it is addressed to, or that answers */
	struct buf model;
	struct buf endpoint; /* origin that answered */
	struct buf finish; /* finish reason in the endpoint's own word */
	struct buf note; /* why it was cut or failed, in a sentence */
	struct buf task; /* its part in a task, see engine/task; empty: none */
	/* Calls of tools, which are passed on and not stored: an assistant's as
	 * the JSON of OpenAI's "tool_calls"; of a tool's message, the id of the
	 * call that it answers. Empty: none. */
	struct buf tools;
	struct usage usage;
	struct attachment *attach;
	size_t attach_n;
	size_t attach_cap;
};

struct msg *msg_new(enum role role);
/* The same, with n bytes at *ret_room that live as long, to be lent to its
 * texts, so that a message from the disk is one block of memory. The block
 * belongs to the arena and stays there after msg_free(); with `a` NULL it
 * belongs to the message. */
struct msg *msg_new_room(
	struct arena *a, enum role role, size_t n, char **ret_room);
void msg_free(struct msg *m);
/* A copy that shares nothing. */
struct msg *msg_dup(const struct msg *m);
/* Copies name and text. */
enum status msg_attach(
	struct msg *m, struct span name, struct span text, struct err *err);
/*
 * Appends what the model is given as this message's content: the text, then
 * each attachment under its name, in a fence longer than any in it, so that
 * its bytes stay as they are and cannot pass for the user's words. In place of
 * an image there is a line about it.
 */
void msg_content(const struct msg *m, struct buf *out);
/* The same without the lines about images. */
void msg_words(const struct msg *m, struct buf *out);
bool msg_has_image(const struct msg *m);

const char *role_name(enum role role); /* "user", "assistant", ... */
/* Also accepts "human" and "ai"; false for other words. */
bool role_parse(struct span s, enum role *ret);
const char *outcome_name(enum outcome o); /* "complete", "length", ... */
bool outcome_parse(struct span s, enum outcome *ret);
/* ST_OK for complete and length, ST_CUT, ST_FILTERED, ...; `strict` makes
 * length ST_LENGTH. */
enum status outcome_status(enum outcome o, bool strict);

/* The `finish` of the empty reply that stands behind a question which a guard
 * has not let through. */
#define FINISH_BLOCKED "guard_question"

#endif
