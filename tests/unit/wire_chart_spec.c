#include "unit/check.h"

#include "wire/chart_spec.h"

static struct chart_spec spec;

static void takes_what_is_said(void)
{
	struct err err;

	CHECK_INT(chart_spec_parse(
			  span_str("{\"kind\":\"bar\",\"x\":\"a\",\"y\":[\"b\","
				   "\"c\"],\"title\":\"t\",\"aggregate\":"
				   "\"mean\",\"limit\":7}\n"),
			  &spec, &err),
		ST_OK);
	CHECK_INT(spec.kind, CHART_BAR);
	CHECK_INT(spec.fold, CHART_MEAN);
	CHECK_INT(spec.n_y, 2);
	CHECK_STR(spec.y[1].p, "c");
	CHECK_STR(spec.title.p, "t");
	CHECK_INT(spec.bars, 7);
	chart_spec_release(&spec);
	CHECK_INT(chart_spec_parse(span_str("{\"kind\":\"histogram\",\"x\":"
					    "\"a\",\"bins\":5}"),
			  &spec, &err),
		ST_OK);
	CHECK_INT(spec.n_y, 0);
	CHECK_INT(spec.bins, 5);
	chart_spec_release(&spec);
	CHECK_INT(chart_spec_parse(span_str("{\"kind\":\"line\",\"x\":\"a\","
					    "\"y\":\"b\"}"),
			  &spec, &err),
		ST_OK);
	CHECK_INT(spec.n_y, 1);
	chart_spec_release(&spec);
}

static void refuses_everything_else(void)
{
	static const struct {
		const char *json;
		const char *why;
	} rows[] = {
		{"", "JSON"},
		{"plot 'x' with lines", "JSON"},
		{"[]", "is a JSON object"},
		{"{\"kind\":\"radar\",\"x\":\"a\"}", "is one of: bar"},
		{"{\"x\":\"a\"}", "is one of: bar"},
		{"{\"kind\":\"bar\"}", "needs a text for \"x\""},
		{"{\"kind\":\"bar\",\"x\":\" \"}", "needs a text"},
		{"{\"kind\":\"bar\",\"x\":5}", "needs a text"},
		{"{\"kind\":\"bar\",\"x\":\"a\",\"y\":5}", "a list of columns"},
		{"{\"kind\":\"bar\",\"x\":\"a\",\"y\":[\"b\",5]}",
			"a list of columns"},
		{"{\"kind\":\"bar\",\"x\":\"a\",\"y\":[\"b\",\"b\",\"b\",\"b\","
		 "\"b\",\"b\",\"b\"]}",
			"at most 6"},
		{"{\"kind\":\"bar\",\"x\":\"a\",\"script\":\"x\"}",
			"has no \"script\""},
		{"{\"kind\":\"bar\",\"x\":\"a\",\"aggregate\":\"avg\"}",
			"is one of: sum"},
		{"{\"kind\":\"bar\",\"x\":\"a\",\"title\":[]}",
			"needs a text for \"title\""},
		{"{\"kind\":\"bar\",\"x\":\"a\",\"limit\":0}", "from 1 to 60"},
		{"{\"kind\":\"histogram\",\"x\":\"a\",\"bins\":1.5}",
			"from 1 to 60"},
		{"{\"kind\":\"histogram\",\"x\":\"a\",\"y\":\"b\"}",
			"no \"y\""},
		{"{\"kind\":\"scatter\",\"x\":\"a\"}", "needs a column"},
		{"{\"kind\":\"scatter\",\"x\":\"a\",\"y\":\"b\",\"aggregate\":"
		 "\"mean\"}",
			"every row"},
		{"{\"kind\":\"pie\",\"x\":\"a\",\"y\":[\"b\",\"c\"]}",
			"one column"},
	};
	struct err err;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		CHECK_INT(chart_spec_parse(span_str(rows[i].json), &spec, &err),
			ST_USAGE);
		if (strstr(err.msg, rows[i].why) == NULL)
			printf("%s: %s\n", rows[i].json, err.msg);
		CHECK(strstr(err.msg, rows[i].why) != NULL);
		CHECK(spec.n_y == 0 && spec.x.len == 0);
	}
}

static void finds_the_blocks(void)
{
	struct span rest = span_str(
		"text\n```json\n{}\n```\n```chart\none\n```\n"
		"- a list\n  ~~~ chart\n  two\n  ~~~\n"
		"```charts\nno\n```\n```chart no\n{}\n```\n"
		"~~~~ chart {\"kind\":\"bar\"}\na ### 3\n~~~~\n");
	struct span info = {NULL, 0};
	struct buf block;

	buf_init(&block, BUF_LARGE);
	CHECK(chart_spec_next(&rest, NULL, &block));
	CHECK_STR(block.p, "one\n");
	CHECK(chart_spec_next(&rest, NULL, &block));
	CHECK_STR(block.p, "two\n");
	/* One that was drawn. */
	CHECK(chart_spec_next(&rest, &info, &block));
	CHECK_STR(block.p, "{\"kind\":\"bar\"}");
	buf_reset(&block);
	chart_spec_info(span_str(" {\n\"kind\":\"bar\"}\n"), &block);
	CHECK_STR(block.p, "chart { \"kind\":\"bar\"}");
	CHECK(span_starts(info, "chart {\""));
	CHECK(!chart_spec_next(&rest, NULL, &block));
	buf_release(&block);
}

int main(void)
{
	chart_spec_init(&spec);
	RUN(takes_what_is_said);
	RUN(refuses_everything_else);
	RUN(finds_the_blocks);
	chart_spec_release(&spec);
	return REPORT();
}
