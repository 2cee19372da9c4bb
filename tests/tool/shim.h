/*
 * What the files of atl-shim.so share: shim.c has the settings, which calls
 * fail, and the trace; shim_file.c the calls about files; shim_process.c memory,
 * time and the process.
 */
#ifndef ATL_TESTS_TOOL_SHIM_H
#define ATL_TESTS_TOOL_SHIM_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

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

extern struct shim {
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
} shim;

/* What a call does. */
enum {
	CHANGES = 1,
	ROOM = 2,
	BYTES = 4,
	OPENS = 8,
	NAMES = 16,
};

/* Whether a call about this path or descriptor counts. */
bool shim_path_counts(const char *path);
bool shim_fd_counts(int fd);
/* Notes whether a descriptor is of a file below the root. */
void shim_fd_mark(int fd, bool below);
/* What the present call, which is of those kinds, has to do: 0, an error number
 * or a HOW_. */
int shim_verdict(bool counts, unsigned is);
/* The same for calls that take no bytes: true with errno set. */
bool shim_fails(bool counts, unsigned is);
/* Writes a call with its bytes to the trace. */
void shim_trace_bytes(
	const char *what, long result, long a, long b, const void *p, size_t n);
/* Write a call that succeeded to the trace; return its result and keep
 * errno. */
long shim_done_paths(const char *what, long result, long a, const char *one,
	const char *two);
long shim_done_fd(const char *what, long result, int fd, long a);

#endif
