#include "app/commands.h"
#include "app/history.h"
#include "app/repl.h"
#include "app/tree.h"
#include "base/near.h"
#include "chat/branch.h"
#include "engine/session.h"
#include "text/mention.h"
#include "text/safe.h"
#include "tty/editor.h"
#include "tty/term.h"

#define FIRST_THREAD "main"

static bool is_taken(const struct conv *c, struct span name)
{
	return conv_thread_find(c, name) != NULL ||
		(c->thread.len > 0 && span_caseis(name, c->thread.p));
}

/* Appends the word, with the first number behind it that makes the name a new
 * one. */
static void free_name(const struct conv *c, const char *word, struct buf *out)
{
	size_t n = 1;

	do {
		buf_reset(out);
		buf_str(out, word);
		if (n > 1)
			buf_fmt(out, "-%zu", n);
		n++;
	} while (is_taken(c, buf_view(out)) && n <= CONV_THREADS_MAX + 2);
}

COMMAND(fork)
{
	const struct conv *c = session_conv(r->session);
	struct buf name;
	struct buf left;
	enum status st;

	(void)next;
	buf_init(&name, BUF_SMALL);
	buf_init(&left, BUF_SMALL);
	if (c->thread.len > 0)
		buf_span(&left, buf_view(&c->thread));
	else
		free_name(c, FIRST_THREAD, &left);
	if (args.n > 0)
		buf_span(&name, args);
	else
		free_name(c, "thread", &name);
	st = buf_check(&name, "name", err);
	if (st == ST_OK)
		st = session_thread(
			r->session, buf_view(&name), buf_view(&left), err);
	if (st == ST_OK) {
		buf_str(&r->out, "A thread begins here: \"");
		safe_line(buf_view(&c->thread), &r->out);
		buf_str(&r->out, "\". /switch ");
		safe_line(buf_view(&left), &r->out);
		buf_str(&r->out, " goes back.\n");
		repl_words(r);
	}
	buf_release(&left);
	buf_release(&name);
	return st;
}

COMMAND(threads)
{
	const struct term *t = term_get();
	struct branches b;
	int columns;
	int rows;
	enum status st;

	(void)next;
	if (args.n > 0)
		return err_set(err, ST_USAGE,
			"/threads takes nothing behind it; /switch goes to "
			"one, /fork begins one");
	term_size(&columns, &rows);
	st = branches_of(session_conv(r->session), &b, err);
	if (st == ST_OK) {
		tree_draw(&b, (size_t)columns - 1, t->dumb || t->accessible,
			&r->out);
		repl_print(r);
	}
	branches_release(&b);
	return st;
}

/* The thread of that number or name. */
static enum status find_thread(const struct branches *b, struct span what,
	const struct branch **ret, struct err *err)
{
	struct near near;
	long long number = 0;
	size_t count = 0;
	size_t i;

	near_init(&near, what);
	(void)span_int(what, 1, 1000000000, &number);
	for (i = 0; i < b->n; i++) {
		const struct branch *run = &b->v[i];

		if (run->number > count)
			count = run->number;
		if (run->number == 0 ||
			!(run->number == (size_t)number ||
				mention_same(what, run->name))) {
			if (run->name.n > 0)
				near_offer(&near, run->name);
			continue;
		}
		*ret = run;
		return ST_OK;
	}
	if (number > 0)
		return err_set(err, ST_NOT_FOUND,
			"there are %zu threads; /threads shows them", count);
	(void)err_set(err, ST_NOT_FOUND, "there is no thread \"%.*s\"",
		(int)(what.n > 64 ? 64 : what.n), what.p);
	if (near_best(&near).p != NULL)
		err_hint(err, "; did you mean %.*s?", (int)near_best(&near).n,
			near_best(&near).p);
	else
		err_hint(err, "; /threads shows them");
	return ST_NOT_FOUND;
}

static enum status go_to(
	struct repl *r, const struct branch *run, struct err *err)
{
	static const struct id beginning;
	const struct conv *c = session_conv(r->session);
	size_t number = run->number;
	enum status st;

	if (run->here)
		return err_set(err, ST_USAGE, "you are there already");
	st = session_switch(r->session,
		run->last != NULL ? &run->last->id : &beginning, run->name,
		err);
	if (st != ST_OK)
		return st;
	buf_fmt(&r->out, "Going on in thread %zu", number);
	if (c->thread.len > 0) {
		buf_str(&r->out, ", \"");
		safe_line(buf_view(&c->thread), &r->out);
		buf_char(&r->out, '"');
	}
	buf_str(&r->out,
		conv_leaf(c) != NULL ? ".\n" : ", at its beginning.\n");
	repl_words(r);
	if (conv_leaf(c) == NULL)
		return ST_OK;
	st = history_render_last(c, r->render, err);
	if (st == ST_OK)
		repl_gap(r);
	return st;
}

COMMAND(switch)
{
	const struct branch *run = NULL;
	struct branches b;
	enum status st;

	if (args.n == 0) {
		(void)err_set(err, ST_USAGE,
			"/switch takes the number or the name of a thread; "
			"/threads shows them");
		return ST_USAGE;
	}
	(void)next;
	st = branches_of(session_conv(r->session), &b, err);
	if (st == ST_OK)
		st = find_thread(&b, args, &run, err);
	if (st == ST_OK)
		st = go_to(r, run, err);
	branches_release(&b);
	return st;
}

/* Finds the question that is to be reworded. */
static enum status edited_message(struct repl *r, struct span args,
	const struct msg **ret, struct err *err)
{
	const struct conv *c = session_conv(r->session);
	long long n = 0;
	enum status st;

	if (args.n > 0 && !span_int(args, 1, 999999999, &n))
		return err_set(err, ST_USAGE,
			"/edit takes the number of a message of yours, as "
			"/show counts them");
	if (n == 0) {
		*ret = conv_last(c, ROLE_USER);
		return *ret != NULL
			? ST_OK
			: err_set(err, ST_NOT_FOUND, "nothing was asked yet");
	}
	st = repl_message(r, (size_t)n, ret, err);
	if (st == ST_OK && (*ret)->role != ROLE_USER)
		return err_set(err, ST_USAGE,
			"message %lld is a reply; only questions can be asked "
			"in other words",
			n);
	return st;
}

static enum status edit_text(
	const struct msg *old, struct msg *m, struct err *err)
{
	enum status st = editor_run(&m->text, err);

	if (st == ST_OK && span_trim(buf_view(&m->text)).n == 0)
		st = err_set(err, ST_FAIL, "nothing is left of it: not sent");
	if (st == ST_OK && span_eq(buf_view(&m->text), buf_view(&old->text)))
		st = err_set(err, ST_FAIL,
			"it was not changed: not sent; /retry asks it again");
	return st == ST_OK ? input_check(buf_view(&m->text), "the message", err)
			   : st;
}

COMMAND(edit)
{
	const struct msg *old = NULL;
	struct id leaf = session_conv(r->session)->leaf;
	struct id parent;
	struct msg *m = NULL;
	enum status st = ST_OK;

	if (!term_get()->in || !term_get()->out)
		return err_set(
			err, ST_USAGE, "/edit needs a terminal for the editor");
	st = edited_message(r, args, &old, err);
	if (st != ST_OK)
		return st;
	parent = old->parent;
	m = msg_dup(old);
	if (m == NULL)
		return err_nomem(err);
	m->id = (struct id){{0}};
	buf_reset(&m->agent);
	st = edit_text(old, m, err);
	if (st == ST_OK)
		st = session_stand(r->session, &parent, err);
	if (st == ST_OK) {
		st = repl_ask(r, m, err);
		if (st == ST_OK)
			m = NULL;
		else
			(void)session_stand(r->session, &leaf, NULL);
	}
	if (st == ST_OK)
		*next = NEXT_REPLY;
	msg_free(m);
	return st;
}
