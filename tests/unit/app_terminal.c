/* app/terminal: one name for all runs on a terminal, another for the next. */
#include "app/terminal.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit/check.h"

enum { NAME = 256 };

/* What a process of its own calls its terminal. */
static void name_in_child(int out)
{
	const char *name = terminal_name();

	if (write(out, name, strlen(name) + 1) < 0)
		_exit(1);
	_exit(0);
}

/* Two programs, one after the other, of a new session on that tty. */
static void ask_session(const char *tty, char first[NAME], char second[NAME])
{
	char *into[2] = {first, second};
	int pipes[2][2];
	int status = 1;
	int i;
	pid_t leader;

	for (i = 0; i < 2; i++)
		if (pipe(pipes[i]) != 0)
			abort();
	leader = fork();
	if (leader == 0) {
		int fd;

		(void)setsid();
		fd = open(tty, O_RDWR);
		if (fd < 0 || ioctl(fd, TIOCSCTTY, 0) != 0)
			_exit(1);
		for (i = 0; i < 3; i++)
			(void)dup2(fd, i);
		for (i = 0; i < 2; i++) {
			pid_t run = fork();

			if (run == 0)
				name_in_child(pipes[i][1]);
			if (run < 0 || waitpid(run, &status, 0) != run ||
				status != 0)
				_exit(1);
		}
		_exit(0);
	}
	CHECK(leader > 0 && waitpid(leader, &status, 0) == leader);
	CHECK_INT(status, 0);
	for (i = 0; i < 2; i++) {
		(void)close(pipes[i][1]);
		memset(into[i], 0, NAME);
		CHECK(read(pipes[i][0], into[i], NAME - 1) > 0);
		(void)close(pipes[i][0]);
	}
}

static void a_session_is_a_terminal(void)
{
	char a[2][NAME];
	char b[2][NAME];
	const char *tty;
	int master = posix_openpt(O_RDWR | O_NOCTTY);

	(void)unsetenv("TMUX");
	(void)unsetenv("TMUX_PANE");
	CHECK(master >= 0 && grantpt(master) == 0 && unlockpt(master) == 0);
	tty = ptsname(master);
	if (tty == NULL)
		abort();
	ask_session(tty, a[0], a[1]);
	CHECK_STR(a[0], a[1]);
	CHECK(strncmp(a[0], tty, strlen(tty)) == 0);
	/* The same tty is somebody else's window now. */
	ask_session(tty, b[0], b[1]);
	CHECK_STR(b[0], b[1]);
	CHECK(strcmp(a[0], b[0]) != 0);
	(void)close(master);
}

static void a_pane_belongs_to_its_server(void)
{
	(void)setenv("TMUX_PANE", "%3", 1);
	(void)setenv("TMUX", "/tmp/tmux-1000/default,4711,0", 1);
	CHECK_STR(terminal_name(), "tmux%3,4711");
	(void)setenv("TMUX", "/tmp/tmux-1000/default,4712,0", 1);
	CHECK_STR(terminal_name(), "tmux%3,4712");
	(void)unsetenv("TMUX");
	CHECK_STR(terminal_name(), "tmux%3,");
	(void)unsetenv("TMUX_PANE");
}

int main(void)
{
	RUN(a_pane_belongs_to_its_server);
	RUN(a_session_is_a_terminal);
	return REPORT();
}
