/*
 * The bytes of a keyboard, cut into what the editor may act on: whole key
 * sequences and characters, and pastes between their brackets (ESC [200~ and
 * ESC [201~, as xterm's control sequences describe them).
 *
 * Pure: no I/O and no clock; the caller gives the time in milliseconds. How the
 * bytes are cut makes no difference but by the silence between them: an
 * unfinished key sequence is given up after KEYS_ESC_MS, an unfinished paste
 * after KEYS_PASTE_MS.
 */
#ifndef ATL_TTY_KEYS_H
#define ATL_TTY_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

#define KEYS_ESC_MS 50
#define KEYS_PASTE_MS 3000
/* Silence after which the rest of an interrupted paste is over. */
#define KEYS_DROP_MS 500
/* Bytes of one control sequence; a longer one is taken apart. */
#define KEYS_SEQUENCE_MAX 32
/* Bytes that may wait to be cut. */
#define KEYS_WAITING_MAX ((size_t)256 * 1024)

enum keyin_what {
	KEYS_NONE = 0, /* nothing whole yet */
	KEYS_UNIT, /* *ret_len bytes at keys_peek() belong together */
	KEYS_PASTE, /* k->paste is a paste, until the next keyin_next() */
};

enum keys_state {
	KEYS_TYPING = 0,
	KEYS_PASTING,
	KEYS_DROPPING, /* a paste that was interrupted */
};

struct keyin {
	struct buf paste; /* the bytes as they came */
	bool cut; /* the paste was longer than its maximum */
	/* private */
	enum keys_state state;
	bool given; /* the paste was handed out */
	struct buf in;
	size_t at;
	int64_t last_ms; /* when the latest byte came */
};

/* paste_max: bytes kept of a paste. */
void keyin_init(struct keyin *k, size_t paste_max);
void keyin_release(struct keyin *k);

/* More bytes; copied. False without memory or beyond KEYS_WAITING_MAX. */
bool keyin_add(struct keyin *k, const char *p, size_t n, int64_t now_ms);
/* Cuts off the next thing. After KEYS_UNIT the caller takes the bytes with
 * keyin_pop(), all of them, before it asks again. */
enum keyin_what keyin_next(struct keyin *k, int64_t now_ms, size_t *ret_len);
/* The next byte of a unit, 0 to 255. */
int keyin_pop(struct keyin *k);
/* Milliseconds until keyin_next() has something without further bytes: 0 now,
 * -1 never. */
int keyin_timeout(const struct keyin *k, int64_t now_ms);
/* Throws away what waits; the rest of a paste under way is swallowed. */
void keyin_interrupt(struct keyin *k);

#endif
