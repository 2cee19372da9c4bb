#include "serve/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum {
	FIRST_FD = 3, /* first descriptor that systemd hands over */
	KEEPALIVE_S = 60, /* seconds of silence before a client is probed */
};

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
	struct sockaddr_un un;
	struct sockaddr_storage room;
};

void listening_init(struct listening *l)
{
	memset(l, 0, sizeof(*l));
	l->fd = -1;
	buf_init(&l->path, BUF_SMALL);
}

void listening_release(struct listening *l)
{
	if (l->fd >= 0)
		(void)close(l->fd);
	if (l->path.len > 0)
		(void)unlink(l->path.p);
	buf_release(&l->path);
	listening_init(l);
}

/* Finds out what kind of address is listened on. */
static enum status describe(struct listening *l, struct err *err)
{
	union address a;
	socklen_t n = sizeof(a);
	char text[INET6_ADDRSTRLEN];

	memset(&a, 0, sizeof(a));
	if (getsockname(l->fd, &a.any, &n) != 0)
		return err_sys(err, ST_NET, "no address of the socket");
	if (a.any.sa_family == AF_UNIX) {
		l->is_unix = true;
		l->loopback = true;
		return ST_OK;
	}
	if (a.any.sa_family == AF_INET &&
		inet_ntop(AF_INET, &a.v4.sin_addr, text, sizeof(text)) !=
			NULL) {
		l->port = ntohs(a.v4.sin_port);
		l->loopback = ntohl(a.v4.sin_addr.s_addr) >> 24 == 127;
		(void)snprintf(l->host, sizeof(l->host), "%s", text);
		return ST_OK;
	}
	if (a.any.sa_family == AF_INET6 &&
		inet_ntop(AF_INET6, &a.v6.sin6_addr, text, sizeof(text)) !=
			NULL) {
		l->port = ntohs(a.v6.sin6_port);
		l->loopback = IN6_IS_ADDR_LOOPBACK(&a.v6.sin6_addr) != 0;
		(void)snprintf(l->host, sizeof(l->host), "[%s]", text);
		return ST_OK;
	}
	return err_set(err, ST_NET, "the socket is of no kind that is known");
}

/* Notices clients that vanish without a word. Accepted sockets inherit this. */
static void keep_alive(int fd)
{
	const int one = 1;
	const int idle = KEEPALIVE_S;

	(void)setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof(one));
	(void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof(idle));
}

static enum status bind_to(struct listening *l, const union address *a,
	socklen_t n, const char *where, struct err *err)
{
	const int one = 1;

	l->fd = socket(a->any.sa_family,
		SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (l->fd < 0)
		return err_sys(err, ST_NET, "no socket");
	if (a->any.sa_family != AF_UNIX) {
		(void)setsockopt(
			l->fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
		keep_alive(l->fd);
	}
	if (bind(l->fd, &a->any, n) != 0 || listen(l->fd, SOMAXCONN) != 0) {
		(void)err_sys(err, ST_NET, "cannot listen on %s", where);
		if (errno == EADDRINUSE)
			err_hint(err, "; another port is given with --listen");
		return ST_NET;
	}
	return ST_OK;
}

/* Removes the socket file that a killed server left behind. */
static void remove_stale(const struct sockaddr_un *un)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct stat sb;

	if (fd < 0)
		return;
	if (lstat(un->sun_path, &sb) == 0 && S_ISSOCK(sb.st_mode) &&
		connect(fd, (const struct sockaddr *)un, sizeof(*un)) != 0 &&
		errno == ECONNREFUSED)
		(void)unlink(un->sun_path);
	(void)close(fd);
}

static enum status open_unix(
	struct listening *l, const char *path, struct err *err)
{
	union address a = {.un = {.sun_family = AF_UNIX}};
	mode_t mask;
	enum status st;

	if (path[0] == '\0' || strlen(path) >= sizeof(a.un.sun_path))
		return err_set(err, ST_USAGE,
			"a Unix socket has a path of 1 to %zu bytes",
			sizeof(a.un.sun_path) - 1);
	memcpy(a.un.sun_path, path, strlen(path) + 1);
	remove_stale(&a.un);
	mask = umask(0177);
	st = bind_to(l, &a, sizeof(a.un), path, err);
	(void)umask(mask);
	if (st == ST_OK)
		buf_str(&l->path, path);
	return st;
}

static enum status bad_address(const char *where, struct err *err)
{
	return err_set(err, ST_USAGE,
		"\"%s\" is no address to listen on; as in 127.0.0.1:8000, "
		"[::1]:8000 or unix:/run/user/1000/atllama.sock",
		where);
}

static enum status open_tcp(
	struct listening *l, const char *where, struct err *err)
{
	union address a;
	const char *colon = strrchr(where, ':');
	char host[INET6_ADDRSTRLEN + 2];
	long long port;
	size_t n;

	memset(&a, 0, sizeof(a));
	if (colon == NULL ||
		!span_int(span_str(colon + 1), 0, UINT16_MAX, &port))
		return bad_address(where, err);
	n = (size_t)(colon - where);
	if (n == 0 || n >= sizeof(host))
		return bad_address(where, err);
	memcpy(host, where, n);
	host[n] = '\0';
	if (strcmp(host, "localhost") == 0)
		(void)snprintf(host, sizeof(host), "127.0.0.1");
	if (inet_pton(AF_INET, host, &a.v4.sin_addr) == 1) {
		a.v4.sin_family = AF_INET;
		a.v4.sin_port = htons((uint16_t)port);
		return bind_to(l, &a, sizeof(a.v4), where, err);
	}
	if (host[0] != '[' || host[n - 1] != ']')
		return bad_address(where, err);
	host[n - 1] = '\0';
	if (inet_pton(AF_INET6, host + 1, &a.v6.sin6_addr) != 1)
		return bad_address(where, err);
	a.v6.sin6_family = AF_INET6;
	a.v6.sin6_port = htons((uint16_t)port);
	return bind_to(l, &a, sizeof(a.v6), where, err);
}

enum status listening_open(
	struct listening *l, const char *where, struct err *err)
{
	enum status st = strncmp(where, "unix:", 5) == 0
		? open_unix(l, where + 5, err)
		: open_tcp(l, where, err);

	return st == ST_OK ? describe(l, err) : st;
}

enum status listening_inherit(struct listening *l, bool *ret, struct err *err)
{
	const char *pid = getenv("LISTEN_PID");
	const char *fds = getenv("LISTEN_FDS");
	long long number = 0;
	int flags;
	bool ours = pid != NULL && fds != NULL &&
		span_int(span_str(pid), 1, INT32_MAX, &number) &&
		number == (long long)getpid();
	bool one = ours && strcmp(fds, "1") == 0;

	*ret = false;
	(void)unsetenv("LISTEN_PID");
	(void)unsetenv("LISTEN_FDS");
	(void)unsetenv("LISTEN_FDNAMES");
	if (!ours)
		return ST_OK;
	if (!one)
		return err_set(err, ST_USAGE,
			"systemd hands over more than one socket; one is "
			"wanted");
	flags = fcntl(FIRST_FD, F_GETFL);
	if (flags < 0 || fcntl(FIRST_FD, F_SETFL, flags | O_NONBLOCK) != 0 ||
		fcntl(FIRST_FD, F_SETFD, FD_CLOEXEC) != 0)
		return err_sys(err, ST_NET, "no socket from systemd");
	l->fd = FIRST_FD;
	*ret = true;
	return describe(l, err);
}

void listening_name(const struct listening *l, struct buf *out)
{
	if (!l->is_unix)
		buf_fmt(out, "http://%s:%u", l->host, (unsigned)l->port);
	else
		buf_fmt(out, "unix:%s", l->path.len > 0 ? l->path.p : "");
}
