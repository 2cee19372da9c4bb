/*
 * The rows behind the command line: every option and every verb of atllama,
 * read for parsing, help, completions and the checks of the manual.
 */
#ifndef ATL_APP_OPTIONS_H
#define ATL_APP_OPTIONS_H

#include <stddef.h>

#include "app/args.h"
#include "conf/opt.h"

#define VERBS_N (VERB_HELP + 1)

/* The bit of a verb in the `where` of a row. */
#define VERB_BIT(verb) (1u << (verb))

struct verb_row {
	const char *name;
	const char *arg; /* its words in help; "" for none */
	size_t max; /* words it takes at most */
	const char *help;
};

extern const struct opt_table options_table; /* stores into struct args */
extern const struct verb_row options_verbs[VERBS_N]; /* by enum verb */

#endif
