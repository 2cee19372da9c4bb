#include "wire/sse.h"

#include <string.h>

#define BOM "\xef\xbb\xbf"
/* Bytes that the first line may be longer, since a BOM does not count. */
#define BOM_LEN ((size_t)3)

void sse_init(struct sse *s, size_t event_max, sse_fn *fn, void *payload)
{
	memset(s, 0, sizeof(*s));
	s->fn = fn;
	s->payload = payload;
	s->event_max = event_max > 0 ? event_max : SSE_EVENT_MAX;
	s->retry = -1;
	buf_init(&s->line, s->event_max + BOM_LEN);
	/* Room for a newline more: one is added between lines, where the input
	 * may have had none. */
	buf_init(&s->data, s->event_max + 1);
	buf_init(&s->event, s->event_max);
	buf_init(&s->error, s->event_max);
	buf_init(&s->id, SSE_ID_MAX);
}

void sse_release(struct sse *s)
{
	buf_release(&s->line);
	buf_release(&s->data);
	buf_release(&s->event);
	buf_release(&s->error);
	buf_release(&s->id);
	s->direct = (struct span){NULL, 0};
}

static enum status too_large(const struct sse *s, struct err *err)
{
	return err_set(err, ST_SERVER,
		"the endpoint sent an event of more than %zu bytes",
		s->event_max);
}

/*
 * The data of a block: the first line is only pointed at, and copied when a
 * second one comes or the input goes away.
 */
static void keep_direct(struct sse *s)
{
	if (s->direct.p == NULL)
		return;
	buf_span(&s->data, s->direct);
	s->direct = (struct span){NULL, 0};
}

static void add_data(struct sse *s, struct span value, bool borrowed)
{
	keep_direct(s);
	if (s->has_data)
		buf_char(&s->data, '\n');
	else if (borrowed)
		s->direct = value;
	if (s->has_data || !borrowed)
		buf_span(&s->data, value);
	s->has_data = true;
}

static void set_id(struct sse *s, struct span value)
{
	if (value.n > SSE_ID_MAX ||
		(value.n > 0 && memchr(value.p, '\0', value.n) != NULL))
		return;
	buf_set(&s->id, value);
}

static void set_retry(struct sse *s, struct span value)
{
	long long ms;

	if (value.n > 0 && value.p[0] != '-' &&
		span_int(value, 0, INT64_MAX, &ms))
		s->retry = ms;
}

static enum status comment(struct sse *s, struct span text, struct err *err)
{
	struct sse_event ev = {
		.data = text,
		.id = buf_view(&s->id),
		.retry = s->retry,
		.comment = true,
	};

	return s->fn(&ev, s->payload, err);
}

/* Most blocks are one data line, which was not copied. */
static void reset_block(struct sse *s)
{
	if (s->data.len > 0)
		buf_reset(&s->data);
	if (s->event.len > 0)
		buf_reset(&s->event);
	if (s->error.len > 0)
		buf_reset(&s->error);
	s->direct = (struct span){NULL, 0};
	s->block = 0;
	s->has_data = false;
	s->has_error = false;
}

static enum status dispatch(struct sse *s, bool partial, struct err *err)
{
	enum status st = ST_OK;

	if (s->has_data || s->has_error) {
		struct sse_event ev = {
			.event = buf_view(&s->event),
			.data = s->direct.p != NULL ? s->direct
						    : buf_view(&s->data),
			.id = buf_view(&s->id),
			.error = buf_view(&s->error),
			.retry = s->retry,
			.has_data = s->has_data,
			.partial = partial,
		};

		st = s->fn(&ev, s->payload, err);
	}
	reset_block(s);
	return st;
}

/* Takes a field. Names are matched exactly, with their case, as the standard
 * says. */
static void field(
	struct sse *s, struct span name, struct span value, bool borrowed)
{
	if (value.n > 0 && value.p[0] == ' ')
		value = span_of(value.p + 1, value.n - 1);
	if (span_is(name, "data"))
		add_data(s, value, borrowed);
	else if (span_is(name, "event"))
		buf_set(&s->event, value);
	else if (span_is(name, "id"))
		set_id(s, value);
	else if (span_is(name, "retry"))
		set_retry(s, value);
	else if (span_is(name, "error")) {
		buf_set(&s->error, value);
		s->has_error = true;
	}
}

/* Length of a field's name: all of a line without a colon. */
static size_t name_len(struct span line)
{
	const char *colon;

	/* By far the most frequent one, found without a search. */
	if (span_starts(line, "data:"))
		return 4;
	colon = memchr(line.p, ':', line.n);
	return colon != NULL ? (size_t)(colon - line.p) : line.n;
}

/* Takes a line without its newline; `borrowed`: its bytes stay during this
 * feed. */
static enum status take_line(
	struct sse *s, struct span line, bool borrowed, struct err *err)
{
	size_t n;
	size_t value;

	if (!s->begun) {
		s->begun = true;
		if (span_starts(line, BOM)) {
			line.p += BOM_LEN;
			line.n -= BOM_LEN;
		}
	}
	if (line.n == 0)
		return dispatch(s, false, err);
	if (line.n > s->event_max)
		return too_large(s, err);
	if (line.p[0] == ':')
		return comment(s, span_of(line.p + 1, line.n - 1), err);
	s->block += line.n;
	if (s->block > s->event_max)
		return too_large(s, err);
	n = name_len(line);
	value = n < line.n ? n + 1 : n;
	field(s, span_of(line.p, n), span_of(line.p + value, line.n - value),
		borrowed);
	if (s->data.bad || s->event.bad || s->error.bad || s->id.bad)
		return err_nomem(err);
	return ST_OK;
}

/* Takes the line that an earlier feed began and that ends here. */
static enum status take_joined(struct sse *s, struct span rest, struct err *err)
{
	enum status st;

	if (s->line.len + rest.n > s->event_max + BOM_LEN)
		return too_large(s, err);
	buf_span(&s->line, rest);
	if (s->line.bad)
		return err_nomem(err);
	st = take_line(s, buf_view(&s->line), false, err);
	buf_reset(&s->line);
	return st;
}

/* The next byte of that kind, or the end of the input. */
static const char *next_byte(const char *p, const char *end, char c)
{
	const char *at = memchr(p, c, (size_t)(end - p));

	return at != NULL ? at : end;
}

/*
 * Where the line that begins at p ends, or NULL. *lf and *cr remember the next
 * line feed and carriage return (end: there is none), so that no byte is looked
 * at twice.
 */
static const char *line_end(
	const char *p, const char *end, const char **lf, const char **cr)
{
	const char *at;

	if (*lf == NULL || *lf < p)
		*lf = *p == '\n' ? p : next_byte(p, end, '\n');
	if (*cr == NULL || *cr < p)
		*cr = next_byte(p, end, '\r');
	at = *cr < *lf ? *cr : *lf;
	return at < end ? at : NULL;
}

static enum status feed(
	struct sse *s, const char *p, const char *end, struct err *err)
{
	const char *lf = NULL;
	const char *cr = NULL;

	while (p < end) {
		const char *at;
		struct span line;
		enum status st;

		if (s->skip_lf) {
			s->skip_lf = false;
			if (*p == '\n') {
				p++;
				continue;
			}
		}
		at = line_end(p, end, &lf, &cr);
		line = span_of(p, (size_t)((at != NULL ? at : end) - p));
		if (at == NULL) {
			if (s->line.len + line.n > s->event_max + BOM_LEN)
				return too_large(s, err);
			buf_span(&s->line, line);
			return s->line.bad ? err_nomem(err) : ST_OK;
		}
		s->skip_lf = *at == '\r';
		p = at + 1;
		st = s->line.len > 0 ? take_joined(s, line, err)
				     : take_line(s, line, true, err);
		if (st != ST_OK)
			return st;
	}
	return ST_OK;
}

enum status sse_feed(
	struct sse *s, const void *bytes, size_t n, struct err *err)
{
	enum status st;

	if (s->failed != ST_OK)
		return err_set(err, s->failed, "the stream has failed before");
	if (n == 0)
		return ST_OK;
	st = feed(s, bytes, (const char *)bytes + n, err);
	/* After this call the input is gone. */
	keep_direct(s);
	if (st == ST_OK && s->data.bad)
		st = err_nomem(err);
	s->failed = st;
	return st;
}

enum status sse_finish(struct sse *s, struct err *err)
{
	enum status st = ST_OK;

	if (s->failed != ST_OK)
		return err_set(err, s->failed, "the stream has failed before");
	if (s->line.len > 0)
		st = take_joined(s, (struct span){"", 0}, err);
	if (st == ST_OK)
		st = dispatch(s, true, err);
	s->failed = st;
	return st;
}
