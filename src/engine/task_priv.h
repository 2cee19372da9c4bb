/*
 * The parts of a task, shared by the files task*.c: task.c is its life,
 * task_run.c decides what happens next, task_took.c takes an answer,
 * task_report.c sums up, task_ask.c asks one question, task_words.c words it,
 * task_past.c adds what was said before, task_read.c parses answers,
 * task_keep.c saves.
 */
#ifndef ATL_ENGINE_TASK_PRIV_H
#define ATL_ENGINE_TASK_PRIV_H

#include "engine/task.h"

/* Why a question is asked; of steps there may be several at a time. */
enum task_aim { AIM_PLAN, AIM_STEP, AIM_JOIN, AIM_CHECK };

struct task_job {
	enum task_aim aim;
	size_t step;
	struct agent agent; /* the owner's agent with what this question
			       needs */
	struct buf system; /* what agent.system points to */
	struct session *session;
};

struct task {
	struct task_options with;
	enum task_phase phase;
	struct msg *question; /* a copy */
	struct buf past; /* what was said before the task; may be empty */
	struct outline outline;
	struct task_proposal proposal;
	struct task_work *work; /* one per step */
	size_t work_n;
	struct task_verdict *verdicts; /* one per line of the check; or NULL */
	size_t verdicts_n;
	struct buf kept; /* the plan as it was saved last */
	struct buf answer;
	struct buf doubts; /* what was wrong with the answer, for the next
			      one */
	bool simple;
	bool template; /* the outline has sections of a template */
	bool begun; /* a step was loaded */
	bool decided; /* readings and questions have been settled */
	bool answered; /* the answer is made of the present results */
	bool checked;
	bool unjoined; /* the answer is just the results in order */
	bool late; /* the last failure was a timeout */
	int rounds; /* rounds of revising so far */
	int tries; /* tries of the present question, unless it is a step */
	struct buf fault; /* what was wrong with its last answer, for the next
			     try */

	struct task_job *jobs; /* room for the most jobs at a time */
	size_t jobs_n; /* jobs under way: those with a session */
	struct usage usage;
	size_t asked;
	int64_t start_ms;
	bool paused;
	bool answering; /* the session answers a simple task */
	enum status status;
	struct err err;
};

/* task.c */
void task_tell(
	struct task *t, enum task_news news, size_t step, struct span text);
/* Tells that a requirement is not met and what is done again because of it. */
void task_tell_unmet(
	struct task *t, struct span requirement, const struct task_verdict *v);
/* The sink of sessions that work for the task: passes their notices on. */
enum status task_pass_notice(
	const struct event *ev, void *payload, struct err *err);
void task_set_phase(struct task *t, enum task_phase phase);
/* Lets nothing more begin and the task end when nothing is under way. The first
 * failure counts. */
void task_fail(struct task *t, enum status st, const char *msg);
/* Makes room for what belongs to the outline's steps, and forgets what was
 * there. */
enum status task_fit(struct task *t, struct err *err);

/* task_run.c: begins what can begin now. */
void task_advance(struct task *t);

/* task_took.c: take the answer to a job's question, and the session's answer to
 * a simple task. */
void task_took(struct task *t, struct task_job *j);
void task_took_simple(struct task *t);
/* The question was not answered. */
void task_missed(struct task *t, enum task_aim aim, size_t step, enum status st,
	const struct err *why);
/* The step will not be done. */
void task_lose(struct task *t, size_t step);
/* Sets the answer; `reply` is NULL when no model wrote it. */
void task_take_answer(
	struct task *t, struct span text, const struct msg *reply);
/* Acts on what a check found: marks what is to be done again, if rounds are
 * left. */
void task_apply_check(struct task *t);

/* task_ask.c */
enum status task_ask(
	struct task *t, enum task_aim aim, size_t step, struct err *err);
void task_job_release(struct task_job *j);

/* task_past.c: takes what was said before, from the path up to the question. */
enum status task_take_past(
	struct task *t, struct msg *const *path, size_t n, struct err *err);
/* The name of the document with it. */
#define TASK_PAST "earlier conversation"

/* task_words.c: append the question of each kind. */
void task_put_plan(const struct task *t, struct buf *out);
void task_put_step(const struct task *t, size_t step, struct buf *out);
void task_put_join(const struct task *t, struct buf *out);
void task_put_check(const struct task *t, struct buf *out);
/* JSON Schemas of the answers to a plan and to a check. */
extern const char task_plan_schema[];
extern const char task_check_schema[];

/* task_read.c: parse an answer. On ST_SERVER, err is a sentence for the model,
 * and nothing has changed. */
enum status task_read_plan(struct task *t, struct span answer, struct err *err);
enum status task_read_check(
	struct task *t, struct span answer, struct err *err);

/* task_keep.c: saved on return, or told why not. */
/* The question is taken on success. */
enum status task_keep_question(
	struct task *t, struct msg *question, struct err *err);
enum status task_keep_plan(struct task *t, struct err *err);
enum status task_keep_step(struct task *t, size_t step, struct err *err);
enum status task_keep_answer(
	struct task *t, const struct msg *reply, struct err *err);
enum status task_keep_check(struct task *t, struct err *err);
/* Restores from a message of the conversation what it says of the task;
 * `first`: it is the one behind the question. */
enum status task_load_part(
	struct task *t, const struct msg *m, bool first, struct err *err);

#endif
