/*
 * A task that is carried out in steps.
 *
 *	planning	one question: is it simple, and else which steps
 *	review		the owner's turn: task_go(), task_replan(), ...
 *	answering	of a simple one: the agent answers, and that is all
 *	working		the steps, each with the results it needs, several at
 *			a time
 *	joining		the answer, from the results
 *	checking	the answer against what it has to meet; what does not
 *			hold is done again, so many rounds
 *	ended
 *
 * Each question is a turn of its own (a session that is not saved) over the
 * transport of the owner, so that retries, pools and fallback models hold here
 * as everywhere. A result that is empty, cut, filtered or too late is asked for
 * once more, then of the first fallback model, and else the step is not done,
 * which the answer says. What is not the step's fault (key, model, network,
 * limits of the endpoint) ends the task.
 *
 * What was said in the conversation before a task goes with the plan and with
 * each step as a document, the latest of it where it is long.
 *
 * What is done is kept in a session as messages whose `task` says what they
 * are: "task", "plan" (an outline, see text/outline), "step ID", "answer" and
 * "check". A task is taken up from them by task_load(), whatever ended it, and
 * nothing that is there is asked for again but steps that were not done.
 *
 * A task lives in one thread and drives nothing: the owner polls the transport
 * and calls task_step() after each http_step().
 */
#ifndef ATL_ENGINE_TASK_H
#define ATL_ENGINE_TASK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/secret.h"
#include "chat/event.h"
#include "conf/agent.h"
#include "text/outline.h"

struct http;
struct known;
struct memory;
struct session;
struct task;

#define TASK_JOBS 4
#define TASK_JOBS_MAX 64
#define TASK_ROUNDS 1
#define TASK_ROUNDS_MAX 10
#define TASK_STEPS 12
#define TASK_QUESTIONS_MAX ((size_t)3)
#define TASK_READINGS_MAX ((size_t)5)

enum task_phase {
	TASK_PLANNING = 0,
	TASK_REVIEW,
	TASK_ANSWERING,
	TASK_WORKING,
	TASK_JOINING,
	TASK_CHECKING,
	TASK_ENDED,
};

enum task_state {
	TASK_TODO = 0,
	TASK_RUNNING,
	TASK_DONE,
	TASK_SHORT, /* its result ends at the limit of tokens */
	TASK_LOST, /* not done */
};

/* The work on a step of the outline, which has the same number. */
struct task_work {
	enum task_state state;
	struct buf result;
	struct buf why; /* why it is lost */
	struct buf better; /* what the check found in it; empty: nothing */
	struct buf model; /* model that did it */
	int tries;
	bool too_long; /* the last try failed for that */
	int64_t ms; /* duration; while it runs, when it began */
	struct usage usage;
};

enum task_met { TASK_UNCHECKED = 0, TASK_MET, TASK_UNMET };

/* The verdict on a line of outline.check, which has the same number. */
struct task_verdict {
	enum task_met met;
	size_t step; /* step to blame; SIZE_MAX: none in particular */
	struct buf why;
};

/* What there is to decide before the steps begin. */
struct task_proposal {
	struct buf readings; /* ways to understand the task, a line each; none:
				it is clear */
	size_t recommended;
	struct buf questions; /* a line each */
	struct buf assumptions; /* a line each */
};

enum task_news {
	TASK_NEWS_PHASE, /* task_phase() is another one */
	TASK_NEWS_BEGUN, /* step */
	TASK_NEWS_STEP, /* step: it has ended, as done, short or lost */
	TASK_NEWS_AGAIN, /* step: text says why it is tried again */
	TASK_NEWS_NOTICE, /* text */
};

typedef void task_fn(
	enum task_news news, size_t step, struct span text, void *payload);

/* Appends what is certainly wrong in an answer, a line each, in addition to
 * what a model finds when it checks. */
typedef void task_verify_fn(
	struct span answer, struct buf *wrong, void *payload);

/* Appends the answer in the form to be saved: with its charts drawn. */
typedef void task_draw_fn(struct span answer, struct buf *out, void *payload);

struct task_options {
	struct http *http; /* borrowed, as all that follows */
	struct known *known;
	struct memory *memory; /* told with each question; may be NULL */
	struct session *session; /* where the task is saved; not active */
	const struct agent *agent;
	const struct secret *key; /* may be NULL */
	bool (*renew_key)(const struct agent *agent, void *payload);
	int64_t max_wait_ms; /* as in struct session_options */
	task_fn *tell;
	event_fn *sink; /* sink for the answer to a simple task */
	task_verify_fn *verify; /* may be NULL */
	task_draw_fn *draw; /* may be NULL */
	void *payload;
	size_t jobs; /* questions at a time */
	int rounds; /* rounds of revising what the check found */
	size_t steps_max;
	int64_t tokens_max; /* tokens of this run, prompts included; 0: no
			       limit */
	int64_t time_ms; /* time of this run; 0: no limit */
};

/*
 * Begins a task: saves the question (taken on success) and starts planning or,
 * with a ready outline, the review. The content of `outline` is moved out. It
 * may be NULL or without steps: then its sections hold and the steps are
 * planned.
 */
enum status task_new(struct task **ret, const struct task_options *o,
	struct msg *question, struct outline *outline, struct err *err);
/* Takes up the last task of the session where it stopped. ST_NOT_FOUND when
 * there is none. */
enum status task_load(
	struct task **ret, const struct task_options *o, struct err *err);
void task_free(struct task *t);

enum task_phase task_phase(const struct task *t);
bool task_simple(const struct task *t);
/* Borrowed; read only. */
const struct outline *task_outline(const struct task *t);
const struct task_work *task_work(const struct task *t, size_t step);
/* NULL before the first check. */
const struct task_verdict *task_verdict(const struct task *t, size_t line);
const struct task_proposal *task_proposal(const struct task *t);
/* Tokens of this run, as counted or else estimated; *ret_asked is how many
 * questions were asked. */
struct usage task_usage(const struct task *t, size_t *ret_asked);
size_t task_count(const struct task *t, enum task_state state);
/* Appends the answer, and behind it what was not done; nothing when there is
 * none. */
void task_answer(const struct task *t, struct buf *out);
/* How the task ended: ST_OK; ST_FAIL when the answer lacks something;
 * ST_STOPPED when it was paused; ST_LENGTH at one of its own limits; else the
 * failure that ended it. */
enum status task_status(const struct task *t, struct err *err);

/* In the phase of review: task_given() adds a line that holds for all steps;
 * task_replan() has the steps planned again with it; task_edit() reads the
 * outline from a text (ST_USAGE, and nothing changed, when it is not one);
 * task_go() saves the plan and begins; task_keep() only saves it. */
enum status task_given(struct task *t, struct span line, struct err *err);
enum status task_replan(struct task *t, struct err *err);
enum status task_edit(struct task *t, struct span text, struct err *err);
enum status task_go(struct task *t, struct err *err);
enum status task_keep(struct task *t, struct err *err);

/* Begins no further step; the task ends when those under way have ended. */
void task_pause(struct task *t);
/* Ends the task now; what is under way is lost. */
void task_stop(struct task *t);
void task_step(struct task *t);
int task_timeout_ms(const struct task *t);

#endif
