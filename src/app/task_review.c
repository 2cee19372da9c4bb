/* Talking over a plan before it is carried out: which reading of the task is
 * meant, what is missing, and whether to go ahead. */
#include "app/task.h"

#include <string.h>
#include <unistd.h>

#include "app/question.h"
#include "base/ascii.h"
#include "base/file.h"
#include "engine/session.h"
#include "text/fill.h"
#include "text/safe.h"
#include "tty/editor.h"
#include "tty/term.h"

enum { MARGIN = 2 }; /* indents the continuation of a line */

/* The length of what stands before the words of a line: blanks and a list
 * marker. */
static size_t marker_length(struct span line)
{
	size_t i = 0;
	size_t sign;

	while (i < line.n && line.p[i] == ' ')
		i++;
	sign = i;
	while (i < line.n && (ascii_is_digit(line.p[i]) || line.p[i] == '-'))
		i++;
	if (i == sign || i == line.n || line.p[i] != ' ')
		return sign;
	while (i < line.n && line.p[i] == ' ')
		i++;
	return i;
}

void task_fill(struct span text, struct buf *out)
{
	struct buf safe;
	struct span rest;
	int columns;
	int rows;

	term_size(&columns, &rows);
	buf_init(&safe, out->max);
	safe_text(text, &safe);
	for (rest = buf_view(&safe); rest.n > 0;) {
		struct span line = span_cut(&rest, '\n');
		size_t at = marker_length(line);

		buf_add(out, line.p, at);
		fill_line(span_of(line.p + at, line.n - at), (size_t)columns,
			at, at > 0 ? at : MARGIN, out);
		buf_char(out, '\n');
	}
	if (safe.bad)
		out->bad = true;
	buf_release(&safe);
}

/* Shows it on the terminal and empties it. */
static void show(struct buf *text)
{
	struct buf shown;

	buf_init(&shown, BUF_LARGE);
	task_fill(buf_view(text), &shown);
	(void)!fd_write_full(STDERR_FILENO, shown.p, shown.len);
	buf_release(&shown);
	buf_reset(text);
}

void task_put_plan_text(const struct task_run *r, struct buf *out)
{
	const struct outline *o = task_outline(r->task);
	struct span rest;
	size_t i;
	size_t k;

	if (o->goal.len > 0)
		buf_fmt(out, "Goal: %s\n", o->goal.p);
	for (i = 0; i < o->steps_n; i++) {
		const struct outline_step *s = &o->steps[i];
		const char *sep = " (after ";

		buf_fmt(out, "%3zu  %s", i + 1, s->title.p);
		for (k = 0; k < o->steps_n; k++)
			if ((s->needs >> k & 1) != 0) {
				buf_fmt(out, "%s%zu", sep, k + 1);
				sep = ", ";
			}
		buf_fmt(out, "%s\n     %s\n", s->needs != 0 ? ")" : "",
			s->work.p);
	}
	rest = buf_view(&o->given);
	if (rest.n > 0)
		buf_str(out, "What holds:\n");
	while (rest.n > 0) {
		buf_str(out, "  - ");
		buf_span(out, span_cut(&rest, '\n'));
		buf_char(out, '\n');
	}
	rest = buf_view(&o->check);
	if (rest.n > 0)
		buf_str(out, "The answer has to meet:\n");
	while (rest.n > 0) {
		buf_str(out, "  - ");
		buf_span(out, span_cut(&rest, '\n'));
		buf_char(out, '\n');
	}
}

/* Gives the task "Word: line" for each of the lines. */
static enum status give_all(struct task_run *r, const char *word,
	const struct buf *lines, struct err *err)
{
	struct span rest = buf_view(lines);
	enum status st = ST_OK;
	struct buf line;

	buf_init(&line, BUF_LARGE);
	while (rest.n > 0 && st == ST_OK) {
		buf_reset(&line);
		buf_fmt(&line, "%s: ", word);
		buf_span(&line, span_cut(&rest, '\n'));
		st = task_given(r->task, buf_view(&line), err);
	}
	buf_release(&line);
	return st;
}

/* Line n, counted from 0. */
static struct span line_at(const struct buf *lines, size_t n)
{
	struct span rest = buf_view(lines);
	struct span line = span_cut(&rest, '\n');

	while (n-- > 0)
		line = span_cut(&rest, '\n');
	return line;
}

/* Asks which reading is meant. *ret_again: it is another one than the plan was
 * made for. */
static enum status ask_reading(
	struct task_run *r, bool *ret_again, struct err *err)
{
	const struct task_proposal *p = task_proposal(r->task);
	size_t n = outline_lines(&p->readings);
	long long choice = (long long)p->recommended + 1;
	struct buf text;
	enum status st;
	size_t i;

	buf_init(&text, BUF_LARGE);
	buf_str(&text, "This can be understood in several ways:\n");
	for (i = 0; i < n; i++) {
		buf_fmt(&text, "%3zu  ", i + 1);
		buf_span(&text, line_at(&p->readings, i));
		buf_str(&text, i == p->recommended ? " (recommended)\n" : "\n");
	}
	show(&text);
	buf_fmt(&text, "Which one is meant? [%lld] ", choice);
	{
		struct buf answer;

		buf_init(&answer, BUF_SMALL);
		st = question_ask(text.p, &answer, err);
		if (st == ST_OK && answer.len > 0 &&
			!span_int(buf_view(&answer), 1, (long long)n, &choice))
			/* The user put it in other words. */
			choice = 0;
		buf_reset(&text);
		buf_str(&text, "Meant: ");
		buf_span(&text,
			choice > 0 ? line_at(&p->readings, (size_t)choice - 1)
				   : buf_view(&answer));
		buf_release(&answer);
	}
	*ret_again = choice != (long long)p->recommended + 1;
	if (st == ST_OK)
		st = task_given(r->task, buf_view(&text), err);
	buf_release(&text);
	return st;
}

static enum status ask_questions(struct task_run *r, struct err *err)
{
	struct span rest = buf_view(&task_proposal(r->task)->questions);
	enum status st = ST_OK;
	struct buf text;
	struct buf answer;

	buf_init(&text, BUF_LARGE);
	buf_init(&answer, BUF_SMALL);
	while (rest.n > 0 && st == ST_OK) {
		struct span q = span_cut(&rest, '\n');

		buf_reset(&text);
		safe_line(q, &text);
		buf_str(&text, " (Enter: not known) ");
		buf_reset(&answer);
		st = question_ask(text.p, &answer, err);
		buf_reset(&text);
		if (answer.len == 0)
			buf_str(&text, "Not known: ");
		buf_span(&text, q);
		if (answer.len > 0)
			buf_char(&text, ' ');
		buf_span(&text, buf_view(&answer));
		if (st == ST_OK)
			st = task_given(r->task, buf_view(&text), err);
	}
	buf_release(&text);
	buf_release(&answer);
	return st;
}

/* Text that is not a plan stays in *draft, to be corrected. */
static enum status edit_plan(
	struct task_run *r, struct buf *draft, struct err *err)
{
	bool quiet = term_quiet(false);
	enum status st;

	if (draft->len == 0)
		outline_write(task_outline(r->task), draft);
	st = editor_run(draft, err);
	if (st == ST_OK)
		st = input_check(buf_view(draft), "the plan", err);
	if (st == ST_OK)
		st = task_edit(r->task, buf_view(draft), err);
	if (st == ST_OK)
		buf_reset(draft);
	if (quiet)
		(void)term_quiet(true);
	return st;
}

/* Asks for a key and gives it in lower case. Enter stands for yes; other words
 * are asked again. */
static enum status ask_key(char *ret, struct err *err)
{
	struct buf answer;
	enum status st;

	buf_init(&answer, BUF_SMALL);
	do {
		st = question_ask(
			"Carry it out? [Y]es, [e]dit, [n]o: ", &answer, err);
		*ret = answer.len > 0 ? ascii_lower(answer.p[0]) : 'y';
	} while (st == ST_OK && strchr("yen", *ret) == NULL);
	buf_release(&answer);
	return st;
}

/* Shows the plan and asks whether to carry it out. ST_FAIL: no. */
static enum status ask_plan(struct task_run *r, struct err *err)
{
	struct buf text;
	struct buf draft;
	bool told = false;
	enum status st;
	char key = 'e';

	buf_init(&text, BUF_LARGE);
	buf_init(&draft, BUF_LARGE);
	for (;;) {
		/* The same plan need not be shown twice. */
		if (!told) {
			task_put_plan_text(r, &text);
			show(&text);
		}
		st = ask_key(&key, err);
		if (st != ST_OK || key != 'e')
			break;
		told = edit_plan(r, &draft, err) != ST_OK;
		if (told)
			task_note(r,
				"%s; the plan above holds, edit goes on with "
				"what you wrote",
				err->msg);
	}
	if (st == ST_OK && key == 'n')
		st = err_set(
			err, ST_FAIL, "the plan was refused; nothing was done");
	buf_release(&text);
	buf_release(&draft);
	return st;
}

/* Nobody can be asked: says what is assumed instead. */
static enum status assume(struct task_run *r, struct err *err)
{
	const struct task_proposal *p = task_proposal(r->task);
	enum status st = ST_OK;
	struct span rest;

	if (p->readings.len > 0) {
		struct span meant = line_at(&p->readings, p->recommended);

		task_note(
			r, "it is understood as: %.*s", (int)meant.n, meant.p);
	}
	st = give_all(r, "Assumed", &p->assumptions, err);
	if (st == ST_OK)
		st = give_all(r, "Not known, so the usual is assumed and said",
			&p->questions, err);
	rest = buf_view(&task_outline(r->task)->given);
	while (rest.n > 0) {
		struct span line = span_cut(&rest, '\n');

		task_note(r, "%.*s", (int)line.n, line.p);
	}
	return st;
}

static enum status talk(struct task_run *r, bool *ret_again, struct err *err)
{
	const struct task_proposal *p = task_proposal(r->task);
	enum status st = ST_OK;

	if (p->readings.len > 0)
		st = ask_reading(r, ret_again, err);
	if (st == ST_OK)
		st = ask_questions(r, err);
	if (st == ST_OK && !*ret_again)
		st = give_all(r, "Assumed", &p->assumptions, err);
	return st;
}

/* Tells the plan in short, where it is not talked over. */
static void tell_plan(struct task_run *r)
{
	const struct outline *o = task_outline(r->task);

	task_note(r, "%zu step%s%s%s", o->steps_n, o->steps_n == 1 ? "" : "s",
		o->goal.len > 0 ? ": " : "", o->goal.p);
}

enum status task_review(struct task_run *r, struct err *err)
{
	bool talks = r->ask && !r->app->args.assume;
	bool again = false;
	enum status st;

	st = talks ? talk(r, &again, err) : assume(r, err);
	if (st == ST_OK && again)
		return task_replan(r->task, err);
	if (st == ST_OK && r->plan_only)
		return task_keep(r->task, err);
	if (st == ST_OK && r->ask && r->review)
		st = ask_plan(r, err);
	else if (st == ST_OK)
		tell_plan(r);
	if (st == ST_OK)
		return task_go(r->task, err);
	/* A refused plan can be taken up again and edited. */
	if (st == ST_FAIL)
		(void)!task_keep(r->task, NULL);
	return st;
}
