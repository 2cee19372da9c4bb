/*
 * What the tests of net/http share: one client, one scripted server, an URL.
 */
#ifndef ATL_TESTS_UNIT_NET_BED_H
#define ATL_TESTS_UNIT_NET_BED_H

#include "unit/check.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/attr.h"
#include "tool/fetch.h"

static struct http *h;
static struct served s;
static char url[128];

ATTR_UNUSED static void open_both(const char *script)
{
	CHECK(http_new(&h, NULL) == ST_OK);
	CHECK(serve_start(&s, script, NULL));
	(void)snprintf(url, sizeof(url), "http://127.0.0.1:%d/v1/x", s.port);
}

ATTR_UNUSED static void close_both(void)
{
	http_free(h);
	h = NULL;
	serve_stop(&s);
}

ATTR_UNUSED static struct http_request post(const char *body)
{
	struct http_request req = {.url = url, .body = span_str(body)};

	return req;
}

ATTR_UNUSED static bool says(const struct fetched *f, const char *what)
{
	bool found = strstr(f->result.err.msg, what) != NULL;

	if (!found)
		printf("\"%s\" lacks \"%s\"\n", f->result.err.msg, what);
	return found;
}

/* Until the test's own body callback has seen enough. */
ATTR_UNUSED static void drive_to_mark(struct fetched *f)
{
	int i;

	for (i = 0; i < FETCH_MS / 10 && !f->over && !f->done; i++)
		(void)fetch_drive(h, f, 10);
}

/* Until nothing is left to do, drained transfers included. */
ATTR_UNUSED static void drive_to_rest(const struct fetched *f)
{
	int i;

	for (i = 0; i < FETCH_MS / 10 && http_timeout_ms(h) >= 0; i++)
		(void)fetch_drive(h, f, 10);
	CHECK_INT(http_timeout_ms(h), -1);
}

/* A port on which nobody listens, and nobody will while the test runs: it stays
 * taken. */
ATTR_UNUSED static int free_port(void)
{
	struct sockaddr_in at = {.sin_family = AF_INET};
	socklen_t n = sizeof(at);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	CHECK(bind(fd, (struct sockaddr *)&at, sizeof(at)) == 0);
	CHECK(getsockname(fd, (struct sockaddr *)&at, &n) == 0);
	return ntohs(at.sin_port);
}

#endif
