#include "wire/exchange.h"

#include <stdlib.h>
#include <string.h>

#include "unit/check.h"
#include "wire/json.h"

/* "title/agent/system: role=text role=text |" for each conversation. */
static enum status note(struct conv *c, void *payload, struct err *err)
{
	struct buf *out = payload;
	struct msg **path = NULL;
	size_t n = 0;
	size_t i;

	buf_fmt(out, "%s/%s/%s:", c->title.p, c->agent.p, c->system.p);
	CHECK_INT(conv_path(c, &path, &n, err), ST_OK);
	for (i = 0; i < n; i++) {
		buf_fmt(out, " %s=%s", role_name(path[i]->role),
			path[i]->text.p);
		if (path[i]->attach_n > 0)
			buf_fmt(out, "+%s", path[i]->attach[0].name.p);
	}
	buf_str(out, " |");
	free(path);
	return ST_OK;
}

static void expect(const char *text, const char *want, size_t want_skipped)
{
	struct buf out;
	struct err err = {0};
	size_t skipped = 0;

	buf_init(&out, BUF_LARGE);
	CHECK_INT(exchange_read(span_str(text), note, &out, &skipped, &err),
		ST_OK);
	CHECK_STR(err.msg, "");
	CHECK_STR(out.p, want);
	CHECK_INT(skipped, want_skipped);
	buf_release(&out);
}

static void refuse(const char *text, const char *why)
{
	struct buf out;
	struct err err = {0};
	size_t skipped = 0;

	buf_init(&out, BUF_LARGE);
	CHECK_INT(exchange_read(span_str(text), note, &out, &skipped, &err),
		ST_DAMAGED);
	if (strstr(err.msg, why) == NULL) {
		CHECK_STR(err.msg, why);
	}
	buf_release(&out);
}

static void test_plain(void)
{
	expect("[{\"role\":\"user\",\"content\":\"hi\"},"
	       "{\"role\":\"assistant\",\"content\":\"hello\"}]",
		"//: user=hi assistant=hello |", 0);
	expect("[{\"role\":\"human\",\"content\":\"hi\"},"
	       "{\"role\":\"ai\",\"content\":[{\"type\":\"text\","
	       "\"text\":\"he\"},\"llo\",{\"type\":\"image_url\"}]}]",
		"//: user=hi assistant=hello |", 0);
	expect("[{\"role\":\"system\",\"content\":\"short\"},"
	       "{\"role\":\"user\",\"content\":\"a\\u0000b\"},"
	       "{\"role\":\"tool\",\"content\":\"x\"},"
	       "{\"role\":\"assistant\",\"content\":null}]",
		"//short: user=a\xef\xbf\xbd"
		"b |",
		2);
	expect("{\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}],"
	       "\"title\":\"T\",\"system\":\"S\",\"agent\":\"A\"}",
		"T/A/S: user=hi |", 0);
	expect("[{\"messages\":[{\"role\":\"user\",\"content\":\"1\"}]},"
	       "{\"messages\":[{\"role\":\"user\",\"content\":\"2\"}]}]",
		"//: user=1 |//: user=2 |", 0);
	expect("\xef\xbb\xbf{\"role\":\"user\",\"content\":\"hi\"}",
		"//: user=hi |", 0);
}

static void test_lines(void)
{
	expect("{\"role\":\"user\",\"content\":\"hi\"}\n\n"
	       "{\"role\":\"ai\",\"content\":\"yes\"}\r\n",
		"//: user=hi assistant=yes |", 0);
	expect("{\"title\":\"one\"}\n{\"role\":\"user\",\"content\":\"1\"}\n"
	       "{\"title\":\"two\"}\n{\"role\":\"user\",\"content\":\"2\"}\n",
		"one//: user=1 |two//: user=2 |", 0);
	expect("{\"messages\":[{\"role\":\"user\",\"content\":\"1\"}]}\n"
	       "{\"messages\":[{\"role\":\"user\",\"content\":\"2\"}]}\n",
		"//: user=1 |//: user=2 |", 0);
}

static void test_refused(void)
{
	refuse("", "JSON");
	refuse("hello", "");
	refuse("[]", "no message");
	refuse("{}", "neither");
	refuse("[1]", "element 1");
	refuse("{\"messages\":[]}", "no message");
	refuse("[{\"role\":\"user\",\"content\":\"x\"},{\"role\":\"boss\"}]",
		"element 2: \"boss\" is no role");
	refuse("{\"messages\":[{\"content\":\"x\"}]}", "message 1: ");
	refuse("[{\"role\":\"user\",\"content\":7}]", "no text");
	refuse("[{\"role\":\"user\",\"content\":[7]}]", "no text");
	refuse("{\"role\":\"user\",\"content\":\"hi\"}\n{\"role\":\"user\"",
		"line 2");
}

/* The exports of other programs. */
static void test_foreign(void)
{
	static const char chatgpt[] =
		"[{\"title\":\"Trip\",\"create_time\":1.5,\"mapping\":{"
		"\"r\":{\"message\":null,\"parent\":null},"
		"\"s\":{\"parent\":\"r\",\"message\":{\"author\":{\"role\":"
		"\"system\"},\"content\":{\"parts\":[\"\"]}}},"
		"\"q\":{\"parent\":\"s\",\"message\":{\"author\":{\"role\":"
		"\"user\"},\"content\":{\"parts\":[{\"asset_pointer\":\"x\"},"
		"\"Where?\"]}}},"
		"\"a1\":{\"parent\":\"q\",\"message\":{\"author\":{\"role\":"
		"\"assistant\"},\"content\":{\"parts\":[\"Peru\"]}}},"
		"\"t\":{\"parent\":\"q\",\"message\":{\"author\":{\"role\":"
		"\"tool\"},\"content\":{\"text\":\"42\"}}},"
		"\"a2\":{\"parent\":\"t\",\"message\":{\"author\":{\"role\":"
		"\"assistant\"},\"content\":{\"parts\":[\"Chile\"]}}}},"
		"\"current_node\":\"%s\"}]";
	struct buf text;

	buf_init(&text, BUF_SMALL);
	buf_fmt(&text, chatgpt, "a1");
	expect(text.p, "Trip//: user=Where? assistant=Peru |", 0);
	buf_reset(&text);
	buf_fmt(&text, chatgpt, "a2");
	expect(text.p, "Trip//: user=Where? assistant=Chile |", 1);
	buf_reset(&text);
	buf_fmt(&text, chatgpt, "gone");
	expect(text.p, "Trip//: user=Where? assistant=Chile |", 1);
	buf_release(&text);
	expect("[{\"uuid\":\"1\",\"name\":\"Empty\",\"chat_messages\":[]},"
	       "{\"name\":\"Food\",\"chat_messages\":["
	       "{\"sender\":\"human\",\"text\":\"old form\","
	       "\"attachments\":[{\"file_name\":\"a.txt\","
	       "\"extracted_content\":\"x\"}]},"
	       "{\"sender\":\"assistant\",\"text\":\"both\",\"content\":["
	       "{\"type\":\"thinking\",\"thinking\":\"hm\"},"
	       "{\"type\":\"text\",\"text\":\"new form\"}]}]}]",
		"Food//: user=old form+a.txt assistant=new form |", 0);
	expect("{\"conversations\":[{\"from\":\"system\",\"value\":\"be\"},"
	       "{\"from\":\"human\",\"value\":\"hi\"},"
	       "{\"from\":\"gpt\",\"value\":\"yo\"}]}",
		"//be: user=hi assistant=yo |", 0);
	refuse("{\"mapping\":{\"a\":{\"parent\":\"b\"},"
	       "\"b\":{\"parent\":\"a\"}}}",
		"circle");
	refuse("{\"mapping\":{}}", "no message");
	refuse("[{\"conversations\":[{\"from\":\"boss\",\"value\":\"\"}]}]",
		"element 1: message 1: \"boss\" is no role");
}

static enum status its_times(struct conv *c, void *payload, struct err *err)
{
	(void)payload;
	(void)err;
	CHECK_INT(c->n, 4);
	CHECK_INT(c->all[0]->time_ms, 1700000000250);
	CHECK_STR(c->all[1]->model.p, "m");
	CHECK_INT(c->all[1]->outcome, OUTCOME_COMPLETE);
	/* No times: the present. */
	CHECK(c->all[2]->time_ms > 1764000000000);
	CHECK(c->all[3]->time_ms > 1764000000000);
	return ST_OK;
}

static enum status iso_times(struct conv *c, void *payload, struct err *err)
{
	(void)payload;
	(void)err;
	CHECK_INT(c->all[0]->time_ms, 1764000000000);
	return ST_OK;
}

static void test_foreign_times(void)
{
	static const char *const iso[] = {"2025-11-24T16:00:00.123456Z",
		"2025-11-24T16:00:00.123456+00:00", "2025-11-24T16:00:00Z"};
	struct buf text;
	size_t skipped;
	size_t i;

	CHECK_INT(exchange_read(span_str("{\"mapping\":{\"a\":{\"message\":{"
					 "\"author\":{\"role\":\"user\"},"
					 "\"create_time\":1700000000.25,"
					 "\"content\":{\"parts\":[\"x\"]}}},"
					 "\"b\":{\"parent\":\"a\",\"message\":{"
					 "\"author\":{\"role\":\"assistant\"},"
					 "\"metadata\":{\"model_slug\":\"m\"},"
					 "\"content\":{\"parts\":[\"y\"]}}},"
					 "\"c\":{\"parent\":\"b\",\"message\":{"
					 "\"author\":{\"role\":\"user\"},"
					 "\"create_time\":1e300,"
					 "\"content\":{\"parts\":[\"z\"]}}},"
					 "\"d\":{\"parent\":\"c\",\"message\":{"
					 "\"author\":{\"role\":\"user\"},"
					 "\"create_time\":\"soon\","
					 "\"content\":{\"parts\":[\"z\"]}}}}}"),
			  its_times, NULL, &skipped, NULL),
		ST_OK);
	buf_init(&text, BUF_SMALL);
	for (i = 0; i < sizeof(iso) / sizeof(iso[0]); i++) {
		buf_reset(&text);
		buf_fmt(&text,
			"{\"chat_messages\":[{\"sender\":\"human\","
			"\"text\":\"x\",\"created_at\":\"%s\"}]}",
			iso[i]);
		CHECK_INT(exchange_read(buf_view(&text), iso_times, NULL,
				  &skipped, NULL),
			ST_OK);
	}
	buf_release(&text);
}

static enum status again(struct conv *c, void *payload, struct err *err)
{
	(void)err;
	CHECK_STR(c->title.p, "the title");
	CHECK_STR(c->system.p, "be brief");
	CHECK_INT(c->n, 2);
	CHECK_STR(c->all[0]->attach[0].text.p, "bytes");
	CHECK_INT(c->all[1]->time_ms, 1764000000000);
	CHECK_INT(c->all[1]->outcome, OUTCOME_CUT);
	CHECK_STR(c->all[1]->model.p, "m-1");
	CHECK_STR(c->all[1]->endpoint.p, "https://e.example");
	CHECK_STR(c->all[1]->reasoning.p, "because");
	++*(int *)payload;
	return ST_OK;
}

/* What is written is read again, in both forms. */
static void test_round(void)
{
	struct conv c;
	struct msg **path = NULL;
	struct json_writer w;
	struct buf out;
	size_t skipped;
	size_t n = 0;
	int times = 0;
	int i;

	conv_init(&c);
	buf_init(&out, BUF_LARGE);
	w = (struct json_writer){.out = &out};
	buf_str(&c.title, "the title");
	buf_str(&c.system, "be brief");
	for (i = 0; i < 2; i++) {
		struct msg *m = msg_new(i == 0 ? ROLE_USER : ROLE_ASSISTANT);

		CHECK(m != NULL);
		m->id.b[3] = (uint8_t)(i + 1);
		m->parent = c.leaf;
		m->time_ms = 1764000000000;
		buf_str(&m->text, "te\"xt\n");
		if (i == 0) {
			CHECK_INT(msg_attach(m, span_str("a.txt"),
					  span_str("bytes"), NULL),
				ST_OK);
		} else {
			m->outcome = OUTCOME_CUT;
			buf_str(&m->model, "m-1");
			buf_str(&m->endpoint, "https://e.example");
			buf_str(&m->reasoning, "because");
		}
		CHECK_INT(conv_add(&c, m, NULL), ST_OK);
	}
	CHECK_INT(conv_path(&c, &path, &n, NULL), ST_OK);
	exchange_put_conv(&w, &c, path, n);
	CHECK_INT(exchange_read(buf_view(&out), again, &times, &skipped, NULL),
		ST_OK);
	buf_reset(&out);
	exchange_put_lines(&c, path, n, false, &out);
	exchange_put_lines(&c, path, n, false, &out);
	CHECK_INT(exchange_read(buf_view(&out), again, &times, &skipped, NULL),
		ST_OK);
	CHECK_INT(times, 3);
	free(path);
	buf_release(&out);
	conv_release(&c);
}

int main(void)
{
	RUN(test_plain);
	RUN(test_lines);
	RUN(test_refused);
	RUN(test_foreign);
	RUN(test_foreign_times);
	RUN(test_round);
	return REPORT();
}
