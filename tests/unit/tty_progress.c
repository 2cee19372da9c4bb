/* tty/progress: what is shown of long work, and that it leaves no trace. */
#ifndef _XOPEN_SOURCE
#define _XOPEN_SOURCE 700
#endif

#include "unit/check.h"
#include "unit/pty.h"

#include "tty/progress.h"
#include "tty/term.h"

#define WAIT_MS 60000

static void line_is(bool words, uint64_t done, uint64_t total, int columns,
	const char *want)
{
	struct progress p = {.what = "searching", .unit = "files"};
	struct buf out;

	p.words = words;
	buf_init(&out, BUF_SMALL);
	progress_line(&p, done, total, columns, &out);
	CHECK_STR(out.p, want);
	CHECK(words || columns == 0 || out.len < (size_t)columns);
	buf_release(&out);
}

static void lines(void)
{
	line_is(false, 0, 200, 80,
		"searching  [....................]   0 %  0 of 200 files");
	line_is(false, 1, 200, 80,
		"searching  [....................]   0 %  1 of 200 files");
	line_is(false, 90, 200, 80,
		"searching  [#########...........]  45 %  90 of 200 files");
	line_is(false, 200, 200, 80,
		"searching  [####################] 100 %  200 of 200 files");
	line_is(false, 300, 200, 80,
		"searching  [####################] 100 %  300 of 200 files");
	line_is(false, 90, 0, 80, "searching  90 files");
	line_is(false, UINT64_MAX - 1, UINT64_MAX, 120,
		"searching  [####################] 100 %  18446744073709551614 "
		"of 18446744073709551615 files");
	line_is(false, 90, 200, 40, "searching  45 %  90 of 200 files");
	line_is(false, 90, 200, 20, "searching  45 %  ");
	line_is(false, 90, 200, 6, "searc");
	line_is(false, 90, 200, 1, "");
	line_is(true, 90, 200, 6, "searching: 90 of 200 files\n");
	line_is(true, 90, 0, 80, "searching: 90 files\n");
}

struct world {
	bool quiet;
	bool accessible;
	bool dumb;
	bool piped; /* stderr is no terminal */
};

static int work(void *payload)
{
	const struct world *w = payload;
	struct term_options o = {.accessible = w->accessible};
	struct progress p;
	char key;

	(void)setenv("TERM", w->dumb ? "dumb" : "xterm", 1);
	(void)unsetenv("ACCESSIBLE");
	if (w->piped) {
		int fd = open("/dev/null", O_WRONLY);

		(void)dup2(fd, STDERR_FILENO);
	}
	term_init(&o);
	progress_start(&p, "working", "things", w->quiet);
	progress_at(&p, 1, 9); /* too early */
	p.next_ms = 0;
	progress_at(&p, 2, 9);
	progress_at(&p, 3, 9); /* too soon */
	progress_hide(&p);
	progress_hide(&p);
	(void)!write(STDOUT_FILENO, "a result\n", 9);
	p.next_ms = 0;
	progress_at(&p, 4, 9);
	progress_stop(&p);
	p.next_ms = 0;
	progress_at(&p, 5, 9);
	(void)!write(STDOUT_FILENO, "the end\n", 8);
	(void)!read(STDIN_FILENO, &key, 1);
	return 0;
}

static void writes(struct world w, const char *want)
{
	struct pty p;

	CHECK(pty_open(&p, 30, 10, work, &w));
	CHECK(pty_wait_for(&p, span_str("the end\r\n"), WAIT_MS));
	CHECK_STR(p.seen.p, want);
	CHECK(pty_write(&p, span_str("\n")));
	CHECK(pty_wait_end(&p, WAIT_MS));
	pty_close(&p);
}

static void no_trace_is_left(void)
{
	static const char nothing[] = "a result\r\nthe end\r\n";
	static const char words[] = "working: 2 of 9 things\r\na result\r\n"
				    "working: 4 of 9 things\r\nthe end\r\n";

	writes((struct world){.quiet = false},
		"\r\033[Kworking  22 %  2 of 9 things\r\033[Ka result\r\n"
		"\r\033[Kworking  44 %  4 of 9 things\r\033[Kthe end\r\n");
	writes((struct world){.quiet = true}, nothing);
	writes((struct world){.piped = true}, nothing);
	writes((struct world){.accessible = true}, words);
	writes((struct world){.dumb = true}, words);
}

int main(void)
{
	struct progress none = {.what = NULL};

	progress_hide(&none);
	progress_at(&none, 1, 2);
	progress_stop(&none);
	RUN(lines);
	RUN(no_trace_is_left);
	return REPORT();
}
