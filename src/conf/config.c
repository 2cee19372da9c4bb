#include "conf/config.h"

#include <confuse.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/utf8.h"
#include "base/vec.h"
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

/* Errors of the file come one by one; the first is the cause. */
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

static void on_error(cfg_t *cfg, const char *fmt, va_list ap) ATTR_PRINTF(2, 0);

static void on_error(cfg_t *cfg, const char *fmt, va_list ap)
{
	struct buf text;

	buf_init(&text, BUF_SMALL);
	buf_vfmt(&text, fmt, ap);
	fail(cfg, text.p);
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
	for (i = 0; i < 2; i++)
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

/* Copies the settings of a section into the struct its rows describe. */
static enum status take(struct config *c, const struct section *s, cfg_t *sec,
	void *into, struct err *err)
{
	size_t i;
	unsigned k;

	for (i = 0; i < s->n; i++) {
		cfg_opt_t *opt = cfg_getopt(sec, s->rows[i].name);
		unsigned n = cfg_opt_size(opt);

		for (k = 0; k < n; k++) {
			const char *value = cfg_opt_getnstr(opt, k);
			enum status st;

			/* An option without a value has one NULL. */
			if (value == NULL)
				continue;
			value = config_keep(c, value, strlen(value));
			if (value == NULL)
				return err_nomem(err);
			st = opt_store(&s->rows[i], into, value, err);
			if (st == ST_OK)
				continue;
			/* Single values were checked with their line. */
			err_prefix(err, "%s:%d: %s", c->file, sec->line,
				s->rows[i].name);
			if (err != NULL && st == ST_USAGE)
				err->code = ST_CONFIG;
			return st == ST_USAGE ? ST_CONFIG : st;
		}
	}
	return ST_OK;
}

/* A fault that concerns a whole section. */
static enum status blame(const struct config *c, const cfg_t *sec,
	struct err *err, const char *fmt, ...) ATTR_PRINTF(4, 5);

static enum status blame(const struct config *c, const cfg_t *sec,
	struct err *err, const char *fmt, ...)
{
	struct buf text;
	va_list ap;

	buf_init(&text, BUF_SMALL);
	va_start(ap, fmt);
	buf_vfmt(&text, fmt, ap);
	va_end(ap);
	(void)err_set(err, ST_CONFIG, "%s:%d: %s%s%s: %s", c->file, sec->line,
		sec->name, sec->title != NULL ? " " : "",
		sec->title != NULL ? sec->title : "", text.p);
	buf_release(&text);
	return ST_CONFIG;
}

static enum status read_system(struct config *c, const cfg_t *sec,
	struct agent_conf *a, struct err *err)
{
	struct err why = {0};
	struct buf text;
	enum status st;

	if (a->system_file == NULL)
		return ST_OK;
	if (a->system != NULL)
		return blame(c, sec, err,
			"system and system_file exclude each other");
	st = config_settle_path(c, &a->system_file, err);
	if (st != ST_OK)
		return st;
	buf_init(&text, CONFIG_SYSTEM_MAX);
	if (file_read(a->system_file, &text, &why) != ST_OK)
		st = blame(c, sec, err, "system_file: %s", why.msg);
	else if (!utf8_valid(buf_view(&text)) ||
		memchr(text.p, '\0', text.len) != NULL)
		st = blame(c, sec, err, "system_file: \"%s\" is not UTF-8 text",
			a->system_file);
	else {
		struct span s = span_trim(buf_view(&text));

		a->system = config_keep(c, s.p, s.n);
		st = a->system != NULL ? ST_OK : err_nomem(err);
	}
	buf_release(&text);
	return st;
}

static enum status check_title(
	const struct config *c, const cfg_t *sec, bool taken, struct err *err)
{
	if (!check_name(span_str(sec->title)))
		return blame(c, sec, err,
			"a name is a letter, then letters, digits, \"-\" and "
			"\"_\", at most %zu",
			CHECK_NAME_MAX);
	if (taken)
		return blame(c, sec, err, "there is one of that name already");
	return ST_OK;
}

static enum status take_endpoint(
	struct config *c, const struct section *s, cfg_t *sec, struct err *err)
{
	struct endpoint_conf *e;
	struct err why = {0};
	enum status st = check_title(
		c, sec, config_endpoint(c, span_str(sec->title)) != NULL, err);

	if (st != ST_OK)
		return st;
	if (c->endpoints_n >= CONFIG_SECTIONS_MAX)
		return blame(c, sec, err, "more than %zu endpoints",
			CONFIG_SECTIONS_MAX);
	if (!vec_grow(&c->endpoints, &c->endpoints_cap, c->endpoints_n + 1,
		    sizeof(*c->endpoints), CONFIG_SECTIONS_MAX))
		return err_nomem(err);
	e = &c->endpoints[c->endpoints_n++];
	e->name = config_keep(c, sec->title, strlen(sec->title));
	if (e->name == NULL)
		return err_nomem(err);
	st = take(c, s, sec, e, err);
	if (st == ST_OK)
		st = config_settle_path(c, &e->key_file, err);
	if (st == ST_OK)
		st = config_settle_link(c, &e->link, err);
	if (st != ST_OK)
		return st;
	if (e->preset != NULL)
		st = preset_load(c, span_str(e->preset), &why);
	if (st != ST_OK)
		return st == ST_NOMEM ? err_nomem(err)
				      : blame(c, sec, err, "%s", why.msg);
	if (e->url == NULL && e->preset == NULL)
		return blame(c, sec, err, "url is missing");
	if (e->parameters.n > 0 && (e->preset == NULL || e->url != NULL))
		return blame(
			c, sec, err, "parameters go with the url of a preset");
	if ((e->key_env != NULL) + (e->key_file != NULL) +
			(e->key_command != NULL) + (e->key_vault != NULL) >
		1)
		return blame(c, sec, err,
			"key_env, key_file, key_command and key_vault exclude "
			"each other");
	if (e->link.key != NULL && e->link.cert == NULL)
		return blame(c, sec, err, "key needs a cert");
	return ST_OK;
}

static enum status take_agent(
	struct config *c, const struct section *s, cfg_t *sec, struct err *err)
{
	struct agent_conf *a;
	enum status st = check_title(
		c, sec, config_agent(c, span_str(sec->title)) != NULL, err);

	if (st != ST_OK)
		return st;
	if (span_caseis(span_str(sec->title), "guide"))
		return blame(c, sec, err,
			"the guide is built in and cannot be configured");
	if (c->agents_n >= CONFIG_SECTIONS_MAX)
		return blame(c, sec, err, "more than %zu agents",
			CONFIG_SECTIONS_MAX);
	if (!vec_grow(&c->agents, &c->agents_cap, c->agents_n + 1,
		    sizeof(*c->agents), CONFIG_SECTIONS_MAX))
		return err_nomem(err);
	a = &c->agents[c->agents_n++];
	a->name = config_keep(c, sec->title, strlen(sec->title));
	if (a->name == NULL)
		return err_nomem(err);
	st = take(c, s, sec, a, err);
	if (st == ST_OK)
		st = read_system(c, sec, a, err);
	if (st == ST_OK && a->endpoint != NULL &&
		config_endpoint(c, span_str(a->endpoint)) == NULL)
		st = blame(c, sec, err, "there is no endpoint \"%s\"",
			a->endpoint);
	return st;
}

static enum status take_defaults(
	struct config *c, const struct section *s, cfg_t *sec, struct err *err)
{
	enum status st = take(c, s, sec, c, err);

	if (st == ST_OK)
		st = read_system(c, sec, &c->defaults, err);
	if (st == ST_OK)
		st = config_settle_link(c, &c->link, err);
	if (st != ST_OK)
		return st;
	if (c->defaults.endpoint != NULL &&
		config_endpoint(c, span_str(c->defaults.endpoint)) == NULL)
		return blame(c, sec, err, "there is no endpoint \"%s\"",
			c->defaults.endpoint);
	if (c->agent != NULL && config_agent(c, span_str(c->agent)) == NULL &&
		!span_caseis(span_str(c->agent), "llama") &&
		!span_caseis(span_str(c->agent), "guide"))
		return blame(c, sec, err, "there is no agent \"%s\"", c->agent);
	return ST_OK;
}

/* Endpoints first: the others name them. */
static enum status take_all(struct config *c, cfg_t *cfg, struct err *err)
{
	enum status st = ST_OK;
	unsigned i;

	for (i = 0; st == ST_OK && i < cfg_size(cfg, "endpoint"); i++)
		st = take_endpoint(c, section_by_name("endpoint"),
			cfg_getnsec(cfg, "endpoint", i), err);
	for (i = 0; st == ST_OK && i < cfg_size(cfg, "agent"); i++)
		st = take_agent(c, section_by_name("agent"),
			cfg_getnsec(cfg, "agent", i), err);
	if (st == ST_OK && cfg_size(cfg, "defaults") > 0)
		st = take_defaults(c, section_by_name("defaults"),
			cfg_getsec(cfg, "defaults"), err);
	return st;
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

	/* The newline at the end begins no line. */
	for (i = 0; i + 1 < text.n; i++)
		if (text.p[i] == '\n')
			n++;
	return n;
}

/* After a bad escape sequence the lexer is still in that string, and would be
 * for the next file. */
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
	cfg_opt_t opts[] = {
		CFG_SEC("defaults", defaults, CFGF_NONE),
		CFG_SEC("endpoint", endpoint,
			CFGF_MULTI | CFGF_TITLE | CFGF_NO_TITLE_DUPES),
		CFG_SEC("agent", agent,
			CFGF_MULTI | CFGF_TITLE | CFGF_NO_TITLE_DUPES),
		CFG_STR(END_NAME, NULL, CFGF_NODEFAULT),
		CFG_END(),
	};
	enum status st = ST_NOMEM;
	cfg_t *cfg = NULL;

	if (defaults != NULL && endpoint != NULL && agent != NULL)
		cfg = cfg_init(opts, CFGF_NONE);
	if (cfg == NULL) {
		st = err_nomem(err);
		goto out;
	}
	(void)cfg_set_error_function(cfg, on_error);
	st = parse(c, cfg, text, err);
	if (st == ST_OK)
		st = take_all(c, cfg, err);
out:
	if (cfg != NULL)
		(void)cfg_free(cfg);
	free(defaults);
	free(endpoint);
	free(agent);
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
	return take(c, section_by_name("preset"), sec, ret, err);
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
