/* Memory, time and the process. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "tool/shim.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static bool allocation_fails(const void *caller)
{
	uintptr_t at = (uintptr_t)caller;
	long n;

	if (!atomic_load(&shim.on) || at < shim.code || at >= shim.code_end)
		return false;
	n = atomic_fetch_add(&shim.allocations, 1) + 1;
	if (shim.malloc_at == 0 || n < shim.malloc_at ||
		(n > shim.malloc_at && !shim.sticky))
		return false;
	errno = ENOMEM;
	return true;
}

#define FAILS allocation_fails(__builtin_return_address(0))

#ifndef SHIM_NO_MALLOC /* sanitizers bring their own */
EXPORT void *malloc(size_t n)
{
	return FAILS ? NULL : __libc_malloc(n);
}

EXPORT void *calloc(size_t n, size_t size)
{
	return FAILS ? NULL : __libc_calloc(n, size);
}

EXPORT void *realloc(void *p, size_t n)
{
	return n > 0 && FAILS ? NULL : __libc_realloc(p, n);
}

static char *copy(const char *s, size_t n)
{
	char *p = __libc_malloc(n + 1);

	if (p != NULL) {
		memcpy(p, s, n);
		p[n] = '\0';
	}
	return p;
}

EXPORT char *strdup(const char *s)
{
	return FAILS ? NULL : copy(s, strlen(s));
}

EXPORT char *strndup(const char *s, size_t n)
{
	return FAILS ? NULL : copy(s, strnlen(s, n));
}
#endif

/* Memory for secrets. */
EXPORT void *mmap(void *p, size_t n, int prot, int flags, int fd, off_t at)
{
	if (fd < 0 && FAILS)
		return MAP_FAILED;
	return (void *)syscall(SYS_mmap, p, n, prot, flags, fd, at);
}

EXPORT int mlock(const void *p, size_t n)
{
	if (FAILS)
		return -1;
	return (int)syscall(SYS_mlock, p, n);
}

EXPORT int clock_gettime(clockid_t which, struct timespec *ts)
{
	static _Atomic int64_t began;
	int64_t none = 0;
	int result = (int)syscall(SYS_clock_gettime, which, ts);

	if (which != CLOCK_REALTIME || !atomic_load(&shim.on) ||
		shim.clock == 0 || result != 0)
		return result;
	(void)atomic_compare_exchange_strong(&began, &none, ts->tv_sec);
	ts->tv_sec += shim.clock - atomic_load(&began);
	return 0;
}

EXPORT int prctl(int what, ...)
{
	unsigned long v[4];
	va_list ap;
	int i;

	va_start(ap, what);
	for (i = 0; i < 4; i++)
		v[i] = va_arg(ap, unsigned long);
	va_end(ap);
	if (what == PR_SET_DUMPABLE && shim.dumpable)
		return 0;
	return (int)syscall(SYS_prctl, what, v[0], v[1], v[2], v[3]);
}

EXPORT int setrlimit(__rlimit_resource_t which, const struct rlimit *limit)
{
	if (which == RLIMIT_CORE && shim.dumpable)
		return 0;
	return (int)syscall(SYS_prlimit64, 0, which, limit, NULL);
}
