/*
 * The one line a user reads when a request fails: what, where, and the next
 * step.
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
	bool certificate; /* the other side's certificate did not pass */
	bool name_differs; /* it is fine, for another name */
	bool expired; /* its time is over, by the clock of this machine */
	bool pin_differs; /* it is not the key that was insisted on */
	bool own_certificate; /* the client's own cannot be used */
};

/* Writes the message and returns its status. */
enum status fault_text(enum http_fault fault, const struct fault_place *place,
	struct err *err);

/* Whether the same request may succeed in a moment. */
bool fault_transient(enum http_fault fault, const struct fault_place *place);

#endif
