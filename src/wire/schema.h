/*
 * JSON Schema: reading one, and whether a value fits it.
 *
 * What is read is the part of draft 2020-12 that describes data: type, enum,
 * const, the limits of numbers, strings, arrays and objects, pattern, format of
 * SCHEMA_FORMATS, properties, required, additionalProperties, items,
 * prefixItems, uniqueItems, anyOf, oneOf, allOf, not, $defs (or definitions)
 * and $ref into the schema itself. A keyword that is not checked here is
 * refused when the schema is read, unless it only describes (title, default,
 * ...): an answer that is said to fit does fit.
 *
 * Patterns are regular expressions of ECMA-262 as far as POSIX has the same;
 * others are refused. Pure but for the locale of the thread, which is UTF-8
 * while a pattern is at work; fit for threads.
 */
#ifndef ATL_WIRE_SCHEMA_H
#define ATL_WIRE_SCHEMA_H

#include <stdbool.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/err.h"
#include "wire/json.h"

#define SCHEMA_TEXT_MAX ((size_t)1024 * 1024)
#define SCHEMA_PATTERNS_MAX ((size_t)1000)
/* Schemas inside each other, those that $ref leads to included. */
#define SCHEMA_DEPTH_MAX 200
/* Schemas applied to one value, in all. */
#define SCHEMA_STEPS_MAX ((size_t)10 * 1000 * 1000)
#define SCHEMA_FORMATS "date, time, date-time, email, uuid, ipv4, uri"

struct schema;

/* Parses a schema. ST_USAGE, with a JSON pointer, when it is not valid or has
 * what cannot be checked. */
enum status schema_parse(
	struct span text, struct schema **ret, struct err *err) ATTR_MUST_CHECK;
void schema_free(struct schema *s);

/* Whether it meets what endpoints demand of "strict": every object requires all
 * its properties and allows no others. */
bool schema_is_strict(const struct schema *s);

/* Checks a text. ST_SERVER, with a JSON pointer and the reason, when it is not
 * JSON or does not fit; ST_FAIL when the check takes more than
 * SCHEMA_STEPS_MAX. */
enum status schema_check(const struct schema *s, struct span text,
	struct err *err) ATTR_MUST_CHECK;

/* The answer without blanks around it and, when all of it is one fenced block,
 * without the fence. */
struct span schema_unwrap(struct span answer);

#endif
