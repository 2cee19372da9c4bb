#include "app/inputlog.h"

#include <stdlib.h>

#include "base/clock.h"
#include "store/journal.h"

struct inputlog {
	struct journal *journal;
	void (*fn)(struct span line, void *payload);
	void *payload;
};

static enum status on_record(
	const struct record *r, void *payload, struct err *err)
{
	struct inputlog *log = payload;

	(void)err;
	if (r->type == RECORD_INPUT && log->fn != NULL)
		log->fn(r->payload, log->payload);
	return ST_OK;
}

enum status inputlog_open(struct inputlog **ret, struct vault *vault,
	void (*fn)(struct span line, void *payload), void *payload,
	struct err *err)
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
	const struct id *conv, struct err *err)
{
	struct record r = {
		.type = RECORD_INPUT,
		.time_ms = clock_wall_ms(),
		.id = *conv,
		.payload = line,
	};

	return journal_append(log->journal, &r, false, err);
}
