/* Makes the request of a turn from its agent and endpoint. */
#include "engine/turn_priv.h"

#include <string.h>

#include "conf/config.h"
#include "wire/url.h"

static void fill_sampling(struct request *r, const struct sampling *s)
{
	if (s->top_p.set)
		r->set |= REQUEST_TOP_P;
	if (s->seed.set)
		r->set |= REQUEST_SEED;
	if (s->presence_penalty.set)
		r->set |= REQUEST_PRESENCE_PENALTY;
	if (s->frequency_penalty.set)
		r->set |= REQUEST_FREQUENCY_PENALTY;
	if (s->stop.n > 0)
		r->set |= REQUEST_STOP;
	r->top_p = s->top_p.v;
	r->seed = s->seed.v;
	r->presence_penalty = s->presence_penalty.v;
	r->frequency_penalty = s->frequency_penalty.v;
	while (r->stop_n < s->stop.n && r->stop_n < REQUEST_STOP_MAX) {
		r->stop[r->stop_n] = span_str(s->stop.v[r->stop_n]);
		r->stop_n++;
	}
	r->params = s->params.v;
	r->params_n = s->params.n;
}

static void fill_request(struct request *r, const struct agent *agent,
	struct span model, int64_t max_tokens, const struct msg *const *path,
	size_t n)
{
	memset(r, 0, sizeof(*r));
	r->model = model;
	r->messages = path;
	r->messages_n = n;
	r->stream = !agent->whole;
	r->set = r->stream && !agent->no_stream_options ? REQUEST_STREAM_OPTIONS
							: 0;
	if (agent->temperature >= 0) {
		r->set |= REQUEST_TEMPERATURE;
		r->temperature = agent->temperature;
	}
	if (agent->max_tokens > 0) {
		r->set |= REQUEST_MAX_TOKENS;
		r->max_tokens = max_tokens > 0 ? max_tokens : agent->max_tokens;
	}
	fill_sampling(r, &agent->sampling);
	if (agent->schema != NULL) {
		r->set |= REQUEST_RESPONSE_FORMAT;
		r->schema = span_trim(span_str(agent->schema));
		r->schema_strict = agent->schema_strict;
	}
}

/* Sets how the endpoint is asked to continue a reply. */
static void set_prefill(struct request *r, const struct turn_options *o,
	const struct agent *at, const struct known_host *host)
{
	r->prefill = CONF_PREFILL_NO;
	if (o->continues && (host == NULL || !host->no_prefill) &&
		r->messages_n >= 2 &&
		r->messages[r->messages_n - 2]->role == ROLE_ASSISTANT)
		r->prefill = (enum conf_prefill)at->prefill;
}

bool turn_prefilled(const struct turn *t)
{
	return t->request.prefill > CONF_PREFILL_NO;
}

enum status turn_body(const struct turn_options *o,
	const struct msg *const *path, size_t n, struct buf *out,
	struct err *err)
{
	const struct known_host *host = o->agent->kind == AGENT_CHAT
		? known_host(o->known, o->agent->url)
		: NULL;
	struct request r;

	fill_request(&r, o->agent, known_model(host, span_str(o->agent->model)),
		o->max_tokens, path, n);
	if (host != NULL) {
		r.dropped = host->refused;
		r.form = host->form;
	}
	r.images = known_takes_images(host, o->agent);
	set_prefill(&r, o, o->agent, host);
	return request_body(&r, out, err);
}

enum status turn_aim(struct turn *t, struct err *err)
{
	const struct agent *a = &t->way.at;
	int64_t most = t->with.max_tokens;
	enum status st;

	if (most <= 0 || most > a->max_tokens)
		most = a->max_tokens;
	t->way.host = a->kind == AGENT_CHAT ? known_host(t->with.known, a->url)
					    : NULL;
	buf_reset(&t->url);
	st = url_chat(span_str(a->url), &t->url, err);
	buf_set(&t->model, known_model(t->way.host, span_str(a->model)));
	if (st == ST_OK)
		st = buf_check(&t->model, "name of a model", err);
	if (st != ST_OK)
		return st;
	fill_request(&t->request, a, buf_view(&t->model), most,
		(const struct msg *const *)t->msgs, t->msgs_n);
	if (t->way.host != NULL) {
		t->request.dropped = t->way.host->refused;
		t->request.form = t->way.host->form;
	}
	t->request.images = known_takes_images(t->way.host, a);
	set_prefill(&t->request, &t->with, a, t->way.host);
	t->renewed = false;
	t->lowered = false;
	t->looked = false;
	t->loading_since_ms = -1;
	return ST_OK;
}
