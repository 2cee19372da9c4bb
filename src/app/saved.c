#include "app/saved.h"

#include <errno.h>
#include <unistd.h>

#include "app/question.h"
#include "app/unlock.h"
#include "base/file.h"
#include "engine/session.h"
#include "store/catalog.h"
#include "tty/term.h"

enum status saved_open(struct app *app, struct err *err)
{
	struct storage_options o = unlock_options(app);
	enum status st;

	if (app->storage.vault != NULL)
		return ST_OK;
	o.existing_only = true;
	st = storage_open(&app->storage, &o, err);
	if (st == ST_NOT_FOUND)
		return err_set(err, st, "no conversation is saved yet");
	return st;
}

void saved_tell(const struct app *app)
{
	struct span text = catalog_notice(app->storage.catalog);

	if (text.n > 0)
		app_note(app, "%s", text.p);
}

enum status saved_find(struct app *app, struct span what,
	const struct catalog_entry **ret, struct err *err)
{
	struct catalog *c = app->storage.catalog;
	enum status st;

	if (what.n == 0 && !app->args.last)
		return err_set(err, ST_USAGE,
			"which conversation? give its id or title, or --last; "
			"atllama list shows them");
	st = what.n > 0 ? catalog_find(c, what, ret, err)
			: catalog_latest(c, span_of(NULL, 0), ret, err);
	saved_tell(app);
	return st;
}

enum status saved_load(struct app *app, const struct id *id,
	struct session **ret, bool *ret_damaged, struct err *err)
{
	struct session_options o = {
		.vault = app->storage.vault,
		.catalog = app->storage.catalog,
	};
	struct buf notice;
	enum status st;

	buf_init(&notice, BUF_LARGE);
	st = session_open(ret, &o, id, &notice, err);
	if (st == ST_OK)
		*ret_damaged = session_damaged(*ret);
	if (st == ST_OK && notice.len > 0 && *ret_damaged)
		app_say(app, "%s", notice.p);
	else if (st == ST_OK && notice.len > 0)
		app_note(app, "%s", notice.p);
	buf_release(&notice);
	return st;
}

enum status saved_damaged(struct err *err)
{
	return err_set(err, ST_DAMAGED,
		"the conversation is damaged; all that can be read was shown");
}

enum status saved_write(struct buf *out, struct err *err)
{
	enum status st = buf_check(out, "output", err);

	if (st == ST_OK && !fd_write_full(STDOUT_FILENO, out->p, out->len) &&
		errno != EPIPE)
		st = err_sys(err, ST_IO, "cannot write to standard output");
	buf_reset(out);
	return st;
}

enum status saved_confirm(
	const struct app *app, const char *question, struct err *err)
{
	unsigned before = term_interrupts();

	if (app->args.yes)
		return ST_OK;
	if (!question_terminal())
		return err_set(err, ST_USAGE,
			"there is no terminal to ask on; to go on without, say "
			"--yes");
	if (question_yes(question))
		return ST_OK;
	return err_set(err, term_interrupts() == before ? ST_FAIL : ST_STOPPED,
		"nothing was done");
}
