/*
 * The command line of atllama: its options, its verbs and what they mean
 * together.
 *
 *	atllama [OPTIONS] [PROMPT...]	a chat, or one answer
 *	atllama VERB [OPTIONS] [...]
 *	@NAME [OPTIONS] [PROMPT...]	one answer of agent NAME, never a verb
 *
 * The first word, when it is a verb, is the verb. `ask` and "--" make the rest
 * a prompt. A verb with words that make no sense is a usage error which says
 * how to ask them.
 */
#ifndef ATL_APP_ARGS_H
#define ATL_APP_ARGS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/err.h"
#include "conf/agent.h"
#include "conf/opt.h"

enum verb {
	VERB_NONE = 0, /* no verb: words are a prompt; without words, a chat */
	VERB_ASK,
	VERB_CHAT,
	VERB_TASK,
	VERB_BATCH,
	VERB_TOUR,
	VERB_SERVE,
	VERB_LIST,
	VERB_SHOW,
	VERB_SEARCH,
	VERB_RENAME,
	VERB_DELETE,
	VERB_EXPORT,
	VERB_IMPORT,
	VERB_VERIFY,
	VERB_COMPACT,
	VERB_CACHE,
	VERB_PRESETS,
	VERB_MODELS,
	VERB_DOCTOR,
	VERB_KEY,
	VERB_SETUP,
	VERB_HELP,
};

/* In the order of --kdf. */
enum kdf_profile { KDF_DEFAULT = 0, KDF_LOW_MEMORY, KDF_HIGH, KDF_MINIMAL };

enum color_mode { COLOR_AUTO = 0, COLOR_ALWAYS, COLOR_NEVER };

/* Texts point into argv. Without its option a text is NULL and a number is not
 * set. */
struct args {
	enum verb verb;
	struct opt_list words; /* the prompt, or the verb's words */
	bool help;
	bool version;

	bool cont; /* -c */
	struct opt_maybe resume; /* -r; without a value: a picker */
	bool fork;
	bool private; /* store nothing */
	bool no_memory; /* send nothing of what is remembered */
	bool last; /* the latest conversation */
	bool yes;
	const char *since; /* search: as base/when takes it */
	const char *until;
	int role; /* search: 1 + enum role; 0: any */
	struct opt_int around; /* search: lines around a match */
	const char *older_than; /* delete: an age */
	bool html; /* export */
	bool keyless; /* verify */
	bool index; /* compact */

	struct agent_flags agent; /* -a -e -p -m -s -t -n, the link options */

	struct opt_list files; /* -f */
	const char *script; /* "-": standard input */
	bool no_stdin;
	const char *output; /* -o */
	bool json;
	bool jsonl;
	bool cache;
	bool check;
	bool as_completed; /* batch */
	bool save; /* batch */
	bool provider; /* batch */
	const char *collect; /* batch: an id */
	bool no_stream;
	const char *schema; /* a file */
	bool raw;
	bool plain;
	int reasoning; /* enum conf_reasoning */
	bool no_pager;
	bool safe;
	bool unsafe;
	int color; /* enum color_mode */
	bool dry_run;
	const char *record;
	const char *replay;
	struct opt_real replay_speed;
	bool strict;
	bool quiet;
	int verbose; /* how often -v was given */
	struct opt_int passphrase_fd;
	const char *key_file; /* NULL: the usual one */
	bool allow_kdf;

	const char *listen; /* serve */
	const char *token_file;
	struct opt_list allow_hosts;
	struct opt_list allow_origins;
	bool insecure_listen;
	struct opt_int jobs;
	struct opt_int connections;
	struct opt_int grace; /* ms */

	const char *template; /* task: its name */
	struct opt_list sets; /* task: "name=value" each */
	bool list; /* task: the templates */
	const char *out_folder; /* task: --out */
	bool plan_only; /* task */
	bool assume; /* task: asks nothing */
	struct opt_int rounds; /* task: rounds of revising what a check found */
	struct opt_int steps; /* task: most steps of a plan */
	struct opt_int token_limit; /* task */
	struct opt_int time_limit; /* task: ms */

	int kdf; /* key: enum kdf_profile */
	const char *label; /* key: of a new slot */
	bool recovery; /* key: with a recovery code */
	bool generate; /* key: a passphrase */
	struct opt_int timeout; /* key: minutes to stay unlocked */
};

void args_init(struct args *a);
void args_release(struct args *a);

/* Parses the command line. ST_USAGE with one line to print. Release a in any
 * case. After --help or --version nothing else is checked. */
enum status args_parse(struct args *a, int argc, char *const *argv,
	struct err *err) ATTR_MUST_CHECK;

/*
 * Parses "3", "3-5", "3-" or "-5": messages counted from 1. False when it is
 * none of these; *ret_last is SIZE_MAX for "to the end".
 */
bool args_range(struct span s, size_t *ret_first, size_t *ret_last);

/* Appends the words, joined by single spaces. */
void args_prompt(const struct args *a, struct buf *out);
/* The file of -o; NULL when output goes to standard output, as for "-". */
const char *args_output_file(const struct args *a);

/* Appends what --help prints: for one verb, or all for VERB_NONE. */
void args_help(enum verb verb, struct buf *out);
/* VERB_NONE when the word is not a verb. */
enum verb args_verb(struct span word);
/* The verb that a misspelt word of four letters or more may mean; NULL when
 * there is none. */
const char *args_near_verb(struct span word);
/* Appends option rows and verbs for programs: see opt_dump(); then the lines
 * "verb", name, words, help of each verb. */
void args_dump(struct buf *out);

#endif
