/* app: the command line, its verbs and its help. */
#include "unit/check.h"

#include <stdlib.h>

#include "app/args.h"
#include "app/options.h"

#define ARGC_MAX 32

/* One parse of words parted by '|', the first being the program's name. */
struct run {
	char text[1024];
	char *argv[ARGC_MAX];
	int argc;
	struct args a;
	struct err err;
	enum status st;
};

static void run_parse(struct run *r, const char *line)
{
	char *at = r->text;

	memset(r, 0, sizeof(*r));
	args_init(&r->a);
	(void)snprintf(r->text, sizeof(r->text), "%s", line);
	while (r->argc < ARGC_MAX) {
		char *bar = strchr(at, '|');

		r->argv[r->argc++] = at;
		if (bar == NULL)
			break;
		*bar = '\0';
		at = bar + 1;
	}
	r->st = args_parse(&r->a, r->argc, r->argv, &r->err);
}

static void first_word_decides(void)
{
	static const struct {
		const char *line;
		enum verb verb;
		const char *prompt;
	} cases[] = {
		{"atllama", VERB_NONE, ""},
		{"atllama|hello|world", VERB_NONE, "hello world"},
		{"atllama|hello|list", VERB_NONE, "hello list"},
		{"atllama|list", VERB_LIST, ""},
		{"atllama|-q|list", VERB_LIST, ""},
		{"atllama|list|--json", VERB_LIST, ""},
		{"atllama|list things", VERB_NONE, "list things"},
		{"atllama|List", VERB_NONE, "List"},
		{"atllama|--|list", VERB_NONE, "list"},
		{"atllama|--|list|of|things", VERB_NONE, "list of things"},
		{"atllama|--|-v", VERB_NONE, "-v"},
		{"atllama|ask|list", VERB_ASK, "list"},
		{"atllama|ask", VERB_ASK, ""},
		{"atllama|ask|--|--|x", VERB_ASK, "-- x"},
		{"atllama|show|abc", VERB_SHOW, "abc"},
		{"atllama|show|--last", VERB_SHOW, ""},
		{"atllama|show|--|-dash", VERB_SHOW, "-dash"},
		{"atllama|tour", VERB_TOUR, ""},
		{"atllama|chat|-c", VERB_CHAT, ""},
		{"atllama|help", VERB_HELP, ""},
		{"atllama|help|list", VERB_HELP, "list"},
		{"/usr/bin/atllama|list", VERB_LIST, ""},
		{"@llama|list", VERB_ASK, "list"},
		{"/usr/bin/@llama|show|me|all", VERB_ASK, "show me all"},
		{"@llama|ask|me", VERB_ASK, "ask me"},
		{"@llama", VERB_ASK, ""},
	};
	struct run r;
	struct buf b;
	size_t i;

	buf_init(&b, BUF_SMALL);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		run_parse(&r, cases[i].line);
		CHECK_INT(r.st, ST_OK);
		CHECK_STR(r.err.msg, "");
		CHECK_INT(r.a.verb, cases[i].verb);
		buf_reset(&b);
		args_prompt(&r.a, &b);
		CHECK_STR(b.p, cases[i].prompt);
		args_release(&r.a);
	}
	buf_release(&b);
}

static void faults_are_one_line(void)
{
	static const struct {
		const char *line;
		const char *msg;
	} cases[] = {
		{"atllama|list|of|fruits",
			"\"list\" takes no words; to ask this: atllama ask "
			"list of fruits"},
		{"atllama|chat|with|me",
			"\"chat\" takes no words; to ask this: atllama ask "
			"chat with me"},
		{"atllama|show|me|this",
			"\"show\" takes the id or title of a conversation, or "
			"--last, and messages such as 3 or 3-5; to ask "
			"this: atllama ask show me this"},
		{"atllama|search",
			"\"search\" takes words, and phrases in quotes"},
		{"atllama|rename|x",
			"\"rename\" takes the id or title of a conversation, "
			"or --last, and a new title; to ask this: atllama ask "
			"rename x"},
		{"atllama|delete|x|--older-than|3d",
			"\"delete\" takes ids or titles of conversations, or "
			"--last, or --older-than; to ask this: atllama ask "
			"delete x"},
		{"atllama|help|me",
			"\"me\" is no verb; to ask this: atllama ask help me"},
		{"atllama|help|me|now",
			"\"help\" takes one word; to ask this: atllama ask "
			"help me now"},
		{"atllama|show",
			"\"show\" takes the id or title of a conversation, or "
			"--last, and messages such as 3 or 3-5"},
		{"atllama|show|x|--last",
			"\"show\" takes the id or title of a conversation, or "
			"--last, and messages such as 3 or 3-5; to ask "
			"this: atllama ask show x"},
		{"atllama|--since|7d", "--since goes with \"search\" only"},
		{"atllama|list|-n|1",
			"--max-tokens goes with a prompt, \"ask\", "
			"\"chat\", \"task\", \"batch\", \"serve\" only"},
		{"atllama|chat|-o|x",
			"--output goes with a prompt, \"ask\", \"task\", "
			"\"batch\", "
			"\"export\" "
			"only"},
		{"atllama|-c|-rX",
			"--continue and --resume exclude each other"},
		{"atllama|--json|--jsonl|x",
			"--json and --jsonl exclude each other"},
		{"atllama|--safe|--unsafe|x",
			"--safe and --unsafe exclude each other"},
		{"atllama|-qv", "--quiet and --verbose exclude each other"},
		{"atllama|--fork", "--fork needs --continue or --resume"},
		{"atllama|--key|k", "--key needs --cert"},
		{"atllama|--resum",
			"unknown option --resum; did you mean --resume?"},
		{"atllama|-Z",
			"unknown option -Z; see --help, or put \"--\" "
			"before a prompt"},
		{"atllama|-t|hot", "-t: \"hot\" is not a number from 0 to 2"},
		{"atllama|-n0",
			"-n: \"0\" is not a whole number from 1 to "
			"16777216"},
		{"atllama|--header|x",
			"--header: \"x\" is not a header of the form \"Name: "
			"value\""},
		{"atllama|--passphrase-fd=-1",
			"--passphrase-fd: \"-1\" is not a whole number from 0 "
			"to 65535"},
		{"atllama|-m|", "-m: the value is empty"},
		{"atllama|-a|no such",
			"-a: \"no such\" is not a name (letters, digits, "
			"\"-\", \"_\")"},
	};
	struct run r;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		run_parse(&r, cases[i].line);
		CHECK_INT(r.st, ST_USAGE);
		CHECK_STR(r.err.msg, cases[i].msg);
		CHECK(strchr(r.err.msg, '\n') == NULL);
		args_release(&r.a);
	}
}

static void values_arrive(void)
{
	struct run r;

	run_parse(&r,
		"atllama|-mM|-e|https://h/v1|-s||-t0|-n9|-f|a|-fb|-o|out|"
		"--jsonl|--header=A: b|--auth-header=api-key|--color="
		"never|--idle-timeout=0.5|--retries|0|-vv|--strict|"
		"--passphrase-fd|3|-rT 1|--fork|--insecure-http|h:80|"
		"--http1.1");
	CHECK_INT(r.st, ST_OK);
	CHECK_STR(r.err.msg, "");
	CHECK_STR(r.a.agent.model, "M");
	CHECK_STR(r.a.agent.endpoint, "https://h/v1");
	CHECK_STR(r.a.agent.system, "");
	CHECK(r.a.agent.temperature.set && r.a.agent.temperature.v == 0);
	CHECK_INT(r.a.agent.max_tokens.v, 9);
	CHECK_INT(r.a.files.n, 2);
	CHECK_STR(r.a.output, "out");
	CHECK(r.a.jsonl && !r.a.json && r.a.strict && r.a.fork);
	CHECK_STR(r.a.agent.link.headers.v[0], "A: b");
	CHECK_STR(r.a.agent.link.auth_header, "api-key");
	CHECK_INT(r.a.color, COLOR_NEVER);
	CHECK_INT(r.a.agent.link.idle_ms.v, 500);
	CHECK(r.a.agent.link.retries.set);
	CHECK_INT(r.a.agent.link.retries.v, 0);
	CHECK_INT(r.a.verbose, 2);
	CHECK_INT(r.a.passphrase_fd.v, 3);
	CHECK(r.a.resume.set);
	CHECK_STR(r.a.resume.v, "T 1");
	CHECK_STR(r.a.agent.insecure_http, "h:80");
	CHECK(r.a.agent.link.http11);
	CHECK(r.a.agent.link.proxy == NULL);
	args_release(&r.a);
	run_parse(&r, "atllama|-r|x");
	CHECK(r.a.resume.set && r.a.resume.v == NULL);
	CHECK_INT(r.a.words.n, 1);
	args_release(&r.a);
}

static void program_name_is_an_agent(void)
{
	struct run r;

	run_parse(&r, "/opt/bin/@coder|hi");
	CHECK_STR(r.a.agent.agent, "coder");
	CHECK_INT(r.a.verb, VERB_ASK);
	args_release(&r.a);
	run_parse(&r, "@llama|-a|judge|hi");
	CHECK_STR(r.a.agent.agent, "judge");
	args_release(&r.a);
	run_parse(&r, "@|hi");
	CHECK(r.a.agent.agent == NULL);
	CHECK_INT(r.a.verb, VERB_NONE);
	args_release(&r.a);
}

static void help_comes_before_faults(void)
{
	struct run r;

	run_parse(&r, "atllama|list|many|words|--last|--help|--bogus");
	CHECK_INT(r.st, ST_OK);
	CHECK(r.a.help);
	CHECK_INT(r.a.verb, VERB_LIST);
	args_release(&r.a);
	run_parse(&r, "atllama|-V");
	CHECK_INT(r.st, ST_OK);
	CHECK(r.a.version);
	args_release(&r.a);
}

/* Every option in the help, everything in 80 columns, rows well-formed. */
static void rows_and_help_agree(void)
{
	const struct opt_table *t = &options_table;
	struct buf help;
	struct buf want;
	struct span rest;
	size_t i;
	size_t k;

	buf_init(&help, BUF_SMALL);
	buf_init(&want, BUF_SMALL);
	args_help(VERB_NONE, &help);
	for (rest = buf_view(&help); rest.n > 0;)
		CHECK(span_cut(&rest, '\n').n <= 80);
	for (i = 0; i < t->n; i++) {
		buf_reset(&want);
		buf_fmt(&want, "--%s", t->rows[i].name);
		CHECK(strstr(help.p, want.p) != NULL);
		CHECK(t->rows[i].at < sizeof(struct args));
		CHECK(t->rows[i].help[strlen(t->rows[i].help) - 1] != '.');
		for (k = 0; k < i; k++) {
			CHECK(strcmp(t->rows[k].name, t->rows[i].name) != 0);
			CHECK(t->rows[i].letter == 0 ||
				t->rows[k].letter != t->rows[i].letter);
		}
	}
	buf_reset(&help);
	args_help(VERB_SHOW, &help);
	CHECK(strstr(help.p,
		      "Usage: atllama show [OPTIONS] ID|TITLE [N-M]\n") ==
		help.p);
	CHECK(strstr(help.p, "--last") != NULL);
	CHECK(strstr(help.p, "--model") == NULL);
	buf_release(&help);
	buf_release(&want);
}

static void verbs_are_known_by_name(void)
{
	size_t i;

	CHECK_INT(args_verb(span_str("tour")), VERB_TOUR);
	CHECK_INT(args_verb(span_str("")), VERB_NONE);
	CHECK_INT(args_verb(span_str("to")), VERB_NONE);
	for (i = VERB_NONE + 1; i < VERBS_N; i++)
		CHECK_INT(args_verb(span_str(options_verbs[i].name)), i);
}

static void ranges(void)
{
	static const struct {
		const char *text;
		size_t first; /* 0: none */
		size_t last;
	} rows[] = {
		{"3", 3, 3},
		{"3-5", 3, 5},
		{"3-", 3, SIZE_MAX},
		{"-5", 1, 5},
		{"7-7", 7, 7},
		{"", 0, 0},
		{"-", 0, 0},
		{"0", 0, 0},
		{"5-3", 0, 0},
		{"3-5-7", 0, 0},
		{"three", 0, 0},
		{"3 ", 0, 0},
		{"99999999999999999999", 0, 0},
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t first = 0;
		size_t last = 0;

		CHECK_INT(args_range(span_str(rows[i].text), &first, &last),
			rows[i].first != 0);
		CHECK_INT(first, rows[i].first);
		CHECK(last == rows[i].last);
	}
}

int main(void)
{
	RUN(ranges);
	RUN(first_word_decides);
	RUN(faults_are_one_line);
	RUN(values_arrive);
	RUN(program_name_is_an_agent);
	RUN(help_comes_before_faults);
	RUN(rows_and_help_agree);
	RUN(verbs_are_known_by_name);
	return REPORT();
}
