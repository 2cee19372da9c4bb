#include "app/task_data.h"

#include <string.h>

#include "chat/image.h"
#include "text/data_summary.h"
#include "wire/chart_spec.h"

static bool ends_in(const struct buf *name, const char *tail)
{
	size_t n = strlen(tail);

	return name->len >= n &&
		span_caseis(span_of(name->p + name->len - n, n), tail);
}

static bool named_table(const struct buf *name)
{
	return ends_in(name, ".csv") || ends_in(name, ".tsv");
}

/* A text whose name does not say that it is a table has to look like one beyond
 * doubt. */
static bool looks_like_table(struct span text)
{
	struct data t;
	bool is = false;

	data_init(&t);
	if (data_read(&t, text, NULL) == ST_OK)
		is = t.named && t.cols > 1 && t.rows > 1 && t.n_problems == 0;
	data_release(&t);
	return is;
}

/* Replaces the text by the summary of its table and, when it is short, the
 * table itself. */
static enum status compute(const struct app *app, struct buf *text,
	struct span name, struct task_tables *keep, struct err *err)
{
	struct task_table *t = NULL;
	struct buf out;
	enum status st = task_table_new(&t, buf_view(text), err);

	if (st != ST_OK)
		return st;
	buf_init(&out, BUF_LARGE);
	st = data_summary(
		&t->data, &t->stats, name, DATA_SUMMARY_TOKENS, &out, err);
	task_tables_take(keep, t);
	buf_str(&out, chart_spec_words);
	if (st == ST_OK && text->len <= TASK_DATA_WHOLE) {
		buf_str(&out, "\nThe table itself:\n\n");
		buf_span(&out, buf_view(text));
	}
	if (st == ST_OK)
		st = buf_check(&out, "summary", err);
	if (st != ST_OK) {
		buf_release(&out);
		return st;
	}
	app_note(app, "%.*s%s", (int)name.n, name.p,
		text->len <= TASK_DATA_WHOLE
			? ": the figures of the table go with it"
			: ": the model gets the figures of the table, and not "
			  "its rows");
	buf_release(text);
	*text = out;
	return ST_OK;
}

/* A text that is no table stays as it is, and the user is told why. */
static enum status compute_or_tell(const struct app *app, struct buf *text,
	struct span name, struct task_tables *keep, struct err *err)
{
	struct err why;
	enum status st = compute(app, text, name, keep, &why);

	if (st == ST_USAGE) {
		app_note(app, "%.*s is no table that can be computed on: %s",
			(int)name.n, name.p, why.msg);
		return ST_OK;
	}
	if (st != ST_OK && err != NULL)
		*err = why;
	return st;
}

enum status task_data_documents(const struct app *app, struct msg *m,
	bool expected, struct task_tables *keep, struct err *err)
{
	enum status st = ST_OK;
	size_t i;

	for (i = 0; i < m->attach_n && st == ST_OK; i++) {
		struct attachment *a = &m->attach[i];
		struct image image;

		if (image_read(buf_view(&a->text), &image))
			continue;
		if (named_table(&a->name) || expected ||
			(span_is(buf_view(&a->name), "stdin") &&
				looks_like_table(buf_view(&a->text))))
			st = compute_or_tell(
				app, &a->text, buf_view(&a->name), keep, err);
	}
	return st;
}

enum status task_data_text(const struct app *app, struct buf *text,
	struct task_tables *keep, struct err *err)
{
	return text->len == 0
		? ST_OK
		: compute_or_tell(app, text, span_str("stdin"), keep, err);
}

void task_data_again(const struct app *app, const struct input *input,
	struct task_tables *keep)
{
	size_t i;

	for (i = 0; i < input->n; i++) {
		const struct input_doc *d = &input->docs[i];
		struct task_table *t = NULL;
		struct err why;

		if (task_table_new(&t, buf_view(&d->text), &why) == ST_OK)
			task_tables_take(keep, t);
		else
			app_note(app,
				"%s is no table that can be computed on: "
				"%s",
				d->name.p, why.msg);
	}
}
