#include "app/find.h"

#include <string.h>
#include <unistd.h>

#include "app/saved.h"
#include "app/screen.h"
#include "base/clock.h"
#include "base/when.h"
#include "store/catalog.h"
#include "store/search.h"
#include "text/safe.h"
#include "tty/pager.h"
#include "tty/progress.h"
#include "tty/term.h"
#include "wire/json.h"

enum { SHORT_ID = 8, OUT_AT = 4096 };

/* A search and what has been written of it. */
struct find {
	const struct app *app;
	struct match match;
	struct search_query query;
	struct search_report report;
	struct json_writer json;
	bool as_json;
	bool exact; /* not filtered: a pipe, without --safe */
	bool bold; /* the match */
	size_t max; /* results; 0: all */
	struct id shown; /* conversation whose heading was written last */
	unsigned interrupts; /* before it began */
	struct progress progress;
	struct pager pager;
	struct buf out;
};

/*
 * The query
 */

/* Options were checked when they were parsed, so this cannot fail. */
static void date(const char *given, bool end, int64_t *ret_ms)
{
	if (given != NULL)
		(void)when_parse(span_str(given), clock_wall_ms(), end, ret_ms);
}

static void limits(struct find *f, const struct args *a)
{
	struct search_query *q = &f->query;

	date(a->since, false, &q->since_ms);
	date(a->until, true, &q->until_ms);
	q->agent = span_str(a->agent.agent);
	q->any_role = a->role == 0;
	q->role = a->role == 0 ? ROLE_USER : (enum role)(a->role - 1);
	q->context = a->around.set ? (unsigned)a->around.v : 0;
}

/* Each word of the command line may be a phrase of its own. */
static enum status take_words(
	struct find *f, const struct args *a, struct err *err)
{
	enum status st = ST_OK;
	size_t i;

	for (i = 0; i < a->words.n && st == ST_OK; i++) {
		struct span word = span_str(a->words.v[i]);

		st = memchr(word.p, '"', word.n) != NULL
			? match_words(&f->match, word, err)
			: match_phrase(&f->match, word, err);
	}
	if (st == ST_OK && f->match.n == 0)
		st = err_set(err, ST_USAGE,
			"search for what? give words, and phrases in quotes");
	return st;
}

/*
 * Results
 */

static void put_line(struct find *f, struct span s)
{
	if (f->exact)
		buf_span(&f->out, s);
	else
		safe_line(s, &f->out);
}

/* Marks the match where the terminal can. */
static void put_marked(struct find *f, struct span s, size_t at, size_t end)
{
	if (end > s.n)
		end = s.n;
	if (!f->bold || at >= end) {
		put_line(f, s);
		return;
	}
	put_line(f, span_of(s.p, at));
	buf_str(&f->out, "\033[1m");
	put_line(f, span_of(s.p + at, end - at));
	buf_str(&f->out, "\033[0m");
	put_line(f, span_of(s.p + end, s.n - end));
}

/* Titles are made one line. */
static void put_heading(struct find *f, const struct search_hit *h)
{
	bool exact = f->exact;
	char hex[ID_HEX + 1];

	if (id_eq(&f->shown, &h->conv->id))
		return;
	f->shown = h->conv->id;
	id_hex(&h->conv->id, hex);
	buf_add(&f->out, hex, SHORT_ID);
	buf_str(&f->out, "  ");
	clock_local(h->conv->updated_ms, &f->out);
	buf_str(&f->out, "  ");
	f->exact = false;
	if (h->title)
		put_marked(f, h->conv->title, h->at, h->end);
	else
		put_line(f, h->conv->title);
	f->exact = exact;
	buf_char(&f->out, '\n');
}

/* "  3 @llama, notes.txt: " */
static void put_place(struct find *f, const struct search_hit *h)
{
	buf_str(&f->out, "  ");
	if (h->number > 0)
		buf_fmt(&f->out, "%llu ", (unsigned long long)h->number);
	if (h->role == ROLE_ASSISTANT && h->agent.n > 0) {
		buf_char(&f->out, '@');
		safe_line(h->agent, &f->out);
	} else {
		buf_str(&f->out,
			h->role == ROLE_USER ? "you" : role_name(h->role));
	}
	if (h->document.n > 0) {
		buf_str(&f->out, ", ");
		safe_line(h->document, &f->out);
	}
	buf_char(&f->out, ':');
}

static void put_text(struct find *f, const struct search_hit *h)
{
	const char *sep = f->query.context > 0 ? "\n      " : " ";
	struct span rest = h->text;
	size_t start = 0;

	put_heading(f, h);
	if (h->title)
		return;
	put_place(f, h);
	while (rest.p != NULL) {
		struct span line = span_cut(&rest, '\n');
		bool here = h->at >= start && h->at <= start + line.n;

		buf_str(&f->out, sep);
		if (start == 0 && h->cut_before)
			buf_str(&f->out, "... ");
		if (here)
			put_marked(f, line, h->at - start, h->end - start);
		else
			put_line(f, line);
		if (rest.p == NULL && h->cut_behind)
			buf_str(&f->out, " ...");
		start += line.n + 1;
	}
	buf_char(&f->out, '\n');
}

static void put_json(struct find *f, const struct search_hit *h)
{
	struct json_writer *w = &f->json;

	json_open(w, '{');
	json_member_id(w, "id", &h->conv->id);
	json_member_str(w, "title", h->conv->title);
	json_member_time(w, "time", h->time_ms);
	if (!h->title) {
		json_member_id(w, "message_id", &h->msg);
		if (h->number > 0)
			json_member_int(w, "message", (int64_t)h->number);
		json_member_str(w, "role", span_str(role_name(h->role)));
		json_member_str(w, "agent", h->agent);
	}
	if (h->document.n > 0)
		json_member_str(w, "document", h->document);
	json_member_str(w, "text", h->text);
	json_member_str(w, "match", span_of(h->text.p + h->at, h->end - h->at));
	json_close(w, '}');
}

static enum status flush(struct find *f, struct err *err)
{
	enum status st;

	screen_rows(f->app, &f->out);
	st = buf_check(&f->out, "results", err);
	if (term_get()->out)
		progress_hide(&f->progress);
	if (st == ST_OK)
		st = pager_write(&f->pager, buf_view(&f->out), err);
	buf_reset(&f->out);
	return st;
}

/* Shown as they are found on a terminal; a pipe gets larger pieces. */
static enum status on_hit(
	const struct search_hit *h, void *payload, struct err *err)
{
	struct find *f = payload;

	if (f->max > 0 && f->report.hits > f->max)
		return ST_OK;
	if (f->as_json)
		put_json(f, h);
	else
		put_text(f, h);
	return f->out.len >= OUT_AT || term_get()->out ? flush(f, err) : ST_OK;
}

static bool on_stop(void *payload)
{
	struct find *f = payload;
	struct err err;

	/* Whoever reads us sees the results so far while the rest is
	 * searched. */
	if (f->out.len > 0 && !f->as_json)
		(void)!flush(f, &err);
	return pager_left(&f->pager) || term_interrupts() != f->interrupts;
}

static void on_progress(size_t done, size_t total, void *payload)
{
	struct find *f = payload;

	/* Once a pager runs, the screen is its own. */
	if (f->pager.child.pid == 0)
		progress_at(&f->progress, done, total);
}

/* Writes what is left and waits until the user has read it. */
static enum status finish(struct find *f, enum status st, struct err *err)
{
	struct err late;
	enum status out = ST_OK;
	enum status end;

	if (st == ST_OK || st == ST_STOPPED)
		out = flush(f, &late);
	end = pager_close(&f->pager, out == ST_OK ? &late : NULL);
	if (out == ST_OK)
		out = end;
	if (st == ST_STOPPED && f->pager.gone)
		st = ST_OK;
	if (st == ST_OK && out != ST_OK) {
		st = out;
		*err = late;
	}
	return st;
}

static enum status search(struct find *f, struct err *err)
{
	struct search_ops ops = {on_hit, on_stop, on_progress, f};
	const struct app *app = f->app;
	enum status st;

	f->query.match = &f->match;
	f->interrupts = term_interrupts();
	progress_start(
		&f->progress, "searching", "conversations", app->args.quiet);
	if (f->as_json)
		json_open(&f->json, '[');
	st = search_run(app->storage.vault, app->storage.catalog, &f->query,
		&ops, &f->report, err);
	progress_stop(&f->progress);
	if (f->as_json) {
		json_close(&f->json, ']');
		buf_char(&f->out, '\n');
	}
	st = finish(f, st, err);
	if (f->report.unread > 0)
		app_say(app, "%zu conversation%s could not be read wholly: %s",
			f->report.unread, f->report.unread == 1 ? "" : "s",
			f->report.why.msg);
	return st;
}

static void find_init(struct find *f, const struct app *app)
{
	const struct term *t = term_get();

	memset(f, 0, sizeof(*f));
	f->app = app;
	match_init(&f->match);
	buf_init(&f->out, BUF_LARGE);
	f->json.out = &f->out;
	f->json.safe = t->out;
	pager_open(&f->pager, !app->args.json && screen_pages(app));
	f->exact = !t->out && !app->args.safe;
	f->bold = t->styled_out;
	f->query.any_role = true;
	f->query.since_ms = INT64_MIN;
	f->query.until_ms = INT64_MAX;
}

static void find_release(struct find *f)
{
	(void)!pager_close(&f->pager, NULL);
	match_release(&f->match);
	buf_release(&f->out);
}

enum status find_run(struct app *app, struct err *err)
{
	struct find f;
	enum status st;

	find_init(&f, app);
	f.as_json = app->args.json;
	limits(&f, &app->args);
	st = take_words(&f, &app->args, err);
	if (st == ST_OK)
		st = saved_open(app, err);
	if (st == ST_NOT_FOUND && f.as_json) {
		buf_str(&f.out, "[]\n");
		(void)!flush(&f, NULL);
	}
	if (st == ST_OK)
		st = search(&f, err);
	if (st == ST_OK && f.report.hits == 0) {
		app_note(app, "nothing matches in %zu conversation%s",
			f.report.conversations,
			f.report.conversations == 1 ? "" : "s");
		err_clear(err);
		st = ST_NOT_FOUND;
	}
	find_release(&f);
	return st;
}

enum status find_words(struct app *app, struct span words, size_t max,
	size_t *ret_n, struct err *err)
{
	struct find f;
	enum status st;

	find_init(&f, app);
	f.max = max;
	st = match_words(&f.match, words, err);
	if (st == ST_OK && f.match.n == 0)
		st = err_set(err, ST_USAGE,
			"search for what? /search WORDS, phrases in quotes");
	if (st == ST_OK && app->storage.catalog == NULL)
		st = err_set(err, ST_NOT_FOUND, "nothing is saved here");
	if (st == ST_OK)
		st = search(&f, err);
	if (st == ST_OK)
		*ret_n = f.report.hits;
	find_release(&f);
	return st;
}
