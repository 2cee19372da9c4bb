#include <locale.h>
#include <string.h>

#include "base/ascii.h"
#include "base/vec.h"
#include "wire/schema_priv.h"

enum { GROUPS_MAX = 64, COST_MAX = 20000 };

/* Bytes of a text; a longer one is not matched, which could take minutes. */
#define SUBJECT_MAX ((size_t)1024 * 1024)

/*
 * From ECMA-262 to POSIX
 */

struct translate {
	struct span in;
	size_t at;
	struct buf *out;
	const char *why; /* why the pattern cannot be translated; NULL: it
			    can */
	/* The size of what regcomp(3) makes: it writes repetitions out, and
	 * nested ones multiply. For each open group, and for the last element
	 * of the innermost. */
	size_t cost[GROUPS_MAX];
	size_t groups;
	size_t last;
	bool repeated; /* the last element is repeated already */
};

static char next(const struct translate *t, size_t ahead)
{
	return t->at + ahead < t->in.n ? t->in.p[t->at + ahead] : '\0';
}

static bool give_up(struct translate *t, const char *why)
{
	if (t->why == NULL)
		t->why = why;
	return false;
}

/* Adds an element, which may be repeated. */
static void add_thing(struct translate *t, size_t cost)
{
	t->cost[t->groups] += t->last;
	t->last = cost;
	t->repeated = false;
}

static bool repeat(struct translate *t, size_t times)
{
	if (t->repeated)
		return give_up(t, "a repetition of a repetition");
	t->repeated = true;
	if (t->cost[t->groups] > COST_MAX || t->last > COST_MAX / times)
		return give_up(t, "too many repetitions");
	t->last *= times;
	return true;
}

static const char escape_letters[] = "nrtfv";
static const char escape_bytes[] = "\n\r\t\f\v";

static bool is_punct(char c)
{
	return c != '\0' &&
		strchr("^$\\.*+?()[]{}|/-,:=!<>@#%&~`'\"; _", c) != NULL;
}

/* What a class escape stands for inside brackets; NULL when it is not one. */
static const char *set_of(char c)
{
	switch (c) {
	case 'd': return "0-9";
	case 'w': return "A-Za-z0-9_";
	case 's':
		/* Plus the spaces that do not break a line, and U+FEFF. */
		return "[:space:]\xc2\xa0\xe2\x80\x87\xe2\x80\xaf\xef\xbb\xbf";
	default: return NULL;
	}
}

/* Translates a backslash outside brackets. */
static bool escape(struct translate *t)
{
	char c = next(t, 1);
	char low = ascii_lower(c);
	const char *hit = c != '\0' ? strchr(escape_letters, c) : NULL;

	t->at += 2;
	if (set_of(low) != NULL) {
		buf_fmt(t->out, "[%s%s]", low == c ? "" : "^", set_of(low));
		return true;
	}
	if (hit != NULL) {
		buf_char(t->out, escape_bytes[hit - escape_letters]);
		return true;
	}
	if (!is_punct(c))
		return give_up(t, "a backslash before that character");
	if (strchr("^$\\.*+?()[]{}|", c) != NULL)
		buf_char(t->out, '\\');
	buf_char(t->out, c);
	return true;
}

/* A bracket expression. POSIX has no backslash there, but places where ']', '^'
 * and '-' stand for themselves. */
struct set {
	struct buf body;
	bool closing;
	bool caret;
	bool minus;
	bool range_ok; /* the last element may begin a range */
};

static void set_char(struct set *s, char c)
{
	s->range_ok = c != ']' && c != '^' && c != '-';
	if (c == ']')
		s->closing = true;
	else if (c == '^')
		s->caret = true;
	else if (c == '-')
		s->minus = true;
	else
		buf_char(&s->body, c);
}

static bool set_escape(struct translate *t, struct set *s)
{
	char c = next(t, 1);
	const char *hit = c != '\0' ? strchr(escape_letters, c) : NULL;

	t->at += 2;
	if (set_of(c) != NULL) {
		buf_str(&s->body, set_of(c));
		s->range_ok = false;
		return true;
	}
	if (hit != NULL)
		c = escape_bytes[hit - escape_letters];
	else if (!is_punct(c))
		return give_up(t, "a backslash before that character");
	set_char(s, c);
	return true;
}

static bool set_item(struct translate *t, struct set *s)
{
	char c = next(t, 0);

	if (c == '\\')
		return set_escape(t, s);
	if (c == '-' && s->range_ok && next(t, 1) != ']') {
		char to = next(t, 1);

		if (to == '\\' || to == '[' || to == '\0')
			return give_up(t, "a range that ends so");
		buf_char(&s->body, '-');
		t->at++;
		s->range_ok = false;
		/* Copies the whole character. */
		do
			buf_char(&s->body, t->in.p[t->at++]);
		while (t->at < t->in.n &&
			((unsigned char)t->in.p[t->at] & 0xc0) == 0x80);
		return true;
	}
	if (c == '[' && strchr(":.=", next(t, 1)) != NULL)
		return give_up(t, "\"[\" inside of brackets");
	t->at++;
	set_char(s, c);
	return true;
}

static bool put_set(struct translate *t, const struct set *s, bool negated)
{
	/* Nothing but perhaps '^' and '-', which have places of their own. */
	bool bare = s->body.len == 0 && !s->closing;

	if (bare && !s->caret && !s->minus)
		return give_up(t, "brackets with nothing in them");
	/* "[^]" would be something else. */
	if (bare && !s->minus && !negated) {
		buf_str(t->out, "\\^");
		return true;
	}
	buf_str(t->out, negated ? "[^" : "[");
	if (s->closing)
		buf_char(t->out, ']');
	buf_span(t->out, buf_view(&s->body));
	if (bare && s->caret && !negated) {
		/* Only a '-' can stand before it. */
		buf_str(t->out, "-^]");
		return true;
	}
	if (s->caret)
		buf_char(t->out, '^');
	if (s->minus)
		buf_char(t->out, '-');
	buf_char(t->out, ']');
	return true;
}

static bool brackets(struct translate *t)
{
	struct set s = {.range_ok = false};
	bool negated = next(t, 1) == '^';
	bool ok = true;

	buf_init(&s.body, BUF_SMALL);
	t->at += negated ? 2 : 1;
	while (ok && t->at < t->in.n && next(t, 0) != ']')
		ok = set_item(t, &s);
	if (ok && t->at >= t->in.n)
		ok = give_up(t, "brackets that do not end");
	t->at++;
	if (ok)
		ok = put_set(t, &s, negated);
	t->out->bad |= s.body.bad;
	buf_release(&s.body);
	return ok;
}

static bool group(struct translate *t)
{
	buf_char(t->out, '(');
	t->at++;
	add_thing(t, 0);
	if (t->groups + 1 == GROUPS_MAX)
		return give_up(t, "too many groups");
	t->cost[++t->groups] = 1;
	if (next(t, 0) != '?')
		return true;
	if (next(t, 1) != ':')
		return give_up(t, "\"(?\"");
	t->at += 2;
	return true;
}

static void end_group(struct translate *t)
{
	size_t inside = t->cost[t->groups] + t->last;

	buf_char(t->out, ')');
	t->at++;
	/* An unopened one is left for regcomp(3) to refuse. */
	if (t->groups > 0)
		t->groups--;
	t->last = inside;
	t->repeated = false;
}

/* Laziness changes what is matched, never whether something is. */
static bool quantifier(struct translate *t, size_t times)
{
	if (!repeat(t, times))
		return false;
	buf_char(t->out, t->in.p[t->at++]);
	if (next(t, 0) == '?')
		t->at++;
	return true;
}

static bool braces(struct translate *t)
{
	size_t most = 1;
	size_t n = 0;

	if (!ascii_is_digit(next(t, 1)))
		return give_up(t, "\"{\" without a number");
	while (t->at < t->in.n && next(t, 0) != '}') {
		char c = t->in.p[t->at++];

		n = ascii_is_digit(c) && n < COST_MAX
			? n * 10 + (size_t)(c - '0')
			: 0;
		most = n > most ? n : most;
		buf_char(t->out, c);
	}
	if (next(t, 0) != '}')
		return give_up(t, "\"{\" without its end");
	return quantifier(t, most + 1);
}

static bool translate(struct translate *t)
{
	bool ok = true;

	while (ok && t->at < t->in.n) {
		switch (t->in.p[t->at]) {
		case '\\':
			add_thing(t, 1);
			ok = escape(t);
			break;
		case '[':
			add_thing(t, 1);
			ok = brackets(t);
			break;
		case '(': ok = group(t); break;
		case ')': end_group(t); break;
		case '{': ok = braces(t); break;
		case '+': ok = quantifier(t, 2); break;
		case '*':
		case '?': ok = quantifier(t, 1); break;
		case '.':
			add_thing(t, 1);
			buf_str(t->out, "[^\n\r]");
			t->at++;
			break;
		case '\0': ok = give_up(t, "a NUL"); break;
		default: add_thing(t, 1); buf_char(t->out, t->in.p[t->at++]);
		}
	}
	return ok;
}

/*
 * Matching
 */

/* Switches the thread to a UTF-8 locale, so that patterns match characters. 0
 * when the system has none; the user's locale counts then. */
static locale_t utf8_begin(locale_t *ret_old)
{
	locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);

	*ret_old = utf8 != (locale_t)0 ? uselocale(utf8) : (locale_t)0;
	return utf8;
}

static void utf8_end(locale_t utf8, locale_t old)
{
	if (utf8 == (locale_t)0)
		return;
	(void)uselocale(old);
	freelocale(utf8);
}

static enum status compile(struct schema *s, const struct json *node,
	bool format, const char *posix, struct err *err)
{
	struct schema_pattern *p;
	locale_t old;
	locale_t utf8;
	char why[128];
	int rc;

	if (!vec_grow(&s->patterns, &s->patterns_cap, s->patterns_n + 1,
		    sizeof(*s->patterns), SCHEMA_PATTERNS_MAX))
		return err_set(err, ST_USAGE, "more than %zu patterns",
			SCHEMA_PATTERNS_MAX);
	p = &s->patterns[s->patterns_n];
	p->node = node;
	p->format = format;
	utf8 = utf8_begin(&old);
	rc = regcomp(&p->re, posix, REG_EXTENDED | REG_NOSUB);
	if (rc != 0)
		(void)regerror(rc, &p->re, why, sizeof(why));
	utf8_end(utf8, old);
	if (rc != 0)
		return err_set(err, ST_USAGE, "%s", why);
	s->patterns_n++;
	return ST_OK;
}

enum status schema_pattern_add(struct schema *s, const struct json *node,
	struct span pattern, struct err *err)
{
	struct translate t = {.in = pattern};
	struct buf posix;
	enum status st;

	buf_init(&posix, BUF_SMALL);
	t.out = &posix;
	if (!translate(&t))
		st = err_set(err, ST_USAGE,
			"the pattern has %s, which is not known here", t.why);
	else
		st = buf_check(&posix, "pattern", err);
	if (st == ST_OK)
		st = compile(s, node, false, posix.p, err);
	buf_release(&posix);
	return st;
}

#define LEAP                                                                   \
	"([0-9]{2}(0[48]|[2468][048]|[13579][26])|"                            \
	"([02468][048]|[13579][26])00)"
#define DATE                                                                   \
	"([0-9]{4}-((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|"                \
	"(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|1[0-9]|2[0-8]))|" LEAP   \
	"-02-29)"
#define TIME                                                                   \
	"((([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\\.[0-9]+)?"               \
	"([Zz]|[-+]([01][0-9]|2[0-3]):[0-5][0-9]))|"                           \
	"23:59:60(\\.[0-9]+)?([Zz]|[-+]00:00))"
#define URI "([A-Za-z0-9._~:@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})"
#define BYTE "(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"

static const struct {
	const char *name;
	const char *posix;
} formats[] = {
	{"date", "^" DATE "$"},
	{"time", "^" TIME "$"},
	{"date-time", "^" DATE "[Tt]" TIME "$"},
	{"email",
		"^[^@[:space:].]+(\\.[^@[:space:].]+)*@[A-Za-z0-9-]+"
		"(\\.[A-Za-z0-9-]+)*$"},
	{"uuid", "^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$"},
	{"ipv4", "^" BYTE "(\\." BYTE "){3}$"},
	{"uri",
		"^[A-Za-z][A-Za-z0-9+.-]*:(//(" URI "*@)?"
		"(\\[[0-9A-Fa-f:.]+]|[A-Za-z0-9._~!$&'()*+,;=%-]*)(:[0-9]*)?)?"
		"(" URI "|[/?#])*$"},
};

enum status schema_format_add(struct schema *s, const struct json *node,
	struct span name, struct err *err)
{
	size_t i;

	for (i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
		if (span_is(name, formats[i].name))
			return compile(s, node, true, formats[i].posix, err);
	return err_set(err, ST_USAGE,
		"the format \"%.*s\" is not checked here; known "
		"are " SCHEMA_FORMATS,
		(int)(name.n < 64 ? name.n : 64), name.p);
}

bool schema_pattern_fits(const struct schema *s, const struct json *node,
	bool format, struct span text)
{
	regmatch_t whole[1] = {{0, (regoff_t)text.n}};
	const struct schema_pattern *p = NULL;
	locale_t old;
	locale_t utf8;
	size_t i;
	bool fits;

	for (i = 0; i < s->patterns_n && p == NULL; i++)
		if (s->patterns[i].node == node &&
			s->patterns[i].format == format)
			p = &s->patterns[i];
	if (p == NULL)
		return true;
	if (text.n > SUBJECT_MAX)
		return false;
	utf8 = utf8_begin(&old);
	fits = regexec(&p->re, text.p != NULL ? text.p : "", 1, whole,
		       REG_STARTEND) == 0;
	utf8_end(utf8, old);
	return fits;
}

void schema_patterns_release(struct schema *s)
{
	size_t i;

	for (i = 0; i < s->patterns_n; i++)
		regfree(&s->patterns[i].re);
}
