/* JSON: the scan, the tree and cJSON's own parser agree, and what is written
 * reads back as what it was. */
#include <cjson/cJSON.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "wire/json.h"
#include "wire/models.h"
#include "wire/scan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void put(const struct json *j, struct json_writer *w)
{
	const struct json *c;
	struct span s;
	double real;
	int64_t whole;
	bool yes;

	if (json_name(j).p != NULL)
		json_key(w, json_name(j).p);
	switch (json_type(j)) {
	case JSON_NONE: abort();
	case JSON_NULL: json_add_null(w); break;
	case JSON_BOOL:
		if (!json_bool(j, &yes))
			abort();
		json_add_bool(w, yes);
		break;
	case JSON_NUMBER:
		if (json_int(j, &whole))
			json_add_int(w, whole);
		else if (json_double(j, &real))
			json_add_double(w, real);
		else
			json_add_null(w);
		break;
	case JSON_STRING:
		if (!json_str(j, &s) || !utf8_valid(s))
			abort();
		json_add_string(w, s);
		break;
	case JSON_ARRAY:
	case JSON_OBJECT:
		json_open(w, json_type(j) == JSON_ARRAY ? '[' : '{');
		for (c = json_first(j); c != NULL; c = json_next(c))
			put(c, w);
		json_close(w, json_type(j) == JSON_ARRAY ? ']' : '}');
		break;
	}
}

static void put_text(struct span text, bool safe, struct buf *out)
{
	struct json_writer w = {.out = out, .safe = safe};
	struct json *root = NULL;

	buf_init(out, BUF_LARGE);
	if (json_parse(text, &root, NULL) != ST_OK)
		abort();
	put(root, &w);
	json_free(root);
}

/* Written, read and written again, it stays; escaped more, it means the
 * same. Once is not enough: 9e15 + 0.01 is written as a whole number. */
static void check_round(struct span text)
{
	struct buf once;
	struct buf twice;
	struct buf thrice;
	struct buf safe;
	struct buf back;

	put_text(text, false, &once);
	put_text(buf_view(&once), false, &twice);
	put_text(buf_view(&twice), false, &thrice);
	put_text(text, true, &safe);
	put_text(buf_view(&safe), false, &back);
	if (!span_eq(buf_view(&twice), buf_view(&thrice)) ||
		!span_eq(buf_view(&twice), buf_view(&back)))
		abort();
	buf_release(&once);
	buf_release(&twice);
	buf_release(&thrice);
	buf_release(&safe);
	buf_release(&back);
}

static bool has_escape(struct span text)
{
	size_t i;

	for (i = 0; i + 1 < text.n; i++)
		if (text.p[i] == '\\' && text.p[i + 1] == 'u')
			return true;
	return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span text = span_of(data, size);
	struct json *root = NULL;
	bool tree = json_parse(text, &root, NULL) == ST_OK;
	struct models models;
	cJSON *other;

	if (tree != scan_valid(text))
		abort();
	json_free(root);
	models_init(&models);
	if (models_parse(&models, text, NULL) == ST_OK && !tree)
		/* Space that JSON does not know is trimmed before. */
		if (!scan_valid(span_trim(text)))
			abort();
	models_release(&models);
	if (!tree)
		return 0;
	other = cJSON_ParseWithLength((const char *)data, size);
	/* It refuses lone surrogates, which here become U+FFFD. */
	if (other == NULL && !has_escape(text))
		abort();
	cJSON_Delete(other);
	check_round(text);
	return 0;
}
