/*
 * Preloaded: a disk that stands still. fsync and fdatasync wait as long as the
 * file named by $ATL_DISK_STOPS exists.
 */
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static int wait_and(const char *name, int fd)
{
	const struct timespec pause = {0, 5 * 1000 * 1000};
	const char *path = getenv("ATL_DISK_STOPS");
	int (*real)(int);

	while (path != NULL && access(path, F_OK) == 0)
		(void)nanosleep(&pause, NULL);
	*(void **)&real = dlsym(RTLD_NEXT, name);
	return real(fd);
}

int fsync(int fd)
{
	return wait_and("fsync", fd);
}

int fdatasync(int fd)
{
	return wait_and("fdatasync", fd);
}
