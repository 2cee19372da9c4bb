/* Earlier conversations, brought back into this one. */
#include "app/commands.h"

#include "app/repl.h"
#include "base/clock.h"
#include "engine/session.h"
#include "store/catalog.h"
#include "store/recall.h"
#include "text/safe.h"
#include "tty/progress.h"
#include "tty/term.h"

enum { DAY = 10 }; /* bytes of "2026-11-20" */

struct recalling {
	struct progress progress;
	unsigned interrupts;
};

static bool on_stop(void *payload)
{
	struct recalling *k = payload;

	return term_interrupts() != k->interrupts || term_ending();
}

static void on_progress(size_t done, size_t total, void *payload)
{
	struct recalling *k = payload;

	progress_at(&k->progress, done, total);
}

/* Takes the words of the line as terms, as many as there is room for. */
static enum status put_terms(struct match *m, struct span args, struct err *err)
{
	enum status st = ST_OK;

	while (args.p != NULL && m->n < MATCH_TERMS_MAX && st == ST_OK) {
		struct span word = span_trim(span_cut(&args, ' '));

		if (word.n > 1)
			st = match_phrase(m, word, err);
	}
	if (st == ST_OK && m->n == 0)
		st = err_set(err, ST_USAGE,
			"/recall takes words that tell what it was about");
	return st;
}

/* Appends the excerpt as one line. */
static void put_excerpt(struct repl *r, const char *excerpt)
{
	struct span rest = span_str(excerpt);
	struct buf line;

	buf_init(&line, BUF_SMALL);
	while (rest.n > 0) {
		struct span part = span_trim(span_cut(&rest, '\n'));

		if (line.len > 0 && part.n > 0)
			buf_char(&line, ' ');
		buf_span(&line, part);
	}
	safe_line(buf_view(&line), &r->out);
	buf_release(&line);
}

/* "  1  2026-11-20  Travel plans" and the words around the first term. */
static void put_hit(struct repl *r, size_t number, const struct recall_hit *h)
{
	const struct catalog_entry *e;
	char hex[ID_HEX + 1];
	struct buf when;
	struct buf title;

	buf_init(&when, BUF_SMALL);
	buf_init(&title, BUF_SMALL);
	id_hex(&h->conv, hex);
	if (catalog_find(r->app->storage.catalog, span_str(hex), &e, NULL) ==
		ST_OK)
		buf_span(&title, e->title);
	clock_local(h->time_ms, &when);
	buf_truncate(&when, DAY);
	buf_fmt(&r->out, "%3zu  %s  ", number, when.p);
	safe_line(buf_view(&title), &r->out);
	buf_fmt(&r->out, " (%s)\n     ",
		h->role == ROLE_USER ? "you" : role_name(h->role));
	put_excerpt(r, h->excerpt);
	buf_char(&r->out, '\n');
	buf_release(&when);
	buf_release(&title);
}

static enum status find(struct repl *r, struct span args, struct err *err)
{
	struct recalling k = {.interrupts = term_interrupts()};
	struct recall_ops ops = {on_stop, on_progress, &k};
	const struct conv *conv = session_conv(r->session);
	struct match match;
	size_t i;
	enum status st;

	match_init(&match);
	st = put_terms(&match, args, err);
	if (st == ST_OK) {
		progress_start(&k.progress, "recalling", "conversations",
			r->app->args.quiet);
		r->recalled_n = 0;
		st = recall_find(r->app->storage.vault, r->app->storage.catalog,
			&match, &conv->id, &ops, r->recalled, REPL_RECALLED,
			&r->recalled_n, NULL, err);
		progress_stop(&k.progress);
	}
	match_release(&match);
	for (i = 0; st == ST_OK && i < r->recalled_n; i++)
		put_hit(r, i + 1, &r->recalled[i]);
	if (st == ST_OK)
		buf_str(&r->out,
			i > 0 ? "/recall N lets one go with your next "
				"message.\n"
			      : "No message of another conversation has any of "
				"these words.\n");
	repl_words(r);
	return st;
}

static enum status attach(
	struct repl *r, const struct recall_hit *h, struct err *err)
{
	struct session_options so = {.vault = r->app->storage.vault,
		.catalog = r->app->storage.catalog};
	struct session *s = NULL;
	const struct msg *m;
	struct buf name;
	enum status st = session_open(&s, &so, &h->conv, NULL, err);

	if (st != ST_OK)
		return st;
	buf_init(&name, BUF_SMALL);
	m = conv_find(session_conv(s), &h->msg);
	if (m == NULL) {
		st = err_set(err, ST_NOT_FOUND, "that message is gone");
	} else {
		buf_fmt(&name, "a message of the %s in \"", role_name(m->role));
		buf_span(&name, buf_view(&session_conv(s)->title));
		buf_char(&name, '"');
		st = buf_check(&name, "name", err);
	}
	if (st == ST_OK)
		st = input_text(
			&r->files, buf_view(&name), buf_view(&m->text), err);
	if (st == ST_OK) {
		buf_str(&r->out, "Goes with your next message: ");
		safe_line(buf_view(&name), &r->out);
		buf_char(&r->out, '\n');
		repl_words(r);
	}
	buf_release(&name);
	session_free(s);
	return st;
}

COMMAND(recall)
{
	long long n;

	(void)next;
	if (r->app->storage.catalog == NULL)
		return err_set(err, ST_USAGE,
			"nothing is saved here that could be recalled");
	if (!span_int(args, 1, 1000000, &n))
		return find(r, args, err);
	if ((size_t)n > r->recalled_n)
		return err_set(err, ST_USAGE,
			"there is no %lld in the last list of /recall", n);
	return attach(r, &r->recalled[n - 1], err);
}
