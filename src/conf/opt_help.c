#include <string.h>

#include "conf/opt.h"

enum {
	HELP_WIDTH = 80,
	HELP_COLUMN = 28, /* where the sentences begin */
};

/* Appends `text` word by word from column `at` on; further lines begin at
 * HELP_COLUMN. */
static void wrap(struct buf *out, size_t at, const char *text)
{
	struct span rest = span_str(text);

	while (rest.n > 0) {
		struct span word = span_cut(&rest, ' ');

		if (at > HELP_COLUMN && at + 1 + word.n > HELP_WIDTH) {
			buf_fmt(out, "\n%*s", HELP_COLUMN, "");
			at = HELP_COLUMN;
		} else if (at > HELP_COLUMN) {
			buf_char(out, ' ');
			at++;
		}
		buf_span(out, word);
		at += word.n;
	}
	buf_char(out, '\n');
}

static void help_row(const struct opt_row *row, struct buf *out)
{
	size_t start = out->len;
	size_t at;
	struct buf text;

	if (row->letter != 0)
		buf_fmt(out, "  -%c, --%s", row->letter, row->name);
	else
		buf_fmt(out, "      --%s", row->name);
	if (row->type == OPT_MAYBE)
		buf_fmt(out, "[=%s]", row->arg);
	else if (row->arg != NULL)
		buf_fmt(out, " %s", row->arg);
	at = out->len - start;
	if (at + 2 > HELP_COLUMN) {
		buf_char(out, '\n');
		at = 0;
	}
	buf_fmt(out, "%*s", (int)(HELP_COLUMN - at), "");
	buf_init(&text, BUF_SMALL);
	buf_str(&text, row->help);
	if (row->env != NULL)
		buf_fmt(&text, " [%s]", row->env);
	wrap(out, HELP_COLUMN, text.p);
	buf_release(&text);
}

void opt_help(const struct opt_table *t, unsigned where, struct buf *out)
{
	const char *group = "";
	size_t i;

	for (i = 0; i < t->n; i++) {
		const struct opt_row *row = &t->rows[i];

		if (where != 0 && row->where != 0 && (row->where & where) == 0)
			continue;
		if (strcmp(row->group, group) != 0) {
			group = row->group;
			buf_fmt(out, "\n%s:\n", group);
		}
		help_row(row, out);
	}
}

static const char *kind(const struct opt_row *row)
{
	switch (row->type) {
	case OPT_FLAG:
	case OPT_COUNT: return "none";
	case OPT_MAYBE: return "maybe";
	case OPT_PATH: return "file";
	case OPT_INT:
	case OPT_REAL: return "number";
	case OPT_TIME: return "time";
	case OPT_WORD: return "words";
	case OPT_STR:
	case OPT_LIST:
	case OPT_CALL: break;
	}
	/* Values named FILE or PATH are files, also in a list. */
	if (strcmp(row->arg, "FILE") == 0 || strcmp(row->arg, "PATH") == 0)
		return "file";
	return "text";
}

static const char *or_dash(const char *s)
{
	return s != NULL ? s : "-";
}

void opt_dump(const struct opt_table *t, struct buf *out)
{
	size_t i;

	for (i = 0; i < t->n; i++) {
		const struct opt_row *row = &t->rows[i];
		const struct opt_word *w = row->words;

		buf_fmt(out, "%c\t%s\t%s\t%s\t",
			row->letter != 0 ? row->letter : '-', row->name,
			or_dash(row->arg), kind(row));
		if (w == NULL)
			buf_char(out, '-');
		for (; w != NULL && w->name != NULL; w++)
			buf_fmt(out, "%s%s", w == row->words ? "" : ",",
				w->name);
		buf_fmt(out, "\t%x\t%s\t%s\t%s\n", row->where,
			or_dash(row->env), row->group, row->help);
	}
}
