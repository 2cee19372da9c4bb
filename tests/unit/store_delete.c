#include "store/delete.h"

#include <sys/file.h>

#include "store/journal_priv.h"
#include "store/live.h"
#include "unit/check.h"
#include "unit/journals.h"

static size_t listed(struct store *s)
{
	const struct catalog_entry *e;
	size_t n = 0;

	CHECK_INT(catalog_list(s->catalog, &e, &n, NULL), ST_OK);
	return n;
}

/* Adds a line to the input history, typed in that conversation. */
static void type(struct store *s, const struct id *conv, const char *line)
{
	struct journal_with with = {.vault = s->vault};
	struct record r = {
		.type = RECORD_INPUT, .id = *conv, .payload = span_str(line)};
	struct journal *j = NULL;

	HOME_MUST(journal_open_reserved(&with, "history", &j, NULL) == ST_OK);
	HOME_MUST(journal_append(j, &r, false, NULL) == ST_OK);
	journal_close(j);
}

static enum status add_line(
	const struct record *r, void *payload, struct err *err)
{
	struct buf *out = payload;

	(void)err;
	if (r->type == RECORD_INPUT) {
		buf_span(out, r->payload);
		buf_char(out, '|');
	}
	return ST_OK;
}

static void expect_lines(struct store *s, const char *want)
{
	struct buf lines;
	struct journal_with with = {
		.vault = s->vault, .fn = add_line, .payload = &lines};
	struct journal *j = NULL;

	buf_init(&lines, BUF_SMALL);
	CHECK_INT(journal_open_reserved(&with, "history", &j, NULL), ST_OK);
	CHECK_INT(journal_read(j, NULL), ST_OK);
	CHECK(!journal_report(j)->damaged);
	CHECK_STR(lines.p, want);
	journal_close(j);
	buf_release(&lines);
}

static enum status delete_one(
	struct store *s, const struct id *id, struct delete_report *r)
{
	struct err err;

	delete_report_init(r);
	return delete_convs(s->vault, s->catalog, id, 1, r, &err);
}

static void test_delete(void)
{
	struct delete_report r;
	struct numbers k;
	struct store s;
	struct id a;
	struct id b;
	char path[1024];
	uint8_t *before;
	size_t before_n;
	uint8_t after[SEGMENT_HEADER];
	int fd;

	store_new(&s);
	a = make_conv(&s, 5, 100);
	b = make_conv(&s, 5, 100);
	type(&s, &a, "one");
	type(&s, &b, "two");
	type(&s, &a, "three");
	(void)snprintf(path, sizeof(path), "%s", conv_file(&s, &a, 0));
	before = load(path, &before_n);
	/* A torn tail of it goes into quarantine. */
	fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
	HOME_MUST(fd >= 0 && write(fd, "torn", 4) == 4);
	(void)close(fd);
	{
		struct journal *j = NULL;

		CHECK_INT(read_conv(&s, &a, true, &k, &j, NULL), ST_OK);
		CHECK_INT(append_number(j, 5, 0, true, NULL), ST_OK);
		journal_close(j);
	}
	CHECK_INT(count_files(&s, "data/vault/quarantine"), 1);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	HOME_MUST(fd >= 0);
	CHECK_INT(delete_one(&s, &a, &r), ST_OK);
	CHECK_INT(r.conversations, 1);
	CHECK_INT(r.files, 2);
	CHECK_INT(r.lines, 2);
	CHECK_STR(r.text.p, "");
	delete_report_release(&r);
	/* What the file held is no key any more, in both headers. */
	HOME_MUST(pread(fd, after, sizeof(after), 0) == sizeof(after));
	(void)close(fd);
	CHECK(memcmp(before + 96, after + 96, 72) != 0);
	CHECK(memcmp(before + 256 + 96, after + 256 + 96, 72) != 0);
	CHECK(memcmp(before + 120, after + 120, 8) != 0);
	CHECK(access(path, F_OK) != 0);
	CHECK_INT(count_files(&s, "data/vault/quarantine"), 0);
	CHECK_INT(listed(&s), 1);
	expect_lines(&s, "two|");
	CHECK_INT(read_conv(&s, &a, true, &k, NULL, NULL), ST_NOT_FOUND);
	CHECK_INT(read_conv(&s, &b, true, &k, NULL, NULL), ST_OK);
	CHECK_INT(k.n, 5);
	/* A copy from elsewhere is refused, and can be deleted again. */
	home_write(path, before, before_n);
	CHECK_INT(listed(&s), 1);
	CHECK_INT(read_conv(&s, &a, true, &k, NULL, NULL), ST_NOT_FOUND);
	CHECK_INT(delete_one(&s, &a, &r), ST_OK);
	CHECK_INT(r.files, 1);
	delete_report_release(&r);
	CHECK(access(path, F_OK) != 0);
	free(before);
	store_free(&s);
}

/* Who has it open notices, and the history goes on. */
static void test_open_elsewhere(void)
{
	struct delete_report r;
	struct numbers k;
	struct journal *talk = NULL;
	struct journal *lines = NULL;
	struct journal_with with;
	struct record line = {.type = RECORD_INPUT, .payload = {"new", 3}};
	struct store s;
	struct err err;
	struct id a;

	store_new(&s);
	with = (struct journal_with){.vault = s.vault};
	a = make_conv(&s, 3, 0);
	type(&s, &a, "only");
	CHECK_INT(read_conv(&s, &a, true, &k, &talk, NULL), ST_OK);
	CHECK_INT(journal_open_reserved(&with, "history", &lines, NULL), ST_OK);
	CHECK_INT(journal_read(lines, NULL), ST_OK);
	CHECK_INT(delete_one(&s, &a, &r), ST_OK);
	delete_report_release(&r);
	CHECK_INT(append_number(talk, 3, 0, true, &err), ST_NOT_FOUND);
	CHECK(strstr(err.msg, "deleted by another process") != NULL);
	CHECK_INT(journal_append(lines, &line, true, NULL), ST_OK);
	journal_close(talk);
	journal_close(lines);
	expect_lines(&s, "new|");
	CHECK_INT(listed(&s), 0);
	store_free(&s);
}

static void test_being_written(void)
{
	struct delete_report r;
	struct live *live = NULL;
	struct msg *m = msg_new(ROLE_ASSISTANT);
	struct store s;
	struct err err;
	struct id ids[2];
	struct buf who;
	char pid[64];

	HOME_MUST(m != NULL);
	store_new(&s);
	buf_init(&who, BUF_SMALL);
	ids[0] = make_conv(&s, 2, 0);
	ids[1] = make_conv(&s, 2, 0);
	CHECK(!live_writer(s.vault, &ids[0], &who));
	m->id = number_id(900);
	CHECK_INT(live_begin(s.vault, &ids[0], m, &live, NULL), ST_OK);
	CHECK_INT(live_write(live, DELTA_TEXT, span_str("half"), NULL), ST_OK);
	CHECK(live_writer(s.vault, &ids[0], &who));
	(void)snprintf(pid, sizeof(pid), "process %ld", (long)getpid());
	CHECK_STR(who.p, pid);
	CHECK(!live_writer(s.vault, &ids[1], &who));
	/* The other one goes all the same. */
	delete_report_init(&r);
	CHECK_INT(delete_convs(s.vault, s.catalog, ids, 2, &r, &err), ST_BUSY);
	CHECK(strstr(err.msg, pid) != NULL);
	CHECK_INT(r.conversations, 1);
	CHECK_INT(listed(&s), 1);
	delete_report_release(&r);
	/* Left by a crash: its reply goes too. */
	live_end(live, false);
	CHECK_INT(delete_one(&s, &ids[0], &r), ST_OK);
	CHECK_INT(r.files, 2);
	delete_report_release(&r);
	CHECK_INT(count_files(&s, "data/vault/live"), 0);
	buf_release(&who);
	msg_free(m);
	store_free(&s);
}

static void test_older(void)
{
	enum { MANY = 150 };
	struct delete_report r;
	const struct catalog_entry *e;
	struct store s;
	struct id keep;
	size_t n;
	int i;

	store_new(&s);
	for (i = 0; i < MANY; i++)
		(void)make_conv(&s, 1, 0);
	keep = make_conv(&s, 1, 0);
	delete_report_init(&r);
	CHECK_INT(
		delete_older(s.vault, s.catalog, 1764000000000, NULL, &r, NULL),
		ST_OK);
	CHECK_INT(r.conversations, 0);
	CHECK_INT(delete_older(
			  s.vault, s.catalog, 1764000000001, &keep, &r, NULL),
		ST_OK);
	CHECK_INT(r.conversations, MANY);
	delete_report_release(&r);
	CHECK_INT(catalog_list(s.catalog, &e, &n, NULL), ST_OK);
	CHECK_INT(n, 1);
	CHECK(n == 1 && id_eq(&e[0].id, &keep));
	/* Also for who reads the index anew. */
	store_close(&s);
	store_open(&s);
	CHECK_INT(listed(&s), 1);
	store_free(&s);
}

/* A deletion that was killed after it had been written down, with a torn line
 * behind it. */
static void test_left_by_a_crash(void)
{
	struct delete_report r;
	struct store s;
	struct id gone;
	struct id stays;
	struct buf note;
	char hex[ID_HEX + 1];
	int fd;

	store_new(&s);
	gone = make_conv(&s, 2, 0);
	stays = make_conv(&s, 2, 0);
	(void)stays;
	buf_init(&note, BUF_SMALL);
	buf_fmt(&note, "%s/deleting", vault_state(s.vault));
	id_hex(&gone, hex);
	fd = open(note.p, O_WRONLY | O_CREAT | O_EXCL, 0600);
	HOME_MUST(fd >= 0 && dprintf(fd, "%s\nabcdef", hex) > 0);
	/* Its writer lives. */
	HOME_MUST(flock(fd, LOCK_EX) == 0);
	delete_report_init(&r);
	CHECK_INT(delete_finish(s.vault, s.catalog, &r, NULL), ST_OK);
	CHECK_INT(r.conversations, 0);
	CHECK_INT(listed(&s), 2);
	(void)close(fd);
	CHECK_INT(delete_finish(s.vault, s.catalog, &r, NULL), ST_OK);
	CHECK_INT(r.conversations, 1);
	CHECK_INT(listed(&s), 1);
	CHECK(access(note.p, F_OK) != 0);
	CHECK_INT(delete_finish(s.vault, s.catalog, &r, NULL), ST_OK);
	CHECK_INT(r.conversations, 1);
	delete_report_release(&r);
	buf_release(&note);
	store_free(&s);
}

int main(void)
{
	RUN(test_delete);
	RUN(test_open_elsewhere);
	RUN(test_being_written);
	RUN(test_older);
	RUN(test_left_by_a_crash);
	return REPORT();
}
