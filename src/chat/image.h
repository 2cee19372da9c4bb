/*
 * Images among the attachments of a message. An image is stored as a data: URL
 * (RFC 2397) in base64, the form that endpoints are sent: it is text like every
 * attachment, and recognised by its content, not by its name. Pure.
 */
#ifndef ATL_CHAT_IMAGE_H
#define ATL_CHAT_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/* Bytes of the largest image that endpoints take. */
#define IMAGE_BYTES_MAX ((size_t)20 * 1024 * 1024)
/* Tokens that an image takes of the window, about: models of the Llama family
 * cut it into tiles, and no server tells beforehand. */
#define IMAGE_TOKENS 1600

struct image {
	const char *mime; /* "image/png", "image/jpeg", "image/gif",
			     "image/webp" */
	uint32_t width; /* 0: not known */
	uint32_t height;
	size_t bytes;
};

/* Recognises an image by its first bytes. */
bool image_sniff(struct span bytes, struct image *ret);
/* Appends the URL of an image. */
void image_put_url(
	struct span bytes, const struct image *image, struct buf *out);
/* Whether an attachment's text is the URL of an image. */
bool image_read(struct span text, struct image *ret);
/* Appends "[image NAME, 640×480, 48 kB]"; no control characters. */
void image_describe(
	struct span name, const struct image *image, struct buf *out);

#endif
