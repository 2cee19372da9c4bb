#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "store/disk.h"
#include "store/vault.h"

enum {
	KEYFILE_HEX = 2 * BOX_KEY,
	KEYFILE_TEXT = KEYFILE_HEX + 1,

	TUNE_US = 800 * 1000,
	TUNE_T_MAX = 10,

	RECOVERY_SUM = 3,
	RECOVERY_BYTES = BOX_KEY + RECOVERY_SUM,
	RECOVERY_CHARS = RECOVERY_BYTES * 8 / 5,
	RECOVERY_GROUP = 4,
};

_Static_assert(RECOVERY_BYTES % 5 == 0, "groups of 40 bits");
_Static_assert(VAULT_RECOVERY_TEXT ==
		RECOVERY_CHARS + RECOVERY_CHARS / RECOVERY_GROUP - 1,
	"length of a recovery code");

static const struct {
	const char *name;
	struct vault_params params;
} params_rows[] = {
	{"default", VAULT_PARAMS_DEFAULT},
	{"low-memory", {.t = 3, .m_kib = 64 * 1024}},
	{"high", {.t = 4, .m_kib = 1024 * 1024}},
	{"minimal", {.t = 2, .m_kib = 64 * 1024}},
};

enum status vault_params_named(
	const char *name, struct vault_params *ret, struct err *err)
{
	size_t i;

	for (i = 0; i < sizeof(params_rows) / sizeof(params_rows[0]); i++) {
		if (strcmp(params_rows[i].name, name) == 0) {
			*ret = params_rows[i].params;
			return ST_OK;
		}
	}
	return err_set(err, ST_USAGE,
		"\"%s\" is no cost of passphrases: use default, low-memory, "
		"high or minimal",
		name);
}

enum status vault_params_tune(struct vault_params *p, struct err *err)
{
	uint8_t salt[BOX_SALT] = {0};
	uint8_t out[BOX_KEY];
	int64_t start = clock_mono_us();
	int64_t each;
	enum status st;

	st = box_argon2id(out, span_str("measure"), salt, p->t, p->m_kib, err);
	if (st != ST_OK)
		return st;
	each = (clock_mono_us() - start) / p->t + 1;
	while (p->t < TUNE_T_MAX && (p->t + 1) * each <= TUNE_US)
		p->t++;
	return ST_OK;
}

/* Locks the folder of path, because the temporary file in it has a fixed
 * name. */
static enum status lock_folder(
	const char *path, int *ret_fd, struct buf *dir, struct err *err)
{
	const char *slash = strrchr(path, '/');
	enum status st;
	int fd;

	if (slash == NULL || slash == path)
		return err_set(err, ST_USAGE,
			"\"%s\" is not the path of a key file", path);
	buf_set(dir, span_of(path, (size_t)(slash - path)));
	st = buf_check(dir, "path", err);
	if (st == ST_OK)
		st = file_mkdirs(dir->p, 0700, err);
	if (st != ST_OK)
		return st;
	fd = open(dir->p, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return err_sys(err, ST_IO, "cannot open folder \"%s\"", dir->p);
	st = disk_lock(fd, dir->p, LOCK_EX, VAULT_LOCK_MS, err);
	if (st == ST_OK)
		*ret_fd = fd;
	else
		(void)close(fd);
	return st;
}

enum status vault_keyfile_create(const char *path, struct err *err)
{
	uint8_t key[BOX_KEY];
	char text[KEYFILE_TEXT + 1];
	struct buf dir;
	struct buf tmp;
	struct stat sb;
	bool made;
	enum status st;
	int fd = -1;

	if (lstat(path, &sb) == 0)
		return ST_OK;
	st = box_init(err);
	if (st != ST_OK)
		return st;
	buf_init(&dir, BUF_SMALL);
	buf_init(&tmp, BUF_SMALL);
	buf_fmt(&tmp, "%s.tmp", path);
	st = buf_check(&tmp, "path", err);
	if (st == ST_OK)
		st = lock_folder(path, &fd, &dir, err);
	if (st == ST_OK) {
		box_random(key, sizeof(key));
		hex_encode(key, sizeof(key), text);
		text[KEYFILE_HEX] = '\n';
		st = disk_publish(
			path, tmp.p, span_of(text, KEYFILE_TEXT), &made, err);
		box_wipe(key, sizeof(key));
		box_wipe(text, sizeof(text));
	}
	if (fd >= 0)
		(void)close(fd);
	buf_release(&tmp);
	buf_release(&dir);
	return st;
}

static enum status check_keyfile(int fd, const char *path, struct err *err)
{
	struct stat sb;

	if (fstat(fd, &sb) != 0)
		return err_sys(err, ST_IO, "cannot read key file \"%s\"", path);
	if (!S_ISREG(sb.st_mode))
		return err_set(
			err, ST_CONFIG, "key file \"%s\" is not a file", path);
	if (sb.st_uid != geteuid() && sb.st_uid != 0)
		return err_set(err, ST_CONFIG,
			"key file \"%s\" belongs to another user", path);
	if ((sb.st_mode & 077) != 0)
		return err_set(err, ST_CONFIG,
			"key file \"%s\" can be read by others (mode %03o): "
			"run chmod 600 on it; who has read it before can open "
			"a copy of the vault",
			path, (unsigned)(sb.st_mode & 0777));
	return ST_OK;
}

static enum status parse_keyfile(const char *bytes, size_t n, const char *path,
	struct secret *ret, struct err *err)
{
	struct secret key = {0};
	bool ok;

	if (!secret_new(&key, BOX_KEY))
		return err_nomem(err);
	key.len = BOX_KEY;
	ok = n == BOX_KEY;
	if (ok)
		memcpy(key.p, bytes, BOX_KEY);
	else if (n == KEYFILE_HEX ||
		(n == KEYFILE_TEXT && bytes[KEYFILE_HEX] == '\n'))
		ok = hex_decode(span_of(bytes, KEYFILE_HEX), key.p, BOX_KEY);
	if (!ok) {
		secret_free(&key);
		return err_set(err, ST_DAMAGED,
			"key file \"%s\" holds neither %d hexadecimal digits "
			"nor %d bytes: restore it from a backup",
			path, KEYFILE_HEX, BOX_KEY);
	}
	*ret = key;
	return ST_OK;
}

enum status vault_keyfile_read(
	const char *path, struct secret *ret, struct err *err)
{
	/* One byte more than the longest form, to notice a longer file. */
	char bytes[KEYFILE_TEXT + 1];
	size_t n = 0;
	ssize_t got;
	enum status st;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);

	if (fd < 0 && errno == ELOOP)
		return err_set(err, ST_CONFIG,
			"key file \"%s\" is a symbolic link: put the file "
			"itself there",
			path);
	if (fd < 0)
		return err_sys(err, errno == ENOENT ? ST_NOT_FOUND : ST_IO,
			"cannot open key file \"%s\"", path);
	st = check_keyfile(fd, path, err);
	if (st != ST_OK)
		goto out;
	do {
		got = read(fd, bytes + n, sizeof(bytes) - n);
		if (got > 0)
			n += (size_t)got;
	} while ((got > 0 && n < sizeof(bytes)) || (got < 0 && errno == EINTR));
	if (got < 0)
		st = err_sys(err, ST_IO, "cannot read key file \"%s\"", path);
	else
		st = parse_keyfile(bytes, n, path, ret, err);
	box_wipe(bytes, sizeof(bytes));
out:
	(void)close(fd);
	return st;
}

/* Crockford's alphabet, without the letters that people confuse. */
static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

static void recovery_sum(const uint8_t *key, uint8_t ret[RECOVERY_SUM])
{
	struct span parts[] = {
		span_str("atl/recovery/v1"), span_of(key, BOX_KEY)};
	uint8_t whole[BOX_HASH];

	box_hash(whole, sizeof(whole), span_of(NULL, 0), parts, 2);
	memcpy(ret, whole, RECOVERY_SUM);
}

static void recovery_write(const uint8_t bytes[RECOVERY_BYTES], uint8_t *text)
{
	unsigned long acc = 0;
	unsigned bits = 0;
	size_t n = 0;
	size_t i;

	for (i = 0; i < RECOVERY_BYTES; i++) {
		acc = (acc << 8 | bytes[i]) & 0xffff;
		for (bits += 8; bits >= 5; bits -= 5) {
			if (n > 0 && n % RECOVERY_GROUP == 0)
				*text++ = '-';
			*text++ = (uint8_t)alphabet[acc >> (bits - 5) & 31];
			n++;
		}
	}
}

enum status vault_recovery_new(
	struct secret *ret, struct secret *ret_text, struct err *err)
{
	uint8_t bytes[RECOVERY_BYTES];
	struct secret key = {0};
	struct secret text = {0};
	enum status st = box_init(err);

	if (st != ST_OK)
		return st;
	if (!secret_new(&key, BOX_KEY) ||
		!secret_new(&text, VAULT_RECOVERY_TEXT)) {
		secret_free(&key);
		return err_nomem(err);
	}
	box_random(bytes, BOX_KEY);
	recovery_sum(bytes, bytes + BOX_KEY);
	memcpy(key.p, bytes, BOX_KEY);
	key.len = BOX_KEY;
	recovery_write(bytes, text.p);
	text.len = VAULT_RECOVERY_TEXT;
	box_wipe(bytes, sizeof(bytes));
	*ret = key;
	*ret_text = text;
	return ST_OK;
}

/* The value of a character, 0 to 31; or -1. */
static int recovery_digit(char c)
{
	const char *at;

	if (c >= 'a' && c <= 'z')
		c = (char)(c - 'a' + 'A');
	if (c == 'O')
		c = '0';
	else if (c == 'I' || c == 'L')
		c = '1';
	at = c != '\0' ? strchr(alphabet, c) : NULL;
	return at != NULL ? (int)(at - alphabet) : -1;
}

/* Decodes the characters to bytes; *ret_n is how many there were. */
static enum status recovery_read(struct span text,
	uint8_t bytes[RECOVERY_BYTES], size_t *ret_n, struct err *err)
{
	unsigned long acc = 0;
	unsigned bits = 0;
	size_t n = 0;
	size_t at = 0;
	size_t i;

	for (i = 0; i < text.n; i++) {
		char c = text.p[i];
		int digit = recovery_digit(c);

		if (c == '-' || c == ' ' || c == '\t' || c == '\r' || c == '\n')
			continue;
		if (digit < 0)
			return err_set(err, ST_USAGE,
				"character %zu of the recovery code is none "
				"that it can have",
				n + 1);
		n++;
		acc = (acc << 5 | (unsigned long)digit) & 0xffff;
		bits += 5;
		if (bits >= 8) {
			bits -= 8;
			if (at < RECOVERY_BYTES)
				bytes[at++] = (uint8_t)(acc >> bits);
		}
	}
	*ret_n = n;
	return ST_OK;
}

enum status vault_recovery_parse(
	struct span text, struct secret *ret, struct err *err)
{
	uint8_t bytes[RECOVERY_BYTES] = {0};
	uint8_t want[RECOVERY_SUM];
	size_t n = 0;
	enum status st = recovery_read(text, bytes, &n, err);

	if (st != ST_OK)
		goto out;
	recovery_sum(bytes, want);
	if (n != RECOVERY_CHARS)
		st = err_set(err, ST_USAGE,
			"a recovery code has %d characters without the dashes; "
			"these are %zu",
			RECOVERY_CHARS, n);
	else if (!box_equal(want, bytes + BOX_KEY, RECOVERY_SUM))
		st = err_set(err, ST_USAGE,
			"the recovery code is mistyped: its checksum does not "
			"fit");
	else if (!secret_set(ret, bytes, BOX_KEY))
		st = err_nomem(err);
out:
	box_wipe(bytes, sizeof(bytes));
	return st;
}
