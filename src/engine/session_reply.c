/* Takes the reply as it comes: into conversation, live file and journal, then
 * to the front end. */
#include "engine/session_priv.h"

#include "base/id.h"
#include "base/utf8.h"
#include "engine/keep.h"
#include "engine/known.h"
#include "store/box.h"
#include "wire/completion.h"

enum {
	/* Tokens of a prompt, below which a wrong estimate means nothing. */
	DROPPED_LEAST = 1000,
	/* How far a count of a reply may be off: a share, and a few tokens. */
	COUNT_OFF_SHARE = 50,
	COUNT_OFF = 2,
};

void session_unsaved(
	struct session *s, enum unsaved what, const struct err *why)
{
	static const char *const kept[] = {
		[UNSAVED_CHANGE] = "",
		[UNSAVED_PIECES] = "; the question is saved, and the reply is "
				   "tried again when it has ended",
		[UNSAVED_REPLY] = "; the reply is kept apart, and is added to "
				  "the conversation at the next start",
		[UNSAVED_TEXT] = "",
	};
	struct buf text;
	struct event ev = {.type = EVENT_NOTICE};
	struct err err;

	s->result.saved = false;
	if (s->told_unsaved >= what || s->sink == NULL)
		return;
	s->told_unsaved = what;
	buf_init(&text, BUF_SMALL);
	buf_fmt(&text, "NOT SAVED: %s%s", why->msg, kept[what]);
	ev.text = buf_view(&text);
	(void)s->sink(&ev, s->payload, &err);
	buf_release(&text);
}

/* What could not be written while it came has been, with the whole reply. */
static void saved_after_all(struct session *s)
{
	struct event ev = {
		.type = EVENT_NOTICE, .text = span_str("it is saved now")};
	struct err err;

	s->result.saved = true;
	if (s->told_unsaved <= UNSAVED_CHANGE)
		return;
	s->told_unsaved = UNSAVED_NOTHING;
	(void)s->sink(&ev, s->payload, &err);
}

static void took_text(
	struct session *s, const struct event *ev, struct buf *text, int kind)
{
	struct err why;

	buf_span(text, ev->text);
	if (s->keep != NULL &&
		keep_delta(s->keep, kind, ev->text, &why) != ST_OK)
		session_unsaved(s, UNSAVED_PIECES, &why);
}

/* Gives a call an id where the endpoint gave none, since the tool's result
 * refers to it. `id` holds it. */
static void note_call(struct session *s, struct event *ev, struct buf *id)
{
	struct buf *calls = &s->reply->tools;
	struct completion_call call = {.name = ev->name, .arguments = ev->text};
	struct json_writer w = {.out = calls, .more = calls->len > 0};

	if (ev->id.n == 0) {
		struct id fresh;
		char hex[ID_HEX + 1];

		box_random_id(&fresh);
		id_hex(&fresh, hex);
		buf_str(id, "call_");
		buf_str(id, hex);
		ev->id = buf_view(id);
	}
	call.id = ev->id;
	if (calls->len > 0)
		buf_truncate(calls, calls->len - 1);
	else
		buf_char(calls, '[');
	completion_call(&w, &call);
	buf_char(calls, ']');
}

static void note_tool(struct session *s, const struct event *ev)
{
	/* No tool was offered: the call is kept as text, so that it can be seen
	 * why there is no answer. */
	struct buf text;
	struct event shown = {.type = EVENT_TEXT};

	if (span_trim(buf_view(&s->reply->text)).n == 0)
		s->called = true;
	buf_init(&text, BUF_LARGE);
	buf_fmt(&text, "[tool call: %.*s(%.*s)]", (int)ev->name.n, ev->name.p,
		(int)(ev->text.n > 65536 ? 65536 : ev->text.n), ev->text.p);
	shown.text = buf_view(&text);
	took_text(s, &shown, &s->reply->text, KEEP_TEXT);
	buf_release(&text);
}

/*
 * Some servers drop the oldest messages without a word when a prompt does not
 * fit. It shows in their own count; ours errs on the high side, but not by
 * half.
 */
static void note_dropped(struct session *s, int64_t counted)
{
	struct event ev = {.type = EVENT_NOTICE};
	struct known_host *host = turn_host(s->turn);
	struct buf text;
	struct err err;

	if (host == NULL || host->told_dropped || counted <= 0 ||
		s->estimate < DROPPED_LEAST || counted >= s->estimate / 2)
		return;
	host->told_dropped = true;
	buf_init(&text, BUF_SMALL);
	buf_fmt(&text,
		"the endpoint counted %lld tokens in a prompt of about %lld: "
		"it may have dropped the oldest messages; raise its window, "
		"or tell atllama its size (context)",
		(long long)counted, (long long)s->estimate);
	ev.text = buf_view(&text);
	(void)s->sink(&ev, s->payload, &err);
	buf_release(&text);
}

/* ST_NOMEM when memory ran out for text that had come. The live file has all of
 * it and restores it at the next start. */
static enum status check_memory(const struct msg *m, struct err *err)
{
	if (buf_check(&m->text, "reply", NULL) == ST_NOMEM ||
		buf_check(&m->reasoning, "reply", NULL) == ST_NOMEM)
		return err_nomem(err);
	return ST_OK;
}

/* Puts the ended reply into conversation and journal. */
static void settle(struct session *s)
{
	struct msg *m = s->reply;
	bool torn = check_memory(m, NULL) != ST_OK;
	bool any = m->text.len > 0 || m->reasoning.len > 0 || m->tools.len > 0;
	/* Not when there was an answer before, which must stay. */
	bool blocked = !any && id_is_none(&s->tried) &&
		span_is(buf_view(&m->finish), FINISH_BLOCKED);
	struct err err;

	s->reply = NULL;
	if (torn || (!any && !blocked) ||
		conv_add(&s->conv, m, &err) != ST_OK) {
		if (s->keep != NULL)
			keep_reply_end(s->keep, !torn && !any && !blocked);
		msg_free(m);
		session_go_back(s);
		return;
	}
	s->tried = (struct id){{0}};
	s->result.reply = any ? m : NULL;
	s->result.refusal = blocked ? m : NULL;
	if (s->keep != NULL) {
		struct err why;
		bool saved = keep_msg(s->keep, &s->conv, m, &why) == ST_OK;
		enum unsaved what = keep_reply_whole(s->keep) ? UNSAVED_REPLY
							      : UNSAVED_TEXT;

		keep_reply_end(s->keep, saved);
		if (saved)
			saved_after_all(s);
		else
			session_unsaved(s, what, &why);
	}
}

/* A reply that came to its end without a text or an offered call answers
 * nothing. What the model reasoned is kept. */
static enum status check_answer(
	const struct session *s, const struct event *done, struct err *err)
{
	const struct msg *m = s->reply;

	if (check_memory(m, err) != ST_OK)
		return ST_NOMEM;
	if (done->outcome != OUTCOME_COMPLETE &&
		done->outcome != OUTCOME_LENGTH)
		return ST_OK;
	if (s->called)
		return err_set(err, ST_SERVER,
			"the model called a tool in place of an answer; try "
			"again");
	if (m->tools.len > 0 || span_trim(buf_view(&m->text)).n > 0)
		return ST_OK;
	if (done->outcome == OUTCOME_LENGTH && m->note.len > 0)
		return err_set(err, ST_LENGTH, "%s; the answer had not begun",
			m->note.p);
	if (done->outcome == OUTCOME_LENGTH)
		return err_set(err, ST_LENGTH,
			"the reply reached the limit of tokens before its "
			"answer began; raise max_tokens (-n)");
	return err_set(err, ST_SERVER,
		m->reasoning.len > 0
			? "the model reasoned and gave no answer; try again"
			: "the endpoint sent an empty reply; try again");
}

/* Whether the reply has filled the window, by its counts: it may have been
 * given no more room than we thought was left. */
static bool is_full(const struct session *s, const struct usage *u)
{
	int64_t asked = turn_agent(s->turn)->max_tokens;

	if (s->room < asked && u->completion + COUNT_OFF >= s->room)
		return true;
	return s->window > 0 && u->prompt > 0 &&
		u->prompt + u->completion >= s->window;
}

/*
 * Notes why a reply ended at a limit below the agent's: llama.cpp, for one,
 * says "length" as well when its window is full. Counts of hosts that count
 * again what they have sent may be off by a little.
 */
static void note_full(struct session *s, struct msg *m)
{
	int64_t asked = turn_agent(s->turn)->max_tokens;
	int64_t off = asked / COUNT_OFF_SHARE + COUNT_OFF;
	int64_t got = m->usage.completion;

	if (m->outcome != OUTCOME_LENGTH || m->note.len > 0 || got <= 0 ||
		got + off >= asked)
		return;
	s->result.full = is_full(s, &m->usage);
	if (s->result.full)
		buf_fmt(&m->note,
			"the reply ended because the window of %lld tokens is "
			"full",
			(long long)s->window);
	else
		buf_fmt(&m->note,
			"the endpoint ended the reply after %lld of %lld "
			"tokens: its window is full, or it has a limit of its "
			"own",
			(long long)got, (long long)asked);
}

static void took_done(struct session *s, const struct event *ev)
{
	struct msg *m = s->reply;
	struct session_result *r = &s->result;

	m->outcome = ev->outcome;
	r->cached = ev->cached;
	r->undecided = ev->undecided;
	buf_set(&m->finish, ev->finish);
	if (ev->outcome != OUTCOME_COMPLETE && ev->text.n > 0)
		buf_set(&m->note, ev->text);
	note_full(s, m);
	r->status = outcome_status(ev->outcome, false);
	if (r->status == ST_OK)
		r->status = check_answer(s, ev, &r->err);
	else if (ev->text.n > 0)
		(void)err_set(&r->err, r->status, "%.*s", (int)ev->text.n,
			ev->text.p);
	else
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

void session_went(const struct agent *at, void *payload)
{
	struct session *s = payload;
	struct err why;

	/* The first way is told before there is a reply. */
	if (s->reply == NULL)
		return;
	session_place(s->reply, at);
	/* The live file names the model too, in case of a crash. */
	if (s->keep == NULL)
		return;
	keep_reply_end(s->keep, true);
	if (keep_reply_begin(s->keep, &s->conv, s->reply, &why) != ST_OK)
		session_unsaved(s, UNSAVED_PIECES, &why);
}

/* A front end that fails does not keep the reply from being kept: it is told no
 * more, and session_step() stops the turn. What has come until then belongs to
 * the reply, its end included. */
static void pass(struct session *s, const struct event *ev)
{
	struct err err;

	if (!s->deaf && s->sink(ev, s->payload, &err) != ST_OK)
		s->deaf = true;
}

static enum status pass_text(
	struct session *s, const struct buf *text, struct err *err)
{
	struct event ev = {.type = EVENT_TEXT, .text = buf_view(text)};

	if (text->bad)
		return err_nomem(err);
	if (text->len == 0)
		return ST_OK;
	took_text(s, &ev, &s->reply->text, KEEP_TEXT);
	pass(s, &ev);
	return ST_OK;
}

/* Appends the new part of a text that continues a reply. */
static enum status join(struct session *s, struct span text, struct err *err)
{
	struct buf fresh;
	enum status st;

	buf_init(&fresh, BUF_LARGE);
	seam_feed(&s->seam, !turn_prefilled(s->turn), text, &fresh);
	st = pass_text(s, &fresh, err);
	buf_release(&fresh);
	return st;
}

/* Appends what the seam held back, once the last text of a reply has come. */
static enum status settle_seam(
	struct session *s, enum event_type type, struct err *err)
{
	struct buf fresh;
	enum status st;

	if (!s->seam.open ||
		(type != EVENT_DONE && type != EVENT_FAILED &&
			type != EVENT_TOOL))
		return ST_OK;
	buf_init(&fresh, BUF_LARGE);
	seam_end(&s->seam, &fresh);
	st = pass_text(s, &fresh, err);
	buf_release(&fresh);
	return st;
}

static void took_tool(struct session *s, const struct event *ev)
{
	struct event told = *ev;
	struct buf id;

	buf_init(&id, BUF_SMALL);
	if (s->with.tools)
		note_call(s, &told, &id);
	else
		note_tool(s, ev);
	pass(s, &told);
	buf_release(&id);
}

enum status session_event(
	const struct event *ev, void *payload, struct err *err)
{
	struct session *s = payload;
	struct msg *m = s->reply;
	enum status st = settle_seam(s, ev->type, err);

	if (st != ST_OK)
		return st;
	switch (ev->type) {
	case EVENT_TEXT:
		if (s->seam.open)
			return join(s, ev->text, err);
		took_text(s, ev, &m->text, KEEP_TEXT);
		break;
	case EVENT_REASONING:
		took_text(s, ev, &m->reasoning, KEEP_REASONING);
		break;
	case EVENT_TOOL: took_tool(s, ev); return ST_OK;
	case EVENT_META:
		if (ev->model.n > 0)
			buf_set(&m->model, ev->model);
		break;
	case EVENT_USAGE:
		m->usage = *ev->usage;
		note_dropped(s, m->usage.prompt);
		known_counted(turn_host(s->turn),
			span_str(turn_agent(s->turn)->model), s->estimate,
			m->usage.prompt);
		if (m->usage.prompt > 0)
			s->result.prompt_tokens = m->usage.prompt;
		break;
	case EVENT_NOTICE: break;
	case EVENT_DONE: took_done(s, ev); break;
	case EVENT_FAILED: took_failed(s, ev); break;
	}
	pass(s, ev);
	return ST_OK;
}
