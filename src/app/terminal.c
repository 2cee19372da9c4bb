#include "app/terminal.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"

enum { NAME_MAX_BYTES = 256 };

/* Names the tmux pane and its server's process id, the second field of $TMUX.
 * False outside of tmux. */
static bool pane(char *name, size_t n)
{
	const char *id = getenv("TMUX_PANE");
	const char *tmux = getenv("TMUX");
	struct span rest = span_str(tmux != NULL ? tmux : "");
	struct span server;

	if (id == NULL)
		return false;
	(void)span_cut(&rest, ',');
	server = span_cut(&rest, ',');
	return (size_t)snprintf(
		       name, n, "tmux%s,%.*s", id, (int)server.n, server.p) < n;
}

/* When the process began, in clock ticks since boot: field 22 of
 * /proc/PID/stat, counted from behind the name, which may hold anything. 0: not
 * known. */
static long long began(pid_t pid)
{
	enum { STATE = 3, START = 22 };
	char path[64];
	struct buf line;
	struct span rest;
	struct span field;
	const char *end;
	long long ticks = 0;
	int i;

	buf_init(&line, BUF_SMALL);
	(void)snprintf(path, sizeof(path), "/proc/%ld/stat", (long)pid);
	if (file_read(path, &line, NULL) == ST_OK &&
		(end = strrchr(line.p, ')')) != NULL && end[1] == ' ') {
		rest = span_str(end + 2);
		for (i = STATE; i < START; i++)
			(void)span_cut(&rest, ' ');
		field = span_cut(&rest, ' ');
		(void)span_int(field, 0, LLONG_MAX, &ticks);
	}
	buf_release(&line);
	return ticks;
}

/* Names the tty and the session on it: a shell's session lasts as long as its
 * window. */
static bool tty(char *name, size_t n)
{
	pid_t sid = getsid(0);
	size_t len;
	int fd = STDERR_FILENO;

	while (fd >= STDIN_FILENO &&
		(!isatty(fd) || ttyname_r(fd, name, n) != 0))
		fd--;
	if (fd < STDIN_FILENO)
		return false;
	len = strlen(name);
	return (size_t)snprintf(name + len, n - len, ",%ld,%lld", (long)sid,
		       began(sid)) < n - len;
}

const char *terminal_name(void)
{
	static char name[NAME_MAX_BYTES];

	if (!pane(name, sizeof(name)) && !tty(name, sizeof(name)))
		name[0] = '\0';
	return name;
}
