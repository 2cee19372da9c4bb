/*
 * Finds out why a request failed, from whatever the endpoint said: every known
 * shape of error body, web pages, plain text, nothing at all.
 *
 * The texts are the server's: valid UTF-8, but unfiltered. Print them through
 * text/safe. Pure.
 */
#ifndef ATL_WIRE_FAIL_H
#define ATL_WIRE_FAIL_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"
#include "chat/event.h"

/* Bytes of the sentence, which is cut at a character. */
#define FAIL_TEXT_MAX ((size_t)4096)
/* Bytes of an error body that are read. */
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
/* Sets a failure that atllama itself found. */
enum status fail_set(struct fail *x, enum status status, int http, bool retry,
	const char *text, struct err *err);

/* Whether the server is still loading its model: ask again until it is
 * ready. */
bool failure_is_loading(const struct failure *f);

#endif
