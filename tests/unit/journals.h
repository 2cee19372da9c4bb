/*
 * Numbered records for tests of the journal: record n always has the same id,
 * parent and payload, so that whatever is read can be told right from wrong.
 */
#ifndef ATL_TESTS_JOURNALS_H
#define ATL_TESTS_JOURNALS_H

#include <stdlib.h>

#include "store/catalog.h"
#include "store/journal.h"
#include "unit/check.h"
#include "unit/vault_secrets.h"

#define NUMBERS 4096

/* A home with an unlocked vault and its catalog. */
struct store {
	struct home home;
	struct vault *vault;
	struct catalog *catalog;
};

static inline void store_open(struct store *s)
{
	HOME_MUST(open_with(&s->home, NULL, 7, 0, &s->vault, NULL) == ST_OK);
	HOME_MUST(catalog_open(s->vault, &s->catalog, NULL) == ST_OK);
}

static inline void store_close(struct store *s)
{
	catalog_close(s->catalog);
	vault_close(s->vault);
}

static inline void store_new(struct store *s)
{
	HOME_MUST(box_init(NULL) == ST_OK);
	home_new(&s->home);
	HOME_MUST(make_with(&s->home, NULL, 7, 0) == ST_OK);
	store_open(s);
}

static inline void store_free(struct store *s)
{
	store_close(s);
	home_free(&s->home);
}

static inline struct id number_id(uint32_t n)
{
	struct id id = {{0x77}};

	memcpy(id.b + 1, &n, sizeof(n));
	return id;
}

/* Its text: "number 17 ......", with `extra` dots. */
static inline void number_text(uint32_t n, size_t extra, struct buf *out)
{
	buf_fmt(out, "number %u ", n);
	HOME_MUST(buf_reserve(out, extra));
	memset(out->p + out->len, '.', extra);
	out->len += extra;
	out->p[out->len] = '\0';
}

/* Record n as a user message; the payload is kept in *payload. */
static inline struct record number_record(
	uint32_t n, size_t extra, struct buf *payload)
{
	struct msg *m = msg_new(ROLE_USER);
	struct record r;

	HOME_MUST(m != NULL);
	m->id = number_id(n);
	if (n > 0)
		m->parent = number_id(n - 1);
	m->time_ms = 1764000000000 + n;
	number_text(n, extra, &m->text);
	buf_reset(payload);
	HOME_MUST(record_of_msg(m, payload, &r, NULL) == ST_OK);
	msg_free(m);
	return r;
}

/* What was read. */
struct numbers {
	bool seen[NUMBERS];
	size_t n; /* messages delivered */
	size_t twice;
	size_t wrong; /* not one of ours, or altered */
	uint32_t last;
	bool in_order;
};

static inline void numbers_init(struct numbers *k)
{
	memset(k, 0, sizeof(*k));
	k->in_order = true;
}

static inline enum status numbers_take(
	const struct record *r, void *payload, struct err *err)
{
	struct numbers *k = payload;
	struct msg *m = NULL;
	struct buf text;
	uint32_t n;

	(void)err;
	if (r->type != RECORD_MESSAGE)
		return ST_OK;
	memcpy(&n, r->id.b + 1, sizeof(n));
	buf_init(&text, BUF_LARGE);
	if (n >= NUMBERS || record_get_msg(r, &m, NULL) != ST_OK) {
		k->wrong++;
		goto out;
	}
	number_text(n, 0, &text);
	if (!span_starts(buf_view(&m->text), text.p) ||
		strspn(m->text.p + text.len, ".") != m->text.len - text.len ||
		r->time_ms != 1764000000000 + n)
		k->wrong++;
	if (k->seen[n])
		k->twice++;
	if (k->n > 0 && n < k->last)
		k->in_order = false;
	k->seen[n] = true;
	k->last = n;
	k->n++;
out:
	msg_free(m);
	buf_release(&text);
	return ST_OK;
}

/* Whether numbers from..to-1 have all been seen. */
static inline bool numbers_have(
	const struct numbers *k, uint32_t from, uint32_t to)
{
	for (; from < to; from++)
		if (!k->seen[from])
			return false;
	return true;
}

static inline enum status append_number(
	struct journal *j, uint32_t n, size_t extra, bool sync, struct err *err)
{
	struct buf payload;
	struct record r;
	enum status st;

	buf_init(&payload, BUF_LARGE);
	r = number_record(n, extra, &payload);
	st = journal_append(j, &r, sync, err);
	buf_release(&payload);
	return st;
}

/* A conversation with records 0..count-1. */
static inline struct id make_conv(struct store *s, uint32_t count, size_t extra)
{
	struct journal_with with = {s->vault, s->catalog, NULL, NULL};
	struct journal *j = NULL;
	struct id id;
	uint32_t i;

	HOME_MUST(journal_create(&with, NULL, &j, NULL) == ST_OK);
	for (i = 0; i < count; i++)
		HOME_MUST(append_number(j, i, extra, false, NULL) == ST_OK);
	id = *journal_id(j);
	journal_close(j);
	return id;
}

/* The path of its segment. */
static inline const char *conv_file(
	const struct store *s, const struct id *conv, unsigned seg_no)
{
	uint8_t device[VAULT_DEVICE];
	char hex[2 * VAULT_DEVICE + 1];
	char id[ID_HEX + 1];
	char tail[256];

	HOME_MUST(vault_device(s->vault, device, NULL) == ST_OK);
	hex_encode(device, VAULT_DEVICE, hex);
	id_hex(conv, id);
	(void)snprintf(tail, sizeof(tail), "data/vault/c/%.2s/%s.%s.%04x.atj",
		id, id, hex, seg_no);
	return home_path(&s->home, tail);
}

static inline size_t count_files(const struct store *s, const char *tail)
{
	DIR *d = opendir(home_path(&s->home, tail));
	struct dirent *e;
	size_t n = 0;

	if (d == NULL)
		return 0;
	while ((e = readdir(d)) != NULL)
		n += e->d_name[0] != '.';
	(void)closedir(d);
	return n;
}

/* A whole file; the caller frees it. */
static inline uint8_t *load(const char *path, size_t *ret_n)
{
	struct stat sb;
	uint8_t *p;

	HOME_MUST(stat(path, &sb) == 0);
	p = malloc((size_t)sb.st_size + 1);
	HOME_MUST(p != NULL);
	*ret_n = home_read(path, p, (size_t)sb.st_size);
	return p;
}

/* Opens and reads a conversation; returns the status of the first that
 * fails. The journal is kept in *ret unless that is NULL. */
static inline enum status read_conv(struct store *s, const struct id *conv,
	bool anchored, struct numbers *k, struct journal **ret,
	struct journal_report *report)
{
	struct journal_with with = {
		s->vault, anchored ? s->catalog : NULL, numbers_take, k};
	struct journal *j = NULL;
	enum status st = journal_open(&with, conv, &j, NULL);

	numbers_init(k);
	if (report != NULL)
		memset(report, 0, sizeof(*report));
	if (st == ST_OK)
		st = journal_read(j, NULL);
	if (st == ST_OK && report != NULL) {
		*report = *journal_report(j);
		report->text.p = NULL;
	}
	if (ret != NULL && st == ST_OK)
		*ret = j;
	else
		journal_close(j);
	return st;
}

#endif
