#include <string.h>

#include "app/argword.h"
#include "app/commands.h"
#include "app/models.h"
#include "app/repl.h"
#include "app/setting.h"
#include "app/style.h"
#include "app/switches.h"
#include "app/ways.h"
#include "base/near.h"
#include "conf/agent.h"
#include "engine/session.h"
#include "text/safe.h"

enum { NAME_COLUMNS = 18, VALUE_COLUMNS = 24 };

static enum status no_settings(const struct app_agent *a, struct err *err)
{
	if (a->agent.kind != AGENT_GUIDE)
		return ST_OK;
	return err_set(err, ST_USAGE,
		"@guide is the manual and has no settings; address another "
		"agent first");
}

/* Replaces what was said of that setting: one value, or the words of a list. */
static enum status say_values(struct settings *said, const struct opt_row *row,
	struct span value, struct err *err)
{
	struct span rest = value;
	struct buf word;
	enum status st = ST_OK;

	if (!row->many)
		return settings_say(said, row, value, err);
	settings_drop(said, row);
	buf_init(&word, BUF_SMALL);
	while (st == ST_OK && argword_next(&rest, &word)) {
		st = settings_say(said, row, buf_view(&word), err);
		buf_reset(&word);
	}
	buf_release(&word);
	return st;
}

/* When it fails, now or as the agent is put together again, all stays as it
 * was. */
static enum status say(struct repl *r, struct app_agent *a,
	const struct opt_row *row, struct span value, struct err *err)
{
	struct settings before;
	enum status st;

	warm_drop(&r->warm);
	settings_init(&before);
	st = settings_copy(&before, &a->said, err);
	if (st != ST_OK) {
		settings_release(&before);
		return st;
	}
	if (span_is(value, "default"))
		settings_drop(&a->said, row);
	else
		st = say_values(&a->said, row, value, err);
	if (st == ST_OK)
		st = app_agent_again(r->app, a, err);
	if (st != ST_OK) {
		settings_release(&a->said);
		a->said = before;
		(void)app_agent_again(r->app, a, NULL);
		return st;
	}
	settings_release(&before);
	return ST_OK;
}

static void pad(struct buf *out, size_t start, size_t columns)
{
	while (out->len - start < columns)
		buf_char(out, ' ');
}

/* "name  value  origin"; both are safe for a terminal. */
static void put_line(struct buf *out, const char *name, const struct buf *value,
	const struct buf *origin)
{
	size_t start = out->len;

	buf_str(out, name);
	pad(out, start, NAME_COLUMNS);
	start = out->len;
	safe_line(buf_view(value), out);
	pad(out, start, VALUE_COLUMNS);
	buf_str(out, "  ");
	safe_line(buf_view(origin), out);
	buf_char(out, '\n');
}

static void put_setting(struct repl *r, const struct opt_row *row)
{
	struct buf value;
	struct buf origin;

	buf_init(&value, BUF_SMALL);
	buf_init(&origin, BUF_SMALL);
	setting_put_value(row, r->active, &value);
	setting_put_origin(row, r->app, r->active, &origin);
	put_line(&r->out, row->name, &value, &origin);
	buf_release(&value);
	buf_release(&origin);
}

static void put_switch(struct repl *r, const struct switch_row *row)
{
	struct buf value;
	struct buf origin;

	buf_init(&value, BUF_SMALL);
	buf_init(&origin, BUF_SMALL);
	row->put(r->app, &value);
	buf_str(&origin, switch_origin(&r->switches, row, r->app));
	put_line(&r->out, row->name, &value, &origin);
	buf_release(&value);
	buf_release(&origin);
}

static void put_all(struct repl *r)
{
	const struct opt_row *row;
	size_t i;

	if (r->active->agent.kind != AGENT_GUIDE) {
		buf_fmt(&r->out, "@%s:\n", r->active->agent.name);
		for (i = 0; (row = setting_at(i)) != NULL; i++)
			put_setting(r, row);
	}
	buf_str(&r->out, "Screen:\n");
	for (i = 0; i < switches_n; i++)
		put_switch(r, &switch_rows[i]);
	buf_str(&r->out,
		"/set NAME VALUE changes one for this chat, /set NAME default "
		"takes that back.\n");
}

static enum status unknown(struct span name, struct err *err)
{
	const struct opt_row *row;
	struct near near;
	size_t i;

	if (span_is(name, "system"))
		return err_set(
			err, ST_USAGE, "the system prompt is set with /system");
	if (span_is(name, "endpoint"))
		return err_set(err, ST_USAGE,
			"an endpoint belongs to an agent; address another "
			"agent, or start with -e");
	near_init(&near, name);
	for (i = 0; (row = setting_at(i)) != NULL; i++)
		near_offer(&near, span_str(row->name));
	for (i = 0; i < switches_n; i++)
		near_offer(&near, span_str(switch_rows[i].name));
	(void)err_set(err, ST_USAGE, "there is no setting \"%.*s\"",
		(int)(name.n > 64 ? 64 : name.n), name.p);
	if (near_best(&near).p != NULL)
		err_hint(err, "; did you mean %.*s?", (int)near_best(&near).n,
			near_best(&near).p);
	else
		err_hint(err, "; /set lists them");
	return ST_USAGE;
}

/* One setting: shown, or given a value and shown. */
static enum status set_one(
	struct repl *r, struct span name, struct span value, struct err *err)
{
	const struct opt_row *row = setting_row(name);
	const struct switch_row *toggle = switch_row(name);
	enum status st = ST_OK;

	if (row == NULL && toggle == NULL)
		return unknown(name, err);
	if (toggle != NULL) {
		if (value.n > 0)
			st = switch_set(
				&r->switches, toggle, r->app, value, err);
		if (st == ST_OK && value.n > 0)
			st = repl_screen_changed(r, err);
		if (st == ST_OK)
			put_switch(r, toggle);
		return st;
	}
	st = no_settings(r->active, err);
	if (st == ST_OK && value.n > 0)
		st = say(r, r->active, row, value, err);
	if (st == ST_OK)
		put_setting(r, row);
	if (st == ST_OK && value.n == 0)
		buf_fmt(&r->out, "%s.\n", row->help);
	return st;
}

COMMAND(set)
{
	struct span rest = args;
	struct span name = span_cut(&rest, ' ');
	size_t cut;
	enum status st = ST_OK;

	(void)next;
	/* "name=value" is accepted as well. */
	for (cut = 0; cut < name.n && name.p[cut] != '='; cut++)
		;
	if (cut < name.n) {
		rest = span_of(args.p + cut + 1, args.n - cut - 1);
		name.n = cut;
	}
	if (args.n == 0)
		put_all(r);
	else
		st = set_one(r, name, span_trim(rest), err);
	if (st == ST_OK)
		repl_words(r);
	else
		buf_reset(&r->out);
	return st;
}

/* Warns about a model that is not listed. It is taken all the same, since
 * endpoints serve models that they do not list. */
static void check_model(struct repl *r, struct app_agent *a)
{
	struct buf text;
	enum models_word word;

	buf_init(&text, BUF_SMALL);
	word = models_check(r->app, a, &text);
	if (word != MODELS_LISTED) {
		buf_str(&r->out, "Note that ");
		buf_span(&r->out, buf_view(&text));
		buf_str(&r->out, word == MODELS_OTHER ? "\n" : ".\n");
	}
	if (word == MODELS_OTHER)
		buf_set(&r->doubted, span_str(a->agent.model));
	buf_release(&text);
}

COMMAND(model)
{
	struct app_agent *a = r->active;
	enum status st = args.n > 0 ? no_settings(a, err) : ST_OK;

	(void)next;
	if (st == ST_OK && args.n > 0 && memchr(args.p, ' ', args.n) != NULL)
		st = err_set(
			err, ST_USAGE, "a model's name has no spaces in it");
	if (st == ST_OK && args.n > 0)
		st = say(r, a, setting_row(span_str("model")), args, err);
	if (st != ST_OK)
		return st;
	buf_fmt(&r->out, "@%s asks the model ", a->agent.name);
	safe_line(span_str(a->agent.model), &r->out);
	buf_str(&r->out, " at ");
	ways_put_models(a, &r->out);
	buf_char(&r->out, '\n');
	if (args.n > 0)
		check_model(r, a);
	repl_words(r);
	return ST_OK;
}

static enum status list_styles(struct repl *r, struct err *err)
{
	struct span now = span_str(r->active->agent.style);
	struct span rest;
	struct buf names;
	enum status st;

	buf_init(&names, BUF_SMALL);
	st = style_names(&names, err);
	rest = buf_view(&names);
	while (st == ST_OK && rest.n > 0) {
		struct span name = span_cut(&rest, '\n');

		buf_str(&r->out, span_eq(name, now) ? "* " : "  ");
		safe_line(name, &r->out);
		buf_char(&r->out, '\n');
	}
	if (st == ST_OK)
		buf_str(&r->out,
			now.n > 0 ? "/style off answers without one.\n"
				  : "None is used; /style NAME chooses one.\n");
	buf_release(&names);
	return st;
}

COMMAND(style)
{
	const struct opt_row *row = setting_row(span_str("style"));
	enum status st = no_settings(r->active, err);

	(void)next;
	if (st != ST_OK)
		return st;
	if (args.n == 0) {
		st = list_styles(r, err);
	} else {
		st = say(r, r->active, row, args, err);
		if (st == ST_OK)
			put_setting(r, row);
	}
	if (st == ST_OK && args.n > 0 &&
		session_conv(r->session)->system.len > 0)
		buf_str(&r->out,
			"The system prompt of this conversation is sent in its "
			"place; /system default takes that back.\n");
	repl_words(r);
	return st;
}

static void show_guard(struct repl *r)
{
	const struct agent *a = &r->active->agent;

	if (a->guard == NULL) {
		buf_fmt(&r->out, "@%s has no guard%s.\n", a->name,
			a->guard_name != NULL
				? " while the mode is off; /guard block or "
				  "/guard warn turns it on"
				: "; /guard NAME takes an agent that runs "
				  "Llama Guard");
		return;
	}
	buf_fmt(&r->out, "@%s judges what is said to and by @%s (model ",
		a->guard->agent->name, a->name);
	safe_line(span_str(a->guard->agent->model), &r->out);
	buf_fmt(&r->out,
		").\nWhat is unsafe %s; what it has no verdict on %s.\n",
		a->guard->mode == GUARD_WARN ? "is told" : "is blocked",
		a->guard->mode == GUARD_WARN ? "is told"
			: a->guard->allow    ? "passes"
					     : "is blocked");
	if (a->guard->mode == GUARD_BLOCK)
		buf_fmt(&r->out, "Answers are shown %s.\n",
			a->guard->after ? "when all of it was judged"
					: "sentence by sentence");
}

/* Naming a guard switches it on. The mode is set last, so that a name that does
 * not exist changes nothing. */
static enum status take_guard(struct repl *r, struct span name, struct err *err)
{
	struct app_agent *a = r->active;
	const char *mode = a->agent.guard_mode;
	const struct opt_row *row = setting_row(span_str("guard"));
	struct settings before;
	enum status st;

	if (span_caseis(name, a->agent.name))
		return err_set(err, ST_USAGE,
			"@%s cannot judge itself; /guard NAME takes another "
			"agent",
			a->agent.name);
	if (span_is(name, "default") || mode == NULL ||
		strcmp(mode, "off") != 0)
		return say(r, a, row, name, err);
	settings_init(&before);
	st = settings_copy(&before, &a->said, err);
	if (st != ST_OK) {
		settings_release(&before);
		return st;
	}
	st = say(r, a, row, name, err);
	if (st == ST_OK)
		st = say(r, a, setting_row(span_str("guard_mode")),
			span_str("block"), err);
	if (st == ST_OK) {
		settings_release(&before);
		return ST_OK;
	}
	settings_release(&a->said);
	a->said = before;
	(void)app_agent_again(r->app, a, NULL);
	return st;
}

COMMAND(guard)
{
	bool mode = span_is(args, "block") || span_is(args, "warn") ||
		span_is(args, "off");
	enum status st = no_settings(r->active, err);

	(void)next;
	if (st == ST_OK && mode)
		st = say(r, r->active, setting_row(span_str("guard_mode")),
			args, err);
	else if (st == ST_OK && args.n > 0)
		st = take_guard(r, args, err);
	if (st != ST_OK)
		return st;
	show_guard(r);
	repl_words(r);
	return ST_OK;
}
