/*
 * Searches all conversations: two threads open, decrypt and look through each,
 * the newest first. There is no index, that is, no second copy of the texts to
 * keep secret and up to date. Hits are reported as they are found.
 *
 * Memory is bounded whatever the history holds: two windows of at most the
 * largest record each, and for up to SEARCH_AHEAD conversations at most
 * SEARCH_KEPT bytes each of results that wait for their turn.
 */
#ifndef ATL_STORE_SEARCH_H
#define ATL_STORE_SEARCH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/id.h"
#include "chat/msg.h"
#include "store/catalog.h"
#include "text/match.h"

struct vault;

#define SEARCH_AHEAD 8
#define SEARCH_KEPT ((size_t)256 * 1024)
#define SEARCH_CONTEXT_MAX 100 /* lines on each side */

struct search_query {
	const struct match *match; /* borrowed; a hit has all its terms */
	struct span agent; /* only messages to or from it; empty: any */
	bool any_role;
	enum role role; /* unless any_role */
	int64_t since_ms; /* time of a message; INT64_MIN to INT64_MAX: any */
	int64_t until_ms;
	unsigned context; /* lines before and after the match */
};

/* A message, a document attached to it, or a title, that has all the terms.
 * What it points to is borrowed for the call. */
struct search_hit {
	const struct catalog_entry *conv;
	bool title; /* only the title has the terms, no message has */
	struct id msg;
	uint64_t number; /* of the message in the conversation, counted from 1;
			    0: not known */
	enum role role;
	int64_t time_ms;
	struct span agent;
	struct span document; /* its name; empty: the message's own text */
	struct span text; /* the lines around the first match, unfiltered */
	size_t at; /* where the match begins and ends in text */
	size_t end;
	bool cut_before; /* the line continues before text, */
	bool cut_behind; /* or after it */
};

struct search_report {
	size_t conversations; /* looked through */
	size_t hits;
	size_t unread; /* conversations that could not be read, or not whole */
	struct err why; /* why the first of them could not */
};

struct search_ops {
	/* Gets each hit: conversations in the order of the list, and within one
	 * in the order of its messages. Anything but ST_OK ends the search with
	 * that status. Must not use the catalog. */
	enum status (*hit)(
		const struct search_hit *h, void *payload, struct err *err);
	/* Asked a few times a second; true ends the search with ST_STOPPED. May
	 * be NULL. */
	bool (*stop)(void *payload);
	/* Told as often how many of all conversations are done. May be NULL. */
	void (*at)(size_t done, size_t total, void *payload);
	void *payload;
};

/* Runs the search. ST_OK also when nothing was found: see *ret, which is set
 * even on failure. */
enum status search_run(struct vault *v, struct catalog *c,
	const struct search_query *q, const struct search_ops *ops,
	struct search_report *ret, struct err *err);

#endif
