#include "app/complete.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "app/argword.h"
#include "app/command.h"
#include "app/complete_priv.h"
#include "app/repl.h"
#include "store/catalog.h"
#include "text/mention.h"
#include "tty/edit.h"

enum { FILES_MAX = 5000 };

void complete_offer(struct edit_words *words, const char *mark,
	struct span name, struct span typed)
{
	struct buf word;

	buf_init(&word, BUF_SMALL);
	buf_str(&word, mark);
	buf_span(&word, name);
	if (!word.bad && span_casestarts(buf_view(&word), typed))
		edit_offer(words, buf_view(&word));
	buf_release(&word);
}

void complete_commands(
	struct edit_words *words, const char *mark, struct span typed)
{
	size_t i;

	for (i = 0; i < commands_n; i++)
		complete_offer(words, mark, span_str(commands[i].name), typed);
}

/* The folder part of a path as it is opened; false when it cannot be. */
static bool put_folder(struct span path, struct buf *out)
{
	const char *home = getenv("HOME");
	size_t n = path.n;

	while (n > 0 && path.p[n - 1] != '/')
		n--;
	if (span_starts(path, "~/")) {
		if (home == NULL)
			return false;
		buf_str(out, home);
		path.p++;
		n--;
	}
	buf_add(out, path.p, n);
	return !out->bad;
}

/* A path that is being completed, and how its completions are written. */
struct place {
	struct edit_words *words;
	struct span path; /* as typed, without quotes */
	const struct buf *folder; /* as it is opened */
	bool mention; /* an @word; else the word of a command */
};

static void offer_file(const struct place *at, const struct dirent *e)
{
	struct buf full;
	struct buf word;
	struct stat sb;
	size_t keep = at->path.n;
	bool is_folder;

	while (keep > 0 && at->path.p[keep - 1] != '/')
		keep--;
	if (!span_casestarts(span_str(e->d_name),
		    span_of(at->path.p + keep, at->path.n - keep)) ||
		(e->d_name[0] == '.' && keep == at->path.n))
		return;
	buf_init(&full, BUF_SMALL);
	buf_init(&word, BUF_SMALL);
	buf_fmt(&full, "%s%s", at->folder->p, e->d_name);
	is_folder = !full.bad && stat(full.p, &sb) == 0 && S_ISDIR(sb.st_mode);
	buf_reset(&full);
	buf_add(&full, at->path.p, keep);
	buf_fmt(&full, "%s%s", e->d_name, is_folder ? "/" : "");
	if (at->mention)
		mention_put_path(buf_view(&full), &word);
	else
		argword_put(buf_view(&full), &word);
	if (!word.bad && !full.bad) {
		if (is_folder)
			edit_append(at->words, '\0');
		edit_offer(at->words, buf_view(&word));
	}
	buf_release(&full);
	buf_release(&word);
}

void complete_files(struct span typed, bool mention, struct edit_words *words)
{
	struct buf path;
	struct buf folder;
	struct place at = {.words = words, .folder = &folder};
	struct dirent *e;
	DIR *d = NULL;
	size_t seen = 0;

	buf_init(&path, BUF_SMALL);
	buf_init(&folder, BUF_SMALL);
	if (mention)
		mention_path(span_of(typed.p + 1, typed.n - 1), &path);
	else
		(void)argword_next(&typed, &path);
	at.path = buf_view(&path);
	at.mention = mention;
	if (!path.bad && put_folder(at.path, &folder))
		d = opendir(folder.len > 0 ? folder.p : ".");
	while (d != NULL && (e = readdir(d)) != NULL && seen++ < FILES_MAX)
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			offer_file(&at, e);
	if (d != NULL)
		(void)closedir(d);
	buf_release(&path);
	buf_release(&folder);
}

/* Saved conversations by the beginning of their ids, the newest first. */
static void offer_chats(
	const struct repl *r, struct span typed, struct edit_words *words)
{
	enum { SHOWN = 30, SHORT_ID = 8 };
	const struct catalog_entry *e;
	size_t n;
	size_t i;

	if (r->app->storage.catalog == NULL ||
		catalog_list(r->app->storage.catalog, &e, &n, NULL) != ST_OK)
		return;
	for (i = 0; i < n && i < SHOWN; i++) {
		char hex[ID_HEX + 1];

		id_hex(&e[i].id, hex);
		complete_offer(words, "@chat:", span_of(hex, SHORT_ID), typed);
	}
}

static bool is_path(struct span word)
{
	return span_starts(word, "@./") || span_starts(word, "@../") ||
		span_starts(word, "@/") || span_starts(word, "@~/");
}

size_t complete_last_word(struct span text, size_t from)
{
	size_t at = text.n;

	while (at > from &&
		((text.p[at - 1] != ' ' && text.p[at - 1] != '\n') ||
			(at > from + 1 && text.p[at - 2] == '\\')))
		at--;
	return at;
}

static void offer_agents(
	const struct repl *r, struct span typed, struct edit_words *words)
{
	const char *name;
	size_t i;

	for (i = 0; (name = agent_name_at(&r->app->config, i)) != NULL; i++)
		complete_offer(words, "@", span_str(name), typed);
	complete_offer(words, "@", span_str("last"), typed);
}

size_t complete_line(struct span text, size_t cursor, struct edit_words *words,
	void *payload)
{
	struct repl *r = payload;
	struct span typed;
	size_t start;

	if (cursor > 0 && text.p[0] == '/' &&
		memchr(text.p, ' ', cursor) != NULL)
		return complete_args(r, span_of(text.p, cursor), words);
	start = complete_last_word(span_of(text.p, cursor), 0);
	typed = span_of(text.p + start, cursor - start);
	if (start == 0 && span_starts(typed, "/"))
		complete_commands(words, "/", typed);
	else if (is_path(typed))
		complete_files(typed, true, words);
	else if (span_starts(typed, "@chat:"))
		offer_chats(r, typed, words);
	else if (span_starts(text, "!") && start > 0)
		complete_files(typed, false, words);
	else if (span_starts(typed, "@"))
		offer_agents(r, typed, words);
	return start;
}
