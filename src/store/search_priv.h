/*
 * What the parts of search share: one conversation is looked through by
 * search_conv(), which knows nothing of threads.
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

/* What a thread looks with. */
struct seeker {
	struct vault *vault;
	const struct search_query *query;
	const atomic_bool *stop; /* true ends it as ST_STOPPED */
	struct scan_window window;
	/* Takes each hit; its conv is not set. ST_STOPPED when enough. */
	enum status (*hit)(
		const struct search_hit *h, void *payload, struct err *err);
	void *payload;
};

/* Looks through the n files of a conversation, in their order. *ret_whole is
 * false when something of them did not read, and *ret_why says what. */
enum status search_conv(struct seeker *s, const struct search_file *files,
	size_t n, bool *ret_whole, struct err *ret_why, struct err *err);

/* A hit as bytes, and back; for the way from a thread to another. */
void search_put_hit(const struct search_hit *h, struct buf *out);
bool search_get_hit(struct span *rest, struct search_hit *ret);

#endif
