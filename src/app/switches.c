#include "app/switches.h"

#include <string.h>

#include "conf/settings.h"

static const char *const color_names[] = {
	[COLOR_AUTO] = "auto",
	[COLOR_ALWAYS] = "always",
	[COLOR_NEVER] = "never",
};
static const struct opt_word colors[] = {{"auto", COLOR_AUTO},
	{"always", COLOR_ALWAYS}, {"never", COLOR_NEVER}, {NULL, 0}};

static void put_color(const struct app *app, struct buf *out)
{
	buf_str(out, color_names[app->args.color]);
}

static const char *color_origin(const struct app *app)
{
	return app->args.color != COLOR_AUTO ? "command line" : "built in";
}

static void put_raw(const struct app *app, struct buf *out)
{
	buf_str(out, app->args.raw ? "yes" : "no");
}

static const char *raw_origin(const struct app *app)
{
	return app->args.raw ? "command line" : "built in";
}

static void put_background(const struct app *app, struct buf *out)
{
	switch ((enum conf_background)app->config.screen.background) {
	case CONF_BACKGROUND_DARK: buf_str(out, "dark"); return;
	case CONF_BACKGROUND_LIGHT: buf_str(out, "light"); return;
	case CONF_BACKGROUND_UNSAID:
	case CONF_BACKGROUND_AUTO: break;
	}
	buf_str(out, "auto");
}

static const char *background_origin(const struct app *app)
{
	return app->config.screen.background != CONF_BACKGROUND_UNSAID
		? "defaults"
		: "built in";
}

static int reasoning_of(const struct app *app)
{
	return app->args.reasoning != CONF_REASONING_UNSAID
		? app->args.reasoning
		: app->config.screen.reasoning;
}

static void put_reasoning(const struct app *app, struct buf *out)
{
	int now = reasoning_of(app);

	buf_str(out,
		now == CONF_REASONING_HIDE		? "hide"
			: now == CONF_REASONING_SUMMARY ? "summary"
							: "show");
}

static const char *reasoning_origin(const struct app *app)
{
	if (app->args.reasoning != CONF_REASONING_UNSAID)
		return "command line";
	return app->config.screen.reasoning != CONF_REASONING_UNSAID
		? "defaults"
		: "built in";
}

static void put_status(const struct app *app, struct buf *out)
{
	const char *now = app->config.screen.status;

	buf_str(out, now != NULL ? now : "short");
}

static const char *status_origin(const struct app *app)
{
	return app->config.screen.status != NULL ? "defaults" : "built in";
}

enum { COLOR, BACKGROUND, RAW, REASONING, STATUS };

const struct switch_row switch_rows[] = {
	[COLOR] = {"color", "When to use colour: auto, always or never",
		"auto always never", put_color, color_origin},
	[BACKGROUND] = {"background",
		"What the colours stand on: dark, light, or auto where both "
		"have to do",
		"auto dark light", put_background, background_origin},
	[RAW] = {"raw", "Show replies without rendering their Markdown",
		"yes no", put_raw, raw_origin},
	[REASONING] = {"reasoning",
		"What becomes of a model's reasoning: show, hide or summary",
		"show hide summary", put_reasoning, reasoning_origin},
	[STATUS] = {"status",
		"Line below a reply: short, full, off, or a format of its own",
		"short full off", put_status, status_origin},
};

const size_t switches_n = sizeof(switch_rows) / sizeof(switch_rows[0]);

_Static_assert(sizeof(switch_rows) / sizeof(switch_rows[0]) <= SWITCHES_MAX,
	"too many switches");

void switches_init(struct switches *s, const struct app *app)
{
	memset(s, 0, sizeof(*s));
	buf_init(&s->status, BUF_SMALL);
	s->screen = app->config.screen;
	s->color = app->args.color;
	s->raw = app->args.raw;
	s->reasoning = app->args.reasoning;
}

void switches_release(struct switches *s)
{
	buf_release(&s->status);
}

const struct switch_row *switch_row(struct span name)
{
	size_t i;

	for (i = 0; i < switches_n; i++)
		if (span_caseis(name, switch_rows[i].name))
			return &switch_rows[i];
	return span_caseis(name, "colour") ? &switch_rows[COLOR] : NULL;
}

/* Stores the value where the configuration has it. */
static enum status store_default(
	const char *name, const char *value, struct app *app, struct err *err)
{
	const struct section *s = section_by_name("defaults");
	size_t i;

	for (i = 0; i < s->n; i++)
		if (strcmp(s->rows[i].name, name) == 0)
			return opt_store(&s->rows[i], &app->config, value, err);
	return err_set(err, ST_FAIL, "no such setting");
}

static enum status store_arg(const struct opt_row *row, const char *value,
	struct app *app, struct err *err)
{
	return opt_store(row, &app->args, value, err);
}

static enum status store_switch(struct switches *s, size_t i, const char *value,
	struct app *app, struct err *err)
{
	static const struct opt_row color = {.name = "color",
		.type = OPT_WORD,
		.words = colors,
		.at = offsetof(struct args, color)};
	static const struct opt_row raw = {.name = "raw",
		.type = OPT_FLAG,
		.at = offsetof(struct args, raw)};
	struct buf old = s->status;
	enum status st;

	switch (i) {
	case COLOR: return store_arg(&color, value, app, err);
	case BACKGROUND: return store_default("background", value, app, err);
	case RAW: return store_arg(&raw, value, app, err);
	case REASONING:
		st = store_default("reasoning", value, app, err);
		if (st == ST_OK)
			app->args.reasoning = CONF_REASONING_UNSAID;
		return st;
	default: break;
	}
	/* The configuration borrows this text. */
	buf_init(&s->status, BUF_SMALL);
	buf_str(&s->status, value);
	st = buf_check(&s->status, "value", err);
	if (st == ST_OK)
		st = store_default("status", s->status.p, app, err);
	if (st != ST_OK) {
		buf_release(&s->status);
		s->status = old;
		return st;
	}
	buf_release(&old);
	return ST_OK;
}

static void take_back(struct switches *s, size_t i, struct app *app)
{
	switch (i) {
	case COLOR: app->args.color = s->color; break;
	case BACKGROUND:
		app->config.screen.background = s->screen.background;
		break;
	case RAW: app->args.raw = s->raw; break;
	case REASONING:
		app->args.reasoning = s->reasoning;
		app->config.screen.reasoning = s->screen.reasoning;
		break;
	default: app->config.screen.status = s->screen.status; break;
	}
	s->said[i] = false;
}

enum status switch_set(struct switches *s, const struct switch_row *row,
	struct app *app, struct span value, struct err *err)
{
	size_t i = (size_t)(row - switch_rows);
	struct buf text;
	enum status st;

	if (span_is(value, "default")) {
		take_back(s, i, app);
		return ST_OK;
	}
	buf_init(&text, BUF_SMALL);
	buf_span(&text, value);
	st = buf_check(&text, "value", err);
	if (st == ST_OK) {
		st = store_switch(s, i, text.p, app, err);
		if (st != ST_OK)
			err_prefix(err, "%s", row->name);
	}
	if (st == ST_OK)
		s->said[i] = true;
	buf_release(&text);
	return st;
}

const char *switch_origin(const struct switches *s,
	const struct switch_row *row, const struct app *app)
{
	return s->said[row - switch_rows] ? "/set" : row->origin(app);
}
