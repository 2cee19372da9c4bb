#include "app/export.h"

#include <stdlib.h>

#include "app/html.h"
#include "app/saved.h"
#include "base/clock.h"
#include "base/file.h"
#include "engine/session.h"
#include "store/catalog.h"
#include "text/safe.h"
#include "tty/term.h"
#include "wire/exchange.h"
#include "wire/json.h"

#define EXPORT_MAX ((size_t)1024 * 1024 * 1024)

static void put_markdown(const struct conv *c, struct msg *const *path,
	size_t n, struct buf *out)
{
	size_t i;

	buf_str(out, "# ");
	safe_line(buf_view(&c->title), out);
	buf_char(out, '\n');
	if (c->system.len > 0) {
		buf_str(out, "\n## system\n\n");
		buf_span(out, buf_view(&c->system));
		buf_char(out, '\n');
	}
	for (i = 0; i < n; i++) {
		const struct msg *m = path[i];

		buf_str(out, "\n## ");
		if (m->role == ROLE_ASSISTANT && m->agent.len > 0) {
			buf_char(out, '@');
			safe_line(buf_view(&m->agent), out);
		} else {
			buf_str(out,
				m->role == ROLE_USER ? "you"
						     : role_name(m->role));
		}
		buf_str(out, ", ");
		clock_local(m->time_ms, out);
		if (m->role == ROLE_ASSISTANT &&
			m->outcome != OUTCOME_COMPLETE &&
			m->outcome != OUTCOME_NONE)
			buf_fmt(out, " [%s]", outcome_name(m->outcome));
		buf_str(out, "\n\n");
		msg_content(m, out);
		if (out->len > 0 && out->p[out->len - 1] != '\n')
			buf_char(out, '\n');
	}
}

enum status export_put(const struct conv *c, enum export_form form,
	struct buf *out, struct err *err)
{
	struct json_writer w = {.out = out};
	struct msg **path = NULL;
	size_t n = 0;
	enum status st = conv_path(c, &path, &n, err);

	if (st != ST_OK)
		return st;
	switch (form) {
	case EXPORT_MARKDOWN: put_markdown(c, path, n, out); break;
	case EXPORT_JSON: exchange_put_conv(&w, c, path, n); break;
	case EXPORT_LINES: exchange_put_lines(c, path, n, false, out); break;
	case EXPORT_HTML: st = html_page(c, path, n, out, err); break;
	}
	free(path);
	return st == ST_OK ? buf_check(out, "export", err) : st;
}

enum status export_form_of(
	const char *path, enum export_form *ret, struct err *err)
{
	static const struct {
		const char *end;
		enum export_form form;
	} rows[] = {
		{"md", EXPORT_MARKDOWN},
		{"markdown", EXPORT_MARKDOWN},
		{"txt", EXPORT_MARKDOWN},
		{"json", EXPORT_JSON},
		{"jsonl", EXPORT_LINES},
		{"html", EXPORT_HTML},
		{"htm", EXPORT_HTML},
	};
	const char *slash = strrchr(path, '/');
	const char *name = slash != NULL ? slash + 1 : path;
	const char *dot = strrchr(name, '.');
	size_t i;

	*ret = EXPORT_MARKDOWN;
	if (dot == NULL || dot == name)
		return ST_OK;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (span_caseis(span_str(dot + 1), rows[i].end)) {
			*ret = rows[i].form;
			return ST_OK;
		}
	return err_set(err, ST_USAGE,
		"an export is .md, .html, .json or .jsonl, as the name of its "
		"file ends; there is no form for %s",
		dot);
}

/* An option says it, or else the name of the file. */
static enum status choose_form(
	const struct args *a, enum export_form *ret, struct err *err)
{
	const char *file = args_output_file(a);

	*ret = a->json	   ? EXPORT_JSON
		: a->jsonl ? EXPORT_LINES
		: a->html  ? EXPORT_HTML
			   : EXPORT_MARKDOWN;
	if (*ret != EXPORT_MARKDOWN || file == NULL)
		return ST_OK;
	return export_form_of(file, ret, err);
}

static enum status put_one(struct app *app, struct span word,
	enum export_form form, struct buf *out, bool *ret_damaged,
	struct err *err)
{
	const struct catalog_entry *e;
	struct session *s = NULL;
	bool damaged = false;
	enum status st = saved_find(app, word, &e, err);

	if (st == ST_OK)
		st = saved_load(app, &e->id, &s, &damaged, err);
	if (st == ST_OK)
		st = export_put(session_conv(s), form, out, err);
	if (damaged)
		*ret_damaged = true;
	session_free(s);
	return st;
}

/* What goes to a terminal is filtered. */
static enum status write_all(
	const struct app *app, struct buf *out, struct err *err)
{
	const char *path = args_output_file(&app->args);
	struct buf clean;
	enum status st;

	if (path != NULL) {
		st = file_output(path, buf_view(out), 0600, err);
		if (st == ST_OK)
			app_note(app, "\"%s\" is not encrypted", path);
		return st;
	}
	if (!term_get()->out && !app->args.safe)
		return saved_write(out, err);
	buf_init(&clean, EXPORT_MAX);
	safe_text(buf_view(out), &clean);
	st = saved_write(&clean, err);
	buf_release(&clean);
	return st;
}

/* Appends all that were named: JSON as one value, other forms one behind the
 * other. */
static enum status put_all(struct app *app, enum export_form form,
	struct buf *out, bool *ret_damaged, struct err *err)
{
	const struct args *a = &app->args;
	size_t n = a->last ? 1 : a->words.n;
	bool list = form == EXPORT_JSON && n > 1;
	const char *between = list ? ",\n" : form == EXPORT_LINES ? "" : "\n";
	enum status st = ST_OK;
	size_t i;

	if (list)
		buf_char(out, '[');
	for (i = 0; i < n && st == ST_OK; i++) {
		if (i > 0)
			buf_str(out, between);
		st = put_one(app, span_str(a->last ? NULL : a->words.v[i]),
			form, out, ret_damaged, err);
	}
	if (form == EXPORT_JSON)
		buf_str(out, list ? "]\n" : "\n");
	return st;
}

enum status export_run(struct app *app, struct err *err)
{
	const char *file = args_output_file(&app->args);
	enum export_form form = EXPORT_MARKDOWN;
	bool damaged = false;
	struct buf out;
	enum status st = choose_form(&app->args, &form, err);

	if (st == ST_OK && file != NULL)
		st = file_output_check(file, err);
	if (st == ST_OK)
		st = saved_open(app, err);
	buf_init(&out, EXPORT_MAX);
	if (st == ST_OK)
		st = put_all(app, form, &out, &damaged, err);
	if (st == ST_OK)
		st = write_all(app, &out, err);
	if (st == ST_OK && damaged)
		st = saved_damaged(err);
	buf_release(&out);
	return st;
}
