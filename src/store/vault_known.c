#include "store/vault_known.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/file.h"
#include "base/le.h"
#include "store/disk.h"

#define KNOWN_MAGIC "ATLKNOWN"
#define DEVICE_MAGIC "ATLDEVIC"

/* The file "known": a fixed part, the path, and a checksum over both. */
enum {
	KN_MAJOR = 8,
	KN_PATH_LEN = 12,
	KN_ID = 16,
	KN_FINGERPRINT = 32,
	KN_GENERATION = 48,
	KN_PATH = 56,
	KN_MAX = KN_PATH + KNOWN_PATH_MAX + BOX_HASH,

	DEV_ID = 8,
	DEV_SUM = 16,
	DEV_LEN = 48,
};

static enum status state_path(const char *state_dir, const char *hex,
	const char *name, struct buf *out, struct err *err)
{
	buf_reset(out);
	buf_fmt(out, "%s/%s%s%s", state_dir, hex, name != NULL ? "/" : "",
		name != NULL ? name : "");
	return buf_check(out, "path", err);
}

static void sum(const void *p, size_t n, uint8_t ret[BOX_HASH])
{
	struct span all = span_of(p, n);

	box_hash(ret, BOX_HASH, span_of(NULL, 0), &all, 1);
}

/* Reads one note into *ret, whose path points into text. ST_NOT_FOUND when
 * there is none. */
static enum status known_read(const char *state_dir, const char *hex,
	struct buf *text, struct known *ret, struct err *err)
{
	struct buf path;
	const uint8_t *p;
	uint8_t want[BOX_HASH];
	size_t len;
	enum status st;

	buf_init(&path, BUF_SMALL);
	buf_reset(text);
	st = state_path(state_dir, hex, "known", &path, err);
	if (st == ST_OK)
		st = disk_read(path.p, text, err);
	if (st != ST_OK)
		goto out;
	p = (const uint8_t *)text->p;
	len = text->len;
	st = ST_DAMAGED;
	if (len < KN_PATH + BOX_HASH || memcmp(p, KNOWN_MAGIC, 8) != 0 ||
		le16_get(p + KN_MAJOR) != 1 ||
		len != (size_t)KN_PATH + le16_get(p + KN_PATH_LEN) + BOX_HASH)
		goto out;
	sum(p, len - BOX_HASH, want);
	if (!box_equal(want, p + len - BOX_HASH, BOX_HASH))
		goto out;
	memcpy(ret->id.b, p + KN_ID, ID_LEN);
	memcpy(ret->fingerprint, p + KN_FINGERPRINT, KNOWN_FINGERPRINT);
	ret->generation = le64_get(p + KN_GENERATION);
	/* The checksum is not needed any more: its place ends the path. */
	text->p[len - BOX_HASH] = '\0';
	ret->path = text->p + KN_PATH;
	st = ST_OK;
out:
	if (st == ST_DAMAGED)
		(void)err_set(err, st,
			"\"%s\", what this machine knows of the vault, is "
			"damaged",
			path.p);
	buf_release(&path);
	return st;
}

/* The caller holds the lock of the folder. */
static enum status known_write(const char *state_dir, const char *hex,
	const struct known *k, struct err *err)
{
	uint8_t head[KN_PATH] = {0};
	uint8_t end[BOX_HASH];
	struct buf path;
	struct buf tmp;
	struct buf text;
	size_t n = strlen(k->path);
	enum status st;

	if (n > KNOWN_PATH_MAX)
		return err_set(
			err, ST_FAIL, "the path \"%s\" is too long", k->path);
	buf_init(&path, BUF_SMALL);
	buf_init(&tmp, BUF_SMALL);
	buf_init(&text, KN_MAX);
	memcpy(head, KNOWN_MAGIC, 8);
	le16_put(head + KN_MAJOR, 1);
	le16_put(head + KN_PATH_LEN, (uint16_t)n);
	memcpy(head + KN_ID, k->id.b, ID_LEN);
	memcpy(head + KN_FINGERPRINT, k->fingerprint, KNOWN_FINGERPRINT);
	le64_put(head + KN_GENERATION, k->generation);
	buf_add(&text, head, sizeof(head));
	buf_add(&text, k->path, n);
	sum(text.p, text.len, end);
	buf_add(&text, end, sizeof(end));
	st = buf_check(&text, "note on the vault", err);
	if (st == ST_OK)
		st = state_path(state_dir, hex, "known", &path, err);
	if (st == ST_OK)
		st = state_path(state_dir, hex, "known.tmp", &tmp, err);
	if (st == ST_OK)
		st = disk_replace(path.p, tmp.p, buf_view(&text), err);
	buf_release(&text);
	buf_release(&tmp);
	buf_release(&path);
	return st;
}

/*
 * Finds another vault that was known at this path. Unreadable notes are
 * ignored.
 */
static bool find_other(
	const char *state_dir, const struct known *now, struct id *ret)
{
	DIR *d = opendir(state_dir);
	struct dirent *e;
	struct known k;
	struct buf text;
	bool found = false;

	if (d == NULL)
		return false;
	buf_init(&text, KN_MAX);
	while (!found && (e = readdir(d)) != NULL) {
		struct id id;

		if (!id_parse(span_str(e->d_name), &id) || id_eq(&id, &now->id))
			continue;
		found = known_read(state_dir, e->d_name, &text, &k, NULL) ==
				ST_OK &&
			strcmp(k.path, now->path) == 0;
		if (found)
			*ret = id;
	}
	buf_release(&text);
	(void)closedir(d);
	return found;
}

enum status known_check(const char *state_dir, const struct known *now,
	enum known_result *ret, struct id *ret_other, uint64_t *ret_seen,
	struct err *err)
{
	char hex[ID_HEX + 1];
	struct known k;
	struct buf text;
	enum status st;

	id_hex(&now->id, hex);
	buf_init(&text, KN_MAX);
	st = known_read(state_dir, hex, &text, &k, err);
	if (st == ST_NOT_FOUND) {
		*ret = find_other(state_dir, now, ret_other) ? KNOWN_OTHER_VAULT
							     : KNOWN_FIRST;
		st = ST_OK;
	} else if (st == ST_OK) {
		if (!id_eq(&k.id, &now->id) ||
			!box_equal(k.fingerprint, now->fingerprint,
				KNOWN_FINGERPRINT))
			*ret = KNOWN_OTHER_KEY;
		else if (now->generation < k.generation)
			*ret = KNOWN_OLDER;
		else if (now->generation > k.generation ||
			strcmp(k.path, now->path) != 0)
			*ret = KNOWN_NEWER;
		else
			*ret = KNOWN_SAME;
		*ret_seen = k.generation;
	}
	buf_release(&text);
	return st;
}

/* Makes the state folder of the vault and locks it. */
static enum status lock_state(
	const char *state_dir, const char *hex, int *ret_fd, struct err *err)
{
	struct buf path;
	enum status st;
	int fd = -1;

	buf_init(&path, BUF_SMALL);
	st = state_path(state_dir, hex, NULL, &path, err);
	if (st == ST_OK)
		st = file_mkdirs(path.p, 0700, err);
	if (st != ST_OK)
		goto out;
	fd = open(path.p, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0) {
		st = err_sys(err, ST_IO, "cannot open folder \"%s\"", path.p);
		goto out;
	}
	st = disk_lock(fd, path.p, LOCK_EX, VAULT_LOCK_MS, err);
	if (st == ST_OK) {
		*ret_fd = fd;
		fd = -1;
	}
out:
	if (fd >= 0)
		(void)close(fd);
	buf_release(&path);
	return st;
}

enum status known_store(
	const char *state_dir, const struct known *now, struct err *err)
{
	char hex[ID_HEX + 1];
	struct known k;
	struct buf text;
	enum status st;
	int fd = -1;

	id_hex(&now->id, hex);
	st = lock_state(state_dir, hex, &fd, err);
	if (st != ST_OK)
		return st;
	buf_init(&text, KN_MAX);
	/* Another process may have stored a later one since the check. */
	st = known_read(state_dir, hex, &text, &k, NULL);
	if (st == ST_OK && k.generation > now->generation)
		goto out;
	st = known_write(state_dir, hex, now, err);
out:
	buf_release(&text);
	(void)close(fd);
	return st;
}

bool known_release_path(const char *state_dir, const struct known *now)
{
	char hex[ID_HEX + 1];
	struct known k;
	struct buf text;
	struct id other;
	bool any = false;
	bool done = true;
	int fd = -1;

	buf_init(&text, KN_MAX);
	while (done && find_other(state_dir, now, &other)) {
		any = true;
		done = false;
		id_hex(&other, hex);
		if (lock_state(state_dir, hex, &fd, NULL) != ST_OK)
			break;
		if (known_read(state_dir, hex, &text, &k, NULL) == ST_OK) {
			k.path = "";
			done = known_write(state_dir, hex, &k, NULL) == ST_OK;
		}
		(void)close(fd);
	}
	buf_release(&text);
	return any;
}

static bool device_parse(struct span s, uint8_t ret[VAULT_DEVICE])
{
	const uint8_t *p = (const uint8_t *)s.p;
	uint8_t want[BOX_HASH];

	if (s.n != DEV_LEN || memcmp(p, DEVICE_MAGIC, 8) != 0)
		return false;
	sum(p, DEV_SUM, want);
	if (!box_equal(want, p + DEV_SUM, BOX_HASH))
		return false;
	memcpy(ret, p + DEV_ID, VAULT_DEVICE);
	return true;
}

uint64_t known_generation(const char *state_dir, const struct id *vault)
{
	char hex[ID_HEX + 1];
	struct buf text;
	struct known k;
	uint64_t seen = 0;

	id_hex(vault, hex);
	buf_init(&text, KN_MAX);
	if (known_read(state_dir, hex, &text, &k, NULL) == ST_OK)
		seen = k.generation;
	buf_release(&text);
	return seen;
}

/* Reads the id; makes one when there is none or it is damaged. In the latter
 * case the segments of the old id count as another device's from now on. */
static enum status device_locked(const char *path, const char *tmp,
	uint8_t ret[VAULT_DEVICE], struct err *err)
{
	uint8_t bytes[DEV_LEN];
	struct buf text;
	enum status st;

	buf_init(&text, DEV_LEN);
	st = disk_read(path, &text, err);
	if (st == ST_OK && device_parse(buf_view(&text), ret))
		goto out;
	if (st != ST_OK && st != ST_NOT_FOUND)
		goto out;
	memcpy(bytes, DEVICE_MAGIC, 8);
	box_random(bytes + DEV_ID, VAULT_DEVICE);
	sum(bytes, DEV_SUM, bytes + DEV_SUM);
	st = disk_replace(path, tmp, span_of(bytes, sizeof(bytes)), err);
	if (st == ST_OK)
		memcpy(ret, bytes + DEV_ID, VAULT_DEVICE);
out:
	buf_release(&text);
	return st;
}

/* Reads the id without making one. */
static void device_look(const char *path, uint8_t ret[VAULT_DEVICE])
{
	struct buf text;

	buf_init(&text, DEV_LEN);
	memset(ret, 0, VAULT_DEVICE);
	if (disk_read(path, &text, NULL) == ST_OK)
		(void)device_parse(buf_view(&text), ret);
	buf_release(&text);
}

enum status known_device(const char *state_dir, const struct id *vault,
	bool make, uint8_t ret[VAULT_DEVICE], struct err *err)
{
	char hex[ID_HEX + 1];
	struct buf path;
	struct buf tmp;
	enum status st;
	int fd = -1;

	id_hex(vault, hex);
	buf_init(&path, BUF_SMALL);
	buf_init(&tmp, BUF_SMALL);
	st = state_path(state_dir, hex, "device", &path, err);
	if (st == ST_OK)
		st = state_path(state_dir, hex, "device.tmp", &tmp, err);
	if (st == ST_OK && !make) {
		device_look(path.p, ret);
		goto out;
	}
	if (st == ST_OK)
		st = lock_state(state_dir, hex, &fd, err);
	if (st == ST_OK)
		st = device_locked(path.p, tmp.p, ret, err);
	if (fd >= 0)
		(void)close(fd);
out:
	buf_release(&tmp);
	buf_release(&path);
	return st;
}
