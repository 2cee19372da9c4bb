/*
 * What the user asked to be remembered: facts and preferences, kept encrypted
 * beside the conversations and told to agents with their system prompt.
 *
 * A fact is for all agents or for one. Facts are read when they are first
 * needed, and again before a change. A fact that is forgotten is gone from the
 * disk, as a deleted conversation is. Lives in one thread.
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

#define MEMORY_FACT_MAX ((size_t)2000) /* bytes of a fact */
#define MEMORY_FACTS_MAX ((size_t)1000)
/* Tokens that facts take in a request, at most; the newest are taken first. */
#define MEMORY_TOKENS 1000

struct fact {
	struct id id;
	int64_t time_ms;
	struct buf text; /* one line */
	struct buf agent; /* empty: for all */
};

/* Reads nothing yet, and writes nothing before something is remembered. v and c
 * are borrowed, c may be NULL. NULL without memory. */
struct memory *memory_new(struct vault *v, struct catalog *c);
/* NULL is allowed. */
void memory_free(struct memory *m);
/* Reads what other processes have written. */
enum status memory_refresh(struct memory *m, struct err *err);

/* The facts as last read, the oldest first; valid until the next change. */
size_t memory_count(const struct memory *m);
const struct fact *memory_at(const struct memory *m, size_t i);

/*
 * Remembers a fact, which is on the disk on return. The text is made one line.
 * ST_USAGE when it is empty or too long, or there are too many facts. A fact
 * that is there already is not added again, and that is no error.
 */
enum status memory_add(
	struct memory *m, struct span agent, struct span text, struct err *err);
/* Forgets fact i as last read; ST_NOT_FOUND beyond the last. */
enum status memory_forget(struct memory *m, size_t i, struct err *err);
enum status memory_forget_all(struct memory *m, struct err *err);

/* Appends what the agent is told of the facts, or nothing. */
enum status memory_notes(
	struct memory *m, const char *agent, struct buf *out, struct err *err);

#endif
