/* /task: a task that is carried out in steps within the conversation. */
#include "app/commands.h"

#include "app/refs.h"
#include "app/repl.h"
#include "app/task.h"
#include "app/task_data.h"
#include "app/task_template.h"
#include "engine/session.h"

/* Takes "-T NAME" off the front of the text, and asks for the values that the
 * template needs. */
static enum status take_template(
	struct span *text, struct template *t, bool ask, struct err *err)
{
	struct span name;
	struct buf copy;
	enum status st;

	*text = span_trim(span_of(text->p + 3, text->n - 3));
	name = span_cut(text, ' ');
	*text = span_trim(*text);
	buf_init(&copy, BUF_SMALL);
	buf_span(&copy, name);
	st = task_template_load(copy.p, t, err);
	buf_release(&copy);
	return st == ST_OK && ask ? task_template_ask(t, err) : st;
}

/* Fills m; *ret_from: it is made from the template. */
static enum status put_text(const struct task_run *k, struct span text,
	struct template *t, bool *ret_from, struct msg *m, struct err *err)
{
	enum status st;

	*ret_from = span_starts(text, "-T ");
	if (!*ret_from) {
		buf_span(&m->text, text);
		return buf_check(&m->text, "task", err);
	}
	st = take_template(&text, t, k->ask, err);
	return st == ST_OK
		? task_template_put(t, span_of(NULL, 0), text, m, err)
		: st;
}

static enum status start(struct task_run *k, struct repl *r, struct span text,
	struct msg *m, struct err *err)
{
	struct task_options o = task_run_options(k);
	struct template t;
	bool from = false;
	enum status st;

	template_init(&t);
	st = put_text(k, text, &t, &from, m, err);
	if (st == ST_OK)
		st = refs_attach_input(&r->files, m, &r->out, err);
	if (st == ST_OK)
		st = task_data_documents(r->app, m, t.data, &k->tables, err);
	k->simple_out = k->tables.n == 0;
	if (st == ST_OK)
		st = task_new(&k->task, &o, m, from ? &t.outline : NULL, err);
	template_release(&t);
	return st;
}

static enum status begin(
	struct task_run *k, struct repl *r, struct span text, struct err *err)
{
	struct task_options o = task_run_options(k);
	struct msg *m;
	enum status st;

	if (text.n == 0)
		return task_load(&k->task, &o, err);
	m = msg_new(ROLE_USER);
	if (m == NULL)
		return err_nomem(err);
	st = start(k, r, text, m, err);
	if (st != ST_OK) {
		msg_free(m);
		buf_reset(&r->out);
		return st;
	}
	input_release(&r->files);
	repl_tell(r);
	return ST_OK;
}

COMMAND(task)
{
	struct task_run k = {
		.app = r->app,
		.session = r->session,
		.agent = r->active,
		.render = r->render,
		.ask = r->edit != NULL,
		.review = true,
		.simple_out = true,
		.chat = true,
	};
	struct usage u;
	enum status st = task_check_agent(r->active, err);

	(void)next;
	if (st == ST_OK)
		st = begin(&k, r, args, err);
	if (st == ST_NOT_FOUND && args.n == 0)
		err_hint(err, "; /task TEXT begins one");
	if (st != ST_OK) {
		task_tables_release(&k.tables);
		return st;
	}
	st = task_drive(&k, err);
	st = task_write(&k, st, err);
	u = task_usage(k.task, NULL);
	r->tokens_in += u.prompt;
	r->tokens_out += u.completion;
	r->said = true;
	task_free(k.task);
	task_tables_release(&k.tables);
	repl_gap(r);
	return st;
}
