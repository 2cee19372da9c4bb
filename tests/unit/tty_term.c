/* tty: terminal state, colours, passphrases, children and the pager, each in a
 * process of its own on a pseudo-terminal. */
#ifndef _XOPEN_SOURCE
#define _XOPEN_SOURCE 700
#endif

#include "unit/check.h"
#include "unit/pty.h"

#include "base/secret.h"
#include "tty/child.h"
#include "tty/pager.h"
#include "tty/pass.h"
#include "tty/term.h"

#define WAIT_MS 60000

struct world {
	const char *term;
	const char *name; /* of one variable more */
	const char *value;
	struct term_options o;
};

static int tell_term(void *payload)
{
	const struct world *w = payload;
	const struct term *t = term_get();
	int columns;
	int rows;

	unsetenv("NO_COLOR");
	unsetenv("CLICOLOR");
	unsetenv("CLICOLOR_FORCE");
	unsetenv("COLORTERM");
	unsetenv("ACCESSIBLE");
	unsetenv("COLORFGBG");
	if (w->term != NULL)
		setenv("TERM", w->term, 1);
	else
		unsetenv("TERM");
	if (w->name != NULL)
		setenv(w->name, w->value, 1);
	term_init(&w->o);
	term_size(&columns, &rows);
	printf("tty=%d%d%d dumb=%d acc=%d styled=%d colour=%d %dx%d on %d.\n",
		t->in, t->out, t->err, t->dumb, t->accessible, t->styled_out,
		(int)t->colour_out, columns, rows, (int)t->background);
	return 0;
}

static void says(const struct world *w, const char *text)
{
	struct world copy = *w;
	struct pty p;

	CHECK(pty_open(&p, 132, 43, tell_term, &copy));
	if (!pty_wait_for(&p, span_str(text), WAIT_MS)) {
		check_failures++;
		printf("not \"%s\" but \"%s\"\n", text, p.seen.p);
	}
	CHECK(pty_wait_end(&p, WAIT_MS));
	pty_close(&p);
}

static void what_the_environment_says(void)
{
	struct world w = {.term = "xterm-256color"};

	says(&w, "tty=111 dumb=0 acc=0 styled=1 colour=2 132x43 on 0.");
	w.name = "COLORTERM";
	w.value = "truecolor";
	says(&w, "styled=1 colour=3 ");
	w.name = "NO_COLOR";
	w.value = "1";
	says(&w, "styled=1 colour=0 ");
	w.o.colour = TERM_ALWAYS;
	says(&w, "styled=1 colour=2 ");
	w.o.colour = TERM_AUTO;
	w.value = "";
	says(&w, "styled=1 colour=2 ");
	w.name = "CLICOLOR";
	w.value = "0";
	says(&w, "styled=1 colour=0 ");
	w.name = "ACCESSIBLE";
	w.value = "1";
	says(&w, "acc=1 ");
	w.name = "COLORFGBG";
	w.value = "0;15";
	says(&w, " on 2.");
	w.value = "15;default;0";
	says(&w, " on 1.");
	w.value = "0;default";
	says(&w, " on 0.");
	w.o.background = TERM_LIGHT;
	w.value = "15;0";
	says(&w, " on 2.");
	w.o.background = TERM_ANY_BACKGROUND;
	w.name = NULL;
	w.term = "linux";
	says(&w, " on 1.");
	w.term = "xterm";
	says(&w, "styled=1 colour=1 ");
	w.o.plain = true;
	says(&w, "styled=0 colour=0 ");
	w.o.plain = false;
	w.term = "dumb";
	says(&w, "dumb=1 acc=0 styled=0 colour=0 ");
	w.name = "CLICOLOR_FORCE";
	w.value = "1";
	says(&w, "dumb=1 acc=0 styled=1 colour=1 ");
	w.o.colour = TERM_NEVER;
	says(&w, "styled=0 colour=0 ");
	w.o.colour = TERM_AUTO;
	w.value = "0";
	says(&w, "styled=0 colour=0 ");
	w.name = NULL;
	w.term = NULL;
	says(&w, "dumb=1 acc=0 styled=0 colour=0 ");
}

static int ask(void *payload)
{
	struct term_options o = {.plain = true};
	struct secret s = {0};
	struct err err;
	int signals;
	enum status st;

	(void)payload;
	term_init(&o);
	if (term_signals(&signals, &err) != ST_OK)
		return 98;
	st = pass_read("Passphrase: ", &s, &err);
	if (st == ST_OK)
		printf("GOT<%.*s>\n", (int)s.len, (const char *)s.p);
	else
		printf("ERR<%s>\n", err.msg);
	fflush(stdout);
	secret_free(&s);
	return (int)st;
}

static void answer(const char *typed, const char *text, int code)
{
	struct termios after;
	struct pty p;

	CHECK(pty_open(&p, 80, 24, ask, NULL));
	CHECK(pty_wait_for(&p, span_str("Passphrase: "), WAIT_MS));
	CHECK(tcgetattr(p.master, &after) == 0);
	CHECK((after.c_lflag & (ECHO | ICANON | ISIG)) == 0);
	CHECK(pty_write(&p, span_str(typed)));
	if (!pty_wait_for(&p, span_str(text), WAIT_MS)) {
		check_failures++;
		printf("not \"%s\" but \"%s\"\n", text, p.seen.p);
	}
	CHECK(pty_wait_end(&p, WAIT_MS));
	CHECK_INT(WEXITSTATUS(p.how), code);
	CHECK(tcgetattr(p.master, &after) == 0);
	CHECK_INT(after.c_lflag, p.before.c_lflag);
	CHECK_INT(after.c_iflag, p.before.c_iflag);
	pty_close(&p);
}

static void passphrases(void)
{
	char longest[PASS_MAX + 8];

	answer("secret\r", "\r\nGOT<secret>", ST_OK);
	answer("se\303\266\177\177cret\n", "\r\nGOT<scret>", ST_OK);
	answer("wrong\025right\r", "\r\nGOT<right>", ST_OK);
	answer("\r", "GOT<>", ST_OK);
	answer("half\003", "ERR<interrupted>", ST_STOPPED);
	answer("\004", "ERR<interrupted>", ST_STOPPED);
	memset(longest, 'x', PASS_MAX + 1);
	longest[PASS_MAX + 1] = '\0';
	answer(longest, "ERR<a passphrase may have 1024 bytes", ST_USAGE);
}

static int interrupted(void *payload)
{
	struct term_options o = {0};
	unsigned before;
	int signals;

	(void)payload;
	term_init(&o);
	if (term_signals(&signals, NULL) != ST_OK)
		return 1;
	before = term_interrupts();
	(void)raise(SIGINT);
	return term_wait(STDIN_FILENO, before) == TERM_INTERRUPTED ? 7 : 2;
}

/* Behind the question and before the wait for its answer. */
static void an_interrupt_before_the_wait(void)
{
	struct pty p;

	CHECK(pty_open(&p, 80, 24, interrupted, NULL));
	CHECK(pty_wait_end(&p, WAIT_MS));
	CHECK(WIFEXITED(p.how) && WEXITSTATUS(p.how) == 7);
	pty_close(&p);
}

static void a_signal_while_asked(void)
{
	struct termios after;
	struct pty p;

	CHECK(pty_open(&p, 80, 24, ask, NULL));
	CHECK(pty_wait_for(&p, span_str("Passphrase: "), WAIT_MS));
	CHECK(kill(p.pid, SIGWINCH) == 0);
	CHECK(pty_write(&p, span_str("half")));
	CHECK(kill(p.pid, SIGTERM) == 0);
	CHECK(pty_wait_for(&p, span_str("ERR<interrupted>"), WAIT_MS));
	CHECK(pty_wait_end(&p, WAIT_MS));
	CHECK(tcgetattr(p.master, &after) == 0);
	CHECK_INT(after.c_lflag, p.before.c_lflag);
	pty_close(&p);
	/* One that cannot be caught by the loop restores all the same. */
	CHECK(pty_open(&p, 80, 24, ask, NULL));
	CHECK(pty_wait_for(&p, span_str("Passphrase: "), WAIT_MS));
	CHECK(kill(p.pid, SIGABRT) == 0);
	CHECK(pty_wait_end(&p, WAIT_MS));
	CHECK(WIFSIGNALED(p.how) && WTERMSIG(p.how) == SIGABRT);
	CHECK(tcgetattr(p.master, &after) == 0);
	CHECK_INT(after.c_lflag, p.before.c_lflag);
	pty_close(&p);
}

static void from_fd(
	const char *bytes, enum status want, const char *text, const char *rest)
{
	struct secret s = {0};
	struct err err;
	char left[64] = "";
	int ends[2];
	size_t n = strlen(bytes);

	CHECK(pipe(ends) == 0);
	CHECK(write(ends[1], bytes, n) == (ssize_t)n);
	(void)close(ends[1]);
	CHECK_INT(pass_from_fd(ends[0], &s, &err), want);
	if (want == ST_OK) {
		CHECK(span_is(secret_view(&s), text));
		CHECK(read(ends[0], left, sizeof(left) - 1) >= 0);
		CHECK_STR(left, rest);
	} else {
		CHECK(s.p == NULL);
	}
	secret_free(&s);
	(void)close(ends[0]);
}

static void from_a_descriptor(void)
{
	char longest[PASS_MAX + 2];

	from_fd("one\ntwo\n", ST_OK, "one", "two\n");
	from_fd("one\r\n", ST_OK, "one", "");
	from_fd("one", ST_OK, "one", "");
	from_fd("\n", ST_USAGE, "", "");
	from_fd("", ST_USAGE, "", "");
	memset(longest, 'x', sizeof(longest));
	longest[PASS_MAX + 1] = '\0';
	from_fd(longest, ST_USAGE, "", "");
	longest[PASS_MAX] = '\0';
	from_fd(longest, ST_OK, longest, "");
	CHECK_INT(pass_from_fd(999, &(struct secret){0}, NULL), ST_IO);
}

static void what_children_see(void)
{
	CHECK(child_hides("LLAMA_API_KEY=x"));
	CHECK(child_hides("github_token"));
	CHECK(child_hides("PGPASSWORD=x"));
	CHECK(child_hides("ATLLAMA_HOME=x"));
	CHECK(!child_hides("PATH=/key"));
	CHECK(!child_hides("LESSKEYIN=x"));
	CHECK(!child_hides("TERM"));
}

static int page(void *payload)
{
	const int lines = *(const int *)payload;
	struct term_options o = {.plain = true};
	struct pager p;
	struct err err;
	int i;

	term_init(&o);
	(void)term_quiet(true);
	pager_open(&p, true);
	for (i = 0; i < lines; i++)
		if (pager_write(&p, span_str("a line of text\n"), &err) !=
			ST_OK)
			return 2;
	if (pager_close(&p, &err) != ST_OK)
		return 3;
	printf("quiet=%d.\n", term_quiet(true));
	return 0;
}

static void pagers(void)
{
	static const struct {
		const char *pager;
		const char *seen;
	} rows[] = {
		{"head -n 2", "a line of text\r\na line of text\r\nquiet=1."},
		{"wc -l", "20000\r\nquiet=1."},
		{"", "a line of text\r\nquiet=1."},
		{"/nowhere/less", "a line of text\r\nquiet=1."},
		{"env", "LESS=FRX"},
	};
	int lines = 20000;
	struct pty p;
	size_t i;

	setenv("TERM", "xterm", 1);
	setenv("LLAMA_API_KEY", "hunter2", 1);
	unsetenv("LESS");
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		setenv("PAGER", rows[i].pager, 1);
		CHECK(pty_open(&p, 80, 24, page, &lines));
		if (!pty_wait_for(&p, span_str(rows[i].seen), WAIT_MS)) {
			check_failures++;
			printf("pager %s: never saw %s\n", rows[i].pager,
				rows[i].seen);
		}
		CHECK(pty_wait_end(&p, WAIT_MS));
		CHECK_INT(WEXITSTATUS(p.how), 0);
		CHECK(pty_find(&p, 0, span_str("hunter2")) < 0);
		pty_close(&p);
	}
}

/* Only what is more than a screen goes through one. */
static void a_screen_needs_no_pager(void)
{
	int lines;
	struct pty p;

	setenv("PAGER", "sed s/text/paged/", 1);
	for (lines = 0; lines < 40; lines++) {
		bool paged;

		CHECK(pty_open(&p, 80, 24, page, &lines));
		CHECK(pty_wait_for(&p, span_str("quiet=1."), WAIT_MS));
		CHECK(pty_wait_end(&p, WAIT_MS));
		paged = pty_find(&p, 0, span_str("paged")) >= 0;
		CHECK_INT(paged, lines >= 23);
		CHECK(paged || lines == 0 ||
			pty_find(&p, 0, span_str("a line of text")) >= 0);
		pty_close(&p);
	}
	/* A line that wraps takes several of the screen. */
	lines = 12;
	CHECK(pty_open(&p, 7, 24, page, &lines));
	CHECK(pty_wait_end(&p, WAIT_MS));
	CHECK(pty_find(&p, 0, span_str("paged")) >= 0);
	pty_close(&p);
}

/* A question is asked at /dev/tty while standard input is something else. */
static int drop_typed(void *payload)
{
	struct pollfd tty = {
		.fd = open("/dev/tty", O_RDWR | O_NOCTTY), .events = POLLIN};
	struct term_options none = {0};
	char line[64];
	ssize_t n;

	(void)payload;
	(void)dup2(open("/dev/null", O_RDONLY), STDIN_FILENO);
	term_init(&none);
	dprintf(STDOUT_FILENO, "type\n");
	if (poll(&tty, 1, WAIT_MS) != 1)
		return 1;
	term_drop_typed(tty.fd);
	dprintf(STDOUT_FILENO, "answer\n");
	n = read(tty.fd, line, sizeof(line));
	dprintf(STDOUT_FILENO, "<%.*s>\n", n > 0 ? (int)n - 1 : 0, line);
	return 0;
}

/* A job that waits for a line; its shell says when it has stopped, and brings
 * it back. */
static int wait_stopped(void *payload)
{
	pid_t pid;
	int how;

	(void)payload;
	(void)signal(SIGTTOU, SIG_IGN);
	pid = fork();
	if (pid == 0) {
		const struct term_options o = {0};
		enum term_wait got;
		int fd;

		(void)setpgid(0, 0);
		(void)tcsetpgrp(0, getpid());
		term_init(&o);
		if (term_signals(&fd, NULL) != ST_OK)
			exit(97);
		do {
			dprintf(1, "line? ");
			got = term_wait(0, 0);
		} while (got == TERM_RESUMED);
		dprintf(1, "got %d, signal %d.\n", (int)got,
			term_next_signal());
		exit(0);
	}
	(void)setpgid(pid, pid);
	while (waitpid(pid, &how, WUNTRACED) == pid && WIFSTOPPED(how)) {
		dprintf(1, "STOPPED\n");
		(void)tcsetpgrp(0, pid);
		(void)kill(-pid, SIGCONT);
	}
	return WIFEXITED(how) ? WEXITSTATUS(how) : 96;
}

static void a_question_can_be_stopped(void)
{
	static const char *const ends[][2] = {
		{"\n", "got 0, signal 0."}, {"\003", "got 2, signal 2."}};
	struct pty p;
	size_t i;

	for (i = 0; i < 2; i++) {
		CHECK(pty_open(&p, 80, 24, wait_stopped, NULL));
		CHECK(pty_wait_for(&p, span_str("line? "), WAIT_MS));
		CHECK(pty_write(&p, span_str("\032")));
		CHECK(pty_wait_for(&p, span_str("STOPPED"), WAIT_MS));
		CHECK(pty_wait_for(&p, span_str("line? "), WAIT_MS));
		CHECK(pty_write(&p, span_str(ends[i][0])));
		CHECK(pty_wait_for(&p, span_str(ends[i][1]), WAIT_MS));
		CHECK(pty_wait_end(&p, WAIT_MS));
		pty_close(&p);
	}
}

static void what_was_typed_before_a_question(void)
{
	struct pty p;

	CHECK(pty_open(&p, 80, 24, drop_typed, NULL));
	CHECK(pty_wait_for(&p, span_str("type\r\n"), WAIT_MS));
	CHECK(pty_write(&p, span_str("y\n")));
	CHECK(pty_wait_for(&p, span_str("answer\r\n"), WAIT_MS));
	CHECK(pty_write(&p, span_str("n\n")));
	CHECK(pty_wait_for(&p, span_str("<n>"), WAIT_MS));
	CHECK(pty_wait_end(&p, WAIT_MS));
	pty_close(&p);
}

int main(void)
{
	RUN(what_was_typed_before_a_question);
	RUN(a_question_can_be_stopped);
	RUN(what_the_environment_says);
	RUN(passphrases);
	RUN(a_signal_while_asked);
	RUN(an_interrupt_before_the_wait);
	RUN(from_a_descriptor);
	RUN(what_children_see);
	RUN(pagers);
	RUN(a_screen_needs_no_pager);
	return REPORT();
}
