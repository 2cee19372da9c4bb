/*
 * A task in steps: the verb, and what it shares with /task of the chat.
 *
 * task_drive.c runs one in a loop of its own and says how far it is,
 * task_review.c talks about the plan, task_out.c writes the answer.
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
	struct render *render; /* NULL: an answer goes out as it is */
	struct task *task;
	struct progress progress; /* of the steps, or of one question */
	enum task_phase shown; /* what it is about */
	int64_t since_ms; /* that began */
	bool ask; /* there is somebody to ask */
	bool review; /* the plan is to be agreed to */
	bool plan_only;
	bool simple_out; /* text of a simple answer goes out as it comes */
	bool said_simple; /* some has */
	char last; /* its last byte */
	bool gone; /* nobody reads */
	bool chat; /* it is carried out in the chat */
	bool overwrite; /* files of --out; it was agreed to */
	struct task_tables tables; /* that go with it */
	int interrupts; /* Ctrl-C so far */
};

/* Runs the verb. */
enum status task_run_verb(struct app *app, struct err *err);

/* ST_USAGE for one that carries out no tasks. */
enum status task_check_agent(const struct app_agent *a, struct err *err);
/* What the arguments say of it. */
struct task_options task_run_options(struct task_run *r);
/* Until it has ended; the status is that of the task, and err tells. */
enum status task_drive(struct task_run *r, struct err *err);
/* In review: asks, or takes it as it is, and lets it go on. */
enum status task_review(struct task_run *r, struct err *err);
/* "Plan" and its steps, for people. Not filtered. */
void task_put_plan_text(const struct task_run *r, struct buf *out);
/* Such a text for the terminal: filtered, in lines of its width. */
void task_fill(struct span text, struct buf *out);
/* A line on stderr, behind what shows how far it is. */
void task_note(struct task_run *r, const char *fmt, ...) ATTR_PRINTF(2, 3);

/* The answer, or the plan with --plan-only, to where it goes. `st` and `err` are
 * how the task ended; returns the status of the whole. */
enum status task_write(struct task_run *r, enum status st, struct err *err);
/* As the sink of a simple answer; the payload is the task_run. */
enum status task_on_event(
	const struct event *ev, void *payload, struct err *err);

#endif
