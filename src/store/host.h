/*
 * One machine at a time where flock(2) cannot be trusted to keep others out: on
 * network file systems and in user space, whose locks may stay on this machine.
 *
 * A file next to the vault, made with O_EXCL, names the machine; processes of
 * that machine share it, by a lock that need not leave it, and the last one
 * removes it. Processes of another one are refused. A crash leaves the file: the
 * same machine takes it over, for another one the user has to say so.
 */
#ifndef ATL_STORE_HOST_H
#define ATL_STORE_HOST_H

#include "base/err.h"

/* What kind of file system it is, when its locks cannot be trusted: "NFS"; NULL
 * when they can, or nothing is known. */
const char *host_remote(const char *path);

/*
 * Takes part, with the file at `path`. *ret_fd stands for it. ST_BUSY names the
 * other machine and the file; ST_IO where it cannot be made.
 */
enum status host_enter(const char *path, int *ret_fd, struct err *err);
/* Closes fd, which may be -1. */
void host_leave(const char *path, int fd);

#endif
