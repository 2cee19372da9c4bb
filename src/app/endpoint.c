#include "app/endpoint.h"

#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "engine/listing.h"
#include "net/http.h"
#include "text/safe.h"
#include "tty/term.h"

enum { WAIT_MS = 1000 };

struct question {
	struct buf url;
	struct agent agent; /* the way there */
	struct rest *listing; /* NULL when it could not be asked */
};

static void ask_server(
	struct app *app, struct question *q, const struct local_server *s)
{
	struct rest_options o = {
		.http = app->http,
		.agent = &q->agent,
		.wait_ms = WAIT_MS,
		.off_record = true,
	};

	buf_init(&q->url, BUF_SMALL);
	buf_fmt(&q->url, "http://127.0.0.1:%u/v1", (unsigned)s->port);
	agent_init(&q->agent);
	q->agent.url = q->url.p;
	q->agent.connect_ms = WAIT_MS / 2;
	q->agent.proxy = "";
	q->agent.http11 = true;
	if (listing_start(&q->listing, &o, NULL) != ST_OK)
		q->listing = NULL;
}

static size_t running(const struct question *q)
{
	size_t n = 0;
	size_t i;

	for (i = 0; i < LOCAL_SERVERS_N; i++)
		n += q[i].listing != NULL && !rest_ended(q[i].listing);
	return n;
}

/* Takes a server's answer, if it has come and is a list of models. */
static bool take(const struct question *q, const struct local_server *s,
	struct found_server *ret)
{
	struct models models;
	bool listed;

	models_init(&models);
	listed = q->listing != NULL && rest_ended(q->listing) &&
		listing_read(q->listing, &models, NULL) == ST_OK;
	if (listed) {
		ret->name = s->name;
		buf_init(&ret->url, BUF_SMALL);
		buf_init(&ret->model, BUF_SMALL);
		buf_set(&ret->url, buf_view(&q->url));
		if (models.n > 0)
			buf_set(&ret->model, buf_view(&models.rows[0].id));
	}
	models_release(&models);
	return listed;
}

enum status endpoint_find(struct app *app, struct found_server *ret,
	size_t *ret_n, struct err *err)
{
	struct question asked[LOCAL_SERVERS_N];
	int64_t until = clock_mono_ms() + WAIT_MS;
	enum status st = app_http(app, err);
	size_t n = 0;
	size_t i;

	if (st != ST_OK)
		return st;
	memset(asked, 0, sizeof(asked));
	for (i = 0; i < LOCAL_SERVERS_N; i++)
		ask_server(app, &asked[i], &local_servers[i]);
	while (st == ST_OK && running(asked) > 0) {
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
		if (st == ST_OK && take(&asked[i], &local_servers[i], &ret[n]))
			n++;
		rest_free(asked[i].listing);
		agent_release(&asked[i].agent);
		buf_release(&asked[i].url);
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
static bool said_yes(unsigned before)
{
	char line[16];
	ssize_t n;

	while (term_wait(STDIN_FILENO, before) != TERM_READY)
		if (term_interrupts() != before)
			return false;
	n = read(STDIN_FILENO, line, sizeof(line));
	return n > 0 && (line[0] == '\n' || line[0] == 'y' || line[0] == 'Y');
}

static bool ask(const struct found_server *s, unsigned before)
{
	struct buf text;

	buf_init(&text, BUF_SMALL);
	buf_fmt(&text, "Found %s at %s", s->name, s->url.p);
	if (s->model.len > 0) {
		buf_str(&text, " with the model ");
		safe_line(buf_view(&s->model), &text);
	}
	buf_str(&text, ". Use it? [Y/n] ");
	/* Whatever was typed before the question is not an answer to it. */
	term_drop_typed(STDIN_FILENO);
	(void)!fd_write_full(STDERR_FILENO, text.p, text.len);
	buf_release(&text);
	return said_yes(before);
}

bool endpoint_offer(struct app *app, struct app_agent *a)
{
	struct found_server found[FOUND_MAX];
	unsigned before = term_interrupts();
	size_t n = 0;
	size_t i;
	bool taken = false;

	if (endpoint_find(app, found, &n, NULL) != ST_OK)
		return false;
	for (i = 0; i < n && !taken && term_interrupts() == before; i++)
		if (ask(&found[i], before)) {
			app_agent_use(
				a, found[i].url.p, buf_view(&found[i].model));
			taken = true;
		}
	found_release(found, n);
	return taken;
}
