/* Replies while they stream, and what becomes of the ones left behind. */
#include "store/live.h"

#include <errno.h>
#include <sys/resource.h>
#include <signal.h>

#include "unit/journals.h"

static struct msg *reply(uint32_t n)
{
	struct msg *m = msg_new(ROLE_ASSISTANT);

	HOME_MUST(m != NULL);
	m->id = number_id(n);
	m->parent = number_id(0);
	m->time_ms = 1764000000000 + n;
	buf_str(&m->agent, "llama");
	buf_str(&m->model, "llama-3.3-70b-instruct");
	return m;
}

/* The message of that number in the conversation; NULL when it is not there. */
struct search {
	struct id id;
	struct msg *found;
	size_t times;
	unsigned flags;
};

static enum status take(const struct record *r, void *payload, struct err *err)
{
	struct search *k = payload;

	if (r->type != RECORD_MESSAGE || !id_eq(&r->id, &k->id))
		return ST_OK;
	k->times++;
	k->flags = r->flags;
	msg_free(k->found);
	k->found = NULL;
	return record_get_msg(r, &k->found, err);
}

static struct search search(
	struct store *s, const struct id *conv, uint32_t number)
{
	struct search k = {number_id(number), NULL, 0, 0};
	struct journal_with with = {s->vault, s->catalog, take, &k};
	struct journal *j = NULL;

	CHECK_INT(journal_open(&with, conv, &j, NULL), ST_OK);
	if (j != NULL) {
		CHECK_INT(journal_read(j, NULL), ST_OK);
		CHECK(!journal_report(j)->damaged);
	}
	journal_close(j);
	return k;
}

static struct live *begin(
	struct store *s, const struct id *conv, uint32_t number)
{
	struct msg *m = reply(number);
	struct live *l = NULL;

	HOME_MUST(live_begin(s->vault, conv, m, &l, NULL) == ST_OK);
	msg_free(m);
	return l;
}

/* The report; its text is not kept. */
static struct live_report recover_counts(struct store *s)
{
	struct live_report rep;

	live_report_init(&rep);
	CHECK_INT(live_recover(s->vault, s->catalog, &rep, NULL), ST_OK);
	buf_release(&rep.text);
	return rep;
}

static void test_saved(void)
{
	struct store s;
	struct id conv;
	struct live *l;
	struct search k;

	store_new(&s);
	conv = make_conv(&s, 1, 0);
	l = begin(&s, &conv, 1);
	CHECK_INT(count_files(&s, "data/vault/live"), 1);
	CHECK_INT(live_write(l, DELTA_TEXT, span_str("hello"), NULL), ST_OK);
	live_end(l, true);
	CHECK_INT(count_files(&s, "data/vault/live"), 0);
	CHECK_INT(recover_counts(&s).recovered, 0);
	k = search(&s, &conv, 1);
	CHECK(k.found == NULL);
	live_end(NULL, true);
	store_free(&s);
}

static void test_recovered(void)
{
	struct store s;
	struct id conv;
	struct live *l;
	struct live_report rep;
	struct search k;

	store_new(&s);
	conv = make_conv(&s, 1, 0);
	l = begin(&s, &conv, 1);
	CHECK_INT(live_write(l, DELTA_REASONING, span_str("hm"), NULL), ST_OK);
	CHECK_INT(live_write(l, DELTA_TEXT, span_str("hel"), NULL), ST_OK);
	CHECK_INT(live_write(l, DELTA_TEXT, span_str(""), NULL), ST_OK);
	CHECK_INT(live_write(l, DELTA_TEXT, span_str("lo"), NULL), ST_OK);
	live_end(l, false);
	CHECK_INT(count_files(&s, "data/vault/live"), 1);
	rep = recover_counts(&s);
	CHECK_INT(rep.recovered, 1);
	CHECK(id_eq(&rep.last, &conv));
	CHECK_INT(count_files(&s, "data/vault/live"), 0);
	k = search(&s, &conv, 1);
	CHECK_INT(k.times, 1);
	CHECK_INT(k.flags, RECORD_INTERRUPTED | RECORD_RECOVERED);
	if (k.found != NULL) {
		struct id root = number_id(0);

		CHECK_STR(k.found->text.p, "hello");
		CHECK_STR(k.found->reasoning.p, "hm");
		CHECK_STR(k.found->agent.p, "llama");
		CHECK_INT(k.found->outcome, OUTCOME_CUT);
		CHECK(k.found->recovered);
		CHECK(id_eq(&k.found->parent, &root));
		CHECK_INT(k.found->time_ms, 1764000000001);
		msg_free(k.found);
	}
	CHECK_INT(recover_counts(&s).recovered, 0);
	store_free(&s);
}

/* A text that is there when it begins, and pieces longer than a record. */
static void test_long(void)
{
	struct store s;
	struct id conv;
	struct live *l = NULL;
	struct msg *m = reply(1);
	struct buf big;
	struct search k;

	store_new(&s);
	conv = make_conv(&s, 1, 0);
	buf_init(&big, BUF_LARGE);
	while (big.len < (size_t)3 << 20)
		buf_fmt(&big, "%zu ", big.len);
	buf_str(&m->text, "before ");
	HOME_MUST(live_begin(s.vault, &conv, m, &l, NULL) == ST_OK);
	CHECK_INT(live_write(l, DELTA_TEXT, buf_view(&big), NULL), ST_OK);
	live_end(l, false);
	CHECK_INT(recover_counts(&s).recovered, 1);
	k = search(&s, &conv, 1);
	CHECK(k.found != NULL && k.found->text.len == big.len + 7 &&
		memcmp(k.found->text.p + 7, big.p, big.len) == 0);
	msg_free(k.found);
	msg_free(m);
	buf_release(&big);
	store_free(&s);
}

/* Killed between the record in the journal and the removal of the file. */
static void test_there_already(void)
{
	struct store s;
	struct id conv;
	struct live *l;
	struct numbers n;
	struct journal *j = NULL;
	struct search k;
	struct live_report rep;

	store_new(&s);
	conv = make_conv(&s, 1, 0);
	l = begin(&s, &conv, 1);
	CHECK_INT(live_write(l, DELTA_TEXT, span_str("half"), NULL), ST_OK);
	CHECK_INT(read_conv(&s, &conv, true, &n, &j, NULL), ST_OK);
	CHECK_INT(append_number(j, 1, 0, true, NULL), ST_OK);
	journal_close(j);
	live_end(l, false);
	rep = recover_counts(&s);
	CHECK_INT(rep.there, 1);
	CHECK_INT(rep.recovered, 0);
	CHECK_INT(count_files(&s, "data/vault/live"), 0);
	k = search(&s, &conv, 1);
	CHECK_INT(k.times, 1);
	CHECK(k.found != NULL &&
		span_starts(buf_view(&k.found->text), "number 1 "));
	msg_free(k.found);
	store_free(&s);
}

static void test_empty_and_busy(void)
{
	struct store s;
	struct id conv;
	struct live *a;
	struct live *b;
	struct live_report rep;

	store_new(&s);
	conv = make_conv(&s, 1, 0);
	a = begin(&s, &conv, 1);
	b = begin(&s, &conv, 2);
	CHECK_INT(live_write(b, DELTA_TEXT, span_str("x"), NULL), ST_OK);
	live_end(a, false);
	home_write(home_path(&s.home,
			   "data/vault/live/00112233445566778899aabbccddeeff."
			   "tmp"),
		"half", 4);
	rep = recover_counts(&s);
	CHECK_INT(rep.empty, 1);
	CHECK_INT(rep.busy, 1);
	CHECK_INT(rep.recovered, 0);
	CHECK_INT(count_files(&s, "data/vault/live"), 1);
	live_end(b, true);
	store_free(&s);
}

static void test_no_conversation(void)
{
	struct store s;
	struct id conv;
	struct id gone = {{5}};
	struct live *l;
	struct live_report rep;

	store_new(&s);
	/* Deleted here: so is its reply. */
	conv = make_conv(&s, 1, 0);
	l = begin(&s, &conv, 1);
	CHECK_INT(live_write(l, DELTA_TEXT, span_str("x"), NULL), ST_OK);
	live_end(l, false);
	HOME_MUST(unlink(conv_file(&s, &conv, 0)) == 0);
	CHECK_INT(catalog_delete(s.catalog, &conv, 1, NULL), ST_OK);
	rep = recover_counts(&s);
	CHECK_INT(rep.aside + rep.recovered, 0);
	CHECK_INT(count_files(&s, "data/vault/live"), 0);

	/* Never heard of: kept. */
	l = begin(&s, &gone, 1);
	CHECK_INT(live_write(l, DELTA_TEXT, span_str("x"), NULL), ST_OK);
	live_end(l, false);
	rep = recover_counts(&s);
	CHECK_INT(rep.aside, 1);
	CHECK_INT(count_files(&s, "data/vault/live"), 0);
	CHECK_INT(count_files(&s, "data/vault/quarantine"), 1);
	store_free(&s);
}

static const char *live_file(const struct store *s)
{
	DIR *d = opendir(home_path(&s->home, "data/vault/live"));
	struct dirent *e;
	char tail[512] = "";

	HOME_MUST(d != NULL);
	while ((e = readdir(d)) != NULL)
		if (e->d_name[0] != '.')
			(void)snprintf(tail, sizeof(tail), "data/vault/live/%s",
				e->d_name);
	(void)closedir(d);
	return home_path(&s->home, tail);
}

/*
 * Cut anywhere: what reads is taken, nothing else, and nobody is alarmed. Each
 * cut is recovered into the same conversation, from which the message before
 * is cut off again.
 */
static void test_cuts(void)
{
	static const char text[] = "abcdefghij";
	struct store s;
	struct id conv;
	struct live *l;
	struct stat sb;
	uint8_t *bytes;
	size_t longest = 0;
	size_t n;
	size_t at;
	size_t i;

	store_new(&s);
	conv = make_conv(&s, 1, 0);
	HOME_MUST(stat(conv_file(&s, &conv, 0), &sb) == 0);
	l = begin(&s, &conv, 1);
	for (i = 0; i < 10; i++)
		CHECK_INT(live_write(l, DELTA_TEXT, span_of(text + i, 1), NULL),
			ST_OK);
	bytes = load(live_file(&s), &n);
	live_end(l, true);
	for (at = 0; at <= n; at += 8) {
		struct live_report rep;
		struct search k;
		char path[1100];

		(void)snprintf(path, sizeof(path), "%s/%032zx.atj",
			home_path(&s.home, "data/vault/live"), at);
		home_write(path, bytes, at);
		live_report_init(&rep);
		/* Without the index, which would miss what is cut off. */
		CHECK_INT(live_recover(s.vault, NULL, &rep, NULL), ST_OK);
		live_report_release(&rep);
		CHECK_INT(count_files(&s, "data/vault/live"), 0);
		k = search(&s, &conv, 1);
		if (k.found != NULL) {
			CHECK(k.found->text.len >= longest);
			longest = k.found->text.len;
			CHECK(memcmp(k.found->text.p, text, longest) == 0);
			msg_free(k.found);
		}
		HOME_MUST(truncate(conv_file(&s, &conv, 0), sb.st_size) == 0);
	}
	CHECK_INT(longest, 10);
	free(bytes);
	store_free(&s);
}

static void test_full(void)
{
	struct store s;
	struct id conv;
	struct live *l;
	struct rlimit old;
	struct rlimit tight;
	struct search k;
	struct err err;

	store_new(&s);
	(void)signal(SIGXFSZ, SIG_IGN);
	conv = make_conv(&s, 1, 0);
	l = begin(&s, &conv, 1);
	CHECK_INT(live_write(l, DELTA_TEXT, span_str("kept"), NULL), ST_OK);
	HOME_MUST(getrlimit(RLIMIT_FSIZE, &old) == 0);
	tight = old;
	tight.rlim_cur = 1100;
	HOME_MUST(setrlimit(RLIMIT_FSIZE, &tight) == 0);
	CHECK_INT(live_write(l, DELTA_TEXT, span_str("lost"), &err), ST_IO);
	HOME_MUST(setrlimit(RLIMIT_FSIZE, &old) == 0);
	/* It stays so: a hole in the middle would read as a whole reply. */
	CHECK_INT(live_write(l, DELTA_TEXT, span_str("more"), &err), ST_IO);
	live_end(l, false);
	CHECK_INT(recover_counts(&s).recovered, 1);
	k = search(&s, &conv, 1);
	CHECK(k.found != NULL && span_is(buf_view(&k.found->text), "kept"));
	msg_free(k.found);
	store_free(&s);
}

int main(void)
{
	RUN(test_saved);
	RUN(test_recovered);
	RUN(test_long);
	RUN(test_there_already);
	RUN(test_empty_and_busy);
	RUN(test_no_conversation);
	RUN(test_cuts);
	RUN(test_full);
	return REPORT();
}
