#include "store/catalog.h"

#include <stdlib.h>
#include <string.h>

#include "base/vec.h"
#include "store/catalog_priv.h"
#include "store/graves.h"

enum { PREFIX_MIN = 4, CANDIDATES_MAX = 8, CANDIDATE_TITLE = 40 };

enum status catalog_open(struct vault *v, struct catalog **ret, struct err *err)
{
	struct catalog *c = calloc(1, sizeof(*c));
	struct index_ops ops = {catalog_on_reset, catalog_on_record, c};

	if (c == NULL)
		return err_nomem(err);
	c->vault = v;
	index_init(&c->index, v, &ops);
	buf_init(&c->payload, BUF_LARGE);
	buf_init(&c->heads, (size_t)ENTRY_HEADS_MAX * ENTRY_HEAD);
	buf_init(&c->notice, BUF_SMALL);
	*ret = c;
	return ST_OK;
}

void catalog_close(struct catalog *c)
{
	if (c == NULL)
		return;
	catalog_drop_rows(c);
	catalog_free_rows(c);
	index_release(&c->index);
	free(c->rows);
	free(c->slots);
	free(c->list);
	buf_release(&c->payload);
	buf_release(&c->heads);
	buf_release(&c->notice);
	free(c);
}

struct span catalog_notice(struct catalog *c)
{
	if (c->told)
		return span_of(NULL, 0);
	c->told = true;
	return buf_view(&c->notice);
}

bool catalog_entry(struct catalog *c, const struct id *conv, struct entry *ret)
{
	struct row *row;

	if (!c->building && index_sync(&c->index, NULL) != ST_OK)
		return false;
	row = catalog_row(c, conv);
	return row != NULL && row->payload != NULL &&
		entry_get(span_of(row->payload, row->payload_n), conv, ret);
}

bool catalog_knows(struct catalog *c, const struct id *conv)
{
	struct entry e;

	return catalog_entry(c, conv, &e);
}

enum status catalog_each(struct catalog *c,
	enum status (*fn)(const struct id *id, bool deleted, void *payload,
		struct err *err),
	void *payload, uint64_t *ret_losses, struct err *err)
{
	size_t i;
	enum status st = index_sync(&c->index, err);

	if (st == ST_OK && c->broken)
		st = err_nomem(err);
	for (i = 0; st == ST_OK && i < c->n; i++)
		if (c->rows[i].deleted || c->rows[i].payload != NULL)
			st = fn(&c->rows[i].id, c->rows[i].deleted, payload,
				err);
	if (st == ST_OK)
		*ret_losses = c->index.losses;
	return st;
}

bool catalog_deleted(struct catalog *c, const struct id *conv)
{
	struct row *row;

	if (!c->building && index_sync(&c->index, NULL) != ST_OK)
		return false;
	row = catalog_row(c, conv);
	return row != NULL && row->deleted;
}

enum status catalog_record(struct catalog *c, const struct entry *e,
	struct record *ret, struct err *err)
{
	enum status st;

	buf_reset(&c->payload);
	entry_put(e, &c->payload);
	st = buf_check(&c->payload, "index entry", err);
	if (st == ST_OK)
		*ret = (struct record){
			.type = RECORD_ENTRY,
			.id = e->row.id,
			.time_ms = e->row.updated_ms,
			.payload = buf_view(&c->payload),
		};
	return st;
}

enum status catalog_note(
	struct catalog *c, const struct entry *e, struct err *err)
{
	struct record r;
	enum status st;

	if (c->unkept)
		return err_set(err, ST_IO, "the index cannot be written");
	st = catalog_record(c, e, &r, err);
	if (st == ST_OK)
		st = index_append(&c->index, &r, err);
	if (st == ST_OK && c->index.doubled)
		catalog_reduce(c);
	if (st != ST_NOT_FOUND && st != ST_DAMAGED)
		return st;
	/* An index with this entry alone would hide that the others have lost
	 * their anchors: rebuild it from everything there is. */
	err_clear(err);
	st = catalog_refresh(c, err);
	if (st == ST_OK)
		st = catalog_record(c, e, &r, err);
	return st == ST_OK ? index_append(&c->index, &r, err) : st;
}

bool catalog_settle(struct catalog *c)
{
	return !c->unkept && index_settle(&c->index);
}

bool catalog_settled(struct catalog *c)
{
	return index_settled(&c->index);
}

/* Adds these conversations to the graves, which are kept with the data in case
 * the index is lost; with them those that were deleted before there were
 * graves. */
static enum status bury(
	struct catalog *c, const struct id *convs, size_t n, struct err *err)
{
	struct id *all = calloc(c->n + n, sizeof(*all));
	size_t found = 0;
	size_t i;
	enum status st;

	if (all == NULL)
		return err_nomem(err);
	for (i = 0; i < c->n; i++)
		if (c->rows[i].deleted)
			all[found++] = c->rows[i].id;
	for (i = 0; i < n; i++)
		all[found++] = convs[i];
	st = graves_add(c->vault, c, all, found, err);
	free(all);
	return st;
}

enum status catalog_delete(
	struct catalog *c, const struct id *convs, size_t n, struct err *err)
{
	struct row *row;
	struct err why;
	size_t i;
	enum status st = catalog_refresh(c, err);

	if (st != ST_OK || n == 0)
		return st;
	st = bury(c, convs, n, &why);
	/* Go on: a full disk above all is where one wants to delete. */
	if (st != ST_OK)
		catalog_tell(c,
			"what was deleted is noted in the index alone, which "
			"can be lost: %s",
			why.msg);
	st = index_begin(&c->index, err);
	if (st != ST_OK)
		return st;
	for (i = 0; i < n && st == ST_OK; i++) {
		row = catalog_need_row(c, &convs[i]);
		if (row == NULL) {
			st = err_nomem(err);
		} else {
			row->deleted = true;
			row->payload = NULL;
		}
	}
	/* A record more at the end would not do: the old entry holds a copy of
	 * the conversation's header, and with it its key. */
	return index_commit(
		&c->index, st == ST_OK ? catalog_put_rows(c, err) : st, err);
}

static int newest_first(const void *a, const void *b)
{
	const struct catalog_entry *x = a;
	const struct catalog_entry *y = b;

	if (x->updated_ms != y->updated_ms)
		return x->updated_ms > y->updated_ms ? -1 : 1;
	return id_cmp(&x->id, &y->id);
}

enum status catalog_list(struct catalog *c, const struct catalog_entry **ret,
	size_t *ret_n, struct err *err)
{
	enum status st;
	size_t i;

	catalog_free_rows(c);
	st = catalog_refresh(c, err);
	if (st != ST_OK)
		return st;
	if (!vec_grow(&c->list, &c->list_cap, c->n, sizeof(*c->list),
		    CATALOG_MAX))
		return err_nomem(err);
	c->list_n = 0;
	for (i = 0; i < c->n; i++) {
		const struct row *row = &c->rows[i];
		struct entry e;

		if (row->deleted || row->payload == NULL || row->files == 0 ||
			!entry_get(span_of(row->payload, row->payload_n),
				&row->id, &e) ||
			(e.flags & ENTRY_RESERVED))
			continue;
		if (e.row.title.n == 0)
			e.row.title = span_str("untitled");
		c->list[c->list_n++] = e.row;
	}
	if (c->list_n > 1)
		qsort(c->list, c->list_n, sizeof(*c->list), newest_first);
	*ret = c->list;
	*ret_n = c->list_n;
	return ST_OK;
}

enum status catalog_latest(struct catalog *c, struct span tty,
	const struct catalog_entry **ret, struct err *err)
{
	const struct catalog_entry *list = NULL;
	size_t n = 0;
	size_t i;
	enum status st = catalog_list(c, &list, &n, err);

	if (st != ST_OK)
		return st;
	if (n == 0)
		return err_set(err, ST_NOT_FOUND,
			"there is no saved conversation yet");
	*ret = &list[0];
	for (i = 0; tty.n > 0 && i < n; i++)
		if (span_eq(list[i].tty, tty)) {
			*ret = &list[i];
			break;
		}
	return ST_OK;
}

static void put_candidate(struct buf *out, const struct catalog_entry *e)
{
	char hex[ID_HEX + 1];
	struct span title = e->title;

	id_hex(&e->id, hex);
	if (title.n > CANDIDATE_TITLE)
		title.n = CANDIDATE_TITLE;
	buf_fmt(out, "\n  %.12s  %.*s", hex, (int)title.n, title.p);
}

enum how { BY_ID, BY_PREFIX, BY_TITLE, HOW_END, BY_PART };

static bool fits(const struct catalog_entry *e, struct span what, enum how how)
{
	struct id id;

	switch (how) {
	case BY_ID: return id_parse(what, &id) && id_eq(&id, &e->id);
	case BY_PREFIX:
		return what.n >= PREFIX_MIN && id_has_prefix(&e->id, what);
	case BY_TITLE: return span_eq(e->title, what);
	case BY_PART:
		/* Only for suggestions. */
		return what.n > 0 && span_casehas(e->title, what);
	case HOW_END: break;
	}
	return false;
}

/* Counts the entries that fit in this one way, sets *ret to the first, and
 * appends the first few to `candidates`. */
static size_t search(const struct catalog *c, struct span what, enum how how,
	const struct catalog_entry **ret, struct buf *candidates)
{
	size_t found = 0;
	size_t i;

	for (i = 0; i < c->list_n; i++) {
		if (!fits(&c->list[i], what, how))
			continue;
		if (found++ == 0)
			*ret = &c->list[i];
		if (found <= CANDIDATES_MAX)
			put_candidate(candidates, &c->list[i]);
	}
	return found;
}

enum status catalog_find(struct catalog *c, struct span what,
	const struct catalog_entry **ret, struct err *err)
{
	const struct catalog_entry *list = NULL;
	const struct catalog_entry *found = NULL;
	struct buf candidates;
	size_t n = 0;
	int how;
	enum status st = catalog_list(c, &list, &n, err);

	if (st != ST_OK)
		return st;
	what = span_trim(what);
	buf_init(&candidates, BUF_SMALL);
	for (n = 0, how = 0; n == 0 && how < HOW_END; how++)
		n = search(c, what, (enum how)how, &found, &candidates);
	if (n == 1) {
		*ret = found;
	} else if (n == 0) {
		n = search(c, what, BY_PART, &found, &candidates);
		st = err_set(err, ST_NOT_FOUND,
			"no conversation has the id or title "
			"\"%.*s\"%s%s",
			(int)what.n, what.p,
			n > 0 ? "; with that in the title:" : "", candidates.p);
	} else {
		st = err_set(err, ST_USAGE,
			"\"%.*s\" fits %zu "
			"conversations; name one by its id:%s",
			(int)what.n, what.p, n, candidates.p);
	}
	buf_release(&candidates);
	return st;
}
