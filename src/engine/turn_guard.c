/* Asks a guard before a question is sent and before a reply is passed on. */
#include "engine/turn_priv.h"

#include <string.h>

enum {
	SENTENCES = 160, /* bytes of whole sentences that are judged together */
	ENDLESS = 1024, /* bytes that are judged even without the end of a
			   sentence */
};

static bool is_on(const struct turn *t)
{
	return t->with.guard != NULL && t->with.guard->mode != GUARD_OFF &&
		t->with.agent->kind == AGENT_CHAT;
}

static bool is_blocking(const struct turn *t)
{
	return is_on(t) && t->with.guard->mode == GUARD_BLOCK;
}

void turn_guard_init(struct turn *t)
{
	struct watch *w = &t->watch;

	buf_init(&w->text, BUF_LARGE);
	buf_init(&w->reasoning, BUF_LARGE);
	buf_init(&w->finish, BUF_SMALL);
	buf_init(&w->note, BUF_SMALL);
	buf_init(&w->fault, BUF_SMALL);
}

void turn_guard_release(struct turn *t)
{
	struct watch *w = &t->watch;

	guard_free(w->asking);
	w->asking = NULL;
	buf_release(&w->text);
	buf_release(&w->reasoning);
	buf_release(&w->finish);
	buf_release(&w->note);
	buf_release(&w->fault);
}

void turn_guard_drop(struct turn *t)
{
	guard_free(t->watch.asking);
	t->watch.asking = NULL;
	t->watch.waits = false;
}

/* Asks about the question, or about the first `text` bytes of the reply. A
 * guard that cannot be asked gives no verdict. */
static void ask(struct turn *t, bool reply, size_t text)
{
	struct watch *w = &t->watch;
	struct buf judged;
	struct err err = {0};
	enum status st = ST_OK;

	buf_init(&judged, 2 * BUF_LARGE);
	w->reply = reply;
	w->asked = text;
	w->asked_reasoning = w->reasoning.len;
	if (reply && w->reasoning.len > 0) {
		buf_span(&judged, buf_view(&w->reasoning));
		buf_str(&judged, "\n\n");
	}
	if (reply)
		buf_add(&judged, w->text.p, text);
	buf_reset(&w->fault);
	st = buf_check(&judged, "reply", &err);
	if (st == ST_OK)
		st = guard_ask(&w->asking, t->with.guard, t->with.http,
			t->with.known, (const struct msg *const *)t->msgs,
			t->msgs_n, buf_view(&judged), &err);
	if (st != ST_OK)
		buf_str(&w->fault, err.msg);
	w->open = true;
	buf_release(&judged);
}

bool turn_guard_begin(struct turn *t)
{
	if (!is_on(t))
		return false;
	t->way.at = *t->with.agent;
	t->watch.waits = true;
	ask(t, false, 0);
	return true;
}

bool turn_guard_holds(struct turn *t, const struct event *ev)
{
	struct watch *w = &t->watch;

	if (!is_on(t) || w->passing)
		return false;
	switch (ev->type) {
	case EVENT_TEXT: buf_span(&w->text, ev->text); break;
	case EVENT_REASONING: buf_span(&w->reasoning, ev->text); break;
	case EVENT_TOOL:
	case EVENT_META:
	case EVENT_USAGE:
	case EVENT_NOTICE:
	case EVENT_DONE:
	case EVENT_FAILED: return false;
	}
	return is_blocking(t);
}

static void put_verdict(
	const struct turn *t, const struct buf *why, struct buf *out)
{
	buf_fmt(out, "the guard %s finds the %s unsafe: ",
		t->with.guard->agent->name,
		t->watch.reply ? "reply" : "question");
	buf_span(out, buf_view(why));
}

static void put_undecided(
	const struct turn *t, const struct buf *why, struct buf *out)
{
	buf_fmt(out, "the guard %s gave no verdict on the %s (",
		t->with.guard->agent->name,
		t->watch.reply ? "reply" : "question");
	buf_span(out, buf_view(why));
	buf_str(out, ")");
}

/* Ends a turn whose question or reply is blocked. */
static void refuse(struct turn *t, bool undecided, const struct buf *text)
{
	struct event ev = {
		.type = EVENT_DONE,
		.outcome = OUTCOME_FILTERED,
		.undecided = undecided,
		.finish = span_str(t->watch.reply ? "guard" : FINISH_BLOCKED),
		.text = buf_view(text),
	};
	struct err err;

	http_cancel(t->xfer);
	t->xfer = NULL;
	t->watch.waits = false;
	turn_end(t, ST_OK, "");
	(void)turn_forward(t, &ev, &err);
}

static enum status give(struct turn *t, enum event_type type,
	const struct buf *from, size_t *given, size_t until, struct err *err)
{
	struct event ev = {.type = type};
	enum status st;

	if (*given >= until)
		return ST_OK;
	ev.text = span_of(from->p + *given, until - *given);
	*given = until;
	t->watch.passing = true;
	st = turn_forward(t, &ev, err);
	t->watch.passing = false;
	return st;
}

/* Passes on what was judged. */
static enum status give_judged(struct turn *t, struct err *err)
{
	struct watch *w = &t->watch;
	enum status st;

	if (!is_blocking(t))
		return ST_OK;
	st = give(t, EVENT_REASONING, &w->reasoning, &w->given_reasoning,
		w->asked_reasoning, err);
	return st == ST_OK
		? give(t, EVENT_TEXT, &w->text, &w->given, w->asked, err)
		: st;
}

/* The question may be asked, or answered from the cache. */
static void let_go(struct turn *t)
{
	t->watch.waits = false;
	if (!turn_recall(t))
		turn_set_off(t);
}

static void let_end(struct turn *t)
{
	struct watch *w = &t->watch;
	struct event ev = {
		.type = EVENT_DONE,
		.outcome = w->outcome,
		.cached = w->cached,
		.finish = buf_view(&w->finish),
		.text = buf_view(&w->note),
	};
	struct err err;

	w->waits = false;
	turn_end(t, ST_OK, "");
	(void)turn_forward(t, &ev, &err);
}

static void pass(struct turn *t)
{
	struct watch *w = &t->watch;
	struct err err = {0};
	enum status st;

	if (!w->reply) {
		let_go(t);
		return;
	}
	st = give_judged(t, &err);
	if (st != ST_OK && !t->ended) {
		http_cancel(t->xfer);
		t->xfer = NULL;
		turn_end(t, st, err.msg);
	} else if (w->ending && w->asked == w->text.len) {
		let_end(t);
	} else if (w->ending) {
		ask(t, true, w->text.len);
	}
}

static void judge(struct turn *t, enum guard_verdict verdict, struct buf *why)
{
	const struct guard_with *g = t->with.guard;
	struct buf text;
	struct err err;
	bool ok = true;

	buf_init(&text, BUF_SMALL);
	switch (verdict) {
	case GUARD_SAFE: break;
	case GUARD_UNSAFE:
		put_verdict(t, why, &text);
		ok = g->mode != GUARD_BLOCK;
		break;
	case GUARD_UNDECIDED:
		put_undecided(t, why, &text);
		ok = g->mode != GUARD_BLOCK || g->allow;
		if (!ok)
			buf_str(&text,
				"; guard_undecided = allow lets such pass");
		break;
	}
	if (ok) {
		(void)turn_tell(t, &text, &err);
		pass(t);
	} else {
		refuse(t, verdict == GUARD_UNDECIDED, &text);
	}
	buf_release(&text);
}

/* Whether a mark stands there that ends a sentence without a blank behind
 * it. */
static bool ends_sentence(const char *p, size_t n)
{
	static const char *const marks[] = {
		"\xe0\xa5\xa4", /* danda */
		"\xe3\x80\x82", /* ideographic full stop */
		"\xef\xbc\x81", /* full-width ! and ? */
		"\xef\xbc\x9f",
	};
	size_t i;

	for (i = 0; n >= 3 && i < sizeof(marks) / sizeof(marks[0]); i++)
		if (memcmp(p + n - 3, marks[i], 3) == 0)
			return true;
	return n >= 2 && memcmp(p + n - 2, "\xd8\x9f", 2) == 0; /* Arabic ? */
}

/* The end of the last whole sentence that was not judged yet. Text without
 * ends, as in Thai, is cut at a blank in the end. */
static size_t sentences_end(const struct buf *text, size_t from)
{
	size_t blank = from;
	size_t i;

	for (i = text->len; i > from + 1; i--) {
		char c = text->p[i - 1];
		char before = text->p[i - 2];

		if (c == '\n' || (c == ' ' && memchr(".!?", before, 3) != NULL))
			return i;
		if (ends_sentence(text->p + from, i - from))
			return i;
		if (c == ' ' && blank == from)
			blank = i;
	}
	return blank >= from + ENDLESS ? blank : from;
}

/* Has a streaming reply judged, a few sentences at a time. */
static void look_ahead(struct turn *t)
{
	struct watch *w = &t->watch;
	size_t end;

	if (!is_blocking(t) || t->with.guard->after || w->waits)
		return;
	end = sentences_end(&w->text, w->given);
	if (end >= w->given + SENTENCES)
		ask(t, true, end);
}

bool turn_guard_ends(struct turn *t, const struct event *done)
{
	struct watch *w = &t->watch;

	if (!is_on(t) || done->outcome == OUTCOME_STOPPED ||
		(w->text.len == 0 && w->reasoning.len == 0) || w->text.bad ||
		w->reasoning.bad)
		return false;
	w->ending = true;
	w->waits = true;
	w->outcome = done->outcome;
	w->cached = done->cached;
	buf_set(&w->finish, done->finish);
	buf_set(&w->note, done->text);
	if (!w->open)
		ask(t, true, w->text.len);
	return true;
}

bool turn_guard_step(struct turn *t)
{
	struct watch *w = &t->watch;
	enum guard_verdict verdict = GUARD_UNDECIDED;
	struct buf why;

	if (!is_on(t))
		return false;
	if (!w->open)
		look_ahead(t);
	if (!w->open)
		return w->waits;
	if (w->asking != NULL) {
		guard_step(w->asking);
		if (!guard_done(w->asking))
			return w->waits;
	}
	buf_init(&why, BUF_SMALL);
	if (w->asking != NULL)
		verdict = guard_verdict(w->asking, &why);
	else
		buf_span(&why, buf_view(&w->fault));
	guard_free(w->asking);
	w->asking = NULL;
	w->open = false;
	judge(t, verdict, &why);
	buf_release(&why);
	return true;
}

int turn_guard_timeout_ms(const struct turn *t)
{
	return t->watch.open ? GUARD_LOOK_MS : -1;
}
