#include "store/track.h"

#include "base/utf8.h"

enum { FIRST_COLUMNS = 60 };

void track_init(struct track *t)
{
	*t = (struct track){.created_ms = 0};
	buf_init(&t->title, META_TITLE_MAX);
	buf_init(&t->first, META_TITLE_MAX);
	buf_init(&t->agent, META_NAME_MAX);
	buf_init(&t->model, META_NAME_MAX);
	buf_init(&t->tty, META_NAME_MAX);
}

void track_release(struct track *t)
{
	buf_release(&t->title);
	buf_release(&t->first);
	buf_release(&t->agent);
	buf_release(&t->model);
	buf_release(&t->tty);
	track_init(t);
}

void track_reset(struct track *t)
{
	buf_reset(&t->title);
	buf_reset(&t->first);
	buf_reset(&t->agent);
	buf_reset(&t->model);
	buf_reset(&t->tty);
	t->created_ms = 0;
	t->updated_ms = 0;
	t->records = 0;
	t->messages = 0;
}

/* Sets *to, cut to its limit; mostly the text is there already. */
static void set_name(struct buf *to, struct span value)
{
	value.n = utf8_floor(value, to->max);
	if (!span_eq(buf_view(to), value))
		buf_set(to, value);
}

/* Gets the first line that is not blank, cut to some columns. */
static void set_first(struct buf *to, struct span text)
{
	struct span line = {NULL, 0};
	size_t columns = 0;
	size_t at = 0;

	while (text.n > 0 && line.n == 0)
		line = span_trim(span_cut(&text, '\n'));
	while (at < line.n) {
		uint32_t cp;
		size_t n;

		(void)utf8_decode(line.p + at, line.n - at, &cp, &n);
		columns += (size_t)utf8_width(cp);
		if (columns > FIRST_COLUMNS)
			break;
		at += n;
	}
	set_name(to, span_trim(span_of(line.p, at)));
	if (at < line.n)
		buf_str(to, "\xe2\x80\xa6");
}

static void track_message(struct track *t, const struct record *r)
{
	struct record_brief b;

	t->messages++;
	t->updated_ms = r->time_ms;
	if (!record_peek_msg(r, &b))
		return;
	if (b.agent.n > 0)
		set_name(&t->agent, b.agent);
	if (b.model.n > 0)
		set_name(&t->model, b.model);
	if (b.role == ROLE_USER && t->first.len == 0)
		set_first(&t->first, b.text);
}

static void track_meta(struct track *t, const struct record *r)
{
	struct meta m;

	if (record_get_meta(r->payload, &m, NULL) != ST_OK)
		return;
	if (m.set & META_TITLE)
		set_name(&t->title, m.title);
	if (m.set & META_AGENT)
		set_name(&t->agent, m.agent);
	if (m.set & META_MODEL)
		set_name(&t->model, m.model);
	if (m.set & META_TTY)
		set_name(&t->tty, m.tty);
}

void track_record(struct track *t, const struct record *r)
{
	if (t->records++ == 0) {
		t->created_ms = r->time_ms;
		t->updated_ms = r->time_ms;
	}
	if (r->type == RECORD_MESSAGE)
		track_message(t, r);
	else if (r->type == RECORD_META)
		track_meta(t, r);
}

void track_row(
	const struct track *t, const struct id *id, struct catalog_entry *ret)
{
	*ret = (struct catalog_entry){
		.id = *id,
		.title = buf_view(&t->title),
		.agent = buf_view(&t->agent),
		.model = buf_view(&t->model),
		.tty = buf_view(&t->tty),
		.created_ms = t->created_ms,
		.updated_ms = t->updated_ms,
		.messages = t->messages,
	};
	if (ret->title.n == 0)
		ret->title = buf_view(&t->first);
	if (ret->title.n == 0)
		ret->title = span_str("untitled");
}
