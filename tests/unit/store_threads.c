#include "store/threads.h"

#include "unit/journals.h"

static struct store s;

static void key_stays(void)
{
	struct secret first = {0};
	struct secret again = {0};

	store_new(&s);
	CHECK_INT(threads_key(s.vault, s.catalog, &first, NULL), ST_OK);
	CHECK_INT(first.len, BOX_KEY);
	CHECK_INT(threads_key(s.vault, s.catalog, &again, NULL), ST_OK);
	CHECK(span_eq(secret_view(&first), secret_view(&again)));
	secret_free(&again);
	/* Nothing of it is listed, and it is there the next time. */
	CHECK_INT(catalog_latest(s.catalog, span_of(NULL, 0),
			  &(const struct catalog_entry *){NULL}, NULL),
		ST_NOT_FOUND);
	store_close(&s);
	store_open(&s);
	CHECK_INT(threads_key(s.vault, s.catalog, &again, NULL), ST_OK);
	CHECK(span_eq(secret_view(&first), secret_view(&again)));
	secret_free(&again);
	secret_free(&first);
	store_free(&s);
}

static bool same(const struct secret *key, const char *a, unsigned na,
	const char *b, unsigned nb)
{
	struct id x;
	struct id y;

	threads_id(key, span_str(a), na, &x);
	threads_id(key, span_str(b), nb, &y);
	return id_eq(&x, &y);
}

static void names_lead_apart(void)
{
	static const uint8_t bytes[BOX_KEY] = {1};
	static const uint8_t other[BOX_KEY] = {2};
	struct secret key = {0};
	struct secret key2 = {0};
	struct id x;
	struct id y;

	HOME_MUST(secret_set(&key, bytes, sizeof(bytes)));
	HOME_MUST(secret_set(&key2, other, sizeof(other)));
	CHECK(same(&key, "42", 0, "42", 0));
	CHECK(!same(&key, "42", 0, "42", 1));
	CHECK(!same(&key, "42", 0, "43", 0));
	CHECK(!same(&key, "", 0, "0", 0));
	threads_id(&key, span_str("42"), 0, &x);
	threads_id(&key2, span_str("42"), 0, &y);
	CHECK(!id_eq(&x, &y));
	secret_free(&key);
	secret_free(&key2);
}

int main(void)
{
	RUN(key_stays);
	RUN(names_lead_apart);
	return REPORT();
}
