/* For posix_spawn_file_actions_addchdir_np(). */
#define _GNU_SOURCE

#include "app/gnuplot.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/vec.h"

#define SCRIPT "chart.gp"
#define POINTS "chart.dat"
#define IMAGE "chart.png"

static void put_path(struct buf *out, const char *dir, const char *name)
{
	buf_reset(out);
	buf_fmt(out, "%s/%s", dir, name);
}

static int in_folder(posix_spawn_file_actions_t *acts, const char *dir)
{
	int rc = posix_spawn_file_actions_addchdir_np(acts, dir);

	if (rc == 0)
		rc = posix_spawn_file_actions_addopen(
			acts, 0, "/dev/null", O_RDONLY, 0);
	if (rc == 0)
		rc = posix_spawn_file_actions_addopen(
			acts, 1, "/dev/null", O_WRONLY, 0);
	return rc == 0 ? posix_spawn_file_actions_addopen(
				 acts, 2, "/dev/null", O_WRONLY, 0)
		       : rc;
}

/* Gives the child the default action for the signals that the program handles
 * or ignores. */
static int at_default(posix_spawnattr_t *attr)
{
	sigset_t all;
	sigset_t none;

	(void)sigfillset(&all);
	(void)sigdelset(&all, SIGKILL);
	(void)sigdelset(&all, SIGSTOP);
	(void)sigemptyset(&none);
	if (posix_spawnattr_setsigdefault(attr, &all) != 0 ||
		posix_spawnattr_setsigmask(attr, &none) != 0)
		return ENOMEM;
	return posix_spawnattr_setflags(
		attr, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
}

/* The child's environment: what it needs to find itself and its fonts. */
static char **environment(void)
{
	static const char *const names[] = {"PATH", "HOME", "TMPDIR"};
	const size_t n = sizeof(names) / sizeof(names[0]);
	char **env = calloc(n + 2, sizeof(*env));
	size_t kept = 0;
	size_t i;

	for (i = 0; env != NULL && i < n; i++) {
		struct buf line;

		if (getenv(names[i]) == NULL)
			continue;
		buf_init(&line, BUF_SMALL);
		buf_fmt(&line, "%s=%s", names[i], getenv(names[i]));
		env[kept] = buf_detach(&line);
		kept += env[kept] != NULL;
	}
	if (env != NULL)
		env[kept] = str_dup("LC_ALL=C.UTF-8");
	return env;
}

static void environment_free(char **env)
{
	size_t i;

	for (i = 0; env != NULL && env[i] != NULL; i++)
		free(env[i]);
	free(env);
}

static int start(pid_t *pid, const char *dir)
{
	char name[] = "gnuplot";
	char plain[] = "-d";
	char script[] = SCRIPT;
	char *argv[] = {name, plain, script, NULL};
	char **env = environment();
	posix_spawn_file_actions_t acts;
	posix_spawnattr_t attr;
	int rc = ENOMEM;

	if (env == NULL || posix_spawn_file_actions_init(&acts) != 0) {
		environment_free(env);
		return ENOMEM;
	}
	if (posix_spawnattr_init(&attr) == 0) {
		rc = in_folder(&acts, dir);
		if (rc == 0)
			rc = at_default(&attr);
		if (rc == 0)
			rc = posix_spawnp(pid, name, &acts, &attr, argv, env);
		(void)posix_spawnattr_destroy(&attr);
	}
	(void)posix_spawn_file_actions_destroy(&acts);
	environment_free(env);
	return rc;
}

/* Whether it ended by itself, in time, and without an error. */
static bool ended_well(pid_t pid)
{
	const struct timespec nap = {0, 10 * 1000 * 1000};
	int64_t end = clock_mono_ms() + GNUPLOT_WAIT_MS;
	int status = 0;
	pid_t got;

	for (;;) {
		got = waitpid(pid, &status, WNOHANG);
		if (got == pid)
			return WIFEXITED(status) && WEXITSTATUS(status) == 0;
		if (got < 0 && errno != EINTR)
			return false;
		if (clock_mono_ms() > end)
			break;
		(void)nanosleep(&nap, NULL);
	}
	(void)kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return false;
}

static enum status draw(const struct chart *c, const char *dir, struct buf *png,
	struct err *err)
{
	struct buf path;
	struct buf script;
	struct buf points;
	enum status st;
	pid_t pid;
	int rc;

	buf_init(&path, BUF_SMALL);
	buf_init(&script, BUF_LARGE);
	buf_init(&points, BUF_LARGE);
	chart_draw_gnuplot(c, POINTS, IMAGE, &script, &points);
	st = buf_check(&script, "script of gnuplot", err);
	if (st == ST_OK)
		st = buf_check(&points, "points of gnuplot", err);
	put_path(&path, dir, SCRIPT);
	if (st == ST_OK)
		st = file_replace(path.p, buf_view(&script), 0600, err);
	put_path(&path, dir, POINTS);
	if (st == ST_OK)
		st = file_replace(path.p, buf_view(&points), 0600, err);
	put_path(&path, dir, IMAGE);
	if (st == ST_OK) {
		rc = start(&pid, dir);
		if (rc == ENOENT)
			st = err_set(
				err, ST_NOT_FOUND, "gnuplot is not installed");
		else if (rc != 0 || !ended_well(pid))
			st = err_set(err, ST_FAIL,
				"gnuplot has not drawn the chart");
		else
			st = file_read(path.p, png, err);
	}
	buf_release(&path);
	buf_release(&script);
	buf_release(&points);
	return st;
}

static void clean(const char *dir)
{
	static const char *const names[] = {SCRIPT, POINTS, IMAGE};
	struct buf path;
	size_t i;

	buf_init(&path, BUF_SMALL);
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		put_path(&path, dir, names[i]);
		(void)unlink(path.p);
	}
	(void)rmdir(dir);
	buf_release(&path);
}

enum status gnuplot_draw(
	const struct chart *c, struct buf *png, struct err *err)
{
	const char *tmp = getenv("TMPDIR");
	struct buf dir;
	enum status st;

	buf_init(&dir, BUF_SMALL);
	buf_fmt(&dir, "%s/atllama-XXXXXX",
		tmp != NULL && tmp[0] == '/' ? tmp : "/tmp");
	st = buf_check(&dir, "name of a folder", err);
	if (st == ST_OK && mkdtemp(dir.p) == NULL)
		st = err_sys(err, ST_IO, "cannot make a folder %s", dir.p);
	if (st == ST_OK) {
		st = draw(c, dir.p, png, err);
		clean(dir.p);
	}
	buf_release(&dir);
	return st;
}
