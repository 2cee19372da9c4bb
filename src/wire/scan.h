/*
 * JSON read by pulling: one pass over whole bytes, no allocation.
 *
 * The caller walks a text in the order in which it is written, takes what it
 * wants and skips the rest; what is skipped is checked all the same. When the
 * walk ends with scan_end() the text was RFC 8259 JSON within SCAN_DEPTH_MAX
 * levels. Bytes that are not UTF-8 do not stop the walk, since a reply with one
 * broken character is still a reply: they are reported by `ill`.
 *
 *	scan_init(&s, text);
 *	if (scan_enter(&s, '{'))
 *		while (scan_member(&s, &key))
 *			if (scan_key_is(&key, "id"))
 *				scan_string(&s, &id);
 *			else
 *				scan_skip(&s, NULL);
 *	ok = scan_end(&s);
 *
 * Once `bad` is set every call answers false and moves nothing. Everything
 * handed out points into the text. Pure.
 */
#ifndef ATL_WIRE_SCAN_H
#define ATL_WIRE_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/buf.h"

#define SCAN_DEPTH_MAX 64

struct scan {
	const char *p;
	const char *end;
	const char *start;
	unsigned depth;
	bool fresh; /* just behind an opening bracket */
	bool bad; /* p is where the text is not JSON */
	bool ill; /* some string was not valid UTF-8 */
};

/* A string as it is written between its quotes. */
struct scan_str {
	struct span raw;
	bool escaped; /* has a backslash */
	bool ill; /* is not valid UTF-8 */
};

enum scan_type {
	SCAN_BAD = 0,
	SCAN_NULL,
	SCAN_TRUE,
	SCAN_FALSE,
	SCAN_NUMBER,
	SCAN_STRING,
	SCAN_ARRAY,
	SCAN_OBJECT,
};

void scan_init(struct scan *s, struct span text);
/* The type of the next value, by its first byte. */
enum scan_type scan_peek(struct scan *s);
/* Enters '{' or '['. False before anything else, with s unmoved and not bad. */
bool scan_enter(struct scan *s, char bracket);
/* Takes the key of the next member, whose value has to be read or skipped.
 * False at the closing brace, which is taken. */
bool scan_member(struct scan *s, struct scan_str *key);
/* The same for the elements of an array. */
bool scan_element(struct scan *s);
/* False, with nothing taken and s not bad, when the value is of another
 * type. */
bool scan_string(struct scan *s, struct scan_str *ret);
/* Takes a number as it is written. */
bool scan_number(struct scan *s, struct span *ret);
bool scan_int(struct scan *s, int64_t *ret); /* a whole number that fits */
/* Takes any value; ret (may be NULL) becomes its bytes. */
bool scan_skip(struct scan *s, struct span *ret);
/* Whether the text was JSON and only blanks follow. */
bool scan_end(struct scan *s);

/* Whether the text is one JSON value, in valid UTF-8. */
bool scan_valid(struct span text);

bool scan_escaped_is(const struct scan_str *key, const char *name);
/* Whether a key, or any string, is this ASCII name. Names are literals, so
 * that most keys cost one comparison of lengths. */
static inline bool scan_key_is(const struct scan_str *key, const char *name)
{
	size_t n = strlen(name);

	if (key->escaped)
		return scan_escaped_is(key, name);
	return key->raw.n == n && memcmp(key->raw.p, name, n) == 0;
}
/* Reads a number's text as a whole number; false when it is not one or too
 * large. */
bool scan_whole(struct span number, int64_t *ret);

/*
 * Turns strings into text. What a delta leaves unfinished at its end, half a
 * surrogate pair or half a character, waits for the next delta of the same
 * text; what stays unfinished becomes U+FFFD.
 */
struct scan_text {
	uint32_t high; /* a high surrogate that waits, or 0 */
	unsigned char tail[4]; /* beginning of a character that waits */
	size_t tail_n;
};

void scan_text_add(
	struct scan_text *t, const struct scan_str *s, struct buf *out);
/* Ends the text: what still waits becomes U+FFFD. */
void scan_text_end(struct scan_text *t, struct buf *out);
/* Appends any bytes as valid UTF-8. */
void scan_repair(struct span bytes, struct buf *out);
/* Appends one whole string. */
void scan_unescape(const struct scan_str *s, struct buf *out);

/* Shared by the files of the scan: the value of four hexadecimal digits at p,
 * and the byte that a character behind a backslash stands for; -1 when there is
 * none. */
int32_t scan_hex4(const char *p);
int scan_escape_byte(char c);

#endif
