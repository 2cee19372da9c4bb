#include "tty/progress.h"

#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "tty/term.h"

#define ERASE_LINE "\r\033[K"

enum { BAR = 20 };

void progress_start(
	struct progress *p, const char *what, const char *unit, bool quiet)
{
	const struct term *t = term_get();

	*p = (struct progress){.what = what, .unit = unit};
	p->off = quiet || !t->err;
	p->words = t->accessible || t->dumb;
	p->next_ms = clock_mono_ms() +
		(p->words ? PROGRESS_WORDS_MS : PROGRESS_FIRST_MS);
}

/* Whether another process has the terminal. */
static bool in_background(void)
{
	pid_t group = tcgetpgrp(STDERR_FILENO);

	return group > 0 && group != getpgrp();
}

static unsigned percent(uint64_t done, uint64_t total)
{
	return done >= total ? 100
			     : (unsigned)((double)done / (double)total * 100);
}

static void put_count(const struct progress *p, uint64_t done, uint64_t total,
	struct buf *out)
{
	buf_fmt(out, "%llu", (unsigned long long)done);
	if (total > 0)
		buf_fmt(out, " of %llu", (unsigned long long)total);
	buf_fmt(out, " %s", p->unit);
	if (p->note[0] != '\0')
		buf_fmt(out, "  %s", p->note);
}

static void put_bar(unsigned part, struct buf *out)
{
	unsigned i;

	buf_char(out, '[');
	for (i = 0; i < BAR; i++)
		buf_char(out, i * 100 < part * BAR ? '#' : '.');
	buf_fmt(out, "] %3u %%  ", part);
}

void progress_line(const struct progress *p, uint64_t done, uint64_t total,
	int columns, struct buf *out)
{
	struct buf count;

	if (p->words) {
		buf_fmt(out, "%s: ", p->what);
		put_count(p, done, total, out);
		buf_char(out, '\n');
		return;
	}
	buf_init(&count, BUF_SMALL);
	put_count(p, done, total, &count);
	buf_fmt(out, "%s  ", p->what);
	/* Brackets, percentage and blanks take eleven columns; the last column
	 * stays free. */
	if (total > 0 && out->len + BAR + 11 + count.len < (size_t)columns)
		put_bar(percent(done, total), out);
	else if (total > 0)
		buf_fmt(out, "%u %%  ", percent(done, total));
	if (out->len + count.len < (size_t)columns)
		buf_span(out, buf_view(&count));
	if (columns > 0)
		buf_truncate(out, (size_t)columns - 1);
	buf_release(&count);
}

void progress_at(struct progress *p, uint64_t done, uint64_t total)
{
	int64_t now;
	struct buf out;
	struct buf line;
	int columns;
	int rows;

	if (p->what == NULL || p->off)
		return;
	now = clock_mono_ms();
	if (now < p->next_ms)
		return;
	p->next_ms = now + (p->words ? PROGRESS_WORDS_MS : PROGRESS_EVERY_MS);
	if (in_background())
		return;
	term_size(&columns, &rows);
	buf_init(&out, BUF_SMALL);
	buf_init(&line, BUF_SMALL);
	progress_line(p, done, total, columns, &line);
	if (!p->words)
		buf_str(&out, ERASE_LINE);
	buf_span(&out, buf_view(&line));
	(void)!fd_write_full(STDERR_FILENO, out.p, out.len);
	p->shown = !p->words;
	buf_release(&out);
	buf_release(&line);
}

void progress_hide(struct progress *p)
{
	if (!p->shown)
		return;
	(void)!fd_write_full(STDERR_FILENO, ERASE_LINE, sizeof(ERASE_LINE) - 1);
	p->shown = false;
}

void progress_stop(struct progress *p)
{
	progress_hide(p);
	p->off = true;
}
