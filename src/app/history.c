#include "app/history.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/unlock.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/utf8.h"
#include "engine/session.h"
#include "store/catalog.h"
#include "text/safe.h"
#include "tty/render.h"
#include "tty/term.h"
#include "wire/json.h"

enum { SHORT_ID = 8, AGE_COLUMNS = 12 };

static enum status write_out(struct buf *out, struct err *err)
{
	enum status st = buf_check(out, "output", err);

	if (st == ST_OK && !fd_write_full(STDOUT_FILENO, out->p, out->len) &&
		errno != EPIPE)
		st = err_sys(err, ST_IO, "cannot write to standard output");
	return st;
}

/* These verbs read what there is: they never make a vault. */
static enum status open_storage(struct app *app, struct err *err)
{
	struct storage_options o = unlock_options(app);

	o.existing_only = true;
	return storage_open(&app->storage, &o, err);
}

static enum status open_list(struct app *app, const struct catalog_entry **ret,
	size_t *ret_n, struct err *err)
{
	struct err why;
	enum status st = open_storage(app, &why);

	*ret = NULL;
	*ret_n = 0;
	if (st == ST_NOT_FOUND)
		return ST_OK; /* nothing was ever saved */
	if (st != ST_OK) {
		*err = why;
		return st;
	}
	st = catalog_list(app->storage.catalog, ret, ret_n, err);
	if (st == ST_OK && catalog_notice(app->storage.catalog).n > 0)
		app_note(app, "%s", catalog_notice(app->storage.catalog).p);
	return st;
}

/*
 * list
 */

static void pad(struct buf *out, size_t start, size_t columns)
{
	size_t used = utf8_columns(span_of(out->p + start, out->len - start));

	while (used++ < columns)
		buf_char(out, ' ');
}

void history_lines(const struct catalog_entry *e, size_t n, size_t max,
	bool numbered, struct buf *out)
{
	int64_t now = clock_wall_ms();
	size_t i;

	if (max == 0 || max > n)
		max = n;
	for (i = 0; i < max; i++) {
		char hex[ID_HEX + 1];
		size_t start;

		if (numbered)
			buf_fmt(out, "%3zu  ", i + 1);
		id_hex(&e[i].id, hex);
		buf_add(out, hex, SHORT_ID);
		buf_str(out, "  ");
		start = out->len;
		clock_age(e[i].updated_ms, now, out);
		pad(out, start, AGE_COLUMNS);
		buf_fmt(out, "%4llu  ", (unsigned long long)e[i].messages);
		safe_line(e[i].title, out);
		if (e[i].agent.n > 0 && !span_is(e[i].agent, "llama")) {
			buf_str(out, "  (@");
			safe_line(e[i].agent, out);
			buf_char(out, ')');
		}
		buf_str(out, e[i].damaged ? "  [damaged]\n" : "\n");
	}
}

static void put_date(struct json_writer *w, const char *key, int64_t ms)
{
	struct buf text;

	buf_init(&text, 64);
	clock_iso(ms, &text);
	json_key(w, key);
	json_add_string(w, buf_view(&text));
	buf_release(&text);
}

static void put_str(struct json_writer *w, const char *key, struct span s)
{
	json_key(w, key);
	json_add_string(w, s);
}

static void put_entry(struct json_writer *w, const struct catalog_entry *e)
{
	char hex[ID_HEX + 1];

	id_hex(&e->id, hex);
	json_open(w, '{');
	put_str(w, "id", span_str(hex));
	put_str(w, "title", e->title);
	put_date(w, "created", e->created_ms);
	put_date(w, "updated", e->updated_ms);
	json_key(w, "messages");
	json_add_int(w, (int64_t)e->messages);
	put_str(w, "agent", e->agent);
	put_str(w, "model", e->model);
	json_key(w, "damaged");
	json_add_bool(w, e->damaged);
	json_close(w, '}');
}

enum status history_list(struct app *app, struct err *err)
{
	const struct catalog_entry *e;
	struct buf out;
	size_t n;
	size_t i;
	enum status st = open_list(app, &e, &n, err);

	if (st != ST_OK)
		return st;
	buf_init(&out, 4 * BUF_LARGE);
	if (app->args.json) {
		struct json_writer w = {.out = &out, .safe = term_get()->out};

		json_open(&w, '[');
		for (i = 0; i < n; i++)
			put_entry(&w, &e[i]);
		json_close(&w, ']');
		buf_char(&out, '\n');
	} else {
		history_lines(e, n, 0, false, &out);
	}
	if (n == 0 && !app->args.json)
		app_note(app, "no conversation is saved yet");
	st = write_out(&out, err);
	buf_release(&out);
	return st;
}

/*
 * show
 */

static void put_role(struct buf *out, const struct msg *m)
{
	if (m->role == ROLE_ASSISTANT && m->agent.len > 0) {
		buf_char(out, '@');
		safe_line(buf_view(&m->agent), out);
	} else {
		buf_str(out, m->role == ROLE_USER ? "you" : role_name(m->role));
	}
	buf_str(out, ", ");
	clock_local(m->time_ms, out);
	if (m->role == ROLE_ASSISTANT && m->outcome != OUTCOME_COMPLETE &&
		m->outcome != OUTCOME_NONE)
		buf_fmt(out, " [%s]", outcome_name(m->outcome));
}

static void put_notice(struct render *r, struct buf *line)
{
	render_notice(r, buf_view(line));
	buf_release(line);
}

static enum status render_msg(
	const struct msg *m, struct render *r, struct err *err)
{
	struct buf line;
	enum status st;
	size_t i;

	buf_init(&line, BUF_SMALL);
	buf_str(&line, "-- ");
	put_role(&line, m);
	put_notice(r, &line);
	render_text(r, buf_view(&m->text));
	st = render_end(r, err);
	for (i = 0; i < m->attach_n && st == ST_OK; i++) {
		buf_str(&line, "   attached: ");
		safe_line(buf_view(&m->attach[i].name), &line);
		buf_fmt(&line, " (%zu bytes)", m->attach[i].text.len);
		put_notice(r, &line);
		st = render_end(r, err);
	}
	return st;
}

static enum status render_path(const struct conv *conv, bool last_turn,
	struct render *r, struct err *err)
{
	struct msg **path = NULL;
	size_t n = 0;
	size_t i = 0;
	enum status st = conv_path(conv, &path, &n, err);

	if (last_turn && n > 0)
		for (i = n - 1; i > 0 && path[i]->role != ROLE_USER; i--)
			;
	for (; i < n && st == ST_OK; i++)
		st = render_msg(path[i], r, err);
	free(path);
	return st;
}

enum status history_render(
	const struct conv *conv, struct render *r, struct err *err)
{
	return render_path(conv, false, r, err);
}

enum status history_render_last(
	const struct conv *conv, struct render *r, struct err *err)
{
	return render_path(conv, true, r, err);
}

static void put_message(struct json_writer *w, const struct msg *m)
{
	char hex[ID_HEX + 1];
	size_t i;

	id_hex(&m->id, hex);
	json_open(w, '{');
	put_str(w, "id", span_str(hex));
	put_str(w, "role", span_str(role_name(m->role)));
	put_str(w, "content", buf_view(&m->text));
	put_date(w, "time", m->time_ms);
	if (m->agent.len > 0)
		put_str(w, "agent", buf_view(&m->agent));
	if (m->role == ROLE_ASSISTANT) {
		put_str(w, "outcome", span_str(outcome_name(m->outcome)));
		put_str(w, "model", buf_view(&m->model));
		if (m->reasoning.len > 0)
			put_str(w, "reasoning", buf_view(&m->reasoning));
	}
	if (m->attach_n > 0) {
		json_key(w, "documents");
		json_open(w, '[');
		for (i = 0; i < m->attach_n; i++) {
			json_open(w, '{');
			put_str(w, "name", buf_view(&m->attach[i].name));
			put_str(w, "text", buf_view(&m->attach[i].text));
			json_close(w, '}');
		}
		json_close(w, ']');
	}
	json_close(w, '}');
}

static enum status show_json(const struct conv *conv, struct err *err)
{
	struct buf out;
	struct json_writer w = {.out = &out, .safe = term_get()->out};
	struct msg **path = NULL;
	char hex[ID_HEX + 1];
	size_t n = 0;
	size_t i;
	enum status st = conv_path(conv, &path, &n, err);

	buf_init(&out, 4 * BUF_LARGE);
	id_hex(&conv->id, hex);
	json_open(&w, '[');
	for (i = 0; i < n; i++)
		put_message(&w, path[i]);
	json_close(&w, ']');
	buf_char(&out, '\n');
	if (st == ST_OK)
		st = write_out(&out, err);
	free(path);
	buf_release(&out);
	return st;
}

/* To a pipe or a file: the texts as they are, unless --safe. */
static enum status show_plain(
	const struct app *app, const struct conv *conv, struct err *err)
{
	struct msg **path = NULL;
	struct buf out;
	size_t n = 0;
	size_t i;
	size_t k;
	enum status st = conv_path(conv, &path, &n, err);

	buf_init(&out, 4 * BUF_LARGE);
	for (i = 0; i < n; i++) {
		const struct msg *m = path[i];

		buf_str(&out, i > 0 ? "\n-- " : "-- ");
		put_role(&out, m);
		buf_char(&out, '\n');
		if (app->args.safe)
			safe_text(buf_view(&m->text), &out);
		else
			buf_span(&out, buf_view(&m->text));
		if (out.len > 0 && out.p[out.len - 1] != '\n')
			buf_char(&out, '\n');
		for (k = 0; k < m->attach_n; k++) {
			buf_str(&out, "   attached: ");
			safe_line(buf_view(&m->attach[k].name), &out);
			buf_fmt(&out, " (%zu bytes)\n", m->attach[k].text.len);
		}
	}
	if (st == ST_OK)
		st = write_out(&out, err);
	free(path);
	buf_release(&out);
	return st;
}

static enum status show_text(
	const struct app *app, const struct conv *conv, struct err *err)
{
	const struct term *t = term_get();
	struct render_options o = {
		.terminal = true,
		.dumb = t->dumb,
		.plain = !t->styled_out,
		.raw = app->args.raw,
		.markdown = true,
		.unsafe = app->args.unsafe,
		.accessible = t->accessible,
		.colour = t->colour_out,
	};
	struct render *r;
	int rows;
	enum status st;

	if (!t->out)
		return show_plain(app, conv, err);
	term_size(&o.width, &rows);
	r = render_new(STDOUT_FILENO, &o);
	if (r == NULL)
		return err_nomem(err);
	st = history_render(conv, r, err);
	render_free(r);
	return st == ST_IO && err->sys == EPIPE ? ST_OK : st;
}

enum status history_show(struct app *app, struct err *err)
{
	const struct args *a = &app->args;
	const struct catalog_entry *e;
	struct session_options so = {0};
	struct session *s = NULL;
	struct buf notice;
	struct id id;
	enum status st;

	if (a->words.n == 0 && !a->last)
		return err_set(err, ST_USAGE,
			"which conversation? give its id or title, or --last; "
			"atllama list shows them");
	st = open_storage(app, err);
	if (st == ST_NOT_FOUND)
		return err_set(
			err, ST_NOT_FOUND, "no conversation is saved yet");
	if (st != ST_OK)
		return st;
	if (a->last) {
		st = catalog_latest(
			app->storage.catalog, span_of(NULL, 0), &e, err);
	} else {
		struct buf what;

		buf_init(&what, BUF_SMALL);
		args_prompt(a, &what);
		st = catalog_find(
			app->storage.catalog, buf_view(&what), &e, err);
		buf_release(&what);
	}
	if (st != ST_OK)
		return st;
	id = e->id;
	so.vault = app->storage.vault;
	so.catalog = app->storage.catalog;
	buf_init(&notice, BUF_LARGE);
	st = session_open(&s, &so, &id, &notice, err);
	if (st == ST_OK && notice.len > 0)
		app_say(app, "%s", notice.p);
	if (st == ST_OK)
		st = a->json ? show_json(session_conv(s), err)
			     : show_text(app, session_conv(s), err);
	if (st == ST_OK && notice.len > 0)
		st = err_set(err, ST_DAMAGED,
			"the conversation is damaged; "
			"all that can be read was shown");
	session_free(s);
	buf_release(&notice);
	return st;
}
