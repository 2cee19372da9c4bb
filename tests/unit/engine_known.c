/* engine: what is learned of endpoints. */
#include "unit/check.h"

#include "engine/known.h"

static void test_hosts(void)
{
	struct known k;
	struct known_host *a;
	char url[32];
	size_t i;

	known_init(&k);
	CHECK(known_host(NULL, "http://a") == NULL);
	a = known_host(&k, "http://a/v1");
	CHECK(a != NULL);
	CHECK(known_host(&k, "http://b/v1") != a);
	CHECK(known_host(&k, "http://a/v1") == a);
	/* There is a limit, and the first ones stay where they are. */
	for (i = 0; i < 2 * KNOWN_HOSTS_MAX; i++) {
		(void)snprintf(url, sizeof(url), "http://h%zu", i);
		(void)known_host(&k, url);
	}
	CHECK_INT(k.n, KNOWN_HOSTS_MAX);
	CHECK(known_host(&k, "http://a/v1") == a);
	CHECK(known_host(&k, "http://one-more") == NULL);
	known_release(&k);
	CHECK_INT(k.n, 0);
}

static void test_models(void)
{
	struct known k;
	struct known_host *h;
	struct models m;
	struct span want = span_str("llama");

	known_init(&k);
	models_init(&m);
	h = known_host(&k, "http://a");
	CHECK(span_is(known_model(NULL, want), "llama"));
	CHECK(span_is(known_model(h, want), "llama"));
	CHECK_INT(known_window(NULL, want), 0);
	CHECK_INT(known_window(h, want), 0);
	CHECK_INT(
		models_parse(&m,
			span_str("[{\"id\":\"x/Llama\",\"context_length\":"
				 "8000},{\"id\":\"y\",\"context_length\":9}]"),
			NULL),
		ST_OK);
	known_models(h, &m);
	CHECK_INT(m.n, 0);
	CHECK(h->listed);
	CHECK_INT(known_window(h, span_str("y")), 9);
	CHECK_INT(known_window(h, want), 0);
	known_rename(h, want, span_str("x/Llama"));
	CHECK(span_is(known_model(h, want), "x/Llama"));
	CHECK(span_is(known_model(h, span_str("y")), "y"));
	CHECK_INT(known_window(h, want), 8000);
	/* What the endpoint named in a failure is what it runs. */
	known_set_window(h, span_str("x/Llama"), 4000);
	CHECK_INT(known_window(h, want), 4000);
	CHECK_INT(known_window(h, span_str("y")), 9);
	/* One model answers to any name. */
	CHECK_INT(models_parse(&m,
			  span_str("{\"data\":[{\"id\":\"z\",\"meta\":{"
				   "\"n_ctx\":512}}]}"),
			  NULL),
		ST_OK);
	known_models(h, &m);
	CHECK_INT(known_window(h, span_str("whatever")), 512);
	known_release(&k);
	models_release(&m);
}

int main(void)
{
	RUN(test_hosts);
	RUN(test_models);
	return REPORT();
}
