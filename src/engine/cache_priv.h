/*
 * Inside of engine/cache: replies (cache.c) and requests under way
 * (cache_flight.c).
 */
#ifndef ATL_ENGINE_CACHE_PRIV_H
#define ATL_ENGINE_CACHE_PRIV_H

#include "base/secret.h"
#include "engine/cache.h"

struct flight {
	struct flight *next;
	struct flight **link; /* NULL: nobody joins it any more */
	struct id key;
	size_t n; /* who holds it */
	enum flight_state state;
};

struct cache {
	struct cache_counts counts;
	struct cache_options o;
	struct secret key;
	struct flight *flights;
};

#endif
