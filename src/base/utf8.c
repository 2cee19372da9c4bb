#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "base/ascii.h"

static bool is_cont(unsigned char c, unsigned char lo, unsigned char hi)
{
	return c >= lo && c <= hi;
}

/* The range of the second byte by the first, from table 3-7 of the standard. */
static void second_range(
	unsigned char lead, unsigned char *lo, unsigned char *hi)
{
	*lo = 0x80;
	*hi = 0xbf;
	switch (lead) {
	case 0xe0: *lo = 0xa0; break;
	case 0xed: *hi = 0x9f; break;
	case 0xf0: *lo = 0x90; break;
	case 0xf4: *hi = 0x8f; break;
	default: break;
	}
}

enum utf8_result utf8_decode(
	const void *p, size_t n, uint32_t *ret_cp, size_t *ret_len)
{
	const unsigned char *s = p;
	unsigned char lead = s[0];
	unsigned char lo;
	unsigned char hi;
	uint32_t cp;
	size_t want;
	size_t i;

	*ret_len = 1;
	if (lead < 0x80) {
		*ret_cp = lead;
		return UTF8_OK;
	}
	*ret_cp = UTF8_BAD;
	if (lead < 0xc2 || lead > 0xf4)
		return UTF8_ILL;
	want = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
	cp = lead & (0xffu >> (want + 1));
	second_range(lead, &lo, &hi);
	for (i = 1; i < want; i++) {
		if (i == n) {
			*ret_len = n;
			return UTF8_MORE;
		}
		if (!is_cont(s[i], lo, hi)) {
			*ret_len = i;
			return UTF8_ILL;
		}
		cp = cp << 6 | (s[i] & 0x3fu);
		lo = 0x80;
		hi = 0xbf;
	}
	*ret_cp = cp;
	*ret_len = want;
	return UTF8_OK;
}

void utf8_put(struct buf *out, uint32_t cp)
{
	char s[UTF8_MAX];
	size_t n;

	if (cp > 0x10ffff || (cp >= 0xd800 && cp <= 0xdfff))
		cp = UTF8_BAD;
	if (cp < 0x80) {
		s[0] = (char)cp;
		n = 1;
	} else if (cp < 0x800) {
		s[0] = (char)(0xc0 | cp >> 6);
		s[1] = (char)(0x80 | (cp & 0x3f));
		n = 2;
	} else if (cp < 0x10000) {
		s[0] = (char)(0xe0 | cp >> 12);
		s[1] = (char)(0x80 | (cp >> 6 & 0x3f));
		s[2] = (char)(0x80 | (cp & 0x3f));
		n = 3;
	} else {
		s[0] = (char)(0xf0 | cp >> 18);
		s[1] = (char)(0x80 | (cp >> 12 & 0x3f));
		s[2] = (char)(0x80 | (cp >> 6 & 0x3f));
		s[3] = (char)(0x80 | (cp & 0x3f));
		n = 4;
	}
	buf_add(out, s, n);
}

bool utf8_valid(struct span s)
{
	size_t i = 0;

	while (i < s.n) {
		uint32_t cp;
		size_t len;

		if ((unsigned char)s.p[i] < 0x80) {
			i++;
			continue;
		}
		if (utf8_decode(s.p + i, s.n - i, &cp, &len) != UTF8_OK)
			return false;
		i += len;
	}
	return true;
}

size_t utf8_floor(struct span s, size_t n)
{
	size_t back;

	if (n >= s.n)
		return s.n;
	for (back = 0; back < UTF8_MAX && back <= n; back++)
		if (((unsigned char)s.p[n - back] & 0xc0) != 0x80)
			return n - back;
	return n;
}

static const utf8proc_property_t *prop(uint32_t cp)
{
	return utf8proc_get_property((utf8proc_int32_t)cp);
}

int utf8_width(uint32_t cp)
{
	const utf8proc_property_t *p;

	if (cp < 0x300)
		return 1;
	p = prop(cp);
	if (p->category == UTF8PROC_CATEGORY_CN ||
		p->category == UTF8PROC_CATEGORY_MC)
		return 1;
	return p->charwidth;
}

bool utf8_breaks(uint32_t a, uint32_t b, int32_t *state)
{
	utf8proc_int32_t st = *state;
	bool brk = utf8proc_grapheme_break_stateful(
		(utf8proc_int32_t)a, (utf8proc_int32_t)b, &st);

	*state = st;
	return brk;
}

static bool is_regional(uint32_t cp)
{
	return cp >= 0x1f1e6 && cp <= 0x1f1ff;
}

/* Whether it is a vowel or final of Hangul, which is drawn inside the initial's
 * square. */
static bool is_inner_jamo(uint32_t cp)
{
	return (cp >= 0x1160 && cp <= 0x11ff) || (cp >= 0xd7b0 && cp <= 0xd7ff);
}

static bool is_emoji_modifier(uint32_t cp)
{
	return cp >= 0x1f3fb && cp <= 0x1f3ff;
}

int utf8_cluster_columns(int cols, uint32_t prev, uint32_t cp)
{
	int w = utf8_width(cp);

	if (cp == 0xfe0f && cols == 1 && utf8_is_pictographic(prev))
		return 2;
	if (is_regional(prev) && is_regional(cp))
		return 2; /* a flag */
	if (is_inner_jamo(cp) || is_emoji_modifier(cp) ||
		utf8_is_pictographic(cp))
		return w > cols ? w : cols;
	return cols + w;
}

size_t utf8_columns(struct span s)
{
	size_t total = 0;
	int cluster = 0;
	uint32_t prev = 0;
	int32_t state = 0;
	size_t i = 0;

	while (i < s.n) {
		uint32_t cp;
		size_t len;

		(void)utf8_decode(s.p + i, s.n - i, &cp, &len);
		if (i == 0 || utf8_breaks(prev, cp, &state)) {
			total += (size_t)cluster;
			cluster = utf8_width(cp);
		} else {
			cluster = utf8_cluster_columns(cluster, prev, cp);
		}
		prev = cp;
		i += len;
	}
	return total + (size_t)cluster;
}

uint32_t utf8_lower(uint32_t cp)
{
	if (cp < 0x80)
		return cp >= 'A' && cp <= 'Z' ? cp + 32 : cp;
	return (uint32_t)utf8proc_tolower((utf8proc_int32_t)cp);
}

/* Letters that Unicode does not decompose. */
static const struct {
	uint32_t cp;
	char plain[3];
} plain_letters[] = {
	{0xdf, "ss"},
	{0xe6, "ae"},
	{0xf0, "d"},
	{0xf8, "o"},
	{0x111, "d"},
	{0x131, "i"},
	{0x142, "l"},
	{0x153, "oe"},
	{0x1e9e, "ss"},
};

size_t utf8_plain(uint32_t cp, char ret[2])
{
	utf8proc_int32_t parts[8];
	utf8proc_ssize_t n;
	int bound = 0;
	uint32_t low;
	size_t i;

	/* Only Latin-1 to Latin Extended-B and Latin Extended Additional. */
	if (cp < 0xc0 || (cp > 0x24f && cp < 0x1e00) || cp > 0x1eff)
		return 0;
	low = utf8_lower(cp);
	for (i = 0; i < sizeof(plain_letters) / sizeof(plain_letters[0]); i++)
		if (low == plain_letters[i].cp) {
			memcpy(ret, plain_letters[i].plain, 2);
			return plain_letters[i].plain[1] != '\0' ? 2 : 1;
		}
	n = utf8proc_decompose_char(
		(utf8proc_int32_t)cp, parts, 8, UTF8PROC_DECOMPOSE, &bound);
	if (n < 2 || n > 8)
		return 0;
	low = utf8_lower((uint32_t)parts[0]);
	if (low < 'a' || low > 'z')
		return 0;
	ret[0] = (char)low;
	return 1;
}

enum status utf8_nfc(struct span s, struct buf *out, struct err *err)
{
	utf8proc_uint8_t *res = NULL;
	utf8proc_ssize_t n;

	if (s.n == 0)
		return ST_OK;
	n = utf8proc_map((const utf8proc_uint8_t *)s.p, (utf8proc_ssize_t)s.n,
		&res, (utf8proc_option_t)(UTF8PROC_STABLE | UTF8PROC_COMPOSE));
	if (n == UTF8PROC_ERROR_NOMEM)
		return err_nomem(err);
	if (n < 0)
		return err_set(err, ST_USAGE, "not valid UTF-8");
	buf_add(out, res, (size_t)n);
	explicit_bzero(res, (size_t)n);
	free(res);
	return buf_check(out, "text", err);
}

/* Whether composing may change the character or join it to the one before:
 * marks, vowels and finals of Hangul, and characters that are always written in
 * another way. */
static bool may_compose(uint32_t cp)
{
	const utf8proc_property_t *p = prop(cp);
	utf8proc_int32_t parts[4];
	utf8proc_ssize_t n;
	int bound = 0;

	switch ((utf8proc_category_t)p->category) {
	case UTF8PROC_CATEGORY_MN:
	case UTF8PROC_CATEGORY_MC:
	case UTF8PROC_CATEGORY_ME: return true;
	default: break;
	}
	if (p->combining_class != 0 || p->comp_exclusion ||
		(cp >= 0x1161 && cp <= 0x11c2))
		return true;
	/* It has no decomposition, or only a compatibility one. */
	if (p->decomp_seqindex == UINT16_MAX || p->decomp_type != 0)
		return false;
	/* Whether it is the same once decomposed and composed again. */
	n = utf8proc_decompose_char((utf8proc_int32_t)cp, parts, 4,
		(utf8proc_option_t)(UTF8PROC_STABLE | UTF8PROC_DECOMPOSE),
		&bound);
	n = utf8proc_normalize_utf32(parts, n,
		(utf8proc_option_t)(UTF8PROC_STABLE | UTF8PROC_COMPOSE));
	return n != 1 || parts[0] != (utf8proc_int32_t)cp;
}

bool utf8_may_compose(struct span s)
{
	size_t i = 0;

	while (i < s.n) {
		uint8_t lead = (uint8_t)s.p[i];
		uint32_t cp;
		size_t n;

		/* Below U+0300, and Cyrillic but for its marks. */
		if (lead < 0xcc || lead == 0xd0 || lead == 0xd1) {
			i++;
			continue;
		}
		/* U+4E00 to U+9FFF, and Hangul syllables for the most part. */
		if ((lead >= 0xe5 && lead <= 0xe9) || lead == 0xeb ||
			lead == 0xec) {
			i += 3;
			continue;
		}
		(void)utf8_decode(s.p + i, s.n - i, &cp, &n);
		if (may_compose(cp))
			return true;
		i += n;
	}
	return false;
}

enum utf8_class utf8_class(uint32_t cp)
{
	switch ((utf8proc_category_t)prop(cp)->category) {
	case UTF8PROC_CATEGORY_MN:
	case UTF8PROC_CATEGORY_ME: return UTF8_MARK;
	case UTF8PROC_CATEGORY_CN: return UTF8_UNASSIGNED;
	case UTF8PROC_CATEGORY_CO: return UTF8_PRIVATE;
	case UTF8PROC_CATEGORY_CS: return UTF8_SURROGATE;
	case UTF8PROC_CATEGORY_CF: return UTF8_FORMAT;
	case UTF8PROC_CATEGORY_CC: return UTF8_CONTROL;
	case UTF8PROC_CATEGORY_ZL:
	case UTF8PROC_CATEGORY_ZP: return UTF8_SEPARATOR;
	default: return UTF8_OTHER;
	}
}

bool utf8_is_letter(uint32_t cp)
{
	int c;

	if (cp < 0x80)
		return ascii_is_letter((char)cp);
	c = prop(cp)->category;
	return (c >= UTF8PROC_CATEGORY_LU && c <= UTF8PROC_CATEGORY_LO) ||
		(c >= UTF8PROC_CATEGORY_MN && c <= UTF8PROC_CATEGORY_ME);
}

bool utf8_is_digit(uint32_t cp)
{
	if (cp < 0x80)
		return ascii_is_digit((char)cp);
	return prop(cp)->category == UTF8PROC_CATEGORY_ND;
}

bool utf8_is_space(uint32_t cp)
{
	if (cp < 0x80)
		return cp == ' ' || (cp >= '\t' && cp <= '\r');
	return prop(cp)->category == UTF8PROC_CATEGORY_ZS || cp == 0x85 ||
		cp == 0x2028 || cp == 0x2029;
}

bool utf8_is_punct(uint32_t cp)
{
	int c;

	if (cp < 0x80)
		return cp > ' ' && cp < 0x7f && !utf8_is_letter(cp) &&
			!utf8_is_digit(cp);
	c = prop(cp)->category;
	return c >= UTF8PROC_CATEGORY_PC && c <= UTF8PROC_CATEGORY_SO;
}

bool utf8_is_pictographic(uint32_t cp)
{
	return prop(cp)->boundclass ==
		UTF8PROC_BOUNDCLASS_EXTENDED_PICTOGRAPHIC;
}

struct range {
	uint32_t from;
	uint32_t to;
};

/* Whether cp is in one of n sorted ranges. */
static bool in_ranges(uint32_t cp, const struct range *r, size_t n)
{
	size_t lo = 0;

	while (n > 0) {
		size_t mid = lo + n / 2;

		if (cp > r[mid].to) {
			n -= mid + 1 - lo;
			lo = mid + 1;
		} else if (cp < r[mid].from) {
			n = mid - lo;
		} else {
			return true;
		}
	}
	return false;
}

#define IN_RANGES(cp, table)                                                   \
	in_ranges(cp, table, sizeof(table) / sizeof((table)[0]))

bool utf8_is_ideograph(uint32_t cp)
{
	static const struct range han[] = {
		{0x3400, 0x4dbf}, /* CJK Unified Ideographs Extension A */
		{0x4e00, 0x9fff}, /* CJK Unified Ideographs */
		{0xf900, 0xfaff}, /* CJK Compatibility Ideographs */
		{0x20000, 0x2fa1f}, /* Extensions B to F and I, Supplement */
		{0x30000, 0x323af}, /* Extensions G and H */
	};

	return cp >= 0x3400 && IN_RANGES(cp, han);
}

bool utf8_is_joining(uint32_t cp)
{
	static const struct range blocks[] = {
		{0x600, 0x6ff}, /* Arabic */
		{0x750, 0x77f}, /* Arabic Supplement */
		{0x870, 0x8ff}, /* Arabic Extended-B, Extended-A */
		{0x900, 0xdff}, /* Devanagari to Sinhala */
		{0xf00, 0xfff}, /* Tibetan */
		{0x1000, 0x109f}, /* Myanmar */
		{0x1780, 0x17ff}, /* Khmer */
		{0x1800, 0x18af}, /* Mongolian */
		{0x19e0, 0x19ff}, /* Khmer Symbols */
		{0x1cd0, 0x1cff}, /* Vedic Extensions */
		{0xa8e0, 0xa8ff}, /* Devanagari Extended */
		{0xa9e0, 0xa9ff}, /* Myanmar Extended-B */
		{0xaa60, 0xaa7f}, /* Myanmar Extended-A */
		{0xaae0, 0xaaff}, /* Meetei Mayek Extensions */
		{0xabc0, 0xabff}, /* Meetei Mayek */
		{0xfb50, 0xfdff}, /* Arabic Presentation Forms-A */
		{0xfe70, 0xfeff}, /* Arabic Presentation Forms-B */
		{0x11000, 0x1114f}, /* Brahmi to Chakma */
		{0x11180, 0x111df}, /* Sharada */
		{0x11300, 0x1137f}, /* Grantha */
		{0x11400, 0x114df}, /* Newa, Tirhuta */
		{0x11580, 0x1165f}, /* Siddham, Modi */
	};

	return cp >= 0x600 && IN_RANGES(cp, blocks) && utf8_is_letter(cp);
}

bool utf8_is_prepended(uint32_t cp)
{
	return (cp >= 0x600 && cp <= 0x605) || cp == 0x6dd || cp == 0x70f ||
		(cp >= 0x890 && cp <= 0x891) || cp == 0x8e2 || cp == 0x110bd ||
		cp == 0x110cd;
}

void utf8_one_line(struct span text, size_t max, struct buf *out)
{
	size_t start = out->len;
	bool space = false;
	size_t i = 0;

	while (i < text.n && !out->bad) {
		uint32_t cp;
		size_t len;

		(void)utf8_decode(text.p + i, text.n - i, &cp, &len);
		i += len;
		if (utf8_is_space(cp) || utf8_class(cp) == UTF8_CONTROL) {
			space = out->len > start;
			continue;
		}
		if (space)
			buf_char(out, ' ');
		space = false;
		utf8_put(out, cp);
	}
	if (out->len - start > max) {
		struct span all = span_of(out->p + start, out->len - start);

		buf_truncate(out, start + utf8_floor(all, max));
	}
}
