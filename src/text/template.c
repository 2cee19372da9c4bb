#include "text/template.h"

#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "base/utf8.h"
#include "base/vec.h"

static const char required_mark[] = "(required)";

void template_init(struct template *t)
{
	memset(t, 0, sizeof(*t));
	buf_init(&t->file, BUF_SMALL);
	buf_init(&t->description, BUF_SMALL);
	outline_init(&t->outline);
}

void template_release(struct template *t)
{
	size_t i;

	for (i = 0; i < t->vars_n; i++) {
		buf_release(&t->vars[i].name);
		buf_release(&t->vars[i].help);
		buf_release(&t->vars[i].value);
	}
	free(t->vars);
	buf_release(&t->file);
	buf_release(&t->description);
	outline_release(&t->outline);
	template_init(t);
}

/* A variable's name: a letter, then letters, digits, "-" and "_". */
static bool is_name(struct span s)
{
	size_t i;

	if (s.n == 0 || s.n > 64)
		return false;
	for (i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (!ascii_is_letter(c) &&
			(i == 0 ||
				!(ascii_is_digit(c) || c == '-' || c == '_')))
			return false;
	}
	return true;
}

static struct template_var *find(const struct template *t, struct span name)
{
	size_t i;

	for (i = 0; i < t->vars_n; i++)
		if (span_eq(name, buf_view(&t->vars[i].name)))
			return &t->vars[i];
	return NULL;
}

/*
 * The head
 */

/* "topic = What is to be done (required)" */
static enum status declare(
	struct template *t, struct span value, size_t line, struct err *err)
{
	const size_t mark = sizeof(required_mark) - 1;
	struct span help = value;
	struct span name = span_trim(span_cut(&help, '='));
	struct template_var *v;

	help = span_trim(help);
	if (!is_name(name) || help.n == 0)
		return err_set(err, ST_CONFIG,
			"Set is \"name = what it is\", with (required) behind "
			"it where it is");
	if (span_is(name, "input") || find(t, name) != NULL)
		return err_set(err, ST_CONFIG, "\"%.*s\" is taken", (int)name.n,
			name.p);
	if (!vec_grow(&t->vars, &t->vars_cap, t->vars_n + 1, sizeof(*t->vars),
		    TEMPLATE_VARS_MAX))
		return err_set(err, ST_CONFIG, "more than %zu variables",
			TEMPLATE_VARS_MAX);
	v = &t->vars[t->vars_n++];
	buf_init(&v->name, BUF_SMALL);
	buf_init(&v->help, BUF_SMALL);
	buf_init(&v->value, BUF_LARGE);
	v->line = line;
	v->required = help.n >= mark &&
		span_is(span_of(help.p + help.n - mark, mark), required_mark);
	if (v->required)
		help = span_trim(span_of(help.p, help.n - mark));
	buf_span(&v->name, name);
	buf_span(&v->help, help);
	return v->name.bad || v->help.bad ? err_nomem(err) : ST_OK;
}

static enum status take_head(
	struct template *t, struct span line, size_t number, struct err *err)
{
	struct span value = line;
	struct span name = span_trim(span_cut(&value, ':'));

	if (value.p == NULL)
		return err_set(err, ST_CONFIG,
			"before the first section stand lines \"Name: value\"");
	value = span_trim(value);
	if (span_is(name, "Set"))
		return declare(t, value, number, err);
	if (span_is(name, "Data")) {
		t->data = span_is(value, "yes");
		return t->data || span_is(value, "no")
			? ST_OK
			: err_set(err, ST_CONFIG, "Data is yes or no");
	}
	if (!span_is(name, "Description"))
		return err_set(err, ST_CONFIG,
			"there is no \"%.*s\"; there are: Description Set Data",
			(int)(name.n > 100 ? 100 : name.n), name.p);
	if (t->description.len > 0 || value.n == 0)
		return err_set(
			err, ST_CONFIG, "Description stands once, with a text");
	utf8_one_line(value, OUTLINE_TITLE_MAX, &t->description);
	return buf_check(&t->description, "description", err);
}

/* Reads the head. *text then begins with the first section, and *ret_line is
 * its line. */
static enum status read_head(struct template *t, struct span *text,
	const char *file, size_t *ret_line, struct err *err)
{
	enum status st = ST_OK;
	size_t number = 1;

	buf_set(&t->file, span_str(file));
	while (text->n > 0 && !span_starts(*text, "# ") && st == ST_OK) {
		struct span line = span_trim(span_cut(text, '\n'));

		if (line.n > 0)
			st = take_head(t, line, number, err);
		number++;
	}
	if (st != ST_OK) {
		err_prefix(err, "%s:%zu", file, number - 1);
		return st;
	}
	*ret_line = number;
	if (t->description.len == 0)
		return err_set(
			err, ST_CONFIG, "%s:1: there is no Description", file);
	return buf_check(&t->file, "name", err);
}

enum status template_read_head(
	struct template *t, struct span text, const char *file, struct err *err)
{
	size_t line;

	return read_head(t, &text, file, &line, err);
}

/*
 * Marks: {{name}}, {{?name}}, {{/name}}
 */

struct mark {
	size_t at; /* where it begins */
	size_t end; /* behind it */
	char kind; /* 0, '?' or '/' */
	struct span name;
};

/* Finds the next mark from `at` on; false when there is none. */
static bool next_mark(struct span s, size_t at, struct mark *ret)
{
	size_t i;
	size_t k;

	for (i = at; i + 1 < s.n; i++) {
		if (s.p[i] != '{' || s.p[i + 1] != '{')
			continue;
		for (k = i + 2; k + 1 < s.n; k++)
			if (s.p[k] == '}' && s.p[k + 1] == '}')
				break;
		if (k + 1 >= s.n)
			return false;
		ret->at = i;
		ret->end = k + 2;
		ret->name = span_trim(span_of(s.p + i + 2, k - i - 2));
		ret->kind = 0;
		if (ret->name.n > 0 &&
			(ret->name.p[0] == '?' || ret->name.p[0] == '/')) {
			ret->kind = ret->name.p[0];
			ret->name = span_of(ret->name.p + 1, ret->name.n - 1);
		}
		return true;
	}
	return false;
}

static enum status check_mark(struct template *t, const struct mark *m,
	struct span *open, struct err *err)
{
	const int n = (int)(m->name.n > 100 ? 100 : m->name.n);

	if (span_is(m->name, "input"))
		t->takes_input = true;
	else if (find(t, m->name) == NULL)
		return err_set(err, ST_CONFIG,
			"{{%.*s}} is no variable; Set declares one", n,
			m->name.p);
	if (m->kind == '?' && open->n > 0)
		return err_set(err, ST_CONFIG,
			"{{?%.*s}} stands inside of {{?%.*s}}", n, m->name.p,
			(int)open->n, open->p);
	if (m->kind == '/' && !span_eq(*open, m->name))
		return err_set(
			err, ST_CONFIG, "{{/%.*s}} ends nothing", n, m->name.p);
	if (m->kind == '?')
		*open = m->name;
	else if (m->kind == '/')
		*open = span_of(NULL, 0);
	return ST_OK;
}

/* Checks that all marks are valid, and that each part ends in the section where
 * it begins. */
static enum status check_marks(
	struct template *t, struct span text, size_t number, struct err *err)
{
	struct span open = {NULL, 0};
	enum status st = ST_OK;

	for (; text.n > 0 && st == ST_OK; number++) {
		struct span line = span_cut(&text, '\n');
		struct mark m = {0, 0, 0, {NULL, 0}};

		if (span_starts(line, "# ") && open.n > 0)
			st = err_set(err, ST_CONFIG,
				"{{?%.*s}} has no end before this", (int)open.n,
				open.p);
		while (st == ST_OK && next_mark(line, m.end, &m))
			st = check_mark(t, &m, &open, err);
	}
	if (st == ST_OK && open.n > 0)
		st = err_set(err, ST_CONFIG, "{{?%.*s}} has no end",
			(int)open.n, open.p);
	if (st != ST_OK)
		err_prefix(err, "%s:%zu", t->file.p, number - 1);
	return st;
}

/* Checks that in a list a part ends in the item where it begins, since items
 * are filled separately. */
static enum status check_item(
	const struct template *t, struct span item, struct err *err)
{
	struct mark m = {0, 0, 0, {NULL, 0}};
	struct span open = {NULL, 0};

	while (next_mark(item, m.end, &m)) {
		if (m.kind == '?')
			open = m.name;
		else if (m.kind == '/' && open.n > 0)
			open = span_of(NULL, 0);
		else if (m.kind == '/')
			open = m.name;
	}
	if (open.n == 0)
		return ST_OK;
	return err_set(err, ST_CONFIG,
		"%s: in a list, {{?%.*s}} and its end stand in one item",
		t->file.p, (int)open.n, open.p);
}

static enum status check_lists(const struct template *t, struct err *err)
{
	const struct outline *o = &t->outline;
	struct span rest = buf_view(&o->check);
	enum status st = ST_OK;
	size_t i;

	for (i = 0; i < o->steps_n && st == ST_OK; i++) {
		st = check_item(t, buf_view(&o->steps[i].title), err);
		if (st == ST_OK)
			st = check_item(t, buf_view(&o->steps[i].work), err);
	}
	while (rest.n > 0 && st == ST_OK)
		st = check_item(t, span_cut(&rest, '\n'), err);
	return st;
}

enum status template_read(
	struct template *t, struct span text, const char *file, struct err *err)
{
	size_t line = 1;
	enum status st = read_head(t, &text, file, &line, err);

	if (st == ST_OK)
		st = check_marks(t, text, line, err);
	if (st == ST_OK)
		st = outline_read(
			&t->outline, text, OUTLINE_TEMPLATE, file, line, err);
	if (st == ST_OK && t->outline.task.len == 0)
		st = err_set(err, ST_CONFIG, "%s:%zu: there is no section Task",
			file, line);
	if (st == ST_OK)
		st = check_lists(t, err);
	if (st == ST_USAGE) {
		err->code = ST_CONFIG;
		st = ST_CONFIG;
	}
	return st;
}

/*
 * Values
 */

enum status template_set(struct template *t, struct span set, struct err *err)
{
	struct span value = set;
	struct span name = span_trim(span_cut(&value, '='));
	struct template_var *v = find(t, name);
	size_t i;

	if (value.p == NULL)
		return err_set(err, ST_USAGE, "--set takes name=value");
	if (v == NULL) {
		(void)err_set(err, ST_USAGE,
			"%s has no variable \"%.*s\"; it has:", t->file.p,
			(int)(name.n > 100 ? 100 : name.n), name.p);
		for (i = 0; i < t->vars_n; i++)
			err_hint(err, " %s", t->vars[i].name.p);
		if (t->vars_n == 0)
			err_hint(err, " none");
		return ST_USAGE;
	}
	v->set = span_trim(value).n > 0;
	buf_set(&v->value, value);
	return buf_check(&v->value, "value", err);
}

static bool value_of(const struct template *t, struct span name,
	struct span input, struct span *ret)
{
	const struct template_var *v = find(t, name);

	if (v == NULL) {
		*ret = input;
		return span_trim(input).n > 0;
	}
	*ret = buf_view(&v->value);
	return v->set;
}

/* Puts values in place of the marks. */
static void fill_text(
	const struct template *t, struct span input, struct buf *text)
{
	struct span s = buf_view(text);
	struct mark m = {0, 0, 0, {NULL, 0}};
	struct buf out;
	bool left_out = false;
	size_t at = 0;

	buf_init(&out, BUF_LARGE);
	while (next_mark(s, at, &m)) {
		struct span value;
		bool set = value_of(t, m.name, input, &value);

		if (!left_out)
			buf_add(&out, s.p + at, m.at - at);
		if (m.kind == '?')
			left_out = !set;
		else if (m.kind == '/')
			left_out = false;
		else if (!left_out && set)
			buf_span(&out, value);
		at = m.end;
	}
	buf_add(&out, s.p + at, s.n - at);
	buf_release(text);
	*text = out;
}

/* The same for texts that have to stay on their line. */
static void fill_lines(
	const struct template *t, struct span input, struct buf *text)
{
	struct span rest = buf_view(text);
	struct buf out;
	struct buf line;

	buf_init(&out, BUF_LARGE);
	buf_init(&line, BUF_LARGE);
	while (rest.n > 0) {
		buf_set(&line, span_cut(&rest, '\n'));
		fill_text(t, input, &line);
		(void)outline_line(&out, buf_view(&line));
	}
	out.bad = out.bad || line.bad;
	buf_release(&line);
	buf_release(text);
	*text = out;
}

static void fill_line(const struct template *t, struct span input, size_t max,
	struct buf *text)
{
	struct buf line;

	fill_text(t, input, text);
	buf_init(&line, BUF_LARGE);
	utf8_one_line(buf_view(text), max, &line);
	line.bad = line.bad || text->bad;
	buf_release(text);
	*text = line;
}

enum status template_fill(
	struct template *t, struct span input, struct err *err)
{
	struct outline *o = &t->outline;
	struct buf *texts[] = {&o->role, &o->task, &o->form, &o->missing};
	enum status st = ST_OK;
	size_t i;

	for (i = 0; i < t->vars_n; i++)
		if (t->vars[i].required && !t->vars[i].set)
			return err_set(err, ST_USAGE,
				"%s:%zu: \"%s\" has to be set: %s; say --set "
				"%s=...",
				t->file.p, t->vars[i].line, t->vars[i].name.p,
				t->vars[i].help.p, t->vars[i].name.p);
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]) && st == ST_OK; i++) {
		fill_text(t, input, texts[i]);
		st = buf_check(texts[i], "template", err);
	}
	fill_lines(t, input, &o->check);
	if (st == ST_OK)
		st = buf_check(&o->check, "template", err);
	for (i = 0; i < o->steps_n && st == ST_OK; i++) {
		fill_line(t, input, OUTLINE_TITLE_MAX, &o->steps[i].title);
		fill_line(t, input, OUTLINE_WORK_MAX, &o->steps[i].work);
		st = o->steps[i].title.bad || o->steps[i].work.bad
			? err_nomem(err)
			: ST_OK;
	}
	return st;
}
