#include "app/change.h"

#include <stdlib.h>

#include "app/saved.h"
#include "app/unlock.h"
#include "base/clock.h"
#include "base/when.h"
#include "engine/session.h"
#include "store/catalog.h"
#include "store/delete.h"
#include "text/safe.h"

enum { LISTED_MAX = 10 };

enum status change_rename(struct app *app, struct err *err)
{
	const struct args *a = &app->args;
	const struct catalog_entry *e;
	struct session *s = NULL;
	struct buf title;
	bool damaged = false;
	size_t i;
	enum status st;

	buf_init(&title, BUF_SMALL);
	for (i = a->last ? 0 : 1; i < a->words.n; i++) {
		buf_str(&title, title.len > 0 ? " " : "");
		buf_str(&title, a->words.v[i]);
	}
	st = buf_check(&title, "title", err);
	if (st == ST_OK)
		st = saved_open(app, err);
	if (st == ST_OK)
		st = saved_find(
			app, span_str(a->last ? NULL : a->words.v[0]), &e, err);
	if (st == ST_OK)
		st = saved_load(app, &e->id, &s, &damaged, err);
	if (st == ST_OK)
		st = session_rename(s, buf_view(&title), err);
	session_free(s);
	buf_release(&title);
	return st;
}

/*
 * Deleting
 */

/* The conversations that are to be deleted. */
struct doomed {
	struct id *ids;
	size_t n;
	struct buf question;
};

static void put_doomed(struct doomed *d, const struct catalog_entry *e)
{
	char hex[ID_HEX + 1];

	if (d->n > LISTED_MAX)
		return;
	id_hex(&e->id, hex);
	buf_fmt(&d->question, "  %.8s  ", hex);
	safe_line(e->title, &d->question);
	buf_char(&d->question, '\n');
}

/* A whole id is taken even when the catalog does not know it: files of a
 * deleted conversation may have come back, or those of a known one may be
 * gone. */
static enum status find_word(
	struct app *app, struct span word, struct doomed *d, struct err *err)
{
	const struct catalog_entry *e;
	struct id id;
	bool whole = id_parse(word, &id);
	enum status st;

	if (whole && catalog_deleted(app->storage.catalog, &id)) {
		d->ids[d->n++] = id;
		buf_fmt(&d->question, "  %.8s  (deleted before)\n", word.p);
		return ST_OK;
	}
	st = saved_find(app, word, &e, err);
	if (st == ST_NOT_FOUND && whole &&
		catalog_knows(app->storage.catalog, &id)) {
		err_clear(err);
		d->ids[d->n++] = id;
		buf_fmt(&d->question, "  %.8s  (its files are gone)\n", word.p);
		return ST_OK;
	}
	if (st != ST_OK)
		return st;
	d->ids[d->n++] = e->id;
	put_doomed(d, e);
	return ST_OK;
}

static enum status find_old(
	struct app *app, const char *age, struct doomed *d, struct err *err)
{
	const struct catalog_entry *list;
	int64_t ms = 0;
	size_t n;
	size_t i;
	enum status st = catalog_list(app->storage.catalog, &list, &n, err);

	if (st != ST_OK)
		return st;
	(void)when_age(span_str(age), &ms);
	d->ids = calloc(n + 1, sizeof(*d->ids));
	if (d->ids == NULL)
		return err_nomem(err);
	for (i = 0; i < n; i++)
		if (list[i].updated_ms < clock_wall_ms() - ms) {
			d->ids[d->n++] = list[i].id;
			put_doomed(d, &list[i]);
		}
	if (d->n > LISTED_MAX)
		buf_fmt(&d->question, "  and %zu more\n", d->n - LISTED_MAX);
	return ST_OK;
}

static enum status find_doomed(
	struct app *app, struct doomed *d, struct err *err)
{
	const struct args *a = &app->args;
	enum status st = ST_OK;
	size_t i;

	if (a->older_than != NULL)
		return find_old(app, a->older_than, d, err);
	d->ids = calloc(a->words.n + 1, sizeof(*d->ids));
	if (d->ids == NULL)
		return err_nomem(err);
	if (a->last)
		return find_word(app, span_of(NULL, 0), d, err);
	for (i = 0; i < a->words.n && st == ST_OK; i++)
		st = find_word(app, span_str(a->words.v[i]), d, err);
	return st;
}

void change_tell_deleted(const struct app *app, const struct delete_report *r)
{
	if (r->text.len > 0)
		app_say(app, "%s", r->text.p);
	if (r->conversations == 0)
		return;
	if (r->lines > 0)
		app_note(app, "%zu typed line%s deleted from the input history",
			r->lines, r->lines == 1 ? "" : "s");
	app_note(app,
		"%zu conversation%s deleted\n"
		"backups, snapshots, synced copies and a solid-state disk may "
		"still hold older bytes, which open with your passphrase or "
		"key file only",
		r->conversations, r->conversations == 1 ? "" : "s");
}

static enum status ask(const struct app *app, struct doomed *d, struct err *err)
{
	enum status st;

	buf_fmt(&d->question, "Delete %s for good? [y/N] ",
		d->n == 1 ? "it" : "them");
	st = buf_check(&d->question, "question", err);
	return st == ST_OK ? saved_confirm(app, d->question.p, err) : st;
}

enum status change_delete(struct app *app, struct err *err)
{
	struct doomed d = {NULL, 0, {NULL, 0, 0, 0, false}};
	struct delete_report r;
	enum status st;

	buf_init(&d.question, BUF_SMALL);
	delete_report_init(&r);
	st = saved_open(app, err);
	if (st == ST_OK)
		st = find_doomed(app, &d, err);
	if (st == ST_OK && d.n == 0)
		app_note(app, "no conversation is that old");
	else if (st == ST_OK)
		st = ask(app, &d, err);
	if (st == ST_OK && d.n > 0) {
		st = delete_convs(app->storage.vault, app->storage.catalog,
			d.ids, d.n, &r, err);
		change_tell_deleted(app, &r);
		/* It was told with the others. */
		if (st != ST_OK && r.text.len > 0 && !r.text.bad)
			err_clear(err);
	}
	free(d.ids);
	buf_release(&d.question);
	delete_report_release(&r);
	return st;
}

static bool open_unasked(struct app *app)
{
	struct storage_options o = unlock_options(app);

	o.pass = NULL;
	o.notice = NULL;
	o.existing_only = true;
	return app->storage.vault != NULL ||
		(!app->args.private &&
			storage_open(&app->storage, &o, NULL) == ST_OK);
}

void change_retire(struct app *app, const struct id *except)
{
	const char *age = app->config.delete_after;
	struct delete_report r;
	int64_t ms;

	if (age == NULL || !when_age(span_str(age), &ms) || !open_unasked(app))
		return;
	delete_report_init(&r);
	(void)delete_older(app->storage.vault, app->storage.catalog,
		clock_wall_ms() - ms, except, &r, NULL);
	if (r.text.len > 0)
		app_say(app, "%s", r.text.p);
	if (r.conversations > 0)
		app_note(app,
			"%zu conversation%s older than %s deleted, as the "
			"setting delete_after says",
			r.conversations, r.conversations == 1 ? "" : "s", age);
	delete_report_release(&r);
}
