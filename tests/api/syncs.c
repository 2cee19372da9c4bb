/*
 * syncs QUICK-URL SLOW-URL FOLDER: how often a conversation waits for the disk.
 * FOLDER is that of the vault. The slow server pauses for more than a second
 * between the pieces of its reply.
 */
#include <atllama.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define EXPORTED __attribute__((visibility("default")))

static atomic_int files; /* synced, from where a test begins to count */
static atomic_int folders;
static int failures;

static void count(int fd)
{
	struct stat sb;

	if (fstat(fd, &sb) == 0 && S_ISDIR(sb.st_mode))
		folders++;
	else
		files++;
}

/* In place of those of the C library, for the library under test as well. */
EXPORTED int fsync(int fd)
{
	count(fd);
	return (int)syscall(SYS_fsync, fd);
}

EXPORTED int fdatasync(int fd)
{
	count(fd);
	return (int)syscall(SYS_fdatasync, fd);
}

static void check(const char *what, int seen, int least, int most)
{
	if (seen >= least && seen <= most)
		return;
	(void)printf("%s: %d, not %d to %d\n", what, seen, least, most);
	failures++;
}

static atl_agent *agent_at(const char *url)
{
	atl_agent_options o = ATL_AGENT_OPTIONS_INIT;
	atl_agent *a = NULL;
	atl_error e;

	o.endpoint = url;
	if (atl_agent_create(&a, &o, &e) != ATL_OK) {
		(void)printf("create: %s\n", e.message);
		failures++;
	}
	return a;
}

/* One question and its reply; whole seconds that it took, in each of which what
 * has come of it may be synced. */
static int turn(atl_chat *chat)
{
	atl_message m = {.content = "And then?"};
	atl_reply *r = NULL;
	atl_error e;
	struct timespec from;
	struct timespec to;

	files = 0;
	folders = 0;
	(void)clock_gettime(CLOCK_MONOTONIC, &from);
	if (atl_chat_send(chat, &m, NULL, NULL, &r, &e) != ATL_OK) {
		(void)printf("send: %s\n", e.message);
		failures++;
	} else if (!atl_reply_saved(r)) {
		(void)printf("the reply was not saved\n");
		failures++;
	}
	(void)clock_gettime(CLOCK_MONOTONIC, &to);
	atl_reply_free(r);
	return (int)((to.tv_sec - from.tv_sec) * 1000 +
		       (to.tv_nsec - from.tv_nsec) / 1000000) /
		1000;
}

static void turns(atl_store *store, const char *quick, const char *slow)
{
	atl_agent *agents[] = {agent_at(quick), agent_at(slow)};
	atl_chat_options o = ATL_CHAT_OPTIONS_INIT;
	atl_chat *chat = NULL;
	atl_error e;
	char id[33];
	int seconds;

	/* The first one makes the index. */
	if (atl_chat_open(&chat, agents[0], store, NULL, &e) != ATL_OK)
		goto out;
	(void)turn(chat);
	atl_chat_close(chat);
	chat = NULL;

	if (atl_chat_open(&chat, agents[0], store, NULL, &e) != ATL_OK)
		goto out;
	seconds = turn(chat);
	check("files of a new conversation: question, its entry in the index, "
	      "reply",
		files, 3, 3 + seconds);
	check("folders of a new conversation", folders, 1, 1);
	seconds = turn(chat);
	check("files of a turn", files, 2, 2 + seconds);
	check("folders of a turn", folders, 0, 0);
	(void)snprintf(id, sizeof(id), "%s", atl_chat_id(chat));
	atl_chat_close(chat);
	chat = NULL;

	o.id = id;
	if (atl_chat_open(&chat, agents[1], store, &o, &e) != ATL_OK)
		goto out;
	seconds = turn(chat);
	check("files of a turn with a slow reply", files, 3, 3 + seconds);
	check("folders of a turn with a slow reply", folders, 0, 0);
out:
	if (chat == NULL) {
		(void)printf("open: %s\n", e.message);
		failures++;
	}
	atl_chat_close(chat);
	atl_agent_free(agents[0]);
	atl_agent_free(agents[1]);
}

/* So that none is made, and synced, with the first conversation in it. */
static void make_folders(const char *vault)
{
	char path[4096];
	unsigned i;

	(void)snprintf(path, sizeof(path), "%s/c", vault);
	(void)mkdir(path, 0700);
	for (i = 0; i < 256; i++) {
		(void)snprintf(path, sizeof(path), "%s/c/%02x", vault, i);
		(void)mkdir(path, 0700);
	}
}

int main(int argc, char **argv)
{
	atl_store *store = NULL;
	atl_error e;

	if (argc != 4) {
		(void)fprintf(
			stderr, "usage: syncs QUICK-URL SLOW-URL FOLDER\n");
		return 2;
	}
	if (atl_store_open(&store, NULL, &e) != ATL_OK) {
		(void)printf("store: %s\n", e.message);
		return 1;
	}
	make_folders(argv[3]);
	turns(store, argv[1], argv[2]);
	atl_store_close(store);
	return failures != 0;
}
