/*
 * Sockets that listen: made as the user says, or handed over by systemd.
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
	bool loopback; /* or a Unix socket: nobody else's machine can */
	char host[64]; /* of the address, as it stands in a URL */
	uint16_t port;
	struct buf path; /* of the Unix socket that was made; else empty */
};

void listening_init(struct listening *l);
/* Closes the socket unless fd is -1, and removes the file of a Unix socket. */
void listening_release(struct listening *l);

/*
 * "ADDR:PORT" with an IPv4 address, an IPv6 address in brackets or "localhost",
 * or "unix:PATH". The file of a Unix socket is open to its owner only; one that
 * nobody listens at any more is replaced. Port 0 is any that is free.
 */
enum status listening_open(
	struct listening *l, const char *where, struct err *err);
/* The one socket that systemd hands over (LISTEN_PID, LISTEN_FDS), which is
 * taken out of the environment. *ret: whether there is one. */
enum status listening_inherit(struct listening *l, bool *ret, struct err *err);
/* "http://127.0.0.1:8000", "unix:/run/x" */
void listening_name(const struct listening *l, struct buf *out);

#endif
