#include "app/commands.h"

#include <stdint.h>

#include "app/argword.h"
#include "app/history.h"
#include "app/repl.h"
#include "engine/session.h"
#include "text/safe.h"

COMMAND(new)
{
	enum status st = cmd_no_words(args, "new", err);

	(void)next;
	if (st == ST_OK)
		st = repl_new(r, err);
	if (st == ST_OK) {
		buf_str(&r->out, "A new conversation begins.\n");
		repl_print(r);
	}
	return st;
}

COMMAND(resume)
{
	enum status st;

	(void)next;
	if (args.n == 0)
		return repl_pick(r, args, err);
	st = repl_resume(r, args, err);
	if (st != ST_USAGE)
		return st;
	/* Several titles fit: lists these. */
	err_clear(err);
	return repl_pick(r, args, err);
}

COMMAND(list)
{
	enum status st = cmd_no_words(args, "list", err);

	(void)next;
	return st == ST_OK ? repl_list(r, err) : st;
}

COMMAND(show)
{
	size_t first = 1;
	size_t last = SIZE_MAX;
	enum status st;

	(void)next;
	if (span_caseis(args, "summary"))
		return cmd_show_summary(r, err);
	if (span_caseis(args, "request"))
		return cmd_show_request(r, err);
	if (args.n > 0 && !args_range(args, &first, &last))
		return err_set(err, ST_USAGE,
			"/show takes messages such as 3 or 3-5, summary, "
			"request, or nothing");
	if (conv_leaf(session_conv(r->session)) == NULL) {
		buf_str(&r->out, "Nothing has been said yet.\n");
		repl_words(r);
		return ST_OK;
	}
	st = history_page(r->app, session_conv(r->session), first, last, err);
	if (st == ST_OK)
		repl_gap(r);
	return st;
}

/* Makes the active agent with other settings, for one reply. */
static enum status dress_once(struct repl *r, struct span args, struct err *err)
{
	struct span rest = args;
	struct buf word;
	enum status st;

	if (r->active->agent.kind == AGENT_GUIDE)
		return err_set(err, ST_USAGE, "@guide has no settings");
	st = app_agent_copy(r->app, &r->once, r->active, err);
	buf_init(&word, BUF_SMALL);
	while (st == ST_OK && argword_next(&rest, &word)) {
		struct span value = buf_view(&word);
		struct span name = span_cut(&value, '=');
		const struct opt_row *row = setting_row(name);

		if (row == NULL || value.p == NULL)
			st = err_set(err, ST_USAGE,
				"/retry takes settings such as "
				"temperature=1.2, not \"%.*s\"; /set lists "
				"them",
				(int)(word.len > 64 ? 64 : word.len), word.p);
		else
			st = settings_say(&r->once.said, row, value, err);
		buf_reset(&word);
	}
	buf_release(&word);
	return st == ST_OK ? app_agent_again(r->app, &r->once, err) : st;
}

COMMAND(retry)
{
	struct app_agent *a = r->active;
	struct id leaf = session_conv(r->session)->leaf;
	enum status st = ST_OK;

	if (args.n > 0) {
		st = dress_once(r, args, err);
		a = &r->once;
	}
	if (st == ST_OK)
		st = session_retry(r->session, err);
	if (st == ST_OK) {
		st = repl_answer(r, a, false, err);
		if (st != ST_OK)
			(void)session_stand(r->session, &leaf, NULL);
	}
	if (st == ST_OK)
		*next = NEXT_REPLY;
	return st;
}

COMMAND(continue)
{
	enum status st = cmd_no_words(args, "continue", err);

	if (st == ST_OK)
		st = repl_answer(r, r->active, true, err);
	if (st == ST_OK)
		*next = NEXT_REPLY;
	return st;
}

/* The user's message that is the nth from the end; NULL when there is none. */
static const struct msg *nth_question(const struct conv *c, long long n)
{
	const struct msg *m = conv_leaf(c);

	while (m != NULL && (m->role != ROLE_USER || --n > 0))
		m = conv_parent(c, m);
	return m;
}

COMMAND(undo)
{
	const struct conv *conv = session_conv(r->session);
	const struct msg *m;
	struct buf title;
	long long n = 1;
	enum status st;

	(void)next;
	if (args.n > 0 && !span_int(args, 1, 1000000, &n))
		return err_set(err, ST_USAGE,
			"/undo takes a number of turns, such as /undo 2");
	m = nth_question(conv, n);
	st = session_undo(r->session, (size_t)n, err);
	if (st != ST_OK)
		return st;
	buf_init(&title, BUF_SMALL);
	if (m != NULL)
		conv_title_of(m, &title);
	buf_str(&r->out, n == 1 ? "Taken back: \"" : "Taken back from \"");
	safe_line(buf_view(&title), &r->out);
	buf_fmt(&r->out, "\"%s%s.\n", n == 1 ? "" : " on",
		conv_leaf(conv) == NULL
			? "; the conversation is at its beginning"
			: "");
	repl_words(r);
	buf_release(&title);
	return ST_OK;
}
