#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "store/vault.h"
#include "unit/check.h"
#include "unit/home.h"

static bool says(const struct err *err, const char *what)
{
	if (strstr(err->msg, what) != NULL)
		return true;
	printf("no \"%s\" in: %s\n", what, err->msg);
	return false;
}

static void key_file(void)
{
	struct home h;
	struct secret a = {0};
	struct secret b = {0};
	struct err err = {0};
	struct stat sb;
	const char *path;

	home_new(&h);
	path = home_path(&h, "config/atllama/key");
	CHECK_INT(vault_keyfile_read(path, &a, &err), ST_NOT_FOUND);
	CHECK_INT(vault_keyfile_create(path, &err), ST_OK);
	CHECK(stat(path, &sb) == 0 && (sb.st_mode & 0777) == 0600);
	CHECK_INT(sb.st_size, 65);
	CHECK(stat(home_path(&h, "config/atllama"), &sb) == 0 &&
		(sb.st_mode & 0777) == 0700);
	CHECK(access(home_path(&h, "config/atllama/key.tmp"), F_OK) != 0);
	CHECK_INT(vault_keyfile_read(path, &a, &err), ST_OK);
	CHECK_INT(a.len, BOX_KEY);
	CHECK(!box_is_zero(a.p, a.len));
	CHECK_INT(vault_keyfile_create(path, &err), ST_OK);
	CHECK_INT(vault_keyfile_read(path, &b, &err), ST_OK);
	CHECK(memcmp(a.p, b.p, BOX_KEY) == 0);
	secret_free(&a);
	secret_free(&b);
	home_free(&h);
}

static void key_file_forms(void)
{
	static const char hex[] = "000102030405060708090a0b0c0d0e0f"
				  "101112131415161718191A1B1C1D1E1F\n\n";
	static const struct {
		size_t n;
		enum status st;
	} rows[] = {{0, ST_DAMAGED}, {31, ST_DAMAGED}, {33, ST_DAMAGED},
		{63, ST_DAMAGED}, {64, ST_OK}, {65, ST_OK}, {66, ST_DAMAGED}};
	struct home h;
	struct secret got = {0};
	struct err err = {0};
	const char *path;
	uint8_t raw[BOX_KEY];
	size_t i;

	home_new(&h);
	path = home_path(&h, "key");
	for (i = 0; i < sizeof(raw); i++)
		raw[i] = (uint8_t)i;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		home_write(path, hex, rows[i].n);
		CHECK_INT(vault_keyfile_read(path, &got, &err), rows[i].st);
		if (rows[i].st == ST_OK) {
			CHECK(memcmp(got.p, raw, sizeof(raw)) == 0);
			secret_free(&got);
		}
	}
	home_write(path, raw, sizeof(raw));
	CHECK_INT(vault_keyfile_read(path, &got, &err), ST_OK);
	CHECK(got.len == BOX_KEY && memcmp(got.p, raw, sizeof(raw)) == 0);
	secret_free(&got);
	home_write(path,
		"z00102030405060708090a0b0c0d0e0f"
		"101112131415161718191A1B1C1D1E1F",
		64);
	CHECK_INT(vault_keyfile_read(path, &got, &err), ST_DAMAGED);
	CHECK(strstr(err.msg, "z0010203") == NULL);
	home_free(&h);
}

static void key_file_unsafe(void)
{
	static const mode_t modes[] = {0640, 0604, 0620, 0660, 0644, 0601};
	struct home h;
	struct secret got = {0};
	struct err err = {0};
	const char *path;
	size_t i;

	home_new(&h);
	path = home_path(&h, "key");
	CHECK_INT(vault_keyfile_create(path, &err), ST_OK);
	for (i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		CHECK(chmod(path, modes[i]) == 0);
		CHECK_INT(vault_keyfile_read(path, &got, &err), ST_CONFIG);
		CHECK(says(&err, "chmod 600"));
	}
	CHECK(chmod(path, 0400) == 0);
	CHECK_INT(vault_keyfile_read(path, &got, &err), ST_OK);
	secret_free(&got);
	HOME_MUST(symlink("key", home_path(&h, "link")) == 0);
	CHECK_INT(vault_keyfile_read(home_path(&h, "link"), &got, &err),
		ST_CONFIG);
	CHECK(says(&err, "symbolic link"));
	/* What is there is never followed, nor replaced. */
	HOME_MUST(symlink("gone", home_path(&h, "dangling")) == 0);
	CHECK_INT(vault_keyfile_create(home_path(&h, "dangling"), &err), ST_OK);
	CHECK_INT(vault_keyfile_read(home_path(&h, "dangling"), &got, &err),
		ST_CONFIG);
	CHECK(access(home_path(&h, "gone"), F_OK) != 0);
	HOME_MUST(mkfifo(home_path(&h, "fifo"), 0600) == 0);
	CHECK_INT(vault_keyfile_read(home_path(&h, "fifo"), &got, &err),
		ST_CONFIG);
	HOME_MUST(mkdir(home_path(&h, "folder"), 0700) == 0);
	CHECK_INT(vault_keyfile_read(home_path(&h, "folder"), &got, &err),
		ST_CONFIG);
	CHECK(got.p == NULL);
	home_free(&h);
}

/* Eight processes that make it at once read the same key. */
static void key_file_race(void)
{
	enum { N = 8 };
	struct home h;
	const char *path;
	uint8_t keys[N][BOX_KEY];
	int fds[2];
	int status;
	int i;

	home_new(&h);
	path = home_path(&h, "config/key");
	HOME_MUST(pipe(fds) == 0);
	(void)fflush(stdout);
	for (i = 0; i < N; i++) {
		pid_t pid = fork();

		HOME_MUST(pid >= 0);
		if (pid == 0) {
			struct secret got = {0};

			if (vault_keyfile_create(path, NULL) != ST_OK ||
				vault_keyfile_read(path, &got, NULL) != ST_OK ||
				write(fds[1], got.p, BOX_KEY) != BOX_KEY)
				_exit(1);
			_exit(0);
		}
	}
	for (i = 0; i < N; i++) {
		CHECK(wait(&status) > 0);
		CHECK_INT(status, 0);
	}
	CHECK_INT(read(fds[0], keys, sizeof(keys)), sizeof(keys));
	for (i = 1; i < N; i++)
		CHECK(memcmp(keys[i], keys[0], BOX_KEY) == 0);
	(void)close(fds[0]);
	(void)close(fds[1]);
	home_free(&h);
}

static void recovery(void)
{
	struct secret key = {0};
	struct secret text = {0};
	struct secret back = {0};
	struct err err = {0};
	char typed[2 * VAULT_RECOVERY_TEXT];
	size_t n = 0;
	size_t i;

	CHECK_INT(vault_recovery_new(&key, &text, &err), ST_OK);
	CHECK_INT(text.len, VAULT_RECOVERY_TEXT);
	for (i = 0; i < text.len; i++)
		CHECK((i % 5 == 4) == (text.p[i] == '-'));
	CHECK_INT(vault_recovery_parse(secret_view(&text), &back, &err), ST_OK);
	CHECK(back.len == BOX_KEY && memcmp(back.p, key.p, BOX_KEY) == 0);
	secret_free(&back);
	/* As people type. */
	for (i = 0; i < text.len; i++) {
		char c = (char)text.p[i];

		if (c == '-')
			c = ' ';
		else if (c == '0')
			c = 'o';
		else if (c == '1')
			c = i % 2 == 0 ? 'l' : 'I';
		else if (c >= 'A')
			c = (char)(c - 'A' + 'a');
		typed[n++] = c;
		if (c == ' ' && i % 3 == 0)
			n--;
	}
	typed[n++] = '\n';
	CHECK_INT(vault_recovery_parse(span_of(typed, n), &back, &err), ST_OK);
	CHECK(memcmp(back.p, key.p, BOX_KEY) == 0);
	secret_free(&back);
	secret_free(&key);
	secret_free(&text);
}

/* A mistyped character is found, but for one in 16 million. */
static void recovery_mistyped(void)
{
	static const char digits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
	struct secret key = {0};
	struct secret text = {0};
	struct secret back = {0};
	struct err err = {0};
	size_t missed = 0;
	size_t i;
	size_t k;

	CHECK_INT(vault_recovery_new(&key, &text, &err), ST_OK);
	for (i = 0; i < text.len; i++) {
		uint8_t was = text.p[i];

		if (was == '-')
			continue;
		for (k = 0; k < 32; k++) {
			text.p[i] = (uint8_t)digits[k];
			if (text.p[i] == was)
				continue;
			if (vault_recovery_parse(secret_view(&text), &back,
				    &err) != ST_USAGE)
				missed++;
		}
		text.p[i] = was;
	}
	CHECK(missed <= 1);
	CHECK(says(&err, "mistyped"));
	text.len--;
	CHECK_INT(vault_recovery_parse(secret_view(&text), &back, &err),
		ST_USAGE);
	CHECK(says(&err, "these are 55"));
	text.p[2] = 'U';
	CHECK_INT(vault_recovery_parse(secret_view(&text), &back, &err),
		ST_USAGE);
	CHECK(says(&err, "character 3"));
	CHECK_INT(
		vault_recovery_parse(span_of(NULL, 0), &back, &err), ST_USAGE);
	secret_free(&key);
	secret_free(&text);
}

int main(void)
{
	RUN(key_file);
	RUN(key_file_forms);
	RUN(key_file_unsafe);
	RUN(key_file_race);
	RUN(recovery);
	RUN(recovery_mistyped);
	return REPORT();
}
