/* What the model is sent, the size of its window, and making room in it. */
#include "app/commands.h"

#include <stdio.h>

#include "app/repl.h"
#include "engine/prompt.h"
#include "engine/session.h"
#include "text/safe.h"
#include "tty/term.h"

enum { BAR = 30, NUMBER = 10, NARROW = 64 };

/* 12,345 */
static void put_count(struct buf *out, int64_t n)
{
	char digits[32];
	int len = snprintf(digits, sizeof(digits), "%lld", (long long)n);
	int i;

	for (i = 0; i < len; i++) {
		if (i > 0 && (len - i) % 3 == 0)
			buf_char(out, ',');
		buf_char(out, digits[i]);
	}
}

static void put_spaces(struct buf *out, size_t n)
{
	while (n-- > 0)
		buf_char(out, ' ');
}

/* A row: name, tokens, share of the window and, where there is room, a bar. */
static void put_row(
	struct buf *out, const char *name, int64_t n, int64_t window, bool bar)
{
	char share[16];
	struct buf count;
	int64_t i;

	buf_init(&count, BUF_SMALL);
	put_count(&count, n);
	buf_fmt(out, "  %-10s", name);
	put_spaces(out, count.len < NUMBER ? NUMBER - count.len : 0);
	buf_span(out, buf_view(&count));
	if (window > 0) {
		(void)snprintf(share, sizeof(share), "%.1f%%",
			(double)n * 100 / (double)window);
		buf_fmt(out, "  %6s", share);
		if (bar) {
			int64_t filled = (n * BAR + window / 2) / window;

			if (filled > 0)
				buf_str(out, "  ");
			for (i = 0; i < filled && i < BAR; i++)
				buf_char(out, '#');
		}
	}
	buf_char(out, '\n');
	buf_release(&count);
}

static bool wide(const struct repl *r)
{
	int columns;
	int rows;

	(void)r;
	term_size(&columns, &rows);
	return columns >= NARROW;
}

static void put_rows(struct repl *r, const struct prompt *p, int64_t window)
{
	const struct prompt_parts *t = &p->parts;
	int64_t free_tokens = window - p->tokens - p->reply;
	bool bar = wide(r);
	struct {
		const char *name;
		int64_t n;
	} rows[] = {
		{"system", t->system},
		{"memory", t->notes},
		{"summary", t->summary},
		{"messages", t->messages},
		{"documents", t->documents},
		{"format", t->fixed},
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].n > 0)
			put_row(&r->out, rows[i].name, rows[i].n, window, bar);
	if (window <= 0)
		return;
	put_row(&r->out, "reply", p->reply, window, bar);
	if (free_tokens >= 0)
		put_row(&r->out, "free", free_tokens, window, bar);
}

static void put_remarks(struct repl *r, const struct prompt *p, int64_t window)
{
	struct buf *out = &r->out;
	double scale = session_scale(r->session);

	if (p->covered > 0)
		buf_fmt(out,
			"Messages 1 to %zu are sent as a summary: /show "
			"summary.\n",
			p->covered);
	if (window > 0 && p->tokens > p->budget)
		buf_str(out,
			"All of it does not fit: the oldest messages will be "
			"left out; /compact summarises them.\n");
	if (scale < 0.995 || scale > 1.005)
		buf_fmt(out,
			"Estimated, and corrected by what the endpoint "
			"counted: %.2f of its tokens for one of ours.\n",
			scale);
	else
		buf_str(out,
			"Estimated; the endpoint's own counts will "
			"correct it.\n");
}

COMMAND(context)
{
	const struct agent *agent = &r->active->agent;
	struct prompt p;
	int64_t window;
	enum status st;

	(void)next;
	if (cmd_no_words(args, "context", err) != ST_OK)
		return ST_USAGE;
	prompt_init(&p);
	st = session_look(r->session, &p, NULL, agent, err);
	if (st == ST_OK) {
		window = session_window(r->session);
		buf_str(&r->out, "Sent to @");
		safe_line(span_str(agent->name), &r->out);
		buf_str(&r->out, " (");
		safe_line(span_str(agent->model), &r->out);
		buf_str(&r->out, ") with the next message: ");
		put_count(&r->out, p.tokens);
		if (window > 0) {
			buf_str(&r->out, " of ");
			put_count(&r->out, window);
		}
		buf_str(&r->out, " tokens\n");
		put_rows(r, &p, window);
		put_remarks(r, &p, window);
		repl_words(r);
	}
	prompt_release(&p);
	return st;
}

static enum status undo(struct repl *r, struct err *err)
{
	size_t covered;
	enum status st = session_compact_undo(r->session, err);

	if (st != ST_OK)
		return st;
	if (session_summary(r->session, &covered) == NULL)
		buf_str(&r->out,
			"The summary is not used any more; all "
			"messages are sent again.\n");
	else
		buf_fmt(&r->out,
			"The one before it holds again: messages 1 to %zu are "
			"sent as a summary.\n",
			covered);
	repl_words(r);
	return ST_OK;
}

COMMAND(compact)
{
	enum status st;

	if (span_caseis(args, "undo"))
		return undo(r, err);
	st = repl_compact(r, args, err);
	if (st == ST_OK)
		*next = NEXT_REPLY;
	return st;
}

enum status cmd_show_summary(struct repl *r, struct err *err)
{
	size_t covered;
	const struct summary *s = session_summary(r->session, &covered);

	if (s == NULL)
		return err_set(err, ST_NOT_FOUND,
			"no messages are summarised here; /compact does it");
	buf_fmt(&r->out, "Messages 1 to %zu, summarised by ", covered);
	safe_line(buf_view(&s->model), &r->out);
	buf_str(&r->out, ":\n\n");
	safe_text(buf_view(&s->text), &r->out);
	buf_char(&r->out, '\n');
	repl_words(r);
	return ST_OK;
}

enum status cmd_show_request(struct repl *r, struct err *err)
{
	const struct agent *agent = &r->active->agent;
	struct prompt p;
	size_t i;
	enum status st;

	prompt_init(&p);
	st = session_sent(r->session, &p, agent, err);
	for (i = 0; st == ST_OK && i < p.n; i++) {
		const struct msg *m = p.msgs[i];

		buf_fmt(&r->out, "[%s]\n", role_name(m->role));
		safe_text(buf_view(&m->text), &r->out);
		buf_str(&r->out, "\n\n");
	}
	if (st == ST_OK) {
		if (p.left_out > 0)
			buf_fmt(&r->out,
				"(messages %zu to %zu do not fit and are left "
				"out)\n",
				p.left_first, p.left_last);
		buf_str(&r->out, "This is what @");
		safe_line(span_str(agent->name), &r->out);
		buf_str(&r->out, " is told before your next message.\n");
		repl_fill(r);
	}
	prompt_release(&p);
	return st;
}
