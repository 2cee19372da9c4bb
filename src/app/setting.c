#include "app/setting.h"

#include <stdlib.h>
#include <string.h>

#include "app/app.h"
#include "base/vec.h"
#include "conf/preset.h"
#include "conf/settings.h"

void settings_init(struct settings *s)
{
	memset(s, 0, sizeof(*s));
}

static void drop_lists(struct agent_conf *conf)
{
	opt_list_release(&conf->sampling.stop);
	opt_list_release(&conf->sampling.params);
	memset(conf, 0, sizeof(*conf));
}

void settings_release(struct settings *s)
{
	drop_lists(&s->conf);
	while (s->n > 0)
		buf_release(&s->v[--s->n].value);
	free(s->v);
	settings_init(s);
}

static enum status rebuild(struct settings *s, struct err *err)
{
	enum status st = ST_OK;
	size_t i;

	drop_lists(&s->conf);
	for (i = 0; i < s->n && st == ST_OK; i++)
		st = opt_store(s->v[i].row, &s->conf, s->v[i].value.p, err);
	return st;
}

static bool is_list(const struct opt_row *row)
{
	return row->type == OPT_LIST || row->many;
}

static enum status add(struct settings *s, const struct opt_row *row,
	struct span value, struct err *err)
{
	struct setting *fresh;

	if (!vec_grow(&s->v, &s->cap, s->n + 1, sizeof(*s->v), SETTINGS_MAX))
		return err_set(
			err, ST_USAGE, "more than %zu settings", SETTINGS_MAX);
	fresh = &s->v[s->n];
	fresh->row = row;
	buf_init(&fresh->value, BUF_SMALL);
	buf_span(&fresh->value, value);
	if (fresh->value.bad ||
		memchr(fresh->value.p, '\0', fresh->value.len) != NULL) {
		buf_release(&fresh->value);
		return err_set(err, ST_USAGE, "the value is too long");
	}
	s->n++;
	return ST_OK;
}

static void take_out(struct settings *s, size_t i)
{
	buf_release(&s->v[i].value);
	s->n--;
	memmove(s->v + i, s->v + i + 1, (s->n - i) * sizeof(*s->v));
}

static void drop_before(
	struct settings *s, const struct opt_row *row, size_t end)
{
	size_t i;

	for (i = end; i-- > 0;)
		if (s->v[i].row == row)
			take_out(s, i);
}

enum status settings_say(struct settings *s, const struct opt_row *row,
	struct span value, struct err *err)
{
	size_t before = s->n;
	enum status st = add(s, row, value, err);

	if (st != ST_OK)
		return st;
	st = rebuild(s, err);
	if (st != ST_OK) {
		take_out(s, before);
		(void)rebuild(s, NULL);
		err_prefix(err, "%s", row->name);
		return st;
	}
	if (!is_list(row)) {
		drop_before(s, row, before);
		st = rebuild(s, err);
	}
	return st;
}

void settings_drop(struct settings *s, const struct opt_row *row)
{
	drop_before(s, row, s->n);
	/* Cannot fail: settings that were valid together stay valid when some
	 * go. */
	(void)rebuild(s, NULL);
}

enum status settings_copy(
	struct settings *to, const struct settings *from, struct err *err)
{
	enum status st = ST_OK;
	size_t i;

	settings_release(to);
	for (i = 0; i < from->n && st == ST_OK; i++)
		st = add(to, from->v[i].row, buf_view(&from->v[i].value), err);
	return st == ST_OK ? rebuild(to, err) : st;
}

/*
 * Rows
 */

/* The kinds of members that settings have in a resolved agent. */
enum form {
	FORM_TEXT,
	FORM_REAL,
	FORM_INT,
	FORM_REAL_SET,
	FORM_INT_SET,
	FORM_LIST
};

#define IN(member) offsetof(struct agent, member)
#define FLAG(member) offsetof(struct agent_flags, member)
#define NO_FLAG SIZE_MAX

static const struct place {
	const char *name;
	enum form form;
	size_t at;
	size_t flag;
} places[] = {
	{"model", FORM_TEXT, IN(model), FLAG(model)},
	{"style", FORM_TEXT, IN(style), FLAG(style)},
	{"language", FORM_TEXT, IN(language), FLAG(language)},
	{"temperature", FORM_REAL, IN(temperature), FLAG(temperature)},
	{"max_tokens", FORM_INT, IN(max_tokens), FLAG(max_tokens)},
	{"top_p", FORM_REAL_SET, IN(sampling.top_p), FLAG(sampling.top_p)},
	{"seed", FORM_INT_SET, IN(sampling.seed), FLAG(sampling.seed)},
	{"stop", FORM_LIST, IN(sampling.stop), FLAG(sampling.stop)},
	{"presence_penalty", FORM_REAL_SET, IN(sampling.presence_penalty),
		FLAG(sampling.presence_penalty)},
	{"frequency_penalty", FORM_REAL_SET, IN(sampling.frequency_penalty),
		FLAG(sampling.frequency_penalty)},
	{"params", FORM_LIST, IN(sampling.params), FLAG(sampling.params)},
	{"context", FORM_INT, IN(context), NO_FLAG},
	{"guard", FORM_TEXT, IN(guard_name), NO_FLAG},
	{"guard_mode", FORM_TEXT, IN(guard_mode), NO_FLAG},
	{"guard_stream", FORM_TEXT, IN(guard_stream), NO_FLAG},
	{"guard_undecided", FORM_TEXT, IN(guard_undecided), NO_FLAG},
};

enum { PLACES = sizeof(places) / sizeof(places[0]) };

static bool same_name(struct span word, const char *name)
{
	size_t i;

	if (word.n != strlen(name))
		return false;
	for (i = 0; i < word.n; i++) {
		char c = word.p[i] == '-' ? '_' : word.p[i];

		if (c != name[i])
			return false;
	}
	return true;
}

static const struct place *place_of(const char *name)
{
	size_t i;

	for (i = 0; i < PLACES; i++)
		if (strcmp(places[i].name, name) == 0)
			return &places[i];
	return NULL;
}

const struct opt_row *setting_at(size_t i)
{
	const struct section *s = section_by_name("agent");
	size_t k;

	for (k = 0; i < PLACES && k < s->n; k++)
		if (strcmp(s->rows[k].name, places[i].name) == 0)
			return &s->rows[k];
	return NULL;
}

const struct opt_row *setting_row(struct span name)
{
	size_t i;

	for (i = 0; i < PLACES; i++)
		if (same_name(name, places[i].name))
			return setting_at(i);
	return NULL;
}

/*
 * Values
 */

static void put_list(const struct opt_list *l, struct buf *out)
{
	size_t i;

	if (l->n == 0)
		buf_char(out, '-');
	for (i = 0; i < l->n; i++)
		buf_fmt(out, "%s\"%s\"", i > 0 ? " " : "", l->v[i]);
}

void setting_put_value(
	const struct opt_row *row, const struct app_agent *a, struct buf *out)
{
	const struct place *p = place_of(row->name);
	const void *at = (const char *)&a->agent + p->at;
	const struct opt_real *real = at;
	const struct opt_int *whole = at;
	const char *text;

	switch (p->form) {
	case FORM_TEXT:
		text = *(const char *const *)at;
		buf_str(out, text != NULL && text[0] != '\0' ? text : "-");
		break;
	case FORM_REAL: buf_fmt(out, "%.15g", *(const double *)at); break;
	case FORM_INT:
		buf_fmt(out, "%lld", (long long)*(const int64_t *)at);
		break;
	case FORM_REAL_SET:
		if (real->set)
			buf_fmt(out, "%.15g", real->v);
		else
			buf_char(out, '-');
		break;
	case FORM_INT_SET:
		if (whole->set)
			buf_fmt(out, "%lld", (long long)whole->v);
		else
			buf_char(out, '-');
		break;
	case FORM_LIST: put_list(at, out); break;
	}
}

/* Whether the member at that place, of the row's type, was set. */
static bool is_said(const struct opt_row *row, const void *at)
{
	if (is_list(row))
		return ((const struct opt_list *)at)->n > 0;
	if (row->type == OPT_REAL)
		return ((const struct opt_real *)at)->set;
	if (row->type == OPT_INT)
		return ((const struct opt_int *)at)->set;
	return *(const char *const *)at != NULL;
}

static bool is_said_in(const struct opt_row *row, const struct agent_conf *conf)
{
	return conf != NULL && is_said(row, (const char *)conf + row->at);
}

static bool is_said_by_flag(
	const struct opt_row *row, const struct agent_flags *flags)
{
	size_t at = place_of(row->name)->flag;

	return at != NO_FLAG && is_said(row, (const char *)flags + at);
}

/* Writes where the model comes from if that is the environment, the endpoint or
 * its preset. `ep` may be NULL. */
static bool put_model_origin(const struct agent *g,
	const struct endpoint_conf *ep, const char *env, struct buf *out)
{
	if (env != NULL && g->model == env)
		buf_str(out, AGENT_ENV_MODEL);
	else if (ep != NULL && ep->model != NULL && g->model == ep->model)
		buf_fmt(out, "endpoint %s", ep->name);
	else if (g->preset != NULL && g->model == g->preset->model)
		buf_fmt(out, "preset %s", g->preset->name);
	else
		return false;
	return true;
}

/* The same for the window, which the environment does not set. */
static bool put_window_origin(
	const struct agent *g, const struct endpoint_conf *ep, struct buf *out)
{
	const struct preset *preset = g->preset;

	if (ep != NULL && ep->context.set && g->context == ep->context.v)
		buf_fmt(out, "endpoint %s", ep->name);
	else if (preset != NULL && preset->context.set &&
		g->context == preset->context.v)
		buf_fmt(out, "preset %s", preset->name);
	else
		return false;
	return true;
}

/* The model and the window may come from the endpoint or its preset. */
static bool put_endpoint_origin(const struct opt_row *row,
	const struct app *app, const struct app_agent *a, struct buf *out)
{
	const struct agent *g = &a->agent;
	const struct endpoint_conf *ep = g->endpoint != NULL
		? config_endpoint(&app->config, span_str(g->endpoint))
		: NULL;

	if (strcmp(row->name, "model") == 0)
		return put_model_origin(g, ep, app->env.model, out);
	if (strcmp(row->name, "context") == 0)
		return put_window_origin(g, ep, out);
	return false;
}

void setting_put_origin(const struct opt_row *row, const struct app *app,
	const struct app_agent *a, struct buf *out)
{
	const struct agent_conf *own = config_agent(
		&app->config, span_str(a->agent.name));

	if (is_said_in(row, &a->said.conf))
		buf_str(out, "/set");
	else if (is_said_by_flag(row, &app->args.agent))
		buf_str(out, "command line");
	else if (is_said_in(row, own))
		buf_fmt(out, "agent %s", own->name);
	else if (put_endpoint_origin(row, app, a, out))
		return;
	else if (is_said_in(row, &app->config.defaults))
		buf_str(out, "defaults");
	else if (strcmp(row->name, "model") == 0 && a->model.len > 0)
		buf_str(out, "found there");
	else
		buf_str(out, "built in");
}
