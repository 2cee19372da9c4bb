#include "engine/probe.h"

#include <stdlib.h>

#include "engine/link.h"
#include "net/http.h"

enum { WAIT_MS = 5000 };
#define BODY_MAX ((size_t)1024 * 1024)

struct probe {
	struct http_xfer *xfer; /* NULL when over */
	enum window_server server;
	struct buf url;
	struct buf body;
	int status; /* of HTTP */
	bool whole;
};

static void on_head(int status, struct span content_type, void *payload)
{
	struct probe *p = payload;

	(void)content_type;
	p->status = status;
}

static enum status on_body(struct span bytes, void *payload, struct err *err)
{
	struct probe *p = payload;

	buf_span(&p->body, bytes);
	return buf_check(&p->body, "answer", err);
}

static void on_done(const struct http_result *r, void *payload)
{
	struct probe *p = payload;

	p->xfer = NULL;
	p->whole = r->status == ST_OK && p->status == 200;
}

static const struct http_ops ops = {
	.head = on_head,
	.body = on_body,
	.done = on_done,
};

enum status probe_start(struct probe **ret, struct http *http,
	const struct agent *agent, const struct secret *key,
	enum window_server server, struct err *err)
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
	struct probe *p = calloc(1, sizeof(*p));
	enum status st;

	if (p == NULL)
		return err_nomem(err);
	p->server = server;
	buf_init(&p->url, BUF_SMALL);
	buf_init(&p->body, BODY_MAX);
	link_options(agent, &options);
	options.first_byte_timeout_ms = WAIT_MS;
	options.idle_timeout_ms = WAIT_MS;
	st = window_url(server, span_str(agent->url), &p->url, err);
	if (st == ST_OK)
		st = link_headers(agent, &headers, err);
	req.url = p->url.p;
	req.headers = headers;
	if (st == ST_OK)
		st = http_start(http, &req, &ops, p, &p->xfer, err);
	free(headers);
	if (st != ST_OK) {
		probe_free(p);
		return st;
	}
	*ret = p;
	return ST_OK;
}

bool probe_ended(const struct probe *p)
{
	return p->xfer == NULL;
}

int64_t probe_window(const struct probe *p, struct span model, int *ret_images)
{
	*ret_images = 0;
	return p->whole
		? window_parse(p->server, buf_view(&p->body), model, ret_images)
		: 0;
}

void probe_free(struct probe *p)
{
	if (p == NULL)
		return;
	http_cancel(p->xfer);
	buf_release(&p->url);
	buf_release(&p->body);
	free(p);
}
