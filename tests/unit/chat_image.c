/* chat/image: what is an image, how large, and how it stands in a message. */
#include "unit/check.h"

#include "chat/image.h"
#include "chat/msg.h"

#define BYTES(s)                                                               \
	{                                                                      \
		s, sizeof(s) - 1                                               \
	}

static const struct {
	struct span bytes;
	const char *mime;
	unsigned width;
	unsigned height;
} rows[] = {
	{BYTES("\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\2\200\0\0\1\340\10\6\0\0\0"),
		"image/png", 640, 480},
	{BYTES("\x89PNG\r\n\x1a\n"), "image/png", 0, 0},
	{BYTES("GIF89a\1\0\2\1\0\0"), "image/gif", 1, 258},
	{BYTES("\377\330\377\340\0\4ab\377\300\0\21\10\0\20\0\40\3\1"),
		"image/jpeg", 32, 16},
	{BYTES("\377\330\377\340\377\377ab"), "image/jpeg", 0, 0},
	{BYTES("RIFF\0\0\0\0WEBPVP8X\n\0\0\0\0\0\0\0\177\2\0\337\1\0"),
		"image/webp", 640, 480},
	{BYTES("RIFF\0\0\0\0WEBPVP8L\5\0\0\0/\177\302w\0\0\0\0\0\0"),
		"image/webp", 640, 480},
	{BYTES("RIFF\0\0\0\0WEBPVP8 \n\0\0\0\0\0\0\235\1*\200\2\340\1"),
		"image/webp", 640, 480},
	{BYTES("RIFF\0\0\0\0WAVEfmt "), NULL, 0, 0},
	{BYTES("%PDF-1.7"), NULL, 0, 0},
	{BYTES("BM"), NULL, 0, 0},
	{BYTES(""), NULL, 0, 0},
};

static void sniffing(void)
{
	struct image image;
	struct buf url;
	size_t i;

	buf_init(&url, BUF_SMALL);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		memset(&image, 0, sizeof(image));
		CHECK_INT(image_sniff(rows[i].bytes, &image),
			rows[i].mime != NULL);
		if (rows[i].mime == NULL)
			continue;
		CHECK_STR(image.mime, rows[i].mime);
		CHECK_INT(image.width, rows[i].width);
		CHECK_INT(image.height, rows[i].height);
		buf_reset(&url);
		image_put_url(rows[i].bytes, &image, &url);
		memset(&image, 0, sizeof(image));
		CHECK(image_read(buf_view(&url), &image));
		CHECK_INT(image.width, rows[i].width);
		CHECK_INT(image.bytes, rows[i].bytes.n);
	}
	buf_release(&url);
}

/* A text about an image is none. */
static void what_is_text(void)
{
	static const char *const texts[] = {"",
		"data:", "data:image/png;base64,",
		"data:image/png;base64,aGVsbG8h", "data:text/plain;base64,iVBO",
		"data:image/svg+xml;base64,PHN2Zz4=",
		"data:image/png;base64,!!!!",
		"see data:image/gif;base64,R0lGODlhAQACAQAA",
		"data:image/gif;base64,R0lGODlhAQACAQAA\n"};
	struct image image;
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		CHECK(!image_read(span_str(texts[i]), &image));
	CHECK(image_read(
		span_str("data:image/gif;base64,R0lGODlhAQACAQAA"), &image));
}

static void in_a_message(void)
{
	struct msg *m = msg_new(ROLE_USER);
	struct msg *copy;
	struct buf out;

	buf_init(&out, BUF_SMALL);
	buf_str(&m->text, "What is it?");
	CHECK(!msg_has_image(m));
	CHECK(msg_attach(m, span_str("a]\n.gif"),
		      span_str("data:image/gif;base64,R0lGODlhAQACAQAA"),
		      NULL) == ST_OK);
	CHECK(msg_attach(m, span_str("b.txt"), span_str("words"), NULL) ==
		ST_OK);
	CHECK(msg_has_image(m));
	msg_content(m, &out);
	CHECK(strstr(out.p,
		      "[image a??.gif, 1\xc3\x97"
		      "258, 12 bytes]") != NULL);
	CHECK(strstr(out.p, "R0lG") == NULL);
	CHECK(strstr(out.p, "words") != NULL);
	buf_reset(&out);
	msg_words(m, &out);
	CHECK(strstr(out.p, "image") == NULL);
	CHECK(strstr(out.p, "words") != NULL);
	copy = msg_dup(m);
	CHECK(copy != NULL && msg_has_image(copy));
	msg_free(copy);
	msg_free(m);
	buf_release(&out);
}

int main(void)
{
	RUN(sniffing);
	RUN(what_is_text);
	RUN(in_a_message);
	return REPORT();
}
