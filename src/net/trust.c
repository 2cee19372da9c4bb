#include "net/trust.h"

#include <dirent.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>

#include "base/ascii.h"

#define SYSTEM_DIR "/etc/ssl/certs"

/* "4042bcee.0": the subject's hash, as OpenSSL looks it up. */
static bool is_hash_name(const char *name)
{
	size_t i;

	for (i = 0; i < 8; i++) {
		if (ascii_hex(name[i]) < 0)
			return false;
	}
	return name[8] == '.' && ascii_is_digit(name[9]);
}

static bool is_hashed_dir(const char *path)
{
	DIR *dir = opendir(path);
	const struct dirent *entry;
	bool found = false;

	if (dir == NULL)
		return false;
	for (entry = readdir(dir); entry != NULL && !found;
		entry = readdir(dir))
		found = is_hash_name(entry->d_name);
	(void)closedir(dir);
	return found;
}

static const char *env_value(const char *name)
{
	const char *value = getenv(name);

	return value != NULL && value[0] != '\0' ? value : NULL;
}

/* The folder comes before a bundle: a bundle takes some 20 ms to read for every
 * connection, while OpenSSL reads just one file of a hashed folder. */
struct trust trust_choose(const char *file, const char *dir)
{
	struct trust t = {file, dir};

	if (t.file == NULL && t.dir == NULL)
		t.file = env_value("CURL_CA_BUNDLE");
	if (t.file == NULL && t.dir == NULL) {
		t.file = env_value("SSL_CERT_FILE");
		t.dir = env_value("SSL_CERT_DIR");
	}
	if (t.file == NULL && t.dir == NULL && is_hashed_dir(SYSTEM_DIR))
		t.dir = SYSTEM_DIR;
	return t;
}
