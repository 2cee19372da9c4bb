/*
 * engine: many questions at once over a pool whose endpoints die, are slow and
 * come back. No question is lost, none is asked again once its text has come.
 *
 * An argument says how many questions fail in fails_leak_nothing, else 100.
 */
#include "unit/net_bed.h"

#include <dirent.h>
#include <poll.h>

#include "base/clock.h"
#include "engine/known.h"
#include "engine/route.h"
#include "engine/session.h"
#include "net/http.h"
#include "net/pool.h"

enum { STOPS_MAX = 4, ASKED_MAX = 100, DRIVE_MS = 120000 };

static struct served servers[STOPS_MAX];
static char urls[STOPS_MAX][64];
static struct agent stops[STOPS_MAX];
static size_t stops_n;
static struct agent who;
static struct route route;
static struct known known;

/* One question and what came of it. */
struct asked {
	struct session *session;
	char text[64]; /* unique */
	int texts; /* events with text */
	int notices;
	int ends;
};

static long long failing = 100;
static struct asked asked[ASKED_MAX];
static size_t asked_n;

static enum status no_key(
	size_t stop, void *payload, const struct secret **ret, struct err *err)
{
	(void)stop;
	(void)payload;
	(void)err;
	*ret = NULL;
	return ST_OK;
}

static bool no_renewal(size_t stop, void *payload)
{
	(void)stop;
	(void)payload;
	return false;
}

static void fill_agent(struct agent *a, const char *name, const char *at)
{
	agent_init(a);
	a->name = "llama";
	a->endpoint = name;
	a->url = at;
	a->model = "m";
	a->system = "";
	a->temperature = -1;
	a->max_tokens = 100;
	a->context = 8000;
	a->retries = 2;
	a->connect_ms = 5000;
	a->first_byte_ms = 20000;
	a->idle_ms = 20000;
	a->proxy = "";
}

static void add(const char *at, int weight, int most)
{
	static const char *const names[STOPS_MAX] = {"a", "b", "c", "d"};

	fill_agent(&stops[stops_n], names[stops_n], at);
	CHECK_INT(pool_add(route.pool, weight, most, NULL), ST_OK);
	stops_n++;
}

static void begin(enum pool_strategy strategy)
{
	memset(&route, 0, sizeof(route));
	memset(servers, 0, sizeof(servers));
	stops_n = 0;
	CHECK_INT(http_new(&h, NULL), ST_OK);
	CHECK_INT(pool_new(&route.pool, strategy, NULL), ST_OK);
	known_init(&known);
	route.name = "main";
	route.stops = stops;
	route.model = "m";
	route.key = no_key;
	route.renew = no_renewal;
	fill_agent(&who, NULL, "http://127.0.0.1:1/v1");
	who.route = &route;
}

static void serve(const char *script, int weight, int most)
{
	CHECK(serve_start(&servers[stops_n], script, NULL));
	(void)snprintf(urls[stops_n], sizeof(urls[0]), "http://127.0.0.1:%d/v1",
		servers[stops_n].port);
	add(urls[stops_n], weight, most);
}

static void dead(void)
{
	(void)snprintf(urls[stops_n], sizeof(urls[0]), "http://127.0.0.1:%d/v1",
		free_port());
	add(urls[stops_n], 1, 0);
}

static void forget(void)
{
	size_t i;

	for (i = 0; i < asked_n; i++)
		session_free(asked[i].session);
	asked_n = 0;
}

static void end(void)
{
	size_t i;

	forget();
	for (i = 0; i < stops_n; i++) {
		CHECK_INT(pool_under_way(route.pool, i), 0);
		if (servers[i].pid > 0)
			serve_stop(&servers[i]);
	}
	http_free(h);
	h = NULL;
	pool_free(route.pool);
	known_release(&known);
}

static enum status on_event(
	const struct event *ev, void *payload, struct err *err)
{
	struct asked *a = payload;

	(void)err;
	if (ev->type == EVENT_TEXT)
		a->texts++;
	else if (ev->type == EVENT_NOTICE)
		a->notices++;
	else if (ev->type == EVENT_DONE || ev->type == EVENT_FAILED)
		a->ends++;
	return ST_OK;
}

static struct asked *ask(void)
{
	static int number;
	struct session_options o = {.http = h, .known = &known};
	struct asked *a = &asked[asked_n++];
	struct msg *m = msg_new(ROLE_USER);

	memset(a, 0, sizeof(*a));
	(void)snprintf(a->text, sizeof(a->text), "question-%d.", ++number);
	buf_str(&m->text, a->text);
	CHECK_INT(session_new(&a->session, &o, NULL), ST_OK);
	CHECK_INT(session_ask(a->session, m, &who, NULL, on_event, a, NULL),
		ST_OK);
	return a;
}

static bool is_over(void)
{
	size_t i;

	for (i = 0; i < asked_n; i++)
		if (session_active(asked[i].session))
			return false;
	return true;
}

/* One turn of the loop, with all that a pool must hold in it. */
static void step(void)
{
	struct pollfd p = {.fd = http_fd(h), .events = POLLIN};
	int wait = http_timeout_ms(h);
	size_t i;

	for (i = 0; i < asked_n; i++) {
		int ms = session_timeout_ms(asked[i].session);

		if (ms >= 0 && (wait < 0 || ms < wait))
			wait = ms;
	}
	(void)poll(&p, 1, wait < 0 || wait > 100 ? 100 : wait);
	CHECK_INT(http_step(h, NULL), ST_OK);
	for (i = 0; i < asked_n; i++)
		session_step(asked[i].session);
	for (i = 0; i < stops_n; i++)
		CHECK(stops[i].max_concurrent == 0 ||
			pool_under_way(route.pool, i) <=
				stops[i].max_concurrent);
}

static void drive(void)
{
	int64_t until = clock_mono_ms() + DRIVE_MS;

	while (!is_over() && clock_mono_ms() < until)
		step();
	CHECK(is_over());
}

static const char *text_of(const struct asked *a)
{
	const struct session_result *r = session_result(a->session);

	return r->reply != NULL ? r->reply->text.p : "";
}

static enum status status_of(const struct asked *a)
{
	return session_result(a->session)->status;
}

/* Whether the reply says that it is from that endpoint. */
static bool is_from(const struct asked *a, size_t stop)
{
	const struct buf *at = &session_result(a->session)->reply->endpoint;

	return at->len > 0 && strncmp(urls[stop], at->p, at->len) == 0 &&
		strcmp(urls[stop] + at->len, "/v1") == 0;
}

/* How often a question came to servers that answer with text. */
static int times_asked(const struct asked *a, size_t from)
{
	int n = 0;
	size_t i;

	for (i = from; i < stops_n; i++)
		if (servers[i].pid > 0)
			n += serve_logged(&servers[i], a->text);
	return n;
}

#define GOOD(text) "answer\nchat " text "\nfinish\ndone\n"
#define BROKEN                                                                 \
	"answer\nstatus 500 Internal Server Error\n"                           \
	"body {\"error\":{\"message\":\"broken\"}}\n"

static void none_lost_none_doubled(void)
{
	size_t i;

	begin(POOL_BALANCE);
	dead();
	serve("answer\nclose\n" BROKEN "answer\nreset\n" BROKEN, 1, 0);
	serve("answer\nframing chunked\nchat half\nreset\n"
	      "answer\nframing chunked\nchat half\n"
	      "sse {\"error\":{\"message\":\"overloaded\",\"code\":503}}\n"
	      "answer\nframing chunked\nchat half\nsleep 20\nclose\n" GOOD(
		      "whole"),
		1, 0);
	serve("answer\nframing chunked\nsleep 30\nchat wh\nsleep 10\n"
	      "chat ole\nfinish\ndone\n",
		1, 0);
	for (i = 0; i < 60; i++)
		(void)ask();
	drive();
	for (i = 0; i < asked_n; i++) {
		const struct asked *a = &asked[i];
		bool whole = strcmp(text_of(a), "whole") == 0;

		CHECK_INT(a->ends, 1);
		CHECK(whole || strcmp(text_of(a), "half") == 0);
		CHECK((status_of(a) == ST_OK) == whole);
		CHECK_INT(times_asked(a, 2), 1);
		CHECK_STR(
			session_result(a->session)->reply->model.p, "scripted");
	}
	end();
}

static void dies_and_comes_back(void)
{
	int64_t asked_ms = 0;
	int i;

	begin(POOL_FAILOVER);
	serve(BROKEN BROKEN BROKEN BROKEN GOOD("a"), 1, 0);
	serve(GOOD("b"), 1, 0);
	for (i = 0; i < POOL_FAULTS_MAX; i++) {
		struct asked *a = ask();

		asked_ms = clock_mono_ms();
		drive();
		CHECK_STR(text_of(a), "b");
		CHECK_INT(a->notices, 1);
		CHECK(is_from(a, 1));
		forget();
	}
	CHECK_INT(pool_state(route.pool, 0, asked_ms), POOL_OPEN);
	/* Left alone, for two seconds. */
	(void)ask();
	if (pool_state(route.pool, 0, clock_mono_ms()) != POOL_OPEN) {
		printf("this machine is too slow for the rest of it\n");
		end();
		return;
	}
	CHECK_STR((drive(), text_of(&asked[0])), "b");
	CHECK_INT(asked[0].notices, 0);
	CHECK_INT(serve_logged(&servers[0], "==="), POOL_FAULTS_MAX);
	forget();
	/* One tries whether it is back, in vain, and loses nothing by it. */
	while (pool_state(route.pool, 0, clock_mono_ms()) == POOL_OPEN)
		(void)poll(NULL, 0, 50);
	(void)ask();
	(void)ask();
	drive();
	CHECK_STR(text_of(&asked[0]), "b");
	CHECK_STR(text_of(&asked[1]), "b");
	CHECK_INT(serve_logged(&servers[0], "==="), POOL_FAULTS_MAX + 1);
	forget();
	/* It is back. */
	while (pool_state(route.pool, 0, clock_mono_ms()) == POOL_OPEN)
		(void)poll(NULL, 0, 50);
	CHECK_STR((ask(), drive(), text_of(&asked[0])), "a");
	CHECK_INT(pool_state(route.pool, 0, clock_mono_ms()), POOL_CLOSED);
	end();
}

static void slow_to_begin_is_left(void)
{
	begin(POOL_FAILOVER);
	serve("answer\nstall\n", 1, 0);
	serve(GOOD("b"), 1, 0);
	stops[0].first_byte_ms = 150;
	CHECK_STR((ask(), drive(), text_of(&asked[0])), "b");
	CHECK_INT(asked[0].notices, 1);
	end();
}

static void balance_is_by_weight(void)
{
	int i;

	begin(POOL_BALANCE);
	serve(GOOD("a"), 2, 0);
	serve(GOOD("b"), 1, 0);
	for (i = 0; i < 30; i++)
		(void)ask();
	drive();
	CHECK_INT(serve_logged(&servers[0], "==="), 20);
	CHECK_INT(serve_logged(&servers[1], "==="), 10);
	forget();
	for (i = 0; i < 30; i++) {
		(void)ask();
		drive();
		forget();
	}
	CHECK_INT(serve_logged(&servers[0], "==="), 40);
	CHECK_INT(serve_logged(&servers[1], "==="), 20);
	end();
}

static void limits_are_kept(void)
{
	size_t i;

	begin(POOL_FAILOVER);
	serve("answer\nsleep 10\nchat a\nfinish\ndone\n", 1, 2);
	stops[0].max_concurrent = 2;
	serve("answer\nsleep 10\nchat b\nfinish\ndone\n", 1, 3);
	stops[1].max_concurrent = 3;
	for (i = 0; i < 40; i++)
		(void)ask();
	CHECK_INT(pool_under_way(route.pool, 0), 2);
	CHECK_INT(pool_under_way(route.pool, 1), 3);
	drive();
	for (i = 0; i < asked_n; i++) {
		CHECK_INT(status_of(&asked[i]), ST_OK);
		CHECK_INT(times_asked(&asked[i], 0), 1);
		CHECK_INT(asked[i].notices, 0);
	}
	end();
}

static void learned_limits_are_kept(void)
{
	begin(POOL_FAILOVER);
	serve("answer\nheader x-ratelimit-remaining-requests: 1\n"
	      "header x-ratelimit-reset-requests: 5m\n"
	      "chat a\nfinish\ndone\n",
		1, 0);
	serve(GOOD("b"), 1, 0);
	CHECK_STR((ask(), drive(), text_of(&asked[0])), "a");
	(void)ask();
	(void)ask();
	drive();
	CHECK_STR(text_of(&asked[1]), "a");
	CHECK_STR(text_of(&asked[2]), "b");
	end();
}

/* When all are at a limit, it is waited for, and told. */
static void limit_is_waited_for(void)
{
	int64_t began_ms = clock_mono_ms();

	begin(POOL_FAILOVER);
	serve("answer\nheader x-ratelimit-remaining-requests: 0\n"
	      "header x-ratelimit-reset-requests: 1.5s\n"
	      "chat a\nfinish\ndone\n",
		1, 0);
	(void)ask();
	drive();
	(void)ask();
	if (clock_mono_ms() - began_ms < 1500) {
		CHECK_INT(asked[1].notices, 1);
		CHECK_INT(pool_under_way(route.pool, 0), 0);
	}
	drive();
	CHECK_STR(text_of(&asked[1]), "a");
	CHECK_INT(serve_logged(&servers[0], "==="), 2);
	end();
}

/* Whoever waits for a place can be stopped, and the place is given back. */
static void waiting_can_be_stopped(void)
{
	struct buf line;
	int i;

	begin(POOL_FAILOVER);
	serve("answer\nstall\n", 1, 1);
	stops[0].max_concurrent = 1;
	(void)ask();
	(void)ask();
	for (i = 0; i < 3; i++)
		step();
	buf_init(&line, BUF_SMALL);
	CHECK(!session_countdown(asked[0].session, &line));
	CHECK(session_countdown(asked[1].session, &line));
	CHECK_STR(line.p, "every endpoint of the pool is busy (Ctrl-C stops)");
	buf_release(&line);
	session_stop(asked[1].session);
	CHECK_INT(status_of(&asked[1]), ST_STOPPED);
	CHECK_INT(pool_under_way(route.pool, 0), 1);
	session_stop(asked[0].session);
	CHECK_INT(asked[0].ends, 1);
	CHECK_INT(asked[1].ends, 1);
	end();
}

/* Sessions that end before their replies give back what they hold. */
static void freed_in_the_middle(void)
{
	begin(POOL_FAILOVER);
	serve("answer\nstall\n", 1, 0);
	(void)ask();
	(void)ask();
	step();
	CHECK_INT(pool_under_way(route.pool, 0), 2);
	forget();
	CHECK_INT(pool_under_way(route.pool, 0), 0);
	end();
}

static int open_fds(void)
{
	DIR *d = opendir("/proc/self/fd");
	int n = 0;

	while (d != NULL && readdir(d) != NULL)
		n++;
	if (d != NULL)
		(void)closedir(d);
	return n;
}

static void fails_leak_nothing(void)
{
	int before = 0;
	int i;

	begin(POOL_FAILOVER);
	dead();
	serve(BROKEN "answer\nclose\n" BROKEN "answer\nreset\n"
		     "answer\nstatus 401 Unauthorized\nbody {}\n"
		     "answer\nheader Content-Type: text/event-stream\n"
		     "body data: {\\n\n" BROKEN,
		1, 0);
	who.retries = 0;
	for (i = 0; i < failing + 10; i++) {
		/* The first ones open what is kept open. */
		if (i == 10)
			before = open_fds();
		(void)ask();
		drive();
		CHECK_INT(asked[0].ends, 1);
		CHECK(status_of(&asked[0]) != ST_OK);
		forget();
	}
	CHECK(open_fds() <= before);
	end();
}

int main(int argc, char **argv)
{
	if (argc > 1 && !span_int(span_str(argv[1]), 1, 1000000, &failing))
		return 2;
	RUN(none_lost_none_doubled);
	RUN(dies_and_comes_back);
	RUN(slow_to_begin_is_left);
	RUN(balance_is_by_weight);
	RUN(limits_are_kept);
	RUN(learned_limits_are_kept);
	RUN(limit_is_waited_for);
	RUN(waiting_can_be_stopped);
	RUN(freed_in_the_middle);
	RUN(fails_leak_nothing);
	return REPORT();
}
