#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/export.h"
#include "app/screen.h"
#include "app/unlock.h"
#include "base/file.h"
#include "engine/session.h"
#include "text/safe.h"
#include "tty/progress.h"
#include "wire/exchange.h"
#include "wire/json.h"

/* What is being imported. */
struct import {
	struct app *app;
	size_t convs;
	size_t messages;
	struct progress progress;
	struct buf out; /* a line for each conversation */
};

static void put_line(struct import *im, const struct conv *c)
{
	char hex[ID_HEX + 1];

	id_hex(&c->id, hex);
	buf_fmt(&im->out, "%.8s  %4zu  ", hex, c->n);
	safe_line(buf_view(&c->title), &im->out);
	buf_char(&im->out, '\n');
}

/* Saves what was read as a new conversation. */
static enum status store(struct conv *c, void *payload, struct err *err)
{
	struct import *im = payload;
	struct session_options o = {
		.vault = im->app->storage.vault,
		.catalog = im->app->storage.catalog,
	};
	struct session *s = NULL;
	size_t i;
	enum status st = session_new(&s, &o, err);

	if (st == ST_OK && c->system.len > 0)
		st = session_set_system(s, buf_view(&c->system), err);
	for (i = 0; i < c->n && st == ST_OK; i++) {
		struct msg *m = c->all[i];

		c->all[i] = NULL;
		st = session_preload(s, m, err);
	}
	if (st == ST_OK)
		st = session_save(
			s, buf_view(&c->title), buf_view(&c->agent), err);
	if (st == ST_OK) {
		im->convs++;
		im->messages += session_conv(s)->n;
		put_line(im, session_conv(s));
		progress_at(&im->progress, im->convs, 0);
	}
	session_free(s);
	return st;
}

static enum status read_source(
	const char *name, struct buf *out, struct err *err)
{
	if (strcmp(name, "-") == 0)
		return fd_read_all(STDIN_FILENO, "standard input", out, err);
	if (file_read(name, out, err) == ST_OK)
		return ST_OK;
	/* The status is that of any bad file on the command line. */
	err->code = ST_USAGE;
	return ST_USAGE;
}

/* Whether this is not JSON at all: HTML or Markdown, say. */
static bool is_no_json(struct span text)
{
	text = span_trim(text);
	return text.n == 0 || (text.p[0] != '{' && text.p[0] != '[');
}

/* Imports every conversation in one file. */
static enum status import_file(
	struct import *im, const char *name, struct err *err)
{
	struct buf text;
	size_t skipped = 0;
	enum status st;

	buf_init(&text, JSON_TEXT_MAX);
	st = read_source(name, &text, err);
	if (st == ST_OK)
		st = exchange_read(buf_view(&text), store, im, &skipped, err);
	if (st == ST_DAMAGED) {
		err_prefix(err, "\"%s\"", name);
		if (err != NULL)
			err->code = ST_USAGE;
		if (err != NULL && is_no_json(buf_view(&text)))
			err_hint(err,
				"; import takes what export writes with --json "
				"or --jsonl, lists of messages with role and "
				"content, and conversations.json of ChatGPT or "
				"Claude");
		st = ST_USAGE;
	}
	progress_hide(&im->progress);
	if (skipped > 0)
		app_note(im->app,
			"\"%s\": %zu message%s of tools, or without a text, "
			"left out",
			name, skipped, skipped == 1 ? "" : "s");
	buf_release(&text);
	return st;
}

enum status import_run(struct app *app, struct err *err)
{
	struct import im = {.app = app};
	struct err late;
	size_t i;
	enum status st = unlock_storage(app, err);

	if (st == ST_OK && app->storage.vault == NULL)
		st = err_set(err, ST_IO,
			"there is no place to save conversations in");
	buf_init(&im.out, BUF_LARGE);
	progress_start(
		&im.progress, "importing", "conversations", app->args.quiet);
	for (i = 0; i < app->args.words.n && st == ST_OK; i++)
		st = import_file(&im, app->args.words.v[i], err);
	progress_stop(&im.progress);
	if (screen_write(app, &im.out, &late) != ST_OK && st == ST_OK) {
		*err = late;
		st = late.code;
	}
	if (im.convs > 0)
		app_note(app, "%zu conversation%s imported, %zu message%s",
			im.convs, im.convs == 1 ? "" : "s", im.messages,
			im.messages == 1 ? "" : "s");
	buf_release(&im.out);
	return st;
}
