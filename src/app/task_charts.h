/*
 * Charts and figures of an answer: draws the charts that it asks for from the
 * tables of the task, and tells which of its figures contradict them.
 */
#ifndef ATL_APP_TASK_CHARTS_H
#define ATL_APP_TASK_CHARTS_H

#include "app/task.h"

struct task_charts {
	struct buf drawn; /* the answer with its charts drawn as characters */
	struct buf linked; /* with --out: the answer with links to the charts'
			      files */
	struct buf files; /* with --out: the names, a line each */
	struct buf wrong; /* figures that contradict a table, a line each */
	size_t n;
};

void task_charts_init(struct task_charts *c);
void task_charts_release(struct task_charts *c);

/* Callbacks of struct task_options; the payload is the task_run. */
void task_charts_verify(struct span answer, struct buf *wrong, void *payload);
void task_charts_keep(struct span answer, struct buf *out, void *payload);
/* Fills c with the answer. One without charts first gets those that its steps
 * asked for; a chart that cannot be drawn is told and stays as it was written.
 * ST_IO when a file cannot be written: c->drawn holds the answer all the
 * same. */
enum status task_charts_make(struct task_charts *c, struct task_run *r,
	struct buf *answer, struct err *err);

#endif
