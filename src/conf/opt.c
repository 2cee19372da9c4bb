#include "conf/opt.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "base/near.h"
#include "base/vec.h"

/* With 15 digits and no more than 22 decimals, digits / 10^n is the nearest
 * double: both are exact and the division rounds once. */
enum { DECIMAL_DIGITS = 15 };

void opt_parsed_init(struct opt_parsed *p)
{
	memset(p, 0, sizeof(*p));
	p->literal = SIZE_MAX;
}

void opt_parsed_release(struct opt_parsed *p)
{
	if (p == NULL)
		return;
	opt_list_release(&p->words);
	opt_parsed_init(p);
}

enum status opt_list_add(struct opt_list *l, const char *v, struct err *err)
{
	if (l->n >= OPT_LIST_MAX)
		return err_set(
			err, ST_USAGE, "more than %zu values", OPT_LIST_MAX);
	if (!vec_grow(&l->v, &l->cap, l->n + 1, sizeof(*l->v), OPT_LIST_MAX))
		return err_nomem(err);
	l->v[l->n++] = v;
	return ST_OK;
}

void opt_list_release(struct opt_list *l)
{
	if (l == NULL)
		return;
	free(l->v);
	memset(l, 0, sizeof(*l));
}

bool opt_decimal(struct span s, double *ret)
{
	bool neg = s.n > 0 && s.p[0] == '-';
	size_t digits = 0;
	size_t i = neg ? 1 : 0;
	bool point = false;
	bool any = false;
	double v = 0;
	double scale = 1;

	for (; i < s.n; i++) {
		char c = s.p[i];

		if (c == '.' && !point) {
			point = true;
			continue;
		}
		if (!ascii_is_digit(c))
			return false;
		any = true;
		if (digits > 0 || c != '0')
			digits++;
		if (digits > DECIMAL_DIGITS || scale > 1e21)
			return false;
		v = v * 10 + (c - '0');
		if (point)
			scale *= 10;
	}
	if (!any)
		return false;
	v /= scale;
	*ret = neg ? -v : v;
	return true;
}

static enum status store_int(const struct opt_row *row, struct opt_int *at,
	const char *value, struct err *err)
{
	long long v;

	if (!span_int(span_str(value), (long long)row->lo, (long long)row->hi,
		    &v))
		return err_set(err, ST_USAGE,
			"\"%s\" is not a whole number from %.0f to %.0f", value,
			row->lo, row->hi);
	*at = (struct opt_int){true, v};
	return ST_OK;
}

static enum status store_real(
	const struct opt_row *row, void *at, const char *value, struct err *err)
{
	bool time = row->type == OPT_TIME;
	double v;

	if (!opt_decimal(span_str(value), &v) || v < row->lo || v > row->hi)
		return err_set(err, ST_USAGE,
			"\"%s\" is not a number%s from %.15g to %.15g", value,
			time ? " of seconds" : "", row->lo, row->hi);
	if (time)
		*(struct opt_int *)at = (struct opt_int){
			true, (int64_t)(v * 1000 + 0.5)};
	else
		*(struct opt_real *)at = (struct opt_real){true, v};
	return ST_OK;
}

static enum status store_word(
	const struct opt_row *row, int *at, const char *value, struct err *err)
{
	const struct opt_word *w;

	for (w = row->words; w->name != NULL; w++)
		if (strcmp(w->name, value) == 0) {
			*at = w->value;
			return ST_OK;
		}
	(void)err_set(err, ST_USAGE, "\"%s\" is none of", value);
	for (w = row->words; w->name != NULL; w++)
		err_hint(err, "%s %s", w == row->words ? "" : ",", w->name);
	return ST_USAGE;
}

static enum status store_flag(bool *at, const char *value, struct err *err)
{
	static const char *const words[] = {
		"no", "yes", "false", "true", "off", "on"};
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (span_caseis(span_str(value), words[i])) {
			*at = i % 2 == 1;
			return ST_OK;
		}
	return err_set(err, ST_USAGE, "\"%s\" is neither yes nor no", value);
}

enum status opt_store(const struct opt_row *row, void *into, const char *value,
	struct err *err)
{
	void *at = (char *)into + row->at;

	switch (row->type) {
	case OPT_FLAG: return store_flag(at, value, err);
	case OPT_COUNT: break;
	case OPT_PATH:
		if (value[0] == '\0')
			return err_set(err, ST_USAGE, "the path is empty");
		*(const char **)at = value;
		return ST_OK;
	case OPT_STR: *(const char **)at = value; return ST_OK;
	case OPT_INT: return store_int(row, at, value, err);
	case OPT_REAL:
	case OPT_TIME: return store_real(row, at, value, err);
	case OPT_WORD: return store_word(row, at, value, err);
	case OPT_MAYBE:
		*(struct opt_maybe *)at = (struct opt_maybe){true, value};
		return ST_OK;
	case OPT_LIST: return opt_list_add(at, value, err);
	case OPT_CALL: return row->call(at, value, err);
	}
	return err_set(err, ST_USAGE, "takes no value");
}

/* The state of the parser. */
struct parse {
	const struct opt_table *t;
	int argc;
	char *const *argv;
	int i; /* the argument that is looked at */
	void *into;
	struct opt_parsed *ret;
};

static bool takes_value(const struct opt_row *row)
{
	return row->type != OPT_FLAG && row->type != OPT_COUNT;
}

/* Prefixes the message with the option's name in the form it was given. */
static void name_it(const struct opt_row *row, bool by_letter, struct err *err)
{
	if (by_letter)
		err_prefix(err, "-%c", row->letter);
	else
		err_prefix(err, "--%s", row->name);
}

/* Stores an option that was recognised; `value` is what was attached to it, or
 * NULL. */
static enum status apply(struct parse *p, const struct opt_row *row,
	bool by_letter, const char *value, struct err *err)
{
	unsigned char *seen = &p->ret->seen[row - p->t->rows];
	void *at = (char *)p->into + row->at;
	enum status st = ST_OK;

	if (*seen < UCHAR_MAX)
		(*seen)++;
	p->ret->stopped = row->last;
	if (row->type == OPT_FLAG && value == NULL)
		*(bool *)at = true;
	else if (row->type == OPT_COUNT && value == NULL) {
		if (*(int *)at < INT_MAX)
			(*(int *)at)++;
	} else if (!takes_value(row)) {
		st = err_set(err, ST_USAGE, "takes no value");
	} else if (row->type == OPT_MAYBE) {
		*(struct opt_maybe *)at = (struct opt_maybe){true, value};
	} else {
		if (value == NULL && p->i + 1 < p->argc)
			value = p->argv[++p->i];
		st = value != NULL
			? opt_store(row, p->into, value, err)
			: err_set(err, ST_USAGE, "%s is missing", row->arg);
	}
	if (st != ST_OK)
		name_it(row, by_letter, err);
	return st;
}

static enum status unknown_long(
	const struct opt_table *t, struct span name, struct err *err)
{
	const char *names[OPT_ROWS_MAX];
	const char *near;
	size_t i;

	for (i = 0; i < t->n; i++)
		names[i] = t->rows[i].name;
	near = near_name(name, names, t->n);
	(void)err_set(err, ST_USAGE, "unknown option --%.*s",
		(int)(name.n < INT_MAX ? name.n : INT_MAX), name.p);
	if (near != NULL)
		err_hint(err, "; did you mean --%s?", near);
	else
		err_hint(err, "; see --help, or put \"--\" before a prompt");
	return ST_USAGE;
}

static enum status parse_long(
	struct parse *p, const char *text, struct err *err)
{
	struct span rest = span_str(text);
	struct span name = span_cut(&rest, '=');
	size_t i;

	for (i = 0; i < p->t->n; i++)
		if (span_is(name, p->t->rows[i].name))
			return apply(p, &p->t->rows[i], false, rest.p, err);
	return unknown_long(p->t, name, err);
}

static const struct opt_row *find_letter(const struct opt_table *t, char letter)
{
	size_t i;

	for (i = 0; i < t->n; i++)
		if (t->rows[i].letter == letter)
			return &t->rows[i];
	return NULL;
}

/* Parses a cluster: flags, and at its end at most one option with a value,
 * which is the rest of the cluster. */
static enum status parse_letters(
	struct parse *p, const char *text, struct err *err)
{
	enum status st = ST_OK;

	while (st == ST_OK && *text != '\0' && !p->ret->stopped) {
		const struct opt_row *row = find_letter(p->t, *text);

		if (row == NULL)
			return err_set(err, ST_USAGE,
				"unknown option -%s; see --help, or put \"--\" "
				"before a prompt",
				text);
		text++;
		if (takes_value(row))
			return apply(
				p, row, true, *text != '\0' ? text : NULL, err);
		st = apply(p, row, true, NULL, err);
	}
	return st;
}

enum status opt_parse(const struct opt_table *t, int argc, char *const *argv,
	void *into, struct opt_parsed *ret, struct err *err)
{
	struct parse p = {t, argc, argv, 1, into, ret};
	enum status st = ST_OK;

	for (; st == ST_OK && p.i < argc && !ret->stopped; p.i++) {
		const char *arg = argv[p.i];

		if (ret->literal != SIZE_MAX || arg[0] != '-' || arg[1] == '\0')
			st = opt_list_add(&ret->words, arg, err);
		else if (strcmp(arg, "--") == 0)
			ret->literal = ret->words.n;
		else if (arg[1] == '-')
			st = parse_long(&p, arg + 2, err);
		else
			st = parse_letters(&p, arg + 1, err);
	}
	return st;
}
