/*
 * The vault under kill -9 before system calls that can change a file, and under
 * several processes at once. With the argument "all" it is killed before each
 * of those calls; without, before each third.
 */
#include <stdlib.h>
#include <sys/wait.h>

#include "store/vault_file.h"
#include "unit/check.h"
#include "unit/killed.h"
#include "unit/vault_secrets.h"

#define ATV "data/vault/vault.atv"
#define BAK "data/vault/vault.atv.bak"

static struct home home;
static long stride = 3;

/* What a child does; it ends with status 0 when all went well. */
typedef bool work_fn(const struct home *h, int which);

static bool run_work(void *payload)
{
	work_fn *const *fn = payload;

	return (*fn)(&home, 0);
}

static void start_over(const uint8_t *atv)
{
	home_remove(home.data);
	home_remove(home.state);
	if (atv == NULL)
		return;
	HOME_MUST(mkdir(home.data, 0700) == 0);
	HOME_MUST(mkdir(home_path(&home, "data/vault"), 0700) == 0);
	home_write(home_path(&home, ATV), atv, VAULT_FILE);
	home_write(home_path(&home, BAK), atv, VAULT_FILE);
	HOME_MUST(open_with(&home, "old", 0, 0, NULL, NULL) == ST_OK);
}

static bool same_copies(void)
{
	uint8_t a[VAULT_FILE];
	uint8_t b[VAULT_FILE];

	return home_read(home_path(&home, ATV), a, sizeof(a)) == VAULT_FILE &&
		home_read(home_path(&home, BAK), b, sizeof(b)) == VAULT_FILE &&
		memcmp(a, b, sizeof(a)) == 0;
}

/* Kills the work at every call; check() judges what is left, and is told when
 * the work was done. Returns how many kills there were, -1 when it cannot. */
static long kill_everywhere(
	const uint8_t *atv, work_fn *fn, void (*check)(bool done))
{
	long n = 0;

	for (;; n += stride) {
		int before = check_failures;
		int res;

		start_over(atv);
		res = run_killed(run_work, &fn, n);
		if (res < 0) {
			printf("skipped: no tracing of processes here\n");
			return -1;
		}
		check(res == 0);
		if (check_failures != before)
			printf("after %ld calls\n", n);
		if (res == 0 || n > 1000)
			return n;
	}
}

static bool work_create(const struct home *h, int which)
{
	(void)which;
	return make_with(h, "old", 0, 0) == ST_OK;
}

/* A lock is waited for five seconds, in which a busy machine may not get round
 * to all who want it. */
static enum status open_patiently(
	const struct home *h, const char *pass, struct vault **ret)
{
	enum status st;

	do
		st = open_with(h, pass, 0, 0, ret, NULL);
	while (st == ST_BUSY);
	return st;
}

static bool work_add(const struct home *h, int which)
{
	struct vault *v = NULL;
	const struct vault_secret *secret;
	struct hold s;
	enum status st;

	if (open_patiently(h, "old", &v) != ST_OK)
		return false;
	secret = hold(&s, NULL, 10 + which, 0);
	do
		st = vault_add_slot(
			v, VAULT_KEYFILE, secret, &weak, NULL, NULL);
	while (st == ST_BUSY);
	hold_free(&s);
	vault_close(v);
	return st == ST_OK;
}

static bool work_change(const struct home *h, int which)
{
	struct vault *v = NULL;
	struct hold old;
	struct hold neu;
	enum status st;

	(void)which;
	if (open_with(h, "old", 0, 0, &v, NULL) != ST_OK)
		return false;
	st = vault_change_secret(v, hold(&old, "old", 0, 0),
		hold(&neu, "new", 0, 0), &weak, NULL);
	hold_free(&old);
	hold_free(&neu);
	vault_close(v);
	return st == ST_OK;
}

static void check_created(bool done)
{
	enum status st = open_with(&home, "old", 0, 0, NULL, NULL);

	CHECK(st == ST_OK || (st == ST_NOT_FOUND && !done));
	CHECK_INT(make_with(&home, "old", 0, 0), ST_OK);
	CHECK(same_copies());
	CHECK(work_add(&home, 0));
	CHECK(access(home_path(&home, "data/vault/vault.atv.tmp"), F_OK) != 0);
}

static void check_added(bool done)
{
	enum status st;

	CHECK_INT(open_with(&home, "old", 0, 0, NULL, NULL), ST_OK);
	CHECK(same_copies());
	st = open_with(&home, NULL, 10, 0, NULL, NULL);
	CHECK(st == ST_OK || (st == ST_LOCKED && !done));
}

static void check_changed(bool done)
{
	enum status neu = open_with(&home, "new", 0, 0, NULL, NULL);
	enum status old = open_with(&home, "old", 0, 0, NULL, NULL);

	CHECK((neu == ST_OK && old == ST_LOCKED) ||
		(neu == ST_LOCKED && old == ST_OK && !done));
	/* So that the old one is not left in the copy. */
	CHECK(same_copies());
}

static uint8_t start_file[VAULT_FILE];

static void killed_at_creation(void)
{
	long n = kill_everywhere(NULL, work_create, check_created);

	CHECK(n < 0 || n > 20);
}

static void killed_at_adding(void)
{
	long n = kill_everywhere(start_file, work_add, check_added);

	CHECK(n < 0 || n > 25);
}

static void killed_at_changing(void)
{
	long n = kill_everywhere(start_file, work_change, check_changed);

	CHECK(n < 0 || n > 25);
}

/* The states between, put there by hand: they must hold without tracing. */
static void states_between(void)
{
	uint8_t next[VAULT_FILE];

	start_over(start_file);
	CHECK(work_change(&home, 0));
	HOME_MUST(home_read(home_path(&home, ATV), next, VAULT_FILE) ==
		VAULT_FILE);
	/* Half a temporary file. */
	start_over(start_file);
	home_write(home_path(&home, "data/vault/vault.atv.tmp"), next, 1000);
	check_changed(false);
	CHECK(work_change(&home, 0));
	check_changed(true);
	/* Only the first of the two is new. */
	start_over(start_file);
	home_write(home_path(&home, ATV), next, VAULT_FILE);
	check_changed(true);
	/* Created, and the copy is not there yet. */
	start_over(start_file);
	(void)unlink(home_path(&home, BAK));
	home_remove(home.state);
	check_created(true);
	/* Linked, and the temporary name not yet gone. */
	start_over(start_file);
	(void)unlink(home_path(&home, BAK));
	HOME_MUST(link(home_path(&home, ATV),
			  home_path(&home, "data/vault/vault.atv.tmp")) == 0);
	check_created(true);
}

/* Runs the work in n processes at once; whether all went well. */
static bool at_once(work_fn *fn, int n)
{
	bool good = true;
	int status;
	int go[2];
	char c;
	int i;

	(void)fflush(stdout);
	HOME_MUST(pipe(go) == 0);
	for (i = 0; i < n; i++) {
		pid_t pid = fork();

		HOME_MUST(pid >= 0);
		if (pid == 0) {
			/* All start when the parent closes its end. */
			(void)close(go[1]);
			if (read(go[0], &c, 1) != 0)
				_exit(9);
			_exit(fn(&home, i) ? 0 : 1);
		}
	}
	(void)close(go[0]);
	(void)close(go[1]);
	for (i = 0; i < n; i++) {
		HOME_MUST(wait(&status) > 0);
		good = good && status == 0;
	}
	return good;
}

/* Makes the vault and notes which one it got, and the device. */
static bool work_race(const struct home *h, int which)
{
	struct vault *v = NULL;
	struct hold s;
	const struct vault_secret *secret = hold(&s, "same", 0, 0);
	char name[32];
	uint8_t note[ID_LEN + BOX_KEY + VAULT_DEVICE];
	enum status st;

	do
		st = vault_create(&v, h->data, h->state, secret, &weak, NULL);
	while (st == ST_BUSY);
	hold_free(&s);
	if (st != ST_OK)
		return false;
	memcpy(note, vault_id(v)->b, ID_LEN);
	memcpy(note + ID_LEN, vault_index_key(v), BOX_KEY);
	if (vault_device(v, note + ID_LEN + BOX_KEY, NULL) != ST_OK)
		return false;
	(void)snprintf(name, sizeof(name), "note%d", which);
	home_write(home_path(h, name), note, sizeof(note));
	vault_close(v);
	return true;
}

static void created_at_once(void)
{
	enum { ROUNDS = 6, N = 8, NOTE = ID_LEN + BOX_KEY + VAULT_DEVICE };
	uint8_t first[NOTE];
	uint8_t note[NOTE];
	char name[32];
	int round;
	int i;

	for (round = 0; round < ROUNDS; round++) {
		start_over(NULL);
		CHECK(at_once(work_race, N));
		for (i = 0; i < N; i++) {
			(void)snprintf(name, sizeof(name), "note%d", i);
			CHECK_INT(home_read(home_path(&home, name),
					  i == 0 ? first : note, NOTE),
				NOTE);
			CHECK(i == 0 || memcmp(first, note, NOTE) == 0);
		}
		CHECK_INT(open_with(&home, "same", 0, 0, NULL, NULL), ST_OK);
		CHECK(same_copies());
	}
}

static bool work_add_or_read(const struct home *h, int which)
{
	int i;

	if (which < 6)
		return work_add(h, which);
	/* Readers meanwhile: no alarm about what is half changed. */
	for (i = 0; i < 20; i++)
		if (open_patiently(h, "old", NULL) != ST_OK)
			return false;
	return true;
}

static void changed_at_once(void)
{
	int i;

	start_over(start_file);
	CHECK(at_once(work_add_or_read, 8));
	for (i = 0; i < 6; i++)
		CHECK_INT(open_with(&home, NULL, 10 + i, 0, NULL, NULL), ST_OK);
	CHECK(same_copies());
}

int main(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "all") == 0)
		stride = 1;
	/* Thousands of syncs: in memory where that can be had. */
	if (access("/dev/shm", W_OK) == 0)
		(void)setenv("TMPDIR", "/dev/shm", 0);
	home_new(&home);
	HOME_MUST(make_with(&home, "old", 0, 0) == ST_OK);
	HOME_MUST(home_read(home_path(&home, ATV), start_file, VAULT_FILE) ==
		VAULT_FILE);
	RUN(states_between);
	RUN(killed_at_creation);
	RUN(killed_at_adding);
	RUN(killed_at_changing);
	RUN(created_at_once);
	RUN(changed_at_once);
	home_free(&home);
	return REPORT();
}
