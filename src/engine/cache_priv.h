/*
 * What cache.c (replies) and cache_flight.c (requests under way) share.
 */
#ifndef ATL_ENGINE_CACHE_PRIV_H
#define ATL_ENGINE_CACHE_PRIV_H

#include "base/secret.h"
#include "engine/cache.h"

struct flight {
	struct flight *next;
	struct flight **link; /* NULL: nobody may join any more */
	struct id key;
	size_t n; /* requests that have joined */
	enum flight_state state;
};

struct cache {
	struct cache_counts counts;
	struct cache_options o;
	struct secret key;
	struct flight *flights;
};

#endif
