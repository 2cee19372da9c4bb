/* JSON: what is taken, what is refused, and what is written. */
#include "wire/json.h"

#include <cjson/cJSON.h>
#include <locale.h>
#include <stdlib.h>

#include "text/safe.h"
#include "unit/check.h"
#include "wire/scan.h"

static const char *const good[] = {
	"null",
	" true ",
	"false",
	"0",
	"-0",
	"12.5e+3",
	"1E5",
	"\"\"",
	"\"a\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\"",
	"\"\\ud83d\\ude00 \xf0\x9f\x98\x80\"",
	"[]",
	"{}",
	"[1,[2,[3]],{}]",
	"{\"a\":1,\"b\":{\"c\":[true,null]}}\n",
	"\t\r\n[ ]",
	"{\"\":\"\"}",
	"\"01234567890123456789\\u0041\"",
};

static const char *const bad[] = {
	"",
	" ",
	"nul",
	"nulll",
	"True",
	"01",
	"-",
	"+1",
	"1.",
	".5",
	"1e",
	"1e+",
	"0x10",
	"NaN",
	"Infinity",
	"\"",
	"\"\\\"",
	"\"\\x41\"",
	"\"\\u12\"",
	"\"\\u12g4\"",
	"\"a\nb\"",
	"\"a\x01\"",
	"'a'",
	"[",
	"[1",
	"[1,",
	"[1,]",
	"[,1]",
	"[1 2]",
	"{",
	"{\"a\"",
	"{\"a\":",
	"{\"a\":1",
	"{\"a\":1,}",
	"{\"a\" 1}",
	"{a:1}",
	"{1:1}",
	"{\"a\":}",
	"[1}",
	"{\"a\":1]",
	"]",
	"1 2",
	"[] []",
	"{}x",
	"/**/1",
	"\xef\xbb\xbf{}",
};

/* Well-formed but for their UTF-8. */
static const char *const ill[] = {
	"\"\xff\"",
	"\"\xc0\x80\"",
	"\"\xed\xa0\xbd\"",
	"\"\xf4\x90\x80\x80\"",
	"\"abcdefghijk\xe2\x82\"",
	"{\"\x80\":1}",
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static bool parses(const char *text)
{
	struct json *root = NULL;
	enum status st = json_parse(span_str(text), &root, NULL);

	CHECK((st == ST_OK) == (root != NULL));
	CHECK(st == ST_OK || st == ST_DAMAGED);
	json_free(root);
	return st == ST_OK;
}

static void test_strict(void)
{
	size_t i;

	for (i = 0; i < COUNT(good); i++) {
		if (!parses(good[i]) || !scan_valid(span_str(good[i])))
			printf("  %s\n", good[i]);
		CHECK(parses(good[i]));
		CHECK(scan_valid(span_str(good[i])));
	}
	for (i = 0; i < COUNT(bad); i++) {
		if (parses(bad[i]) || scan_valid(span_str(bad[i])))
			printf("  %s\n", bad[i]);
		CHECK(!parses(bad[i]));
		CHECK(!scan_valid(span_str(bad[i])));
	}
	for (i = 0; i < COUNT(ill); i++) {
		struct scan s;

		CHECK(!parses(ill[i]));
		CHECK(!scan_valid(span_str(ill[i])));
		scan_init(&s, span_str(ill[i]));
		CHECK(scan_skip(&s, NULL) && scan_end(&s) && s.ill);
	}
}

/* A byte that matters is noticed at each place of a long string. */
static void test_places(void)
{
	static const char plain[] = "\"0123456789abcdefghijklmnopq\"";
	char text[sizeof(plain)];
	struct scan_str str;
	struct scan s;
	size_t i;

	for (i = 1; i < sizeof(plain) - 3; i++) {
		memcpy(text, plain, sizeof(plain));
		text[i] = '\x1f';
		CHECK(!scan_valid(span_str(text)));
		text[i] = '\xff';
		CHECK(!scan_valid(span_str(text)));
		text[i] = '"';
		CHECK(!scan_valid(span_str(text)));
		text[i] = '\x7f';
		CHECK(scan_valid(span_str(text)));
		text[i] = '\\';
		text[i + 1] = '"';
		scan_init(&s, span_str(text));
		CHECK_INT(scan_string(&s, &str) && scan_end(&s),
			i + 3 < sizeof(plain));
		CHECK(str.escaped && str.raw.n == sizeof(plain) - 3);
	}
}

/* Each cut of a good text is bad, unless it is a shorter number. */
static void test_cuts(void)
{
	size_t i;
	size_t n;

	for (i = 0; i < COUNT(good); i++) {
		struct span whole = span_trim(span_str(good[i]));

		if (whole.p[0] == '-' ||
			(whole.p[0] >= '0' && whole.p[0] <= '9'))
			continue;
		for (n = 0; n < whole.n; n++) {
			char *copy = malloc(n + 1);

			if (copy == NULL)
				abort();
			memcpy(copy, whole.p, n);
			CHECK(!scan_valid(span_of(copy, n)));
			free(copy);
		}
	}
}

static void test_depth(void)
{
	char deep[2 * (JSON_DEPTH_MAX + 1) + 1];
	size_t n;

	for (n = JSON_DEPTH_MAX; n <= JSON_DEPTH_MAX + 1; n++) {
		memset(deep, '[', n);
		memset(deep + n, ']', n);
		deep[2 * n] = '\0';
		CHECK_INT(parses(deep), n == JSON_DEPTH_MAX);
		CHECK_INT(scan_valid(span_str(deep)), n == JSON_DEPTH_MAX);
	}
}

/* cJSON itself, as a second opinion on what a good text says. */
static bool same(const struct json *j, const cJSON *c)
{
	const struct json *a = json_first(j);
	const cJSON *b = c->child;
	struct span s;
	double v;
	bool yes;

	switch (json_type(j)) {
	case JSON_NONE: return false;
	case JSON_NULL: return cJSON_IsNull(c);
	case JSON_BOOL:
		return json_bool(j, &yes) && cJSON_IsBool(c) &&
			yes == cJSON_IsTrue(c);
	case JSON_NUMBER:
		return json_double(j, &v) && cJSON_IsNumber(c) &&
			!(v < c->valuedouble) && !(v > c->valuedouble);
	case JSON_STRING:
		return json_str(j, &s) && cJSON_IsString(c) &&
			span_is(s, c->valuestring);
	case JSON_ARRAY:
		if (!cJSON_IsArray(c))
			return false;
		break;
	case JSON_OBJECT:
		if (!cJSON_IsObject(c))
			return false;
		break;
	}
	for (; a != NULL && b != NULL; a = json_next(a), b = b->next) {
		if (b->string != NULL && !span_is(json_name(a), b->string))
			return false;
		if (!same(a, b))
			return false;
	}
	return a == NULL && b == NULL;
}

static void test_second_opinion(void)
{
	size_t i;

	for (i = 0; i < COUNT(good); i++) {
		struct json *root = NULL;
		cJSON *other = cJSON_Parse(good[i]);

		CHECK_INT(json_parse(span_str(good[i]), &root, NULL), ST_OK);
		CHECK(other != NULL && same(root, other));
		cJSON_Delete(other);
		json_free(root);
	}
}

static void test_getters(void)
{
	static const char text[] =
		"{\"s\":\"a\\u0000b\",\"S\":\"upper\",\"n\":9007199254740993,"
		"\"min\":-9223372036854775808,\"over\":9223372036854775808,"
		"\"real\":0.7,\"whole\":5.0,\"exp\":12e2,\"half\":1.5,"
		"\"huge\":1e999,\"tiny\":1e-999,\"t\":true,"
		"\"a\":[1,\"two\",null],\"o\":{\"k\":\"v\"},\"dup\":1,"
		"\"dup\":2,\"k\\u0000y\":1,\"zero\":-0.0e5,"
		"\"point\":0.00012e5,\"lone\":\"\\ud83d x\"}";
	struct json *root = NULL;
	const struct json *a;
	struct span s;
	int64_t v = 77;
	double d = 0;
	bool b = false;

	CHECK_INT(json_parse(span_str(text), &root, NULL), ST_OK);
	s = json_get_str(root, "s");
	CHECK(s.n == 3 && memcmp(s.p, "a\0b", 3) == 0);
	CHECK_STR(json_get_str(root, "S").p, "upper");
	CHECK_INT(json_get_int(root, "n", 0), 9007199254740993);
	CHECK_INT(json_get_int(root, "min", 0), INT64_MIN);
	CHECK(!json_int(json_get(root, "over"), &v));
	CHECK_INT(v, 77);
	CHECK(json_double(json_get(root, "real"), &d));
	CHECK(d > 0.6999999 && d < 0.7000001);
	CHECK_INT(json_get_int(root, "whole", 0), 5);
	CHECK_INT(json_get_int(root, "exp", 0), 1200);
	CHECK_INT(json_get_int(root, "half", -1), -1);
	CHECK_INT(json_get_int(root, "zero", -1), 0);
	CHECK_INT(json_get_int(root, "point", -1), 12);
	CHECK(!json_double(json_get(root, "huge"), &d));
	CHECK_INT(json_get_int(root, "huge", -1), -1);
	CHECK_INT(json_get_int(root, "tiny", -1), -1);
	CHECK(json_bool(json_get(root, "t"), &b) && b);
	CHECK_INT(json_get_int(root, "dup", 0), 2);
	CHECK_INT(json_get_int(root, "k", 0), 0);
	CHECK_STR(json_get_str(root, "lone").p, "\xef\xbf\xbd x");
	a = json_get(root, "a");
	CHECK_INT(json_count(a), 3);
	CHECK_INT(json_type(json_at(a, 2)), JSON_NULL);
	CHECK(json_at(a, 3) == NULL && json_at(root, 0) == NULL);
	CHECK_STR(json_get_str(json_get(root, "o"), "k").p, "v");
	CHECK(json_get(json_get(root, "none"), "k") == NULL);
	CHECK(json_get(a, "k") == NULL);
	CHECK_INT(json_type(NULL), JSON_NONE);
	CHECK_INT(json_get_str(root, "n").n, 0);
	json_free(root);
	json_free(NULL);
}

static void test_error_says_where(void)
{
	struct json *root = NULL;
	struct err err;

	CHECK_INT(json_parse(span_str("[1, x]"), &root, &err), ST_DAMAGED);
	CHECK_STR(err.msg, "not JSON at byte 4 of 6");
	CHECK(root == NULL);
}

static const struct {
	const char *in;
	const char *plain;
	const char *safe;
} strings[] = {
	{"", "\"\"", "\"\""},
	{"a\"b\\c/d", "\"a\\\"b\\\\c/d\"", "\"a\\\"b\\\\c/d\""},
	{"\n\r\t\x01\x1b\x7f", "\"\\n\\r\\t\\u0001\\u001b\\u007f\"",
		"\"\\n\\r\\t\\u0001\\u001b\\u007f\""},
	{"\xc3\xa9\xf0\x9f\x98\x80", "\"\xc3\xa9\xf0\x9f\x98\x80\"",
		"\"\xc3\xa9\xf0\x9f\x98\x80\""},
	{"\xff\xe2\x82", "\"\xef\xbf\xbd\xef\xbf\xbd\"",
		"\"\xef\xbf\xbd\xef\xbf\xbd\""},
	/* CSI as one character, an override, a zero-width space, a tag. */
	{"\xc2\x9b\xe2\x80\xae\xe2\x80\x8b\xf3\xa0\x81\x81",
		"\"\xc2\x9b\xe2\x80\xae\xe2\x80\x8b\xf3\xa0\x81\x81\"",
		"\"\\u009b\\u202e\\u200b\\udb40\\udc41\""},
	/* Nine marks on one base, and one without. */
	{"e\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81"
	 "\xcc\x81",
		"\"e\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81"
		"\xcc\x81\xcc\x81\"",
		"\"e\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81"
		"\xcc\x81\\u0301\""},
	{"\xcc\x81", "\"\xcc\x81\"", "\"\\u0301\""},
	{"\xee\x80\x80\xef\xbf\xbf", "\"\xee\x80\x80\xef\xbf\xbf\"",
		"\"\\ue000\\uffff\""},
};

static void test_strings(void)
{
	struct buf out;
	size_t i;

	buf_init(&out, BUF_SMALL);
	for (i = 0; i < COUNT(strings); i++) {
		buf_reset(&out);
		json_put_string(&out, span_str(strings[i].in));
		CHECK_STR(out.p, strings[i].plain);
		CHECK(scan_valid(buf_view(&out)));
		buf_reset(&out);
		json_put_safe(&out, span_str(strings[i].in));
		CHECK_STR(out.p, strings[i].safe);
		CHECK(scan_valid(buf_view(&out)));
	}
	buf_release(&out);
}

/* Every code point, alone and between letters: what json_put_safe writes is
 * left alone by the terminal filter, and reads back as what it was. */
static void test_safe_is_safe(void)
{
	struct buf text;
	struct buf out;
	struct buf shown;
	uint32_t cp;
	long changed = 0;
	long lost = 0;

	buf_init(&text, BUF_SMALL);
	buf_init(&out, BUF_SMALL);
	buf_init(&shown, BUF_SMALL);
	for (cp = 1; cp <= 0x10ffff; cp++) {
		struct json *root = NULL;
		struct span back = {NULL, 0};

		if (cp >= 0x30000 && cp < 0xe0000 && (cp & 0xfffc) != 0xfffc)
			continue;
		buf_reset(&text);
		utf8_put(&text, cp);
		buf_char(&text, 'a');
		utf8_put(&text, cp);
		utf8_put(&text, cp);
		buf_reset(&out);
		json_put_safe(&out, buf_view(&text));
		buf_reset(&shown);
		safe_text(buf_view(&out), &shown);
		if (!span_eq(buf_view(&shown), buf_view(&out))) {
			printf("  U+%04X is shown changed\n", (unsigned)cp);
			changed++;
		}
		if (cp % 16 != 0)
			continue;
		CHECK_INT(json_parse(buf_view(&out), &root, NULL), ST_OK);
		(void)json_str(root, &back);
		lost += !span_eq(back, buf_view(&text));
		json_free(root);
	}
	CHECK_INT(changed, 0);
	CHECK_INT(lost, 0);
	buf_release(&text);
	buf_release(&out);
	buf_release(&shown);
}

static void check_double(double v, const char *want)
{
	struct buf out;

	buf_init(&out, BUF_SMALL);
	json_put_double(&out, v);
	CHECK_STR(out.p, want);
	buf_release(&out);
}

static void test_numbers(void)
{
	struct json *root = NULL;
	double v = 0;

	/* With a decimal comma, where the system has such a locale. */
	(void)setlocale(LC_ALL, "de_DE.UTF-8");
	check_double(0.7, "0.7");
	check_double(0, "0");
	check_double(1, "1");
	check_double(0.1 + 0.2, "0.30000000000000004");
	check_double(1e300, "1e+300");
	check_double(-2.5, "-2.5");
	check_double(1e308 * 10, "null");
	CHECK_INT(json_parse(span_str("2.5"), &root, NULL), ST_OK);
	CHECK(json_double(root, &v) && v > 2.4999 && v < 2.5001);
	json_free(root);
	(void)setlocale(LC_ALL, "C");
}

static void test_writer(void)
{
	struct json_writer w = {.out = NULL};
	struct buf out;

	buf_init(&out, BUF_SMALL);
	w.out = &out;
	json_open(&w, '{');
	json_key(&w, "a");
	json_open(&w, '[');
	json_add_int(&w, INT64_MIN);
	json_open(&w, '{');
	json_close(&w, '}');
	json_add_null(&w);
	json_close(&w, ']');
	json_key(&w, "b\"");
	json_add_bool(&w, true);
	json_key(&w, "c");
	json_add_double(&w, 0.5);
	json_key(&w, "d");
	json_add_raw(&w, span_str("{\"x\":1}"));
	json_key(&w, "e");
	w.safe = true;
	json_add_string(&w, span_str("\xe2\x80\xae"));
	json_close(&w, '}');
	CHECK_STR(out.p,
		"{\"a\":[-9223372036854775808,{},null],\"b\\\"\":true,"
		"\"c\":0.5,\"d\":{\"x\":1},\"e\":\"\\u202e\"}");
	CHECK(scan_valid(buf_view(&out)));
	buf_release(&out);
}

/* Text in pieces: halves of pairs and of characters meet. */
static void add(struct scan_text *t, const char *raw, struct buf *out)
{
	struct buf quoted;
	struct scan_str str;
	struct scan s;

	buf_init(&quoted, BUF_SMALL);
	buf_fmt(&quoted, "\"%s\"", raw);
	scan_init(&s, buf_view(&quoted));
	CHECK(scan_string(&s, &str) && scan_end(&s));
	scan_text_add(t, &str, out);
	buf_release(&quoted);
}

static void test_joins(void)
{
	static const struct {
		const char *parts[4];
		const char *out;
	} joins[] = {
		{{"\\ud83d", "\\ude00", NULL}, "\xf0\x9f\x98\x80"},
		{{"a\\ud83d", "", "\\ude00z", NULL}, "a\xf0\x9f\x98\x80z"},
		{{"\\ud83d", "x", NULL}, "\xef\xbf\xbdx"},
		{{"\\ud83d", "\\n", NULL}, "\xef\xbf\xbd\n"},
		{{"\\ud83d\\ud83d", "\\ude00", NULL},
			"\xef\xbf\xbd\xf0\x9f\x98\x80"},
		{{"\\ude00", "\\ud83d", NULL}, "\xef\xbf\xbd\xef\xbf\xbd"},
		{{"\xe2\x82", "\xac!", NULL}, "\xe2\x82\xac!"},
		{{"\xf0", "\x9f", "\x98\x80", NULL}, "\xf0\x9f\x98\x80"},
		{{"\xe2\x82", "x", NULL}, "\xef\xbf\xbdx"},
		{{"\xe2\x82", "\\u0041", NULL},
			"\xef\xbf\xbd"
			"A"},
		{{"\xe2\x82", "\xe2\x82", "\xac", NULL},
			"\xef\xbf\xbd\xe2\x82\xac"},
		{{"\xff", "\x80", NULL}, "\xef\xbf\xbd\xef\xbf\xbd"},
		{{"\xe2", NULL}, "\xef\xbf\xbd"},
	};
	struct buf out;
	size_t i;
	size_t k;

	buf_init(&out, BUF_SMALL);
	for (i = 0; i < COUNT(joins); i++) {
		struct scan_text t = {0};

		buf_reset(&out);
		for (k = 0; joins[i].parts[k] != NULL; k++)
			add(&t, joins[i].parts[k], &out);
		scan_text_end(&t, &out);
		CHECK_STR(out.p, joins[i].out);
	}
	buf_release(&out);
}

static void test_keys(void)
{
	struct scan_str key;
	struct scan s;

	scan_init(&s, span_str("{\"ch\\u006fices\":1,\"Choices\":2}"));
	CHECK(scan_enter(&s, '{'));
	CHECK(scan_member(&s, &key));
	CHECK(scan_key_is(&key, "choices"));
	CHECK(!scan_key_is(&key, "choice"));
	CHECK(!scan_key_is(&key, "choicesX"));
	CHECK(scan_skip(&s, NULL));
	CHECK(scan_member(&s, &key));
	CHECK(!scan_key_is(&key, "choices"));
	CHECK(scan_skip(&s, NULL));
	CHECK(!scan_member(&s, &key));
	CHECK(scan_end(&s));
}

int main(void)
{
	RUN(test_strict);
	RUN(test_places);
	RUN(test_cuts);
	RUN(test_depth);
	RUN(test_second_opinion);
	RUN(test_getters);
	RUN(test_error_says_where);
	RUN(test_strings);
	RUN(test_safe_is_safe);
	RUN(test_numbers);
	RUN(test_writer);
	RUN(test_joins);
	RUN(test_keys);
	return REPORT();
}
