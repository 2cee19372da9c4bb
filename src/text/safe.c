#include "text/safe.h"

#include <string.h>

/* What the last code point was, as far as it matters to a joiner. */
enum near_kind { NEAR_NONE = 0, NEAR_EMOJI, NEAR_SCRIPT };

#define BLACK_FLAG 0x1f3f4u
#define TAG_FIRST 0xe0000u
#define TAG_LAST 0xe0fffu
#define TAG_CANCEL 0xe007fu

/* Tag sequences of the three flags, decoded; 7F is the cancel tag. */
static const char *const flag_tags[] = {
	"gbeng\x7f",
	"gbsct\x7f",
	"gbwls\x7f",
};

void safe_init(struct safe *s, unsigned flags)
{
	memset(s, 0, sizeof(*s));
	s->flags = flags;
}

void safe_reset(struct safe *s)
{
	safe_init(s, s->flags);
}

/* Whether nothing is held back, so that a code point that is kept can simply be
 * copied. */
static bool is_idle(const struct safe *s)
{
	return !s->cr && !s->hidden && s->n_tags == 0;
}

/* Whether the character is not drawn or turns text around; other format
 * characters, private use and so on are found by their class. */
static bool is_invisible(uint32_t cp)
{
	switch (cp) {
	case 0xad:
	case 0x34f:
	case 0x61c:
	case 0x115f:
	case 0x1160:
	case 0x17b4:
	case 0x17b5:
	case 0x200b:
	case 0x200e:
	case 0x200f:
	case 0x3164:
	case 0xfeff:
	case 0xffa0: return true;
	default: break;
	}
	return (cp >= 0x180b && cp <= 0x180f) ||
		(cp >= 0x2028 && cp <= 0x202e) ||
		(cp >= 0x2060 && cp <= 0x206f) ||
		(cp >= 0xfff0 && cp <= 0xfffb) ||
		(cp >= 0xfdd0 && cp <= 0xfdef) || (cp & 0xfffe) == 0xfffe;
}

static bool is_tag(uint32_t cp)
{
	return cp >= TAG_FIRST && cp <= TAG_LAST &&
		!(cp >= 0xe0100 && cp <= 0xe01ef);
}

static bool has_variants(uint32_t cp)
{
	return (cp >= '0' && cp <= '9') || cp == '#' || cp == '*' ||
		(cp >= 0x80 && utf8_is_pictographic(cp));
}

static bool keep_base(struct safe *s, uint32_t cp)
{
	s->prev = cp;
	s->marks = 0;
	s->based = true;
	s->near = NEAR_NONE;
	if (cp < 0xa9)
		return true;
	if (utf8_is_joining(cp))
		s->near = NEAR_SCRIPT;
	else if ((cp >= 0x1f3fb && cp <= 0x1f3ff) || utf8_is_pictographic(cp))
		s->near = NEAR_EMOJI;
	return true;
}

/* Keeps a mark, which does not change what its base is for a joiner behind
 * it. */
static bool keep_mark(struct safe *s, uint32_t cp)
{
	if (!s->based || s->marks >= SAFE_MARKS)
		return false;
	s->prev = cp;
	s->marks++;
	return true;
}

/* Keeps one ZWJ or ZWNJ on a base where it has a meaning. */
static bool keep_joiner(struct safe *s, uint32_t cp)
{
	if (s->near == NEAR_NONE)
		return false;
	s->prev = cp;
	s->near = NEAR_NONE;
	return true;
}

static bool keep_bidi(struct safe *s, uint32_t cp)
{
	if ((s->flags & SAFE_RTL) == 0)
		return false;
	if (cp >= 0x2066 && cp <= 0x2068) {
		if (s->isolates == SAFE_ISOLATES)
			return false;
		s->isolates++;
	} else if (cp == 0x2069) {
		if (s->isolates == 0)
			return false;
		s->isolates--;
	} else if (cp != 0x200e && cp != 0x200f && cp != 0x61c) {
		return false;
	}
	s->prev = cp;
	s->based = false;
	s->near = NEAR_NONE;
	return true;
}

static bool keep_ascii(struct safe *s, uint32_t cp)
{
	if (cp >= ' ' && cp < 0x7f)
		return keep_base(s, cp);
	if ((cp != '\n' && cp != '\t') || (s->flags & SAFE_ONE_LINE) != 0)
		return false;
	if (cp == '\n' && s->isolates > 0)
		return false;
	s->prev = 0;
	s->based = false;
	s->near = NEAR_NONE;
	return true;
}

/* Whether the character needs no look at the Unicode data: Latin, Greek and
 * Cyrillic letters, kana, Han, Hangul syllables. */
static bool is_common(uint32_t cp)
{
	return (cp >= 0xa0 && cp < 0x300 && cp != 0xad) ||
		(cp >= 0x370 && cp <= 0x482) ||
		(cp >= 0x3041 && cp <= 0x3096) ||
		(cp >= 0x4e00 && cp <= 0x9fff) ||
		(cp >= 0xac00 && cp <= 0xd7a3);
}

static bool keep_by_class(struct safe *s, uint32_t cp)
{
	switch (utf8_class(cp)) {
	case UTF8_MARK: return keep_mark(s, cp);
	case UTF8_FORMAT: return utf8_is_prepended(cp) && keep_base(s, cp);
	case UTF8_OTHER:
	case UTF8_UNASSIGNED: return keep_base(s, cp);
	case UTF8_PRIVATE:
	case UTF8_SURROGATE:
	case UTF8_CONTROL:
	case UTF8_SEPARATOR: break;
	}
	return false;
}

/*
 * Whether cp comes out as it is; the state then follows it. False leaves the
 * state alone. Nothing may be held back.
 */
static bool keep(struct safe *s, uint32_t cp)
{
	if (cp < 0x80)
		return keep_ascii(s, cp);
	if (is_common(cp)) {
		s->prev = cp;
		s->marks = 0;
		s->based = true;
		s->near = cp == 0xa9 || cp == 0xae ? NEAR_EMOJI : NEAR_NONE;
		return true;
	}
	if (cp == 0x200c || cp == 0x200d)
		return keep_joiner(s, cp);
	if (is_invisible(cp))
		return keep_bidi(s, cp);
	if (cp >= 0xfe00 && cp <= 0xfe0f)
		return cp >= 0xfe0e && has_variants(s->prev) &&
			keep_mark(s, cp);
	if (cp >= TAG_FIRST && cp <= TAG_LAST)
		return !is_tag(cp) && utf8_is_ideograph(s->prev) &&
			keep_mark(s, cp);
	return keep_by_class(s, cp);
}

/* Makes a character visible, after which there is no base for marks or
 * joiners. */
static void put_visible(struct safe *s, uint32_t cp, struct buf *out)
{
	if (cp < 0x80) {
		buf_char(out, '^');
		buf_char(out, (char)(cp ^ 0x40));
	} else {
		buf_fmt(out, "<U+%04X>", (unsigned)cp);
	}
	s->prev = 0;
	s->based = false;
	s->near = NEAR_NONE;
}

static void hidden_add(struct safe *s, uint32_t cp, struct buf *out)
{
	if (!s->hidden) {
		buf_str(out, "[hidden text: \"");
		s->hidden = true;
		s->n_hidden = 0;
		s->prev = 0;
		s->based = false;
		s->near = NEAR_NONE;
	}
	if (s->n_hidden++ >= SAFE_HIDDEN_MAX)
		return;
	if (cp >= TAG_FIRST + ' ' && cp < TAG_CANCEL)
		buf_char(out, (char)(cp - TAG_FIRST));
	else
		buf_fmt(out, "<U+%04X>", (unsigned)cp);
}

static void hidden_end(struct safe *s, struct buf *out)
{
	if (!s->hidden)
		return;
	s->hidden = false;
	if (s->n_hidden > SAFE_HIDDEN_MAX)
		buf_fmt(out, "\" and %zu more]", s->n_hidden - SAFE_HIDDEN_MAX);
	else
		buf_str(out, "\"]");
}

/* Turns the tags held back behind a flag, none of the three flags, into hidden
 * text. */
static void tags_to_hidden(struct safe *s, struct buf *out)
{
	uint8_t n = s->n_tags;
	uint8_t i;

	s->n_tags = 0;
	for (i = 0; i < n; i++)
		hidden_add(s, TAG_FIRST + (unsigned char)s->tags[i], out);
}

/* Takes a tag right behind a black flag. True when it is held back or
 * written. */
static bool flag_add(struct safe *s, uint32_t cp, struct buf *out)
{
	size_t f;
	uint8_t i;

	if (cp > TAG_CANCEL)
		return false;
	s->tags[s->n_tags] = (char)(cp - TAG_FIRST);
	for (f = 0; f < sizeof(flag_tags) / sizeof(flag_tags[0]); f++)
		if (memcmp(flag_tags[f], s->tags, s->n_tags + 1u) == 0)
			break;
	if (f == sizeof(flag_tags) / sizeof(flag_tags[0]))
		return false;
	s->n_tags++;
	if (cp == TAG_CANCEL) {
		for (i = 0; i < s->n_tags; i++)
			utf8_put(out, TAG_FIRST + (unsigned char)s->tags[i]);
		s->n_tags = 0;
		s->prev = cp;
	}
	return true;
}

static void close_isolates(struct safe *s, struct buf *out)
{
	for (; s->isolates > 0; s->isolates--)
		utf8_put(out, 0x2069);
}

/* Takes one code point, with what is held back before it. */
static void step(struct safe *s, uint32_t cp, struct buf *out)
{
	if (s->cr) {
		s->cr = false;
		if (cp != '\n')
			put_visible(s, '\r', out);
	}
	if (is_tag(cp)) {
		if (s->prev == BLACK_FLAG && flag_add(s, cp, out))
			return;
		tags_to_hidden(s, out);
		hidden_add(s, cp, out);
		return;
	}
	tags_to_hidden(s, out);
	hidden_end(s, out);
	if (cp == '\r') {
		s->cr = true;
		return;
	}
	if (cp == '\n' && (s->flags & SAFE_ONE_LINE) == 0)
		close_isolates(s, out);
	if (cp == '\t' && (s->flags & SAFE_ONE_LINE) != 0)
		cp = ' ';
	if (keep(s, cp))
		utf8_put(out, cp);
	else
		put_visible(s, cp, out);
}

static const unsigned char ascii_stop[256] = {
	/* 1: not printable ASCII; 2: LF and TAB, which only stop one-liners */
	1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
	1, 1, 1, 1, 1, 1, 1, 1, /* space to tilde: 0 */
	[0x7f] = 1};

/* Bytes at p that are printable ASCII, or LF and TAB where they are kept. */
static size_t ascii_run(const struct safe *s, const char *p, size_t n)
{
	const uint64_t ones = 0x0101010101010101u;
	const uint64_t high = 0x8080808080808080u;
	unsigned stop = (s->flags & SAFE_ONE_LINE) != 0 || s->isolates > 0 ? 3
									   : 1;
	size_t i = 0;

	for (;;) {
		size_t end;

		/* Eight at once: a byte below space, DEL or not ASCII shows
		 * in its high bit (or makes a false alarm in a later byte,
		 * which the loop below settles). */
		while (n - i >= 8) {
			uint64_t w;

			memcpy(&w, p + i, 8);
			if (((w | (w - ones * 0x20) | (w + ones)) & high) != 0)
				break;
			i += 8;
		}
		end = n - i < 8 ? n : i + 8;
		for (; i < end; i++) {
			unsigned char c = (unsigned char)p[i];

			if (c >= 0x80 || (ascii_stop[c] & stop) != 0)
				return i;
		}
		if (i == n)
			return n;
	}
}

/* Completes the character whose beginning is held back. Returns how many bytes
 * of `in` it took. */
static size_t finish_part(struct safe *s, struct span in, struct buf *out)
{
	char bytes[UTF8_MAX];
	size_t have = s->n_part;
	size_t add = UTF8_MAX - have < in.n ? UTF8_MAX - have : in.n;
	uint32_t cp;
	size_t len;

	memcpy(bytes, s->part, have);
	memcpy(bytes + have, in.p, add);
	if (utf8_decode(bytes, have + add, &cp, &len) == UTF8_MORE) {
		memcpy(s->part, bytes, have + add);
		s->n_part = (uint8_t)(have + add);
		return add;
	}
	s->n_part = 0;
	step(s, cp, out);
	/* What was held back was well-formed so far, so len is not less. */
	return len - have;
}

void safe_feed(struct safe *s, struct span in, struct buf *out)
{
	size_t from = 0;
	size_t i = 0;

	if (in.n > 0 && s->n_part > 0)
		from = i = finish_part(s, in, out);
	while (i < in.n) {
		enum utf8_result res;
		uint32_t cp;
		size_t len;

		if (is_idle(s)) {
			size_t run = ascii_run(s, in.p + i, in.n - i);

			if (run > 0) {
				i += run;
				(void)keep(s, (unsigned char)in.p[i - 1]);
				continue;
			}
		}
		res = utf8_decode(in.p + i, in.n - i, &cp, &len);
		if (res == UTF8_OK && is_idle(s) && keep(s, cp)) {
			i += len;
			continue;
		}
		buf_add(out, in.p + from, i - from);
		if (res == UTF8_MORE) {
			memcpy(s->part, in.p + i, len);
			s->n_part = (uint8_t)len;
			return;
		}
		step(s, cp, out);
		i += len;
		from = i;
	}
	if (i > from)
		buf_add(out, in.p + from, i - from);
}

void safe_finish(struct safe *s, struct buf *out)
{
	if (s->n_part > 0) {
		s->n_part = 0;
		step(s, UTF8_BAD, out);
	}
	if (s->cr)
		put_visible(s, '\r', out);
	tags_to_hidden(s, out);
	hidden_end(s, out);
	close_isolates(s, out);
	safe_reset(s);
}

static void filter(struct span in, unsigned flags, struct buf *out)
{
	struct safe s;

	safe_init(&s, flags);
	safe_feed(&s, in, out);
	safe_finish(&s, out);
}

void safe_text(struct span in, struct buf *out)
{
	filter(in, 0, out);
}

void safe_line(struct span in, struct buf *out)
{
	filter(in, SAFE_ONE_LINE, out);
}
