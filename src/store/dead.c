#include "store/dead.h"

#include <stdlib.h>
#include <string.h>

#include "base/vec.h"
#include "store/apikeys.h"
#include "store/journal_priv.h"

#define NOTES_MAX ((size_t)4 * 1000 * 1000)

/* Fields of which only the last one counts. Of a thread, for example, there is
 * a field for each name. */
#define META_LAST_COUNTS                                                       \
	(META_TITLE | META_SYSTEM | META_AGENT | META_MODEL | META_LEAF |      \
		META_TTY)

/* A record that may be dead. */
struct note {
	uint64_t number;
	unsigned set; /* fields of metadata; 0: it is about an API key */
	bool removes; /* it removes the key */
	char name[APIKEY_NAME_MAX + 1]; /* of the key */
};

struct looking {
	struct note *v;
	size_t n;
	size_t cap;
	uint64_t number; /* of the next record */
	uint64_t message; /* number after the last message; 0: no message */
};

/* Whether r may be dead; fills in *ret, except for the number. */
static bool is_note(const struct record *r, struct note *ret)
{
	struct meta meta;

	memset(ret, 0, sizeof(*ret));
	/* The last piece of a long record does not show all of it. */
	if (r->flags & RECORD_CONTINUED)
		return false;
	if (r->type == RECORD_SECRET)
		return apikey_peek(r->payload, ret->name, &ret->removes);
	if (r->type != RECORD_META ||
		record_get_meta(r->payload, &meta, NULL) != ST_OK)
		return false;
	ret->set = meta.set;
	return meta.set != 0 && (meta.set & ~META_LAST_COUNTS) == 0;
}

static enum status on_record(
	const struct record *r, uint64_t seq, void *payload, struct err *err)
{
	struct looking *l = payload;
	struct record_brief brief;
	struct note note;

	(void)seq;
	if (is_note(r, &note)) {
		if (!vec_grow(
			    &l->v, &l->cap, l->n + 1, sizeof(*l->v), NOTES_MAX))
			return err_nomem(err);
		note.number = l->number;
		l->v[l->n++] = note;
	}
	l->number++;
	/* The last piece of a long message counts as a message too. */
	if (r->type == RECORD_MESSAGE &&
		((r->flags & RECORD_CONTINUED) || record_peek_msg(r, &brief)))
		l->message = l->number;
	return ST_OK;
}

static enum status look(struct journal *j, struct looking *l, struct err *err)
{
	uint8_t link[SEGMENT_LINK];
	size_t i;
	enum status st = ST_OK;

	for (i = 0; i < j->n && st == ST_OK; i++)
		if (!j->segs[i]->unreadable)
			st = journal_each(
				j, j->segs[i], on_record, NULL, l, link, err);
	return st;
}

/* Whether a later record is about the key of the same name. */
static bool key_replaced(const struct looking *l, size_t at)
{
	size_t i;

	for (i = at + 1; i < l->n; i++)
		if (l->v[i].set == 0 &&
			strcmp(l->v[i].name, l->v[at].name) == 0)
			return true;
	return false;
}

static int number_cmp(const void *a, const void *b)
{
	const uint64_t *x = a;
	const uint64_t *y = b;

	return *x < *y ? -1 : *x > *y;
}

static enum status judge(
	const struct looking *l, struct dead *ret, struct err *err)
{
	unsigned said = 0; /* fields that later notes have */
	size_t i;

	for (i = l->n; i-- > 0;) {
		const struct note *note = &l->v[i];
		unsigned again = said;
		bool gone;

		if (note->number < l->message)
			again |= META_LEAF;
		gone = note->set != 0 ? (note->set & ~again) == 0
				      : note->removes || key_replaced(l, i);
		said |= note->set;
		if (!gone)
			continue;
		if (!vec_grow(&ret->v, &ret->cap, ret->n + 1, sizeof(*ret->v),
			    NOTES_MAX))
			return err_nomem(err);
		ret->v[ret->n++] = note->number;
	}
	if (ret->n > 1)
		qsort(ret->v, ret->n, sizeof(*ret->v), number_cmp);
	return ST_OK;
}

enum status dead_find(struct journal *j, struct dead *ret, struct err *err)
{
	struct looking l = {NULL, 0, 0, 0, 0};
	enum status st;

	memset(ret, 0, sizeof(*ret));
	st = look(j, &l, err);
	if (st == ST_OK)
		st = judge(&l, ret, err);
	ret->records = l.number;
	free(l.v);
	return st;
}

bool dead_has(const struct dead *d, uint64_t number)
{
	return d->n > 0 &&
		bsearch(&number, d->v, d->n, sizeof(*d->v), number_cmp) != NULL;
}

void dead_release(struct dead *d)
{
	free(d->v);
	memset(d, 0, sizeof(*d));
}
