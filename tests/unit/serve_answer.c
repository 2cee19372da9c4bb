#include "serve/answer.h"

#include <stdlib.h>

#include "base/file.h"
#include "unit/check.h"

/* The guide's own pages: the manual pages are not needed for these. With
 * another folder as argument, which has both, what newcomers ask is asked. */
#define GUIDE TESTS_DIR "/../share/guide"
#define QUESTIONS TESTS_DIR "/golden/guide/questions"

static struct manual manual;

/* The title of the section that an answer shows, or its second line. */
static const char *title_of(struct span answer)
{
	static char title[200];
	struct span line;

	CHECK(span_is(span_cut(&answer, '\n'), ANSWER_FIRST_LINE));
	title[0] = '\0';
	while (answer.n > 0) {
		line = span_cut(&answer, '\n');
		if (!span_starts(line, "**") || line.n < 4 ||
			line.n >= sizeof(title))
			continue;
		memcpy(title, line.p + 2, line.n - 4);
		title[line.n - 4] = '\0';
		break;
	}
	return title;
}

static void say(struct buf *out, const struct turn *turns, size_t n)
{
	struct err err;

	buf_reset(out);
	CHECK_INT(answer_make(&manual, turns, n, out, &err), ST_OK);
}

static const char *ask(const char *question)
{
	struct turn turn = {true, span_str(question)};
	const char *title;
	struct buf out;

	buf_init(&out, BUF_LARGE);
	say(&out, &turn, 1);
	title = title_of(buf_view(&out));
	buf_release(&out);
	return title;
}

static void test_questions(void)
{
	static const char *const rows[][2] = {
		{"How do I resume a conversation?", "Resume a conversation"},
		{"where is my data", "Where your data lies"},
		{"is it encrypted?", "How your data is protected"},
		{"how do I quit", "Leave the chat"},
		{"What does exit code 13 mean?",
			"Locked, or a wrong passphrase (exit code 13)"},
		{"list of exit codes", "Exit codes"},
		{"how do I set my api key", "Set an endpoint and a key"},
		{"How can I use ollama?", "Use a model on this machine"},
		{"how to pipe a file into it", "Pipe text in, and files"},
		{"connection refused",
			"Cannot connect, timeout or TLS error (exit code 7)"},
		{"I get a 401", "The key is refused (exit code 4)"},
		{"how do I write several lines", "Keys and long messages"},
		{"how do I run a script", "Questions from a file: scripts"},
		{"copy a code block to the clipboard",
			"Copy a reply, or its code, to the clipboard"},
		{"can I try something and go back",
			"Threads: try something and go back"},
		{"how do I change the temperature",
			"Settings, style and system prompt of a chat"},
		{"run a shell command",
			"Run a command and ask about its output"},
		{"attach files to my next message",
			"Attach files to the next message"},
		{"undo", "Change, repeat or take back a message"},
		{"/undo", "Change, repeat or take back a message"},
		{"What is --dry-run?", "See what would be sent"},
		{"can I get json output", "Answers for programs: JSON"},
		{"how do I switch the model", "Choose a model"},
		{"forgot my password",
			"Change the passphrase, add a key, forgotten "
			"passphrase"},
		{"how do I start?", "Tour 1: ask, and watch the answer arrive"},
		{"how do I send a file?", "Attach files to the next message"},
		{"how do I paste code?", "Keys and long messages"},
		{"is my data sent to anyone?", "How your data is protected"},
		{"how do I make answers shorter?",
			"Settings, style and system prompt of a chat"},
		{"can it search the internet?", "What it cannot do by itself"},
		{"how do I uninstall it?", "Update or remove atllama"},
		{"how can I change the model?", "Choose a model"},
		{"How do I chat without saving anything?",
			"Ask without saving"},
		{"what are agents?", "Agents and mentions"},
		{"tour", "Tour 1: ask, and watch the answer arrive"},
		{"Hello!", "Tour 1: ask, and watch the answer arrive"},
		{"next", "Tour 1: ask, and watch the answer arrive"},
		{"tour 3", "Tour 3: leave and come back"},
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		CHECK_STR(ask(rows[i][0]), rows[i][1]);
}

/* Lines of "question = title". */
static void test_newcomers(void)
{
	struct buf text;
	struct buf got;
	struct span rest;
	size_t asked = 0;

	buf_init(&text, BUF_LARGE);
	buf_init(&got, BUF_SMALL);
	CHECK_INT(file_read(QUESTIONS, &text, NULL), ST_OK);
	rest = buf_view(&text);
	while (rest.n > 0) {
		struct span line = span_cut(&rest, '\n');
		char *row = strndup(line.p, line.n);
		char *title = row != NULL ? strstr(row, " = ") : NULL;

		if (title != NULL && row[0] != '#') {
			buf_set(&got, span_of(row, (size_t)(title - row)));
			buf_fmt(&got, " = %s", ask(got.p));
			CHECK_STR(got.p, row);
			asked++;
		}
		free(row);
	}
	CHECK(asked > 100);
	buf_release(&got);
	buf_release(&text);
}

static void test_unknown(void)
{
	static const char *const rows[] = {
		"What is the capital of France?",
		"write me a poem about the sea",
		"Explain photosynthesis to a child of seven years",
		"zzz",
		"help",
		"",
	};
	struct turn turn = {.user = true};
	struct buf out;
	size_t i;

	buf_init(&out, BUF_LARGE);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		turn.text = span_str(rows[i]);
		say(&out, &turn, 1);
		CHECK_STR(title_of(buf_view(&out)), "");
		CHECK(strstr(out.p, "\n1. ") != NULL);
		CHECK(strstr(out.p, "\n9. ") != NULL);
		CHECK(strstr(out.p, "\n10. ") == NULL);
	}
	say(&out, NULL, 0);
	CHECK(strstr(out.p, "\n1. ") != NULL);
	buf_release(&out);
}

/* Walks through the tour with another question in between. */
static void test_tour(void)
{
	struct buf out[3];
	struct turn turns[8] = {{true, span_str("tour")}};
	size_t i;

	for (i = 0; i < 3; i++)
		buf_init(&out[i], BUF_LARGE);
	say(&out[0], turns, 1);
	turns[1] = (struct turn){false, buf_view(&out[0])};
	turns[2] = (struct turn){true, span_str("Next.")};
	say(&out[1], turns, 3);
	CHECK_STR(title_of(buf_view(&out[1])), "Tour 2: everything is saved");
	turns[3] = (struct turn){false, buf_view(&out[1])};
	turns[4] = (struct turn){true, span_str("where is my data?")};
	say(&out[2], turns, 5);
	CHECK_STR(title_of(buf_view(&out[2])), "Where your data lies");
	CHECK(strstr(out[2].p, "`next`") != NULL);
	turns[5] = (struct turn){false, buf_view(&out[2])};
	turns[6] = (struct turn){true, span_str("weiter")};
	say(&out[0], turns + 3, 4);
	CHECK_STR(title_of(buf_view(&out[0])), "Tour 3: leave and come back");
	turns[6] = (struct turn){true, span_str("back")};
	say(&out[0], turns + 3, 4);
	CHECK_STR(title_of(buf_view(&out[0])),
		"Tour 1: ask, and watch the answer arrive");
	for (i = 0; i < 3; i++)
		buf_release(&out[i]);
}

static void test_tour_end(void)
{
	struct turn turns[3] = {{true, span_str("tour 6")}};
	struct buf out[2];

	buf_init(&out[0], BUF_LARGE);
	buf_init(&out[1], BUF_LARGE);
	say(&out[0], turns, 1);
	turns[1] = (struct turn){false, buf_view(&out[0])};
	turns[2] = (struct turn){true, span_str("next")};
	say(&out[1], turns, 3);
	CHECK(strstr(out[1].p, "last step of the tour") != NULL);
	CHECK(strstr(out[1].p, "`next`") == NULL);
	buf_release(&out[0]);
	buf_release(&out[1]);
}

/* The title in row `row` of the list that ends an answer; an own static. */
static const char *row_of(const char *answer, const char *row)
{
	static char title[200];
	const char *at = strstr(answer, row);
	struct span rest = span_str(at != NULL ? at + strlen(row) : "");
	struct span line = span_cut(&rest, '\n');

	CHECK(at != NULL && line.n < sizeof(title));
	if (line.n >= sizeof(title))
		line.n = 0;
	if (line.n > 0)
		memcpy(title, line.p, line.n);
	title[line.n] = '\0';
	return title;
}

static void test_numbers(void)
{
	static const char *const second[] = {
		"2", "2.", "tell me about 2", "Tell me about 2?", "show 2"};
	struct turn turns[3] = {{true, span_str("how do I resume?")}};
	struct buf out[2];
	size_t i;

	buf_init(&out[0], BUF_LARGE);
	buf_init(&out[1], BUF_LARGE);
	say(&out[0], turns, 1);
	turns[1] = (struct turn){false, buf_view(&out[0])};
	for (i = 0; i < sizeof(second) / sizeof(second[0]); i++) {
		turns[2] = (struct turn){true, span_str(second[i])};
		say(&out[1], turns, 3);
		CHECK_STR(
			title_of(buf_view(&out[1])), row_of(out[0].p, "\n2. "));
	}
	turns[2] = (struct turn){true, span_str("more")};
	say(&out[1], turns, 3);
	CHECK_STR(title_of(buf_view(&out[1])), row_of(out[0].p, "\n1. "));
	/* No such row: a question like any other. */
	turns[2] = (struct turn){true, span_str("7")};
	say(&out[1], turns, 3);
	CHECK_STR(title_of(buf_view(&out[1])),
		"Cannot connect, timeout or TLS error (exit code 7)");
	buf_release(&out[0]);
	buf_release(&out[1]);
}

static void test_documents(void)
{
	static const char text[] =
		"When is the harvest of olives?\n\n"
		"Document \"farm.md\":\n````\n# Oil\n\nPressing takes a day.\n"
		"\n```\n# no heading\n```\n\n# Olives\n\nThe harvest begins in "
		"October.\n````";
	static const char other[] =
		"How do I quit?\n\nDocument \"a \\\"b\":\n```\n1 2 3\n```\n\n"
		"Document \"c\":\n```\n```";
	struct turn turn = {true, span_str(text)};
	struct buf out;

	buf_init(&out, BUF_LARGE);
	say(&out, &turn, 1);
	CHECK_STR(title_of(buf_view(&out)), "Olives");
	CHECK(strstr(out.p, "The harvest begins in October.\n") != NULL);
	CHECK(strstr(out.p, "farm.md") != NULL);
	CHECK(strstr(out.p, "Pressing") == NULL);
	turn.text = span_str(other);
	say(&out, &turn, 1);
	CHECK_STR(title_of(buf_view(&out)), "Leave the chat");
	CHECK(strstr(out.p, "(a \\\"b, c)") != NULL);
	/* A fence that never ends. */
	turn.text = span_str("what?\n\nDocument \"x\":\n```\nwhatever\n");
	say(&out, &turn, 1);
	turn.text = span_str("Document \"x\":\n```");
	say(&out, &turn, 1);
	buf_release(&out);
}

static void test_sections(void)
{
	struct manual m;
	struct buf b;
	size_t i;

	manual_init(&m);
	buf_init(&b, BUF_LARGE);
	CHECK_INT(
		manual_add(&m, span_str("x"),
			span_str("first\n\n# One\nKeywords: k\nbody\n# not "
				 "one\n\n## Two ##\n \n  #### deep\n\n# Empty"),
			NULL),
		ST_OK);
	CHECK_INT(m.n, 3);
	CHECK(span_is(m.rows[0].title, "x"));
	CHECK(span_is(m.rows[0].body, "first"));
	CHECK(span_is(m.rows[1].title, "One"));
	CHECK(span_is(span_trim(m.rows[1].keywords), "k"));
	CHECK(span_is(m.rows[1].body, "body\n# not one"));
	CHECK(span_is(m.rows[2].body, "  #### deep"));
	CHECK(manual_titled(&m, span_str("One")) == &m.rows[1]);
	CHECK(manual_titled(&m, span_str("Empty")) == NULL);
	/* Long texts in parts, none longer than the cap. */
	for (i = 0; i < 30000; i++)
		buf_str(&b, i % 100 == 99 ? "\n" : "ü");
	CHECK_INT(manual_add(&m, span_str("long"), buf_view(&b), NULL), ST_OK);
	CHECK(m.n > 10);
	for (i = 3; i < m.n; i++) {
		CHECK(m.rows[i].body.n <= MANUAL_PART_MAX);
		CHECK(span_is(m.rows[i].title, "long"));
	}
	buf_reset(&b);
	for (i = 0; i < 5000; i++)
		buf_str(&b, "ü");
	CHECK_INT(manual_add(&m, span_str("one"), buf_view(&b), NULL), ST_OK);
	buf_release(&b);
	manual_release(&m);
	manual_release(&m);
	CHECK_INT(manual_read(&m, "/nonexistent", NULL), ST_NOT_FOUND);
	CHECK_INT(manual_read(&m, TESTS_DIR "/unit", NULL), ST_NOT_FOUND);
	manual_release(&m);
}

/* Where the source of a page breaks its lines is not shown; where a line means
 * something, it is. */
static void test_lines(void)
{
	static const char page[] = "# Zebra crossing\n"
				   "one line\ngoes on\nhere.\n"
				   "\n"
				   "    code\n    more\n"
				   "\n"
				   "- an item\n  goes on\n- and one more\n"
				   "1. first\n   of all\n"
				   "\n"
				   "```\nfenced\nlines\n```\n"
				   "| a |\n| b |\n"
				   "Back\\\nagain\n";
	static const char want[] = "one line goes on here.\n"
				   "\n"
				   "    code\n    more\n"
				   "\n"
				   "- an item goes on\n- and one more\n"
				   "1. first of all\n"
				   "\n"
				   "```\nfenced\nlines\n```\n"
				   "| a |\n| b |\n";
	struct turn turn = {true, span_str("zebra crossing")};
	struct manual m;
	struct buf out;
	struct err err;

	manual_init(&m);
	buf_init(&out, BUF_LARGE);
	CHECK_INT(manual_add(&m, span_str("x"), span_str(page), &err), ST_OK);
	CHECK_INT(answer_make(&m, &turn, 1, &out, &err), ST_OK);
	CHECK(strstr(out.p, want) != NULL);
	if (strstr(out.p, want) == NULL)
		printf("%s\n", out.p);
	buf_release(&out);
	manual_release(&m);
}

int main(int argc, char **argv)
{
	struct err err;

	manual_init(&manual);
	if (manual_read(&manual, argc > 1 ? argv[1] : GUIDE, &err) != ST_OK) {
		printf("%s\n", err.msg);
		return 1;
	}
	if (argc > 1) {
		RUN(test_newcomers);
		RUN(test_unknown);
		manual_release(&manual);
		return REPORT();
	}
	RUN(test_lines);
	RUN(test_questions);
	RUN(test_unknown);
	RUN(test_tour);
	RUN(test_tour_end);
	RUN(test_numbers);
	RUN(test_documents);
	RUN(test_sections);
	manual_release(&manual);
	return REPORT();
}
