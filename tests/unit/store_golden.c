/*
 * Files written once, which every later version must read: tests/golden/store
 * holds a vault (its key file: the byte 7, 32 times), a conversation and a
 * reply left behind by a crash. "unit_store_golden --write FOLDER" is how they
 * were made; they are never made again.
 */
#include "store/live.h"
#include "unit/journals.h"

#define GOLDEN TESTS_DIR "/golden/store"

static const char conv_hex[] = "00112233445566778899aabbccddeeff";

static const struct {
	enum role role;
	enum outcome outcome;
	const char *text;
	const char *reasoning;
	const char *document;
} rows[] = {
	{ROLE_USER, OUTCOME_NONE, "What is in the file?", "", "int x;\n"},
	{ROLE_ASSISTANT, OUTCOME_COMPLETE, "A variable.", "It is C.", NULL},
	{ROLE_USER, OUTCOME_NONE,
		"Gr\xc3\xbc\xc3\x9f"
		"e",
		"", NULL},
	{ROLE_ASSISTANT, OUTCOME_STOPPED, "Ha", "", NULL},
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

static struct msg *row_msg(size_t i)
{
	struct msg *m = msg_new(rows[i].role);

	HOME_MUST(m != NULL);
	m->id = number_id((uint32_t)i);
	if (i > 0)
		m->parent = number_id((uint32_t)i - 1);
	m->time_ms = 1764000000000 + (int64_t)i;
	m->outcome = rows[i].outcome;
	buf_str(&m->text, rows[i].text);
	buf_str(&m->reasoning, rows[i].reasoning);
	buf_str(&m->agent, "llama");
	if (m->role == ROLE_ASSISTANT) {
		buf_str(&m->model, "llama-3.3-70b-instruct");
		buf_str(&m->endpoint, "http://127.0.0.1:8080");
		buf_str(&m->finish, "stop");
		m->usage = (struct usage){10, 3, 13};
	}
	if (rows[i].document != NULL)
		HOME_MUST(msg_attach(m, span_str("x.c"),
				  span_str(rows[i].document), NULL) == ST_OK);
	return m;
}

static void write_conv(struct store *s, const struct id *conv)
{
	struct journal_with with = {s->vault, s->catalog, NULL, NULL};
	struct meta meta = {.set = META_TITLE | META_LEAF | META_TTY,
		.title = span_str("A golden one"),
		.tty = span_str("pts/7"),
		.leaf = number_id(1)};
	struct journal *j = NULL;
	struct record r;
	struct buf payload;
	size_t i;

	buf_init(&payload, BUF_LARGE);
	HOME_MUST(journal_create(&with, conv, &j, NULL) == ST_OK);
	for (i = 0; i < ROWS; i++) {
		struct msg *m = row_msg(i);

		buf_reset(&payload);
		HOME_MUST(record_of_msg(m, &payload, &r, NULL) == ST_OK);
		HOME_MUST(journal_append(j, &r, true, NULL) == ST_OK);
		msg_free(m);
	}
	buf_reset(&payload);
	record_put_meta(&meta, &payload);
	r = (struct record){.type = RECORD_META, .time_ms = 1764000000004};
	r.payload = buf_view(&payload);
	HOME_MUST(journal_append(j, &r, true, NULL) == ST_OK);
	journal_close(j);
	buf_release(&payload);
}

static int write_golden(const char *folder)
{
	struct store s;
	struct live *l = NULL;
	struct msg *m = msg_new(ROLE_ASSISTANT);
	struct id conv;

	HOME_MUST(box_init(NULL) == ST_OK && m != NULL);
	(void)snprintf(s.home.root, sizeof(s.home.root), "%s", folder);
	(void)snprintf(s.home.data, sizeof(s.home.data), "%s/data", folder);
	(void)snprintf(s.home.state, sizeof(s.home.state), "%s/state", folder);
	HOME_MUST(make_with(&s.home, NULL, 7, 0) == ST_OK);
	store_open(&s);
	HOME_MUST(id_parse(span_str(conv_hex), &conv));
	write_conv(&s, &conv);
	m->id = number_id(100);
	m->parent = number_id(2);
	m->time_ms = 1764000000100;
	HOME_MUST(live_begin(s.vault, &conv, m, &l, NULL) == ST_OK);
	HOME_MUST(
		live_write(l, DELTA_REASONING, span_str("hm"), NULL) == ST_OK);
	HOME_MUST(live_write(l, DELTA_TEXT, span_str("left "), NULL) == ST_OK);
	HOME_MUST(live_write(l, DELTA_TEXT, span_str("behind"), NULL) == ST_OK);
	live_end(l, false);
	msg_free(m);
	store_close(&s);
	return 0;
}

static void copy_tree(const char *from, const char *to)
{
	DIR *d = opendir(from);
	struct dirent *e;

	if (d == NULL) {
		size_t n;
		uint8_t *bytes = load(from, &n);

		home_write(to, bytes, n);
		free(bytes);
		return;
	}
	HOME_MUST(mkdir(to, 0700) == 0);
	while ((e = readdir(d)) != NULL) {
		char a[1024];
		char b[1024];

		if (e->d_name[0] == '.')
			continue;
		HOME_MUST(snprintf(a, sizeof(a), "%s/%s", from, e->d_name) <
			(int)sizeof(a));
		HOME_MUST(snprintf(b, sizeof(b), "%s/%s", to, e->d_name) <
			(int)sizeof(b));
		copy_tree(a, b);
	}
	(void)closedir(d);
}

struct seen {
	size_t messages;
	size_t metas;
	size_t recovered;
};

static void check_row(const struct msg *m, size_t i)
{
	struct msg *want = row_msg(i);

	CHECK(id_eq(&m->id, &want->id) && id_eq(&m->parent, &want->parent));
	CHECK_INT(m->role, want->role);
	CHECK_INT(m->outcome, want->outcome);
	CHECK_INT(m->time_ms, want->time_ms);
	CHECK_STR(m->text.p, want->text.p);
	CHECK_STR(m->reasoning.p, want->reasoning.p);
	CHECK_STR(m->agent.p, want->agent.p);
	CHECK_STR(m->model.p, want->model.p);
	CHECK_STR(m->endpoint.p, want->endpoint.p);
	CHECK_STR(m->finish.p, want->finish.p);
	CHECK_INT(m->usage.total, want->usage.total);
	CHECK_INT(m->attach_n, want->attach_n);
	if (m->attach_n == 1 && want->attach_n == 1)
		CHECK_STR(m->attach[0].text.p, want->attach[0].text.p);
	msg_free(want);
}

static enum status take(const struct record *r, void *payload, struct err *err)
{
	struct seen *k = payload;
	struct msg *m = NULL;
	struct meta meta;

	(void)err;
	if (r->type == RECORD_META) {
		k->metas++;
		CHECK_INT(record_get_meta(r->payload, &meta, NULL), ST_OK);
		CHECK(span_is(meta.title, "A golden one"));
		CHECK(span_is(meta.tty, "pts/7"));
		return ST_OK;
	}
	CHECK_INT(r->type, RECORD_MESSAGE);
	CHECK_INT(record_get_msg(r, &m, NULL), ST_OK);
	if (m == NULL)
		return ST_OK;
	if (m->recovered) {
		k->recovered++;
		CHECK_STR(m->text.p, "left behind");
		CHECK_STR(m->reasoning.p, "hm");
	} else if (k->messages < ROWS) {
		check_row(m, k->messages++);
	}
	msg_free(m);
	return ST_OK;
}

static void test_golden(void)
{
	struct store s;
	struct seen k = {0, 0, 0};
	struct journal_with with;
	struct journal *j = NULL;
	struct live_report rep;
	struct id conv;

	HOME_MUST(box_init(NULL) == ST_OK);
	home_new(&s.home);
	copy_tree(GOLDEN "/data", s.home.data);
	store_open(&s);
	with = (struct journal_with){s.vault, s.catalog, take, &k};
	HOME_MUST(id_parse(span_str(conv_hex), &conv));
	live_report_init(&rep);
	CHECK_INT(live_recover(s.vault, s.catalog, &rep, NULL), ST_OK);
	CHECK_INT(rep.recovered, 1);
	live_report_release(&rep);
	CHECK_INT(journal_open(&with, &conv, &j, NULL), ST_OK);
	CHECK_INT(journal_read(j, NULL), ST_OK);
	CHECK_INT(k.messages, ROWS);
	CHECK_INT(k.metas, 1);
	CHECK_INT(k.recovered, 1);
	CHECK(!journal_report(j)->damaged);
	journal_close(j);
	store_free(&s);
}

int main(int argc, char **argv)
{
	if (argc == 3 && strcmp(argv[1], "--write") == 0)
		return write_golden(argv[2]);
	RUN(test_golden);
	return REPORT();
}
