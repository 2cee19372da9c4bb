/*
 * What the user asked to be remembered: facts and preferences, kept encrypted
 * beside the conversations and told to agents with their system prompt.
 *
 * A fact is for all agents or for one. They are read when they are first needed,
 * and again before a change; what is forgotten is gone from the disk, as a
 * deleted conversation is. Lives in one thread.
 */
#ifndef ATL_ENGINE_MEMORY_H
#define ATL_ENGINE_MEMORY_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/id.h"

struct catalog;
struct memory;
struct vault;

#define MEMORY_FACT_MAX ((size_t)2000) /* bytes of one */
#define MEMORY_FACTS_MAX ((size_t)1000)
/* Tokens that they take in a request, at most; the newest win. */
#define MEMORY_TOKENS 1000

struct fact {
	struct id id;
	int64_t time_ms;
	struct buf text; /* one line */
	struct buf agent; /* empty: for all */
};

/* Reads nothing yet, and makes nothing on disk before something is remembered.
 * v and c are borrowed, c may be NULL. NULL when there is no room. */
struct memory *memory_new(struct vault *v, struct catalog *c);
/* NULL is fine. */
void memory_free(struct memory *m);
/* Takes in what other processes have written. */
enum status memory_refresh(struct memory *m, struct err *err);

/* As read last. The oldest first; valid until the next change. */
size_t memory_count(const struct memory *m);
const struct fact *memory_at(const struct memory *m, size_t i);

/*
 * On the disk on return. The text is made one line; ST_USAGE when there is
 * nothing in it, it is too long, or there are too many. What is there already
 * is not added again, and is no error.
 */
enum status memory_add(
	struct memory *m, struct span agent, struct span text, struct err *err);
/* The i-th as read last; ST_NOT_FOUND beyond the last. */
enum status memory_forget(struct memory *m, size_t i, struct err *err);
enum status memory_forget_all(struct memory *m, struct err *err);

/* Appends what the agent is told of it, nothing when there is nothing. */
enum status memory_notes(
	struct memory *m, const char *agent, struct buf *out, struct err *err);

#endif
