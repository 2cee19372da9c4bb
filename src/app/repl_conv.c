#include "app/repl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/history.h"
#include "app/reuse.h"
#include "app/saved.h"
#include "app/terminal.h"
#include "base/file.h"
#include "engine/session.h"
#include "store/catalog.h"
#include "text/match.h"
#include "text/safe.h"
#include "tty/edit.h"
#include "tty/render.h"
#include "tty/term.h"

enum { PICK_MAX = 20 };

static void on_foreign(void *payload)
{
	struct repl *r = payload;

	render_notice(r->render,
		span_str("another process has added to this conversation; "
			 "/resume shows it all"));
}

static bool on_refused_key(const struct agent *agent, void *payload)
{
	struct repl *r = payload;

	return app_renew_key(r->app, agent);
}

bool repl_saves(const struct repl *r)
{
	return r->app->storage.vault != NULL && !r->app->args.private;
}

static struct session_options options(struct repl *r)
{
	bool saved = repl_saves(r);
	bool recalls = saved && !r->app->args.no_memory;

	reuse_open(r->app, NULL);
	return (struct session_options){
		.http = r->app->http,
		.known = &r->app->known,
		.cache = saved ? r->app->cache : NULL,
		.max_wait_ms = -1, /* Ctrl-C ends it */
		.vault = saved ? r->app->storage.vault : NULL,
		.catalog = saved ? r->app->storage.catalog : NULL,
		.memory = recalls ? r->app->storage.memory : NULL,
		.terminal = span_str(terminal_name()),
		.strict = r->app->args.strict,
		.compact_percent = config_compact(&r->app->config),
		.foreign = on_foreign,
		.renew_key = on_refused_key,
		.payload = r,
	};
}

enum status repl_new(struct repl *r, struct err *err)
{
	struct session_options o = options(r);
	struct session *fresh = NULL;
	enum status st = session_new(&fresh, &o, err);

	if (st != ST_OK)
		return st;
	session_free(r->session);
	r->session = fresh;
	return ST_OK;
}

enum status repl_message(
	struct repl *r, size_t n, const struct msg **ret, struct err *err)
{
	const struct conv *c = session_conv(r->session);
	struct msg **path = NULL;
	size_t len = 0;
	enum status st;

	if (n == 0) {
		*ret = conv_last(c, ROLE_ASSISTANT);
		return *ret != NULL
			? ST_OK
			: err_set(err, ST_NOT_FOUND, "there is no reply yet");
	}
	st = conv_path(c, &path, &len, err);
	if (st == ST_OK && n > len)
		st = err_set(err, ST_NOT_FOUND,
			"there is no message %zu; the conversation has %zu", n,
			len);
	if (st == ST_OK)
		*ret = path[n - 1];
	free(path);
	return st;
}

enum status repl_confirm(struct repl *r, const char *question, struct err *err)
{
	bool quiet = term_quiet(false);
	enum status st = saved_confirm(r->app, question, err);

	if (quiet)
		(void)term_quiet(true);
	return st;
}

enum status repl_may_write(
	struct repl *r, const struct buf *path, struct err *err)
{
	struct buf question;
	enum status st = file_output_check(path->p, err);

	if (st != ST_OK || r->force || !file_exists(path->p))
		return st;
	buf_init(&question, BUF_SMALL);
	buf_char(&question, '"');
	safe_line(buf_view(path), &question);
	buf_str(&question, "\" is there already. Replace it? [y/N] ");
	st = buf_check(&question, "question", err);
	if (st == ST_OK)
		st = repl_confirm(r, question.p, err);
	buf_release(&question);
	return st;
}

/* Finds the only conversation whose title has these words. */
static enum status find_words(struct catalog *c, struct span what,
	const struct catalog_entry **ret, struct err *err)
{
	const struct catalog_entry *e;
	const struct catalog_entry *hit = NULL;
	struct match m;
	size_t found = 0;
	size_t n;
	size_t i;
	enum status st = catalog_list(c, &e, &n, err);

	match_init(&m);
	if (st == ST_OK)
		st = match_words(&m, what, err);
	for (i = 0; st == ST_OK && m.n > 0 && i < n; i++)
		if (match_all(&m, e[i].title)) {
			found++;
			hit = &e[i];
		}
	match_release(&m);
	if (st != ST_OK)
		return st;
	if (found == 0)
		return err_set(err, ST_NOT_FOUND,
			"no conversation has the id or title \"%.*s\"; "
			"atllama list, or /list in a chat, shows them",
			(int)(what.n > 100 ? 100 : what.n), what.p);
	if (found > 1)
		return err_set(err, ST_USAGE,
			"%zu titles have \"%.*s\"; atllama list, or /list in "
			"a chat, shows which",
			found, (int)(what.n > 100 ? 100 : what.n), what.p);
	*ret = hit;
	return ST_OK;
}

enum status repl_find(struct repl *r, struct span what,
	const struct catalog_entry **ret, struct err *err)
{
	struct catalog *c = r->app->storage.catalog;
	const struct catalog_entry *e;
	long long at;
	size_t n;
	enum status st;

	if (c == NULL)
		return err_set(err, ST_NOT_FOUND, "nothing is saved here");
	if (what.n == 0)
		return catalog_latest(c, span_str(terminal_name()), ret, err);
	if (what.n < 4 && span_int(what, 1, 999, &at)) {
		st = catalog_list(c, &e, &n, err);
		if (st == ST_OK && (size_t)at > n)
			st = err_set(err, ST_NOT_FOUND,
				"the list has %zu conversation%s; /list shows "
				"them",
				n, n == 1 ? "" : "s");
		if (st == ST_OK)
			*ret = &e[at - 1];
		return st;
	}
	st = catalog_find(c, what, ret, err);
	return st == ST_NOT_FOUND ? find_words(c, what, ret, err) : st;
}

/* Makes the agent of a resumed conversation the active one, if it still
 * exists. */
static void follow_agent(struct repl *r)
{
	struct span name = buf_view(&session_conv(r->session)->agent);
	struct app_agent *a;

	if (r->app->args.agent.agent != NULL || name.n == 0 ||
		agent_find_name(&r->app->config, name) == NULL ||
		r->app->args.verb == VERB_TOUR)
		return;
	if (app_agent(r->app, name, &a, NULL) == ST_OK)
		r->active = a;
}

static enum status show_last_turn(struct repl *r, struct err *err)
{
	const struct conv *c = session_conv(r->session);
	enum status st;

	buf_str(&r->out, "Going on with \"");
	safe_line(buf_view(&c->title), &r->out);
	buf_fmt(&r->out, "\", %zu message%s", c->n, c->n == 1 ? "" : "s");
	if (c->thread.len > 0) {
		buf_str(&r->out, ", in its thread \"");
		safe_line(buf_view(&c->thread), &r->out);
		buf_char(&r->out, '"');
	}
	buf_str(&r->out, ".\n");
	repl_words(r);
	st = history_render_last(c, r->render, err);
	if (st == ST_OK)
		repl_gap(r);
	return st;
}

static void tell_others(struct repl *r)
{
	struct span who = session_others(r->session);

	if (who.n > 0 && !r->app->args.fork)
		app_say(r->app,
			"%.*s has this conversation open, too; what both say "
			"is kept side by side\n"
			"atllama -c --fork goes on in a copy",
			(int)who.n, who.p);
}

enum status repl_resume(struct repl *r, struct span what, struct err *err)
{
	const struct catalog_entry *e;
	struct session_options o;
	struct session *old = NULL;
	struct buf notice;
	struct id id;
	bool private = r->app->args.private;
	enum status st = repl_find(r, what, &e, err);

	if (st != ST_OK)
		return st;
	id = e->id;
	/* A saved conversation goes on being saved. */
	r->app->args.private = false;
	o = options(r);
	buf_init(&notice, BUF_LARGE);
	st = session_open(&old, &o, &id, &notice, err);
	if (st != ST_OK)
		r->app->args.private = private;
	if (st == ST_OK) {
		session_free(r->session);
		r->session = old;
		if (notice.len > 0)
			app_say(r->app, "%s", notice.p);
		tell_others(r);
		follow_agent(r);
		st = show_last_turn(r, err);
	}
	buf_release(&notice);
	return st;
}

enum status repl_list(struct repl *r, struct err *err)
{
	enum { SHOWN = 30 };
	const struct catalog_entry *e;
	size_t n;
	enum status st;

	if (r->app->storage.catalog == NULL)
		return err_set(err, ST_NOT_FOUND, "nothing is saved here");
	st = catalog_list(r->app->storage.catalog, &e, &n, err);
	if (st != ST_OK)
		return st;
	history_lines(e, n, SHOWN, true, &r->out);
	if (n > SHOWN)
		buf_fmt(&r->out, "%zu more: atllama list shows them all.\n",
			n - SHOWN);
	else if (n == 0)
		buf_str(&r->out, "No conversation is saved yet.\n");
	repl_words(r);
	return ST_OK;
}

/* Appends a line for each conversation whose title has all the terms, with its
 * position. */
static size_t put_matching(struct repl *r, const struct match *m,
	const struct catalog_entry *e, size_t n, size_t *ret_last)
{
	size_t found = 0;
	size_t i;

	for (i = 0; i < n; i++) {
		if (!match_all(m, e[i].title))
			continue;
		*ret_last = i;
		if (++found > PICK_MAX)
			continue;
		buf_fmt(&r->out, "%3zu  ", i + 1);
		history_lines(&e[i], 1, 0, false, &r->out);
	}
	if (found > PICK_MAX)
		buf_fmt(&r->out, "%zu more.\n", found - PICK_MAX);
	return found;
}

enum status repl_pick(struct repl *r, struct span words, struct err *err)
{
	const struct catalog_entry *e = NULL;
	struct match m;
	size_t last = 0;
	size_t found = 0;
	size_t n = 0;
	enum status st = ST_OK;

	match_init(&m);
	if (r->app->storage.catalog == NULL)
		st = err_set(err, ST_NOT_FOUND, "nothing is saved here");
	if (st == ST_OK)
		st = match_words(&m, words, err);
	if (st == ST_OK)
		st = catalog_list(r->app->storage.catalog, &e, &n, err);
	if (st == ST_OK)
		found = put_matching(r, &m, e, n, &last);
	match_release(&m);
	if (st == ST_OK && found == 0)
		st = n == 0 ? err_set(err, ST_NOT_FOUND,
				      "there is no saved conversation yet")
			    : err_set(err, ST_NOT_FOUND,
				      "no title has these words; /list shows "
				      "them all");
	if (st != ST_OK || found == 1) {
		char number[32];

		buf_reset(&r->out);
		if (st != ST_OK)
			return st;
		(void)snprintf(number, sizeof(number), "%zu", last + 1);
		return repl_resume(r, span_str(number), err);
	}
	if (r->edit == NULL || script_active(&r->script)) {
		repl_words(r);
		return err_set(err, ST_USAGE,
			"which one? /resume takes its number, its ID or its "
			"title");
	}
	buf_str(&r->out, "Which one? A number, or words of its title.\n");
	repl_words(r);
	edit_draft(r->edit, span_str("/resume "));
	return ST_OK;
}
