/*
 * JSON as a tree, and JSON written onto a buf. The only user of cJSON.
 *
 * Reading is strict: RFC 8259, one value and nothing behind it, valid UTF-8,
 * no lone surrogate escapes turned into bytes (they become U+FFFD), at most
 * JSON_DEPTH_MAX levels. Keys are matched exactly; of equal keys the last one
 * counts. Strings are given with their length and may hold NULs; integers keep
 * all 64 bits. The text is read by wire/scan, so that a tree and a scan of the
 * same bytes never differ; cJSON keeps the nodes. No globals: fit for threads.
 */
#ifndef ATL_WIRE_JSON_H
#define ATL_WIRE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/err.h"

struct id;

/* Levels of arrays and objects inside each other. */
#define JSON_DEPTH_MAX 64
/* Bytes of a text that is made into a tree. */
#define JSON_TEXT_MAX BUF_LARGE
/* Nodes of a tree, so that "[[],[],..." cannot cost 60 times its length. */
#define JSON_NODES_MAX ((size_t)4 * 1024 * 1024)

struct json; /* a value; the root owns the whole tree */

enum json_type {
	JSON_NONE = 0, /* no value: a NULL pointer */
	JSON_NULL,
	JSON_BOOL,
	JSON_NUMBER,
	JSON_STRING,
	JSON_ARRAY,
	JSON_OBJECT,
};

/* ST_DAMAGED, with the place, when it is not JSON as said above. The caller
 * frees *ret with json_free. The text is not needed afterwards. */
enum status json_parse(struct span text, struct json **ret, struct err *err);
void json_free(struct json *root);

/* All getters take NULL for "no such value" and answer accordingly, so that
 * they may be nested. What they return belongs to the root. */
enum json_type json_type(const struct json *j);
/* A member of an object; NULL when j is none or has no such key. */
const struct json *json_get(const struct json *j, const char *key);
/* An element of an array; NULL past the end. Linear: iterate with
 * json_first and json_next. */
const struct json *json_at(const struct json *j, size_t i);
const struct json *json_first(const struct json *j);
const struct json *json_next(const struct json *j);
/* Elements or members; 0 for everything else. */
size_t json_count(const struct json *j);
/* The key of a member; empty for other values. U+0000 in keys shows as
 * U+FFFD. */
struct span json_name(const struct json *j);

/* False, with *ret untouched, when the value is of another type. */
bool json_str(const struct json *j, struct span *ret);
bool json_bool(const struct json *j, bool *ret);
/* A whole number that fits (5, 5.0 and 5e0 alike). */
bool json_int(const struct json *j, int64_t *ret);
/* A number that is finite as a double. */
bool json_double(const struct json *j, double *ret);

/* The same for a member; `none` is the result when it is missing or of another
 * type. */
struct span json_get_str(const struct json *j, const char *key);
int64_t json_get_int(const struct json *j, const char *key, int64_t none);
bool json_get_bool(const struct json *j, const char *key, bool none);

/*
 * Writing. Numbers do not depend on the locale. json_put_string writes quotes
 * too, escapes ", \, controls and DEL, and writes U+FFFD for invalid UTF-8;
 * json_put_safe also escapes, as \uXXXX, everything that text/safe would not
 * show as it is, for JSON that may land on a terminal.
 */
void json_put_string(struct buf *out, struct span s);
void json_put_safe(struct buf *out, struct span s);
void json_put_int(struct buf *out, int64_t v);
/* The shortest form that reads back as v: 0.7; null when it is not finite. */
void json_put_double(struct buf *out, double v);

/*
 * Objects and arrays: the writer knows where commas go, and nothing else.
 *
 *	struct json_writer w = {.out = &buf};
 *	json_open(&w, '{');
 *	json_member_int(&w, "id", 7);
 *	json_key(&w, "title");
 *	json_add_null(&w);
 *	json_close(&w, '}');
 */
struct json_writer {
	struct buf *out;
	bool safe; /* strings through json_put_safe */
	bool more; /* private: a value stands before this place */
};

void json_open(struct json_writer *w, char bracket);
void json_close(struct json_writer *w, char bracket);
void json_key(struct json_writer *w, const char *key);
void json_add_string(struct json_writer *w, struct span s);
void json_add_int(struct json_writer *w, int64_t v);
void json_add_double(struct json_writer *w, double v);
void json_add_bool(struct json_writer *w, bool v);
void json_add_null(struct json_writer *w);
/* A value that is JSON already. */
void json_add_raw(struct json_writer *w, struct span json);
/* A value with all that is in it; null for NULL. */
void json_add_value(struct json_writer *w, const struct json *j);
/* A key and its value. */
void json_member_str(struct json_writer *w, const char *key, struct span s);
void json_member_int(struct json_writer *w, const char *key, int64_t v);
void json_member_bool(struct json_writer *w, const char *key, bool v);
/* The id in hexadecimal. */
void json_member_id(
	struct json_writer *w, const char *key, const struct id *id);
/* A time in ms since 1970, as "2026-11-24T06:25:50Z". */
void json_member_time(struct json_writer *w, const char *key, int64_t wall_ms);
/* A count; null for a negative one, which is not known. */
void json_member_count(struct json_writer *w, const char *key, int64_t n);

#endif
