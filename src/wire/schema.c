#include <stdlib.h>
#include <string.h>

#include "base/vec.h"
#include "wire/schema_priv.h"

#define NODES_MAX ((size_t)100 * 1000)

/* The kinds of values of keywords. */
enum kind {
	NOTE, /* anything: describes, demands nothing */
	ANY, /* anything: it is compared */
	TYPE,
	LIST, /* an array, not empty */
	NAMES, /* an array of texts */
	COUNT, /* a whole number from 0 */
	NUMBER,
	POSITIVE, /* a number above 0 */
	SWITCH,
	PATTERN,
	FORMAT,
	REFERENCE,
	SCHEMA, /* a schema */
	SCHEMAS, /* an array of schemas */
	MAP, /* an object of schemas */
};

static const struct {
	const char *name;
	enum kind kind;
} keywords[] = {
	{"type", TYPE},
	{"enum", LIST},
	{"const", ANY},
	{"properties", MAP},
	{"required", NAMES},
	{"additionalProperties", SCHEMA},
	{"minProperties", COUNT},
	{"maxProperties", COUNT},
	{"items", SCHEMA},
	{"prefixItems", SCHEMAS},
	{"minItems", COUNT},
	{"maxItems", COUNT},
	{"uniqueItems", SWITCH},
	{"minimum", NUMBER},
	{"maximum", NUMBER},
	{"exclusiveMinimum", NUMBER},
	{"exclusiveMaximum", NUMBER},
	{"multipleOf", POSITIVE},
	{"minLength", COUNT},
	{"maxLength", COUNT},
	{"pattern", PATTERN},
	{"format", FORMAT},
	{"anyOf", SCHEMAS},
	{"oneOf", SCHEMAS},
	{"allOf", SCHEMAS},
	{"not", SCHEMA},
	{"$ref", REFERENCE},
	{"$defs", MAP},
	{"definitions", MAP},
	{"$schema", NOTE},
	{"$comment", NOTE},
	{"title", NOTE},
	{"description", NOTE},
	{"default", NOTE},
	{"example", NOTE},
	{"examples", NOTE},
	{"deprecated", NOTE},
	{"readOnly", NOTE},
	{"writeOnly", NOTE},
};

enum { KEYWORDS = sizeof(keywords) / sizeof(keywords[0]) };

static const char *const types[] = {
	"null", "boolean", "number", "integer", "string", "array", "object"};

struct reading {
	struct schema *s;
	struct buf at; /* JSON pointer */
	const struct json **nodes; /* schemas that were read */
	size_t nodes_n;
	size_t nodes_cap;
	struct err *err;
};

static enum status read_node(struct reading *r, const struct json *node);

void schema_put_key(struct buf *pointer, struct span key)
{
	size_t i;

	buf_char(pointer, '/');
	for (i = 0; i < key.n; i++)
		if (key.p[i] == '~')
			buf_str(pointer, "~0");
		else if (key.p[i] == '/')
			buf_str(pointer, "~1");
		else
			buf_char(pointer, key.p[i]);
}

void schema_put_index(struct buf *pointer, size_t i)
{
	buf_fmt(pointer, "/%zu", i);
}

/* Fails with the place and the reason. */
static enum status wrong(struct reading *r, const char *why)
{
	return err_set(r->err, ST_USAGE, "%.500s: %s",
		r->at.len > 0 ? r->at.p : "/", why);
}

static bool is_type(struct span name)
{
	size_t i;

	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (span_is(name, types[i]))
			return true;
	return false;
}

static enum status read_type(struct reading *r, const struct json *j)
{
	struct span name;

	if (json_str(j, &name))
		return is_type(name) ? ST_OK
				     : wrong(r, "there is no such type");
	if (json_type(j) != JSON_ARRAY || json_count(j) == 0)
		return wrong(r, "is neither a type nor a list of types");
	for (j = json_first(j); j != NULL; j = json_next(j))
		if (!json_str(j, &name) || !is_type(name))
			return wrong(r, "there is no such type");
	return ST_OK;
}

static enum status read_names(struct reading *r, const struct json *j)
{
	struct span name;

	if (json_type(j) != JSON_ARRAY)
		return wrong(r, "is no list of names");
	for (j = json_first(j); j != NULL; j = json_next(j))
		if (!json_str(j, &name))
			return wrong(r, "is no list of names");
	return ST_OK;
}

static enum status read_number(
	struct reading *r, const struct json *j, enum kind kind)
{
	int64_t whole;
	double real;

	if (kind == COUNT)
		return json_int(j, &whole) && whole >= 0
			? ST_OK
			: wrong(r, "is no whole number from 0");
	if (!json_double(j, &real))
		return wrong(r, "is no number");
	return kind == POSITIVE && real <= 0 ? wrong(r, "is not above 0")
					     : ST_OK;
}

static enum status read_text(struct reading *r, const struct json *node,
	const struct json *j, enum kind kind)
{
	struct err why;
	struct span text;
	enum status st;

	if (!json_str(j, &text))
		return wrong(r, "is no text");
	if (kind == PATTERN)
		st = schema_pattern_add(r->s, node, text, &why);
	else
		st = schema_format_add(r->s, node, text, &why);
	return st == ST_OK ? ST_OK : wrong(r, why.msg);
}

static enum status read_schemas(
	struct reading *r, const struct json *j, enum kind kind)
{
	enum status st = ST_OK;
	size_t i = 0;

	if (json_type(j) != (kind == MAP ? JSON_OBJECT : JSON_ARRAY) ||
		(kind == SCHEMAS && json_count(j) == 0))
		return wrong(r,
			kind == MAP ? "is no object of schemas"
				    : "is no list of schemas");
	for (j = json_first(j); j != NULL && st == ST_OK; j = json_next(j)) {
		size_t before = r->at.len;

		if (kind == MAP)
			schema_put_key(&r->at, json_name(j));
		else
			schema_put_index(&r->at, i++);
		st = read_node(r, j);
		if (st == ST_OK)
			buf_truncate(&r->at, before);
	}
	return st;
}

static enum status read_keyword(struct reading *r, const struct json *node,
	const struct json *j, enum kind kind)
{
	bool yes;
	struct span text;

	switch (kind) {
	case NOTE:
	case ANY: return ST_OK;
	case TYPE: return read_type(r, j);
	case LIST:
		return json_type(j) == JSON_ARRAY && json_count(j) > 0
			? ST_OK
			: wrong(r, "is no list of values");
	case NAMES: return read_names(r, j);
	case COUNT:
	case NUMBER:
	case POSITIVE: return read_number(r, j, kind);
	case SWITCH:
		return json_bool(j, &yes)
			? ST_OK
			: wrong(r, "is neither true nor false");
	case PATTERN:
	case FORMAT: return read_text(r, node, j, kind);
	case REFERENCE:
		if (!json_str(j, &text) || schema_ref(r->s->root, text) == NULL)
			return wrong(r,
				"leads nowhere: only \"#\" and "
				"\"#/$defs/NAME\" of the schema itself are "
				"followed");
		return ST_OK;
	case SCHEMA: return read_node(r, j);
	case SCHEMAS:
	case MAP: return read_schemas(r, j, kind);
	}
	return ST_OK;
}

static enum status read_member(
	struct reading *r, const struct json *node, const struct json *j)
{
	struct span name = json_name(j);
	size_t i;

	for (i = 0; i < KEYWORDS; i++)
		if (span_is(name, keywords[i].name))
			return read_keyword(r, node, j, keywords[i].kind);
	/* With one document only, its name does not matter. */
	if (span_is(name, "$id") && node == r->s->root)
		return ST_OK;
	return wrong(r, "this keyword is not checked here; leave it out");
}

static enum status read_node(struct reading *r, const struct json *node)
{
	const struct json *j;
	enum status st = ST_OK;

	if (!vec_grow(&r->nodes, &r->nodes_cap, r->nodes_n + 1,
		    sizeof(*r->nodes), NODES_MAX))
		return wrong(r, "the schema is too large");
	r->nodes[r->nodes_n++] = node;
	if (json_type(node) == JSON_BOOL)
		return ST_OK;
	if (json_type(node) != JSON_OBJECT)
		return wrong(r,
			"is no schema: neither an object, true nor "
			"false");
	for (j = json_first(node); j != NULL && st == ST_OK; j = json_next(j)) {
		size_t before = r->at.len;

		schema_put_key(&r->at, json_name(j));
		st = read_member(r, node, j);
		if (st == ST_OK)
			buf_truncate(&r->at, before);
	}
	return st;
}

/* Appends a part of a JSON pointer in a URL without its escapes "%41" and "~1";
 * false for half an escape. */
static bool unescape_key(struct span part, struct buf *out)
{
	static const char hex[] = "0123456789abcdef0123456789ABCDEF";
	size_t i;

	for (i = 0; i < part.n; i++) {
		char c = part.p[i];

		if (c == '%' && i + 2 < part.n) {
			const char *hi = memchr(hex, part.p[i + 1], 32);
			const char *lo = memchr(hex, part.p[i + 2], 32);

			if (hi == NULL || lo == NULL)
				return false;
			c = (char)((hi - hex) % 16 * 16 + (lo - hex) % 16);
			i += 2;
		} else if (c == '%') {
			return false;
		}
		buf_char(out, c);
	}
	for (i = 0; i < out->len; i++)
		if (out->p[i] == '~') {
			if (out->p[i + 1] != '0' && out->p[i + 1] != '1')
				return false;
			out->p[i] = out->p[i + 1] == '0' ? '~' : '/';
			memmove(out->p + i + 1, out->p + i + 2,
				out->len - i - 1);
			buf_truncate(out, out->len - 1);
		}
	return !out->bad;
}

const struct json *schema_ref(const struct json *root, struct span ref)
{
	const struct json *at = root;
	struct buf key;
	long long i;

	if (ref.n == 0 || ref.p[0] != '#')
		return NULL;
	ref = span_of(ref.p + 1, ref.n - 1);
	if (ref.n == 0)
		return root;
	if (ref.p[0] != '/')
		return NULL;
	(void)span_cut(&ref, '/');
	buf_init(&key, BUF_SMALL);
	while (ref.p != NULL && at != NULL) {
		buf_reset(&key);
		if (!unescape_key(span_cut(&ref, '/'), &key))
			at = NULL;
		else if (json_type(at) != JSON_ARRAY)
			at = json_get(at, key.p);
		else if (span_int(buf_view(&key), 0, 1000000, &i))
			at = json_at(at, (size_t)i);
		else
			at = NULL;
	}
	buf_release(&key);
	return at;
}

/* Checks that every $ref leads to something that was read as a schema. */
static enum status check_refs(struct reading *r)
{
	size_t i;
	size_t k;

	for (i = 0; i < r->nodes_n; i++) {
		struct span ref = json_get_str(r->nodes[i], "$ref");
		const struct json *to = ref.n > 0 ? schema_ref(r->s->root, ref)
						  : NULL;

		for (k = 0; to != NULL && k < r->nodes_n; k++)
			if (r->nodes[k] == to)
				to = NULL;
		if (to != NULL)
			return err_set(r->err, ST_USAGE,
				"$ref \"%.*s\" leads to what is no schema",
				(int)(ref.n < 300 ? ref.n : 300), ref.p);
	}
	return ST_OK;
}

enum status schema_parse(struct span text, struct schema **ret, struct err *err)
{
	struct schema *s;
	struct reading r = {.err = err};
	struct err why;
	enum status st;

	if (text.n > SCHEMA_TEXT_MAX)
		return err_set(err, ST_USAGE, "is larger than %zu bytes",
			SCHEMA_TEXT_MAX);
	s = calloc(1, sizeof(*s));
	if (s == NULL)
		return err_nomem(err);
	r.s = s;
	buf_init(&r.at, BUF_SMALL);
	if (json_parse(text, &s->root, &why) != ST_OK)
		st = err_set(err, ST_USAGE, "%s", why.msg);
	else
		st = read_node(&r, s->root);
	if (st == ST_OK)
		st = check_refs(&r);
	buf_release(&r.at);
	free(r.nodes);
	if (st != ST_OK) {
		schema_free(s);
		return st;
	}
	*ret = s;
	return ST_OK;
}

void schema_free(struct schema *s)
{
	if (s == NULL)
		return;
	schema_patterns_release(s);
	free(s->patterns);
	json_free(s->root);
	free(s);
}

static bool requires(const struct json *node, struct span name)
{
	const struct json *j = json_first(json_get(node, "required"));
	struct span s;

	for (; j != NULL; j = json_next(j))
		if (json_str(j, &s) && span_eq(s, name))
			return true;
	return false;
}

/* Whether every object below is strict. Values that are not schemas are looked
 * at too, which is harmless. */
static bool strict_below(const struct json *node)
{
	const struct json *properties = json_get(node, "properties");
	const struct json *j;

	if (json_type(properties) == JSON_OBJECT) {
		if (json_get_bool(node, "additionalProperties", true))
			return false;
		for (j = json_first(properties); j != NULL; j = json_next(j))
			if (!requires(node, json_name(j)))
				return false;
	} else if (span_is(json_get_str(node, "type"), "object")) {
		return false;
	}
	for (j = json_first(node); j != NULL; j = json_next(j))
		if (!strict_below(j))
			return false;
	return true;
}

bool schema_is_strict(const struct schema *s)
{
	return json_type(s->root) == JSON_OBJECT && strict_below(s->root);
}

struct span schema_unwrap(struct span answer)
{
	struct span s = span_trim(answer);
	struct span rest = s;
	struct span first = span_cut(&rest, '\n');
	size_t n = s.n;

	if (!span_starts(first, "```") || rest.p == NULL)
		return s;
	/* The last line is the closing fence, if no other fence comes before
	 * it. */
	while (n > 0 && s.p[n - 1] == '`')
		n--;
	if (s.n - n < 3 || n == 0 || s.p[n - 1] != '\n' || s.p + n < rest.p)
		return s;
	return span_trim(span_of(rest.p, (size_t)(s.p + n - rest.p)));
}
