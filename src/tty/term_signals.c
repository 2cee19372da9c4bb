/* The signal pipe of tty/term, and waiting with an ear for it. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "tty/term.h"

static const int piped_signals[] = {
	SIGINT, SIGTERM, SIGHUP, SIGWINCH, SIGCONT, SIGTSTP};

static int signal_pipe[2] = {-1, -1};
static volatile sig_atomic_t interrupts;
static volatile sig_atomic_t ending;

static void on_piped(int number)
{
	int saved = errno;
	unsigned char byte = (unsigned char)number;
	ssize_t n;

	if (number == SIGINT || number == SIGTERM || number == SIGHUP)
		interrupts = (interrupts + 1) & 0xffff;
	if (number == SIGTERM || number == SIGHUP)
		ending = 1;
	n = write(signal_pipe[1], &byte, 1);
	(void)n;
	errno = saved;
}

static bool set_flags(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	return flags >= 0 && fcntl(fd, F_SETFL, flags | O_NONBLOCK) == 0 &&
		fcntl(fd, F_SETFD, FD_CLOEXEC) == 0;
}

enum status term_signals(int *ret_fd, struct err *err)
{
	struct sigaction action;
	int ends[2];
	size_t i;

	if (signal_pipe[0] >= 0) {
		*ret_fd = signal_pipe[0];
		return ST_OK;
	}
	if (pipe(ends) != 0)
		return err_sys(err, ST_IO, "cannot make the signal pipe");
	if (!set_flags(ends[0]) || !set_flags(ends[1])) {
		(void)err_sys(err, ST_IO, "cannot make the signal pipe");
		(void)close(ends[0]);
		(void)close(ends[1]);
		return ST_IO;
	}
	signal_pipe[0] = ends[0];
	signal_pipe[1] = ends[1];
	memset(&action, 0, sizeof(action));
	action.sa_handler = on_piped;
	(void)sigemptyset(&action.sa_mask);
	for (i = 0; i < sizeof(piped_signals) / sizeof(piped_signals[0]); i++) {
		int number = piped_signals[i];
		struct sigaction old;

		/* nohup and shells start programs that are to ignore these
		 * signals; so does a parent without job control. */
		if (sigaction(number, NULL, &old) == 0 &&
			old.sa_handler == SIG_IGN && number != SIGWINCH &&
			number != SIGCONT)
			continue;
		/* A write to a stuck terminal must end for signals that end the
		 * program, and need not for the others. */
		action.sa_flags = number == SIGINT || number == SIGTERM ||
				number == SIGHUP
			? 0
			: SA_RESTART;
		(void)sigaction(number, &action, NULL);
	}
	*ret_fd = signal_pipe[0];
	return ST_OK;
}

int term_next_signal(void)
{
	unsigned char byte;
	ssize_t n;

	if (signal_pipe[0] < 0)
		return 0;
	do
		n = read(signal_pipe[0], &byte, 1);
	while (n < 0 && errno == EINTR);
	return n == 1 ? byte : 0;
}

unsigned term_interrupts(void)
{
	return (unsigned)interrupts;
}

bool term_ending(void)
{
	return ending != 0;
}

/* Reads the signals; true after a stop. *kept are the others, by number. */
static bool hear_signals(unsigned *kept)
{
	bool stopped = false;
	int number;

	while ((number = term_next_signal()) != 0) {
		if (number == SIGTSTP) {
			term_stop();
			stopped = true;
		} else if (number == SIGCONT) {
			term_continue();
		} else {
			*kept |= 1u << number;
		}
	}
	return stopped;
}

/* Gives signals back to the main loop. */
static void give_back(unsigned kept)
{
	size_t i;

	for (i = 0; i < sizeof(piped_signals) / sizeof(piped_signals[0]); i++) {
		unsigned char byte = (unsigned char)piped_signals[i];

		if ((kept >> byte & 1) != 0)
			(void)!write(signal_pipe[1], &byte, 1);
	}
}

enum term_wait term_wait(int fd, unsigned before)
{
	struct pollfd p[2] = {{.fd = fd, .events = POLLIN},
		{.fd = signal_pipe[0], .events = POLLIN}};
	bool resumed = false;
	unsigned kept = 0;

	while (term_interrupts() == before && !resumed) {
		int n = poll(p, 2, -1);

		if (n < 0 && errno != EINTR)
			break;
		if (n > 0 && p[1].revents != 0)
			resumed = hear_signals(&kept);
		else if (n > 0)
			break;
	}
	give_back(kept);
	if (term_interrupts() != before)
		return TERM_INTERRUPTED;
	return resumed ? TERM_RESUMED : TERM_READY;
}
