#include "lint/shells.h"

#include <string.h>

#include "app/key_words.h"
#include "app/options.h"

static bool is_file(const struct opt_row *row)
{
	return row->arg != NULL &&
		(strcmp(row->arg, "FILE") == 0 ||
			strcmp(row->arg, "PATH") == 0);
}

static bool is_folder(const struct opt_row *row)
{
	return row->arg != NULL && strcmp(row->arg, "FOLDER") == 0;
}

/* Prints the names that there are for option $1; without a single quote, so
 * that every shell can hand it to sh as it is. */
#define CONFIG "${XDG_CONFIG_HOME:-$HOME/.config}/atllama"
#define NAMES                                                                  \
	"\n"                                                                   \
	"	case $1 in\n"                                                        \
	"	agent)\n"                                                            \
	"		printf \"%s\\n\" llama guide coder critic writer\n"                 \
	"		ls \"" CONFIG "/agents\"\n"                            \
	"		sed -n "                                                            \
	"\"s/"                                                                 \
	"^[[:blank:]]*agent[[:blank:]][[:blank:]]*\\([A-Za-z][A-Za-z0-9_-]*"   \
	"\\).*/"                                                               \
	"\\1/p\" \"" CONFIG "/config\" ;;\n"                                   \
	"	style)\n"                                                            \
	"		printf \"%s\\n\" assistant collaborative concise "                  \
	"educational professional\n"                                           \
	"		ls \"" CONFIG "/styles\" | sed \"s/[.]md$//\" ;;\n"    \
	"	preset)\n"                                                           \
	"		atllama presets |\n"                                                \
	"			sed -n \"/^Of your/q; s/^  \\([^ ]*\\).*/"                         \
	"\\1/p\" ;;\n"                                                         \
	"	endpoint)\n"                                                         \
	"		atllama presets | sed -n \"/^Of your/,/^$/"                         \
	"s/^  \\([^ ]*\\).*/\\1/p\" ;;\n"                                      \
	"	template)\n"                                                         \
	"		atllama task --list |\n"                                            \
	"			sed -n \"s/^\\([^ ][^ ]*\\).*/\\1/p\" ;;\n"                        \
	"	esac 2>/dev/null"

/* What verbs take besides options. */
#define INIT_KINDS "passphrase key-file both"
#define ADD_KINDS INIT_KINDS " recovery"
#define CACHE_WORDS "status clear"

static bool is_named(const struct opt_row *row)
{
	static const char *const names[] = {
		"agent", "endpoint", "preset", "style", "template"};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(row->name, names[i]) == 0)
			return true;
	return false;
}

static bool needs_value(const struct opt_row *row)
{
	return row->arg != NULL && row->type != OPT_MAYBE;
}

/* "auto always never" */
static void put_words(const struct opt_row *row, struct buf *out)
{
	const struct opt_word *w;

	for (w = row->words; w != NULL && w->name != NULL; w++)
		buf_fmt(out, "%s%s", w == row->words ? "" : " ", w->name);
}

static bool goes_with(const struct opt_row *row, size_t verb)
{
	return row->where == 0 || (row->where & VERB_BIT(verb)) != 0;
}

static const char *verb_name(size_t verb)
{
	return verb == VERB_NONE ? "none" : options_verbs[verb].name;
}

static void put_verbs(const char *separator, struct buf *out)
{
	size_t i;

	for (i = VERB_NONE + 1; i < VERBS_N; i++)
		buf_fmt(out, "%s%s", i == VERB_NONE + 1 ? "" : separator,
			options_verbs[i].name);
}

/* The verbs that an option goes with. */
static void put_where(
	const struct opt_row *row, const char *separator, struct buf *out)
{
	const char *before = "";
	size_t i;

	for (i = VERB_NONE; i < VERBS_N; i++) {
		if (!goes_with(row, i))
			continue;
		buf_fmt(out, "%s%s", before, verb_name(i));
		before = separator;
	}
}

/* What can follow "key". */
static void put_key_words(struct buf *out)
{
	size_t i;

	for (i = 0; key_word(i) != NULL; i++)
		buf_fmt(out, "%s%s", i == 0 ? "" : " ", key_word(i));
}

/* "-f|--file" */
static void put_pattern(const struct opt_row *row, struct buf *out)
{
	if (row->letter != 0)
		buf_fmt(out, "-%c|", row->letter);
	buf_fmt(out, "--%s", row->name);
}

/* The `case` patterns of all rows that `pick` picks. */
static void put_case(bool (*pick)(const struct opt_row *), struct buf *out)
{
	const char *sep = "\t";
	size_t i;

	for (i = 0; i < options_table.n; i++) {
		const struct opt_row *row = &options_table.rows[i];

		if (!pick(row))
			continue;
		buf_str(out, sep);
		put_pattern(row, out);
		sep = "|\\\n\t";
	}
	buf_str(out, ")\n");
}

static bool is_free(const struct opt_row *row)
{
	return needs_value(row) && !is_file(row) && row->words == NULL &&
		!is_named(row) && !is_folder(row);
}

/* The options of each verb. */
static void bash_options(struct buf *out)
{
	size_t verb;
	size_t i;

	for (verb = VERB_NONE; verb < VERBS_N; verb++) {
		buf_fmt(out, "\t\t%s) words='", verb_name(verb));
		for (i = 0; i < options_table.n; i++) {
			const struct opt_row *row = &options_table.rows[i];

			if (!goes_with(row, verb))
				continue;
			buf_fmt(out, " --%s", row->name);
			if (row->letter != 0)
				buf_fmt(out, " -%c", row->letter);
		}
		buf_str(out, "' ;;\n");
	}
}

/* What follows an option that takes a value. */
static void bash_values(struct buf *out)
{
	size_t i;

	buf_str(out, "\tcase $prev in\n");
	put_case(is_file, out);
	buf_str(out, "\t\t_atllama_paths -f\n\t\treturn ;;\n");
	put_case(is_folder, out);
	buf_str(out, "\t\t_atllama_paths -d\n\t\treturn ;;\n");
	put_case(is_free, out);
	buf_str(out, "\t\treturn ;;\n");
	for (i = 0; i < options_table.n; i++) {
		const struct opt_row *row = &options_table.rows[i];

		if (row->words == NULL && !is_named(row))
			continue;
		buf_char(out, '\t');
		put_pattern(row, out);
		buf_str(out, ") words=");
		if (is_named(row)) {
			buf_fmt(out, "$(_atllama_names %s)", row->name);
		} else {
			buf_char(out, '\'');
			put_words(row, out);
			buf_char(out, '\'');
		}
		buf_str(out, " ;;\n");
	}
	buf_str(out, "\t*) return 1 ;;\n\tesac\n");
}

/* What stands behind a verb. */
static void bash_words(struct buf *out)
{
	buf_str(out,
		"\tcase $COMP_CWORD:$verb:${COMP_WORDS[2]} in\n"
		"\t\t2:key:*) words='");
	put_key_words(out);
	buf_str(out,
		"' ;;\n"
		"\t\t3:key:init) words='" INIT_KINDS "' ;;\n"
		"\t\t3:key:add) words='" ADD_KINDS "' ;;\n"
		"\t\t2:cache:*) words='" CACHE_WORDS "' ;;\n"
		"\t\t2:presets:*) words=$(_atllama_names preset) ;;\n"
		"\t\t2:help:*) words='");
	put_verbs(" ", out);
	buf_str(out,
		"' ;;\n"
		"\t\t*:batch:*|*:import:*) _atllama_paths -f; return ;;\n"
		"\tesac\n");
}

void shells_bash(struct buf *out)
{
	buf_str(out,
		"# bash completion for atllama. Made from the table of "
		"options; "
		"a test\n# compares the two.\n"
		"# shellcheck shell=bash\n\n"
		"_atllama_names()\n{\n\tsh -c '" NAMES "' - \"$1\"\n}\n\n"
		"_atllama_paths()\n{\n"
		"\tmapfile -t COMPREPLY < <(compgen \"$1\" -- \"$cur\")\n"
		"\tcompopt -o filenames 2>/dev/null\n"
		"}\n\n"
		"# The values of an option before the word; false when there "
		"is none.\n"
		"_atllama_values()\n{\n");
	bash_values(out);
	buf_str(out,
		"}\n\n"
		"_atllama()\n{\n"
		"\tlocal cur=${COMP_WORDS[COMP_CWORD]}\n"
		"\tlocal prev=${COMP_WORDS[COMP_CWORD - 1]}\n"
		"\tlocal verb=none words=\n\n"
		"\tCOMPREPLY=()\n"
		"\tif [[ ${COMP_WORDS[0]} != *@* ]] && "
		"((COMP_CWORD > 1)); then\n"
		"\t\tcase ${COMP_WORDS[1]} in\n"
		"\t\t");
	put_verbs("|", out);
	buf_str(out,
		") verb=${COMP_WORDS[1]} ;;\n"
		"\t\tesac\n"
		"\tfi\n"
		"\tif _atllama_values; then\n"
		"\t\t:\n"
		"\telif [[ $cur == -* ]]; then\n"
		"\t\tcase $verb in\n");
	bash_options(out);
	buf_str(out,
		"\t\tesac\n"
		"\telif ((COMP_CWORD > 1)); then\n"
		"\t");
	bash_words(out);
	buf_str(out,
		"\telif [[ ${COMP_WORDS[0]} != *@* ]]; then\n"
		"\t\twords='");
	put_verbs(" ", out);
	buf_str(out,
		"'\n"
		"\tfi\n"
		"\t[[ -z $words ]] ||\n"
		"\t\tmapfile -t COMPREPLY < "
		"<(compgen -W \"$words\" -- \"$cur\")\n"
		"}\n\n"
		"complete -F _atllama atllama @llama\n");
}

/* For zsh: inside '...' of a spec of _arguments. */
static void put_zsh_text(const char *s, struct buf *out)
{
	for (; *s != '\0'; s++) {
		if (strchr("[]:\\", *s) != NULL)
			buf_char(out, '\\');
		if (*s == '\'')
			buf_str(out, "'\\'");
		buf_char(out, *s);
	}
}

static void zsh_row(const struct opt_row *row, struct buf *out)
{
	bool again = row->many || row->type == OPT_LIST ||
		row->type == OPT_COUNT;
	const char *equals = row->type == OPT_MAYBE ? "=-"
		: needs_value(row)		    ? "="
						    : "";

	buf_char(out, '\t');
	if (row->where != 0) {
		buf_str(out, "[[ $verb == (");
		put_where(row, "|", out);
		buf_str(out, ") ]] && ");
	}
	buf_str(out, "specs+=(");
	if (row->letter != 0 && again)
		buf_fmt(out, "'*'{-%c%s,--%s%s}'", row->letter,
			needs_value(row) ? "+" : "", row->name, equals);
	else if (row->letter != 0)
		buf_fmt(out, "'(-%c --%s)'{-%c%s,--%s%s}'", row->letter,
			row->name, row->letter,
			row->type == OPT_MAYBE	   ? "-"
				: needs_value(row) ? "+"
						   : "",
			row->name, equals);
	else
		buf_fmt(out, "'%s--%s%s", again ? "*" : "", row->name, equals);
	buf_char(out, '[');
	put_zsh_text(row->help, out);
	buf_char(out, ']');
	if (row->arg != NULL) {
		buf_str(out, row->type == OPT_MAYBE ? "::" : ":");
		put_zsh_text(row->arg, out);
		buf_char(out, ':');
		if (is_file(row)) {
			buf_str(out, "_files");
		} else if (is_folder(row)) {
			buf_str(out, "_files -/");
		} else if (is_named(row)) {
			buf_fmt(out, " _atllama_names %s", row->name);
		} else if (row->words != NULL) {
			buf_char(out, '(');
			put_words(row, out);
			buf_char(out, ')');
		}
	}
	buf_str(out, "')\n");
}

static void zsh_words(struct buf *out)
{
	buf_str(out,
		"_atllama_words() {\n"
		"\tcase $CURRENT:$verb:$words[3] in\n"
		"\t2:*) [[ $service == @* ]] || _atllama_verbs ;;\n"
		"\t3:key:*) compadd ");
	put_key_words(out);
	buf_str(out,
		" ;;\n"
		"\t4:key:init) compadd " INIT_KINDS " ;;\n"
		"\t4:key:add) compadd " ADD_KINDS " ;;\n"
		"\t3:cache:*) compadd " CACHE_WORDS " ;;\n"
		"\t3:presets:*) _atllama_names preset ;;\n"
		"\t3:help:*) _atllama_verbs ;;\n"
		"\t*:batch:*|*:import:*) _files ;;\n"
		"\t*) _message prompt ;;\n"
		"\tesac\n"
		"}\n\n");
}

void shells_zsh(struct buf *out)
{
	size_t i;

	buf_str(out,
		"#compdef atllama @llama\n"
		"# zsh completion for atllama. Made from the table of options; "
		"a test\n# compares the two.\n\n"
		"_atllama_names() {\n"
		"\tlocal -a names\n"
		"\tnames=(${(f)\"$(sh -c '" NAMES "' - $1)\"})\n"
		"\tcompadd -a names\n"
		"}\n\n"
		"_atllama_verbs() {\n"
		"\tlocal -a verbs=(\n");
	for (i = VERB_NONE + 1; i < VERBS_N; i++) {
		buf_fmt(out, "\t\t'%s:", options_verbs[i].name);
		put_zsh_text(options_verbs[i].help, out);
		buf_str(out, "'\n");
	}
	buf_str(out,
		"\t)\n"
		"\t_describe verb verbs\n"
		"}\n\n");
	zsh_words(out);
	buf_str(out,
		"_atllama() {\n"
		"\tlocal verb=none\n"
		"\tlocal -a specs\n\n"
		"\t[[ $service != @* && CURRENT -gt 2 &&\n"
		"\t\t$words[2] == (");
	put_verbs("|", out);
	buf_str(out, ") ]] && verb=$words[2]\n");
	for (i = 0; i < options_table.n; i++)
		zsh_row(&options_table.rows[i], out);
	buf_str(out,
		"\t_arguments -s -S $specs '*: :_atllama_words'\n"
		"}\n\n"
		"_atllama \"$@\"\n");
}

/* For fish: inside '...'. */
static void put_fish_text(const char *s, struct buf *out)
{
	for (; *s != '\0'; s++) {
		if (*s == '\'' || *s == '\\')
			buf_char(out, '\\');
		buf_char(out, *s);
	}
}

static void fish_row(
	const char *program, const struct opt_row *row, struct buf *out)
{
	bool answers = strcmp(program, "@llama") == 0;

	if (answers && !goes_with(row, VERB_NONE))
		return;
	buf_fmt(out, "complete -c %s", program);
	if (!answers && row->where != 0) {
		buf_str(out, " -n '__atllama_verb ");
		put_where(row, " ", out);
		buf_char(out, '\'');
	}
	if (row->letter != 0)
		buf_fmt(out, " -s %c", row->letter);
	buf_fmt(out, " -l %s", row->name);
	if (is_file(row)) {
		buf_str(out, " -r -F");
	} else if (is_folder(row)) {
		buf_str(out, " -x -a '(__fish_complete_directories)'");
	} else if (is_named(row)) {
		buf_fmt(out, " -x -a '(__atllama_names %s)'", row->name);
	} else if (row->words != NULL) {
		buf_str(out, " -x -a '");
		put_words(row, out);
		buf_char(out, '\'');
	} else if (needs_value(row)) {
		buf_str(out, " -x");
	}
	buf_str(out, " -d '");
	put_fish_text(row->help, out);
	buf_str(out, "'\n");
}

static void fish_functions(struct buf *out)
{
	buf_str(out, "function __atllama_names\n\tsh -c '");
	put_fish_text(NAMES, out);
	buf_str(out,
		"' - $argv\nend\n\n"
		"# Whether the verb is one of these.\n"
		"function __atllama_verb\n"
		"\tset -l words (commandline -opc)\n"
		"\tset -l verb none\n"
		"\tset -q words[2]; and contains -- $words[2] ");
	put_verbs(" ", out);
	buf_str(out,
		"; and set verb $words[2]\n"
		"\tcontains -- $verb $argv\n"
		"end\n\n"
		"# Whether these are the words before the one to complete.\n"
		"function __atllama_after\n"
		"\tset -l words (commandline -opc)\n"
		"\ttest \"$words[2..]\" = \"$argv\"\n"
		"end\n\n");
}

/* The beginning of a row for words behind these. */
static void fish_after(const char *words, struct buf *out)
{
	buf_fmt(out, "complete -c atllama -n '__atllama_after %s' -a '", words);
}

static void fish_words(struct buf *out)
{
	size_t i;

	for (i = VERB_NONE + 1; i < VERBS_N; i++) {
		buf_fmt(out,
			"complete -c atllama -n __fish_use_subcommand -a %s "
			"-d '",
			options_verbs[i].name);
		put_fish_text(options_verbs[i].help, out);
		buf_str(out, "'\n");
	}
	fish_after("key", out);
	put_key_words(out);
	buf_str(out, "'\n");
	fish_after("key init", out);
	buf_str(out, INIT_KINDS "'\n");
	fish_after("key add", out);
	buf_str(out, ADD_KINDS "'\n");
	fish_after("cache", out);
	buf_str(out, CACHE_WORDS "'\n");
	fish_after("presets", out);
	buf_str(out, "(__atllama_names preset)'\n");
	fish_after("help", out);
	put_verbs(" ", out);
	buf_str(out,
		"'\ncomplete -c atllama -n '__atllama_verb batch import' -F\n");
}

void shells_fish(struct buf *out)
{
	static const char *const programs[] = {"atllama", "@llama"};
	size_t i;
	size_t k;

	buf_str(out,
		"# fish completion for atllama. Made from the table of "
		"options; "
		"a test\n# compares the two.\n\n");
	fish_functions(out);
	for (k = 0; k < 2; k++) {
		buf_fmt(out, "complete -c %s -f\n", programs[k]);
		for (i = 0; i < options_table.n; i++)
			fish_row(programs[k], &options_table.rows[i], out);
	}
	fish_words(out);
}
