#include "app/setup_priv.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/endpoint.h"
#include "app/key_priv.h"
#include "base/file.h"
#include "conf/check.h"
#include "text/fill.h"
#include "text/safe.h"
#include "tty/edit.h"
#include "tty/pass.h"
#include "tty/term.h"
#include "wire/url.h"

/* How often a question is asked before setup gives up. */
enum { TRIES = 5 };

struct setup {
	struct app *app;
	struct edit *edit;
	struct found_server found[FOUND_MAX];
	size_t found_n;
	const struct preset **hosts; /* those that can be chosen, in order */
	size_t hosts_n;
};

/*
 * The terminal
 */

static void say(const struct buf *text)
{
	struct buf rows;
	int columns;
	int lines;

	term_size(&columns, &lines);
	buf_init(&rows, BUF_LARGE);
	fill_rows(buf_view(text), (size_t)columns, &rows);
	(void)!fd_write_full(STDERR_FILENO, rows.p, rows.len);
	buf_release(&rows);
}

static size_t complete(struct span text, size_t cursor,
	struct edit_words *words, void *payload)
{
	const struct setup *s = payload;
	size_t i;

	for (i = 0; i < s->hosts_n; i++) {
		struct span name = span_str(s->hosts[i]->name);

		if (name.n >= cursor && memcmp(name.p, text.p, cursor) == 0)
			edit_offer(words, name);
	}
	return 0;
}

static enum status wait_line(struct setup *s, struct err *err)
{
	for (;;) {
		struct pollfd p[2] = {{edit_fd(s->edit), POLLIN, 0},
			{s->app->signal_fd, POLLIN, 0}};
		enum edit_result r = EDIT_MORE;
		int number;

		(void)poll(p, 2, edit_timeout_ms(s->edit));
		while (p[1].revents != 0 && r == EDIT_MORE &&
			(number = term_next_signal()) != 0)
			r = edit_signal(s->edit, number);
		if (r == EDIT_MORE)
			r = edit_read(s->edit);
		if (r == EDIT_LINE)
			return ST_OK;
		if (r != EDIT_MORE)
			return err_set(err, ST_STOPPED, "stopped");
	}
}

/* ST_STOPPED on Ctrl-C and Ctrl-D. */
static enum status ask_line(
	struct setup *s, const char *prompt, struct buf *ret, struct err *err)
{
	struct edit_piece piece = {prompt, EDIT_BOLD};
	enum status st = edit_start(s->edit, &piece, 1, err);

	if (st == ST_OK)
		st = wait_line(s, err);
	term_quiet(false);
	if (st == ST_OK)
		buf_set(ret, span_trim(edit_line(s->edit)));
	return st;
}

/*
 * The choice
 */

static bool can_choose(const struct preset *p)
{
	return p->state != PRESET_RETIRED && p->state != PRESET_UNUSABLE &&
		p->state != PRESET_LOCAL;
}

static enum status gather(struct setup *s, struct err *err)
{
	struct config *c = &s->app->config;
	struct buf faults;
	enum status st;
	size_t i;

	buf_init(&faults, BUF_SMALL);
	st = preset_load_all(c, &faults, err);
	buf_release(&faults);
	if (st == ST_OK)
		st = endpoint_find(s->app, s->found, &s->found_n, err);
	if (st != ST_OK)
		return st;
	s->hosts = calloc(c->presets_n + 1, sizeof(*s->hosts));
	if (s->hosts == NULL)
		return err_nomem(err);
	for (i = 0; i < c->presets_n; i++)
		if (can_choose(c->presets[i]))
			s->hosts[s->hosts_n++] = c->presets[i];
	return ST_OK;
}

static void show_choices(const struct setup *s)
{
	struct buf out;
	size_t i;

	buf_init(&out, BUF_SMALL);
	if (s->found_n > 0)
		buf_str(&out, "Servers on this machine:\n");
	for (i = 0; i < s->found_n; i++) {
		buf_fmt(&out, "%3zu  %s at %s  ", i + 1, s->found[i].name,
			s->found[i].url.p);
		safe_line(buf_view(&s->found[i].model), &out);
		buf_char(&out, '\n');
	}
	buf_str(&out, "Hosts that are known by name:\n");
	for (i = 0; i < s->hosts_n; i++)
		buf_fmt(&out, "%3zu  %-14s %s\n", s->found_n + i + 1,
			s->hosts[i]->name,
			s->hosts[i]->title != NULL ? s->hosts[i]->title : "");
	say(&out);
	buf_release(&out);
}

/* Finds a host by its name or by the beginning of a single name. */
static const struct preset *host_by_name(
	const struct setup *s, struct span word)
{
	const struct preset *found = NULL;
	size_t n = 0;
	size_t i;

	for (i = 0; i < s->hosts_n; i++) {
		struct span name = span_str(s->hosts[i]->name);

		if (span_caseis(word, s->hosts[i]->name))
			return s->hosts[i];
		if (name.n > word.n && span_eq(span_of(name.p, word.n), word)) {
			found = s->hosts[i];
			n++;
		}
	}
	return n == 1 ? found : NULL;
}

static bool choose(
	const struct setup *s, struct span word, struct setup_plan *p)
{
	size_t all = s->found_n + s->hosts_n;
	long long n;

	if (check_url(word)) {
		buf_set(&p->url, word);
		return true;
	}
	if (!span_int(word, 1, (long long)all, &n)) {
		p->preset = host_by_name(s, word);
		return p->preset != NULL;
	}
	if ((size_t)n > s->found_n) {
		p->preset = s->hosts[(size_t)n - s->found_n - 1];
		return true;
	}
	buf_set(&p->url, buf_view(&s->found[n - 1].url));
	buf_set(&p->model, buf_view(&s->found[n - 1].model));
	return true;
}

/* Asks for the host. ST_STOPPED when none is chosen. */
static enum status ask_choice(
	struct setup *s, struct setup_plan *p, struct err *err)
{
	struct buf word;
	enum status st = ST_OK;
	int i;

	buf_init(&word, BUF_SMALL);
	for (i = 0; i < TRIES && st == ST_OK; i++) {
		st = ask_line(s,
			"Number, name or https://address (Enter: none): ",
			&word, err);
		if (st == ST_OK && word.len == 0)
			st = err_set(err, ST_STOPPED, "nothing was set up");
		if (st == ST_OK && choose(s, buf_view(&word), p))
			break;
		if (st == ST_OK)
			app_say(s->app,
				"\"%s\" is none of them; Tab completes names",
				word.p);
	}
	if (i == TRIES)
		st = err_set(err, ST_STOPPED, "nothing was set up");
	buf_release(&word);
	return st;
}

/*
 * What else is needed
 */

/* Names the endpoint "groq", or "groq-2" where that is taken. */
static void make_name(const struct setup *s, struct setup_plan *p)
{
	const char *base = p->preset != NULL ? p->preset->name : "mine";
	int n;

	if (p->preset != NULL && !check_name(span_str(base)))
		base = "mine";
	buf_set(&p->name, span_str(base));
	for (n = 2; n < 1000 &&
		config_endpoint(&s->app->config, buf_view(&p->name)) != NULL;
		n++) {
		buf_reset(&p->name);
		buf_fmt(&p->name, "%s-%d", base, n);
	}
}

/* Asks for the parts of the address that the host leaves open and no variable
 * sets. */
static enum status ask_parameters(
	struct setup *s, struct setup_plan *p, struct err *err)
{
	const struct opt_list *l = &p->preset->parameters;
	struct buf prompt;
	struct buf value;
	enum status st = ST_OK;
	size_t i;

	buf_init(&prompt, BUF_SMALL);
	buf_init(&value, BUF_SMALL);
	for (i = 0; i < l->n && st == ST_OK; i++) {
		struct span variable = span_str(l->v[i]);
		struct span name = span_cut(&variable, '=');

		if (variable.n > 0 && getenv(variable.p) != NULL)
			continue;
		buf_reset(&prompt);
		buf_fmt(&prompt, "%.*s: ", (int)name.n, name.p);
		st = ask_line(s, prompt.p, &value, err);
		if (st == ST_OK && value.len == 0)
			st = err_set(err, ST_STOPPED, "nothing was set up");
		if (st != ST_OK)
			break;
		buf_fmt(&p->parameters, "%.*s=%s\n", (int)name.n, name.p,
			value.p);
	}
	buf_release(&prompt);
	buf_release(&value);
	return st;
}

/* Whether to ask for a key: not for one in the environment, nor for a server on
 * this machine. */
static bool needs_key(struct setup *s, const struct setup_plan *p)
{
	struct url url;

	if (p->preset == NULL)
		return url_parse(buf_view(&p->url), &url, NULL) == ST_OK &&
			!url_is_loopback(&url);
	if (p->preset->key_env != NULL) {
		struct key_ref ref = {KEY_ENV, p->preset->key_env, true};
		const struct secret *key = NULL;

		if (keys_get(&s->app->env.keys, &ref, &key, NULL) != ST_OK ||
			key == NULL)
			return true;
		app_say(s->app, "the key is taken from %s", p->preset->key_env);
	}
	return false;
}

static enum status ask_key(
	struct setup *s, struct setup_plan *p, struct err *err)
{
	struct buf prompt;
	enum status st = ST_OK;

	if (!needs_key(s, p))
		return ST_OK;
	buf_init(&prompt, BUF_SMALL);
	buf_fmt(&prompt, "API key of %s (not shown; Enter: none): ", p->name.p);
	st = pass_read(prompt.p, &p->key, err);
	buf_release(&prompt);
	return st == ST_OK && p->key.len > 0 ? key_trim(&p->key, err) : st;
}

static enum status confirm(
	struct setup *s, const char *question, bool *ret, struct err *err)
{
	struct buf word;
	enum status st;

	buf_init(&word, BUF_SMALL);
	st = ask_line(s, question, &word, err);
	*ret = st == ST_OK && word.len > 0 &&
		(word.p[0] == 'y' || word.p[0] == 'Y');
	buf_release(&word);
	return st;
}

static enum status try_it(struct setup *s, const struct setup_plan *p,
	struct span text, const char *path, struct err *err)
{
	struct buf model;
	struct err why = {0};
	bool anyway = false;
	enum status st;

	app_say(s->app, "asking for one word ...");
	buf_init(&model, BUF_SMALL);
	st = setup_test(s->app, p, text, path, &model, &why);
	if (st == ST_OK)
		app_say(s->app, "it answers%s%s", model.len > 0 ? ": " : "",
			model.p);
	buf_release(&model);
	if (st == ST_OK)
		return ST_OK;
	app_say(s->app, "%s", why.msg);
	st = confirm(s, "Keep it all the same? [y/N] ", &anyway, err);
	if (st == ST_OK && !anyway)
		st = err_set(err, ST_STOPPED, "nothing was set up");
	return st;
}

/* Tests the new endpoint, then writes it to the file. */
static enum status settle(
	struct setup *s, const struct setup_plan *p, struct err *err)
{
	struct buf text;
	struct buf path;
	bool is_default = false;
	enum status st;

	buf_init(&text, CONFIG_FILE_MAX);
	buf_init(&path, BUF_SMALL);
	st = setup_compose(s->app, p, &text, &path, &is_default, err);
	if (st == ST_OK)
		st = try_it(s, p, buf_view(&text), path.p, err);
	if (st == ST_OK)
		st = setup_write(s->app, p, buf_view(&text), path.p, err);
	if (st == ST_OK)
		app_say(s->app, "endpoint \"%s\" is in %s%s", p->name.p, path.p,
			is_default ? ""
				   : "; it is used with -e, or when endpoint "
				     "in defaults there names it");
	buf_release(&text);
	buf_release(&path);
	return st;
}

static enum status talk(struct setup *s, struct err *err)
{
	struct setup_plan p = {0};
	enum status st;

	buf_init(&p.name, BUF_SMALL);
	buf_init(&p.url, BUF_SMALL);
	buf_init(&p.model, BUF_SMALL);
	buf_init(&p.parameters, BUF_SMALL);
	st = gather(s, err);
	if (st == ST_OK) {
		show_choices(s);
		st = ask_choice(s, &p, err);
	}
	if (st == ST_OK) {
		make_name(s, &p);
		if (p.preset != NULL)
			st = ask_parameters(s, &p, err);
	}
	if (st == ST_OK && (p.preset == NULL || p.preset->model == NULL) &&
		p.model.len == 0)
		st = ask_line(
			s, "Model (Enter: Llama 3.3 70B): ", &p.model, err);
	if (st == ST_OK)
		st = ask_key(s, &p, err);
	if (st == ST_OK)
		st = settle(s, &p, err);
	secret_free(&p.key);
	buf_release(&p.name);
	buf_release(&p.url);
	buf_release(&p.model);
	buf_release(&p.parameters);
	return st;
}

static enum status set_up(struct app *app, struct err *err)
{
	const struct term *t = term_get();
	struct setup s = {.app = app};
	struct edit_options e = {
		.name = "atllama",
		.complete = complete,
		.payload = &s,
		.colour = t->colour_out,
		.styled = t->styled_out,
		.dumb = t->dumb,
	};
	enum status st = edit_new(&e, &s.edit, err);

	if (st == ST_OK)
		st = talk(&s, err);
	edit_free(s.edit);
	found_release(s.found, s.found_n);
	free(s.hosts);
	return st;
}

enum status setup_run(struct app *app, struct err *err)
{
	if (!term_get()->in)
		return err_set(err, ST_USAGE,
			"setup asks questions and needs a terminal; without "
			"one set LLAMA_MODEL_ENDPOINT and LLAMA_API_KEY, or "
			"write the configuration file, see atllama.conf(5)");
	return set_up(app, err);
}

enum status setup_first(struct app *app, bool *ret_done, struct err *err)
{
	struct err why = {0};
	struct app old;
	enum status st;

	*ret_done = false;
	app_note(app,
		"no endpoint is set yet: where does your model answer? Its key "
		"is asked for next");
	st = set_up(app, &why);
	if (st == ST_STOPPED)
		return ST_OK;
	if (st != ST_OK) {
		app_say(app, "%s", why.msg);
		return ST_OK;
	}
	st = app_reload(app, &old, err);
	if (st != ST_OK)
		return st;
	app_release(&old);
	*ret_done = true;
	return ST_OK;
}
