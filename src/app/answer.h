/*
 * How one answer leaves the program: exact bytes on a pipe, rendered on a
 * terminal, a file, one JSON object, or JSON events.
 */
#ifndef ATL_APP_ANSWER_H
#define ATL_APP_ANSWER_H

#include <stdbool.h>

#include "app/app.h"
#include "atllama.h"

struct answer;
struct review;

/* The file of -o is checked here, before anything is asked. */
enum status answer_new(
	struct answer **ret, const struct app *app, struct err *err);
void answer_free(struct answer *a);

/* As an atl_event_fn: not 0 when output is no longer possible. */
int answer_event(struct answer *a, const atl_event *event);
void answer_reader_gone(struct answer *a);
/* Whether output is no longer possible. */
bool answer_over(const struct answer *a);

/* Whether the end is JSON, which has the verdict of --check in it. */
bool answer_is_json(const struct answer *a);
/* That verdict, before the end; borrowed until then. */
void answer_reviewed(struct answer *a, const struct review *r);
/*
 * Writes what is written at the end. `st` and `err` are how asking went; returns
 * the status of the whole, which a closed pipe makes ST_OK and an output that
 * could not be written a failure. reply may be NULL.
 */
enum status answer_end(struct answer *a, const atl_reply *reply, const char *id,
	enum status st, struct err *err);

#endif
