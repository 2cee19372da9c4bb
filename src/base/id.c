#include "base/id.h"

#include <limits.h>
#include <string.h>

bool id_eq(const struct id *a, const struct id *b)
{
	return memcmp(a->b, b->b, ID_LEN) == 0;
}

bool id_is_none(const struct id *a)
{
	static const struct id none;

	return id_eq(a, &none);
}

int id_cmp(const struct id *a, const struct id *b)
{
	return memcmp(a->b, b->b, ID_LEN);
}

void hex_encode(const uint8_t *p, size_t n, char *ret)
{
	static const char digits[] = "0123456789abcdef";
	size_t i;

	for (i = 0; i < n; i++) {
		ret[2 * i] = digits[p[i] >> 4];
		ret[2 * i + 1] = digits[p[i] & 15];
	}
	ret[2 * n] = '\0';
}

/* A table, since branches on random digits are guessed wrong half the time. */
static int digit(char c)
{
	static const uint8_t plus_one[UCHAR_MAX + 1] = {
		['0'] = 1,
		['1'] = 2,
		['2'] = 3,
		['3'] = 4,
		['4'] = 5,
		['5'] = 6,
		['6'] = 7,
		['7'] = 8,
		['8'] = 9,
		['9'] = 10,
		['a'] = 11,
		['b'] = 12,
		['c'] = 13,
		['d'] = 14,
		['e'] = 15,
		['f'] = 16,
		['A'] = 11,
		['B'] = 12,
		['C'] = 13,
		['D'] = 14,
		['E'] = 15,
		['F'] = 16,
	};

	return plus_one[(unsigned char)c] - 1;
}

bool hex_decode(struct span s, uint8_t *ret, size_t n)
{
	size_t i;

	if (s.n != 2 * n)
		return false;
	for (i = 0; i < s.n; i++)
		if (digit(s.p[i]) < 0)
			return false;
	for (i = 0; i < n; i++)
		ret[i] = (uint8_t)(digit(s.p[2 * i]) * 16 +
			digit(s.p[2 * i + 1]));
	return true;
}

void id_hex(const struct id *a, char ret[ID_HEX + 1])
{
	hex_encode(a->b, ID_LEN, ret);
}

bool id_parse(struct span s, struct id *ret)
{
	return hex_decode(s, ret->b, ID_LEN);
}

bool id_has_prefix(const struct id *a, struct span s)
{
	char hex[ID_HEX + 1];
	size_t i;

	if (s.n == 0 || s.n > ID_HEX)
		return false;
	id_hex(a, hex);
	for (i = 0; i < s.n; i++)
		if (digit(s.p[i]) < 0 || digit(s.p[i]) != digit(hex[i]))
			return false;
	return true;
}
