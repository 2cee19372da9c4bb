/* tty: keys cut from bytes, the literal parts of a line under edit, and where
 * prompt and line stand. */
#include "unit/check.h"

#include "tty/draft.h"
#include "tty/keyin.h"
#include "tty/prompt.h"

/* All that is cut from the bytes, given in pieces of `step`: "[unit]" and
 * "{paste}". */
static void cut(const char *bytes, size_t step, struct buf *out)
{
	size_t n = strlen(bytes);
	struct keyin k;
	size_t at = 0;
	int64_t now = 1000;

	keyin_init(&k, 64);
	for (;;) {
		size_t len = 0;
		enum keyin_what what = keyin_next(&k, now, &len);

		if (what == KEYIN_PASTE) {
			buf_char(out, '{');
			buf_span(out, buf_view(&k.paste));
			buf_str(out, k.cut ? "+}" : "}");
			continue;
		}
		if (what == KEYIN_UNIT) {
			buf_char(out, '[');
			while (len-- > 0)
				buf_char(out, (char)keyin_pop(&k));
			buf_char(out, ']');
			continue;
		}
		if (at < n) {
			size_t part = n - at < step ? n - at : step;

			CHECK(keyin_add(&k, bytes + at, part, now));
			at += part;
		} else if (keyin_timeout(&k, now) < 0) {
			break;
		} else {
			now += keyin_timeout(&k, now);
		}
	}
	keyin_release(&k);
}

static void cut_says(const char *bytes, const char *want)
{
	size_t step;
	struct buf out;

	buf_init(&out, BUF_SMALL);
	for (step = 1; step <= strlen(bytes) + 1; step++) {
		buf_reset(&out);
		cut(bytes, step, &out);
		CHECK_STR(out.p, want);
	}
	buf_release(&out);
}

static void keys_are_cut(void)
{
	cut_says("ab\r", "[a][b][\r]");
	cut_says("\303\266x", "[\303\266][x]");
	cut_says("\303x\377y", "[x][y]");
	cut_says("\303", "");
	cut_says("\033[A\033OA\033[1;5Dx", "[\033[A][\033OA][\033[1;5D][x]");
	cut_says("\033\033[A", "[\033][\033[A]");
	cut_says("\033\r\033\303\266", "[\033\r][\033\303\266]");
	cut_says("\033", "[\033]");
	cut_says("\033[12", "[\033][[][1][2]");
	cut_says("\033[200~a\rb\033[201~c", "{a\rb}[c]");
	cut_says("\033[200~\033[20\033[201~", "{\033[20}");
	cut_says("\033[200~never\033[20", "{never\033[20}");
	cut_says("a\033[201~b", "[a][b]");
	cut_says("\033[200~\033[201~", "{}");
	cut_says("\033[200~0123456789012345678901234567890123456789"
		 "0123456789012345678901234567890123456789\033[201~x",
		"{0123456789012345678901234567890123456789"
		"012345678901234567890123+}[x]");
}

static void an_interrupted_paste_is_swallowed(void)
{
	struct keyin k;
	size_t len;

	keyin_init(&k, 64);
	CHECK(keyin_add(&k, "\033[200~abc", 9, 0));
	CHECK_INT(keyin_next(&k, 0, &len), KEYIN_NONE);
	keyin_interrupt(&k);
	CHECK(keyin_add(&k, "def\033[201~x", 10, 10));
	CHECK_INT(keyin_next(&k, 10, &len), KEYIN_UNIT);
	CHECK_INT(keyin_pop(&k), 'x');
	CHECK_INT(keyin_timeout(&k, 10), -1);
	/* Its end was lost: silence ends it. */
	CHECK(keyin_add(&k, "\033[200~abc", 9, 20));
	CHECK_INT(keyin_next(&k, 20, &len), KEYIN_NONE);
	keyin_interrupt(&k);
	CHECK_INT(keyin_timeout(&k, 20), KEYIN_DROP_MS);
	CHECK_INT(keyin_next(&k, 20 + KEYIN_DROP_MS, &len), KEYIN_NONE);
	CHECK_INT(keyin_timeout(&k, 20 + KEYIN_DROP_MS), -1);
	CHECK(keyin_add(&k, "y", 1, 1000));
	CHECK_INT(keyin_next(&k, 1000, &len), KEYIN_UNIT);
	keyin_release(&k);
}

static void too_much_is_refused(void)
{
	static char bytes[64 * 1024];
	struct keyin k;
	int i;

	keyin_init(&k, 64);
	memset(bytes, 'a', sizeof(bytes));
	for (i = 0; i < 4; i++)
		CHECK(keyin_add(&k, bytes, sizeof(bytes), 0));
	CHECK(!keyin_add(&k, bytes, 1, 0));
	keyin_interrupt(&k);
	CHECK(keyin_add(&k, bytes, 1, 0));
	keyin_release(&k);
}

static void note(struct draft *d, const char *line, size_t cursor)
{
	struct line_range torn;

	CHECK(!draft_note(d, span_str(line), cursor, &torn));
}

/* Puts a short paste in, as the editor does. */
static void paste(
	struct draft *d, const char *text, const char *line, size_t at)
{
	struct buf shown;

	buf_init(&shown, BUF_SMALL);
	CHECK(draft_paste(d, span_str(text), false, &shown));
	draft_inserted(d, at, shown.len);
	d->cursor = at + shown.len;
	buf_set(&d->seen, span_str(line));
	buf_release(&shown);
}

/* "text 1-2 4-5": the message of the line and its literal parts. */
static void taken(struct draft *d, const char *line, const char *want)
{
	struct buf out;
	size_t i;

	buf_init(&out, BUF_SMALL);
	CHECK(draft_take(d, span_str(line)));
	buf_span(&out, buf_view(&d->text));
	for (i = 0; i < d->n_literal; i++)
		buf_fmt(&out, " %zu-%zu", d->literal[i].from, d->literal[i].to);
	CHECK_STR(out.p, want);
	buf_release(&out);
}

static void literal_parts_move_along(void)
{
	struct draft d;

	draft_init(&d);
	note(&d, "ab", 2);
	paste(&d, "XX", "aXXb", 1);
	taken(&d, "aXXb", "aXXb 1-3");
	note(&d, "-aXXb", 1); /* typed before */
	taken(&d, "-aXXb", "-aXXb 2-4");
	note(&d, "-aXyXb", 4); /* into the middle */
	taken(&d, "-aXyXb", "-aXyXb 2-3 4-5");
	note(&d, "-aXXb", 3); /* and taken back */
	taken(&d, "-aXXb", "-aXXb 2-4");
	note(&d, "-aXb", 3);
	taken(&d, "-aXb", "-aXb 2-3");
	note(&d, "-aXXb", 4); /* the same letter, but typed behind */
	taken(&d, "-aXXb", "-aXXb 2-3");
	note(&d, "", 0);
	taken(&d, "", "");
	draft_release(&d);
}

static void they_come_back_with_their_text(void)
{
	struct draft d;

	draft_init(&d);
	paste(&d, "/quit", "/quit", 0);
	note(&d, "an older line", 13);
	taken(&d, "an older line", "an older line");
	note(&d, "/quit", 5);
	taken(&d, "/quit", "/quit 0-5");
	draft_reset(&d);
	/* What is typed is not literal, though the same was pasted once. */
	note(&d, "/", 1);
	note(&d, "/q", 2);
	note(&d, "/qu", 3);
	note(&d, "/qui", 4);
	note(&d, "/quit", 5);
	taken(&d, "/quit", "/quit");
	draft_release(&d);
}

static void characters_are_not_split(void)
{
	struct draft d;

	draft_init(&d);
	paste(&d, "\303\244", "\303\244", 0);
	note(&d, "\303\244\303\266", 4);
	taken(&d, "\303\244\303\266", "\303\244\303\266 0-2");
	note(&d, "\303\266", 2);
	taken(&d, "\303\266", "\303\266");
	draft_release(&d);
}

static void pastes_are_cleaned(void)
{
	struct draft d;
	struct buf shown;

	draft_init(&d);
	buf_init(&shown, BUF_SMALL);
	CHECK(draft_paste(
		&d, span_of("a\r\nb\rc\nd\0e\377", 12), false, &shown));
	CHECK_STR(shown.p, "a\nb\nc\nde\357\277\275");
	buf_reset(&shown);
	CHECK(!draft_paste(&d, span_str("a"), true, &shown));
	CHECK_STR(shown.p, "[paste 1: 1 line, 1 B, cut]");
	buf_reset(&shown);
	CHECK(!draft_paste(
		&d, span_str("\342\200\256evil\033\nb"), false, &shown));
	CHECK_STR(shown.p, "[paste 2: 2 lines, 10 B, 2 hidden characters]");
	note(&d, "see [paste 2: 2 lines, 10 B, 2 hidden characters]!", 50);
	taken(&d, "see [paste 2: 2 lines, 10 B, 2 hidden characters]!",
		"see \342\200\256evil\033\nb! 4-14");
	buf_release(&shown);
	draft_release(&d);
}

static void a_torn_label_goes(void)
{
	struct line_range torn = {0, 0};
	struct draft d;
	struct buf shown;

	draft_init(&d);
	buf_init(&shown, BUF_SMALL);
	CHECK(!draft_paste(&d, span_str("\033"), false, &shown));
	CHECK_STR(shown.p, "[paste 1: 1 line, 1 B, 1 hidden character]");
	note(&d, "a[paste 1: 1 line, 1 B, 1 hidden character]b", 43);
	CHECK(draft_note(&d,
		span_str("a[paste 1: 1 line, 1 B, 1 hidden characterb"), 42,
		&torn));
	CHECK_INT(torn.from, 1);
	CHECK_INT(torn.to, 42);
	buf_release(&shown);
	draft_release(&d);
}

static void many_pastes(void)
{
	struct draft d;
	struct buf shown;
	int i;

	draft_init(&d);
	buf_init(&shown, BUF_SMALL);
	for (i = 0; i < 40; i++) {
		buf_reset(&shown);
		CHECK(!draft_paste(&d, span_str("\033x"), false, &shown));
	}
	taken(&d, shown.p, "\033x 0-2");
	/* The first is forgotten and its label is text. */
	taken(&d, "[paste 1: 1 line, 2 B, 1 hidden character]",
		"[paste 1: 1 line, 2 B, 1 hidden character]");
	buf_release(&shown);
	draft_release(&d);
}

static void blocks(void)
{
	struct draft d;

	draft_init(&d);
	CHECK(draft_open(&d, span_str("\"\"\"")));
	CHECK(draft_open(&d, span_str("  \"\"\"x\ny")));
	CHECK(draft_open(&d, span_str("@a @b \"\"\"")));
	CHECK(draft_open(&d, span_str("explain \"\"\"  ")));
	CHECK(!draft_open(&d, span_str("\"\"\"x\"\"\"")));
	CHECK(!draft_open(&d, span_str("\"\"\"\nx\n\"\"\"")));
	CHECK(!draft_open(&d, span_str("x = \"\"\"doc\"\"\"")));
	CHECK(!draft_open(&d, span_str("a \"\"\" b")));
	CHECK(!draft_open(&d, span_str("")));
	taken(&d, "\"\"\"\na\n\"\"\"", "a 0-1");
	taken(&d, "\"\"\"a\"\"\"", "a 0-1");
	taken(&d, "\"\"\"\n\"\"\"", "");
	taken(&d, "x \"\"\"\na\nb\"\"\"\ny", "x a\nb\ny 2-5");
	taken(&d, "\"\"\"\nopen", "\"\"\"\nopen");
	/* Pasted quotes are text. */
	paste(&d, "\"\"\"", "\"\"\"", 0);
	CHECK(!draft_open(&d, span_str("\"\"\"")));
	draft_release(&d);
}

static void backslashes(void)
{
	struct draft d;

	draft_init(&d);
	CHECK(draft_continued(&d, span_str("a\\")));
	CHECK(!draft_continued(&d, span_str("a\\\\")));
	CHECK(draft_continued(&d, span_str("\\\\\\")));
	CHECK(!draft_continued(&d, span_str("a")));
	CHECK(!draft_continued(&d, span_str("")));
	paste(&d, "a\\", "a\\", 0);
	CHECK(!draft_continued(&d, span_str("a\\")));
	draft_release(&d);
}

static void row_is(
	const char *prompt, const char *text, int columns, int row, bool filled)
{
	bool is_filled;

	CHECK_INT(prompt_row(span_str(prompt), span_str(text), columns,
			  &is_filled),
		row);
	CHECK_INT(is_filled, filled);
}

static void rows_are_counted(void)
{
	row_is("> ", "", 10, 0, false);
	row_is("\001\033[1m\002> \001\033[0m\002", "1234567", 10, 0, false);
	row_is("> ", "12345678", 10, 1, true);
	row_is("> ", "123456789", 10, 1, false);
	row_is("> ", "a\nb\n", 10, 2, false);
	/* Wide characters do not fit into the last column. */
	row_is("> ", "1234567\346\274\242", 10, 1, false);
	row_is("> ", "\033\t", 10, 0, false);
}

static void moved(const char *text, size_t at, bool forward, long want)
{
	size_t to = 0;
	bool ok = prompt_move(span_str(text), at, forward, &to);

	CHECK_INT(ok ? (long)to : -1, want);
}

static void moves_keep_the_column(void)
{
	moved("one", 1, false, -1);
	moved("one", 1, true, -1);
	moved("one\ntwo", 5, false, 1);
	moved("one\ntwo", 1, true, 5);
	moved("a\nlonger", 7, false, 1);
	moved("longer\n\nb", 3, true, 7);
	moved("\303\266x\nab", 5, false, 2);
}

static void prompts_are_styled(void)
{
	static const struct edit_piece pieces[] = {
		{"llama", EDIT_NAME}, {" > ", EDIT_PLAIN}};
	struct buf b;

	buf_init(&b, BUF_SMALL);
	prompt_make(pieces, 2, false, TERM_COLOUR_TRUE, TERM_DARK, &b);
	CHECK_STR(b.p, "llama > ");
	buf_reset(&b);
	prompt_make(pieces, 2, true, TERM_COLOUR_NONE, TERM_DARK, &b);
	CHECK_STR(b.p, "\001\033[1m\002llama\001\033[0m\002 > ");
	buf_reset(&b);
	prompt_make(pieces, 2, true, TERM_COLOUR_16, TERM_DARK, &b);
	CHECK_STR(b.p, "\001\033[1;36m\002llama\001\033[0m\002 > ");
	buf_release(&b);
}

int main(void)
{
	RUN(keys_are_cut);
	RUN(an_interrupted_paste_is_swallowed);
	RUN(too_much_is_refused);
	RUN(literal_parts_move_along);
	RUN(they_come_back_with_their_text);
	RUN(characters_are_not_split);
	RUN(pastes_are_cleaned);
	RUN(a_torn_label_goes);
	RUN(many_pastes);
	RUN(blocks);
	RUN(backslashes);
	RUN(rows_are_counted);
	RUN(moves_keep_the_column);
	RUN(prompts_are_styled);
	return REPORT();
}
