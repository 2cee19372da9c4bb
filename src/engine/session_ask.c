/* The ways in which a reply is started. */
#include "engine/session_priv.h"

#include <string.h>

#include "base/clock.h"
#include "engine/keep.h"
#include "engine/prompt.h"
#include "engine/turn.h"
#include "store/box.h"
#include "wire/url.h"

/* Asks in words to go on, and to begin with the last words, so that both parts
 * can be joined. */
static void put_go_on(const struct seam *seam, struct buf *out)
{
	struct span tail = seam_tail(seam);

	buf_str(out,
		"Your last reply was cut off. Go on exactly where it stopped, "
		"without any remark.");
	if (tail.n == 0)
		return;
	buf_str(out, " Begin with its last words, copied exactly:\n\n");
	buf_span(out, tail);
}

/* Takes the status of saving: a failure is only told, unless saving is
 * strict. */
static enum status saved(struct session *s, enum unsaved what, enum status st,
	const struct err *why, struct err *err)
{
	if (st == ST_OK)
		return ST_OK;
	if (s->with.strict) {
		if (err != NULL)
			*err = *why;
		return st;
	}
	session_unsaved(s, what, why);
	return ST_OK;
}

static enum status save(struct session *s, const struct msg *m, struct err *err)
{
	struct err why;

	if (s->keep == NULL)
		return ST_OK;
	return saved(s, UNSAVED_TEXT, keep_msg(s->keep, &s->conv, m, &why),
		&why, err);
}

static struct msg *new_reply(const struct session *s, const struct agent *agent)
{
	struct msg *m = msg_new(ROLE_ASSISTANT);

	if (m == NULL)
		return NULL;
	box_random_id(&m->id);
	m->parent = s->conv.leaf;
	m->time_ms = clock_wall_ms();
	buf_str(&m->agent, agent->name);
	return m;
}

void session_place(struct msg *reply, const struct agent *at)
{
	struct url url;

	buf_set(&reply->model, span_str(at->model));
	buf_reset(&reply->endpoint);
	if (url_parse(span_str(at->url), &url, NULL) == ST_OK)
		url_origin(&url, &reply->endpoint);
}

void session_reset_result(struct session *s, const struct prompt *p)
{
	memset(&s->result, 0, sizeof(s->result));
	s->result.first_token_ms = -1;
	s->result.total_ms = -1;
	s->result.saved = true;
	s->result.window = s->window;
	s->result.prompt_tokens = p->tokens;
	s->room = p->max_tokens;
	s->told_unsaved = UNSAVED_NOTHING;
}

static enum status tell(
	struct session *s, const struct buf *text, struct err *err)
{
	struct event ev = {.type = EVENT_NOTICE, .text = buf_view(text)};

	return s->sink(&ev, s->payload, err);
}

/* Tells the user what the model does not get. */
static enum status tell_missing(
	struct session *s, const struct prompt *p, struct err *err)
{
	struct buf text;
	enum status st = ST_OK;

	buf_init(&text, BUF_SMALL);
	if (s->forgot.msg[0] != '\0') {
		buf_fmt(&text, "what is remembered cannot be read: %s",
			s->forgot.msg);
		s->forgot.msg[0] = '\0';
		st = tell(s, &text, err);
		buf_reset(&text);
	}
	if (st == ST_OK && p->left_out > 0) {
		buf_fmt(&text,
			"messages %zu to %zu do not fit the window and are "
			"left out of this request",
			p->left_first, p->left_last);
		st = tell(s, &text, err);
	}
	buf_release(&text);
	return st;
}

/* Queues the request; nothing leaves before the next http_step(). */
static enum status queue(struct session *s, const struct prompt *p,
	const struct agent *agent, const struct secret *key, struct err *err)
{
	struct turn_options o = session_turn(s, p, agent, key);

	o.continues = s->seam.open;
	o.cache = s->with.cache;
	o.guard = agent->guard;
	/* A retry wants another reply than the cache has. */
	o.fresh = !id_is_none(&s->tried);
	turn_free(s->turn);
	s->turn = NULL;
	return turn_start(
		&s->turn, &o, (const struct msg *const *)p->msgs, p->n, err);
}

/* Takes back what was queued. */
static void unqueue(struct session *s)
{
	session_compact_free(s);
	turn_free(s->turn);
	s->turn = NULL;
	msg_free(s->reply);
	s->reply = NULL;
}

static enum status begin_live(struct session *s, struct err *err)
{
	struct err why;

	if (s->keep == NULL)
		return ST_OK;
	return saved(s, UNSAVED_PIECES,
		keep_reply_begin(s->keep, &s->conv, s->reply, &why), &why, err);
}

/* Begins the reply to what was queued. Takes it in any case. */
static enum status start(struct session *s, const struct prompt *p,
	struct msg *reply, struct err *err)
{
	enum status st = ST_OK;

	s->reply = reply;
	if (reply == NULL)
		st = err_nomem(err);
	else
		session_place(reply, turn_agent(s->turn));
	if (st == ST_OK)
		st = begin_live(s, err);
	if (st == ST_OK)
		st = tell_missing(s, p, err);
	if (st != ST_OK) {
		if (s->keep != NULL)
			keep_reply_end(s->keep, true);
		unqueue(s);
	}
	return st;
}

static void set_sink(struct session *s, event_fn *sink, void *payload)
{
	s->sink = sink;
	s->payload = payload;
	s->called = false;
	s->deaf = false;
	seam_release(&s->seam);
}

/* Whether older messages should be summarised before this is sent. */
static bool is_full(const struct session *s, const struct prompt *p,
	const struct agent *agent)
{
	return s->with.compact_percent > 0 && agent->kind == AGENT_CHAT &&
		(p->left_out > 0 ||
			p->tokens / s->with.compact_percent > p->budget / 100);
}

/* Queues the question or, when there is too little room, a compaction before
 * it. */
static enum status queue_fit(struct session *s, const struct prompt *p,
	const struct agent *agent, const struct secret *key, struct err *err)
{
	if (is_full(s, p, agent) &&
		session_compact_begin(
			s, agent, key, span_of(NULL, 0), true, NULL) == ST_OK)
		return ST_OK;
	return queue(s, p, agent, key, err);
}

enum status session_ask(struct session *s, struct msg *m,
	const struct agent *agent, const struct secret *key, event_fn *sink,
	void *payload, struct err *err)
{
	struct prompt p;
	enum status st = session_ready(s, err);

	if (st != ST_OK)
		return st;
	prompt_init(&p);
	st = session_prompt(s, &p, m, agent, err);
	if (st != ST_OK)
		return st;
	set_sink(s, sink, payload);
	session_reset_result(s, &p);
	s->tried = (struct id){{0}};
	if (id_is_none(&m->id))
		box_random_id(&m->id);
	m->parent = s->conv.leaf;
	m->time_ms = clock_wall_ms();
	if (m->agent.len == 0)
		buf_str(&m->agent, agent->name);
	/* A question that is refused for its address or key is not stored. */
	st = queue_fit(s, &p, agent, key, err);
	if (st != ST_OK)
		goto out;
	buf_set(&s->conv.agent, span_str(agent->name));
	st = save(s, m, err);
	if (st == ST_OK)
		st = conv_add(&s->conv, m, err);
	if (st != ST_OK) {
		unqueue(s);
		goto out;
	}
	if (s->conv.title.len == 0)
		conv_make_title(&s->conv, &s->conv.title);
	if (s->compaction == NULL)
		st = start(s, &p, new_reply(s, agent), err);
	if (st != ST_OK) {
		/* The message is in the conversation and so was taken: what
		 * fails is the reply. */
		s->result.status = st;
		if (err != NULL)
			s->result.err = *err;
	}
	st = ST_OK;
out:
	prompt_release(&p);
	return st;
}

enum status session_add(struct session *s, struct msg *m, event_fn *sink,
	void *payload, struct err *err)
{
	enum status st = session_ready(s, err);
	event_fn *old_sink = s->sink;
	void *old_payload = s->payload;

	if (st != ST_OK)
		return st;
	set_sink(s, sink, payload);
	s->tried = (struct id){{0}};
	box_random_id(&m->id);
	m->parent = s->conv.leaf;
	m->time_ms = clock_wall_ms();
	if (m->agent.len > 0)
		buf_set(&s->conv.agent, buf_view(&m->agent));
	st = save(s, m, err);
	if (st == ST_OK)
		st = conv_add(&s->conv, m, err);
	if (st == ST_OK && s->conv.title.len == 0)
		conv_make_title(&s->conv, &s->conv.title);
	set_sink(s, old_sink, old_payload);
	return st;
}

void session_mute(struct session *s)
{
	set_sink(s, NULL, NULL);
}

/* A reply cannot be continued when it does not fit into the prompt. */
static enum status check_kept(
	const struct session *s, const struct prompt *p, struct err *err)
{
	if (p->left_out == 0 || (p->n >= 2 && p->at[p->n - 2] != 0))
		return ST_OK;
	return err_set(err, ST_WINDOW,
		"the reply fills the window of %lld tokens and cannot be gone "
		"on with; ask for the rest with a new question, or choose a "
		"model with a larger window",
		(long long)s->window);
}

/* Asks for a reply, or with `next` in words for the continuation of the last
 * one. */
static enum status ask_again(struct session *s, const struct msg *next,
	struct msg *reply, const struct agent *agent, const struct secret *key,
	struct err *err)
{
	struct prompt p;
	enum status st;

	prompt_init(&p);
	st = session_prompt(s, &p, next, agent, err);
	if (st == ST_OK && next != NULL)
		st = check_kept(s, &p, err);
	if (st == ST_OK) {
		session_reset_result(s, &p);
		st = queue(s, &p, agent, key, err);
	}
	if (st == ST_OK)
		st = start(s, &p, reply, err);
	else
		msg_free(reply);
	prompt_release(&p);
	return st;
}

enum status session_answer(struct session *s, const struct agent *agent,
	const struct secret *key, struct err *err)
{
	return ask_again(s, NULL, new_reply(s, agent), agent, key, err);
}

/* Begins a compaction if one is needed. *ret_begun: it was, and the reply waits
 * for it. */
static enum status make_room(struct session *s, const struct agent *agent,
	const struct secret *key, bool *ret_begun, struct err *err)
{
	struct prompt p;
	enum status st;

	*ret_begun = false;
	if (s->with.compact_percent <= 0)
		return ST_OK;
	prompt_init(&p);
	st = session_prompt(s, &p, NULL, agent, err);
	if (st == ST_OK && is_full(s, &p, agent)) {
		session_reset_result(s, &p);
		*ret_begun = session_compact_begin(s, agent, key,
				     span_of(NULL, 0), true, NULL) == ST_OK;
	}
	prompt_release(&p);
	return st;
}

enum status session_reply(struct session *s, const struct agent *agent,
	const struct secret *key, event_fn *sink, void *payload,
	struct err *err)
{
	bool begun;
	enum status st = session_ready(s, err);

	if (st != ST_OK)
		return st;
	if (conv_last(&s->conv, ROLE_USER) == NULL)
		return err_set(err, ST_NOT_FOUND,
			"there is no question to answer yet");
	set_sink(s, sink, payload);
	st = make_room(s, agent, key, &begun, err);
	if (st == ST_OK && !begun)
		st = session_answer(s, agent, key, err);
	if (st != ST_OK)
		session_go_back(s);
	return st;
}

enum status session_continue(struct session *s, const struct agent *agent,
	const struct secret *key, event_fn *sink, void *payload,
	struct err *err)
{
	struct msg *old = conv_leaf(&s->conv);
	struct msg *next = NULL;
	struct msg *reply = NULL;
	enum status st = session_ready(s, err);

	if (st != ST_OK)
		return st;
	if (old == NULL || old->role != ROLE_ASSISTANT || old->text.len == 0)
		return err_set(err, ST_NOT_FOUND,
			"there is no reply to go on with; /retry asks again");
	if (old->outcome == OUTCOME_COMPLETE)
		return err_set(err, ST_USAGE,
			"the last reply is complete; ask for more in words");
	next = msg_new(ROLE_USER);
	reply = new_reply(s, agent);
	if (next == NULL || reply == NULL) {
		msg_free(next);
		msg_free(reply);
		return err_nomem(err);
	}
	set_sink(s, sink, payload);
	seam_begin(&s->seam, buf_view(&old->text));
	put_go_on(&s->seam, &next->text);
	reply->parent = old->parent;
	buf_span(&reply->text, seam_text(&s->seam));
	buf_span(&reply->reasoning, buf_view(&old->reasoning));
	st = ask_again(s, next, reply, agent, key, err);
	msg_free(next);
	return st;
}
