/*
 * A client for tests of src/serve: raw bytes over a socket, while the server
 * gets its turn in the same loop.
 */
#ifndef ATL_TESTS_SERVE_CLIENT_H
#define ATL_TESTS_SERVE_CLIENT_H

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"

/* What the server under test is polled by. */
struct client_peer {
	uint16_t port;
	int fd;
	int (*timeout_ms)(void *self);
	void (*step)(void *self);
	void *self;
};

static int client_connect(uint16_t port)
{
	struct sockaddr_in addr = {.sin_family = AF_INET};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	addr.sin_port = htons(port);
	addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0)
		return -1;
	if (connect(fd, (struct sockaddr *)&addr, sizeof(addr)) != 0) {
		(void)close(fd);
		return -1;
	}
	return fd;
}

/* One turn of the loop: true when fd is readable. */
static bool client_turn(const struct client_peer *p, int fd)
{
	struct pollfd fds[2] = {{p->fd, POLLIN, 0}, {fd, POLLIN, 0}};
	int wait = p->timeout_ms(p->self);

	if (wait < 0 || wait > 100)
		wait = 100;
	(void)poll(fds, 2, wait);
	p->step(p->self);
	return fds[1].revents != 0;
}

/* Appends what comes until the server hangs up; false after a minute. */
static bool client_drain(const struct client_peer *p, int fd, struct buf *out)
{
	int64_t until = clock_mono_ms() + 60000;

	while (clock_mono_ms() < until) {
		char bytes[4096];
		ssize_t n;

		if (!client_turn(p, fd))
			continue;
		n = recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT);
		if (n == 0)
			return true;
		if (n > 0)
			buf_add(out, bytes, (size_t)n);
	}
	return false;
}

/* Sends in pieces of `step` bytes and collects the answer in *out. */
static bool client_talk(const struct client_peer *p, struct span request,
	size_t step, struct buf *out)
{
	int fd = client_connect(p->port);
	bool ok = fd >= 0;

	buf_reset(out);
	while (ok && request.n > 0) {
		size_t n = request.n < step ? request.n : step;
		ssize_t sent = send(
			fd, request.p, n, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (sent > 0) {
			request.p += sent;
			request.n -= (size_t)sent;
		} else if (errno != EAGAIN) {
			break; /* the answer may say why */
		}
		(void)client_turn(p, fd);
	}
	ok = ok && client_drain(p, fd, out);
	if (fd >= 0)
		(void)close(fd);
	return ok;
}

/* The status of an answer, or 0. */
static int client_status(const struct buf *answer)
{
	return span_starts(buf_view(answer), "HTTP/1.1 ")
		? (int)strtol(answer->p + 9, NULL, 10)
		: 0;
}

#endif
