/*
 * atl-pty: runs a program on a pseudo-terminal and plays a script against it.
 *
 *	atl-pty [-s COLSxROWS] [-t MS] [-T FILE] SCRIPT PROGRAM [ARGS...]
 *
 * -s the terminal's size (80x24), -t how long a step waits (120000), -T where
 * the transcript goes, whatever happens. SCRIPT is a file, or "-" for stdin.
 *
 * A script is one step a line; empty lines and those that begin with # are
 * nothing. What follows the blank behind the step's name is its text, to the
 * end of the line, with \r \n \t \e \\ and \xHH in it.
 *
 *	env NAME=VALUE      before the program starts: its environment
 *	unset NAME
 *	expect TEXT         waits until TEXT is written, behind the last match
 *	expect-within MS TEXT
 *	never TEXT          TEXT has not been written at all so far
 *	count N TEXT        TEXT has been written N times so far
 *	send TEXT           types it
 *	line TEXT           types it and Enter (CR)
 *	paste TEXT          types it between the brackets of a paste
 *	eof                 types Ctrl-D
 *	sleep MS            reads on meanwhile
 *	await FILE          the same until there is such a file
 *	await-in N FILE TEXT  the same until it holds TEXT N times
 *	touch FILE          makes it, empty
 *	resize COLSxROWS    the program gets SIGWINCH
 *	signal NAME         INT TERM HUP QUIT TSTP CONT KILL ABRT USR1, to the
 *	                    program itself
 *	hang-up             closes the terminal
 *	modes original|quiet|muted  the terminal is as it was, gives keys as
 *	                    they come, or only does not echo
 *	expect-exit CODE    waits for the end; CODE is a number or a signal's name
 *	transcript FILE     writes all that was seen, byte for byte
 *
 * Exit: 0 all steps went well, 1 one did not (stderr says which, and what was
 * seen), 2 the script or the command line makes no sense. A program that runs
 * on after the last step is killed.
 */
#ifndef _XOPEN_SOURCE
#define _XOPEN_SOURCE 700
#endif

#include "unit/pty.h"

#include <limits.h>

#include "base/file.h"
#include "tool/pty_words.h"

enum outcome { STEP_OK, STEP_FAILED, STEP_SENSELESS };

struct play {
	struct pty pty;
	bool started;
	int columns;
	int rows;
	int timeout_ms;
	char **argv;
	struct buf text; /* of the present step, without its escapes */
};

static int run_program(void *payload)
{
	struct play *p = payload;

	(void)signal(SIGPIPE, SIG_DFL);
	(void)execvp(p->argv[0], p->argv);
	perror(p->argv[0]);
	return 127;
}

static bool start(struct play *p)
{
	if (p->started)
		return true;
	p->started = true;
	return pty_open(&p->pty, p->columns, p->rows, run_program, p);
}

static enum outcome verdict(bool ok)
{
	return ok ? STEP_OK : STEP_FAILED;
}

static enum outcome do_env(struct play *p, struct span text)
{
	struct span name = span_cut(&text, '=');
	struct buf b;
	bool ok;

	if (p->started || name.n == 0)
		return STEP_SENSELESS;
	buf_init(&b, BUF_SMALL);
	buf_span(&b, name);
	buf_char(&b, '\0');
	buf_span(&b, text);
	ok = !b.bad && setenv(b.p, b.p + name.n + 1, 1) == 0;
	buf_release(&b);
	return ok ? STEP_OK : STEP_SENSELESS;
}

static enum outcome do_unset(struct play *p, struct span text)
{
	return !p->started && unsetenv(text.p) == 0 ? STEP_OK : STEP_SENSELESS;
}

static enum outcome do_expect(struct play *p, struct span text)
{
	return verdict(pty_wait_for(&p->pty, text, p->timeout_ms));
}

static enum outcome do_within(struct play *p, struct span text)
{
	int ms;

	if (!words_ms(span_cut(&text, ' '), &ms))
		return STEP_SENSELESS;
	return verdict(pty_wait_for(&p->pty, text, ms));
}

static enum outcome do_never(struct play *p, struct span text)
{
	(void)pty_read(&p->pty, 0);
	return verdict(pty_find(&p->pty, 0, text) < 0);
}

static enum outcome do_count(struct play *p, struct span text)
{
	long long want;
	long long got = 0;
	long at;

	if (!span_int(span_cut(&text, ' '), 0, INT_MAX, &want) || text.n == 0)
		return STEP_SENSELESS;
	(void)pty_read(&p->pty, 0);
	for (at = pty_find(&p->pty, 0, text); at >= 0;
		at = pty_find(&p->pty, (size_t)at + text.n, text))
		got++;
	if (got != want)
		fprintf(stderr, "atl-pty: seen %lld times\n", got);
	return verdict(got == want);
}

static enum outcome do_send(struct play *p, struct span text)
{
	return verdict(pty_write(&p->pty, text));
}

static enum outcome do_line(struct play *p, struct span text)
{
	return verdict(
		pty_write(&p->pty, text) && pty_write(&p->pty, span_str("\r")));
}

static enum outcome do_paste(struct play *p, struct span text)
{
	return verdict(pty_write(&p->pty, span_str("\033[200~")) &&
		pty_write(&p->pty, text) &&
		pty_write(&p->pty, span_str("\033[201~")));
}

static enum outcome do_eof(struct play *p, struct span text)
{
	(void)text;
	return verdict(pty_write(&p->pty, span_str("\004")));
}

static void read_on(struct play *p, int ms)
{
	int64_t end = clock_mono_ms() + ms;
	int64_t left;

	for (left = ms; left > 0; left = end - clock_mono_ms()) {
		int64_t before = clock_mono_ms();

		(void)pty_read(&p->pty, (int)left);
		/* A terminal without its program is always readable. */
		if (clock_mono_ms() == before)
			(void)usleep(1000);
	}
}

static enum outcome do_sleep(struct play *p, struct span text)
{
	int ms;

	if (!words_ms(text, &ms))
		return STEP_SENSELESS;
	read_on(p, ms);
	return STEP_OK;
}

static enum outcome do_await(struct play *p, struct span text)
{
	int64_t end = clock_mono_ms() + p->timeout_ms;

	while (access(text.p, F_OK) != 0) {
		if (clock_mono_ms() > end)
			return STEP_FAILED;
		read_on(p, 10);
	}
	return STEP_OK;
}

/* How often a file holds the text. */
static long long count_in(const char *path, struct span text)
{
	struct buf content;
	const char *at;
	long long n = 0;

	buf_init(&content, BUF_LARGE);
	(void)file_read(path, &content, NULL);
	for (at = strstr(content.p, text.p); at != NULL;
		at = strstr(at + text.n, text.p))
		n++;
	buf_release(&content);
	return n;
}

static enum outcome do_await_in(struct play *p, struct span text)
{
	int64_t end = clock_mono_ms() + p->timeout_ms;
	struct buf path;
	long long want;
	bool found;

	if (!span_int(span_cut(&text, ' '), 1, INT_MAX, &want))
		return STEP_SENSELESS;
	buf_init(&path, BUF_SMALL);
	buf_span(&path, span_cut(&text, ' '));
	if (path.bad || text.n == 0) {
		buf_release(&path);
		return STEP_SENSELESS;
	}
	while (!(found = count_in(path.p, text) >= want) &&
		clock_mono_ms() < end)
		read_on(p, 10);
	buf_release(&path);
	return verdict(found);
}

static enum outcome do_touch(struct play *p, struct span text)
{
	(void)p;
	return verdict(file_replace(text.p, span_str(""), 0644, NULL) == ST_OK);
}

static enum outcome do_resize(struct play *p, struct span text)
{
	int columns;
	int rows;

	if (!words_size(text, &columns, &rows))
		return STEP_SENSELESS;
	return verdict(pty_resize(&p->pty, columns, rows));
}

static enum outcome do_signal(struct play *p, struct span text)
{
	int number = words_signal(text);

	if (number == 0)
		return STEP_SENSELESS;
	return verdict(p->pty.pid > 0 && kill(p->pty.pid, number) == 0);
}

static enum outcome do_hang_up(struct play *p, struct span text)
{
	(void)text;
	(void)close(p->pty.master);
	p->pty.master = -1;
	return STEP_OK;
}

static enum outcome do_modes(struct play *p, struct span text)
{
	struct termios t;

	if (tcgetattr(p->pty.master, &t) != 0)
		return STEP_FAILED;
	if (span_is(text, "quiet"))
		return verdict((t.c_lflag & (ECHO | ICANON)) == 0);
	if (span_is(text, "muted"))
		return verdict((t.c_lflag & (ECHO | ICANON)) == ICANON);
	if (!span_is(text, "original"))
		return STEP_SENSELESS;
	return verdict(t.c_lflag == p->pty.before.c_lflag &&
		t.c_iflag == p->pty.before.c_iflag &&
		t.c_oflag == p->pty.before.c_oflag &&
		memcmp(t.c_cc, p->pty.before.c_cc, sizeof(t.c_cc)) == 0);
}

static enum outcome do_exit(struct play *p, struct span text)
{
	int number = words_signal(text);
	long long code = 0;
	int how;

	if (number == 0 && !span_int(text, 0, 255, &code))
		return STEP_SENSELESS;
	if (!pty_wait_end(&p->pty, p->timeout_ms)) {
		fputs("atl-pty: it runs on\n", stderr);
		return STEP_FAILED;
	}
	how = p->pty.how;
	if (WIFSIGNALED(how)) {
		fprintf(stderr, "atl-pty: ended by signal %d\n", WTERMSIG(how));
		return verdict(WTERMSIG(how) == number);
	}
	if (number != 0 || WEXITSTATUS(how) != code)
		fprintf(stderr, "atl-pty: ended with %d\n", WEXITSTATUS(how));
	return verdict(number == 0 && WEXITSTATUS(how) == code);
}

static enum outcome write_transcript(const struct pty *p, const char *path)
{
	struct err err;

	if (file_replace(path, buf_view(&p->seen), 0644, &err) == ST_OK)
		return STEP_OK;
	fprintf(stderr, "atl-pty: %s\n", err.msg);
	return STEP_FAILED;
}

static enum outcome do_transcript(struct play *p, struct span text)
{
	return write_transcript(&p->pty, text.p);
}

static const struct step {
	const char *name;
	enum outcome (*run)(struct play *p, struct span text);
	bool before; /* the program must not have started */
} steps[] = {
	{"env", do_env, true},
	{"unset", do_unset, true},
	{"expect", do_expect, false},
	{"expect-within", do_within, false},
	{"never", do_never, false},
	{"count", do_count, false},
	{"send", do_send, false},
	{"line", do_line, false},
	{"paste", do_paste, false},
	{"eof", do_eof, false},
	{"sleep", do_sleep, false},
	{"await", do_await, false},
	{"await-in", do_await_in, false},
	{"touch", do_touch, false},
	{"resize", do_resize, false},
	{"signal", do_signal, false},
	{"hang-up", do_hang_up, false},
	{"modes", do_modes, false},
	{"expect-exit", do_exit, false},
	{"transcript", do_transcript, false},
};

static enum outcome run_step(struct play *p, struct span line)
{
	struct span name = span_cut(&line, ' ');
	size_t i;

	if (!words_unescape(line, &p->text))
		return STEP_SENSELESS;
	for (i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		if (!span_is(name, steps[i].name))
			continue;
		if (!steps[i].before && !start(p))
			return STEP_FAILED;
		return steps[i].run(p, buf_view(&p->text));
	}
	return STEP_SENSELESS;
}

/* What was seen about the last match and in the end, with control characters
 * made visible. */
static void show_seen(const struct pty *p)
{
	enum { ABOUT = 600, LAST = 1500 };
	size_t end = p->seen.len;
	size_t i;

	fputs("atl-pty: seen so far:\n", stderr);
	for (i = p->at > ABOUT ? p->at - ABOUT : 0; i < end; i++) {
		unsigned char c = (unsigned char)p->seen.p[i];

		if (i == p->at)
			fputs("<<<here>>>", stderr);
		if (i == p->at + ABOUT && i + LAST < end) {
			fputs(" [...] ", stderr);
			i = end - LAST;
			continue;
		}
		if (c == '\n')
			fputc('\n', stderr);
		else if (c < 0x20 || c == 0x7f)
			fprintf(stderr, "^%c", c ^ 0x40);
		else
			fputc(c, stderr);
	}
	fputc('\n', stderr);
}

static int play_all(struct play *p, const char *name, struct span script)
{
	int number = 0;

	while (script.p != NULL) {
		struct span line = span_cut(&script, '\n');
		enum outcome outcome;

		number++;
		if (line.n == 0 || line.p[0] == '#')
			continue;
		outcome = run_step(p, line);
		if (outcome == STEP_OK)
			continue;
		fprintf(stderr, "atl-pty: %s:%d: %s: %.*s\n", name, number,
			outcome == STEP_FAILED ? "failed" : "makes no sense",
			(int)(line.n < 500 ? line.n : 500), line.p);
		if (p->started)
			show_seen(&p->pty);
		return outcome == STEP_FAILED ? 1 : 2;
	}
	return 0;
}

static int usage(void)
{
	fputs("usage: atl-pty [-s COLSxROWS] [-t MS] [-T FILE] "
	      "SCRIPT PROGRAM [ARGS...]\n",
		stderr);
	return 2;
}

int main(int argc, char **argv)
{
	struct play p = {.columns = 80, .rows = 24, .timeout_ms = 120000};
	const char *transcript = NULL;
	struct buf script;
	struct err err;
	enum status st;
	int code;
	int c;

	while ((c = getopt(argc, argv, "+s:t:T:")) != -1) {
		if (c == 's' &&
			words_size(span_str(optarg), &p.columns, &p.rows))
			continue;
		if (c == 't' && words_ms(span_str(optarg), &p.timeout_ms))
			continue;
		if (c != 'T')
			return usage();
		transcript = optarg;
	}
	if (argc - optind < 2)
		return usage();
	(void)signal(SIGPIPE, SIG_IGN);
	buf_init(&script, BUF_LARGE);
	buf_init(&p.text, BUF_LARGE);
	p.pty.master = -1;
	p.argv = argv + optind + 1;
	st = strcmp(argv[optind], "-") == 0
		? fd_read_all(STDIN_FILENO, "stdin", &script, &err)
		: file_read(argv[optind], &script, &err);
	if (st != ST_OK) {
		fprintf(stderr, "atl-pty: %s\n", err.msg);
		buf_release(&script);
		return 2;
	}
	code = play_all(&p, argv[optind], buf_view(&script));
	if (p.started) {
		if (transcript != NULL &&
			write_transcript(&p.pty, transcript) != STEP_OK)
			code = 1;
		pty_close(&p.pty);
	}
	buf_release(&p.text);
	buf_release(&script);
	return code;
}
