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
	bool garbled; /* an answer was not JSON, so that asking again is of no
			 use */
	struct batch_ids seen;
	size_t lines;

	/* Of --collect. */
	int fd;
	struct buf part; /* temporary name of the file of -o */
	bool filter; /* results go to a terminal, through `safe` */
	struct safe safe;
	struct buf shown;
};

/* Asks and waits for the answer. It is parsed as JSON, and the caller frees
 * *ret; with o->fn it goes there as it comes, and ret is NULL. */
enum status provider_ask(struct provider *p, struct rest_options *o,
	struct json **ret, struct err *err);
/* Copies an id out of a member of the endpoint's answer. ST_SERVER when it is
 * missing or not safe in an address. */
enum status provider_id(const struct json *j, const char *name, struct buf *out,
	struct err *err);
enum status provider_submit(struct provider *p, struct err *err);

#endif
