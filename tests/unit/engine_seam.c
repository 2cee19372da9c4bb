/* engine/seam: what there was and what comes, joined without a letter twice. */
#include "unit/check.h"

#include "engine/seam.h"

#define LONG "The quick brown fox jumps over the lazy dog, and then it"

static const struct {
	bool words;
	const char *old;
	const char *comes;
	const char *joined;
} rows[] = {
	/* Within its own reply the model writes what follows, space and all. */
	{false, "The quick bro", "wn fox", "The quick brown fox"},
	{false, "The quick", " brown fox", "The quick brown fox"},
	{false, "A list:\n\n", "\n\n- one", "A list:\n\n- one"},
	{false, "One. ", " Two.", "One. Two."},
	{false, "ha", "ha ha", "haha ha"},
	{false, "x", "", "x"},
	{false, "", "fresh", "fresh"},
	/* A host that sends all of it once more. */
	{false, LONG, LONG " sleeps.", LONG " sleeps."},
	{false, LONG " ", LONG " sleeps.", LONG " sleeps."},
	{false, LONG, "The quick end.", LONG "The quick end."},
	{false, LONG, "The quick", LONG "The quick"},
	/* Asked in words, it begins with the last ones. */
	{true, "The quick bro", "The quick brown fox", "The quick brown fox"},
	{true, LONG, LONG " sleeps.", LONG " sleeps."},
	{true, "One.\n\n", "One.\n\nTwo.", "One.\n\nTwo."},
	{true, "One.\n\n", "\n\nOne. Two.", "One. Two."},
	/* Or does not. */
	{true, "The quick ", "brown fox", "The quick brown fox"},
	{true, "The quick ", " brown fox", "The quick brown fox"},
	{true, "The quick", "\nThe other", "The quick\nThe other"},
	{true, "The quick bro", "The q", "The quick broThe q"},
	{true, "caf\xc3\xa9 \xf0\x9f\xa6\x99", "\xf0\x9f\xa6\x99!",
		"caf\xc3\xa9 \xf0\x9f\xa6\x99\xf0\x9f\xa6\x99!"},
	{true, "", "fresh", "fresh"},
};

/* The result does not depend on how the text is cut. */
static void joins(void)
{
	struct seam s;
	struct buf out;
	size_t i;
	size_t step;

	seam_init(&s);
	buf_init(&out, BUF_SMALL);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		for (step = 1; step < 80; step += 7) {
			struct span rest = span_str(rows[i].comes);

			seam_begin(&s, span_str(rows[i].old));
			buf_set(&out, seam_text(&s));
			while (rest.n > 0) {
				size_t n = step < rest.n ? step : rest.n;

				seam_feed(&s, rows[i].words, span_of(rest.p, n),
					&out);
				rest.p += n;
				rest.n -= n;
			}
			seam_end(&s, &out);
			CHECK(!s.open);
			CHECK_STR(out.p, rows[i].joined);
		}
	seam_release(&s);
	buf_release(&out);
}

static void last_words(void)
{
	static const char *const texts[][2] = {
		{"short", "short"},
		{"one two ", "one two"},
		{"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		 " "
		 "bbbbbbbbbbbbbbbbbbbbbbbbbbbbb ccc",
			"bbbbbbbbbbbbbbbbbbbbbbbbbbbbb ccc"},
		{"\303\244aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		 "a"
		 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
			"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
			"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"},
	};
	struct seam s;
	size_t i;

	seam_init(&s);
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		seam_begin(&s, span_str(texts[i][0]));
		CHECK(span_is(seam_tail(&s), texts[i][1]));
	}
	seam_release(&s);
}

int main(void)
{
	RUN(joins);
	RUN(last_words);
	return REPORT();
}
