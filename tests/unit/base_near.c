/* base/near: distances and suggestions. */
#include "unit/check.h"

#include "base/near.h"

/* What it takes to come from a word to a name; -1 when that is not close. */
static int distance(const char *word, const char *name)
{
	struct near n;

	near_init(&n, span_str(word));
	near_offer(&n, span_str(name));
	return near_best(&n).p != NULL ? (int)n.distance : -1;
}

static void distances(void)
{
	CHECK_INT(distance("llama", "llama"), 0);
	CHECK_INT(distance("LLAMA", "llama"), 0);
	CHECK_INT(distance("lama", "llama"), 1);
	CHECK_INT(distance("llamas", "llama"), 1);
	CHECK_INT(distance("lalma", "llama"), 1);
	CHECK_INT(distance("j\xc3\xbcrgen", "jurgen"), 1);
	CHECK_INT(distance("abcdef", "badcef"), 2);
	CHECK_INT(distance("sittings", "kitting"), 2);
	CHECK_INT(distance("the kitten", "the sitting"), 3);
	CHECK_INT(distance("the kittens", "a sitting"), -1);
	/* How far it may be goes by the length of the word. */
	CHECK_INT(distance("abc", "abx"), 1);
	CHECK_INT(distance("abc", "axy"), -1);
	CHECK_INT(distance("abcdef", "a"), -1);
	/* A beginning is one step away. */
	CHECK_INT(distance("ab", "abcdefghijkl"), 1);
	CHECK_INT(distance("", "abc"), -1);
}

static void suggestions(void)
{
	static const char *const names[] = {"help", "new", "resume", "retry",
		"rename", "quit", "usage", "continue", "list"};
	static const struct {
		const char *word;
		const char *want; /* NULL: none */
	} rows[] = {
		{"hlep", "help"},
		{"hel", "help"},
		{"quti", "quit"},
		{"resum", "resume"},
		{"RESUEM", "resume"},
		{"retr", "retry"},
		{"cont", "continue"}, /* a beginning */
		{"contniue", "continue"},
		{"lst", "list"},
		{"nwe", "new"},
		{"x", NULL},
		{"", NULL},
		{"zebra", NULL},
		{"helicopter", NULL},
		{"\xff\xff\xff", NULL},
		{"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
			NULL},
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *got = near_name(span_str(rows[i].word), names,
			sizeof(names) / sizeof(names[0]));

		CHECK_STR(got != NULL ? got : "(none)",
			rows[i].want != NULL ? rows[i].want : "(none)");
	}
}

static void the_first_of_equals_stays(void)
{
	struct near n;

	near_init(&n, span_str("cat"));
	near_offer(&n, span_str("dog"));
	CHECK(near_best(&n).p == NULL);
	near_offer(&n, span_str("bat"));
	near_offer(&n, span_str("rat"));
	CHECK(span_is(near_best(&n), "bat"));
	near_offer(&n, span_str("cat"));
	CHECK(span_is(near_best(&n), "cat"));
}

int main(void)
{
	RUN(distances);
	RUN(suggestions);
	RUN(the_first_of_equals_stays);
	return REPORT();
}
