#include "serve/server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "serve/server_priv.h"

enum { EVENTS_AT_ONCE = 64, BODY_BYTES_PER_MS = 1 };

/*
 * Connections and their deadlines
 */

/* When the phase of a connection has to be over; -1: never. */
static int64_t deadline(const struct conn *c)
{
	switch (c->phase) {
	case CONN_FIRST_HEAD: return c->since_ms + SERVER_HEAD_MS;
	case CONN_NEXT_HEAD: return c->since_ms + SERVER_IDLE_S * 1000;
	case CONN_BODY:
		return c->since_ms + SERVER_BODY_MS +
			(int64_t)c->received / BODY_BYTES_PER_MS;
	case CONN_ANSWER: break;
	}
	return -1;
}

void conn_phase(struct server *s, struct conn *c, enum conn_phase phase)
{
	int64_t due;

	if (c == NULL)
		return;
	c->phase = phase;
	c->since_ms = clock_mono_ms();
	c->received = 0;
	due = deadline(c);
	if (due >= 0 && (s->due_ms < 0 || due < s->due_ms))
		s->due_ms = due;
}

/* libmicrohttpd times inactivity only, which a slow drip never is. It notices
 * the end of a connection that is shut down. */
static void end_late(struct server *s)
{
	int64_t now = clock_mono_ms();
	struct conn *c;

	if (s->due_ms < 0 || now < s->due_ms)
		return;
	s->due_ms = -1;
	for (c = s->conns; c != NULL; c = c->next) {
		int64_t due = deadline(c);

		if (due >= 0 && due <= now) {
			(void)shutdown(c->fd, SHUT_RDWR);
			conn_phase(s, c, CONN_ANSWER);
		} else if (due >= 0 && (s->due_ms < 0 || due < s->due_ms)) {
			s->due_ms = due;
		}
	}
}

static void conn_new(
	struct server *s, struct MHD_Connection *conn, void **context)
{
	const union MHD_ConnectionInfo *fd = MHD_get_connection_info(
		conn, MHD_CONNECTION_INFO_CONNECTION_FD);
	struct conn *c = calloc(1, sizeof(*c));
	struct epoll_event ev = {.events = EPOLLRDHUP | EPOLLET, .data.ptr = c};

	*context = c;
	if (c == NULL)
		return;
	c->fd = fd != NULL ? fd->connect_fd : -1;
	/* If this fails, only the deadline ends a connection whose client has
	 * gone. */
	(void)epoll_ctl(s->fd, EPOLL_CTL_ADD, c->fd, &ev);
	c->next = s->conns;
	c->link = &s->conns;
	if (s->conns != NULL)
		s->conns->link = &c->next;
	s->conns = c;
	conn_phase(s, c, CONN_FIRST_HEAD);
}

static void conn_free(struct server *s, struct conn *c)
{
	struct epoll_event ev = {.events = 0};

	if (c == NULL)
		return;
	(void)epoll_ctl(s->fd, EPOLL_CTL_DEL, c->fd, &ev);
	*c->link = c->next;
	if (c->next != NULL)
		c->next->link = c->link;
	free(c);
}

static void on_connection(void *payload, struct MHD_Connection *conn,
	void **context, enum MHD_ConnectionNotificationCode what)
{
	struct server *s = payload;

	if (what == MHD_CONNECTION_NOTIFY_STARTED) {
		s->n_conns++;
		conn_new(s, conn, context);
	} else {
		s->n_conns--;
		conn_free(s, *context);
		*context = NULL;
	}
}

/*
 * The server
 */

/* Opens a socket on the loopback address. */
static enum status listen_loopback(uint16_t port, int *ret, struct err *err)
{
	struct sockaddr_in addr = {.sin_family = AF_INET};
	const int one = 1;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	addr.sin_port = htons(port);
	if (fd < 0 ||
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) !=
			0 ||
		bind(fd, (struct sockaddr *)&addr, sizeof(addr)) != 0 ||
		listen(fd, SOMAXCONN) != 0) {
		(void)err_sys(err, ST_NET, "cannot listen on 127.0.0.1:%u",
			(unsigned)port);
		if (fd >= 0)
			(void)close(fd);
		return ST_NET;
	}
	*ret = fd;
	return ST_OK;
}

static uint16_t port_of(int fd)
{
	struct sockaddr_storage addr;
	socklen_t n = sizeof(addr);

	if (getsockname(fd, (struct sockaddr *)&addr, &n) != 0)
		return 0;
	if (addr.ss_family == AF_INET)
		return ntohs(((struct sockaddr_in *)&addr)->sin_port);
	if (addr.ss_family == AF_INET6)
		return ntohs(((struct sockaddr_in6 *)&addr)->sin6_port);
	return 0;
}

static enum status watch_daemon(struct server *s, struct err *err)
{
	const union MHD_DaemonInfo *fd = MHD_get_daemon_info(
		s->daemon, MHD_DAEMON_INFO_EPOLL_FD);
	struct epoll_event ev = {.events = EPOLLIN};

	if (fd == NULL)
		return err_set(err, ST_FAIL, "libmicrohttpd has no epoll");
	s->daemon_fd = fd->epoll_fd;
	s->fd = epoll_create1(EPOLL_CLOEXEC);
	if (s->fd < 0 ||
		epoll_ctl(s->fd, EPOLL_CTL_ADD, s->daemon_fd, &ev) != 0)
		return err_sys(err, ST_FAIL, "cannot watch descriptors");
	return ST_OK;
}

enum status server_new(
	struct server **ret, const struct server_options *o, struct err *err)
{
	struct server *s = calloc(1, sizeof(*s));
	enum status st = ST_OK;

	if (s == NULL)
		return err_nomem(err);
	s->o = *o;
	s->fd = -1;
	s->due_ms = -1;
	if (s->o.body_max == 0)
		s->o.body_max = SERVER_BODY_MAX;
	if (s->o.connections == 0)
		s->o.connections = SERVER_CONNECTIONS_MAX;
	s->listen_fd = o->listen_fd > 0 ? o->listen_fd : -1;
	if (s->listen_fd < 0)
		st = listen_loopback(o->port, &s->listen_fd, err);
	if (st != ST_OK)
		goto out;
	s->port = port_of(s->listen_fd);
	errno = 0;
	s->daemon = MHD_start_daemon(MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME,
		0, NULL, NULL, exchange_request, s, MHD_OPTION_LISTEN_SOCKET,
		s->listen_fd, MHD_OPTION_NOTIFY_COMPLETED, exchange_completed,
		s, MHD_OPTION_NOTIFY_CONNECTION, on_connection, s,
		MHD_OPTION_CONNECTION_LIMIT, s->o.connections,
		/* Half of it is for the head of the answer. */
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, 2 * SERVER_HEADER_MAX,
		MHD_OPTION_CONNECTION_TIMEOUT, SERVER_IDLE_S,
		MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_END);
	if (s->daemon == NULL) {
		st = err_sys(err, ST_NET, "cannot listen");
		goto out;
	}
	st = watch_daemon(s, err);
	if (st != ST_OK)
		goto out;
	*ret = s;
	s = NULL;
out:
	if (s != NULL && o->listen_fd > 0)
		s->listen_fd = -1; /* still the caller's */
	server_free(s);
	return st;
}

void server_quiesce(struct server *s)
{
	if (s->quiet)
		return;
	s->quiet = true;
	(void)MHD_quiesce_daemon(s->daemon);
}

void server_free(struct server *s)
{
	struct exchange *x;
	struct exchange *next;

	if (s == NULL)
		return;
	s->stopping = true;
	if (s->daemon != NULL) {
		server_quiesce(s);
		/* A daemon must not be stopped while connections are
		 * suspended. */
		for (x = s->first; x != NULL; x = next) {
			next = x->next;
			exchange_go_on(x);
		}
		MHD_stop_daemon(s->daemon);
	}
	if (s->listen_fd >= 0)
		(void)close(s->listen_fd);
	if (s->fd >= 0)
		(void)close(s->fd);
	free(s);
}

uint16_t server_port(const struct server *s)
{
	return s->port;
}

unsigned server_connections(const struct server *s)
{
	return s->n_conns;
}

int server_fd(const struct server *s)
{
	return s->fd;
}

int server_timeout_ms(const struct server *s)
{
	MHD_UNSIGNED_LONG_LONG ms;
	int64_t wait = -1;

	if (MHD_get_timeout(s->daemon, &ms) == MHD_YES)
		wait = ms > INT_MAX ? INT_MAX : (int64_t)ms;
	if (s->due_ms >= 0) {
		int64_t left = s->due_ms - clock_mono_ms();

		if (wait < 0 || left < wait)
			wait = left < 0 ? 0 : left;
	}
	return wait > INT_MAX ? INT_MAX : (int)wait;
}

enum status server_step(struct server *s, struct err *err)
{
	struct epoll_event events[EVENTS_AT_ONCE];
	bool full = s->n_conns >= s->o.connections;
	int n = epoll_wait(s->fd, events, EVENTS_AT_ONCE, 0);
	int i;

	/* Clients that hung up come first: nothing frees a connection before
	 * MHD_run(). */
	for (i = 0; i < n; i++)
		if (events[i].data.ptr != NULL)
			exchange_hung_up(events[i].data.ptr);
	end_late(s);
	if (MHD_run(s->daemon) != MHD_YES)
		return err_set(err, ST_FAIL, "the server cannot go on");
	/* MHD_run() accepts connections only at its beginning, so it runs again
	 * when there is room. */
	if (full && s->n_conns < s->o.connections)
		(void)MHD_run(s->daemon);
	return ST_OK;
}
