#include "conf/keycmd.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static bool holds_key(const struct keys *k, const char *entry)
{
	size_t i;

	for (i = 0; i < k->n; i++) {
		size_t n = strlen(k->slots[i]->name);

		if (k->slots[i]->source == KEY_ENV &&
			strncmp(entry, k->slots[i]->name, n) == 0 &&
			entry[n] == '=')
			return true;
	}
	return strncmp(entry, "LLAMA_API_KEY=", 14) == 0;
}

/* The environment without keys: an array to be freed, of borrowed texts. */
static char **clean_environment(const struct keys *k)
{
	size_t n = 0;
	size_t kept = 0;
	char **copy;
	size_t i;

	while (environ[n] != NULL)
		n++;
	copy = calloc(n + 1, sizeof(*copy));
	if (copy == NULL)
		return NULL;
	for (i = 0; i < n; i++)
		if (!holds_key(k, environ[i]))
			copy[kept++] = environ[i];
	return copy;
}

/* Gives the child the default action for signals that the program ignores or
 * handles. */
static int set_signals(posix_spawnattr_t *attr)
{
	sigset_t defaults;
	sigset_t mask;

	(void)sigemptyset(&mask);
	(void)sigemptyset(&defaults);
	(void)sigaddset(&defaults, SIGPIPE);
	(void)sigaddset(&defaults, SIGINT);
	if (posix_spawnattr_setsigdefault(attr, &defaults) != 0 ||
		posix_spawnattr_setsigmask(attr, &mask) != 0)
		return ENOMEM;
	return posix_spawnattr_setflags(
		attr, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
}

static int spawn(pid_t *pid, int out, const char *command, char **env)
{
	char sh[] = "sh";
	char flag[] = "-c";
	char *text = strdup(command);
	char *argv[] = {sh, flag, text, NULL};
	posix_spawn_file_actions_t acts;
	posix_spawnattr_t attr;
	int rc = ENOMEM;

	if (text == NULL)
		return ENOMEM;
	if (posix_spawn_file_actions_init(&acts) != 0)
		goto out;
	if (posix_spawnattr_init(&attr) != 0) {
		(void)posix_spawn_file_actions_destroy(&acts);
		goto out;
	}
	if (posix_spawn_file_actions_addopen(
		    &acts, 0, "/dev/null", O_RDONLY, 0) == 0 &&
		posix_spawn_file_actions_adddup2(&acts, out, 1) == 0 &&
		set_signals(&attr) == 0)
		rc = posix_spawn(pid, "/bin/sh", &acts, &attr, argv, env);
	(void)posix_spawnattr_destroy(&attr);
	(void)posix_spawn_file_actions_destroy(&acts);
out:
	free(text);
	return rc;
}

enum status keycmd_start(struct keycmd *c, const struct keys *k,
	const char *command, struct err *err)
{
	char **env = clean_environment(k);
	int fds[2];
	int rc;

	if (env == NULL)
		return err_nomem(err);
	if (pipe(fds) != 0) {
		free(env);
		return err_sys(err, ST_FAIL, "cannot make a pipe");
	}
	(void)fcntl(fds[0], F_SETFD, FD_CLOEXEC);
	(void)fcntl(fds[1], F_SETFD, FD_CLOEXEC);
	rc = spawn(&c->pid, fds[1], command, env);
	(void)close(fds[1]);
	free(env);
	if (rc != 0) {
		(void)close(fds[0]);
		errno = rc;
		return err_sys(err, ST_CONFIG, "cannot run key command \"%s\"",
			command);
	}
	c->fd = fds[0];
	return ST_OK;
}

enum status keycmd_finish(
	struct keycmd *c, const char *command, struct err *err)
{
	int status;
	pid_t got;

	(void)close(c->fd);
	do
		got = waitpid(c->pid, &status, 0);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return err_sys(err, ST_CONFIG, "key command \"%s\"", command);
	if (!WIFEXITED(status))
		return err_set(err, ST_CONFIG,
			"key command \"%s\" was killed by signal %d", command,
			WTERMSIG(status));
	if (WEXITSTATUS(status) != 0)
		return err_set(err, ST_CONFIG,
			"key command \"%s\" failed with exit status %d",
			command, WEXITSTATUS(status));
	return ST_OK;
}
