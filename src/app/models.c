#include "app/models.h"

#include <string.h>

#include "app/screen.h"
#include "base/utf8.h"
#include "conf/preset.h"
#include "engine/listing.h"
#include "text/safe.h"
#include "tty/term.h"
#include "wire/json.h"
#include "wire/model_name.h"

enum { ID_COLUMNS_MAX = 60 };

enum status models_fetch(struct app *app, const struct agent *agent,
	const struct secret *key, struct rest **ret, struct err *err)
{
	struct rest_options o = {.agent = agent, .key = key};
	struct rest *r = NULL;
	bool stopped = false;
	enum status st = app_http(app, err);

	o.http = app->http;
	if (st == ST_OK)
		st = listing_start(&r, &o, err);
	while (st == ST_OK && !rest_ended(r) && !stopped) {
		struct loop_source sources[] = {
			app_stop_source(app, &stopped),
			app_http_source(app),
			app_guide_source(app),
		};

		st = loop_once(
			sources, sizeof(sources) / sizeof(sources[0]), err);
	}
	if (st == ST_OK && stopped)
		st = err_set(err, ST_STOPPED, "stopped");
	if (st == ST_OK)
		*ret = r;
	else
		rest_free(r);
	return st;
}

enum status models_ask(
	struct app *app, const struct app_agent *a, struct err *err)
{
	struct known_host *h = known_host(&app->known, a->agent.url);
	struct rest *r = NULL;
	struct models got;
	enum status st;

	if (a->agent.kind == AGENT_GUIDE)
		return err_set(err, ST_NOT_FOUND,
			"@guide is the manual and has no models");
	if (a->agent.preset != NULL && a->agent.preset->no_models)
		return err_set(err, ST_NOT_FOUND,
			"%s does not list its models; atllama presets %s names "
			"one",
			a->agent.preset->title, a->agent.preset->name);
	if (h == NULL)
		return err_nomem(err);
	models_init(&got);
	st = models_fetch(app, &a->agent, a->key, &r, err);
	if (st == ST_OK)
		st = listing_read(r, &got, err);
	if (st == ST_OK)
		known_models(h, &got);
	else if (st == ST_AUTH)
		err_hint(err, "; atllama doctor says which key was sent");
	else if (r != NULL && rest_is_loading(r))
		err_hint(err, "; try again when it is there");
	rest_free(r);
	return st;
}

/* The row that is asked when nothing else is said; NULL when none is. */
static const struct model *chosen(
	const struct known_host *h, const struct app_agent *a)
{
	const struct model *m = NULL;
	enum model_match match = model_resolve(
		&h->models, span_str(a->agent.model), &m);

	if (match >= MODEL_SAME ||
		(match == MODEL_FAMILY && !a->agent.model_given))
		return m;
	return NULL;
}

/* The widest name, within reason. */
static size_t id_columns(const struct models *m)
{
	size_t widest = 0;
	size_t i;

	for (i = 0; i < m->n; i++) {
		size_t n = utf8_columns(buf_view(&m->rows[i].id));

		if (n > widest && n <= ID_COLUMNS_MAX)
			widest = n;
	}
	return widest;
}

static void put_row(
	const struct model *m, bool is_chosen, size_t columns, struct buf *out)
{
	size_t start;
	size_t used;

	buf_str(out, is_chosen ? "* " : "  ");
	start = out->len;
	safe_line(buf_view(&m->id), out);
	used = utf8_columns(span_of(out->p + start, out->len - start));
	if (m->context > 0 || m->max_output > 0)
		while (used++ < columns)
			buf_char(out, ' ');
	if (m->context > 0)
		buf_fmt(out, "  window %lld", (long long)m->context);
	if (m->max_output > 0)
		buf_fmt(out, "  answer %lld", (long long)m->max_output);
	buf_char(out, '\n');
}

void models_lines(struct app *app, const struct app_agent *a, struct span word,
	struct buf *out)
{
	const struct known_host *h = known_host(&app->known, a->agent.url);
	const struct model *is;
	size_t columns;
	size_t i;

	if (h == NULL)
		return;
	is = chosen(h, a);
	columns = id_columns(&h->models);
	for (i = 0; i < h->models.n; i++) {
		const struct model *m = &h->models.rows[i];

		if (span_casehas(buf_view(&m->id), word))
			put_row(m, m == is, columns, out);
	}
}

static void put_json(struct app *app, const struct app_agent *a,
	struct span word, struct buf *out)
{
	const struct known_host *h = known_host(&app->known, a->agent.url);
	struct json_writer w = {.out = out, .safe = term_get()->out};
	const struct model *is = h != NULL ? chosen(h, a) : NULL;
	size_t i;

	json_open(&w, '[');
	for (i = 0; h != NULL && i < h->models.n; i++) {
		const struct model *m = &h->models.rows[i];

		if (!span_casehas(buf_view(&m->id), word))
			continue;
		json_open(&w, '{');
		json_member_str(&w, "id", buf_view(&m->id));
		json_member_int(&w, "context", m->context);
		json_member_int(&w, "max_output", m->max_output);
		json_member_bool(&w, "chosen", m == is);
		json_close(&w, '}');
	}
	json_close(&w, ']');
	buf_char(out, '\n');
}

enum status models_run(struct app *app, struct err *err)
{
	struct span word = span_str(
		app->args.words.n > 0 ? app->args.words.v[0] : NULL);
	struct app_agent *a = NULL;
	struct buf out;
	enum status st = app_agent(app, span_of(NULL, 0), &a, err);

	if (st == ST_OK)
		st = models_ask(app, a, err);
	if (st != ST_OK)
		return st;
	buf_init(&out, BUF_LARGE);
	if (app->args.json)
		put_json(app, a, word, &out);
	else
		models_lines(app, a, word, &out);
	if (out.len == 0)
		app_note(app,
			word.n > 0 ? "no model has that in its name"
				   : "the endpoint lists no models");
	st = screen_write(app, &out, err);
	buf_release(&out);
	return st;
}
