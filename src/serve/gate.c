#include "serve/gate.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/ascii.h"
#include "conf/check.h"

/* The default port, which a Host may leave out. */
enum { HTTP_PORT = 80 };

static const struct gate_answer answers[] = {
	[GATE_OPEN] = {200, "", "", ""},
	[GATE_FRAMING] = {400, "invalid_request_error", "bad_request",
		"one Host and one length are wanted, no coding but chunked, "
		"and names that are tokens"},
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
	[GATE_PREFLIGHT] = {204, "", "", ""},
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
	/* "Content-Length : 5" may mean one thing to us and another to a
	 * proxy. */
	f->odd = f->odd || !check_token(name);
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
		f->coding = value;
		f->codings++;
	} else if (span_caseis(name, "Expect")) {
		f->expects = true;
	} else if (span_caseis(name, "Origin")) {
		f->origin = value;
		f->origins++;
	} else if (span_caseis(name, "Sec-Fetch-Site")) {
		f->site = value;
	}
}

/* The name in a Host, without the port. */
static struct span host_name(struct span host)
{
	size_t n = host.n;

	while (n > 0 && ascii_is_digit(host.p[n - 1]))
		n--;
	if (n > 0 && n < host.n && host.p[n - 1] == ':')
		host.n = n - 1;
	return host;
}

/* Accepts names of this machine only, and nothing that merely ends like one: a
 * web page may have its own name point here (DNS rebinding). */
static bool host_known(
	struct span host, const struct server_options *o, uint16_t port)
{
	static const char *const names[] = {"127.0.0.1", "localhost", "[::1]"};
	char text[32];
	size_t i;

	if (host.n == 0)
		return false;
	if (o->any_host)
		return true;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		(void)snprintf(
			text, sizeof(text), "%s:%u", names[i], (unsigned)port);
		if (span_caseis(host, text) ||
			(port == HTTP_PORT && span_caseis(host, names[i])))
			return true;
	}
	for (i = 0; i < o->n_hosts; i++)
		if (span_caseis(host, o->hosts[i]) ||
			span_caseis(host_name(host), o->hosts[i]))
			return true;
	return false;
}

/* Compares in a time that does not depend on where a token of the right length
 * differs. */
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

/* Whether the path has that form; *ret is the part for {name}. */
static bool has_form(const char *form, const char *path, struct span *ret)
{
	const char *open = strchr(form, '{');
	const char *close = open != NULL ? strchr(open, '}') : NULL;
	size_t before = (size_t)(open != NULL ? open - form : 0);
	size_t n;

	if (close == NULL)
		return strcmp(form, path) == 0;
	if (strncmp(form, path, before) != 0)
		return false;
	n = strcspn(path + before, "/");
	if (n == 0 || n > SERVER_NAME_MAX ||
		strcmp(path + before + n, close + 1) != 0)
		return false;
	*ret = span_of(path + before, n);
	return true;
}

static bool takes(const struct server_route *r, const char *method)
{
	return strcmp(r->method, method) == 0 ||
		(strcmp(method, "HEAD") == 0 && strcmp(r->method, "GET") == 0);
}

static enum gate_refusal find_route(const struct server_options *o,
	const char *method, const char *path, struct gate_found *ret)
{
	enum gate_refusal why = GATE_NO_PATH;
	size_t i;

	for (i = 0; i < o->n_routes; i++) {
		if (!has_form(o->routes[i].path, path, &ret->name))
			continue;
		if (takes(&o->routes[i], method)) {
			ret->route = &o->routes[i];
			return GATE_OPEN;
		}
		ret->allow = o->routes[i].method;
		why = GATE_NO_METHOD;
	}
	return why;
}

static const char *find_origin(
	const struct gate_fields *f, const struct server_options *o)
{
	size_t i;

	for (i = 0; f->origins == 1 && i < o->n_origins; i++)
		if (span_is(f->origin, o->origins[i]))
			return o->origins[i];
	return NULL;
}

static bool is_cross_site(const struct gate_fields *f)
{
	return f->origins > 0 || span_caseis(f->site, "cross-site") ||
		span_caseis(f->site, "same-site");
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

/* Whether the length of the request is unambiguous. */
static bool is_framed(const struct gate_fields *f)
{
	return f->hosts == 1 && f->lengths + f->codings <= 1 && !f->odd &&
		(f->codings == 0 || span_caseis(f->coding, "chunked"));
}

static enum gate_refusal check_head(const struct gate_fields *f,
	const struct server_options *o, uint16_t port, const char *method,
	const char *path, struct gate_found *ret)
{
	bool options = strcmp(method, "OPTIONS") == 0;
	enum gate_refusal why;

	if (!is_framed(f))
		return GATE_FRAMING;
	if (!host_known(f->host, o, port))
		return GATE_WRONG_HOST;
	ret->origin = find_origin(f, o);
	if (ret->origin != NULL && options)
		return GATE_PREFLIGHT;
	if (ret->origin == NULL && (is_cross_site(f) || options))
		return GATE_CROSS_SITE;
	why = find_route(o, method, path, ret);
	if ((why != GATE_OPEN || !ret->route->open) && !has_token(o->token, f))
		return GATE_NO_TOKEN;
	return why != GATE_OPEN ? why : check_body(f, method, o->body_max);
}

enum gate_refusal gate_check(const struct gate_fields *f,
	const struct server_options *o, uint16_t port, const char *method,
	const char *path, struct gate_found *ret)
{
	enum gate_refusal why = check_head(f, o, port, method, path, ret);

	/* With a coding other than chunked, the body has no known end. */
	ret->at_once = why == GATE_TOO_LARGE || f->expects ||
		(f->codings > 0 && !span_caseis(f->coding, "chunked"));
	return why;
}
