#include "tty/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/vec.h"
#include "tty/term.h"

extern char **environ;

/* Interrupts are for the child; stops are for both. */
static const struct {
	int number;
	bool ignore; /* else the default action */
} rows[] = {
	{SIGINT, true},
	{SIGQUIT, true},
	{SIGTSTP, false},
	{SIGPIPE, true},
};

enum { N_ROWS = sizeof(rows) / sizeof(rows[0]) };

struct saved {
	struct sigaction old[N_ROWS];
};

bool child_hides(const char *name)
{
	static const char *const words[] = {
		"KEY", "TOKEN", "SECRET", "PASS", "CREDENTIAL"};
	size_t n = strcspn(name, "=");
	size_t i;
	size_t at;

	/* LESSKEYIN and LESSKEY_CONTENT are the pager's own settings. */
	if (strncmp(name, "LESS", 4) == 0)
		return false;
	if (strncmp(name, "ATLLAMA_", 8) == 0)
		return true;
	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		size_t len = strlen(words[i]);

		for (at = 0; at + len <= n; at++)
			if (span_caseis(span_of(name + at, len), words[i]))
				return true;
	}
	return false;
}

/* The environment of children: pointers into ours, and settings of less so that
 * it shows colours and ends by itself when everything fits. */
static char **scrubbed(void)
{
	static char less[] = "LESS=FRX";
	size_t n = 0;
	size_t kept = 0;
	size_t i;
	char **env;

	while (environ[n] != NULL)
		n++;
	env = calloc(n + 2, sizeof(*env));
	if (env == NULL)
		return NULL;
	for (i = 0; i < n; i++)
		if (!child_hides(environ[i]))
			env[kept++] = environ[i];
	if (getenv("LESS") == NULL)
		env[kept++] = less;
	return env;
}

/* Splits `text` in place. False when there is no word or there are too many. */
static bool split(char *text, char *last, char **argv)
{
	size_t n = 0;
	char *at = text;

	for (;;) {
		at += strspn(at, " \t\n");
		if (*at == '\0')
			break;
		if (n + 2 >= CHILD_WORDS_MAX)
			return false;
		argv[n++] = at;
		at += strcspn(at, " \t\n");
		if (*at != '\0')
			*at++ = '\0';
	}
	if (n == 0)
		return false;
	if (last != NULL)
		argv[n++] = last;
	argv[n] = NULL;
	return true;
}

static void take_signals(struct saved *s)
{
	struct sigaction action;
	size_t i;

	memset(&action, 0, sizeof(action));
	(void)sigemptyset(&action.sa_mask);
	for (i = 0; i < N_ROWS; i++) {
		action.sa_handler = rows[i].ignore ? SIG_IGN : SIG_DFL;
		(void)sigaction(rows[i].number, &action, &s->old[i]);
	}
}

static void give_signals(const struct saved *s)
{
	size_t i;

	for (i = 0; i < N_ROWS; i++)
		(void)sigaction(rows[i].number, &s->old[i], NULL);
}

/* In the child: restores the signals that were caught or ignored for the
 * wait. */
static void default_signals(const struct saved *s)
{
	struct sigaction action;
	size_t i;

	memset(&action, 0, sizeof(action));
	(void)sigemptyset(&action.sa_mask);
	for (i = 0; i < N_ROWS; i++) {
		bool ignored = s->old[i].sa_handler == SIG_IGN &&
			rows[i].number != SIGPIPE;

		action.sa_handler = ignored ? SIG_IGN : SIG_DFL;
		(void)sigaction(rows[i].number, &action, NULL);
	}
}

/* Never returns. `report` tells the parent errno when the program cannot be
 * run. */
static void run(
	char **argv, char **env, const struct child_run *with, int report)
{
	int why;
	ssize_t n;

	if ((with->in < 0 || dup2(with->in, STDIN_FILENO) >= 0) &&
		(with->out < 0 ||
			(dup2(with->out, STDOUT_FILENO) >= 0 &&
				dup2(with->out, STDERR_FILENO) >= 0))) {
		environ = env; /* execvp() looks for PATH there too */
		(void)execvp(argv[0], argv);
	}
	why = errno;
	n = write(report, &why, sizeof(why));
	(void)n;
	_exit(127);
}

/* Waits until the child has become the program, or returns the errno of its
 * failure. */
static int why_failed(int report)
{
	int why = 0;
	ssize_t n;

	do
		n = read(report, &why, sizeof(why));
	while (n < 0 && errno == EINTR);
	return n == (ssize_t)sizeof(why) ? why : 0;
}

/* The user's shell with the command as its one argument. */
static void shell_words(char *text, char **argv)
{
	static char sh[] = "/bin/sh";
	static char c[] = "-c";
	char *shell = getenv("SHELL");

	argv[0] = shell != NULL && shell[0] == '/' ? shell : sh;
	argv[1] = c;
	argv[2] = text;
	argv[3] = NULL;
}

/* What it takes to start a child. */
struct launch {
	char *text; /* what argv points into */
	char *last;
	char *argv[CHILD_WORDS_MAX];
	char **env;
	struct saved *saved;
	int report[2]; /* by which the child tells why it could not start */
};

static enum status prepare_launch(
	struct launch *l, const struct child_run *with, struct err *err)
{
	l->text = str_dup(with->command);
	l->last = str_dup(with->last);
	l->env = scrubbed();
	l->saved = calloc(1, sizeof(*l->saved));
	if (l->text == NULL || l->env == NULL || l->saved == NULL ||
		(with->last != NULL && l->last == NULL))
		return err_nomem(err);
	if (with->shell)
		shell_words(l->text, l->argv);
	else if (!split(l->text, l->last, l->argv))
		return err_set(
			err, ST_USAGE, "cannot run \"%s\"", with->command);
	if (pipe(l->report) != 0 ||
		fcntl(l->report[1], F_SETFD, FD_CLOEXEC) != 0)
		return err_sys(err, ST_IO, "cannot run \"%s\"", with->command);
	return ST_OK;
}

static void release_launch(struct launch *l)
{
	if (l->report[0] >= 0)
		(void)close(l->report[0]);
	if (l->report[1] >= 0)
		(void)close(l->report[1]);
	free(l->saved);
	free(l->env);
	free(l->last);
	free(l->text);
}

/* Forks, and waits until the program runs. */
static enum status launch_child(struct launch *l, const struct child_run *with,
	pid_t *ret, struct err *err)
{
	const char *name = with->command;
	pid_t pid;
	int why;

	take_signals(l->saved);
	pid = fork();
	if (pid == 0) {
		default_signals(l->saved);
		(void)close(l->report[0]);
		run(l->argv, l->env, with, l->report[1]);
	}
	why = errno;
	if (pid > 0) {
		(void)close(l->report[1]);
		l->report[1] = -1;
		why = why_failed(l->report[0]);
		if (why == 0) {
			*ret = pid;
			return ST_OK;
		}
		(void)waitpid(pid, NULL, 0);
		name = l->argv[0];
	}
	give_signals(l->saved);
	errno = why;
	return err_sys(err, pid > 0 && why == ENOENT ? ST_NOT_FOUND : ST_IO,
		"cannot run \"%s\"", name);
}

enum status child_spawn(
	struct child *c, const struct child_run *with, struct err *err)
{
	struct launch l = {.report = {-1, -1}};
	bool was_quiet = term_quiet(false);
	enum status st = prepare_launch(&l, with, err);

	if (st == ST_OK)
		st = launch_child(&l, with, &c->pid, err);
	if (st == ST_OK) {
		c->was_quiet = was_quiet;
		c->signals = l.saved;
		l.saved = NULL;
	} else if (was_quiet) {
		(void)term_quiet(true);
	}
	release_launch(&l);
	return st;
}

enum status child_start(struct child *c, const char *command, const char *last,
	int fd, struct err *err)
{
	struct child_run with = {
		.command = command, .last = last, .in = fd, .out = -1};

	return child_spawn(c, &with, err);
}

static int exit_code(int how)
{
	return WIFEXITED(how) ? WEXITSTATUS(how) : 128 + WTERMSIG(how);
}

bool child_ended(const struct child *c)
{
	siginfo_t info = {0};

	return waitid(P_PID, (id_t)c->pid, &info,
		       WEXITED | WNOHANG | WNOWAIT) == 0 &&
		info.si_pid == c->pid;
}

enum status child_wait(struct child *c, int *ret_code, struct err *err)
{
	enum status st = ST_OK;
	int how = 0;
	pid_t got;

	do
		got = waitpid(c->pid, &how, 0);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		st = err_sys(err, ST_IO, "cannot wait for a program");
	give_signals(c->signals);
	free(c->signals);
	c->signals = NULL;
	c->pid = 0;
	if (c->was_quiet)
		(void)term_quiet(true);
	else if (got > 0 && exit_code(how) > 128)
		term_recover();
	if (st == ST_OK)
		*ret_code = exit_code(how);
	return st;
}
