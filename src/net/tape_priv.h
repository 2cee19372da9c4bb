/*
 * Inside of net/tape: what its writer (tape_write.c) and its reader (tape.c)
 * share.
 */
#ifndef ATL_NET_TAPE_PRIV_H
#define ATL_NET_TAPE_PRIV_H

#include "net/tape.h"

struct tape {
	char *path;
	/* writing */
	int fd;
	long long requests;
	/* reading */
	bool plays;
	double speed;
	struct tape_take *takes;
	size_t takes_n;
	size_t takes_cap;
};

/* The words of enum http_fault. */
const char *tape_fault_name(enum http_fault fault);
bool tape_fault(struct span name, enum http_fault *ret);

/* Puts asterisks over every secret that stands in the text from `from` on. */
void tape_mask(
	struct buf *text, size_t from, const struct span *secrets, size_t n);
/* Appends an URL without its secrets. */
void tape_put_url(const struct tape_request *r, struct buf *out);
/* The same for a body. */
void tape_put_body(const struct tape_request *r, struct buf *out);

#endif
