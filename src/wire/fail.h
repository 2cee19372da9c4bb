/*
 * Why a request failed, out of whatever the endpoint said about it: every
 * shape of error body that is known, web pages, plain text and nothing at all.
 *
 * Texts are the server's, unfiltered: valid UTF-8, but full of whatever the
 * server put there. Print them through text/safe. Pure.
 */
#ifndef ATL_WIRE_FAIL_H
#define ATL_WIRE_FAIL_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"
#include "chat/event.h"

/* The sentence is cut here, at a character. */
#define FAIL_TEXT_MAX ((size_t)4096)
/* Bytes of an error body that are looked at. */
#define FAIL_BODY_MAX ((size_t)1024 * 1024)

/* A failure and the memory its spans point to. */
struct fail {
	struct failure f;
	struct buf text;
	struct buf code;
	struct buf field;
};

void fail_init(struct fail *x);
void fail_release(struct fail *x);

struct fail_source {
	int http; /* status of the response */
	struct span body; /* an error body, or the data of an error event */
	struct span location; /* the header of that name, or empty */
	struct span error_type; /* x-amzn-errortype, or empty */
};

/* Reads and classifies. ST_NOMEM is the only failure. */
enum status fail_read(
	struct fail *x, const struct fail_source *from, struct err *err);
/* A failure that atllama itself found. */
enum status fail_set(struct fail *x, enum status status, int http, bool retry,
	const char *text, struct err *err);

/* 503 while a server loads its model: ask again until it is there. */
bool failure_is_loading(const struct failure *f);

#endif
