#include <string.h>
#include <unistd.h>

#include "app/argword.h"
#include "app/clip.h"
#include "app/commands.h"
#include "app/refs.h"
#include "app/repl.h"
#include "base/file.h"
#include "chat/msg.h"
#include "engine/prompt.h"
#include "text/fence.h"
#include "text/safe.h"
#include "tty/term.h"

/*
 * The clipboard
 */

/* The nth code block of a message, counted from 1. */
static enum status take_block(
	const struct msg *m, size_t n, struct buf *out, struct err *err)
{
	struct span rest = buf_view(&m->text);
	size_t i;

	for (i = 0; i < n; i++) {
		buf_reset(out);
		if (!fence_next(&rest, NULL, out))
			return err_set(err, ST_NOT_FOUND,
				i == 0 ? "there is no code block in it"
				       : "it has %zu code block%s",
				i, i == 1 ? "" : "s");
	}
	/* Without the last newline: pasted into a shell, it waits for Enter. */
	if (out->len > 0 && out->p[out->len - 1] == '\n')
		buf_truncate(out, out->len - 1);
	return buf_check(out, "code block", err);
}

/* "[N|code [N]]": what is to be copied. */
static enum status copied_text(
	struct repl *r, struct span args, struct buf *out, struct err *err)
{
	const struct msg *m;
	struct span rest = args;
	bool code = span_is(span_cut(&rest, ' '), "code");
	struct span number = code ? span_trim(rest) : args;
	long long n = code ? 1 : 0;
	enum status st;

	if (number.n > 0 && !span_int(number, 1, 999999999, &n))
		return err_set(err, ST_USAGE,
			"/copy takes the number of a message, or code and the "
			"number of a code block in the last reply, such as "
			"/copy code 2");
	st = repl_message(r, code ? 0 : (size_t)n, &m, err);
	if (st != ST_OK)
		return st;
	if (code)
		return take_block(m, (size_t)n, out, err);
	buf_span(out, buf_view(&m->text));
	return buf_check(out, "message", err);
}

/* Whether a terminal that gets the text pasted would act on it, or hide some
 * of it. */
static bool has_hidden(struct span text)
{
	struct buf seen;
	bool same;

	buf_init(&seen, 4 * BUF_LARGE);
	safe_text(text, &seen);
	same = !seen.bad && span_eq(buf_view(&seen), text);
	buf_release(&seen);
	return !same;
}

COMMAND(copy)
{
	struct buf text;
	struct buf way;
	enum status st;

	(void)next;
	buf_init(&text, BUF_LARGE);
	buf_init(&way, BUF_SMALL);
	st = copied_text(r, args, &text, err);
	if (st == ST_OK && text.len == 0)
		st = err_set(err, ST_USAGE, "there is no text in it to copy");
	if (st == ST_OK)
		st = clip_put(buf_view(&text), &way, err);
	if (st == ST_OK) {
		buf_fmt(&r->out, "Copied %zu byte%s %s.\n", text.len,
			text.len == 1 ? "" : "s", way.p);
		if (has_hidden(buf_view(&text)))
			buf_str(&r->out,
				"There are characters in it that act on a "
				"terminal or cannot be seen: look before you "
				"paste it.\n");
		repl_words(r);
	}
	buf_release(&way);
	buf_release(&text);
	return st;
}

/*
 * Files
 */

/* "FILE [N]" */
static enum status saved_what(struct repl *r, struct span args,
	struct buf *path, const struct msg **ret, struct err *err)
{
	struct span rest = args;
	long long n = 0;
	enum status st = argword_path(&rest, path, err);

	if (st == ST_NOT_FOUND)
		return err_set(err, ST_USAGE,
			"/save takes a file, and the number of a message if "
			"it is not the last reply");
	rest = span_trim(rest);
	if (st == ST_OK && rest.n > 0 && !span_int(rest, 1, 999999999, &n))
		return err_set(err, ST_USAGE,
			"\"%.*s\" is not the number of a message; a name with "
			"blanks in it goes into quotes",
			(int)(rest.n > 64 ? 64 : rest.n), rest.p);
	return st == ST_OK ? repl_message(r, (size_t)n, ret, err) : st;
}

COMMAND(save)
{
	const struct msg *m = NULL;
	struct buf path;
	struct buf text;
	enum status st;

	(void)next;
	buf_init(&path, BUF_SMALL);
	buf_init(&text, 2 * BUF_LARGE);
	st = saved_what(r, args, &path, &m, err);
	if (st == ST_OK)
		st = repl_may_write(r, &path, err);
	if (st == ST_OK) {
		buf_span(&text, buf_view(&m->text));
		if (text.len > 0 && text.p[text.len - 1] != '\n')
			buf_char(&text, '\n');
		st = buf_check(&text, "message", err);
	}
	if (st == ST_OK)
		st = file_output(path.p, buf_view(&text), 0600, err);
	if (st == ST_OK) {
		buf_fmt(&r->out, "Wrote %zu byte%s to ", text.len,
			text.len == 1 ? "" : "s");
		safe_line(buf_view(&path), &r->out);
		buf_str(&r->out, ", not encrypted.\n");
		repl_words(r);
	}
	buf_release(&path);
	buf_release(&text);
	return st;
}

static enum status add_files(
	struct span args, struct input *in, struct err *err)
{
	struct span rest = args;
	struct buf path;
	enum status st;

	buf_init(&path, BUF_SMALL);
	do {
		buf_reset(&path);
		st = argword_path(&rest, &path, err);
		if (st == ST_OK)
			st = input_file(in, path.p, err);
	} while (st == ST_OK && span_trim(rest).n > 0);
	buf_release(&path);
	if (st == ST_OK && in->n == 0)
		st = err_set(err, ST_USAGE, "there is no text in it");
	return st;
}

static void show_files(struct repl *r)
{
	int64_t tokens = 0;
	size_t i;

	if (r->files.n == 0)
		buf_str(&r->out,
			"No file goes with the next message; /file PATH "
			"attaches one.\n");
	refs_list(&r->files, "next message", &r->out);
	for (i = 0; i < r->files.n; i++)
		tokens += prompt_document_tokens(
			buf_view(&r->files.docs[i].text));
	if (r->files.n > 1)
		buf_fmt(&r->out,
			"%zu documents, about %lld tokens; /file clear "
			"takes them back.\n",
			r->files.n, (long long)tokens);
	repl_words(r);
}

COMMAND(file)
{
	struct input in;
	enum status st;

	(void)next;
	if (args.n == 0) {
		show_files(r);
		return ST_OK;
	}
	if (span_is(args, "clear")) {
		if (r->files.n > 0)
			buf_str(&r->out, "Taken back. ");
		input_release(&r->files);
		show_files(r);
		return ST_OK;
	}
	input_init(&in);
	st = add_files(args, &in, err);
	if (st == ST_OK)
		st = input_join(&r->files, &in, err);
	if (st == ST_OK)
		show_files(r);
	input_release(&in);
	return st;
}

COMMAND(source)
{
	struct span rest = args;
	struct buf path;
	enum status st;

	(void)next;
	buf_init(&path, BUF_SMALL);
	st = argword_path(&rest, &path, err);
	if (st == ST_NOT_FOUND || span_trim(rest).n > 0)
		st = err_set(err, ST_USAGE, "/source takes one file");
	if (st == ST_OK && span_is(buf_view(&path), "-"))
		st = err_set(err, ST_USAGE,
			"/source takes a file; what is typed is read already");
	if (st == ST_OK)
		st = script_open(&r->script, path.p, err);
	buf_release(&path);
	return st;
}

COMMAND(clear)
{
	const struct term *t = term_get();

	(void)next;
	if (args.n > 0)
		return err_set(err, ST_USAGE,
			"/clear empties the screen and takes nothing behind "
			"it; /new begins another conversation");
	if (!t->out || t->dumb)
		return err_set(err, ST_USAGE,
			"this terminal cannot be cleared; /new begins "
			"another conversation");
	buf_str(&r->out, "\033[H\033[2J");
	repl_print(r);
	buf_str(&r->out, "The conversation goes on; /new begins another.\n");
	repl_words(r);
	return ST_OK;
}
