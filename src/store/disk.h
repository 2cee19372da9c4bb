/*
 * What the store does to files beyond base/file: locks that name their holder,
 * and files that appear whole or not at all.
 */
#ifndef ATL_STORE_DISK_H
#define ATL_STORE_DISK_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/err.h"

/* Opens (creates, 0600) a file that is only there to be locked. *ret_fd belongs
 * to the caller; closing it unlocks. */
enum status disk_open_lock(const char *path, int *ret_fd, struct err *err);
/*
 * flock(2) with `how` LOCK_SH or LOCK_EX, tried again until one process has held
 * it for wait_ms (0: once). ST_BUSY names the process that holds it, where /proc tells; a file
 * system without locks is named as such.
 */
enum status disk_lock(
	int fd, const char *path, int how, int wait_ms, struct err *err);

/* Whether the open file is still the one of that name: who left may have
 * removed it between our opening and our lock. */
bool disk_is_there(int fd, const char *path);

/* Appends who holds a flock(2) of that file: "process 12", "processes 12, 13",
 * or "another process" where /proc does not tell. */
void disk_holders(int fd, struct buf *out);

/*
 * Makes `path` with this content, synced, unless there is something of that
 * name already: link(2) from the temporary file `tmp` of the same folder.
 * *ret_made says which. Who calls this owns `tmp`, by a lock or a random name;
 * what a crash left there is overwritten.
 */
enum status disk_publish(const char *path, const char *tmp, struct span content,
	bool *ret_made, struct err *err);
/* Replaces `path` by rename(2) from `tmp`, owned as above; both synced. */
enum status disk_replace(const char *path, const char *tmp, struct span content,
	struct err *err);
/* Syncs a folder, or the one that holds `path`. */
enum status disk_sync_folder(const char *dir, struct err *err);
enum status disk_sync_parent(const char *path, struct err *err);

/* Reads a regular file of at most out->max bytes, without following a link at
 * its end. ST_NOT_FOUND when absent; ST_DAMAGED when it is anything else. */
enum status disk_read(const char *path, struct buf *out, struct err *err);

#endif
