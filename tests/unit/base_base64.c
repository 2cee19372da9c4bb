/* base: base64, with the vectors of RFC 4648, section 10. */
#include "unit/check.h"

#include "base/base64.h"

static const struct {
	const char *bytes;
	const char *code;
} vectors[] = {
	{"", ""},
	{"f", "Zg=="},
	{"fo", "Zm8="},
	{"foo", "Zm9v"},
	{"foob", "Zm9vYg=="},
	{"fooba", "Zm9vYmE="},
	{"foobar", "Zm9vYmFy"},
	{"\xff\xef\xbe", "/+++"},
};

static void both_ways(void)
{
	struct buf b;
	size_t i;

	buf_init(&b, BUF_SMALL);
	for (i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
		buf_reset(&b);
		base64_put(&b, span_str(vectors[i].bytes));
		CHECK_STR(b.p, vectors[i].code);
		buf_reset(&b);
		CHECK(base64_get(span_str(vectors[i].code), &b));
		CHECK_STR(b.p, vectors[i].bytes);
	}
	buf_release(&b);
}

static void what_is_none(void)
{
	static const char *const rows[] = {"Z", "Zg",
		"Zg=", "Zh==", "Zm9=", "Z===", "====", "Zg==Zg==", "Zm9v\n",
		"Zm-v", " Zm9", "=Zm9"};
	struct buf b;
	size_t i;

	buf_init(&b, BUF_SMALL);
	buf_str(&b, "kept");
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		CHECK(!base64_get(span_str(rows[i]), &b));
		CHECK_STR(b.p, "kept");
	}
	buf_release(&b);
}

int main(void)
{
	RUN(both_ways);
	RUN(what_is_none);
	return REPORT();
}
