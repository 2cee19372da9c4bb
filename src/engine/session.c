#include "engine/session.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/utf8.h"
#include "engine/keep.h"
#include "engine/prompt.h"
#include "engine/turn.h"
#include "net/http.h"
#include "store/box.h"
#include "wire/url.h"

static const char go_on[] =
	"Your last reply was cut off. Go on exactly where it stopped, without "
	"repeating anything and without any remark.";

struct session {
	struct session_options with;
	struct conv conv;
	struct keep *keep; /* NULL: nothing is saved */
	struct turn *turn; /* the last one, ended or not */
	struct msg *reply; /* under way */
	event_fn *sink;
	void *payload;
	struct err failure;
	struct session_result result;
	bool told_unsaved;
};

/*
 * Saving
 */

/* A fault of saving: told once, at once; the text stays in memory. */
static void tell_unsaved(struct session *s, const struct err *why)
{
	struct buf text;
	struct event ev = {.type = EVENT_NOTICE};
	struct err err;

	s->result.saved = false;
	if (s->told_unsaved || s->sink == NULL)
		return;
	s->told_unsaved = true;
	buf_init(&text, BUF_SMALL);
	buf_fmt(&text, "NOT SAVED: %s; the text is kept until you leave",
		why->msg);
	ev.text = buf_view(&text);
	(void)s->sink(&ev, s->payload, &err);
	buf_release(&text);
}

/* ST_OK also when it could not be saved, unless that is not good enough. */
static enum status save(struct session *s, const struct msg *m, struct err *err)
{
	struct err why;
	enum status st;

	if (s->keep == NULL)
		return ST_OK;
	st = keep_msg(s->keep, &s->conv, m, &why);
	if (st == ST_OK)
		return ST_OK;
	if (s->with.strict) {
		if (err != NULL)
			*err = why;
		return st;
	}
	tell_unsaved(s, &why);
	return ST_OK;
}

/*
 * Life
 */

static struct session *make(const struct session_options *o)
{
	struct session *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	s->with = *o;
	s->with.terminal = span_of(NULL, 0);
	conv_init(&s->conv);
	s->result.first_token_ms = -1;
	s->result.total_ms = -1;
	return s;
}

static enum status open_keep(struct session *s, const struct session_options *o,
	const struct id *conv, struct buf *notice, struct err *err)
{
	struct keep_options k = {
		.vault = o->vault,
		.catalog = o->catalog,
		.terminal = o->terminal,
		.foreign = o->foreign,
		.payload = o->payload,
	};

	if (o->vault == NULL)
		return ST_OK;
	return conv == NULL
		? keep_new(&s->keep, &k, &s->conv, err)
		: keep_open(&s->keep, &k, &s->conv, conv, notice, err);
}

enum status session_new(
	struct session **ret, const struct session_options *o, struct err *err)
{
	struct session *s = make(o);
	enum status st;

	if (s == NULL)
		return err_nomem(err);
	st = box_init(err);
	if (st == ST_OK) {
		box_random_id(&s->conv.id);
		st = open_keep(s, o, NULL, NULL, err);
	}
	if (st != ST_OK) {
		session_free(s);
		return st;
	}
	*ret = s;
	return ST_OK;
}

enum status session_open(struct session **ret, const struct session_options *o,
	const struct id *conv, struct buf *notice, struct err *err)
{
	struct session *s;
	enum status st;

	if (o->vault == NULL)
		return err_set(err, ST_NOT_FOUND,
			"nothing is saved here, so there is no conversation "
			"to open");
	s = make(o);
	if (s == NULL)
		return err_nomem(err);
	st = open_keep(s, o, conv, notice, err);
	if (st != ST_OK) {
		session_free(s);
		return st;
	}
	*ret = s;
	return ST_OK;
}

void session_free(struct session *s)
{
	if (s == NULL)
		return;
	session_stop(s);
	turn_free(s->turn);
	msg_free(s->reply);
	keep_free(s->keep);
	conv_release(&s->conv);
	free(s);
}

enum status session_preload(struct session *s, struct msg *m, struct err *err)
{
	enum status st;

	box_random_id(&m->id);
	m->parent = s->conv.leaf;
	st = conv_add(&s->conv, m, err);
	if (st != ST_OK)
		msg_free(m);
	return st;
}

enum status session_set_system(
	struct session *s, struct span text, struct err *err)
{
	buf_set(&s->conv.system, text);
	return buf_check(&s->conv.system, "system prompt", err);
}

enum status session_fork(struct session *s, struct err *err)
{
	struct keep *copy = NULL;
	struct keep_options k;
	enum status st;

	if (s->keep == NULL) {
		box_random_id(&s->conv.id);
		return ST_OK;
	}
	keep_options(s->keep, &k);
	st = keep_fork(&copy, &k, &s->conv, err);
	if (st != ST_OK)
		return st;
	keep_free(s->keep);
	s->keep = copy;
	return ST_OK;
}

const struct conv *session_conv(const struct session *s)
{
	return &s->conv;
}

bool session_saved(const struct session *s)
{
	return s->keep != NULL && !s->told_unsaved;
}

/*
 * The reply as it comes
 */

static void took_text(
	struct session *s, const struct event *ev, struct buf *text, int kind)
{
	struct err why;

	buf_span(text, ev->text);
	if (s->keep != NULL &&
		keep_delta(s->keep, kind, ev->text, &why) != ST_OK)
		tell_unsaved(s, &why);
}

static void note_tool(struct session *s, const struct event *ev)
{
	/* Nobody offered a tool: what the model asks for is kept as text, so
	 * that the reply is not taken for an empty one. */
	struct buf text;
	struct event shown = {.type = EVENT_TEXT};

	buf_init(&text, BUF_LARGE);
	buf_fmt(&text, "[tool call: %.*s(%.*s)]", (int)ev->name.n, ev->name.p,
		(int)(ev->text.n > 65536 ? 65536 : ev->text.n), ev->text.p);
	shown.text = buf_view(&text);
	took_text(s, &shown, &s->reply->text, KEEP_TEXT);
	buf_release(&text);
}

/* The reply has its end: into the conversation and the journal. */
static void settle(struct session *s)
{
	struct msg *m = s->reply;
	bool any = m->text.len > 0 || m->reasoning.len > 0;
	struct err err;

	s->reply = NULL;
	if (!any || conv_add(&s->conv, m, &err) != ST_OK) {
		if (s->keep != NULL)
			keep_reply_end(s->keep, !any);
		msg_free(m);
		return;
	}
	s->result.reply = m;
	if (s->keep != NULL) {
		struct err why;
		bool saved = keep_msg(s->keep, &s->conv, m, &why) == ST_OK;

		keep_reply_end(s->keep, saved);
		if (!saved)
			tell_unsaved(s, &why);
	}
}

static void took_done(struct session *s, const struct event *ev)
{
	struct msg *m = s->reply;
	struct session_result *r = &s->result;

	m->outcome = ev->outcome;
	buf_set(&m->finish, ev->finish);
	if (ev->outcome != OUTCOME_COMPLETE && ev->text.n > 0)
		buf_set(&m->note, ev->text);
	r->status = outcome_status(ev->outcome, false);
	if (ev->outcome == OUTCOME_COMPLETE && m->text.len == 0 &&
		m->reasoning.len == 0)
		r->status = err_set(&r->err, ST_SERVER,
			"the endpoint sent an empty reply; try again");
	else if (r->status != ST_OK && ev->text.n > 0)
		(void)err_set(&r->err, r->status, "%.*s", (int)ev->text.n,
			ev->text.p);
	else if (r->status != ST_OK)
		(void)err_set(&r->err, r->status, "the reply was %s",
			outcome_name(ev->outcome));
	settle(s);
}

static void took_failed(struct session *s, const struct event *ev)
{
	struct msg *m = s->reply;
	struct session_result *r = &s->result;

	m->outcome = OUTCOME_FAILED;
	buf_span(&m->note, span_of(ev->text.p, utf8_floor(ev->text, 2000)));
	r->status = ev->failure->status;
	(void)err_set(&r->err, r->status, "%.*s", (int)ev->text.n, ev->text.p);
	settle(s);
}

/* The sinks in order: conversation, journal, then the front end. */
static enum status on_event(
	const struct event *ev, void *payload, struct err *err)
{
	struct session *s = payload;
	struct msg *m = s->reply;

	switch (ev->type) {
	case EVENT_TEXT: took_text(s, ev, &m->text, KEEP_TEXT); break;
	case EVENT_REASONING:
		took_text(s, ev, &m->reasoning, KEEP_REASONING);
		break;
	case EVENT_TOOL: note_tool(s, ev); break;
	case EVENT_META:
		if (ev->model.n > 0)
			buf_set(&m->model, ev->model);
		break;
	case EVENT_USAGE:
		m->usage = *ev->usage;
		if (m->usage.prompt > 0)
			s->result.prompt_tokens = m->usage.prompt;
		break;
	case EVENT_NOTICE: break;
	case EVENT_DONE: took_done(s, ev); break;
	case EVENT_FAILED: took_failed(s, ev); break;
	}
	return s->sink(ev, s->payload, err);
}

/*
 * Asking
 */

static struct msg *new_reply(const struct session *s, const struct agent *agent)
{
	struct msg *m = msg_new(ROLE_ASSISTANT);
	struct url url;

	if (m == NULL)
		return NULL;
	box_random_id(&m->id);
	m->parent = s->conv.leaf;
	m->time_ms = clock_wall_ms();
	buf_str(&m->agent, agent->name);
	buf_str(&m->model, agent->model);
	if (url_parse(span_str(agent->url), &url, NULL) == ST_OK)
		url_origin(&url, &m->endpoint);
	return m;
}

static void reset_result(
	struct session *s, const struct prompt *p, const struct agent *agent)
{
	memset(&s->result, 0, sizeof(s->result));
	s->result.first_token_ms = -1;
	s->result.total_ms = -1;
	s->result.saved = true;
	s->result.window = agent->context;
	s->result.prompt_tokens = p->tokens;
	s->told_unsaved = false;
}

static enum status tell_left_out(
	struct session *s, const struct prompt *p, struct err *err)
{
	struct buf text;
	struct event ev = {.type = EVENT_NOTICE};
	enum status st;

	if (p->left_out == 0)
		return ST_OK;
	buf_init(&text, BUF_SMALL);
	buf_fmt(&text,
		"older messages left out of this request because they do not "
		"fit the window: %zu",
		p->left_out);
	ev.text = buf_view(&text);
	st = s->sink(&ev, s->payload, err);
	buf_release(&text);
	return st;
}

/* Queues the request; nothing leaves before the next http_step(). */
static enum status queue(struct session *s, const struct prompt *p,
	const struct agent *agent, const struct secret *key, struct err *err)
{
	turn_free(s->turn);
	s->turn = NULL;
	return turn_start(&s->turn, s->with.http, agent, key,
		(const struct msg *const *)p->msgs, p->n, on_event, s, err);
}

/* Takes back what was queued. */
static void unqueue(struct session *s)
{
	turn_free(s->turn);
	s->turn = NULL;
	msg_free(s->reply);
	s->reply = NULL;
}

static enum status begin_live(struct session *s, struct err *err)
{
	struct err why;
	enum status st;

	if (s->keep == NULL)
		return ST_OK;
	st = keep_reply_begin(s->keep, &s->conv, s->reply, &why);
	if (st == ST_OK)
		return ST_OK;
	if (s->with.strict) {
		if (err != NULL)
			*err = why;
		return st;
	}
	tell_unsaved(s, &why);
	return ST_OK;
}

/* The reply to what was queued begins; takes it in any case. */
static enum status start(struct session *s, const struct prompt *p,
	struct msg *reply, struct err *err)
{
	enum status st = ST_OK;

	s->reply = reply;
	if (reply == NULL)
		st = err_nomem(err);
	if (st == ST_OK)
		st = begin_live(s, err);
	if (st == ST_OK)
		st = tell_left_out(s, p, err);
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
}

static enum status ready(const struct session *s, struct err *err)
{
	if (session_active(s))
		return err_set(err, ST_BUSY, "a reply is still under way");
	return ST_OK;
}

enum status session_ask(struct session *s, struct msg *m,
	const struct agent *agent, const struct secret *key, event_fn *sink,
	void *payload, struct err *err)
{
	struct prompt p;
	enum status st = ready(s, err);

	if (st != ST_OK)
		return st;
	prompt_init(&p);
	st = prompt_build(&p, &s->conv, m, agent, err);
	if (st != ST_OK)
		return st;
	set_sink(s, sink, payload);
	reset_result(s, &p, agent);
	if (id_is_none(&m->id))
		box_random_id(&m->id);
	m->parent = s->conv.leaf;
	m->time_ms = clock_wall_ms();
	if (m->agent.len == 0)
		buf_str(&m->agent, agent->name);
	/* What is refused for its address or its key is not stored. */
	st = queue(s, &p, agent, key, err);
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
	st = start(s, &p, new_reply(s, agent), err);
	if (st != ST_OK) {
		/* The message is in the conversation already, so it was
		 * taken: the failure is that of the reply. */
		s->result.status = st;
		if (err != NULL)
			s->result.err = *err;
	}
	st = ST_OK;
out:
	prompt_release(&p);
	return st;
}

static enum status ask_again(struct session *s, const struct msg *next,
	struct msg *reply, const struct agent *agent, const struct secret *key,
	struct err *err)
{
	struct prompt p;
	enum status st;

	prompt_init(&p);
	st = prompt_build(&p, &s->conv, next, agent, err);
	if (st == ST_OK) {
		reset_result(s, &p, agent);
		st = queue(s, &p, agent, key, err);
	}
	if (st == ST_OK)
		st = start(s, &p, reply, err);
	else
		msg_free(reply);
	prompt_release(&p);
	return st;
}

enum status session_reply(struct session *s, const struct agent *agent,
	const struct secret *key, event_fn *sink, void *payload,
	struct err *err)
{
	enum status st = ready(s, err);

	if (st != ST_OK)
		return st;
	if (conv_last(&s->conv, ROLE_USER) == NULL)
		return err_set(err, ST_NOT_FOUND,
			"there is no question to answer yet");
	set_sink(s, sink, payload);
	return ask_again(s, NULL, new_reply(s, agent), agent, key, err);
}

enum status session_continue(struct session *s, const struct agent *agent,
	const struct secret *key, event_fn *sink, void *payload,
	struct err *err)
{
	struct msg *old = conv_leaf(&s->conv);
	struct msg *next = NULL;
	struct msg *reply = NULL;
	enum status st = ready(s, err);

	if (st != ST_OK)
		return st;
	if (old == NULL || old->role != ROLE_ASSISTANT)
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
	buf_str(&next->text, go_on);
	reply->parent = old->parent;
	buf_span(&reply->text, buf_view(&old->text));
	buf_span(&reply->reasoning, buf_view(&old->reasoning));
	set_sink(s, sink, payload);
	st = ask_again(s, next, reply, agent, key, err);
	msg_free(next);
	return st;
}

enum status session_retry(struct session *s, struct err *err)
{
	struct msg *m = conv_leaf(&s->conv);
	enum status st = ready(s, err);

	if (st != ST_OK)
		return st;
	if (m == NULL)
		return err_set(err, ST_NOT_FOUND, "there is nothing to retry");
	if (m->role == ROLE_ASSISTANT)
		s->conv.leaf = m->parent;
	return ST_OK;
}

enum status session_undo(struct session *s, size_t turns, struct err *err)
{
	struct err why;
	enum status st = ready(s, err);

	if (st == ST_OK)
		st = conv_undo(&s->conv, turns, err);
	if (st == ST_OK && s->keep != NULL &&
		keep_leaf(s->keep, &s->conv, &why) != ST_OK)
		tell_unsaved(s, &why);
	return st;
}

enum status session_request(struct session *s, const struct msg *m,
	const struct agent *agent, struct buf *out, struct err *err)
{
	struct prompt p;
	enum status st;

	prompt_init(&p);
	st = prompt_build(&p, &s->conv, m, agent, err);
	if (st == ST_OK)
		st = turn_body(agent, (const struct msg *const *)p.msgs, p.n,
			out, err);
	prompt_release(&p);
	return st;
}

/*
 * Driving
 */

bool session_active(const struct session *s)
{
	return s->turn != NULL && !turn_ended(s->turn);
}

void session_stop(struct session *s)
{
	if (session_active(s)) {
		turn_stop(s->turn);
		session_step(s);
	}
}

void session_step(struct session *s)
{
	if (s->turn == NULL)
		return;
	turn_step(s->turn);
	if (turn_ended(s->turn)) {
		const struct turn_times *t = turn_times(s->turn);

		s->result.first_token_ms = t->first_text_ms;
		s->result.total_ms = t->end_ms;
	}
}

int session_timeout_ms(const struct session *s)
{
	return s->turn == NULL ? -1 : turn_timeout_ms(s->turn);
}

const struct session_result *session_result(const struct session *s)
{
	return &s->result;
}
