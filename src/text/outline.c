#include "text/outline.h"

#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "base/utf8.h"
#include "base/vec.h"

/* Bytes of a line of Given or Check. */
enum { LINE_MAX = 2000 };

static const struct {
	enum outline_section section;
	const char *name;
	size_t at; /* offset of its buf */
} sections[] = {
	{OUTLINE_GOAL, "Goal", offsetof(struct outline, goal)},
	{OUTLINE_ROLE, "Role", offsetof(struct outline, role)},
	{OUTLINE_TASK, "Task", offsetof(struct outline, task)},
	{OUTLINE_STEPS, "Steps", 0},
	{OUTLINE_GIVEN, "Given", offsetof(struct outline, given)},
	{OUTLINE_FORM, "Form", offsetof(struct outline, form)},
	{OUTLINE_MISSING, "Missing", offsetof(struct outline, missing)},
	{OUTLINE_CHECK, "Check", offsetof(struct outline, check)},
};

#define SECTIONS_N (sizeof(sections) / sizeof(sections[0]))

static struct buf *text_of(struct outline *o, size_t i)
{
	return (struct buf *)((char *)o + sections[i].at);
}

static struct span text_in(const struct outline *o, size_t i)
{
	return buf_view((const struct buf *)((const char *)o + sections[i].at));
}

void outline_init(struct outline *o)
{
	size_t i;

	memset(o, 0, sizeof(*o));
	for (i = 0; i < SECTIONS_N; i++)
		if (sections[i].section != OUTLINE_STEPS)
			buf_init(text_of(o, i), BUF_LARGE);
}

void outline_release(struct outline *o)
{
	size_t i;

	for (i = 0; i < o->steps_n; i++) {
		buf_release(&o->steps[i].id);
		buf_release(&o->steps[i].title);
		buf_release(&o->steps[i].work);
	}
	free(o->steps);
	for (i = 0; i < SECTIONS_N; i++)
		if (sections[i].section != OUTLINE_STEPS)
			buf_release(text_of(o, i));
	outline_init(o);
}

/*
 * Steps
 */

/* Appends a text as an id: lower-case letters, digits and "-"; anything else
 * separates words. */
static void put_id(struct span s, struct buf *out)
{
	size_t i;

	for (i = 0; i < s.n && out->len < OUTLINE_ID_MAX; i++) {
		if (ascii_is_alnum(s.p[i]))
			buf_char(out, ascii_lower(s.p[i]));
		else if (out->len > 0 && out->p[out->len - 1] != '-')
			buf_char(out, '-');
	}
	while (out->len > 0 && out->p[out->len - 1] == '-')
		buf_truncate(out, out->len - 1);
}

size_t outline_find(const struct outline *o, struct span id)
{
	struct buf made;
	size_t i;

	buf_init(&made, BUF_SMALL);
	put_id(id, &made);
	for (i = 0; i < o->steps_n; i++)
		if (span_eq(buf_view(&o->steps[i].id), buf_view(&made)))
			break;
	buf_release(&made);
	return i < o->steps_n ? i : SIZE_MAX;
}

/* Appends a title without "|", which would end it. */
static void put_title(struct span title, struct buf *out)
{
	size_t i;

	utf8_one_line(title, OUTLINE_TITLE_MAX, out);
	for (i = 0; i < out->len; i++)
		if (out->p[i] == '|')
			out->p[i] = '/';
}

static void release_step(struct outline_step *s)
{
	buf_release(&s->id);
	buf_release(&s->title);
	buf_release(&s->work);
	memset(s, 0, sizeof(*s));
}

static enum status fill_step(const struct outline *o, struct outline_step *s,
	const struct outline_words *w, struct err *err)
{
	put_id(w->id, &s->id);
	if (s->id.len == 0)
		buf_fmt(&s->id, "s%zu", o->steps_n + 1);
	put_title(w->title.n > 0 ? w->title : w->id, &s->title);
	utf8_one_line(w->work, OUTLINE_WORK_MAX, &s->work);
	if (s->id.bad || s->title.bad || s->work.bad)
		return err_nomem(err);
	if (outline_find(o, buf_view(&s->id)) != SIZE_MAX)
		return err_set(
			err, ST_USAGE, "there are two steps \"%s\"", s->id.p);
	if (s->work.len == 0)
		return err_set(err, ST_USAGE,
			"the step \"%s\" does not say what is to be done",
			s->id.p);
	return ST_OK;
}

enum status outline_add(
	struct outline *o, const struct outline_words *w, struct err *err)
{
	struct outline_step *s;
	enum status st;

	if (o->steps_n == OUTLINE_STEPS_MAX)
		return err_set(err, ST_USAGE, "more than %zu steps",
			OUTLINE_STEPS_MAX);
	if (!vec_grow(&o->steps, &o->steps_cap, o->steps_n + 1,
		    sizeof(*o->steps), OUTLINE_STEPS_MAX))
		return err_nomem(err);
	s = &o->steps[o->steps_n];
	buf_init(&s->id, BUF_SMALL);
	buf_init(&s->title, BUF_LARGE);
	buf_init(&s->work, BUF_LARGE);
	s->needs = 0;
	st = fill_step(o, s, w, err);
	if (st == ST_OK)
		o->steps_n++;
	else
		release_step(s);
	return st;
}

enum status outline_need(
	struct outline *o, size_t i, struct span id, struct err *err)
{
	size_t on = outline_find(o, id);

	if (on == SIZE_MAX)
		return err_set(err, ST_USAGE,
			"the step \"%s\" needs \"%.*s\", and there is no such "
			"step",
			o->steps[i].id.p, (int)(id.n > 100 ? 100 : id.n), id.p);
	o->steps[i].needs |= (uint64_t)1 << on;
	return ST_OK;
}

enum status outline_check(const struct outline *o, struct err *err)
{
	uint64_t done = 0;
	uint64_t before;
	size_t i;

	do {
		before = done;
		for (i = 0; i < o->steps_n; i++)
			if ((o->steps[i].needs & ~done) == 0)
				done |= (uint64_t)1 << i;
	} while (done != before);
	for (i = 0; i < o->steps_n; i++)
		if ((done >> i & 1) == 0)
			return err_set(err, ST_USAGE,
				"the step \"%s\" needs itself, by way of its "
				"needs",
				o->steps[i].id.p);
	return ST_OK;
}

/*
 * Lines
 */

size_t outline_lines(const struct buf *lines)
{
	size_t n = 0;
	size_t i;

	for (i = 0; i < lines->len; i++)
		n += lines->p[i] == '\n';
	return n;
}

bool outline_line(struct buf *lines, struct span line)
{
	size_t before = lines->len;

	if (outline_lines(lines) >= OUTLINE_LINES_MAX)
		return false;
	utf8_one_line(line, LINE_MAX, lines);
	if (lines->len > before)
		buf_char(lines, '\n');
	return true;
}

/*
 * Reading
 */

struct reading {
	struct outline *o;
	unsigned allowed;
	unsigned seen;
	size_t in; /* the section, SECTIONS_N: before the first */
	struct buf item; /* item of a list, until it is complete */
	struct buf needs; /* of the steps, a line each */
};

/* Takes a step: "scope | Scope | needs: a, b | What to do." */
static enum status take_step(struct reading *r, struct err *err)
{
	struct span rest = buf_view(&r->item);
	struct outline_words w = {.id = span_trim(span_cut(&rest, '|'))};
	struct span needs = {NULL, 0};
	enum status st;

	w.title = span_trim(span_cut(&rest, '|'));
	w.work = span_trim(rest);
	if (rest.p == NULL)
		return err_set(err, ST_USAGE,
			"a step is \"- id | title | what is to be done\"");
	if (span_starts(w.work, "needs:")) {
		needs = span_cut(&w.work, '|');
		needs = span_of(needs.p + 6, needs.n - 6);
	}
	st = outline_add(r->o, &w, err);
	buf_span(&r->needs, needs);
	buf_char(&r->needs, '\n');
	return st;
}

static enum status end_item(struct reading *r, struct err *err)
{
	enum status st = ST_OK;

	if (r->item.len == 0)
		return ST_OK;
	if (sections[r->in].section == OUTLINE_STEPS)
		st = take_step(r, err);
	else if (!outline_line(text_of(r->o, r->in), buf_view(&r->item)))
		st = err_set(err, ST_USAGE, "more than %zu lines",
			OUTLINE_LINES_MAX);
	buf_reset(&r->item);
	return st;
}

static bool is_list(enum outline_section s)
{
	return s == OUTLINE_STEPS || s == OUTLINE_GIVEN || s == OUTLINE_CHECK;
}

static enum status begin(struct reading *r, struct span name, struct err *err)
{
	enum status st = end_item(r, err);
	size_t i;

	if (st != ST_OK)
		return st;
	for (i = 0; i < SECTIONS_N; i++)
		if (span_is(name, sections[i].name) &&
			(r->allowed & (unsigned)sections[i].section) != 0)
			break;
	if (i == SECTIONS_N) {
		(void)err_set(err, ST_USAGE,
			"there is no section \"%.*s\"; "
			"there are:",
			(int)(name.n > 100 ? 100 : name.n), name.p);
		for (i = 0; i < SECTIONS_N; i++)
			if ((r->allowed & (unsigned)sections[i].section) != 0)
				err_hint(err, " %s", sections[i].name);
		return ST_USAGE;
	}
	if ((r->seen & (unsigned)sections[i].section) != 0)
		return err_set(err, ST_USAGE, "a second section \"%s\"",
			sections[i].name);
	r->seen |= (unsigned)sections[i].section;
	r->in = i;
	return ST_OK;
}

static enum status take_item(
	struct reading *r, struct span line, struct err *err)
{
	enum status st;

	if (span_trim(line).n == 0)
		return ST_OK;
	if (line.p[0] == ' ' || line.p[0] == '\t') {
		if (r->item.len == 0)
			return err_set(
				err, ST_USAGE, "this goes on with nothing");
		buf_char(&r->item, ' ');
		buf_span(&r->item, span_trim(line));
		return ST_OK;
	}
	if (!span_starts(line, "- "))
		return err_set(err, ST_USAGE,
			"in %s each line begins with \"- \"",
			sections[r->in].name);
	st = end_item(r, err);
	buf_span(&r->item, span_trim(span_of(line.p + 2, line.n - 2)));
	return st;
}

static enum status take_line(
	struct reading *r, struct span line, struct err *err)
{
	if (line.n > 0 && line.p[line.n - 1] == '\r')
		line.n--;
	if (span_starts(line, "# "))
		return begin(
			r, span_trim(span_of(line.p + 2, line.n - 2)), err);
	if (r->in == SECTIONS_N)
		return span_trim(line).n == 0
			? ST_OK
			: err_set(err, ST_USAGE,
				  "this stands before the first section");
	if (is_list(sections[r->in].section))
		return take_item(r, line, err);
	buf_span(text_of(r->o, r->in), line);
	buf_char(text_of(r->o, r->in), '\n');
	return ST_OK;
}

/* Resolves the needs, once all steps are known. */
static enum status bind(struct reading *r, struct err *err)
{
	struct span rest = buf_view(&r->needs);
	enum status st = ST_OK;
	size_t i;

	for (i = 0; i < r->needs.len; i++)
		if (r->needs.p[i] == ',')
			r->needs.p[i] = ' ';
	for (i = 0; i < r->o->steps_n && st == ST_OK; i++) {
		struct span ids = span_cut(&rest, '\n');

		while (ids.n > 0 && st == ST_OK) {
			struct span id = span_trim(span_cut(&ids, ' '));

			if (id.n > 0)
				st = outline_need(r->o, i, id, err);
		}
	}
	return st == ST_OK ? outline_check(r->o, err) : st;
}

/* Cuts empty lines around the texts. */
static enum status trim_texts(struct outline *o, struct err *err)
{
	enum status st = ST_OK;
	size_t i;

	for (i = 0; i < SECTIONS_N && st == ST_OK; i++) {
		struct buf *b = text_of(o, i);
		struct span s;

		if (sections[i].section == OUTLINE_STEPS)
			continue;
		st = buf_check(b, "section", err);
		if (st != ST_OK || is_list(sections[i].section))
			continue;
		s = span_trim(buf_view(b));
		if (s.n > 0 && s.p > b->p)
			buf_consume(b, (size_t)(s.p - b->p));
		buf_truncate(b, s.n);
	}
	return st;
}

enum status outline_read(struct outline *o, struct span text, unsigned allowed,
	const char *name, size_t line, struct err *err)
{
	struct reading r = {.o = o, .allowed = allowed, .in = SECTIONS_N};
	enum status st = ST_OK;

	buf_init(&r.item, BUF_LARGE);
	buf_init(&r.needs, BUF_LARGE);
	for (; text.n > 0 && st == ST_OK; line++)
		st = take_line(&r, span_cut(&text, '\n'), err);
	if (st == ST_OK)
		st = end_item(&r, err);
	if (st == ST_OK)
		st = bind(&r, err);
	if (st == ST_OK)
		st = trim_texts(o, err);
	if (st != ST_OK)
		err_prefix(err, "%s:%zu", name, line > 1 ? line - 1 : line);
	buf_release(&r.item);
	buf_release(&r.needs);
	return st;
}

/*
 * Writing
 */

static void write_steps(const struct outline *o, struct buf *out)
{
	size_t i;
	size_t k;

	for (i = 0; i < o->steps_n; i++) {
		const struct outline_step *s = &o->steps[i];

		buf_fmt(out, "- %s | %s | ", s->id.p, s->title.p);
		if (s->needs != 0 || span_starts(buf_view(&s->work), "needs:"))
			buf_str(out, "needs:");
		for (k = 0; k < o->steps_n; k++)
			if ((s->needs >> k & 1) != 0)
				buf_fmt(out, " %s", o->steps[k].id.p);
		if (s->needs != 0 || span_starts(buf_view(&s->work), "needs:"))
			buf_str(out, " | ");
		buf_span(out, buf_view(&s->work));
		buf_char(out, '\n');
	}
}

static void write_lines(struct span lines, struct buf *out)
{
	while (lines.n > 0) {
		buf_str(out, "- ");
		buf_span(out, span_cut(&lines, '\n'));
		buf_char(out, '\n');
	}
}

/* Appends a text, in which no line may look like a heading. */
static void write_text(struct span text, struct buf *out)
{
	while (text.n > 0) {
		struct span line = span_cut(&text, '\n');

		if (span_starts(line, "# "))
			buf_char(out, ' ');
		buf_span(out, line);
		buf_char(out, '\n');
	}
}

void outline_write(const struct outline *o, struct buf *out)
{
	size_t i;

	for (i = 0; i < SECTIONS_N; i++) {
		enum outline_section s = sections[i].section;
		size_t n = s == OUTLINE_STEPS ? o->steps_n : text_in(o, i).n;

		if (n == 0)
			continue;
		buf_fmt(out, "%s# %s\n", out->len > 0 ? "\n" : "",
			sections[i].name);
		if (s == OUTLINE_STEPS) {
			write_steps(o, out);
		} else if (is_list(s)) {
			write_lines(text_in(o, i), out);
		} else {
			write_text(text_in(o, i), out);
		}
	}
}
