/*
 * The one line that tells a user why a request failed: what, where, and the
 * next step.
 */
#ifndef ATL_NET_FAULT_H
#define ATL_NET_FAULT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "net/http.h"

struct fault_place {
	const char *where; /* "host:port", or the path of a socket */
	const char *host;
	const char *detail; /* the library's words; may be empty */
	int64_t limit_ms; /* the time limit that ran out */
	bool loopback;
	bool answered; /* an answer had begun */
	bool http2;
	bool certificate; /* the server's certificate was not accepted */
	bool name_differs; /* the certificate is valid for another name */
	bool expired; /* the certificate has expired, by this machine's clock */
	bool pin_differs; /* the certificate's key is not the pinned one */
	bool own_certificate; /* the client's own certificate cannot be used */
};

/* Writes the message and returns its status. */
enum status fault_text(enum http_fault fault, const struct fault_place *place,
	struct err *err);

/* Whether the same request may succeed in a moment. */
bool fault_transient(enum http_fault fault, const struct fault_place *place);

#endif
