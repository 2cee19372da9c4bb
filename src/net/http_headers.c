/* The headers of a request, and the key among them. */
#include "net/http_xfer.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "conf/check.h"
#include "net/redact.h"

#define HEADERS_SENT_MAX 128

static bool is_header_value(struct span s)
{
	size_t i;

	for (i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if ((c < ' ' && c != '\t') || c == 127)
			return false;
	}
	return true;
}

static bool add_header(struct http_xfer *x, const char *line)
{
	struct curl_slist *longer = curl_slist_append(x->headers, line);

	if (longer == NULL)
		return false;
	x->headers = longer;
	return true;
}

static enum status add_given(
	struct http_xfer *x, const struct http_header *given, struct err *err)
{
	struct buf line;
	bool ok;

	if (!check_token(given->name))
		return err_set(err, ST_USAGE, "\"%.*s\" is no name of a header",
			(int)(given->name.n > 100 ? 100 : given->name.n),
			given->name.p == NULL ? "" : given->name.p);
	if (!is_header_value(given->value))
		return err_set(err, ST_USAGE,
			"the value of header %.*s holds a control character",
			(int)(given->name.n > 100 ? 100 : given->name.n),
			given->name.p);
	buf_init(&line, BUF_SMALL);
	buf_span(&line, given->name);
	/* libcurl's spelling of a header without a value. */
	buf_str(&line, given->value.n > 0 ? ": " : ";");
	buf_span(&line, given->value);
	ok = !line.bad && add_header(x, line.p);
	buf_wipe(&line);
	return ok ? ST_OK : err_nomem(err);
}

static bool is_given(const struct http_request *req, const char *name)
{
	size_t i;

	for (i = 0; i < req->n_headers; i++) {
		if (span_caseis(req->headers[i].name, name))
			return true;
	}
	return false;
}

static enum status add_plain_headers(
	struct http_xfer *x, const struct http_request *req, struct err *err)
{
	struct http_header accept = {span_str("Accept"), span_str(req->accept)};
	enum status st = ST_OK;
	size_t i;

	if (req->n_headers > HEADERS_SENT_MAX)
		return err_set(err, ST_USAGE, "more than %d headers",
			HEADERS_SENT_MAX);
	for (i = 0; i < req->n_headers && st == ST_OK; i++)
		st = add_given(x, &req->headers[i], err);
	if (st == ST_OK && req->accept != NULL && !is_given(req, "accept"))
		st = add_given(x, &accept, err);
	if (st != ST_OK || req->body.n == 0)
		return st;
	if (!is_given(req, "content-type") &&
		!add_header(x, "Content-Type: application/json"))
		return err_nomem(err);
	/* Without "Expect:", libcurl would ask for permission to send a large
	 * body and wait a second for an answer that few servers give. */
	if (!is_given(req, "expect") && !add_header(x, "Expect:"))
		return err_nomem(err);
	return ST_OK;
}

/* Copies the key from its secret into another one, from which it goes to the
 * socket; libcurl's own send buffer is the one copy that we cannot wipe. */
static enum status add_key(
	struct http_xfer *x, const struct http_request *req, struct err *err)
{
	const char *name = req->auth_header;
	const char *scheme = name == NULL ? "Bearer " : "";
	size_t before;
	size_t all;
	char *p;

	if (req->key == NULL || req->key->len == 0)
		return ST_OK;
	if (name == NULL)
		name = "Authorization";
	if (!check_token(span_str(name)))
		return err_set(err, ST_CONFIG,
			"\"%.100s\" is no name of a header; see --auth-header",
			name);
	if (!is_header_value(secret_view(req->key)))
		return err_set(err, ST_CONFIG,
			"the key holds a line end or another control "
			"character; check where it comes from");
	before = strlen(name) + 2 + strlen(scheme);
	all = before + req->key->len + 1;
	if (!http_line_new(&x->h->lines, &x->key_line, all))
		return err_nomem(err);
	p = (char *)x->key_line.p;
	(void)snprintf(p, all, "%s: %s", name, scheme);
	memcpy(p + before, req->key->p, req->key->len);
	p[all - 1] = '\0';
	x->key_line.len = all;
	x->key = span_of(p + before, req->key->len);
	x->key_node.data = p;
	return ST_OK;
}

bool http_carries_key(const struct http_xfer *x, const struct http_request *req)
{
	size_t i;

	if (x->key.n > 0)
		return true;
	for (i = 0; i < req->n_headers; i++) {
		if (redact_is_secret(req->headers[i].name))
			return true;
	}
	return false;
}

static enum status check_key_rule(const struct http_xfer *x,
	const struct http_request *req, const struct http_options *o,
	struct err *err)
{
	if (x->https || x->loopback || !http_carries_key(x, req))
		return ST_OK;
	if (o->insecure_host != NULL &&
		strcasecmp(o->insecure_host, x->host) == 0)
		return ST_OK;
	return err_set(err, ST_CONFIG,
		"the key is not sent to %s over plain http, where anyone on "
		"the way can read it; use https, or --insecure-http %s if "
		"you trust the network",
		x->where, x->host);
}

enum status http_set_headers(struct http_xfer *x,
	const struct http_request *req, const struct http_options *o,
	struct err *err)
{
	enum status st = add_plain_headers(x, req, err);

	if (st == ST_OK)
		st = add_key(x, req, err);
	return st == ST_OK ? check_key_rule(x, req, o, err) : st;
}
