#include "engine/seam.h"

#include <stdint.h>
#include <string.h>

/* Bytes of a reply that may be found to come again; a shorter one may just be a
 * repeated word. */
enum { WHOLE_LEAST = 16 };

#define OTHER SIZE_MAX

static bool is_space(char c)
{
	return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

void seam_init(struct seam *s)
{
	memset(s, 0, sizeof(*s));
	buf_init(&s->old, BUF_LARGE);
	buf_init(&s->space, BUF_LARGE);
	buf_init(&s->held, BUF_LARGE);
}

void seam_release(struct seam *s)
{
	buf_release(&s->old);
	buf_release(&s->space);
	buf_release(&s->held);
	s->open = false;
}

/* The beginning of the last words: at a word's beginning, if there is one in
 * reach. */
static size_t find_tail(struct span old)
{
	size_t from = old.n > SEAM_TAIL_MAX ? old.n - SEAM_TAIL_MAX : 0;
	size_t i;

	while (from < old.n && ((unsigned char)old.p[from] & 0xc0) == 0x80)
		from++;
	for (i = from; from > 0 && i + 1 < old.n; i++)
		if (is_space(old.p[i]) && !is_space(old.p[i + 1]))
			return i + 1;
	return from;
}

void seam_begin(struct seam *s, struct span old)
{
	size_t n = old.n;

	while (n > 0 && is_space(old.p[n - 1]))
		n--;
	buf_set(&s->old, span_of(old.p, n));
	buf_set(&s->space, span_of(old.p + n, old.n - n));
	buf_reset(&s->held);
	s->tail = find_tail(buf_view(&s->old));
	s->whole = n >= WHOLE_LEAST ? 0 : OTHER;
	s->words_n = n > 0 ? 0 : OTHER;
	s->begun = false;
	s->open = true;
}

struct span seam_text(const struct seam *s)
{
	return buf_view(&s->old);
}

struct span seam_tail(const struct seam *s)
{
	return span_of(s->old.p + s->tail, s->old.len - s->tail);
}

/* Compares one more byte with the text that may come again; true when all of it
 * has come. */
static bool goes_on(size_t *at, struct span again, char c)
{
	if (*at == OTHER)
		return false;
	if (again.p[*at] != c) {
		*at = OTHER;
		return false;
	}
	return ++*at == again.n;
}

/* The text is not what there was: all that was held is new. */
static void give_back(struct seam *s, struct buf *out)
{
	s->open = false;
	/* A model that was asked in words does not write the space itself. */
	if (s->words && s->held.len > 0 && !is_space(s->held.p[0]))
		buf_span(out, buf_view(&s->space));
	buf_span(out, buf_view(&s->held));
	buf_reset(&s->held);
}

static void take_byte(struct seam *s, char c, struct buf *out)
{
	bool all;

	buf_char(&s->held, c);
	/* Models often begin with a newline. */
	if (s->words && !s->begun && is_space(c))
		return;
	s->begun = true;
	all = goes_on(&s->whole, buf_view(&s->old), c);
	if (s->words)
		all |= goes_on(&s->words_n, seam_tail(s), c);
	else
		s->words_n = OTHER;
	if (all) {
		s->open = false;
		buf_reset(&s->held);
	} else if (s->whole == OTHER && s->words_n == OTHER) {
		give_back(s, out);
	}
}

void seam_feed(struct seam *s, bool words, struct span text, struct buf *out)
{
	size_t i;

	s->words = words;
	for (i = 0; i < text.n && s->open; i++)
		take_byte(s, text.p[i], out);
	buf_span(out, span_of(text.p + i, text.n - i));
}

void seam_end(struct seam *s, struct buf *out)
{
	if (s->open)
		give_back(s, out);
}
