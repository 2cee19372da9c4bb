/* What is remembered of the user. */
#include "app/commands.h"

#include "app/learn.h"
#include "app/repl.h"
#include "engine/memory.h"
#include "text/safe.h"

static enum status memory_of(
	struct repl *r, struct memory **ret, struct err *err)
{
	*ret = r->app->storage.memory;
	if (*ret == NULL || !repl_saves(r))
		return err_set(err, ST_USAGE,
			"nothing is remembered in a private chat");
	return memory_refresh(*ret, err);
}

/* Takes "@NAME" off the front; its agent has to be there. */
static enum status take_agent(struct repl *r, struct span *args,
	struct span *ret_name, struct err *err)
{
	struct app_agent *a;
	struct span rest = *args;
	struct span word;
	enum status st;

	*ret_name = span_of(NULL, 0);
	if (args->n < 2 || args->p[0] != '@')
		return ST_OK;
	word = span_cut(&rest, ' ');
	st = app_agent(r->app, span_of(word.p + 1, word.n - 1), &a, err);
	if (st == ST_OK) {
		*ret_name = span_str(a->agent.name);
		*args = span_trim(rest);
	}
	return st;
}

COMMAND(remember)
{
	struct memory *m;
	struct span agent;
	size_t before;
	enum status st = memory_of(r, &m, err);

	(void)next;
	if (st == ST_OK)
		st = take_agent(r, &args, &agent, err);
	if (st != ST_OK)
		return st;
	before = memory_count(m);
	st = memory_add(m, agent, args, err);
	if (st != ST_OK)
		return st;
	buf_fmt(&r->out, "%s, for ",
		memory_count(m) > before ? "Remembered" : "Known already");
	if (agent.n > 0) {
		buf_char(&r->out, '@');
		safe_line(agent, &r->out);
	} else {
		buf_str(&r->out, "all agents");
	}
	buf_str(&r->out,
		r->app->args.no_memory
			? "; with --no-memory it is not told in this chat.\n"
			: ".\n");
	repl_words(r);
	return ST_OK;
}

static void put_fact(const struct fact *f, size_t number, struct buf *out)
{
	buf_fmt(out, "%3zu  ", number);
	if (f->agent.len > 0) {
		buf_char(out, '@');
		safe_line(buf_view(&f->agent), out);
		buf_str(out, ": ");
	}
	safe_line(buf_view(&f->text), out);
	buf_char(out, '\n');
}

COMMAND(memory)
{
	struct memory *m;
	size_t i;
	enum status st;

	(void)next;
	if (span_caseis(args, "learn"))
		return learn_ask(r, err);
	if (args.n > 0)
		return err_set(err, ST_USAGE,
			"/memory takes learn, or nothing; /remember and "
			"/forget change it");
	st = memory_of(r, &m, err);
	if (st != ST_OK)
		return st;
	for (i = 0; i < memory_count(m); i++)
		put_fact(memory_at(m, i), i + 1, &r->out);
	if (i == 0)
		buf_str(&r->out,
			"Nothing is remembered. /remember TEXT does it, and "
			"/memory learn asks the model what to.\n");
	repl_words(r);
	return ST_OK;
}

COMMAND(forget)
{
	struct memory *m = r->app->storage.memory;
	long long n = 0;
	enum status st;

	(void)next;
	if (m == NULL)
		return memory_of(r, &m, err);
	/* Numbers refer to what was shown; the memory is read anew only when it
	 * is empty. */
	if (memory_count(m) == 0) {
		st = memory_refresh(m, err);
		if (st != ST_OK)
			return st;
	}
	if (span_caseis(args, "all")) {
		st = repl_confirm(
			r, "Forget all that is remembered? [y/N] ", err);
		if (st == ST_OK)
			st = memory_forget_all(m, err);
		if (st == ST_OK)
			buf_str(&r->out, "All is forgotten.\n");
	} else if (span_int(args, 1, (long long)MEMORY_FACTS_MAX, &n)) {
		st = memory_forget(m, (size_t)n - 1, err);
		if (st == ST_OK)
			buf_str(&r->out, "Forgotten.\n");
	} else {
		st = err_set(err, ST_USAGE,
			"/forget takes a number as /memory shows it, or all");
	}
	repl_words(r);
	return st;
}
