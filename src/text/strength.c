#include "text/strength.h"

#include <stdbool.h>
#include <string.h>

#include "base/ascii.h"

/* In tenths of a bit. */
enum {
	WORD = 100,
	LETTER_IN_WORD = 10,
	LETTER = 47,
	MIXED_LETTER = 57, /* upper case letters among them */
	DIGIT = 33,
	SIGN = 50, /* of 33 */
	BLANK = 10, /* where blanks are is no secret */
	OTHER = 70, /* not ASCII; only its first byte counts */
	FOLLOWS = 8, /* continues a sequence */
	WORD_MIN = 3,
};

static bool in_row(unsigned char a, unsigned char b)
{
	static const char *const rows[] = {
		"qwertyuiop", "asdfghjkl", "zxcvbnm", "qwertzuiop", "azerty"};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *at = strchr(rows[i], a);

		if (a != '\0' && at != NULL && at[1] != '\0' &&
			(unsigned char)at[1] == b)
			return true;
	}
	return false;
}

/* Whether y is what one expects behind x. */
static bool follows(char x, char y)
{
	unsigned char a = (unsigned char)ascii_lower(x);
	unsigned char b = (unsigned char)ascii_lower(y);

	return a == b || b == a + 1 || a == b + 1 || in_row(a, b) ||
		in_row(b, a);
}

static unsigned one(char c)
{
	if ((unsigned char)c >= 0xc0)
		return OTHER;
	if ((unsigned char)c >= 0x80)
		return 0;
	if (ascii_is_letter(c))
		return LETTER;
	if (ascii_is_digit(c))
		return DIGIT;
	return c == ' ' ? BLANK : SIGN;
}

static size_t letters_at(struct span s, size_t at)
{
	size_t n = 0;

	while (at + n < s.n && ascii_is_letter(s.p[at + n]))
		n++;
	return n;
}

static bool same_word(const char *a, const char *b, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (ascii_lower(a[i]) != ascii_lower(b[i]))
			return false;
	return true;
}

/* Whether these n letters are a word that also occurs before `at`. */
static bool seen_before(struct span s, size_t at, size_t n)
{
	size_t i = 0;

	while (i < at) {
		size_t word = letters_at(s, i);

		if (word == n && same_word(s.p + i, s.p + at, n))
			return true;
		i += word > 0 ? word : 1;
	}
	return false;
}

static unsigned word_at(struct span s, size_t at, size_t n)
{
	unsigned alone = 0; /* counted as letters, not as a word */
	bool mixed = false;
	size_t i;

	if (seen_before(s, at, n))
		return 10;
	for (i = 1; i < n; i++)
		mixed = mixed || ascii_is_upper(s.p[at + i]);
	for (i = 0; i < n; i++)
		alone += i > 0 && follows(s.p[at + i - 1], s.p[at + i])
			? FOLLOWS
			: mixed ? MIXED_LETTER
				: LETTER;
	i = WORD + LETTER_IN_WORD * n;
	return alone < i ? alone : (unsigned)i; /* a passphrase is short */
}

unsigned strength_bits(struct span pass)
{
	unsigned sum = 0;
	size_t i = 0;

	while (i < pass.n) {
		size_t n = letters_at(pass, i);

		if (n >= WORD_MIN) {
			sum += word_at(pass, i, n);
			i += n;
			continue;
		}
		sum += i > 0 && follows(pass.p[i - 1], pass.p[i])
			? FOLLOWS
			: one(pass.p[i]);
		i++;
	}
	return sum / 10;
}
