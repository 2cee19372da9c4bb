#include "store/recall.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "base/vec.h"
#include "store/journal.h"

#define BM25_K1 1.2
#define BM25_B 0.75

enum { LEAD = 80 }; /* bytes of an excerpt before the term */

/* A message with at least one of the terms. */
struct found {
	struct recall_hit hit;
	uint32_t bytes;
	uint16_t times[MATCH_TERMS_MAX]; /* how often it has each term */
	uint8_t terms; /* number of different terms */
};

struct recall {
	const struct match *match;
	struct id conv; /* being read */
	struct found *found;
	size_t n;
	size_t cap;
	uint64_t having[MATCH_TERMS_MAX]; /* messages that have the term */
	uint64_t messages;
	double bytes; /* of all messages */
};

static uint16_t count(
	const struct match *m, size_t term, struct span text, size_t *first)
{
	size_t from = 0;
	size_t at;
	size_t end;
	uint16_t n = 0;

	while (n < UINT16_MAX && match_find(m, term, text, from, &at, &end)) {
		if (n == 0 && at < *first)
			*first = at;
		n++;
		from = end > at ? end : at + 1;
	}
	return n;
}

static void put_excerpt(struct recall_hit *h, struct span text, size_t at)
{
	size_t from = at > LEAD ? at - LEAD : 0;
	struct span part;

	while (from > 0 && ((unsigned char)text.p[from] & 0xc0) == 0x80)
		from--;
	part = span_of(text.p + from, text.n - from);
	part.n = utf8_floor(part, RECALL_EXCERPT);
	memcpy(h->excerpt, part.p, part.n);
	h->excerpt[part.n] = '\0';
}

static int by_terms(const void *a, const void *b)
{
	const struct found *x = a;
	const struct found *y = b;

	return x->terms != y->terms ? (x->terms < y->terms ? 1 : -1) : 0;
}

/* Makes room for one more. */
static bool make_room(struct recall *r)
{
	if (r->n >= RECALL_KEPT) {
		qsort(r->found, r->n, sizeof(*r->found), by_terms);
		r->n = RECALL_KEPT / 2;
	}
	return vec_grow(
		&r->found, &r->cap, r->n + 1, sizeof(*r->found), RECALL_KEPT);
}

static enum status on_record(
	const struct record *rec, void *payload, struct err *err)
{
	struct recall *r = payload;
	struct record_brief b;
	struct found f = {.terms = 0};
	size_t first = SIZE_MAX;
	size_t i;

	if (rec->type != RECORD_MESSAGE || !record_peek_msg(rec, &b) ||
		b.text.n == 0)
		return ST_OK;
	r->messages++;
	r->bytes += (double)b.text.n;
	for (i = 0; i < r->match->n; i++) {
		f.times[i] = count(r->match, i, b.text, &first);
		if (f.times[i] > 0) {
			f.terms++;
			r->having[i]++;
		}
	}
	if (f.terms == 0)
		return ST_OK;
	f.bytes = b.text.n < UINT32_MAX ? (uint32_t)b.text.n : UINT32_MAX;
	f.hit.conv = r->conv;
	f.hit.msg = rec->id;
	f.hit.time_ms = rec->time_ms;
	f.hit.role = b.role;
	put_excerpt(&f.hit, b.text, first);
	if (!make_room(r))
		return err_nomem(err);
	r->found[r->n++] = f;
	return ST_OK;
}

static enum status read_conv(
	struct recall *r, struct vault *v, struct catalog *c, struct err *err)
{
	struct journal_with with = {v, c, on_record, r};
	struct journal *j = NULL;
	enum status st = journal_open(&with, &r->conv, &j, err);

	if (st == ST_OK)
		st = journal_read(j, err);
	journal_close(j);
	return st;
}

static double score(const struct recall *r, const struct found *f)
{
	double mean = r->bytes / (double)r->messages;
	double norm = BM25_K1 * (1 - BM25_B + BM25_B * (double)f->bytes / mean);
	double sum = 0;
	size_t i;

	for (i = 0; i < r->match->n; i++) {
		double have = (double)r->having[i];
		double idf = log(
			1 + ((double)r->messages - have + 0.5) / (have + 0.5));

		sum += idf * (double)f->times[i] * (BM25_K1 + 1) /
			((double)f->times[i] + norm);
	}
	return sum;
}

/* Of two equally good ones the newer comes first. */
static int by_score(const void *a, const void *b)
{
	const struct found *x = a;
	const struct found *y = b;

	if (x->hit.score < y->hit.score || x->hit.score > y->hit.score)
		return x->hit.score < y->hit.score ? 1 : -1;
	if (x->hit.time_ms != y->hit.time_ms)
		return x->hit.time_ms < y->hit.time_ms ? 1 : -1;
	return 0;
}

static size_t best(struct recall *r, struct recall_hit *hits, size_t max)
{
	size_t i;

	for (i = 0; i < r->n; i++)
		r->found[i].hit.score = score(r, &r->found[i]);
	if (r->n > 1)
		qsort(r->found, r->n, sizeof(*r->found), by_score);
	for (i = 0; i < r->n && i < max; i++)
		hits[i] = r->found[i].hit;
	return i;
}

/* Copies the ids: the list belongs to the catalog, and reading may change
 * it. */
static enum status list_ids(
	struct catalog *c, struct id **ret, size_t *ret_n, struct err *err)
{
	const struct catalog_entry *e;
	size_t n;
	size_t i;
	enum status st = catalog_list(c, &e, &n, err);

	if (st != ST_OK || n == 0) {
		*ret_n = 0;
		return st;
	}
	*ret = calloc(n, sizeof(**ret));
	if (*ret == NULL)
		return err_nomem(err);
	for (i = 0; i < n; i++)
		(*ret)[i] = e[i].id;
	*ret_n = n;
	return ST_OK;
}

enum status recall_find(struct vault *v, struct catalog *c,
	const struct match *match, const struct id *except,
	const struct recall_ops *ops, struct recall_hit *hits, size_t max,
	size_t *ret_n, size_t *ret_unread, struct err *err)
{
	struct recall r = {.match = match};
	struct id *ids = NULL;
	size_t unread = 0;
	size_t n = 0;
	size_t i;
	enum status st = list_ids(c, &ids, &n, err);

	for (i = 0; i < n && st == ST_OK; i++) {
		if (ops->stop != NULL && ops->stop(ops->payload)) {
			st = err_set(err, ST_STOPPED, "stopped");
			break;
		}
		r.conv = ids[i];
		if (except == NULL || !id_eq(except, &ids[i]))
			st = read_conv(&r, v, c, err);
		if (st != ST_OK && st != ST_NOMEM) {
			unread++;
			st = ST_OK;
		}
		if (ops->at != NULL)
			ops->at(i + 1, n, ops->payload);
	}
	if (st == ST_OK)
		*ret_n = best(&r, hits, max);
	if (ret_unread != NULL)
		*ret_unread = unread;
	free(ids);
	free(r.found);
	return st;
}
