/*
 * The bytes of a keyboard, cut into what the editor may act on: whole key
 * sequences and characters, and pastes between their brackets (ESC [200~ and
 * ESC [201~, as xterm's control sequences describe them).
 *
 * Pure: no I/O and no clock; the caller gives the time in milliseconds. How the
 * bytes are cut makes no difference but by the silence between them: an
 * unfinished key sequence is given up after KEYIN_ESC_MS, an unfinished paste
 * after KEYIN_PASTE_MS.
 */
#ifndef ATL_TTY_KEYIN_H
#define ATL_TTY_KEYIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

#define KEYIN_ESC_MS 50
#define KEYIN_PASTE_MS 3000
/* Silence after which the rest of an interrupted paste is over. */
#define KEYIN_DROP_MS 500
/* Bytes of one control sequence; a longer one is taken apart. */
#define KEYIN_SEQUENCE_MAX 32
/* Bytes that may wait. */
#define KEYIN_WAITING_MAX ((size_t)256 * 1024)

enum keyin_what {
	KEYIN_NONE = 0, /* nothing whole yet */
	KEYIN_UNIT, /* *ret_len bytes belong together */
	KEYIN_PASTE, /* k->paste is a paste, until the next keyin_next() */
};

enum keyin_state {
	KEYIN_TYPING = 0,
	KEYIN_PASTING,
	KEYIN_DROPPING, /* a paste that was interrupted */
};

struct keyin {
	struct buf paste; /* the bytes as they came */
	bool cut; /* the paste was longer than its maximum */
	/* private */
	enum keyin_state state;
	bool given; /* the paste was handed out */
	struct buf in;
	size_t at;
	int64_t last_ms; /* when the latest byte came */
};

/* paste_max: bytes kept of a paste. */
void keyin_init(struct keyin *k, size_t paste_max);
void keyin_release(struct keyin *k);

/* More bytes; copied. False without memory or beyond KEYIN_WAITING_MAX. */
bool keyin_add(struct keyin *k, const char *p, size_t n, int64_t now_ms);
/* Cuts off the next unit or paste. After KEYIN_UNIT the caller takes all its
 * bytes with keyin_pop() before it asks again. */
enum keyin_what keyin_next(struct keyin *k, int64_t now_ms, size_t *ret_len);
/* The next byte of a unit, 0 to 255. */
int keyin_pop(struct keyin *k);
/* Milliseconds until keyin_next() has something without further bytes; 0: now,
 * -1: never. */
int keyin_timeout(const struct keyin *k, int64_t now_ms);
/* Discards what waits; the rest of a paste under way is swallowed. */
void keyin_interrupt(struct keyin *k);

#endif
