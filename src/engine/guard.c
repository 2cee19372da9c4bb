#include "engine/guard.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "engine/turn.h"

enum {
	ANSWER_MAX = 4096, /* bytes of an answer, which is "unsafe" and a short
			      list */
	ANSWER_TOKENS = 32,
	CATEGORIES_MAX = 32,
};

struct guard {
	struct agent agent; /* the guard as it is asked */
	struct turn *turn;
	struct buf answer;
	struct buf failure; /* why there is no answer; empty: there is one */
	int64_t until_ms; /* monotonic */
	bool late;
};

/*
 * Reading
 */

static const char *const names[] = {"Violent Crimes", "Non-Violent Crimes",
	"Sex Crimes", "Child Exploitation", "Defamation", "Specialized Advice",
	"Privacy", "Intellectual Property", "Indiscriminate Weapons", "Hate",
	"Self-Harm", "Sexual Content", "Elections", "Code Interpreter Abuse"};

enum { NAMES = sizeof(names) / sizeof(names[0]) };

/* Reads "S1,S10" and appends the categories in words; false for anything
 * else. */
static bool read_categories(struct span list, struct buf *out)
{
	struct span rest = list;
	size_t n = 0;

	while (rest.p != NULL) {
		struct span word = span_trim(span_cut(&rest, ','));
		long long number;

		if (word.n < 2 || (word.p[0] != 'S' && word.p[0] != 's') ||
			!span_int(span_of(word.p + 1, word.n - 1), 1, 99,
				&number) ||
			n == CATEGORIES_MAX)
			return false;
		buf_fmt(out, "%sS%lld", n > 0 ? ", " : "", number);
		if (number <= NAMES)
			buf_fmt(out, " %s", names[number - 1]);
		n++;
	}
	return n > 0;
}

enum guard_verdict guard_read(struct span answer, struct buf *categories)
{
	struct span rest = span_trim(answer);
	struct span first = span_trim(span_cut(&rest, '\n'));
	size_t before = categories->len;

	if (span_caseis(first, "safe"))
		return rest.n == 0 ? GUARD_SAFE : GUARD_UNDECIDED;
	if (!span_caseis(first, "unsafe"))
		return GUARD_UNDECIDED;
	rest = span_trim(rest);
	if (rest.n == 0) {
		buf_str(categories, "no category named");
		return GUARD_UNSAFE;
	}
	if (read_categories(rest, categories))
		return GUARD_UNSAFE;
	buf_truncate(categories, before);
	return GUARD_UNDECIDED;
}

/*
 * Asking
 */

static enum status on_event(
	const struct event *ev, void *payload, struct err *err)
{
	struct guard *g = payload;

	if (ev->type == EVENT_FAILED)
		buf_set(&g->failure, ev->text);
	if (ev->type != EVENT_TEXT)
		return ST_OK;
	buf_span(&g->answer, ev->text);
	return buf_check(&g->answer, "verdict", err);
}

/* Turns off whatever would change the verdict: sampling, style and form. */
static void set_agent(struct guard *g, const struct agent *a)
{
	g->agent = *a;
	g->agent.temperature = 0;
	g->agent.max_tokens = ANSWER_TOKENS;
	g->agent.schema = NULL;
	g->agent.sampling = (struct sampling){.params = a->sampling.params};
	g->agent.whole = true;
	g->agent.guard = NULL;
	if (g->agent.first_byte_ms <= 0 || g->agent.first_byte_ms > GUARD_MS)
		g->agent.first_byte_ms = GUARD_MS;
}

/* Chooses the messages that the guard is sent: without the system prompt, and
 * beginning with the user's. */
static enum status choose(const struct msg *const *path, size_t n,
	const struct msg *reply, const struct msg **ret, size_t *ret_n,
	struct err *err)
{
	size_t first = n;
	size_t count = 0;
	size_t i;

	for (i = n; i > 0 && count < GUARD_MESSAGES; i--) {
		if (path[i - 1]->role != ROLE_USER &&
			path[i - 1]->role != ROLE_ASSISTANT)
			continue;
		count++;
		if (path[i - 1]->role == ROLE_USER)
			first = i - 1;
	}
	count = 0;
	for (i = first; i < n; i++)
		if (path[i]->role == ROLE_USER ||
			path[i]->role == ROLE_ASSISTANT)
			ret[count++] = path[i];
	if (count == 0)
		return err_set(err, ST_USAGE, "there is nothing to judge");
	if (reply != NULL)
		ret[count++] = reply;
	*ret_n = count;
	return ST_OK;
}

static enum status start(struct guard *g, const struct guard_with *with,
	struct http *http, struct known *known, const struct msg *const *path,
	size_t n, const struct msg *reply, struct err *err)
{
	struct turn_options o = {
		.http = http,
		.agent = &g->agent,
		.key = with->key,
		.known = known,
		.sink = on_event,
		.payload = g,
	};
	const struct msg **chosen = calloc(n + 1, sizeof(*chosen));
	size_t count = 0;
	enum status st = chosen == NULL
		? err_nomem(err)
		: choose(path, n, reply, chosen, &count, err);

	if (st == ST_OK)
		st = turn_start(&g->turn, &o, chosen, count, err);
	free(chosen);
	return st;
}

enum status guard_ask(struct guard **ret, const struct guard_with *with,
	struct http *http, struct known *known, const struct msg *const *path,
	size_t n, struct span reply, struct err *err)
{
	struct guard *g = calloc(1, sizeof(*g));
	struct msg *m = NULL;
	enum status st = ST_OK;

	if (g == NULL)
		return err_nomem(err);
	buf_init(&g->answer, ANSWER_MAX);
	buf_init(&g->failure, BUF_SMALL);
	set_agent(g, with->agent);
	g->until_ms = clock_mono_ms() + GUARD_MS;
	if (reply.n > 0) {
		m = msg_new(ROLE_ASSISTANT);
		if (m == NULL)
			st = err_nomem(err);
		else
			buf_span(&m->text, reply);
		if (st == ST_OK)
			st = buf_check(&m->text, "reply", err);
	}
	if (st == ST_OK)
		st = start(g, with, http, known, path, n, m, err);
	msg_free(m);
	if (st != ST_OK) {
		guard_free(g);
		return st;
	}
	*ret = g;
	return ST_OK;
}

void guard_step(struct guard *g)
{
	if (turn_ended(g->turn))
		return;
	if (clock_mono_ms() >= g->until_ms) {
		g->late = true;
		turn_stop(g->turn);
	} else {
		turn_step(g->turn);
	}
}

bool guard_done(const struct guard *g)
{
	return turn_ended(g->turn);
}

enum guard_verdict guard_verdict(const struct guard *g, struct buf *why)
{
	enum guard_verdict verdict;

	if (g->late) {
		buf_fmt(why, "no answer within %d s", GUARD_MS / 1000);
		return GUARD_UNDECIDED;
	}
	if (g->failure.len > 0) {
		buf_span(why, buf_view(&g->failure));
		return GUARD_UNDECIDED;
	}
	verdict = guard_read(buf_view(&g->answer), why);
	if (verdict == GUARD_UNDECIDED)
		buf_str(why, "its answer is no verdict");
	return verdict;
}

void guard_free(struct guard *g)
{
	if (g == NULL)
		return;
	turn_free(g->turn);
	buf_release(&g->answer);
	buf_release(&g->failure);
	free(g);
}
