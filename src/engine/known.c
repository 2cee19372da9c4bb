#include "engine/known.h"

#include <stdlib.h>
#include <string.h>

#include "base/vec.h"
#include "wire/model_name.h"

/* The weight of a new count, and how far an estimate may be off: beyond that,
 * something other than the counting differs. */
#define SCALE_WEIGHT 0.3
#define SCALE_MIN 0.7
#define SCALE_MAX 1.6
/* Tokens of a prompt, below which it says little about how texts are
 * counted. */
enum { SCALE_TOKENS = 200 };

void known_init(struct known *k)
{
	memset(k, 0, sizeof(*k));
}

static void free_host(struct known_host *h)
{
	size_t i;

	for (i = 0; i < h->missing_n; i++)
		buf_release(&h->missing[i].model);
	models_release(&h->models);
	buf_release(&h->url);
	buf_release(&h->asked);
	buf_release(&h->called);
	buf_release(&h->window_of);
	buf_release(&h->scale_of);
	free(h);
}

void known_release(struct known *k)
{
	size_t i;

	if (k == NULL)
		return;
	for (i = 0; i < k->n; i++)
		free_host(k->hosts[i]);
	free(k->hosts);
	known_init(k);
}

struct known_host *known_host(struct known *k, const char *url)
{
	struct known_host *h;
	size_t i;

	for (i = 0; k != NULL && i < k->n; i++)
		if (span_is(buf_view(&k->hosts[i]->url), url))
			return k->hosts[i];
	if (k == NULL ||
		!vec_grow(&k->hosts, &k->cap, k->n + 1,
			sizeof(struct known_host *), KNOWN_HOSTS_MAX))
		return NULL;
	h = calloc(1, sizeof(*h));
	if (h == NULL)
		return NULL;
	models_init(&h->models);
	buf_init(&h->url, BUF_SMALL);
	buf_init(&h->asked, BUF_SMALL);
	buf_init(&h->called, BUF_SMALL);
	buf_init(&h->window_of, BUF_SMALL);
	buf_init(&h->scale_of, BUF_SMALL);
	buf_str(&h->url, url);
	if (h->url.bad) {
		free_host(h);
		return NULL;
	}
	k->hosts[k->n++] = h;
	return h;
}

void known_models(struct known_host *h, struct models *m)
{
	models_release(&h->models);
	h->models = *m;
	models_init(m);
	h->listed = true;
}

void known_rename(struct known_host *h, struct span asked, struct span called)
{
	buf_set(&h->asked, asked);
	buf_set(&h->called, called);
}

struct span known_model(const struct known_host *h, struct span asked)
{
	if (h == NULL || h->called.len == 0 || h->called.bad ||
		!span_eq(buf_view(&h->asked), asked))
		return asked;
	return buf_view(&h->called);
}

void known_counted(struct known_host *h, struct span model, int64_t estimate,
	int64_t counted)
{
	double ratio;

	/* A count of less than half means that messages were dropped. */
	if (h == NULL || estimate < SCALE_TOKENS || counted < estimate / 2)
		return;
	ratio = (double)counted / (double)estimate;
	if (ratio < SCALE_MIN)
		ratio = SCALE_MIN;
	if (ratio > SCALE_MAX)
		ratio = SCALE_MAX;
	if (h->scale > 0 && span_eq(buf_view(&h->scale_of), model))
		ratio = h->scale + SCALE_WEIGHT * (ratio - h->scale);
	buf_set(&h->scale_of, model);
	h->scale = h->scale_of.bad ? 0 : ratio;
}

double known_scale(const struct known_host *h, struct span model)
{
	if (h == NULL || h->scale <= 0 ||
		!span_eq(buf_view(&h->scale_of), model))
		return 1;
	return h->scale;
}

void known_set_window(struct known_host *h, struct span model, int64_t window)
{
	buf_set(&h->window_of, model);
	h->window = window;
}

static struct known_missing *missing(struct known_host *h, struct span model)
{
	size_t i;

	for (i = 0; i < h->missing_n; i++)
		if (span_eq(buf_view(&h->missing[i].model), model))
			return &h->missing[i];
	return NULL;
}

void known_set_missing(struct known_host *h, struct span model, int64_t now_ms)
{
	struct known_missing *m = missing(h, model);
	size_t i;

	if (m == NULL && h->missing_n < KNOWN_MISSING_MAX) {
		m = &h->missing[h->missing_n++];
		buf_init(&m->model, BUF_SMALL);
	} else if (m == NULL) {
		m = &h->missing[0];
		for (i = 1; i < h->missing_n; i++)
			if (h->missing[i].since_ms < m->since_ms)
				m = &h->missing[i];
	}
	buf_set(&m->model, model);
	m->since_ms = now_ms;
}

bool known_is_missing(
	const struct known_host *h, struct span model, int64_t now_ms)
{
	size_t i;

	for (i = 0; h != NULL && i < h->missing_n; i++)
		if (span_eq(buf_view(&h->missing[i].model), model))
			return now_ms - h->missing[i].since_ms <
				KNOWN_MISSING_MS;
	return false;
}

/* The row of a model in the list; NULL when it is not there. */
static const struct model *listed(const struct known_host *h, struct span model)
{
	const struct model *row = h->listed ? models_find(&h->models, model)
					    : NULL;

	/* A server with one model answers to any name. */
	if (row == NULL && h->listed && h->models.n == 1)
		row = &h->models.rows[0];
	return row;
}

int64_t known_window(const struct known_host *h, struct span model)
{
	const struct model *row;

	if (h == NULL)
		return 0;
	model = known_model(h, model);
	if (h->window > 0 && span_eq(buf_view(&h->window_of), model))
		return h->window;
	row = listed(h, model);
	return row != NULL ? row->context : 0;
}

bool known_takes_images(const struct known_host *h, const struct agent *agent)
{
	struct span model = known_model(h, span_str(agent->model));
	const struct model *row;

	if (agent->images != CONF_UNSAID)
		return agent->images == CONF_ON;
	if (h != NULL && h->images != 0)
		return h->images > 0;
	row = h != NULL ? listed(h, model) : NULL;
	return (row != NULL && row->images != 0 ? row->images
						: model_images(model)) > 0;
}
