#include "serve/rank.h"

#include "unit/check.h"

static const char *const pages[][3] = {
	{"Resume a conversation", "continue, -c",
		"Comes back to what was said before."},
	{"List conversations", "overview", "Shows all that was saved."},
	{"Keys", "keyboard", "Ctrl-C stops the answer. Enter sends."},
	{"Exit codes", "", "0 answered, 13 vault locked, 130 interrupted"},
	{"Options", "", "--dry-run prints the request; -q keeps quiet."},
};

enum { PAGES = sizeof(pages) / sizeof(pages[0]) };

static struct rank *make_rank(const char *synonyms)
{
	struct rank *r = rank_new();
	size_t i;

	CHECK(r != NULL);
	CHECK_INT(rank_synonyms(r, span_str(synonyms), NULL), ST_OK);
	for (i = 0; i < PAGES; i++)
		CHECK_INT(rank_add(r, span_str(pages[i][0]),
				  span_str(pages[i][1]), span_str(pages[i][2]),
				  NULL),
			ST_OK);
	return r;
}

/* The number of the best section, or -1. */
static int best(const struct rank *r, const char *question)
{
	struct rank_hit hit;
	size_t n;

	CHECK_INT(rank_find(r, span_str(question), &hit, 1, &n, NULL), ST_OK);
	return n > 0 ? (int)hit.section : -1;
}

static void test_best(void)
{
	struct rank *r = make_rank("");

	CHECK_INT(best(r, "How do I resume?"), 0);
	CHECK_INT(best(r, "RESUMING my conversations"), 0);
	CHECK_INT(best(r, "resumed"), 0);
	CHECK_INT(best(r, "listing"), 1);
	CHECK_INT(best(r, "what does 13 mean"), 3);
	CHECK_INT(best(r, "the key that stops it"), 2);
	CHECK_INT(best(r, "photosynthesis"), -1);
	CHECK_INT(best(r, "how do I do this?"), -1);
	CHECK_INT(best(r, ""), -1);
	rank_free(r);
}

static void test_sigils(void)
{
	struct rank *r = make_rank("");

	CHECK_INT(best(r, "-c"), 0);
	CHECK_INT(best(r, "what is `-q`?"), 4);
	CHECK_INT(best(r, "--dry-run"), 4);
	CHECK_INT(best(r, "--DRY-RUN, please"), 4);
	CHECK_INT(best(r, "a-q"), -1);
	rank_free(r);
}

static void test_synonyms(void)
{
	struct rank *r = make_rank("# comment\nresume reopen fortsetzen\n"
				   "list übersicht\nother reopen\n");

	CHECK_INT(best(r, "reopening"), 0);
	CHECK_INT(best(r, "Fortsetzen"), 0);
	CHECK_INT(best(r, "ÜBERSICHT"), 1);
	CHECK_INT(best(r, "comment"), -1);
	rank_free(r);
}

static void test_cover(void)
{
	struct rank *r = make_rank("");
	struct rank_hit hits[PAGES];
	size_t n;

	CHECK_INT(rank_find(r, span_str("resume conversation"), hits, PAGES, &n,
			  NULL),
		ST_OK);
	CHECK_INT(n, 2);
	CHECK_INT(hits[0].section, 0);
	CHECK(hits[0].cover > 0.999 && hits[0].cover < 1.001);
	CHECK(hits[0].titled);
	CHECK_INT(hits[1].section, 1);
	CHECK(hits[1].cover < 0.5);
	/* What is in no section takes its share. */
	CHECK_INT(rank_find(r, span_str("resume photosynthesis"), hits, 1, &n,
			  NULL),
		ST_OK);
	CHECK_INT(n, 1);
	CHECK(hits[0].cover < 0.5);
	CHECK_INT(rank_find(r, span_str("interrupted"), hits, 1, &n, NULL),
		ST_OK);
	CHECK(!hits[0].titled);
	rank_free(r);
}

/* Any bytes, and more words than are looked at. */
static void test_odd(void)
{
	struct rank *r = make_rank("");
	struct buf b;
	int i;

	buf_init(&b, BUF_LARGE);
	for (i = 0; i < 1000; i++)
		buf_fmt(&b, "list%d resume ", i);
	CHECK_INT(best(r, b.p), 0);
	buf_reset(&b);
	for (i = 0; i < 10000; i++)
		buf_str(&b, "\xc3\x9c");
	CHECK_INT(best(r, b.p), -1);
	CHECK_INT(best(r, "\xff\xfe\xc3 -\xc3 resume\xe2\x82"), 0);
	CHECK_INT(best(r, "- -- / @ --- resume -"), 0);
	buf_release(&b);
	rank_free(r);
	rank_free(NULL);
	r = rank_new();
	CHECK_INT(best(r, "nothing is in it"), -1);
	rank_free(r);
}

int main(void)
{
	RUN(test_best);
	RUN(test_sigils);
	RUN(test_synonyms);
	RUN(test_cover);
	RUN(test_odd);
	return REPORT();
}
