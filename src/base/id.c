#include "base/id.h"

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

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
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
