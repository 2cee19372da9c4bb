#include <stdlib.h>
#include <string.h>

#include "base/vec.h"
#include "store/catalog.h"
#include "store/journal_priv.h"
#include "store/verify_priv.h"

/* 16 bytes each. A conversation with more is not checked for missing
 * parents. */
#define IDS_MAX ((size_t)4 * 1000 * 1000)

/* The messages of one conversation, and those that they follow. */
struct messages {
	struct id *ids;
	struct id *parents;
	size_t n;
	size_t ids_cap;
	size_t parents_cap;
	size_t malformed;
	struct verify *verify;
};

static enum status on_record(
	const struct record *r, void *payload, struct err *err)
{
	struct messages *m = payload;
	const struct verify_report *report = m->verify->report;
	struct msg *msg = NULL;
	enum status st;

	if (report->stop != NULL && report->stop(report->payload))
		return err_set(err, ST_STOPPED, "stopped");
	if (r->type != RECORD_MESSAGE)
		return ST_OK;
	st = record_get_msg(r, &msg, err);
	msg_free(msg);
	if (st == ST_NOMEM)
		return st;
	m->malformed += st == ST_DAMAGED;
	if (m->n == IDS_MAX)
		return ST_OK;
	if (!vec_grow(
		    &m->ids, &m->ids_cap, m->n + 1, sizeof(*m->ids), IDS_MAX) ||
		!vec_grow(&m->parents, &m->parents_cap, m->n + 1,
			sizeof(*m->parents), IDS_MAX))
		return err_nomem(err);
	m->ids[m->n] = r->id;
	m->parents[m->n++] = r->parent;
	return ST_OK;
}

static int id_order(const void *a, const void *b)
{
	return id_cmp(a, b);
}

static size_t without_parent(struct messages *m)
{
	size_t found = 0;
	size_t i;

	if (m->n == 0 || m->n == IDS_MAX)
		return 0;
	qsort(m->ids, m->n, sizeof(*m->ids), id_order);
	for (i = 0; i < m->n; i++)
		found += !id_is_none(&m->parents[i]) &&
			bsearch(&m->parents[i], m->ids, m->n, sizeof(*m->ids),
				id_order) == NULL;
	return found;
}

/* The journal's sentences begin with its name, which we tell ourselves. */
static void take_sentences(
	struct verify *y, const struct conv_name *name, struct span text)
{
	size_t n = strlen(name->stem);

	while (text.n > 0) {
		struct span line = span_cut(&text, '\n');

		if (line.n > n + 2 && memcmp(line.p, name->stem, n) == 0)
			line = span_of(line.p + n + 2, line.n - n - 2);
		buf_span(&y->text, line);
		buf_char(&y->text, '\n');
		if (text.p == NULL)
			break;
	}
}

static void take_report(struct verify *y, const struct conv_name *name,
	struct journal *j, struct messages *m, size_t *torn)
{
	const struct journal_report *r = journal_report(j);
	struct catalog_entry row;
	size_t astray = r->damaged ? 0 : without_parent(m);

	track_row(&j->track, &j->id, &row);
	buf_set(&y->title, row.title);
	if (!name->reserved && j->track.messages == 0)
		buf_reset(&y->title);
	/* The journal repeats what was found without the key, more exactly. */
	if (r->text.len > 0) {
		buf_reset(&y->text);
		*torn = r->torn > 0;
	}
	if (r->damaged)
		take_sentences(y, name, buf_view(&r->text));
	if (m->malformed > 0)
		buf_fmt(&y->text, "%zu message%s malformed\n", m->malformed,
			m->malformed == 1 ? " is" : "s are");
	if (astray > 0)
		buf_fmt(&y->text, "%zu message%s one that is not there\n",
			astray, astray == 1 ? " follows" : "s follow");
}

static enum status with_key(struct verify *y, const struct conv_name *name,
	size_t *torn, struct err *err)
{
	struct messages m = {.verify = y};
	struct journal_with with = {y->vault, y->catalog, on_record, &m};
	struct journal *j = NULL;
	struct err why = {0};
	enum status st = names_open(name, &with, &j, &why);

	if (st == ST_OK)
		st = journal_read(j, &why);
	if (st == ST_OK) {
		take_report(y, name, j, &m, torn);
	} else if (st == ST_DAMAGED || st == ST_FAIL || st == ST_IO ||
		st == ST_LOCKED || st == ST_BUSY) {
		buf_reset(&y->text);
		buf_fmt(&y->text, "%s\n", why.msg);
		st = ST_OK;
	} else if (err != NULL) {
		*err = why;
	}
	journal_close(j);
	free(m.ids);
	free(m.parents);
	return st;
}

enum status verify_conv(
	struct verify *y, const struct conv_name *name, struct err *err)
{
	enum verify_what what = name->reserved ? VERIFY_RESERVED
					       : VERIFY_CONVERSATION;
	struct id id;
	size_t torn = 0;
	bool faulty;
	enum status st;

	buf_reset(&y->text);
	buf_reset(&y->title);
	if (!name->reserved && y->catalog != NULL &&
		id_parse(span_str(name->stem), &id) &&
		catalog_deleted(y->catalog, &id)) {
		buf_fmt(&y->text,
			"was deleted, and files of it are there again; "
			"\"atllama delete %s\" removes them\n",
			name->stem);
		verify_tell(y, VERIFY_DELETED, name->stem);
		return ST_OK;
	}
	st = verify_raw(y, name, &torn, err);
	if (st == ST_OK && vault_unlocked(y->vault))
		st = with_key(y, name, &torn, err);
	/* It was deleted meanwhile. */
	if (st == ST_NOT_FOUND) {
		err_clear(err);
		return ST_OK;
	}
	if (st != ST_OK)
		return st;
	faulty = y->text.len > 0;
	verify_tell(y, what, name->stem);
	y->report->torn += faulty ? 0 : torn;
	y->report->damaged += faulty;
	if (name->reserved)
		y->report->reserved++;
	else
		y->report->conversations++;
	return ST_OK;
}
