/* text/line and text/mention: the grammar of the prompt. */
#include "unit/check.h"

#include <stdlib.h>

#include "text/line.h"

static struct span agents[5];

/*
 * What a row expects, written as one string:
 *   COMMAND word|rest   SHELL rest   EMPTY   ERROR part of the message
 *   TEXT text           then {name}, [file path], [last], [3-5], [chat ID/N]
 */
struct row {
	const char *in;
	const char *want;
};

static const struct row rows[] = {
	/* Nothing. */
	{"", "EMPTY"},
	{"  \t \n", "EMPTY"},
	/* Text. */
	{"hello", "TEXT hello"},
	{"  hello  ", "TEXT hello"},
	{"two\nlines", "TEXT two\nlines"},
	{"exit now", "TEXT exit now"},
	{"please quit", "TEXT please quit"},
	{"a / b ! c", "TEXT a / b ! c"},
	{"1 < 2 @ 3", "TEXT 1 < 2 @ 3"},
	{"@", "TEXT @"},
	{"@ llama", "TEXT @ llama"},
	{"ends with @", "TEXT ends with @"},
	{"@, what", "TEXT @, what"},
	/* Commands. */
	{"/help", "COMMAND help|"},
	{"/help  me now ", "COMMAND help|me now"},
	{"  /quit", "COMMAND quit|"},
	{"/?", "COMMAND ?|"},
	{"/", "COMMAND |"},
	{"/ x", "COMMAND |x"},
	{"/usr/bin/env", "COMMAND usr/bin/env|"},
	{"/system line\nline", "COMMAND system|line\nline"},
	{"/file @./a b", "COMMAND file|@./a b"},
	{"exit", "COMMAND exit|"},
	{" Quit ", "COMMAND Quit|"},
	{"EXIT\n", "COMMAND EXIT|"},
	{"//", "TEXT /"},
	{"//etc/passwd", "TEXT /etc/passwd"},
	{"// @llama", "TEXT / @llama{llama}"},
	{"///", "TEXT //"},
	{"hi //there", "TEXT hi //there"},
	/* Shell. */
	{"!ls -l", "SHELL ls -l"},
	{"! ls", "SHELL ls"},
	{"!", "SHELL "},
	{" !ls", "TEXT !ls"},
	{"wow!", "TEXT wow!"},
	/* Addressees. */
	{"@llama hi", "TEXT hi{llama}"},
	{"@LLaMa hi", "TEXT hi{llama}"},
	{"@llama", "TEXT {llama}"},
	{"@llama @coder hi", "TEXT hi{llama}{coder}"},
	{"@llama @llama hi", "TEXT hi{llama}"},
	{"@llama, @coder: hi", "TEXT hi{llama}{coder}"},
	{"@llama: hi", "TEXT hi{llama}"},
	{"@llama,hi", "TEXT hi{llama}"},
	{"@llama\nhi", "TEXT hi{llama}"},
	{"@llama's hat", "TEXT 's hat{llama}"},
	{"@llama /help", "TEXT /help{llama}"},
	{"@llama !ls", "TEXT !ls{llama}"},
	{"@gpt-4.1 hi", "TEXT hi{gpt-4.1}"},
	{"@J\xc3\x9cRGEN hallo", "TEXT hallo{j\xc3\xbcrgen}"},
	/* Names inside a text. */
	{"ask @coder about it", "TEXT ask @coder about it{coder}"},
	{"ask @coder.", "TEXT ask @coder.{coder}"},
	{"(@coder)", "TEXT (@coder){coder}"},
	{"cc:@coder", "TEXT cc:@coder{coder}"},
	{"@llama tell @CODER", "TEXT tell @CODER{llama}{coder}"},
	{"and @nobody else", "TEXT and @nobody else"},
	{"use @Override here", "TEXT use @Override here"},
	{"ask @coder/x", "TEXT ask @coder/x"},
	{"ask @coder@host", "TEXT ask @coder@host"},
	{"\xe3\x80\x8c@coder\xe3\x80\x8d",
		"TEXT \xe3\x80\x8c@coder\xe3\x80\x8d{coder}"},
	/* Unknown at the start. */
	{"@lama hi", "ERROR did you mean @llama"},
	{"@cdoer hi", "ERROR did you mean @coder"},
	{"@co hi", "ERROR did you mean @coder"},
	{"@zzzzzz hi", "ERROR no agent @zzzzzz; /agents"},
	{"@llama @codr hi", "ERROR did you mean @coder"},
	{"@Override public", "ERROR @@"},
	{"@5-3", "ERROR no agent @5-3"},
	{"@types/node is", "TEXT @types/node is"},
	/* Literal @. */
	{"@@llama hi", "TEXT @llama hi"},
	{"say @@coder", "TEXT say @coder"},
	{"@@", "TEXT @"},
	{"@llama @@coder", "TEXT @coder{llama}"},
	/* Addresses. */
	{"bob@example.com", "TEXT bob@example.com"},
	{"to bob@coder", "TEXT to bob@coder"},
	{"a.b+c@llama", "TEXT a.b+c@llama"},
	{"<bob@coder>", "TEXT <bob@coder>"},
	{"j\xc3\xbc@coder", "TEXT j\xc3\xbc@coder"},
	/* Files. */
	{"@./a.c", "TEXT @./a.c[file ./a.c]"},
	{"explain @./a.c, please", "TEXT explain @./a.c, please[file ./a.c]"},
	{"@../x/y.txt", "TEXT @../x/y.txt[file ../x/y.txt]"},
	{"@/etc/hosts.", "TEXT @/etc/hosts.[file /etc/hosts]"},
	{"@~/notes.md!", "TEXT @~/notes.md![file ~/notes.md]"},
	{"@./", "TEXT @./[file ./]"},
	{"@../..", "TEXT @../..[file ../..]"},
	{"@/", "TEXT @/"},
	{"@/ x", "TEXT @/ x"},
	{"@/.", "TEXT @/.[file /.]"},
	{"@./my\\ file.txt x", "TEXT @./my\\ file.txt x[file ./my file.txt]"},
	{"@\"./my file.txt\" x",
		"TEXT @\"./my file.txt\" x[file ./my file.txt]"},
	{"@'./my file' x", "TEXT @'./my file' x[file ./my file]"},
	{"@./\"my file\".txt x",
		"TEXT @./\"my file\".txt x[file ./my file.txt]"},
	{"@./\"a \\\" b\"", "TEXT @./\"a \\\" b\"[file ./a \" b]"},
	{"@./bob's.txt x", "TEXT @./bob's.txt x[file ./bob's.txt]"},
	{"@\"hello\"", "TEXT @\"hello\""},
	{"@./a(1).txt)", "TEXT @./a(1).txt)[file ./a(1).txt)]"},
	{"(@./a.txt)", "TEXT (@./a.txt)[file ./a.txt]"},
	{"@./\xe6\xbc\xa2.txt \xe3\x80\x80x",
		"TEXT @./\xe6\xbc\xa2.txt \xe3\x80\x80x"
		"[file ./\xe6\xbc\xa2.txt]"},
	{"@./a @/b/c", "TEXT @./a @/b/c[file ./a][file /b/c]"},
	{"@llama @./a sum", "TEXT @./a sum{llama}[file ./a]"},
	{"@~bob/x", "TEXT @~bob/x"},
	{"x@./a", "TEXT x@./a"},
	/* Earlier messages. */
	{"@last", "TEXT @last[last]"},
	{"shorten @LAST.", "TEXT shorten @LAST.[last]"},
	{"@3 again", "TEXT @3 again[3-3]"},
	{"compare @3-5, now", "TEXT compare @3-5, now[3-5]"},
	{"see @3.", "TEXT see @3.[3-3]"},
	{"see @3.5", "TEXT see @3.5"},
	{"see @0", "TEXT see @0"},
	{"see @5-3", "TEXT see @5-3"},
	{"see @3rd", "TEXT see @3rd"},
	{"see @9999999999", "TEXT see @9999999999"},
	/* Conversations. */
	{"@chat:3fa9", "TEXT @chat:3fa9[chat 3fa9/0]"},
	{"as in @chat:3fa9/12.", "TEXT as in @chat:3fa9/12.[chat 3fa9/12]"},
	{"@Chat:3fa9/x", "TEXT @Chat:3fa9/x[chat 3fa9/0]"},
	{"see @chat:", "TEXT see @chat:"},
	/* Not UTF-8. */
	{"\xff@coder", "TEXT \xff@coder{coder}"},
	{"@\xff", "TEXT @\xff"},
};

/* Writes the line in the form of the rows. */
static void describe(
	const struct line *l, const struct err *err, struct buf *out)
{
	size_t i;

	switch (l->kind) {
	case LINE_EMPTY: buf_str(out, "EMPTY"); break;
	case LINE_COMMAND:
		buf_fmt(out, "COMMAND %.*s|%.*s", (int)l->word.n, l->word.p,
			(int)l->rest.n, l->rest.p);
		break;
	case LINE_SHELL:
		buf_fmt(out, "SHELL %.*s", (int)l->rest.n, l->rest.p);
		break;
	case LINE_TEXT:
		buf_str(out, "TEXT ");
		buf_span(out, buf_view(&l->text));
		break;
	case LINE_ERROR: buf_fmt(out, "ERROR %s", err->msg); break;
	}
	for (i = 0; i < l->n_names; i++)
		buf_fmt(out, "{%.*s}", (int)l->names[i].n, l->names[i].p);
	for (i = 0; i < l->n_refs; i++) {
		const struct line_ref *r = &l->refs[i];

		if (r->kind == MENTION_FILE)
			buf_fmt(out, "[file %.*s]", (int)r->word.n, r->word.p);
		else if (r->kind == MENTION_LAST)
			buf_str(out, "[last]");
		else if (r->kind == MENTION_RANGE)
			buf_fmt(out, "[%lld-%lld]", (long long)r->first,
				(long long)r->last);
		else
			buf_fmt(out, "[chat %.*s/%lld]", (int)r->word.n,
				r->word.p, (long long)r->first);
	}
}

/* The input is a copy that is gone when the result is looked at. */
static void parse_copy(struct line *l, const char *in,
	const struct line_names *known, struct err *err)
{
	size_t n = strlen(in);
	char *copy = malloc(n + 1);

	if (copy == NULL)
		abort();
	memcpy(copy, in, n);
	err_clear(err);
	CHECK((line_parse(l, span_of(copy, n), known, err) == ST_OK) ==
		(l->kind != LINE_ERROR));
	free(copy);
}

static void known_agents(struct line_names *known)
{
	agents[0] = span_str("llama");
	agents[1] = span_str("guide");
	agents[2] = span_str("coder");
	agents[3] = span_str("gpt-4.1");
	agents[4] = span_str("j\xc3\xbcrgen");
	memset(known, 0, sizeof(*known));
	known->names = agents;
	known->n_names = 5;
}

static void grammar(void)
{
	struct line_names known;
	struct err err = {0};
	struct line l;
	size_t i;

	known_agents(&known);
	line_init(&l);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buf got;

		buf_init(&got, BUF_SMALL);
		parse_copy(&l, rows[i].in, &known, &err);
		describe(&l, &err, &got);
		if (l.kind == LINE_ERROR &&
			strncmp(rows[i].want, "ERROR ", 6) == 0)
			CHECK(strstr(got.p, rows[i].want + 6) != NULL);
		else
			CHECK_STR(got.p, rows[i].want);
		buf_release(&got);
	}
	CHECK(sizeof(rows) / sizeof(rows[0]) >= 60);
	line_release(&l);
}

/* Whatever it is, literal text comes through byte for byte. */
static void literal_lines_do_not_act(void)
{
	struct line_names known;
	struct err err = {0};
	struct line l;
	size_t i;

	known_agents(&known);
	known.flags = LINE_LITERAL;
	line_init(&l);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		parse_copy(&l, rows[i].in, &known, &err);
		if (l.kind == LINE_EMPTY)
			continue;
		CHECK_INT(l.kind, LINE_TEXT);
		CHECK_STR(l.text.p, rows[i].in);
		CHECK_INT(l.n_names + l.n_refs, 0);
	}
	line_release(&l);
}

static void pasted_parts_do_not_act(void)
{
	static const struct {
		const char *in;
		size_t from;
		size_t to;
		const char *want;
	} pasted[] = {
		{"@llama fix: @coder", 12, 18, "TEXT fix: @coder{llama}"},
		{"@coder hi", 0, 9, "TEXT @coder hi"},
		{"/quit", 0, 5, "TEXT /quit"},
		{"/quit", 1, 5, "COMMAND |quit"},
		{"!rm -rf", 0, 7, "TEXT !rm -rf"},
		{"exit", 0, 4, "TEXT exit"},
		{"exit", 2, 4, "TEXT exit"},
		{"see @./etc", 5, 10, "TEXT see @./etc"},
		{"@llama   x  ", 6, 12, "TEXT    x  {llama}"},
		{"  code", 0, 6, "TEXT   code"},
		{"a @@ b @@", 0, 4, "TEXT a @@ b @"},
		{"//x", 1, 3, "COMMAND |/x"},
		{"@lama", 0, 5, "TEXT @lama"},
		{"x @./a", 99, 100, "TEXT x @./a[file ./a]"},
	};
	struct line_names known;
	struct err err = {0};
	struct line l;
	size_t i;

	known_agents(&known);
	line_init(&l);
	for (i = 0; i < sizeof(pasted) / sizeof(pasted[0]); i++) {
		struct line_range range = {pasted[i].from, pasted[i].to};
		struct buf got;

		buf_init(&got, BUF_SMALL);
		known.literal = &range;
		known.n_literal = 1;
		parse_copy(&l, pasted[i].in, &known, &err);
		describe(&l, &err, &got);
		CHECK_STR(got.p, pasted[i].want);
		buf_release(&got);
	}
	line_release(&l);
}

static void refs_say_where_they_stand(void)
{
	struct line_names known;
	struct err err = {0};
	struct line l;

	known_agents(&known);
	line_init(&l);
	parse_copy(&l, "@llama a @@ and @./x or @3-5", &known, &err);
	CHECK_STR(l.text.p, "a @ and @./x or @3-5");
	CHECK_INT(l.n_refs, 2);
	if (l.n_refs == 2) {
		CHECK(span_is(span_of(l.text.p + l.refs[0].at, l.refs[0].len),
			"@./x"));
		CHECK(span_is(span_of(l.text.p + l.refs[1].at, l.refs[1].len),
			"@3-5"));
	}
	line_release(&l);
}

static void limits_hold(void)
{
	struct line_names known;
	struct err err = {0};
	struct buf in;
	struct line l;
	int i;

	known_agents(&known);
	line_init(&l);
	buf_init(&in, BUF_SMALL);
	for (i = 0; i <= LINE_REFS_MAX; i++)
		buf_str(&in, " @./x");
	CHECK_INT(line_parse(&l, buf_view(&in), &known, &err), ST_USAGE);
	CHECK_INT(l.kind, LINE_ERROR);
	CHECK(strstr(err.msg, "256") != NULL);
	buf_truncate(&in, in.len - 5);
	CHECK_INT(line_parse(&l, buf_view(&in), &known, &err), ST_OK);
	CHECK_INT(l.n_refs, LINE_REFS_MAX);
	CHECK_INT(line_parse(&l, span_str("@llama"), NULL, &err), ST_USAGE);
	buf_release(&in);
	line_release(&l);
}

static void completed_paths_read_back(void)
{
	static const char *const paths[] = {"./a", "./a b", "../x y/z.c",
		"/tmp/a\\b", "./\"q\" 'r'", "./a.", "./a,b;c", "~/(x) [y].txt!",
		"./\xe6\xbc\xa2 \xe5\xad\x97", "./dir/"};
	size_t i;

	for (i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		struct mention m = {0};
		struct buf word;
		struct buf back;

		buf_init(&word, BUF_SMALL);
		buf_init(&back, BUF_SMALL);
		mention_put_path(span_str(paths[i]), &word);
		buf_str(&word, " next");
		CHECK(mention_at(buf_view(&word), 0, &m));
		CHECK_INT(m.kind, MENTION_FILE);
		CHECK_INT(m.len, word.len - 5);
		mention_path(m.word, &back);
		CHECK_STR(back.p, paths[i]);
		buf_release(&word);
		buf_release(&back);
	}
}

int main(void)
{
	RUN(grammar);
	RUN(literal_lines_do_not_act);
	RUN(pasted_parts_do_not_act);
	RUN(refs_say_where_they_stand);
	RUN(limits_hold);
	RUN(completed_paths_read_back);
	return REPORT();
}
