#include <string.h>

#include "text/code_step.h"

/*
 * Languages by name
 */

static bool ends_name(char c)
{
	return c == ' ' || c == '\t' || c == '{' || c == '}' || c == ',' ||
		c == ':' || c == ';' || c == '=' || c == '(';
}

static bool is_called(const struct code_lang *lang, struct span info)
{
	struct span names = span_str(lang->names);

	while (names.n > 0) {
		struct span name = span_cut(&names, ' ');
		char word[CODE_WORD];

		if (name.n != info.n || name.n >= sizeof(word))
			continue;
		memcpy(word, name.p, name.n);
		word[name.n] = '\0';
		if (span_caseis(info, word))
			return true;
	}
	return false;
}

const struct code_lang *code_find(struct span info)
{
	size_t k;

	info = span_trim(info);
	while (info.n > 0 && (info.p[0] == '{' || info.p[0] == '.')) {
		info.p++;
		info.n--;
	}
	for (k = 0; k < info.n; k++)
		if (ends_name(info.p[k]))
			info.n = k;
	if (span_starts(info, "language-"))
		info = span_of(info.p + 9, info.n - 9);
	if (info.n == 0)
		return NULL;
	for (k = 0; k < code_n_programs; k++)
		if (is_called(&code_programs[k], info))
			return &code_programs[k];
	for (k = 0; k < code_n_formats; k++)
		if (is_called(&code_formats[k], info))
			return &code_formats[k];
	return NULL;
}

/*
 * The life of a text
 */

void code_init(struct code *c, code_sink *sink, void *payload)
{
	memset(c, 0, sizeof(*c));
	c->sink = sink;
	c->payload = payload;
	c->blank = true;
}

void code_start(struct code *c, const struct code_lang *lang)
{
	code_init(c, c->sink, c->payload);
	c->lang = lang;
}

/* Takes steps over the window as far as its bytes decide, and passes on pieces
 * of one style. Returns how many bytes these were. */
static size_t run(struct code *c, struct span w, bool final)
{
	enum code_style style = CODE_TEXT;
	size_t from = 0;
	size_t at = 0;

	while (at < w.n) {
		enum code_style next = CODE_TEXT;
		size_t n = code_step(
			c, span_of(w.p + at, w.n - at), final, &next);

		if (n == 0)
			break;
		c->last = next;
		c->before = w.p[at + n - 1];
		if (next != style && at > from) {
			c->sink(span_of(w.p + from, at - from), style,
				c->payload);
			from = at;
		}
		style = next;
		at += n;
	}
	if (at > from)
		c->sink(span_of(w.p + from, at - from), style, c->payload);
	return at;
}

/* Takes steps over what is held back. No step waits once the hold is full. */
static void run_hold(struct code *c, bool final)
{
	size_t n = run(c, span_of(c->hold, c->n_hold), final);

	if (n == 0 && c->n_hold == sizeof(c->hold))
		n = run(c, span_of(c->hold, c->n_hold), true);
	c->n_hold -= n;
	memmove(c->hold, c->hold + n, c->n_hold);
}

static void keep(struct code *c, struct span *s)
{
	size_t n = sizeof(c->hold) - c->n_hold;

	if (n > s->n)
		n = s->n;
	memcpy(c->hold + c->n_hold, s->p, n);
	c->n_hold += n;
	s->p += n;
	s->n -= n;
}

void code_feed(struct code *c, struct span s)
{
	if (s.n == 0)
		return;
	if (c->lang == NULL) {
		c->sink(s, CODE_TEXT, c->payload);
		return;
	}
	while (s.n > 0) {
		if (c->n_hold == 0) {
			size_t n = run(c, s, false);

			s.p += n;
			s.n -= n;
			keep(c, &s);
		} else {
			keep(c, &s);
			run_hold(c, false);
		}
	}
}

void code_line_end(struct code *c)
{
	if (c->lang == NULL)
		return;
	run_hold(c, true);
	code_next_line(c);
}
