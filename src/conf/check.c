#include "conf/check.h"

#include <string.h>

#include "base/ascii.h"
#include "base/base64.h"
#include "base/clock.h"
#include "base/when.h"
#include "conf/opt.h"

enum { PERCENT_MIN = 10 };

static bool one_of(char c, const char *set)
{
	return c != '\0' && strchr(set, c) != NULL;
}

bool check_name(struct span s)
{
	size_t i;

	if (s.n == 0 || s.n > CHECK_NAME_MAX || !ascii_is_letter(s.p[0]))
		return false;
	for (i = 1; i < s.n; i++)
		if (!ascii_is_alnum(s.p[i]) && !one_of(s.p[i], "-_"))
			return false;
	return true;
}

bool check_token(struct span s)
{
	size_t i;

	for (i = 0; i < s.n; i++)
		if (!ascii_is_alnum(s.p[i]) &&
			!one_of(s.p[i], "!#$%&'*+-.^_`|~"))
			return false;
	return s.n > 0;
}

bool check_header(struct span s)
{
	static const char *const framing[] = {
		"content-length", "transfer-encoding", "connection"};
	struct span name;
	size_t i;

	if (s.n == 0 || memchr(s.p, ':', s.n) == NULL)
		return false;
	name = span_cut(&s, ':');
	if (!check_token(name))
		return false;
	for (i = 0; i < sizeof(framing) / sizeof(framing[0]); i++)
		if (span_caseis(name, framing[i]))
			return false;
	for (i = 0; i < s.n; i++)
		if (((unsigned char)s.p[i] < ' ' && s.p[i] != '\t') ||
			s.p[i] == 0x7f)
			return false;
	return true;
}

/* Bytes that an address in brackets takes of s; 0: there is none. */
static size_t bracketed(struct span s)
{
	size_t i;

	for (i = 1; i < s.n && s.p[i] != ']'; i++)
		if (!ascii_is_alnum(s.p[i]) && !one_of(s.p[i], ":.%"))
			return 0;
	return i > 1 && i < s.n ? i + 1 : 0;
}

/* The same for a name, which may be international, or an IPv4 address. */
static size_t named(struct span s)
{
	size_t i;

	for (i = 0; i < s.n && s.p[i] != ':'; i++)
		if (!ascii_is_alnum(s.p[i]) && !one_of(s.p[i], "-._") &&
			(unsigned char)s.p[i] < 0x80)
			return 0;
	return i;
}

bool check_host(struct span s)
{
	size_t n = s.n > 0 && s.p[0] == '[' ? bracketed(s) : named(s);
	long long port;

	if (n == 0 || n == s.n)
		return n > 0;
	return s.p[n] == ':' &&
		span_int(span_of(s.p + n + 1, s.n - n - 1), 1, 65535, &port);
}

/* Checks what follows "scheme://". */
static bool check_rest(struct span s)
{
	size_t host;
	size_t i;

	for (i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] <= ' ' || s.p[i] == 0x7f ||
			one_of(s.p[i], "\\#\"<>"))
			return false;
	for (host = 0; host < s.n && !one_of(s.p[host], "/?"); host++)
		;
	/* '@' would be user information, which check_host refuses. */
	return check_host(span_of(s.p, host));
}

static bool check_scheme(struct span s, const char *const *schemes, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		size_t len = strlen(schemes[i]);

		if (s.n > len && span_caseis(span_of(s.p, len), schemes[i]))
			return check_rest(span_of(s.p + len, s.n - len));
	}
	return false;
}

bool check_url(struct span s)
{
	static const char *const schemes[] = {"https://", "http://"};

	return check_scheme(s, schemes, 2);
}

bool check_variable(struct span s)
{
	size_t i;

	for (i = 0; i < s.n; i++)
		if (!ascii_is_letter(s.p[i]) && s.p[i] != '_' &&
			(i == 0 || !ascii_is_digit(s.p[i])))
			return false;
	return s.n > 0;
}

static enum status store(
	void *at, const char *value, bool ok, const char *what, struct err *err)
{
	if (!ok)
		return err_set(err, ST_USAGE, "\"%s\" is not %s", value, what);
	*(const char **)at = value;
	return ST_OK;
}

enum status store_name(void *at, const char *value, struct err *err)
{
	return store(at, value, check_name(span_str(value)),
		"a name (letters, digits, \"-\", \"_\")", err);
}

enum status store_token(void *at, const char *value, struct err *err)
{
	return store(at, value, check_token(span_str(value)),
		"the name of a header", err);
}

enum status store_url(void *at, const char *value, struct err *err)
{
	return store(at, value, check_url(span_str(value)),
		"an http or https URL without user name and spaces", err);
}

enum status store_variable(void *at, const char *value, struct err *err)
{
	return store(at, value, check_variable(span_str(value)),
		"the name of a variable", err);
}

enum status store_host(void *at, const char *value, struct err *err)
{
	return store(at, value, check_host(span_str(value)), "a host", err);
}

enum status store_proxy(void *at, const char *value, struct err *err)
{
	static const char *const schemes[] = {"https://", "http://",
		"socks5h://", "socks5://", "socks4a://", "socks4://"};
	struct span s = span_str(value);

	return store(at, value,
		check_scheme(s, schemes, sizeof(schemes) / sizeof(schemes[0])),
		"the URL of a proxy (http, https, socks4, socks5)", err);
}

/* A pin as libcurl takes it: "sha256//" and the base64 of 32 bytes, or several
 * of these separated by ";". */
static bool is_pin(struct span s)
{
	static const char kind[] = "sha256//";
	enum { KIND_LEN = sizeof(kind) - 1, CODE_LEN = 44, HASH_LEN = 32 };
	struct buf hash;
	struct span one;
	bool ok;

	buf_init(&hash, BUF_SMALL);
	do {
		one = span_cut(&s, ';');
		ok = one.n == KIND_LEN + CODE_LEN &&
			memcmp(one.p, kind, KIND_LEN) == 0;
		buf_reset(&hash);
		ok = ok &&
			base64_get(
				span_of(one.p + KIND_LEN, CODE_LEN), &hash) &&
			hash.len == HASH_LEN;
	} while (ok && s.n > 0);
	buf_release(&hash);
	return ok;
}

enum status store_pin(void *at, const char *value, struct err *err)
{
	return store(at, value, is_pin(span_str(value)),
		"a public key's hash of the form sha256//BASE64", err);
}

enum status store_age(void *at, const char *value, struct err *err)
{
	int64_t ms;

	if (!when_age(span_str(value), &ms))
		return err_set(err, ST_USAGE,
			"\"%s\" is no age; it takes a number and h, d, w, m or "
			"y, as in 30d",
			value);
	*(const char **)at = value;
	return ST_OK;
}

enum status store_percent(void *at, const char *value, struct err *err)
{
	struct opt_int *to = at;
	long long v = 0;

	if (strcmp(value, "off") != 0 &&
		!span_int(span_str(value), PERCENT_MIN, 100, &v))
		return err_set(err, ST_USAGE,
			"\"%s\" is neither off nor a percentage from %d to "
			"100, as in 85",
			value, PERCENT_MIN);
	*to = (struct opt_int){true, v};
	return ST_OK;
}

enum status store_when(void *at, const char *value, struct err *err)
{
	int64_t ms;

	if (!when_parse(span_str(value), clock_wall_ms(), false, &ms))
		return err_set(err, ST_USAGE,
			"\"%s\" is no date; it takes 2026-11-20, \"2026-11-20 "
			"07:25\", yesterday, or an age such as 7d",
			value);
	*(const char **)at = value;
	return ST_OK;
}

/* Whether s is a format; *ret_at is where it is not. */
static bool is_format(struct span s, size_t *ret_at)
{
	size_t i;

	for (i = 0; i < s.n; i++) {
		if (s.p[i] != '%')
			continue;
		if (i + 1 == s.n || !one_of(s.p[i + 1], CHECK_FORMAT)) {
			*ret_at = i;
			return false;
		}
		i++;
	}
	return true;
}

enum status store_format(void *at, const char *value, struct err *err)
{
	static const char *const words[] = {"off", "short", "full"};
	struct span s = span_str(value);
	size_t wrong = 0;
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(value, words[i]) == 0) {
			*(const char **)at = value;
			return ST_OK;
		}
	if (!is_format(s, &wrong))
		return err_set(err, ST_USAGE,
			"\"%.*s\" stands for nothing; there are %%f %%t %%r "
			"%%i %%o %%w %%p %%m %%e and %%%%",
			s.n - wrong > 1 ? 2 : 1, value + wrong);
	if (strchr(value, '%') == NULL)
		return err_set(err, ST_USAGE,
			"\"%s\" is neither off, short nor full, nor a format "
			"such as \"%%r tokens/s\"",
			value);
	*(const char **)at = value;
	return ST_OK;
}

enum status store_some(void *at, const char *value, struct err *err)
{
	if (value[0] == '\0')
		return err_set(err, ST_USAGE, "the value is empty");
	*(const char **)at = value;
	return ST_OK;
}

enum status store_header(void *at, const char *value, struct err *err)
{
	if (!check_header(span_str(value)))
		return err_set(err, ST_USAGE,
			"\"%s\" is not a header of the form \"Name: value\"",
			value);
	return opt_list_add(at, value, err);
}

enum status store_item(void *at, const char *value, struct err *err)
{
	if (value[0] == '\0')
		return err_set(err, ST_USAGE, "a value is empty");
	return opt_list_add(at, value, err);
}

enum status store_name_item(void *at, const char *value, struct err *err)
{
	if (!check_name(span_str(value)))
		return err_set(err, ST_USAGE,
			"\"%s\" is not a name (letters, digits, \"-\", \"_\")",
			value);
	return opt_list_add(at, value, err);
}

enum status store_pair(void *at, const char *value, struct err *err)
{
	struct span rest = span_str(value);

	if (!check_name(span_trim(span_cut(&rest, '='))) ||
		span_trim(rest).n == 0)
		return err_set(err, ST_USAGE,
			"\"%s\" is not of the form \"name=value\"", value);
	return opt_list_add(at, value, err);
}

/* Fields that the program fills itself, with the option that sets each, if
 * any. */
static const struct {
	const char *name;
	const char *instead;
} own_fields[] = {
	{"model", "set the model"},
	{"messages", NULL},
	{"stream", NULL},
	{"stream_options", NULL},
	{"n", NULL},
	{"tools", NULL},
	{"functions", NULL},
	{"temperature", "set temperature"},
	{"max_tokens", "set max_tokens"},
	{"top_p", "set top_p"},
	{"seed", "set seed"},
	{"stop", "set stop"},
	{"presence_penalty", "set presence_penalty"},
	{"frequency_penalty", "set frequency_penalty"},
};

static bool is_field(struct span s)
{
	size_t i;

	for (i = 0; i < s.n; i++)
		if (!ascii_is_alnum(s.p[i]) && !one_of(s.p[i], "_-."))
			return false;
	return s.n > 0 && s.n <= CHECK_NAME_MAX;
}

enum status store_param(void *at, const char *value, struct err *err)
{
	struct span rest = span_str(value);
	struct span name = span_cut(&rest, '=');
	size_t i;

	if (!is_field(name) || rest.n == 0)
		return err_set(err, ST_USAGE,
			"\"%s\" is not NAME=VALUE, the name of a field of a "
			"request and JSON, as in top_k=40",
			value);
	for (i = 0; i < sizeof(own_fields) / sizeof(own_fields[0]); i++)
		if (span_is(name, own_fields[i].name))
			return err_set(err, ST_USAGE,
				"\"%s\" cannot be set so%s%s",
				own_fields[i].name,
				own_fields[i].instead != NULL ? "; " : "",
				own_fields[i].instead != NULL
					? own_fields[i].instead
					: "");
	return opt_list_add(at, value, err);
}

enum status store_stop(void *at, const char *value, struct err *err)
{
	struct opt_list *l = at;

	if (value[0] == '\0')
		return err_set(err, ST_USAGE, "the text is empty");
	if (l->n >= CHECK_STOP_MAX)
		return err_set(err, ST_USAGE,
			"more than %zu texts, which is what endpoints take",
			CHECK_STOP_MAX);
	return opt_list_add(l, value, err);
}

/* Stores one of a few words; NULL ends them. */
static enum status store_one_of(
	void *at, const char *value, const char *const *words, struct err *err)
{
	const char **to = at;
	size_t i;

	for (i = 0; words[i] != NULL; i++)
		if (strcmp(value, words[i]) == 0) {
			*to = words[i];
			return ST_OK;
		}
	(void)err_set(err, ST_USAGE, "\"%s\" is none of", value);
	for (i = 0; words[i] != NULL; i++)
		err_hint(err, "%s %s", i > 0 ? "," : "", words[i]);
	return ST_USAGE;
}

enum status store_guard_mode(void *at, const char *value, struct err *err)
{
	static const char *const words[] = {"block", "warn", "off", NULL};

	return store_one_of(at, value, words, err);
}

enum status store_guard_stream(void *at, const char *value, struct err *err)
{
	static const char *const words[] = {"buffer", "after", NULL};

	return store_one_of(at, value, words, err);
}

enum status store_guard_undecided(void *at, const char *value, struct err *err)
{
	static const char *const words[] = {"block", "allow", NULL};

	return store_one_of(at, value, words, err);
}
