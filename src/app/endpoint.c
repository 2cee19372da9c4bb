#include "app/endpoint.h"

#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "net/http.h"
#include "text/safe.h"
#include "tty/term.h"
#include "wire/models.h"

enum { PROBE_MS = 1000, LISTING_MAX = 1024 * 1024 };

struct probe {
	struct http_xfer *xfer; /* NULL when over */
	struct buf body;
	int status;
	bool ok;
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
	return buf_check(&p->body, "listing of models", err);
}

static void on_done(const struct http_result *result, void *payload)
{
	struct probe *p = payload;

	p->xfer = NULL;
	p->ok = result->status == ST_OK && p->status == 200;
}

static const struct http_ops ops = {
	.head = on_head,
	.body = on_body,
	.done = on_done,
};

static void put_url(const struct local_server *s, struct buf *out)
{
	buf_reset(out);
	buf_fmt(out, "http://127.0.0.1:%u/v1", (unsigned)s->port);
}

static void start(
	struct app *app, struct probe *p, const struct local_server *s)
{
	static const struct http_options options = {
		.connect_timeout_ms = PROBE_MS / 2,
		.first_byte_timeout_ms = PROBE_MS,
		.idle_timeout_ms = PROBE_MS,
		.proxy = "",
		.http11 = true,
	};
	struct http_request req = {.options = &options, .off_record = true};
	struct buf url;

	buf_init(&p->body, LISTING_MAX);
	buf_init(&url, BUF_SMALL);
	put_url(s, &url);
	buf_str(&url, "/models");
	req.url = url.p;
	if (http_start(app->http, &req, &ops, p, &p->xfer, NULL) != ST_OK)
		p->xfer = NULL;
	buf_release(&url);
}

static size_t running(const struct probe *p)
{
	size_t n = 0;
	size_t i;

	for (i = 0; i < LOCAL_SERVERS_N; i++)
		n += p[i].xfer != NULL;
	return n;
}

/* The answer of one, if it is a listing. */
static bool take(const struct probe *p, const struct local_server *s,
	struct found_server *ret)
{
	struct models models;
	bool listed;

	models_init(&models);
	listed = p->ok &&
		models_parse(&models, buf_view(&p->body), NULL) == ST_OK;
	if (listed) {
		ret->name = s->name;
		buf_init(&ret->url, BUF_SMALL);
		buf_init(&ret->model, BUF_SMALL);
		put_url(s, &ret->url);
		if (models.n > 0)
			buf_span(&ret->model, buf_view(&models.rows[0].id));
	}
	models_release(&models);
	return listed;
}

enum status endpoint_find(struct app *app, struct found_server *ret,
	size_t *ret_n, struct err *err)
{
	struct probe probes[LOCAL_SERVERS_N];
	int64_t until = clock_mono_ms() + PROBE_MS;
	enum status st = app_http(app, err);
	size_t n = 0;
	size_t i;

	if (st != ST_OK)
		return st;
	memset(probes, 0, sizeof(probes));
	for (i = 0; i < LOCAL_SERVERS_N; i++)
		start(app, &probes[i], &local_servers[i]);
	while (st == ST_OK && running(probes) > 0) {
		int64_t left = until - clock_mono_ms();
		int wait = http_timeout_ms(app->http);
		struct pollfd p = {http_fd(app->http), POLLIN, 0};

		if (left <= 0)
			break;
		if (wait < 0 || wait > left)
			wait = (int)left;
		(void)poll(&p, 1, wait);
		st = http_step(app->http, err);
	}
	for (i = 0; i < LOCAL_SERVERS_N; i++) {
		http_cancel(probes[i].xfer);
		if (st == ST_OK && take(&probes[i], &local_servers[i], &ret[n]))
			n++;
		buf_release(&probes[i].body);
	}
	*ret_n = n;
	return st;
}

void found_release(struct found_server *s, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		buf_release(&s[i].url);
		buf_release(&s[i].model);
	}
}

/* A line from the terminal; Enter and y mean yes. */
static bool said_yes(void)
{
	char line[16];
	ssize_t n;

	n = read(STDIN_FILENO, line, sizeof(line));
	return n > 0 && (line[0] == '\n' || line[0] == 'y' || line[0] == 'Y');
}

static bool ask(const struct found_server *s)
{
	struct buf text;

	buf_init(&text, BUF_SMALL);
	buf_fmt(&text, "Found %s at %s", s->name, s->url.p);
	if (s->model.len > 0) {
		buf_str(&text, " with the model ");
		safe_line(buf_view(&s->model), &text);
	}
	buf_str(&text, ". Use it? [Y/n] ");
	/* What was typed before the question is no answer to it. */
	term_drop_typed();
	(void)!fd_write_full(STDERR_FILENO, text.p, text.len);
	buf_release(&text);
	return said_yes();
}

bool endpoint_offer(struct app *app, struct app_agent *a)
{
	struct found_server found[FOUND_MAX];
	size_t n = 0;
	size_t i;
	bool taken = false;

	if (endpoint_find(app, found, &n, NULL) != ST_OK)
		return false;
	for (i = 0; i < n && !taken; i++)
		if (ask(&found[i])) {
			app_agent_use(
				a, found[i].url.p, buf_view(&found[i].model));
			taken = true;
		}
	found_release(found, n);
	return taken;
}
