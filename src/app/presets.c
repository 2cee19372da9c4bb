#include "app/presets.h"

#include <stdlib.h>
#include <string.h>

#include "app/screen.h"
#include "base/utf8.h"
#include "conf/preset.h"
#include "text/safe.h"
#include "tty/term.h"
#include "wire/json.h"
#include "wire/url.h"

enum { NAME_COLUMNS = 15, STATE_COLUMNS = 20, KEY_COLUMNS = 26 };

/* The sections of the list. */
enum group { GROUP_HOSTED = 0, GROUP_LOCAL, GROUP_GONE, GROUPS_N };

static enum group group_of(const struct preset *p)
{
	if (p->state == PRESET_LOCAL)
		return GROUP_LOCAL;
	return p->state == PRESET_RETIRED || p->state == PRESET_UNUSABLE
		? GROUP_GONE
		: GROUP_HOSTED;
}

static bool has_key(struct app *app, const struct preset *p)
{
	struct key_ref ref = {KEY_ENV, p->key_env, true};
	const struct secret *key = NULL;

	return p->key_env != NULL &&
		keys_get(&app->env.keys, &ref, &key, NULL) == ST_OK &&
		key != NULL;
}

/*
 * For programs
 */

static void put_text(struct json_writer *w, const char *key, const char *text)
{
	if (text == NULL)
		return;
	json_member_str(w, key, span_str(text));
}

static void put_number(
	struct json_writer *w, const char *key, const struct opt_int *n)
{
	if (!n->set)
		return;
	json_member_int(w, key, n->v);
}

static void put_list(
	struct json_writer *w, const char *key, const struct opt_list *l)
{
	size_t i;

	if (l->n == 0)
		return;
	json_key(w, key);
	json_open(w, '[');
	for (i = 0; i < l->n; i++)
		json_add_string(w, span_str(l->v[i]));
	json_close(w, ']');
}

static void put_json(
	struct app *app, const struct preset *p, struct json_writer *w)
{
	json_open(w, '{');
	put_text(w, "name", p->name);
	put_text(w, "title", p->title);
	put_text(w, "url", p->url);
	put_list(w, "parameters", &p->parameters);
	put_text(w, "model", p->model);
	put_number(w, "context", &p->context);
	put_number(w, "max_output", &p->max_output);
	put_text(w, "key_env", p->key_env);
	put_text(w, "key_command", p->key_command);
	json_member_bool(w, "key_optional", p->key_optional);
	json_member_bool(w, "key_set", has_key(app, p));
	put_text(w, "auth_header", p->auth_header);
	put_list(w, "headers", &p->headers);
	json_member_bool(w, "stream_options", !p->no_stream_options);
	json_member_bool(w, "models", !p->no_models);
	put_text(w, "prefill", conf_prefill_name(p->prefill));
	put_text(w, "state", preset_state_name(p->state));
	put_text(w, "since", p->since);
	put_text(w, "advice", p->advice);
	put_text(w, "file", p->file);
	json_close(w, '}');
}

/*
 * For people
 */

static void pad(struct buf *out, size_t start, size_t columns)
{
	size_t used = utf8_columns(span_of(out->p + start, out->len - start));

	do
		buf_char(out, ' ');
	while (++used < columns);
}

static void put_state(const struct preset *p, struct buf *out)
{
	buf_str(out, preset_state_name(p->state));
	if (p->since != NULL) {
		buf_char(out, ' ');
		safe_line(span_str(p->since), out);
	}
}

static void put_key(struct app *app, const struct preset *p, struct buf *out)
{
	if (p->key_env != NULL)
		buf_fmt(out, "%s%s", p->key_env, has_key(app, p) ? " *" : "");
	else if (p->key_command != NULL)
		buf_str(out, "by command");
	else
		buf_char(out, '-');
}

static void put_row(struct app *app, const struct preset *p, struct buf *out)
{
	size_t start = out->len;

	buf_fmt(out, "  %s", p->name);
	pad(out, start, NAME_COLUMNS);
	start = out->len;
	put_state(p, out);
	pad(out, start, STATE_COLUMNS);
	start = out->len;
	put_key(app, p, out);
	pad(out, start, KEY_COLUMNS);
	safe_line(span_str(p->model != NULL ? p->model : "-"), out);
	buf_char(out, '\n');
}

static void put_names(const struct opt_list *l, struct buf *out)
{
	size_t i;

	for (i = 0; i < l->n; i++) {
		if (i > 0)
			buf_str(out, ", ");
		safe_line(span_str(l->v[i]), out);
	}
}

/* The endpoints and pools of the configuration, which -e takes by name. */
static void put_own(const struct config *c, struct buf *out)
{
	size_t start;
	size_t i;

	if (c->endpoints_n > 0)
		buf_str(out, "\nOf your configuration, for -e\n");
	for (i = 0; i < c->endpoints_n; i++) {
		const struct endpoint_conf *e = &c->endpoints[i];

		start = out->len;
		buf_fmt(out, "  %s", e->name);
		pad(out, start, NAME_COLUMNS);
		if (e->url == NULL)
			buf_str(out, "preset ");
		safe_line(span_str(e->url != NULL ? e->url : e->preset), out);
		buf_char(out, '\n');
	}
	for (i = 0; i < c->pools_n; i++) {
		const struct pool_conf *p = &c->pools[i];

		start = out->len;
		buf_fmt(out, "  %s", p->name);
		pad(out, start, NAME_COLUMNS);
		buf_str(out,
			p->strategy == CONF_BALANCE ? "pool, balanced over "
						    : "pool of ");
		put_names(&p->endpoints, out);
		if (p->fallback.n > 0) {
			buf_str(out, "; other models: ");
			put_names(&p->fallback, out);
		}
		buf_char(out, '\n');
	}
}

static void put_table(struct app *app, struct buf *out)
{
	static const char *const heads[GROUPS_N] = {
		[GROUP_HOSTED] = "Hosts: state, key (*: it is set), model\n",
		[GROUP_LOCAL] = "\nServers to run yourself, at their port\n",
		[GROUP_GONE] = "\nGone, or not usable with this protocol\n",
	};
	const struct config *c = &app->config;
	size_t g;
	size_t i;

	for (g = 0; g < GROUPS_N; g++) {
		buf_str(out, heads[g]);
		for (i = 0; i < c->presets_n; i++)
			if (group_of(c->presets[i]) == (enum group)g)
				put_row(app, c->presets[i], out);
	}
	put_own(c, out);
	buf_str(out,
		"\nThe date says when a host was last known to serve Llama "
		"3.3 70B, or when it\nstopped. atllama presets NAME says "
		"more; atllama -p NAME asks that host.\n");
}

static void put_line(struct buf *out, const char *what, const char *text)
{
	if (text == NULL)
		return;
	buf_fmt(out, "  %-11s ", what);
	safe_line(span_str(text), out);
	buf_char(out, '\n');
}

static void put_parameters(const struct preset *p, struct buf *out)
{
	size_t i;

	for (i = 0; i < p->parameters.n; i++) {
		struct span rest = span_str(p->parameters.v[i]);
		struct span name = span_trim(span_cut(&rest, '='));

		rest = span_trim(rest);
		buf_fmt(out, "  %-11s {%.*s} from %.*s%s\n",
			i == 0 ? "parameters" : "", (int)name.n, name.p,
			(int)rest.n, rest.p,
			getenv(rest.p) != NULL ? "" : " (not set)");
	}
}

static void put_detail(struct app *app, const struct preset *p, struct buf *out)
{
	buf_fmt(out, "%s: ", p->name);
	safe_line(span_str(p->title != NULL ? p->title : p->name), out);
	buf_str(out, "\n");
	put_line(out, "address", p->url);
	put_parameters(p, out);
	put_line(out, "model", p->model);
	if (p->key_env != NULL)
		buf_fmt(out, "  %-11s %s (%s)%s\n", "key", p->key_env,
			has_key(app, p) ? "set" : "not set",
			p->key_optional ? ", may be left out" : "");
	put_line(out, "key by", p->key_command);
	put_line(out, "key header", p->auth_header);
	if (p->context.set)
		buf_fmt(out, "  %-11s %lld tokens\n", "window",
			(long long)p->context.v);
	if (p->max_output.set)
		buf_fmt(out, "  %-11s %lld tokens at most\n", "answer",
			(long long)p->max_output.v);
	if (p->no_stream_options)
		put_line(out, "usage", "not told: it refuses stream_options");
	if (p->prefill > CONF_PREFILL_NO)
		put_line(out, "continue",
			"a reply that was cut is gone on with");
	if (p->no_models)
		put_line(out, "models", "not listed by the host");
	buf_fmt(out, "  %-11s ", "state");
	put_state(p, out);
	buf_char(out, '\n');
	put_line(out, "note", p->advice);
	put_line(out, "file", p->file);
}

static enum status load(struct app *app, const char *name, struct err *err)
{
	struct buf faults;
	enum status st;

	if (name != NULL)
		return preset_load(&app->config, span_str(name), err);
	buf_init(&faults, BUF_SMALL);
	st = preset_load_all(&app->config, &faults, err);
	if (st == ST_OK && faults.len > 0)
		app_say(app, "%s", faults.p);
	buf_release(&faults);
	return st;
}

enum status presets_run(struct app *app, struct err *err)
{
	const char *name = app->args.words.n > 0 ? app->args.words.v[0] : NULL;
	const struct config *c = &app->config;
	struct buf out;
	enum status st = load(app, name, err);
	size_t i;

	if (st != ST_OK)
		return st;
	buf_init(&out, BUF_LARGE);
	if (app->args.json) {
		struct json_writer w = {.out = &out, .safe = term_get()->out};

		json_open(&w, '[');
		for (i = 0; i < c->presets_n; i++)
			if (name == NULL ||
				span_caseis(
					span_str(name), c->presets[i]->name))
				put_json(app, c->presets[i], &w);
		json_close(&w, ']');
		buf_char(&out, '\n');
	} else if (name != NULL) {
		put_detail(app, preset_find(c, span_str(name)), &out);
	} else {
		put_table(app, &out);
	}
	st = screen_write(app, &out, err);
	buf_release(&out);
	return st;
}

/* The URL of a preset without parameters, as url_parse takes it. */
static bool is_at(const struct preset *p, const struct url *at)
{
	struct url own;

	return p->url != NULL && strchr(p->url, '{') == NULL &&
		url_parse(span_str(p->url), &own, NULL) == ST_OK &&
		url_same_origin(&own, at);
}

void presets_advice(struct app *app, const char *url, struct buf *out)
{
	struct config *c = &app->config;
	struct buf faults;
	struct url at;
	size_t i;

	if (url_parse(span_str(url), &at, NULL) != ST_OK)
		return;
	buf_init(&faults, BUF_SMALL);
	if (preset_load_all(c, &faults, NULL) != ST_OK) {
		buf_release(&faults);
		return;
	}
	buf_release(&faults);
	for (i = 0; i < c->presets_n; i++) {
		const struct preset *p = c->presets[i];

		if (p->state == PRESET_LOCAL || !is_at(p, &at))
			continue;
		if (p->state == PRESET_RETIRED)
			buf_fmt(out, "%s was retired on %s", p->title,
				p->since);
		if (p->state == PRESET_RETIRED && p->advice != NULL)
			buf_str(out, ": ");
		if (p->advice != NULL)
			buf_str(out, p->advice);
		return;
	}
}
