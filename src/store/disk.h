/*
 * What the store needs of files beyond base/file: locks whose failure names the
 * holder, and files that appear whole or not at all.
 */
#ifndef ATL_STORE_DISK_H
#define ATL_STORE_DISK_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/err.h"

/* Opens a file that is only there to be locked, and creates it with mode 0600
 * if need be. *ret_fd belongs to the caller; closing it unlocks. ST_IO on
 * failure. */
enum status disk_open_lock(const char *path, int *ret_fd, struct err *err);
/*
 * Takes a flock(2); `how` is LOCK_SH or LOCK_EX. Tries again until one and the
 * same process has held it for wait_ms (0: tries once). ST_BUSY names the
 * process that holds it, if /proc knows it. On a file system without locks the
 * message says that.
 */
enum status disk_lock(
	int fd, const char *path, int how, int wait_ms, struct err *err);

/* Whether the open file is still the one at `path`: the process that held the
 * lock before may have removed it after we opened it. */
bool disk_is_there(int fd, const char *path);

/* Appends who holds a flock(2) on that file: "process 12", "processes 12, 13",
 * or "another process" when /proc does not know. */
void disk_holders(int fd, struct buf *out);

/*
 * Creates `path` with this content, synced, unless something of that name is
 * there already; *ret_made says whether it was created. The content is written
 * to the temporary file `tmp` in the same folder, which link(2) then gives its
 * name. No other process may use `tmp`: the caller holds a lock or chose a
 * random name. What a crash left there is replaced.
 */
enum status disk_publish(const char *path, const char *tmp, struct span content,
	bool *ret_made, struct err *err);
/* Replaces `path`, or creates it, by rename(2) from `tmp`, for which the same
 * holds; file and folder are synced. */
enum status disk_replace(const char *path, const char *tmp, struct span content,
	struct err *err);
/* Syncs the folder `dir`, or the folder that holds `path`. */
enum status disk_sync_folder(const char *dir, struct err *err);
enum status disk_sync_parent(const char *path, struct err *err);

/* Reads a regular file of at most out->max bytes; `path` itself must not be a
 * symbolic link. ST_NOT_FOUND when there is none, ST_DAMAGED when it is
 * anything else. */
enum status disk_read(const char *path, struct buf *out, struct err *err);

#endif
