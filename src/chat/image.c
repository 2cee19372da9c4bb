#include "chat/image.h"

#include <string.h>

#include "base/base64.h"

/* Bytes of a URL that are decoded to see what it is: the dimensions of a JPEG
 * come after its previews. A multiple of 4. */
#define LOOK_AT ((size_t)256 * 1024)

static uint32_t be16(const char *p)
{
	return (uint32_t)(unsigned char)p[0] << 8 | (unsigned char)p[1];
}

static uint32_t be32(const char *p)
{
	return be16(p) << 16 | be16(p + 2);
}

static uint32_t le16(const char *p)
{
	return (uint32_t)(unsigned char)p[1] << 8 | (unsigned char)p[0];
}

static uint32_t le24(const char *p)
{
	return le16(p) | (uint32_t)(unsigned char)p[2] << 16;
}

static bool begins(struct span s, const char *bytes, size_t n)
{
	return s.n >= n && memcmp(s.p, bytes, n) == 0;
}

static void png_size(struct span s, struct image *ret)
{
	if (s.n < 24 || memcmp(s.p + 12, "IHDR", 4) != 0)
		return;
	ret->width = be32(s.p + 16);
	ret->height = be32(s.p + 20);
}

static void gif_size(struct span s, struct image *ret)
{
	if (s.n < 10)
		return;
	ret->width = le16(s.p + 6);
	ret->height = le16(s.p + 8);
}

/* Walks from segment to segment up to the frame (ITU T.81, B.2.2). */
static void jpeg_size(struct span s, struct image *ret)
{
	size_t at = 2;

	while (at + 9 < s.n && (unsigned char)s.p[at] == 0xff) {
		unsigned kind = (unsigned char)s.p[at + 1];

		if (kind == 0xff) {
			at++;
			continue;
		}
		if (kind >= 0xc0 && kind <= 0xcf && kind != 0xc4 &&
			kind != 0xc8 && kind != 0xcc) {
			ret->height = be16(s.p + at + 5);
			ret->width = be16(s.p + at + 7);
			return;
		}
		at += 2 + be16(s.p + at + 2);
	}
}

/* Reads the three kinds of a first chunk (RFC 9649). */
static void webp_size(struct span s, struct image *ret)
{
	uint32_t bits;

	if (s.n < 30)
		return;
	if (memcmp(s.p + 12, "VP8X", 4) == 0) {
		ret->width = le24(s.p + 24) + 1;
		ret->height = le24(s.p + 27) + 1;
	} else if (memcmp(s.p + 12, "VP8L", 4) == 0) {
		bits = le24(s.p + 21) | (uint32_t)(unsigned char)s.p[24] << 24;
		ret->width = (bits & 0x3fff) + 1;
		ret->height = (bits >> 14 & 0x3fff) + 1;
	} else if (memcmp(s.p + 12, "VP8 ", 4) == 0) {
		ret->width = le16(s.p + 26) & 0x3fff;
		ret->height = le16(s.p + 28) & 0x3fff;
	}
}

bool image_sniff(struct span bytes, struct image *ret)
{
	struct image found = {.bytes = bytes.n};

	if (begins(bytes, "\x89PNG\r\n\x1a\n", 8)) {
		found.mime = "image/png";
		png_size(bytes, &found);
	} else if (begins(bytes, "\xff\xd8\xff", 3)) {
		found.mime = "image/jpeg";
		jpeg_size(bytes, &found);
	} else if (begins(bytes, "GIF87a", 6) || begins(bytes, "GIF89a", 6)) {
		found.mime = "image/gif";
		gif_size(bytes, &found);
	} else if (begins(bytes, "RIFF", 4) && bytes.n >= 12 &&
		memcmp(bytes.p + 8, "WEBP", 4) == 0) {
		found.mime = "image/webp";
		webp_size(bytes, &found);
	} else {
		return false;
	}
	*ret = found;
	return true;
}

void image_put_url(
	struct span bytes, const struct image *image, struct buf *out)
{
	buf_fmt(out, "data:%s;base64,", image->mime);
	base64_put(out, bytes);
}

/* Cuts a prefix off. */
static bool cut(struct span *s, const char *prefix)
{
	size_t n = strlen(prefix);

	if (!span_starts(*s, prefix))
		return false;
	s->p += n;
	s->n -= n;
	return true;
}

bool image_read(struct span text, struct image *ret)
{
	struct image found;
	struct buf start;
	size_t pad = 0;
	bool ok;

	if (!cut(&text, "data:image/"))
		return false;
	if (!cut(&text, "png;base64,") && !cut(&text, "jpeg;base64,") &&
		!cut(&text, "gif;base64,") && !cut(&text, "webp;base64,"))
		return false;
	if (text.n < 4 || text.n % 4 != 0)
		return false;
	while (pad < 2 && text.p[text.n - 1 - pad] == '=')
		pad++;
	buf_init(&start, LOOK_AT);
	ok = base64_get(span_of(text.p, text.n < LOOK_AT ? text.n : LOOK_AT),
		     &start) &&
		!start.bad && image_sniff(buf_view(&start), &found);
	buf_release(&start);
	if (!ok)
		return false;
	found.bytes = text.n / 4 * 3 - pad;
	*ret = found;
	return true;
}

void image_describe(
	struct span name, const struct image *image, struct buf *out)
{
	size_t i;

	buf_str(out, "[image ");
	for (i = 0; i < name.n; i++) {
		char c = name.p[i];

		buf_char(out, (unsigned char)c < 0x20 || c == ']' ? '?' : c);
	}
	if (image->width > 0 && image->height > 0)
		buf_fmt(out, ", %u\xc3\x97%u", (unsigned)image->width,
			(unsigned)image->height);
	if (image->bytes < 10000)
		buf_fmt(out, ", %zu bytes]", image->bytes);
	else
		buf_fmt(out, ", %zu kB]", (image->bytes + 500) / 1000);
}
