/*
 * Command line options as a table.
 *
 * A row says everything about an option: its names, the type and limits of its
 * value, where in the caller's struct the value goes, and its line of help. The
 * parser, --help, the completions and the tests that hold the manual to them
 * all read the same rows.
 *
 * The grammar is getopt_long's, but for abbreviations, which are not taken:
 * -q, -qv, -mNAME, -m NAME, --model=NAME, --model NAME, options and words in
 * any order, "--" before words that look like options, "-" a word. An optional
 * value must be attached: -rID, --resume=ID. Pure; fit for threads.
 */
#ifndef ATL_CONF_OPT_H
#define ATL_CONF_OPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/err.h"

/* Values that know whether they were given. Texts are NULL when not given;
 * those of the parser point into argv. */
struct opt_int {
	bool set;
	int64_t v;
};

struct opt_real {
	bool set;
	double v;
};

struct opt_maybe {
	bool set;
	const char *v; /* NULL: given without its optional value */
};

struct opt_list {
	const char **v; /* the array is owned, the texts are not */
	size_t n;
	size_t cap;
};

#define OPT_LIST_MAX ((size_t)65536)

enum opt_type {
	OPT_FLAG, /* no value; stored in bool */
	OPT_COUNT, /* no value; counts in int */
	OPT_STR, /* const char * */
	OPT_PATH, /* const char *; completes as a file, never empty */
	OPT_INT, /* struct opt_int, lo to hi */
	OPT_REAL, /* struct opt_real, lo to hi */
	OPT_TIME, /* seconds, decimal; struct opt_int in ms; lo, hi in s */
	OPT_WORD, /* int: the value of one of the words */
	OPT_MAYBE, /* struct opt_maybe: the value is optional */
	OPT_LIST, /* struct opt_list: may be given again */
	OPT_CALL, /* the row's function checks and stores */
};

struct opt_word {
	const char *name; /* NULL ends the array */
	int value;
};

/* Stores `value` at `at`; its error message needs no prefix. */
typedef enum status opt_call_fn(void *at, const char *value, struct err *err);

struct opt_row {
	char letter; /* 0: long name only */
	bool many; /* OPT_CALL: may be given again, as OPT_LIST may */
	bool last; /* nothing behind it is parsed: --help, --version */
	enum opt_type type;
	const char *name; /* long name without dashes */
	const char *arg; /* name of the value in help; NULL: takes none */
	size_t at; /* offset in the caller's struct */
	double lo; /* limits of OPT_INT, OPT_REAL, OPT_TIME */
	double hi;
	const struct opt_word *words; /* of OPT_WORD */
	opt_call_fn *call; /* of OPT_CALL */
	unsigned where; /* the caller's bits: what it goes with; 0 all */
	const char *env; /* variable that does the same; help only */
	const char *group; /* heading in help; rows of one stand together */
	const char *help; /* one sentence without a full stop */
};

#define OPT_ROWS_MAX 128

struct opt_table {
	const struct opt_row *rows;
	size_t n; /* at most OPT_ROWS_MAX */
};

struct opt_parsed {
	struct opt_list words; /* all words that are not options, in order */
	size_t literal; /* how many words stood before "--"; SIZE_MAX
			   without a "--" */
	unsigned char seen[OPT_ROWS_MAX]; /* by row; counts up to 255 */
	bool stopped; /* at a row with `last` */
};

void opt_parsed_init(struct opt_parsed *p);
void opt_parsed_release(struct opt_parsed *p);

/*
 * Parses argv[1] and what follows into `into`, which the caller has filled
 * with zeros or defaults. ST_USAGE with one line that names the option; values
 * parsed before it stay stored, so `into` is released as usual.
 */
enum status opt_parse(const struct opt_table *t, int argc, char *const *argv,
	void *into, struct opt_parsed *ret, struct err *err) ATTR_MUST_CHECK;

/*
 * Checks `value` and stores it where the row says, for every type that takes a
 * value, and for OPT_FLAG yes or no: the configuration file has the same types.
 * The message says what is wrong with the value and needs a prefix.
 */
enum status opt_store(const struct opt_row *row, void *into, const char *value,
	struct err *err) ATTR_MUST_CHECK;

/* A decimal number without exponent, the same in every locale. */
bool opt_decimal(struct span s, double *ret);

enum status opt_list_add(struct opt_list *l, const char *v, struct err *err);
void opt_list_release(struct opt_list *l);

/* The groups of options as text for a terminal of 80 columns. `where` picks
 * the rows that go with it; 0 all of them. */
void opt_help(const struct opt_table *t, unsigned where, struct buf *out);

/*
 * The table for programs, a row a line, fields parted by tabs: letter, name,
 * value name, kind (none, maybe, text, file, number, time, words), words
 * parted by commas, where as hexadecimal, variable, group, help. An empty field
 * is "-".
 */
void opt_dump(const struct opt_table *t, struct buf *out);

#endif
