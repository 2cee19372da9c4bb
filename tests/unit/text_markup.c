/* text/markup: what comes out for what goes in, and its promises. */
#include "unit/check.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>

#include "fuzz/markup_rules.h"

struct row {
	const char *in;
	const char *out;
};

static const struct markup_theme *plain(void)
{
	return markup_theme(MARKUP_NO_COLOR, MARKUP_DARK);
}

static void check_rows(const struct row *rows, size_t n, size_t width)
{
	size_t i;

	for (i = 0; i < n; i++) {
		struct buf out;
		const char *why;
		uint32_t cuts;

		buf_init(&out, BUF_SMALL);
		markup_text(plain(), width, 0, span_str(rows[i].in), &out);
		CHECK_STR(out.p, rows[i].out);
		for (cuts = 1; cuts < 20; cuts++) {
			why = markup_promise_broken(
				span_str(rows[i].in), width, cuts);
			if (why != NULL)
				printf("row %zu: %s\n", i, why);
			CHECK(why == NULL);
		}
		buf_release(&out);
	}
}

#define CHECK_ROWS(rows, width)                                                \
	check_rows(rows, sizeof(rows) / sizeof(rows[0]), width)

/* The same with marks for the styles of a link and for hyperlinks. */
static void check_links(const struct row *rows, size_t n)
{
	struct markup_theme theme = *plain();
	size_t i;

	theme.sgr[MARKUP_URL] = "\033[34m";
	theme.sgr[MARKUP_STRONG] = "\033[1m";
	for (i = 0; i < n; i++) {
		struct buf out;
		struct buf seen;
		size_t k;

		buf_init(&out, BUF_SMALL);
		buf_init(&seen, BUF_SMALL);
		markup_text(
			&theme, 40, MARKUP_LINKS, span_str(rows[i].in), &out);
		for (k = 0; k < out.len;) {
			struct span rest = span_of(out.p + k, out.len - k);

			if (span_starts(rest, "\033]8;;\033\\")) {
				buf_char(&seen, '}');
				k += 7;
			} else if (span_starts(rest, "\033]8;;")) {
				buf_char(&seen, '{');
				k += 5;
				while (out.p[k] != '\033')
					buf_char(&seen, out.p[k++]);
				buf_char(&seen, '|');
				k += 2;
			} else if (span_starts(rest, "\033[34m")) {
				buf_char(&seen, '<');
				k += 5;
			} else if (span_starts(rest, "\033[1m")) {
				buf_char(&seen, '*');
				k += 4;
			} else if (span_starts(rest, "\033[0m")) {
				buf_char(&seen, '>');
				k += 4;
			} else {
				buf_char(&seen, out.p[k++]);
			}
		}
		CHECK_STR(seen.p, rows[i].out);
		buf_release(&out);
		buf_release(&seen);
		for (k = 1; k < 20; k++)
			CHECK_STR(markup_promise_broken(span_str(rows[i].in),
					  40, (uint32_t)k) == NULL
					? "kept"
					: "broken",
				"kept");
	}
}

static void addresses(void)
{
	static const struct row rows[] = {
		{"see https://x.org/a_b_c.",
			"see {https://x.org/a_b_c|<"
			"https://x.org/a_b_c}>.\n"},
		{"http://x.org", "{http://x.org|<http://x.org}>\n"},
		{"(https://x.org/a_(b))",
			"({https://x.org/a_(b)|<https://x.org/a_(b)}>)\n"},
		{"**https://x.org**", "{https://x.org|*<https://x.org}>\n"},
		{"**at https://x.org/ now**",
			"*at {https://x.org/|<https://x.org/}>* now>\n"},
		{"https://x.org/?a=1&amp;b=*c*",
			"{https://x.org/?a=1&b=*c|<https://x.org/?a=1&b=*c}>*"
			"\n"},
		{"&lt;https://x.org&gt;",
			"<{https://x.org|<https://x.org}>>"
			"\n"},
		{"http://[::1]:8080/x",
			"{http://[::1]:8080/x|<http://[::1]:8080/x}>\n"},
		/* Not at all, or not to be opened. */
		{"xhttps://x.org http:// https://. ftp://x.org",
			"xhttps://x.org http:// https://.\nftp://x.org\n"},
		{"`https://x.org`", "https://x.org\n"},
		{"http the hat shttp h", "http the hat shttp h\n"},
		{"https://b.com@x.org", "<https://b.com@x.org>\n"},
		{"https://\xd0\xb0pple.com", "<https://\xd0\xb0pple.com>\n"},
		/* Not in the text of a link, whose address is shown. */
		{"[https://a.org](https://b.org)",
			"https://a.org< ({https://b.org|https://b.org})>\n"},
		{"[t](https://b.org)", "t< ({https://b.org|https://b.org})>\n"},
		{"[t](ftp://b.org)", "t< (ftp://b.org)>\n"},
		{"<http://a.org><http://b.org>",
			"{http://a.org|<http://a.org}{http://b.org|"
			"http://b.org}>\n"},
		/* Beside scripts without blanks. */
		{"\xe8\xa7\x81https://x.org\xe3\x80\x82",
			"\xe8\xa7\x81{https://x.org|<https://x.org}>"
			"\xe3\x80\x82\n"},
		{"https://x.org/\xc3\xbc"
		 "ber alles",
			"<https://x.org/\xc3\xbc"
			"ber> alles\n"},
		/* On the next line, whole. */
		{"it is at this address https://x.org/a/b/c",
			"it is at this address\n"
			"<{https://x.org/a/b/c|https://x.org/a/b/c}>\n"},
		{"| a |\n|---|\n| https://x.org |",
			"a\n-------------\n<https://x.org>\n"},
	};

	check_links(rows, sizeof(rows) / sizeof(rows[0]));
}

/* An address that never ends is text in the end. */
static void an_address_is_bounded(void)
{
	struct buf in;
	struct buf out;
	size_t i;

	buf_init(&in, BUF_LARGE);
	buf_init(&out, BUF_LARGE);
	buf_str(&in, "https://x.org/");
	for (i = 0; i < 3 * MARKUP_LINK; i++)
		buf_char(&in, (char)('a' + i % 26));
	markup_text(plain(), 80, 0, buf_view(&in), &out);
	buf_char(&in, '\n');
	CHECK_STR(out.p, in.p);
	CHECK(markup_promise_broken(buf_view(&in), 80, 7) == NULL);
	buf_release(&in);
	buf_release(&out);
}

/* Without styles, struck text would read as if it held, and a command as a part
 * of its sentence. With colours the marks are the same. */
static void marks_instead_of_styles(void)
{
	static const char text[] = "**a** ~~b *c*~~ ~~d\n"
				   "x `ls *` y `` ` `` z\n\n## e\n\n- f\n\n"
				   "|g|`h`|\n|-|-|\n|i|~~j~~|\n";
	static const char marked[] = "a ~~b c~~ ~~d\n"
				     "x `ls *` y `` ` `` z\n\n## e\n\n- f\n\n"
				     "g | `h`\n"
				     "---------\ni | ~~j~~\n";
	static const enum markup_colors all[] = {
		MARKUP_NO_COLOR, MARKUP_MONO, MARKUP_16, MARKUP_256};
	struct buf out;
	struct buf bare;
	size_t i;

	buf_init(&out, BUF_SMALL);
	buf_init(&bare, BUF_SMALL);
	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		const struct markup_theme *theme = markup_theme(
			all[i], MARKUP_ANY_BACKGROUND);

		buf_reset(&out);
		buf_reset(&bare);
		markup_text(theme, 80, MARKUP_WORDS, span_str(text), &out);
		CHECK(markup_strip(theme, buf_view(&out), &bare) == NULL);
		CHECK_STR(bare.p, marked);
	}
	buf_reset(&out);
	markup_text(markup_theme(MARKUP_MONO, MARKUP_DARK), 80, MARKUP_WORDS,
		span_str("# t\n\n**a** ~~b~~ `c`"), &out);
	CHECK_STR(out.p,
		"\033[1;4m# t\033[0m\n\n"
		"\033[1ma\033[0m ~~\033[9mb\033[0m~~ `c`\n");
	buf_release(&bare);
	buf_release(&out);
}

static void inline_marks(void)
{
	static const struct row rows[] = {
		{"", ""},
		{"\n\n", ""},
		{"text", "text\n"},
		{"a\nb\n", "a\nb\n"},
		{"a\n\n\n\nb", "a\n\nb\n"},
		{"*a* _b_ **c** __d__ ***e***", "a b c d e\n"},
		{"**a *b* c**", "a b c\n"},
		{"*a **b** c*", "a b c\n"},
		{"2*3*4 and 2**3**4", "2*3*4 and 2**3**4\n"},
		{"snake_case_name _x_y_", "snake_case_name x_y\n"},
		{"5 * 3 * 2", "5 * 3 * 2\n"},
		{"*args and **kwargs", "*args and **kwargs\n"},
		{"char *p, *q; p", "char *p, *q; p\n"},
		{"**unclosed", "**unclosed\n"},
		{"*.txt and *.md", "*.txt and *.md\n"},
		{"`a*b*c` x", "a*b*c x\n"},
		{"`` a`b `` x", "a`b x\n"},
		{"`unclosed *x*", "`unclosed x\n"},
		{"~~gone~~ ~x~", "gone ~x~\n"},
		{"\\*a\\* \\x", "*a* \\x\n"},
		{"line\\\nnext", "line\nnext\n"},
		{"line\\", "line\\\n"},
		{"line \\\n\n*x* \\", "line \\\n\nx \\\n"},
		{"line\\\n\nnext", "line\\\n\nnext\n"},
		{"line  \nnext", "line\nnext\n"},
		{"AT&T &amp; &lt;b&gt; &#65; &nope;", "AT&T & <b> A &nope;\n"},
		{"&#27;[31m &#x9b;", "^[[31m <U+009B>\n"},
		{"a&#10;b", "a b\n"},
		{"[t](http://x/y_z_w)", "t (http://x/y_z_w)\n"},
		{"[t](<a b> \"title\")", "t (a b)\n"},
		{"[**t** `c`](u)", "t c (u)\n"},
		{"[http://x](http://x)", "http://x\n"},
		{"[a@b.c](mailto:a@b.c)", "a@b.c\n"},
		{"[x](https://\xd0\xb0pple.com/)",
			"x (https://xn--pple-43d.com/)\n"},
		{"[x](https://&#x430;pple.com/?a&amp;b\\_)",
			"x (https://xn--pple-43d.com/?a&b_)\n"},
		{"<https://\xd0\xb0pple.com/\\_&amp;>",
			"https://xn--pple-43d.com/\\_&amp;\n"},
		{"<http://b.com@x.org>", "http://b.com@x.org [host: x.org]\n"},
		{"[http://b@x](http://b@x) [http://&amp;](http://&amp;)",
			"http://b@x (http://b@x [host: x]) "
			"http://& (http://&)\n"},
		{"[![a](i\\_)](u)", "a (i_) (u)\n"},
		{"[t]()", "t\n"},
		{"![alt](i.png) x", "alt (i.png) x\n"},
		{"[![a](i)](u)", "a (i) (u)\n"},
		{"a[i] = b[j]; [x] [1](", "a[i] = b[j]; [x] [1](\n"},
		{"[t](u", "[t](u\n"},
		{"*a [b*](c)", "*a b* (c)\n"},
		{"<https://x.org/a_b_c> <a@b.c>",
			"https://x.org/a_b_c a@b.c\n"},
		{"<b>x</b> a < b <a href=\"*\">*",
			"<b>x</b> a < b <a href=\"*\">*\n"},
		{"wow! ![", "wow! ![\n"},
	};

	CHECK_ROWS(rows, 0);
}

static void blocks(void)
{
	static const struct row rows[] = {
		{"# A\n## B ##\n####### C", "# A\n## B\n####### C\n"},
		{"#no\n# \n#", "#no\n# \n# \n"},
		{"# a # b ## #\n# c#", "# a # b ##\n# c#\n"},
		{"# **b** `c`", "# b c\n"},
		{"a\n\n***\nb",
			"a\n\n----------------------------------------\nb\n"},
		{"- a\n- b\n  - c\n    d\n- e",
			"- a\n- b\n  - c\n    d\n- e\n"},
		{"* a\n+ b", "- a\n- b\n"},
		{"1. a\n1. b\n7. c", "1. a\n2. b\n3. c\n"},
		{"3) a\n4) b", "3) a\n4) b\n"},
		{"9. a\n\n   b\n10. c", "9. a\n\n   b\n10. c\n"},
		{"- a\n\n\n- b\n\nc", "- a\n\n- b\n\nc\n"},
		{"-\n- a", "- \n- a\n"},
		{"- - a\n- 1. b", "- - a\n- 1. b\n"},
		{"2019. was", "2019. was\n"},
		{"In\n2019. was", "In\n2019. was\n"},
		{"> a\n> b\nc\n\nd", "> a\n> b\n> c\n\nd\n"},
		{"> a\n>\n> b", "> a\n>\n> b\n"},
		{"> - a\n>   b\n> > c", "> - a\n>   b\n> > c\n"},
		{"```c\nint *x;\n\n\t*y*\n```\nz",
			"```c\nint *x;\n\n\t*y*\n```\nz\n"},
		{"~~~\n```\n~~~", "~~~\n```\n~~~\n"},
		/* Attributes behind the language are not shown. */
		{"~~~ r {echo = FALSE}\nx\n~~~", "~~~r\nx\n~~~\n"},
		{"```{.c}\nx\n```", "```{.c}\nx\n```\n"},
		{"```\nunclosed\n", "```\nunclosed\n"},
		{"``` a`b\nc", "``` a`b\nc\n"},
		{"````\n```\nx\n```\n````", "````\n```\nx\n```\n````\n"},
		{"```markdown\n```py\nx\n```\ny\n```\n*z*",
			"```markdown\n```py\nx\n```\ny\n```\nz\n"},
		{"- a\n  ```\n  x\n    y\n  ```\n- b",
			"- a\n```\nx\n  y\n```\n- b\n"},
		{"1. a\n   ```sh\nls\n```\n2. b",
			"1. a\n```sh\nls\n```\n2. b\n"},
		{"> ```\n> x\nend", "> ```\n> x\nend\n"},
		{"a\n\n    code *x*\n\n\n    more\n\nb",
			"a\n\ncode *x*\n\n\nmore\n\nb\n"},
		{"\tcode\n\t\tmore", "code\n\tmore\n"},
		{"Head\n===\ntext\n---\n",
			"Head\n----------------------------------------\ntext\n"
			"----------------------------------------\n"},
		{"=== x", "=== x\n"},
		{"**bold** start\n*it* start\n__x__",
			"bold start\nit start\nx\n"},
		{"   indented\n  text", "indented\ntext\n"},
	};

	CHECK_ROWS(rows, 0);
}

static void tables(void)
{
	static const struct row rows[] = {
		{"| a | b |\n|---|--:|\n| xx | 1 |\n| y | 222 |\nend",
			"a  |   b\n--------\nxx |   1\ny  | 222\nend\n"},
		{"|a|b|\n|:-:|-|\n|wide|x|", " a   | b\n--------\nwide | x\n"},
		{"| *a* | `b` |\n|-|-|\n| \\| | [t](u) |",
			"a | b\n---------\n| | t (u)\n"},
		{"| a |\n|-|\n| b | c |", "a | \n-----\nb | c\n"},
		{"| no table |\ntext", "| no table |\ntext\n"},
		{"| no | table |\n| x | y |\n", "| no | table |\n| x | y |\n"},
		{"| a | b |\n|---|\n", "| a | b |\n|---|\n"},
		{"| a | b |\n|---|-", "a | b\n-----\n"},
		{"| a | b |\n|---|---|\n| x", "a | b\n-----\nx | \n"},
		{"text\n| a |\n|---|\n| b |\n\ntext",
			"text\na\n-\nb\n\ntext\n"},
		{"- | a |\n  |---|\n  | b |", "- a\n  -\n  b\n"},
		{"> | a |\n> |---|\n> | b |", "> a\n> -\n> b\n"},
		{"| \xe6\xbc\xa2\xe5\xad\x97 | b |\n|-|-|\n| x | y |",
			"\xe6\xbc\xa2\xe5\xad\x97 | b\n"
			"--------\nx    | y\n"},
	};
	static const struct row narrow[] = {
		{"| name | text |\n|-|-|\n| a | one two three four |",
			"name | text\n-------------------\n"
			"a    | one two\n     | three four\n"},
	};
	struct buf in;
	struct buf out;
	int i;

	CHECK_ROWS(rows, 0);
	CHECK_ROWS(narrow, 19);
	/* A very long table is not kept to its end. */
	buf_init(&in, BUF_LARGE);
	buf_init(&out, BUF_LARGE);
	buf_str(&in, "| a | b |\n|---|---|\n");
	for (i = 0; i < 5000; i++)
		buf_str(&in, "| some text | more |\n");
	markup_text(plain(), 80, 0, buf_view(&in), &out);
	CHECK(strstr(out.p, "some text | more\nsome text | more\n") != NULL);
	CHECK_INT(out.len, 5002 * 17 - 3);
	buf_release(&in);
	buf_release(&out);
}

static void wrapping(void)
{
	static const struct row at20[] = {
		{"The quick brown fox jumps over the lazy dog",
			"The quick brown fox\njumps over the lazy\ndog\n"},
		{"exactly twenty chars next", "exactly twenty chars\nnext\n"},
		{"a **bold phrase that wraps** b",
			"a bold phrase that\nwraps b\n"},
		{"- item text that is long enough",
			"- item text that is\n  long enough\n"},
		{"> quote text that is long enough",
			"> quote text that is\n> long enough\n"},
		{"10. item text that is long",
			"10. item text that\n    is long\n"},
		{"abcdefghijklmnopqrstuvwxyz",
			"abcdefghijklmnopqrst\nuvwxyz\n"},
		{"see https://example.org/a/long/path/x now",
			"see\nhttps://example.org/a/long/path/x\nnow\n"},
		{"```\nthis line of code is longer than that\n```",
			"```\nthis line of code is longer than that\n```\n"},
		{"a  b", "a  b\n"},
		{"---", "--------------------\n"},
	};
	static const struct row at8[] = {
		{"\xe6\xbc\xa2\xe5\xad\x97\xe6\xbc\xa2\xe5\xad\x97\xe6\xbc\xa2"
		 "\xe5\xad\x97",
			"\xe6\xbc\xa2\xe5\xad\x97\xe6\xbc\xa2\xe5\xad\x97\n"
			"\xe6\xbc\xa2\xe5\xad\x97\n"},
		/* closing punctuation stays with what it closes */
		{"abcde\xe6\xbc\xa2\xe3\x80\x82x",
			"abcde\n\xe6\xbc\xa2\xe3\x80\x82x\n"},
		/* families are one cluster of two columns */
		{"abcdef \xf0\x9f\x91\xa8\xe2\x80\x8d\xf0\x9f\x91\xa9\xe2\x80"
		 "\x8d\xf0\x9f\x91\xa7 x",
			"abcdef\n\xf0\x9f\x91\xa8\xe2\x80\x8d\xf0\x9f\x91\xa9"
			"\xe2\x80\x8d\xf0\x9f\x91\xa7 x\n"},
		/* combining marks take no room */
		{"e\xcc\x81"
		 "e\xcc\x81"
		 "e\xcc\x81"
		 "e\xcc\x81 e\xcc\x81"
		 "e\xcc\x81"
		 "e\xcc\x81",
			"e\xcc\x81"
			"e\xcc\x81"
			"e\xcc\x81"
			"e\xcc\x81 e\xcc\x81"
			"e\xcc\x81"
			"e\xcc\x81\n"},
		{"a\xcc\x81"
		 "bcdefghij",
			"a\xcc\x81"
			"bcdefgh\nij\n"},
	};

	CHECK_ROWS(at20, 20);
	CHECK_ROWS(at8, 8);
}

/* Taking marks away must not bring together what the filter kept apart. */
static void hostile_text(void)
{
	static const struct row rows[] = {
		{"\x1b[31m **x**\x1b]0;t\a", "^[[31m x^[]0;t^G\n"},
		{"**\xcc\x81**", "**\xcc\x81**\n"},
		{"*\xef\xb8\x8f\xe2\x83\xa3 a *\xef\xb8\x8f\xe2\x83\xa3",
			"*\xef\xb8\x8f\xe2\x83\xa3 a "
			"*\xef\xb8\x8f\xe2\x83\xa3\n"},
		{"#\t\xcc\x81x", "# <U+0301>x\n"},
		{"`\x1b`", "^[\n"},
		{"```\x1b[0m\n\x9b\n```\x1b",
			"```^[[0m\n\xef\xbf\xbd\n```^[\n"},
		{"[x](http://a\xe2\x80\xae/)", "x (http://a<U+202E>/)\n"},
		{"&#x202e;&#xe0041;", "<U+202E>[hidden text: \"A\"]\n"},
		{"a\rb", "a^Mb\n"},
	};

	CHECK_ROWS(rows, 0);
}

/* What is written after each byte of a text only grows, and plain words are
 * out as soon as they came. */
static void little_is_held_back(void)
{
	static const char text[] =
		"Some prose, with `code` and a (bracket) here.\n"
		"```c\nint x = 1;\n```\nmore";
	struct markup *m = markup_new(plain(), 80, 0);
	struct buf out;
	size_t i;

	buf_init(&out, BUF_SMALL);
	CHECK(m != NULL);
	for (i = 0; m != NULL && i < sizeof(text) - 1; i++) {
		size_t before = out.len;

		markup_feed(m, span_of(text + i, 1), &out);
		CHECK(out.len >= before);
		/* The marks, and what is between them, are a few bytes. */
		CHECK(out.len + 10 >= i);
	}
	if (m != NULL)
		markup_finish(m, &out);
	markup_free(m);
	buf_reset(&out);
	m = markup_new(plain(), 0, 0);
	if (m != NULL)
		markup_feed(m, span_str("Hello wor"), &out);
	CHECK_STR(out.p, "Hello wor");
	markup_free(m);
	buf_release(&out);
}

/* A mark that nothing closes is given up after a while. */
static void phrases_are_bounded(void)
{
	struct markup *m = markup_new(plain(), 0, 0);
	struct buf out;
	int i;

	buf_init(&out, BUF_SMALL);
	CHECK(m != NULL);
	if (m == NULL)
		return;
	markup_feed(m, span_str("a **b"), &out);
	CHECK_STR(out.p, "a");
	for (i = 0; i < MARKUP_PHRASE; i++)
		markup_feed(m, span_str("x"), &out);
	CHECK(strncmp(out.p, "a **bxxxx", 9) == 0);
	CHECK(out.len >= MARKUP_PHRASE);
	markup_feed(m, span_str(" **c** d "), &out);
	markup_feed(m, span_str("[t](http://"), &out);
	for (i = 0; i < 300; i++)
		markup_feed(m, span_str("y"), &out);
	markup_feed(m, span_str(") z"), &out);
	markup_finish(m, &out);
	CHECK(strstr(out.p, "c d t (http://yyy") != NULL);
	markup_free(m);
	buf_release(&out);
}

static void styles(void)
{
	static const struct markup_theme theme = {
		{"\033[1m", "\033[3m", "\033[9m", "\033[36m", "\033[4m",
			"\033[34m", "\033[35m", "\033[35m", "\033[35m",
			"\033[37m", "\033[2m", "\033[2m", "\033[33m", "\033[2m",
			"\033[1m"},
		"*", ">", "-", "|", true, false};
	struct buf out;

	buf_init(&out, BUF_SMALL);
	markup_text(&theme, 12, 0,
		span_str("a **b *c* long words** d\n# H\n"
			 "- `x`\n```c\ny\n```"),
		&out);
	CHECK_STR(out.p,
		"a \033[1mb \033[3mc\033[0m\033[1m long\033[0m\n"
		"\033[1mwords\033[0m d\n"
		"\033[35mH\033[0m\n"
		"\033[33m* \033[0m\033[36mx\033[0m\n"
		"\033[2m```c\033[0m\n\033[37my\033[0m\n\033[2m```\033[0m\n");
	buf_release(&out);
}

/* Code has colours by its language, in all themes that have colours, and the
 * same bytes as ever. */
static void coloured_code(void)
{
	static const char text[] = "```c\n\tint x = 1; /* a\n\nb */\n```\n"
				   "```nope\nint\n```\n\n    int x\n";
	static const char bare[] = "```c\n\tint x = 1; /* a\n\nb */\n```\n"
				   "```nope\nint\n```\n\nint x\n";
	const struct markup_theme *theme = markup_theme(MARKUP_16, MARKUP_DARK);
	struct buf out;
	struct buf stripped;
	int k;

	buf_init(&out, BUF_SMALL);
	buf_init(&stripped, BUF_SMALL);
	markup_text(theme, 80, 0, span_str(text), &out);
	CHECK_STR(out.p,
		"\033[2m```c\033[0m\n"
		"\t\033[36mint \033[0mx = \033[33m1\033[0m; \033[2m/* "
		"a\033[0m\n"
		"\n\033[2mb */\033[0m\n\033[2m```\033[0m\n"
		"\033[2m```nope\033[0m\nint\n\033[2m```\033[0m\n\nint x\n");
	for (k = 0; k < 12; k++) {
		theme = markup_theme((enum markup_colors)(k / 3),
			(enum markup_background)(k % 3));
		buf_reset(&out);
		buf_reset(&stripped);
		markup_text(theme, 80, 0, span_str(text), &out);
		CHECK(markup_strip(theme, buf_view(&out), &stripped) == NULL);
		CHECK_STR(stripped.p, bare);
		CHECK((strstr(out.p,
			       theme->sgr[MARKUP_TYPE] != NULL
				       ? theme->sgr[MARKUP_TYPE]
				       : "int") != NULL));
	}
	buf_reset(&out);
	markup_text(theme, 80, MARKUP_PLAIN, span_str(text), &out);
	CHECK_STR(out.p, bare);
	buf_release(&out);
	buf_release(&stripped);
}

/* Relative luminance as WCAG 2 has it. */
static double luminance(const int rgb[3])
{
	static const double share[] = {0.2126, 0.7152, 0.0722};
	double sum = 0;
	int i;

	for (i = 0; i < 3; i++) {
		double v = rgb[i] / 255.0;

		sum += share[i] *
			(v <= 0.04045 ? v / 12.92
				      : pow((v + 0.055) / 1.055, 2.4));
	}
	return sum;
}

/* Of "38;5;N", with N beyond the first 16, or "38;2;R;G;B"; false when it has
 * none of them. */
static bool colour_of(const char *sgr, int rgb[3])
{
	static const int cube[] = {0, 95, 135, 175, 215, 255};
	const char *at = strstr(sgr, "38;");
	int n;
	int i;

	if (at == NULL)
		return false;
	if (sscanf(at, "38;2;%d;%d;%dm", &rgb[0], &rgb[1], &rgb[2]) == 3)
		return true;
	if (sscanf(at, "38;5;%dm", &n) != 1 || n < 16)
		return false;
	for (i = 0; i < 3; i++)
		rgb[i] = n > 231 ? 8 + 10 * (n - 232)
			: i == 0 ? cube[(n - 16) / 36]
			: i == 1 ? cube[(n - 16) / 6 % 6]
				 : cube[(n - 16) % 6];
	return true;
}

/* Every colour of every theme can be read where it may stand. */
static void contrast(void)
{
	int colours = 0;
	int i;
	int k;

	for (k = 0; k < 6; k++) {
		enum markup_background behind = (enum markup_background)(k / 2);
		const struct markup_theme *theme = markup_theme(
			k % 2 != 0 ? MARKUP_TRUE_COLOR : MARKUP_256, behind);

		for (i = 0; i < MARKUP_STYLES; i++) {
			int rgb[3];
			double l;

			if (theme->sgr[i] == NULL ||
				!colour_of(theme->sgr[i], rgb))
				continue;
			colours++;
			l = luminance(rgb);
			if (behind == MARKUP_DARK)
				CHECK((l + 0.05) / 0.05 >= 4.5);
			else if (behind == MARKUP_LIGHT)
				CHECK(1.05 / (l + 0.05) >= 4.5);
			else
				CHECK((l + 0.05) / 0.05 >= 4 &&
					1.05 / (l + 0.05) >= 4);
		}
	}
	CHECK(colours > 60);
}

static uint32_t rnd(uint32_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 17;
	*seed ^= *seed << 5;
	return *seed;
}

/* Markdown that meets its own rules more often than chance would. */
static void random_text(uint32_t *seed, struct buf *out)
{
	static const char *const pieces[] = {"*", "**", "_", "`", "``", "```",
		"~~", "[", "](", ")", "<", ">", "&amp;", "\\", "!", "#", "# ",
		"- ", "1. ", "> ", "| ", "|-|\n", "\n", "\n\n", "  ", "    ",
		"\t", "---", "===", "word", "a", "2", "long_snake_case", ". ",
		"http://x/", "\xe6\xbc\xa2", "\xcc\x81", "\xef\xb8\x8f",
		"\xf0\x9f\x91\xa9", "\xe2\x80\x8d", "\x1b[1m", "\xc2\x9b",
		"\xff", "\r", "&#x301;", " ", "(", "\"", "'", "|", "```c\n",
		"\n```\n", "\n~~~html\n", "\n~~~\n", "/*", "*/", "return"};
	uint32_t n = 1 + rnd(seed) % 60;

	while (n-- > 0)
		buf_str(out,
			pieces[rnd(seed) %
				(sizeof(pieces) / sizeof(pieces[0]))]);
}

static void random_text_keeps_the_promises(void)
{
	uint32_t seed = 0x9e3779b9;
	int broken = 0;
	int i;

	for (i = 0; i < 8000 && broken == 0; i++) {
		struct buf in;
		const char *why;

		buf_init(&in, BUF_SMALL);
		random_text(&seed, &in);
		why = markup_promise_broken(
			buf_view(&in), rnd(&seed) % 60, rnd(&seed));
		if (why != NULL) {
			printf("text %d: %s\n", i, why);
			broken++;
		}
		buf_release(&in);
	}
	CHECK_INT(broken, 0);
}

/* No line of prose is wider than the width, whatever it is made of. */
static void no_line_is_too_wide(void)
{
	static const char *const words[] = {"a", "the", "extraordinarily",
		"**bold**", "`code`", "\xe6\xbc\xa2\xe5\xad\x97",
		"\xf0\x9f\x91\xa8\xe2\x80\x8d\xf0\x9f\x91\xa9",
		"\xe2\x9c\x94\xef\xb8\x8f",
		"e\xcc\x81"
		"e\xcc\x81",
		"\xe0\xb8\x81\xe0\xb8\xb4\xe0\xb8\x99", "x.",
		"\xf0\x9f\x87\xa9"
		"\xf0\x9f\x87\xaa",
		"\xe0\xa4\x95\xe0\xa5\x8d\xe0\xa4\xb7",
		/* vowel signs with a width: Hindi, Thai */
		"\xe0\xa4\x95\xe0\xa4\xbe",
		"\xe0\xb8\x99\xe0\xb9\x89\xe0\xb8\xb3"};
	uint32_t seed = 77;
	int i;

	for (i = 0; i < 3000; i++) {
		size_t width = 4 + rnd(&seed) % 60;
		uint32_t n = rnd(&seed) % 40;
		struct buf in;
		struct buf out;
		struct span rest;

		buf_init(&in, BUF_SMALL);
		buf_init(&out, BUF_SMALL);
		while (n-- > 0) {
			buf_str(&in,
				words[rnd(&seed) %
					(sizeof(words) / sizeof(words[0]))]);
			if ((rnd(&seed) & 3) != 0)
				buf_char(&in, ' ');
		}
		markup_text(plain(), width, 0, buf_view(&in), &out);
		rest = buf_view(&out);
		while (rest.n > 0) {
			struct span line = span_cut(&rest, '\n');

			if (utf8_columns(line) > width) {
				printf("width %zu: %.*s\n", width, (int)line.n,
					line.p);
				CHECK(utf8_columns(line) <= width);
			}
		}
		buf_release(&in);
		buf_release(&out);
	}
}

int main(void)
{
	RUN(inline_marks);
	RUN(marks_instead_of_styles);
	RUN(addresses);
	RUN(an_address_is_bounded);
	RUN(blocks);
	RUN(tables);
	RUN(wrapping);
	RUN(hostile_text);
	RUN(little_is_held_back);
	RUN(phrases_are_bounded);
	RUN(styles);
	RUN(coloured_code);
	RUN(contrast);
	RUN(random_text_keeps_the_promises);
	RUN(no_line_is_too_wide);
	return REPORT();
}
