/*
 * Work in a child that is killed before its n-th system call that can change a
 * file, as a process that is killed would leave things.
 */
#ifndef ATL_TESTS_KILLED_H
#define ATL_TESTS_KILLED_H

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit/check.h"
#include "unit/home.h"

/* What a child does; it ends with status 0 when all went well. */
typedef bool killed_fn(void *payload);

/* Calls between which the files stay as they are need no kill of their own. */
static inline bool killed_touches_files(pid_t pid)
{
	static const unsigned long calls[] = {
#ifdef SYS_open
		SYS_open, SYS_mkdir, SYS_link, SYS_unlink, SYS_rename,
#endif
#ifdef SYS_renameat
		SYS_renameat,
#endif
		SYS_openat, SYS_mkdirat, SYS_linkat, SYS_unlinkat,
		SYS_renameat2, SYS_write, SYS_pwrite64, SYS_fsync,
		SYS_fdatasync, SYS_ftruncate, SYS_flock, SYS_fchmod};
	struct __ptrace_syscall_info info;
	size_t i;

	memset(&info, 0, sizeof(info));
	HOME_MUST(
		ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), &info) > 0);
	if (info.op != PTRACE_SYSCALL_INFO_ENTRY)
		return false;
	for (i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		if (info.entry.nr == calls[i])
			return true;
	return false;
}

/*
 * Runs the work in a child and kills it before its n-th call of those. 1:
 * killed, 0: it ended before, -1: no tracing here.
 */
static inline int run_killed(killed_fn *fn, void *payload, long n)
{
	int status = 0;
	long calls = 0;
	pid_t pid;

	(void)fflush(stdout);
	pid = fork();
	HOME_MUST(pid >= 0);
	if (pid == 0) {
		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0)
			_exit(9);
		(void)raise(SIGSTOP);
		_exit(fn(payload) ? 0 : 1);
	}
	HOME_MUST(waitpid(pid, &status, 0) == pid);
	if (!WIFSTOPPED(status) ||
		ptrace(PTRACE_SETOPTIONS, pid, NULL, PTRACE_O_TRACESYSGOOD) !=
			0)
		return -1;
	for (;;) {
		if (ptrace(PTRACE_SYSCALL, pid, NULL, NULL) != 0)
			return -1;
		HOME_MUST(waitpid(pid, &status, 0) == pid);
		if (WIFEXITED(status)) {
			CHECK_INT(WEXITSTATUS(status), 0);
			return 0;
		}
		if (WIFSIGNALED(status))
			return -1;
		if (killed_touches_files(pid) && calls++ == n) {
			(void)kill(pid, SIGKILL);
			(void)waitpid(pid, &status, 0);
			return 1;
		}
	}
}

#endif
