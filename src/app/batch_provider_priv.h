/*
 * What batch_provider.c and batch_submit.c share.
 */
#ifndef ATL_APP_BATCH_PROVIDER_PRIV_H
#define ATL_APP_BATCH_PROVIDER_PRIV_H

#include "app/app.h"
#include "app/batch_ids.h"
#include "engine/rest.h"
#include "text/safe.h"
#include "wire/json.h"

struct provider {
	struct app *app;
	struct app_agent *agent;
	bool stopped;
	bool garbled; /* an answer was not what it should be: no use to ask
			 again */
	struct batch_ids seen;
	size_t lines;

	/* Of --collect. */
	int fd;
	struct buf part; /* file that becomes that of -o */
	bool filter; /* results go to a terminal */
	struct safe safe;
	struct buf shown;
};

/* Asks and waits. The answer is JSON, and the caller frees *ret; with o->fn it
 * is none, and ret is NULL. */
enum status provider_ask(struct provider *p, struct rest_options *o,
	struct json **ret, struct err *err);
/* An id that the endpoint gave, in a member of its answer. */
enum status provider_id(const struct json *j, const char *name, struct buf *out,
	struct err *err);
enum status provider_submit(struct provider *p, struct err *err);

#endif
