#include "store/apikeys.h"

#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "base/clock.h"
#include "base/vec.h"
#include "store/journal.h"

/* Fields of a RECORD_SECRET. */
enum { TAG_NAME = 1, TAG_KEY = 2 };

struct name {
	char text[APIKEY_NAME_MAX + 1];
	bool there; /* stored and not removed */
};

/* What reading gathers: all names, and the key of the wanted one. */
struct keyring {
	struct name *names;
	size_t n;
	size_t cap;
	const char *wanted; /* NULL: none */
	struct secret key;
	bool damaged; /* something could not be read */
};

static void keyring_release(struct keyring *k)
{
	free(k->names);
	secret_free(&k->key);
}

bool apikey_name_ok(struct span name)
{
	size_t i;

	for (i = 0; i < name.n; i++) {
		char c = name.p[i];

		if (!ascii_is_alnum(c) && c != '-' && c != '_' && c != '.')
			return false;
	}
	return name.n > 0 && name.n <= APIKEY_NAME_MAX;
}

static enum status check_name(const char *name, struct err *err)
{
	if (apikey_name_ok(span_str(name)))
		return ST_OK;
	return err_set(err, ST_USAGE,
		"the name of a key has 1 to %d letters, digits, \"-\", \"_\" "
		"and \".\"",
		APIKEY_NAME_MAX);
}

static struct name *find(const struct keyring *k, struct span name)
{
	size_t i;

	for (i = 0; i < k->n; i++)
		if (span_is(name, k->names[i].text))
			return &k->names[i];
	return NULL;
}

static bool parse(struct span rest, struct span *ret_name, struct span *ret_key)
{
	struct span value;
	uint16_t tag;

	*ret_name = (struct span){NULL, 0};
	*ret_key = (struct span){NULL, 0};
	while (record_next_field(&rest, &tag, &value)) {
		if (tag == TAG_NAME)
			*ret_name = value;
		else if (tag == TAG_KEY)
			*ret_key = value;
	}
	return rest.n == 0 && apikey_name_ok(*ret_name) &&
		ret_key->n <= APIKEY_MAX;
}

bool apikey_peek(struct span payload, char ret_name[APIKEY_NAME_MAX + 1],
	bool *ret_removes)
{
	struct span name;
	struct span key;

	if (!parse(payload, &name, &key))
		return false;
	memcpy(ret_name, name.p, name.n);
	ret_name[name.n] = '\0';
	*ret_removes = key.n == 0;
	return true;
}

static enum status on_record(
	const struct record *r, void *payload, struct err *err)
{
	struct keyring *k = payload;
	struct span name;
	struct span key;
	struct name *at;

	if (r->type != RECORD_SECRET)
		return ST_OK;
	if (!parse(r->payload, &name, &key))
		return err_set(err, ST_DAMAGED, "a stored key is malformed");
	at = find(k, name);
	if (at == NULL) {
		if (!vec_grow(&k->names, &k->cap, k->n + 1, sizeof(*k->names),
			    APIKEYS_MAX))
			return err_nomem(err);
		at = &k->names[k->n++];
		memcpy(at->text, name.p, name.n);
		at->text[name.n] = '\0';
	}
	at->there = key.n > 0;
	if (k->wanted == NULL || !span_is(name, k->wanted))
		return ST_OK;
	secret_free(&k->key);
	if (key.n > 0 && !secret_set(&k->key, key.p, key.n))
		return err_nomem(err);
	return ST_OK;
}

/* Reads all keys into k, which the caller releases. With `ret` (may be NULL)
 * the journal stays open, for the caller to close. */
static enum status read_all(struct vault *v, struct catalog *c,
	struct keyring *k, struct journal **ret, struct err *err)
{
	struct journal_with with = {v, c, on_record, k};
	struct journal *j = NULL;
	enum status st = journal_open_reserved(&with, "keys", &j, err);

	if (st == ST_OK)
		st = journal_read(j, err);
	if (st == ST_OK)
		k->damaged = journal_report(j)->damaged;
	if (st == ST_OK && ret != NULL)
		*ret = j;
	else
		journal_close(j);
	return st;
}

static enum status append(
	struct journal *j, const char *name, struct span key, struct err *err)
{
	struct record r = {.type = RECORD_SECRET};
	struct buf payload;
	enum status st;

	buf_init(&payload, APIKEY_MAX + APIKEY_NAME_MAX + 64);
	/* All at once, since growing would leave copies of the key behind. */
	if (!buf_reserve(&payload, payload.max))
		return err_nomem(err);
	record_put_field(&payload, TAG_NAME, span_str(name));
	record_put_field(&payload, TAG_KEY, key);
	st = buf_check(&payload, "key", err);
	if (st == ST_OK) {
		r.time_ms = clock_wall_ms();
		r.payload = buf_view(&payload);
		st = journal_append(j, &r, true, err);
	}
	buf_wipe(&payload);
	return st;
}

enum status apikeys_set(struct vault *v, struct catalog *c, const char *name,
	const struct secret *key, struct err *err)
{
	struct keyring k = {0};
	struct journal *j = NULL;
	enum status st = check_name(name, err);

	if (st == ST_OK && (key->len == 0 || key->len > APIKEY_MAX))
		st = err_set(
			err, ST_USAGE, "a key has 1 to %zu bytes", APIKEY_MAX);
	if (st == ST_OK)
		st = read_all(v, c, &k, &j, err);
	if (st == ST_OK)
		st = append(j, name, secret_view(key), err);
	journal_close(j);
	keyring_release(&k);
	return st;
}

static enum status none(const char *name, struct err *err)
{
	return err_set(err, ST_NOT_FOUND,
		"there is no key \"%s\" in the vault; \"atllama key set %s\" "
		"stores one",
		name, name);
}

enum status apikeys_unset(
	struct vault *v, struct catalog *c, const char *name, struct err *err)
{
	struct keyring k = {0};
	struct journal *j = NULL;
	const struct name *at;
	enum status st = check_name(name, err);

	if (st == ST_OK)
		st = read_all(v, c, &k, &j, err);
	at = find(&k, span_str(name));
	if (st == ST_OK && (at == NULL || !at->there))
		st = none(name, err);
	if (st == ST_OK)
		st = append(j, name, (struct span){NULL, 0}, err);
	journal_close(j);
	keyring_release(&k);
	return st;
}

enum status apikeys_get(struct vault *v, struct catalog *c, const char *name,
	struct secret *ret, struct err *err)
{
	struct keyring k = {.wanted = name};
	enum status st = check_name(name, err);

	if (st == ST_OK)
		st = read_all(v, c, &k, NULL, err);
	/* A key that seems not to be there may have been lost. */
	if (st == ST_OK && k.key.len == 0)
		st = k.damaged ? err_set(err, ST_DAMAGED,
					 "the stored keys are damaged; "
					 "\"atllama key set %s\" stores this "
					 "one again",
					 name)
			       : none(name, err);
	if (st == ST_OK) {
		*ret = k.key;
		k.key = (struct secret){0};
	}
	keyring_release(&k);
	return st;
}

static int name_cmp(const void *a, const void *b)
{
	const struct name *x = a;
	const struct name *y = b;

	return strcmp(x->text, y->text);
}

enum status apikeys_names(
	struct vault *v, struct catalog *c, struct buf *out, struct err *err)
{
	struct keyring k = {0};
	size_t i;
	enum status st = read_all(v, c, &k, NULL, err);

	if (k.n > 1)
		qsort(k.names, k.n, sizeof(*k.names), name_cmp);
	for (i = 0; st == ST_OK && i < k.n; i++)
		if (k.names[i].there)
			buf_fmt(out, "%s\n", k.names[i].text);
	keyring_release(&k);
	return st;
}
