#include "wire/think.h"

#include <string.h>

#include "base/ascii.h"

static const char open_tag[] = "<think>";
static const char close_tag[] = "</think>";

void think_init(struct think *t, size_t most)
{
	memset(t, 0, sizeof(*t));
	buf_init(&t->reasoning, most + 2 * THINK_BLANKS);
	buf_init(&t->text, most + 2 * THINK_BLANKS);
	buf_init(&t->held, BUF_SMALL);
}

void think_release(struct think *t)
{
	buf_release(&t->reasoning);
	buf_release(&t->text);
	buf_release(&t->held);
}

bool think_over(const struct think *t)
{
	return t->state == THINK_OVER;
}

static bool is_blank(char c)
{
	return ascii_is_blank(c) || c == '\n' || c == '\r';
}

static void drop_held(struct think *t)
{
	buf_reset(&t->held);
	t->matched = 0;
}

static void give_held(struct think *t, struct buf *to)
{
	buf_span(to, buf_view(&t->held));
	drop_held(t);
}

/* Takes a byte before the opening tag, or where there is none. */
static void feed_before(struct think *t, char c)
{
	bool fits = c == open_tag[t->matched];

	buf_char(&t->held, c);
	if (fits)
		t->matched++;
	if (t->matched == sizeof(open_tag) - 1) {
		drop_held(t);
		t->state = THINK_OPENED;
	} else if (!fits &&
		(t->matched > 0 || !is_blank(c) ||
			t->held.len > THINK_BLANKS)) {
		give_held(t, &t->text);
		t->state = THINK_OVER;
	}
}

static void feed_inside(struct think *t, char c)
{
	if (t->matched > 0 && c != close_tag[t->matched])
		give_held(t, &t->reasoning);
	if (c == close_tag[t->matched]) {
		buf_char(&t->held, c);
		t->matched++;
		if (t->matched == sizeof(close_tag) - 1) {
			drop_held(t);
			t->state = THINK_CLOSED;
		}
		return;
	}
	if (is_blank(c)) {
		if (t->held.len == THINK_BLANKS)
			give_held(t, &t->reasoning);
		buf_char(&t->held, c);
		return;
	}
	give_held(t, &t->reasoning);
	buf_char(&t->reasoning, c);
}

static void feed_char(struct think *t, char c)
{
	switch (t->state) {
	case THINK_BEFORE: feed_before(t, c); return;
	case THINK_OPENED:
		if (is_blank(c))
			return;
		t->state = THINK_INSIDE;
		feed_inside(t, c);
		return;
	case THINK_INSIDE: feed_inside(t, c); return;
	case THINK_CLOSED:
		if (is_blank(c))
			return;
		t->state = THINK_OVER;
		break;
	case THINK_OVER: break;
	}
	buf_char(&t->text, c);
}

void think_feed(struct think *t, struct span s)
{
	size_t i;

	buf_reset(&t->reasoning);
	buf_reset(&t->text);
	for (i = 0; i < s.n && t->state != THINK_OVER; i++)
		feed_char(t, s.p[i]);
	buf_add(&t->text, s.p + i, s.n - i);
}

void think_finish(struct think *t)
{
	buf_reset(&t->reasoning);
	buf_reset(&t->text);
	give_held(t, t->state == THINK_BEFORE ? &t->text : &t->reasoning);
	t->state = THINK_OVER;
}
