/*
 * atl-shim.so: put before the C library with LD_PRELOAD, it lets calls fail,
 * kills the process at one, and writes down what was done to files, so that
 * tests see the program as it is built and not a part of it.
 *
 *	SHIM_ROOT=FOLDER    only calls about files below it count, from main() on
 *	SHIM_ONLY=WORD      and of these only what may change the disk ("changes"),
 *	                    needs room on it ("room"), reads or writes ("bytes"),
 *	                    opens ("opens") or takes a name ("names")
 *	SHIM_AT=N           the call with that number, from 1 on, fails; 0: none
 *	SHIM_HOW=WORD       how: the name of an error (EIO, ENOSPC, EDQUOT, EINTR,
 *	                    EACCES, EROFS, EMFILE, ENOMEM); SHORT: half of the
 *	                    bytes are written, or one is read, and that is said;
 *	                    LESS: half are written and then ENOSPC; KILL before the
 *	                    call; TORN: half are written and then KILL
 *	SHIM_STICKY=1       so do all after it; with ENOSPC and EDQUOT those that
 *	                    need room
 *	SHIM_MALLOC=N       that allocation fails, of those that the program makes
 *	                    and not a library; SHIM_STICKY as above
 *	SHIM_COUNT=FILE     at the end: "CALLS ALLOCATIONS\n"
 *	SHIM_TRACE=FILE     a line for each call that succeeded: PID CALL RESULT
 *	                    and operands, blanks between, bytes in hexadecimal.
 *	                    "send" and "out" are bytes that left for a socket and
 *	                    for standard output
 *	SHIM_CLOCK=S        the time of day begins so many seconds after 1970
 *	SHIM_BOOT=FILE      stands in place of the boot id of the machine
 *	SHIM_DUMPABLE=1     the process cannot forbid core files
 *	SHIM_LACKS=WORD     a file system without "links" or "locks"
 *
 * A call that does not fail is the kernel's own. It is made for programs that
 * name files by absolute paths, as atllama does.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))

/* Those of glibc behind the names that are taken here. */
extern void *__libc_malloc(size_t n);
extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_realloc(void *p, size_t n);

enum {
	FDS = 1024,
	HOW_SHORT = -1,
	HOW_LESS = -2,
	HOW_KILL = -3,
	HOW_TORN = -4
};

static struct {
	atomic_bool on; /* main() has begun */
	const char *root;
	size_t root_n;
	long at;
	long malloc_at;
	int how; /* an error number, or a HOW_ */
	bool sticky;
	unsigned only; /* kinds of calls; 0: all */
	bool dumpable;
	long clock; /* 0: the true one */
	const char *boot;
	bool no_links;
	bool no_locks;
	int trace; /* descriptor, or -1 */
	const char *count;
	atomic_long calls;
	atomic_long allocations;
	atomic_bool below[FDS];
	uintptr_t code; /* of the program, and its end */
	uintptr_t code_end;
} shim = {.trace = -1};

static const struct {
	const char *name;
	int how;
} hows[] = {
	{"EIO", EIO},
	{"ENOSPC", ENOSPC},
	{"EDQUOT", EDQUOT},
	{"EINTR", EINTR},
	{"EACCES", EACCES},
	{"EROFS", EROFS},
	{"EMFILE", EMFILE},
	{"ENOMEM", ENOMEM},
	{"SHORT", HOW_SHORT},
	{"LESS", HOW_LESS},
	{"KILL", HOW_KILL},
	{"TORN", HOW_TORN},
};

/* What a call does. */
enum {
	CHANGES = 1,
	ROOM = 2,
	BYTES = 4,
	OPENS = 8,
	NAMES = 16,
};

static const struct {
	const char *name;
	unsigned kind;
} kinds[] = {
	{"changes", CHANGES},
	{"room", ROOM},
	{"bytes", BYTES},
	{"opens", OPENS},
	{"names", NAMES},
};

static long number(const char *name)
{
	const char *text = getenv(name);

	return text != NULL ? strtol(text, NULL, 10) : 0;
}

/* The first object is the program. */
static int find_code(struct dl_phdr_info *info, size_t n, void *payload)
{
	int i;

	(void)n;
	(void)payload;
	for (i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *p = &info->dlpi_phdr[i];

		if (p->p_type != PT_LOAD || (p->p_flags & PF_X) == 0)
			continue;
		shim.code = info->dlpi_addr + p->p_vaddr;
		shim.code_end = shim.code + p->p_memsz;
	}
	return 1;
}

static void configure(void)
{
	const char *how = getenv("SHIM_HOW");
	const char *only = getenv("SHIM_ONLY");
	const char *trace = getenv("SHIM_TRACE");
	const char *lacks = getenv("SHIM_LACKS");
	size_t i;

	shim.root = getenv("SHIM_ROOT");
	shim.root_n = shim.root != NULL ? strlen(shim.root) : 0;
	shim.at = number("SHIM_AT");
	shim.malloc_at = number("SHIM_MALLOC");
	shim.sticky = number("SHIM_STICKY") != 0;
	shim.dumpable = number("SHIM_DUMPABLE") != 0;
	shim.clock = number("SHIM_CLOCK");
	shim.boot = getenv("SHIM_BOOT");
	shim.no_links = lacks != NULL && strcmp(lacks, "links") == 0;
	shim.no_locks = lacks != NULL && strcmp(lacks, "locks") == 0;
	shim.count = getenv("SHIM_COUNT");
	shim.how = EIO;
	for (i = 0; how != NULL && i < sizeof(hows) / sizeof(hows[0]); i++)
		if (strcmp(how, hows[i].name) == 0)
			shim.how = hows[i].how;
	for (i = 0; only != NULL && i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(only, kinds[i].name) == 0)
			shim.only = kinds[i].kind;
	if (trace != NULL)
		shim.trace = (int)syscall(SYS_openat, AT_FDCWD, trace,
			O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	(void)dl_iterate_phdr(find_code, NULL);
	atomic_store(&shim.on, true);
}

__attribute__((destructor)) static void tell_count(void)
{
	char text[64];
	int fd;
	int n;

	if (shim.count == NULL)
		return;
	n = snprintf(text, sizeof(text), "%ld %ld\n", atomic_load(&shim.calls),
		atomic_load(&shim.allocations));
	fd = (int)syscall(SYS_openat, AT_FDCWD, shim.count,
		O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd >= 0)
		(void)syscall(SYS_write, fd, text, (size_t)n);
}

typedef int main_fn(int argc, char **argv, char **env);
typedef int start_fn(main_fn *, int, char **, void (*)(void), void (*)(void),
	void (*)(void), void *);

static main_fn *real_main;

static int begin(int argc, char **argv, char **env)
{
	configure();
	return real_main(argc, argv, env);
}

EXPORT int __libc_start_main(main_fn *fn, int argc, char **argv,
	void (*init)(void), void (*fini)(void), void (*rtld_fini)(void),
	void *stack);
EXPORT int __libc_start_main(main_fn *fn, int argc, char **argv,
	void (*init)(void), void (*fini)(void), void (*rtld_fini)(void),
	void *stack)
{
	start_fn *real = NULL;

	*(void **)&real = dlsym(RTLD_NEXT, "__libc_start_main");
	real_main = fn;
	return real(begin, argc, argv, init, fini, rtld_fini, stack);
}

/*
 * Which calls count, and which fail
 */

static bool path_counts(const char *path)
{
	return atomic_load(&shim.on) && shim.root != NULL && path != NULL &&
		strncmp(path, shim.root, shim.root_n) == 0;
}

static bool fd_counts(int fd)
{
	return atomic_load(&shim.on) && fd >= 0 && fd < FDS &&
		atomic_load(&shim.below[fd]);
}

static void fd_mark(int fd, bool below)
{
	if (fd >= 0 && fd < FDS)
		atomic_store(&shim.below[fd], below);
}

/* What the present call, of those kinds, is to do: 0, an error number, or a
 * HOW_. */
static int verdict(bool counts, unsigned is)
{
	long n;

	if (!counts || (shim.only != 0 && (is & shim.only) == 0))
		return 0;
	n = atomic_fetch_add(&shim.calls, 1) + 1;
	if (shim.at == 0 || n < shim.at || (n > shim.at && !shim.sticky))
		return 0;
	if (shim.sticky && (is & ROOM) == 0 &&
		(shim.how == ENOSPC || shim.how == EDQUOT ||
			shim.how == HOW_LESS))
		return 0;
	if (shim.how == HOW_KILL)
		(void)raise(SIGKILL);
	return shim.how;
}

/* For calls that take no bytes. */
static bool fails(bool counts, unsigned is)
{
	int how = verdict(counts, is);

	if (how == HOW_TORN)
		(void)raise(SIGKILL);
	if (how == HOW_LESS)
		how = ENOSPC;
	if (how <= 0)
		return false;
	errno = how;
	return true;
}

/*
 * The trace
 */

static void trace_bytes(
	const char *what, long result, long a, long b, const void *p, size_t n)
{
	static const char digits[] = "0123456789abcdef";
	const uint8_t *from = p;
	char *line;
	size_t at;
	size_t i;

	if (shim.trace < 0)
		return;
	line = __libc_malloc(2 * n + 128);
	if (line == NULL)
		abort();
	at = (size_t)snprintf(line, 128, "%ld %s %ld %ld %ld ", (long)getpid(),
		what, result, a, b);
	for (i = 0; i < n; i++) {
		line[at++] = digits[from[i] >> 4];
		line[at++] = digits[from[i] & 15];
	}
	line[at++] = '\n';
	(void)syscall(SYS_write, shim.trace, line, at);
	free(line);
}

static void trace_paths(
	const char *what, long result, long a, const char *one, const char *two)
{
	char line[8192];
	int n;

	if (shim.trace < 0)
		return;
	n = snprintf(line, sizeof(line), "%ld %s %ld %ld %s %s\n",
		(long)getpid(), what, result, a, one, two);
	(void)syscall(SYS_write, shim.trace, line, (size_t)n);
}

/* Keeps errno. */
static long done_paths(
	const char *what, long result, long a, const char *one, const char *two)
{
	int saved = errno;

	if (result >= 0)
		trace_paths(what, result, a, one, two);
	errno = saved;
	return result;
}

static long done_fd(const char *what, long result, int fd, long a)
{
	int saved = errno;

	if (result >= 0 && fd_counts(fd))
		trace_bytes(what, result, fd, a, NULL, 0);
	errno = saved;
	return result;
}

/*
 * Files
 */

static int open_at(int dir, const char *path, int flags, mode_t mode)
{
	static const char boot_id[] = "/proc/sys/kernel/random/boot_id";
	bool counts = path_counts(path);
	long fd;

	if (fails(counts,
		    OPENS | NAMES |
			    ((flags & O_CREAT) != 0 ? CHANGES | ROOM : 0)))
		return -1;
	if (atomic_load(&shim.on) && shim.boot != NULL &&
		strcmp(path, boot_id) == 0)
		path = shim.boot;
	fd = syscall(SYS_openat, dir, path, flags, mode);
	fd_mark((int)fd, counts && fd >= 0);
	if (counts)
		(void)done_paths("open", fd, flags, path, "-");
	return (int)fd;
}

static mode_t open_mode(int flags, va_list ap)
{
	return (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE
		? (mode_t)va_arg(ap, unsigned)
		: 0;
}

EXPORT int open(const char *path, int flags, ...)
{
	va_list ap;
	mode_t mode;

	va_start(ap, flags);
	mode = open_mode(flags, ap);
	va_end(ap);
	return open_at(AT_FDCWD, path, flags, mode);
}

EXPORT int open64(const char *path, int flags, ...)
{
	va_list ap;
	mode_t mode;

	va_start(ap, flags);
	mode = open_mode(flags, ap);
	va_end(ap);
	return open_at(AT_FDCWD, path, flags, mode);
}

EXPORT int openat(int dir, const char *path, int flags, ...)
{
	va_list ap;
	mode_t mode;

	va_start(ap, flags);
	mode = open_mode(flags, ap);
	va_end(ap);
	return open_at(dir, path, flags, mode);
}

EXPORT int close(int fd)
{
	(void)done_fd("close", 0, fd, 0);
	fd_mark(fd, false);
	return (int)syscall(SYS_close, fd);
}

/* `at` -1: where the descriptor stands. */
static ssize_t put(int fd, const void *p, size_t n, off_t at)
{
	bool counts = fd_counts(fd);
	int how = verdict(counts, CHANGES | ROOM | BYTES);
	size_t part = how < 0 && n > 1 ? n / 2 : n;
	long result;
	int saved;

	if (how > 0) {
		errno = how;
		return -1;
	}
	if (counts && at < 0 && shim.trace >= 0) {
		off_t here = lseek(fd, 0, SEEK_CUR);

		result = syscall(SYS_write, fd, p, part);
		saved = errno;
		if (result >= 0)
			trace_bytes(
				"write", result, fd, here, p, (size_t)result);
		errno = saved;
		return result;
	}
	result = at < 0 ? syscall(SYS_write, fd, p, part)
			: syscall(SYS_pwrite64, fd, p, part, at);
	saved = errno;
	if (counts && result >= 0)
		trace_bytes("write", result, fd, at, p, (size_t)result);
	else if (fd == STDOUT_FILENO && result >= 0)
		trace_bytes("out", result, fd, 0, p, (size_t)result);
	if (how == HOW_TORN)
		(void)raise(SIGKILL);
	errno = saved;
	if (how == HOW_LESS) {
		errno = ENOSPC;
		return -1;
	}
	return result;
}

EXPORT ssize_t write(int fd, const void *p, size_t n)
{
	return put(fd, p, n, -1);
}

EXPORT ssize_t pwrite(int fd, const void *p, size_t n, off_t at)
{
	return put(fd, p, n, at);
}

EXPORT ssize_t pwrite64(int fd, const void *p, size_t n, off_t at)
{
	return put(fd, p, n, at);
}

/* Reading: less than what was asked for is no fault at all. */
static ssize_t get(int fd, void *p, size_t n, off_t at)
{
	int how = verdict(fd_counts(fd), BYTES);

	if (how > 0) {
		errno = how;
		return -1;
	}
	if (how == HOW_TORN)
		(void)raise(SIGKILL);
	if (how == HOW_SHORT && n > 1)
		n = 1;
	return at < 0 ? syscall(SYS_read, fd, p, n)
		      : syscall(SYS_pread64, fd, p, n, at);
}

EXPORT ssize_t read(int fd, void *p, size_t n)
{
	return get(fd, p, n, -1);
}

EXPORT ssize_t pread(int fd, void *p, size_t n, off_t at)
{
	return get(fd, p, n, at);
}

EXPORT ssize_t pread64(int fd, void *p, size_t n, off_t at)
{
	return get(fd, p, n, at);
}

EXPORT int fsync(int fd)
{
	if (fails(fd_counts(fd), CHANGES))
		return -1;
	return (int)done_fd("sync", syscall(SYS_fsync, fd), fd, 0);
}

EXPORT int fdatasync(int fd)
{
	if (fails(fd_counts(fd), CHANGES))
		return -1;
	return (int)done_fd("sync", syscall(SYS_fdatasync, fd), fd, 0);
}

EXPORT int ftruncate(int fd, off_t size)
{
	if (fails(fd_counts(fd), CHANGES))
		return -1;
	return (int)done_fd("size", syscall(SYS_ftruncate, fd, size), fd, size);
}

EXPORT int ftruncate64(int fd, off_t size)
{
	return ftruncate(fd, size);
}

EXPORT int posix_fallocate(int fd, off_t at, off_t n)
{
	if (fails(fd_counts(fd), CHANGES | ROOM))
		return errno;
	return syscall(SYS_fallocate, fd, 0, at, n) == 0 ? 0 : errno;
}

EXPORT int flock(int fd, int how)
{
	if (fails(fd_counts(fd), CHANGES))
		return -1;
	if (shim.no_locks && fd_counts(fd)) {
		errno = ENOLCK;
		return -1;
	}
	return (int)syscall(SYS_flock, fd, how);
}

EXPORT int fchmod(int fd, mode_t mode)
{
	if (fails(fd_counts(fd), CHANGES))
		return -1;
	return (int)syscall(SYS_fchmod, fd, mode);
}

EXPORT int chmod(const char *path, mode_t mode)
{
	if (fails(path_counts(path), CHANGES | NAMES))
		return -1;
	return (int)syscall(SYS_fchmodat, AT_FDCWD, path, mode);
}

EXPORT int link(const char *from, const char *to)
{
	bool counts = path_counts(to);
	long result;

	if (fails(counts, CHANGES | ROOM | NAMES))
		return -1;
	if (shim.no_links && counts) {
		errno = EPERM;
		return -1;
	}
	result = syscall(SYS_linkat, AT_FDCWD, from, AT_FDCWD, to, 0);
	return (int)(counts ? done_paths("link", result, 0, from, to) : result);
}

EXPORT int rename(const char *from, const char *to)
{
	bool counts = path_counts(to);
	long result;

	if (fails(counts, CHANGES | ROOM | NAMES))
		return -1;
	result = syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
	return (int)(counts ? done_paths("rename", result, 0, from, to)
			    : result);
}

EXPORT int unlink(const char *path)
{
	bool counts = path_counts(path);
	long result;

	if (fails(counts, CHANGES | NAMES))
		return -1;
	result = syscall(SYS_unlinkat, AT_FDCWD, path, 0);
	return (int)(counts ? done_paths("unlink", result, 0, path, "-")
			    : result);
}

EXPORT int rmdir(const char *path)
{
	bool counts = path_counts(path);
	long result;

	if (fails(counts, CHANGES | NAMES))
		return -1;
	result = syscall(SYS_unlinkat, AT_FDCWD, path, AT_REMOVEDIR);
	return (int)(counts ? done_paths("rmdir", result, 0, path, "-")
			    : result);
}

EXPORT int mkdir(const char *path, mode_t mode)
{
	bool counts = path_counts(path);
	long result;

	if (fails(counts, CHANGES | ROOM | NAMES))
		return -1;
	result = syscall(SYS_mkdirat, AT_FDCWD, path, mode);
	return (int)(counts ? done_paths("mkdir", result, 0, path, "-")
			    : result);
}

EXPORT DIR *opendir(const char *path)
{
	DIR *(*real)(const char *) = NULL;

	if (fails(path_counts(path), OPENS | NAMES))
		return NULL;
	*(void **)&real = dlsym(RTLD_NEXT, "opendir");
	return real(path);
}

static int look(const char *path, struct stat *sb, int flags)
{
	if (fails(path_counts(path), NAMES))
		return -1;
	return (int)syscall(SYS_newfstatat, AT_FDCWD, path, sb, flags);
}

EXPORT int stat(const char *path, struct stat *sb)
{
	return look(path, sb, 0);
}

EXPORT int lstat(const char *path, struct stat *sb)
{
	return look(path, sb, AT_SYMLINK_NOFOLLOW);
}

EXPORT int fstat(int fd, struct stat *sb)
{
	if (fails(fd_counts(fd), 0))
		return -1;
	return (int)syscall(SYS_fstat, fd, sb);
}

EXPORT ssize_t send(int fd, const void *p, size_t n, int flags)
{
	ssize_t result = syscall(SYS_sendto, fd, p, n, flags, NULL, 0);
	int saved = errno;

	if (result > 0)
		trace_bytes("send", result, fd, 0, p, (size_t)result);
	errno = saved;
	return result;
}

/*
 * Memory, time and the process
 */

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
