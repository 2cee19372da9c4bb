/*
 * Tables in text: CSV as RFC 4180 has it, and what people make of it.
 *
 * The delimiter (comma, semicolon, tab or bar) and whether the first row names
 * the columns are found out. Cells may be quoted, with doubled quotes and line
 * ends inside; lines end in LF, CR LF or CR; a byte order mark, empty lines and
 * a first line "sep=;" are taken off. Text that breaks the rules is read all
 * the same, and a list of problems with their lines tells how: nothing is left
 * out in silence. What cannot be a table (a NUL, another encoding, too large)
 * is refused. Pure; fit for threads.
 */
#ifndef ATL_TEXT_DATA_H
#define ATL_TEXT_DATA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/err.h"

#define DATA_TEXT_MAX BUF_LARGE
#define DATA_COLS_MAX ((size_t)1000)
/* Cells of a table, with those that short rows lack. */
#define DATA_CELLS_MAX ((size_t)16 * 1024 * 1024)
/* Problems that are kept; further ones are only counted. */
#define DATA_PROBLEMS_MAX 20

enum data_fault {
	DATA_SHORT, /* a row with too few cells: the others are missing */
	DATA_LONG, /* a row with too many cells: the last ones are left out */
	DATA_ABOVE, /* a line of one cell above the table, left out */
	DATA_QUOTE_OPEN, /* never closed: it is taken as a character */
	DATA_QUOTE_INSIDE, /* within an unquoted cell: the same */
	DATA_QUOTE_TEXT, /* text behind the closing quote: it is added */
};

struct data_problem {
	enum data_fault fault;
	size_t line; /* from 1 */
	size_t cells; /* for SHORT and LONG: cells it has */
};

struct data_cell {
	uint32_t at;
	uint32_t n;
};

struct data {
	struct buf text; /* the cells, without their quotes */
	struct data_cell *cells; /* rows of `cols`, the names first */
	size_t n_cells;
	size_t cap;
	size_t cols;
	size_t rows; /* without the row of names */
	bool named; /* the first row names the columns */
	char delimiter;
	struct data_problem problems[DATA_PROBLEMS_MAX];
	size_t n_problems; /* may be more than are kept */
};

void data_init(struct data *t);
void data_release(struct data *t);

/* Reads a text, which is not needed afterwards. ST_USAGE when it is not a
 * table. t is empty again after a failure. */
enum status data_read(
	struct data *t, struct span text, struct err *err) ATTR_MUST_CHECK;

/* The cell as written, without its quotes; empty where a row is short. */
struct span data_cell(const struct data *t, size_t row, size_t col);
/* Appends the name of a column: "column 3" for one without a name, and
 * "price (2)" for the second one of that name. */
void data_name(const struct data *t, size_t col, struct buf *out);
/* Finds the column of that name; ASCII case and blanks around it are ignored
 * when no name is exactly the same. False when there is none. */
bool data_find(const struct data *t, struct span name, size_t *ret_col);
/* Appends "line 7: 3 cells instead of 4". */
void data_problem_put(
	const struct data *t, const struct data_problem *p, struct buf *out);

#endif
