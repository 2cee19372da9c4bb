/*
 * Replies that are given again to whom asks the very same.
 *
 * The key is a digest, under a key of the vault, of the endpoint's address and
 * of all that is sent: model, messages and every parameter. Only complete
 * replies are kept, sealed like conversations, in CACHE_SHARDS reserved ones
 * ("cache-00" to "cache-ff"): looking something up reads the one that its key
 * names and no index, so that it costs a part in CACHE_SHARDS of what there
 * is. A shard that has grown beyond its part of the limit loses its oldest
 * replies, down to three quarters of it, and with them all that are too old.
 *
 * While the first of several equal requests is under way, the others wait for
 * its reply: see cache_join(). Not fit for threads.
 */
#ifndef ATL_ENGINE_CACHE_H
#define ATL_ENGINE_CACHE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/id.h"
#include "chat/msg.h"

struct cache;
struct flight;
struct vault;

#define CACHE_SHARDS 256
/* Bytes of a reply; a longer one is not kept. */
#define CACHE_REPLY_MAX ((size_t)1024 * 1024)
/* The default limits. */
#define CACHE_BYTES ((uint64_t)64 * 1024 * 1024)
#define CACHE_AGE_MS ((int64_t)30 * 24 * 3600 * 1000)

struct cache_options {
	struct vault *vault; /* borrowed, unlocked */
	uint64_t bytes; /* of all replies together, about; 0: CACHE_BYTES */
	int64_t age_ms; /* 0: CACHE_AGE_MS */
	/* Called before and after each use of the vault, for a program in which
	 * another thread uses it too. May be NULL. */
	void (*hold)(void *payload);
	void (*release)(void *payload);
	void *payload;
};

struct cached {
	struct buf text;
	struct buf reasoning;
	struct buf model; /* model's name as the endpoint gave it */
	struct buf finish;
	struct usage usage;
	int64_t time_ms; /* when the reply came, wall clock */
};

void cached_init(struct cached *c);
void cached_release(struct cached *c);

enum status cache_new(struct cache **ret, const struct cache_options *o,
	struct err *err) ATTR_MUST_CHECK;
/* No turn that uses it may be under way. */
void cache_free(struct cache *c);

/* The key of a request to an address. */
struct id cache_key(
	const struct cache *c, struct span url, struct span request);
/* Looks a reply up; *ret is initialised. False when there is none, or it cannot
 * be read. */
bool cache_get(struct cache *c, const struct id *key, struct cached *ret);
/* Stores a reply, in place of an earlier one. */
enum status cache_put(struct cache *c, const struct id *key,
	const struct cached *reply, struct err *err);

/* Counted since the cache was opened. */
struct cache_counts {
	uint64_t hits; /* of cache_get() */
	uint64_t misses;
	uint64_t joins; /* a request like one under way: cache_join() */
};

struct cache_counts cache_counts(const struct cache *c);

struct cache_report {
	uint64_t replies;
	uint64_t bytes;
	int64_t oldest_ms; /* wall clock; 0: there is none */
};

enum status cache_report(
	struct cache *c, struct cache_report *ret, struct err *err);
/* Forgets all replies. */
enum status cache_clear(struct cache *c, struct err *err);

/*
 * A request that is under way. The first that joins leads: it asks, and says
 * with cache_leave() whether its reply is in the cache now. The others look at
 * it until it is no longer FLIGHT_UNDER_WAY, and leave.
 */
enum flight_state {
	FLIGHT_UNDER_WAY = 0,
	FLIGHT_KEPT, /* the reply is in the cache */
	FLIGHT_VAIN, /* there is none: everyone asks the endpoint */
};

/* Joins the requests with that key. NULL without memory: then nobody waits. */
struct flight *cache_join(
	struct cache *c, const struct id *key, bool *ret_leads);
enum flight_state cache_flight(const struct flight *f);
/* Leaves; `kept` is what the leader says of its reply. f may be NULL. */
void cache_leave(struct flight *f, bool leads, bool kept);

#endif
