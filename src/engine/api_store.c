#include "engine/api_priv.h"

#include <stdlib.h>

#include "engine/cache.h"
#include "store/catalog.h"

static enum status ask_pass(enum storage_ask purpose, struct secret *ret,
	void *payload, struct err *err)
{
	static const atl_pass_purpose purposes[] = {
		[STORAGE_UNLOCK] = ATL_PASS_UNLOCK,
		[STORAGE_AGAIN] = ATL_PASS_AGAIN,
		[STORAGE_NEW] = ATL_PASS_NEW,
	};
	enum { ROOM = 1024 };
	const atl_store_options *o = payload;
	size_t length = 0;
	atl_code code;

	if (!secret_new(ret, ROOM))
		return err_nomem(err);
	code = o->pass(
		purposes[purpose], (char *)ret->p, ROOM, &length, o->payload);
	if (code != ATL_OK || length > ROOM) {
		secret_free(ret);
		return err_set(err,
			code == ATL_OK ? ST_USAGE : api_status(code),
			"no passphrase was given");
	}
	ret->len = length;
	return ST_OK;
}

void api_notice(const char *text, void *options)
{
	const atl_store_options *o = options;

	if (o->notice != NULL)
		o->notice(text, o->payload);
}

atl_code atl_store_open(
	atl_store **ret, const atl_store_options *options, atl_error *error)
{
	static const atl_store_options defaults = ATL_STORE_OPTIONS_INIT;
	struct storage_options o = {0};
	atl_store *s;
	struct err err = {0};
	enum status st;

	if (options == NULL)
		options = &defaults;
	if (options->version != ATL_STORE_OPTIONS_VERSION)
		return api_give(err_set(&err, ST_USAGE,
					"unknown version of atl_store_options"),
			&err, error);
	s = calloc(1, sizeof(*s));
	if (s == NULL)
		return api_give(err_nomem(&err), &err, error);
	s->options = *options;
	o.data = options->data;
	o.state = options->state;
	o.key_file = options->key_file;
	o.pass = options->pass != NULL ? ask_pass : NULL;
	o.no_cache = options->no_cache != 0;
	o.allow_kdf = options->allow_kdf != 0;
	o.notice = api_notice;
	o.payload = &s->options;
	st = storage_open(&s->storage, &o, &err);
	if (st != ST_OK) {
		free(s);
		return api_give(st, &err, error);
	}
	*ret = s;
	return api_give(ST_OK, &err, error);
}

void atl_store_close(atl_store *store)
{
	if (store == NULL)
		return;
	cache_free(store->cache);
	storage_close(&store->storage);
	free(store);
}

atl_code atl_store_cache(
	atl_store *store, uint64_t bytes, int64_t age_ms, atl_error *error)
{
	struct cache_options o = {
		.vault = store->storage.vault,
		.bytes = bytes,
		.age_ms = age_ms,
	};
	struct err err = {0};
	enum status st;

	if (store->cache != NULL || age_ms < 0)
		st = err_set(&err, ST_USAGE,
			store->cache != NULL ? "the store has its cache already"
					     : "an age is not negative");
	else
		st = cache_new(&store->cache, &o, &err);
	return api_give(st, &err, error);
}

/* Gives fn the entry with its texts terminated; `texts` holds them. */
static enum status give_entry(const struct catalog_entry *e, struct buf *texts,
	atl_list_fn *fn, void *payload, int *stop, struct err *err)
{
	atl_conversation out = {
		.created_ms = e->created_ms,
		.updated_ms = e->updated_ms,
		.messages = e->messages,
		.damaged = e->damaged,
	};
	char id[ID_HEX + 1];
	enum status st;

	id_hex(&e->id, id);
	buf_reset(texts);
	buf_span(texts, e->title);
	buf_char(texts, '\0');
	buf_span(texts, e->agent);
	buf_char(texts, '\0');
	st = buf_check(texts, "list", err);
	if (st != ST_OK)
		return st;
	out.id = id;
	out.title = texts->p;
	out.agent = texts->p + e->title.n + 1;
	*stop = fn(&out, payload);
	return ST_OK;
}

atl_code atl_store_list(
	atl_store *store, atl_list_fn *fn, void *payload, atl_error *error)
{
	const struct catalog_entry *entries;
	struct err err = {0};
	struct buf texts;
	size_t n;
	size_t i;
	int stop = 0;
	enum status st = catalog_list(
		store->storage.catalog, &entries, &n, &err);

	buf_init(&texts, BUF_LARGE);
	for (i = 0; st == ST_OK && i < n && stop == 0; i++)
		st = give_entry(&entries[i], &texts, fn, payload, &stop, &err);
	buf_release(&texts);
	return api_give(st, &err, error);
}
