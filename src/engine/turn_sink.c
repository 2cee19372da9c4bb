/* Passes events on to the sink, and ends the turn. */
#include "base/clock.h"
#include "engine/turn.h"
#include "engine/turn_priv.h"

enum status turn_forward(
	struct turn *t, const struct event *ev, struct err *err)
{
	enum status st;

	if (t->sinking)
		return ST_OK;
	if (!t->watch.passing)
		turn_recall_note(t, ev);
	if (turn_guard_holds(t, ev))
		return ST_OK;
	st = t->with.sink(ev, t->with.payload, err);
	if (st != ST_OK)
		t->sinking = true;
	return st;
}

void turn_end(struct turn *t, enum status st, const char *why)
{
	turn_leave(t, POOL_UNKNOWN, -1);
	turn_recall_end(t, false);
	t->ended = true;
	t->times.end_ms = clock_mono_ms() - t->times.start_ms;
	t->status = st;
	if (st != ST_OK)
		(void)err_set(&t->err, st, "%s", why);
}

enum status turn_done(struct turn *t, const struct event *done, struct err *err)
{
	if (turn_guard_ends(t, done))
		return ST_OK;
	turn_end(t, ST_OK, "");
	return turn_forward(t, done, err);
}

enum status turn_tell(struct turn *t, const struct buf *text, struct err *err)
{
	struct event ev = {.type = EVENT_NOTICE, .text = buf_view(text)};

	return text->len > 0 ? turn_forward(t, &ev, err) : ST_OK;
}

/* Sends the last event of a turn that failed. */
static enum status fail(struct turn *t, const struct failure *f,
	struct span text, struct err *err)
{
	struct event ev = {.type = EVENT_FAILED, .failure = f};
	struct buf why;
	enum status st;

	buf_init(&why, BUF_SMALL);
	turn_say(t, f, text, &why);
	ev.text = buf_view(&why);
	turn_end(t, f->status, why.p);
	st = turn_forward(t, &ev, err);
	buf_release(&why);
	return st;
}

void turn_give_up(struct turn *t, const char *hint)
{
	struct buf text;
	struct err err;

	buf_init(&text, BUF_SMALL);
	buf_fmt(&text, "%s%s", t->why.p, hint);
	(void)fail(t, &t->kept, buf_view(&text), &err);
	buf_release(&text);
}

enum status turn_broke(struct turn *t, enum status why, struct err *err)
{
	struct failure f = {.status = why, .retry_after_ms = -1};
	struct buf text;
	enum status st;

	buf_init(&text, BUF_SMALL);
	buf_str(&text, err->msg);
	f.text = buf_view(&text);
	st = fail(t, &f, f.text, err);
	buf_release(&text);
	return st;
}

enum status turn_failed(struct turn *t, const struct event *ev, struct err *err)
{
	const struct failure *f = ev->failure;
	struct buf notice;
	enum status st;

	buf_init(&notice, BUF_SMALL);
	if (turn_meet(t, f, &notice)) {
		st = turn_tell(t, &notice, err);
	} else {
		turn_leave(t, turn_fault(f), retry_hint_ms(&t->hint));
		st = fail(t, f, ev->text.n > 0 ? ev->text : f->text, err);
	}
	buf_release(&notice);
	return st;
}
