/*
 * Listening sockets: made as the user says, or handed over by systemd.
 */
#ifndef ATL_SERVE_LISTEN_H
#define ATL_SERVE_LISTEN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

#define LISTEN_DEFAULT "127.0.0.1:8000"

struct listening {
	int fd;
	bool is_unix; /* no browser can reach it */
	bool loopback; /* no other machine can reach it; so for a Unix socket
			  too */
	char host[64]; /* host of the address as in a URL */
	uint16_t port;
	struct buf path; /* file of the Unix socket that was made; else empty */
};

void listening_init(struct listening *l);
/* Closes the socket unless fd is -1, and removes the file of a Unix socket. */
void listening_release(struct listening *l);

/*
 * Listens at "ADDR:PORT", with an IPv4 address, an IPv6 address in brackets or
 * "localhost", or at "unix:PATH". The file of a Unix socket is open to its
 * owner only; one at which nobody listens any more is replaced. Port 0 is any
 * free one.
 */
enum status listening_open(
	struct listening *l, const char *where, struct err *err);
/* Takes the one socket that systemd hands over (LISTEN_PID, LISTEN_FDS), and
 * removes these variables. *ret: there is one. */
enum status listening_inherit(struct listening *l, bool *ret, struct err *err);
/* Appends "http://127.0.0.1:8000" or "unix:/run/x". */
void listening_name(const struct listening *l, struct buf *out);

#endif
