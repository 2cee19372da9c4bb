/* engine: what a guard's answer says. */
#include "unit/check.h"

#include "engine/guard.h"

static void test_read(void)
{
	static const struct {
		const char *answer;
		enum guard_verdict verdict;
		const char *why;
	} rows[] = {
		{"safe", GUARD_SAFE, ""},
		{"\n\nsafe\n", GUARD_SAFE, ""},
		{" Safe ", GUARD_SAFE, ""},
		{"unsafe\nS1", GUARD_UNSAFE, "S1 Violent Crimes"},
		{"\n\nUnsafe\r\nS1,S10\n", GUARD_UNSAFE,
			"S1 Violent Crimes, S10 Hate"},
		{"unsafe\n s14 , S15", GUARD_UNSAFE,
			"S14 Code Interpreter Abuse, S15"},
		{"unsafe", GUARD_UNSAFE, "no category named"},
		{"unsafe\n", GUARD_UNSAFE, "no category named"},
		{"", GUARD_UNDECIDED, ""},
		{"safe\nS1", GUARD_UNDECIDED, ""},
		{"safely", GUARD_UNDECIDED, ""},
		{"safe, I think", GUARD_UNDECIDED, ""},
		{"unsafe S1", GUARD_UNDECIDED, ""},
		{"unsafe\nS1\nbut fine", GUARD_UNDECIDED, ""},
		{"unsafe\nS1,", GUARD_UNDECIDED, ""},
		{"unsafe\nS0", GUARD_UNDECIDED, ""},
		{"unsafe\nS", GUARD_UNDECIDED, ""},
		{"unsafe\nT1", GUARD_UNDECIDED, ""},
		{"unsafe\nS1x", GUARD_UNDECIDED, ""},
		{"I cannot judge this.", GUARD_UNDECIDED, ""},
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buf why;

		buf_init(&why, BUF_SMALL);
		CHECK_INT(guard_read(span_str(rows[i].answer), &why),
			rows[i].verdict);
		CHECK_STR(why.p, rows[i].why);
		buf_release(&why);
	}
}

int main(void)
{
	RUN(test_read);
	return REPORT();
}
