/*
 * A conversation: a tree of messages and the leaf it stands at.
 *
 * Nothing is ever overwritten. Undo moves the leaf up; sending from there
 * starts another branch. The model is told the path from the root to the leaf.
 * A conv owns its messages and keeps the order in which they were added. A
 * message whose parent is not, or not yet, known is kept and hangs at the root.
 */
#ifndef ATL_CHAT_CONV_H
#define ATL_CHAT_CONV_H

#include "base/err.h"
#include "base/id.h"
#include "chat/msg.h"
#include "chat/summary.h"

#define CONV_MSG_MAX ((size_t)4 * 1000 * 1000)

/* Bytes of a thread's name, and threads of a conversation. */
#define CONV_THREAD_NAME_MAX 100
#define CONV_THREADS_MAX ((size_t)1000)

/* A name for a place in the tree, to which one may go back. */
struct conv_thread {
	struct buf name;
	struct id head; /* see conv_head() */
};

struct conv {
	struct id id;
	struct buf title;
	struct buf
		system; /* system prompt of this conversation, may be empty */
	struct buf agent; /* the agent a plain line goes to */
	struct msg **all; /* in the order they were added */
	size_t n;
	size_t cap;
	struct id leaf; /* none: before the first message */
	struct buf thread; /* name of the thread with that leaf; empty: none */
	struct conv_thread *threads; /* named threads that were left, maybe with
					the present one */
	size_t threads_n;
	size_t threads_cap;
	struct conv_index *index;
	struct arena arena; /* of messages that were read from the disk */
	struct summaries summaries;
};

void conv_init(struct conv *c);
void conv_release(struct conv *c);

/*
 * Adds m, which is taken on success, and makes it the leaf. A message with the
 * same id is replaced (recovery rewrites a reply that was stored before).
 */
enum status conv_add(struct conv *c, struct msg *m, struct err *err);
/*
 * After messages were lost or could not be saved: a message whose parent is
 * missing follows the one that was added before it, so that what came before
 * the gap stays on the path.
 */
void conv_rejoin(struct conv *c);
/* NULL when unknown. Borrowed. */
struct msg *conv_find(const struct conv *c, const struct id *id);
struct msg *conv_leaf(const struct conv *c);
struct msg *conv_parent(const struct conv *c, const struct msg *m);

/*
 * The path from the root to the leaf, borrowed messages in an array that the
 * caller frees. *ret_n may be 0 with *ret NULL.
 */
enum status conv_path(const struct conv *c, struct msg ***ret, size_t *ret_n,
	struct err *err);
/* Drops every message that is not on that path, and all threads, as if the path
 * had been copied. */
enum status conv_keep_path(struct conv *c, struct err *err);
/* Moves the leaf before the last user message of the path, `turns` times.
 * ST_NOT_FOUND, with nothing moved, when there are fewer. */
enum status conv_undo(struct conv *c, size_t turns, struct err *err);
/* Moves the leaf; the id none is allowed. */
enum status conv_goto(struct conv *c, const struct id *leaf, struct err *err);
/* The last message of that role on the path, without replies that have no text;
 * NULL when there is none. */
struct msg *conv_last(const struct conv *c, enum role role);
/* Whether message i of a path is a question that a guard has blocked, which
 * models are not told of later either. */
bool conv_blocked(struct msg *const *path, size_t n, size_t i);

/* Position in `all`; SIZE_MAX when unknown. */
size_t conv_at(const struct conv *c, const struct id *id);

/* Sets where the thread of that name stands. Copied. ST_USAGE beyond
 * CONV_THREADS_MAX. */
enum status conv_thread_set(struct conv *c, struct span name,
	const struct id *head, struct err *err);
/* Finds a thread by its name, without regard to case; NULL when there is none.
 * The present thread is not always among them. */
const struct conv_thread *conv_thread_find(
	const struct conv *c, struct span name);
/* Where the thread stands; the present one stands at the leaf. */
const struct id *conv_head(const struct conv *c, const struct conv_thread *t);
/* Forgets all threads; the messages stay. */
void conv_threads_clear(struct conv *c);

/* Appends a title from the first user message: its first line, cut to about 60
 * columns; "untitled" when there is none. */
void conv_make_title(const struct conv *c, struct buf *out);
/* Appends the title of a conversation that begins with m. */
void conv_title_of(const struct msg *m, struct buf *out);

#endif
