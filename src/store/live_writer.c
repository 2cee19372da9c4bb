#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/file.h"
#include "store/disk.h"
#include "store/live.h"
#include "store/place.h"
#include "store/segment.h"

enum { PATH_MAX_BYTES = 64 * 1024 };

/* Opens the file if it is a live file; -1 otherwise. */
static int open_live(const char *path, struct id *ret_conv)
{
	uint8_t header[SEGMENT_COPY];
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		return -1;
	if (fd_pread_full(fd, header, sizeof(header), 0) ==
			(ssize_t)sizeof(header) &&
		segment_peek_conv(header, ret_conv))
		return fd;
	(void)close(fd);
	return -1;
}

bool live_is_of(const char *path, struct id *ret_conv)
{
	int fd = open_live(path, ret_conv);

	if (fd < 0)
		return false;
	(void)close(fd);
	return true;
}

/* Whether the file at `path` belongs to conv and a process has it locked. */
static bool is_written(const char *path, const struct id *conv, struct buf *who)
{
	struct id id;
	int fd = open_live(path, &id);
	bool held;

	if (fd < 0)
		return false;
	held = id_eq(&id, conv) && flock(fd, LOCK_SH | LOCK_NB) != 0 &&
		errno == EWOULDBLOCK;
	if (held)
		disk_holders(fd, who);
	(void)close(fd);
	return held;
}

bool live_writer(const struct vault *v, const struct id *conv, struct buf *who)
{
	struct buf folder;
	struct buf path;
	struct dirent *de;
	DIR *dir;
	bool found = false;

	buf_init(&folder, PATH_MAX_BYTES);
	buf_init(&path, PATH_MAX_BYTES);
	place_folder(v, "live", &folder);
	dir = folder.bad ? NULL : opendir(folder.p);
	while (dir != NULL && !found && (de = readdir(dir)) != NULL) {
		if (de->d_name[0] == '.')
			continue;
		buf_reset(&path);
		buf_fmt(&path, "%s/%s", folder.p, de->d_name);
		found = !path.bad && is_written(path.p, conv, who);
	}
	if (dir != NULL)
		(void)closedir(dir);
	buf_release(&folder);
	buf_release(&path);
	return found;
}
