/*
 * Conversations as JSON, for export and import.
 *
 * Written: an object with "title", "agent", "system" and "messages", each of
 * them {"role", "content", "time", ...}; or the same as lines, the first one
 * the object without its messages and then a message a line.
 *
 * Read: these, arrays of such objects, and plain arrays or lines of
 * {"role", "content"}, where "human" and "ai" are taken for user and assistant
 * and content may be an array of {"type": "text", "text"}; and what
 * wire/foreign knows of other programs. Nothing read is trusted: ids are not
 * taken, texts are checked, counts are bounded. Pure.
 */
#ifndef ATL_WIRE_EXCHANGE_H
#define ATL_WIRE_EXCHANGE_H

#include "base/err.h"
#include "chat/conv.h"

struct json_writer;

/* Writes one message as an object, with its id and what is known of a reply. */
void exchange_put_msg(struct json_writer *w, const struct msg *m);
/* Writes a conversation: the n messages of its path. */
void exchange_put_conv(struct json_writer *w, const struct conv *c,
	struct msg *const *path, size_t n);
/* The same as lines. `safe` is that of struct json_writer. */
void exchange_put_lines(const struct conv *c, struct msg *const *path, size_t n,
	bool safe, struct buf *out);

/*
 * Takes a conversation that was read: title and agent, which may be empty,
 * system prompt, and messages in order, with meaningless ids. Borrowed for the
 * call, which may take messages away and leave NULL. Anything but ST_OK ends
 * the reading with that status.
 */
typedef enum status exchange_fn(struct conv *c, void *payload, struct err *err);

/*
 * Reads a text of JSON or of lines of JSON. ST_DAMAGED tells what is wrong and
 * where; earlier conversations were given out by then. *ret_skipped counts
 * messages that were left out: those of tools, and those without content.
 */
enum status exchange_read(struct span text, exchange_fn *fn, void *payload,
	size_t *ret_skipped, struct err *err);

#endif
