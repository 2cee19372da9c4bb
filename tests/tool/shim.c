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
#include "tool/shim.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

struct shim shim = {.trace = -1};

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

bool shim_path_counts(const char *path)
{
	return atomic_load(&shim.on) && shim.root != NULL && path != NULL &&
		strncmp(path, shim.root, shim.root_n) == 0;
}

bool shim_fd_counts(int fd)
{
	return atomic_load(&shim.on) && fd >= 0 && fd < FDS &&
		atomic_load(&shim.below[fd]);
}

void shim_fd_mark(int fd, bool below)
{
	if (fd >= 0 && fd < FDS)
		atomic_store(&shim.below[fd], below);
}

int shim_verdict(bool counts, unsigned is)
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

bool shim_fails(bool counts, unsigned is)
{
	int how = shim_verdict(counts, is);

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

void shim_trace_bytes(
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

long shim_done_paths(
	const char *what, long result, long a, const char *one, const char *two)
{
	int saved = errno;

	if (result >= 0)
		trace_paths(what, result, a, one, two);
	errno = saved;
	return result;
}

long shim_done_fd(const char *what, long result, int fd, long a)
{
	int saved = errno;

	if (result >= 0 && shim_fd_counts(fd))
		shim_trace_bytes(what, result, fd, a, NULL, 0);
	errno = saved;
	return result;
}
