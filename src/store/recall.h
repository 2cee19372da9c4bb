/*
 * Finds the earlier messages that are about something, by ranking all of them
 * with BM25.
 *
 * Each conversation is opened and read, as in a search; no index is kept on the
 * disk. Unlike in a search, a message need not have all the terms. A term
 * counts more the rarer it is among all messages and the shorter the message.
 * Source: Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25
 * and Beyond" (2009), with k1 = 1.2 and b = 0.75, lengths in bytes.
 *
 * Memory is bounded: when more than RECALL_KEPT messages have a term, those
 * with the fewest terms are dropped.
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
	/* Asked between conversations; true ends the run with ST_STOPPED. May
	 * be NULL. */
	bool (*stop)(void *payload);
	/* Told how many of all conversations are done. May be NULL. */
	void (*at)(size_t done, size_t total, void *payload);
	void *payload;
};

/*
 * Fills `hits` with at most `max` of the best matches, best first. *ret_n is
 * their number, 0 when no message has a term. Messages of conversation `except`
 * (may be NULL) are left out. Conversations that cannot be read are skipped;
 * *ret_unread (may be NULL) is how many.
 */
enum status recall_find(struct vault *v, struct catalog *c,
	const struct match *match, const struct id *except,
	const struct recall_ops *ops, struct recall_hit *hits, size_t max,
	size_t *ret_n, size_t *ret_unread, struct err *err);

#endif
