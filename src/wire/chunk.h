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
	struct scan_str reasoning; /* the first of its names not empty */
	struct span parts; /* content as an array, as JSON */
	struct span tools; /* tool_calls as JSON */
	struct span call; /* function_call as JSON */
	struct span usage; /* of the object, as JSON; "null" counts as none */
	struct span usage_groq; /* x_groq.usage */
	struct span usage_choice; /* choices[0].usage */
	struct span error; /* of object, x_groq or choice; null, false and
			    * empty ones do not count */
	struct span error_body; /* what to read the failure from */
	bool has_choices; /* an array, maybe empty */
	bool has_choice; /* choice 0 is in it */
};

/* False when the data is no JSON or no object; *ret is then undefined. */
bool chunk_read(struct span data, struct chunk *ret);
/*
 * The chunks of a stream mostly differ in their content alone. A form is what
 * stood around it in the last one: where the bytes before and after it are the
 * same, so is all that is read from them, and they need not be read again.
 */
#define CHUNK_FORM_MAX 1024

struct chunk_form {
	size_t before; /* bytes up to the content's quote; 0: no form yet */
	size_t after; /* from the closing quote on */
	size_t id; /* where they stand in the bytes, if they are there */
	size_t model;
	struct chunk chunk; /* the last one that was read */
	char bytes[CHUNK_FORM_MAX];
};

/* chunk_read() of the next chunk of a stream, with the same result, or NULL. It
 * is part of the form, so that it need not be copied for each word of a reply,
 * and counts until the next call. The form starts as zeros. */
const struct chunk *chunk_read_next(struct chunk_form *f, struct span data);
/* The data is JSON, but not an object. */
bool chunk_is_other(struct span data);

/* Token counts of an object as JSON; false when it names none. Those that it
 * does not name become -1. */
bool chunk_usage(struct span json, struct usage *ret);
/* Appends the texts of content written as an array of parts. */
void chunk_parts(struct span json, struct buf *out);

#endif
