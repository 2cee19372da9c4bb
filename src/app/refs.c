#include "app/refs.h"

#include <stdlib.h>
#include <string.h>

#include "app/argword.h"
#include "app/input.h"
#include "app/saved.h"
#include "chat/image.h"
#include "engine/prompt.h"
#include "engine/session.h"
#include "store/catalog.h"
#include "text/safe.h"
#include "text/tokens.h"
#include "tty/term.h"

static void tell(
	const char *word, struct span name, struct span text, struct buf *told)
{
	struct image image;
	struct buf line;

	buf_fmt(told, "%s: ", word);
	if (image_read(text, &image)) {
		buf_init(&line, BUF_SMALL);
		image_describe(name, &image, &line);
		safe_line(buf_view(&line), told);
		buf_char(told, '\n');
		buf_release(&line);
		return;
	}
	safe_line(name, told);
	buf_fmt(told, " (%zu byte%s, about %lld token%s)\n", text.n,
		text.n == 1 ? "" : "s", (long long)tokens_estimate(text),
		tokens_estimate(text) == 1 ? "" : "s");
}

static void tell_left_out(const struct input *in, struct buf *told)
{
	struct span rest = buf_view(&in->left_out);

	while (rest.n > 0) {
		buf_str(told, "left out: ");
		safe_line(span_cut(&rest, '\n'), told);
		buf_char(told, '\n');
	}
}

enum status refs_confirm(const struct app *app, const struct msg *m,
	int64_t window, struct err *err)
{
	struct buf question;
	int64_t tokens = 0;
	bool quiet;
	enum status st;
	size_t i;

	for (i = 0; i < m->attach_n; i++)
		tokens += prompt_document_tokens(buf_view(&m->attach[i].text));
	if (tokens <= REFS_UNASKED_TOKENS &&
		(window <= 0 || tokens <= window / 4))
		return ST_OK;
	buf_init(&question, BUF_SMALL);
	buf_fmt(&question, "%zu document%s, about %lld tokens", m->attach_n,
		m->attach_n == 1 ? "" : "s", (long long)tokens);
	if (window > 0)
		buf_fmt(&question, ", %lld %% of the window",
			(long long)(tokens * 100 / window));
	buf_str(&question, ". Send them? [y/N] ");
	st = buf_check(&question, "question", err);
	quiet = term_quiet(false);
	if (st == ST_OK)
		st = saved_confirm(app, question.p, err);
	if (quiet)
		(void)term_quiet(true);
	if (st == ST_FAIL)
		st = err_set(err, ST_FAIL, "nothing was sent");
	buf_release(&question);
	return st;
}

/* Attaches one document and appends the line that tells the user. */
static enum status attach(struct msg *m, struct span name, struct span text,
	struct buf *told, struct err *err)
{
	enum status st = msg_attach(m, name, text, err);

	if (st == ST_OK)
		tell("attached", name, text, told);
	return st;
}

void refs_list(const struct input *in, const char *word, struct buf *told)
{
	size_t i;

	for (i = 0; i < in->n; i++)
		tell(word, buf_view(&in->docs[i].name),
			buf_view(&in->docs[i].text), told);
	tell_left_out(in, told);
}

void refs_note(const struct app *app, const struct input *in)
{
	struct buf told;
	struct span rest;
	size_t i;

	buf_init(&told, BUF_LARGE);
	for (i = 0; i < in->n; i++)
		if (in->docs[i].found)
			tell("attached", buf_view(&in->docs[i].name),
				buf_view(&in->docs[i].text), &told);
	tell_left_out(in, &told);
	rest = buf_view(&told);
	while (rest.n > 0) {
		struct span line = span_cut(&rest, '\n');

		app_note(app, "%.*s", (int)line.n, line.p);
	}
	buf_release(&told);
}

enum status refs_attach_input(const struct input *in, struct msg *m,
	struct buf *told, struct err *err)
{
	enum status st = ST_OK;
	size_t i;

	for (i = 0; i < in->n && st == ST_OK; i++)
		st = attach(m, buf_view(&in->docs[i].name),
			buf_view(&in->docs[i].text), told, err);
	if (st == ST_OK)
		tell_left_out(in, told);
	return st;
}

static enum status attach_file(const struct line_ref *ref, struct msg *m,
	struct buf *told, struct err *err)
{
	struct input in;
	struct buf path;
	enum status st;

	input_init(&in);
	buf_init(&path, BUF_SMALL);
	st = argword_home(ref->word, &path, err);
	if (st == ST_OK)
		st = input_file(&in, path.p, err);
	if (st == ST_OK)
		st = refs_attach_input(&in, m, told, err);
	if (st == ST_OK && in.n == 0)
		st = err_set(err, ST_USAGE, "\"%s\" is empty", path.p);
	input_release(&in);
	buf_release(&path);
	return st;
}

/* Attaches messages `first` to `last` of the path, counted from 1. */
static enum status attach_messages(const struct conv *conv, int64_t first,
	int64_t last, const char *what, struct msg *m, struct buf *told,
	struct err *err)
{
	struct msg **path = NULL;
	struct buf name;
	size_t n = 0;
	int64_t i;
	enum status st = conv_path(conv, &path, &n, err);

	buf_init(&name, BUF_SMALL);
	if (st == ST_OK && (first < 1 || last > (int64_t)n || first > last))
		st = err_set(err, ST_USAGE,
			"there is no message %lld; %s has %zu",
			(long long)(first < 1 || first > (int64_t)n ? first
								    : last),
			what, n);
	for (i = first; i <= last && st == ST_OK; i++) {
		const struct msg *from = path[i - 1];

		buf_reset(&name);
		buf_fmt(&name, "message %lld of %s, by %s", (long long)i, what,
			from->role == ROLE_ASSISTANT && from->agent.len > 0
				? from->agent.p
				: role_name(from->role));
		st = attach(
			m, buf_view(&name), buf_view(&from->text), told, err);
	}
	buf_release(&name);
	free(path);
	return st;
}

static enum status attach_last(const struct conv *conv, struct msg *m,
	struct buf *told, struct err *err)
{
	const struct msg *from = conv_last(conv, ROLE_ASSISTANT);

	if (from == NULL)
		return err_set(err, ST_USAGE,
			"@last: there is no reply yet to refer to");
	return attach(m, span_str("the last reply"), buf_view(&from->text),
		told, err);
}

static enum status attach_chat(struct app *app, const struct line_ref *ref,
	struct msg *m, struct buf *told, struct err *err)
{
	struct session_options so = {
		.vault = app->storage.vault, .catalog = app->storage.catalog};
	const struct catalog_entry *e;
	struct session *s = NULL;
	struct buf what;
	struct id id;
	enum status st;

	if (app->storage.catalog == NULL)
		return err_set(err, ST_USAGE,
			"@chat: nothing is saved here to refer to");
	st = catalog_find(app->storage.catalog, ref->word, &e, err);
	if (st != ST_OK)
		return st;
	id = e->id;
	buf_init(&what, BUF_SMALL);
	buf_str(&what, "conversation \"");
	buf_span(&what, e->title);
	buf_char(&what, '"');
	st = session_open(&s, &so, &id, NULL, err);
	if (st == ST_OK) {
		const struct conv *conv = session_conv(s);
		struct msg **path = NULL;
		size_t n = 0;

		st = conv_path(conv, &path, &n, err);
		free(path);
		if (st == ST_OK)
			st = attach_messages(conv,
				ref->first > 0 ? ref->first : 1,
				ref->first > 0 ? ref->first : (int64_t)n,
				what.p, m, told, err);
	}
	session_free(s);
	buf_release(&what);
	return st;
}

enum status refs_attach(struct app *app, const struct line *line,
	const struct conv *conv, struct msg *m, struct buf *told,
	struct err *err)
{
	enum status st = ST_OK;
	size_t i;

	for (i = 0; i < line->n_refs && st == ST_OK; i++) {
		const struct line_ref *ref = &line->refs[i];

		switch (ref->kind) {
		case MENTION_FILE: st = attach_file(ref, m, told, err); break;
		case MENTION_LAST: st = attach_last(conv, m, told, err); break;
		case MENTION_RANGE:
			st = attach_messages(conv, ref->first, ref->last,
				"this conversation", m, told, err);
			break;
		case MENTION_CHAT:
			st = attach_chat(app, ref, m, told, err);
			break;
		case MENTION_NONE:
		case MENTION_NAME:
		case MENTION_AT: break;
		}
	}
	return st;
}
