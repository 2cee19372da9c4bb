/*
 * Prints what the option rows say, for the tests that hold the manual and the
 * completions to them:
 *
 *	options dump | help | bash | zsh | fish | settings SECTION
 *
 * The files in share/completions are what the last three but one print.
 */
#include <stdio.h>
#include <string.h>

#include "app/args.h"
#include "app/key_words.h"
#include "app/options.h"
#include "conf/config.h"

static bool is_file(const struct opt_row *row)
{
	return row->arg != NULL &&
		(strcmp(row->arg, "FILE") == 0 ||
			strcmp(row->arg, "PATH") == 0);
}

/* What the program itself has to be asked for. */
#define NAMES "atllama task --list 2>/dev/null"

static bool is_template(const struct opt_row *row)
{
	return strcmp(row->name, "template") == 0;
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

static void put_verbs(struct buf *out)
{
	size_t i;

	for (i = VERB_NONE + 1; i < VERBS_N; i++)
		buf_fmt(out, "%s%s", i == VERB_NONE + 1 ? "" : " ",
			options_verbs[i].name);
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
		!is_template(row);
}

static void bash(struct buf *out)
{
	size_t i;

	buf_str(out,
		"# bash completion for atllama. Made from the table of "
		"options; "
		"a test\n# compares the two.\n"
		"# shellcheck shell=bash\n\n"
		"_atllama()\n{\n"
		"\tlocal cur=${COMP_WORDS[COMP_CWORD]}\n"
		"\tlocal prev=${COMP_WORDS[COMP_CWORD - 1]}\n\n"
		"\tCOMPREPLY=()\n"
		"\tcase $prev in\n");
	put_case(is_file, out);
	buf_str(out,
		"\t\tmapfile -t COMPREPLY < <(compgen -f -- \"$cur\")\n"
		"\t\tcompopt -o filenames 2>/dev/null\n"
		"\t\treturn ;;\n");
	for (i = 0; i < options_table.n; i++) {
		const struct opt_row *row = &options_table.rows[i];

		if (row->words == NULL)
			continue;
		buf_char(out, '\t');
		put_pattern(row, out);
		buf_str(out, ")\n\t\tmapfile -t COMPREPLY < <(compgen -W '");
		put_words(row, out);
		buf_str(out, "' -- \"$cur\")\n\t\treturn ;;\n");
	}
	put_case(is_template, out);
	buf_str(out,
		"\t\tmapfile -t COMPREPLY < <(compgen -W \"$(" NAMES " |\n"
		"\t\t\tcut -d ' ' -f 1)\" -- \"$cur\")\n"
		"\t\treturn ;;\n");
	put_case(is_free, out);
	buf_str(out,
		"\t\treturn ;;\n\tesac\n"
		"\tif [[ $cur == -* ]]; then\n"
		"\t\tmapfile -t COMPREPLY < <(compgen -W '");
	for (i = 0; i < options_table.n; i++) {
		const struct opt_row *row = &options_table.rows[i];

		buf_fmt(out, "%s--%s", i > 0 ? "\n\t\t\t" : "", row->name);
		if (row->letter != 0)
			buf_fmt(out, " -%c", row->letter);
	}
	buf_str(out,
		"' -- \"$cur\")\n"
		"\telif ((COMP_CWORD == 1)) && [[ ${COMP_WORDS[0]} != *@* ]]; "
		"then\n"
		"\t\tmapfile -t COMPREPLY < <(compgen -W '");
	put_verbs(out);
	buf_str(out,
		"' -- \"$cur\")\n"
		"\telif ((COMP_CWORD == 2)) && [[ ${COMP_WORDS[1]} == key ]]; "
		"then\n"
		"\t\tmapfile -t COMPREPLY < <(compgen -W '");
	put_key_words(out);
	buf_str(out,
		"' -- \"$cur\")\n\tfi\n}\n\n"
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

	buf_str(out, "\t");
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
		} else if (is_template(row)) {
			buf_str(out, "{compadd ${${(f)\"$(" NAMES ")\"}%% *}}");
		} else if (row->words != NULL) {
			buf_char(out, '(');
			put_words(row, out);
			buf_char(out, ')');
		}
	}
	buf_str(out, "' \\\n");
}

static void zsh(struct buf *out)
{
	size_t i;

	buf_str(out,
		"#compdef atllama @llama\n"
		"# zsh completion for atllama. Made from the table of options; "
		"a test\n# compares the two.\n\n"
		"_atllama_first() {\n"
		"\tlocal -a verbs=(\n");
	for (i = VERB_NONE + 1; i < VERBS_N; i++) {
		buf_fmt(out, "\t\t'%s:", options_verbs[i].name);
		put_zsh_text(options_verbs[i].help, out);
		buf_str(out, "'\n");
	}
	buf_str(out,
		"\t)\n"
		"\t[[ $service == @* ]] || _describe verb verbs\n"
		"}\n\n"
		"_atllama_second() {\n"
		"\t[[ $words[2] == key ]] && compadd ");
	put_key_words(out);
	buf_str(out,
		"\n"
		"}\n\n"
		"_arguments -s -S \\\n");
	for (i = 0; i < options_table.n; i++)
		zsh_row(&options_table.rows[i], out);
	buf_str(out,
		"\t'1: :_atllama_first' \\\n\t'2: :_atllama_second' "
		"\\\n\t'*: :_message prompt'\n");
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
	buf_fmt(out, "complete -c %s", program);
	if (row->letter != 0)
		buf_fmt(out, " -s %c", row->letter);
	buf_fmt(out, " -l %s", row->name);
	if (is_file(row)) {
		buf_str(out, " -r -F");
	} else if (is_template(row)) {
		buf_str(out,
			" -x -a '(" NAMES " | string replace -r \" +\" \\t)'");
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

static void fish(struct buf *out)
{
	static const char *const programs[] = {"atllama", "@llama"};
	size_t i;
	size_t k;

	buf_str(out,
		"# fish completion for atllama. Made from the table of "
		"options; "
		"a test\n# compares the two.\n\n");
	for (k = 0; k < 2; k++) {
		buf_fmt(out, "complete -c %s -f\n", programs[k]);
		for (i = 0; i < options_table.n; i++)
			fish_row(programs[k], &options_table.rows[i], out);
	}
	for (i = VERB_NONE + 1; i < VERBS_N; i++) {
		buf_fmt(out,
			"complete -c atllama -n __fish_use_subcommand -a %s "
			"-d '",
			options_verbs[i].name);
		put_fish_text(options_verbs[i].help, out);
		buf_str(out, "'\n");
	}
	buf_str(out,
		"complete -c atllama -n '__fish_seen_subcommand_from key' -a "
		"'");
	put_key_words(out);
	buf_str(out, "'\n");
}

static void dump(struct buf *out)
{
	args_dump(out);
}

static void help(struct buf *out)
{
	args_help(VERB_NONE, out);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*print)(struct buf *out);
	} what[] = {
		{"dump", dump},
		{"help", help},
		{"bash", bash},
		{"zsh", zsh},
		{"fish", fish},
	};
	struct buf out;
	size_t i;
	int rc = 2;

	buf_init(&out, BUF_LARGE);
	if (argc == 3 && strcmp(argv[1], "settings") == 0)
		config_dump(argv[2], &out);
	for (i = 0; argc == 2 && i < sizeof(what) / sizeof(what[0]); i++)
		if (strcmp(argv[1], what[i].name) == 0)
			what[i].print(&out);
	if (!out.bad && out.len > 0) {
		(void)fwrite(out.p, 1, out.len, stdout);
		rc = fflush(stdout) == 0 ? 0 : 1;
	}
	buf_release(&out);
	return rc;
}
