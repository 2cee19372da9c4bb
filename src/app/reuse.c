#include "app/reuse.h"

#include <inttypes.h>
#include <string.h>

#include "app/saved.h"
#include "app/screen.h"
#include "base/clock.h"
#include "base/when.h"
#include "wire/json.h"

#define MIB ((uint64_t)1024 * 1024)

bool reuse_wanted(const struct app *app)
{
	return !app->args.private && (app->args.cache || app->config.cache) &&
		app->args.record == NULL && app->args.replay == NULL;
}

struct cache_options reuse_options(const struct app *app)
{
	const struct config *c = &app->config;
	struct cache_options o = {0};

	if (c->cache_size.set)
		o.bytes = (uint64_t)c->cache_size.v * MIB;
	if (c->cache_age != NULL)
		(void)when_age(span_str(c->cache_age), &o.age_ms);
	return o;
}

void reuse_open(struct app *app, const struct cache_options *o)
{
	struct cache_options own = reuse_options(app);
	struct err err;

	if (app->cache != NULL || app->storage.vault == NULL ||
		!reuse_wanted(app))
		return;
	own.vault = app->storage.vault;
	if (o != NULL) {
		own.hold = o->hold;
		own.release = o->release;
		own.payload = o->payload;
	}
	if (cache_new(&app->cache, &own, &err) != ST_OK)
		app_say(app, "%s\nnothing comes from the cache", err.msg);
}

static void put_status(const struct app *app, const struct cache_report *r,
	const struct cache_options *o, struct buf *out)
{
	uint64_t most = o->bytes > 0 ? o->bytes : CACHE_BYTES;
	int64_t age = o->age_ms > 0 ? o->age_ms : CACHE_AGE_MS;
	struct json_writer w = {.out = out};

	if (app->args.json) {
		json_open(&w, '{');
		json_member_bool(&w, "on", reuse_wanted(app));
		json_member_int(&w, "replies", (int64_t)r->replies);
		json_member_int(&w, "bytes", (int64_t)r->bytes);
		json_member_int(&w, "bytes_max", (int64_t)most);
		json_member_int(&w, "age_max_s", age / 1000);
		json_close(&w, '}');
		buf_char(out, '\n');
		return;
	}
	buf_fmt(out, "%" PRIu64 " repl%s, %" PRIu64 " KiB of %" PRIu64 " MiB",
		r->replies, r->replies == 1 ? "y" : "ies", r->bytes / 1024,
		most / MIB);
	if (r->oldest_ms > 0) {
		buf_str(out, ", the oldest from ");
		clock_age(r->oldest_ms, clock_wall_ms(), out);
	}
	buf_fmt(out, "\nkept for %" PRId64 " days; %s\n",
		age / (24 * 3600 * 1000),
		reuse_wanted(app) ? "in use" : "in use with --cache only");
}

enum status reuse_run(struct app *app, struct err *err)
{
	struct cache_options o = reuse_options(app);
	struct cache_report r = {0};
	struct cache *c = NULL;
	struct buf out;
	bool clear = strcmp(app->args.words.v[0], "clear") == 0;
	enum status st = saved_open(app, err);

	if (st != ST_OK)
		return st;
	o.vault = app->storage.vault;
	buf_init(&out, BUF_SMALL);
	st = cache_new(&c, &o, err);
	if (st == ST_OK)
		st = cache_report(c, &r, err);
	if (st == ST_OK && clear)
		st = cache_clear(c, err);
	if (st == ST_OK && clear)
		app_note(app, "%" PRIu64 " repl%s forgotten", r.replies,
			r.replies == 1 ? "y" : "ies");
	else if (st == ST_OK)
		put_status(app, &r, &o, &out);
	if (st == ST_OK)
		st = screen_write(app, &out, err);
	buf_release(&out);
	cache_free(c);
	return st;
}
