/*
 * What a task is made of, for the files task*.c: task.c is its life, task_run.c
 * what happens next, task_took.c what becomes of an answer, task_report.c what
 * came of it all, task_ask.c one question, task_words.c what is asked,
 * task_past.c what was said before, task_read.c what is understood of the
 * answers, task_keep.c what is saved.
 */
#ifndef ATL_ENGINE_TASK_PRIV_H
#define ATL_ENGINE_TASK_PRIV_H

#include "engine/task.h"

/* Why a question is asked; of steps there may be several at a time. */
enum task_aim { AIM_PLAN, AIM_STEP, AIM_JOIN, AIM_CHECK };

struct task_job {
	enum task_aim aim;
	size_t step;
	struct agent agent; /* the owner's, with what this question needs */
	struct buf system; /* what agent.system points to */
	struct session *session;
};

struct task {
	struct task_options with;
	enum task_phase phase;
	struct msg *question; /* a copy */
	struct buf past; /* what was said before it; empty: nothing */
	struct outline outline;
	struct task_proposal proposal;
	struct task_work *work; /* one a step */
	size_t work_n;
	struct task_verdict *verdicts; /* one a line of the check; or NULL */
	size_t verdicts_n;
	struct buf kept; /* the plan as it was saved last */
	struct buf answer;
	struct buf doubts; /* about the answer, for the next one */
	bool simple;
	bool template; /* the outline has sections of a template */
	bool begun; /* there is a step in what was loaded */
	bool decided; /* how it is meant, and what was asked */
	bool answered; /* the answer is that of the present results */
	bool checked;
	bool unjoined; /* the answer is the results as they came */
	bool late; /* the last failure was one of time */
	int rounds; /* checks after which something was done again */
	int tries; /* of the present question that is no step */
	struct buf fault; /* of its last answer, for the next try */

	struct task_job *jobs; /* as many as there may be at a time */
	size_t jobs_n; /* under way: those with a session */
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
/* That a requirement is not met, and what is done again therefore. */
void task_tell_unmet(
	struct task *t, struct span requirement, const struct task_verdict *v);
/* Of a session that works for the task: its notices are told. */
enum status task_pass_notice(
	const struct event *ev, void *payload, struct err *err);
void task_set_phase(struct task *t, enum task_phase phase);
/* Nothing more begins, and it ends when nothing is under way. The first one
 * counts. */
void task_fail(struct task *t, enum status st, const char *msg);
/* Room for what belongs to the outline's steps; what was there is forgotten. */
enum status task_fit(struct task *t, struct err *err);

/* task_run.c: begins what can begin now. */
void task_advance(struct task *t);

/* task_took.c: what became of a question that has ended, and of the one to the
 * session. */
void task_took(struct task *t, struct task_job *j);
void task_took_simple(struct task *t);
/* It was not answered. */
void task_missed(struct task *t, enum task_aim aim, size_t step, enum status st,
	const struct err *why);
/* The step will not be done. */
void task_lose(struct task *t, size_t step);
/* This is the answer; `reply` is NULL when no model wrote it. */
void task_take_answer(
	struct task *t, struct span text, const struct msg *reply);
/* Takes what a check found: what is to be done again, if there are rounds. */
void task_apply_check(struct task *t);

/* task_ask.c */
enum status task_ask(
	struct task *t, enum task_aim aim, size_t step, struct err *err);
void task_job_release(struct task_job *j);

/* task_past.c: of the path before the question. */
enum status task_take_past(
	struct task *t, struct msg *const *path, size_t n, struct err *err);
/* The name of that among the documents. */
#define TASK_PAST "earlier conversation"

/* task_words.c: appends the question. */
void task_put_plan(const struct task *t, struct buf *out);
void task_put_step(const struct task *t, size_t step, struct buf *out);
void task_put_join(const struct task *t, struct buf *out);
void task_put_check(const struct task *t, struct buf *out);
/* JSON Schemas of the answers to the first and the last. */
extern const char task_plan_schema[];
extern const char task_check_schema[];

/* task_read.c. ST_SERVER with a sentence for the model; nothing is changed
 * then. */
enum status task_read_plan(struct task *t, struct span answer, struct err *err);
enum status task_read_check(
	struct task *t, struct span answer, struct err *err);

/* task_keep.c: on the disk on return, or told that it is not. */
/* Taken on success. */
enum status task_keep_question(
	struct task *t, struct msg *question, struct err *err);
enum status task_keep_plan(struct task *t, struct err *err);
enum status task_keep_step(struct task *t, size_t step, struct err *err);
enum status task_keep_answer(
	struct task *t, const struct msg *reply, struct err *err);
enum status task_keep_check(struct task *t, struct err *err);
/* What a message of the conversation says of it; `first`: the one behind the
 * question. */
enum status task_load_part(
	struct task *t, const struct msg *m, bool first, struct err *err);

#endif
