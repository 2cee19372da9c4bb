#include "serve/gate.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

static const struct gate_answer answers[] = {
	[GATE_OPEN] = {200, "", "", ""},
	[GATE_FRAMING] = {400, "invalid_request_error", "bad_request",
		"one Host and one length are wanted"},
	[GATE_NO_TOKEN] = {401, "authentication_error", "invalid_api_key",
		"a bearer token is wanted, and it is this server's own"},
	[GATE_CROSS_SITE] = {403, "permission_error", "cross_site",
		"requests from web pages are refused"},
	[GATE_NO_PATH] = {404, "invalid_request_error", "unknown_path",
		"there is nothing under this path"},
	[GATE_NO_METHOD] = {405, "invalid_request_error", "method_not_allowed",
		"this path does not take this method"},
	[GATE_TOO_LARGE] = {413, "invalid_request_error", "body_too_large",
		"the body is too large"},
	[GATE_NOT_JSON] = {415, "invalid_request_error", "not_json",
		"the Content-Type must be application/json"},
	[GATE_WRONG_HOST] = {421, "invalid_request_error", "wrong_host",
		"the Host is not the address of this server"},
	[GATE_UNANSWERED] = {500, "server_error", "internal_error",
		"the request could not be answered"},
};

const struct gate_answer *gate_answer(enum gate_refusal why)
{
	return &answers[why];
}

void gate_field(struct gate_fields *f, struct span name, struct span value)
{
	value = span_trim(value);
	if (span_caseis(name, "Host")) {
		f->host = value;
		f->hosts++;
	} else if (span_caseis(name, "Authorization")) {
		f->auth = value;
		f->auths++;
	} else if (span_caseis(name, "Content-Type")) {
		f->type = value;
	} else if (span_caseis(name, "Content-Length")) {
		f->length = value;
		f->lengths++;
	} else if (span_caseis(name, "Transfer-Encoding")) {
		f->coding = true;
	} else if (span_caseis(name, "Origin")) {
		f->origin = true;
	} else if (span_caseis(name, "Sec-Fetch-Site")) {
		f->site = value;
	}
}

/* Names of this machine and nothing that merely ends in one: a web page may
 * have its own name point here (DNS rebinding). */
static bool host_known(struct span host, uint16_t port)
{
	static const char *const names[] = {"127.0.0.1", "localhost", "[::1]"};
	char text[32];
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		(void)snprintf(
			text, sizeof(text), "%s:%u", names[i], (unsigned)port);
		if (span_caseis(host, text))
			return true;
	}
	return false;
}

/* Takes as long for a wrong token of the right length as for the right one. */
static bool token_is(const struct secret *token, struct span got)
{
	volatile unsigned char diff = 0;
	size_t i;

	if (got.n != token->len)
		return false;
	for (i = 0; i < got.n; i++)
		diff = (unsigned char)(diff |
			(token->p[i] ^ (unsigned char)got.p[i]));
	return diff == 0;
}

static bool has_token(const struct secret *token, const struct gate_fields *f)
{
	struct span value = f->auth;
	struct span scheme = span_cut(&value, ' ');

	return f->auths == 1 && span_caseis(scheme, "Bearer") &&
		token_is(token, span_trim(value));
}

static bool is_json(struct span type)
{
	return span_caseis(span_trim(span_cut(&type, ';')), "application/json");
}

static enum gate_refusal find_route(const struct server_options *o,
	const char *method, const char *path,
	const struct server_route **ret_route)
{
	enum gate_refusal why = GATE_NO_PATH;
	size_t i;

	for (i = 0; i < o->n_routes; i++) {
		if (strcmp(o->routes[i].path, path) != 0)
			continue;
		if (strcmp(o->routes[i].method, method) == 0) {
			*ret_route = &o->routes[i];
			return GATE_OPEN;
		}
		why = GATE_NO_METHOD;
	}
	return why;
}

static bool is_cross_site(const struct gate_fields *f, const char *method)
{
	return f->origin || span_caseis(f->site, "cross-site") ||
		span_caseis(f->site, "same-site") ||
		strcmp(method, "OPTIONS") == 0;
}

static enum gate_refusal check_body(
	const struct gate_fields *f, const char *method, size_t body_max)
{
	long long length;

	if (strcmp(method, "POST") == 0 && !is_json(f->type))
		return GATE_NOT_JSON;
	if (f->lengths == 0)
		return GATE_OPEN;
	if (!span_int(f->length, 0, LLONG_MAX, &length))
		return GATE_FRAMING;
	return (unsigned long long)length > body_max ? GATE_TOO_LARGE
						     : GATE_OPEN;
}

enum gate_refusal gate_check(const struct gate_fields *f,
	const struct server_options *o, uint16_t port, const char *method,
	const char *path, const struct server_route **ret_route)
{
	enum gate_refusal why;

	if (f->hosts != 1 || f->lengths > 1 || (f->lengths == 1 && f->coding))
		return GATE_FRAMING;
	if (!host_known(f->host, port))
		return GATE_WRONG_HOST;
	if (is_cross_site(f, method))
		return GATE_CROSS_SITE;
	if (!has_token(o->token, f))
		return GATE_NO_TOKEN;
	why = find_route(o, method, path, ret_route);
	return why != GATE_OPEN ? why : check_body(f, method, o->body_max);
}
