#include "engine/cache_priv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/vec.h"
#include "store/box.h"
#include "store/delete.h"
#include "store/journal.h"
#include "store/threads.h"

/* Fields of a RECORD_VALUE of these conversations. */
enum {
	TAG_TEXT = 2,
	TAG_REASONING = 4,
	TAG_MODEL = 6,
	TAG_FINISH = 8,
	TAG_PROMPT = 10,
	TAG_COMPLETION = 12,
	TAG_TOTAL = 14,
};

#define SHARD_VALUES_MAX ((size_t)1024 * 1024)

enum { NAME_MAX_BYTES = 16, PAYLOAD_MORE = 64 * 1024 };

void cached_init(struct cached *c)
{
	memset(c, 0, sizeof(*c));
	buf_init(&c->text, BUF_LARGE);
	buf_init(&c->reasoning, BUF_LARGE);
	buf_init(&c->model, BUF_SMALL);
	buf_init(&c->finish, BUF_SMALL);
	c->usage = USAGE_UNKNOWN;
}

void cached_release(struct cached *c)
{
	buf_wipe(&c->text);
	buf_wipe(&c->reasoning);
	buf_release(&c->model);
	buf_release(&c->finish);
}

static void hold(struct cache *c)
{
	if (c->o.hold != NULL)
		c->o.hold(c->o.payload);
}

static void release(struct cache *c)
{
	if (c->o.release != NULL)
		c->o.release(c->o.payload);
}

enum status cache_new(
	struct cache **ret, const struct cache_options *o, struct err *err)
{
	struct cache *c = calloc(1, sizeof(*c));
	enum status st;

	if (c == NULL)
		return err_nomem(err);
	c->o = *o;
	if (c->o.bytes == 0)
		c->o.bytes = CACHE_BYTES;
	if (c->o.age_ms == 0)
		c->o.age_ms = CACHE_AGE_MS;
	hold(c);
	st = threads_key(o->vault, NULL, &c->key, err);
	release(c);
	if (st != ST_OK) {
		free(c);
		return st;
	}
	*ret = c;
	return ST_OK;
}

void cache_free(struct cache *c)
{
	if (c == NULL)
		return;
	secret_free(&c->key);
	free(c);
}

struct id cache_key(const struct cache *c, struct span url, struct span request)
{
	struct span tag = span_str("atl/cache/v1/url");
	uint8_t host[BOX_HASH];
	struct span first[] = {tag, url};
	struct span parts[] = {
		span_str("atl/cache/v1/all"),
		span_of(host, sizeof(host)),
		request,
	};
	struct id id = {{0}};

	box_hash(host, sizeof(host), secret_view(&c->key), first, 2);
	box_hash(id.b, sizeof(id.b), secret_view(&c->key), parts, 3);
	return id;
}

/*
 * Shards
 */

static void shard_name(unsigned shard, char name[NAME_MAX_BYTES])
{
	(void)snprintf(name, NAME_MAX_BYTES, "cache-%02x", shard);
}

/* The memory of one value of a shard. */
struct value {
	struct id id;
	int64_t time_ms;
	size_t bytes; /* bytes of it and of values that it replaced */
};

/* A shard being read. */
struct shard {
	const struct id *key; /* the key that is looked for */
	struct cached *found; /* gets its value; NULL: all values are counted */
	struct value *values; /* the last value of each id, in order */
	size_t n;
	size_t cap;
	bool hit;
};

static void shard_release(struct shard *s)
{
	free(s->values);
}

static int64_t count_of(struct span value)
{
	uint64_t n;

	return record_get_u64(value, &n) && n < INT64_MAX ? (int64_t)n : -1;
}

static bool read_value(const struct record *r, struct cached *ret)
{
	struct span rest = r->payload;
	struct span value;
	uint16_t tag;

	buf_reset(&ret->reasoning);
	buf_reset(&ret->finish);
	ret->usage = USAGE_UNKNOWN;
	while (record_next_field(&rest, &tag, &value)) {
		if (tag == TAG_TEXT)
			buf_set(&ret->text, value);
		else if (tag == TAG_REASONING)
			buf_set(&ret->reasoning, value);
		else if (tag == TAG_MODEL)
			buf_set(&ret->model, value);
		else if (tag == TAG_FINISH)
			buf_set(&ret->finish, value);
		else if (tag == TAG_PROMPT)
			ret->usage.prompt = count_of(value);
		else if (tag == TAG_COMPLETION)
			ret->usage.completion = count_of(value);
		else if (tag == TAG_TOTAL)
			ret->usage.total = count_of(value);
	}
	ret->time_ms = r->time_ms;
	return rest.n == 0 && ret->text.len > 0 && !ret->text.bad &&
		!ret->reasoning.bad && !ret->model.bad && !ret->finish.bad;
}

static enum status on_record(
	const struct record *r, void *payload, struct err *err)
{
	struct shard *s = payload;
	size_t bytes = r->payload.n;
	size_t i;

	if (r->type != RECORD_VALUE || id_is_none(&r->id))
		return ST_OK;
	if (s->found != NULL) {
		if (id_eq(&r->id, s->key))
			s->hit = read_value(r, s->found);
		return ST_OK;
	}
	for (i = 0; i < s->n; i++)
		if (id_eq(&s->values[i].id, &r->id))
			break;
	if (i == s->n &&
		!vec_grow(&s->values, &s->cap, s->n + 1, sizeof(*s->values),
			SHARD_VALUES_MAX))
		return err_nomem(err);
	/* A reply that was stored again counts as the youngest; the old one
	 * stays in the file until both go. */
	if (i < s->n) {
		bytes += s->values[i].bytes;
		memmove(&s->values[i], &s->values[i + 1],
			(--s->n - i) * sizeof(*s->values));
	}
	s->values[s->n++] = (struct value){r->id, r->time_ms, bytes};
	return ST_OK;
}

static enum status read_shard(struct cache *c, unsigned number, struct shard *s,
	struct journal **ret, struct err *err)
{
	struct journal_with with = {c->o.vault, NULL, on_record, s};
	char name[NAME_MAX_BYTES];
	enum status st;

	shard_name(number, name);
	st = journal_open_reserved(&with, name, ret, err);
	return st == ST_OK ? journal_read(*ret, err) : st;
}

static bool is_old(const struct cache *c, int64_t time_ms)
{
	int64_t age = clock_wall_ms() - time_ms;

	return age > c->o.age_ms;
}

bool cache_get(struct cache *c, const struct id *key, struct cached *ret)
{
	struct shard s = {.key = key, .found = ret};
	struct journal *j = NULL;
	struct err err;
	enum status st;
	bool hit;

	hold(c);
	st = read_shard(c, key->b[0], &s, &j, &err);
	journal_close(j);
	release(c);
	shard_release(&s);
	if (st != ST_OK)
		log_debug("cache: %s", err.msg);
	hit = st == ST_OK && s.hit && !is_old(c, ret->time_ms);
	if (hit)
		c->counts.hits++;
	else
		c->counts.misses++;
	return hit;
}

struct cache_counts cache_counts(const struct cache *c)
{
	return c->counts;
}

static void put_count(struct buf *out, uint16_t tag, int64_t n)
{
	if (n >= 0)
		record_put_u64(out, tag, (uint64_t)n);
}

static void put_value(const struct cached *reply, struct buf *out)
{
	record_put_field(out, TAG_TEXT, buf_view(&reply->text));
	if (reply->reasoning.len > 0)
		record_put_field(
			out, TAG_REASONING, buf_view(&reply->reasoning));
	record_put_field(out, TAG_MODEL, buf_view(&reply->model));
	record_put_field(out, TAG_FINISH, buf_view(&reply->finish));
	put_count(out, TAG_PROMPT, reply->usage.prompt);
	put_count(out, TAG_COMPLETION, reply->usage.completion);
	put_count(out, TAG_TOTAL, reply->usage.total);
}

static int id_order(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct id));
}

/* Removes the oldest replies, which come first. */
static enum status evict(struct cache *c, unsigned number,
	const struct shard *s, struct err *err)
{
	uint64_t limit = c->o.bytes / CACHE_SHARDS;
	uint64_t bytes = 0;
	uint64_t most = limit;
	size_t old = 0;
	struct id *ids;
	size_t n = 0;
	size_t i;
	char name[NAME_MAX_BYTES];
	enum status st = ST_OK;

	for (i = 0; i < s->n; i++) {
		bytes += s->values[i].bytes;
		old += is_old(c, s->values[i].time_ms);
	}
	if (bytes <= limit && old == 0)
		return ST_OK;
	if (bytes > limit)
		most = limit / 4 * 3;
	ids = calloc(s->n, sizeof(*ids));
	if (ids == NULL)
		return err_nomem(err);
	for (i = 0; i < s->n; i++)
		if (bytes > most || is_old(c, s->values[i].time_ms)) {
			bytes -= s->values[i].bytes;
			ids[n++] = s->values[i].id;
		}
	qsort(ids, n, sizeof(*ids), id_order);
	shard_name(number, name);
	st = delete_values(c->o.vault, NULL, name, ids, n, err);
	free(ids);
	return st;
}

static enum status append(struct cache *c, const struct id *key,
	const struct buf *payload, struct err *err)
{
	struct record r = {.type = RECORD_VALUE, .id = *key};
	struct shard s = {0};
	struct journal *j = NULL;
	unsigned number = key->b[0];
	enum status st = read_shard(c, number, &s, &j, err);

	r.time_ms = clock_wall_ms();
	r.payload = buf_view(payload);
	/* Not synced: a reply that a crash of the machine loses is asked for
	 * again. */
	if (st == ST_OK)
		st = journal_append(j, &r, false, err);
	journal_close(j);
	if (st == ST_OK)
		st = on_record(&r, &s, err);
	if (st == ST_OK)
		st = evict(c, number, &s, err);
	shard_release(&s);
	return st;
}

enum status cache_put(struct cache *c, const struct id *key,
	const struct cached *reply, struct err *err)
{
	struct buf payload;
	enum status st;

	if (reply->text.len == 0 ||
		reply->text.len + reply->reasoning.len > CACHE_REPLY_MAX)
		return err_set(err, ST_LIMIT, "the reply is too long");
	buf_init(&payload, CACHE_REPLY_MAX + PAYLOAD_MORE);
	put_value(reply, &payload);
	st = buf_check(&payload, "reply", err);
	hold(c);
	if (st == ST_OK)
		st = append(c, key, &payload, err);
	release(c);
	buf_wipe(&payload);
	return st;
}

static void count(
	const struct cache *c, const struct shard *s, struct cache_report *ret)
{
	size_t i;

	for (i = 0; i < s->n; i++) {
		const struct value *v = &s->values[i];

		if (is_old(c, v->time_ms))
			continue;
		ret->replies++;
		ret->bytes += v->bytes;
		if (ret->oldest_ms == 0 || v->time_ms < ret->oldest_ms)
			ret->oldest_ms = v->time_ms;
	}
}

enum status cache_report(
	struct cache *c, struct cache_report *ret, struct err *err)
{
	struct cache_report sum = {0};
	unsigned i;
	enum status st = ST_OK;

	hold(c);
	for (i = 0; i < CACHE_SHARDS && st == ST_OK; i++) {
		struct shard s = {0};
		struct journal *j = NULL;

		st = read_shard(c, i, &s, &j, err);
		journal_close(j);
		count(c, &s, &sum);
		shard_release(&s);
	}
	release(c);
	if (st == ST_OK)
		*ret = sum;
	return st;
}

static enum status clear_shard(struct cache *c, unsigned i, struct err *err)
{
	struct shard s = {0};
	struct journal *j = NULL;
	struct id *ids = NULL;
	char name[NAME_MAX_BYTES];
	size_t k;
	enum status st = read_shard(c, i, &s, &j, err);

	journal_close(j);
	if (st == ST_OK && s.n > 0) {
		ids = calloc(s.n, sizeof(*ids));
		if (ids == NULL)
			st = err_nomem(err);
		for (k = 0; ids != NULL && k < s.n; k++)
			ids[k] = s.values[k].id;
		shard_name(i, name);
		if (ids != NULL) {
			qsort(ids, s.n, sizeof(*ids), id_order);
			st = delete_values(
				c->o.vault, NULL, name, ids, s.n, err);
		}
	}
	free(ids);
	shard_release(&s);
	return st;
}

enum status cache_clear(struct cache *c, struct err *err)
{
	unsigned i;
	enum status st = ST_OK;

	hold(c);
	for (i = 0; i < CACHE_SHARDS && st == ST_OK; i++)
		st = clear_shard(c, i, err);
	release(c);
	return st;
}
