/*
 * One chat completion object: a chunk of a stream or a whole reply, read in
 * one pass without allocation. It only picks; wire/reply decides what the
 * picks mean.
 *
 * Everything picked points into the data. A string that is missing, null or of
 * another type has raw.p NULL. Of several choices only index 0 counts; a choice
 * without an index counts as 0. Pure.
 */
#ifndef ATL_WIRE_CHUNK_H
#define ATL_WIRE_CHUNK_H

#include <stdbool.h>

#include "base/buf.h"
#include "chat/msg.h"
#include "wire/scan.h"

struct chunk {
	struct scan_str id;
	struct scan_str model;
	struct scan_str finish;
	struct scan_str content;
	struct scan_str refusal; /* shown when there is no content */
	struct scan_str reasoning; /* the first that is not empty, of its
				      several names */
	struct span parts; /* content as an array, as JSON */
	struct span tools; /* tool_calls as JSON */
	struct span call; /* function_call as JSON */
	struct span usage; /* of the object, as JSON; "null" counts as none */
	struct span usage_groq; /* x_groq.usage */
	struct span usage_choice; /* choices[0].usage */
	struct span error; /* of object, x_groq or choice; null, false and empty
			      values do not count */
	struct span error_body; /* what to read the failure from */
	bool has_choices; /* an array, maybe empty */
	bool has_choice; /* choice 0 is in it */
};

/* Reads a chunk. False when the data is not a JSON object; *ret is undefined
 * then. */
bool chunk_read(struct span data, struct chunk *ret);
/*
 * Most chunks of a stream differ in their content alone. A form is what
 * surrounded the content of the last one: where the bytes before and after are
 * the same, so is all that was read from them, and they are not read again.
 */
#define CHUNK_FORM_MAX 1024

struct chunk_form {
	size_t before; /* bytes up to the content's quote; 0: no form yet */
	size_t after; /* from the closing quote on */
	size_t id; /* offsets of id and model in the bytes, if they are there */
	size_t model;
	struct chunk chunk; /* the last one that was read */
	char bytes[CHUNK_FORM_MAX];
};

/* As chunk_read(), for the next chunk of a stream; NULL for false. The result
 * is part of the form, so that it need not be copied for each word of a reply,
 * and is valid until the next call. The form starts zeroed. */
const struct chunk *chunk_read_next(struct chunk_form *f, struct span data);
/* Whether the data is JSON but not an object. */
bool chunk_is_other(struct span data);

/* Reads token counts from an object; false when it has none. Counts that are
 * not there become -1. */
bool chunk_usage(struct span json, struct usage *ret);
/* Appends the texts of a content that is an array of parts. */
void chunk_parts(struct span json, struct buf *out);

#endif
