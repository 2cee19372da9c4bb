#include "app/verify.h"

#include <inttypes.h>
#include <stdlib.h>

#include "app/screen.h"
#include "app/unlock.h"
#include "store/catalog.h"
#include "store/names.h"
#include "store/vault.h"
#include "store/verify.h"
#include "text/safe.h"
#include "tty/progress.h"
#include "tty/term.h"
#include "wire/json.h"

enum { SHORT_ID = 8, PREFIX_MIN = 4 };

struct verifying {
	const struct app *app;
	struct verify_report report;
	struct id *ids; /* conversations to verify, or all */
	size_t n;
	struct json_writer json;
	struct buf out;
	struct progress progress;
	unsigned interrupts; /* before it began */
	enum status write; /* status of the first write that failed */
};

/*
 * While it runs
 */

static void on_progress(size_t done, size_t of, void *payload)
{
	struct verifying *y = payload;

	progress_at(&y->progress, done, of);
}

static bool on_stop(void *payload)
{
	const struct verifying *y = payload;

	return term_interrupts() != y->interrupts || y->write != ST_OK;
}

static void flush(struct verifying *y)
{
	enum status st = screen_write(y->app, &y->out, NULL);

	if (y->write == ST_OK)
		y->write = st;
}

static const char *word_of(enum verify_what what)
{
	switch (what) {
	case VERIFY_VAULT: return "vault";
	case VERIFY_INDEX: return "index";
	case VERIFY_RESERVED: return "reserved";
	case VERIFY_CONVERSATION: return "conversation";
	case VERIFY_DELETED: return "deleted";
	}
	return "";
}

static bool is_conversation(const struct verify_fault *f)
{
	return f->what == VERIFY_CONVERSATION || f->what == VERIFY_DELETED;
}

static void put_json(struct verifying *y, const struct verify_fault *f)
{
	struct json_writer *w = &y->json;
	struct span rest = f->text;

	json_open(w, '{');
	json_member_str(w, "what", span_str(word_of(f->what)));
	json_member_str(
		w, is_conversation(f) ? "id" : "name", span_str(f->name));
	json_member_str(w, "title", f->title);
	json_key(w, "faults");
	json_open(w, '[');
	while (rest.n > 0)
		json_add_string(w, span_cut(&rest, '\n'));
	json_close(w, ']');
	json_close(w, '}');
}

/* Writes one line about a fault, with the id of its conversation as "list"
 * shows it. */
static void put_line(struct verifying *y, const struct verify_fault *f)
{
	struct span rest = f->text;
	const char *sep = "";

	if (is_conversation(f) && f->title.n == 0) {
		buf_fmt(&y->out, "%s: ", f->name);
	} else if (is_conversation(f)) {
		buf_fmt(&y->out, "%.*s  ", SHORT_ID, f->name);
		safe_line(f->title, &y->out);
		buf_str(&y->out, ": ");
	} else {
		buf_fmt(&y->out, "%s: ", f->name);
	}
	while (rest.n > 0) {
		buf_str(&y->out, sep);
		safe_line(span_cut(&rest, '\n'), &y->out);
		sep = "; ";
	}
	buf_char(&y->out, '\n');
}

static void on_fault(const struct verify_fault *f, void *payload)
{
	struct verifying *y = payload;

	progress_hide(&y->progress);
	if (y->app->args.json)
		put_json(y, f);
	else
		put_line(y, f);
	flush(y);
}

/*
 * Before it runs
 */

static enum status take_id(
	struct verifying *y, const struct id *id, struct err *err)
{
	struct id *grown = reallocarray(y->ids, y->n + 1, sizeof(*grown));

	if (grown == NULL)
		return err_nomem(err);
	y->ids = grown;
	y->ids[y->n++] = *id;
	return ST_OK;
}

/* Without the key, conversations are known by the names of their files
 * alone. */
static enum status find_by_file(struct verifying *y,
	const struct conv_names *names, struct span word, struct err *err)
{
	struct id found = {{0}};
	struct id id;
	size_t n = 0;
	size_t i;

	if (id_parse(word, &id))
		return take_id(y, &id, err);
	for (i = 0; word.n >= PREFIX_MIN && i < names->n; i++)
		if (!names->v[i].reserved &&
			id_parse(span_str(names->v[i].stem), &id) &&
			id_has_prefix(&id, word)) {
			found = id;
			n++;
		}
	if (n == 1)
		return take_id(y, &found, err);
	return err_set(err, n == 0 ? ST_NOT_FOUND : ST_USAGE,
		n == 0 ? "no conversation has the id \"%.*s\"; titles cannot "
			 "be read without the key"
		       : "more than one conversation has an id that begins "
			 "with \"%.*s\"",
		(int)word.n, word.p);
}

static enum status find_all(struct verifying *y, struct err *err)
{
	const struct storage *s = &y->app->storage;
	const struct opt_list *words = &y->app->args.words;
	struct conv_names names = {NULL, 0, 0};
	const struct catalog_entry *e;
	struct id id;
	size_t i;
	enum status st = ST_OK;

	if (words->n > 0 && s->catalog == NULL)
		st = names_gather(s->vault, &names, err);
	for (i = 0; i < words->n && st == ST_OK; i++) {
		struct span word = span_str(words->v[i]);

		if (s->catalog == NULL) {
			st = find_by_file(y, &names, word, err);
			continue;
		}
		/* A conversation that is gone or deleted is not in the list. */
		if (id_parse(word, &id)) {
			st = take_id(y, &id, err);
			continue;
		}
		st = catalog_find(s->catalog, word, &e, err);
		if (st == ST_OK)
			st = take_id(y, &e->id, err);
	}
	free(names.v);
	return st;
}

/* Reads the catalog anew: finding conversations by title may have brought it up
 * to date, and the files have to be compared with what it said before. */
static enum status fresh_catalog(struct app *app, struct err *err)
{
	struct storage *s = &app->storage;

	if (s->catalog == NULL)
		return ST_OK;
	catalog_close(s->catalog);
	s->catalog = NULL;
	return catalog_open(s->vault, &s->catalog, err);
}

/* Opens the vault; without the key when --keyless was given or nobody can be
 * asked for it. */
static enum status open_store(struct app *app, struct err *err)
{
	struct storage_options o = unlock_options(app);
	enum status st = ST_LOCKED;

	o.reading = true;
	if (!app->args.keyless)
		st = storage_open(&app->storage, &o, err);
	if (st == ST_LOCKED && (app->args.keyless || o.pass == NULL)) {
		if (!app->args.keyless)
			app_say(app,
				"locked, and there is no terminal to ask for "
				"the passphrase: only what needs no key is "
				"verified");
		err_clear(err);
		st = storage_open_keyless(&app->storage, &o, err);
	} else if (st == ST_LOCKED) {
		err_hint(err, "\nwithout it: atllama verify --keyless");
	}
	if (st == ST_NOT_FOUND)
		return err_set(err, st, "no conversation is saved yet");
	return st;
}

/*
 * After it ran
 */

static void add_int(struct json_writer *w, const char *key, uint64_t n)
{
	json_member_int(w, key, (int64_t)n);
}

static void sum_json(struct verifying *y, bool whole)
{
	const struct verify_report *r = &y->report;
	struct json_writer *w = &y->json;

	json_close(w, ']');
	json_member_bool(w, "complete", whole);
	json_member_bool(w, "sound", whole && r->faults == 0);
	json_member_bool(w, "keyless", y->app->storage.catalog == NULL);
	json_member_bool(w, "anchored", r->anchored);
	add_int(w, "conversations", r->conversations);
	add_int(w, "damaged", r->damaged);
	add_int(w, "segments", r->segments);
	add_int(w, "records", r->records);
	add_int(w, "bytes", r->bytes);
	add_int(w, "unfinished", r->torn);
	add_int(w, "streaming", r->live);
	add_int(w, "to_recover", r->orphans);
	add_int(w, "quarantined", r->aside);
	add_int(w, "foreign_files", r->strangers);
	json_close(w, '}');
	buf_char(&y->out, '\n');
}

static void put_some(
	struct buf *out, size_t n, const char *one, const char *many)
{
	if (n > 0)
		buf_fmt(out, "; %zu %s", n, n == 1 ? one : many);
}

static void sum_line(struct verifying *y)
{
	const struct verify_report *r = &y->report;
	struct buf *out = &y->out;

	buf_fmt(out,
		"%zu conversation%s, %" PRIu64 " record%s, %" PRIu64 " bytes: ",
		r->conversations, r->conversations == 1 ? "" : "s", r->records,
		r->records == 1 ? "" : "s", r->bytes);
	if (r->faults == 0)
		buf_str(out, "sound");
	else
		buf_fmt(out, "%zu damaged, %zu fault%s in all", r->damaged,
			r->faults, r->faults == 1 ? "" : "s");
	if (y->app->storage.catalog == NULL)
		buf_str(out, ", as far as can be seen without the key");
	put_some(out, r->torn, "append that never ended",
		"appends that never ended");
	put_some(out, r->live, "reply is being written",
		"replies are being written");
	put_some(out, r->orphans, "interrupted reply waits to be recovered",
		"interrupted replies wait to be recovered");
	put_some(out, r->aside, "file in quarantine", "files in quarantine");
	put_some(out, r->strangers, "file that is not atllama's",
		"files that are not atllama's");
	buf_char(out, '\n');
}

static enum status outcome(struct verifying *y, enum status st, struct err *err)
{
	const struct verify_report *r = &y->report;

	progress_stop(&y->progress);
	if (y->app->args.json)
		sum_json(y, st == ST_OK);
	else if (st == ST_OK)
		sum_line(y);
	flush(y);
	if (st == ST_STOPPED && y->write != ST_OK)
		st = ST_OK;
	if (st == ST_OK && y->write != ST_OK)
		return err_set(
			err, y->write, "cannot write to standard output");
	if (st == ST_OK && y->n == 0 && y->app->storage.catalog != NULL &&
		!r->anchored && r->conversations > 0)
		app_note(y->app,
			"there is no index of them: that one was cut at the "
			"end of a record, or replaced by an older copy, cannot "
			"be noticed");
	if (vault_rotating(y->app->storage.vault))
		app_note(y->app,
			"a change of the master key was interrupted; the next "
			"command that writes finishes it");
	if (st == ST_OK && r->faults > 0)
		st = err_set(err, ST_DAMAGED,
			"damaged; nothing was changed. What reads of a damaged "
			"conversation can be had with atllama export");
	return st;
}

enum status verify_saved(struct app *app, struct err *err)
{
	struct verifying y = {.app = app};
	enum status st = open_store(app, err);

	if (st != ST_OK)
		return st;
	buf_init(&y.out, BUF_LARGE);
	y.json.out = &y.out;
	y.json.safe = term_get()->out;
	y.interrupts = term_interrupts();
	y.report = (struct verify_report){
		.fault = on_fault,
		.progress = on_progress,
		.stop = on_stop,
		.payload = &y,
	};
	st = find_all(&y, err);
	if (st == ST_OK)
		st = fresh_catalog(app, err);
	if (st == ST_OK) {
		if (app->args.json) {
			json_open(&y.json, '{');
			json_key(&y.json, "faults");
			json_open(&y.json, '[');
		}
		progress_start(&y.progress, "verifying", "conversations",
			app->args.quiet);
		st = verify_run(app->storage.vault, app->storage.catalog, y.ids,
			y.n, &y.report, err);
		st = outcome(&y, st, err);
	}
	free(y.ids);
	buf_release(&y.out);
	return st;
}
