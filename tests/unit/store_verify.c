/* Verifying: what is sound is called so, every accident is found, with the key
 * and without, and nothing is changed by it. */
#include "store/verify.h"

#include "store/journal_priv.h"
#include "unit/journals.h"

#define COUNT 3

/* What was told. */
struct told {
	size_t n;
	enum verify_what what;
	char name[ID_HEX + 1];
	struct buf text; /* of all */
};

static void on_fault(const struct verify_fault *f, void *payload)
{
	struct told *t = payload;

	t->n++;
	t->what = f->what;
	(void)snprintf(t->name, sizeof(t->name), "%s", f->name);
	buf_span(&t->text, f->text);
}

static bool says(const struct told *t, const char *what)
{
	return strstr(t->text.p, what) != NULL;
}

/* Verifies one conversation, or all; `keyed` or as a stranger would. */
static enum status verify(struct store *s, const struct id *id, bool keyed,
	struct told *t, struct verify_report *r)
{
	struct vault *v = NULL;
	struct catalog *c = NULL;
	struct hold h;
	enum status st;

	memset(t, 0, sizeof(*t));
	buf_init(&t->text, BUF_LARGE);
	buf_str(&t->text, "");
	*r = (struct verify_report){.fault = on_fault, .payload = t};
	HOME_MUST(vault_open_reading(&v, s->home.data, s->home.state, NULL) ==
		ST_OK);
	if (keyed) {
		HOME_MUST(vault_unlock(v, hold(&h, NULL, 7, 0), NULL) == ST_OK);
		hold_free(&h);
		HOME_MUST(catalog_open(v, &c, NULL) == ST_OK);
	}
	st = verify_run(v, c, id, id != NULL ? 1 : 0, r, NULL);
	catalog_close(c);
	vault_close(v);
	return st;
}

/* How many faults there are. */
static size_t faults(struct store *s, const struct id *id, bool keyed)
{
	struct verify_report r;
	struct told t;

	CHECK_INT(verify(s, id, keyed, &t, &r), ST_OK);
	CHECK_INT(t.n, r.faults);
	buf_release(&t.text);
	return r.faults;
}

/* A conversation all of which is on the disk. */
static struct id synced_conv(struct store *s, uint32_t from, uint32_t to)
{
	struct journal_with with = {s->vault, s->catalog, NULL, NULL};
	struct journal *j = NULL;
	struct id id;
	uint32_t i;

	HOME_MUST(journal_create(&with, NULL, &j, NULL) == ST_OK);
	for (i = from; i < to; i++)
		HOME_MUST(append_number(j, i, 10, true, NULL) == ST_OK);
	id = *journal_id(j);
	journal_close(j);
	return id;
}

static void test_sound(void)
{
	struct store s;
	struct verify_report r;
	struct told t;
	int keyed;

	store_new(&s);
	for (keyed = 0; keyed < 2; keyed++) {
		CHECK_INT(verify(&s, NULL, keyed, &t, &r), ST_OK);
		CHECK_INT(r.faults, 0);
		buf_release(&t.text);
	}
	(void)make_conv(&s, COUNT, 10);
	(void)make_conv(&s, COUNT, 2 * 1000 * 1000);
	for (keyed = 0; keyed < 2; keyed++) {
		CHECK_INT(verify(&s, NULL, keyed, &t, &r), ST_OK);
		CHECK_INT(r.faults, 0);
		CHECK_INT(r.conversations, 2);
		CHECK_INT(r.segments, 2);
		CHECK_INT(r.torn, 0);
		CHECK(r.records >= 2 * COUNT);
		CHECK_INT(r.anchored, keyed);
		buf_release(&t.text);
	}
	store_free(&s);
}

/* Which bits are flipped: each byte has one, and each bit of a byte has its
 * turn. Sanitizers, which define this, make each look dear. */
#ifdef ATL_DUMPABLE
#define FLIP_STEP 7
#else
#define FLIP_STEP 3
#endif

static void test_flips(void)
{
	struct store s;
	struct id id;
	const char *path;
	uint8_t *bytes;
	size_t missed[2] = {0, 0};
	size_t n;
	size_t bit;

	store_new(&s);
	id = synced_conv(&s, 0, COUNT);
	path = conv_file(&s, &id, 0);
	bytes = load(path, &n);
	for (bit = 0; bit < n * 8; bit += FLIP_STEP) {
		bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
		home_write(path, bytes, n);
		missed[0] += faults(&s, &id, false) != 1;
		missed[1] += faults(&s, &id, true) != 1;
		bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	CHECK_INT(missed[0], 0);
	CHECK_INT(missed[1], 0);
	home_write(path, bytes, n);
	CHECK_INT(faults(&s, &id, false), 0);
	CHECK_INT(faults(&s, &id, true), 0);
	free(bytes);
	store_free(&s);
}

/* Cut at each byte: found with the index; without the key it is an append that
 * never ended, unless it is the end of a record. */
static void test_cuts(void)
{
	struct store s;
	struct verify_report r;
	struct told t;
	struct id id;
	const char *path;
	uint8_t *bytes;
	size_t whole = 0;
	size_t n;
	size_t cut;

	store_new(&s);
	id = synced_conv(&s, 0, COUNT);
	path = conv_file(&s, &id, 0);
	bytes = load(path, &n);
	for (cut = 0; cut < n; cut++) {
		home_write(path, bytes, cut);
		CHECK_INT(faults(&s, &id, true), 1);
		CHECK_INT(verify(&s, &id, false, &t, &r), ST_OK);
		CHECK(r.faults == 1 || r.torn == 1 || cut % 8 == 0);
		whole += r.faults == 0 && r.torn == 0;
		buf_release(&t.text);
	}
	CHECK_INT(whole, COUNT - 1);
	free(bytes);
	store_free(&s);
}

static void test_missing(void)
{
	struct store s;
	struct verify_report r;
	struct told t;
	struct id id;
	char whole[ID_HEX + 1];
	uint8_t *bytes;
	size_t n;

	store_new(&s);
	id = synced_conv(&s, 0, COUNT);
	(void)synced_conv(&s, 0, COUNT);
	bytes = load(conv_file(&s, &id, 0), &n);
	HOME_MUST(unlink(conv_file(&s, &id, 0)) == 0);
	CHECK_INT(verify(&s, NULL, true, &t, &r), ST_OK);
	CHECK_INT(r.faults, 1);
	CHECK_INT(t.what, VERIFY_CONVERSATION);
	CHECK(says(&t, "all of its files are missing"));
	id_hex(&id, whole);
	CHECK(says(&t, whole));
	buf_release(&t.text);
	CHECK_INT(faults(&s, &id, true), 1);
	CHECK_INT(verify(&s, &id, false, &t, &r), ST_NOT_FOUND);
	buf_release(&t.text);

	/* Deleted, and there again. */
	HOME_MUST(catalog_delete(s.catalog, &id, 1, NULL) == ST_OK);
	CHECK_INT(faults(&s, NULL, true), 0);
	home_write(conv_file(&s, &id, 0), bytes, n);
	CHECK_INT(verify(&s, NULL, true, &t, &r), ST_OK);
	CHECK_INT(r.faults, 1);
	CHECK_INT(t.what, VERIFY_DELETED);
	buf_release(&t.text);
	free(bytes);
	store_free(&s);
}

/* A segment that is followed by another one. */
static void test_segments(void)
{
	struct store s;
	struct journal_with with;
	struct journal *j = NULL;
	struct verify_report r;
	struct told t;
	struct id id;
	uint8_t *bytes;
	size_t n;

	store_new(&s);
	with = (struct journal_with){s.vault, s.catalog, NULL, NULL};
	HOME_MUST(journal_create(&with, NULL, &j, NULL) == ST_OK);
	id = *journal_id(j);
	HOME_MUST(append_number(j, 0, 10, true, NULL) == ST_OK);
	HOME_MUST(append_number(j, 1, 10, true, NULL) == ST_OK);
	journal_last(j)->spoiled = true;
	HOME_MUST(append_number(j, 2, 10, true, NULL) == ST_OK);
	journal_close(j);
	CHECK_INT(faults(&s, NULL, true), 0);
	CHECK_INT(faults(&s, NULL, false), 0);

	/* The first ends before the second goes on: no key is needed to see. */
	bytes = load(conv_file(&s, &id, 0), &n);
	home_write(conv_file(&s, &id, 0), bytes, n - 256);
	CHECK_INT(verify(&s, NULL, false, &t, &r), ST_OK);
	CHECK_INT(r.faults, 1);
	CHECK(says(&t, "not where the next segment goes on"));
	buf_release(&t.text);
	CHECK_INT(faults(&s, NULL, true), 1);

	HOME_MUST(unlink(conv_file(&s, &id, 0)) == 0);
	CHECK_INT(verify(&s, NULL, false, &t, &r), ST_OK);
	CHECK(says(&t, "the segment before it is missing"));
	buf_release(&t.text);
	CHECK_INT(faults(&s, NULL, true), 1);
	free(bytes);
	store_free(&s);
}

static void test_parents(void)
{
	struct store s;
	struct verify_report r;
	struct told t;
	struct id id;

	store_new(&s);
	id = synced_conv(&s, 4, 6);
	CHECK_INT(verify(&s, &id, true, &t, &r), ST_OK);
	CHECK_INT(r.faults, 1);
	CHECK(says(&t, "1 message follows one that is not there"));
	buf_release(&t.text);
	CHECK_INT(faults(&s, &id, false), 0);
	store_free(&s);
}

static void test_vault_and_index(void)
{
	struct store s;
	struct verify_report r;
	struct told t;
	const char *bak;
	char hex[ID_HEX + 1];
	char tail[64];
	uint8_t *bytes;
	size_t n;

	store_new(&s);
	(void)synced_conv(&s, 0, COUNT);
	bak = home_path(&s.home, "data/vault/vault.atv.bak");
	bytes = load(bak, &n);
	bytes[100] ^= 1;
	home_write(bak, bytes, n);
	CHECK_INT(verify(&s, NULL, true, &t, &r), ST_OK);
	CHECK_INT(r.faults, 1);
	CHECK_INT(t.what, VERIFY_VAULT);
	buf_release(&t.text);
	CHECK_INT(faults(&s, NULL, false), 1); /* nothing was repaired */
	bytes[100] ^= 1;
	home_write(bak, bytes, n);
	free(bytes);

	id_hex(vault_id(s.vault), hex);
	(void)snprintf(tail, sizeof(tail), "state/%s/index.ati", hex);
	bytes = load(home_path(&s.home, tail), &n);
	bytes[600] ^= 1;
	home_write(home_path(&s.home, tail), bytes, n);
	CHECK_INT(verify(&s, NULL, true, &t, &r), ST_OK);
	CHECK_INT(r.faults, 1);
	CHECK_INT(t.what, VERIFY_INDEX);
	buf_release(&t.text);
	CHECK_INT(faults(&s, NULL, true), 1);
	HOME_MUST(unlink(home_path(&s.home, tail)) == 0);
	CHECK_INT(verify(&s, NULL, true, &t, &r), ST_OK);
	CHECK_INT(r.faults, 0);
	CHECK(!r.anchored);
	buf_release(&t.text);
	free(bytes);
	store_free(&s);
}

int main(void)
{
	RUN(test_sound);
	RUN(test_flips);
	RUN(test_cuts);
	RUN(test_missing);
	RUN(test_segments);
	RUN(test_parents);
	RUN(test_vault_and_index);
	return REPORT();
}
