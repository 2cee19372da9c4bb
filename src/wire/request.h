/*
 * The body of POST .../chat/completions.
 *
 * Only what every known endpoint takes is sent unasked, in one order: model,
 * messages, stream, stream_options, temperature, max_tokens, then what the
 * caller set. Content is a plain string, unless it has images. Some servers
 * refuse an empty message, some templates refuse two turns of one role: empty
 * turns are left out, turns of one role in a row become one with a blank line
 * between, and everything of the system stands in one message at the front.
 * Calls of tools and what these return are sent as they are. Pure.
 */
#ifndef ATL_WIRE_REQUEST_H
#define ATL_WIRE_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/err.h"
#include "chat/msg.h"
#include "conf/config.h"

#define REQUEST_STOP_MAX 4 /* most that endpoints take */

/* Fields that may be set, and that an endpoint may refuse. */
enum request_field {
	REQUEST_STREAM_OPTIONS = 1 << 0, /* {"include_usage":true} */
	REQUEST_TEMPERATURE = 1 << 1,
	REQUEST_MAX_TOKENS = 1 << 2,
	REQUEST_TOP_P = 1 << 3,
	REQUEST_SEED = 1 << 4,
	REQUEST_STOP = 1 << 5,
	REQUEST_PRESENCE_PENALTY = 1 << 6,
	REQUEST_FREQUENCY_PENALTY = 1 << 7,
	REQUEST_RESPONSE_FORMAT = 1 << 8,
};

/* How the form of the answer is asked for; each is for endpoints that refuse
 * the one before it. With the last two, the schema is in the system message. */
enum request_form {
	REQUEST_FORM_SCHEMA = 0, /* response_format json_schema */
	REQUEST_FORM_OBJECT, /* response_format json_object */
	REQUEST_FORM_WORDS, /* no response_format at all */
};

struct request {
	struct span model;
	struct span system; /* empty: none */
	const struct msg *const *messages; /* borrowed, in order */
	size_t messages_n;
	bool images; /* the model takes images; else it is told about them */
	bool stream;
	unsigned set; /* which of enum request_field are sent */
	unsigned dropped; /* fields that this endpoint has refused */
	double temperature;
	int64_t max_tokens;
	double top_p;
	int64_t seed;
	double presence_penalty;
	double frequency_penalty;
	struct span stop[REQUEST_STOP_MAX];
	size_t stop_n;
	struct span schema; /* a JSON Schema; empty: any answer */
	bool schema_strict; /* the schema meets the demands of "strict" */
	enum request_form form;
	/* Other than UNSAID and NO: the last message is left out, and the
	 * assistant's message before it is to be continued. */
	enum conf_prefill prefill;
	const char *const *params; /* "name=JSON" each; checked */
	size_t params_n;
};

/* Appends the body. ST_USAGE when no message is left to send, or a parameter is
 * not JSON. */
enum status request_body(const struct request *req, struct buf *out,
	struct err *err) ATTR_MUST_CHECK;

/* The bit for a field's name as in failure.field ("stream_options",
 * "temperature", ...); 0 for a field that cannot be left out. */
unsigned request_field(struct span name);
/* The field's name for one bit. */
const char *request_field_name(unsigned field);

#endif
