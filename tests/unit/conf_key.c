/* conf: keys from variables, files and commands. */
#include "unit/check.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "conf/key.h"

static char dir[] = "/tmp/atl-key-XXXXXX";

static char *path_of(const char *name)
{
	static char path[256];

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

static enum status get(struct keys *k, enum key_source source, const char *name,
	const char *want, struct err *err)
{
	struct key_ref ref = {source, name, false};
	const struct secret *key = NULL;
	enum status st = keys_get(k, &ref, &key, err);

	CHECK((st == ST_OK) == (want != NULL));
	CHECK(want == NULL || (key != NULL && span_is(secret_view(key), want)));
	return st;
}

static void variables(void)
{
	struct keys k;
	struct err err = {0};
	struct key_ref optional = {KEY_ENV, "ATL_TEST_NONE", true};
	const struct secret *key = NULL;

	keys_init(&k);
	CHECK(setenv("ATL_TEST_A", "\tabc def \n second line", 1) == 0);
	CHECK(setenv("ATL_TEST_B", "a\001b", 1) == 0);
	CHECK(setenv("ATL_TEST_C", "  \n", 1) == 0);
	CHECK_INT(get(&k, KEY_ENV, "ATL_TEST_A", "abc def", &err), ST_OK);
	CHECK(getenv("ATL_TEST_A") == NULL);
	CHECK_INT(get(&k, KEY_ENV, "ATL_TEST_A", "abc def", &err), ST_OK);
	CHECK_INT(get(&k, KEY_ENV, "ATL_TEST_B", NULL, &err), ST_CONFIG);
	CHECK_STR(err.msg, "ATL_TEST_B holds characters that no key has");
	CHECK_INT(get(&k, KEY_ENV, "ATL_TEST_C", NULL, &err), ST_CONFIG);
	CHECK_STR(err.msg, "no key: the variable ATL_TEST_C is not set");
	CHECK(setenv("ATL_TEST_D", "\"abc\"\r", 1) == 0);
	CHECK_INT(get(&k, KEY_ENV, "ATL_TEST_D", NULL, &err), ST_CONFIG);
	CHECK_STR(err.msg,
		"ATL_TEST_D is in quotes, which no key is; set it "
		"without them");
	CHECK_INT(keys_get(&k, &optional, &key, &err), ST_OK);
	CHECK(key == NULL);
	keys_release(&k);
	keys_release(&k);
	(void)unsetenv("ATL_TEST_B");
	(void)unsetenv("ATL_TEST_D");
}

static void files(void)
{
	struct keys k;
	struct err err = {0};
	char name[256];
	char link[256];
	struct key_ref ref = {KEY_FILE, name, false};
	bool other = false;

	keys_init(&k);
	(void)snprintf(name, sizeof(name), "%s", path_of("key"));
	(void)snprintf(link, sizeof(link), "%s", path_of("link"));
	CHECK_INT(file_replace(name, span_str("k1\n"), 0600, &err), ST_OK);
	CHECK(symlink(name, link) == 0);
	CHECK_INT(get(&k, KEY_FILE, name, "k1", &err), ST_OK);
	CHECK_INT(file_replace(name, span_str("k2\nx"), 0600, &err), ST_OK);
	CHECK_INT(get(&k, KEY_FILE, name, "k1", &err), ST_OK);
	CHECK_INT(keys_renew(&k, &ref, &other, &err), ST_OK);
	CHECK(other);
	CHECK_INT(get(&k, KEY_FILE, name, "k2", &err), ST_OK);
	CHECK_INT(keys_renew(&k, &ref, &other, &err), ST_OK);
	CHECK(!other);
	CHECK_INT(get(&k, KEY_FILE, link, NULL, &err), ST_CONFIG);
	CHECK_INT(get(&k, KEY_FILE, dir, NULL, &err), ST_CONFIG);
	CHECK(strstr(err.msg, "is not a regular file") != NULL);
	CHECK_INT(get(&k, KEY_FILE, path_of("absent"), NULL, &err), ST_CONFIG);
	CHECK(strstr(err.msg, "No such file") != NULL);
	CHECK(chmod(name, 0640) == 0);
	CHECK_INT(keys_renew(&k, &ref, &other, &err), ST_CONFIG);
	CHECK(strstr(err.msg, "chmod 600") != NULL);
	CHECK_INT(file_replace(name, span_str(""), 0600, &err), ST_OK);
	CHECK_INT(keys_renew(&k, &ref, &other, &err), ST_CONFIG);
	CHECK(strstr(err.msg, "is empty") != NULL);
	CHECK_INT(get(&k, KEY_FILE, name, "k2", &err), ST_OK);
	keys_release(&k);
	(void)unlink(name);
	(void)unlink(link);
}

static void a_file_too_large(void)
{
	struct keys k;
	struct err err = {0};
	struct buf b;
	size_t i;

	keys_init(&k);
	buf_init(&b, BUF_LARGE);
	for (i = 0; i < KEY_BYTES_MAX; i++)
		buf_char(&b, 'k');
	CHECK_INT(
		file_replace(path_of("big"), buf_view(&b), 0600, &err), ST_OK);
	CHECK_INT(get(&k, KEY_FILE, path_of("big"), NULL, &err), ST_CONFIG);
	CHECK(strstr(err.msg, "gives more than a key") != NULL);
	(void)unlink(path_of("big"));
	buf_release(&b);
	keys_release(&k);
}

static void commands(void)
{
	struct keys k;
	struct err err = {0};

	keys_init(&k);
	CHECK(setenv("LLAMA_API_KEY", "inherited", 1) == 0);
	CHECK(setenv("ATL_TEST_KEY", "mine", 1) == 0);
	CHECK(setenv("ATL_TEST_PLAIN", "plain", 1) == 0);
	CHECK_INT(get(&k, KEY_COMMAND, "echo from-command; echo more",
			  "from-command", &err),
		ST_OK);
	CHECK_INT(get(&k, KEY_ENV, "ATL_TEST_KEY", "mine", &err), ST_OK);
	CHECK_INT(get(&k, KEY_COMMAND,
			  "echo \"<$LLAMA_API_KEY$ATL_TEST_KEY>"
			  "$ATL_TEST_PLAIN\"",
			  "<>plain", &err),
		ST_OK);
	CHECK_INT(get(&k, KEY_COMMAND, "cat", NULL, &err), ST_CONFIG);
	CHECK_STR(err.msg, "no key: the command \"cat\" printed nothing");
	CHECK_INT(
		get(&k, KEY_COMMAND, "echo x; exit 3", NULL, &err), ST_CONFIG);
	CHECK_STR(err.msg,
		"key command \"echo x; exit 3\" failed with exit status 3");
	CHECK_INT(get(&k, KEY_COMMAND, "kill -9 $$", NULL, &err), ST_CONFIG);
	CHECK(strstr(err.msg, "killed by signal 9") != NULL);
	CHECK_INT(get(&k, KEY_COMMAND, "yes", NULL, &err), ST_CONFIG);
	CHECK(strstr(err.msg, "gives more than a key") != NULL);
	keys_release(&k);
	(void)unsetenv("LLAMA_API_KEY");
}

static enum status from_vault(
	const char *name, struct secret *ret, void *payload, struct err *err)
{
	int *calls = payload;

	(*calls)++;
	if (strcmp(name, "locked") == 0)
		return err_set(err, ST_LOCKED, "wrong passphrase");
	if (strcmp(name, "there") != 0)
		return err_set(err, ST_NOT_FOUND, "none");
	return secret_set(ret, "sk-vault", 8) ? ST_OK : err_nomem(err);
}

static void the_vault(void)
{
	struct key_ref ref = {KEY_VAULT, "there", false};
	const struct secret *s = NULL;
	struct err err = {0};
	struct keys k;
	bool other = true;
	int calls = 0;

	keys_init(&k);
	CHECK_INT(keys_get(&k, &ref, &s, &err), ST_CONFIG);
	k.vault = from_vault;
	k.vault_payload = &calls;
	CHECK_INT(keys_get(&k, &ref, &s, &err), ST_OK);
	CHECK(s != NULL && span_is(secret_view(s), "sk-vault"));
	CHECK_INT(keys_get(&k, &ref, &s, &err), ST_OK);
	CHECK_INT(calls, 1);
	CHECK_INT(keys_renew(&k, &ref, &other, &err), ST_OK);
	CHECK(!other);
	CHECK_INT(keys_get(&k, &ref, &s, &err), ST_OK);
	CHECK_INT(calls, 2);
	ref.name = "absent";
	CHECK_INT(keys_get(&k, &ref, &s, &err), ST_CONFIG);
	CHECK(strstr(err.msg, "atllama key set absent") != NULL);
	ref.name = "locked";
	CHECK_INT(keys_get(&k, &ref, &s, &err), ST_LOCKED);
	keys_release(&k);
}

static void none_is_none(void)
{
	bool other = true;
	struct keys k;
	struct err err = {0};
	struct key_ref none = {KEY_NONE, NULL, false};
	const struct secret *key = NULL;

	keys_init(&k);
	CHECK_INT(keys_get(&k, &none, &key, &err), ST_OK);
	CHECK(key == NULL);
	CHECK_INT(keys_renew(&k, &none, &other, NULL), ST_OK);
	CHECK(!other);
	keys_release(&k);
}

int main(void)
{
	if (mkdtemp(dir) == NULL)
		return 1;
	RUN(variables);
	RUN(files);
	RUN(a_file_too_large);
	RUN(commands);
	RUN(the_vault);
	RUN(none_is_none);
	(void)rmdir(dir);
	return REPORT();
}
