/* app/argword: the words behind a command. */
#include "unit/check.h"

#include <stdlib.h>

#include "app/argword.h"

/* The words of a text, a "|" between them. */
static void check(const char *text, const char *want)
{
	struct span rest = span_str(text);
	struct buf got;
	bool any = false;

	buf_init(&got, BUF_LARGE);
	for (;;) {
		struct buf word;
		bool more;

		buf_init(&word, BUF_LARGE);
		more = argword_next(&rest, &word);
		if (more && any)
			buf_char(&got, '|');
		buf_span(&got, buf_view(&word));
		buf_release(&word);
		if (!more)
			break;
		any = true;
	}
	CHECK_STR(got.p, want);
	buf_release(&got);
}

static void words(void)
{
	check("", "");
	check("   ", "");
	check("a", "a");
	check(" a\tb\n c ", "a|b|c");
	check("\"a b\" c", "a b|c");
	check("'a \"b' \"c 'd\"", "a \"b|c 'd");
	check("a\\ b c\\\\d", "a b|c\\d");
	check("x'y z'w", "xy zw");
	check("'a\\b'", "a\\b");
	check("\"a\\\"b\"", "a\"b");
	check("\"not closed", "not closed");
	check("\"\" a", "|a");
	check("end\\", "end\\");
}

static void written_words_read_back(void)
{
	static const char *const rows[] = {
		"a", "a b", "\"", "'", "\\", " ", "a\tb\"c'd\\e"};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buf put;
		struct buf got;
		struct span rest;

		buf_init(&put, BUF_SMALL);
		buf_init(&got, BUF_SMALL);
		argword_put(span_str(rows[i]), &put);
		rest = buf_view(&put);
		CHECK(argword_next(&rest, &got));
		CHECK_STR(got.p, rows[i]);
		CHECK_INT(rest.n, 0);
		buf_release(&put);
		buf_release(&got);
	}
}

static void homes(void)
{
	struct buf out;

	buf_init(&out, BUF_SMALL);
	CHECK_INT(setenv("HOME", "/home/ann", 1), 0);
	CHECK_INT(argword_home(span_str("~/x"), &out, NULL), ST_OK);
	CHECK_STR(out.p, "/home/ann/x");
	buf_reset(&out);
	CHECK_INT(argword_home(span_str("~x"), &out, NULL), ST_OK);
	CHECK_STR(out.p, "~x");
	buf_reset(&out);
	CHECK_INT(unsetenv("HOME"), 0);
	CHECK_INT(argword_home(span_str("~/x"), &out, NULL), ST_USAGE);
	buf_release(&out);
}

int main(void)
{
	RUN(words);
	RUN(written_words_read_back);
	RUN(homes);
	return REPORT();
}
