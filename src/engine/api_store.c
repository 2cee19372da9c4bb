#include "engine/api_priv.h"

#include <stdlib.h>

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
	storage_close(&store->storage);
	free(store);
}
