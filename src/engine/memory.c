#include "engine/memory.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/utf8.h"
#include "base/vec.h"
#include "store/box.h"
#include "store/delete.h"
#include "store/journal.h"
#include "text/tokens.h"
#include "wire/record.h"

/* Fields of a RECORD_VALUE of this conversation. */
enum { TAG_FACT = 2, TAG_FOR = 4 };

static const char reserved[] = "memory";

struct memory {
	struct vault *vault;
	struct catalog *catalog;
	struct journal *journal;
	struct fact **facts;
	size_t n;
	size_t cap;
};

static void fact_free(struct fact *f)
{
	if (f == NULL)
		return;
	buf_wipe(&f->text);
	buf_release(&f->agent);
	free(f);
}

static void drop_all(struct memory *m)
{
	size_t i;

	for (i = 0; i < m->n; i++)
		fact_free(m->facts[i]);
	m->n = 0;
}

static struct fact *fact_new(struct span agent, struct span text)
{
	struct fact *f = calloc(1, sizeof(*f));

	if (f == NULL)
		return NULL;
	buf_init(&f->text, MEMORY_FACT_MAX + 1);
	buf_init(&f->agent, BUF_SMALL);
	buf_span(&f->text, text);
	buf_span(&f->agent, agent);
	if (f->text.bad || f->agent.bad) {
		fact_free(f);
		return NULL;
	}
	return f;
}

static bool take(struct memory *m, struct fact *f)
{
	if (f == NULL ||
		!vec_grow(&m->facts, &m->cap, m->n + 1, sizeof(*m->facts),
			MEMORY_FACTS_MAX)) {
		fact_free(f);
		return false;
	}
	m->facts[m->n++] = f;
	return true;
}

static size_t find(const struct memory *m, const struct id *id)
{
	size_t i = 0;

	while (i < m->n && !id_eq(&m->facts[i]->id, id))
		i++;
	return i;
}

static enum status on_record(
	const struct record *r, void *payload, struct err *err)
{
	struct memory *m = payload;
	struct span rest = r->payload;
	struct span text = {NULL, 0};
	struct span agent = {NULL, 0};
	struct span value;
	struct fact *f;
	uint16_t tag;

	/* After the file was rewritten, its records come again. */
	if (r->type != RECORD_VALUE || find(m, &r->id) < m->n)
		return ST_OK;
	while (record_next_field(&rest, &tag, &value)) {
		if (tag == TAG_FACT)
			text = value;
		else if (tag == TAG_FOR)
			agent = value;
	}
	if (rest.n > 0 || text.n == 0 || text.n > MEMORY_FACT_MAX)
		return ST_OK; /* of another version */
	f = fact_new(agent, text);
	if (f != NULL) {
		f->id = r->id;
		f->time_ms = r->time_ms;
	}
	return take(m, f) ? ST_OK : err_nomem(err);
}

enum status memory_refresh(struct memory *m, struct err *err)
{
	struct journal_with with = {m->vault, m->catalog, on_record, m};
	enum status st;

	/* What other processes forgot is gone from the file, which only shows
	 * when all of it is read. It is short. */
	journal_close(m->journal);
	m->journal = NULL;
	drop_all(m);
	st = journal_open_reserved(&with, reserved, &m->journal, err);
	return st == ST_OK ? journal_read(m->journal, err) : st;
}

struct memory *memory_new(struct vault *v, struct catalog *c)
{
	struct memory *m = calloc(1, sizeof(*m));

	if (m != NULL) {
		m->vault = v;
		m->catalog = c;
	}
	return m;
}

void memory_free(struct memory *m)
{
	if (m == NULL)
		return;
	drop_all(m);
	free(m->facts);
	journal_close(m->journal);
	free(m);
}

size_t memory_count(const struct memory *m)
{
	return m->n;
}

const struct fact *memory_at(const struct memory *m, size_t i)
{
	return m->facts[i];
}

static bool is_there(
	const struct memory *m, struct span agent, struct span text)
{
	size_t i;

	for (i = 0; i < m->n; i++)
		if (span_eq(buf_view(&m->facts[i]->text), text) &&
			span_eq(buf_view(&m->facts[i]->agent), agent))
			return true;
	return false;
}

static enum status append(struct memory *m, struct fact *f, struct err *err)
{
	struct record r = {.type = RECORD_VALUE};
	struct buf payload;
	enum status st;

	box_random_id(&f->id);
	f->time_ms = clock_wall_ms();
	buf_init(&payload, BUF_SMALL);
	record_put_field(&payload, TAG_FOR, buf_view(&f->agent));
	record_put_field(&payload, TAG_FACT, buf_view(&f->text));
	st = buf_check(&payload, "fact", err);
	if (st == ST_OK) {
		r.id = f->id;
		r.time_ms = f->time_ms;
		r.payload = buf_view(&payload);
		st = journal_append(m->journal, &r, true, err);
	}
	buf_release(&payload);
	return st;
}

static enum status add_line(
	struct memory *m, struct span agent, struct span line, struct err *err)
{
	struct fact *f;
	enum status st;

	if (line.n == 0)
		return err_set(err, ST_USAGE, "what is to be remembered?");
	if (line.n > MEMORY_FACT_MAX)
		return err_set(err, ST_USAGE,
			"that is too long to be remembered: %zu bytes, and a "
			"fact has %zu at most",
			line.n, MEMORY_FACT_MAX);
	if (is_there(m, agent, line))
		return ST_OK;
	if (m->n >= MEMORY_FACTS_MAX)
		return err_set(err, ST_USAGE,
			"%zu facts are remembered, which is as many as can be; "
			"/forget some",
			m->n);
	f = fact_new(agent, line);
	if (f == NULL)
		return err_nomem(err);
	st = append(m, f, err);
	if (st == ST_OK)
		return take(m, f) ? ST_OK : err_nomem(err);
	fact_free(f);
	return st;
}

enum status memory_add(
	struct memory *m, struct span agent, struct span text, struct err *err)
{
	struct buf line;
	enum status st = memory_refresh(m, err);

	buf_init(&line, BUF_LARGE);
	utf8_one_line(text, SIZE_MAX, &line);
	if (st == ST_OK)
		st = buf_check(&line, "fact", err);
	if (st == ST_OK)
		st = add_line(m, agent, buf_view(&line), err);
	buf_release(&line);
	return st;
}

static int id_order(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct id));
}

/* Rewrites the file without these facts. */
static enum status forget(
	struct memory *m, struct id *ids, size_t n, struct err *err)
{
	enum status st;

	qsort(ids, n, sizeof(*ids), id_order);
	st = delete_values(m->vault, m->catalog, reserved, ids, n, err);
	return st == ST_OK ? memory_refresh(m, err) : st;
}

enum status memory_forget(struct memory *m, size_t i, struct err *err)
{
	struct id id;

	if (i >= m->n)
		return err_set(err, ST_NOT_FOUND,
			m->n == 0 ? "nothing is remembered"
				  : "there is no fact %zu; /memory lists them",
			i + 1);
	id = m->facts[i]->id;
	return forget(m, &id, 1, err);
}

enum status memory_forget_all(struct memory *m, struct err *err)
{
	struct id *ids;
	size_t i;
	enum status st;

	if (m->n == 0)
		return err_set(err, ST_NOT_FOUND, "nothing is remembered");
	ids = calloc(m->n, sizeof(*ids));
	if (ids == NULL)
		return err_nomem(err);
	for (i = 0; i < m->n; i++)
		ids[i] = m->facts[i]->id;
	st = forget(m, ids, m->n, err);
	free(ids);
	return st;
}

static bool is_for(const struct fact *f, const char *agent)
{
	return f->agent.len == 0 || span_caseis(buf_view(&f->agent), agent);
}

/* The first of the newest facts that fit together. */
static size_t first_fitting(const struct memory *m, const char *agent)
{
	int64_t room = MEMORY_TOKENS;
	size_t i = m->n;

	while (i > 0) {
		const struct fact *f = m->facts[i - 1];

		if (is_for(f, agent)) {
			room -= tokens_estimate(buf_view(&f->text)) + 2;
			if (room < 0)
				break;
		}
		i--;
	}
	return i;
}

enum status memory_notes(
	struct memory *m, const char *agent, struct buf *out, struct err *err)
{
	static const char head[] =
		"What the user asked you to remember; where it matters, act on "
		"it without mentioning it:";
	enum status st = m->journal == NULL ? memory_refresh(m, err) : ST_OK;
	bool any = false;
	size_t i;

	for (i = first_fitting(m, agent); i < m->n && st == ST_OK; i++) {
		const struct fact *f = m->facts[i];

		if (!is_for(f, agent))
			continue;
		if (!any) {
			if (out->len > 0)
				buf_str(out, "\n\n");
			buf_str(out, head);
		}
		any = true;
		buf_str(out, "\n- ");
		buf_span(out, buf_view(&f->text));
	}
	return st;
}
