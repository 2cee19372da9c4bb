#include "engine/rest.h"

#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "engine/link.h"
#include "net/http.h"
#include "wire/fail.h"
#include "wire/url.h"

struct rest {
	struct rest_options o;
	struct http_xfer *xfer; /* NULL once it has ended */
	struct buf url;
	struct buf answer;
	struct http_result http;
	int code; /* status of HTTP */
	bool loading; /* the server said that it is loading its model */
	enum status status;
	struct err err;
};

static bool is_good(const struct rest *r)
{
	return r->code >= 200 && r->code <= 299;
}

static void on_head(int code, struct span content_type, void *payload)
{
	struct rest *r = payload;

	(void)content_type;
	r->code = code;
}

static enum status on_body(struct span bytes, void *payload, struct err *err)
{
	struct rest *r = payload;

	if (is_good(r) && r->o.fn != NULL)
		return r->o.fn(bytes, r->o.payload, err);
	buf_span(&r->answer, bytes);
	return buf_check(&r->answer, "answer of the endpoint", err);
}

/* Takes a refusal, in the endpoint's words. */
static void refused(struct rest *r)
{
	struct fail_source from = {
		.http = r->code, .body = buf_view(&r->answer)};
	struct fail fail;
	struct buf text;

	fail_init(&fail);
	buf_init(&text, BUF_SMALL);
	r->status = fail_read(&fail, &from, &r->err);
	r->loading = r->status == ST_OK && failure_is_loading(&fail.f);
	secret_mask(r->o.key, fail.f.text, &text);
	if (r->status == ST_OK)
		r->status = err_set(&r->err,
			fail.f.status != ST_OK ? fail.f.status : ST_SERVER,
			"%d: %s (%s)", r->code, text.p, r->url.p);
	buf_release(&text);
	fail_release(&fail);
}

static void on_done(const struct http_result *result, void *payload)
{
	struct rest *r = payload;

	r->xfer = NULL;
	r->http = *result;
	if (result->status != ST_OK) {
		r->status = result->status;
		r->err = result->err;
	} else if (!is_good(r)) {
		refused(r);
	}
	if (r->o.done != NULL)
		r->o.done(r, r->o.payload);
}

static const struct http_ops ops = {
	.head = on_head,
	.body = on_body,
	.done = on_done,
};

static void shorten(int64_t *ms, int64_t most)
{
	/* 0 and less stand for the default and for ever. */
	if (most > 0 && (*ms <= 0 || *ms > most))
		*ms = most;
}

static enum status queue(struct rest *r, struct err *err)
{
	static const char type[] = "Content-Type";
	const struct agent *a = r->o.agent;
	struct http_options options;
	struct http_header *own = NULL;
	struct http_header *headers = calloc(
		a->headers_n + 1, sizeof(*headers));
	struct http_request req = {
		.url = r->url.p,
		.key = r->o.key,
		.auth_header = a->auth_header,
		.headers = headers,
		.accept = r->o.fn == NULL ? "application/json" : NULL,
		.body = r->o.body,
		.options = &options,
		.off_record = r->o.off_record,
	};
	enum status st = headers == NULL ? err_nomem(err)
					 : link_headers(a, &own, err);

	link_options(a, &options);
	shorten(&options.first_byte_timeout_ms, r->o.wait_ms);
	shorten(&options.idle_timeout_ms, r->o.wait_ms);
	if (st == ST_OK) {
		if (own != NULL)
			memcpy(headers, own, a->headers_n * sizeof(*own));
		req.n_headers = a->headers_n;
		if (r->o.type != NULL)
			headers[req.n_headers++] = (struct http_header){
				span_str(type), span_str(r->o.type)};
		st = http_start(r->o.http, &req, &ops, r, &r->xfer, err);
	}
	free(own);
	free(headers);
	return st;
}

static enum status put_url(struct rest *r, struct err *err)
{
	if (r->o.url == NULL)
		return url_beside(
			span_str(r->o.agent->url), r->o.path, &r->url, err);
	buf_str(&r->url, r->o.url);
	return buf_check(&r->url, "address", err);
}

enum status rest_start(
	struct rest **ret, const struct rest_options *o, struct err *err)
{
	struct rest *r = calloc(1, sizeof(*r));
	enum status st;

	if (r == NULL)
		return err_nomem(err);
	r->o = *o;
	buf_init(&r->url, BUF_SMALL);
	buf_init(&r->answer,
		o->answer_max != 0 ? o->answer_max : REST_ANSWER_MAX);
	st = put_url(r, err);
	if (st == ST_OK)
		st = queue(r, err);
	if (st != ST_OK) {
		rest_free(r);
		return st;
	}
	*ret = r;
	return ST_OK;
}

bool rest_ended(const struct rest *r)
{
	return r->xfer == NULL;
}

enum status rest_answer(const struct rest *r, struct span *ret, struct err *err)
{
	if (r->status != ST_OK) {
		if (err != NULL)
			*err = r->err;
		return r->status;
	}
	*ret = buf_view(&r->answer);
	return ST_OK;
}

bool rest_is_loading(const struct rest *r)
{
	return r->loading;
}

const struct http_result *rest_http(const struct rest *r)
{
	return &r->http;
}

void rest_free(struct rest *r)
{
	if (r == NULL)
		return;
	http_cancel(r->xfer);
	buf_release(&r->url);
	buf_release(&r->answer);
	free(r);
}
