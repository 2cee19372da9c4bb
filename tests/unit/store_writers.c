/*
 * Several writers of one conversation, and writers that are killed: every
 * record that was acknowledged is there, whole and once, and nothing that was
 * left behind counts as damage.
 */
#include <errno.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

#include "store/live.h"
#include "unit/journals.h"

#define WRITERS 4
#define EACH 150
/* Forks are dear under the sanitizers, which define this. */
#ifdef ATL_DUMPABLE
#define KILLS 12
#define STREAMS 4
#else
#define KILLS 100
#define STREAMS 10
#endif
#define LARGE ((size_t)1000 * 1000)
/* Other files than the conversation stay smaller. */
#define ROOM_MIN ((size_t)256 * 1024)

/* What writers have been told is saved; shared with them. */
struct acks {
	volatile uint32_t n;
};

static struct acks *acks_new(void)
{
	struct acks *a = mmap(NULL, sizeof(*a), PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	HOME_MUST(a != MAP_FAILED);
	a->n = 0;
	return a;
}

/* A child has no keys of its parent: it opens the vault anew. */
static void child_store(struct store *s)
{
	store_open(s);
}

static void writer(struct store *s, const struct id *id, uint32_t which)
{
	struct journal *j = NULL;
	struct numbers k;
	uint32_t i;

	child_store(s);
	if (read_conv(s, id, true, &k, &j, NULL) != ST_OK)
		_exit(2);
	for (i = 0; i < EACH; i++) {
		enum status st;

		/* A busy machine may not get round to all within the time that
		 * a lock is waited for. */
		do
			st = append_number(j, 1 + i * WRITERS + which,
				i % 7 * 50, i % 10 == 0, NULL);
		while (st == ST_BUSY);
		if (st != ST_OK)
			_exit(3);
	}
	if (k.twice > 0 || k.wrong > 0 || journal_report(j)->damaged)
		_exit(4);
	_exit(0);
}

static void test_writers(void)
{
	struct store s;
	struct numbers k;
	struct journal_report rep;
	struct id id;
	pid_t pids[WRITERS];
	uint32_t i;

	store_new(&s);
	id = make_conv(&s, 1, 0);
	for (i = 0; i < WRITERS; i++) {
		pids[i] = fork();
		HOME_MUST(pids[i] >= 0);
		if (pids[i] == 0)
			writer(&s, &id, i);
	}
	for (i = 0; i < WRITERS; i++) {
		int how;

		HOME_MUST(waitpid(pids[i], &how, 0) == pids[i]);
		CHECK_INT(how, 0);
	}
	CHECK_INT(read_conv(&s, &id, true, &k, NULL, &rep), ST_OK);
	CHECK_INT(k.n, 1 + WRITERS * EACH);
	CHECK(numbers_have(&k, 0, 1 + WRITERS * EACH));
	CHECK_INT(k.twice + k.wrong, 0);
	CHECK(!rep.damaged && rep.torn == 0);
	CHECK(access(conv_file(&s, &id, 1), F_OK) != 0);
	store_free(&s);
}

/* Two first appends to the same new conversation. */
static void test_two_creators(void)
{
	struct store s;
	struct journal_with with;
	struct journal *a = NULL;
	struct journal *b = NULL;
	struct numbers ka;
	struct numbers kb;
	struct id id = {{0xab, 0xcd}};

	store_new(&s);
	numbers_init(&ka);
	numbers_init(&kb);
	with = (struct journal_with){s.vault, s.catalog, numbers_take, &ka};
	CHECK_INT(journal_create(&with, &id, &a, NULL), ST_OK);
	with.payload = &kb;
	CHECK_INT(journal_create(&with, &id, &b, NULL), ST_OK);
	CHECK_INT(append_number(a, 0, 0, true, NULL), ST_OK);
	CHECK_INT(append_number(b, 1, 0, true, NULL), ST_OK);
	CHECK(kb.seen[0] && kb.n == 1);
	journal_close(a);
	journal_close(b);
	CHECK_INT(read_conv(&s, &id, true, &ka, NULL, NULL), ST_OK);
	CHECK_INT(ka.n, 2);
	store_free(&s);
}

/* The write that would make the file larger than now by more than `room` is cut
 * there, and the next one kills. */
static void die_in_write(const char *path, size_t room)
{
	struct rlimit none = {0, 0};
	struct rlimit most;
	struct stat sb;

	HOME_MUST(stat(path, &sb) == 0);
	most.rlim_cur = most.rlim_max = (rlim_t)sb.st_size + room;
	HOME_MUST(setrlimit(RLIMIT_CORE, &none) == 0 &&
		setrlimit(RLIMIT_FSIZE, &most) == 0 &&
		signal(SIGXFSZ, SIG_DFL) != SIG_ERR);
}

/* Appends large records and tells after each; `room`: as above, 0 without. */
static void victim(
	struct store *s, const struct id *id, struct acks *acks, size_t room)
{
	struct journal *j = NULL;
	struct numbers k;
	struct buf payload;
	uint32_t i;

	child_store(s);
	if (read_conv(s, id, true, &k, &j, NULL) != ST_OK)
		_exit(2);
	if (room > 0)
		die_in_write(conv_file(s, id, 0), room);
	buf_init(&payload, BUF_LARGE);
	for (i = acks->n;; i++) {
		struct record r = number_record(i % NUMBERS, LARGE, &payload);

		if (journal_append(j, &r, false, NULL) != ST_OK)
			_exit(3);
		acks->n = i + 1;
	}
}

static void wait_us(long us)
{
	struct timespec ts = {us / 1000000, us % 1000000 * 1000};

	(void)nanosleep(&ts, NULL);
}

static off_t size_of(const char *path)
{
	struct stat sb;

	HOME_MUST(stat(path, &sb) == 0);
	return sb.st_size;
}

/* Waits until the file is longer than when we began and, so it seems, in the
 * middle of a record, since writes are far shorter than what is between them;
 * or for a while at most. */
static void wait_for_write(const char *path)
{
	off_t size = size_of(path);
	int i;

	for (i = 0; i < 20000 && size_of(path) == size; i++)
		continue;
}

/* The next append sets the torn tail aside, as number `torn` of its kind. A
 * victim may have been killed while it did so: then there is one copy more. */
static void repair(
	struct store *s, const struct id *id, struct acks *acks, size_t torn)
{
	struct journal *j = NULL;
	struct journal_report rep;
	struct numbers k;

	CHECK_INT(read_conv(s, id, true, &k, &j, NULL), ST_OK);
	CHECK_INT(append_number(j, acks->n, 0, true, NULL), ST_OK);
	acks->n++;
	journal_close(j);
	CHECK_INT(read_conv(s, id, true, &k, NULL, &rep), ST_OK);
	CHECK(rep.torn == 0 && !rep.damaged);
	CHECK(numbers_have(&k, 0, acks->n));
	CHECK(count_files(s, "data/vault/quarantine") >= torn);
}

/*
 * Killed in the middle of appends: one time in three for certain, else when the
 * file is seen to grow, or at any moment. Torn tails must be seen, or the test
 * has looked at nothing.
 */
static void test_kills(void)
{
	struct store s;
	struct acks *acks = acks_new();
	struct numbers k;
	struct journal_report rep;
	struct id id;
	size_t torn = 0;
	int i;

	store_new(&s);
	id = make_conv(&s, 1, 0);
	acks->n = 1;
	for (i = 0; i < KILLS; i++) {
		uint32_t before = acks->n;
		int how = 0;
		pid_t pid = fork();

		HOME_MUST(pid >= 0);
		if (pid == 0)
			victim(&s, &id, acks,
				i % 3 == 0 ? ROOM_MIN +
						(size_t)i * 7919 % (LARGE / 2)
					   : 0);
		if (i % 3 == 2)
			wait_us(i * 373 % 9000);
		else if (i % 3 == 1)
			while (acks->n == before)
				wait_us(50);
		if (i % 3 != 0) {
			wait_for_write(conv_file(&s, &id, 0));
			(void)kill(pid, SIGKILL);
		}
		HOME_MUST(waitpid(pid, &how, 0) == pid);
		CHECK(WIFSIGNALED(how));
		CHECK_INT(read_conv(&s, &id, true, &k, NULL, &rep), ST_OK);
		if (rep.damaged || k.wrong > 0 || k.twice > 0 ||
			!numbers_have(&k, 0, acks->n)) {
			CHECK_INT(i, -1);
			break;
		}
		/* One that was written and not told is no fault. */
		acks->n = k.last + 1;
		if (rep.torn > 0)
			repair(&s, &id, acks, ++torn);
		if (acks->n > 5) {
			/* A fresh one: reading all of it takes its time. */
			id = make_conv(&s, 1, 0);
			acks->n = 1;
		}
	}
	printf("%d kills, %zu torn tails\n", i, torn);
	CHECK(torn > 0);
	HOME_MUST(munmap(acks, sizeof(*acks)) == 0);
	store_free(&s);
}

#define PIECE "0123456789abcdef"

/* Streams a reply and tells after each piece. */
static void streamer(struct store *s, const struct id *id, uint32_t number,
	struct acks *acks)
{
	struct msg *m = msg_new(ROLE_ASSISTANT);
	struct live *l = NULL;

	child_store(s);
	if (m == NULL)
		_exit(2);
	m->id = number_id(number);
	m->time_ms = 1764000000000 + number;
	if (live_begin(s->vault, id, m, &l, NULL) != ST_OK)
		_exit(3);
	for (;;) {
		if (live_write(l, DELTA_TEXT, span_str(PIECE), NULL) != ST_OK)
			_exit(4);
		acks->n++;
	}
}

/* Runs recovery in a child that is killed after a while. */
static void killed_recovery(struct store *s, long us)
{
	pid_t pid = fork();

	HOME_MUST(pid >= 0);
	if (pid == 0) {
		struct live_report rep;

		child_store(s);
		live_report_init(&rep);
		_exit(live_recover(s->vault, s->catalog, &rep, NULL) != ST_OK);
	}
	wait_us(us);
	(void)kill(pid, SIGKILL);
	HOME_MUST(waitpid(pid, NULL, 0) == pid);
}

struct longest {
	struct id id;
	size_t n;
	size_t times;
	bool right;
};

static enum status take_reply(
	const struct record *r, void *payload, struct err *err)
{
	struct longest *o = payload;
	struct msg *m = NULL;
	size_t i;

	(void)err;
	if (r->type != RECORD_MESSAGE || !id_eq(&r->id, &o->id))
		return ST_OK;
	HOME_MUST(record_get_msg(r, &m, NULL) == ST_OK);
	o->times++;
	o->n = m->text.len;
	o->right = m->role == ROLE_ASSISTANT && m->recovered &&
		m->outcome == OUTCOME_CUT &&
		(r->flags & RECORD_INTERRUPTED) != 0;
	for (i = 0; i < m->text.len; i++)
		if (m->text.p[i] != PIECE[i % 16])
			o->right = false;
	msg_free(m);
	return ST_OK;
}

/* A reply killed while it streams, then recoveries killed, then one that is
 * not: every piece that was told is in the conversation, once. */
static void test_live_kills(void)
{
	struct store s;
	struct acks *acks = acks_new();
	struct id id;
	uint32_t i;

	store_new(&s);
	id = make_conv(&s, 1, 0);
	for (i = 1; i <= STREAMS; i++) {
		struct longest o = {number_id(i), 0, 0, false};
		struct journal_with with = {s.vault, s.catalog, take_reply, &o};
		struct live_report rep;
		struct journal *j = NULL;
		uint32_t told;
		pid_t pid;

		acks->n = 0;
		pid = fork();
		HOME_MUST(pid >= 0);
		if (pid == 0)
			streamer(&s, &id, i, acks);
		while (acks->n == 0)
			wait_us(100);
		wait_us(i * 97 % 3000);
		/* It is still being written: left alone. */
		live_report_init(&rep);
		CHECK_INT(live_recover(s.vault, s.catalog, &rep, NULL), ST_OK);
		CHECK_INT(rep.busy, 1);
		CHECK_INT(rep.recovered, 0);
		live_report_release(&rep);
		(void)kill(pid, SIGKILL);
		HOME_MUST(waitpid(pid, NULL, 0) == pid);
		told = acks->n;
		killed_recovery(&s, 500 + i * 311 % 6000);
		killed_recovery(&s, 500 + i * 97 % 9000);
		CHECK_INT(live_recover(s.vault, s.catalog, &rep, NULL), ST_OK);
		/* What a killed append left of a record is set aside, and
		 * nothing else. */
		CHECK_INT(rep.aside, 0);
		live_report_release(&rep);
		CHECK_INT(count_files(&s, "data/vault/live"), 0);
		CHECK_INT(journal_open(&with, &id, &j, NULL), ST_OK);
		CHECK_INT(journal_read(j, NULL), ST_OK);
		CHECK(!journal_report(j)->damaged);
		journal_close(j);
		CHECK_INT(o.times, 1);
		CHECK(o.right);
		CHECK(o.n >= (size_t)told * 16);
	}
	HOME_MUST(munmap(acks, sizeof(*acks)) == 0);
	store_free(&s);
}

int main(void)
{
	RUN(test_writers);
	RUN(test_two_creators);
	RUN(test_kills);
	RUN(test_live_kills);
	return REPORT();
}
