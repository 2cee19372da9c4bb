/* app/loop: when a stream that comes too fast is made to wait. */
#include "unit/check.h"

#include "app/loop.h"

/* Of `n` wake-ups, `every` of them in a millisecond, those that rest. */
static int rests(struct loop_pace *pace, int64_t from_ms, int n, int every)
{
	int count = 0;
	int i;

	for (i = 0; i < n; i++)
		count += loop_count(pace, from_ms + i / every);
	return count;
}

static void test_slow(void)
{
	struct loop_pace pace = {0, 0};

	/* 200 and 2,000 words a second */
	CHECK_INT(rests(&pace, 1000, 1000, 1), 0);
	CHECK_INT(rests(&pace, 100000, 10000, 2), 0);
}

static void test_burst(void)
{
	struct loop_pace pace = {0, 0};

	/* A connection is made in one go, and again after a while. */
	CHECK_INT(rests(&pace, 1000, 32, 32), 0);
	CHECK_INT(rests(&pace, 1016, 32, 32), 0);
	CHECK_INT(rests(&pace, 1016, 1, 1), 1);
	CHECK_INT(rests(&pace, INT64_MAX, 32, 32), 0);
}

static void test_fast(void)
{
	struct loop_pace pace = {0, 0};
	int64_t now = 1000;
	int rested = 0;
	int i;

	/* Each rest takes a millisecond, in which two are for nothing. */
	for (i = 0; i < 332; i++) {
		if (loop_count(&pace, now)) {
			rested++;
			now++;
		}
	}
	CHECK_INT(rested, 100);
	/* And then it is slow again. */
	CHECK_INT(rests(&pace, now + 16, 100, 1), 0);
}

int main(void)
{
	RUN(test_slow);
	RUN(test_burst);
	RUN(test_fast);
	return REPORT();
}
