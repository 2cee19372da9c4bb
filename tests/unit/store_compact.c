/*
 * Compacting: nothing that is needed is lost by it, whoever has the
 * conversation open meanwhile and wherever it is killed.
 */
#include "store/compact.h"

#include <time.h>

#include "store/apikeys.h"
#include "store/catalog_priv.h"
#include "store/dead.h"
#include "store/journal_priv.h"
#include "store/present.h"
#include "store/rotate.h"
#include "store/temps.h"
#include "store/verify.h"
#include "unit/journals.h"
#include "unit/killed.h"

enum { PER_SEGMENT = 4, SEGMENTS = 3, RECORDS = PER_SEGMENT * SEGMENTS };

/* Notes of one conversation that are needed in the end. */
enum { NOTES = 2 };

static struct store s;
static struct id conv;

static void put_meta(struct journal *j, const struct meta *m)
{
	struct record r = {.type = RECORD_META};
	struct buf payload;

	buf_init(&payload, BUF_SMALL);
	record_put_meta(m, &payload);
	r.payload = buf_view(&payload);
	HOME_MUST(journal_append(j, &r, true, NULL) == ST_OK);
	buf_release(&payload);
}

static void put_title(struct journal *j, const char *title)
{
	struct meta m = {.set = META_TITLE, .title = span_str(title)};

	put_meta(j, &m);
}

static void put_leaf(struct journal *j, uint32_t n)
{
	struct meta m = {.set = META_LEAF, .leaf = number_id(n)};

	put_meta(j, &m);
}

/* A conversation of three segments, with titles and leaves that count no more,
 * one of each that does, and a branch. */
static void fill(void)
{
	struct journal_with with;
	struct journal *j = NULL;
	uint32_t i;

	store_new(&s);
	with = (struct journal_with){s.vault, s.catalog, NULL, NULL};
	HOME_MUST(journal_create(&with, NULL, &j, NULL) == ST_OK);
	conv = *journal_id(j);
	for (i = 0; i < RECORDS; i++) {
		if (i > 0 && i % PER_SEGMENT == 0)
			journal_last(j)->spoiled = true;
		HOME_MUST(append_number(j, i, 10, true, NULL) == ST_OK);
		put_title(j, "a title");
		put_leaf(j, 0);
	}
	put_title(j, "the last title");
	put_leaf(j, 3);
	HOME_MUST(j->n == SEGMENTS);
	journal_close(j);
}

/* What the journal has beside the numbers. */
struct seen {
	struct numbers numbers;
	size_t notes;
	struct id leaf;
	char title[64];
};

static enum status take(const struct record *r, void *payload, struct err *err)
{
	struct seen *k = payload;
	struct meta m;

	if (r->type == RECORD_MESSAGE)
		return numbers_take(r, &k->numbers, err);
	k->notes++;
	if (r->type != RECORD_META ||
		record_get_meta(r->payload, &m, NULL) != ST_OK)
		return ST_OK;
	if (m.set & META_TITLE)
		(void)snprintf(k->title, sizeof(k->title), "%.*s",
			(int)m.title.n, m.title.p);
	if (m.set & META_LEAF)
		k->leaf = m.leaf;
	return ST_OK;
}

/* All of it is there, once, and known to the index; in one segment if done. */
static void check_conv(bool done)
{
	struct seen k = {.notes = 0};
	struct journal_with with = {s.vault, s.catalog, take, &k};
	struct journal *j = NULL;
	struct id leaf = number_id(3);
	struct verify_report r = {.fault = NULL};

	numbers_init(&k.numbers);
	CHECK_INT(journal_open(&with, &conv, &j, NULL), ST_OK);
	if (j == NULL)
		return;
	CHECK_INT(journal_read(j, NULL), ST_OK);
	CHECK_INT(k.numbers.n, RECORDS);
	CHECK(k.numbers.wrong == 0 && k.numbers.in_order &&
		k.numbers.twice == 0 && numbers_have(&k.numbers, 0, RECORDS));
	CHECK_STR(k.title, "the last title");
	CHECK(id_eq(&k.leaf, &leaf));
	CHECK(!j->report.damaged);
	if (j->report.damaged)
		printf("%s", j->report.text.p);
	if (done) {
		CHECK_INT(j->n, 1);
		CHECK_INT(k.notes, NOTES);
		CHECK_INT(j->leftover, 0);
	}
	journal_close(j);
	CHECK_INT(verify_run(s.vault, s.catalog, NULL, 0, &r, NULL), ST_OK);
	CHECK_INT(r.faults, 0);
}

static enum status compact(struct compact_report *r)
{
	compact_report_init(r);
	return compact_convs(s.vault, s.catalog, &conv, 1, r, NULL);
}

static void test_compact(void)
{
	struct compact_report r;

	fill();
	CHECK_INT(compact(&r), ST_OK);
	CHECK_INT(r.compacted, 1);
	CHECK_INT(r.segments, SEGMENTS - 1);
	CHECK_INT(r.records, 2 * RECORDS);
	CHECK(r.after < r.before);
	CHECK_INT(r.text.len, 0);
	compact_report_release(&r);
	check_conv(true);
	/* There is nothing left to do. */
	CHECK_INT(compact(&r), ST_OK);
	CHECK_INT(r.compacted, 0);
	compact_report_release(&r);
	check_conv(true);
	/* From another start, and with the index made anew. */
	store_close(&s);
	store_open(&s);
	check_conv(true);
	compact_report_init(&r);
	CHECK_INT(compact_index(s.catalog, &r, NULL), ST_OK);
	CHECK(r.index_after < r.index_before);
	compact_report_release(&r);
	check_conv(true);
	store_free(&s);
}

/* Somebody has it open all the while and goes on in it. */
static void test_open_elsewhere(void)
{
	struct compact_report r;
	struct numbers k;
	struct journal_with with;
	struct journal *j = NULL;
	int i;

	fill();
	numbers_init(&k);
	with = (struct journal_with){s.vault, s.catalog, numbers_take, &k};
	HOME_MUST(journal_open(&with, &conv, &j, NULL) == ST_OK);
	CHECK_INT(journal_read(j, NULL), ST_OK);
	for (i = 0; i < 2; i++) {
		CHECK_INT(compact(&r), ST_OK);
		CHECK_INT(r.compacted, 1);
		compact_report_release(&r);
		put_title(j, "another title");
		CHECK_INT(append_number(
				  j, (uint32_t)(RECORDS + i), 0, true, NULL),
			ST_OK);
	}
	journal_close(j);
	CHECK_INT(read_conv(&s, &conv, true, &k, NULL, NULL), ST_OK);
	CHECK_INT(k.n, RECORDS + 2);
	CHECK(k.twice == 0 && numbers_have(&k, 0, RECORDS + 2));
	store_free(&s);
}

static void test_left_alone(void)
{
	struct compact_report r;
	struct present *p;
	uint8_t *bytes;
	size_t n;

	fill();
	p = present_enter(s.vault, &conv);
	HOME_MUST(p != NULL);
	CHECK_INT(compact(&r), ST_OK);
	CHECK_INT(r.left, 1);
	CHECK(strstr(r.text.p, "has it open") != NULL);
	compact_report_release(&r);
	present_leave(p);

	bytes = load(conv_file(&s, &conv, 1), &n);
	bytes[700] ^= 1;
	home_write(conv_file(&s, &conv, 1), bytes, n);
	CHECK_INT(compact(&r), ST_OK);
	CHECK_INT(r.left, 1);
	CHECK_INT(r.damaged, 1);
	CHECK_INT(r.compacted, 0);
	compact_report_release(&r);
	bytes[700] ^= 1;
	home_write(conv_file(&s, &conv, 1), bytes, n);
	free(bytes);
	check_conv(false);
	store_free(&s);
}

/* An append that was killed is set aside first. */
static void test_torn(void)
{
	struct compact_report r;
	uint8_t *bytes;
	size_t n;

	fill();
	bytes = load(conv_file(&s, &conv, 2), &n);
	memcpy(bytes + 512, "\x52\xa7\xd1\x1e", 4);
	{
		int fd = open(conv_file(&s, &conv, 2), O_WRONLY | O_APPEND);

		HOME_MUST(write(fd, bytes + 512, 100) == 100);
		(void)close(fd);
	}
	CHECK_INT(compact(&r), ST_OK);
	CHECK_INT(r.compacted, 1);
	compact_report_release(&r);
	check_conv(true);
	CHECK_INT(count_files(&s, "data/vault/quarantine"), 1);
	free(bytes);
	store_free(&s);
}

static bool work(void *payload)
{
	struct compact_report r;
	enum status st;

	(void)payload;
	/* A fork wipes the keys. */
	store_open(&s);
	st = compact(&r);
	compact_report_release(&r);
	return st == ST_OK;
}

/* Killed before each call: all is there in between, and the next run, or the
 * next append, ends what was begun. */
static void test_killed(void)
{
	struct compact_report r;
	struct journal_with with;
	struct journal *j = NULL;
	int res = 1;
	long n;

	for (n = 0; res == 1; n++) {
		fill();
		res = run_killed(work, NULL, n);
		if (res < 0) {
			printf("no tracing here: skipped\n");
			store_free(&s);
			return;
		}
		check_conv(res == 0);
		if (n % 2 == 0) {
			CHECK_INT(compact(&r), ST_OK);
			compact_report_release(&r);
			check_conv(true);
		} else {
			with = (struct journal_with){
				s.vault, s.catalog, NULL, NULL};
			HOME_MUST(
				journal_open(&with, &conv, &j, NULL) == ST_OK);
			put_title(j, "the last title");
			CHECK_INT(j->leftover, 0);
			journal_close(j);
			check_conv(false);
		}
		store_free(&s);
	}
	CHECK(n > 20);
}

/*
 * Keys
 */

static void set_key(const char *name, const char *value)
{
	struct secret key = {0};

	HOME_MUST(secret_set(&key, value, strlen(value)));
	HOME_MUST(apikeys_set(s.vault, s.catalog, name, &key, NULL) == ST_OK);
	secret_free(&key);
}

static bool key_is(const char *name, const char *value)
{
	struct secret key = {0};
	bool same = apikeys_get(s.vault, s.catalog, name, &key, NULL) ==
			ST_OK &&
		span_is(secret_view(&key), value);

	secret_free(&key);
	return same;
}

/* Records of keys in the file. */
static uint64_t count_keys(void)
{
	struct journal_with with = {s.vault, NULL, NULL, NULL};
	struct journal *j = NULL;
	struct dead dead;
	uint64_t n;

	HOME_MUST(journal_open_reserved(&with, "keys", &j, NULL) == ST_OK);
	HOME_MUST(dead_find(j, &dead, NULL) == ST_OK);
	CHECK_INT(dead.n, 0);
	n = dead.records;
	dead_release(&dead);
	journal_close(j);
	return n;
}

static void fill_keys(void)
{
	store_new(&s);
	set_key("one", "old");
	set_key("two", "gone");
	set_key("one", "new");
	HOME_MUST(apikeys_unset(s.vault, s.catalog, "two", NULL) == ST_OK);
	set_key("three", "kept");
}

static void check_keys(void)
{
	struct verify_report r = {.fault = NULL};

	CHECK(key_is("one", "new") && key_is("three", "kept"));
	CHECK(!key_is("two", "gone"));
	CHECK_INT(count_keys(), 2);
	CHECK_INT(verify_run(s.vault, s.catalog, NULL, 0, &r, NULL), ST_OK);
	CHECK_INT(r.faults, 0);
}

static void test_keys(void)
{
	struct compact_report r;

	fill_keys();
	compact_report_init(&r);
	CHECK_INT(compact_convs(s.vault, s.catalog, NULL, 0, &r, NULL), ST_OK);
	CHECK_INT(r.records, 3);
	compact_report_release(&r);
	check_keys();
	HOME_MUST(apikeys_unset(s.vault, s.catalog, "one", NULL) == ST_OK);
	HOME_MUST(apikeys_unset(s.vault, s.catalog, "three", NULL) == ST_OK);
	compact_report_init(&r);
	CHECK_INT(compact_convs(s.vault, s.catalog, NULL, 0, &r, NULL), ST_OK);
	compact_report_release(&r);
	CHECK(!key_is("one", "new"));
	set_key("one", "again");
	CHECK(key_is("one", "again"));
	store_free(&s);
}

/* A new master key takes no old keys along. */
static void test_rotated_keys(void)
{
	struct rotate_report r;
	struct hold h;

	fill_keys();
	rotate_report_init(&r);
	CHECK_INT(rotate_prepare(s.vault, s.catalog, &r, NULL), ST_OK);
	CHECK_INT(rotate_run(s.vault, hold(&h, NULL, 7, 0), &r, NULL), ST_OK);
	hold_free(&h);
	rotate_report_release(&r);
	store_close(&s);
	store_open(&s);
	check_keys();
	store_free(&s);
}

/*
 * What crashes left
 */

static void put_temp(const char *folder, const char *name, const void *p,
	size_t n, int64_t age_s)
{
	struct timespec times[2];
	char tail[128];

	(void)snprintf(tail, sizeof(tail), "data/vault/%s/%s", folder, name);
	home_write(home_path(&s.home, tail), p, n);
	HOME_MUST(clock_gettime(CLOCK_REALTIME, &times[0]) == 0);
	times[0].tv_sec -= age_s;
	times[1] = times[0];
	HOME_MUST(utimensat(AT_FDCWD, home_path(&s.home, tail), times, 0) == 0);
}

static void test_temps(void)
{
	static const char name[] = "0123456789abcdef0123456789abcdef.tmp";
	enum { OLD = 2 * 60 * 60 };
	char folder[8];
	uint8_t *bytes;
	size_t n;

	fill();
	(void)snprintf(folder, sizeof(folder), "c/%02x", conv.b[0]);
	bytes = load(conv_file(&s, &conv, 0), &n);
	HOME_MUST(mkdir(home_path(&s.home, "data/vault/s"), 0700) == 0);
	/* Young, of another name, of another vault: not ours to remove. */
	put_temp(folder, name, bytes, n, 60);
	CHECK_INT(temps_sweep(s.vault, false), 0);
	put_temp(folder, "notes.tmp", bytes, n, OLD);
	put_temp(folder, "0123456789abcdef0123456789abcdeg.tmp", bytes, n, OLD);
	CHECK_INT(temps_sweep(s.vault, false), 0);
	bytes[16] ^= 1;
	bytes[16 + SEGMENT_COPY] ^= 1;
	put_temp(folder, name, bytes, n, OLD);
	CHECK_INT(temps_sweep(s.vault, false), 0);
	bytes[16] ^= 1;
	bytes[16 + SEGMENT_COPY] ^= 1;
	/* Old and ours: whole, begun, or empty. */
	put_temp(folder, name, bytes, n, OLD);
	CHECK_INT(temps_sweep(s.vault, false), 1);
	put_temp("s", name, bytes, 100, OLD);
	CHECK_INT(temps_sweep(s.vault, false), 1);
	put_temp(folder, name, bytes, 0, OLD);
	put_temp(folder, "ff23456789abcdef0123456789abcdef.tmp", bytes, n, 0);
	CHECK_INT(temps_sweep(s.vault, true), 2);
	/* Listing removes them as it goes by. */
	{
		const struct catalog_entry *list;

		put_temp(folder, name, bytes, n, OLD);
		CHECK_INT(catalog_list(s.catalog, &list, &n, NULL), ST_OK);
		CHECK_INT(temps_sweep(s.vault, false), 0);
	}
	free(bytes);
	check_conv(false);
	store_free(&s);
}

/* A whole file that was set aside opens with the new key; what was cut off a
 * segment is counted. */
static void test_rotated_aside(void)
{
	struct rotate_report r;
	struct segment seg;
	struct hold h;
	const char *whole;
	uint8_t *bytes;
	size_t n;

	fill();
	bytes = load(conv_file(&s, &conv, 0), &n);
	HOME_MUST(
		mkdir(home_path(&s.home, "data/vault/quarantine"), 0700) == 0);
	whole = home_path(&s.home, "data/vault/quarantine/live.0.01234567");
	home_write(whole, bytes, n);
	home_write(home_path(&s.home, "data/vault/quarantine/x.200.76543210"),
		bytes + 512, 100);
	free(bytes);
	rotate_report_init(&r);
	CHECK_INT(rotate_prepare(s.vault, s.catalog, &r, NULL), ST_OK);
	CHECK_INT(rotate_run(s.vault, hold(&h, NULL, 7, 0), &r, NULL), ST_OK);
	CHECK_INT(r.aside, 1);
	hold_free(&h);
	rotate_report_release(&r);
	store_close(&s);
	store_open(&s);
	whole = home_path(&s.home, "data/vault/quarantine/live.0.01234567");
	bytes = load(whole, &n);
	CHECK_INT(segment_read(&seg, s.vault, bytes, n, NULL), ST_OK);
	CHECK_INT(seg.info.epoch, 2);
	segment_release(&seg);
	CHECK_INT(count_files(&s, "data/vault/quarantine"), 2);
	free(bytes);
	check_conv(false);
	store_free(&s);
}

int main(void)
{
	/* Many syncs: in memory where that can be had. */
	if (access("/dev/shm", W_OK) == 0)
		(void)setenv("TMPDIR", "/dev/shm", 0);
	RUN(test_compact);
	RUN(test_open_elsewhere);
	RUN(test_left_alone);
	RUN(test_torn);
	RUN(test_killed);
	RUN(test_keys);
	RUN(test_rotated_keys);
	RUN(test_temps);
	RUN(test_rotated_aside);
	return REPORT();
}
