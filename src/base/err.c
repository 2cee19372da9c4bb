#include "base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct {
	const char *name;
	int exit_code;
} status_rows[] = {
	[ST_OK] = {"ok", 0},
	[ST_FAIL] = {"failed", 1},
	[ST_NOMEM] = {"no-memory", 1},
	[ST_IO] = {"io", 1},
	[ST_NOT_FOUND] = {"not-found", 1},
	[ST_BUSY] = {"busy", 1},
	[ST_USAGE] = {"usage", 2},
	[ST_CONFIG] = {"config", 3},
	[ST_AUTH] = {"auth", 4},
	[ST_MODEL] = {"model", 5},
	[ST_LIMIT] = {"limit", 6},
	[ST_NET] = {"net", 7},
	[ST_SERVER] = {"server", 8},
	[ST_CUT] = {"cut", 9},
	[ST_LENGTH] = {"length", 10},
	[ST_FILTERED] = {"filtered", 11},
	[ST_WINDOW] = {"window", 12},
	[ST_LOCKED] = {"locked", 13},
	[ST_DAMAGED] = {"damaged", 14},
	[ST_STOPPED] = {"stopped", 130},
};

/* Drops an incomplete UTF-8 sequence that truncation left at the end. */
static void trim_partial(char *s, size_t len)
{
	size_t i = len;
	size_t want;
	unsigned char lead;

	while (i > 0 && len - i < 3 && ((unsigned char)s[i - 1] & 0xc0) == 0x80)
		i--;
	if (i == 0)
		return;
	lead = (unsigned char)s[i - 1];
	want = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
	if (len - (i - 1) < want)
		s[i - 1] = '\0';
}

static size_t put(char *dst, size_t at, const char *fmt, va_list ap)
{
	int n;

	if (at >= ERR_MSG_MAX - 1)
		return at;
	n = vsnprintf(dst + at, ERR_MSG_MAX - at, fmt, ap);
	if (n < 0) {
		dst[at] = '\0';
		return at;
	}
	if ((size_t)n >= ERR_MSG_MAX - at) {
		trim_partial(dst, ERR_MSG_MAX - 1);
		return strlen(dst);
	}
	return at + (size_t)n;
}

enum status err_set(struct err *err, enum status code, const char *fmt, ...)
{
	va_list ap;

	if (err == NULL)
		return code;
	err->code = code;
	err->sys = 0;
	va_start(ap, fmt);
	(void)put(err->msg, 0, fmt, ap);
	va_end(ap);
	return code;
}

static void put_plain(char *dst, size_t at, const char *fmt, ...)
	ATTR_PRINTF(3, 4);

static void put_plain(char *dst, size_t at, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)put(dst, at, fmt, ap);
	va_end(ap);
}

enum status err_sys(struct err *err, enum status code, const char *fmt, ...)
{
	int saved = errno;
	char text[128];
	va_list ap;
	size_t at;

	if (err == NULL)
		return code;
	if (strerror_r(saved, text, sizeof(text)) != 0)
		(void)snprintf(text, sizeof(text), "error %d", saved);
	err->code = code;
	err->sys = saved;
	va_start(ap, fmt);
	at = put(err->msg, 0, fmt, ap);
	va_end(ap);
	put_plain(err->msg, at, ": %s", text);
	errno = saved;
	return code;
}

enum status err_nomem(struct err *err)
{
	return err_set(err, ST_NOMEM, "out of memory");
}

void err_prefix(struct err *err, const char *fmt, ...)
{
	char old[ERR_MSG_MAX];
	va_list ap;
	size_t at;

	if (err == NULL)
		return;
	memcpy(old, err->msg, sizeof(old));
	va_start(ap, fmt);
	at = put(err->msg, 0, fmt, ap);
	va_end(ap);
	put_plain(err->msg, at, ": %s", old);
}

void err_hint(struct err *err, const char *fmt, ...)
{
	va_list ap;

	if (err == NULL)
		return;
	va_start(ap, fmt);
	(void)put(err->msg, strlen(err->msg), fmt, ap);
	va_end(ap);
}

void err_clear(struct err *err)
{
	if (err == NULL)
		return;
	err->code = ST_OK;
	err->sys = 0;
	err->msg[0] = '\0';
}

int status_exit_code(enum status st)
{
	return status_rows[st].exit_code;
}

const char *status_name(enum status st)
{
	return status_rows[st].name;
}
