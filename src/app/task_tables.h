/*
 * The tables of a task, read and computed on: charts are drawn of them, and the
 * figures of the answer are held against them.
 */
#ifndef ATL_APP_TASK_TABLES_H
#define ATL_APP_TASK_TABLES_H

#include "text/data_stats.h"

/* More are not kept. */
#define TASK_TABLES_MAX ((size_t)8)

struct task_table {
	struct data data;
	struct data_stats stats;
};

struct task_tables {
	struct task_table *v[TASK_TABLES_MAX];
	size_t n;
};

/* ST_USAGE when the text is no table. The caller frees *ret. */
enum status task_table_new(
	struct task_table **ret, struct span text, struct err *err);
void task_table_free(struct task_table *t);
/* Takes it; it is freed when there are too many. */
void task_tables_take(struct task_tables *tables, struct task_table *t);
/* All zero is empty. */
void task_tables_release(struct task_tables *tables);

#endif
