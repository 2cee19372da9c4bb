#include "engine/listing.h"

#include <stdlib.h>

#include "engine/link.h"
#include "net/http.h"
#include "wire/fail.h"
#include "wire/url.h"

struct listing {
	struct http_xfer *xfer; /* NULL when over */
	listing_fn *done;
	void *payload;
	struct buf url;
	struct buf body;
	struct models models;
	struct http_result http;
	int status; /* of HTTP */
	enum status result;
	struct err err;
	bool ended;
};

static void on_head(int status, struct span content_type, void *payload)
{
	struct listing *l = payload;

	(void)content_type;
	l->status = status;
}

static enum status on_body(struct span bytes, void *payload, struct err *err)
{
	struct listing *l = payload;

	buf_span(&l->body, bytes);
	return buf_check(&l->body, "list of models", err);
}

/* An answer that says no, in the endpoint's words. */
static enum status refused(struct listing *l)
{
	struct fail_source from = {
		.http = l->status, .body = buf_view(&l->body)};
	struct fail fail;
	enum status st;

	fail_init(&fail);
	st = fail_read(&fail, &from, &l->err);
	if (st == ST_OK)
		st = err_set(&l->err,
			fail.f.status != ST_OK ? fail.f.status : ST_SERVER,
			"%d: %.*s", fail.f.http, (int)fail.f.text.n,
			fail.f.text.p);
	fail_release(&fail);
	return st;
}

static void on_done(const struct http_result *r, void *payload)
{
	struct listing *l = payload;

	l->xfer = NULL;
	l->ended = true;
	l->http = *r;
	if (r->status != ST_OK) {
		l->result = r->status;
		l->err = r->err;
	} else if (l->status < 200 || l->status > 299) {
		l->result = refused(l);
	} else {
		l->result = models_parse(
			&l->models, buf_view(&l->body), &l->err);
	}
	if (l->done != NULL)
		l->done(l, l->payload);
}

static const struct http_ops ops = {
	.head = on_head,
	.body = on_body,
	.done = on_done,
};

static enum status queue(struct listing *l, struct http *http,
	const struct agent *agent, const struct secret *key, struct err *err)
{
	struct http_options options;
	struct http_header *headers = NULL;
	struct http_request req = {
		.key = key,
		.auth_header = agent->auth_header,
		.n_headers = agent->headers_n,
		.accept = "application/json",
		.options = &options,
	};
	enum status st = url_models(span_str(agent->url), &l->url, err);

	link_options(agent, &options);
	if (options.first_byte_timeout_ms > LISTING_WAIT_MS)
		options.first_byte_timeout_ms = LISTING_WAIT_MS;
	if (options.idle_timeout_ms > LISTING_WAIT_MS)
		options.idle_timeout_ms = LISTING_WAIT_MS;
	if (st == ST_OK)
		st = link_headers(agent, &headers, err);
	req.url = l->url.p;
	req.headers = headers;
	if (st == ST_OK)
		st = http_start(http, &req, &ops, l, &l->xfer, err);
	free(headers);
	return st;
}

enum status listing_start(struct listing **ret, struct http *http,
	const struct agent *agent, const struct secret *key, listing_fn *done,
	void *payload, struct err *err)
{
	struct listing *l = calloc(1, sizeof(*l));
	enum status st;

	if (l == NULL)
		return err_nomem(err);
	l->done = done;
	l->payload = payload;
	buf_init(&l->url, BUF_SMALL);
	buf_init(&l->body, LISTING_MAX);
	models_init(&l->models);
	st = queue(l, http, agent, key, err);
	if (st != ST_OK) {
		listing_free(l);
		return st;
	}
	*ret = l;
	return ST_OK;
}

bool listing_ended(const struct listing *l)
{
	return l->ended;
}

enum status listing_result(
	struct listing *l, struct models **ret, struct err *err)
{
	if (l->result != ST_OK) {
		if (err != NULL)
			*err = l->err;
		return l->result;
	}
	*ret = &l->models;
	return ST_OK;
}

const struct http_result *listing_http(const struct listing *l)
{
	return &l->http;
}

void listing_free(struct listing *l)
{
	if (l == NULL)
		return;
	http_cancel(l->xfer);
	models_release(&l->models);
	buf_release(&l->url);
	buf_release(&l->body);
	free(l);
}
