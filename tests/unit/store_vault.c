#include "store/vault.h"

#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/le.h"
#include "store/vault_file.h"
#include "store/vault_slot.h"
#include "unit/check.h"
#include "unit/vault_secrets.h"

#define ATV "data/vault/vault.atv"
#define BAK "data/vault/vault.atv.bak"

static bool says(const struct err *err, const char *what)
{
	if (strstr(err->msg, what) != NULL)
		return true;
	printf("no \"%s\" in: %s\n", what, err->msg);
	return false;
}

static void read_vault(const struct home *h, uint8_t ret[VAULT_FILE])
{
	CHECK_INT(home_read(home_path(h, ATV), ret, VAULT_FILE), VAULT_FILE);
}

/* Both files, so that none repairs the other. */
static void write_vault(const struct home *h, const uint8_t *p)
{
	home_write(home_path(h, ATV), p, VAULT_FILE);
	home_write(home_path(h, BAK), p, VAULT_FILE);
}

/* What anybody can do who has no key. */
static void fix_sum(uint8_t *p)
{
	struct span all = span_of(p, VF_SUM);

	box_hash(p + VF_SUM, BOX_HASH, span_of(NULL, 0), &all, 1);
}

static void nothing_there(void)
{
	struct home h;
	struct vault *v = NULL;
	struct err err = {0};
	struct stat sb;

	home_new(&h);
	CHECK_INT(vault_open(&v, h.data, h.state, &err), ST_NOT_FOUND);
	CHECK(v == NULL);
	/* Looking leaves no trace. */
	CHECK(stat(h.data, &sb) != 0);
	CHECK(stat(h.state, &sb) != 0);
	/* A place that cannot be looked at is not one without a vault. */
	CHECK_INT(symlink(h.data, h.data), 0);
	CHECK_INT(vault_open(&v, h.data, h.state, &err), ST_IO);
	CHECK(says(&err, "cannot look at"));
	CHECK(v == NULL);
	home_free(&h);
}

static void first_vault(void)
{
	struct home h;
	struct vault *v = NULL;
	struct vault_info info;
	struct hold s;
	struct err err = {0};
	struct stat sb;
	uint8_t one[VAULT_FILE];
	uint8_t two[VAULT_FILE];

	home_new(&h);
	CHECK_INT(vault_create(&v, h.data, h.state, hold(&s, "pass", 0, 0),
			  &weak, &err),
		ST_OK);
	CHECK(vault_unlocked(v));
	CHECK(vault_index_key(v) != NULL);
	CHECK_INT(vault_epoch(v), 1);
	CHECK(vault_notice(v).n == 0);
	vault_info(v, &info);
	CHECK_INT(info.n, 1);
	CHECK_INT(info.generation, 1);
	CHECK_INT(info.slots[0].type, VAULT_PASSPHRASE);
	CHECK_INT(info.slots[0].m_kib, 8);
	CHECK(info.slots[0].below_default);
	CHECK(info.slots[0].created_ms > 0);
	CHECK(stat(vault_dir(v), &sb) == 0 && (sb.st_mode & 0777) == 0700);
	CHECK(stat(vault_state(v), &sb) == 0 && (sb.st_mode & 0777) == 0700);
	CHECK(stat(home_path(&h, ATV), &sb) == 0 &&
		(sb.st_mode & 0777) == 0600);
	read_vault(&h, one);
	home_read(home_path(&h, BAK), two, sizeof(two));
	CHECK(memcmp(one, two, VAULT_FILE) == 0);
	CHECK(stat(home_path(&h, "data/vault/vault.atv.tmp"), &sb) != 0);
	vault_close(v);
	hold_free(&s);
	home_free(&h);
}

static void right_and_wrong(void)
{
	struct home h;
	struct err err = {0};

	home_new(&h);
	CHECK_INT(make_with(&h, "right", 0, 7), ST_OK);
	CHECK_INT(open_with(&h, "right", 0, 0, NULL, &err), ST_OK);
	CHECK_INT(open_with(&h, NULL, 0, 7, NULL, &err), ST_OK);
	CHECK_INT(open_with(&h, "wrong", 0, 0, NULL, &err), ST_LOCKED);
	CHECK(says(&err, "wrong passphrase"));
	CHECK_INT(open_with(&h, NULL, 0, 8, NULL, &err), ST_LOCKED);
	CHECK(says(&err, "wrong recovery code"));
	CHECK_INT(open_with(&h, NULL, 5, 0, NULL, &err), ST_LOCKED);
	CHECK(says(&err, "no such slot"));
	CHECK_INT(open_with(&h, NULL, 0, 0, NULL, &err), ST_LOCKED);
	CHECK(says(&err, "locked"));
	CHECK_INT(open_with(&h, "", 0, 0, NULL, &err), ST_LOCKED);
	/* A wrong code beside the right passphrase does no harm. */
	CHECK_INT(open_with(&h, "right", 0, 8, NULL, &err), ST_OK);
	home_free(&h);
}

static void key_file_slot(void)
{
	struct home h;
	struct err err = {0};

	home_new(&h);
	CHECK_INT(make_with(&h, NULL, 5, 0), ST_OK);
	CHECK_INT(open_with(&h, NULL, 5, 0, NULL, &err), ST_OK);
	CHECK_INT(open_with(&h, NULL, 6, 0, NULL, &err), ST_LOCKED);
	CHECK(says(&err, "wrong key file"));
	CHECK_INT(open_with(&h, "pass", 0, 0, NULL, &err), ST_LOCKED);
	/* One that also types a passphrase is not kept out. */
	CHECK_INT(open_with(&h, "pass", 5, 0, NULL, &err), ST_OK);
	home_free(&h);
}

static void both_together(void)
{
	struct home h;
	struct err err = {0};

	home_new(&h);
	CHECK_INT(make_with(&h, "pass", 5, 0), ST_OK);
	CHECK_INT(open_with(&h, "pass", 5, 0, NULL, &err), ST_OK);
	CHECK_INT(open_with(&h, "pass", 0, 0, NULL, &err), ST_LOCKED);
	CHECK_INT(open_with(&h, NULL, 5, 0, NULL, &err), ST_LOCKED);
	CHECK_INT(open_with(&h, "pass", 6, 0, NULL, &err), ST_LOCKED);
	CHECK_INT(open_with(&h, "wrong", 5, 0, NULL, &err), ST_LOCKED);
	CHECK(says(&err, "wrong passphrase and key file"));
	home_free(&h);
}

/* Composed and decomposed letters are the same passphrase; other bytes than
 * UTF-8 are taken as they are. */
static void composed_passphrase(void)
{
	struct home h;

	home_new(&h);
	CHECK_INT(make_with(&h, "sch\xc3\xb6n", 0, 0), ST_OK);
	CHECK_INT(open_with(&h, "scho\xcc\x88n", 0, 0, NULL, NULL), ST_OK);
	CHECK_INT(open_with(&h, "sch\xc3\xb6n", 0, 0, NULL, NULL), ST_OK);
	CHECK_INT(open_with(&h, "schon", 0, 0, NULL, NULL), ST_LOCKED);
	home_free(&h);
	home_new(&h);
	CHECK_INT(make_with(&h, "sch\xf6n", 0, 0), ST_OK);
	CHECK_INT(open_with(&h, "sch\xf6n", 0, 0, NULL, NULL), ST_OK);
	CHECK_INT(open_with(&h, "sch\xc3\xb6n", 0, 0, NULL, NULL), ST_LOCKED);
	home_free(&h);
}

/* Making one where there is one opens it, and does not write. */
static void made_twice(void)
{
	struct home h;
	uint8_t before[VAULT_FILE];
	uint8_t after[VAULT_FILE];
	struct vault *v = NULL;
	struct hold s;
	struct err err = {0};

	home_new(&h);
	CHECK_INT(make_with(&h, "one", 0, 0), ST_OK);
	read_vault(&h, before);
	CHECK_INT(make_with(&h, "one", 0, 0), ST_OK);
	CHECK_INT(vault_create(&v, h.data, h.state, hold(&s, "two", 0, 0),
			  &weak, &err),
		ST_LOCKED);
	CHECK(v == NULL);
	hold_free(&s);
	CHECK_INT(vault_create(&v, h.data, h.state, hold(&s, NULL, 0, 0), &weak,
			  &err),
		ST_LOCKED);
	hold_free(&s);
	read_vault(&h, after);
	CHECK(memcmp(before, after, VAULT_FILE) == 0);
	home_free(&h);
	home_new(&h);
	CHECK_INT(vault_create(&v, h.data, h.state, hold(&s, NULL, 0, 0), &weak,
			  &err),
		ST_USAGE);
	hold_free(&s);
	home_free(&h);
}

static void slots_come_and_go(void)
{
	struct home h;
	struct vault *v = NULL;
	struct vault_info info;
	struct hold s;
	struct err err = {0};
	struct id first;

	home_new(&h);
	CHECK_INT(make_with(&h, "one", 0, 0), ST_OK);
	CHECK_INT(open_with(&h, "one", 0, 0, &v, &err), ST_OK);
	vault_info(v, &info);
	first = info.slots[0].id;
	CHECK_INT(vault_remove_slot(v, &first, &err), ST_USAGE);
	CHECK(says(&err, "last key slot"));
	CHECK_INT(vault_add_slot(v, VAULT_KEYFILE, hold(&s, NULL, 5, 0), &weak,
			  "stick", &err),
		ST_OK);
	hold_free(&s);
	CHECK_INT(vault_add_slot(v, VAULT_RECOVERY, hold(&s, NULL, 0, 9), &weak,
			  NULL, &err),
		ST_OK);
	hold_free(&s);
	CHECK_INT(vault_remove_slot(v, &first, &err), ST_OK);
	CHECK_INT(vault_remove_slot(v, &first, &err), ST_NOT_FOUND);
	vault_info(v, &info);
	CHECK_INT(info.n, 2);
	CHECK_INT(info.generation, 4);
	CHECK_STR(info.slots[0].label, "stick");
	CHECK(vault_notice(v).n == 0);
	vault_close(v);
	CHECK_INT(open_with(&h, "one", 0, 0, NULL, &err), ST_LOCKED);
	CHECK_INT(open_with(&h, NULL, 5, 0, NULL, &err), ST_OK);
	CHECK_INT(open_with(&h, NULL, 0, 9, NULL, &err), ST_OK);
	home_free(&h);
}

static void eight_slots(void)
{
	struct home h;
	struct vault *v = NULL;
	struct hold s;
	struct err err = {0};
	int i;

	home_new(&h);
	CHECK_INT(make_with(&h, "one", 0, 0), ST_OK);
	CHECK_INT(open_with(&h, "one", 0, 0, &v, &err), ST_OK);
	for (i = 1; i <= VAULT_SLOTS; i++) {
		CHECK_INT(vault_add_slot(v, VAULT_KEYFILE, hold(&s, NULL, i, 0),
				  &weak, "", &err),
			i < VAULT_SLOTS ? ST_OK : ST_LIMIT);
		hold_free(&s);
	}
	vault_close(v);
	for (i = 1; i < VAULT_SLOTS; i++)
		CHECK_INT(open_with(&h, NULL, i, 0, NULL, &err), ST_OK);
	home_free(&h);
}

static void refused_slots(void)
{
	static const struct vault_params low = {.t = 1, .m_kib = 8};
	static const struct vault_params thin = {.t = 2, .m_kib = 65535};
	static const struct vault_params huge = {
		.t = 3, .m_kib = BOX_ARGON_KIB_MAX + 1, .allow_weak = true};
	static const struct vault_params slow = {
		.t = BOX_ARGON_T_MAX + 1, .m_kib = 8, .allow_weak = true};
	char label[VAULT_LABEL_MAX + 2];
	struct home h;
	struct vault *v = NULL;
	struct hold s;
	struct err err = {0};
	uint8_t before[VAULT_FILE];
	uint8_t after[VAULT_FILE];

	home_new(&h);
	CHECK_INT(make_with(&h, "one", 0, 0), ST_OK);
	CHECK_INT(open_with(&h, "one", 0, 0, &v, &err), ST_OK);
	read_vault(&h, before);
	(void)hold(&s, "two", 5, 0);
	CHECK_INT(vault_add_slot(v, VAULT_PASSPHRASE, &s.s, &low, NULL, &err),
		ST_USAGE);
	CHECK_INT(vault_add_slot(v, VAULT_PASSPHRASE, &s.s, &thin, NULL, &err),
		ST_USAGE);
	CHECK_INT(vault_add_slot(v, VAULT_BOTH, &s.s, &huge, NULL, &err),
		ST_USAGE);
	CHECK_INT(vault_add_slot(v, VAULT_BOTH, &s.s, &slow, NULL, &err),
		ST_USAGE);
	CHECK_INT(vault_add_slot(v, VAULT_RECOVERY, &s.s, &weak, NULL, &err),
		ST_USAGE);
	CHECK_INT(vault_add_slot(v, VAULT_KEYRING, &s.s, &weak, NULL, &err),
		ST_USAGE);
	CHECK_INT(vault_add_slot(v, VAULT_EMPTY, &s.s, &weak, NULL, &err),
		ST_USAGE);
	memset(label, 'x', sizeof(label) - 1);
	label[sizeof(label) - 1] = '\0';
	CHECK_INT(vault_add_slot(v, VAULT_KEYFILE, &s.s, &weak, label, &err),
		ST_USAGE);
	CHECK_INT(vault_add_slot(v, VAULT_KEYFILE, &s.s, &weak, "\xff", &err),
		ST_USAGE);
	CHECK_INT(vault_lock(v, &err), ST_OK);
	CHECK(!vault_unlocked(v));
	CHECK_INT(vault_add_slot(v, VAULT_KEYFILE, &s.s, &weak, "", &err),
		ST_LOCKED);
	read_vault(&h, after);
	CHECK(memcmp(before, after, VAULT_FILE) == 0);
	hold_free(&s);
	vault_close(v);
	home_free(&h);
}

static void changed_passphrase(void)
{
	struct home h;
	struct vault *v = NULL;
	struct hold old;
	struct hold neu;
	struct err err = {0};
	uint8_t index[BOX_KEY];
	uint8_t atv[VAULT_FILE];
	uint8_t bak[VAULT_FILE];

	home_new(&h);
	CHECK_INT(make_with(&h, "old", 0, 3), ST_OK);
	CHECK_INT(open_with(&h, "old", 0, 0, &v, &err), ST_OK);
	memcpy(index, vault_index_key(v), BOX_KEY);
	(void)hold(&old, "bad", 0, 0);
	(void)hold(&neu, "new", 0, 0);
	CHECK_INT(
		vault_change_secret(v, &old.s, &neu.s, &weak, &err), ST_LOCKED);
	hold_free(&old);
	(void)hold(&old, "old", 0, 0);
	CHECK_INT(vault_change_secret(v, &old.s, &neu.s, &weak, &err), ST_OK);
	hold_free(&old);
	hold_free(&neu);
	/* The copy is not left to the next unlocking. */
	read_vault(&h, atv);
	home_read(home_path(&h, BAK), bak, sizeof(bak));
	CHECK(memcmp(atv, bak, sizeof(atv)) == 0);
	vault_close(v);
	CHECK_INT(open_with(&h, "old", 0, 0, NULL, &err), ST_LOCKED);
	CHECK_INT(open_with(&h, NULL, 0, 3, NULL, &err), ST_OK);
	CHECK_INT(open_with(&h, "new", 0, 0, &v, &err), ST_OK);
	CHECK(memcmp(index, vault_index_key(v), BOX_KEY) == 0);
	vault_close(v);
	/* The copy has lost the old one as well. */
	home_read(home_path(&h, BAK), bak, sizeof(bak));
	home_write(home_path(&h, ATV), bak, VAULT_FILE - 1);
	CHECK_INT(open_with(&h, "old", 0, 0, NULL, &err), ST_LOCKED);
	CHECK_INT(open_with(&h, "new", 0, 0, NULL, &err), ST_OK);
	home_free(&h);
}

/* From a key file to a passphrase, and on to both. */
static void changed_kind(void)
{
	struct home h;
	struct vault *v = NULL;
	struct hold a;
	struct hold b;
	struct hold c;
	struct err err = {0};

	home_new(&h);
	CHECK_INT(make_with(&h, NULL, 5, 0), ST_OK);
	CHECK_INT(open_with(&h, NULL, 5, 0, &v, &err), ST_OK);
	(void)hold(&a, NULL, 5, 0);
	(void)hold(&b, "pass", 0, 0);
	(void)hold(&c, "pass", 6, 0);
	CHECK_INT(vault_change_secret(v, &a.s, &b.s, &weak, &err), ST_OK);
	CHECK_INT(open_with(&h, NULL, 5, 0, NULL, &err), ST_LOCKED);
	CHECK_INT(vault_change_secret(v, &b.s, &c.s, &weak, &err), ST_OK);
	CHECK_INT(open_with(&h, "pass", 0, 0, NULL, &err), ST_LOCKED);
	CHECK_INT(open_with(&h, "pass", 6, 0, NULL, &err), ST_OK);
	hold_free(&a);
	hold_free(&b);
	hold_free(&c);
	vault_close(v);
	home_free(&h);
}

/* Two processes with the vault open: the second change sees the first. */
static void changed_by_two(void)
{
	struct home h;
	struct vault *a = NULL;
	struct vault *b = NULL;
	struct vault_info info;
	struct hold s;
	struct err err = {0};

	home_new(&h);
	CHECK_INT(make_with(&h, "one", 0, 0), ST_OK);
	CHECK_INT(open_with(&h, "one", 0, 0, &a, &err), ST_OK);
	CHECK_INT(open_with(&h, "one", 0, 0, &b, &err), ST_OK);
	CHECK_INT(vault_add_slot(a, VAULT_KEYFILE, hold(&s, NULL, 1, 0), &weak,
			  NULL, &err),
		ST_OK);
	hold_free(&s);
	CHECK_INT(vault_add_slot(b, VAULT_KEYFILE, hold(&s, NULL, 2, 0), &weak,
			  NULL, &err),
		ST_OK);
	hold_free(&s);
	vault_info(b, &info);
	CHECK_INT(info.n, 3);
	CHECK_INT(info.generation, 3);
	/* a has seen generation 2; what is known is 3: no false alarm. */
	CHECK_INT(vault_unlock(a, hold(&s, NULL, 2, 0), &err), ST_OK);
	hold_free(&s);
	vault_close(a);
	vault_close(b);
	home_free(&h);
}

/* The lock itself is a test of store_disk. */
static void held_while_open(void)
{
	struct home h;
	struct vault *v = NULL;
	struct err err = {0};
	int fd;

	home_new(&h);
	CHECK_INT(make_with(&h, "one", 0, 0), ST_OK);
	CHECK_INT(vault_open(&v, h.data, h.state, &err), ST_OK);
	fd = open(home_path(&h, "data/vault/vault.lock"), O_RDWR | O_CLOEXEC);
	CHECK(flock(fd, LOCK_EX | LOCK_NB) != 0);
	CHECK(flock(fd, LOCK_SH | LOCK_NB) == 0);
	vault_close(v);
	CHECK(flock(fd, LOCK_EX | LOCK_NB) == 0);
	(void)close(fd);
	home_free(&h);
}

static void repaired_copies(void)
{
	struct home h;
	struct vault *v = NULL;
	struct err err = {0};
	uint8_t good[VAULT_FILE];
	uint8_t now[VAULT_FILE];
	const char *names[] = {ATV, BAK};
	size_t i;

	home_new(&h);
	CHECK_INT(make_with(&h, "one", 0, 0), ST_OK);
	read_vault(&h, good);
	for (i = 0; i < 2; i++) {
		/* gone, empty, short, bit rot, a directory's worth too long */
		(void)unlink(home_path(&h, names[i]));
		CHECK_INT(open_with(&h, "one", 0, 0, &v, &err), ST_OK);
		CHECK(vault_notice(v).n > 0);
		vault_close(v);
		home_read(home_path(&h, names[i]), now, sizeof(now));
		CHECK(memcmp(now, good, VAULT_FILE) == 0);
		home_write(home_path(&h, names[i]), "", 0);
		CHECK_INT(open_with(&h, "one", 0, 0, NULL, &err), ST_OK);
		home_write(home_path(&h, names[i]), good, 4000);
		CHECK_INT(open_with(&h, "one", 0, 0, NULL, &err), ST_OK);
		now[900] ^= 4;
		home_write(home_path(&h, names[i]), now, VAULT_FILE);
		CHECK_INT(open_with(&h, "one", 0, 0, NULL, &err), ST_OK);
		home_read(home_path(&h, names[i]), now, sizeof(now));
		CHECK(memcmp(now, good, VAULT_FILE) == 0);
	}
	/* A wrong passphrase repairs nothing. */
	(void)unlink(home_path(&h, BAK));
	CHECK_INT(open_with(&h, "two", 0, 0, NULL, &err), ST_LOCKED);
	CHECK(access(home_path(&h, BAK), F_OK) != 0);
	/* Without a whole one there is nothing to repair from. */
	home_write(home_path(&h, ATV), good, 4000);
	CHECK_INT(open_with(&h, "one", 0, 0, NULL, &err), ST_DAMAGED);
	(void)unlink(home_path(&h, ATV));
	home_write(home_path(&h, BAK), good, 4000);
	CHECK_INT(open_with(&h, "one", 0, 0, NULL, &err), ST_DAMAGED);
	CHECK_INT(make_with(&h, "one", 0, 0), ST_DAMAGED);
	home_free(&h);
}

/* The copy of another vault is not destroyed. */
static void foreign_copy(void)
{
	struct home h;
	struct home other;
	struct vault *v = NULL;
	struct err err = {0};
	uint8_t theirs[VAULT_FILE];
	uint8_t now[VAULT_FILE];

	home_new(&h);
	home_new(&other);
	CHECK_INT(make_with(&h, "one", 0, 0), ST_OK);
	CHECK_INT(make_with(&other, "two", 0, 0), ST_OK);
	read_vault(&other, theirs);
	home_write(home_path(&h, BAK), theirs, VAULT_FILE);
	CHECK_INT(open_with(&h, "one", 0, 0, &v, &err), ST_OK);
	CHECK(vault_notice(v).n > 0);
	vault_close(v);
	home_read(home_path(&h, BAK), now, sizeof(now));
	CHECK(memcmp(now, theirs, VAULT_FILE) == 0);
	home_free(&other);
	home_free(&h);
}

/* A folder that cannot be written is read all the same. */
static void read_only_child(void)
{
	struct home h;
	struct vault *v = NULL;
	struct err err = {0};

	home_new(&h);
	CHECK_INT(make_with(&h, "one", 0, 0), ST_OK);
	(void)unlink(home_path(&h, BAK));
	(void)unlink(home_path(&h, "data/vault/vault.lock"));
	(void)unlink(home_path(&h, "data/vault/vault.write"));
	home_remove(h.state);
	CHECK(chmod(home_path(&h, "data/vault"), 0500) == 0);
	CHECK(chmod(h.root, 0500) == 0);
	CHECK_INT(open_with(&h, "one", 0, 0, &v, &err), ST_OK);
	CHECK(vault_notice(v).n > 0);
	vault_close(v);
	CHECK(chmod(h.root, 0700) == 0);
	CHECK(chmod(home_path(&h, "data/vault"), 0700) == 0);
	home_free(&h);
}

/* Root may write everywhere, so a child gives that up. */
static void read_only_home(void)
{
	int status = 0;
	pid_t pid;

	(void)fflush(stdout);
	pid = fork();
	if (pid == 0) {
		check_failures = 0;
		if (geteuid() == 0 &&
			(setgid(65534) != 0 || setuid(65534) != 0)) {
			printf("skipped: cannot stop being root\n");
			(void)fflush(stdout);
			_exit(0);
		}
		read_only_child();
		(void)fflush(stdout);
		_exit(check_failures != 0);
	}
	CHECK(pid > 0);
	CHECK(waitpid(pid, &status, 0) == pid);
	CHECK_INT(status, 0);
}

/* Somebody swaps in a vault that the same secret opens. */
static void swapped_vault(void)
{
	struct home h;
	struct home evil;
	struct vault *v = NULL;
	struct err err = {0};
	uint8_t mine[VAULT_FILE];
	uint8_t theirs[VAULT_FILE];

	home_new(&h);
	home_new(&evil);
	CHECK_INT(make_with(&h, "one", 0, 0), ST_OK);
	CHECK_INT(make_with(&evil, "one", 0, 0), ST_OK);
	read_vault(&h, mine);
	read_vault(&evil, theirs);
	write_vault(&h, theirs);
	CHECK_INT(open_with(&h, "one", 0, 0, &v, &err), ST_DAMAGED);
	CHECK(v == NULL);
	CHECK(says(&err, "not the vault that this machine knows"));
	CHECK(says(&err, "/known"));
	write_vault(&h, mine);
	CHECK_INT(open_with(&h, "one", 0, 0, NULL, &err), ST_OK);
	/* On a machine that knows none, it is taken. */
	home_remove(h.state);
	write_vault(&h, theirs);
	CHECK_INT(open_with(&h, "one", 0, 0, NULL, &err), ST_OK);
	home_free(&evil);
	home_free(&h);
}

/* Swapped while it is open. */
static void swapped_when_open(void)
{
	struct home h;
	struct home evil;
	struct vault *v = NULL;
	struct hold s;
	struct err err = {0};
	uint8_t theirs[VAULT_FILE];

	home_new(&h);
	home_new(&evil);
	CHECK_INT(make_with(&h, "one", 0, 0), ST_OK);
	CHECK_INT(make_with(&evil, "one", 0, 0), ST_OK);
	CHECK_INT(open_with(&h, "one", 0, 0, &v, &err), ST_OK);
	read_vault(&evil, theirs);
	write_vault(&h, theirs);
	CHECK_INT(vault_add_slot(v, VAULT_KEYFILE, hold(&s, NULL, 1, 0), &weak,
			  NULL, &err),
		ST_DAMAGED);
	hold_free(&s);
	vault_close(v);
	home_free(&evil);
	home_free(&h);
}

/* The same id around another master key. */
static void same_name_other_key(void)
{
	struct home h;
	struct vault *v = NULL;
	struct vault_file f;
	struct vault_file mine;
	struct hold s;
	struct err err = {0};
	uint8_t bytes[VAULT_FILE];
	uint8_t mk[BOX_KEY] = {1};
	uint8_t mac_key[BOX_KEY];
	struct vault_slot slot;

	home_new(&h);
	CHECK_INT(make_with(&h, NULL, 5, 0), ST_OK);
	read_vault(&h, bytes);
	CHECK_INT(vault_file_parse(span_of(bytes, sizeof(bytes)), &mine, &err),
		ST_OK);
	/* A key slot needs no knowledge of the old key. */
	vault_file_init(&f, &mine.id);
	f.generation = 9;
	memcpy(vault_file_slot(&f, 0), vault_file_slot(&mine, 0), VS_LEN);
	CHECK(vault_slot_get(&f, 0, &slot));
	box_kdf(mac_key, "atlvlt01", 2, mk);
	vault_file_seal(&f, mac_key);
	write_vault(&h, f.raw);
	CHECK_INT(vault_open(&v, h.data, h.state, &err), ST_OK);
	CHECK_INT(vault_unlock(v, hold(&s, NULL, 5, 0), &err), ST_DAMAGED);
	CHECK(!vault_unlocked(v));
	hold_free(&s);
	vault_close(v);
	home_free(&h);
}

static void rolled_back(void)
{
	struct home h;
	struct vault *v = NULL;
	struct hold s;
	struct err err = {0};
	uint8_t old[VAULT_FILE];
	uint8_t newer[VAULT_FILE];

	home_new(&h);
	CHECK_INT(make_with(&h, "one", 0, 0), ST_OK);
	read_vault(&h, old);
	CHECK_INT(open_with(&h, "one", 0, 0, &v, &err), ST_OK);
	CHECK_INT(vault_add_slot(v, VAULT_KEYFILE, hold(&s, NULL, 1, 0), &weak,
			  NULL, &err),
		ST_OK);
	hold_free(&s);
	read_vault(&h, newer);
	write_vault(&h, old);
	/* While it is open, too. */
	CHECK_INT(vault_add_slot(v, VAULT_KEYFILE, hold(&s, NULL, 2, 0), &weak,
			  NULL, &err),
		ST_DAMAGED);
	hold_free(&s);
	vault_close(v);
	CHECK_INT(open_with(&h, "one", 0, 0, NULL, &err), ST_DAMAGED);
	CHECK(says(&err, "older"));
	CHECK(says(&err, "/known"));
	/* Even where nothing is known, a newer copy tells. */
	home_remove(h.state);
	home_write(home_path(&h, BAK), newer, VAULT_FILE);
	CHECK_INT(open_with(&h, "one", 0, 0, NULL, &err), ST_DAMAGED);
	home_write(home_path(&h, ATV), newer, VAULT_FILE);
	CHECK_INT(open_with(&h, "one", 0, 0, NULL, &err), ST_OK);
	home_free(&h);
}

/* A slot that somebody adds or swaps is found by the keyed sum. */
static void injected_slot(void)
{
	struct home h;
	struct err err = {0};
	uint8_t p[VAULT_FILE];

	home_new(&h);
	CHECK_INT(make_with(&h, "one", 0, 7), ST_OK);
	read_vault(&h, p);
	memcpy(p + VF_SLOTS + 2 * VS_LEN, p + VF_SLOTS, VS_LEN);
	fix_sum(p);
	write_vault(&h, p);
	CHECK_INT(open_with(&h, "one", 0, 0, NULL, &err), ST_DAMAGED);
	CHECK(says(&err, "does not hold its key"));
	home_free(&h);
}

static void damaged_slot(void)
{
	struct home h;
	struct err err = {0};
	uint8_t p[VAULT_FILE];

	home_new(&h);
	CHECK_INT(make_with(&h, "one", 0, 7), ST_OK);
	read_vault(&h, p);
	p[VF_SLOTS + VS_WRAPPED] ^= 1;
	fix_sum(p);
	write_vault(&h, p);
	CHECK_INT(open_with(&h, "one", 0, 0, NULL, &err), ST_DAMAGED);
	CHECK(says(&err, "the passphrase is right"));
	CHECK_INT(open_with(&h, "two", 0, 0, NULL, &err), ST_LOCKED);
	home_free(&h);
}

/* The cost is judged before anything is computed. */
static void costs_out_of_bounds(void)
{
	static const struct {
		uint32_t t;
		uint32_t m_kib;
		const char *says;
	} rows[] = {
		{1, 256 * 1024, "below the floor"},
		{3, 64 * 1024 - 1, "below the floor"},
		{3, 8, "below the floor"},
		{0, 256 * 1024, "out of all bounds"},
		{65, 256 * 1024, "out of all bounds"},
		{UINT32_MAX, 256 * 1024, "out of all bounds"},
		{3, 4 * 1024 * 1024 + 1, "out of all bounds"},
		{3, UINT32_MAX, "out of all bounds"},
		{3, 7, "out of all bounds"},
	};
	struct home h;
	struct vault *v = NULL;
	struct hold s;
	struct err err = {0};
	uint8_t p[VAULT_FILE];
	size_t i;

	home_new(&h);
	CHECK_INT(make_with(&h, "one", 0, 0), ST_OK);
	read_vault(&h, p);
	(void)hold(&s, "one", 0, 0);
	s.s.allow_kdf = false;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		le32_put(p + VF_SLOTS + VS_T, rows[i].t);
		le32_put(p + VF_SLOTS + VS_M, rows[i].m_kib);
		fix_sum(p);
		write_vault(&h, p);
		CHECK_INT(vault_open(&v, h.data, h.state, &err), ST_OK);
		CHECK_INT(vault_unlock(v, &s.s, &err), ST_USAGE);
		CHECK(says(&err, rows[i].says));
		vault_close(v);
	}
	hold_free(&s);
	home_free(&h);
}

static void later_versions(void)
{
	struct home h;
	struct vault *v = NULL;
	struct hold s;
	struct err err = {0};
	uint8_t p[VAULT_FILE];
	uint8_t q[VAULT_FILE];

	home_new(&h);
	CHECK_INT(make_with(&h, NULL, 5, 0), ST_OK);
	read_vault(&h, p);
	memcpy(q, p, sizeof(q));
	le16_put(q + VF_MAJOR, 2);
	fix_sum(q);
	/* Only one of the two: the older is no way around. */
	home_write(home_path(&h, ATV), q, VAULT_FILE);
	CHECK_INT(vault_open(&v, h.data, h.state, &err), ST_FAIL);
	CHECK(says(&err, "format 2.0"));
	CHECK(says(&err, "later atllama"));
	memcpy(q, p, sizeof(q));
	le16_put(q + VF_MINOR, 3);
	le16_put(q + VF_MIN_MINOR, 2);
	fix_sum(q);
	home_write(home_path(&h, ATV), q, VAULT_FILE);
	CHECK_INT(vault_open(&v, h.data, h.state, &err), ST_FAIL);
	CHECK(says(&err, "reads 1.2"));
	CHECK(v == NULL);
	/* A flipped bit in the version is damage, not the future. */
	memcpy(q, p, sizeof(q));
	q[VF_MAJOR] = 2;
	write_vault(&h, q);
	CHECK_INT(vault_open(&v, h.data, h.state, &err), ST_DAMAGED);
	write_vault(&h, p);
	(void)hold(&s, NULL, 5, 0);
	hold_free(&s);
	home_free(&h);
}

/* A vault of minor version 3 that may be read by 1.0: the slot of a kind we do
 * not know stays unused, ours opens, and nothing is rewritten. */
static void later_minor(void)
{
	struct home h;
	struct vault *v = NULL;
	struct vault_file f;
	struct vault_info info;
	struct hold s;
	struct err err = {0};
	uint8_t mk[BOX_KEY];
	uint8_t mac_key[BOX_KEY];
	struct id id;

	home_new(&h);
	box_random_id(&id);
	box_random(mk, sizeof(mk));
	vault_file_init(&f, &id);
	le16_put(f.raw + VF_MINOR, 3);
	f.generation = 1;
	(void)hold(&s, NULL, 5, 0);
	CHECK_INT(vault_slot_make(
			  &f, 1, VAULT_KEYFILE, &s.s, &weak, NULL, mk, &err),
		ST_OK);
	memset(vault_file_slot(&f, 0), 0x77, VS_LEN);
	memset(f.raw + VF_REST, 0x55, 84);
	box_kdf(mac_key, "atlvlt01", 2, mk);
	vault_file_seal(&f, mac_key);
	HOME_MUST(mkdir(h.data, 0700) == 0);
	HOME_MUST(mkdir(home_path(&h, "data/vault"), 0700) == 0);
	write_vault(&h, f.raw);
	CHECK_INT(open_with(&h, NULL, 5, 0, &v, &err), ST_OK);
	vault_info(v, &info);
	CHECK_INT(info.n, 1);
	CHECK_INT(vault_add_slot(v, VAULT_KEYFILE, &s.s, &weak, NULL, &err),
		ST_FAIL);
	CHECK(says(&err, "later version"));
	vault_close(v);
	hold_free(&s);
	home_free(&h);
}

static void damaged_memory_of_it(void)
{
	struct home h;
	struct vault *v = NULL;
	struct err err = {0};
	char known[600];
	uint8_t p[512];
	size_t n;

	home_new(&h);
	CHECK_INT(make_with(&h, "one", 0, 0), ST_OK);
	CHECK_INT(open_with(&h, "one", 0, 0, &v, &err), ST_OK);
	(void)snprintf(known, sizeof(known), "%s/known", vault_state(v));
	vault_close(v);
	n = home_read(known, p, sizeof(p));
	p[40] ^= 1;
	home_write(known, p, n);
	CHECK_INT(open_with(&h, "one", 0, 0, NULL, &err), ST_DAMAGED);
	CHECK(says(&err, known));
	(void)unlink(known);
	CHECK_INT(open_with(&h, "one", 0, 0, NULL, &err), ST_OK);
	CHECK(access(known, F_OK) == 0);
	home_free(&h);
}

/* A user who starts afresh is told, and not stopped. */
static void made_anew(void)
{
	struct home h;
	struct vault *v = NULL;
	struct hold s;
	struct err err = {0};

	home_new(&h);
	CHECK_INT(make_with(&h, "one", 0, 0), ST_OK);
	home_remove(h.data);
	CHECK_INT(vault_create(&v, h.data, h.state, hold(&s, "two", 0, 0),
			  &weak, &err),
		ST_OK);
	hold_free(&s);
	CHECK(vault_notice(v).n > 0);
	vault_close(v);
	CHECK_INT(open_with(&h, "two", 0, 0, NULL, &err), ST_OK);
	home_free(&h);
}

static void moved_home(void)
{
	struct home h;
	struct err err = {0};
	char other[400];

	home_new(&h);
	CHECK_INT(make_with(&h, "one", 0, 0), ST_OK);
	(void)snprintf(other, sizeof(other), "%s2", h.data);
	HOME_MUST(rename(h.data, other) == 0);
	memcpy(h.data, other, sizeof(h.data));
	CHECK_INT(open_with(&h, "one", 0, 0, NULL, &err), ST_OK);
	home_free(&h);
}

static void roots(void)
{
	struct home h;
	struct vault *v = NULL;
	struct secret a = {0};
	struct secret b = {0};
	struct err err = {0};
	uint8_t ad[VAULT_AD] = {1, 2, 3};
	uint8_t nonce[BOX_NONCE];
	uint8_t wrapped[VAULT_WRAPPED];
	size_t i;

	home_new(&h);
	CHECK_INT(make_with(&h, "one", 0, 0), ST_OK);
	CHECK_INT(vault_open(&v, h.data, h.state, &err), ST_OK);
	CHECK_INT(vault_new_root(v, ad, &a, &err), ST_LOCKED);
	CHECK(vault_index_key(v) == NULL);
	vault_close(v);
	CHECK_INT(open_with(&h, "one", 0, 0, &v, &err), ST_OK);
	CHECK_INT(vault_new_root(v, ad, &a, &err), ST_OK);
	CHECK_INT(vault_wrap_root(v, ad, a.p, nonce, wrapped, &err), ST_OK);
	CHECK_INT(vault_unwrap_root(v, 1, ad, nonce, wrapped, &b, &err), ST_OK);
	CHECK(a.len == BOX_KEY && b.len == BOX_KEY &&
		memcmp(a.p, b.p, BOX_KEY) == 0);
	secret_free(&b);
	CHECK_INT(vault_unwrap_root(v, 2, ad, nonce, wrapped, &b, &err),
		ST_LOCKED);
	for (i = 0; i < VAULT_AD; i++) {
		ad[i] ^= 0x80;
		CHECK_INT(vault_unwrap_root(v, 1, ad, nonce, wrapped, &b, &err),
			ST_DAMAGED);
		ad[i] ^= 0x80;
	}
	for (i = 0; i < VAULT_WRAPPED; i++) {
		wrapped[i] ^= 1;
		CHECK_INT(vault_unwrap_root(v, 1, ad, nonce, wrapped, &b, &err),
			ST_DAMAGED);
		wrapped[i] ^= 1;
	}
	CHECK(b.p == NULL);
	CHECK_INT(vault_new_root(v, ad, &b, &err), ST_OK);
	CHECK(memcmp(a.p, b.p, BOX_KEY) != 0);
	secret_free(&a);
	secret_free(&b);
	vault_close(v);
	home_free(&h);
}

static void device_ids(void)
{
	struct home h;
	struct vault *v = NULL;
	struct err err = {0};
	uint8_t a[VAULT_DEVICE] = {0};
	uint8_t b[VAULT_DEVICE] = {0};
	char path[600];

	home_new(&h);
	CHECK_INT(make_with(&h, "one", 0, 0), ST_OK);
	CHECK_INT(vault_open(&v, h.data, h.state, &err), ST_OK);
	CHECK_INT(vault_device(v, a, &err), ST_OK);
	CHECK_INT(vault_device(v, b, &err), ST_OK);
	CHECK(memcmp(a, b, sizeof(a)) == 0);
	CHECK(!box_is_zero(a, sizeof(a)));
	/* A damaged one is drawn anew, and not while one is in use: names of
	 * files and their headers have to agree. */
	(void)snprintf(path, sizeof(path), "%s/device", vault_state(v));
	home_write(path, "x", 1);
	CHECK_INT(vault_device(v, b, &err), ST_OK);
	CHECK(memcmp(a, b, sizeof(a)) == 0);
	vault_close(v);
	CHECK_INT(vault_open(&v, h.data, h.state, &err), ST_OK);
	CHECK_INT(vault_device(v, b, &err), ST_OK);
	CHECK(memcmp(a, b, sizeof(a)) != 0);
	vault_close(v);
	home_free(&h);
}

static void named_costs(void)
{
	struct vault_params p = {0};
	struct err err = {0};

	CHECK_INT(vault_params_named("default", &p, &err), ST_OK);
	CHECK_INT(p.m_kib, 256 * 1024);
	CHECK_INT(p.t, 3);
	CHECK_INT(vault_params_named("high", &p, &err), ST_OK);
	CHECK_INT(p.m_kib, 1024 * 1024);
	CHECK_INT(vault_params_named("low-memory", &p, &err), ST_OK);
	CHECK_INT(p.m_kib, 64 * 1024);
	CHECK_INT(vault_params_named("minimal", &p, &err), ST_OK);
	CHECK_INT(p.t, 2);
	CHECK(!p.allow_weak);
	CHECK_INT(vault_params_named("none", &p, &err), ST_USAGE);
	CHECK(says(&err, "low-memory"));
	p.t = 1;
	p.m_kib = 8;
	CHECK_INT(vault_params_tune(&p, &err), ST_OK);
	CHECK_INT(p.t, 10);
	CHECK_INT(p.m_kib, 8);
}

/* The floor itself works without any exception for tests. */
static void real_cost(void)
{
	struct vault_params p = {0};
	struct home h;
	struct vault *v = NULL;
	struct hold s;
	struct err err = {0};

	home_new(&h);
	CHECK_INT(vault_params_named("minimal", &p, &err), ST_OK);
	(void)hold(&s, "five words make it good", 0, 0);
	s.s.allow_kdf = false;
	CHECK_INT(vault_create(&v, h.data, h.state, &s.s, &p, &err), ST_OK);
	vault_close(v);
	v = NULL;
	CHECK_INT(vault_open(&v, h.data, h.state, &err), ST_OK);
	CHECK_INT(vault_unlock(v, &s.s, &err), ST_OK);
	vault_close(v);
	hold_free(&s);
	home_free(&h);
}

int main(void)
{
	RUN(nothing_there);
	RUN(first_vault);
	RUN(right_and_wrong);
	RUN(key_file_slot);
	RUN(both_together);
	RUN(composed_passphrase);
	RUN(made_twice);
	RUN(slots_come_and_go);
	RUN(eight_slots);
	RUN(refused_slots);
	RUN(changed_passphrase);
	RUN(changed_kind);
	RUN(changed_by_two);
	RUN(held_while_open);
	RUN(repaired_copies);
	RUN(foreign_copy);
	RUN(read_only_home);
	RUN(swapped_vault);
	RUN(swapped_when_open);
	RUN(same_name_other_key);
	RUN(rolled_back);
	RUN(injected_slot);
	RUN(damaged_slot);
	RUN(costs_out_of_bounds);
	RUN(later_versions);
	RUN(later_minor);
	RUN(damaged_memory_of_it);
	RUN(made_anew);
	RUN(moved_home);
	RUN(roots);
	RUN(device_ids);
	RUN(named_costs);
	RUN(real_cost);
	return REPORT();
}
