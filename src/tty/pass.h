/*
 * Passphrases: read from the controlling terminal, or from a descriptor that
 * the caller was given, straight into a struct secret.
 *
 * Nothing is echoed and nothing passes through stdio, readline or a buffer that
 * grows. The terminal's state is restored on every way out; a fatal signal
 * restores it through tty/term.
 */
#ifndef ATL_TTY_PASS_H
#define ATL_TTY_PASS_H

#include "base/attr.h"
#include "base/err.h"
#include "base/secret.h"

/* Bytes of the longest passphrase. */
#define PASS_MAX 1024

/*
 * Writes `prompt` (the caller's own words, or filtered) to /dev/tty and reads a
 * line from it. Backspace takes a character back, Ctrl-U all of them; Ctrl-Z
 * stops the process, and the prompt is shown again when it goes on.
 * ST_STOPPED: Ctrl-C, Ctrl-D on an empty line, or a signal. ST_IO: no terminal.
 * ST_USAGE: longer than PASS_MAX. An empty line is an empty secret, ST_OK: what
 * it means is the caller's. *ret must be empty; it is set on ST_OK only, and
 * the caller frees it with secret_free().
 */
enum status pass_read(const char *prompt, struct secret *ret,
	struct err *err) ATTR_MUST_CHECK;

/*
 * The first line of a descriptor, without its LF or CR LF, for --passphrase-fd.
 * Reads no byte behind the line. ST_USAGE: empty or longer than PASS_MAX.
 */
enum status pass_from_fd(
	int fd, struct secret *ret, struct err *err) ATTR_MUST_CHECK;

#endif
