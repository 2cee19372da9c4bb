/*
 * Which earlier messages are about something: BM25 over all of them.
 *
 * Each conversation is opened and read, as a search does it; nothing is kept on
 * disk for it. Unlike a search, a message need not have all the terms: the rarer
 * a term is among all messages, and the shorter the message, the more it counts.
 * Source: Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25
 * and Beyond" (2009), with k1 = 1.2 and b = 0.75, lengths in bytes.
 *
 * Memory is bounded: beyond RECALL_KEPT messages that have a term, those with
 * the fewest terms are let go.
 */
#ifndef ATL_STORE_RECALL_H
#define ATL_STORE_RECALL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/id.h"
#include "chat/msg.h"
#include "store/catalog.h"
#include "text/match.h"

struct vault;

#define RECALL_KEPT ((size_t)20000)
#define RECALL_EXCERPT 240 /* bytes around the first term */

struct recall_hit {
	struct id conv;
	struct id msg;
	int64_t time_ms;
	enum role role;
	double score;
	char excerpt[RECALL_EXCERPT + 1]; /* whole characters, unfiltered */
};

struct recall_ops {
	/* Asked between conversations; true ends it as ST_STOPPED. NULL ok. */
	bool (*stop)(void *payload);
	/* Conversations that are done with, of all. NULL ok. */
	void (*at)(size_t done, size_t total, void *payload);
	void *payload;
};

/*
 * The best `max` hits, best first; *ret_n of them, 0 when no message has a term.
 * Messages of `except` (may be NULL) are left out. Conversations that do not
 * read are passed over; *ret_unread (may be NULL) says how many.
 */
enum status recall_find(struct vault *v, struct catalog *c,
	const struct match *match, const struct id *except,
	const struct recall_ops *ops, struct recall_hit *hits, size_t max,
	size_t *ret_n, size_t *ret_unread, struct err *err);

#endif
