/*
 * Shared by the parts of search: search_conv() searches one conversation and
 * knows nothing of threads.
 */
#ifndef ATL_STORE_SEARCH_PRIV_H
#define ATL_STORE_SEARCH_PRIV_H

#include <stdatomic.h>

#include "store/scan.h"
#include "store/search.h"

/* A segment file of a conversation. */
struct search_file {
	struct id conv;
	uint8_t device[VAULT_DEVICE];
	uint32_t no;
};

/* What one searching thread uses. */
struct seeker {
	struct vault *vault;
	const struct search_query *query;
	const atomic_bool *stop; /* true ends it with ST_STOPPED */
	struct scan_window window;
	/* Gets each hit, whose conv is not set. Returns ST_STOPPED when it
	 * wants no more. */
	enum status (*hit)(
		const struct search_hit *h, void *payload, struct err *err);
	void *payload;
};

/* Searches the n files of a conversation, in the order given. *ret_whole is
 * false when part of them could not be read; *ret_why then says what. */
enum status search_conv(struct seeker *s, const struct search_file *files,
	size_t n, bool *ret_whole, struct err *ret_why, struct err *err);

/* Write a hit as bytes and read it back, to pass it from one thread to the
 * other. The hit that is read borrows from the bytes; false at their end. */
void search_put_hit(const struct search_hit *h, struct buf *out);
bool search_get_hit(struct span *rest, struct search_hit *ret);

#endif
