/*
 * Lines for the chat that come from a file: --script and /source.
 *
 * They work as if typed: commands, mentions, references and !commands act, and
 * a trailing backslash or a block in three double quotes makes a message of
 * several lines, where the text of such a block is literal. Lines that begin
 * with # between messages are comments. A file may run another, which ends
 * before the first goes on. Nothing waits here: on SCRIPT_WAIT the caller polls
 * script_fd().
 */
#ifndef ATL_APP_SCRIPT_H
#define ATL_APP_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/err.h"
#include "tty/draft.h"

/* Files that run each other. */
#define SCRIPT_DEPTH_MAX 8
/* Bytes of one message. */
#define SCRIPT_MESSAGE_MAX ((size_t)16 * 1024 * 1024)

struct script_file;

struct script {
	struct script_file *files[SCRIPT_DEPTH_MAX];
	size_t depth;
	struct draft draft; /* its text and literal parts are the message */
};

enum script_step { SCRIPT_MESSAGE, SCRIPT_WAIT, SCRIPT_END };

void script_init(struct script *s);
void script_release(struct script *s);

/* Continues with this file; "-" is standard input. ST_USAGE when it cannot be
 * read, is a folder, or is nested too deeply. */
enum status script_open(
	struct script *s, const char *path, struct err *err) ATTR_MUST_CHECK;
/* Closes all files. */
void script_stop(struct script *s);
bool script_active(const struct script *s);

/* What to poll for POLLIN, while active. */
int script_fd(const struct script *s);
/* Whether script_next() can do without more bytes. */
bool script_ready(const struct script *s);
/* Reads once, without waiting when the descriptor was ready. */
enum status script_read(struct script *s, struct err *err) ATTR_MUST_CHECK;
/* Gives the next message; files that have ended are left. Fails on a block that
 * is not closed, on bytes that are not text, and on a message that is too
 * long. */
enum status script_next(struct script *s, enum script_step *ret,
	struct err *err) ATTR_MUST_CHECK;
/* Appends "FILE:LINE" of the message given last; not filtered. */
void script_place(const struct script *s, struct buf *out);

#endif
