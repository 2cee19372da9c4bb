/*
 * API keys in the vault.
 */
#include "store/apikeys.h"

#include "unit/journals.h"

static struct store s;

static enum status set(const char *name, const char *key, struct err *err)
{
	struct secret k = {0};
	enum status st;

	if (key[0] != '\0')
		HOME_MUST(secret_set(&k, key, strlen(key)));
	st = apikeys_set(s.vault, s.catalog, name, &k, err);
	secret_free(&k);
	return st;
}

static bool has(const char *name, const char *want)
{
	struct secret k = {0};
	bool same;

	if (apikeys_get(s.vault, s.catalog, name, &k, NULL) != ST_OK)
		return want == NULL;
	same = want != NULL && span_is(secret_view(&k), want);
	secret_free(&k);
	return same;
}

static void last_one_counts(void)
{
	struct buf names;

	store_new(&s);
	buf_init(&names, BUF_SMALL);
	CHECK(has("one", NULL));
	CHECK_INT(apikeys_names(s.vault, s.catalog, &names, NULL), ST_OK);
	CHECK_INT(names.len, 0);
	CHECK_INT(set("one", "sk-first", NULL), ST_OK);
	CHECK_INT(set("two", "sk-other", NULL), ST_OK);
	CHECK_INT(set("one", "sk-second", NULL), ST_OK);
	CHECK(has("one", "sk-second"));
	CHECK(has("two", "sk-other"));
	store_close(&s);
	store_open(&s);
	CHECK(has("one", "sk-second"));
	CHECK_INT(apikeys_unset(s.vault, s.catalog, "one", NULL), ST_OK);
	CHECK_INT(apikeys_unset(s.vault, s.catalog, "one", NULL), ST_NOT_FOUND);
	CHECK(has("one", NULL));
	CHECK(has("two", "sk-other"));
	CHECK_INT(set("a.b-c_D", "x", NULL), ST_OK);
	CHECK_INT(apikeys_names(s.vault, s.catalog, &names, NULL), ST_OK);
	CHECK_STR(names.p, "a.b-c_D\ntwo\n");
	buf_release(&names);
	store_free(&s);
}

static void bad_ones_are_refused(void)
{
	char longest[APIKEY_NAME_MAX + 2];
	struct err err = {0};

	store_new(&s);
	CHECK_INT(set("", "k", &err), ST_USAGE);
	CHECK_INT(set("a b", "k", &err), ST_USAGE);
	CHECK_INT(set("../x", "k", &err), ST_USAGE);
	CHECK_INT(set("one", "", &err), ST_USAGE);
	memset(longest, 'n', sizeof(longest));
	longest[APIKEY_NAME_MAX + 1] = '\0';
	CHECK_INT(set(longest, "k", &err), ST_USAGE);
	longest[APIKEY_NAME_MAX] = '\0';
	CHECK_INT(set(longest, "k", &err), ST_OK);
	CHECK(has(longest, "k"));
	store_free(&s);
}

/* One whose last record is damaged is not taken for one that was not set. */
static void damage_is_told(void)
{
	uint8_t device[VAULT_DEVICE];
	char hex[2 * VAULT_DEVICE + 1];
	char tail[256];
	struct secret k = {0};
	uint8_t *bytes;
	size_t n;

	store_new(&s);
	CHECK_INT(set("one", "sk-first", NULL), ST_OK);
	HOME_MUST(vault_device(s.vault, device, NULL) == ST_OK);
	hex_encode(device, VAULT_DEVICE, hex);
	(void)snprintf(
		tail, sizeof(tail), "data/vault/s/keys.%s.0000.atj", hex);
	bytes = load(home_path(&s.home, tail), &n);
	bytes[n - 100] ^= 1;
	home_write(home_path(&s.home, tail), bytes, n);
	free(bytes);
	CHECK_INT(apikeys_get(s.vault, s.catalog, "one", &k, NULL), ST_DAMAGED);
	CHECK_INT(set("one", "sk-again", NULL), ST_OK);
	CHECK(has("one", "sk-again"));
	store_free(&s);
}

int main(void)
{
	RUN(last_one_counts);
	RUN(bad_ones_are_refused);
	RUN(damage_is_told);
	return REPORT();
}
