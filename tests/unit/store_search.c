#include "store/search.h"

#include "store/journal_priv.h"
#include "unit/check.h"
#include "unit/journals.h"

/* What was found, in order: "number:text|". */
struct found {
	struct buf text;
	size_t n;
	size_t stop_after; /* 0: never */
	size_t done; /* of total, as told on the way */
	size_t total;
};

static enum status take(
	const struct search_hit *h, void *payload, struct err *err)
{
	struct found *f = payload;

	f->n++;
	buf_fmt(&f->text, "%llu:", (unsigned long long)h->number);
	if (h->title)
		buf_str(&f->text, "title ");
	if (h->document.n > 0) {
		buf_span(&f->text, h->document);
		buf_str(&f->text, ": ");
	}
	buf_span(&f->text, span_of(h->text.p, h->at));
	buf_char(&f->text, '[');
	buf_span(&f->text, span_of(h->text.p + h->at, h->end - h->at));
	buf_char(&f->text, ']');
	buf_span(&f->text, span_of(h->text.p + h->end, h->text.n - h->end));
	buf_char(&f->text, '|');
	return f->stop_after > 0 && f->n == f->stop_after
		? err_set(err, ST_STOPPED, "enough")
		: ST_OK;
}

/* It goes up, to no more than all there are. */
static void note_progress(size_t done, size_t total, void *payload)
{
	struct found *f = payload;

	CHECK(done >= f->done && done <= total);
	CHECK(f->total == 0 || total == f->total);
	f->done = done;
	f->total = total;
}

static struct search_query any(const struct match *m)
{
	return (struct search_query){.match = m,
		.any_role = true,
		.since_ms = INT64_MIN,
		.until_ms = INT64_MAX};
}

static enum status run(struct store *s, const char *words,
	struct search_query q, struct found *f, struct search_report *report)
{
	struct search_ops ops = {
		.hit = take, .at = note_progress, .payload = f};
	struct match m;
	struct err err;
	enum status st;

	buf_init(&f->text, BUF_LARGE);
	f->n = 0;
	match_init(&m);
	st = match_words(&m, span_str(words), &err);
	q.match = &m;
	if (st == ST_OK)
		st = search_run(s->vault, s->catalog, &q, &ops, report, &err);
	match_release(&m);
	return st;
}

/* Whether looking for the words in everything gives exactly this. */
static void expect(struct store *s, const char *words, const char *want)
{
	struct search_report report;
	struct found f = {.stop_after = 0};

	CHECK_INT(run(s, words, any(NULL), &f, &report), ST_OK);
	CHECK_STR(f.text.p, want);
	CHECK_INT(report.hits, f.n);
	CHECK(f.total > 0 && f.done + 1 == f.total);
	buf_release(&f.text);
}

struct talk {
	struct journal *journal;
	struct id last;
	struct id id;
	uint8_t n;
};

static void begin(struct store *s, struct talk *t, const char *title)
{
	struct journal_with with = {s->vault, s->catalog, NULL, NULL};
	struct meta meta = {.set = META_TITLE, .title = span_str(title)};
	struct record r = {.type = RECORD_META, .time_ms = 500};
	struct buf payload;

	memset(t, 0, sizeof(*t));
	HOME_MUST(journal_create(&with, NULL, &t->journal, NULL) == ST_OK);
	t->id = *journal_id(t->journal);
	buf_init(&payload, BUF_SMALL);
	record_put_meta(&meta, &payload);
	r.payload = buf_view(&payload);
	HOME_MUST(journal_append(t->journal, &r, false, NULL) == ST_OK);
	buf_release(&payload);
}

static void say(struct talk *t, enum role role, int64_t time_ms,
	struct span text, const char *document)
{
	struct msg *m = msg_new(role);
	struct record r;
	struct buf payload;

	HOME_MUST(m != NULL);
	buf_init(&payload, RECORD_PAYLOAD_MAX);
	m->id.b[0] = ++t->n;
	m->id.b[1] = 0x55;
	m->parent = t->last;
	m->time_ms = time_ms;
	buf_span(&m->text, text);
	if (role == ROLE_ASSISTANT)
		buf_str(&m->agent, "Llama");
	if (document != NULL)
		HOME_MUST(msg_attach(m, span_str("notes.txt"),
				  span_str(document), NULL) == ST_OK);
	HOME_MUST(record_of_msg(m, &payload, &r, NULL) == ST_OK);
	HOME_MUST(journal_append(t->journal, &r, false, NULL) == ST_OK);
	t->last = m->id;
	buf_release(&payload);
	msg_free(m);
}

static void test_finds(void)
{
	struct store s;
	struct talk a;
	struct talk b;
	struct talk c;

	store_new(&s);
	begin(&s, &a, "Rivers");
	say(&a, ROLE_USER, 1000, span_str("Name a River"), NULL);
	say(&a, ROLE_ASSISTANT, 2000,
		span_str("one line\nthe river Amazon\nlast line"), NULL);
	journal_close(a.journal);
	begin(&s, &b, "Lakes and rivers");
	say(&b, ROLE_USER, 3000, span_str("See this"), "a lake\nÉCOLE\n");
	journal_close(b.journal);
	begin(&s, &c, "Untold zebras");
	say(&c, ROLE_USER, 4000, span_str("nothing here"), NULL);
	journal_close(c.journal);
	expect(&s, "river",
		"0:title Lakes and [river]s|1:Name a [River]|"
		"2:the [river] Amazon|");
	expect(&s, "\"the river\"", "2:[the river] Amazon|");
	expect(&s, "amazon RIVER", "2:the river [Amazon]|");
	expect(&s, "école", "1:notes.txt: [ÉCOLE]|");
	expect(&s, "zebra", "0:title Untold [zebra]s|");
	expect(&s, "lake \"see this\"", "");
	expect(&s, "giraffe", "");
	store_free(&s);
}

static void test_filters(void)
{
	struct search_report report;
	struct found f = {.stop_after = 0};
	struct search_query q;
	struct store s;
	struct talk a;

	store_new(&s);
	begin(&s, &a, "word");
	say(&a, ROLE_USER, 1000, span_str("0\n1\n2 word\n3\n4"), NULL);
	say(&a, ROLE_ASSISTANT, 2000, span_str("word"), NULL);
	say(&a, ROLE_USER, 3000, span_str("word"), NULL);
	journal_close(a.journal);
	q = any(NULL);
	q.any_role = false;
	q.role = ROLE_ASSISTANT;
	CHECK_INT(run(&s, "word", q, &f, &report), ST_OK);
	CHECK_STR(f.text.p, "2:[word]|");
	buf_release(&f.text);
	q = any(NULL);
	q.agent = span_str("lLAMA");
	CHECK_INT(run(&s, "word", q, &f, &report), ST_OK);
	CHECK_STR(f.text.p, "2:[word]|");
	buf_release(&f.text);
	q = any(NULL);
	q.since_ms = 2000;
	q.until_ms = 2999;
	CHECK_INT(run(&s, "word", q, &f, &report), ST_OK);
	CHECK_STR(f.text.p, "2:[word]|");
	buf_release(&f.text);
	q.since_ms = 9000;
	q.until_ms = INT64_MAX;
	CHECK_INT(run(&s, "word", q, &f, &report), ST_OK);
	CHECK_STR(f.text.p, "");
	CHECK_INT(report.conversations, 0);
	buf_release(&f.text);
	q = any(NULL);
	q.until_ms = 1000;
	q.context = 1;
	CHECK_INT(run(&s, "word", q, &f, &report), ST_OK);
	CHECK_STR(f.text.p, "1:1\n2 [word]\n3|");
	buf_release(&f.text);
	store_free(&s);
}

/* More than one conversation's worth of results has to wait for its turn, and
 * still all comes, in order. */
static void test_many(void)
{
	enum { CONVS = 3 * SEARCH_AHEAD, EACH = 400, EXTRA = 2000 };
	struct search_report report;
	struct found f = {.stop_after = 0};
	struct search_query q = any(NULL);
	struct store s;
	int i;

	store_new(&s);
	for (i = 0; i < CONVS; i++)
		(void)make_conv(&s, EACH, EXTRA);
	q.context = SEARCH_CONTEXT_MAX;
	CHECK_INT(run(&s, "number", q, &f, &report), ST_OK);
	CHECK_INT(f.n, CONVS * EACH);
	CHECK_INT(report.conversations, CONVS);
	CHECK_INT(report.unread, 0);
	buf_release(&f.text);
	f = (struct found){.stop_after = 10};
	CHECK_INT(run(&s, "number", q, &f, &report), ST_STOPPED);
	CHECK_INT(f.n, 10);
	buf_release(&f.text);
	store_free(&s);
}

/* Longer than a record: the terms may be in several pieces, and across the seam
 * of two. */
static void test_long(void)
{
	enum { PIECE = JOURNAL_PART, LONG = 20 * PIECE };
	struct store s;
	struct talk a;
	struct buf text;
	size_t i;

	store_new(&s);
	buf_init(&text, BUF_LARGE);
	HOME_MUST(buf_reserve(&text, LONG));
	for (i = 0; i < LONG; i++)
		text.p[i] = i % 64 == 63 ? '\n' : '.';
	text.len = LONG;
	memcpy(text.p + 10, "first", 5);
	memcpy(text.p + LONG - 20, "second", 6);
	for (i = PIECE - 640; i < PIECE; i += 11)
		memcpy(text.p + i, "seam-word-x", 11);
	begin(&s, &a, "long");
	say(&a, ROLE_USER, 1000, buf_view(&text), NULL);
	say(&a, ROLE_USER, 2000, span_str("Second"), NULL);
	journal_close(a.journal);
	expect(&s, "first giraffe", "");
	expect(&s, "\"x\nseam\"", "");
	{
		struct search_report report;
		struct found f = {.stop_after = 0};

		CHECK_INT(run(&s, "second", any(NULL), &f, &report), ST_OK);
		CHECK_INT(f.n, 2);
		buf_release(&f.text);
		CHECK_INT(
			run(&s, "first second", any(NULL), &f, &report), ST_OK);
		CHECK_INT(f.n, 1);
		CHECK(span_starts(buf_view(&f.text), "1:..........[first]"));
		buf_release(&f.text);
		CHECK_INT(run(&s, "seam-word-xseam-word-xseam", any(NULL), &f,
				  &report),
			ST_OK);
		CHECK_INT(f.n, 1);
		buf_release(&f.text);
	}
	buf_release(&text);
	store_free(&s);
}

static void test_damage(void)
{
	struct search_report report;
	struct found f = {.stop_after = 0};
	struct store s;
	struct id id;
	int fd;

	store_new(&s);
	id = make_conv(&s, 3, 500);
	fd = open(conv_file(&s, &id, 0), O_WRONLY | O_CLOEXEC);
	HOME_MUST(fd >= 0 && pwrite(fd, "XXXX", 4, 600) == 4);
	(void)close(fd);
	CHECK_INT(run(&s, "number", any(NULL), &f, &report), ST_OK);
	CHECK_INT(f.n, 2);
	CHECK_INT(report.unread, 1);
	CHECK(report.why.msg[0] != '\0');
	buf_release(&f.text);
	HOME_MUST(catalog_delete(s.catalog, &id, 1, NULL) == ST_OK);
	CHECK_INT(run(&s, "number", any(NULL), &f, &report), ST_OK);
	CHECK_INT(f.n, 0);
	buf_release(&f.text);
	store_free(&s);
}

int main(void)
{
	RUN(test_finds);
	RUN(test_filters);
	RUN(test_many);
	RUN(test_long);
	RUN(test_damage);
	return REPORT();
}
