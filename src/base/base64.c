#include "base/base64.h"

#include <stdint.h>

static const char digits[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void base64_put(struct buf *out, struct span bytes)
{
	const unsigned char *p = (const unsigned char *)bytes.p;
	size_t i;

	if (!buf_reserve(out, (bytes.n / 3 + 1) * 4))
		return;
	for (i = 0; i < bytes.n; i += 3) {
		size_t left = bytes.n - i;
		uint32_t v = (uint32_t)p[i] << 16;

		if (left > 1)
			v |= (uint32_t)p[i + 1] << 8;
		if (left > 2)
			v |= p[i + 2];
		buf_char(out, digits[v >> 18]);
		buf_char(out, digits[v >> 12 & 63]);
		buf_char(out, left > 1 ? digits[v >> 6 & 63] : '=');
		buf_char(out, left > 2 ? digits[v & 63] : '=');
	}
}

static int value_of(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == '+')
		return 62;
	return c == '/' ? 63 : -1;
}

/* Decodes four digits, of which the last `pad` are padding. */
static bool get_four(const char *p, size_t pad, struct buf *out)
{
	uint32_t v = 0;
	size_t i;

	for (i = 0; i < 4 - pad; i++) {
		int digit = value_of(p[i]);

		if (digit < 0)
			return false;
		v |= (uint32_t)digit << (18 - 6 * i);
	}
	if ((pad == 1 && (v & 0xff) != 0) || (pad == 2 && (v & 0xffff) != 0))
		return false;
	for (i = 0; i < 3 - pad; i++)
		buf_char(out, (char)(v >> (16 - 8 * i) & 0xff));
	return true;
}

bool base64_get(struct span code, struct buf *out)
{
	size_t before = out->len;
	size_t i;

	if (code.n % 4 != 0)
		return false;
	for (i = 0; i < code.n; i += 4) {
		size_t pad = 0;

		if (i + 4 == code.n && code.p[i + 3] == '=')
			pad = code.p[i + 2] == '=' ? 2 : 1;
		if (!get_four(code.p + i, pad, out)) {
			buf_truncate(out, before);
			return false;
		}
	}
	return true;
}
