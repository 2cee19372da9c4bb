#include "wire/json.h"

#include <cjson/cJSON.h>
#include <limits.h>
#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "wire/scan.h"

/*
 * A struct json is a cJSON node that was built here instead of by cJSON's
 * parser, which writes a global, ignores the case of keys, rounds integers and
 * cuts strings at U+0000. Two fields have a meaning of their own: valuestring
 * of a number is its text, valueint of a string its length.
 */
struct builder {
	struct scan scan;
	struct buf text;
	size_t nodes;
	bool nomem;
	bool crowded;
};

static const cJSON *item(const struct json *j)
{
	return (const cJSON *)(const void *)j;
}

static const struct json *wrap(const cJSON *c)
{
	return (const struct json *)(const void *)c;
}

static cJSON *new_node(struct builder *b, int type)
{
	cJSON *c;

	if (b->nodes == JSON_NODES_MAX) {
		b->crowded = true;
		return NULL;
	}
	c = cJSON_CreateNull();
	if (c == NULL) {
		b->nomem = true;
		return NULL;
	}
	b->nodes++;
	c->type = type;
	return c;
}

/* Gives c a copy of s. Without memory, frees c and returns NULL. */
static cJSON *with_text(struct builder *b, cJSON *c, struct span s)
{
	if (c == NULL)
		return NULL;
	c->valuestring = cJSON_malloc(s.n + 1);
	if (c->valuestring == NULL) {
		b->nomem = true;
		cJSON_Delete(c);
		return NULL;
	}
	memcpy(c->valuestring, s.p, s.n);
	c->valuestring[s.n] = '\0';
	c->valueint = (int)s.n; /* at most JSON_TEXT_MAX, far below INT_MAX */
	return c;
}

static struct span unescaped(struct builder *b, const struct scan_str *s)
{
	if (!s->escaped)
		return s->raw;
	buf_reset(&b->text);
	scan_unescape(s, &b->text);
	if (b->text.bad)
		b->nomem = true;
	return buf_view(&b->text);
}

/* Sets the key of c, with what would cut a C string replaced. */
static bool add_member(
	struct builder *b, cJSON *object, struct span key, cJSON *c)
{
	struct buf clean;
	bool ok;

	buf_init(&clean, JSON_TEXT_MAX * 3);
	while (key.n > 0) {
		struct span part = span_cut(&key, '\0');

		buf_span(&clean, part);
		if (key.p != NULL)
			buf_str(&clean, "\xef\xbf\xbd");
	}
	ok = !clean.bad && cJSON_AddItemToObject(object, clean.p, c);
	buf_release(&clean);
	if (!ok)
		b->nomem = true;
	return ok;
}

static cJSON *build(struct builder *b);

static bool fill_object(struct builder *b, cJSON *object)
{
	struct scan_str key;

	while (scan_member(&b->scan, &key)) {
		cJSON *c = build(b);

		if (c == NULL)
			return false;
		if (!add_member(b, object, unescaped(b, &key), c)) {
			cJSON_Delete(c);
			return false;
		}
	}
	return !b->scan.bad;
}

static bool fill_array(struct builder *b, cJSON *array)
{
	while (scan_element(&b->scan)) {
		cJSON *c = build(b);

		if (c == NULL)
			return false;
		if (!cJSON_AddItemToArray(array, c)) {
			cJSON_Delete(c);
			b->nomem = true;
			return false;
		}
	}
	return !b->scan.bad;
}

static cJSON *build_container(struct builder *b, int type, char bracket)
{
	cJSON *c = new_node(b, type);
	bool ok;

	if (c == NULL)
		return NULL;
	ok = scan_enter(&b->scan, bracket) &&
		(type == cJSON_Object ? fill_object(b, c) : fill_array(b, c));
	if (ok)
		return c;
	cJSON_Delete(c);
	return NULL;
}

/* Builds the next value; NULL when it is bad or without memory. Recurses as
 * deep as the scan allows, SCAN_DEPTH_MAX. */
static cJSON *build(struct builder *b)
{
	enum scan_type type = scan_peek(&b->scan);
	struct scan_str str;
	struct span text;

	switch (type) {
	case SCAN_OBJECT: return build_container(b, cJSON_Object, '{');
	case SCAN_ARRAY: return build_container(b, cJSON_Array, '[');
	case SCAN_STRING:
		if (!scan_string(&b->scan, &str))
			return NULL;
		return with_text(
			b, new_node(b, cJSON_String), unescaped(b, &str));
	case SCAN_NUMBER:
		if (!scan_number(&b->scan, &text))
			return NULL;
		return with_text(b, new_node(b, cJSON_Number), text);
	case SCAN_BAD:
	case SCAN_NULL:
	case SCAN_TRUE:
	case SCAN_FALSE: break;
	}
	if (!scan_skip(&b->scan, NULL))
		return NULL;
	return new_node(b,
		type == SCAN_TRUE	     ? cJSON_True
			: type == SCAN_FALSE ? cJSON_False
					     : cJSON_NULL);
}

enum status json_parse(struct span text, struct json **ret, struct err *err)
{
	struct builder b = {.nodes = 0};
	enum status st = ST_OK;
	cJSON *root;

	if (text.n > JSON_TEXT_MAX)
		return err_set(err, ST_DAMAGED, "JSON of more than %zu bytes",
			JSON_TEXT_MAX);
	scan_init(&b.scan, text);
	buf_init(&b.text, JSON_TEXT_MAX);
	root = build(&b);
	if (b.nomem)
		st = err_nomem(err);
	else if (b.crowded)
		st = err_set(err, ST_DAMAGED, "JSON of more than %zu values",
			JSON_NODES_MAX);
	else if (root == NULL || !scan_end(&b.scan))
		st = err_set(err, ST_DAMAGED, "not JSON at byte %zu of %zu",
			(size_t)(b.scan.p - b.scan.start), text.n);
	else if (b.scan.ill)
		st = err_set(err, ST_DAMAGED, "JSON that is not valid UTF-8");
	if (st == ST_OK)
		*ret = (struct json *)(void *)root;
	else
		cJSON_Delete(root);
	buf_release(&b.text);
	return st;
}

void json_free(struct json *root)
{
	cJSON_Delete((cJSON *)(void *)root);
}

enum json_type json_type(const struct json *j)
{
	if (j == NULL)
		return JSON_NONE;
	switch (item(j)->type & 0xff) {
	case cJSON_NULL: return JSON_NULL;
	case cJSON_True:
	case cJSON_False: return JSON_BOOL;
	case cJSON_Number: return JSON_NUMBER;
	case cJSON_String: return JSON_STRING;
	case cJSON_Array: return JSON_ARRAY;
	case cJSON_Object: return JSON_OBJECT;
	default: return JSON_NONE;
	}
}

const struct json *json_get(const struct json *j, const char *key)
{
	const cJSON *found = NULL;
	const cJSON *c;

	if (json_type(j) != JSON_OBJECT)
		return NULL;
	for (c = item(j)->child; c != NULL; c = c->next)
		if (strcmp(c->string, key) == 0)
			found = c;
	return wrap(found);
}

const struct json *json_first(const struct json *j)
{
	return j != NULL ? wrap(item(j)->child) : NULL;
}

const struct json *json_next(const struct json *j)
{
	return j != NULL ? wrap(item(j)->next) : NULL;
}

const struct json *json_at(const struct json *j, size_t i)
{
	if (json_type(j) != JSON_ARRAY)
		return NULL;
	for (j = json_first(j); j != NULL && i > 0; i--)
		j = json_next(j);
	return j;
}

size_t json_count(const struct json *j)
{
	size_t n = 0;

	for (j = json_first(j); j != NULL; j = json_next(j))
		n++;
	return n;
}

struct span json_name(const struct json *j)
{
	return span_str(j != NULL ? item(j)->string : NULL);
}

bool json_str(const struct json *j, struct span *ret)
{
	if (json_type(j) != JSON_STRING)
		return false;
	*ret = span_of(item(j)->valuestring, (size_t)item(j)->valueint);
	return true;
}

bool json_bool(const struct json *j, bool *ret)
{
	if (json_type(j) != JSON_BOOL)
		return false;
	*ret = cJSON_IsTrue(item(j));
	return true;
}

bool json_int(const struct json *j, int64_t *ret)
{
	if (json_type(j) != JSON_NUMBER)
		return false;
	return scan_whole(span_str(item(j)->valuestring), ret);
}

bool json_double(const struct json *j, double *ret)
{
	locale_t plain;
	locale_t before;
	double v;

	if (json_type(j) != JSON_NUMBER)
		return false;
	plain = newlocale(LC_ALL_MASK, "C", (locale_t)0);
	if (plain == (locale_t)0)
		return false;
	before = uselocale(plain);
	v = strtod(item(j)->valuestring, NULL);
	(void)uselocale(before);
	freelocale(plain);
	if (!isfinite(v))
		return false;
	*ret = v;
	return true;
}

struct span json_get_str(const struct json *j, const char *key)
{
	struct span s = {NULL, 0};

	(void)json_str(json_get(j, key), &s);
	return s;
}

int64_t json_get_int(const struct json *j, const char *key, int64_t none)
{
	(void)json_int(json_get(j, key), &none);
	return none;
}

bool json_get_bool(const struct json *j, const char *key, bool none)
{
	(void)json_bool(json_get(j, key), &none);
	return none;
}
