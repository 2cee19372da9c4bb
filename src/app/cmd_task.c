/* Something larger, carried out in steps within the conversation. */
#include "app/commands.h"

#include "app/refs.h"
#include "app/repl.h"
#include "app/task.h"
#include "app/task_data.h"
#include "engine/session.h"

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
	buf_span(&m->text, text);
	st = buf_check(&m->text, "task", err);
	if (st == ST_OK)
		st = refs_attach_input(&r->files, m, &r->out, err);
	if (st == ST_OK)
		st = task_data_documents(r->app, m, false, &k->tables, err);
	k->simple_out = k->tables.n == 0;
	if (st == ST_OK)
		st = task_new(&k->task, &o, m, NULL, err);
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
