#include "store/keyring.h"

#include <time.h>

#include "base/clock.h"
#include "unit/check.h"
#include "unit/vault_secrets.h"

static struct id vault;
static uint8_t key[KEYRING_KEY];

static void kept_and_revoked(void)
{
	struct secret got = {0};
	struct err err = {0};
	uint8_t other[KEYRING_KEY] = {1};

	CHECK_INT(keyring_get(&vault, 1, &got, &err), ST_NOT_FOUND);
	CHECK_INT(keyring_put(&vault, 1, other, 60, &err), ST_OK);
	CHECK_INT(keyring_put(&vault, 1, key, 60, &err), ST_OK);
	CHECK_INT(keyring_get(&vault, 2, &got, &err), ST_NOT_FOUND);
	CHECK_INT(keyring_get(&vault, 1, &got, &err), ST_OK);
	CHECK(got.len == sizeof(key) && memcmp(got.p, key, sizeof(key)) == 0);
	secret_free(&got);
	CHECK_INT(keyring_revoke(&vault, 1, &err), ST_OK);
	CHECK_INT(keyring_get(&vault, 1, &got, &err), ST_NOT_FOUND);
	CHECK_INT(keyring_revoke(&vault, 1, &err), ST_OK);
	CHECK_INT(keyring_put(&vault, 1, key, 0, &err), ST_USAGE);
}

static void times_out(void)
{
	struct timespec wait = {0, 20 * 1000 * 1000};
	int64_t end_ms = clock_mono_ms() + 60000;
	struct secret got = {0};
	struct err err = {0};

	CHECK_INT(keyring_put(&vault, 7, key, 1, &err), ST_OK);
	while (keyring_get(&vault, 7, &got, &err) == ST_OK &&
		clock_mono_ms() < end_ms) {
		secret_free(&got);
		(void)nanosleep(&wait, NULL);
	}
	CHECK_INT(keyring_get(&vault, 7, &got, &err), ST_NOT_FOUND);
}

/* Use makes it last as long again. */
static void refreshed(void)
{
	struct timespec wait = {2, 700 * 1000 * 1000};
	struct secret got = {0};
	struct err err = {0};
	int64_t longest_ms = 0;
	int i;

	CHECK_INT(keyring_put(&vault, 8, key, 5, &err), ST_OK);
	for (i = 0; i < 2; i++) {
		int64_t from_ms = clock_mono_ms();
		int64_t took_ms;

		(void)nanosleep(&wait, NULL);
		keyring_refresh(&vault, 8);
		took_ms = clock_mono_ms() - from_ms;
		longest_ms = took_ms > longest_ms ? took_ms : longest_ms;
	}
	/* Unless this machine has slept for longer than was asked. */
	CHECK(keyring_get(&vault, 8, &got, &err) == ST_OK || longest_ms > 3900);
	secret_free(&got);
	CHECK_INT(keyring_revoke(&vault, 8, &err), ST_OK);
	keyring_refresh(&vault, 8);
	CHECK_INT(keyring_get(&vault, 8, &got, &err), ST_NOT_FOUND);
}

/* Unlocked from another process's cache; not after locking. */
static void cached_vault(void)
{
	struct home h;
	struct vault *a = NULL;
	struct vault *b = NULL;
	struct err err = {0};

	home_new(&h);
	CHECK_INT(make_with(&h, "one", 0, 0), ST_OK);
	CHECK_INT(vault_open(&b, h.data, h.state, &err), ST_OK);
	CHECK_INT(vault_cache(b, 60, &err), ST_LOCKED);
	CHECK_INT(vault_unlock_cached(b, &err), ST_NOT_FOUND);
	CHECK_INT(open_with(&h, "one", 0, 0, &a, &err), ST_OK);
	CHECK_INT(vault_cache(a, 60, &err), ST_OK);
	CHECK_INT(vault_unlock_cached(b, &err), ST_OK);
	CHECK(memcmp(vault_index_key(a), vault_index_key(b), BOX_KEY) == 0);
	CHECK_INT(vault_lock(b, &err), ST_OK);
	CHECK(vault_index_key(b) == NULL);
	CHECK_INT(vault_unlock_cached(b, &err), ST_NOT_FOUND);
	vault_close(a);
	vault_close(b);
	home_free(&h);
}

/* A cached key that is not the vault's opens nothing. */
static void wrong_cached_key(void)
{
	struct home h;
	struct vault *v = NULL;
	struct err err = {0};

	home_new(&h);
	CHECK_INT(make_with(&h, "one", 0, 0), ST_OK);
	CHECK_INT(vault_open(&v, h.data, h.state, &err), ST_OK);
	CHECK_INT(keyring_put(vault_id(v), 1, key, 60, &err), ST_OK);
	CHECK_INT(vault_unlock_cached(v, &err), ST_DAMAGED);
	CHECK(!vault_unlocked(v));
	CHECK_INT(vault_lock(v, &err), ST_OK);
	vault_close(v);
	home_free(&h);
}

int main(void)
{
	struct err err = {0};
	enum status st;

	CHECK_INT(box_init(NULL), ST_OK);
	box_random_id(&vault);
	box_random(key, sizeof(key));
	st = keyring_put(&vault, 0, key, 60, &err);
	if (st == ST_FAIL) {
		/* Containers often refuse; then revoking is no error. */
		CHECK_INT(keyring_revoke(&vault, 0, &err), ST_OK);
		printf("skipped: %s\n", err.msg);
		return REPORT();
	}
	CHECK_INT(keyring_revoke(&vault, 0, &err), ST_OK);
	RUN(kept_and_revoked);
	RUN(times_out);
	RUN(refreshed);
	RUN(cached_vault);
	RUN(wrong_cached_key);
	return REPORT();
}
