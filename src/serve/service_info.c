/* What a service tells about itself. */
#include "base/clock.h"
#include "engine/cache.h"
#include "engine/route.h"
#include "net/pool.h"
#include "serve/call.h"
#include "serve/service_priv.h"
#include "serve/worker.h"
#include "wire/json.h"

enum { POOLS_TOLD_MAX = 64 };

static void give_json(struct exchange *x, struct buf *out)
{
	buf_char(out, '\n');
	if (!out->bad)
		exchange_json(x, 200, buf_view(out));
	buf_release(out);
}

void service_agents(struct exchange *x, void *payload)
{
	struct service *s = payload;
	struct buf out;
	struct json_writer w = {.out = &out};
	const char *name;
	size_t i;

	buf_init(&out, BUF_LARGE);
	json_open(&w, '[');
	for (i = 0; (name = s->o.agent_name(i, s->o.payload)) != NULL; i++) {
		struct service_agent a;
		enum status st = service_find(s, span_str(name), &a, NULL);

		json_open(&w, '{');
		json_key(&w, "name");
		json_add_string(&w, span_str(name));
		json_key(&w, "ready");
		json_add_bool(&w, st == ST_OK);
		if (st == ST_OK) {
			json_key(&w, "model");
			json_add_string(&w, span_str(a.agent->model));
		}
		json_close(&w, '}');
	}
	json_close(&w, ']');
	give_json(x, &out);
}

static void put_model(const struct service *s, const char *name,
	const struct agent *agent, struct json_writer *w)
{
	json_open(w, '{');
	json_member_str(w, "id", span_str(name));
	json_member_str(w, "object", span_str("model"));
	json_member_int(w, "created", s->metrics.start_ms / 1000);
	json_member_str(w, "owned_by", span_str("atllama"));
	json_member_int(w, "context_length", route_window(agent, s->o.known));
	json_close(w, '}');
}

void service_models(struct exchange *x, void *payload)
{
	struct service *s = payload;
	struct buf out;
	struct json_writer w = {.out = &out};
	const char *name;
	size_t i;

	buf_init(&out, BUF_LARGE);
	json_open(&w, '{');
	json_key(&w, "object");
	json_add_string(&w, span_str("list"));
	json_key(&w, "data");
	json_open(&w, '[');
	for (i = 0; (name = s->o.agent_name(i, s->o.payload)) != NULL; i++) {
		struct service_agent a;

		if (service_find(s, span_str(name), &a, NULL) == ST_OK)
			put_model(s, name, a.agent, &w);
	}
	json_close(&w, ']');
	json_close(&w, '}');
	give_json(x, &out);
}

void service_model(struct exchange *x, void *payload)
{
	struct service *s = payload;
	struct service_agent a;
	struct buf out;
	struct json_writer w = {.out = &out};

	if (!service_find_model(s, exchange_name(x), &a)) {
		service_no_model(x);
		return;
	}
	buf_init(&out, BUF_SMALL);
	put_model(s, a.agent->name, a.agent, &w);
	give_json(x, &out);
}

void service_health(struct exchange *x, void *payload)
{
	const struct service *s = payload;

	if (s->quiet)
		exchange_json(x, 503, span_str("{\"status\":\"stopping\"}\n"));
	else
		exchange_json(x, 200, span_str("{\"status\":\"ok\"}\n"));
}

/* Appends the state of a pool's endpoints and what they have under way. */
static void put_pool(const struct route *r, struct buf *out)
{
	size_t i;

	for (i = 0; i < pool_size(r->pool); i++) {
		bool up = pool_state(r->pool, i, clock_mono_ms()) ==
			POOL_CLOSED;
		struct buf labels;

		buf_init(&labels, BUF_SMALL);
		buf_str(&labels, "{pool=");
		json_put_string(&labels, span_str(r->name));
		buf_str(&labels, ",endpoint=");
		json_put_string(&labels, span_str(route_name(&r->stops[i])));
		buf_str(&labels, "}");
		buf_fmt(out, "atllama_endpoint_up%s %d\n", labels.p, up);
		buf_fmt(out, "atllama_endpoint_calls%s %d\n", labels.p,
			pool_under_way(r->pool, i));
		buf_release(&labels);
	}
}

static bool is_told(
	const struct pool *const *told, size_t n, const struct pool *pool)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (told[i] == pool)
			return true;
	return false;
}

/* Appends the pools of all agents, each once. */
static void put_pools(struct service *s, struct buf *out)
{
	const struct pool *told[POOLS_TOLD_MAX];
	size_t n = 0;
	const char *name;
	size_t i;

	buf_str(out,
		"# HELP atllama_endpoint_up Whether an endpoint of a pool is "
		"asked.\n# TYPE atllama_endpoint_up gauge\n# HELP "
		"atllama_endpoint_calls Requests under way there.\n# TYPE "
		"atllama_endpoint_calls gauge\n");
	for (i = 0; (name = s->o.agent_name(i, s->o.payload)) != NULL; i++) {
		struct service_agent a;
		const struct route *r;

		if (service_find(s, span_str(name), &a, NULL) != ST_OK)
			continue;
		r = a.agent->route;
		if (r == NULL || r->pool == NULL || n == POOLS_TOLD_MAX ||
			is_told(told, n, r->pool))
			continue;
		told[n++] = r->pool;
		put_pool(r, out);
	}
}

static void put_cache(const struct cache *cache, struct buf *out)
{
	struct cache_counts n;

	if (cache == NULL)
		return;
	n = cache_counts(cache);
	buf_fmt(out,
		"# HELP atllama_cache_total Questions to the cache; joined: "
		"one like it was under way.\n"
		"# TYPE atllama_cache_total counter\n"
		"atllama_cache_total{result=\"hit\"} %llu\n"
		"atllama_cache_total{result=\"miss\"} %llu\n"
		"atllama_cache_total{result=\"joined\"} %llu\n",
		(unsigned long long)n.hits, (unsigned long long)n.misses,
		(unsigned long long)n.joins);
}

void service_metrics(struct exchange *x, void *payload)
{
	struct service *s = payload;
	struct metrics_now now = {
		.connections = server_connections(s->server),
		.calls = s->n_calls,
		.calls_max = s->o.calls,
		.waiting = s->worker != NULL ? worker_waiting(s->worker) : 0,
	};
	struct buf out;

	buf_init(&out, BUF_LARGE);
	metrics_put(&s->metrics, &now, &out);
	put_pools(s, &out);
	put_cache(s->o.cache, &out);
	if (!out.bad)
		exchange_text(
			x, 200, "text/plain; version=0.0.4", buf_view(&out));
	buf_release(&out);
}

void service_openapi(struct exchange *x, void *payload)
{
	const struct service *s = payload;

	exchange_json(x, 200, s->o.openapi);
}
