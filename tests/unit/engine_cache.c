/* engine: replies are kept within their limits, and equal requests wait for
 * each other. */
#include "unit/journals.h"

#include "base/clock.h"
#include "engine/cache.h"

static struct store s;

static struct cache *open_cache(uint64_t bytes, int64_t age_ms)
{
	struct cache_options o = {
		.vault = s.vault, .bytes = bytes, .age_ms = age_ms};
	struct cache *c = NULL;

	CHECK_INT(cache_new(&c, &o, NULL), ST_OK);
	return c;
}

static struct id key_of(const struct cache *c, int i)
{
	char text[32];

	(void)snprintf(text, sizeof(text), "request %d", i);
	return cache_key(c, span_str("http://a/v1"), span_str(text));
}

static void put(struct cache *c, int i, const char *text)
{
	struct cached reply;
	struct id key = key_of(c, i);

	cached_init(&reply);
	buf_str(&reply.text, text);
	buf_str(&reply.finish, "stop");
	reply.usage.completion = i;
	CHECK_INT(cache_put(c, &key, &reply, NULL), ST_OK);
	cached_release(&reply);
}

static bool got(struct cache *c, int i, const char *text)
{
	struct cached reply;
	struct id key = key_of(c, i);
	bool hit;

	cached_init(&reply);
	hit = cache_get(c, &key, &reply) &&
		span_is(buf_view(&reply.text), text) &&
		span_is(buf_view(&reply.finish), "stop") &&
		reply.usage.completion == i && reply.usage.prompt == -1;
	cached_release(&reply);
	return hit;
}

static void test_kept(void)
{
	struct cache *c = open_cache(0, 0);
	struct cache *other = open_cache(0, 0);
	struct cache_report r = {0};
	struct id here = cache_key(c, span_str("http://a"), span_str("/x"));
	struct id there = cache_key(c, span_str("http://a/"), span_str("x"));

	CHECK(!id_eq(&here, &there));
	CHECK(!got(c, 1, "one"));
	put(c, 1, "one");
	put(c, 2, "two");
	CHECK(got(c, 1, "one"));
	CHECK(got(other, 2, "two"));
	/* The later one counts, and is one. */
	put(other, 1, "uno");
	CHECK(got(c, 1, "uno"));
	CHECK_INT(cache_report(c, &r, NULL), ST_OK);
	CHECK_INT(r.replies, 2);
	CHECK(r.oldest_ms > 0);
	CHECK_INT(cache_clear(c, NULL), ST_OK);
	CHECK(!got(other, 1, "uno"));
	CHECK_INT(cache_report(c, &r, NULL), ST_OK);
	CHECK_INT(r.replies, 0);
	put(c, 1, "again");
	CHECK(got(c, 1, "again"));
	CHECK_INT(cache_clear(c, NULL), ST_OK);
	cache_free(c);
	cache_free(other);
}

static void test_limits(void)
{
	enum { N = 700, LEAST = 200 };
	char text[1001];
	struct cache *c = open_cache((uint64_t)512 * 1024, 0);
	struct cache *old = open_cache(0, 1);
	struct cache_report r = {0};
	int64_t until;
	struct cached empty;
	struct id key = key_of(c, 0);
	int i;

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	for (i = 0; i < N; i++)
		put(c, i, text);
	CHECK_INT(cache_report(c, &r, NULL), ST_OK);
	CHECK(r.bytes <= (uint64_t)512 * 1024);
	CHECK(r.replies >= LEAST);
	/* The newest is there. */
	CHECK(got(c, N - 1, text));
	cached_init(&empty);
	CHECK_INT(cache_put(c, &key, &empty, NULL), ST_LIMIT);
	cached_release(&empty);
	/* What is too old is not there for who says so. */
	until = clock_wall_ms() + 3;
	while (clock_wall_ms() < until)
		;
	CHECK(!got(old, N - 1, text));
	CHECK(got(c, N - 1, text));
	CHECK_INT(cache_clear(c, NULL), ST_OK);
	cache_free(c);
	cache_free(old);
}

/* Bytes of the file that holds the reply to a request. */
static uint64_t size_of(const struct cache *c, int i)
{
	struct id key = key_of(c, i);
	char folder[1024];
	char start[16];
	struct dirent *e;
	struct stat sb;
	uint64_t bytes = 0;
	DIR *d;

	(void)snprintf(folder, sizeof(folder), "%s/s", vault_dir(s.vault));
	(void)snprintf(start, sizeof(start), "cache-%02x.", key.b[0]);
	d = opendir(folder);
	CHECK(d != NULL);
	while (d != NULL && (e = readdir(d)) != NULL)
		if (strncmp(e->d_name, start, strlen(start)) == 0 &&
			fstatat(dirfd(d), e->d_name, &sb, 0) == 0)
			bytes += (uint64_t)sb.st_size;
	if (d != NULL)
		(void)closedir(d);
	return bytes;
}

/* What a reply replaces counts too, until it is gone. */
static void test_given_anew(void)
{
	struct cache *c = open_cache((uint64_t)256 * 8192, 0);
	char text[1001];
	int i;

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	for (i = 0; i < 60; i++)
		put(c, 1, text);
	CHECK(size_of(c, 1) > 1000 && size_of(c, 1) < 16 * 1024);
	CHECK_INT(cache_clear(c, NULL), ST_OK);
	cache_free(c);
}

static void test_flights(void)
{
	struct cache *c = open_cache(0, 0);
	struct id key = key_of(c, 1);
	struct id other_key = key_of(c, 2);
	bool leads;
	struct flight *first = cache_join(c, &key, &leads);
	struct flight *second;
	struct flight *other;

	CHECK(first != NULL && leads);
	second = cache_join(c, &key, &leads);
	CHECK(second == first && !leads);
	other = cache_join(c, &other_key, &leads);
	CHECK(other != first && leads);
	CHECK_INT(cache_flight(second), FLIGHT_UNDER_WAY);
	cache_leave(first, true, true);
	CHECK_INT(cache_flight(second), FLIGHT_KEPT);
	/* Who comes now leads another one. */
	first = cache_join(c, &key, &leads);
	CHECK(first != second && leads);
	cache_leave(second, false, false);
	second = cache_join(c, &key, &leads);
	cache_leave(first, true, false);
	CHECK_INT(cache_flight(second), FLIGHT_VAIN);
	cache_leave(second, false, false);
	cache_leave(other, true, false);
	cache_leave(NULL, false, false);
	cache_free(c);
	cache_free(NULL);
}

int main(void)
{
	store_new(&s);
	RUN(test_kept);
	RUN(test_limits);
	RUN(test_given_anew);
	RUN(test_flights);
	store_free(&s);
	return REPORT();
}
