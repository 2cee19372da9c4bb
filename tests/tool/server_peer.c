#include "tool/server.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

long peer_read(struct peer *p, void *to, size_t n)
{
	ssize_t got;

	if (p->ssl != NULL)
		return SSL_read(p->ssl, to, n > 16384 ? 16384 : (int)n);
	do {
		got = recv(p->fd, to, n, 0);
	} while (got < 0 && errno == EINTR);
	return got;
}

bool peer_write(struct peer *p, const void *from, size_t n)
{
	const char *at = from;

	while (n > 0) {
		ssize_t put;

		if (p->ssl != NULL)
			put = SSL_write(p->ssl, at, n > 16384 ? 16384 : (int)n);
		else
			put = send(p->fd, at, n, MSG_NOSIGNAL);
		if (put < 0 && p->ssl == NULL && errno == EINTR)
			continue;
		if (put <= 0)
			return false;
		at += put;
		n -= (size_t)put;
	}
	return true;
}

void peer_stall(struct peer *p)
{
	char waste[4096];

	while (recv(p->fd, waste, sizeof(waste), 0) > 0)
		;
}

void peer_close(struct peer *p, bool reset)
{
	struct linger now = {1, 0};

	if (reset)
		(void)setsockopt(
			p->fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	else if (p->ssl != NULL)
		(void)SSL_shutdown(p->ssl);
	SSL_free(p->ssl);
	(void)close(p->fd);
}
