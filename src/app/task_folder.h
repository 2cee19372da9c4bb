/*
 * The folder of --out: the report of a task, and its charts as files.
 */
#ifndef ATL_APP_TASK_FOLDER_H
#define ATL_APP_TASK_FOLDER_H

#include "app/task_charts.h"
#include "text/chart.h"

/* Before anything is sent: makes the folder, and asks once when a file that may
 * be written is there already. Without --out it does nothing. ST_USAGE when the
 * path is no folder; ST_FAIL when nothing is to be overwritten. */
enum status task_folder_prepare(struct task_run *r, struct err *err);
/* Writes chart number c->n as SVG and, where there is gnuplot, as PNG, adds the
 * names to c->files and a link to c->linked. */
enum status task_folder_chart(struct task_charts *c, struct task_run *r,
	const struct chart *chart, struct err *err);
/* Writes the answer and what contradicts it as report.md, and tells which files
 * there are. Without --out or an answer it does nothing. */
enum status task_folder_report(
	struct task_charts *c, struct task_run *r, struct err *err);

#endif
