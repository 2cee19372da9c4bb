#include "serve/manual.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/utf8.h"
#include "base/vec.h"

void manual_init(struct manual *m)
{
	*m = (struct manual){.rows = NULL};
}

void manual_release(struct manual *m)
{
	size_t i;

	for (i = 0; i < m->n_texts; i++)
		free(m->texts[i]);
	free(m->texts);
	free(m->rows);
	rank_free(m->rank);
	manual_init(m);
}

static enum status need_rank(struct manual *m, struct err *err)
{
	if (m->rank == NULL)
		m->rank = rank_new();
	return m->rank != NULL ? ST_OK : err_nomem(err);
}

static enum status add_row(
	struct manual *m, const struct section *s, struct err *err)
{
	if (s->body.n == 0)
		return ST_OK;
	if (!vec_grow(&m->rows, &m->cap, m->n + 1, sizeof(*m->rows),
		    RANK_SECTIONS_MAX))
		return err_set(err, ST_FAIL, "too many sections");
	m->rows[m->n++] = *s;
	return rank_add(m->rank, s->title, s->keywords, s->body, err);
}

/* How much of the body goes into the next part: up to the last blank line that
 * fits, else the last line, else the limit. */
static size_t part_length(struct span body)
{
	size_t at;
	size_t line = 0;

	if (body.n <= MANUAL_PART_MAX)
		return body.n;
	for (at = MANUAL_PART_MAX; at > 1; at--) {
		if (body.p[at - 1] != '\n')
			continue;
		if (body.p[at - 2] == '\n')
			return at;
		if (line == 0)
			line = at;
	}
	return line > 0 ? line : utf8_floor(body, MANUAL_PART_MAX);
}

/* Cuts blank lines at both ends; the first line keeps its indentation. */
static struct span trim_lines(struct span s)
{
	struct span whole = s;

	while (s.n > 0) {
		struct span line = span_cut(&whole, '\n');

		if (span_trim(line).n > 0)
			break;
		s = whole;
	}
	while (s.n > 0 && span_trim(span_of(s.p + s.n - 1, 1)).n == 0)
		s.n--;
	return s;
}

static enum status add_section(
	struct manual *m, struct span title, struct span text, struct err *err)
{
	struct section s = {.title = title};
	struct span body = trim_lines(text);
	enum status st = ST_OK;

	if (span_starts(body, "Keywords:")) {
		s.keywords = span_cut(&body, '\n');
		(void)span_cut(&s.keywords, ':');
		body = trim_lines(body);
	}
	while (st == ST_OK && body.n > 0) {
		size_t n = part_length(body);

		s.body = trim_lines(span_of(body.p, n));
		st = add_row(m, &s, err);
		body = span_of(body.p + n, body.n - n);
	}
	return st;
}

static bool is_fence(struct span line)
{
	return span_starts(line, "```") || span_starts(line, "~~~");
}

/* The text of a heading; empty for any other line. */
static struct span heading(struct span line)
{
	size_t level = 0;

	while (level < line.n && line.p[level] == '#')
		level++;
	if (level < 1 || level > 3 || level == line.n || line.p[level] != ' ')
		return (struct span){NULL, 0};
	return span_trim(span_of(line.p + level, line.n - level));
}

static enum status add_text(
	struct manual *m, struct span title, struct span text, struct err *err)
{
	const char *start = text.p; /* start of the present section */
	const char *end = text.p + text.n;
	bool fenced = false;
	bool blank = true; /* the line before was blank */
	enum status st;

	while (text.n > 0) {
		struct span line = span_cut(&text, '\n');
		struct span next = {NULL, 0};

		if (is_fence(line))
			fenced = !fenced;
		else if (!fenced && blank)
			next = heading(line);
		blank = span_trim(line).n == 0;
		if (next.n == 0)
			continue;
		st = add_section(m, title,
			span_of(start, (size_t)(line.p - start)), err);
		if (st != ST_OK)
			return st;
		title = next;
		start = line.p + line.n;
	}
	/* Empty when the last line was the heading itself. */
	return add_section(
		m, title, span_of(start, (size_t)(end - start)), err);
}

enum status manual_add(
	struct manual *m, struct span name, struct span text, struct err *err)
{
	enum status st = need_rank(m, err);
	char *copies[2] = {NULL, NULL};

	if (st != ST_OK)
		return st;
	if (!vec_grow(&m->texts, &m->cap_texts, m->n_texts + 2,
		    sizeof(*m->texts), 2 * MANUAL_FILES_MAX))
		return err_set(err, ST_FAIL, "too many texts in the manual");
	copies[0] = mem_dup(name.p, name.n);
	copies[1] = mem_dup(text.p, text.n);
	if (copies[0] == NULL || copies[1] == NULL) {
		free(copies[0]);
		free(copies[1]);
		return err_nomem(err);
	}
	m->texts[m->n_texts++] = copies[0];
	m->texts[m->n_texts++] = copies[1];
	return add_text(
		m, span_of(copies[0], name.n), span_of(copies[1], text.n), err);
}

static enum status read_synonyms(
	struct manual *m, const char *dir, struct err *err)
{
	struct buf path;
	struct buf text;
	enum status st;

	buf_init(&path, BUF_SMALL);
	buf_init(&text, MANUAL_FILE_MAX);
	buf_fmt(&path, "%s/synonyms", dir);
	st = buf_check(&path, "the guide's path", err);
	if (st == ST_OK)
		st = file_read(path.p, &text, err);
	if (st == ST_OK)
		st = rank_synonyms(m->rank, buf_view(&text), err);
	else if (st == ST_NOT_FOUND)
		st = ST_OK;
	buf_release(&path);
	buf_release(&text);
	return st;
}

static enum status read_page(
	struct manual *m, const char *dir, const char *name, struct err *err)
{
	struct buf path;
	struct buf text;
	enum status st;

	buf_init(&path, BUF_SMALL);
	buf_init(&text, MANUAL_FILE_MAX);
	buf_fmt(&path, "%s/%s", dir, name);
	st = buf_check(&path, "the guide's path", err);
	if (st == ST_OK)
		st = file_read(path.p, &text, err);
	if (st == ST_OK)
		st = manual_add(m, span_str(name), buf_view(&text), err);
	buf_release(&path);
	buf_release(&text);
	return st;
}

static int is_page(const struct dirent *entry)
{
	size_t n = strlen(entry->d_name);

	return n > 3 && entry->d_name[0] != '.' &&
		strcmp(entry->d_name + n - 3, ".md") == 0;
}

/* Byte order, so that the same folder reads the same in every locale. */
static int cmp_entry(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

enum status manual_read(struct manual *m, const char *dir, struct err *err)
{
	struct dirent **names = NULL;
	enum status st;
	int n;
	int i;

	st = need_rank(m, err);
	if (st != ST_OK)
		return st;
	n = scandir(dir, &names, is_page, cmp_entry);
	if (n < 0)
		return err_sys(err, errno == ENOENT ? ST_NOT_FOUND : ST_IO,
			"cannot read the guide's folder \"%s\"", dir);
	st = read_synonyms(m, dir, err);
	for (i = 0; i < n; i++) {
		if (st == ST_OK)
			st = read_page(m, dir, names[i]->d_name, err);
		free(names[i]);
	}
	free(names);
	if (st == ST_OK && m->n == 0)
		st = err_set(err, ST_NOT_FOUND,
			"the guide has no pages in \"%s\"", dir);
	return st;
}

const struct section *manual_titled(const struct manual *m, struct span title)
{
	size_t i;

	for (i = 0; i < m->n; i++)
		if (span_eq(m->rows[i].title, title))
			return &m->rows[i];
	return NULL;
}

enum status manual_find(const struct manual *m, struct span question,
	struct rank_hit *hits, size_t max, size_t *ret_n, struct err *err)
{
	if (m->rank == NULL) {
		*ret_n = 0;
		return ST_OK;
	}
	return rank_find(m->rank, question, hits, max, ret_n, err);
}
