#include "conf/key.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/vec.h"
#include "conf/keycmd.h"

void keys_init(struct keys *k)
{
	memset(k, 0, sizeof(*k));
}

void keys_release(struct keys *k)
{
	size_t i;

	if (k == NULL)
		return;
	for (i = 0; i < k->n; i++) {
		secret_free(&k->slots[i]->value);
		free(k->slots[i]->name);
		free(k->slots[i]);
	}
	free(k->slots);
	keys_init(k);
}

static struct key_slot *find(
	struct keys *k, enum key_source source, const char *name)
{
	size_t i;

	for (i = 0; i < k->n; i++)
		if (k->slots[i]->source == source &&
			strcmp(k->slots[i]->name, name) == 0)
			return k->slots[i];
	return NULL;
}

/* Adds a slot with an empty value; NULL without memory. */
static struct key_slot *add(
	struct keys *k, enum key_source source, const char *name)
{
	struct key_slot *slot;
	char *copy;

	if (!vec_grow(&k->slots, &k->cap, k->n + 1, sizeof(*k->slots),
		    KEY_SLOTS_MAX))
		return NULL;
	copy = str_dup(name);
	slot = copy != NULL ? calloc(1, sizeof(*slot)) : NULL;
	if (slot == NULL) {
		free(copy);
		return NULL;
	}
	slot->source = source;
	slot->name = copy;
	k->slots[k->n++] = slot;
	return slot;
}

/* Whether the key is in quotes, which a shell would have removed, but not other
 * readers of files with variables. */
static bool in_quotes(struct span key)
{
	return key.n > 1 && (key.p[0] == '"' || key.p[0] == '\'') &&
		key.p[key.n - 1] == key.p[0];
}

/*
 * Cuts s at its first line and the blanks around it. What is left goes into a
 * header, so anything that could end one is refused.
 */
static enum status trim_key(struct secret *s, const char *what, struct err *err)
{
	struct span all = secret_view(s);
	struct span key = span_trim(all);
	size_t i;

	key = span_trim(span_cut(&key, '\n'));
	for (i = 0; i < key.n; i++)
		if (key.p[i] < ' ' || key.p[i] > '~')
			return err_set(err, ST_CONFIG,
				"%s holds characters that no key has", what);
	if (in_quotes(key))
		return err_set(err, ST_CONFIG,
			"%s is in quotes, which no key is; set it without them",
			what);
	if (key.n > 0)
		memmove(s->p, key.p, key.n);
	explicit_bzero(s->p + key.n, s->room - key.n);
	s->len = key.n;
	if (key.n == 0)
		secret_free(s);
	return ST_OK;
}

enum status keys_take_env(struct keys *k, const char *name, struct err *err)
{
	char *value = getenv(name);
	struct secret s = {0};
	struct key_slot *slot;
	enum status st = ST_OK;

	if (value == NULL || find(k, KEY_ENV, name) != NULL)
		return ST_OK;
	if (value[0] != '\0' && strlen(value) > KEY_BYTES_MAX)
		st = err_set(err, ST_CONFIG, "%s is longer than %zu bytes",
			name, KEY_BYTES_MAX);
	else if (value[0] != '\0' && !secret_set(&s, value, strlen(value)))
		st = err_nomem(err);
	else if (value[0] != '\0')
		st = trim_key(&s, name, err);
	if (st != ST_OK)
		goto out;
	slot = add(k, KEY_ENV, name);
	if (slot == NULL) {
		st = err_nomem(err);
		goto out;
	}
	slot->value = s;
	memset(&s, 0, sizeof(s));
	/* The bytes are in the block that the kernel filled at exec; wiping
	 * them there also removes them from /proc/PID/environ. */
	explicit_bzero(value, strlen(value));
	(void)unsetenv(name);
out:
	secret_free(&s);
	return st;
}

static enum status check_file(int fd, const char *path, struct err *err)
{
	struct stat sb;

	if (fstat(fd, &sb) != 0)
		return err_sys(err, ST_CONFIG, "key file \"%s\"", path);
	if (!S_ISREG(sb.st_mode))
		return err_set(err, ST_CONFIG,
			"key file \"%s\" is not a regular file", path);
	if (sb.st_uid == geteuid() && (sb.st_mode & 077) != 0)
		return err_set(err, ST_CONFIG,
			"key file \"%s\" is open to others; chmod 600 it",
			path);
	return ST_OK;
}

/* Fills s up to its room straight from fd, so that the key is nowhere else. */
static enum status fill(
	int fd, const char *what, struct secret *s, struct err *err)
{
	while (s->len < s->room) {
		ssize_t n = read(fd, s->p + s->len, s->room - s->len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_sys(err, ST_CONFIG, "cannot read %s", what);
		if (n == 0)
			return ST_OK;
		s->len += (size_t)n;
	}
	return err_set(err, ST_CONFIG, "%s gives more than a key", what);
}

static enum status read_file(
	const char *path, struct secret *s, struct err *err)
{
	struct buf what;
	enum status st;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);

	if (fd < 0)
		return err_sys(
			err, ST_CONFIG, "cannot open key file \"%s\"", path);
	buf_init(&what, BUF_SMALL);
	buf_fmt(&what, "key file \"%s\"", path);
	st = check_file(fd, path, err);
	if (st == ST_OK)
		st = fill(fd, what.p, s, err);
	if (st == ST_OK)
		st = trim_key(s, what.p, err);
	(void)close(fd);
	buf_release(&what);
	return st;
}

static void lend(const struct keys *k, bool lent)
{
	if (k->lend != NULL)
		k->lend(lent, k->lend_payload);
}

static enum status run_command(const struct keys *k, const char *command,
	struct secret *s, struct err *err)
{
	struct keycmd run;
	struct buf what;
	enum status st;
	enum status end;

	lend(k, true);
	st = keycmd_start(&run, k, command, err);
	if (st != ST_OK) {
		lend(k, false);
		return st;
	}
	buf_init(&what, BUF_SMALL);
	buf_fmt(&what, "key command \"%s\"", command);
	st = fill(run.fd, what.p, s, err);
	end = keycmd_finish(&run, command, st == ST_OK ? err : NULL);
	lend(k, false);
	if (st == ST_OK)
		st = end;
	if (st == ST_OK)
		st = trim_key(s, what.p, err);
	buf_release(&what);
	return st;
}

static enum status missing(const struct key_ref *ref, struct err *err)
{
	switch (ref->source) {
	case KEY_ENV:
		return err_set(err, ST_CONFIG,
			"no key: the variable %s is not set", ref->name);
	case KEY_FILE:
		return err_set(err, ST_CONFIG,
			"no key: the file \"%s\" is empty", ref->name);
	case KEY_COMMAND:
		return err_set(err, ST_CONFIG,
			"no key: the command \"%s\" printed nothing",
			ref->name);
	case KEY_VAULT:
		return err_set(err, ST_CONFIG,
			"no key: there is none named \"%s\" in the vault; "
			"\"atllama key set %s\" stores it",
			ref->name, ref->name);
	case KEY_NONE: break;
	}
	return ST_OK;
}

/* Asks the vault. ST_OK with s empty when there is no such key. */
static enum status ask_vault(const struct keys *k, const char *name,
	struct secret *s, struct err *err)
{
	struct err why;
	enum status st;

	if (k->vault == NULL)
		return err_set(err, ST_CONFIG,
			"the key \"%s\" is in the vault, which cannot be asked "
			"here",
			name);
	st = k->vault(name, s, k->vault_payload, &why);
	if (st == ST_NOT_FOUND)
		return ST_OK;
	if (st != ST_OK && err != NULL)
		*err = why;
	if (st == ST_OK) {
		st = trim_key(s, "the key in the vault", err);
		if (st != ST_OK)
			secret_free(s);
	}
	return st;
}

/* Reads a key from its source; s stays empty when there is none. */
static enum status load(const struct keys *k, const struct key_ref *ref,
	struct secret *s, struct err *err)
{
	enum status st;

	if (ref->source == KEY_VAULT)
		return ask_vault(k, ref->name, s, err);
	if (!secret_new(s, KEY_BYTES_MAX))
		return err_nomem(err);
	if (ref->source == KEY_FILE)
		st = read_file(ref->name, s, err);
	else
		st = run_command(k, ref->name, s, err);
	if (st != ST_OK)
		secret_free(s);
	return st;
}

/* Loads a key that is not there yet into a slot. That there is none now is not
 * remembered. */
static enum status load_slot(struct keys *k, const struct key_ref *ref,
	struct key_slot **ret, struct err *err)
{
	struct secret s = {0};
	struct key_slot *slot = NULL;
	enum status st = load(k, ref, &s, err);

	if (st != ST_OK || s.len == 0)
		return st;
	slot = add(k, ref->source, ref->name);
	if (slot == NULL) {
		secret_free(&s);
		return err_nomem(err);
	}
	slot->value = s;
	*ret = slot;
	return ST_OK;
}

enum status keys_get(struct keys *k, const struct key_ref *ref,
	const struct secret **ret, struct err *err)
{
	struct key_slot *slot;
	enum status st = ST_OK;

	if (ref->source == KEY_NONE) {
		*ret = NULL;
		return ST_OK;
	}
	if (ref->source == KEY_ENV)
		st = keys_take_env(k, ref->name, err);
	if (st != ST_OK)
		return st;
	slot = find(k, ref->source, ref->name);
	if (slot == NULL && ref->source != KEY_ENV)
		st = load_slot(k, ref, &slot, err);
	if (st != ST_OK)
		return st;
	if (slot != NULL && slot->value.len > 0) {
		*ret = &slot->value;
		return ST_OK;
	}
	if (!ref->optional)
		return missing(ref, err);
	*ret = NULL;
	return ST_OK;
}

enum status keys_renew(struct keys *k, const struct key_ref *ref,
	bool *ret_other, struct err *err)
{
	struct secret s = {0};
	struct key_slot *slot = NULL;
	enum status st;

	*ret_other = false;
	if (ref->source != KEY_NONE && ref->source != KEY_ENV)
		slot = find(k, ref->source, ref->name);
	if (slot == NULL)
		return ST_OK;
	st = load(k, ref, &s, err);
	if (st == ST_OK && s.len == 0)
		st = missing(ref, err);
	if (st != ST_OK)
		return st;
	*ret_other = !span_eq(secret_view(&s), secret_view(&slot->value));
	secret_free(&slot->value);
	slot->value = s;
	return ST_OK;
}
