#include "app/models.h"

#include <string.h>

#include "app/screen.h"
#include "base/near.h"
#include "base/utf8.h"
#include "conf/preset.h"
#include "engine/listing.h"
#include "engine/route.h"
#include "net/pool.h"
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
	enum status st = app_http(app, err);

	o.http = app->http;
	if (st == ST_OK)
		st = listing_start(&r, &o, err);
	if (st == ST_OK)
		st = app_wait_for(app, r, err);
	if (st == ST_OK)
		*ret = r;
	else
		rest_free(r);
	return st;
}

/* The agent at its endpoint *n, of which there is one without a pool. Moves *n
 * behind endpoints whose address came before. False behind the last. */
static bool endpoint_at(const struct app_agent *a, size_t *n, struct agent *ret)
{
	const struct route *r = a->agent.route;
	bool pool = r != NULL && r->pool != NULL;
	size_t k;

	for (; *n < (pool ? pool_size(r->pool) : 1); ++*n) {
		route_agent(r, &a->agent, *n, 0, ret);
		for (k = 0; pool && k < *n; k++)
			if (strcmp(r->stops[k].url, ret->url) == 0)
				break;
		if (!pool || k == *n)
			return true;
	}
	return false;
}

static enum status ask_one(struct app *app, const struct agent *at,
	const struct secret *key, struct err *err)
{
	struct known_host *h = known_host(&app->known, at->url);
	struct rest *r = NULL;
	struct models got;
	enum status st;

	if (at->preset != NULL && at->preset->no_models)
		return err_set(err, ST_NOT_FOUND,
			"%s does not list its models; atllama presets %s names "
			"one",
			at->preset->title, at->preset->name);
	if (h == NULL)
		return err_nomem(err);
	models_init(&got);
	st = models_fetch(app, at, key, &r, err);
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

/* Asks each endpoint of a pool. A failure is told, and is one of the whole only
 * when all fail. */
static enum status ask_pool(
	struct app *app, const struct app_agent *a, struct err *err)
{
	const struct route *r = a->agent.route;
	enum status first = ST_OK;
	bool any = false;
	struct agent at;
	size_t i;

	for (i = 0; endpoint_at(a, &i, &at); i++) {
		const struct secret *key = NULL;
		struct err why = {0};
		enum status st = r->key(i, r->payload, &key, &why);

		if (st == ST_OK)
			st = ask_one(app, &at, key, &why);
		if (st == ST_OK) {
			any = true;
			continue;
		}
		if (st == ST_STOPPED || st == ST_NOMEM) {
			*err = why;
			return st;
		}
		err_prefix(&why, "endpoint %s", route_name(&at));
		if (first != ST_OK || any)
			app_say(app, "%s", why.msg);
		else
			*err = why;
		first = first != ST_OK ? first : st;
	}
	if (any && err->code != ST_OK) {
		app_say(app, "%s", err->msg);
		err_clear(err);
	}
	return any ? ST_OK : first;
}

enum status models_ask(
	struct app *app, const struct app_agent *a, struct err *err)
{
	if (a->agent.kind == AGENT_GUIDE)
		return err_set(err, ST_NOT_FOUND,
			"@guide is the manual and has no models");
	err_clear(err);
	return a->agent.pool != NULL ? ask_pool(app, a, err)
				     : ask_one(app, &a->agent, a->key, err);
}

/* The model that is asked when none is named; NULL when that is not known. */
static const struct model *chosen(
	const struct known_host *h, const struct agent *at)
{
	const struct model *m = NULL;
	enum model_match match = model_resolve(
		&h->models, span_str(at->model), &m);

	if (match >= MODEL_SAME || (match == MODEL_FAMILY && !at->model_given))
		return m;
	return NULL;
}

/* Columns of the widest name, up to a limit. */
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

/* `where` is an endpoint of a pool, or NULL. */
static void put_row(const struct model *m, bool is_chosen, const char *where,
	size_t columns, struct buf *out)
{
	size_t start;
	size_t used;

	buf_str(out, is_chosen ? "* " : "  ");
	start = out->len;
	safe_line(buf_view(&m->id), out);
	used = utf8_columns(span_of(out->p + start, out->len - start));
	if (m->context > 0 || m->max_output > 0 || where != NULL)
		while (used++ < columns)
			buf_char(out, ' ');
	if (where != NULL)
		buf_fmt(out, "  at %s", where);
	if (m->context > 0)
		buf_fmt(out, "  window %lld", (long long)m->context);
	if (m->max_output > 0)
		buf_fmt(out, "  answer %lld", (long long)m->max_output);
	buf_char(out, '\n');
}

void models_lines(struct app *app, const struct app_agent *a, struct span word,
	struct buf *out)
{
	struct agent at;
	size_t i;
	size_t k;

	for (i = 0; endpoint_at(a, &i, &at); i++) {
		const struct known_host *h = known_host(&app->known, at.url);
		const struct model *is = h != NULL ? chosen(h, &at) : NULL;
		const char *where = a->agent.pool != NULL ? route_name(&at)
							  : NULL;

		for (k = 0; h != NULL && k < h->models.n; k++) {
			const struct model *m = &h->models.rows[k];

			if (span_casehas(buf_view(&m->id), word))
				put_row(m, m == is, where,
					id_columns(&h->models), out);
		}
	}
}

static void put_json(struct app *app, const struct app_agent *a,
	struct span word, struct buf *out)
{
	struct json_writer w = {.out = out, .safe = term_get()->out};
	struct agent at;
	size_t i;
	size_t k;

	json_open(&w, '[');
	for (i = 0; endpoint_at(a, &i, &at); i++) {
		const struct known_host *h = known_host(&app->known, at.url);
		const struct model *is = h != NULL ? chosen(h, &at) : NULL;

		for (k = 0; h != NULL && k < h->models.n; k++) {
			const struct model *m = &h->models.rows[k];

			if (!span_casehas(buf_view(&m->id), word))
				continue;
			json_open(&w, '{');
			json_member_str(&w, "id", buf_view(&m->id));
			json_member_int(&w, "context", m->context);
			json_member_int(&w, "max_output", m->max_output);
			json_member_bool(&w, "chosen", m == is);
			json_member_str(
				&w, "endpoint", span_str(route_name(&at)));
			json_close(&w, '}');
		}
	}
	json_close(&w, ']');
	buf_char(out, '\n');
}

enum models_word models_check(
	struct app *app, const struct app_agent *a, struct buf *out)
{
	struct span want = span_str(a->agent.model);
	struct span like = {NULL, 0};
	bool unseen = false;
	struct near near;
	struct agent at;
	size_t i;
	size_t k;

	near_init(&near, want);
	for (i = 0; endpoint_at(a, &i, &at); i++) {
		const struct known_host *h = known_host(&app->known, at.url);
		const struct model *m = NULL;
		enum model_match match = MODEL_NONE;

		if (h == NULL || !h->listed || h->models.n == 0) {
			unseen = true;
			continue;
		}
		match = model_resolve(&h->models, want, &m);
		if (match >= MODEL_SAME)
			return MODELS_LISTED;
		if (match != MODEL_NONE && like.n == 0)
			like = buf_view(&m->id);
		for (k = 0; k < h->models.n; k++)
			near_offer(&near, buf_view(&h->models.rows[k].id));
	}
	if (unseen) {
		buf_str(out,
			"it could not be checked that it is served: there is "
			"no list of models");
		return MODELS_UNSEEN;
	}
	buf_char(out, '"');
	safe_line(want, out);
	buf_str(out, "\" is not among the models that are listed; ");
	if (near_best(&near).p != NULL)
		like = near_best(&near);
	if (like.n == 0) {
		buf_str(out, "/models shows them");
		return MODELS_OTHER;
	}
	buf_str(out, "did you mean \"");
	safe_line(like, out);
	buf_str(out, "\"?");
	return MODELS_OTHER;
}

enum status models_run(struct app *app, struct err *err)
{
	struct span word = span_str(
		app->args.words.n > 0 ? app->args.words.v[0] : NULL);
	struct app_agent *a = NULL;
	struct buf out;
	bool none;
	enum status st = app_agent(app, span_of(NULL, 0), &a, err);

	if (st == ST_OK)
		st = models_ask(app, a, err);
	if (st != ST_OK)
		return st;
	buf_init(&out, BUF_LARGE);
	models_lines(app, a, word, &out);
	none = out.len == 0;
	if (app->args.json) {
		buf_reset(&out);
		put_json(app, a, word, &out);
	}
	st = screen_write(app, &out, err);
	buf_release(&out);
	if (st != ST_OK || !none)
		return st;
	app_note(app,
		word.n > 0 ? "no model has that in its name"
			   : "the endpoint lists no models");
	err_clear(err);
	return ST_NOT_FOUND;
}
