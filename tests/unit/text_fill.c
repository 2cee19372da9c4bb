/* text/fill: sentences in lines of a width. */
#include "unit/check.h"

#include "base/utf8.h"
#include "text/fill.h"

static void fills(const char *text, size_t width, size_t at, size_t indent,
	const char *want)
{
	struct buf out;

	buf_init(&out, BUF_SMALL);
	fill_line(span_str(text), width, at, indent, &out);
	CHECK_STR(out.p, want);
	buf_release(&out);
}

static void lines_break_between_words(void)
{
	fills("", 20, 0, 2, "");
	fills("one", 20, 0, 2, "one");
	fills("what arrived is kept here", 20, 0, 2,
		"what arrived is kept\n  here");
	fills("what arrived is kept here", 20, 9, 2,
		"what\n  arrived is kept\n  here");
	fills("what arrived is kept here", 20, 9, 0,
		"what\narrived is kept here");
	/* As it came where there is no width, or too small a one. */
	fills("what arrived is kept here", 0, 9, 2,
		"what arrived is kept here");
	fills("what arrived is kept here", 17, 9, 2,
		"what arrived is kept here");
}

static void words_stay_whole(void)
{
	fills("see /home/user/a/very/long/path/to/it now", 20, 9, 2,
		"see\n  /home/user/a/very/long/path/to/it\n  now");
	fills("https://example.org/a/long/address", 20, 9, 2,
		"https://example.org/a/long/address");
}

static void other_scripts(void)
{
	/* Two columns each; a full stop stays with what is before it. */
	fills("\xe4\xb8\x80\xe4\xba\x8c\xe4\xb8\x89\xe5\x9b\x9b\xe4\xba\x94"
	      "\xe5\x85\xad\xe4\xb8\x83\xe5\x85\xab\xe4\xb9\x9d\xe5\x8d\x81",
		16, 0, 0,
		"\xe4\xb8\x80\xe4\xba\x8c\xe4\xb8\x89\xe5\x9b\x9b\xe4\xba\x94"
		"\xe5\x85\xad\xe4\xb8\x83\xe5\x85\xab\n"
		"\xe4\xb9\x9d\xe5\x8d\x81");
	fills("n\xc3\xa4her k\xc3\xb6nnen wir \xc3\xbc"
	      "ben",
		16, 0, 0,
		"n\xc3\xa4her k\xc3\xb6nnen wir\n\xc3\xbc"
		"ben");
}

static void fed(const char *text, size_t piece, const char *want)
{
	struct fill *f = fill_new(24);
	struct span rest = span_str(text);
	struct buf out;

	CHECK(f != NULL);
	buf_init(&out, BUF_SMALL);
	while (rest.n > 0) {
		size_t n = utf8_floor(rest, piece < rest.n ? piece : rest.n);

		n = n > 0 ? n : 2;
		fill_feed(f, span_of(rest.p, n), &out);
		rest = span_of(rest.p + n, rest.n - n);
	}
	fill_finish(f, &out);
	CHECK_STR(out.p, want);
	fill_free(f);
	buf_release(&out);
}

/* Lines that come in pieces, however they are cut. */
static void pieces(void)
{
	size_t n;

	for (n = 1; n < 200; n++) {
		fed("Let me think about this once more, n\xc3\xa4her.\n\n"
		    "  - an item that is longer than the line\n"
		    "\tx = 1\n"
		    "                 deep in the margin\n"
		    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaa https://example.org/a/long\n"
		    "end",
			n,
			"Let me think about this\nonce more, n\xc3\xa4her.\n\n"
			"  - an item that is\n  longer than the line\n"
			"\tx = 1\n"
			"                 deep in\nthe margin\n"
			"aaaaaaaaaaaaaaaaaaaaaaaa\naaaaa\n"
			"https://example.org/a/long\n"
			"end");
	}
}

/* No line is wider than asked for, and the words are those that went in. */
static void widths_hold(void)
{
	static const char text[] =
		"the key was refused by the endpoint; a new one is set with: "
		"atllama key set NAME";
	size_t width;

	for (width = 18; width < 100; width++) {
		struct buf out;
		struct span rest;
		size_t i;

		buf_init(&out, BUF_SMALL);
		fill_line(span_str(text), width, 9, 2, &out);
		rest = buf_view(&out);
		CHECK(9 + utf8_columns(span_cut(&rest, '\n')) <= width ||
			width < 18);
		while (rest.n > 0)
			CHECK(utf8_columns(span_cut(&rest, '\n')) <= width);
		for (i = 0; i + 2 < out.len; i++)
			if (out.p[i] == '\n') {
				CHECK(out.p[i + 1] == ' ');
				out.p[i] = ' ';
				memmove(out.p + i + 1, out.p + i + 3,
					out.len - i - 2);
				out.len -= 2;
			}
		CHECK_STR(out.p, text);
		buf_release(&out);
	}
}

static void rows_go_on_in_their_column(void)
{
	static const char *const rows[][2] = {
		{"short   row\n", "short   row\n"},
		{"name          a value that is longer than the line is\n",
			"name          a value that is longer\n"
			"              than the line is\n"},
		/* Too little room beside the name. */
		{"a rather long name here  and a value behind it\n",
			"a rather long name here  and a value\n"
			"    behind it\n"},
		{"no columns at all in this sentence of many words",
			"no columns at all in this sentence of\n"
			"many words\n"},
		{"", ""},
		/* Styles take no columns, and stand where they stood. */
		{"\033[1mbold\033[0m words that fit in forty columns\n",
			"\033[1mbold\033[0m words that fit in forty "
			"columns\n"},
		{"  1 you: a title that is longer than the \033[1mforty "
		 "columns\033[0m it has\n",
			"  1 you: a title that is longer than the\033[1m\n"
			"  forty columns\033[0m it has\n"},
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buf out;

		buf_init(&out, BUF_SMALL);
		fill_rows(span_str(rows[i][0]), 40, &out);
		CHECK_STR(out.len > 0 ? out.p : "", rows[i][1]);
		buf_release(&out);
	}
}

int main(void)
{
	RUN(rows_go_on_in_their_column);
	RUN(lines_break_between_words);
	RUN(words_stay_whole);
	RUN(other_scripts);
	RUN(pieces);
	RUN(widths_hold);
	return REPORT();
}
