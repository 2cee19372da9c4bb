/*
 * The program: hardens the process, reads the command line, runs the verb and
 * makes an exit code of its status. The only place that exits.
 */
#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/app.h"
#include "app/ask.h"
#include "app/batch.h"
#include "app/batch_provider.h"
#include "app/change.h"
#include "app/compact.h"
#include "app/doctor.h"
#include "app/export.h"
#include "app/find.h"
#include "app/history.h"
#include "app/key.h"
#include "app/models.h"
#include "app/presets.h"
#include "app/repl.h"
#include "app/reuse.h"
#include "app/screen.h"
#include "app/serve.h"
#include "app/setup.h"
#include "app/task.h"
#include "app/verify.h"
#include "tty/term.h"

/* Opens /dev/null for standard streams that are closed, so that no file gets
 * their numbers and what is written to them. */
static void open_standard_streams(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd > STDERR_FILENO)
		(void)close(fd);
}

/* No core dump and no debugger: both would show keys and conversations. */
static void harden(void)
{
#ifndef ATL_DUMPABLE
	static const struct rlimit none = {0, 0};

	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	(void)setrlimit(RLIMIT_CORE, &none);
#endif
	(void)umask(077);
	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGXFSZ, SIG_IGN);
}

static enum status print(
	const struct app *app, struct buf *text, struct err *err)
{
	enum status st = screen_write(app, text, err);

	buf_release(text);
	return st;
}

static enum status help(const struct app *app, enum verb verb, struct err *err)
{
	struct buf text;

	buf_init(&text, BUF_LARGE);
	args_help(verb, &text);
	return print(app, &text, err);
}

static enum status version(const struct app *app, struct err *err)
{
	struct buf text;

	buf_init(&text, BUF_SMALL);
	buf_str(&text, "atllama " ATL_VERSION "\n");
	return print(app, &text, err);
}

/* help: the list, or the page of one verb. */
static enum status run_help(const struct app *app, struct err *err)
{
	const struct opt_list *words = &app->args.words;
	enum verb verb;

	if (words->n == 0)
		return help(app, VERB_NONE, err);
	verb = args_verb(span_str(words->v[0]));
	if (verb == VERB_NONE)
		return err_set(err, ST_USAGE,
			"there is no verb \"%s\"; atllama help lists them",
			words->v[0]);
	return help(app, verb, err);
}

/* A single word that is nearly a verb is asked like any other, but the user is
 * told. */
static void doubt_word(struct app *app)
{
	const struct opt_list *words = &app->args.words;
	const char *near;

	if (words->n != 1 || !term_get()->err)
		return;
	near = args_near_verb(span_str(words->v[0]));
	if (near != NULL)
		app_note(app,
			"\"%s\" is asked as a question; did you mean atllama "
			"%s?",
			words->v[0], near);
}

/* Without a verb: words or a pipe make a question, else it is a chat. */
static enum status run_plain(struct app *app, struct err *err)
{
	const struct args *a = &app->args;

	if (a->script != NULL)
		return repl_run(app, err);
	if (a->words.n > 0 || a->files.n > 0 || ask_takes_stdin(app) ||
		a->dry_run || a->json || a->jsonl || a->output != NULL) {
		doubt_word(app);
		return ask_run(app, err);
	}
	return repl_run(app, err);
}

/* A key command may ask at the terminal. */
static void lend_terminal(bool lent, void *payload)
{
	struct app *app = payload;

	if (lent)
		app->was_quiet = term_quiet(false);
	else if (app->was_quiet)
		(void)term_quiet(true);
}

static enum status run(struct app *app, struct err *err)
{
	enum status st;

	if (app->args.version)
		return version(app, err);
	if (app->args.help)
		return help(app, app->args.verb, err);
	if (app->args.verb == VERB_HELP)
		return run_help(app, err);
	st = app_start(app, err);
	if (st != ST_OK && app->args.verb == VERB_DOCTOR)
		return doctor_run(app, span_of(NULL, 0), st, err);
	if (st != ST_OK)
		return st;
	app->env.keys.vault = key_from_vault;
	app->env.keys.vault_payload = app;
	app->env.keys.lend = lend_terminal;
	app->env.keys.lend_payload = app;
	switch (app->args.verb) {
	case VERB_NONE: return run_plain(app, err);
	case VERB_ASK: return ask_run(app, err);
	case VERB_CHAT:
	case VERB_TOUR: return repl_run(app, err);
	case VERB_TASK: return task_run_verb(app, err);
	case VERB_BATCH:
		return app->args.provider ? batch_provider(app, err)
					  : batch_run(app, err);
	case VERB_SERVE: return serve_run(app, err);
	case VERB_LIST: return history_list(app, err);
	case VERB_SHOW: return history_show(app, err);
	case VERB_DOCTOR: return doctor_run(app, span_of(NULL, 0), st, err);
	case VERB_MODELS: return models_run(app, err);
	case VERB_SEARCH: return find_run(app, err);
	case VERB_RENAME: return change_rename(app, err);
	case VERB_DELETE: return change_delete(app, err);
	case VERB_EXPORT: return export_run(app, err);
	case VERB_IMPORT: return import_run(app, err);
	case VERB_VERIFY: return verify_saved(app, err);
	case VERB_COMPACT: return compact_saved(app, err);
	case VERB_CACHE: return reuse_run(app, err);
	case VERB_PRESETS: return presets_run(app, err);
	case VERB_KEY: return key_run(app, err);
	case VERB_SETUP: return setup_run(app, err);
	case VERB_HELP: break;
	}
	return ST_OK;
}

int main(int argc, char **argv)
{
	struct app app;
	struct err err = {0};
	enum status st;
	int code;

	open_standard_streams();
	harden();
	(void)setlocale(LC_CTYPE, "");
	app_init(&app);
	st = args_parse(&app.args, argc, argv, &err);
	/* The width is needed for help and for the message of a usage error
	 * too. */
	app_screen(&app);
	if (st == ST_OK)
		st = run(&app, &err);
	if (st != ST_OK && err.msg[0] != '\0')
		app_say(&app, "%s", err.msg);
	code = status_exit_code(st);
	app_release(&app);
	exit(code);
}
