/*
 * Making room: older messages are summarised by the agent that will be asked.
 *
 * A compaction is one turn or several, a summary each. It is asked for, or it
 * comes before a question that would fill the window; then the question waits
 * for it, saved already, and is asked in any case: without a summary the oldest
 * messages are left out, and that is told.
 */
#include "engine/session_priv.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "engine/compact.h"
#include "engine/keep.h"
#include "store/box.h"
#include "text/tokens.h"

struct compaction {
	const struct agent *agent; /* borrowed, as is the key */
	const struct secret *key;
	struct buf hint;
	struct buf text; /* text of the summary under way */
	struct buf model;
	struct compact_plan plan;
	enum outcome outcome;
	enum status failed; /* the failure, with OUTCOME_FAILED */
	struct err failure;
	int64_t tokens; /* tokens of the prompt before */
	bool question; /* a question waits for it */
	bool stopped; /* by the user */
};

static void compaction_free(struct compaction *c)
{
	if (c == NULL)
		return;
	buf_release(&c->hint);
	buf_release(&c->text);
	buf_release(&c->model);
	free(c);
}

void session_compact_free(struct session *s)
{
	compaction_free(s->compaction);
	s->compaction = NULL;
}

static enum status tell(struct session *s, const struct buf *text)
{
	struct event ev = {.type = EVENT_NOTICE, .text = buf_view(text)};

	return s->sink(&ev, s->payload, NULL);
}

/* The sink of a round: its text is not a reply and stays here. */
static enum status on_event(
	const struct event *ev, void *payload, struct err *err)
{
	struct session *s = payload;
	struct compaction *c = s->compaction;

	switch (ev->type) {
	case EVENT_TEXT: buf_span(&c->text, ev->text); break;
	case EVENT_META:
		if (ev->model.n > 0)
			buf_set(&c->model, ev->model);
		break;
	case EVENT_DONE: c->outcome = ev->outcome; break;
	case EVENT_FAILED:
		c->outcome = OUTCOME_FAILED;
		c->failed = err_set(&c->failure, ev->failure->status, "%.*s",
			(int)ev->text.n, ev->text.p);
		break;
	case EVENT_NOTICE:
	case EVENT_USAGE: return s->sink(ev, s->payload, err);
	case EVENT_REASONING:
	case EVENT_TOOL: break;
	}
	return ST_OK;
}

static void tell_round(struct session *s, const struct compact_plan *plan)
{
	struct buf text;

	buf_init(&text, BUF_SMALL);
	buf_fmt(&text,
		"to make room, messages %zu to %zu are being summarised; they "
		"stay in the conversation",
		plan->from + 1, plan->to);
	if (plan->to < plan->end)
		buf_fmt(&text, ", and those up to %zu follow", plan->end);
	(void)tell(s, &text);
	buf_release(&text);
}

/* Queues the next round. ST_NOT_FOUND when nothing is left to cover. */
static enum status begin_round(struct session *s, struct err *err)
{
	struct compaction *c = s->compaction;
	struct agent seen = session_seen(s, c->agent);
	struct prompt p = {.max_tokens = compact_reply(&seen)};
	struct turn_options o;
	struct msg *msgs[2];
	enum status st = compact_next(&s->conv, &seen, s->scale, &c->plan, err);

	if (st == ST_OK)
		st = compact_ask(&s->conv, &seen, s->scale, &c->plan,
			buf_view(&c->hint), &msgs[0], &msgs[1], err);
	if (st != ST_OK)
		return st;
	buf_reset(&c->text);
	c->outcome = OUTCOME_NONE;
	o = session_turn(s, &p, c->agent, c->key);
	o.sink = on_event;
	turn_free(s->turn);
	s->turn = NULL;
	st = turn_start(&s->turn, &o, (const struct msg *const *)msgs, 2, err);
	msg_free(msgs[0]);
	msg_free(msgs[1]);
	return st;
}

static enum status count(struct session *s, struct err *err)
{
	struct prompt p;
	enum status st;

	prompt_init(&p);
	st = session_look(s, &p, NULL, s->compaction->agent, err);
	s->compaction->tokens = p.tokens;
	prompt_release(&p);
	return st;
}

enum status session_compact_begin(struct session *s, const struct agent *agent,
	const struct secret *key, struct span hint, bool question,
	struct err *err)
{
	struct compaction *c = calloc(1, sizeof(*c));
	enum status st;

	if (c == NULL)
		return err_nomem(err);
	buf_init(&c->hint, BUF_SMALL);
	buf_init(&c->text, BUF_LARGE);
	buf_init(&c->model, BUF_SMALL);
	buf_span(&c->hint, hint);
	buf_str(&c->model, agent->model);
	c->agent = agent;
	c->key = key;
	c->question = question;
	s->compaction = c;
	st = begin_round(s, err);
	if (st == ST_OK)
		st = count(s, err);
	if (st == ST_OK)
		tell_round(s, &c->plan);
	else
		session_compact_free(s);
	return st;
}

/* Writes the summary of a round to the journal, then puts it to use. */
static enum status take_summary(struct session *s, struct err *err)
{
	struct compaction *c = s->compaction;
	struct summary *sum = summary_new();
	enum status st = ST_OK;

	if (sum == NULL)
		return err_nomem(err);
	box_random_id(&sum->id);
	sum->last = c->plan.last;
	sum->time_ms = clock_wall_ms();
	buf_span(&sum->text, span_trim(buf_view(&c->text)));
	buf_span(&sum->model, buf_view(&c->model));
	st = buf_check(&sum->text, "summary", err);
	if (st == ST_OK && s->keep != NULL) {
		struct err why;

		if (keep_summary(s->keep, sum, &why) != ST_OK)
			session_unsaved(s, UNSAVED_CHANGE, &why);
	}
	if (st == ST_OK)
		st = summaries_add(&s->conv.summaries, sum, err);
	if (st != ST_OK)
		summary_free(sum);
	return st;
}

/* ST_OK when the round gave a summary, else why not. */
static enum status judge(
	struct session *s, const struct compaction *c, struct err *err)
{
	struct agent seen = session_seen(s, c->agent);

	if (c->outcome == OUTCOME_FAILED) {
		*err = c->failure;
		return c->failed;
	}
	if (c->outcome != OUTCOME_COMPLETE)
		return err_set(err, outcome_status(c->outcome, true),
			"the summary was %s",
			c->outcome == OUTCOME_LENGTH
				? "longer than it may be"
				: outcome_name(c->outcome));
	if (span_trim(buf_view(&c->text)).n == 0)
		return err_set(err, ST_SERVER, "the summary is empty");
	/* Twice the limit: servers may ignore it, and estimates are high. */
	if (tokens_estimate(buf_view(&c->text)) > 2 * compact_reply(&seen))
		return err_set(
			err, ST_SERVER, "the summary is longer than it may be");
	return ST_OK;
}

static void send_end(struct session *s, enum outcome outcome)
{
	struct event ev = {.type = EVENT_DONE, .outcome = outcome};

	(void)s->sink(&ev, s->payload, NULL);
}

/* Tells how much smaller the prompt has become. */
static void tell_gain(struct session *s, const struct compaction *c)
{
	struct prompt p;
	struct buf text;

	prompt_init(&p);
	if (session_look(s, &p, NULL, c->agent, NULL) == ST_OK) {
		buf_init(&text, BUF_SMALL);
		buf_fmt(&text,
			"messages 1 to %zu are summarised: %lld tokens are "
			"sent instead of %lld; /show summary reads it, "
			"/compact undo takes it back",
			p.covered, (long long)p.tokens, (long long)c->tokens);
		(void)tell(s, &text);
		buf_release(&text);
	}
	prompt_release(&p);
}

/* Asks the question that waited. */
static void go_on(struct session *s, const struct compaction *c)
{
	struct err err = {0};
	enum status st = session_answer(s, c->agent, c->key, &err);

	if (st != ST_OK) {
		s->result.status = st;
		s->result.err = err;
		session_go_back(s);
	}
}

static void end(struct session *s, enum status st, const struct err *why)
{
	struct compaction *c = s->compaction;
	struct buf text;

	s->compaction = NULL;
	if (st == ST_OK)
		tell_gain(s, c);
	if (c->question && st != ST_STOPPED) {
		if (st != ST_OK) {
			buf_init(&text, BUF_SMALL);
			buf_fmt(&text,
				"older messages could not be summarised (%s)",
				why->msg);
			(void)tell(s, &text);
			buf_release(&text);
		}
		go_on(s, c);
	} else {
		s->result.status = st;
		if (st != ST_OK)
			s->result.err = *why;
		session_go_back(s);
		send_end(s,
			st == ST_OK		   ? OUTCOME_COMPLETE
				: st == ST_STOPPED ? OUTCOME_STOPPED
						   : OUTCOME_FAILED);
	}
	compaction_free(c);
}

void session_compact_step(struct session *s)
{
	struct compaction *c = s->compaction;
	struct err err = {0};
	enum status st;

	if (c == NULL || !turn_ended(s->turn))
		return;
	if (c->stopped) {
		st = err_set(&err, ST_STOPPED,
			"stopped while older messages were being summarised");
		end(s, st, &err);
		return;
	}
	st = judge(s, c, &err);
	if (st == ST_OK)
		st = take_summary(s, &err);
	if (st == ST_OK && c->plan.to < c->plan.end) {
		st = begin_round(s, &err);
		if (st == ST_OK) {
			tell_round(s, &c->plan);
			return;
		}
		/* The earlier rounds made enough room. */
		if (st == ST_NOT_FOUND)
			st = ST_OK;
	}
	end(s, st, &err);
}

void session_compact_stop(struct session *s)
{
	if (s->compaction != NULL)
		s->compaction->stopped = true;
}

enum status session_compact(struct session *s, const struct agent *agent,
	const struct secret *key, struct span hint, event_fn *sink,
	void *payload, struct err *err)
{
	const struct session_result before = s->result;
	struct prompt p;
	enum status st = session_ready(s, err);

	if (st == ST_OK && agent->kind != AGENT_CHAT)
		st = err_set(err, ST_USAGE,
			"@%s cannot summarise; choose an agent that can",
			agent->name);
	if (st != ST_OK)
		return st;
	s->sink = sink;
	s->payload = payload;
	s->deaf = false;
	prompt_init(&p);
	st = session_look(s, &p, NULL, agent, err);
	if (st == ST_OK) {
		session_reset_result(s, &p);
		s->result.compacting = true;
		st = session_compact_begin(s, agent, key, hint, false, err);
		if (st != ST_OK)
			s->result = before;
	}
	prompt_release(&p);
	return st;
}

enum status session_compact_undo(struct session *s, struct err *err)
{
	struct msg **path = NULL;
	struct summary *sum;
	size_t n = 0;
	size_t covered;
	enum status st = session_ready(s, err);

	if (st == ST_OK)
		st = conv_path(&s->conv, &path, &n, err);
	if (st != ST_OK)
		return st;
	sum = summaries_on(&s->conv.summaries, path, n, &covered);
	free(path);
	if (sum == NULL)
		return err_set(
			err, ST_NOT_FOUND, "no messages are summarised here");
	sum->undone = true;
	if (s->keep != NULL) {
		struct err why;

		if (keep_summary(s->keep, sum, &why) != ST_OK)
			session_unsaved(s, UNSAVED_CHANGE, &why);
	}
	return ST_OK;
}

const struct summary *session_summary(
	const struct session *s, size_t *ret_covered)
{
	struct msg **path = NULL;
	const struct summary *sum;
	size_t n = 0;

	*ret_covered = 0;
	if (conv_path(&s->conv, &path, &n, NULL) != ST_OK)
		return NULL;
	sum = summaries_on(&s->conv.summaries, path, n, ret_covered);
	free(path);
	return sum;
}
