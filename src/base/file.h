/*
 * Files: reading whole files up to a limit, replacing files atomically, full
 * writes, private folders, and the places of the XDG base directory
 * specification.
 *
 * Every descriptor opened here is close-on-exec. Fit for threads.
 */
#ifndef ATL_BASE_FILE_H
#define ATL_BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/err.h"

/* Appends the file to out, whose max is the limit. ST_NOT_FOUND when there is
 * none. */
enum status file_read(const char *path, struct buf *out, struct err *err);
/* Appends what is left to read from fd; `name` is for messages. */
enum status fd_read_all(
	int fd, const char *name, struct buf *out, struct err *err);
/* Loops over short reads and EINTR: fewer than n bytes are the end of the file.
 * -1 leaves errno. */
ssize_t fd_pread_full(int fd, void *p, size_t n, off_t at) ATTR_MUST_CHECK;
/* Loops over short writes and EINTR, and waits where the descriptor is
 * non-blocking; false leaves errno. */
bool fd_write_full(int fd, const void *p, size_t n) ATTR_MUST_CHECK;
/* Syncs the folder of path, so that the file's name is on the disk. */
enum status file_sync_folder(const char *path, struct err *err);
/* Replaces a file atomically: temporary file in the same folder, fsync, rename,
 * fsync of the folder. */
enum status file_replace(
	const char *path, struct span content, mode_t mode, struct err *err);
/*
 * The same for a path that the user gave: a link is followed to the file that
 * is replaced, and what exists but is not a file (a device, a pipe) is written
 * to.
 */
enum status file_output(
	const char *path, struct span content, mode_t mode, struct err *err);
/* Checks that this can be expected to work, before there is anything to write.
 * ST_USAGE tells why not. */
enum status file_output_check(const char *path, struct err *err);
/* mkdir -p; new folders get `mode`, and are on the disk when it returns. */
enum status file_mkdirs(const char *path, mode_t mode, struct err *err);
/* The same for the folders above path, for a file that is to be made there. */
enum status file_mkdirs_above(const char *path, mode_t mode, struct err *err);
bool file_exists(const char *path);

enum xdg { XDG_CONFIG, XDG_DATA, XDG_STATE, XDG_CACHE, XDG_RUNTIME };

/*
 * Appends "$XDG_..._HOME/atllama" (with the specification's defaults below
 * $HOME, or below the passwd entry without HOME) and then "/tail" if tail is
 * not NULL. ST_CONFIG when there is no place to be found; relative values are
 * ignored, as the specification asks.
 */
enum status file_xdg(
	enum xdg which, const char *tail, struct buf *out, struct err *err);

/* The folder of presets, styles and guide that belongs to this program: beside
 * the executable (installed or in its build folder), else the installation
 * prefix. ATLLAMA_SHARE overrides it. */
enum status file_share(const char *tail, struct buf *out, struct err *err);

#endif
