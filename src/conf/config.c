#include "conf/config.h"

#include <confuse.h>
#include <stdlib.h>
#include <string.h>

#include "base/near.h"
#include "base/utf8.h"
#include "conf/check.h"
#include "conf/config_priv.h"
#include "conf/preset.h"
#include "conf/settings.h"

/*
 * libConfuse takes the end of the file for the end of whatever is open. This
 * setting, read behind the file's last line, is only taken when nothing is.
 */
#define END_NAME "end-of-file"
#define END_TEXT "\n" END_NAME " = 1\n"

/* One reading of a file. libConfuse hands its callbacks no pointer of ours,
 * hence the static below, set during cfg_parse_buf only. */
struct reading {
	const char *file;
	int lines;
	bool failed;
	struct err *err;
};

static struct reading *now;

/* Takes an error of the file; only the first one counts. */
static void fail(const cfg_t *cfg, const char *text)
{
	if (now == NULL || now->failed)
		return;
	now->failed = true;
	if (cfg->line > now->lines)
		(void)err_set(now->err, ST_CONFIG,
			"%s:%d: the file ends inside a section, a list or a "
			"setting",
			now->file, now->lines);
	else
		(void)err_set(now->err, ST_CONFIG, "%s:%d: %s", now->file,
			cfg->line, text);
}

/* Names that other programs use for a setting. */
static const char *const others_names[][2] = {
	{"base_url", "url"},
	{"api_base", "url"},
	{"host", "url"},
	{"prompt", "system"},
	{"system_prompt", "system"},
	{"max_length", "max_tokens"},
	{"max_completion_tokens", "max_tokens"},
	{"num_predict", "max_tokens"},
	{"num_ctx", "context"},
	{"n_ctx", "context"},
	{"context_length", "context"},
};

/* The setting that is meant, if the section has it. */
static struct span near_option(const cfg_t *cfg, struct span said)
{
	struct near near;
	const cfg_opt_t *o;
	size_t i;

	for (i = 0; i < sizeof(others_names) / sizeof(others_names[0]); i++)
		if (span_is(said, others_names[i][0]))
			said = span_str(others_names[i][1]);
	near_init(&near, said);
	for (o = cfg->opts; o->name != NULL; o++)
		if (strcmp(o->name, END_NAME) != 0)
			near_offer(&near, span_str(o->name));
	return near_best(&near);
}

/* Appends the sections that have a setting of that name. */
static void put_sections(struct span said, struct buf *advice)
{
	static const char *const names[] = {
		"endpoint", "pool", "agent", "defaults"};
	const char *before = "; it goes into ";
	size_t i;
	size_t k;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const struct section *s = section_by_name(names[i]);

		for (k = 0; k < s->n; k++)
			if (span_is(said, s->rows[k].name))
				break;
		if (k == s->n)
			continue;
		buf_fmt(advice, "%s%s%s {}", before, names[i],
			strcmp(names[i], "defaults") == 0 ? "" : " NAME");
		before = " or ";
	}
}

/* Appends what to do about libConfuse's sentence: the name that is meant, or the
 * section where it belongs. */
static void put_advice(const cfg_t *cfg, struct span said, struct buf *advice)
{
	static const char unknown[] = "no such option '";
	static const char untitled[] = "missing title for section '";
	struct span near;

	if (span_starts(said, untitled)) {
		said = span_of(said.p + sizeof(untitled) - 1,
			said.n - sizeof(untitled));
		buf_fmt(advice, "; it has a name, as in %.*s NAME { ... }",
			(int)said.n, said.p);
		return;
	}
	if (!span_starts(said, unknown))
		return;
	/* The name, without the quote behind it. */
	said = span_of(said.p + sizeof(unknown) - 1, said.n - sizeof(unknown));
	near = near_option(cfg, said);
	if (span_is(said, "api_key") || span_is(said, "token"))
		buf_str(advice,
			"; keys are not in this file: key_env, key_file, "
			"key_command or key_vault says where one is");
	else if (near.p != NULL)
		buf_fmt(advice, "; did you mean %.*s?", (int)near.n, near.p);
	else
		put_sections(said, advice);
}

static void on_error(cfg_t *cfg, const char *fmt, va_list ap) ATTR_PRINTF(2, 0);

static void on_error(cfg_t *cfg, const char *fmt, va_list ap)
{
	struct buf text;
	struct buf advice;

	buf_init(&text, BUF_SMALL);
	buf_init(&advice, BUF_SMALL);
	buf_vfmt(&text, fmt, ap);
	put_advice(cfg, buf_view(&text), &advice);
	buf_span(&text, buf_view(&advice));
	fail(cfg, text.p);
	buf_release(&advice);
	buf_release(&text);
}

static const struct opt_row *find_row(const struct section *s, const char *name)
{
	size_t i;

	for (i = 0; i < s->n; i++)
		if (strcmp(s->rows[i].name, name) == 0)
			return &s->rows[i];
	return NULL;
}

/* Called by libConfuse behind every value: the only moment at which the line
 * of a setting is known. Stores it into a scratch struct to have it checked. */
static int on_value(cfg_t *cfg, cfg_opt_t *opt)
{
	const struct section *s = section_by_name(cfg->name);
	const struct opt_row *row = s != NULL ? find_row(s, opt->name) : NULL;
	unsigned n = cfg_opt_size(opt);
	union section_any scratch;
	struct err err = {0};
	const char *value;
	enum status st;
	size_t i;

	if (row == NULL || n == 0)
		return 0;
	value = cfg_opt_getnstr(opt, n - 1);
	memset(&scratch, 0, sizeof(scratch));
	st = opt_store(row, &scratch, value, &err);
	for (i = 0; i < SECTION_LISTS; i++)
		if (s->lists[i] != SECTION_NONE)
			opt_list_release(
				(struct opt_list *)(void *)((char *)&scratch +
					s->lists[i]));
	if (st == ST_OK && cfg->line <= now->lines)
		return 0;
	err_prefix(&err, "%s", opt->name);
	fail(cfg, err.msg);
	return -1;
}

/* libConfuse's table for a section; the types are all our own, so every value
 * is a string to it. The names stay ours: cfg_init copies them. */
static cfg_opt_t *make_opts(const struct section *s)
{
	static const cfg_opt_t one = CFG_STR(NULL, NULL, CFGF_NODEFAULT);
	static const cfg_opt_t many = CFG_STR_LIST(NULL, NULL, CFGF_NODEFAULT);
	static const cfg_opt_t end = CFG_END();
	cfg_opt_t *opts = calloc(s->n + 1, sizeof(*opts));
	size_t i;

	if (opts == NULL)
		return NULL;
	for (i = 0; i < s->n; i++) {
		opts[i] = s->rows[i].many ? many : one;
		opts[i].name = s->rows[i].name;
		opts[i].validcb = on_value;
	}
	opts[s->n] = end;
	return opts;
}

static int count_lines(struct span text)
{
	int n = 1;
	size_t i;

	/* A newline at the end does not begin a line. */
	for (i = 0; i + 1 < text.n; i++)
		if (text.p[i] == '\n')
			n++;
	return n;
}

/* After a bad escape sequence, the lexer is still in that string and would be
 * when it reads the next file. */
static void settle_lexer(cfg_t *cfg)
{
	(void)cfg_parse_buf(cfg, "#\"\n");
}

static enum status check_text(
	struct span text, const char *file, struct err *err)
{
	if (text.n > CONFIG_FILE_MAX)
		return err_set(err, ST_CONFIG, "%s: is larger than %zu bytes",
			file, CONFIG_FILE_MAX);
	if (!utf8_valid(text) ||
		(text.n > 0 && memchr(text.p, '\0', text.n) != NULL))
		return err_set(err, ST_CONFIG, "%s: is not UTF-8 text", file);
	return ST_OK;
}

static enum status parse(
	struct config *c, cfg_t *cfg, struct span text, struct err *err)
{
	struct reading reading = {c->file, count_lines(text), false, err};
	struct buf all;
	enum status st = ST_OK;
	const char *open = NULL;
	int line;

	buf_init(&all, CONFIG_FILE_MAX + sizeof(END_TEXT));
	buf_span(&all, text);
	buf_str(&all, END_TEXT);
	if (all.bad) {
		st = err_nomem(err);
		goto out;
	}
	line = config_blank(all.p, all.len, &open);
	if (line > 0) {
		st = err_set(err, ST_CONFIG,
			"%s:%d: the %s that begins here does not end", c->file,
			line, open);
		goto out;
	}
	now = &reading;
	if (cfg_parse_buf(cfg, all.p) != CFG_SUCCESS) {
		settle_lexer(cfg);
		st = ST_CONFIG;
	} else if (cfg_size(cfg, END_NAME) == 0) {
		st = ST_CONFIG;
	}
	now = NULL;
	if (st != ST_OK && !reading.failed)
		(void)err_set(err, st, "%s: cannot be parsed", c->file);
out:
	buf_release(&all);
	return st;
}

static enum status parse_into(
	struct config *c, struct span text, struct err *err)
{
	cfg_opt_t *defaults = make_opts(section_by_name("defaults"));
	cfg_opt_t *endpoint = make_opts(section_by_name("endpoint"));
	cfg_opt_t *agent = make_opts(section_by_name("agent"));
	cfg_opt_t *pool = make_opts(section_by_name("pool"));
	cfg_opt_t opts[] = {
		CFG_SEC("defaults", defaults, CFGF_NONE),
		CFG_SEC("endpoint", endpoint,
			CFGF_MULTI | CFGF_TITLE | CFGF_NO_TITLE_DUPES),
		CFG_SEC("agent", agent,
			CFGF_MULTI | CFGF_TITLE | CFGF_NO_TITLE_DUPES),
		CFG_SEC("pool", pool,
			CFGF_MULTI | CFGF_TITLE | CFGF_NO_TITLE_DUPES),
		CFG_STR(END_NAME, NULL, CFGF_NODEFAULT),
		CFG_END(),
	};
	enum status st = ST_NOMEM;
	cfg_t *cfg = NULL;

	if (defaults != NULL && endpoint != NULL && agent != NULL &&
		pool != NULL)
		cfg = cfg_init(opts, CFGF_NONE);
	if (cfg == NULL) {
		st = err_nomem(err);
		goto out;
	}
	(void)cfg_set_error_function(cfg, on_error);
	st = parse(c, cfg, text, err);
	if (st == ST_OK)
		st = config_take_all(c, cfg, err);
out:
	if (cfg != NULL)
		(void)cfg_free(cfg);
	free(defaults);
	free(endpoint);
	free(agent);
	free(pool);
	return st;
}

static enum status take_preset(
	struct config *c, cfg_t *cfg, struct preset *ret, struct err *err)
{
	cfg_t *sec;

	if (cfg_size(cfg, "preset") != 1)
		return err_set(err, ST_CONFIG,
			"%s: holds not one preset but %u", c->file,
			cfg_size(cfg, "preset"));
	sec = cfg_getnsec(cfg, "preset", 0);
	ret->name = config_keep(c, sec->title, strlen(sec->title));
	if (ret->name == NULL)
		return err_nomem(err);
	return config_take(c, section_by_name("preset"), sec, ret, err);
}

enum status config_read_preset(
	struct config *c, struct span text, struct preset *ret, struct err *err)
{
	cfg_opt_t *rows = make_opts(section_by_name("preset"));
	cfg_opt_t opts[] = {
		CFG_SEC("preset", rows,
			CFGF_MULTI | CFGF_TITLE | CFGF_NO_TITLE_DUPES),
		CFG_STR(END_NAME, NULL, CFGF_NODEFAULT),
		CFG_END(),
	};
	const char *file = c->file;
	cfg_t *cfg = rows != NULL ? cfg_init(opts, CFGF_NONE) : NULL;
	enum status st = cfg != NULL ? check_text(text, ret->file, err)
				     : err_nomem(err);

	/* Messages name the preset's file, not the configuration's. */
	c->file = ret->file;
	if (st == ST_OK) {
		(void)cfg_set_error_function(cfg, on_error);
		st = parse(c, cfg, text, err);
	}
	if (st == ST_OK)
		st = take_preset(c, cfg, ret, err);
	c->file = file;
	if (cfg != NULL)
		(void)cfg_free(cfg);
	free(rows);
	return st;
}

static enum status take_own(
	struct config *c, cfg_t *cfg, struct agent_conf *ret, struct err *err)
{
	cfg_t *sec;

	if (cfg_size(cfg, "agent") != 1)
		return err_set(err, ST_CONFIG, "%s: holds not one agent but %u",
			c->file, cfg_size(cfg, "agent"));
	sec = cfg_getnsec(cfg, "agent", 0);
	if (!check_name(span_str(sec->title)))
		return err_set(err, ST_CONFIG,
			"%s:%d: \"%s\" cannot be the name of an agent", c->file,
			sec->line, sec->title);
	return config_take_agent(c, sec, ret, err);
}

enum status config_read_agent(struct config *c, struct span text,
	const char *file, struct agent_conf *ret, struct err *err)
{
	cfg_opt_t *rows = make_opts(section_by_name("agent"));
	cfg_opt_t opts[] = {
		CFG_SEC("agent", rows,
			CFGF_MULTI | CFGF_TITLE | CFGF_NO_TITLE_DUPES),
		CFG_STR(END_NAME, NULL, CFGF_NODEFAULT),
		CFG_END(),
	};
	const char *before = c->file;
	cfg_t *cfg = rows != NULL ? cfg_init(opts, CFGF_NONE) : NULL;
	enum status st = cfg != NULL ? check_text(text, file, err)
				     : err_nomem(err);

	ret->file = config_keep(c, file, strlen(file));
	if (st == ST_OK && ret->file == NULL)
		st = err_nomem(err);
	/* Messages name the agent's file, and paths begin at it. */
	c->file = ret->file;
	if (st == ST_OK) {
		(void)cfg_set_error_function(cfg, on_error);
		st = parse(c, cfg, text, err);
	}
	if (st == ST_OK)
		st = take_own(c, cfg, ret, err);
	c->file = before;
	if (cfg != NULL)
		(void)cfg_free(cfg);
	free(rows);
	return st;
}

enum status config_parse(
	struct config *c, struct span text, const char *file, struct err *err)
{
	struct config fresh;
	enum status st;

	st = check_text(text, file, err);
	if (st != ST_OK)
		return st;
	config_init(&fresh);
	fresh.file = config_keep(&fresh, file, strlen(file));
	st = fresh.file != NULL ? parse_into(&fresh, text, err)
				: err_nomem(err);
	if (st != ST_OK) {
		config_release(&fresh);
		return st;
	}
	config_release(c);
	*c = fresh;
	return ST_OK;
}
