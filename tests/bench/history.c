/*
 * What saved conversations cost, against the least that could be done with the
 * same files.
 *
 *	atl-history FOLDER make CONVERSATIONS MESSAGES BYTES
 *	atl-history FOLDER list | search WORDS | open | resume | cat
 *
 * "make" fills a store; each of the others is run alone, so that its greatest
 * resident size is its own. "open" only opens each record with libsodium, in
 * two threads; "resume" reads the longest conversation, and "cat" the bytes of
 * its files. Each prints milliseconds, megabytes read and kilobytes resident.
 */
#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/le.h"
#include "base/vec.h"
#include "engine/session.h"
#include "store/catalog.h"
#include "store/journal.h"
#include "store/search.h"
#include "store/segment.h"

#define FILES_MAX ((size_t)1000 * 1000)

static struct vault *vault;
static struct catalog *catalog;

static void must(enum status st, const struct err *err)
{
	if (st == ST_OK)
		return;
	(void)fprintf(stderr, "%s\n", err->msg);
	exit(1);
}

static void open_store(const char *folder, bool make)
{
	static const uint8_t bytes[BOX_KEY] = {7};
	struct vault_params params = VAULT_PARAMS_DEFAULT;
	struct secret key = {0};
	struct vault_secret with = {.keyfile = &key};
	char data[512];
	char state[512];
	struct err err;

	(void)snprintf(data, sizeof(data), "%s/data", folder);
	(void)snprintf(state, sizeof(state), "%s/state", folder);
	must(box_init(&err), &err);
	if (!secret_set(&key, bytes, sizeof(bytes)))
		exit(1);
	if (make)
		must(vault_create(&vault, data, state, &with, &params, &err),
			&err);
	else
		must(vault_open(&vault, data, state, &err), &err);
	must(vault_unlock(vault, &with, &err), &err);
	must(catalog_open(vault, &catalog, &err), &err);
	secret_free(&key);
}

/* Words of a fixed random sequence; every thousandth conversation has a
 * "zebra". */
static void put_text(uint32_t *seed, size_t bytes, bool zebra, struct buf *out)
{
	static const char *const words[] = {"the", "river", "of", "stone",
		"answer", "model", "which", "carries", "Sediment", "and",
		"light", "to", "a", "question", "(see", "above)", "42",
		"because", "nothing", "was", "über", "lost\n"};

	buf_reset(out);
	if (zebra)
		buf_str(out, "a zebra ");
	while (out->len < bytes) {
		*seed = *seed * 1664525u + 1013904223u;
		buf_str(out, words[(*seed >> 16) % 22]);
		buf_char(out, ' ');
	}
}

/* What a reply brings besides its text. */
static void put_origin(struct msg *m)
{
	buf_str(&m->agent, "llama");
	buf_str(&m->model, "Llama-3.3-70B-Instruct-Q4_K_M");
	buf_str(&m->endpoint, "http://127.0.0.1:8080/v1");
	buf_str(&m->finish, "stop");
	m->outcome = OUTCOME_COMPLETE;
	m->usage = (struct usage){1200, 250, 1450};
}

static void make_conv(size_t number, size_t messages, size_t bytes)
{
	struct journal_with with = {vault, NULL, NULL, NULL};
	struct journal *j = NULL;
	struct id parent = {{0}};
	struct buf payload;
	uint32_t seed = (uint32_t)number;
	struct err err;
	size_t i;

	buf_init(&payload, BUF_LARGE);
	must(journal_create(&with, NULL, &j, &err), &err);
	for (i = 0; i < messages; i++) {
		struct msg *m = msg_new(i % 2 ? ROLE_ASSISTANT : ROLE_USER);
		struct record r;

		if (m == NULL)
			exit(1);
		box_random_id(&m->id);
		m->parent = parent;
		parent = m->id;
		m->time_ms = 1764000000000 + (int64_t)(number * messages + i);
		put_text(&seed, bytes, number % 1000 == 0 && i == 1, &m->text);
		if (m->role == ROLE_ASSISTANT)
			put_origin(m);
		buf_reset(&payload);
		must(record_of_msg(m, &payload, &r, &err), &err);
		must(journal_append(j, &r, false, &err), &err);
		msg_free(m);
	}
	journal_close(j);
	buf_release(&payload);
}

/*
 * The files, and the least that can be done with them
 */

struct files {
	char **path;
	size_t n;
	size_t cap;
	uint64_t bytes;
	size_t next;
	pthread_mutex_t mutex;
};

static void walk(struct files *f, const char *folder)
{
	DIR *dir = opendir(folder);
	struct dirent *de;

	while (dir != NULL && (de = readdir(dir)) != NULL) {
		char path[1024];
		struct stat sb;

		if (de->d_name[0] == '.')
			continue;
		(void)snprintf(path, sizeof(path), "%s/%s", folder, de->d_name);
		if (stat(path, &sb) != 0)
			continue;
		if (S_ISDIR(sb.st_mode)) {
			walk(f, path);
			continue;
		}
		if (!vec_grow(&f->path, &f->cap, f->n + 1, sizeof(*f->path),
			    FILES_MAX))
			exit(1);
		f->path[f->n++] = str_dup(path);
		f->bytes += (uint64_t)sb.st_size;
	}
	if (dir != NULL)
		(void)closedir(dir);
}

static void find_files(struct files *f)
{
	char folder[1024];

	memset(f, 0, sizeof(*f));
	(void)pthread_mutex_init(&f->mutex, NULL);
	(void)snprintf(folder, sizeof(folder), "%s/c", vault_dir(vault));
	walk(f, folder);
}

static void open_records(uint8_t *p, size_t n, struct segment *seg)
{
	size_t at = SEGMENT_HEADER;

	while (at + FRAME_HEAD <= n) {
		size_t body = le32_get(p + at + 4);
		size_t plain = body - BOX_TAG;
		uint8_t *c = p + at + FRAME_HEAD;

		memcpy(seg->ad + SEGMENT_AD - FRAME_AD, p + at, FRAME_AD);
		if (!box_open(c, c, plain, c + plain,
			    span_of(seg->ad, SEGMENT_AD), p + at + 16,
			    seg->keys.p))
			exit(1);
		at += FRAME_HEAD + body + FRAME_FOOT;
	}
}

static void *open_some(void *payload)
{
	struct files *f = payload;
	struct buf b;
	struct err err;

	buf_init(&b, (size_t)4 << 30);
	for (;;) {
		struct segment seg;
		size_t i;

		(void)pthread_mutex_lock(&f->mutex);
		i = f->next++;
		(void)pthread_mutex_unlock(&f->mutex);
		if (i >= f->n)
			break;
		buf_reset(&b);
		must(file_read(f->path[i], &b, &err), &err);
		must(segment_read(
			     &seg, vault, (uint8_t *)b.p, SEGMENT_HEADER, &err),
			&err);
		open_records((uint8_t *)b.p, b.len, &seg);
		segment_release(&seg);
	}
	buf_release(&b);
	return NULL;
}

static void run_open(struct files *f)
{
	pthread_t t[2];
	int i;

	for (i = 0; i < 2; i++)
		if (pthread_create(&t[i], NULL, open_some, f) != 0)
			exit(1);
	for (i = 0; i < 2; i++)
		(void)pthread_join(t[i], NULL);
}

/* The largest file is the longest conversation. */
static void run_cat(const struct files *f)
{
	static char chunk[128 * 1024];
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	size_t best = 0;
	off_t size = 0;
	ssize_t n;
	size_t i;
	int fd;

	for (i = 0; i < f->n; i++) {
		struct stat sb;

		if (stat(f->path[i], &sb) == 0 && sb.st_size > size) {
			size = sb.st_size;
			best = i;
		}
	}
	fd = open(f->path[best], O_RDONLY | O_CLOEXEC);
	while ((n = read(fd, chunk, sizeof(chunk))) > 0)
		(void)!write(null, chunk, (size_t)n);
	(void)close(fd);
	(void)close(null);
}

static enum status on_hit(
	const struct search_hit *h, void *payload, struct err *err)
{
	(void)h;
	(void)payload;
	(void)err;
	return ST_OK;
}

static size_t run_search(const char *words)
{
	struct match match;
	struct search_query q = {.match = &match,
		.any_role = true,
		.since_ms = INT64_MIN,
		.until_ms = INT64_MAX};
	struct search_ops ops = {.hit = on_hit};
	struct search_report report;
	struct err err;

	match_init(&match);
	must(match_words(&match, span_str(words), &err), &err);
	must(search_run(vault, catalog, &q, &ops, &report, &err), &err);
	match_release(&match);
	return report.hits;
}

static size_t run_list(void)
{
	const struct catalog_entry *e;
	struct err err;
	size_t n;

	must(catalog_list(catalog, &e, &n, &err), &err);
	return n;
}

/* The session stays, to be freed when the time has been taken. */
static size_t run_resume(const struct id *id, struct session **ret)
{
	struct session_options o = {.vault = vault, .catalog = catalog};
	struct err err;

	must(session_open(ret, &o, id, NULL, &err), &err);
	return session_conv(*ret)->n;
}

static struct id longest(void)
{
	const struct catalog_entry *e;
	struct err err;
	size_t best = 0;
	size_t n;
	size_t i;

	must(catalog_list(catalog, &e, &n, &err), &err);
	for (i = 0; i < n; i++)
		if (e[i].messages > e[best].messages)
			best = i;
	return e[best].id;
}

static void make(char **argv)
{
	size_t convs = strtoul(argv[3], NULL, 10);
	size_t messages = strtoul(argv[4], NULL, 10);
	size_t bytes = strtoul(argv[5], NULL, 10);
	size_t i;

	for (i = 0; i < convs; i++)
		make_conv(i, messages, bytes);
	(void)run_list();
}

int main(int argc, char **argv)
{
	struct session *session = NULL;
	struct files files;
	struct rusage use;
	struct id id = {{0}};
	int64_t begun;
	size_t found = 0;
	const char *what = argc > 2 ? argv[2] : "";

	if (argc < 3)
		return 2;
	open_store(argv[1], strcmp(what, "make") == 0);
	find_files(&files);
	if (strcmp(what, "resume") == 0)
		id = longest();
	begun = clock_mono_us();
	if (strcmp(what, "make") == 0 && argc == 6)
		make(argv);
	else if (strcmp(what, "list") == 0)
		found = run_list();
	else if (strcmp(what, "search") == 0 && argc == 4)
		found = run_search(argv[3]);
	else if (strcmp(what, "open") == 0)
		run_open(&files);
	else if (strcmp(what, "cat") == 0)
		run_cat(&files);
	else if (strcmp(what, "resume") == 0)
		found = run_resume(&id, &session);
	else
		return 2;
	begun = clock_mono_us() - begun;
	(void)getrusage(RUSAGE_SELF, &use);
	(void)printf("%s: %.1f ms, %zu found, %.0f MB, %ld kB resident\n", what,
		(double)begun / 1000, found, (double)files.bytes / 1e6,
		use.ru_maxrss);
	session_free(session);
	return 0;
}
