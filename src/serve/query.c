#include "serve/query.h"

#include <stdlib.h>
#include <string.h>

#include "engine/guard.h"
#include "serve/query_priv.h"

void query_init(struct query *q)
{
	memset(q, 0, sizeof(*q));
	buf_init(&q->system, BUF_LARGE);
	buf_init(&q->thread, QUERY_THREAD_MAX);
	buf_init(&q->model, BUF_SMALL);
	buf_init(&q->id, QUERY_ID_MAX + 1);
}

void query_release(struct query *q)
{
	size_t i;

	for (i = 0; i < q->n; i++)
		msg_free(q->msgs[i]);
	free(q->msgs);
	for (i = 0; i < q->params_n; i++)
		free(q->params[i]);
	free(q->params);
	free(q->both);
	buf_release(&q->system);
	buf_release(&q->thread);
	buf_release(&q->model);
	buf_release(&q->id);
	query_init(q);
}

enum status query_check_text(
	struct span text, const char *name, struct err *err)
{
	if (memchr(text.p != NULL ? text.p : "", '\0', text.n) != NULL)
		return err_set(err, ST_USAGE,
			"%s has a NUL in it, so it is not text", name);
	return ST_OK;
}

/* A parameter that the client sends replaces the agent's. */
static void put_aside(struct sampling *s, struct span name)
{
	if (span_is(name, "top_p"))
		s->top_p.set = false;
	else if (span_is(name, "seed"))
		s->seed.set = false;
	else if (span_is(name, "presence_penalty"))
		s->presence_penalty.set = false;
	else if (span_is(name, "frequency_penalty"))
		s->frequency_penalty.set = false;
	else if (span_is(name, "stop"))
		s->stop.n = 0;
}

static bool is_sent(const struct query *q, struct span name)
{
	size_t i;

	for (i = 0; i < q->params_n; i++) {
		struct span rest = span_str(q->params[i]);

		if (span_eq(span_cut(&rest, '='), name))
			return true;
	}
	return false;
}

/* Refuses tools that the agent cannot use, rather than drop them silently. */
static enum status check_tools(
	const struct query *q, const struct agent *a, struct err *err)
{
	if (!q->tools)
		return ST_OK;
	if (a->kind == AGENT_GUIDE)
		return err_set(err, ST_USAGE,
			"\"tools\" are not supported here: %s looks things up "
			"in the manual",
			a->name);
	if (a->guard != NULL && a->guard->mode == GUARD_BLOCK)
		return err_set(err, ST_USAGE,
			"\"tools\" are not supported here: the guard of %s "
			"judges texts, and not calls of tools",
			a->name);
	return ST_OK;
}

enum status query_apply(struct query *q, const struct agent *a,
	struct agent *ret, struct err *err)
{
	const struct opt_list *old = &a->sampling.params;
	size_t n = 0;
	size_t i;
	enum status st = check_tools(q, a, err);

	if (st != ST_OK)
		return st;
	*ret = *a;
	if (q->temperature.set)
		ret->temperature = q->temperature.v;
	if (q->max_tokens > 0)
		ret->max_tokens = q->max_tokens;
	if (q->params_n == 0)
		return ST_OK;
	q->both = calloc(old->n + q->params_n, sizeof(*q->both));
	if (q->both == NULL)
		return err_nomem(err);
	for (i = 0; i < old->n; i++) {
		struct span rest = span_str(old->v[i]);

		if (!is_sent(q, span_cut(&rest, '=')))
			q->both[n++] = old->v[i];
	}
	for (i = 0; i < q->params_n; i++) {
		struct span rest = span_str(q->params[i]);

		put_aside(&ret->sampling, span_cut(&rest, '='));
		q->both[n++] = q->params[i];
	}
	ret->sampling.params.v = q->both;
	ret->sampling.params.n = n;
	return ST_OK;
}
