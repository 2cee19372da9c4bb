/* The list of conversations: right whatever happened to the index, and an
 * anchor as long as it is there. */
#include "store/catalog.h"

#include "store/segment.h"
#include "unit/journals.h"

static const char *index_path(const struct store *s)
{
	char hex[ID_HEX + 1];
	char tail[128];

	id_hex(vault_id(s->vault), hex);
	(void)snprintf(tail, sizeof(tail), "state/%s/index.ati", hex);
	return home_path(&s->home, tail);
}

/* A conversation with a title, an agent and a terminal, of that time. */
static struct id named(
	struct store *s, const char *title, const char *tty, int64_t time_ms)
{
	struct journal_with with = {s->vault, s->catalog, NULL, NULL};
	struct journal *j = NULL;
	struct meta meta = {.set = META_TITLE | META_TTY};
	struct msg *m = msg_new(ROLE_USER);
	struct record r = {.type = RECORD_META};
	struct buf payload;
	struct id id;

	HOME_MUST(m != NULL);
	buf_init(&payload, BUF_LARGE);
	HOME_MUST(journal_create(&with, NULL, &j, NULL) == ST_OK);
	m->id = number_id(0);
	m->time_ms = time_ms;
	buf_str(&m->agent, "llama");
	buf_str(&m->model, "llama-3.3-70b-instruct");
	buf_str(&m->text, "\n  the first line \nthe second");
	HOME_MUST(record_of_msg(m, &payload, &r, NULL) == ST_OK);
	HOME_MUST(journal_append(j, &r, true, NULL) == ST_OK);
	msg_free(m);
	if (title != NULL) {
		meta.title = span_str(title);
		meta.tty = span_str(tty);
		buf_reset(&payload);
		record_put_meta(&meta, &payload);
		r = (struct record){.type = RECORD_META, .time_ms = time_ms};
		r.payload = buf_view(&payload);
		HOME_MUST(journal_append(j, &r, true, NULL) == ST_OK);
	}
	id = *journal_id(j);
	journal_close(j);
	buf_release(&payload);
	return id;
}

static void reopen(struct store *s)
{
	catalog_close(s->catalog);
	HOME_MUST(catalog_open(s->vault, &s->catalog, NULL) == ST_OK);
}

static void test_list(void)
{
	struct store s;
	const struct catalog_entry *e;
	size_t n = 9;
	struct id a;
	struct id b;
	struct id c;

	store_new(&s);
	CHECK_INT(catalog_list(s.catalog, &e, &n, NULL), ST_OK);
	CHECK_INT(n, 0);
	CHECK_INT(catalog_latest(s.catalog, span_str(""), &e, NULL),
		ST_NOT_FOUND);
	a = named(&s, "Apples", "pts/1", 1000);
	b = named(&s, "Pears", "pts/2", 3000);
	c = named(&s, NULL, NULL, 2000);
	CHECK_INT(catalog_list(s.catalog, &e, &n, NULL), ST_OK);
	CHECK_INT(n, 3);
	CHECK(id_eq(&e[0].id, &b) && id_eq(&e[1].id, &c) &&
		id_eq(&e[2].id, &a));
	CHECK(span_is(e[0].title, "Pears"));
	CHECK(span_is(e[0].tty, "pts/2"));
	CHECK(span_is(e[0].agent, "llama"));
	CHECK(span_is(e[0].model, "llama-3.3-70b-instruct"));
	CHECK_INT(e[0].created_ms, 3000);
	CHECK_INT(e[0].updated_ms, 3000);
	CHECK_INT(e[0].messages, 1);
	CHECK(!e[0].damaged);
	CHECK(span_is(e[1].title, "the first line"));

	CHECK_INT(catalog_latest(s.catalog, span_str(""), &e, NULL), ST_OK);
	CHECK(id_eq(&e->id, &b));
	CHECK_INT(
		catalog_latest(s.catalog, span_str("pts/1"), &e, NULL), ST_OK);
	CHECK(id_eq(&e->id, &a));
	CHECK_INT(
		catalog_latest(s.catalog, span_str("pts/9"), &e, NULL), ST_OK);
	CHECK(id_eq(&e->id, &b));
	CHECK_INT(catalog_notice(s.catalog).n, 0);
	store_free(&s);
}

static void test_find(void)
{
	struct store s;
	const struct catalog_entry *e = NULL;
	char hex[ID_HEX + 1];
	struct err err;
	struct id a;

	store_new(&s);
	a = named(&s, "Apples", "pts/1", 1000);
	(void)named(&s, "Pears", "pts/1", 2000);
	(void)named(&s, "Pears", "pts/1", 3000);
	id_hex(&a, hex);
	CHECK_INT(catalog_find(s.catalog, span_str(hex), &e, NULL), ST_OK);
	CHECK(e != NULL && id_eq(&e->id, &a));
	CHECK_INT(catalog_find(s.catalog, span_of(hex, 10), &e, NULL), ST_OK);
	CHECK(id_eq(&e->id, &a));
	CHECK_INT(
		catalog_find(s.catalog, span_str(" Apples "), &e, NULL), ST_OK);
	CHECK(id_eq(&e->id, &a));
	CHECK_INT(catalog_find(s.catalog, span_of(hex, 3), &e, NULL),
		ST_NOT_FOUND);
	CHECK_INT(catalog_find(s.catalog, span_str("apples"), &e, &err),
		ST_NOT_FOUND);
	CHECK(strstr(err.msg, "in the title:\n") != NULL);
	CHECK(strstr(err.msg, "Apples") != NULL);
	CHECK_INT(catalog_find(s.catalog, span_str("plums"), &e, &err),
		ST_NOT_FOUND);
	CHECK(strstr(err.msg, "title:") == NULL);
	CHECK_INT(
		catalog_find(s.catalog, span_str("Pears"), &e, &err), ST_USAGE);
	CHECK(strstr(err.msg, "fits 2") != NULL);
	CHECK(strstr(err.msg, "Pears\n") != NULL);
	store_free(&s);
}

static bool lists(struct store *s, size_t want, const char *notice)
{
	const struct catalog_entry *e = NULL;
	size_t n = 0;
	struct span said;
	bool right;

	CHECK_INT(catalog_list(s->catalog, &e, &n, NULL), ST_OK);
	said = catalog_notice(s->catalog);
	right = n == want &&
		(notice == NULL ? said.n == 0
				: said.n > 0 && strstr(said.p, notice) != NULL);
	if (!right)
		printf("%zu entries, notice: %s\n", n, said.p);
	return right;
}

static void test_rebuilt(void)
{
	struct store s;
	const struct catalog_entry *e;
	uint8_t *bytes;
	size_t n;
	struct id a;

	store_new(&s);
	a = named(&s, "Apples", "pts/1", 1000);
	(void)named(&s, "Pears", "pts/1", 2000);
	/* Gone. */
	HOME_MUST(unlink(index_path(&s)) == 0);
	reopen(&s);
	CHECK(lists(&s, 2, "rebuilt"));
	CHECK_INT(catalog_find(s.catalog, span_str("Apples"), &e, NULL), ST_OK);
	CHECK(id_eq(&e->id, &a));
	reopen(&s);
	CHECK(lists(&s, 2, NULL));

	/* Not an index any more. */
	home_write(index_path(&s), "rubbish", 7);
	reopen(&s);
	CHECK(lists(&s, 2, "rebuilt"));
	reopen(&s);
	CHECK(lists(&s, 2, NULL));

	/* A record in the middle of it. */
	bytes = load(index_path(&s), &n);
	bytes[SEGMENT_HEADER + 100] ^= 1;
	home_write(index_path(&s), bytes, n);
	reopen(&s);
	CHECK(lists(&s, 2, "repaired"));
	reopen(&s);
	CHECK(lists(&s, 2, NULL));

	/* Its last record torn off, and junk behind it: no matter. */
	home_write(index_path(&s), bytes, n - 40);
	free(bytes);
	(void)named(&s, "Plums", "pts/1", 3000);
	reopen(&s);
	(void)lists(&s, 3, NULL);
	reopen(&s);
	CHECK(lists(&s, 3, NULL));
	store_free(&s);
}

/* An older index: what has changed since is read from the files. */
static void test_old_index(void)
{
	struct store s;
	struct numbers k;
	struct journal *j = NULL;
	const struct catalog_entry *e;
	uint8_t *bytes;
	size_t n;
	struct id a;

	store_new(&s);
	a = make_conv(&s, 3, 0);
	bytes = load(index_path(&s), &n);
	CHECK_INT(read_conv(&s, &a, true, &k, &j, NULL), ST_OK);
	CHECK_INT(append_number(j, 3, 0, true, NULL), ST_OK);
	journal_close(j);
	(void)make_conv(&s, 1, 0);
	home_write(index_path(&s), bytes, n);
	free(bytes);
	reopen(&s);
	CHECK(lists(&s, 2, NULL));
	CHECK_INT(catalog_latest(s.catalog, span_str(""), &e, NULL), ST_OK);
	CHECK_INT(e->messages, 4);
	store_free(&s);
}

/* Appended to without a note, as by a process killed in between; or cut. */
static void test_stale(void)
{
	struct store s;
	struct numbers k;
	struct journal *j = NULL;
	const struct catalog_entry *e;
	struct stat sb;
	struct id a;

	store_new(&s);
	a = make_conv(&s, 2, 0);
	CHECK_INT(read_conv(&s, &a, true, &k, &j, NULL), ST_OK);
	CHECK_INT(append_number(j, 2, 0, true, NULL), ST_OK);
	journal_close(j);
	CHECK_INT(read_conv(&s, &a, false, &k, &j, NULL), ST_OK);
	CHECK_INT(append_number(j, 3, 0, true, NULL), ST_OK);
	journal_close(j);
	CHECK_INT(catalog_latest(s.catalog, span_str(""), &e, NULL), ST_OK);
	CHECK_INT(e->messages, 4);
	CHECK(!e->damaged);
	reopen(&s);
	CHECK_INT(catalog_latest(s.catalog, span_str(""), &e, NULL), ST_OK);
	CHECK_INT(e->messages, 4);
	HOME_MUST(stat(conv_file(&s, &a, 0), &sb) == 0);
	HOME_MUST(truncate(conv_file(&s, &a, 0), 512 + 2 * 208) == 0);
	CHECK_INT(catalog_latest(s.catalog, span_str(""), &e, NULL), ST_OK);
	CHECK_INT(e->messages, 2);
	CHECK(e->damaged);
	/* The anchor is not moved back by having looked. */
	reopen(&s);
	CHECK_INT(catalog_latest(s.catalog, span_str(""), &e, NULL), ST_OK);
	CHECK(e->damaged);
	store_free(&s);
}

static void test_deleted(void)
{
	struct store s;
	struct numbers k;
	struct id a;
	uint8_t *bytes;
	uint8_t *index;
	size_t n;
	size_t index_n;
	size_t i;
	bool has_header = false;

	store_new(&s);
	a = make_conv(&s, 2, 0);
	(void)make_conv(&s, 2, 0);
	bytes = load(conv_file(&s, &a, 0), &n);
	HOME_MUST(unlink(conv_file(&s, &a, 0)) == 0);
	CHECK(!catalog_deleted(s.catalog, &a));
	CHECK_INT(catalog_delete(s.catalog, &a, 1, NULL), ST_OK);
	CHECK(catalog_deleted(s.catalog, &a));
	/* A copy comes back: refused, and said once. */
	home_write(conv_file(&s, &a, 0), bytes, n);
	CHECK(lists(&s, 1, "come back"));
	CHECK_INT(read_conv(&s, &a, true, &k, NULL, NULL), ST_NOT_FOUND);
	reopen(&s);
	CHECK(catalog_deleted(s.catalog, &a));
	CHECK(lists(&s, 1, "come back"));
	index = load(index_path(&s), &index_n);
	for (i = 0; i + 24 < index_n; i++)
		has_header = has_header ||
			memcmp(index + i, bytes + 96, 24) == 0;
	CHECK(!has_header);
	/* The index is lost, and with it nothing of that. */
	HOME_MUST(unlink(index_path(&s)) == 0);
	reopen(&s);
	CHECK(lists(&s, 1, "come back"));
	CHECK(catalog_deleted(s.catalog, &a));
	CHECK_INT(read_conv(&s, &a, true, &k, NULL, NULL), ST_NOT_FOUND);
	free(index);
	free(bytes);
	store_free(&s);
}

static void test_gone(void)
{
	struct store s;
	struct id a;

	store_new(&s);
	a = make_conv(&s, 2, 0);
	(void)make_conv(&s, 2, 0);
	CHECK(lists(&s, 2, NULL));
	HOME_MUST(unlink(conv_file(&s, &a, 0)) == 0);
	CHECK(lists(&s, 1, "1 conversation is gone"));
	reopen(&s);
	CHECK(lists(&s, 1, NULL));
	store_free(&s);
}

/* One that does not read must not hide the others. */
static void test_unreadable(void)
{
	static const uint8_t zeros[600];
	struct store s;
	struct id a;

	store_new(&s);
	a = make_conv(&s, 2, 0);
	(void)make_conv(&s, 2, 0);
	HOME_MUST(unlink(index_path(&s)) == 0);
	home_write(conv_file(&s, &a, 0), zeros, sizeof(zeros));
	reopen(&s);
	CHECK(lists(&s, 1, "cannot be read"));
	store_free(&s);
}

/* Another process rewrites the index while we have it open; and it does not
 * grow without end, though nobody lists. */
static void test_rewritten(void)
{
	struct store s;
	struct catalog *other = NULL;
	struct journal *j = NULL;
	struct numbers k;
	const struct catalog_entry *e;
	struct stat sb;
	size_t n;
	struct id a;
	uint32_t i;

	store_new(&s);
	a = make_conv(&s, 1, 0);
	CHECK_INT(catalog_open(s.vault, &other, NULL), ST_OK);
	CHECK_INT(catalog_list(other, &e, &n, NULL), ST_OK);
	CHECK_INT(read_conv(&s, &a, true, &k, &j, NULL), ST_OK);
	for (i = 1; i < 400; i++)
		CHECK_INT(append_number(j, i, 0, false, NULL), ST_OK);
	HOME_MUST(stat(index_path(&s), &sb) == 0);
	CHECK(sb.st_size < 80 * 1024);
	CHECK_INT(catalog_list(other, &e, &n, NULL), ST_OK);
	CHECK_INT(e->messages, 400);
	CHECK_INT(n, 1);
	CHECK_INT(append_number(j, 400, 0, false, NULL), ST_OK);
	journal_close(j);
	CHECK_INT(catalog_latest(other, span_str(""), &e, NULL), ST_OK);
	CHECK_INT(e->messages, 401);
	CHECK_INT(catalog_latest(s.catalog, span_str(""), &e, NULL), ST_OK);
	CHECK_INT(e->messages, 401);
	CHECK_INT(catalog_notice(s.catalog).n, 0);
	catalog_close(other);
	store_free(&s);
}

/* Every bit of an index with three entries: the list is right, or was
 * repaired. */
static void test_flips(void)
{
	struct store s;
	uint8_t *bytes;
	size_t n;
	size_t bit;
	int i;

	store_new(&s);
	for (i = 0; i < 3; i++)
		(void)make_conv(&s, 1, 0);
	HOME_MUST(unlink(index_path(&s)) == 0);
	reopen(&s);
	CHECK(lists(&s, 3, "rebuilt"));
	bytes = load(index_path(&s), &n);
	for (bit = 0; bit < n * 8; bit += 97) {
		const struct catalog_entry *e = NULL;
		size_t found = 0;

		bytes[bit / 8] ^= (uint8_t)(1u << (bit % 8));
		home_write(index_path(&s), bytes, n);
		bytes[bit / 8] ^= (uint8_t)(1u << (bit % 8));
		reopen(&s);
		CHECK_INT(catalog_list(s.catalog, &e, &found, NULL), ST_OK);
		if (found != 3 || e[0].messages != 1 || e[0].damaged) {
			CHECK_INT(bit, -1);
			break;
		}
	}
	free(bytes);
	store_free(&s);
}

/* Where the index cannot be kept, the list comes from the files. */
static void test_not_kept(void)
{
	struct store s;
	struct id a;
	struct numbers k;

	store_new(&s);
	HOME_MUST(mkdir(index_path(&s), 0700) == 0);
	a = make_conv(&s, 3, 0);
	CHECK(lists(&s, 1, "cannot be kept"));
	CHECK(lists(&s, 1, NULL));
	CHECK_INT(read_conv(&s, &a, true, &k, NULL, NULL), ST_OK);
	CHECK_INT(k.n, 3);
	store_free(&s);
}

int main(void)
{
	RUN(test_list);
	RUN(test_find);
	RUN(test_rebuilt);
	RUN(test_old_index);
	RUN(test_stale);
	RUN(test_deleted);
	RUN(test_gone);
	RUN(test_unreadable);
	RUN(test_rewritten);
	RUN(test_flips);
	RUN(test_not_kept);
	return REPORT();
}
