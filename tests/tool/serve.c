#include "tool/serve.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"

#define ARGS_MAX 24
#define SETTLE_MS 60000
#define PATH_ROOM (sizeof(((struct served *)0)->dir) + 16)

static pid_t spawn(char *const *argv, int in, int out)
{
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	if (in >= 0)
		(void)dup2(in, STDIN_FILENO);
	if (out >= 0)
		(void)dup2(out, STDOUT_FILENO);
	(void)execvp(argv[0], argv);
	_exit(127);
}

/* The strings of an argument vector are not changed by exec; its type is older
 * than const. */
static char *word(const char *s)
{
	char *p;

	memcpy(&p, &s, sizeof(p));
	return p;
}

static bool pipe_of_ours(int fd[2])
{
	if (pipe(fd) != 0)
		return false;
	(void)fcntl(fd[0], F_SETFD, FD_CLOEXEC);
	(void)fcntl(fd[1], F_SETFD, FD_CLOEXEC);
	return true;
}

static bool read_port(int fd, int *ret)
{
	char line[16];
	size_t n = 0;
	long long port;

	while (n < sizeof(line) && read(fd, line + n, 1) == 1 &&
		line[n] != '\n')
		n++;
	if (!span_int(span_of(line, n), 0, 65535, &port))
		return false;
	*ret = (int)port;
	return true;
}

static bool prepare(struct served *s, const char *script, char *path, char *log,
	size_t room)
{
	const char *tmp = getenv("TMPDIR");

	if (snprintf(s->dir, sizeof(s->dir), "%s/atl-served-XXXXXX",
		    tmp != NULL && tmp[0] == '/' ? tmp : "/tmp") >=
			(int)sizeof(s->dir) ||
		mkdtemp(s->dir) == NULL)
		return false;
	(void)snprintf(path, room, "%s/script", s->dir);
	(void)snprintf(log, room, "%s/log", s->dir);
	return file_replace(path, span_str(script), 0600, NULL) == ST_OK;
}

bool serve_start(struct served *s, const char *script, const char *const *args)
{
	char path[PATH_ROOM];
	char log[PATH_ROOM];
	char *argv[ARGS_MAX] = {word(ATL_SERVER), path, word("--with-parent"),
		word("--log"), log};
	size_t n = 5;
	int in[2];
	int out[2];
	bool ok;

	memset(s, 0, sizeof(*s));
	if (!prepare(s, script, path, log, sizeof(path)))
		return false;
	for (; args != NULL && *args != NULL && n + 1 < ARGS_MAX; args++)
		argv[n++] = word(*args);
	if (!pipe_of_ours(in))
		return false;
	if (!pipe_of_ours(out)) {
		(void)close(in[0]);
		(void)close(in[1]);
		return false;
	}
	s->pid = spawn(argv, in[0], out[1]);
	s->stdin_fd = in[1];
	(void)close(in[0]);
	(void)close(out[1]);
	ok = s->pid > 0 && read_port(out[0], &s->port);
	(void)close(out[0]);
	return ok;
}

void serve_stop(struct served *s)
{
	static const char *const names[] = {
		"script", "log", "log.done", "go-on"};
	char path[PATH_ROOM];
	size_t i;

	(void)close(s->stdin_fd);
	if (s->pid > 0)
		(void)waitpid(s->pid, NULL, 0);
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", s->dir, names[i]);
		(void)unlink(path);
	}
	(void)rmdir(s->dir);
	memset(s, 0, sizeof(*s));
}

void serve_log(const struct served *s, struct buf *out)
{
	char path[PATH_ROOM];

	(void)snprintf(path, sizeof(path), "%s/log", s->dir);
	(void)file_read(path, out, NULL);
}

int serve_logged(const struct served *s, const char *what)
{
	struct buf log;
	const char *at;
	int n = 0;

	buf_init(&log, BUF_LARGE);
	serve_log(s, &log);
	for (at = strstr(log.p, what); at != NULL; at = strstr(at + 1, what))
		n++;
	buf_release(&log);
	return n;
}

void serve_go_on(const struct served *s)
{
	char path[PATH_ROOM];

	(void)snprintf(path, sizeof(path), "%s/go-on", s->dir);
	(void)file_replace(path, span_str(""), 0600, NULL);
}

/* Whether the connection from that port is over, and all before it. */
static bool settled(const struct served *s, int port)
{
	char path[PATH_ROOM];
	struct buf done;
	struct span rest;
	long long own = 0;
	long long closed = 0;

	(void)snprintf(path, sizeof(path), "%s/log.done", s->dir);
	buf_init(&done, BUF_LARGE);
	(void)file_read(path, &done, NULL);
	for (rest = buf_view(&done); rest.n > 0;) {
		struct span line = span_cut(&rest, '\n');
		struct span word = span_cut(&line, ' ');
		long long number;
		long long from;

		if (!span_is(word, "closed") ||
			!span_int(span_cut(&line, ' '), 1, INT_MAX, &number) ||
			!span_int(line, 0, 65535, &from))
			continue;
		closed++;
		if (from == port)
			own = number;
	}
	buf_release(&done);
	return own > 0 && closed >= own;
}

void serve_settle(const struct served *s)
{
	struct sockaddr_in at = {.sin_family = AF_INET};
	socklen_t n = sizeof(at);
	int64_t end_ms = clock_mono_ms() + SETTLE_MS;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int port = -1;

	/* What is connected now comes behind all that was connected before. */
	at.sin_port = htons((uint16_t)s->port);
	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (connect(fd, (struct sockaddr *)&at, sizeof(at)) == 0 &&
		getsockname(fd, (struct sockaddr *)&at, &n) == 0)
		port = ntohs(at.sin_port);
	(void)close(fd);
	while (port >= 0 && !settled(s, port) && clock_mono_ms() < end_ms)
		(void)poll(NULL, 0, 1);
}

int run_program(const char *const *argv)
{
	char *words[ARGS_MAX] = {NULL};
	size_t n;
	pid_t pid;
	int status;

	for (n = 0; argv[n] != NULL && n + 1 < ARGS_MAX; n++)
		words[n] = word(argv[n]);
	pid = spawn(words, -1, -1);
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}
