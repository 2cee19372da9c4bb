/*
 * The parts of a server, shared by server*.c. The only header that knows
 * libmicrohttpd.
 */
#ifndef ATL_SERVE_SERVER_PRIV_H
#define ATL_SERVE_SERVER_PRIV_H

#include <microhttpd.h>

#include "serve/gate.h"
#include "serve/server.h"

/* Header fields that exchange_header() can add. */
enum { EXCHANGE_HEADERS_MAX = 4 };

enum conn_phase {
	CONN_FIRST_HEAD = 0, /* waits for the first head */
	CONN_NEXT_HEAD, /* waits for another head after an answer */
	CONN_BODY,
	CONN_ANSWER,
};

/* A connection: its deadlines, and whether the client has closed its side,
 * which libmicrohttpd does not look for while a connection is suspended. */
struct conn {
	int fd;
	struct exchange *x; /* the request under way, or NULL */
	bool hung_up;
	enum conn_phase phase;
	int64_t since_ms; /* when the phase began */
	size_t received; /* bytes of the body */
	struct conn *next;
	struct conn **link; /* what points to this one */
};

struct server {
	struct server_options o;
	struct MHD_Daemon *daemon;
	uint16_t port;
	int listen_fd; /* -1: the daemon has it, or there is none */
	int fd; /* epoll over the daemon's descriptor and the clients' */
	int daemon_fd;
	bool stopping;
	bool quiet; /* accepts no new connections */
	struct exchange *first;
	struct conn *conns;
	unsigned n_conns;
	int64_t due_ms; /* the next deadline of a connection; -1: none */
};

struct exchange {
	struct server *server;
	struct MHD_Connection *conn;
	struct conn *peer; /* NULL: out of memory */
	struct exchange *next;
	struct exchange **link; /* what points to this one */
	struct gate_found found;
	enum gate_refusal refusal;
	struct buf body;
	size_t dropped; /* bytes dropped of a refused body */

	struct MHD_Response *response; /* made, not yet queued */
	unsigned http;
	struct {
		const char *name;
		const char *value;
	} headers[EXCHANGE_HEADERS_MAX];
	size_t n_headers;
	bool deferred; /* the handler returned without an answer */
	bool answered; /* queued */
	bool failed; /* no answer could be queued: hang up */
	bool suspended;
	void (*gone)(void *payload);
	void *gone_payload;

	const struct stream_ops *ops; /* NULL: no stream */
	void *stream;
	struct buf out; /* bytes of the stream, not yet sent */
	enum stream_state state;

	/* For the log. */
	char method[16];
	char path[SERVER_NAME_MAX + 1];
	char name[SERVER_NAME_MAX + 1];
	struct buf notes;
	int64_t start_ms;
	uint64_t sent;
	bool whole; /* all of the answer was taken */
};

/* Callbacks of libmicrohttpd. */
enum MHD_Result exchange_request(void *payload, struct MHD_Connection *conn,
	const char *path, const char *method, const char *version,
	const char *data, size_t *n, void **state);
void exchange_completed(void *payload, struct MHD_Connection *conn,
	void **state, enum MHD_RequestTerminationCode why);
/* Resumes a waiting exchange; one without an answer hangs up. */
void exchange_go_on(struct exchange *x);
/* The client of this connection has closed its side. */
void exchange_hung_up(struct conn *c);

/* Puts a connection into a phase, which has a deadline of its own. */
void conn_phase(struct server *s, struct conn *c, enum conn_phase phase);

#endif
