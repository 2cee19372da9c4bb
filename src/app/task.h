/*
 * A task in steps: the verb, and what it shares with /task of the chat.
 *
 * task_drive.c runs a task in a loop of its own and shows how far it is,
 * task_review.c talks over the plan, task_out.c writes the answer. Beside them,
 * task_charts.c draws the charts of an answer, task_folder.c writes the files
 * of --out, and task_data.c computes on tables.
 */
#ifndef ATL_APP_TASK_H
#define ATL_APP_TASK_H

#include "app/app.h"
#include "app/input.h"
#include "app/task_tables.h"
#include "chat/event.h"
#include "engine/task.h"
#include "tty/progress.h"

struct render;
struct session;

struct task_run {
	struct app *app;
	struct session *session; /* where it is kept */
	struct app_agent *agent;
	struct render *render; /* NULL: the answer is written as it is */
	struct task *task;
	struct progress progress; /* of the steps, or of one question */
	enum task_phase shown; /* phase that the progress line tells */
	int64_t since_ms; /* when that phase began, monotonic */
	bool ask; /* there is somebody to ask */
	bool review; /* the plan has to be agreed to */
	bool plan_only;
	bool simple_out; /* a simple answer is shown as it comes */
	bool said_simple; /* some of it was shown */
	char last; /* last byte written */
	bool gone; /* the reader of the output is gone */
	bool chat; /* started by /task */
	bool overwrite; /* files of --out may be replaced: the user agreed */
	struct task_tables tables; /* given with the task */
	int interrupts; /* Ctrl-C so far */
};

/* Runs the verb. */
enum status task_run_verb(struct app *app, struct err *err);

/* ST_USAGE for an agent that carries out no tasks. */
enum status task_check_agent(const struct app_agent *a, struct err *err);
/* The options of the engine's task, from the arguments. */
struct task_options task_run_options(struct task_run *r);
/* Runs the task until it has ended. The status is that of the task, and err
 * tells why it failed. */
enum status task_drive(struct task_run *r, struct err *err);
/* In the phase of review: asks about the plan, or accepts it when nobody can be
 * asked, and lets the task go on. */
enum status task_review(struct task_run *r, struct err *err);
/* The plan as text for people. Not filtered. */
void task_put_plan_text(const struct task_run *r, struct buf *out);
/* Such a text made ready for the terminal: filtered, and filled to its
 * width. */
void task_fill(struct span text, struct buf *out);
/* Writes a line to stderr, around the progress line. */
void task_note(struct task_run *r, const char *fmt, ...) ATTR_PRINTF(2, 3);

/* Writes the answer, or the plan with --plan-only, to where it goes. `st` and
 * `err` are how the task ended; returns the status of the whole. */
enum status task_write(struct task_run *r, enum status st, struct err *err);
/* The sink of a simple answer; the payload is the task_run. */
enum status task_on_event(
	const struct event *ev, void *payload, struct err *err);

#endif
