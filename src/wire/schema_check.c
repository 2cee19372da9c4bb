#include <math.h>

#include "wire/schema_priv.h"

/* Bytes of a foreign name in a message. */
enum { NAME_MAX_SHOWN = 64 };

struct check {
	const struct schema *s;
	struct buf at; /* JSON pointer into the value */
	struct err *err;
	size_t steps;
	unsigned depth;
	unsigned quiet; /* depth of branches whose failure is not told */
	bool too_much;
};

static bool fits(
	struct check *c, const struct json *node, const struct json *v);

static int shown(struct span name)
{
	return (int)(name.n < NAME_MAX_SHOWN ? name.n : NAME_MAX_SHOWN);
}

/* Returns false and tells why, unless another branch may still fit. */
static bool miss(struct check *c, const char *fmt, ...) ATTR_PRINTF(2, 3);

static bool miss(struct check *c, const char *fmt, ...)
{
	struct buf why;
	va_list ap;

	if (c->quiet > 0 || c->too_much)
		return false;
	buf_init(&why, BUF_SMALL);
	va_start(ap, fmt);
	buf_vfmt(&why, fmt, ap);
	va_end(ap);
	(void)err_set(c->err, ST_SERVER, "%.500s %s",
		c->at.len > 0 ? c->at.p : "the whole", why.p);
	buf_release(&why);
	return false;
}

static bool is_whole(const struct json *v)
{
	double d;

	return json_double(v, &d) && d == floor(d);
}

static const char *type_of(const struct json *v)
{
	switch (json_type(v)) {
	case JSON_NONE:
	case JSON_NULL: return "null";
	case JSON_BOOL: return "boolean";
	case JSON_NUMBER: return is_whole(v) ? "integer" : "number";
	case JSON_STRING: return "string";
	case JSON_ARRAY: return "array";
	case JSON_OBJECT: return "object";
	}
	return "null";
}

static bool of_type(const struct json *v, struct span name)
{
	return span_is(name, type_of(v)) ||
		(span_is(name, "number") && json_type(v) == JSON_NUMBER);
}

static bool check_type(
	struct check *c, const struct json *type, const struct json *v)
{
	const struct json *j;
	struct span name;
	struct buf wanted;

	if (json_str(type, &name))
		return of_type(v, name) ||
			miss(c, "is of type %s, not %.*s", type_of(v),
				shown(name), name.p);
	buf_init(&wanted, BUF_SMALL);
	for (j = json_first(type); j != NULL; j = json_next(j)) {
		if (json_str(j, &name) && of_type(v, name)) {
			buf_release(&wanted);
			return true;
		}
		buf_fmt(&wanted, "%s%.*s", wanted.len > 0 ? " or " : "",
			shown(name), name.p);
	}
	(void)miss(c, "is of type %s, not %s", type_of(v), wanted.p);
	buf_release(&wanted);
	return false;
}

static bool same(const struct json *a, const struct json *b);

static const struct json *member(const struct json *object, struct span name)
{
	const struct json *found = NULL;
	const struct json *j;

	/* Of equal keys the last one counts. */
	for (j = json_first(object); j != NULL; j = json_next(j))
		if (span_eq(json_name(j), name))
			found = j;
	return found;
}

static bool same_numbers(const struct json *a, const struct json *b)
{
	int64_t i, k;
	double x, y;

	if (json_int(a, &i) && json_int(b, &k))
		return i == k;
	return json_double(a, &x) && json_double(b, &y) && x == y;
}

static bool same_below(const struct json *a, const struct json *b)
{
	const struct json *j = json_first(a);
	const struct json *k = json_first(b);

	if (json_count(a) != json_count(b))
		return false;
	if (json_type(a) == JSON_OBJECT) {
		for (; j != NULL; j = json_next(j)) {
			k = member(b, json_name(j));
			if (k == NULL || !same(j, k))
				return false;
		}
		return true;
	}
	for (; j != NULL && k != NULL; j = json_next(j), k = json_next(k))
		if (!same(j, k))
			return false;
	return true;
}

/* Recurses at most JSON_DEPTH_MAX deep. */
static bool same(const struct json *a, const struct json *b)
{
	struct span s, t;
	bool x, y;

	if (json_type(a) != json_type(b))
		return false;
	switch (json_type(a)) {
	case JSON_NONE:
	case JSON_NULL: return true;
	case JSON_BOOL: return json_bool(a, &x) && json_bool(b, &y) && x == y;
	case JSON_NUMBER: return same_numbers(a, b);
	case JSON_STRING:
		return json_str(a, &s) && json_str(b, &t) && span_eq(s, t);
	case JSON_ARRAY:
	case JSON_OBJECT: return same_below(a, b);
	}
	return false;
}

static bool check_values(
	struct check *c, const struct json *node, const struct json *v)
{
	const struct json *list = json_get(node, "enum");
	const struct json *one = json_get(node, "const");
	const struct json *j = json_first(list);

	if (one != NULL && !same(one, v))
		return miss(c, "is not the one value that is allowed");
	while (j != NULL && !same(j, v))
		j = json_next(j);
	return list == NULL || j != NULL ||
		miss(c, "is none of the %zu values that are allowed",
			json_count(list));
}

static bool check_number(
	struct check *c, const struct json *node, const struct json *v)
{
	double d = 0;
	double limit;

	if (!json_double(v, &d))
		return miss(c, "is a number beyond all bounds");
	if (json_double(json_get(node, "minimum"), &limit) && d < limit)
		return miss(c, "is less than %.15g", limit);
	if (json_double(json_get(node, "maximum"), &limit) && d > limit)
		return miss(c, "is more than %.15g", limit);
	if (json_double(json_get(node, "exclusiveMinimum"), &limit) &&
		d <= limit)
		return miss(c, "is not more than %.15g", limit);
	if (json_double(json_get(node, "exclusiveMaximum"), &limit) &&
		d >= limit)
		return miss(c, "is not less than %.15g", limit);
	if (json_double(json_get(node, "multipleOf"), &limit)) {
		double times = d / limit;

		if (!isfinite(times))
			return miss(c, "is no multiple of %.15g", limit);
		/* 0.3 counts as a multiple of 0.1, although doubles say
		 * otherwise. */
		if (fabs(times - round(times)) > 1e-9 * fmax(1, fabs(times)))
			return miss(c, "is no multiple of %.15g", limit);
	}
	return true;
}

/* Checks a count against the two keywords for its limits. */
static bool check_count(struct check *c, const struct json *node, size_t n,
	const char *const keys[2], const char *what)
{
	int64_t least = json_get_int(node, keys[0], 0);
	int64_t most = json_get_int(node, keys[1], INT64_MAX);

	if ((uint64_t)least > n)
		return miss(c, "has %zu %s, fewer than %lld", n, what,
			(long long)least);
	if ((uint64_t)most < n)
		return miss(c, "has %zu %s, more than %lld", n, what,
			(long long)most);
	return true;
}

static size_t characters(struct span s)
{
	size_t n = 0;
	size_t i;

	for (i = 0; i < s.n; i++)
		n += ((unsigned char)s.p[i] & 0xc0) != 0x80;
	return n;
}

static bool check_string(
	struct check *c, const struct json *node, const struct json *v)
{
	static const char *const keys[2] = {"minLength", "maxLength"};
	struct span s = {NULL, 0};
	struct span name;

	(void)json_str(v, &s);
	if (!check_count(c, node, characters(s), keys, "characters"))
		return false;
	name = json_get_str(node, "pattern");
	if (!schema_pattern_fits(c->s, node, false, s))
		return miss(c, "does not match the pattern \"%.*s\"",
			shown(name), name.p);
	name = json_get_str(node, "format");
	return schema_pattern_fits(c->s, node, true, s) ||
		miss(c, "is not of the format %.*s", shown(name), name.p);
}

static bool at_index(struct check *c, const struct json *node,
	const struct json *v, size_t i)
{
	size_t before = c->at.len;
	bool ok;

	schema_put_index(&c->at, i);
	ok = fits(c, node, v);
	buf_truncate(&c->at, before);
	return ok;
}

static bool check_unique(struct check *c, const struct json *v)
{
	const struct json *a;
	const struct json *b;
	size_t i = 0;

	for (a = json_first(v); a != NULL; a = json_next(a), i++) {
		size_t k = i + 1;

		for (b = json_next(a); b != NULL; b = json_next(b), k++) {
			if (++c->steps > SCHEMA_STEPS_MAX) {
				c->too_much = true;
				return false;
			}
			if (same(a, b))
				return miss(
					c, "has the same at %zu and %zu", i, k);
		}
	}
	return true;
}

static bool check_array(
	struct check *c, const struct json *node, const struct json *v)
{
	static const char *const keys[2] = {"minItems", "maxItems"};
	const struct json *items = json_get(node, "items");
	const struct json *prefix = json_first(json_get(node, "prefixItems"));
	const struct json *j = json_first(v);
	size_t i;

	if (!check_count(c, node, json_count(v), keys, "items"))
		return false;
	for (i = 0; j != NULL; j = json_next(j), i++) {
		const struct json *by = prefix != NULL ? prefix : items;

		if (by != NULL && !at_index(c, by, j, i))
			return false;
		prefix = json_next(prefix);
	}
	return !json_get_bool(node, "uniqueItems", false) || check_unique(c, v);
}

static bool check_required(
	struct check *c, const struct json *node, const struct json *v)
{
	const struct json *j = json_first(json_get(node, "required"));
	struct span name;

	for (; j != NULL; j = json_next(j))
		if (json_str(j, &name) && member(v, name) == NULL)
			return miss(c, "lacks \"%.*s\"", shown(name), name.p);
	return true;
}

static bool check_property(struct check *c, const struct json *node,
	const struct json *others, const struct json *v)
{
	struct span name = json_name(v);
	const struct json *by = member(json_get(node, "properties"), name);
	size_t before = c->at.len;
	bool allowed;
	bool ok;

	if (by == NULL)
		by = others;
	if (by == NULL)
		return true;
	if (by == others && json_bool(others, &allowed))
		return allowed ||
			miss(c, "has \"%.*s\", which is not allowed",
				shown(name), name.p);
	schema_put_key(&c->at, name);
	ok = fits(c, by, v);
	buf_truncate(&c->at, before);
	return ok;
}

static bool check_object(
	struct check *c, const struct json *node, const struct json *v)
{
	static const char *const keys[2] = {"minProperties", "maxProperties"};
	const struct json *others = json_get(node, "additionalProperties");
	const struct json *j;

	if (!check_required(c, node, v) ||
		!check_count(c, node, json_count(v), keys, "members"))
		return false;
	for (j = json_first(v); j != NULL; j = json_next(j))
		if (!check_property(c, node, others, j))
			return false;
	return true;
}

/* How many of these schemas fit; why the others do not is not told. */
static size_t count_fits(
	struct check *c, const struct json *list, const struct json *v)
{
	const struct json *j;
	size_t n = 0;

	c->quiet++;
	for (j = json_first(list); j != NULL; j = json_next(j))
		n += fits(c, j, v);
	c->quiet--;
	return n;
}

static bool check_branches(
	struct check *c, const struct json *node, const struct json *v)
{
	const struct json *all = json_first(json_get(node, "allOf"));
	const struct json *any = json_get(node, "anyOf");
	const struct json *one = json_get(node, "oneOf");
	const struct json *not_this = json_get(node, "not");
	size_t n;

	for (; all != NULL; all = json_next(all))
		if (!fits(c, all, v))
			return false;
	if (any != NULL && count_fits(c, any, v) == 0)
		return miss(c, "fits none of the %zu forms that are allowed",
			json_count(any));
	n = one != NULL ? count_fits(c, one, v) : 1;
	if (n != 1)
		return miss(c, "fits %zu of %zu forms and not exactly one", n,
			json_count(one));
	if (not_this == NULL)
		return true;
	c->quiet++;
	n = fits(c, not_this, v);
	c->quiet--;
	return n == 0 || miss(c, "has a form that is not allowed");
}

static bool check_node(
	struct check *c, const struct json *node, const struct json *v)
{
	const struct json *type = json_get(node, "type");
	struct span ref;

	if (type != NULL && !check_type(c, type, v))
		return false;
	if (!check_values(c, node, v))
		return false;
	switch (json_type(v)) {
	case JSON_NUMBER:
		if (!check_number(c, node, v))
			return false;
		break;
	case JSON_STRING:
		if (!check_string(c, node, v))
			return false;
		break;
	case JSON_ARRAY:
		if (!check_array(c, node, v))
			return false;
		break;
	case JSON_OBJECT:
		if (!check_object(c, node, v))
			return false;
		break;
	case JSON_NONE:
	case JSON_NULL:
	case JSON_BOOL: break;
	}
	if (json_str(json_get(node, "$ref"), &ref) &&
		!fits(c, schema_ref(c->s->root, ref), v))
		return false;
	return check_branches(c, node, v);
}

static bool fits(struct check *c, const struct json *node, const struct json *v)
{
	bool all;
	bool ok;

	if (c->too_much || c->depth >= SCHEMA_DEPTH_MAX ||
		++c->steps > SCHEMA_STEPS_MAX) {
		c->too_much = true;
		return false;
	}
	if (json_bool(node, &all))
		return all || miss(c, "is not allowed");
	c->depth++;
	ok = check_node(c, node, v);
	c->depth--;
	return ok;
}

static enum status check_value(
	const struct schema *s, const struct json *value, struct err *err)
{
	struct err why = {0};
	struct check c = {.s = s, .err = &why};
	bool ok;

	buf_init(&c.at, BUF_LARGE);
	ok = fits(&c, s->root, value);
	buf_release(&c.at);
	if (c.too_much)
		return err_set(err, ST_FAIL,
			"the schema refers to itself without end, or the "
			"answer takes too long to be checked");
	return ok ? ST_OK : err_set(err, ST_SERVER, "%s", why.msg);
}

enum status schema_check(
	const struct schema *s, struct span text, struct err *err)
{
	struct json *value = NULL;
	struct err why;
	enum status st;

	if (json_parse(text, &value, &why) != ST_OK)
		return err_set(err, ST_SERVER, "it is %s", why.msg);
	st = check_value(s, value, err);
	json_free(value);
	return st;
}
