/*
 * A request with everything it brought, for tests of src/net.
 */
#ifndef ATL_TESTS_TOOL_FETCH_H
#define ATL_TESTS_TOOL_FETCH_H

#include "net/http.h"
#include "tool/serve.h"

/* How long fetch() waits for the end: for ever, as a busy machine sees it. */
#define FETCH_MS 60000

struct fetched {
	struct http_xfer *x;
	int heads;
	int status;
	char type[128];
	struct buf headers; /* "name: value\n" each */
	struct buf body;
	int bodies; /* calls */
	int flushes;
	int unflushed; /* body calls since the last flush */
	size_t flushed_to;
	size_t largest; /* bytes between two flushes */
	int done;
	int out_of_order; /* calls that came when they must not */
	struct http_result result;

	/* What to do in the body callback once so many bytes are there. */
	size_t cancel_at;
	size_t drain_at;
	size_t pause_at;
	size_t fail_at;
	bool fail_flush;
	bool over; /* cancelled or drained: nothing may come */
};

extern const struct http_ops fetch_ops;

void fetch_init(struct fetched *f);
void fetch_release(struct fetched *f);
/* Steps until the request is done or `ms` are over; how many steps. */
int fetch_drive(struct http *h, const struct fetched *f, int ms);
/* Starts and drives; a start that fails is shown in result. */
void fetch(struct http *h, const struct http_request *req, struct fetched *f);

#endif
