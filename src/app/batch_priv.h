/*
 * What the files batch*.c share.
 */
#ifndef ATL_APP_BATCH_PRIV_H
#define ATL_APP_BATCH_PRIV_H

#include "app/app.h"
#include "app/batch_ids.h"
#include "app/batch_lines.h"
#include "app/batch_out.h"
#include "app/batch_put.h"
#include "engine/session.h"
#include "serve/query.h"
#include "tty/progress.h"

/* Turns at once, unless --jobs says otherwise. */
#define BATCH_JOBS 8

/* One line of the input, until its result is written. */
struct batch_job {
	struct batch *batch;
	struct batch_job *next; /* of the input */
	uint64_t line;
	struct query q;
	bool nameless;
	struct agent agent; /* as the line wants it */
	struct session *session; /* NULL: not begun, or over */
	bool over;
	enum status status;
	struct buf out; /* the result, once it is over */
};

struct batch {
	struct app *app;
	struct app_agent *agent;
	struct batch_lines in;
	int fd; /* of the input */
	uint64_t lines; /* lines it has; 0: not known */
	bool ended; /* all of it was read */
	struct batch_out out;
	struct batch_ids seen;

	struct batch_job *head; /* jobs not yet written, oldest first */
	struct batch_job **tail;
	size_t held; /* jobs in that list */
	size_t held_bytes; /* bytes of their results */
	struct batch_job **active; /* jobs under way */
	size_t active_n;
	size_t jobs; /* most jobs under way */
	bool dirty; /* a job has ended */
	int64_t due_ms; /* when all jobs are looked at again */

	int stops; /* signals to stop that have come */
	bool closing; /* nothing new is begun */
	struct err fatal; /* why, when the user did not stop it */
	size_t in_vain; /* failures in a row that are not the line's own */

	uint64_t answered;
	uint64_t skipped; /* answered by an earlier run */
	uint64_t failed[ST_STOPPED + 1];
	enum status first; /* failure, in the order of the output */
	int64_t tokens_in;
	int64_t tokens_out;
	int64_t start_ms;
	struct progress progress;
};

/* batch_job.c */

/* Makes a job of the next line; it is begun, or over at once. */
enum status batch_take(struct batch *b, enum batch_line what, struct span line,
	struct err *err);
/* Collects the jobs that have ended. */
void batch_look(struct batch *b);
/* Ends all jobs under way without a result. */
void batch_drop(struct batch *b);
/* Moves the results whose turn it is to the output. */
void batch_pass(struct batch *b);

#endif
