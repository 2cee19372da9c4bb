/*
 * How one answer leaves the program: as exact bytes on a pipe, rendered on a
 * terminal, into a file, as one JSON object, or as JSON events.
 */
#ifndef ATL_APP_ANSWER_H
#define ATL_APP_ANSWER_H

#include <stdbool.h>

#include "app/app.h"
#include "atllama.h"

struct answer;
struct review;

/* Checks the file of -o too, before anything is asked. */
enum status answer_new(
	struct answer **ret, const struct app *app, struct err *err);
void answer_free(struct answer *a);

/* Takes an event, as an atl_event_fn does. Not 0: output is no longer
 * possible. */
int answer_event(struct answer *a, const atl_event *event);
/* The terminal has another size. */
void answer_resized(struct answer *a);
void answer_reader_gone(struct answer *a);
/* Whether output is no longer possible. */
bool answer_over(const struct answer *a);

/* Nothing can be saved, which has been told: there is no store. */
void answer_unsaved(struct answer *a);

/* Whether the answer ends with JSON, which includes the verdict of --check. */
bool answer_is_json(const struct answer *a);
/* Gives the verdict of --check before answer_end(), until which it is
 * borrowed. */
void answer_reviewed(struct answer *a, const struct review *r);
/*
 * Writes what comes at the end. `st` and `err` are how asking went. Returns the
 * status of the whole: ST_OK when the reader closed the pipe, a failure when
 * output could not be written. reply may be NULL.
 */
enum status answer_end(struct answer *a, const atl_reply *reply, const char *id,
	enum status st, struct err *err);

#endif
