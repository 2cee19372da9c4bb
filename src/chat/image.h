/*
 * Images among the attachments of a message. One lies there as a data: URL
 * (RFC 2397) in base64, which is what endpoints are sent: it is text like every
 * attachment, and it is recognised by what it holds, not by its name. Pure.
 */
#ifndef ATL_CHAT_IMAGE_H
#define ATL_CHAT_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/* The largest that endpoints take. */
#define IMAGE_BYTES_MAX ((size_t)20 * 1024 * 1024)
/* What one costs of the window, about: models of the Llama family cut it into
 * tiles, and no server says beforehand. */
#define IMAGE_TOKENS 1600

struct image {
	const char *mime; /* "image/png", "image/jpeg", "image/gif",
			     "image/webp" */
	uint32_t width; /* 0: not known */
	uint32_t height;
	size_t bytes;
};

/* Whether these bytes are an image, by their first ones. */
bool image_sniff(struct span bytes, struct image *ret);
/* Appends the URL of an image. */
void image_put_url(
	struct span bytes, const struct image *image, struct buf *out);
/* Whether an attachment's text is an image. */
bool image_read(struct span text, struct image *ret);
/* Appends "[image NAME, 640×480, 48 kB]"; no control characters. */
void image_describe(
	struct span name, const struct image *image, struct buf *out);

#endif
