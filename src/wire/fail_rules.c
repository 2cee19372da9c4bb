#include "wire/fail_rules.h"

#include <stdint.h>
#include <string.h>

#include "base/ascii.h"
#include "wire/fail_text.h"
#include "wire/request.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* Texts that say that the prompt does not fit. */
static const char *const overflow[] = {
	"context_length_exceeded",
	"exceed_context_size_error",
	"maximum context length is #",
	"reduce the length of the messages",
	"exceeds the available context size",
	"current length is #*while limit is #",
	"`inputs` tokens + `max_new_tokens` must be <=",
	"`inputs` must have less than",
	"is longer than the model's context length",
	"greater than the context length",
	"exceed context limit",
	"model's maximum context limit",
	"input tokens exceed the configured limit",
	"input is too long for requested model",
	"input token count*exceeds the maximum",
	"prompt is too long",
	"too large for model with #*maximum context length",
	"exceeds the limit of #",
	"maximum prompt length is #",
	"context window exceeds limit",
	"string too long. expected a string with maximum length",
	"too many tokens",
	"token limit exceeded",
};

/* This sounds similar, but is a limit of one string. */
static const char *const not_overflow[] = {"string_above_max_length"};

/* Where such texts name the size of the window. */
static const char *const window_numbers[] = {
	"maximum context length is #",
	"available context size (#",
	"n_ctx=#",
	"n_ctx = #",
	"n_ctx: #",
	"must be <= #",
	"while limit is #",
	"exceeds the limit of #",
	"maximum prompt length is #",
	"too large for model with #",
	"maximum number of tokens allowed (#",
	"configured limit of #",
	"model's context length (#",
	"context length of only #",
	"exceed context limit: *> #",
	"prompt is too long: *> #",
};

/* Where they name the size of the prompt, without the reply. */
static const char *const prompt_numbers[] = {
	"(# in the messages",
	"(# of text input",
	"request has # input tokens",
	"request (# tokens)",
	"resulted in # tokens",
	"given: # `inputs`",
	"current length is #",
	"prompt contains # tokens",
	"prompt contains at least # input tokens",
	"input token count (#",
	"prompt token count of #",
	"request contains # tokens",
	"the input (# tokens)",
	"exceed context limit: #",
	"prompt is too long: #",
};

static const char *const limited[] = {
	"rate_limit_exceeded",
	"rate_limit_error",
	"request_limit_exceeded",
	"resource_exhausted",
	"too_many_requests",
	"insufficient_quota",
};

/* Texts that say that credit is used up, which waiting does not bring back. */
static const char *const spent[] = {
	"insufficient_quota",
	"insufficient credits",
	"insufficient balance",
	"insufficient_balance",
	"insufficient funds",
	"insufficient_funds",
	"credit balance",
	"out of credits",
	"billing",
	"daily spend limit",
	"payment_method_required",
	"payment required",
};

static const char *const no_model[] = {
	"model_not_found",
	"model_decommissioned",
	"model_not_available",
	"model_not_supported",
	"model_not_exist",
	"model not exist",
	"model not found",
	"model '*' not found",
	"model \"*\" not found",
	"model `*` not found",
	"model `*` does not exist",
	"model '*' does not exist",
	"unknown model",
	"is not a valid model id",
	"no endpoints found for",
	"has been decommissioned",
	"reached its end of life",
	"no longer serves",
};

static const char *const refused[] = {
	"content_filter",
	"content_policy_violation",
	"responsibleaipolicyviolation",
	"moderation",
	"flagged_input",
};

static const char *const bad_key[] = {
	"authentication_error",
	"invalid_api_key",
	"api_key_invalid",
	"invalid api key",
	"incorrect api key",
};

/* By these texts, an error in a stream, which has no status, may pass. */
static const char *const passing[] = {
	"server_error",
	"overloaded",
	"unavailable",
	"internal_error",
	"internal server error",
	"api_error",
	"timeout",
	"timed out",
};

/* Texts that say that a field is unknown or unwanted. */
static const char *const field_refused[] = {
	"extra inputs are not permitted",
	"extra_forbidden",
	"unknown field",
	"unknown parameter",
	"unknown_parameter",
	"unknown name",
	"unrecognized request argument",
	"unrecognized field",
	"unrecognized parameter",
	"unsupported",
	"not supported",
	"does not support",
	"is not a valid field",
	"is not permitted",
	"not allowed",
	"unexpected keyword argument",
	"unexpected field",
	"additional properties",
};

static bool any(struct span hay, const char *const *rows, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (fail_match(hay, rows[i], NULL))
			return true;
	return false;
}

#define ANY(hay, rows) any(hay, rows, COUNT(rows))

static int64_t first_number(struct span hay, const char *const *rows, size_t n)
{
	int64_t v = 0;
	size_t i;

	for (i = 0; i < n; i++)
		if (fail_match(hay, rows[i], &v))
			break;
	return v;
}

static bool retry_status(int http)
{
	if (http == 501 || http == 505)
		return false;
	return http >= 500 || http == 408 || http == 409 || http == 425 ||
		http == 429 || http == 498 || http == 499;
}

static bool is_overflow(int http, struct span hay, bool empty)
{
	if (http == 401 || http == 402 || http == 403 || http == 429)
		return false;
	if (empty)
		return http == 400 || http == 413;
	if (ANY(hay, not_overflow))
		return false;
	return http == 413 || ANY(hay, overflow);
}

static bool is_limit(int http, struct span hay)
{
	return http == 402 || http == 429 || (http != 401 && ANY(hay, limited));
}

static bool is_filtered(int http, struct span hay)
{
	return (http == 0 || http == 400 || http == 403 || http == 422) &&
		ANY(hay, refused);
}

static bool is_no_model(int http, struct span hay)
{
	return http == 404 || http == 410 ||
		(http != 401 && http < 500 && ANY(hay, no_model));
}

static bool is_bad_key(int http, struct span hay)
{
	return http == 401 || http == 403 ||
		((http == 0 || http == 400) && ANY(hay, bad_key));
}

/* Classifies by status and texts. The order matters: a rate limit may speak of
 * tokens, and a refused model may come with 403. */
static enum status classify(int http, struct span hay, bool empty)
{
	if (is_limit(http, hay))
		return ST_LIMIT;
	if (is_filtered(http, hay))
		return ST_FILTERED;
	if (is_overflow(http, hay, empty))
		return ST_WINDOW;
	if (is_no_model(http, hay))
		return ST_MODEL;
	return is_bad_key(http, hay) ? ST_AUTH : ST_SERVER;
}

void fail_rules(struct failure *f, int http, struct span hay, bool empty)
{
	f->status = classify(http, hay, empty);
	f->quota = f->status == ST_LIMIT && (http == 402 || ANY(hay, spent));
	f->retry = (f->status == ST_LIMIT && !f->quota) ||
		(f->status == ST_SERVER &&
			(retry_status(http) ||
				(http == 0 && ANY(hay, passing))));
	if (f->status != ST_WINDOW)
		return;
	f->window = first_number(hay, window_numbers, COUNT(window_numbers));
	f->prompt_tokens = first_number(
		hay, prompt_numbers, COUNT(prompt_numbers));
}

static bool is_word(char c)
{
	return ascii_is_lower(c) || ascii_is_digit(c) || c == '_';
}

/* Offset of a name that stands as a word; SIZE_MAX when there is none. */
static size_t word_at(struct span hay, const char *name)
{
	size_t n = strlen(name);
	size_t i;

	for (i = 0; i + n <= hay.n; i++) {
		if (memcmp(hay.p + i, name, n) != 0)
			continue;
		if ((i == 0 || !is_word(hay.p[i - 1])) &&
			(i + n == hay.n || !is_word(hay.p[i + n])))
			return i;
	}
	return SIZE_MAX;
}

/* Names inside a field, and other names for a field, with the field meant. */
static const struct {
	const char *name;
	unsigned field;
} other_names[] = {
	{"include_usage", REQUEST_STREAM_OPTIONS},
	{"json_schema", REQUEST_RESPONSE_FORMAT},
	{"json_object", REQUEST_RESPONSE_FORMAT},
	{"json mode", REQUEST_RESPONSE_FORMAT},
	{"response format", REQUEST_RESPONSE_FORMAT},
	{"structured output", REQUEST_RESPONSE_FORMAT},
	{"structured outputs", REQUEST_RESPONSE_FORMAT},
};

/* The field that is named first counts. */
const char *fail_refused_field(struct span param, struct span hay)
{
	const char *found = NULL;
	size_t best = SIZE_MAX;
	unsigned bit;
	size_t i;

	if (!ANY(hay, field_refused))
		return NULL;
	bit = request_field(span_cut(&param, '.'));
	if (bit != 0)
		return request_field_name(bit);
	for (bit = 1; request_field_name(bit) != NULL; bit <<= 1) {
		size_t at = word_at(hay, request_field_name(bit));

		if (at < best) {
			best = at;
			found = request_field_name(bit);
		}
	}
	for (i = 0; i < COUNT(other_names); i++) {
		size_t at = word_at(hay, other_names[i].name);

		if (at < best) {
			best = at;
			found = request_field_name(other_names[i].field);
		}
	}
	return found;
}
