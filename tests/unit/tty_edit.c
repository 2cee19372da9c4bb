/* tty: the input line on a real pseudo-terminal. */
#ifndef _XOPEN_SOURCE
#define _XOPEN_SOURCE 700
#endif

#include "unit/check.h"
#include "unit/pty.h"

#include <sys/stat.h>

#include "base/err.h"
#include "tty/edit.h"
#include "tty/keyin.h"
#include "tty/term.h"

#define WAIT_MS 60000

static size_t words(
	struct span text, size_t cursor, struct edit_words *w, void *payload)
{
	static const char *const commands[] = {
		"/help", "/model", "/models", "/quit", "\033[31mred"};
	size_t start = cursor;
	size_t i;

	(void)payload;
	while (start > 0 && text.p[start - 1] != ' ')
		start--;
	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (strncmp(commands[i], text.p + start, cursor - start) == 0)
			edit_offer(w, span_str(commands[i]));
	return start;
}

/* "WORD<text>" with everything beyond printable ASCII as \xx. */
static void tell(const char *word, const struct edit *e)
{
	struct span line = edit_line(e);
	size_t n;
	const struct line_range *literal = edit_literal(e, &n);
	size_t i;

	printf("%s<", word);
	for (i = 0; i < line.n && i < 300; i++)
		if (line.p[i] >= 0x20 && line.p[i] < 0x7f)
			putchar(line.p[i]);
		else
			printf("\\%02x", (unsigned)(unsigned char)line.p[i]);
	printf("> bytes=%zu", line.n);
	for (i = 0; i < n; i++)
		printf(" literal=%zu-%zu", literal[i].from, literal[i].to);
	printf(".\n");
	fflush(stdout);
}

/* As while a reply streams: nobody reads the keyboard. */
static void stream(void)
{
	int i;

	for (i = 0; i < 5; i++) {
		printf("chunk%d\n", i);
		fflush(stdout);
		(void)usleep(60000);
	}
}

static bool act(struct edit *e)
{
	struct span line = edit_line(e);
	volatile int *nowhere = NULL;

	edit_history_add(e, line, NULL, 0);
	if (span_is(line, "stream"))
		stream();
	if (span_is(line, "abort"))
		abort();
	if (span_is(line, "fault"))
		*nowhere = 1;
	if (span_is(line, "exit"))
		exit(3);
	if (span_is(line, "load")) {
		static const struct line_range parts[] = {{4, 9}, {10, 12}};
		struct buf many;
		int i;

		buf_init(&many, BUF_SMALL);
		edit_history_add(e, span_str("all /quit @x here"), parts, 2);
		for (i = 0; i < 100; i++) {
			buf_reset(&many);
			buf_fmt(&many, "number %d", i);
			edit_history_add(e, buf_view(&many), parts, 2);
		}
		buf_release(&many);
	}
	if (span_is(line, "draft"))
		edit_draft(e, span_str("preset text"));
	return true;
}

static bool on_result(struct edit *e, enum edit_result r)
{
	switch (r) {
	case EDIT_MORE: return true;
	case EDIT_LINE: tell("LINE", e); return act(e);
	case EDIT_INTERRUPT: tell("INT", e); return true;
	case EDIT_EOF:
		printf("EOF.\n");
		fflush(stdout);
		return false;
	}
	return false;
}

struct setup {
	bool plain;
	bool notices; /* once keys came, a line of output every 200 ms */
	bool job; /* under a shell with job control */
	const char *inputrc;
	const char *term;
};

static int loop(const struct setup *s)
{
	static const struct edit_piece prompt[] = {
		{"ll", EDIT_NAME}, {"ama> ", EDIT_PLAIN}};
	struct term_options to = {.plain = s->plain};
	struct edit_options eo = {
		.name = "atllama", .complete = words, .styled = !s->plain};
	struct edit *e = NULL;
	struct err err;
	int signals = -1;
	bool on = true;
	bool typed = false;
	int ticks = 0;

	setenv("TERM", s->term != NULL ? s->term : "xterm-256color", 1);
	setenv("INPUTRC", s->inputrc != NULL ? s->inputrc : "/dev/null", 1);
	term_init(&to);
	eo.dumb = term_get()->dumb;
	if (term_signals(&signals, &err) != ST_OK ||
		edit_new(&eo, &e, &err) != ST_OK)
		return 98;
	while (on) {
		struct pollfd p[2] = {{.fd = signals, .events = POLLIN},
			{.fd = edit_fd(e), .events = POLLIN}};
		int wait;
		int number;

		if (edit_start(e, prompt, 2, &err) != ST_OK)
			return 97;
		wait = edit_timeout_ms(e);
		if (s->notices && typed && ticks < 3 &&
			(wait < 0 || wait > 200))
			wait = 200;
		if (poll(p, 2, wait) == 0 && s->notices && typed && ticks < 3) {
			ticks++;
			edit_stop(e);
			printf("notice%d\n", ticks);
			fflush(stdout);
			continue;
		}
		typed = typed || p[1].revents != 0;
		for (number = term_next_signal(); number > 0;
			number = term_next_signal()) {
			if (number == SIGTERM)
				on = false;
			else if (edit_active(e))
				on = on && on_result(e, edit_signal(e, number));
		}
		if (on && edit_active(e))
			on = on_result(e, edit_read(e));
	}
	edit_free(e);
	return 0;
}

/* A shell with job control: runs the loop in a group of its own, and takes it
 * to the foreground again when it stops. */
static int shell(const struct setup *s)
{
	struct termios t;
	pid_t pid;
	int how;

	(void)signal(SIGTTOU, SIG_IGN);
	pid = fork();
	if (pid == 0) {
		(void)setpgid(0, 0);
		(void)tcsetpgrp(0, getpid());
		(void)signal(SIGTTOU, SIG_DFL);
		exit(loop(s));
	}
	(void)setpgid(pid, pid);
	(void)tcsetpgrp(0, pid);
	while (waitpid(pid, &how, WUNTRACED) == pid && WIFSTOPPED(how)) {
		(void)tcsetpgrp(0, getpid());
		(void)tcgetattr(0, &t);
		printf("STOPPED echo=%d canonical=%d\n",
			(t.c_lflag & ECHO) != 0, (t.c_lflag & ICANON) != 0);
		fflush(stdout);
		(void)usleep(100000);
		(void)tcsetpgrp(0, pid);
		(void)kill(-pid, SIGCONT);
	}
	return WIFEXITED(how) ? WEXITSTATUS(how) : 96;
}

static int child(void *payload)
{
	const struct setup *s = payload;

	return s->job ? shell(s) : loop(s);
}

static bool begin(struct pty *p, struct setup *s)
{
	bool ok = pty_open(p, 80, 24, child, s) &&
		pty_wait_for(p, span_str("ama> "), WAIT_MS);

	CHECK(ok);
	return ok;
}

#define SEND(p, text) CHECK(pty_write(p, span_str(text)))

static void expect_at(struct pty *p, const char *text, int line)
{
	if (pty_wait_for(p, span_str(text), WAIT_MS))
		return;
	check_failures++;
	printf("%s:%d: never saw \"%s\" behind %zu in:\n", __FILE__, line, text,
		p->at);
	fwrite(p->seen.p, 1, p->seen.len, stdout);
	printf("\n---\n");
}

#define EXPECT(p, text) expect_at(p, text, __LINE__)

static void finish(struct pty *p, int code)
{
	struct termios after;

	CHECK(pty_wait_end(p, WAIT_MS));
	CHECK(WIFEXITED(p->how));
	CHECK_INT(WEXITSTATUS(p->how), code);
	CHECK(tcgetattr(p->master, &after) == 0);
	CHECK_INT(after.c_lflag, p->before.c_lflag);
	CHECK_INT(after.c_iflag, p->before.c_iflag);
	CHECK_INT(after.c_oflag, p->before.c_oflag);
	CHECK(memcmp(after.c_cc, p->before.c_cc, sizeof(after.c_cc)) == 0);
	CHECK(pty_find(p, 0, span_str("\033[6n")) < 0);
	pty_close(p);
}

static void typing(void)
{
	struct setup s = {.plain = false};
	struct pty p;

	if (!begin(&p, &s))
		return;
	SEND(&p, "hello w\303\266rld\r");
	EXPECT(&p, "LINE<hello w\\c3\\b6rld> bytes=12.");
	EXPECT(&p, "ama> ");
	SEND(&p, "ab\303\266\033[DX\r");
	EXPECT(&p, "LINE<abX\\c3\\b6>");
	EXPECT(&p, "ama> ");
	SEND(&p, "\033[A\033[A\r");
	EXPECT(&p, "LINE<hello w\\c3\\b6rld>");
	EXPECT(&p, "ama> ");
	CHECK(pty_find(&p, 0, span_str("\033[1mll")) >= 0 ||
		pty_find(&p, 0, span_str("ll\033[0m")) >= 0);
	CHECK(pty_find(&p, 0, span_str("\033[?2004h")) >= 0);
	SEND(&p, "\004");
	EXPECT(&p, "EOF.");
	CHECK(pty_wait_for(&p, span_str("\033[?2004l"), WAIT_MS));
	finish(&p, 0);
}

/* Types a key in two pieces. False when this machine took so long about it that
 * the first one was no key's beginning any more. */
static bool send_cut(struct pty *p, const char *first, const char *second)
{
	int64_t from = clock_mono_ms();

	SEND(p, first);
	(void)usleep(10000);
	SEND(p, second);
	return clock_mono_ms() - from < KEYIN_ESC_MS;
}

/* A character, an arrow key and the brackets of a paste, in pieces. */
static void keys_in_pieces(void)
{
	struct setup s = {.plain = true};
	struct pty p;
	bool in_time = false;
	int i;

	if (!begin(&p, &s))
		return;
	for (i = 0; i < 50 && !in_time; i++) {
		SEND(&p, "a");
		in_time = send_cut(&p, "b\303", "\266") &&
			send_cut(&p, "\033", "[DX");
		SEND(&p, "\r");
		EXPECT(&p, in_time ? "LINE<abX\\c3\\b6>" : "LINE<");
		EXPECT(&p, "ama> ");
	}
	CHECK(in_time);
	in_time = false;
	for (i = 0; i < 50 && !in_time; i++) {
		in_time = send_cut(&p, "\033[20", "0~/quit\033[2");
		(void)usleep(100000);
		SEND(&p, "01~\r");
		EXPECT(&p,
			in_time ? "LINE</quit> bytes=5 literal=0-5." : "LINE<");
		EXPECT(&p, "ama> ");
	}
	CHECK(in_time);
	SEND(&p, "\004");
	finish(&p, 0);
}

static void several_lines_at_once(void)
{
	struct setup s = {.plain = true};
	struct pty p;

	if (!begin(&p, &s))
		return;
	SEND(&p, "one\rtwo\rthree\r");
	EXPECT(&p, "LINE<one>");
	EXPECT(&p, "LINE<two>");
	EXPECT(&p, "LINE<three>");
	SEND(&p, "\004");
	finish(&p, 0);
}

static void interrupts(void)
{
	struct setup s = {.plain = false};
	struct pty p;

	if (!begin(&p, &s))
		return;
	SEND(&p, "first one\r");
	EXPECT(&p, "LINE<first one>");
	EXPECT(&p, "ama> ");
	SEND(&p, "half typed");
	EXPECT(&p, "typed");
	SEND(&p, "\003");
	EXPECT(&p, "INT<half typed>");
	EXPECT(&p, "ama> ");
	SEND(&p, "\003");
	EXPECT(&p, "INT<>");
	EXPECT(&p, "ama> ");
	SEND(&p, "\022fir");
	EXPECT(&p, "reverse-i-search");
	EXPECT(&p, "st one");
	SEND(&p, "\003");
	EXPECT(&p, "INT<");
	EXPECT(&p, "ama> ");
	SEND(&p, "clean\r");
	EXPECT(&p, "LINE<clean>");
	EXPECT(&p, "ama> ");
	SEND(&p, "\022fir");
	EXPECT(&p, "st one");
	SEND(&p, "\r");
	EXPECT(&p, "LINE<first one>");
	SEND(&p, "\004");
	finish(&p, 0);
}

/* Whatever comes in one piece with a Ctrl-C, no key is lost or comes twice. */
static void interrupts_keep_their_place(void)
{
	struct setup s = {.plain = true};
	struct pty p;
	int i;

	if (!begin(&p, &s))
		return;
	SEND(&p, "one\003two\r");
	EXPECT(&p, "INT<one>");
	EXPECT(&p, "LINE<two>");
	EXPECT(&p, "ama> ");
	/* Two of them; one with Enter before it, which has its line. */
	SEND(&p, "a\003b\003c\r");
	EXPECT(&p, "INT<a>");
	EXPECT(&p, "INT<b>");
	EXPECT(&p, "LINE<c>");
	EXPECT(&p, "ama> ");
	SEND(&p, "d\re\003f\r");
	EXPECT(&p, "LINE<d>");
	EXPECT(&p, "INT<>");
	EXPECT(&p, "LINE<f>");
	EXPECT(&p, "ama> ");
	/* Inside of a paste: the rest of it is swallowed. */
	SEND(&p, "\033[200~pasted\003 more\033[201~g\r");
	EXPECT(&p, "INT<>");
	EXPECT(&p, "LINE<g>");
	/* Often, each as one burst. Between two lines an interrupt is the
	 * terminal's, which drops what was typed. */
	for (i = 0; i < 200 && check_failures == 0; i++) {
		char keys[64];
		char want[64];

		EXPECT(&p, "ama> ");
		(void)snprintf(keys, sizeof(keys), "x%d\003y%d\r", i, i);
		(void)snprintf(want, sizeof(want), "LINE<y%d>", i);
		SEND(&p, keys);
		EXPECT(&p, want);
	}
	EXPECT(&p, "ama> ");
	SEND(&p, "stream\r");
	EXPECT(&p, "chunk1");
	SEND(&p, "typed \003ahead\r");
	EXPECT(&p, "LINE<ahead>");
	EXPECT(&p, "ama> ");
	SEND(&p, "\004");
	finish(&p, 0);
}

/* However old a line is, what was pasted in it is literal when it comes
 * back. */
static void the_history_knows_what_was_pasted(void)
{
	struct setup s = {.plain = true};
	struct pty p;

	if (!begin(&p, &s))
		return;
	SEND(&p, "load\r");
	EXPECT(&p, "LINE<load>");
	EXPECT(&p, "ama> ");
	SEND(&p, "\033[A\r");
	EXPECT(&p, "LINE<number 99> bytes=9 literal=4-9.");
	EXPECT(&p, "ama> ");
	SEND(&p, "\022all /q\r");
	EXPECT(&p,
		"LINE<all /quit @x here> bytes=17 literal=4-9 "
		"literal=10-12.");
	EXPECT(&p, "ama> ");
	/* Edited: what is left of it, and again from the history. */
	SEND(&p, "\022all /q\005\177\177!\001so \r");
	EXPECT(&p,
		"LINE<so all /quit @x he!> bytes=19 literal=7-12 "
		"literal=13-15.");
	EXPECT(&p, "ama> ");
	SEND(&p, "\033[A\r");
	EXPECT(&p,
		"LINE<so all /quit @x he!> bytes=19 literal=7-12 "
		"literal=13-15.");
	EXPECT(&p, "ama> ");
	/* One that was never pasted has none. */
	SEND(&p, "all /quit @y here\r");
	EXPECT(&p, "LINE<all /quit @y here> bytes=17.");
	EXPECT(&p, "ama> ");
	SEND(&p, "\033[A\r");
	EXPECT(&p, "LINE<all /quit @y here> bytes=17.");
	EXPECT(&p, "ama> ");
	SEND(&p, "\004");
	finish(&p, 0);
}

static void pastes(void)
{
	struct setup s = {.plain = true};
	struct pty p;

	if (!begin(&p, &s))
		return;
	SEND(&p, "see: \033[200~/quit\rtwo\rthree\r\033[201~!\r");
	EXPECT(&p,
		"LINE<see: /quit\\0atwo\\0athree\\0a!> bytes=22 "
		"literal=5-21.");
	EXPECT(&p, "ama> ");
	SEND(&p, "\033[200~/quit\033[201~\r");
	EXPECT(&p, "LINE</quit> bytes=5 literal=0-5.");
	EXPECT(&p, "ama> ");
	/* From the history it is literal still; typed it is not. */
	SEND(&p, "\033[A\r");
	EXPECT(&p, "LINE</quit> bytes=5 literal=0-5.");
	EXPECT(&p, "ama> ");
	SEND(&p, "/quit\r");
	EXPECT(&p, "LINE</quit> bytes=5.");
	EXPECT(&p, "ama> ");
	/* In the middle of a search. */
	SEND(&p, "\022see\033[200~X\033[201~\r");
	EXPECT(&p, "X");
	EXPECT(&p, "ama> ");
	SEND(&p, "\004");
	finish(&p, 0);
}

static void a_paste_that_never_ends(void)
{
	struct setup s = {.plain = true};
	struct pty p;
	bool in_time = false;
	int i;

	if (!begin(&p, &s))
		return;
	SEND(&p, "\033[200~one\rtwo");
	EXPECT(&p, "two");
	SEND(&p, "\r");
	EXPECT(&p, "LINE<one\\0atwo> bytes=7 literal=0-7.");
	EXPECT(&p, "ama> ");
	/* What comes of it behind the interrupt is dropped, for half a
	 * second. */
	for (i = 0; i < 20 && !in_time; i++) {
		int64_t from = clock_mono_ms();

		SEND(&p, "\033[200~never");
		(void)usleep(50000);
		SEND(&p, "\003");
		EXPECT(&p, "INT<>");
		EXPECT(&p, "ama> ");
		SEND(&p, "sent\rby\rnobody\033[201~then\r");
		in_time = clock_mono_ms() - from < KEYIN_DROP_MS;
		EXPECT(&p, "LINE<");
		EXPECT(&p, in_time ? "then>" : "then");
	}
	CHECK(in_time);
	CHECK(i > 1 || pty_find(&p, 0, span_str("LINE<sent")) < 0);
	SEND(&p, "\004");
	finish(&p, 0);
}

static void large_and_hidden_pastes(void)
{
	struct setup s = {.plain = true};
	struct buf big;
	struct pty p;
	int i;

	if (!begin(&p, &s))
		return;
	buf_init(&big, BUF_LARGE);
	buf_str(&big, "\033[200~");
	for (i = 0; i < 20000; i++)
		buf_fmt(&big, "line %05d\r", i);
	buf_str(&big, "\033[201~");
	CHECK(pty_write(&p, buf_view(&big)));
	EXPECT(&p, "[paste 1: 20000 lines, 220.0 kB]");
	SEND(&p, "go\r");
	EXPECT(&p, "LINE<line 00000\\0aline 00001");
	EXPECT(&p, "bytes=220002 literal=0-220000.");
	EXPECT(&p, "ama> ");
	/* The window title, C1 and a tag character never reach the screen. */
	SEND(&p,
		"\033[200~a\033]0;evil\007\302\233m\363\240\201\201b"
		"\033[201~");
	EXPECT(&p, "[paste 2: 1 line, 18 B, 4 hidden characters]");
	CHECK(pty_find(&p, 0, span_str("\033]0;")) < 0);
	CHECK(pty_find(&p, 0, span_str("\302\233")) < 0);
	SEND(&p, "\r");
	EXPECT(&p, "LINE<a\\1b]0;evil\\07\\c2\\9bm\\f3\\a0\\81\\81b>");
	EXPECT(&p, "ama> ");
	/* A backspace takes the label as a whole. */
	SEND(&p, "x\033[200~\033\033[201~\177y\r");
	EXPECT(&p, "LINE<xy> bytes=2.");
	SEND(&p, "\004");
	buf_release(&big);
	finish(&p, 0);
}

static void lines_that_go_on(void)
{
	struct setup s = {.plain = true};
	struct pty p;

	if (!begin(&p, &s))
		return;
	SEND(&p, "one\\\rtwo\\\\\r");
	EXPECT(&p, "LINE<one\\0atwo\\\\> bytes=9.");
	EXPECT(&p, "ama> ");
	SEND(&p, "a\033\rb\033\nc\r");
	EXPECT(&p, "LINE<a\\0ab\\0ac>");
	EXPECT(&p, "ama> ");
	/* Up goes from line to line, then into the history. */
	SEND(&p, "one\033\rtwo\033[AX\033[B\033[BY\r");
	EXPECT(&p, "LINE<oneX\\0atwoY>");
	EXPECT(&p, "ama> ");
	SEND(&p, "\033[A\033[A\033[A\r");
	EXPECT(&p, "LINE<a\\0ab\\0ac>");
	EXPECT(&p, "ama> ");
	SEND(&p, "\"\"\"\r/quit\r\"\"\"\r");
	EXPECT(&p, "LINE</quit> bytes=5 literal=0-5.");
	EXPECT(&p, "ama> ");
	SEND(&p, "@x explain: \"\"\"\r  two\rlines\"\"\"\r");
	EXPECT(&p, "LINE<@x explain:   two\\0alines> bytes=23 literal=12-23.");
	EXPECT(&p, "ama> ");
	SEND(&p, "d = \"\"\"doc\"\"\"\r");
	EXPECT(&p, "LINE<d = \"\"\"doc\"\"\">");
	SEND(&p, "\004");
	finish(&p, 0);
}

static void completion(void)
{
	struct setup s = {.plain = true};
	struct pty p;

	if (!begin(&p, &s))
		return;
	SEND(&p, "say /q\tx\r");
	EXPECT(&p, "LINE<say /quit x>");
	EXPECT(&p, "ama> ");
	SEND(&p, "/mo\t");
	EXPECT(&p, "del");
	SEND(&p, "\t\t");
	EXPECT(&p, "/model");
	EXPECT(&p, "/models");
	EXPECT(&p, "ama> ");
	SEND(&p, "s\r");
	EXPECT(&p, "LINE</models>");
	CHECK(pty_find(&p, 0, span_str("red")) < 0);
	SEND(&p, "\004");
	finish(&p, 0);
}

static void type_ahead(void)
{
	struct setup s = {.plain = true};
	struct pty p;

	if (!begin(&p, &s))
		return;
	SEND(&p, "stream\r");
	EXPECT(&p, "chunk0");
	SEND(&p, "ahead \033[200~a\rb\033[201~\rnext");
	EXPECT(&p, "chunk4");
	EXPECT(&p, "LINE<ahead a\\0ab> bytes=9 literal=6-9.");
	/* Nothing of it between the chunks. */
	CHECK(pty_find(&p, 0, span_str("ahead")) >
		pty_find(&p, 0, span_str("chunk4")));
	EXPECT(&p, "next");
	SEND(&p, "\r");
	EXPECT(&p, "LINE<next>");
	SEND(&p, "\004");
	finish(&p, 0);
}

static void output_in_between(void)
{
	struct setup s = {.plain = true, .notices = true};
	struct pty p;

	if (!begin(&p, &s))
		return;
	SEND(&p, "kept\033[D");
	EXPECT(&p, "notice1");
	EXPECT(&p, "ama> kept");
	EXPECT(&p, "notice3");
	EXPECT(&p, "ama> kept");
	SEND(&p, "X\r");
	EXPECT(&p, "LINE<kepXt>");
	EXPECT(&p, "ama> ");
	SEND(&p, "draft\r");
	EXPECT(&p, "ama> preset text");
	SEND(&p, "!\r");
	EXPECT(&p, "LINE<preset text!>");
	SEND(&p, "\004");
	finish(&p, 0);
}

/* Drawn anew, from the row where the prompt stands at the new width; where the
 * terminal does not break lines anew, from where it stood. */
static void resize(void)
{
	static const struct {
		const char *variable;
		const char *erased;
	} terminals[] = {
		{"ATL_NONE", "\033[J\r\033[K\033[A\033[K\033[A\033[Kllama> "},
		{"STY", "\033[J\r\033[K\033[A\033[K\033[A\033[Kllama> "},
		{"XTERM_VERSION", "\033[J\r\033[Kllama> "},
	};
	struct setup s = {.plain = true};
	struct pty p;
	size_t i;

	unsetenv("STY");
	unsetenv("XTERM_VERSION");
	for (i = 0; i < sizeof(terminals) / sizeof(terminals[0]); i++) {
		setenv(terminals[i].variable, "1", 1);
		if (!begin(&p, &s))
			return;
		SEND(&p, "0123456789012345678901234567890123456789");
		EXPECT(&p, "6789");
		CHECK(pty_resize(&p, 20, 10));
		EXPECT(&p, terminals[i].erased);
		SEND(&p, "x\r");
		EXPECT(&p, "LINE<0123456789012345678901234567890123456789x>");
		SEND(&p, "\004");
		finish(&p, 0);
		unsetenv(terminals[i].variable);
	}
}

/* A file in a folder for this test. */
static char *make_file(const char *name, const char *text, mode_t mode)
{
	static char path[256];
	FILE *f;

	(void)snprintf(path, sizeof(path), "/tmp/atl-edit-%ld-%s",
		(long)getpid(), name);
	f = fopen(path, "w");
	if (f == NULL)
		return NULL;
	fputs(text, f);
	(void)fclose(f);
	(void)chmod(path, mode);
	return path;
}

/* Readline puts the mode before the prompt, which then takes more room. */
static void resize_with_the_mode_shown(void)
{
	struct setup s = {.plain = true};
	struct pty p;

	s.inputrc = make_file("inputrc",
		"set editing-mode vi\nset show-mode-in-prompt on\n"
		"set vi-ins-mode-string \"\\1\\e[0m\\2(insert)\"\n",
		0600);
	if (!begin(&p, &s))
		return;
	SEND(&p, "01234567890123456789012345678901234567890123456789");
	EXPECT(&p, "6789");
	CHECK(pty_resize(&p, 20, 10));
	EXPECT(&p, "\033[J\r\033[K\033[A\033[K\033[A\033[K\033[A\033[K");
	EXPECT(&p, "(insert)llama> ");
	SEND(&p, "x\r");
	EXPECT(&p, "LINE<01234567890123456789012345678901234567890123456789x>");
	SEND(&p, "\004");
	finish(&p, 0);
	(void)unlink(s.inputrc);
}

/* The state comes back whatever ends the program. */
static void restored(void)
{
	static const struct {
		const char *line;
		int signal; /* that ends it; 0: exit code 3 */
	} ends[] = {{"abort", SIGABRT}, {"exit", 0}};
	struct termios after;
	size_t i;

	for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		struct setup s = {.plain = false};
		struct pty p;

		if (!begin(&p, &s))
			return;
		CHECK(tcgetattr(p.master, &after) == 0);
		CHECK((after.c_lflag & (ECHO | ICANON)) == 0);
		SEND(&p, ends[i].line);
		SEND(&p, "\r");
		CHECK(pty_wait_end(&p, WAIT_MS));
		if (ends[i].signal != 0) {
			CHECK(WIFSIGNALED(p.how));
			CHECK_INT(WTERMSIG(p.how), ends[i].signal);
		} else {
			CHECK_INT(WEXITSTATUS(p.how), 3);
		}
		CHECK(tcgetattr(p.master, &after) == 0);
		CHECK_INT(after.c_lflag, p.before.c_lflag);
		CHECK_INT(after.c_iflag, p.before.c_iflag);
		EXPECT(&p, "\033[?2004l");
		pty_close(&p);
	}
}

static void terminated(void)
{
	static const int others[] = {
		SIGQUIT, SIGXCPU, SIGALRM, SIGUSR1, SIGUSR2};
	struct setup s = {.plain = true};
	struct pty p;
	size_t i;

	if (!begin(&p, &s))
		return;
	SEND(&p, "half");
	EXPECT(&p, "half");
	CHECK(kill(p.pid, SIGTERM) == 0);
	finish(&p, 0);
	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		struct termios after;

		if (!begin(&p, &s))
			return;
		CHECK(kill(p.pid, others[i]) == 0);
		CHECK(pty_wait_end(&p, WAIT_MS));
		CHECK(WIFSIGNALED(p.how));
		CHECK_INT(WTERMSIG(p.how), others[i]);
		EXPECT(&p, "\033[?2004l");
		CHECK(tcgetattr(p.master, &after) == 0);
		CHECK_INT(after.c_lflag, p.before.c_lflag);
		pty_close(&p);
	}
}

static void stop_and_go_on(void)
{
	struct setup s = {.plain = true, .job = true};
	struct pty p;

	if (!begin(&p, &s))
		return;
	SEND(&p, "draft");
	EXPECT(&p, "draft");
	SEND(&p, "\032");
	EXPECT(&p, "\033[?2004l");
	EXPECT(&p, "STOPPED echo=1 canonical=1");
	EXPECT(&p, "\033[?2004h");
	EXPECT(&p, "ama> draft");
	SEND(&p, "!\r");
	EXPECT(&p, "LINE<draft!>");
	SEND(&p, "\004");
	finish(&p, 0);
}

static void an_editor(void)
{
	struct setup s = {.plain = true};
	char editor[256];
	struct pty p;

	(void)snprintf(editor, sizeof(editor), "%s",
		make_file("editor",
			"#!/bin/sh\n"
			"echo \"key=$LLAMA_API_KEY.\" >>\"$1\"\n"
			"ls -ld \"$1\" | cut -c1-10 >>\"$1\"\n"
			"stty -a | grep -q ' icanon' && echo cooked >>\"$1\"\n",
			0700));
	setenv("VISUAL", editor, 1);
	setenv("LLAMA_API_KEY", "hunter2", 1);
	if (!begin(&p, &s))
		return;
	SEND(&p, "words\030\005");
	EXPECT(&p, "cooked");
	SEND(&p, "\r");
	EXPECT(&p, "LINE<words\\0akey=.\\0a-rw-------\\0acooked>");
	SEND(&p, "\004");
	finish(&p, 0);
	setenv("VISUAL", "/nowhere/ed -x", 1);
	if (!begin(&p, &s))
		return;
	SEND(&p, "words\030\005");
	EXPECT(&p, "cannot run \"/nowhere/ed\": No such file");
	EXPECT(&p, "ama> words");
	SEND(&p, "\r");
	EXPECT(&p, "LINE<words>");
	SEND(&p, "\004");
	finish(&p, 0);
	(void)unlink(editor);
}

/* Lines are UTF-8 also where the environment says otherwise. */
static void other_locales(void)
{
	static const char *const locales[] = {"C", "POSIX", "de_DE.ISO-8859-1"};
	struct setup s = {.plain = true};
	struct pty p;
	size_t i;

	for (i = 0; i < sizeof(locales) / sizeof(locales[0]); i++) {
		setenv("LC_ALL", locales[i], 1);
		if (!begin(&p, &s))
			return;
		SEND(&p,
			"\303\266\345\214\227\344\272\254\177x\033[D\033[Dy\r");
		EXPECT(&p, "LINE<\\c3\\b6y\\e5\\8c\\97x>");
		SEND(&p, "\004");
		finish(&p, 0);
	}
	unsetenv("LC_ALL");
}

/* Keys that mean nothing leave nothing in the line, with either kind of
 * keys. */
static void unknown_keys(void)
{
	const char *const inputrcs[] = {"/dev/null",
		make_file("inputrc-vi", "set editing-mode vi\n", 0600)};
	struct pty p;
	size_t i;

	for (i = 0; i < 2; i++) {
		struct setup s = {.plain = true, .inputrc = inputrcs[i]};

		if (!begin(&p, &s))
			return;
		SEND(&p, "a\033[15~b\033[1;5Qc\033[<0;10;10Md\033OP\r");
		EXPECT(&p, "LINE<abcd>");
		EXPECT(&p, "ama> ");
		SEND(&p, "xyz\033[D\033[D\033[3~[\r");
		EXPECT(&p, "LINE<x[z>");
		EXPECT(&p, "ama> ");
		SEND(&p, "\004");
		finish(&p, 0);
	}
}

static void vi_keys_and_inputrc(void)
{
	struct setup s = {.plain = true};
	struct pty p;

	/* Readline would wait for ten minutes behind the ESC. */
	s.inputrc = make_file("inputrc",
		"set editing-mode vi\n"
		"set keyseq-timeout 600000\n"
		"set enable-bracketed-paste off\n"
		"$if atllama\n\"\\C-t\": \"macro\"\n$endif\n",
		0600);
	if (!begin(&p, &s))
		return;
	SEND(&p, "abc\033");
	(void)usleep(100000);
	SEND(&p, "0x\r");
	EXPECT(&p, "LINE<bc>");
	EXPECT(&p, "ama> ");
	SEND(&p, "\024a\033\rb\r");
	EXPECT(&p, "LINE<macroa\\0ab>");
	CHECK(pty_find(&p, 0, span_str("\033[?2004")) < 0);
	SEND(&p, "\004");
	finish(&p, 0);
	(void)unlink(s.inputrc);
}

/* The editor on the draft as vi users and those of bash call it. */
static void an_editor_by_other_keys(void)
{
	struct setup s = {.plain = true};
	char editor[256];
	struct pty p;

	(void)snprintf(editor, sizeof(editor), "%s",
		make_file("editor", "#!/bin/sh\necho edited >>\"$1\"\n", 0700));
	setenv("VISUAL", editor, 1);
	s.inputrc = make_file("inputrc",
		"set editing-mode vi\nset show-mode-in-prompt on\n"
		"\"\\C-o\": edit-and-execute-command\n",
		0600);
	if (!begin(&p, &s))
		return;
	CHECK(pty_find(&p, 0, span_str("(ins)llama> ")) >= 0);
	SEND(&p, "words\033");
	EXPECT(&p, "cmd");
	SEND(&p, "v");
	EXPECT(&p, "edited");
	SEND(&p, "\r");
	EXPECT(&p, "LINE<words\\0aedited>");
	EXPECT(&p, "(ins)llama> ");
	SEND(&p, "other\017");
	EXPECT(&p, "edited");
	SEND(&p, "\r");
	EXPECT(&p, "LINE<other\\0aedited>");
	EXPECT(&p, "(ins)llama> ");
	SEND(&p, "\004");
	finish(&p, 0);
	(void)unlink(s.inputrc);
	(void)unlink(editor);
}

static void a_dumb_terminal(void)
{
	struct setup s = {.plain = false, .term = "dumb"};
	struct pty p;

	if (!begin(&p, &s))
		return;
	SEND(&p, "hello\r");
	EXPECT(&p, "LINE<hello>");
	EXPECT(&p, "ama> ");
	SEND(&p, "half\003");
	EXPECT(&p, "INT<");
	SEND(&p, "\004");
	EXPECT(&p, "EOF.");
	CHECK(pty_find(&p, 0, span_str("\033")) < 0);
	finish(&p, 0);
}

static void the_terminal_goes_away(void)
{
	struct setup s = {.plain = true};
	struct pty p;

	if (!begin(&p, &s))
		return;
	(void)close(p.master);
	p.master = -1;
	CHECK(pty_wait_end(&p, WAIT_MS));
	pty_close(&p);
}

int main(void)
{
	(void)signal(SIGPIPE, SIG_IGN);
	RUN(typing);
	RUN(keys_in_pieces);
	RUN(several_lines_at_once);
	RUN(interrupts);
	RUN(interrupts_keep_their_place);
	RUN(the_history_knows_what_was_pasted);
	RUN(pastes);
	RUN(a_paste_that_never_ends);
	RUN(large_and_hidden_pastes);
	RUN(lines_that_go_on);
	RUN(completion);
	RUN(type_ahead);
	RUN(output_in_between);
	RUN(resize);
	RUN(resize_with_the_mode_shown);
	RUN(restored);
	RUN(terminated);
	RUN(stop_and_go_on);
	RUN(an_editor);
	RUN(other_locales);
	RUN(unknown_keys);
	RUN(vi_keys_and_inputrc);
	RUN(an_editor_by_other_keys);
	RUN(a_dumb_terminal);
	RUN(the_terminal_goes_away);
	return REPORT();
}
