/* Reads the head of a response, for wire/reply. */
#include "wire/reply.h"

static void set_type(struct reply *r, struct span type)
{
	struct span name = span_cut(&type, ';');

	r->typed_stream = span_caseis(span_trim(name), "text/event-stream");
}

void reply_head(struct reply *r, int http_status, struct span content_type)
{
	r->http = http_status;
	r->mode = http_status >= 200 && http_status < 300 ? REPLY_SNIFF
							  : REPLY_ERROR;
	if (content_type.n > 0)
		set_type(r, content_type);
}

static void keep(struct buf *to, struct span value)
{
	if (value.n <= to->max)
		buf_set(to, value);
}

/* Reads a number such as "7.5", times `scale`, as milliseconds; -1 when it is
 * not a plain number. */
static int64_t decimal_ms(struct span s, int64_t scale)
{
	struct span fraction = s;
	struct span whole = span_cut(&fraction, '.');
	long long v = 0;
	long long part = 0;
	int64_t ms;

	if (whole.n == 0 || whole.p[0] == '-' ||
		!span_int(whole, 0, 31536000000, &v))
		return -1;
	ms = v * scale;
	if (fraction.p == NULL || scale == 1)
		return ms;
	if (fraction.n > 3)
		fraction.n = 3;
	if (fraction.n > 0 && !span_int(fraction, 0, 999, &part))
		return -1;
	for (; fraction.n < 3; fraction.n++)
		part *= 10;
	return ms + part;
}

/* In the order in which support asks for them. */
static const char *const id_headers[] = {
	"x-request-id",
	"request-id",
	"x-groq-id",
	"x-generation-id",
	"apim-request-id",
	"x-amzn-requestid",
	"cf-ray",
};

static void take_id(struct reply *r, struct span name, struct span value)
{
	size_t n = sizeof(id_headers) / sizeof(id_headers[0]);
	size_t i;

	for (i = 0; i < n; i++)
		if (span_caseis(name, id_headers[i]) &&
			(r->request_id.len == 0 || i < r->id_rank)) {
			keep(&r->request_id, value);
			r->id_rank = i;
		}
}

void reply_header(struct reply *r, struct span name, struct span value)
{
	value = span_trim(value);
	if (span_caseis(name, "content-type"))
		set_type(r, value);
	else if (span_caseis(name, "location"))
		keep(&r->location, value);
	else if (span_caseis(name, "x-amzn-errortype"))
		keep(&r->error_type, value);
	else if (span_caseis(name, "x-should-retry"))
		r->should_retry = span_caseis(value, "true") ? 1
			: span_caseis(value, "false")	     ? 0
							     : -1;
	else if (span_caseis(name, "retry-after-ms"))
		r->retry_after_ms = decimal_ms(value, 1);
	else if (span_caseis(name, "retry-after")) {
		if (r->retry_after_ms < 0)
			r->retry_after_ms = decimal_ms(value, 1000);
	} else
		take_id(r, name, value);
}
