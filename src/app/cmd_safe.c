/* /private, /lock and /doctor: whether what is said is kept, and whether all
 * works. */
#include "app/commands.h"

#include "app/doctor.h"
#include "app/key.h"
#include "app/repl.h"

static enum status go_private(struct repl *r, bool private, struct err *err)
{
	bool was = r->app->args.private;
	enum status st;

	r->app->args.private = private;
	st = repl_new(r, err);
	if (st != ST_OK) {
		r->app->args.private = was;
		return st;
	}
	buf_str(&r->out,
		private ? "A new conversation, which is not saved; /private "
			  "off begins one that is.\n"
			: "A new conversation, which is saved.\n");
	repl_words(r);
	return ST_OK;
}

COMMAND(private)
{
	bool off = span_caseis(args, "off");

	(void)next;
	if (args.n > 0 && !off && !span_caseis(args, "on"))
		return err_set(err, ST_USAGE,
			"/private, or /private off to save again");
	if (off && r->app->storage.vault == NULL)
		return err_set(err, ST_USAGE,
			"this chat was started without saving; leave it and "
			"start another");
	if (off == repl_saves(r)) {
		buf_str(&r->out,
			off ? "This conversation is saved.\n"
			    : "This conversation is not saved.\n");
		repl_words(r);
		return ST_OK;
	}
	return go_private(r, !off, err);
}

COMMAND(lock)
{
	bool locked = false;
	enum status st = cmd_no_words(args, "lock", err);

	if (st != ST_OK)
		return st;
	if (r->app->storage.vault == NULL)
		return err_set(err, ST_USAGE,
			"nothing is saved here, so there is nothing to lock");
	st = key_lock_now(r->app, &locked, err);
	if (st == ST_OK && locked)
		*next = NEXT_QUIT;
	return st;
}

COMMAND(doctor)
{
	struct err e = {0};
	enum status st = cmd_no_words(args, "doctor", err);

	(void)next;
	if (st != ST_OK)
		return st;
	st = doctor_run(r->app, span_str(r->active->agent.name), ST_OK, &e);
	if (st != ST_OK)
		return err_set(err, st, "%s",
			e.msg[0] != '\0' ? e.msg
					 : "not all is well, see above");
	return ST_OK;
}
