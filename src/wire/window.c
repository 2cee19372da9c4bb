#include "wire/window.h"

#include <string.h>

#include "base/ascii.h"
#include "wire/json.h"
#include "wire/models.h"
#include "wire/url.h"

static const struct {
	const char *owner;
	const char *preset;
	const char *path;
} servers[] = {
	[WINDOW_NONE] = {"", "", ""},
	[WINDOW_LLAMACPP] = {"llamacpp", "llamacpp", "/props"},
	[WINDOW_OLLAMA] = {"library", "ollama", "/api/ps"},
	[WINDOW_LMSTUDIO] = {"organization_owner", "lmstudio",
		"/api/v0/models"},
	[WINDOW_KOBOLDCPP] = {"koboldcpp", "koboldcpp",
		"/api/extra/true_max_context_length"},
	/* It names the model's maker as the owner. */
	[WINDOW_TGI] = {NULL, "tgi", "/info"},
};

enum { SERVERS = sizeof(servers) / sizeof(servers[0]) };

enum window_server window_by_owner(struct span owner)
{
	int i;

	for (i = WINDOW_NONE + 1; i < SERVERS; i++)
		if (servers[i].owner != NULL &&
			span_is(owner, servers[i].owner))
			return (enum window_server)i;
	return WINDOW_NONE;
}

enum window_server window_by_preset(const char *name)
{
	int i;

	for (i = WINDOW_NONE + 1; name != NULL && i < SERVERS; i++)
		if (strcmp(name, servers[i].preset) == 0)
			return (enum window_server)i;
	return WINDOW_NONE;
}

static void cut_end(struct span *s, const char *end)
{
	size_t n = strlen(end);

	if (s->n >= n && memcmp(s->p + s->n - n, end, n) == 0)
		s->n -= n;
}

/* Appends a value of a query, escaped but for the characters of RFC 3986,
 * 2.3. */
static void put_escaped(struct span s, struct buf *out)
{
	size_t i;

	for (i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (ascii_is_alnum(c) ||
			(c != '\0' && strchr("-._~", c) != NULL))
			buf_char(out, c);
		else
			buf_fmt(out, "%%%02X", (unsigned char)c);
	}
}

enum status window_url(enum window_server server, struct span base,
	struct span model, struct buf *out, struct err *err)
{
	struct url url;
	struct span rest = base;
	struct span path = span_cut(&rest, '?');
	enum status st = url_parse(base, &url, err);

	if (st != ST_OK)
		return st;
	cut_end(&path, "/");
	cut_end(&path, "/chat/completions");
	cut_end(&path, "/v1");
	cut_end(&path, "/");
	buf_span(out, path);
	buf_str(out, servers[server].path);
	if (server == WINDOW_LLAMACPP && model.n > 0) {
		buf_str(out, "?model=");
		put_escaped(model, out);
		buf_str(out, "&autoload=false");
	}
	return buf_check(out, "address", err);
}

static int64_t positive(const struct json *j)
{
	int64_t v;

	return json_int(j, &v) && v > 0 ? v : 0;
}

static int64_t from_props(const struct json *root, int *ret_images)
{
	const struct json *settings = json_get(
		root, "default_generation_settings");
	bool sees;

	if (json_bool(json_get(json_get(root, "modalities"), "vision"), &sees))
		*ret_images = sees ? 1 : -1;
	return positive(json_get(settings, "n_ctx"));
}

/* Whether the name is the model's, where "llama3.3" is "llama3.3:latest". */
static bool is_tagged(struct span name, struct span model)
{
	return span_eq(name, model) ||
		(name.n == model.n + 7 &&
			memcmp(name.p, model.p, model.n) == 0 &&
			memcmp(name.p + model.n, ":latest", 7) == 0);
}

/* The window from the list of loaded models; a model that is not loaded has
 * none. */
static int64_t from_ps(const struct json *root, struct span model)
{
	const struct json *j = json_first(json_get(root, "models"));

	for (; j != NULL; j = json_next(j))
		if (is_tagged(json_get_str(j, "name"), model) ||
			is_tagged(json_get_str(j, "model"), model))
			return positive(json_get(j, "context_length"));
	return 0;
}

static int64_t from_list(struct span body, struct span model, int *ret_images)
{
	struct models models;
	const struct model *row;
	int64_t window = 0;

	models_init(&models);
	if (models_parse(&models, body, NULL) == ST_OK) {
		row = models_find(&models, model);
		window = row != NULL ? row->context : 0;
		*ret_images = row != NULL ? row->images : 0;
	}
	models_release(&models);
	return window;
}

int64_t window_parse(enum window_server server, struct span body,
	struct span model, int *ret_images)
{
	struct json *root = NULL;
	int64_t window = 0;

	*ret_images = 0;
	if (server == WINDOW_LMSTUDIO)
		return from_list(body, model, ret_images);
	if (json_parse(span_trim(body), &root, NULL) != ST_OK)
		return 0;
	switch (server) {
	case WINDOW_NONE:
	case WINDOW_LMSTUDIO: break;
	case WINDOW_LLAMACPP: window = from_props(root, ret_images); break;
	case WINDOW_OLLAMA: window = from_ps(root, model); break;
	case WINDOW_KOBOLDCPP:
		window = positive(json_get(root, "value"));
		break;
	case WINDOW_TGI:
		window = positive(json_get(root, "max_total_tokens"));
		break;
	}
	json_free(root);
	return window;
}
