/*
 * Charts and figures of an answer: what is asked for in it is drawn of the
 * tables of the task, and what contradicts them is told.
 */
#ifndef ATL_APP_TASK_CHARTS_H
#define ATL_APP_TASK_CHARTS_H

#include "app/task.h"

struct task_charts {
	struct buf drawn; /* the answer, charts as characters */
	struct buf linked; /* with --out: charts as links to their files */
	struct buf files; /* with --out: the names, a line each */
	struct buf wrong; /* what contradicts a table, a line each */
	size_t n;
};

void task_charts_init(struct task_charts *c);
void task_charts_release(struct task_charts *c);

/* For struct task_options; the payload is the task_run. */
void task_charts_verify(struct span answer, struct buf *wrong, void *payload);
void task_charts_keep(struct span answer, struct buf *out, void *payload);
/* Before anything is sent: --out is a folder where nothing is overwritten that
 * was not agreed to. */
enum status task_charts_folder(struct task_run *r, struct err *err);
/* An answer without charts gets those that its steps asked for; what cannot be
 * drawn is told and stays as it is. ST_IO when a file cannot be written; the
 * answer is there all the same. */
enum status task_charts_make(struct task_charts *c, struct task_run *r,
	struct buf *answer, struct err *err);
/* With --out: the answer and what contradicts it, as report.md. */
enum status task_charts_report(
	struct task_charts *c, struct task_run *r, struct err *err);

#endif
