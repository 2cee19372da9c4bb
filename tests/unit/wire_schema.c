/* wire/schema: the test suite that implementations share, what is refused, and
 * what is said. */
#include "unit/check.h"

#include "base/file.h"
#include "wire/schema.h"

#define GOLDEN TESTS_DIR "/golden/json-schema/"

static bool listed(const struct buf *names, struct span name)
{
	struct span rest = buf_view(names);

	while (rest.n > 0)
		if (span_eq(span_cut(&rest, '\n'), name))
			return true;
	return false;
}

/* '1' it fits, '0' it does not, 'x' the schema is refused */
static char verdict(struct span schema, struct span value)
{
	struct schema *s = NULL;
	enum status st = schema_parse(schema, &s, NULL);

	if (st != ST_OK)
		return st == ST_USAGE ? 'x' : '?';
	st = schema_check(s, value, NULL);
	schema_free(s);
	if (st != ST_OK)
		return st == ST_SERVER ? '0' : '?';
	return '1';
}

static void the_shared_suite(void)
{
	struct buf cases;
	struct buf names;
	struct span rest;
	int n = 0;

	buf_init(&cases, BUF_LARGE);
	buf_init(&names, BUF_SMALL);
	CHECK(file_read(GOLDEN "cases.tsv", &cases, NULL) == ST_OK);
	CHECK(file_read(GOLDEN "differences", &names, NULL) == ST_OK);
	rest = buf_view(&cases);
	while (rest.n > 0) {
		struct span line = span_cut(&rest, '\n');
		struct span schema = span_cut(&line, '\t');
		struct span value = span_cut(&line, '\t');
		struct span want = span_cut(&line, '\t');
		char got = verdict(schema, value);

		n++;
		if ((got == want.p[0]) == listed(&names, line)) {
			printf("%.*s: %c\n", (int)line.n, line.p, got);
			CHECK(false);
		}
	}
	CHECK(n > 1000);
	buf_release(&cases);
	buf_release(&names);
}

static void what_is_refused(void)
{
	static const struct {
		const char *schema;
		const char *says;
	} rows[] = {
		{"", "not JSON"},
		{"7", "/: is no schema"},
		{"{\"properties\":{\"a\":{\"contains\":{}}}}",
			"/properties/a/contains: this keyword is not checked"},
		{"{\"type\":\"text\"}", "/type: there is no such type"},
		{"{\"type\":[]}", "/type: is neither"},
		{"{\"minLength\":-1}", "/minLength: is no whole number"},
		{"{\"minimum\":\"1\"}", "/minimum: is no number"},
		{"{\"multipleOf\":0}", "/multipleOf: is not above 0"},
		{"{\"required\":\"a\"}", "/required: is no list"},
		{"{\"items\":[{}]}", "/items: is no schema"},
		{"{\"anyOf\":[]}", "/anyOf: is no list"},
		{"{\"enum\":[]}", "/enum: is no list"},
		{"{\"uniqueItems\":1}", "/uniqueItems: is neither"},
		{"{\"$ref\":\"other.json\"}", "/$ref: leads nowhere"},
		{"{\"$ref\":\"#/$defs/a\"}", "/$ref: leads nowhere"},
		{"{\"$ref\":\"#/default\",\"default\":{}}",
			"leads to what is no schema"},
		{"{\"format\":\"iri\"}", "the format \"iri\" is not checked"},
		{"{\"pattern\":\"(?=a)\"}", "/pattern: the pattern has \"(?\""},
		{"{\"pattern\":\"\\\\bword\"}", "/pattern: the pattern has a"},
		{"{\"pattern\":\"(a)\\\\1\"}", "/pattern: the pattern has a"},
		{"{\"pattern\":\"[]\"}", "brackets with nothing"},
		{"{\"pattern\":\"[a\"}", "brackets that do not end"},
		{"{\"pattern\":\"(a\"}", "/pattern: "},
		{"{\"pattern\":\"a{x\"}", "without a number"},
		{"{\"pattern\":\"a++\"}", "a repetition of a repetition"},
		{"{\"pattern\":\"(((a{99}){99}){99}){99}\"}",
			"too many repetitions"},
		{"{\"properties\":{\"a/b~c\":{\"$id\":\"x\"}}}",
			"/properties/a~1b~0c/$id: this keyword"},
	};
	struct schema *s = NULL;
	struct err err;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		CHECK_INT(schema_parse(span_str(rows[i].schema), &s, &err),
			ST_USAGE);
		if (strstr(err.msg, rows[i].says) == NULL)
			printf("%s\n", err.msg);
		CHECK(strstr(err.msg, rows[i].says) != NULL);
	}
}

/* Schema, value, and what is said about it; "" when it fits. */
static void what_is_said(void)
{
	static const char *const rows[][3] = {
		{"{\"properties\":{\"a\":{\"items\":{\"type\":\"integer\"}}}}",
			"{\"a\":[1,2.5]}",
			"/a/1 is of type number, not integer"},
		{"{\"type\":[\"string\",\"null\"]}", "{}",
			"the whole is of type object, not string or null"},
		{"{\"required\":[\"b\"]}", "{}", "the whole lacks \"b\""},
		{"{\"additionalProperties\":false}", "{\"x\":1}",
			"the whole has \"x\", which is not allowed"},
		{"{\"enum\":[1,2]}", "3",
			"the whole is none of the 2 values that are allowed"},
		{"{\"maxLength\":2}", "\"\xc3\xa4\xc3\xb6\"", ""},
		{"{\"maxLength\":1}", "\"\xc3\xa4\xc3\xb6\"",
			"the whole has 2 characters, more than 1"},
		{"{\"anyOf\":[{\"type\":\"null\"},{\"minimum\":2}]}", "1",
			"the whole fits none of the 2 forms that are allowed"},
		{"{\"oneOf\":[{},{\"minimum\":2}]}", "3",
			"the whole fits 2 of 2 forms and not exactly one"},
		{"{\"properties\":{\"a/b\":{\"pattern\":\"^x\"}}}",
			"{\"a/b\":\"y\"}",
			"/a~1b does not match the pattern \"^x\""},
		{"{\"multipleOf\":0.1}", "0.3", ""},
		{"{\"pattern\":\"^[^\\\\]a-c^-]+$\"}", "\"xyz\"", ""},
		{"{\"pattern\":\"^[^\\\\]a-c^-]+$\"}", "\"x]z\"",
			"the whole does not match the pattern "
			"\"^[^\\]a-c^-]+$\""},
		{"{\"pattern\":\"^[\\\\w.+-]+?@(?:\\\\d{2,})\\\\.$\"}",
			"\"a.b+c@42.\"", ""},
		{"{\"pattern\":\"^[\\\\^]$\"}", "\"^\"", ""},
		{"{\"pattern\":\"^[\\\\^-]{2}$\"}", "\"-^\"", ""},
		{"{\"pattern\":\"^.{3}$\"}", "\"\xc3\xa4\xe2\x82\xac x\"",
			"the whole does not match the pattern \"^.{3}$\""},
		{"{\"pattern\":\"^.{2}$\"}", "\"\xf0\x9f\xa6\x99\xc3\xa4\"",
			""},
		{"{}", "{\"a\":}", "it is not JSON at byte 5 of 6"},
	};
	struct schema *s = NULL;
	struct err err;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		err_clear(&err);
		CHECK(schema_parse(span_str(rows[i][0]), &s, &err) == ST_OK);
		CHECK_STR(err.msg, "");
		CHECK_INT(schema_check(s, span_str(rows[i][1]), &err),
			rows[i][2][0] == '\0' ? ST_OK : ST_SERVER);
		CHECK_STR(err.msg, rows[i][2]);
		schema_free(s);
	}
}

/* Neither a schema that goes round in circles nor one that forks at each level
 * holds up anybody. */
static void what_takes_too_long(void)
{
	static const char *const rows[] = {
		"{\"$ref\":\"#\"}",
		"{\"$defs\":{\"a\":{\"allOf\":[{\"$ref\":\"#/$defs/a\"}]}},"
		"\"$ref\":\"#/$defs/a\"}",
		"{\"oneOf\":[{\"$ref\":\"#\"},{\"$ref\":\"#\"}]}",
	};
	struct schema *s = NULL;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		CHECK(schema_parse(span_str(rows[i]), &s, NULL) == ST_OK);
		CHECK_INT(schema_check(s, span_str("1"), NULL), ST_FAIL);
		schema_free(s);
	}
}

static void strictness(void)
{
	static const struct {
		const char *schema;
		bool strict;
	} rows[] = {
		{"{\"type\":\"object\",\"properties\":{\"a\":{}},"
		 "\"required\":[\"a\"],\"additionalProperties\":false}",
			true},
		{"{\"type\":\"object\",\"properties\":{\"a\":{}},"
		 "\"required\":[\"a\"]}",
			false},
		{"{\"type\":\"object\",\"properties\":{\"a\":{}},"
		 "\"additionalProperties\":false}",
			false},
		{"{\"items\":{\"type\":\"object\"}}", false},
		{"{\"type\":\"string\"}", true},
		{"true", false},
	};
	struct schema *s = NULL;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		CHECK(schema_parse(span_str(rows[i].schema), &s, NULL) ==
			ST_OK);
		CHECK_INT(schema_is_strict(s), rows[i].strict);
		schema_free(s);
	}
}

static void fences(void)
{
	static const char *const rows[][2] = {
		{" {} \n", "{}"},
		{"```json\n{\"a\":1}\n```\n", "{\"a\":1}"},
		{"```\n\n[]\n\n````", "[]"},
		{"```json\n{}\n``", "```json\n{}\n``"},
		{"```json {}```", "```json {}```"},
		{"Here:\n```\n{}\n```", "Here:\n```\n{}\n```"},
		{"```", "```"},
		{"```\n```", ""},
		{"", ""},
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (!span_is(schema_unwrap(span_str(rows[i][0])), rows[i][1])) {
			printf("%s\n", rows[i][0]);
			CHECK(false);
		}
}

int main(void)
{
	RUN(the_shared_suite);
	RUN(what_is_refused);
	RUN(what_is_said);
	RUN(what_takes_too_long);
	RUN(strictness);
	RUN(fences);
	return REPORT();
}
