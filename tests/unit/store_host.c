/*
 * File systems whose locks stay on this machine: statfs() is ours here and
 * calls every folder one of these, or none.
 */
#include "store/host.h"

#include <sys/utsname.h>
#include <sys/vfs.h>
#include <sys/wait.h>

#include "unit/check.h"
#include "unit/journals.h"

static long kind; /* what statfs() says */

int statfs(const char *path, struct statfs *ret)
{
	(void)path;
	memset(ret, 0, sizeof(*ret));
	ret->f_type = kind;
	return 0;
}

enum { LOCAL = 0xef53, NFS = 0x6969 };

static void test_kinds(void)
{
	kind = LOCAL;
	CHECK(host_remote("/") == NULL);
	kind = NFS;
	CHECK_STR(host_remote("/"), "NFS");
	kind = 0xff534d42;
	CHECK_STR(host_remote("/"), "CIFS");
	kind = 0x65735546;
	CHECK_STR(host_remote("/"), "FUSE");
}

static void test_enter(void)
{
	struct home home;
	struct err err;
	const char *path;
	char text[256];
	struct utsname u;
	int one = -1;
	int two = -1;
	size_t n;

	home_new(&home);
	path = home_path(&home, "vault.host");
	CHECK_INT(host_enter(path, &one, NULL), ST_OK);
	CHECK_INT(host_enter(path, &two, NULL), ST_OK);
	n = home_read(path, (uint8_t *)text, sizeof(text));
	HOME_MUST(uname(&u) == 0);
	CHECK(n > strlen(u.nodename) &&
		memcmp(text, u.nodename, strlen(u.nodename)) == 0);
	host_leave(path, one);
	CHECK(access(path, F_OK) == 0);
	host_leave(path, two);
	CHECK(access(path, F_OK) != 0);
	host_leave(path, -1);

	/* What a crash left is taken over; another machine's is not. */
	home_write(path, text, n);
	CHECK_INT(host_enter(path, &one, NULL), ST_OK);
	host_leave(path, one);
	CHECK(access(path, F_OK) != 0);
	home_write(path, "elsewhere 0123\n", 15);
	one = -1;
	CHECK_INT(host_enter(path, &one, &err), ST_BUSY);
	CHECK_INT(one, -1);
	CHECK(strstr(err.msg, "another machine (elsewhere)") != NULL);
	CHECK(strstr(err.msg, path) != NULL);
	CHECK(access(path, F_OK) == 0);
	home_free(&home);
}

/* A vault there says so once, and keeps another machine out. */
static void test_vault(void)
{
	struct store s;
	struct vault *other = NULL;
	struct err err;
	char path[1024];

	kind = NFS;
	HOME_MUST(box_init(NULL) == ST_OK);
	home_new(&s.home);
	HOME_MUST(make_with(&s.home, NULL, 7, 0) == ST_OK);
	(void)snprintf(path, sizeof(path), "%s",
		home_path(&s.home, "data/vault/vault.host"));
	CHECK(access(path, F_OK) != 0);
	store_open(&s);
	CHECK(access(path, F_OK) == 0);
	CHECK_INT(open_with(&s.home, NULL, 7, 0, &other, NULL), ST_OK);
	CHECK_INT(vault_notice(other).n, 0);
	vault_close(other);
	store_close(&s);
	CHECK(access(path, F_OK) != 0);
	home_write(path, "elsewhere 0123\n", 15);
	CHECK_INT(open_with(&s.home, NULL, 7, 0, NULL, &err), ST_BUSY);
	CHECK(strstr(err.msg, "elsewhere") != NULL);
	/* Who only looks needs no leave. */
	other = NULL;
	CHECK_INT(vault_open_reading(&other, s.home.data, s.home.state, NULL),
		ST_OK);
	vault_close(other);
	CHECK(access(path, F_OK) == 0);
	kind = LOCAL;
	CHECK_INT(open_with(&s.home, NULL, 7, 0, NULL, NULL), ST_OK);
	home_free(&s.home);
}

static void test_told_once(void)
{
	struct home home;
	struct vault *v = NULL;

	kind = LOCAL;
	home_new(&home);
	HOME_MUST(make_with(&home, NULL, 7, 0) == ST_OK);
	kind = NFS;
	CHECK_INT(open_with(&home, NULL, 7, 0, &v, NULL), ST_OK);
	CHECK(vault_notice(v).p != NULL &&
		strstr(vault_notice(v).p, "(NFS) whose locks") != NULL);
	vault_close(v);
	v = NULL;
	CHECK_INT(open_with(&home, NULL, 7, 0, &v, NULL), ST_OK);
	CHECK_INT(vault_notice(v).n, 0);
	vault_close(v);
	home_free(&home);
}

int main(void)
{
	RUN(test_kinds);
	RUN(test_enter);
	RUN(test_vault);
	RUN(test_told_once);
	return REPORT();
}
