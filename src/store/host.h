/*
 * Lets only one machine at a time use a vault where flock(2) cannot be trusted
 * to keep other machines out: on network file systems and those in user space,
 * whose locks may be unknown to other machines.
 *
 * A file next to the vault, made with O_EXCL, names the machine. Processes of
 * that machine share it through a lock that only they need to see, and the last
 * one removes the file. Processes of other machines are refused. A crash leaves
 * the file behind: the same machine takes it over; on another machine the user
 * has to decide that.
 */
#ifndef ATL_STORE_HOST_H
#define ATL_STORE_HOST_H

#include "base/err.h"

/* The kind of the file system at `path`, such as "NFS", if its locks cannot be
 * trusted; NULL if they can, or if nothing is known. */
const char *host_remote(const char *path);

/*
 * Enters this machine in the file at `path`, or joins its other processes. On
 * success *ret_fd is to be passed to host_leave(). ST_BUSY names the other
 * machine and the file; ST_IO when the file cannot be made.
 */
enum status host_enter(const char *path, int *ret_fd, struct err *err);
/* Ends that: closes fd, which may be -1, and removes the file if no other
 * process needs it. */
void host_leave(const char *path, int fd);

#endif
