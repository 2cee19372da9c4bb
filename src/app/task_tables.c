#include "app/task_tables.h"

#include <stdlib.h>
#include <string.h>

static void free_table(struct task_table *t)
{
	if (t == NULL)
		return;
	data_stats_release(&t->stats);
	data_release(&t->data);
	free(t);
}

enum status task_table_new(
	struct task_table **ret, struct span text, struct err *err)
{
	struct task_table *t = calloc(1, sizeof(*t));
	enum status st;

	if (t == NULL)
		return err_nomem(err);
	data_init(&t->data);
	data_stats_init(&t->stats);
	st = data_read(&t->data, text, err);
	if (st == ST_OK)
		st = data_stats_make(&t->stats, &t->data, err);
	if (st != ST_OK) {
		free_table(t);
		return st;
	}
	*ret = t;
	return ST_OK;
}

void task_tables_take(struct task_tables *tables, struct task_table *t)
{
	if (tables->n < TASK_TABLES_MAX)
		tables->v[tables->n++] = t;
	else
		free_table(t);
}

void task_tables_release(struct task_tables *tables)
{
	size_t i;

	for (i = 0; i < tables->n; i++)
		free_table(tables->v[i]);
	memset(tables, 0, sizeof(*tables));
}
