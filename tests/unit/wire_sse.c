/* Event streams: the vectors of web-platform-tests, cut in every way. */
#include "wire/sse.h"

#include <stdlib.h>

#include "base/file.h"
#include "unit/check.h"
#include "wire/json.h"

/* Everything that was reported, a line each, so that runs can be compared. */
struct log {
	struct buf text;
	int64_t retry;
	enum status refuse; /* what the callback returns */
};

static void put_field(struct buf *out, const char *name, struct span s)
{
	buf_str(out, name);
	json_put_string(out, s);
}

static enum status on_event(
	const struct sse_event *ev, void *payload, struct err *err)
{
	struct log *log = payload;

	log->retry = ev->retry;
	if (ev->comment) {
		put_field(&log->text, "comment ", ev->data);
	} else {
		struct span name = ev->event;

		put_field(&log->text, "event ",
			name.n > 0 ? name : span_str("message"));
		put_field(&log->text, " data ", ev->data);
		put_field(&log->text, " id ", ev->id);
		if (ev->error.n > 0)
			put_field(&log->text, " error ", ev->error);
		if (ev->partial)
			buf_str(&log->text, " partial");
	}
	buf_char(&log->text, '\n');
	if (log->refuse != ST_OK)
		return err_set(err, log->refuse, "refused");
	return ST_OK;
}

/* Feeds s in pieces: `step` bytes each (0: all), the first up to `cut`. */
static enum status feed(struct log *log, struct span s, size_t cut, size_t step,
	size_t event_max)
{
	enum status st = ST_OK;
	struct sse sse;
	size_t i = 0;

	buf_init(&log->text, BUF_LARGE);
	log->retry = -1;
	sse_init(&sse, event_max, on_event, log);
	while (i < s.n && st == ST_OK) {
		size_t n = i == 0 && cut > 0 ? cut : step > 0 ? step : s.n;
		char *copy;

		if (n > s.n - i)
			n = s.n - i;
		/* A block of its own, so that a sanitizer sees who reads
		 * beyond it or later. */
		copy = malloc(n);
		if (copy == NULL)
			abort();
		memcpy(copy, s.p + i, n);
		st = sse_feed(&sse, copy, n, NULL);
		free(copy);
		i += n;
	}
	if (st == ST_OK)
		st = sse_finish(&sse, NULL);
	CHECK(!log->text.bad);
	if (log->retry < 0)
		log->retry = sse.retry;
	sse_release(&sse);
	return st;
}

/* Whole, byte by byte, and cut in two at each place: all the same. */
static void check_cuts(const char *name, struct span s, size_t event_max)
{
	struct log whole = {.refuse = ST_OK};
	struct log other = {.refuse = ST_OK};
	enum status st = feed(&whole, s, 0, 0, event_max);
	size_t cut;

	for (cut = 0; cut <= s.n; cut++) {
		enum status st2 = feed(
			&other, s, cut, cut == 0 ? 1 : 0, event_max);

		CHECK_INT(st2, st);
		CHECK_STR(other.text.p, whole.text.p);
		if (st2 != st || strcmp(other.text.p, whole.text.p) != 0)
			printf("  %s, cut at %zu\n", name, cut);
		buf_release(&other.text);
	}
	buf_release(&whole.text);
}

/* The vectors keep bytes as the code points of Latin-1. */
static void latin1(struct span s, struct buf *out)
{
	size_t i = 0;

	while (i < s.n) {
		unsigned char c = (unsigned char)s.p[i];

		if (c >= 0xc2) {
			unsigned v = (c & 3u) << 6 |
				((unsigned char)s.p[i + 1] & 0x3fu);

			buf_char(out, (char)v);
			i += 2;
			continue;
		}
		buf_char(out, (char)c);
		i++;
	}
}

static void expect(const struct json *v, struct buf *out)
{
	const struct json *data = json_first(json_get(v, "data"));
	const struct json *event = json_first(json_get(v, "events"));
	const struct json *id = json_first(json_get(v, "ids"));

	for (; data != NULL; data = json_next(data), event = json_next(event)) {
		struct span s = {NULL, 0};

		CHECK(json_str(event, &s));
		put_field(out, "event ", s);
		CHECK(json_str(data, &s));
		put_field(out, " data ", s);
		if (id != NULL) {
			CHECK(json_str(id, &s));
			put_field(out, " id ", s);
			id = json_next(id);
		}
		buf_char(out, '\n');
	}
}

/* Leaves only what the vectors speak of. */
static void reduce(const struct buf *log, bool ids, struct buf *out)
{
	struct span rest = buf_view(log);

	while (rest.n > 0) {
		struct span line = span_cut(&rest, '\n');
		char *id;

		if (span_starts(line, "comment"))
			continue;
		/* The departure from the standard has a test of its own. */
		if (line.n > 8 &&
			memcmp(line.p + line.n - 8, " partial", 8) == 0)
			continue;
		buf_span(out, line);
		id = strstr(out->p, " id \"");
		while (id != NULL && strchr(id, '\n') != NULL)
			id = strstr(id + 1, " id \"");
		if (!ids && id != NULL)
			buf_truncate(out, (size_t)(id - out->p));
		buf_char(out, '\n');
	}
}

static void run_vector(const struct json *v)
{
	struct log log = {.refuse = ST_OK};
	struct buf bytes;
	struct buf want;
	struct buf got;

	buf_init(&bytes, BUF_LARGE);
	buf_init(&want, BUF_LARGE);
	buf_init(&got, BUF_LARGE);
	latin1(json_get_str(v, "raw_latin1"), &bytes);
	expect(v, &want);
	CHECK_INT(feed(&log, buf_view(&bytes), 0, 0, 0), ST_OK);
	reduce(&log.text, json_count(json_get(v, "ids")) > 0, &got);
	CHECK_STR(got.p, want.p);
	if (strcmp(got.p, want.p) != 0)
		printf("  vector %s\n", json_get_str(v, "name").p);
	if (json_type(json_get(v, "retry")) == JSON_NUMBER)
		CHECK_INT(log.retry, json_get_int(v, "retry", -2));
	check_cuts(json_get_str(v, "name").p, buf_view(&bytes), 0);
	buf_release(&log.text);
	buf_release(&bytes);
	buf_release(&want);
	buf_release(&got);
}

static void test_vectors(void)
{
	struct json *root = NULL;
	const struct json *v;
	struct buf file;
	size_t n = 0;

	buf_init(&file, BUF_LARGE);
	CHECK_INT(file_read(TESTS_DIR "/golden/sse_vectors.json", &file, NULL),
		ST_OK);
	CHECK_INT(json_parse(buf_view(&file), &root, NULL), ST_OK);
	for (v = json_first(root); v != NULL; v = json_next(v)) {
		run_vector(v);
		n++;
	}
	CHECK_INT(n, 26);
	json_free(root);
	buf_release(&file);
}

/* What goes beyond the vectors. */
static const struct {
	const char *in;
	const char *out;
} rows[] = {
	{": OPENROUTER PROCESSING\n\ndata: x\n\n",
		"comment \" OPENROUTER PROCESSING\"\n"
		"event \"message\" data \"x\" id \"\"\n"},
	{":\n\n:\r\r", "comment \"\"\ncomment \"\"\n"},
	{"error: {\"code\":500}\n\n",
		"event \"message\" data \"\" id \"\" error "
		"\"{\\\"code\\\":500}\"\n"},
	{"event: error\ndata: {}\n\n", "event \"error\" data \"{}\" id \"\"\n"},
	{"data: [DONE]", "event \"message\" data \"[DONE]\" id \"\" partial\n"},
	{"data: a\ndata: b\n",
		"event \"message\" data \"a\\nb\" id \"\" partial\n"},
	{"data: a\r", "event \"message\" data \"a\" id \"\" partial\n"},
	{"event: x\nid: 1\n", ""},
	{"event: x\n\n\n\n", ""},
	{"", ""},
	{"\xef\xbb\xbf", ""},
	{"\xef\xbb", ""},
	{"\xef\xbb"
	 "data: x\n\n",
		""},
	{"\xef\xbb\xbf\ndata: x\n\n", "event \"message\" data \"x\" id \"\"\n"},
	{"retry: -5\nretry: +5\nretry: 5 \ndata\n\n",
		"event \"message\" data \"\" id \"\"\n"},
	{"data:a\r\r\ndata:b\r\n\r\n",
		"event \"message\" data \"a\" id \"\"\n"
		"event \"message\" data \"b\" id \"\"\n"},
};

static void test_rows(void)
{
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct log log = {.refuse = ST_OK};

		CHECK_INT(feed(&log, span_str(rows[i].in), 0, 0, 0), ST_OK);
		CHECK_STR(log.text.p, rows[i].out);
		CHECK_INT(log.retry, -1);
		buf_release(&log.text);
		check_cuts(rows[i].in, span_str(rows[i].in), 0);
	}
}

/* 64 bytes of lines are the limit here. */
static void test_limits(void)
{
	static const char *const fit[] = {
		"data: "
		"0123456789012345678901234567890123456789012345678901234567"
		"\n\n",
		"\xef\xbb\xbf"
		"data: "
		"0123456789012345678901234567890123456789012345678901234567"
		"\n\n",
		"data: 01234567890123456789\ndata: "
		"012345678901234567890123456\n"
		":comments do not count, they come for hours\n"
		":comments do not count, they come for hours\n\n",
	};
	static const char *const large[] = {
		"data: "
		"01234567890123456789012345678901234567890123456789012345678"
		"\n\n",
		"data: "
		"0123456789012345678901234567890123456789012345678901234567"
		"890123456789012345678901234567890123456789",
		"data: 01234567890123456789\ndata: 01234567890123456789\n"
		"event: 0123456789012345678\n\n",
		":0123456789012345678901234567890123456789012345678901234567"
		"89012345678901234567890\n",
	};
	struct log log = {.refuse = ST_OK};
	size_t i;

	for (i = 0; i < sizeof(fit) / sizeof(fit[0]); i++) {
		CHECK_INT(feed(&log, span_str(fit[i]), 0, 0, 64), ST_OK);
		CHECK(strstr(log.text.p, "event \"message\"") != NULL);
		buf_release(&log.text);
		check_cuts("fit", span_str(fit[i]), 64);
	}
	for (i = 0; i < sizeof(large) / sizeof(large[0]); i++) {
		CHECK_INT(feed(&log, span_str(large[i]), 0, 0, 64), ST_SERVER);
		CHECK_STR(log.text.p, "");
		buf_release(&log.text);
		check_cuts("large", span_str(large[i]), 64);
	}
}

/* The callback's refusal comes out and stays. */
static void test_refusal(void)
{
	struct log log = {.refuse = ST_STOPPED};
	struct sse sse;
	struct err err;

	buf_init(&log.text, BUF_LARGE);
	sse_init(&sse, 0, on_event, &log);
	CHECK_INT(
		sse_feed(&sse, "data: a\n\ndata: b\n\n", 18, &err), ST_STOPPED);
	CHECK_STR(err.msg, "refused");
	CHECK_STR(log.text.p, "event \"message\" data \"a\" id \"\"\n");
	CHECK_INT(sse_feed(&sse, "data: c\n\n", 9, NULL), ST_STOPPED);
	CHECK_INT(sse_finish(&sse, NULL), ST_STOPPED);
	sse_release(&sse);
	buf_release(&log.text);
}

int main(void)
{
	RUN(test_vectors);
	RUN(test_rows);
	RUN(test_limits);
	RUN(test_refusal);
	return REPORT();
}
