#include <string.h>

#include "app/argword.h"
#include "app/commands.h"
#include "app/input.h"
#include "app/repl.h"
#include "base/file.h"
#include "conf/agent.h"
#include "engine/session.h"
#include "text/safe.h"
#include "text/tokens.h"
#include "tty/editor.h"
#include "tty/term.h"

/* Stands for "no system prompt at all": a blank text, which is not sent. */
#define NO_SYSTEM " "

static bool is_path(struct span s)
{
	return span_starts(s, "./") || span_starts(s, "../") ||
		span_starts(s, "/") || span_starts(s, "~/");
}

/* Whether the text is "file PATH"; with more words it is a prompt. */
static bool names_file(struct span s, struct span *ret)
{
	struct buf word;
	bool is = span_is(span_cut(&s, ' '), "file");

	*ret = span_trim(s);
	s = *ret;
	buf_init(&word, BUF_SMALL);
	is = is && argword_next(&s, &word) && span_trim(s).n == 0;
	buf_release(&word);
	return is;
}

/* Whether the text looks like a file name, which is hardly meant as a
 * prompt. */
static bool is_file_name(struct span s)
{
	const char *dot = memchr(s.p, '.', s.n);

	return dot != NULL && dot + 1 < s.p + s.n &&
		memchr(s.p, ' ', s.n) == NULL && memchr(s.p, '\n', s.n) == NULL;
}

static void show_system(struct repl *r)
{
	struct span own = buf_view(&session_conv(r->session)->system);
	struct span text = own.n > 0 ? own : span_str(r->active->agent.system);

	if (span_trim(text).n == 0) {
		buf_str(&r->out, "No system prompt is sent.\n");
		return;
	}
	safe_text(text, &r->out);
	if (text.p[text.n - 1] != '\n')
		buf_char(&r->out, '\n');
	buf_fmt(&r->out, "(that of %s%s, about %lld tokens)\n",
		own.n > 0 ? "this conversation" : "@",
		own.n > 0 ? "" : r->active->agent.name,
		(long long)tokens_estimate(text));
}

static enum status read_system(
	struct span path, struct buf *out, struct err *err)
{
	struct buf name;
	struct span rest = path;
	enum status st;

	buf_init(&name, BUF_SMALL);
	st = argword_path(&rest, &name, err);
	if (st == ST_OK)
		st = file_read(name.p, out, err);
	if (st == ST_OK)
		st = input_check(buf_view(out), name.p, err);
	if (st == ST_OK && span_trim(buf_view(out)).n == 0)
		st = err_set(err, ST_USAGE, "\"%s\" is empty", name.p);
	buf_release(&name);
	return st;
}

static enum status edit_system(struct repl *r, struct buf *out, struct err *err)
{
	struct span own = buf_view(&session_conv(r->session)->system);
	enum status st;

	if (!term_get()->in || !term_get()->out)
		return err_set(err, ST_USAGE,
			"/system edit needs a terminal for the editor");
	if (own.n == 0)
		own = span_str(r->active->agent.system);
	buf_span(out, own);
	st = buf_check(out, "system prompt", err);
	if (st == ST_OK)
		st = editor_run(out, err);
	if (st == ST_OK && span_eq(buf_view(out), own))
		return err_set(err, ST_USAGE, "it was not changed");
	if (st == ST_OK && span_trim(buf_view(out)).n == 0)
		buf_set(out, span_str(NO_SYSTEM));
	return st == ST_OK
		? input_check(buf_view(out), "the system prompt", err)
		: st;
}

COMMAND(system)
{
	struct span path;
	struct buf text;
	enum status st = ST_OK;

	(void)next;
	if (r->active->agent.kind == AGENT_GUIDE)
		return err_set(err, ST_USAGE,
			"@guide is the manual and has no system prompt; "
			"address another agent first");
	if (args.n == 0) {
		show_system(r);
		repl_words(r);
		return ST_OK;
	}
	buf_init(&text, BUF_LARGE);
	if (span_is(args, "off"))
		buf_str(&text, NO_SYSTEM);
	else if (span_is(args, "edit"))
		st = edit_system(r, &text, err);
	else if (is_path(args))
		st = read_system(args, &text, err);
	else if (names_file(args, &path)) {
		st = read_system(path, &text, err);
		if (st != ST_OK)
			err_hint(err,
				"; if these words are the prompt, write it "
				"with /system edit");
	} else if (is_file_name(args))
		st = err_set(err, ST_USAGE,
			"one word is no system prompt; /system ./%.*s reads a "
			"file of that name",
			(int)args.n, args.p);
	else if (!span_is(args, "default"))
		buf_span(&text, args);
	if (st == ST_OK)
		st = buf_check(&text, "system prompt", err);
	if (st == ST_OK)
		st = session_set_system(r->session, buf_view(&text), err);
	if (st == ST_OK) {
		show_system(r);
		repl_words(r);
	}
	buf_release(&text);
	return st;
}
