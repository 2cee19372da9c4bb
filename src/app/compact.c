#include "app/compact.h"

#include <inttypes.h>
#include <stdlib.h>

#include "app/saved.h"
#include "store/catalog.h"
#include "store/compact.h"
#include "tty/progress.h"
#include "tty/term.h"

struct work {
	struct progress progress;
	unsigned interrupts; /* before it began */
};

static void on_progress(size_t done, size_t of, void *payload)
{
	struct work *w = payload;

	progress_at(&w->progress, done, of);
}

static bool on_stop(void *payload)
{
	const struct work *w = payload;

	return term_interrupts() != w->interrupts;
}

/* The caller frees *ret. */
static enum status find_ids(struct app *app, struct id **ret, struct err *err)
{
	const struct opt_list *words = &app->args.words;
	const struct catalog_entry *e;
	size_t i;
	enum status st = ST_OK;

	*ret = calloc(words->n + 1, sizeof(**ret));
	if (*ret == NULL)
		return err_nomem(err);
	for (i = 0; i < words->n && st == ST_OK; i++) {
		st = saved_find(app, span_str(words->v[i]), &e, err);
		if (st == ST_OK)
			(*ret)[i] = e->id;
	}
	return st;
}

static void tell(const struct app *app, const struct compact_report *r)
{
	if (r->text.len > 0)
		app_say(app, "%s", r->text.p);
	if (!app->args.index && r->compacted == 0)
		app_note(app,
			"nothing to compact: what is saved has no bytes to "
			"spare");
	else if (!app->args.index)
		app_note(app,
			"%zu of %zu compacted: %zu record%s and %zu file%s "
			"fewer, %" PRIu64 " bytes in place of %" PRIu64,
			r->compacted, r->conversations, r->records,
			r->records == 1 ? "" : "s", r->segments,
			r->segments == 1 ? "" : "s", r->after, r->before);
	if (r->temps > 0)
		app_note(app,
			"%zu file%s that a crash left half-written: removed",
			r->temps, r->temps == 1 ? "" : "s");
	if (r->index_after > 0)
		app_note(app,
			"the index has %" PRIu64 " bytes, before %" PRIu64,
			r->index_after, r->index_before);
}

static enum status compact(struct app *app, struct err *err)
{
	const struct args *a = &app->args;
	struct storage *s = &app->storage;
	struct work w = {.interrupts = term_interrupts()};
	struct compact_report r;
	struct id *ids = NULL;
	enum status st = find_ids(app, &ids, err);

	compact_report_init(&r);
	r.progress = on_progress;
	r.stop = on_stop;
	r.payload = &w;
	progress_start(&w.progress, "compacting", "conversations", a->quiet);
	if (st == ST_OK && !a->index)
		st = compact_convs(
			s->vault, s->catalog, ids, a->words.n, &r, err);
	if (st == ST_OK && a->words.n == 0)
		st = compact_index(s->catalog, &r, err);
	progress_stop(&w.progress);
	if (st == ST_OK || r.text.len > 0)
		tell(app, &r);
	if (st == ST_OK && (r.damaged > 0 || (r.left > 0 && a->words.n > 0))) {
		/* It was told with the others. */
		err_clear(err);
		st = r.damaged > 0 ? ST_DAMAGED : ST_BUSY;
	}
	compact_report_release(&r);
	free(ids);
	return st;
}

enum status compact_saved(struct app *app, struct err *err)
{
	enum status st = saved_open(app, err);

	return st == ST_OK ? compact(app, err) : st;
}
