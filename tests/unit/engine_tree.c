/*
 * engine: whatever is undone, retried, edited, branched, summarised or forked,
 * no message is lost, and another start finds the conversation where it was and
 * tells the model the same.
 */
#include "unit/journals.h"

#include <poll.h>
#include <stdlib.h>

#include "chat/conv.h"
#include "engine/known.h"
#include "engine/session.h"
#include "net/http.h"
#include "tool/serve.h"

enum { SEEDS = 4, OPS = 120, IDS = 1000 };

static struct store store;
static struct served server;
static struct http *http;
static struct known known;
static struct session *s;
static struct agent agent;
static struct agent summariser; /* the agent's own summaries are too long */
static char url[64];
static char summary_url[64];

/* All that was ever in the conversation. */
static struct id ids[IDS];
static size_t ids_n;
static size_t summaries; /* made, in all */

static uint32_t rnd_state;

/* Numerical Recipes' generator: the same run for the same seed. */
static uint32_t rnd(uint32_t n)
{
	rnd_state = rnd_state * 1664525u + 1013904223u;
	return (rnd_state >> 8) % n;
}

static enum status sink(const struct event *ev, void *payload, struct err *err)
{
	(void)ev;
	(void)payload;
	(void)err;
	return ST_OK;
}

static struct session_options options(void)
{
	return (struct session_options){
		.http = http,
		.vault = store.vault,
		.catalog = store.catalog,
		.known = &known,
		.compact_percent = 85,
	};
}

static void wait_for_it(void)
{
	int i;

	for (i = 0; i < 10000 && session_active(s); i++) {
		struct pollfd fd = {http_fd(http), POLLIN, 0};

		(void)poll(&fd, 1, 10);
		CHECK_INT(http_step(http, NULL), ST_OK);
		session_step(s);
	}
	CHECK(!session_active(s));
}

static void remember(const struct id *id)
{
	if (ids_n < IDS)
		ids[ids_n++] = *id;
}

/* What has come to the conversation since. */
static void remember_new(size_t before)
{
	const struct conv *c = session_conv(s);

	for (; before < c->n; before++)
		remember(&c->all[before]->id);
}

static void ask(void)
{
	struct msg *m = msg_new(ROLE_USER);
	size_t before = session_conv(s)->n;

	buf_fmt(&m->text, "question %u", (unsigned)rnd(100000));
	while (m->text.len < 150)
		buf_str(&m->text, " in some more words");
	CHECK_INT(session_ask(s, m, &agent, NULL, sink, NULL, NULL), ST_OK);
	wait_for_it();
	remember_new(before);
}

static void answer(void)
{
	size_t before = session_conv(s)->n;

	if (session_reply(s, &agent, NULL, sink, NULL, NULL) == ST_OK)
		wait_for_it();
	remember_new(before);
}

static void retry(void)
{
	if (session_retry(s, NULL) == ST_OK)
		answer();
}

/* Before any earlier question, and on in other words: what /edit does. */
static void edit(void)
{
	const struct conv *c = session_conv(s);
	const struct msg *m = c->n > 0 ? c->all[rnd((uint32_t)c->n)] : NULL;

	if (m != NULL && m->role == ROLE_USER) {
		struct id before = m->parent;

		CHECK_INT(session_stand(s, &before, NULL), ST_OK);
		ask();
	}
}

static void branch(void)
{
	char name[32];

	(void)snprintf(name, sizeof(name), "thread-%u", (unsigned)rnd(5));
	(void)session_thread(s, span_str(name), span_str("main"), NULL);
}

static void move(void)
{
	const struct conv *c = session_conv(s);

	if (c->threads_n > 0) {
		const struct conv_thread *t =
			&c->threads[rnd((uint32_t)c->threads_n)];
		struct id head = t->head;
		struct buf name;

		buf_init(&name, BUF_SMALL);
		buf_span(&name, buf_view(&t->name));
		(void)session_switch(s, &head, buf_view(&name), NULL);
		buf_release(&name);
	}
}

static void compact(void)
{
	if (rnd(3) == 0) {
		(void)session_compact_undo(s, NULL);
		return;
	}
	if (session_compact(s, &summariser, NULL, span_of(NULL, 0), sink, NULL,
		    NULL) == ST_OK) {
		wait_for_it();
		summaries++;
	}
}

/* The path goes on as another conversation; of the rest nothing goes along. */
static void fork_it(void)
{
	struct msg **path = NULL;
	size_t n = 0;
	size_t i;

	if (session_conv(s)->n == 0)
		return;
	CHECK_INT(conv_path(session_conv(s), &path, &n, NULL), ST_OK);
	ids_n = 0;
	for (i = 0; i < n; i++)
		remember(&path[i]->id);
	free(path);
	CHECK_INT(session_fork(s, NULL), ST_OK);
	ask();
}

static void sent(struct buf *out)
{
	/* At the beginning there is nothing to send. */
	if (!id_is_none(&session_conv(s)->leaf))
		CHECK_INT(session_request(s, NULL, &agent, out, NULL), ST_OK);
}

static void start_again(void)
{
	struct session_options o = options();
	struct id conv = session_conv(s)->id;
	struct id leaf = session_conv(s)->leaf;
	struct buf before;
	struct buf after;
	size_t i;

	if (session_conv(s)->n == 0)
		return;
	buf_init(&before, BUF_LARGE);
	buf_init(&after, BUF_LARGE);
	sent(&before);
	session_free(s);
	s = NULL;
	CHECK_INT(session_open(&s, &o, &conv, NULL, NULL), ST_OK);
	if (s == NULL)
		abort();
	CHECK(id_eq(&session_conv(s)->leaf, &leaf));
	for (i = 0; i < ids_n; i++)
		CHECK(conv_find(session_conv(s), &ids[i]) != NULL);
	sent(&after);
	CHECK_STR(after.p, before.p);
	buf_release(&before);
	buf_release(&after);
}

static void undo(void)
{
	(void)session_undo(s, 1 + rnd(2), NULL);
}

static void test_any_order(void)
{
	static void (*const ops[])(void) = {ask, ask, ask, retry, undo, edit,
		branch, move, compact, compact, fork_it, start_again,
		start_again};
	uint32_t seed;

	for (seed = 1; seed <= SEEDS; seed++) {
		struct session_options o = options();
		size_t i;

		rnd_state = seed;
		ids_n = 0;
		CHECK_INT(session_new(&s, &o, NULL), ST_OK);
		for (i = 0; i < OPS; i++)
			ops[rnd(sizeof(ops) / sizeof(ops[0]))]();
		start_again();
		session_free(s);
		s = NULL;
		if (check_failures > 0) {
			printf("with seed %u\n", (unsigned)seed);
			break;
		}
	}
}

int main(void)
{
	static const char script[] = "answer\n"
				     "header Content-Type: text/event-stream\n"
				     "echo\n"
				     "answer POST /short\n"
				     "header Content-Type: text/event-stream\n"
				     "chat In short.\n"
				     "finish\n"
				     "done\n";

	store_new(&store);
	CHECK(serve_start(&server, script, NULL));
	CHECK_INT(http_new(&http, NULL), ST_OK);
	known_init(&known);
	(void)snprintf(url, sizeof(url), "http://127.0.0.1:%d/v1", server.port);
	agent = (struct agent){.name = "llama",
		.url = url,
		.model = "m",
		.system = "Be kind.",
		.temperature = 0.7,
		.max_tokens = 100,
		.context = 900,
		.connect_ms = 10000,
		.first_byte_ms = 10000,
		.idle_ms = 10000};
	(void)snprintf(summary_url, sizeof(summary_url),
		"http://127.0.0.1:%d/short/v1", server.port);
	summariser = agent;
	summariser.url = summary_url;
	RUN(test_any_order);
	CHECK(summaries > 5);
	http_free(http);
	known_release(&known);
	serve_stop(&server);
	store_free(&store);
	return REPORT();
}
