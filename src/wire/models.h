/*
 * What an endpoint lists under .../models: ids, and the sizes it names.
 *
 * Reads {"data":[...]}, {"models":[...]} and a bare array, and all the names
 * under which servers tell a context length. Pure.
 */
#ifndef ATL_WIRE_MODELS_H
#define ATL_WIRE_MODELS_H

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/err.h"
#include "wire/window.h"

/* Rows of a list; further ones are dropped. */
#define MODELS_MAX ((size_t)65536)

struct model {
	struct buf id; /* as the server wrote it: valid UTF-8, unfiltered */
	int64_t context; /* tokens of prompt and reply; 0: not said */
	int64_t max_output; /* tokens of a reply; 0: not said */
	int images; /* takes images: 1 yes, -1 no, 0 not said */
};

struct models {
	enum window_server server; /* kind of server */
	struct model *rows; /* in the server's order */
	size_t n;
	size_t cap;
};

void models_init(struct models *m);
void models_release(struct models *m);
/* Parses a list and replaces the content of m. ST_SERVER when the text is not a
 * list. */
enum status models_parse(
	struct models *m, struct span body, struct err *err) ATTR_MUST_CHECK;
/* The row with exactly this id; NULL when there is none. Borrowed. */
const struct model *models_find(const struct models *m, struct span id);

#endif
