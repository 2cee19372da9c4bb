#include "store/temps.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/id.h"
#include "store/names.h"
#include "store/place.h"
#include "store/segment.h"

enum { PATH_MAX_BYTES = 64 * 1024, OLD_S = 60 * 60 };

bool temps_named(const char *name)
{
	static const char tail[] = ".tmp";
	size_t n = strlen(name);
	struct id id;

	return n == ID_HEX + sizeof(tail) - 1 &&
		strcmp(name + ID_HEX, tail) == 0 &&
		id_parse(span_of(name, ID_HEX), &id);
}

/* Whether it is a segment of this vault, or too short to tell. */
static bool is_ours(const struct vault *v, int fd)
{
	uint8_t header[SEGMENT_HEADER];
	struct segment seg;
	unsigned copies;
	ssize_t n = fd_pread_full(fd, header, sizeof(header), 0);

	if (n < SEGMENT_COPY)
		return n >= 0;
	return segment_read_raw(&seg, header, (size_t)n, &copies, NULL) ==
		ST_OK &&
		id_eq(&seg.info.vault, vault_id(v));
}

bool temps_remove(
	const struct vault *v, int folder, const char *name, bool any_age)
{
	int64_t now_s = clock_wall_ms() / 1000;
	struct stat sb;
	bool gone = false;
	int fd;

	if (!temps_named(name))
		return false;
	fd = openat(
		folder, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return false;
	if (fstat(fd, &sb) == 0 && S_ISREG(sb.st_mode) &&
		sb.st_uid == geteuid() &&
		(any_age || now_s - sb.st_mtim.tv_sec > OLD_S) &&
		flock(fd, LOCK_EX | LOCK_NB) == 0 && is_ours(v, fd))
		gone = unlinkat(folder, name, 0) == 0;
	(void)close(fd);
	return gone;
}

/* Sweeps a folder and, with `deep`, the folders directly in it. */
static size_t sweep(
	const struct vault *v, const char *path, bool any_age, bool deep)
{
	DIR *dir = opendir(path);
	struct dirent *de;
	struct buf below;
	size_t n = 0;

	if (dir == NULL)
		return 0;
	buf_init(&below, PATH_MAX_BYTES);
	while ((de = readdir(dir)) != NULL) {
		if (de->d_name[0] == '.')
			continue;
		n += temps_remove(v, dirfd(dir), de->d_name, any_age);
		if (!deep)
			continue;
		buf_reset(&below);
		buf_fmt(&below, "%s/%s", path, de->d_name);
		if (!below.bad)
			n += sweep(v, below.p, any_age, false);
	}
	(void)closedir(dir);
	buf_release(&below);
	return n;
}

size_t temps_sweep(const struct vault *v, bool any_age)
{
	static const char *const folders[] = {"c", "s", "live", "quarantine"};
	struct buf path;
	size_t n = sweep(v, vault_state(v), any_age, false);
	size_t i;

	buf_init(&path, PATH_MAX_BYTES);
	for (i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		place_folder(v, folders[i], &path);
		if (!path.bad)
			n += sweep(v, path.p, any_age, i == 0);
	}
	buf_release(&path);
	return n;
}
