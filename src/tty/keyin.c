#include "tty/keyin.h"

#include <string.h>

#include "base/utf8.h"

#define ESC '\033'
#define PASTE_START "\033[200~"
#define PASTE_END "\033[201~"

enum { MARK_LEN = sizeof(PASTE_START) - 1 };

void keyin_init(struct keyin *k, size_t paste_max)
{
	memset(k, 0, sizeof(*k));
	buf_init(&k->paste, paste_max);
	buf_init(&k->in, KEYIN_WAITING_MAX);
}

void keyin_release(struct keyin *k)
{
	buf_release(&k->paste);
	buf_release(&k->in);
	k->at = 0;
	k->state = KEYIN_TYPING;
}

static const char *peek(const struct keyin *k, size_t *ret_n)
{
	*ret_n = k->in.len - k->at;
	return k->in.p + k->at;
}

static void skip(struct keyin *k, size_t n)
{
	k->at += n;
	if (k->at == k->in.len) {
		buf_reset(&k->in);
		k->at = 0;
	}
}

bool keyin_add(struct keyin *k, const char *p, size_t n, int64_t now_ms)
{
	if (k->at > 0) {
		buf_consume(&k->in, k->at);
		k->at = 0;
	}
	buf_add(&k->in, p, n);
	k->last_ms = now_ms;
	if (!k->in.bad)
		return true;
	k->in.bad = false; /* what it holds is still good */
	return false;
}

/* Length of the character at p; 0 when it is unfinished. */
static size_t character(const char *p, size_t n, bool *ret_ill)
{
	uint32_t cp;
	size_t len;

	*ret_ill = false;
	switch (utf8_decode(p, n, &cp, &len)) {
	case UTF8_OK: return len;
	case UTF8_ILL: *ret_ill = true; return len;
	case UTF8_MORE: return 0;
	}
	return 0;
}

/* Length of the control sequence ESC [ ... at p; 0 when it is unfinished. */
static size_t sequence(const char *p, size_t n)
{
	size_t i;

	for (i = 2; i < n && i < KEYIN_SEQUENCE_MAX; i++)
		if (p[i] >= 0x40 && p[i] <= 0x7e)
			return i + 1;
	return i == KEYIN_SEQUENCE_MAX ? 1 : 0;
}

/* Length of the key that starts with ESC at p; 0 when it is unfinished. */
static size_t escape(const char *p, size_t n)
{
	bool ill;
	size_t len;

	if (n == 1)
		return 0;
	if (p[1] == '[')
		return sequence(p, n);
	if (p[1] == 'O')
		return n >= 3 ? 3 : 0;
	if (p[1] == ESC)
		return 1;
	len = character(p + 1, n - 1, &ill);
	return ill ? 1 : len > 0 ? 1 + len : 0;
}

/* Length of the key or character at p; 0 when it is unfinished. Ill-formed
 * bytes are reported, so that they are dropped. */
static size_t unit(const char *p, size_t n, bool expired, bool *ret_ill)
{
	size_t len;

	*ret_ill = false;
	if (p[0] == ESC) {
		len = escape(p, n);
		return len == 0 && expired ? 1 : len;
	}
	len = character(p, n, ret_ill);
	if (len == 0 && expired) {
		*ret_ill = true;
		return n;
	}
	return len;
}

static int patience(const struct keyin *k)
{
	switch (k->state) {
	case KEYIN_TYPING: return KEYIN_ESC_MS;
	case KEYIN_PASTING: return KEYIN_PASTE_MS;
	case KEYIN_DROPPING: return KEYIN_DROP_MS;
	}
	return 0;
}

static bool expired(const struct keyin *k, int64_t now_ms)
{
	return now_ms - k->last_ms >= patience(k);
}

/* Offset where the paste ends, or where its end may begin; n without one. */
static size_t find_end(const char *p, size_t n, bool *ret_whole)
{
	size_t i = 0;

	*ret_whole = false;
	while (i < n) {
		const char *at = memchr(p + i, ESC, n - i);
		size_t left;

		if (at == NULL)
			return n;
		i = (size_t)(at - p);
		left = n - i < MARK_LEN ? n - i : MARK_LEN;
		if (memcmp(at, PASTE_END, left) == 0) {
			*ret_whole = left == MARK_LEN;
			return i;
		}
		i++;
	}
	return n;
}

static void keep(struct keyin *k, const char *p, size_t n)
{
	size_t room = k->paste.max - k->paste.len;

	if (k->state == KEYIN_DROPPING)
		return;
	if (n > room) {
		k->cut = true;
		n = room;
	}
	buf_add(&k->paste, p, n);
	if (k->paste.bad) {
		k->paste.bad = false;
		k->cut = true;
	}
}

/* Reads on in a paste; true when it has ended. */
static bool paste_ended(struct keyin *k, int64_t now_ms)
{
	size_t n;
	const char *p = peek(k, &n);
	bool whole;
	size_t end = find_end(p, n, &whole);

	keep(k, p, end);
	skip(k, end);
	if (whole) {
		skip(k, MARK_LEN);
		return true;
	}
	if (!expired(k, now_ms))
		return false;
	keep(k, p + end, n - end);
	skip(k, n - end);
	return true;
}

static bool starts(const char *p, size_t n, const char *mark)
{
	return n >= MARK_LEN && memcmp(p, mark, MARK_LEN) == 0;
}

enum keyin_what keyin_next(struct keyin *k, int64_t now_ms, size_t *ret_len)
{
	if (k->given) {
		buf_release(&k->paste);
		k->given = false;
		k->cut = false;
	}
	for (;;) {
		bool dropped = k->state == KEYIN_DROPPING;
		const char *p;
		size_t n;
		size_t len;
		bool ill;

		if (k->state != KEYIN_TYPING) {
			if (!paste_ended(k, now_ms))
				return KEYIN_NONE;
			k->state = KEYIN_TYPING;
			if (dropped)
				continue;
			k->given = true;
			return KEYIN_PASTE;
		}
		p = peek(k, &n);
		if (n == 0)
			return KEYIN_NONE;
		len = unit(p, n, expired(k, now_ms), &ill);
		if (len == 0)
			return KEYIN_NONE;
		if (starts(p, n, PASTE_START)) {
			skip(k, MARK_LEN);
			k->state = KEYIN_PASTING;
		} else if (ill || starts(p, n, PASTE_END)) {
			/* It is the end of a paste that was given up. */
			skip(k, len);
		} else {
			*ret_len = len;
			return KEYIN_UNIT;
		}
	}
}

int keyin_pop(struct keyin *k)
{
	int c = (unsigned char)k->in.p[k->at];

	skip(k, 1);
	return c;
}

int keyin_timeout(const struct keyin *k, int64_t now_ms)
{
	size_t n;
	const char *p = peek(k, &n);
	int64_t left = patience(k) - (now_ms - k->last_ms);
	bool ill;

	if (left < 0)
		left = 0;
	if (k->state != KEYIN_TYPING)
		return (int)left;
	if (n == 0)
		return -1;
	return unit(p, n, false, &ill) > 0 ? 0 : (int)left;
}

void keyin_interrupt(struct keyin *k)
{
	buf_reset(&k->in);
	k->at = 0;
	buf_release(&k->paste);
	k->given = false;
	k->cut = false;
	if (k->state == KEYIN_PASTING)
		k->state = KEYIN_DROPPING;
}
