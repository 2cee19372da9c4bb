#include "wire/models.h"

#include <stdlib.h>
#include <string.h>

#include "base/vec.h"
#include "wire/json.h"

enum { ID_MAX = 4096 };

/*
 * Where rows name a context length, the truest first: what runs now before
 * what the model could do. A bare "max_tokens" is not among them, since it
 * means the window here and the reply there.
 */
static const char *const contexts[][2] = {
	{"top_provider", "context_length"},
	{"meta", "n_ctx"},
	{"loaded_context_length", NULL},
	{"context_length", NULL},
	{"context_window", NULL},
	{"max_model_len", NULL},
	{"max_context_length", NULL},
	{"metadata", "context_length"},
	{"model_info", "max_input_tokens"},
	{"max_input_tokens", NULL},
	{"contextLength", NULL},
	{"meta", "n_ctx_train"},
};

static const char *const outputs[][2] = {
	{"top_provider", "max_completion_tokens"},
	{"max_completion_tokens", NULL},
	{"max_output_length", NULL},
	{"metadata", "max_tokens"},
	{"model_info", "max_output_tokens"},
	{"max_output_tokens", NULL},
};

/* Where a row names its model. */
static const char *const ids[] = {"id", "model_name", "name", "model"};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

void models_init(struct models *m)
{
	memset(m, 0, sizeof(*m));
}

void models_release(struct models *m)
{
	size_t i;

	for (i = 0; i < m->n; i++)
		buf_release(&m->rows[i].id);
	free(m->rows);
	models_init(m);
}

/* The first of these members that is a positive number; 0 when none is. */
static int64_t first_positive(
	const struct json *row, const char *const (*paths)[2], size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		const struct json *j = json_get(row, paths[i][0]);
		int64_t v;

		if (paths[i][1] != NULL)
			j = json_get(j, paths[i][1]);
		if (json_int(j, &v) && v > 0)
			return v;
	}
	return 0;
}

/* The least of what a router's providers take, since any of them may answer. */
static int64_t least_provider(const struct json *row)
{
	const struct json *j = json_first(json_get(row, "providers"));
	int64_t least = 0;

	for (; j != NULL; j = json_next(j)) {
		int64_t v = json_get_int(j, "context_length", 0);

		if (v > 0 && (least == 0 || v < least))
			least = v;
	}
	return least;
}

static bool lists(const struct json *array, const char *word)
{
	const struct json *j = json_first(array);
	struct span s;

	for (; j != NULL; j = json_next(j))
		if (json_str(j, &s) && span_is(s, word))
			return true;
	return false;
}

/* Whether the model takes images, by the list of its inputs or abilities, a
 * flag or its type. */
static int images_of(const struct json *row)
{
	const struct json *in = json_get(
		json_get(row, "architecture"), "input_modalities");
	const struct json *can = json_get(row, "capabilities");
	bool yes;

	if (json_type(in) != JSON_ARRAY)
		in = json_get(row, "input_modalities");
	if (json_type(in) == JSON_ARRAY)
		return lists(in, "image") ? 1 : -1;
	if (json_type(can) == JSON_ARRAY)
		return lists(can, "multimodal") || lists(can, "vision") ? 1
									: -1;
	if (json_bool(json_get(can, "vision"), &yes) ||
		json_bool(json_get(row, "supports_vision"), &yes) ||
		json_bool(json_get(json_get(row, "model_info"),
				  "supports_vision"),
			&yes))
		return yes ? 1 : -1;
	return span_is(json_get_str(row, "type"), "vlm") ? 1 : 0;
}

/*
 * A router of llama.cpp lists models that it would load, with what each could
 * take; what one of them will run with is told once it is loaded.
 */
static bool is_unloaded(const struct json *row)
{
	return window_by_owner(json_get_str(row, "owned_by")) ==
		WINDOW_LLAMACPP &&
		json_get(row, "status") != NULL &&
		json_get(json_get(row, "meta"), "n_ctx") == NULL;
}

static enum status add_row(
	struct models *m, const struct json *row, struct err *err)
{
	struct span id = {NULL, 0};
	struct model *to;
	size_t i;

	if (!json_str(row, &id))
		for (i = 0; i < COUNT(ids) && id.n == 0; i++)
			id = json_get_str(row, ids[i]);
	if (id.n == 0 || id.n > ID_MAX || m->n == MODELS_MAX)
		return ST_OK;
	if (!vec_grow(
		    &m->rows, &m->cap, m->n + 1, sizeof(*m->rows), MODELS_MAX))
		return err_nomem(err);
	to = &m->rows[m->n];
	buf_init(&to->id, ID_MAX);
	buf_span(&to->id, id);
	if (to->id.bad) {
		buf_release(&to->id);
		return err_nomem(err);
	}
	m->n++;
	if (m->server == WINDOW_NONE)
		m->server = window_by_owner(json_get_str(row, "owned_by"));
	if (!is_unloaded(row))
		to->context = first_positive(row, contexts, COUNT(contexts));
	if (to->context == 0)
		to->context = least_provider(row);
	to->max_output = first_positive(row, outputs, COUNT(outputs));
	to->images = images_of(row);
	return ST_OK;
}

/* The array of rows; NULL when the root is not a listing. */
static const struct json *find_rows(const struct json *root)
{
	const struct json *rows = root;

	if (json_type(root) == JSON_OBJECT) {
		rows = json_get(root, "data");
		if (json_type(rows) != JSON_ARRAY)
			rows = json_get(root, "models");
	}
	return json_type(rows) == JSON_ARRAY ? rows : NULL;
}

enum status models_parse(struct models *m, struct span body, struct err *err)
{
	struct json *root = NULL;
	struct models fresh;
	const struct json *row;
	enum status st;

	models_init(&fresh);
	st = json_parse(span_trim(body), &root, err);
	if (st == ST_OK && find_rows(root) == NULL)
		st = ST_DAMAGED;
	if (st == ST_DAMAGED)
		st = err_set(err, ST_SERVER,
			"the endpoint's list of models cannot be read");
	if (st != ST_OK)
		goto out;
	for (row = json_first(find_rows(root)); row != NULL && st == ST_OK;
		row = json_next(row))
		st = add_row(&fresh, row, err);
	if (st != ST_OK)
		goto out;
	models_release(m);
	*m = fresh;
	models_init(&fresh);
out:
	models_release(&fresh);
	json_free(root);
	return st;
}

const struct model *models_find(const struct models *m, struct span id)
{
	size_t i;

	for (i = 0; i < m->n; i++)
		if (span_eq(buf_view(&m->rows[i].id), id))
			return &m->rows[i];
	return NULL;
}
