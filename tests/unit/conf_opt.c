/* conf: options as tables, parsing, help and dump. */
#include "unit/check.h"

#include "conf/check.h"
#include "conf/opt.h"

struct values {
	bool quiet;
	int verbose;
	const char *model;
	const char *path;
	struct opt_int n;
	struct opt_real t;
	struct opt_int wait_ms;
	int color;
	struct opt_maybe resume;
	struct opt_list files;
	struct opt_list headers;
	bool help;
};

static const struct opt_word colors[] = {
	{"auto", 0}, {"always", 1}, {"never", 2}, {NULL, 0}};

#define AT(m) .at = offsetof(struct values, m)
#define TEXTS .group = "Things", .help = "Does a thing"

/* clang-format off */
static const struct opt_row rows[] = {
	{'q', .name = "quiet", .type = OPT_FLAG, AT(quiet), TEXTS},
	{'v', .name = "verbose", .type = OPT_COUNT, AT(verbose), TEXTS},
	{'m', .name = "model", .arg = "ID", .type = OPT_STR, AT(model),
		.env = "MODEL", TEXTS},
	{'o', .name = "output", .arg = "FILE", .type = OPT_PATH, AT(path),
		TEXTS},
	{'n', .name = "max-tokens", .arg = "N", .type = OPT_INT, .lo = 1,
		.hi = 16777216, AT(n), TEXTS},
	{'t', .name = "temperature", .arg = "T", .type = OPT_REAL, .lo = 0,
		.hi = 2, AT(t), TEXTS},
	{.name = "a-name-that-leaves-no-room", .arg = "SECONDS",
		.type = OPT_TIME, .lo = 0.001, .hi = 100, AT(wait_ms),
		.group = "Times", .where = 2,
		.help = "A sentence that is so long that it does not fit on "
			"one line and has to go on where the first began"},
	{.name = "color", .arg = "WHEN", .type = OPT_WORD, .words = colors,
		AT(color), TEXTS},
	{'r', .name = "resume", .arg = "ID", .type = OPT_MAYBE, AT(resume),
		TEXTS},
	{'f', .name = "file", .arg = "PATH", .type = OPT_LIST, AT(files),
		TEXTS},
	{.name = "header", .arg = "K:V", .type = OPT_CALL, .many = true,
		.call = store_header, AT(headers), TEXTS},
	{'h', .name = "help", .type = OPT_FLAG, .last = true, AT(help),
		TEXTS},
};
/* clang-format on */

static const struct opt_table table = {rows, sizeof(rows) / sizeof(rows[0])};

#define ARGC_MAX 32

/* One parse of words parted by '|'. */
struct run {
	char text[512];
	char *argv[ARGC_MAX];
	int argc;
	struct values v;
	struct opt_parsed p;
	struct err err;
	enum status st;
};

static void run_parse(struct run *r, const char *line)
{
	char *at = r->text;

	memset(r, 0, sizeof(*r));
	opt_parsed_init(&r->p);
	(void)snprintf(r->text, sizeof(r->text), "prog|%s", line);
	while (r->argc < ARGC_MAX) {
		char *bar = strchr(at, '|');

		r->argv[r->argc++] = at;
		if (bar == NULL)
			break;
		*bar = '\0';
		at = bar + 1;
	}
	r->st = opt_parse(&table, r->argc, r->argv, &r->v, &r->p, &r->err);
}

static void run_end(struct run *r)
{
	opt_parsed_release(&r->p);
	opt_list_release(&r->v.files);
	opt_list_release(&r->v.headers);
}

static void clusters_values_and_words(void)
{
	struct run r;

	run_parse(&r, "-qvv|one|-mabc|-n|5|two|--model=x=y|-|-t0.25|-vq");
	CHECK_INT(r.st, ST_OK);
	CHECK(r.v.quiet);
	CHECK_INT(r.v.verbose, 3);
	CHECK_STR(r.v.model, "x=y");
	CHECK(r.v.n.set);
	CHECK_INT(r.v.n.v, 5);
	CHECK(r.v.t.set && r.v.t.v == 0.25);
	CHECK_INT(r.p.words.n, 3);
	CHECK_STR(r.p.words.v[2], "-");
	CHECK(r.p.literal == SIZE_MAX);
	CHECK_INT(r.p.seen[2], 2);
	CHECK_INT(r.p.seen[3], 0);
	CHECK(!r.v.resume.set);
	run_end(&r);
	run_parse(&r, "-qmabc");
	CHECK_INT(r.st, ST_OK);
	CHECK_STR(r.v.model, "abc");
	run_end(&r);
	run_parse(&r, "-f|a|--file=b|-fc|--header|A: b|--header=C:d|-m|");
	CHECK_INT(r.st, ST_OK);
	CHECK_INT(r.v.files.n, 3);
	CHECK_STR(r.v.files.v[2], "c");
	CHECK_INT(r.v.headers.n, 2);
	CHECK_STR(r.v.model, "");
	run_end(&r);
}

static void optional_value_only_attached(void)
{
	struct run r;

	run_parse(&r, "-r|word");
	CHECK_INT(r.st, ST_OK);
	CHECK(r.v.resume.set);
	CHECK(r.v.resume.v == NULL);
	CHECK_INT(r.p.words.n, 1);
	run_end(&r);
	run_parse(&r, "-rID7");
	CHECK_STR(r.v.resume.v, "ID7");
	run_end(&r);
	run_parse(&r, "--resume=ID8|-q");
	CHECK_STR(r.v.resume.v, "ID8");
	CHECK(r.v.quiet);
	run_end(&r);
	run_parse(&r, "--resume|-q");
	CHECK(r.v.resume.set && r.v.resume.v == NULL);
	run_end(&r);
	run_parse(&r, "-qr");
	CHECK(r.v.resume.set && r.v.resume.v == NULL && r.v.quiet);
	run_end(&r);
}

static void double_dash_ends_options(void)
{
	struct run r;

	run_parse(&r, "a|--|-q|--|b");
	CHECK_INT(r.st, ST_OK);
	CHECK(!r.v.quiet);
	CHECK_INT(r.p.words.n, 4);
	CHECK_STR(r.p.words.v[2], "--");
	CHECK_INT(r.p.literal, 1);
	run_end(&r);
	run_parse(&r, "--");
	CHECK_INT(r.p.literal, 0);
	run_end(&r);
}

static void last_stops(void)
{
	struct run r;

	run_parse(&r, "x|-qh|--bogus|-Z");
	CHECK_INT(r.st, ST_OK);
	CHECK(r.v.help && r.v.quiet && r.p.stopped);
	run_end(&r);
	run_parse(&r, "-hZ");
	CHECK_INT(r.st, ST_OK);
	run_end(&r);
}

static void faults_name_the_option(void)
{
	static const struct {
		const char *line;
		const char *msg;
	} cases[] = {
		{"--modle=x", "unknown option --modle; did you mean --model?"},
		{"--mod", "unknown option --mod; did you mean --model?"},
		{"--bogus-name",
			"unknown option --bogus-name; see --help, or put "
			"\"--\" "
			"before a prompt"},
		{"-qZ",
			"unknown option -Z; see --help, or put \"--\" before "
			"a prompt"},
		{"--quiet=1", "--quiet: takes no value"},
		{"-m", "-m: ID is missing"},
		{"--model", "--model: ID is missing"},
		{"-n|0", "-n: \"0\" is not a whole number from 1 to 16777216"},
		{"-n|16777217",
			"-n: \"16777217\" is not a whole number from "
			"1 to 16777216"},
		{"-n|0x10",
			"-n: \"0x10\" is not a whole number from 1 to "
			"16777216"},
		{"-n99999999999999999999",
			"-n: \"99999999999999999999\" is not a whole number "
			"from 1 to 16777216"},
		{"-t|nan", "-t: \"nan\" is not a number from 0 to 2"},
		{"-t|1e0", "-t: \"1e0\" is not a number from 0 to 2"},
		{"-t|2.001", "-t: \"2.001\" is not a number from 0 to 2"},
		{"-t|-0.1", "-t: \"-0.1\" is not a number from 0 to 2"},
		{"-t|", "-t: \"\" is not a number from 0 to 2"},
		{"-t|.", "-t: \".\" is not a number from 0 to 2"},
		{"-t|0,7", "-t: \"0,7\" is not a number from 0 to 2"},
		{"--a-name-that-leaves-no-room=0",
			"--a-name-that-leaves-no-room: \"0\" is not a number "
			"of seconds from 0.001 to 100"},
		{"--color=red",
			"--color: \"red\" is none of auto, always, "
			"never"},
		{"-o|", "-o: the path is empty"},
		{"--header=x",
			"--header: \"x\" is not a header of the form "
			"\"Name: value\""},
	};
	struct run r;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		run_parse(&r, cases[i].line);
		CHECK_INT(r.st, ST_USAGE);
		CHECK_INT(r.err.code, ST_USAGE);
		CHECK_STR(r.err.msg, cases[i].msg);
		run_end(&r);
	}
}

static void decimals_are_exact(void)
{
	static const struct {
		const char *text;
		double v;
	} good[] = {
		{"0", 0},
		{"0.7", 0.7},
		{".5", 0.5},
		{"1.", 1},
		{"0.1", 0.1},
		{"123456789012345", 123456789012345.0},
		{"0.000001", 0.000001},
		{"-2.5", -2.5},
		{"0.30000000000000", 0.3},
	};
	static const char *const bad[] = {"", ".", "-", "+1", "1e3", "0x1",
		"1 ", "inf", "1..2", "1,5", "1234567890123456",
		"0.0000000000000000000000001"};
	double v;
	size_t i;

	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		v = -1;
		CHECK(opt_decimal(span_str(good[i].text), &v));
		CHECK(v == good[i].v);
	}
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		v = -1;
		CHECK(!opt_decimal(span_str(bad[i]), &v));
		CHECK(v == -1);
	}
}

static void times_are_milliseconds(void)
{
	struct run r;

	run_parse(&r, "--a-name-that-leaves-no-room=1.5");
	CHECK_INT(r.v.wait_ms.v, 1500);
	run_end(&r);
	run_parse(&r, "--a-name-that-leaves-no-room=0.0015");
	CHECK_INT(r.v.wait_ms.v, 2);
	run_end(&r);
}

static void flags_of_a_file_say_yes_or_no(void)
{
	struct values v = {0};
	struct err err = {0};

	CHECK_INT(opt_store(&rows[0], &v, "Yes", &err), ST_OK);
	CHECK(v.quiet);
	CHECK_INT(opt_store(&rows[0], &v, "off", &err), ST_OK);
	CHECK(!v.quiet);
	CHECK_INT(opt_store(&rows[0], &v, "1", &err), ST_USAGE);
	CHECK_STR(err.msg, "\"1\" is neither yes nor no");
}

static void help_fits_and_is_grouped(void)
{
	struct buf b;
	struct span rest;

	buf_init(&b, BUF_SMALL);
	opt_help(&table, 0, &b);
	CHECK(strstr(b.p,
		      "\nThings:\n  -q, --quiet               Does a "
		      "thing\n") != NULL);
	CHECK(strstr(b.p, "  -r, --resume[=ID]         Does") != NULL);
	CHECK(strstr(b.p, "Does a thing [MODEL]\n") != NULL);
	CHECK(strstr(b.p,
		      "\nTimes:\n      --a-name-that-leaves-no-room "
		      "SECONDS\n                            A sentence") !=
		NULL);
	for (rest = buf_view(&b); rest.n > 0;)
		CHECK(span_cut(&rest, '\n').n <= 80);
	buf_reset(&b);
	opt_help(&table, 1, &b);
	CHECK(strstr(b.p, "Times:") == NULL);
	buf_reset(&b);
	opt_help(&table, 2, &b);
	CHECK(strstr(b.p, "Times:") != NULL);
	CHECK(strstr(b.p, "--quiet") != NULL);
	buf_release(&b);
}

static void dump_has_a_line_a_row(void)
{
	struct buf b;

	buf_init(&b, BUF_SMALL);
	opt_dump(&table, &b);
	CHECK(strstr(b.p,
		      "q\tquiet\t-\tnone\t-\t0\t-\tThings\tDoes a thing\n") ==
		b.p);
	CHECK(strstr(b.p, "\nm\tmodel\tID\ttext\t-\t0\tMODEL\t") != NULL);
	CHECK(strstr(b.p, "\n-\tcolor\tWHEN\twords\tauto,always,never\t") !=
		NULL);
	CHECK(strstr(b.p, "\nr\tresume\tID\tmaybe\t") != NULL);
	CHECK(strstr(b.p, "\nf\tfile\tPATH\tfile\t") != NULL);
	CHECK(strstr(b.p, "\tSECONDS\ttime\t-\t2\t") != NULL);
	buf_release(&b);
}

static void hosts_urls_headers(void)
{
	static const struct {
		const char *text;
		bool url;
	} urls[] = {
		{"https://host/v1", true},
		{"http://127.0.0.1:8080", true},
		{"HTTP://[::1]:8080/v1?a=b", true},
		{"https://bücher.example/v1", true},
		{"https://", false},
		{"https:///v1", false},
		{"https://user@host/v1", false},
		{"https://user:pw@host/", false},
		{"https://host:0/", false},
		{"https://host:65536/", false},
		{"https://host:/", false},
		{"https://ho st/", false},
		{"https://host/a b", false},
		{"https://host/\n", false},
		{"https://host/#x", false},
		{"https://host\\@evil/", false},
		{"https://[::1/", false},
		{"ftp://host/", false},
		{"host/v1", false},
		{"", false},
	};
	static const struct {
		const char *text;
		bool ok;
	} headers[] = {
		{"X-Title: atllama", true},
		{"a:", true},
		{"X-Tab:\ta\tb", true},
		{"no colon", false},
		{": v", false},
		{"a b: v", false},
		{"X: a\r\nY: b", false},
		{"X: a\x7f", false},
		{"Content-Length: 5", false},
		{"transfer-encoding: chunked", false},
		{"", false},
	};
	size_t i;

	for (i = 0; i < sizeof(urls) / sizeof(urls[0]); i++)
		if (check_url(span_str(urls[i].text)) != urls[i].url) {
			CHECK_STR(urls[i].text, "judged otherwise");
		}
	for (i = 0; i < sizeof(headers) / sizeof(headers[0]); i++)
		if (check_header(span_str(headers[i].text)) != headers[i].ok) {
			CHECK_STR(headers[i].text, "judged otherwise");
		}
	CHECK(check_name(span_str("a-1_B")));
	CHECK(!check_name(span_str("1a")));
	CHECK(!check_name(span_str("a.b")));
	CHECK(!check_name(span_str("")));
	CHECK(check_variable(span_str("_A1")));
	CHECK(!check_variable(span_str("1A")));
	CHECK(check_host(span_str("gpu-box.lan:8080")));
	CHECK(!check_host(span_str("http://x")));
}

int main(void)
{
	RUN(clusters_values_and_words);
	RUN(optional_value_only_attached);
	RUN(double_dash_ends_options);
	RUN(last_stops);
	RUN(faults_name_the_option);
	RUN(decimals_are_exact);
	RUN(times_are_milliseconds);
	RUN(flags_of_a_file_say_yes_or_no);
	RUN(help_fits_and_is_grouped);
	RUN(dump_has_a_line_a_row);
	RUN(hosts_urls_headers);
	return REPORT();
}
