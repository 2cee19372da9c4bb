/* wire: what models write for JSON is mended, and JSON stays what it is. */
#include "unit/check.h"

#include "wire/json.h"
#include "wire/json_mend.h"

static void mends(const char *from, const char *to)
{
	struct json *j = NULL;
	struct buf out;

	buf_init(&out, BUF_SMALL);
	CHECK(json_mend(span_str(from), &out));
	CHECK_STR(out.p, to);
	CHECK_INT(json_parse(buf_view(&out), &j, NULL), ST_OK);
	json_free(j);
	buf_release(&out);
}

static void test_json_stays(void)
{
	mends("{}", "{}");
	mends("{\"a\": [1, -2.5e3, true, null, \"x\"], \"b\": {}}",
		"{\"a\":[1,-2.5e3,true,null,\"x\"],\"b\":{}}");
	mends("{\"a\":\"\\\"\\\\ \\u00e9 \\n, } ]\"}",
		"{\"a\":\"\\\"\\\\ \\u00e9 \\n, } ]\"}");
	mends("{\"True\":\"True\"}", "{\"True\":\"True\"}");
}

static void test_around_it(void)
{
	mends("Sure! Here it is:\n```json\n{\"a\":1}\n```\nAnything else?",
		"{\"a\":1}");
	mends("{\"a\":1}{\"b\":2}", "{\"a\":1}");
}

static void test_mended(void)
{
	mends("{\"a\":[1,2,],}", "{\"a\":[1,2]}");
	mends("{'a':'it\\'s', 'b':'say \"yes\"'}",
		"{\"a\":\"it's\",\"b\":\"say \\\"yes\\\"\"}");
	mends("{\"a\":\"one\ntwo\tthree\"}", "{\"a\":\"one\\ntwo\\tthree\"}");
	mends("{\"a\":True,\"b\":False,\"c\":None}",
		"{\"a\":true,\"b\":false,\"c\":null}");
	mends("{\"a\":\"he said \"no\" to it\"}",
		"{\"a\":\"he said \\\"no\\\" to it\"}");
	/* Cut in the middle. */
	mends("{\"a\":[{\"b\":\"unfini", "{\"a\":[{\"b\":\"unfini\"}]}");
	mends("{\"a\":[1,2,", "{\"a\":[1,2]}");
	mends("{\"a\":", "{\"a\":null}");
}

static void test_refused(void)
{
	static const char *const texts[] = {
		"", "no JSON at all", "[1,2]", "}", "{]}"};
	struct buf out;
	size_t i;

	buf_init(&out, BUF_SMALL);
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		buf_reset(&out);
		CHECK(!json_mend(span_str(texts[i]), &out));
	}
	buf_reset(&out);
	while (out.len < 1000)
		buf_str(&out, "{\"a\":");
	{
		struct buf deep;

		buf_init(&deep, BUF_SMALL);
		CHECK(!json_mend(buf_view(&out), &deep));
		buf_release(&deep);
	}
	buf_release(&out);
}

int main(void)
{
	RUN(test_json_stays);
	RUN(test_around_it);
	RUN(test_mended);
	RUN(test_refused);
	return REPORT();
}
