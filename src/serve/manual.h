/*
 * Sections of Markdown texts, and which of them answer a question.
 *
 * A section begins at a heading of one to three # outside of code and ends
 * before the next. A "Keywords:" line right behind the heading is for ranking
 * and not shown. Text before the first heading is a section under the name of
 * the text. A long section is cut into parts at blank lines, or at any line if
 * need be, all under its heading.
 */
#ifndef ATL_SERVE_MANUAL_H
#define ATL_SERVE_MANUAL_H

#include "base/buf.h"
#include "base/err.h"
#include "serve/rank.h"

#define MANUAL_FILE_MAX ((size_t)1024 * 1024)
#define MANUAL_FILES_MAX ((size_t)256)
#define MANUAL_PART_MAX ((size_t)4096) /* bytes of a section's part */

struct section {
	struct span title; /* without # */
	struct span keywords;
	struct span body; /* no blank lines around it */
};

struct manual {
	struct section *rows;
	size_t n;
	size_t cap;
	char **texts; /* texts that the rows point into */
	size_t n_texts;
	size_t cap_texts;
	struct rank *rank;
};

void manual_init(struct manual *m);
void manual_release(struct manual *m);

/* Adds the sections of a text. Copies both. */
enum status manual_add(
	struct manual *m, struct span name, struct span text, struct err *err);
/*
 * Adds every .md file of a folder in the order of their names, with the
 * synonyms from its file "synonyms", if there is one. ST_NOT_FOUND when no
 * section was found.
 */
enum status manual_read(struct manual *m, const char *dir, struct err *err);

/* Borrowed; NULL when there is none. */
const struct section *manual_titled(const struct manual *m, struct span title);
/* As rank_find. */
enum status manual_find(const struct manual *m, struct span question,
	struct rank_hit *hits, size_t max, size_t *ret_n, struct err *err);

#endif
