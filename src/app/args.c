#include "app/args.h"

#include <stdint.h>
#include <string.h>

#include "app/key_words.h"
#include "app/options.h"
#include "base/near.h"

/* Options that exclude each other, by long name. */
static const struct {
	const char *a;
	const char *b;
} conflicts[] = {
	{"script", "output"},
	{"script", "json"},
	{"script", "jsonl"},
	{"script", "dry-run"},
	{"script", "schema"},
	{"continue", "resume"},
	{"endpoint", "preset"},
	{"json", "jsonl"},
	{"html", "json"},
	{"html", "jsonl"},
	{"record", "replay"},
	{"record", "dry-run"},
	{"schema", "jsonl"},
	{"safe", "unsafe"},
	{"quiet", "verbose"},
	{"list", "plan-only"},
	{"list", "template"},
	{"resume", "template"},
	{"provider", "resume"},
	{"provider", "save"},
};

/* Options that make sense only beside another one, or beside either of two. */
static const struct {
	const char *name;
	const char *needs;
	const char *second; /* or NULL */
} needs[] = {
	{"fork", "continue", "resume"},
	{"collect", "provider", NULL},
	{"replay-speed", "replay", NULL},
	{"key", "cert", NULL},
	{"set", "template", NULL},
};

/* Options that take no words beside them; VERB_NONE stands for any verb. */
static const struct {
	const char *name;
	enum verb verb;
	const char *why;
} alone[] = {
	{"script", VERB_NONE,
		"is a chat and takes no prompt; put it into the file"},
	{"index", VERB_NONE,
		"compacts the index alone: name no conversations with it"},
	{"resume", VERB_TASK,
		"goes on with a task and takes no other words; which one it "
		"is, say as --resume=ID"},
	{"list", VERB_TASK, "takes no task"},
};

void args_init(struct args *a)
{
	memset(a, 0, sizeof(*a));
}

void args_release(struct args *a)
{
	if (a == NULL)
		return;
	opt_list_release(&a->words);
	opt_list_release(&a->files);
	opt_list_release(&a->sets);
	opt_list_release(&a->allow_hosts);
	opt_list_release(&a->allow_origins);
	opt_list_release(&a->agent.link.headers);
	opt_list_release(&a->agent.sampling.stop);
	opt_list_release(&a->agent.sampling.params);
	args_init(a);
}

enum verb args_verb(struct span word)
{
	size_t i;

	for (i = VERB_NONE + 1; i < VERBS_N; i++)
		if (span_is(word, options_verbs[i].name))
			return (enum verb)i;
	return VERB_NONE;
}

const char *args_near_verb(struct span word)
{
	enum { LEAST = 4 }; /* "hey" is not meant for "key" */
	const char *names[VERBS_N];
	size_t i;

	for (i = VERB_NONE + 1; i < VERBS_N; i++)
		names[i - 1] = options_verbs[i].name;
	return word.n < LEAST ? NULL : near_name(word, names, VERBS_N - 1);
}

void args_prompt(const struct args *a, struct buf *out)
{
	size_t i;

	for (i = 0; i < a->words.n; i++) {
		if (i > 0)
			buf_char(out, ' ');
		buf_str(out, a->words.v[i]);
	}
}

const char *args_output_file(const struct args *a)
{
	if (a->output == NULL || strcmp(a->output, "-") == 0)
		return NULL;
	return a->output;
}

static bool was_given(const struct opt_parsed *p, const char *name)
{
	size_t i;

	for (i = 0; i < options_table.n; i++)
		if (strcmp(options_table.rows[i].name, name) == 0)
			return p->seen[i] > 0;
	return false;
}

/* Called by the name "@llama", the program asks that agent. */
static void name_program(struct args *a, const char *argv0)
{
	const char *slash = argv0 != NULL ? strrchr(argv0, '/') : NULL;
	const char *base = slash != NULL ? slash + 1 : argv0;

	if (base == NULL || base[0] != '@' || base[1] == '\0')
		return;
	a->verb = VERB_ASK;
	if (a->agent.agent == NULL)
		a->agent.agent = base + 1;
}

/* Takes the verb off the words, unless something made them a prompt. */
static void find_verb(struct args *a, const struct opt_parsed *p)
{
	if (a->verb != VERB_NONE || a->words.n == 0 || p->literal == 0)
		return;
	a->verb = args_verb(span_str(a->words.v[0]));
	if (a->verb == VERB_NONE)
		return;
	a->words.n--;
	memmove(a->words.v, a->words.v + 1, a->words.n * sizeof(*a->words.v));
}

static bool number(struct span s, size_t none, size_t *ret)
{
	enum { MOST = 1000 * 1000 * 1000 };
	long long n;

	if (s.n == 0) {
		*ret = none;
		return true;
	}
	if (!span_int(s, 1, MOST, &n))
		return false;
	*ret = (size_t)n;
	return true;
}

bool args_range(struct span s, size_t *ret_first, size_t *ret_last)
{
	struct span rest = s;
	struct span head = span_cut(&rest, '-');
	size_t first;
	size_t last;

	if (rest.p == NULL) {
		if (s.n == 0 || !number(s, 0, &first))
			return false;
		last = first;
	} else if (s.n < 2 || !number(head, 1, &first) ||
		!number(rest, SIZE_MAX, &last)) {
		return false;
	}
	if (first > last)
		return false;
	*ret_first = first;
	*ret_last = last;
	return true;
}

/* Whether the words are a conversation and, maybe, messages of it. */
static bool show_fits(const struct args *a)
{
	size_t first;
	size_t last;
	size_t n = a->words.n + (a->last ? 1 : 0);

	return n == 1 ||
		(n == 2 &&
			args_range(span_str(a->words.v[a->words.n - 1]), &first,
				&last));
}

static bool words_fit(const struct args *a)
{
	size_t n = a->words.n;

	if (a->verb == VERB_SHOW)
		return show_fits(a);
	if (a->verb == VERB_SEARCH)
		return n > 0;
	if (a->verb == VERB_RENAME)
		return n >= (a->last ? 1 : 2);
	if (a->verb == VERB_EXPORT)
		return (n > 0) != a->last;
	if (a->verb == VERB_BATCH)
		return n == (a->collect != NULL ? 0 : 1);
	if (a->verb == VERB_CACHE)
		return n == 1 &&
			(strcmp(a->words.v[0], "status") == 0 ||
				strcmp(a->words.v[0], "clear") == 0);
	if (a->verb == VERB_IMPORT)
		return n > 0;
	if (a->verb == VERB_DELETE)
		return (n > 0) + a->last + (a->older_than != NULL) == 1;
	return true;
}

/* The words make no sense behind the verb: tells how to ask them. */
static enum status hint_question(const struct args *a, struct err *err)
{
	size_t i;

	if (a->words.n > 0)
		err_hint(err, "; to ask this: atllama ask %s",
			options_verbs[a->verb].name);
	for (i = 0; i < a->words.n; i++)
		err_hint(err, " %s", a->words.v[i]);
	return ST_USAGE;
}

/* "help WORD" takes a verb. */
static enum status check_topic(const struct args *a, struct err *err)
{
	struct span word = span_str(a->words.v[0]);
	const char *near = args_near_verb(word);

	if (args_verb(word) != VERB_NONE)
		return ST_OK;
	(void)err_set(err, ST_USAGE, "\"%s\" is no verb", a->words.v[0]);
	if (near == NULL)
		return hint_question(a, err);
	err_hint(err, "; did you mean atllama help %s?", near);
	return ST_USAGE;
}

static enum status check_words(const struct args *a, struct err *err)
{
	static const char *const wanted[VERBS_N] = {
		[VERB_BATCH] = "a file of JSON lines, or - for standard input; "
			       "with --collect no words",
		[VERB_CACHE] = "status or clear",
		[VERB_SHOW] = "the id or title of a conversation, or --last, "
			      "and messages such as 3 or 3-5",
		[VERB_SEARCH] = "words, and phrases in quotes",
		[VERB_RENAME] = "the id or title of a conversation, or --last, "
				"and a new title",
		[VERB_DELETE] = "ids or titles of conversations, or --last, or "
				"--older-than",
		[VERB_EXPORT] = "ids or titles of conversations, or --last",
		[VERB_IMPORT] = "files of JSON, or - for standard input",
	};
	const struct verb_row *v = &options_verbs[a->verb];

	if (a->words.n > v->max) {
		(void)err_set(err, ST_USAGE, "\"%s\" takes %s", v->name,
			v->max == 0	      ? "no words"
				: v->max == 1 ? "one word"
					      : "two words");
		return hint_question(a, err);
	}
	if (!words_fit(a)) {
		(void)err_set(err, ST_USAGE, "\"%s\" takes %s", v->name,
			wanted[a->verb]);
		return hint_question(a, err);
	}
	if (a->verb == VERB_KEY && key_check_words(&a->words, err) != ST_OK)
		return hint_question(a, err);
	if (a->verb == VERB_HELP && a->words.n == 1)
		return check_topic(a, err);
	return ST_OK;
}

/* Fails, and tells which verbs the option goes with. */
static enum status misplaced(const struct opt_row *row, struct err *err)
{
	const char *sep = "";
	size_t i;

	(void)err_set(err, ST_USAGE, "--%s goes with", row->name);
	if (row->where & VERB_BIT(VERB_NONE)) {
		err_hint(err, " a prompt");
		sep = ",";
	}
	for (i = VERB_NONE + 1; i < VERBS_N; i++)
		if (row->where & VERB_BIT(i)) {
			err_hint(err, "%s \"%s\"", sep, options_verbs[i].name);
			sep = ",";
		}
	err_hint(err, " only");
	return ST_USAGE;
}

static enum status check_places(
	const struct args *a, const struct opt_parsed *p, struct err *err)
{
	size_t i;

	for (i = 0; i < options_table.n; i++)
		if (p->seen[i] > 0 && options_table.rows[i].where != 0 &&
			(options_table.rows[i].where & VERB_BIT(a->verb)) == 0)
			return misplaced(&options_table.rows[i], err);
	return ST_OK;
}

/* Checks which options need or exclude each other. */
static enum status check_pairs(const struct opt_parsed *p, struct err *err)
{
	size_t i;

	for (i = 0; i < sizeof(conflicts) / sizeof(conflicts[0]); i++)
		if (was_given(p, conflicts[i].a) &&
			was_given(p, conflicts[i].b))
			return err_set(err, ST_USAGE,
				"--%s and --%s exclude each other",
				conflicts[i].a, conflicts[i].b);
	for (i = 0; i < sizeof(needs) / sizeof(needs[0]); i++)
		if (was_given(p, needs[i].name) &&
			!was_given(p, needs[i].needs) &&
			(needs[i].second == NULL ||
				!was_given(p, needs[i].second)))
			return err_set(err, ST_USAGE, "--%s needs --%s%s%s",
				needs[i].name, needs[i].needs,
				needs[i].second != NULL ? " or --" : "",
				needs[i].second != NULL ? needs[i].second : "");
	return ST_OK;
}

static enum status check_alone(
	const struct args *a, const struct opt_parsed *p, struct err *err)
{
	size_t i;

	for (i = 0; i < sizeof(alone) / sizeof(alone[0]); i++)
		if (a->words.n > 0 && was_given(p, alone[i].name) &&
			(alone[i].verb == VERB_NONE ||
				alone[i].verb == a->verb))
			return err_set(err, ST_USAGE, "--%s %s", alone[i].name,
				alone[i].why);
	return ST_OK;
}

static enum status check_options(
	const struct args *a, const struct opt_parsed *p, struct err *err)
{
	enum status st = check_places(a, p, err);

	if (st == ST_OK)
		st = check_pairs(p, err);
	return st == ST_OK ? check_alone(a, p, err) : st;
}

enum status args_parse(
	struct args *a, int argc, char *const *argv, struct err *err)
{
	struct opt_parsed parsed;
	enum status st;

	opt_parsed_init(&parsed);
	st = opt_parse(&options_table, argc, argv, a, &parsed, err);
	a->words = parsed.words;
	memset(&parsed.words, 0, sizeof(parsed.words));
	if (st != ST_OK)
		goto out;
	name_program(a, argc > 0 ? argv[0] : NULL);
	find_verb(a, &parsed);
	if (a->help || a->version)
		goto out;
	st = check_words(a, err);
	if (st == ST_OK)
		st = check_options(a, &parsed, err);
out:
	opt_parsed_release(&parsed);
	return st;
}

static void help_verbs(struct buf *out)
{
	size_t i;

	buf_str(out, "\nVerbs:\n");
	for (i = VERB_NONE + 1; i < VERBS_N; i++) {
		size_t start = out->len;

		buf_fmt(out, "  %s%s%s", options_verbs[i].name,
			options_verbs[i].arg[0] != '\0' ? " " : "",
			options_verbs[i].arg);
		buf_fmt(out, "%*s%s\n", (int)(28 - (out->len - start)), "",
			options_verbs[i].help);
	}
}

void args_help(enum verb verb, struct buf *out)
{
	const struct verb_row *v = &options_verbs[verb];

	if (verb != VERB_NONE) {
		buf_fmt(out, "Usage: atllama %s [OPTIONS]%s%s\n\n%s: %s.\n",
			v->name, v->arg[0] != '\0' ? " " : "", v->arg, v->name,
			v->help);
		if (verb == VERB_KEY) {
			buf_str(out, "\nWHAT is one of\n");
			key_help(out);
		}
		opt_help(&options_table, VERB_BIT(verb), out);
		return;
	}
	buf_str(out,
		"Usage: atllama [OPTIONS] [PROMPT...]\n"
		"       atllama VERB [OPTIONS] [...]\n"
		"       @llama [OPTIONS] PROMPT...\n"
		"\n"
		"Without a prompt, a chat. With a prompt or with piped input, "
		"one answer on\nstandard output; with both, the piped text is "
		"attached to the prompt.\n");
	help_verbs(out);
	opt_help(&options_table, 0, out);
	buf_str(out,
		"\n"
		"The API key is read from LLAMA_API_KEY and goes only to the "
		"endpoint of\nLLAMA_MODEL_ENDPOINT or -e. More: man atllama; "
		"atllama tour\n");
}

void args_dump(struct buf *out)
{
	size_t i;

	opt_dump(&options_table, out);
	for (i = VERB_NONE + 1; i < VERBS_N; i++)
		buf_fmt(out, "verb\t%s\t%s\t%s\n", options_verbs[i].name,
			options_verbs[i].arg[0] != '\0' ? options_verbs[i].arg
							: "-",
			options_verbs[i].help);
}
