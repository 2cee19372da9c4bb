/*
 * Inside of atl-server, the scripted HTTP server of the tests: its script, its
 * connections, and how an answer is given. server.c documents the script.
 */
#ifndef ATL_TESTS_TOOL_SERVER_H
#define ATL_TESTS_TOOL_SERVER_H

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

enum op_kind {
	OP_STATUS,
	OP_HEADER,
	OP_RAW,
	OP_FRAMING,
	OP_LENGTH,
	OP_BODY,
	OP_FILE,
	OP_GZIP,
	OP_SSE,
	OP_CHAT,
	OP_STREAM,
	OP_FINISH,
	OP_USAGE,
	OP_DONE,
	OP_ECHO,
	OP_SPLIT,
	OP_BATCH,
	OP_SLEEP,
	OP_STALL,
	OP_CLOSE,
	OP_RESET,
	OP_KEEP,
	OP_BARRIER,
	OP_HOLD,
};

struct op {
	enum op_kind kind;
	long number;
	char *text; /* escapes resolved */
	size_t n;
};

struct block {
	char *method; /* NULL: any request that no other block asks for */
	char *path;
	char *having; /* what the body holds; NULL: anything */
	struct op *ops;
	size_t n_ops;
	size_t cap_ops;
};

struct script {
	struct block *blocks;
	size_t n_blocks;
	size_t cap_blocks;
	char *dir; /* of the script, for "file" and "hold" */
};

/* Says on stderr what is wrong and where. */
bool script_read(struct script *s, const char *path);
struct asked_for {
	const char *method;
	const char *path;
	struct span body;
};

/* The block for the nth (from 0) such request among those of the same kind;
 * *counter is where that kind is counted. NULL: none. */
const struct block *script_pick(
	const struct script *s, size_t *counters, const struct asked_for *what);

struct peer {
	int fd;
	SSL *ssl; /* NULL for plain http */
};

/* Like read and write on a socket; write takes all or fails. */
long peer_read(struct peer *p, void *to, size_t n);
bool peer_write(struct peer *p, const void *from, size_t n);
/* Waits until the other side is gone. */
void peer_stall(struct peer *p);
/* Closes; with a reset instead of an orderly end if so wanted. */
void peer_close(struct peer *p, bool reset);

enum after { AFTER_KEEP, AFTER_CLOSE, AFTER_RESET };

/* Runs a block for a request whose body is given. */
enum after answer(struct peer *p, const struct script *s, const struct block *b,
	struct span method, struct span request_body);

#endif
