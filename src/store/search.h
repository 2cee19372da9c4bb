/*
 * Search: every conversation is opened, decrypted and looked through, the
 * newest first, by two threads; there is no second copy of the texts to be
 * kept secret and true. What is found is given out as it is found.
 *
 * Memory is bounded whatever the history holds: two windows of at most the
 * largest record each, and SEARCH_AHEAD conversations of up to SEARCH_KEPT
 * bytes of results that wait for their turn.
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
	const struct match *match; /* borrowed; all terms must be there */
	struct span agent; /* only messages to or of it; empty: any */
	bool any_role;
	enum role role; /* unless any_role */
	int64_t since_ms; /* of a message; INT64_MIN and INT64_MAX for any */
	int64_t until_ms;
	unsigned context; /* lines before and behind the match */
};

/* A message, or a document with it, or a title, that has all the terms. What it
 * points to is borrowed for the call. */
struct search_hit {
	const struct catalog_entry *conv;
	bool title; /* only the title has them: no message does */
	struct id msg;
	uint64_t number; /* in the conversation from its beginning, counted
			    from 1; 0: not known */
	enum role role;
	int64_t time_ms;
	struct span agent;
	struct span document; /* its name; empty: the message's own text */
	struct span text; /* the lines around the first match, unfiltered */
	size_t at; /* the match in it */
	size_t end;
	bool cut_before; /* the line goes on before, or behind, text */
	bool cut_behind;
};

struct search_report {
	size_t conversations; /* looked through */
	size_t hits;
	size_t unread; /* conversations, or parts of them, that do not read */
	struct err why; /* of the first of them */
};

struct search_ops {
	/* Each hit, in the order of the list and within a conversation in that
	 * of its messages. Anything but ST_OK ends the search with it. Must
	 * not use the catalog. */
	enum status (*hit)(
		const struct search_hit *h, void *payload, struct err *err);
	/* Asked a few times a second; true ends it as ST_STOPPED. NULL ok. */
	bool (*stop)(void *payload);
	/* Told as often: conversations that are done with, of all. NULL ok. */
	void (*at)(size_t done, size_t total, void *payload);
	void *payload;
};

/* ST_OK also when nothing was found: see the report, which is set in any
 * case. */
enum status search_run(struct vault *v, struct catalog *c,
	const struct search_query *q, const struct search_ops *ops,
	struct search_report *ret, struct err *err);

#endif
