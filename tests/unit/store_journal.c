/* The journal over real files: what is appended is read, by whom it may be,
 * over whatever happened to the files between. */
#include "store/journal.h"

#include <errno.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "store/catalog_priv.h"
#include "store/journal_priv.h"
#include "store/segment.h"
#include "unit/journals.h"

#define COUNT 20

static void test_round_trip(void)
{
	struct store s;
	struct numbers k;
	struct journal_report rep;
	struct stat sb;
	struct id id;
	mode_t mask = umask(0777);

	umask(0);
	store_new(&s);
	id = make_conv(&s, COUNT, 10);
	umask(mask);
	CHECK_INT(read_conv(&s, &id, true, &k, NULL, &rep), ST_OK);
	CHECK_INT(k.n, COUNT);
	CHECK_INT(k.wrong, 0);
	CHECK(k.in_order && numbers_have(&k, 0, COUNT));
	CHECK(!rep.damaged);
	CHECK_INT(rep.text.len, 0);
	CHECK_INT(rep.records, COUNT);
	HOME_MUST(stat(conv_file(&s, &id, 0), &sb) == 0);
	CHECK_INT(sb.st_mode & 07777, 0600);
	HOME_MUST(stat(home_path(&s.home, "data/vault/c"), &sb) == 0);
	CHECK_INT(sb.st_mode & 07777, 0700);
	CHECK_INT(count_files(&s, "data/vault/quarantine"), 0);

	/* Another start of the program. */
	store_close(&s);
	store_open(&s);
	CHECK_INT(read_conv(&s, &id, true, &k, NULL, &rep), ST_OK);
	CHECK_INT(k.n, COUNT);
	store_free(&s);
}

static void test_nothing(void)
{
	struct store s;
	struct journal_with with;
	struct journal *j = NULL;
	struct id id = {{1, 2, 3}};
	struct err err;

	store_new(&s);
	with = (struct journal_with){s.vault, s.catalog, NULL, NULL};
	CHECK_INT(journal_open(&with, &id, &j, &err), ST_NOT_FOUND);
	CHECK(strstr(err.msg, "010203") != NULL);
	/* A conversation without a record has no file. */
	CHECK_INT(journal_create(&with, &id, &j, NULL), ST_OK);
	CHECK(id_eq(journal_id(j), &id));
	CHECK_INT(journal_read(j, NULL), ST_OK);
	journal_close(j);
	CHECK_INT(count_files(&s, "data/vault/c"), 0);
	CHECK_INT(journal_create(&with, &id, &j, NULL), ST_OK);
	CHECK_INT(append_number(j, 0, 0, true, NULL), ST_OK);
	journal_close(j);
	CHECK_INT(journal_create(&with, &id, &j, &err), ST_BUSY);
	journal_close(NULL);
	store_free(&s);
}

/* Two who have the same conversation open: each sees the other's records, once,
 * before its own append. */
static void test_two_handles(void)
{
	struct store s;
	struct numbers ka;
	struct numbers kb;
	struct journal *a = NULL;
	struct journal *b = NULL;
	struct id id;
	uint32_t i;

	store_new(&s);
	id = make_conv(&s, 1, 0);
	CHECK_INT(read_conv(&s, &id, true, &ka, &a, NULL), ST_OK);
	CHECK_INT(read_conv(&s, &id, true, &kb, &b, NULL), ST_OK);
	for (i = 1; i < 9; i++)
		CHECK_INT(append_number(
				  i % 2 ? a : b, i, i * 40, i % 3 == 0, NULL),
			ST_OK);
	CHECK_INT(journal_read(a, NULL), ST_OK);
	CHECK_INT(journal_read(b, NULL), ST_OK);
	for (i = 1; i < 9; i++) {
		CHECK_INT(ka.seen[i], i % 2 == 0);
		CHECK_INT(kb.seen[i], i % 2 == 1);
	}
	CHECK_INT(ka.twice + kb.twice + ka.wrong + kb.wrong, 0);
	CHECK(!journal_report(a)->damaged && !journal_report(b)->damaged);
	journal_close(a);
	journal_close(b);
	CHECK_INT(read_conv(&s, &id, true, &ka, NULL, NULL), ST_OK);
	CHECK_INT(ka.n, 9);
	CHECK(ka.in_order);
	store_free(&s);
}

/* A new conversation is written without reading what the index says of all
 * others, however many there are; they are there all the same. */
static void test_new_reads_no_index(void)
{
	struct store s;
	const struct catalog_entry *list;
	size_t n = 0;
	size_t i;

	store_new(&s);
	for (i = 0; i < 20; i++)
		(void)make_conv(&s, 2, 0);
	store_close(&s);
	store_open(&s);
	(void)make_conv(&s, 2, 0);
	CHECK_INT(s.catalog->n, 0);
	CHECK_INT(catalog_list(s.catalog, &list, &n, NULL), ST_OK);
	CHECK_INT(n, 21);
	CHECK_INT(s.catalog->n, 21);
	store_free(&s);
}

static void test_parts(void)
{
	struct store s;
	struct numbers k;
	struct journal *j = NULL;
	struct journal_report rep;
	struct id id;
	struct stat sb;

	store_new(&s);
	id = make_conv(&s, 1, 0);
	CHECK_INT(read_conv(&s, &id, true, &k, &j, NULL), ST_OK);
	CHECK_INT(append_number(j, 1, SEGMENT_PAYLOAD_MAX - 40, true, NULL),
		ST_OK);
	CHECK_INT(append_number(j, 2, SEGMENT_PAYLOAD_MAX, true, NULL), ST_OK);
	CHECK_INT(append_number(j, 3, (size_t)21 << 20, true, NULL), ST_OK);
	CHECK_INT(append_number(j, 4, 0, true, NULL), ST_OK);
	journal_close(j);
	HOME_MUST(stat(conv_file(&s, &id, 0), &sb) == 0);
	CHECK(sb.st_size < (off_t)60 << 20);
	CHECK_INT(read_conv(&s, &id, true, &k, NULL, &rep), ST_OK);
	CHECK_INT(k.n, 5);
	CHECK_INT(k.wrong, 0);
	CHECK(!rep.damaged);
	/* A piece that is lost costs its message and no other. */
	{
		int fd = open(conv_file(&s, &id, 0), O_WRONLY | O_CLOEXEC);

		HOME_MUST(fd >= 0);
		HOME_MUST(pwrite(fd, "x", 1, sb.st_size - (5 << 20)) == 1);
		(void)close(fd);
	}
	CHECK_INT(read_conv(&s, &id, true, &k, NULL, &rep), ST_OK);
	CHECK_INT(k.n, 4);
	CHECK(!k.seen[3] && k.seen[4]);
	CHECK(rep.damaged);
	store_free(&s);
}

/* A payload in two places is one when it is read, however it is cut. */
static void test_rest(void)
{
	static const size_t extras[] = {
		0, 70000, JOURNAL_PART - 100, JOURNAL_PART, (size_t)3 << 20};
	struct store s;
	struct numbers k;
	struct journal *j = NULL;
	struct journal_report rep;
	struct buf payload;
	struct id id;
	uint32_t n = 1;
	size_t i;

	store_new(&s);
	buf_init(&payload, BUF_LARGE);
	id = make_conv(&s, 1, 0);
	CHECK_INT(read_conv(&s, &id, true, &k, &j, NULL), ST_OK);
	for (i = 0; i < sizeof(extras) / sizeof(extras[0]); i++) {
		size_t at;

		for (at = 13; at <= extras[i] + 13; at = at * 40 + 1) {
			struct record r = number_record(n, extras[i], &payload);

			r.rest = span_of(r.payload.p + at, r.payload.n - at);
			r.payload.n = at;
			CHECK_INT(journal_append(j, &r, n % 2, NULL), ST_OK);
			n++;
		}
	}
	CHECK(n > 12);
	journal_close(j);
	CHECK_INT(read_conv(&s, &id, true, &k, NULL, &rep), ST_OK);
	CHECK_INT(k.n, n);
	CHECK_INT(k.wrong, 0);
	CHECK(k.in_order && !rep.damaged);
	buf_release(&payload);
	store_free(&s);
}

static void test_reserved(void)
{
	struct store s;
	struct journal_with with;
	struct journal *j = NULL;
	struct numbers k;
	const struct catalog_entry *list;
	size_t n = 0;
	int round;

	store_new(&s);
	with = (struct journal_with){s.vault, s.catalog, numbers_take, &k};
	for (round = 0; round < 3; round++) {
		numbers_init(&k);
		CHECK_INT(journal_open_reserved(&with, "history", &j, NULL),
			ST_OK);
		CHECK_INT(journal_read(j, NULL), ST_OK);
		CHECK_INT(k.n, round);
		CHECK_INT(append_number(j, (uint32_t)round, 0, false, NULL),
			ST_OK);
		journal_close(j);
	}
	CHECK_INT(count_files(&s, "data/vault/s"), 1);
	CHECK_INT(catalog_list(s.catalog, &list, &n, NULL), ST_OK);
	CHECK_INT(n, 0);
	CHECK_INT(journal_open_reserved(&with, "../x", &j, NULL), ST_USAGE);
	CHECK_INT(journal_open_reserved(&with, "", &j, NULL), ST_USAGE);
	store_free(&s);
}

static void shorten(const char *path, off_t by)
{
	struct stat sb;

	HOME_MUST(stat(path, &sb) == 0);
	HOME_MUST(truncate(path, sb.st_size - by) == 0);
}

/* Without the index: an append that was killed. It is set aside, and the
 * segment goes on. */
static void test_torn(void)
{
	struct store s;
	struct numbers k;
	struct journal *j = NULL;
	struct journal_report rep;
	struct id id;

	store_new(&s);
	id = make_conv(&s, COUNT, 300);
	shorten(conv_file(&s, &id, 0), 24);
	CHECK_INT(read_conv(&s, &id, false, &k, &j, &rep), ST_OK);
	CHECK_INT(k.n, COUNT - 1);
	CHECK(!rep.damaged && rep.torn > 0 && rep.lost == 0);
	CHECK_INT(count_files(&s, "data/vault/quarantine"), 0);
	CHECK_INT(append_number(j, COUNT, 0, true, NULL), ST_OK);
	journal_close(j);
	CHECK_INT(count_files(&s, "data/vault/quarantine"), 1);
	CHECK_INT(read_conv(&s, &id, false, &k, NULL, &rep), ST_OK);
	CHECK_INT(k.n, COUNT);
	CHECK(!rep.damaged && rep.torn == 0);
	CHECK(access(conv_file(&s, &id, 1), F_OK) != 0);
	store_free(&s);
}

/* The same cut where the index knows that the record was on the disk. */
static void test_cut_known(void)
{
	struct store s;
	struct numbers k;
	struct journal *j = NULL;
	struct journal_report rep;
	struct id id;
	size_t n;
	uint8_t *bytes;
	int at_end;

	for (at_end = 0; at_end < 2; at_end++) {
		store_new(&s);
		id = make_conv(&s, COUNT - 1, 0);
		CHECK_INT(read_conv(&s, &id, true, &k, &j, NULL), ST_OK);
		bytes = load(conv_file(&s, &id, 0), &n);
		free(bytes);
		CHECK_INT(append_number(j, COUNT - 1, 0, true, NULL), ST_OK);
		journal_close(j);
		HOME_MUST(truncate(conv_file(&s, &id, 0),
				  (off_t)n + (at_end ? 0 : 40)) == 0);
		CHECK_INT(read_conv(&s, &id, true, &k, &j, &rep), ST_OK);
		CHECK_INT(k.n, COUNT - 1);
		CHECK(rep.damaged);
		CHECK_INT(rep.lost, 1);
		CHECK(strstr(journal_report(j)->text.p,
			      "1 record is lost at the end") != NULL);
		/* Nothing is written to that segment any more. */
		CHECK_INT(append_number(j, COUNT, 0, true, NULL), ST_OK);
		journal_close(j);
		CHECK(access(conv_file(&s, &id, 1), F_OK) == 0);
		CHECK_INT(read_conv(&s, &id, true, &k, NULL, &rep), ST_OK);
		CHECK_INT(k.n, COUNT);
		CHECK(rep.damaged);
		store_free(&s);
	}
}

static void flip(const char *path, off_t at)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);
	uint8_t byte;

	HOME_MUST(fd >= 0);
	HOME_MUST(pread(fd, &byte, 1, at) == 1);
	byte ^= 4;
	HOME_MUST(pwrite(fd, &byte, 1, at) == 1);
	(void)close(fd);
}

/* Damage in the last record: told, kept, and the conversation goes on in a new
 * segment, however often it is opened. */
static void test_damaged_end(void)
{
	struct store s;
	struct numbers k;
	struct journal *j = NULL;
	struct journal_report rep;
	struct id id;
	struct stat sb;
	struct stat after;
	int round;

	store_new(&s);
	id = make_conv(&s, COUNT, 0);
	HOME_MUST(stat(conv_file(&s, &id, 0), &sb) == 0);
	flip(conv_file(&s, &id, 0), sb.st_size - 100);
	for (round = 0; round < 3; round++) {
		CHECK_INT(read_conv(&s, &id, round != 1, &k, &j, &rep), ST_OK);
		CHECK_INT(k.n, COUNT - 1 + round);
		CHECK(rep.damaged);
		CHECK_INT(rep.lost, 1);
		CHECK_INT(append_number(
				  j, (uint32_t)(COUNT + round), 0, true, NULL),
			ST_OK);
		journal_close(j);
	}
	HOME_MUST(stat(conv_file(&s, &id, 0), &after) == 0);
	CHECK_INT(after.st_size, sb.st_size);
	CHECK(access(conv_file(&s, &id, 2), F_OK) != 0);
	CHECK_INT(count_files(&s, "data/vault/quarantine"), 0);
	store_free(&s);
}

static void test_damaged_middle(void)
{
	struct store s;
	struct numbers k;
	struct journal *j = NULL;
	struct journal_report rep;
	struct id id;

	store_new(&s);
	id = make_conv(&s, COUNT, 0);
	flip(conv_file(&s, &id, 0), 512 + 3 * 208 + 60);
	CHECK_INT(read_conv(&s, &id, true, &k, &j, &rep), ST_OK);
	CHECK_INT(k.n, COUNT - 1);
	CHECK(rep.damaged && rep.lost == 1);
	CHECK(strstr(journal_report(j)->text.p, "1 record is lost before") !=
		NULL);
	journal_close(j);
	store_free(&s);
}

/* Both copies of the header gone: the index has a third. */
static void test_header(void)
{
	static const uint8_t zeros[SEGMENT_HEADER];
	struct store s;
	struct numbers k;
	struct journal_report rep;
	struct id id;
	int fd;

	store_new(&s);
	id = make_conv(&s, COUNT, 0);
	fd = open(conv_file(&s, &id, 0), O_WRONLY | O_CLOEXEC);
	HOME_MUST(fd >= 0);
	HOME_MUST(pwrite(fd, zeros, sizeof(zeros), 0) == sizeof(zeros));
	(void)close(fd);
	CHECK_INT(read_conv(&s, &id, true, &k, NULL, &rep), ST_OK);
	CHECK_INT(k.n, COUNT);
	CHECK(rep.damaged);
	CHECK_INT(read_conv(&s, &id, false, &k, NULL, &rep), ST_DAMAGED);
	store_free(&s);
}

/* The file of another conversation in its place, and an older copy of it. */
static void test_foreign(void)
{
	struct store s;
	struct numbers k;
	struct journal_report rep;
	struct id a;
	struct id b;
	uint8_t *bytes;
	size_t n;

	store_new(&s);
	a = make_conv(&s, COUNT, 0);
	b = make_conv(&s, 5, 0);
	bytes = load(conv_file(&s, &b, 0), &n);
	home_write(conv_file(&s, &a, 0), bytes, n);
	free(bytes);
	CHECK_INT(read_conv(&s, &a, false, &k, NULL, &rep), ST_DAMAGED);
	store_free(&s);
}

static void test_rollback(void)
{
	struct store s;
	struct numbers k;
	struct journal *j = NULL;
	struct journal_report rep;
	struct id id;
	uint8_t *bytes;
	size_t n;

	store_new(&s);
	id = make_conv(&s, 5, 0);
	bytes = load(conv_file(&s, &id, 0), &n);
	CHECK_INT(read_conv(&s, &id, true, &k, &j, NULL), ST_OK);
	CHECK_INT(append_number(j, 5, 0, true, NULL), ST_OK);
	CHECK_INT(append_number(j, 6, 0, true, NULL), ST_OK);
	journal_close(j);
	home_write(conv_file(&s, &id, 0), bytes, n);
	free(bytes);
	CHECK_INT(read_conv(&s, &id, true, &k, NULL, &rep), ST_OK);
	CHECK_INT(k.n, 5);
	CHECK(rep.damaged);
	CHECK_INT(rep.lost, 2);
	store_free(&s);
}

static void test_deleted_elsewhere(void)
{
	struct store s;
	struct numbers k;
	struct journal *j = NULL;
	struct id id;
	struct err err;

	store_new(&s);
	id = make_conv(&s, 3, 0);
	CHECK_INT(read_conv(&s, &id, true, &k, &j, NULL), ST_OK);
	HOME_MUST(unlink(conv_file(&s, &id, 0)) == 0);
	CHECK_INT(append_number(j, 3, 0, true, &err), ST_NOT_FOUND);
	CHECK(strstr(err.msg, "deleted") != NULL);
	CHECK_INT(journal_read(j, &err), ST_NOT_FOUND);
	journal_close(j);
	store_free(&s);
}

/* Rewritten by another process: read anew, and the append goes to the new
 * file. */
static void test_replaced(void)
{
	struct store s;
	struct numbers k;
	struct journal *j = NULL;
	struct id id;
	uint8_t *bytes;
	char tmp[1100];
	size_t n;

	store_new(&s);
	id = make_conv(&s, 4, 0);
	CHECK_INT(read_conv(&s, &id, true, &k, &j, NULL), ST_OK);
	bytes = load(conv_file(&s, &id, 0), &n);
	(void)snprintf(tmp, sizeof(tmp), "%s.x", conv_file(&s, &id, 0));
	home_write(tmp, bytes, n);
	free(bytes);
	HOME_MUST(rename(tmp, conv_file(&s, &id, 0)) == 0);
	CHECK_INT(append_number(j, 4, 0, true, NULL), ST_OK);
	CHECK_INT(k.twice, 4);
	journal_close(j);
	CHECK_INT(read_conv(&s, &id, true, &k, NULL, NULL), ST_OK);
	CHECK_INT(k.n, 5);
	store_free(&s);
}

/* The last record taken back and another of the same length written, while we
 * had read the first. */
static void test_taken_back(void)
{
	struct store s;
	struct numbers ka;
	struct numbers kb;
	struct journal *a = NULL;
	struct journal *b = NULL;
	struct journal_report rep;
	struct stat sb;
	struct id id;

	store_new(&s);
	id = make_conv(&s, 3, 0);
	HOME_MUST(stat(conv_file(&s, &id, 0), &sb) == 0);
	CHECK_INT(read_conv(&s, &id, false, &ka, &a, NULL), ST_OK);
	CHECK_INT(append_number(a, 3, 0, false, NULL), ST_OK);
	HOME_MUST(truncate(conv_file(&s, &id, 0), sb.st_size) == 0);
	CHECK_INT(read_conv(&s, &id, false, &kb, &b, NULL), ST_OK);
	CHECK_INT(append_number(b, 4, 0, true, NULL), ST_OK);
	CHECK_INT(append_number(a, 5, 0, true, NULL), ST_OK);
	CHECK(ka.seen[4]);
	journal_close(a);
	journal_close(b);
	CHECK_INT(read_conv(&s, &id, false, &ka, NULL, &rep), ST_OK);
	CHECK_INT(ka.n, 5);
	CHECK(!rep.damaged);
	store_free(&s);
}

/* No room: the record is refused, the file is as before, and when there is room
 * again it goes on. */
static void no_room(size_t room, size_t extra)
{
	struct store s;
	struct numbers k;
	struct journal *j = NULL;
	struct journal_report rep;
	struct rlimit old;
	struct rlimit tight;
	struct stat sb;
	struct stat after;
	struct id id;
	struct err err;

	store_new(&s);
	(void)signal(SIGXFSZ, SIG_IGN);
	id = make_conv(&s, 3, 0);
	CHECK_INT(read_conv(&s, &id, true, &k, &j, NULL), ST_OK);
	HOME_MUST(stat(conv_file(&s, &id, 0), &sb) == 0);
	HOME_MUST(getrlimit(RLIMIT_FSIZE, &old) == 0);
	tight = old;
	tight.rlim_cur = (rlim_t)(sb.st_size + (off_t)room);
	HOME_MUST(setrlimit(RLIMIT_FSIZE, &tight) == 0);
	CHECK_INT(append_number(j, 3, extra, true, &err), ST_IO);
	CHECK_INT(err.sys, EFBIG);
	HOME_MUST(setrlimit(RLIMIT_FSIZE, &old) == 0);
	HOME_MUST(stat(conv_file(&s, &id, 0), &after) == 0);
	CHECK_INT(after.st_size, sb.st_size);
	CHECK_INT(append_number(j, 3, extra, true, &err), ST_OK);
	journal_close(j);
	CHECK_INT(read_conv(&s, &id, true, &k, NULL, &rep), ST_OK);
	CHECK_INT(k.n, 4);
	CHECK(!rep.damaged && rep.torn == 0);
	store_free(&s);
}

static void test_no_room(void)
{
	no_room(100, 1000);
	/* Some of its pieces fit. */
	no_room((size_t)5 << 19, (size_t)4 << 20);
}

/* A home that cannot be written is still read. Root may write everywhere. */
static void test_read_only(void)
{
	struct store s;
	struct numbers k;
	struct journal *j = NULL;
	struct id id;
	struct err err;
	char dir[1100];

	if (geteuid() == 0)
		return;
	store_new(&s);
	id = make_conv(&s, 3, 0);
	(void)snprintf(dir, sizeof(dir), "%s", conv_file(&s, &id, 0));
	*strrchr(dir, '/') = '\0';
	HOME_MUST(chmod(conv_file(&s, &id, 0), 0400) == 0);
	HOME_MUST(chmod(dir, 0500) == 0);
	CHECK_INT(read_conv(&s, &id, true, &k, &j, NULL), ST_OK);
	CHECK_INT(k.n, 3);
	CHECK_INT(append_number(j, 3, 0, true, &err), ST_IO);
	journal_close(j);
	HOME_MUST(chmod(dir, 0700) == 0);
	store_free(&s);
}

/* Who holds the lock is named. Five seconds are too long for this test: the
 * child lets go, and the append is only slower. */
static void test_busy(void)
{
	struct store s;
	struct numbers k;
	struct journal *j = NULL;
	struct id id;
	int fd;
	int ready[2];
	char c;
	pid_t pid;

	store_new(&s);
	id = make_conv(&s, 3, 0);
	CHECK_INT(read_conv(&s, &id, true, &k, &j, NULL), ST_OK);
	HOME_MUST(pipe(ready) == 0);
	pid = fork();
	HOME_MUST(pid >= 0);
	if (pid == 0) {
		fd = open(conv_file(&s, &id, 0), O_RDONLY | O_CLOEXEC);
		if (fd < 0 || flock(fd, LOCK_EX) != 0 ||
			write(ready[1], "r", 1) != 1)
			_exit(1);
		(void)usleep(150 * 1000);
		_exit(0);
	}
	HOME_MUST(read(ready[0], &c, 1) == 1);
	CHECK_INT(append_number(j, 3, 0, true, NULL), ST_OK);
	HOME_MUST(waitpid(pid, NULL, 0) == pid);
	(void)close(ready[0]);
	(void)close(ready[1]);
	journal_close(j);
	store_free(&s);
}

/* A segment whose file is gone. */
static void test_missing_segment(void)
{
	struct store s;
	struct numbers k;
	struct journal *j = NULL;
	struct journal_report rep;
	struct stat sb;
	struct id id;

	store_new(&s);
	id = make_conv(&s, COUNT, 0);
	HOME_MUST(stat(conv_file(&s, &id, 0), &sb) == 0);
	flip(conv_file(&s, &id, 0), sb.st_size - 100);
	CHECK_INT(read_conv(&s, &id, true, &k, &j, NULL), ST_OK);
	CHECK_INT(append_number(j, COUNT, 0, true, NULL), ST_OK);
	journal_close(j);
	HOME_MUST(
		rename(conv_file(&s, &id, 0), home_path(&s.home, "kept")) == 0);
	CHECK_INT(read_conv(&s, &id, false, &k, &j, &rep), ST_OK);
	CHECK_INT(k.n, 1);
	CHECK(rep.damaged);
	CHECK(strstr(journal_report(j)->text.p, "before it is missing") !=
		NULL);
	journal_close(j);
	/* And the last one, which only the index knows. */
	HOME_MUST(
		rename(home_path(&s.home, "kept"), conv_file(&s, &id, 0)) == 0);
	HOME_MUST(unlink(conv_file(&s, &id, 1)) == 0);
	CHECK_INT(read_conv(&s, &id, true, &k, &j, &rep), ST_OK);
	CHECK(strstr(journal_report(j)->text.p, "segment 1") != NULL);
	journal_close(j);
	store_free(&s);
}

static enum status refuse(
	const struct record *r, void *payload, struct err *err)
{
	(void)r;
	(*(int *)payload)++;
	return err_set(err, ST_NOMEM, "no more");
}

static void test_callback_fails(void)
{
	struct store s;
	struct journal_with with;
	struct journal *j = NULL;
	struct id id;
	int calls = 0;

	store_new(&s);
	id = make_conv(&s, 3, 0);
	with = (struct journal_with){s.vault, s.catalog, refuse, &calls};
	CHECK_INT(journal_open(&with, &id, &j, NULL), ST_OK);
	CHECK_INT(journal_read(j, NULL), ST_NOMEM);
	CHECK_INT(calls, 1);
	CHECK_INT(journal_read(j, NULL), ST_NOMEM);
	CHECK_INT(calls, 2);
	journal_close(j);
	store_free(&s);
}

int main(void)
{
	RUN(test_round_trip);
	RUN(test_nothing);
	RUN(test_two_handles);
	RUN(test_new_reads_no_index);
	RUN(test_parts);
	RUN(test_rest);
	RUN(test_reserved);
	RUN(test_torn);
	RUN(test_cut_known);
	RUN(test_damaged_end);
	RUN(test_damaged_middle);
	RUN(test_header);
	RUN(test_foreign);
	RUN(test_rollback);
	RUN(test_deleted_elsewhere);
	RUN(test_replaced);
	RUN(test_taken_back);
	RUN(test_no_room);
	RUN(test_read_only);
	RUN(test_busy);
	RUN(test_missing_segment);
	RUN(test_callback_fails);
	return REPORT();
}
