/* What was said in the conversation before a task, as a document for it. */
#include "engine/task_priv.h"

#include "base/utf8.h"
#include "chat/conv.h"
#include "engine/route.h"
#include "engine/session.h"
#include "text/tokens.h"

/* Its size, since it goes with the plan and each step: so many tokens at most,
 * and one part in so many of the window. */
enum { PAST_TOKENS = 6000, PAST_SHARE = 8 };

static const char left_out[] = "[what was before is left out]\n\n";

/* Whether message i belongs to what was said. Of an earlier task, the answer
 * stands for plan and steps. */
static bool belongs(struct msg *const *path, size_t n, size_t i)
{
	const struct msg *m = path[i];
	bool whole = m->task.len == 0 || span_is(buf_view(&m->task), "task") ||
		span_is(buf_view(&m->task), "answer");

	return whole && m->text.len > 0 && !conv_blocked(path, n, i);
}

static void put_said(const struct msg *m, bool documents, struct buf *out)
{
	buf_fmt(out, "[%s] ",
		m->role == ROLE_ASSISTANT && m->agent.len > 0
			? m->agent.p
			: role_name(m->role));
	if (documents)
		msg_words(m, out);
	else
		buf_span(out, buf_view(&m->text));
	buf_str(out, "\n\n");
}

/* Appends a message that fits into `room` tokens: with its documents, without
 * them, or its beginning. Returns the tokens; 0 when nothing fits. */
static int64_t put_within(const struct msg *m, int64_t room, struct buf *out)
{
	int64_t tokens;
	size_t keep;

	put_said(m, true, out);
	tokens = tokens_estimate(buf_view(out));
	if (tokens > room && m->attach_n > 0) {
		buf_reset(out);
		put_said(m, false, out);
		tokens = tokens_estimate(buf_view(out));
	}
	if (tokens <= room)
		return tokens;
	keep = (size_t)((double)out->len * (double)room / (double)tokens);
	buf_truncate(out, utf8_floor(buf_view(out), keep));
	buf_str(out, "\n[... cut here]\n\n");
	return room + 1;
}

/* Appends messages from the newest backwards, as far as there is room. */
static void put_path(struct msg *const *path, size_t from, size_t n,
	int64_t room, struct buf *out)
{
	struct buf one;
	struct buf all;
	size_t i;

	buf_init(&one, out->max);
	buf_init(&all, out->max);
	for (i = n; i > from && room > 0; i--) {
		if (!belongs(path, n, i - 1))
			continue;
		buf_reset(&one);
		room -= put_within(path[i - 1], room, &one);
		buf_span(&one, buf_view(&all));
		buf_reset(&all);
		buf_span(&all, buf_view(&one));
	}
	for (; i > from && !belongs(path, n, i - 1); i--)
		;
	if (i > from)
		buf_str(out, left_out);
	buf_span(out, buf_view(&all));
	out->bad |= one.bad || all.bad;
	buf_release(&one);
	buf_release(&all);
}

enum status task_take_past(
	struct task *t, struct msg *const *path, size_t n, struct err *err)
{
	const struct conv *conv = session_conv(t->with.session);
	int64_t room = route_window(t->with.agent, t->with.known) / PAST_SHARE;
	const struct summary *summary;
	size_t covered = 0;

	if (room <= 0 || room > PAST_TOKENS)
		room = PAST_TOKENS;
	buf_reset(&t->past);
	summary = summaries_on(&conv->summaries, path, n, &covered);
	if (summary != NULL) {
		buf_str(&t->past, "[summary of the beginning] ");
		buf_span(&t->past, buf_view(&summary->text));
		buf_str(&t->past, "\n\n");
		room -= tokens_estimate(buf_view(&t->past));
	}
	put_path(path, covered, n, room, &t->past);
	return buf_check(&t->past, "earlier conversation", err);
}
