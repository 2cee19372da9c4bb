#include "app/task_template.h"

#include "app/question.h"
#include "app/screen.h"
#include "chat/msg.h"
#include "conf/shelf.h"
#include "text/safe.h"
#include "tty/term.h"
#include "wire/json.h"

static const struct shelf templates = {"tasks", ""};

static enum status unknown(const char *name, struct err *err)
{
	return err_set(err, ST_USAGE,
		"there is no template \"%s\"; atllama task --list shows them",
		name);
}

enum status task_template_load(
	const char *name, struct template *t, struct err *err)
{
	struct buf path;
	struct buf text;
	enum status st;

	buf_init(&path, BUF_SMALL);
	buf_init(&text, TEMPLATE_MAX);
	st = shelf_read(&templates, span_str(name), &path, &text, err);
	if (st == ST_NOT_FOUND)
		st = unknown(name, err);
	if (st == ST_OK)
		st = template_read(t, buf_view(&text), path.p, err);
	buf_release(&path);
	buf_release(&text);
	return st;
}

static enum status ask_one(
	struct template *t, const struct template_var *v, struct err *err)
{
	struct buf prompt;
	struct buf answer;
	enum status st;

	buf_init(&prompt, BUF_SMALL);
	buf_init(&answer, BUF_SMALL);
	safe_line(buf_view(&v->help), &prompt);
	buf_str(&prompt, ": ");
	st = question_ask(prompt.p, &answer, err);
	buf_reset(&prompt);
	buf_fmt(&prompt, "%s=%s", v->name.p, answer.p);
	if (st == ST_OK && answer.len > 0)
		st = template_set(t, buf_view(&prompt), err);
	buf_release(&prompt);
	buf_release(&answer);
	return st;
}

enum status task_template_ask(struct template *t, struct err *err)
{
	enum status st = ST_OK;
	size_t i;

	for (i = 0; i < t->vars_n && st == ST_OK; i++)
		if (t->vars[i].required && !t->vars[i].set)
			st = ask_one(t, &t->vars[i], err);
	return st;
}

enum status task_template_put(struct template *t, struct span input,
	struct span words, struct msg *m, struct err *err)
{
	enum status st = template_fill(t, input, err);

	if (st != ST_OK)
		return st;
	buf_span(&m->text, buf_view(&t->outline.task));
	if (m->text.len > 0 && words.n > 0)
		buf_str(&m->text, "\n\n");
	buf_span(&m->text, words);
	buf_reset(&t->outline.task);
	return buf_check(&m->text, "task", err);
}

/* A template that cannot be read is listed with the reason. */
static void describe(const char *name, struct buf *out)
{
	struct template t;
	struct buf path;
	struct buf text;
	struct err err;
	enum status st;

	template_init(&t);
	buf_init(&path, BUF_SMALL);
	buf_init(&text, TEMPLATE_MAX);
	st = shelf_read(&templates, span_str(name), &path, &text, &err);
	if (st == ST_OK)
		st = template_read_head(&t, buf_view(&text), path.p, &err);
	buf_str(out, st == ST_OK ? t.description.p : err.msg);
	buf_release(&path);
	buf_release(&text);
	template_release(&t);
}

enum status task_template_names(struct buf *out, struct err *err)
{
	return shelf_names(&templates, out, err);
}

enum status task_template_list(const struct app *app, struct err *err)
{
	struct buf names;
	struct buf out;
	struct json_writer w = {.out = &out, .safe = term_get()->out};
	struct span rest;
	enum status st;

	buf_init(&names, BUF_LARGE);
	buf_init(&out, BUF_LARGE);
	st = shelf_names(&templates, &names, err);
	rest = buf_view(&names);
	if (app->args.json)
		json_open(&w, '[');
	while (st == ST_OK && rest.n > 0) {
		struct span name = span_cut(&rest, '\n');
		struct buf about;

		names.p[name.p + name.n - names.p] = '\0';
		buf_init(&about, BUF_SMALL);
		describe(name.p, &about);
		if (app->args.json) {
			json_open(&w, '{');
			json_key(&w, "name");
			json_add_string(&w, name);
			json_key(&w, "description");
			json_add_string(&w, buf_view(&about));
			json_close(&w, '}');
		} else {
			buf_fmt(&out, "%-23s  ", name.p);
			safe_line(buf_view(&about), &out);
			buf_char(&out, '\n');
		}
		buf_release(&about);
	}
	if (app->args.json) {
		json_close(&w, ']');
		buf_char(&out, '\n');
	}
	if (st == ST_OK)
		st = screen_write(app, &out, err);
	buf_release(&names);
	buf_release(&out);
	return st;
}
