#include "engine/prompt.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "text/tokens.h"

/* Room left for what the estimate gets wrong. */
enum { HEADROOM_PERCENT = 2 };
/* The share of a window that is kept for the reply at most. */
enum { SMALL_SHARE = 4 };

void prompt_init(struct prompt *p)
{
	memset(p, 0, sizeof(*p));
}

void prompt_release(struct prompt *p)
{
	size_t i;

	for (i = 0; i < p->n; i++)
		msg_free(p->msgs[i]);
	free(p->msgs);
	prompt_init(p);
}

/* "{{date}}" in a system prompt stands for today's date. */
static void put_system(struct span text, struct buf *out)
{
	static const char word[] = "{{date}}";
	struct buf now;

	buf_init(&now, 64);
	clock_iso(clock_wall_ms(), &now);
	buf_truncate(&now, 10);
	while (text.n > 0) {
		if (span_starts(text, word)) {
			buf_span(out, buf_view(&now));
			text.p += sizeof(word) - 1;
			text.n -= sizeof(word) - 1;
			continue;
		}
		buf_char(out, text.p[0]);
		text.p++;
		text.n--;
	}
	buf_release(&now);
}

/* The messages up to the question, and whom they are for. */
struct prompt_path {
	struct msg **msgs;
	size_t n;
	bool more; /* the question follows them */
	const struct agent *agent;
};

static bool by(const struct msg *m, const struct agent *agent)
{
	return m->agent.len == 0 ||
		span_caseis(buf_view(&m->agent), agent->name);
}

/* Whether the agent answered the question at i, or is to answer it now. */
static bool asked(const struct prompt_path *path, size_t i)
{
	for (i++; i < path->n && path->msgs[i]->role == ROLE_ASSISTANT; i++)
		if (by(path->msgs[i], path->agent))
			return true;
	return i == path->n && !path->more;
}

/*
 * Replies without text. The manual looks up words: what was asked of others,
 * or said by them, it would take for a part of the question.
 */
static bool skipped(const struct prompt_path *path, size_t i)
{
	const struct msg *m = path->msgs[i];

	if (m->role == ROLE_ASSISTANT && m->text.len == 0)
		return true;
	if (path->agent->kind != AGENT_GUIDE)
		return false;
	return m->role == ROLE_ASSISTANT ? !by(m, path->agent)
					 : !asked(path, i);
}

/* A message as the agent sees it: its content written out in full. */
static struct msg *as_seen(const struct msg *m, const struct agent *agent)
{
	bool other = m->role == ROLE_ASSISTANT && !by(m, agent);
	struct msg *seen = msg_new(other ? ROLE_USER : m->role);

	if (seen == NULL)
		return NULL;
	if (other)
		buf_fmt(&seen->text, "[%s] ", m->agent.p);
	msg_content(m, &seen->text);
	if (seen->text.bad) {
		msg_free(seen);
		return NULL;
	}
	return seen;
}

static int64_t cost(const struct msg *m)
{
	return tokens_estimate(buf_view(&m->text)) + TOKENS_PER_MESSAGE;
}

static enum status add(struct prompt *p, struct msg *m, struct err *err)
{
	if (m == NULL)
		return err_nomem(err);
	p->msgs[p->n++] = m;
	p->tokens += cost(m);
	return ST_OK;
}

static enum status add_system(struct prompt *p, const struct conv *conv,
	const struct agent *agent, struct err *err)
{
	struct span own = buf_view(&conv->system);
	struct span text = own.n > 0 ? own : span_str(agent->system);
	struct msg *m;

	if (text.n == 0)
		return ST_OK;
	m = msg_new(ROLE_SYSTEM);
	if (m == NULL)
		return err_nomem(err);
	put_system(text, &m->text);
	if (m->text.bad) {
		msg_free(m);
		return err_nomem(err);
	}
	return add(p, m, err);
}

/* Leaves out the oldest turns, keeping system prompt and last message, and
 * never begins with an answer. */
static void leave_out(struct prompt *p)
{
	size_t first = p->n > 0 && p->msgs[0]->role == ROLE_SYSTEM ? 1 : 0;
	size_t drop = 0;

	while (p->n - first - drop > 1 &&
		(p->tokens > p->budget ||
			p->msgs[first + drop]->role == ROLE_ASSISTANT)) {
		if (drop == 0 && p->tokens <= p->budget)
			break;
		p->tokens -= cost(p->msgs[first + drop]);
		drop++;
	}
	if (drop == 0)
		return;
	for (size_t i = first; i < first + drop; i++)
		msg_free(p->msgs[i]);
	memmove(p->msgs + first, p->msgs + first + drop,
		(p->n - first - drop) * sizeof(*p->msgs));
	p->n -= drop;
	p->left_out = drop;
}

static enum status check_window(
	struct prompt *p, const struct agent *agent, struct err *err)
{
	int64_t window = agent->context > 0 ? agent->context : 0;
	int64_t reply = agent->max_tokens > 0 ? agent->max_tokens : 0;

	p->max_tokens = reply;
	if (window == 0) {
		p->budget = INT64_MAX;
		return ST_OK;
	}
	/* A small window is not given to the reply alone. */
	if (reply > window / SMALL_SHARE)
		reply = window / SMALL_SHARE;
	p->budget = window - reply;
	p->budget -= p->budget * HEADROOM_PERCENT / 100;
	leave_out(p);
	if (agent->max_tokens > window - p->tokens)
		p->max_tokens = window - p->tokens;
	if (p->tokens <= p->budget)
		return ST_OK;
	return err_set(err, ST_WINDOW,
		"the message does not fit: about %lld tokens, and the window "
		"of %lld less %lld for the reply leaves %lld; shorten it, "
		"lower --max-tokens or choose a model with a larger window",
		(long long)p->tokens, (long long)window, (long long)reply,
		(long long)p->budget);
}

enum status prompt_build(struct prompt *p, const struct conv *conv,
	const struct msg *next, const struct agent *agent, struct err *err)
{
	struct prompt_path path = {.more = next != NULL, .agent = agent};
	size_t i;
	enum status st;

	prompt_release(p);
	st = conv_path(conv, &path.msgs, &path.n, err);
	if (st != ST_OK)
		return st;
	p->msgs = calloc(path.n + 2, sizeof(*p->msgs));
	if (p->msgs == NULL) {
		st = err_nomem(err);
		goto out;
	}
	p->tokens = TOKENS_FIXED;
	st = add_system(p, conv, agent, err);
	for (i = 0; i < path.n && st == ST_OK; i++)
		if (!skipped(&path, i))
			st = add(p, as_seen(path.msgs[i], agent), err);
	if (st == ST_OK && next != NULL)
		st = add(p, as_seen(next, agent), err);
	if (st == ST_OK)
		st = check_window(p, agent, err);
out:
	free(path.msgs);
	if (st != ST_OK)
		prompt_release(p);
	return st;
}
