/*
 * Summaries of a conversation: a text that stands for the beginning of a path,
 * from the root to one message, when the whole no longer fits a model's window.
 *
 * Nothing is replaced. The messages stay in the tree and are found as ever; a
 * summary only says what may be sent in their place. It holds on every branch
 * that goes through the last message it covers. One that was taken back stays,
 * and is not used.
 */
#ifndef ATL_CHAT_SUMMARY_H
#define ATL_CHAT_SUMMARY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/id.h"

struct msg;

#define SUMMARIES_MAX ((size_t)100 * 1000)

struct summary {
	struct id id;
	struct id last; /* the last message covered */
	int64_t time_ms;
	bool undone;
	struct buf text;
	struct buf model; /* that wrote it */
};

struct summaries {
	struct summary **all; /* in the order they were added */
	size_t n;
	size_t cap;
};

struct summary *summary_new(void);
void summary_free(struct summary *s);

void summaries_release(struct summaries *all);
/* Takes s on success; one already there under the same id is replaced. */
enum status summaries_add(
	struct summaries *all, struct summary *s, struct err *err);
/*
 * The one that covers most of a path and is in use; the newest where several
 * cover as much. *ret_covered is how many messages of the path it stands for.
 * NULL, and 0, when there is none. Borrowed.
 */
struct summary *summaries_on(const struct summaries *all,
	struct msg *const *path, size_t n, size_t *ret_covered);

#endif
