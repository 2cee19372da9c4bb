#include <string.h>

#include "app/argword.h"
#include "app/change.h"
#include "app/commands.h"
#include "app/export.h"
#include "app/find.h"
#include "app/repl.h"
#include "app/saved.h"
#include "app/title.h"
#include "base/file.h"
#include "conf/agent.h"
#include "engine/session.h"
#include "store/catalog.h"
#include "store/delete.h"
#include "text/safe.h"
#include "tty/term.h"

COMMAND(search)
{
	enum { SHOWN = 20 };
	size_t n = 0;
	enum status st = find_words(r->app, args, SHOWN, &n, err);

	(void)next;
	if (st != ST_OK)
		return st;
	if (n == 0)
		buf_str(&r->out, "Nothing matches.\n");
	else if (n > SHOWN)
		buf_fmt(&r->out, "%zu more: atllama search shows them all.\n",
			n - SHOWN);
	repl_print(r);
	repl_gap(r);
	return ST_OK;
}

COMMAND(rename)
{
	struct buf title;
	enum status st = ST_OK;

	(void)next;
	if (args.n == 0)
		return err_set(err, ST_USAGE,
			"/rename takes a title, or auto for one by the model");
	buf_init(&title, BUF_SMALL);
	if (!span_is(args, "auto"))
		buf_span(&title, args);
	else if (r->active->agent.kind == AGENT_GUIDE)
		st = err_set(err, ST_USAGE,
			"@guide is the manual and makes no titles; address "
			"another agent first");
	else
		st = title_ask(r->app, r->active, session_conv(r->session),
			&title, err);
	if (st == ST_OK)
		st = session_rename(r->session, buf_view(&title), err);
	if (st == ST_OK) {
		buf_str(&r->out, "The title is now \"");
		safe_line(buf_view(&session_conv(r->session)->title), &r->out);
		buf_str(&r->out, "\".\n");
		repl_words(r);
	}
	buf_release(&title);
	return st;
}

/* Asks for a yes on the terminal, where the answer is a line with echo. */
static enum status confirm(struct repl *r, struct span title, struct err *err)
{
	struct buf question;
	bool quiet = term_quiet(false);
	enum status st;

	buf_init(&question, BUF_SMALL);
	buf_str(&question, "Delete \"");
	safe_line(title, &question);
	buf_str(&question, "\" for good? [y/N] ");
	st = buf_check(&question, "question", err);
	if (st == ST_OK)
		st = saved_confirm(r->app, question.p, err);
	if (quiet)
		(void)term_quiet(true);
	buf_release(&question);
	return st;
}

static enum status delete_one(
	struct repl *r, const struct id *id, struct err *err)
{
	bool here = id_eq(id, &session_conv(r->session)->id);
	struct delete_report report;
	enum status st;

	delete_report_init(&report);
	st = delete_convs(r->app->storage.vault, r->app->storage.catalog, id, 1,
		&report, err);
	if (st == ST_OK) {
		change_tell_deleted(r->app, &report);
		repl_load_history(r);
	}
	if (st == ST_OK && here)
		st = repl_new(r, err);
	delete_report_release(&report);
	return st;
}

COMMAND(delete)
{
	const struct conv *conv = session_conv(r->session);
	const struct catalog_entry *e = NULL;
	struct buf title;
	struct id id;
	enum status st = ST_OK;

	(void)next;
	if (r->app->storage.catalog == NULL)
		return err_set(err, ST_NOT_FOUND, "nothing is saved here");
	buf_init(&title, BUF_SMALL);
	if (args.n > 0) {
		st = repl_find(r, args, &e, err);
		if (st == ST_OK) {
			id = e->id;
			buf_span(&title, e->title);
		}
	} else if (conv->n == 0) {
		st = err_set(err, ST_USAGE,
			"nothing has been said yet; /list shows the saved "
			"ones");
	} else {
		id = conv->id;
		buf_span(&title, buf_view(&conv->title));
	}
	if (st == ST_OK)
		st = confirm(r, buf_view(&title), err);
	if (st == ST_OK)
		st = delete_one(r, &id, err);
	buf_release(&title);
	return st;
}

COMMAND(export)
{
	const struct conv *conv = session_conv(r->session);
	enum export_form form = EXPORT_MARKDOWN;
	struct buf path;
	struct buf out;
	enum status st;

	(void)next;
	if (args.n == 0)
		return err_set(err, ST_USAGE,
			"/export takes a file: talk.md, talk.html, talk.json "
			"or talk.jsonl");
	if (conv->n == 0)
		return err_set(err, ST_USAGE, "nothing has been said yet");
	buf_init(&path, BUF_SMALL);
	buf_init(&out, (size_t)4 * BUF_LARGE);
	st = argword_home(args, &path, err);
	if (st == ST_OK)
		st = buf_check(&path, "path", err);
	if (st == ST_OK)
		st = export_form_of(path.p, &form, err);
	if (st == ST_OK)
		st = repl_may_write(r, &path, err);
	if (st == ST_OK)
		st = export_put(conv, form, &out, err);
	if (st == ST_OK)
		st = file_output(path.p, buf_view(&out), 0600, err);
	if (st == ST_OK) {
		buf_str(&r->out, "Written to ");
		safe_line(buf_view(&path), &r->out);
		buf_str(&r->out, ", which is not encrypted.\n");
		repl_words(r);
	}
	buf_release(&path);
	buf_release(&out);
	return st;
}
