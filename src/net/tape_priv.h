/*
 * What the writer (tape_write.c) and the reader (tape.c) of recordings share.
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

/* The word for a fault in recordings. */
const char *tape_fault_name(enum http_fault fault);

/* Appends an URL without its secrets. */
void tape_put_url(const struct tape_request *r, struct buf *out);
/* The same for a body. */
void tape_put_body(const struct tape_request *r, struct buf *out);

#endif
