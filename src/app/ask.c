#include "app/ask.h"

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/answer.h"
#include "app/ask_agent.h"
#include "app/change.h"
#include "app/dry_run.h"
#include "app/input.h"
#include "app/presets.h"
#include "app/refs.h"
#include "app/reuse.h"
#include "app/review.h"
#include "app/terminal.h"
#include "app/unlock.h"
#include "atllama.h"
#include "base/file.h"
#include "chat/image.h"
#include "tty/term.h"

/* Without a byte of standard input for so long, a word about it is due. */
enum { SILENCE_MS = 3000 };

/* Everything that one question needs. */
struct ask {
	struct app *app;
	struct input input;
	struct buf prompt;
	struct buf schema; /* the text of --schema's file; empty: none */
	atl_document *documents;
	atl_message message;
	struct ask_agent agent;
	atl_store *store;
	atl_chat *chat;
	atl_chat *check; /* a chat of its own, which verifies the answer */
	struct review review;
	struct answer *answer;
	struct loop_pace pace;
	bool storeless; /* nothing can be saved, though it should be */
	bool stopped; /* by a signal */
	bool counting; /* a countdown is on the screen */
};

bool ask_takes_stdin(const struct app *app)
{
	return !app->args.no_stdin && !term_get()->in;
}

/*
 * The question
 */

/* Who starts a program may leave it a pipe that nobody writes to and nobody
 * closes. */
static void note_silence(const struct app *app)
{
	struct pollfd p[2] = {{.fd = STDIN_FILENO, .events = POLLIN},
		{.fd = app->signal_fd, .events = POLLIN}};

	if (poll(p, 2, SILENCE_MS) == 0)
		app_note(app,
			"waiting for standard input to end; --no-stdin leaves "
			"it alone");
}

static enum status read_stdin(struct ask *a, struct err *err)
{
	struct input_doc *doc;
	struct image image;
	size_t before = a->input.n;
	enum status st;

	note_silence(a->app);
	st = input_fd(&a->input, STDIN_FILENO, "stdin", a->app->signal_fd, err);
	if (st != ST_OK || a->input.n == before || a->prompt.len > 0)
		return st;
	/* Without a prompt, what is piped in is the prompt. */
	doc = &a->input.docs[before];
	if (image_read(buf_view(&doc->text), &image))
		return ST_OK;
	buf_span(&a->prompt, buf_view(&doc->text));
	buf_release(&doc->name);
	buf_release(&doc->text);
	a->input.n = before;
	return buf_check(&a->prompt, "prompt", err);
}

static enum status read_schema(struct ask *a, struct err *err)
{
	const char *path = a->app->args.schema;
	enum status st;

	if (path == NULL)
		return ST_OK;
	st = file_read(path, &a->schema, err);
	if (st == ST_OK && a->schema.len == 0)
		st = err_set(err, ST_USAGE, "\"%s\" is empty", path);
	if (st == ST_OK && memchr(a->schema.p, '\0', a->schema.len) != NULL)
		st = err_set(err, ST_USAGE, "\"%s\" has NUL bytes", path);
	if (st != ST_OK) {
		err_prefix(err, "--schema");
		err->code = ST_USAGE;
		return ST_USAGE;
	}
	return ST_OK;
}

static enum status gather(struct ask *a, struct err *err)
{
	const struct args *args = &a->app->args;
	enum status st;
	size_t i;

	args_prompt(args, &a->prompt);
	st = buf_check(&a->prompt, "prompt", err);
	if (st == ST_OK)
		st = input_check(buf_view(&a->prompt), "the prompt", err);
	for (i = 0; i < args->files.n && st == ST_OK; i++)
		st = input_file(&a->input, args->files.v[i], err);
	refs_note(a->app, &a->input);
	if (st == ST_OK && ask_takes_stdin(a->app))
		st = read_stdin(a, err);
	if (st != ST_OK)
		return st;
	st = read_schema(a, err);
	if (st != ST_OK)
		return st;
	if (span_trim(buf_view(&a->prompt)).n == 0 && a->input.n == 0)
		return err_set(err, ST_USAGE,
			"there is nothing to ask: give a prompt, a file with "
			"-f, or text on standard input");
	a->documents = calloc(a->input.n + 1, sizeof(*a->documents));
	if (a->documents == NULL)
		return err_nomem(err);
	for (i = 0; i < a->input.n; i++)
		a->documents[i] = (atl_document){a->input.docs[i].name.p,
			a->input.docs[i].text.p, a->input.docs[i].text.len};
	a->message.content = a->prompt.p;
	a->message.documents = a->documents;
	a->message.document_count = a->input.n;
	return ST_OK;
}

/*
 * Agent, store and chat
 */

static atl_code pass(atl_pass_purpose purpose, char *buf, size_t room,
	size_t *ret_length, void *payload)
{
	static const enum storage_ask purposes[] = {
		[ATL_PASS_UNLOCK] = STORAGE_UNLOCK,
		[ATL_PASS_AGAIN] = STORAGE_AGAIN,
		[ATL_PASS_NEW] = STORAGE_NEW,
	};
	struct secret s = {0};
	struct err err;
	enum status st = unlock_ask(purposes[purpose], &s, payload, &err);

	if (st != ST_OK) {
		app_say(payload, "%s", err.msg);
		return st == ST_STOPPED ? ATL_E_STOPPED : ATL_E_LOCKED;
	}
	if (s.len > room) {
		secret_free(&s);
		return ATL_E_USAGE;
	}
	if (s.len > 0)
		memcpy(buf, s.p, s.len);
	*ret_length = s.len;
	secret_free(&s);
	return ATL_OK;
}

static enum status open_store(struct ask *a, struct err *err)
{
	atl_store_options o = ATL_STORE_OPTIONS_INIT;
	atl_error e;
	enum status st;

	if (a->app->args.private ||
		(a->app->args.dry_run && !unlock_has_vault(a->app)))
		return ST_OK;
	o.pass = unlock_can_ask(a->app) ? pass : NULL;
	o.no_cache = a->app->args.passphrase_fd.set;
	o.key_file = a->app->args.key_file;
	o.allow_kdf = a->app->args.allow_kdf;
	o.notice = unlock_notice;
	o.payload = a->app;
	st = ask_check(atl_store_open(&a->store, &o, &e), &e, err);
	if (st == ST_OK && reuse_wanted(a->app)) {
		struct cache_options limits = reuse_options(a->app);

		return ask_check(atl_store_cache(a->store, limits.bytes,
					 limits.age_ms, &e),
			&e, err);
	}
	if (st == ST_OK || !unlock_may_go_on(a->app, st))
		return st;
	app_say(a->app, "%s\nthis answer is NOT SAVED", e.message);
	a->storeless = true;
	return ST_OK;
}

static enum status open_chat(struct ask *a, struct err *err)
{
	const struct args *args = &a->app->args;
	atl_chat_options o = ATL_CHAT_OPTIONS_INIT;
	atl_error e;
	enum status st;

	if (args->resume.set && args->resume.v == NULL)
		return err_set(err, ST_USAGE,
			"which conversation? give -rID or -rTITLE; atllama "
			"list shows them");
	o.id = args->resume.v;
	o.latest = args->cont;
	o.fork = args->fork;
	o.terminal = terminal_name();
	o.strict = args->strict;
	o.compact_percent = config_compact(&a->app->config);
	o.memory = !args->no_memory;
	if (a->store == NULL && (args->cont || args->resume.set))
		return err_set(err, ST_USAGE,
			"nothing is saved, so no conversation can be resumed");
	st = ask_check(
		atl_chat_open(&a->chat, a->agent.agent, a->store, &o, &e), &e,
		err);
	if (st == ST_NOT_FOUND && args->cont)
		err_hint(err, "; ask without -c to begin one");
	return st;
}

static enum status dry_run(struct ask *a, struct err *err)
{
	struct app_agent *from;
	char *json = NULL;
	atl_error e;
	enum status st = app_agent(a->app, span_of(NULL, 0), &from, err);

	if (st == ST_OK)
		st = ask_check(
			atl_chat_request(a->chat, &a->message, &json, &e), &e,
			err);
	if (st == ST_OK)
		st = dry_run_print(&from->agent, from->key != NULL, json, err);
	free(json);
	return st;
}

/*
 * The reply
 */

static int on_event(const atl_event *event, void *payload)
{
	struct ask *a = payload;

	return answer_event(a->answer, event);
}

static int agent_timeout(void *payload)
{
	struct ask *a = payload;

	return atl_agent_timeout_ms(a->agent.agent);
}

static enum status signal_ready(short revents, void *payload, struct err *err)
{
	struct ask *a = payload;
	int number;

	(void)revents;
	(void)err;
	while ((number = term_next_signal()) != 0) {
		if (number == SIGWINCH) {
			answer_resized(a->answer);
		} else if (number == SIGTSTP) {
			term_stop();
		} else if (number == SIGCONT) {
			term_continue();
		} else {
			a->stopped = true;
			atl_agent_cancel(a->agent.agent);
		}
	}
	return ST_OK;
}

static enum status agent_ready(short revents, void *payload, struct err *err)
{
	struct ask *a = payload;
	atl_error e;

	(void)revents;
	loop_rest(&a->pace);
	/* A signal that came before the text, such as another width, may have
	 * been too late for the same poll. */
	(void)signal_ready(0, a, err);
	return ask_check(atl_agent_step(a->agent.agent, &e), &e, err);
}

/* The reader of our output is gone: nobody waits for the rest. */
static enum status stdout_ready(short revents, void *payload, struct err *err)
{
	struct ask *a = payload;

	(void)err;
	if (revents & (POLLERR | POLLNVAL))
		answer_reader_gone(a->answer);
	if (answer_over(a->answer))
		atl_agent_cancel(a->agent.agent);
	return ST_OK;
}

/* On a terminal each line of a countdown replaces the one before. */
static void show_countdown(struct ask *a)
{
	char text[128];
	int waiting = atl_chat_countdown(
		a->check != NULL ? a->check : a->chat, text, sizeof(text));
	struct buf line;

	if (!term_get()->err || term_get()->dumb || a->app->args.quiet ||
		(!waiting && !a->counting))
		return;
	a->counting = waiting != 0;
	buf_init(&line, BUF_SMALL);
	buf_fmt(&line, "\r%s\033[K%s", text, waiting ? "" : "\r");
	(void)!fd_write_full(STDERR_FILENO, line.p, line.len);
	buf_release(&line);
}

static enum status wait_for_reply(
	struct ask *a, const atl_chat *chat, struct err *err)
{
	while (atl_chat_active(chat)) {
		struct loop_source sources[] = {
			{a->app->signal_fd, POLLIN, NULL, signal_ready, a},
			{atl_agent_fd(a->agent.agent), POLLIN, agent_timeout,
				agent_ready, a},
			{answer_over(a->answer) ? -1 : STDOUT_FILENO, 0, NULL,
				stdout_ready, a},
			app_guide_source(a->app),
		};
		enum status st = loop_once(
			sources, sizeof(sources) / sizeof(sources[0]), err);

		if (st != ST_OK)
			return st;
		show_countdown(a);
	}
	return ST_OK;
}

/* Adds what the preset advises about a host that refuses. */
static void add_advice(struct ask *a, struct err *err)
{
	struct app_agent *from = NULL;
	struct buf advice;

	buf_init(&advice, BUF_SMALL);
	/* For a pool, only the message knows which endpoint it was. */
	if (app_agent(a->app, span_of(NULL, 0), &from, NULL) == ST_OK &&
		from->agent.pool == NULL)
		presets_advice(a->app, from->agent.url, &advice);
	if (advice.len > 0)
		err_hint(err, "\n%s", advice.p);
	buf_release(&advice);
}

/*
 * --check
 */

/* Nothing is shown as it comes; the verdict is shown as a whole. */
static int on_check(const atl_event *event, void *payload)
{
	(void)event;
	(void)payload;
	return 0;
}

static enum status start_check(
	struct ask *a, const atl_reply *reply, struct err *err)
{
	atl_message m = ATL_MESSAGE_INIT;
	size_t n = a->message.document_count;
	atl_document *docs = calloc(n + 2, sizeof(*docs));
	atl_error e;
	enum status st;

	if (docs == NULL)
		return err_nomem(err);
	if (n > 0)
		memcpy(docs, a->documents, n * sizeof(*docs));
	docs[n] = (atl_document){REVIEW_QUESTION, a->prompt.p, a->prompt.len};
	docs[n + 1] = (atl_document){
		REVIEW_ANSWER, atl_reply_text(reply), atl_reply_size(reply)};
	m.content = review_prompt;
	m.documents = docs;
	m.document_count = n + 2;
	st = ask_check(atl_chat_open(&a->check, a->agent.agent, NULL, NULL, &e),
		&e, err);
	if (st == ST_OK)
		st = ask_check(
			atl_chat_start(a->check, &m, on_check, a, &e), &e, err);
	free(docs);
	return st;
}

/* Asks without a store and apart from the conversation. Whatever fails here is
 * not a failure of the answer. */
static void check(struct ask *a, const atl_reply *reply)
{
	struct review *r = &a->review;
	atl_reply *verdict = NULL;
	atl_error e;
	enum status st = start_check(a, reply, &r->err);

	if (st == ST_OK)
		st = wait_for_reply(a, a->check, &r->err);
	if (st == ST_OK)
		st = ask_check(
			atl_chat_result(a->check, &verdict, &e), &e, &r->err);
	if (st == ST_OK)
		review_read(r,
			span_of(atl_reply_text(verdict),
				atl_reply_size(verdict)));
	atl_reply_free(verdict);
	if (r->verdict == REVIEW_NONE)
		app_note(a->app, "the answer was not checked: %s", r->err.msg);
	else
		app_note(a->app, "checked: %s%s%s", review_name(r->verdict),
			r->why.len > 0 ? "; " : "", r->why.p);
}

static bool is_to_check(
	const struct ask *a, const atl_reply *reply, enum status st)
{
	return a->app->args.check && st == ST_OK && reply != NULL &&
		atl_reply_size(reply) > 0 && !a->stopped &&
		!answer_over(a->answer);
}

static enum status ask(struct ask *a, struct err *err)
{
	atl_reply *reply = NULL;
	atl_error e = {ATL_OK, ""};
	bool checking;
	bool before;
	enum status st;

	st = answer_new(&a->answer, a->app, err);
	if (st == ST_OK && a->storeless)
		answer_unsaved(a->answer);
	if (st == ST_OK)
		st = ask_check(
			atl_chat_start(a->chat, &a->message, on_event, a, &e),
			&e, err);
	if (st == ST_OK)
		st = wait_for_reply(a, a->chat, err);
	if (st == ST_OK)
		st = ask_check(atl_chat_result(a->chat, &reply, &e), &e, err);
	if (st == ST_AUTH || st == ST_MODEL)
		add_advice(a, err);
	checking = a->answer != NULL && is_to_check(a, reply, st);
	/* JSON includes the verdict; any other answer is written before it is
	 * checked. */
	before = checking && answer_is_json(a->answer);
	if (before) {
		check(a, reply);
		answer_reviewed(a->answer, &a->review);
	}
	if (a->answer != NULL)
		st = answer_end(
			a->answer, reply, atl_chat_id(a->chat), st, err);
	if (checking && !before)
		check(a, reply);
	atl_reply_free(reply);
	return st;
}

enum status ask_run(struct app *app, struct err *err)
{
	struct ask a = {.app = app, .message = ATL_MESSAGE_INIT};
	enum status st;

	term_mute();
	input_init(&a.input);
	a.input.stop_fd = app->signal_fd;
	review_init(&a.review);
	buf_init(&a.prompt, INPUT_MAX + BUF_SMALL);
	buf_init(&a.schema, BUF_LARGE);
	st = gather(&a, err);
	if (st == ST_OK)
		st = ask_agent_make(&a.agent, app,
			a.schema.len > 0 ? a.schema.p : NULL, err);
	if (st == ST_OK)
		st = open_store(&a, err);
	if (st == ST_OK)
		st = open_chat(&a, err);
	if (st == ST_OK)
		st = app->args.dry_run ? dry_run(&a, err) : ask(&a, err);
	answer_free(a.answer);
	atl_chat_close(a.check);
	review_release(&a.review);
	atl_chat_close(a.chat);
	ask_agent_release(&a.agent);
	atl_store_close(a.store);
	if (st == ST_OK && !app->args.dry_run)
		change_retire(app, NULL);
	free(a.documents);
	input_release(&a.input);
	buf_release(&a.prompt);
	buf_release(&a.schema);
	return st;
}
