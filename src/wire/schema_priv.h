/*
 * What reading (schema.c), checking (schema_check.c) and patterns
 * (schema_pattern.c) share.
 */
#ifndef ATL_WIRE_SCHEMA_PRIV_H
#define ATL_WIRE_SCHEMA_PRIV_H

#include <regex.h>

#include "wire/schema.h"

struct schema_pattern {
	const struct json *node; /* the schema that has it */
	bool format; /* of "format", not of "pattern" */
	regex_t re;
};

struct schema {
	struct json *root;
	struct schema_pattern *patterns;
	size_t patterns_n;
	size_t patterns_cap;
};

/* Compiles an ECMA-262 pattern. ST_USAGE tells what in it is not supported. */
enum status schema_pattern_add(struct schema *s, const struct json *node,
	struct span pattern, struct err *err) ATTR_MUST_CHECK;
/* The same for a format; ST_USAGE for an unknown one. */
enum status schema_format_add(struct schema *s, const struct json *node,
	struct span name, struct err *err) ATTR_MUST_CHECK;
/* Whether a text matches the pattern compiled for that node; true when there is
 * none. */
bool schema_pattern_fits(const struct schema *s, const struct json *node,
	bool format, struct span text);
void schema_patterns_release(struct schema *s);

/* Where a "$ref" leads within the schema; NULL when nowhere. */
const struct json *schema_ref(const struct json *root, struct span ref);
/* Appends "/" and the escaped key or index of a JSON pointer. */
void schema_put_key(struct buf *pointer, struct span key);
void schema_put_index(struct buf *pointer, size_t i);

#endif
