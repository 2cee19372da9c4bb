/*
 * The tables of a task with what was computed of them: charts are drawn from
 * them, and the figures of the answer are checked against them.
 */
#ifndef ATL_APP_TASK_TABLES_H
#define ATL_APP_TASK_TABLES_H

#include "text/data_stats.h"

/* Tables of one task; further ones are dropped. */
#define TASK_TABLES_MAX ((size_t)8)

struct task_table {
	struct data data;
	struct data_stats stats;
};

struct task_tables {
	struct task_table *v[TASK_TABLES_MAX];
	size_t n;
};

/* ST_USAGE when the text is not a table. *ret is for
 * task_tables_take(). */
enum status task_table_new(
	struct task_table **ret, struct span text, struct err *err);
/* Takes t, and frees it when there are too many. */
void task_tables_take(struct task_tables *tables, struct task_table *t);
/* An all-zero struct is empty and may be released too. */
void task_tables_release(struct task_tables *tables);

#endif
