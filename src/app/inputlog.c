#include "app/inputlog.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/le.h"
#include "store/journal.h"

enum {
	PART = 8, /* bytes of a literal part on disk */
	PARTS_MAX = 256,
};

struct inputlog {
	struct journal *journal;
	inputlog_fn *fn;
	void *payload;
};

/* Behind the line and a NUL stands which parts of it are literal: pairs of
 * offsets of 4 bytes each. If these are not valid, the whole line counts as
 * literal. */
static void give(struct inputlog *log, struct span payload)
{
	struct line_range parts[PARTS_MAX];
	struct span line = span_cut(&payload, '\0');
	size_t end = 0;
	size_t n = 0;

	while (payload.n >= PART && n < PARTS_MAX) {
		size_t from = le32_get((const uint8_t *)payload.p);
		size_t to = le32_get((const uint8_t *)payload.p + 4);

		if (from < end || to < from || to > line.n)
			break;
		parts[n++] = (struct line_range){from, to};
		end = to;
		payload.p += PART;
		payload.n -= PART;
	}
	if (payload.n > 0) {
		parts[0] = (struct line_range){0, line.n};
		n = 1;
	}
	log->fn(line, parts, n, log->payload);
}

static enum status on_record(
	const struct record *r, void *payload, struct err *err)
{
	struct inputlog *log = payload;

	(void)err;
	if (r->type == RECORD_INPUT && log->fn != NULL)
		give(log, r->payload);
	return ST_OK;
}

enum status inputlog_open(struct inputlog **ret, struct vault *vault,
	inputlog_fn *fn, void *payload, struct err *err)
{
	struct inputlog *log = calloc(1, sizeof(*log));
	struct journal_with w = {
		.vault = vault, .fn = on_record, .payload = log};
	enum status st;

	if (log == NULL)
		return err_nomem(err);
	log->fn = fn;
	log->payload = payload;
	st = journal_open_reserved(&w, "history", &log->journal, err);
	if (st == ST_OK)
		st = journal_read(log->journal, err);
	if (st != ST_OK) {
		inputlog_close(log);
		return st;
	}
	*ret = log;
	return ST_OK;
}

void inputlog_close(struct inputlog *log)
{
	if (log == NULL)
		return;
	journal_close(log->journal);
	free(log);
}

enum status inputlog_add(struct inputlog *log, struct span line,
	const struct line_range *literal, size_t n, const struct id *conv,
	struct err *err)
{
	struct record r = {
		.type = RECORD_INPUT,
		.time_ms = clock_wall_ms(),
		.id = *conv,
	};
	struct buf payload;
	enum status st;
	size_t i;

	buf_init(&payload, RECORD_PAYLOAD_MAX);
	buf_span(&payload, line);
	if (n > 0)
		buf_char(&payload, '\0');
	for (i = 0; i < n; i++) {
		uint8_t part[PART];

		le32_put(part, (uint32_t)literal[i].from);
		le32_put(part + 4, (uint32_t)literal[i].to);
		buf_add(&payload, part, sizeof(part));
	}
	r.payload = buf_view(&payload);
	st = buf_check(&payload, "input history", err);
	if (st == ST_OK)
		st = journal_append(log->journal, &r, false, err);
	buf_release(&payload);
	return st;
}
