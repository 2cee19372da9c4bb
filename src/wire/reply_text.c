/* Takes text and reasoning from the chunks of a reply and gathers them. */
#include "base/utf8.h"
#include "wire/reply_priv.h"

/* Prepares for text of that type: text of the other type is sent first. */
static enum status begin_text(
	struct reply *r, enum event_type type, struct err *err)
{
	enum status st = r->text_as != type ? reply_flush(r, err) : ST_OK;

	r->text_as = type;
	return st;
}

/* Counts the text behind the first `before` bytes, and cuts it to the limit. */
static enum status count_text(struct reply *r, size_t before, struct err *err)
{
	size_t n = r->text.len - before;
	size_t room = r->limits.text_max - r->bytes;

	if (r->text.bad) {
		(void)reply_flush(r, NULL);
		r->sink_status = ST_NOMEM;
		return err_nomem(err);
	}
	if (n > room) {
		r->full = true;
		n = utf8_floor(span_of(r->text.p + before, n), room);
		buf_truncate(&r->text, before + n);
	}
	r->bytes += n;
	r->has_text = r->has_text || n > 0;
	return ST_OK;
}

static enum status put_text(
	struct reply *r, enum event_type type, struct span s, struct err *err)
{
	enum status st;
	size_t before;

	if (s.n == 0 || r->full)
		return ST_OK;
	st = begin_text(r, type, err);
	if (st != ST_OK)
		return st;
	before = r->text.len;
	buf_span(&r->text, s);
	return count_text(r, before, err);
}

/* Adds text of the beginning, which may be reasoning. */
static enum status sort_text(struct reply *r, struct span s, struct err *err)
{
	struct think *t = &r->think;
	enum status st;

	think_feed(t, s);
	if (t->reasoning.bad || t->text.bad || t->held.bad) {
		r->text.bad = true;
		return count_text(r, r->text.len, err);
	}
	st = put_text(r, EVENT_REASONING, buf_view(&t->reasoning), err);
	if (st == ST_OK)
		st = put_text(r, EVENT_TEXT, buf_view(&t->text), err);
	return st;
}

/* Adds the text that was decoded into the scratch. */
static enum status add_scratch(
	struct reply *r, enum event_type type, struct err *err)
{
	struct span s = buf_view(&r->scratch);

	if (r->scratch.bad)
		return err_nomem(err);
	return type == EVENT_TEXT && !think_over(&r->think)
		? sort_text(r, s, err)
		: put_text(r, type, s, err);
}

static enum status add_text(struct reply *r, enum event_type type,
	struct scan_text *join, const struct scan_str *str, struct err *err)
{
	enum status st;
	size_t before;

	if (str->raw.n == 0 || r->full)
		return ST_OK;
	if (type == EVENT_TEXT && !think_over(&r->think)) {
		buf_reset(&r->scratch);
		scan_text_add(join, str, &r->scratch);
		return add_scratch(r, type, err);
	}
	st = begin_text(r, type, err);
	if (st != ST_OK)
		return st;
	before = r->text.len;
	scan_text_add(join, str, &r->text);
	return count_text(r, before, err);
}

/* Ends a text: half a character is not completed any more. */
static enum status end_text(struct reply *r, enum event_type type,
	struct scan_text *join, struct err *err)
{
	if ((join->high == 0 && join->tail_n == 0) || r->full)
		return ST_OK;
	buf_reset(&r->scratch);
	scan_text_end(join, &r->scratch);
	return add_scratch(r, type, err);
}

/* Ends the look for reasoning: the beginning of a tag is not completed any
 * more. */
static enum status end_think(struct reply *r, struct err *err)
{
	struct think *t = &r->think;
	bool inside = t->state != THINK_BEFORE;

	if (r->full || think_over(t))
		return ST_OK;
	think_finish(t);
	return put_text(r, inside ? EVENT_REASONING : EVENT_TEXT,
		buf_view(inside ? &t->reasoning : &t->text), err);
}

enum status reply_end_texts(struct reply *r, struct err *err)
{
	enum status st = end_text(r, EVENT_REASONING, &r->reasoning_join, err);

	if (st == ST_OK)
		st = end_text(r, EVENT_TEXT, &r->text_join, err);
	return st == ST_OK ? end_think(r, err) : st;
}

/* Adds content that is a list of parts. */
static enum status add_parts(
	struct reply *r, struct span parts, struct err *err)
{
	if (r->full)
		return ST_OK;
	buf_reset(&r->scratch);
	chunk_parts(parts, &r->scratch);
	return add_scratch(r, EVENT_TEXT, err);
}

enum status reply_content(
	struct reply *r, const struct chunk *c, struct err *err)
{
	enum status st;

	st = add_text(
		r, EVENT_REASONING, &r->reasoning_join, &c->reasoning, err);
	if (st == ST_OK && (c->content.raw.n > 0 || c->parts.n > 0))
		st = end_text(r, EVENT_REASONING, &r->reasoning_join, err);
	if (st == ST_OK && c->parts.n > 0)
		st = add_parts(r, c->parts, err);
	if (st == ST_OK && c->content.raw.n > 0)
		st = add_text(r, EVENT_TEXT, &r->text_join, &c->content, err);
	else if (st == ST_OK && c->refusal.raw.n > 0)
		st = add_text(r, EVENT_TEXT, &r->text_join, &c->refusal, err);
	return st;
}
