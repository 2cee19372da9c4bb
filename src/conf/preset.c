#include "conf/preset.h"

#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "base/file.h"
#include "base/vec.h"
#include "conf/check.h"
#include "conf/config_priv.h"
#include "conf/shelf.h"

/* Bytes of a parameter's value: a label of a host name and more. */
enum { VALUE_MAX = 255 };

static const struct shelf presets = {"presets", ""};

void preset_free(struct preset *p)
{
	if (p == NULL)
		return;
	opt_list_release(&p->headers);
	opt_list_release(&p->parameters);
	free(p);
}

const char *preset_state_name(int state)
{
	static const char *const names[] = {
		[PRESET_UNVERIFIED] = "unverified",
		[PRESET_LIVE] = "live",
		[PRESET_LISTED] = "listed",
		[PRESET_DOUBTFUL] = "doubtful",
		[PRESET_LOCAL] = "local",
		[PRESET_RETIRED] = "retired",
		[PRESET_UNUSABLE] = "unusable",
	};

	return names[state];
}

const struct preset *preset_find(const struct config *c, struct span name)
{
	size_t i;

	for (i = 0; i < c->presets_n; i++)
		if (span_caseis(name, c->presets[i]->name))
			return c->presets[i];
	return NULL;
}

/*
 * Parameters
 */

static bool is_word(char c)
{
	return ascii_is_alnum(c) || c == '-' || c == '_' || c == '.';
}

/* Whether a value fills one part of a host or a path. Anything that could end
 * the part or begin another is refused: it would move the key to another
 * host. */
static bool value_fits(struct span s)
{
	size_t i;

	if (s.n == 0 || s.n > VALUE_MAX || s.p[0] == '.')
		return false;
	for (i = 0; i < s.n; i++)
		if (!is_word(s.p[i]) ||
			(s.p[i] == '.' && i + 1 < s.n && s.p[i + 1] == '.'))
			return false;
	return true;
}

/* The text behind "name=" in a list; p is NULL when it is not there. */
static struct span listed(const struct opt_list *l, struct span name)
{
	size_t i;

	for (i = 0; l != NULL && i < l->n; i++) {
		struct span rest = span_str(l->v[i]);

		if (span_eq(span_trim(span_cut(&rest, '=')), name) &&
			rest.p != NULL)
			return span_trim(rest);
	}
	return span_of(NULL, 0);
}

static enum status put_parameter(const struct preset *p, struct span name,
	const struct opt_list *given, struct buf *out, struct err *err)
{
	struct span env = listed(&p->parameters, name);
	struct span value = listed(given, name);

	/* The variable is the rest of a text: it is terminated. */
	if (value.n == 0 && env.n > 0)
		value = span_trim(span_str(getenv(env.p)));
	if (value.n == 0)
		return err_set(err, ST_CONFIG,
			"preset \"%s\": its address needs \"%.*s\": set the "
			"variable %.*s, or parameters = {\"%.*s=...\"} in an "
			"endpoint",
			p->name, (int)name.n, name.p, (int)env.n, env.p,
			(int)name.n, name.p);
	/* Hosts are often kept as an address in the environment. */
	if (span_starts(value, "https://"))
		value = span_of(value.p + 8, value.n - 8);
	if (value.n > 0 && value.p[value.n - 1] == '/')
		value.n--;
	if (!value_fits(value))
		return err_set(err, ST_CONFIG,
			"preset \"%s\": \"%.*s\" cannot be the value of "
			"\"%.*s\": letters, digits, \"-\", \"_\" and \".\"",
			p->name, (int)(value.n > 100 ? 100 : value.n), value.p,
			(int)name.n, name.p);
	buf_span(out, value);
	return ST_OK;
}

/* Takes the next {name} of the rest and appends what is before it. False when
 * there is none left. */
static bool next_parameter(struct span *rest, struct span *ret, struct buf *out)
{
	const char *end;

	buf_span(out, span_cut(rest, '{'));
	if (rest->p == NULL)
		return false;
	end = memchr(rest->p, '}', rest->n);
	if (end == NULL)
		return false;
	*ret = span_of(rest->p, (size_t)(end - rest->p));
	*rest = span_of(end + 1, rest->n - ret->n - 1);
	return true;
}

static enum status gone(const struct preset *p, struct err *err)
{
	const char *title = p->title != NULL ? p->title : p->name;

	if (p->state == PRESET_RETIRED)
		(void)err_set(
			err, ST_MODEL, "%s was retired on %s", title, p->since);
	else
		(void)err_set(err, ST_MODEL,
			"%s cannot be asked with this protocol", title);
	if (p->advice != NULL)
		err_hint(err, ": %s", p->advice);
	err_hint(err, "; atllama presets lists other hosts");
	return ST_MODEL;
}

/* Refuses parameters that the URL does not have. */
static enum status check_given(
	const struct preset *p, const struct opt_list *given, struct err *err)
{
	size_t i;

	for (i = 0; given != NULL && i < given->n; i++) {
		struct span rest = span_str(given->v[i]);
		struct span name = span_trim(span_cut(&rest, '='));

		if (listed(&p->parameters, name).p == NULL)
			return err_set(err, ST_CONFIG,
				"preset \"%s\" has no parameter \"%.*s\"",
				p->name, (int)name.n, name.p);
	}
	return ST_OK;
}

enum status preset_url(const struct preset *p, const struct opt_list *given,
	struct buf *out, struct err *err)
{
	struct span rest = span_str(p->url);
	struct span name;
	enum status st;

	if (p->state == PRESET_RETIRED || p->state == PRESET_UNUSABLE)
		return gone(p, err);
	st = check_given(p, given, err);
	while (st == ST_OK && next_parameter(&rest, &name, out))
		st = put_parameter(p, name, given, out, err);
	return st != ST_OK ? st : buf_check(out, "address", err);
}

/*
 * Loading
 */

/* Checks a whole preset; the caller puts the file before the message. */
static enum status check_preset(const struct preset *p, struct err *err)
{
	struct span rest = span_str(p->url);
	struct span name;
	struct buf url;
	bool fits;

	if (p->state == PRESET_RETIRED && p->since == NULL)
		return err_set(err, ST_CONFIG, "retired since when?");
	if (p->url == NULL)
		return p->state == PRESET_UNUSABLE
			? ST_OK
			: err_set(err, ST_CONFIG, "url is missing");
	if (p->key_env != NULL && p->key_command != NULL)
		return err_set(err, ST_CONFIG,
			"key_env and key_command exclude each other");
	buf_init(&url, BUF_SMALL);
	while (next_parameter(&rest, &name, &url)) {
		struct span env = listed(&p->parameters, name);

		if (!check_variable(env)) {
			buf_release(&url);
			return err_set(err, ST_CONFIG,
				"parameters must name the variable of "
				"\"%.*s\"",
				(int)name.n, name.p);
		}
		buf_char(&url, 'x');
	}
	fits = !url.bad && check_url(buf_view(&url));
	buf_release(&url);
	return fits
		? ST_OK
		: err_set(err, ST_CONFIG,
			  "url: \"%s\" is not an http or https URL", p->url);
}

/* Reads the preset from the text of its file. */
static enum status read_text(struct config *c, struct span text,
	struct span name, struct preset *ret, struct err *err)
{
	struct err why = {0};
	enum status st = config_read_preset(c, text, ret, err);

	if (st != ST_OK)
		return st;
	if (!span_is(name, ret->name))
		st = err_set(&why, ST_CONFIG, "the preset is called \"%s\"",
			ret->name);
	else
		st = check_preset(ret, &why);
	if (st != ST_OK)
		(void)err_set(err, st, "%s: %s", ret->file, why.msg);
	return st;
}

static enum status read_file(struct config *c, const char *path, bool own,
	struct span name, struct err *err)
{
	struct preset *fresh;
	struct buf text;
	enum status st;

	if (!vec_grow(&c->presets, &c->presets_cap, c->presets_n + 1,
		    sizeof(struct preset *), PRESETS_MAX))
		return err_nomem(err);
	buf_init(&text, PRESET_FILE_MAX);
	fresh = calloc(1, sizeof(*fresh));
	st = fresh != NULL ? file_read(path, &text, err) : err_nomem(err);
	if (st != ST_OK)
		goto out;
	fresh->own = own;
	fresh->file = config_keep(c, path, strlen(path));
	st = fresh->file != NULL
		? read_text(c, buf_view(&text), name, fresh, err)
		: err_nomem(err);
	if (st == ST_OK) {
		c->presets[c->presets_n++] = fresh;
		fresh = NULL;
	}
out:
	preset_free(fresh);
	buf_release(&text);
	return st;
}

static enum status load_from(
	struct config *c, bool own, struct span name, struct err *err)
{
	struct buf path;
	enum status st;

	buf_init(&path, BUF_SMALL);
	st = shelf_path(&presets, own, name, &path, err);
	if (st == ST_OK)
		st = read_file(c, path.p, own, name, err);
	buf_release(&path);
	return st;
}

struct nearest {
	struct span word;
	size_t shared;
	char name[CHECK_NAME_MAX + 1];
};

/* Whether two thirds of the word's letters are in the name. */
static bool is_alike(struct span word, struct span name)
{
	size_t there = 0;
	size_t i;

	for (i = 0; i < word.n; i++)
		there += memchr(name.p, word.p[i] | 0x20, name.n) != NULL;
	return there * 3 >= word.n * 2;
}

/* Notes the name that shares the longest beginning with the word: names of
 * hosts differ in how they begin. */
static enum status offer(
	bool own, struct span name, void *payload, struct err *err)
{
	struct nearest *n = payload;
	size_t i = 0;

	(void)own;
	(void)err;
	while (i < name.n && i < n->word.n &&
		(name.p[i] | 0x20) == (n->word.p[i] | 0x20))
		i++;
	if (i > n->shared && is_alike(n->word, name)) {
		n->shared = i;
		memcpy(n->name, name.p, name.n);
		n->name[name.n] = '\0';
	}
	return ST_OK;
}

static enum status unknown(struct span name, struct err *err)
{
	struct nearest n = {.word = name, .shared = 1};

	(void)err_set(err, ST_USAGE, "there is no preset \"%.*s\"",
		(int)(name.n > CHECK_NAME_MAX ? CHECK_NAME_MAX : name.n),
		name.p);
	if (shelf_walk(&presets, true, offer, &n, NULL) == ST_OK &&
		shelf_walk(&presets, false, offer, &n, NULL) == ST_OK &&
		n.name[0] != '\0')
		err_hint(err, "; did you mean %s? atllama presets lists them",
			n.name);
	else
		err_hint(err, "; atllama presets lists them");
	return ST_USAGE;
}

enum status preset_load(struct config *c, struct span name, struct err *err)
{
	char lower[CHECK_NAME_MAX];
	struct err why = {0};
	enum status st;
	size_t i;

	if (preset_find(c, name) != NULL)
		return ST_OK;
	if (!check_name(name))
		return unknown(name, err);
	for (i = 0; i < name.n; i++)
		lower[i] = ascii_lower(name.p[i]);
	st = load_from(c, true, name, &why);
	if (st == ST_NOT_FOUND)
		st = load_from(c, false, span_of(lower, name.n), &why);
	if (st == ST_NOT_FOUND)
		return unknown(name, err);
	if (st != ST_OK && err != NULL)
		*err = why;
	return st;
}

struct loading {
	struct config *config;
	struct buf *faults;
};

static enum status load_one(
	bool own, struct span name, void *payload, struct err *err)
{
	struct loading *l = payload;
	struct err why = {0};
	enum status st;

	if (preset_find(l->config, name) != NULL)
		return ST_OK;
	st = load_from(l->config, own, name, &why);
	if (st == ST_NOMEM)
		return err_nomem(err);
	if (st != ST_OK)
		buf_fmt(l->faults, "%s\n", why.msg);
	return ST_OK;
}

static int by_name(const void *a, const void *b)
{
	const struct preset *const *x = a;
	const struct preset *const *y = b;

	return strcmp((*x)->name, (*y)->name);
}

enum status preset_load_all(
	struct config *c, struct buf *faults, struct err *err)
{
	struct loading l = {c, faults};
	enum status st = shelf_walk(&presets, true, load_one, &l, err);

	if (st == ST_OK)
		st = shelf_walk(&presets, false, load_one, &l, err);
	if (st == ST_OK && c->presets_n > 1)
		qsort(c->presets, c->presets_n, sizeof(struct preset *),
			by_name);
	return st;
}
