/*
 * A new master key for everything saved: what is read afterwards, what opens
 * it, who is in the way, and kill -9 before system calls on the way: each 29th,
 * or with the argument "all" each one.
 */
#include "store/rotate.h"

#include <sys/wait.h>

#include "store/catalog_priv.h"
#include "store/journal_priv.h"
#include "unit/journals.h"
#include "unit/killed.h"

enum { CONVS = 3, RECORDS = 12 };

static struct store s;
static struct id convs[CONVS];
static struct id deleted;
static size_t stride = 29;

/* Conversations of one segment and of two, a reserved one, a deleted one. */
static void fill(void)
{
	struct journal_with with = {s.vault, s.catalog, NULL, NULL};
	struct journal *j = NULL;
	size_t i;

	for (i = 0; i < CONVS; i++)
		convs[i] = make_conv(&s, RECORDS, 100 * i);
	/* A damaged end makes the next append begin a segment. */
	HOME_MUST(journal_open(&with, &convs[0], &j, NULL) == ST_OK);
	HOME_MUST(journal_read(j, NULL) == ST_OK);
	journal_last(j)->spoiled = true;
	for (i = 0; i < RECORDS; i++)
		HOME_MUST(append_number(j, (uint32_t)(RECORDS + i), 0, true,
				  NULL) == ST_OK);
	HOME_MUST(j->n == 2);
	journal_close(j);
	HOME_MUST(journal_open_reserved(&with, "keys", &j, NULL) == ST_OK);
	HOME_MUST(append_number(j, 5, 0, true, NULL) == ST_OK);
	journal_close(j);
	deleted = make_conv(&s, 1, 0);
	HOME_MUST(catalog_delete(s.catalog, &deleted, 1, NULL) == ST_OK);
	HOME_MUST(unlink(conv_file(&s, &deleted, 0)) == 0);
}

/* Everything is there, whole, in order, and known to the index. */
static void check_all(void)
{
	struct journal_with with = {s.vault, s.catalog, numbers_take, NULL};
	const struct catalog_entry *list = NULL;
	struct numbers k;
	struct journal_report report;
	struct journal *j = NULL;
	size_t n = 0;
	size_t i;

	for (i = 0; i < CONVS; i++) {
		uint32_t want = i == 0 ? 2 * RECORDS : RECORDS;

		CHECK_INT(read_conv(&s, &convs[i], true, &k, NULL, &report),
			ST_OK);
		CHECK_INT(k.n, want);
		CHECK(k.wrong == 0 && k.in_order && numbers_have(&k, 0, want));
		CHECK(!report.damaged);
	}
	numbers_init(&k);
	with.payload = &k;
	CHECK_INT(journal_open_reserved(&with, "keys", &j, NULL), ST_OK);
	CHECK_INT(journal_read(j, NULL), ST_OK);
	CHECK(k.n == 1 && k.seen[5]);
	journal_close(j);
	CHECK_INT(catalog_list(s.catalog, &list, &n, NULL), ST_OK);
	CHECK_INT(n, CONVS);
	for (i = 0; i < n; i++)
		CHECK(!list[i].damaged);
	CHECK(catalog_deleted(s.catalog, &deleted));
	CHECK_INT(catalog_notice(s.catalog).n, 0);
}

/* The anchors are those of the new files: a cut is noticed. */
static void check_anchor(void)
{
	struct numbers k;
	struct journal_report report;
	const char *path = conv_file(&s, &convs[1], 0);
	uint8_t *bytes;
	size_t n;

	bytes = load(path, &n);
	HOME_MUST(truncate(path, (off_t)(n - n % 8 - 8)) == 0);
	CHECK_INT(read_conv(&s, &convs[1], true, &k, NULL, &report), ST_OK);
	CHECK(report.damaged);
	home_write(path, bytes, n);
	free(bytes);
}

static enum status rotate(int file, struct err *err)
{
	struct rotate_report r;
	struct hold h;
	enum status st;

	rotate_report_init(&r);
	st = rotate_prepare(s.vault, s.catalog, &r, err);
	CHECK(st != ST_OK || r.damaged == 0);
	if (st == ST_OK)
		st = rotate_run(s.vault, hold(&h, NULL, file, 0), &r, err);
	if (st == ST_OK) {
		hold_free(&h);
		/* Of the first one two, the keys, and what was deleted. */
		CHECK_INT(r.segments, CONVS + 3);
		CHECK_INT(r.lost, 0);
	}
	rotate_report_release(&r);
	return st;
}

static void all_is_resealed(void)
{
	uint8_t *was;
	uint8_t *is;
	size_t was_n;
	size_t is_n;
	struct vault_info info;
	struct hold h;

	store_new(&s);
	HOME_MUST(vault_add_slot(s.vault, VAULT_PASSPHRASE,
			  hold(&h, "pass", 0, 0), &weak, NULL, NULL) == ST_OK);
	hold_free(&h);
	fill();
	check_all();
	was = load(conv_file(&s, &convs[1], 0), &was_n);
	CHECK_INT(rotate(7, NULL), ST_OK);
	CHECK_INT(vault_epoch(s.vault), 2);
	CHECK(!vault_rotating(s.vault));
	is = load(conv_file(&s, &convs[1], 0), &is_n);
	CHECK_INT(is_n, was_n);
	/* Nothing is as it was, the id of the segment included. */
	CHECK(memcmp(is + 48, was + 48, ID_LEN) != 0);
	CHECK(memcmp(is + 512, was + 512, 400) != 0);
	check_all();
	store_close(&s);
	store_open(&s);
	check_all();
	/* Only the slot whose secret was there is left. */
	vault_info(s.vault, &info);
	CHECK_INT(info.n, 1);
	CHECK_INT(info.slots[0].type, VAULT_KEYFILE);
	CHECK_INT(open_with(&s.home, "pass", 0, 0, NULL, NULL), ST_LOCKED);
	/* An old segment put back is none of this key. */
	home_write(conv_file(&s, &convs[1], 0), was, was_n);
	{
		struct numbers k;

		CHECK(read_conv(&s, &convs[1], true, &k, NULL, NULL) != ST_OK);
	}
	home_write(conv_file(&s, &convs[1], 0), is, is_n);
	check_anchor();
	check_all();
	/* And it can be written, and rotated again. */
	{
		struct journal_with with = {s.vault, s.catalog, NULL, NULL};
		struct journal *j = NULL;

		CHECK_INT(journal_open(&with, &convs[2], &j, NULL), ST_OK);
		CHECK_INT(append_number(j, 100, 0, true, NULL), ST_OK);
		journal_close(j);
	}
	CHECK_INT(rotate(7, NULL), ST_OK);
	CHECK_INT(vault_epoch(s.vault), 3);
	free(was);
	free(is);
	store_free(&s);
}

static void others_are_named(void)
{
	struct vault *other = NULL;
	struct err err = {0};
	char pid[32];
	int go[2];
	char c = 0;
	pid_t child;

	store_new(&s);
	fill();
	HOME_MUST(pipe(go) == 0);
	(void)fflush(stdout);
	child = fork();
	HOME_MUST(child >= 0);
	if (child == 0) {
		HOME_MUST(
			open_with(&s.home, NULL, 7, 0, &other, NULL) == ST_OK);
		HOME_MUST(write(go[1], &c, 1) == 1);
		for (;;)
			(void)pause();
	}
	HOME_MUST(read(go[0], &c, 1) == 1);
	CHECK_INT(rotate(7, &err), ST_BUSY);
	(void)snprintf(pid, sizeof(pid), "%ld", (long)child);
	CHECK(strstr(err.msg, pid) != NULL);
	CHECK_INT(vault_epoch(s.vault), 1);
	(void)kill(child, SIGKILL);
	(void)waitpid(child, NULL, 0);
	(void)close(go[0]);
	(void)close(go[1]);
	check_all();
	/* A secret that opens nothing changes nothing. */
	CHECK_INT(rotate(9, &err), ST_LOCKED);
	CHECK_INT(vault_epoch(s.vault), 1);
	CHECK_INT(rotate(7, NULL), ST_OK);
	check_all();
	store_free(&s);
}

static void other_devices_are_refused(void)
{
	struct err err = {0};
	const char *own;
	char *dot;
	char path[1024];
	uint8_t *bytes;
	size_t n;

	store_new(&s);
	fill();
	own = conv_file(&s, &convs[2], 0);
	(void)snprintf(path, sizeof(path), "%s", own);
	dot = strrchr(path, '.');
	dot[-6] = dot[-6] == '0' ? '1' : '0';
	bytes = load(own, &n);
	home_write(path, bytes, n);
	free(bytes);
	CHECK_INT(rotate(7, &err), ST_FAIL);
	CHECK(strstr(err.msg, "another device") != NULL);
	CHECK_INT(vault_epoch(s.vault), 1);
	(void)unlink(path);
	check_all();
	store_free(&s);
}

static void damage_is_told(void)
{
	struct rotate_report r;
	struct numbers k;
	struct journal_report report;
	const char *path;
	struct hold h;
	uint8_t *bytes;
	size_t n;

	store_new(&s);
	fill();
	path = conv_file(&s, &convs[2], 0);
	bytes = load(path, &n);
	bytes[n / 2] ^= 1;
	home_write(path, bytes, n);
	free(bytes);
	rotate_report_init(&r);
	CHECK_INT(rotate_prepare(s.vault, s.catalog, &r, NULL), ST_OK);
	CHECK_INT(r.damaged, 1);
	CHECK(r.text.len > 0);
	/* Who goes on in spite of it loses that record and no other. */
	CHECK_INT(rotate_run(s.vault, hold(&h, NULL, 7, 0), &r, NULL), ST_OK);
	hold_free(&h);
	CHECK_INT(r.lost, 1);
	rotate_report_release(&r);
	CHECK_INT(read_conv(&s, &convs[2], true, &k, NULL, &report), ST_OK);
	CHECK_INT(k.n, RECORDS - 1);
	CHECK(k.wrong == 0 && !report.damaged);
	store_free(&s);
}

/*
 * Kills. The home is put back as it was before each.
 */

static char snapshot[300];

static void copy_tree(const char *from, const char *to)
{
	pid_t pid = fork();
	int status = 0;

	HOME_MUST(pid >= 0);
	if (pid == 0) {
		(void)execlp("cp", "cp", "-a", from, to, (char *)NULL);
		_exit(9);
	}
	HOME_MUST(waitpid(pid, &status, 0) == pid && status == 0);
}

static bool work_rotate(void *payload)
{
	struct rotate_report r;
	struct hold h;
	enum status st;

	(void)payload;
	if (open_with(&s.home, NULL, 7, 0, &s.vault, NULL) != ST_OK ||
		catalog_open(s.vault, &s.catalog, NULL) != ST_OK)
		return false;
	rotate_report_init(&r);
	st = rotate_prepare(s.vault, s.catalog, &r, NULL);
	if (st == ST_OK)
		st = rotate_run(s.vault, hold(&h, NULL, 7, 0), &r, NULL);
	return st == ST_OK;
}

static bool work_finish(void *payload)
{
	struct rotate_report r;

	(void)payload;
	if (open_with(&s.home, NULL, 7, 0, &s.vault, NULL) != ST_OK)
		return false;
	rotate_report_init(&r);
	return rotate_finish(s.vault, &r, NULL) == ST_OK;
}

static void start_over(const char *from)
{
	char tail[320];

	home_remove(s.home.data);
	home_remove(s.home.state);
	(void)snprintf(tail, sizeof(tail), "%s/data", from);
	copy_tree(tail, s.home.root);
	(void)snprintf(tail, sizeof(tail), "%s/state", from);
	copy_tree(tail, s.home.root);
}

/* What is left opens, is finished, and lacks nothing. */
static void check_killed(bool done)
{
	struct rotate_report r;
	uint32_t epoch;

	CHECK_INT(open_with(&s.home, NULL, 7, 0, &s.vault, NULL), ST_OK);
	epoch = vault_epoch(s.vault);
	CHECK(epoch == 2 || (epoch == 1 && !done));
	CHECK(epoch == 2 || !vault_rotating(s.vault));
	rotate_report_init(&r);
	CHECK_INT(rotate_finish(s.vault, &r, NULL), ST_OK);
	CHECK(!vault_rotating(s.vault));
	rotate_report_release(&r);
	HOME_MUST(catalog_open(s.vault, &s.catalog, NULL) == ST_OK);
	check_all();
	store_close(&s);
	store_open(&s);
	check_all();
	store_close(&s);
}

static void killed_at_each_call(void)
{
	long n;
	int res = 1;
	char half[300];
	bool halfway = false;

	store_new(&s);
	fill();
	store_close(&s);
	(void)snprintf(snapshot, sizeof(snapshot), "%s/was", s.home.root);
	HOME_MUST(mkdir(snapshot, 0700) == 0);
	copy_tree(s.home.data, snapshot);
	copy_tree(s.home.state, snapshot);
	(void)snprintf(half, sizeof(half), "%s/half", s.home.root);
	for (n = 0; res == 1 && n < 5000; n += (long)stride) {
		int before = check_failures;

		start_over(snapshot);
		res = run_killed(work_rotate, NULL, n);
		if (res < 0) {
			printf("skipped: no tracing of processes here\n");
			goto out;
		}
		if (n >= 140 && !halfway) {
			halfway = true;
			/* Somewhere in the middle: for the second part. */
			HOME_MUST(mkdir(half, 0700) == 0);
			copy_tree(s.home.data, half);
			copy_tree(s.home.state, half);
		}
		check_killed(res == 0);
		if (check_failures != before)
			printf("after %ld calls\n", n);
	}
	CHECK(halfway);
	/* And the finishing is killed as well. */
	for (n = 0, res = 1; res == 1 && n < 5000; n += (long)stride) {
		int before = check_failures;

		start_over(half);
		res = run_killed(work_finish, NULL, n);
		check_killed(res == 0);
		if (check_failures != before)
			printf("finishing, after %ld calls\n", n);
	}
	CHECK(n > 20);
out:
	home_free(&s.home);
}

int main(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "all") == 0)
		stride = 1;
	/* Thousands of syncs: in memory where that can be had. */
	if (access("/dev/shm", W_OK) == 0)
		(void)setenv("TMPDIR", "/dev/shm", 0);
	RUN(all_is_resealed);
	RUN(others_are_named);
	RUN(other_devices_are_refused);
	RUN(damage_is_told);
	RUN(killed_at_each_call);
	return REPORT();
}
