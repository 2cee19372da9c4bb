#include "base/clock.h"

#include <time.h>

int64_t clock_mono_us(void)
{
	struct timespec ts;

	if (clock_gettime(CLOCK_MONOTONIC, &ts) != 0)
		return 0;
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

int64_t clock_mono_ms(void)
{
	return clock_mono_us() / 1000;
}

int64_t clock_wall_ms(void)
{
	struct timespec ts;

	if (clock_gettime(CLOCK_REALTIME, &ts) != 0)
		return 0;
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static void put_time(const struct tm *tm, const char *fmt, struct buf *out)
{
	char text[64];

	if (strftime(text, sizeof(text), fmt, tm) > 0)
		buf_str(out, text);
}

void clock_iso(int64_t wall_ms, struct buf *out)
{
	time_t t = (time_t)(wall_ms / 1000);
	struct tm tm;

	if (gmtime_r(&t, &tm) != NULL)
		put_time(&tm, "%Y-%m-%dT%H:%M:%SZ", out);
}

void clock_local(int64_t wall_ms, struct buf *out)
{
	time_t t = (time_t)(wall_ms / 1000);
	struct tm tm;

	if (localtime_r(&t, &tm) != NULL)
		put_time(&tm, "%Y-%m-%d %H:%M", out);
}

void clock_age(int64_t wall_ms, int64_t now_ms, struct buf *out)
{
	int64_t s = (now_ms - wall_ms) / 1000;
	time_t t = (time_t)(wall_ms / 1000);
	struct tm tm;

	if (s >= 0 && s < 60)
		buf_str(out, "just now");
	else if (s >= 0 && s < 3600)
		buf_fmt(out, "%d min ago", (int)(s / 60));
	else if (s >= 0 && s < 24 * 3600)
		buf_fmt(out, "%d h ago", (int)(s / 3600));
	else if (s >= 0 && s < 7 * 24 * 3600)
		buf_fmt(out, "%d d ago", (int)(s / (24 * 3600)));
	else if (localtime_r(&t, &tm) != NULL)
		put_time(&tm, "%Y-%m-%d", out);
}

int clock_sooner(int a_ms, int b_ms)
{
	return a_ms < 0 || (b_ms >= 0 && b_ms < a_ms) ? b_ms : a_ms;
}
