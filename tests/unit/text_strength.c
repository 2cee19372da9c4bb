#include "text/strength.h"

#include "unit/check.h"

static unsigned bits(const char *pass)
{
	return strength_bits(span_str(pass));
}

static void test_weak(void)
{
	static const char *const weak[] = {"", "aaaaaaaaaaaaaaaa",
		"password1234!", "qwertyuiop1234567890", "abcdefghijklmnop",
		"123456789012345", "hello hello hello hello hello",
		"Liverpool2019", "constitutional", "iloveyou iloveyou",
		"asdfghjkl;asdfghjkl", "11111111111111111111",
		"Summer2024 Summer2025", "correct horse battery"};
	size_t i;

	for (i = 0; i < sizeof(weak) / sizeof(weak[0]); i++) {
		CHECK(bits(weak[i]) < STRENGTH_FAIR);
		if (bits(weak[i]) >= STRENGTH_FAIR)
			printf("%s: %u\n", weak[i], bits(weak[i]));
	}
}

static void test_fair(void)
{
	static const char *const fair[] = {"correct horse battery staple",
		"lusab-babad-gutih-tugad-zodil", "x7K!q2Zr9$Lm4w",
		"gr\u00fcner Stuhl flieget leise", "4f9a02c7e1b85d3690ab"};
	size_t i;

	for (i = 0; i < sizeof(fair) / sizeof(fair[0]); i++) {
		CHECK(bits(fair[i]) >= STRENGTH_FAIR);
		if (bits(fair[i]) < STRENGTH_FAIR)
			printf("%s: %u\n", fair[i], bits(fair[i]));
	}
}

static void test_more_is_more(void)
{
	CHECK(bits("river") < bits("river stone"));
	CHECK(bits("river stone") < bits("river stone cloud"));
	CHECK_INT(bits("river River"), bits("river river"));
	CHECK(bits("a\xff\xfe") > 0);
	CHECK_INT(bits(""), 0);
}

int main(void)
{
	RUN(test_weak);
	RUN(test_fair);
	RUN(test_more_is_more);
	return REPORT();
}
