#include "serve/guide.h"

#include <stdlib.h>
#include <string.h>

#include "serve/answer.h"
#include "unit/check.h"
#include "unit/serve_client.h"
#include "wire/json.h"

#define GUIDE TESTS_DIR "/../share/guide"

static struct guide *guide;
static struct client_peer peer;

static int timeout_of(void *self)
{
	return guide_timeout_ms(self);
}

static void step_of(void *self)
{
	CHECK_INT(guide_step(self, NULL), ST_OK);
}

static bool open_guide(void)
{
	struct err err;
	struct span rest;
	long long port = 0;

	if (guide_start(&guide, GUIDE, &err) != ST_OK) {
		printf("%s\n", err.msg);
		return false;
	}
	rest = span_str(guide_url(guide));
	CHECK(span_starts(rest, "http://127.0.0.1:"));
	rest = span_of(rest.p + 17, rest.n - 17);
	CHECK(span_int(span_cut(&rest, '/'), 1024, 65535, &port));
	CHECK(span_is(rest, "v1"));
	peer = (struct client_peer){
		(uint16_t)port, guide_fd(guide), timeout_of, step_of, guide};
	return true;
}

/* Posts `body`; *answer is what came behind the head, and the status. */
static int post(const char *body, struct buf *answer)
{
	struct span token = secret_view(guide_token(guide));
	struct buf request;
	char *head_end;
	int status;

	buf_init(&request, BUF_LARGE);
	buf_fmt(&request,
		"POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1:%u\r\n"
		"Authorization: Bearer %.*s\r\nConnection: close\r\n"
		"Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n"
		"%s",
		(unsigned)peer.port, (int)token.n, token.p, strlen(body), body);
	CHECK(client_talk(&peer, buf_view(&request), SIZE_MAX, answer));
	status = client_status(answer);
	head_end = strstr(answer->p, "\r\n\r\n");
	CHECK(head_end != NULL);
	if (head_end != NULL)
		buf_consume(answer, (size_t)(head_end + 4 - answer->p));
	buf_release(&request);
	return status;
}

/* Takes HTTP's chunks apart. */
static void dechunk(struct buf *answer)
{
	struct buf plain;
	struct span rest = buf_view(answer);

	buf_init(&plain, BUF_LARGE);
	while (rest.n > 0) {
		size_t n = (size_t)strtoul(rest.p, NULL, 16);

		(void)span_cut(&rest, '\n');
		if (n == 0 || n + 2 > rest.n)
			break;
		buf_add(&plain, rest.p, n);
		rest = span_of(rest.p + n + 2, rest.n - n - 2);
	}
	buf_set(answer, buf_view(&plain));
	buf_release(&plain);
}

static const struct json *choice(const struct json *root)
{
	return json_at(json_get(root, "choices"), 0);
}

#define QUESTION                                                               \
	"\"messages\":[{\"role\":\"system\",\"content\":\"x\"},"               \
	"{\"role\":\"user\",\"content\":\"How do I quit?\"}]"

/* What the events of a stream amount to. */
struct sum {
	struct buf text;
	int chunks;
	int usages;
	int finishes;
};

static void add_chunk(struct sum *s, struct span text)
{
	struct json *chunk = NULL;
	const struct json *delta;

	CHECK_INT(json_parse(text, &chunk, NULL), ST_OK);
	CHECK(span_is(json_get_str(chunk, "object"), "chat.completion.chunk"));
	delta = json_get(choice(chunk), "delta");
	if (s->chunks == 0)
		CHECK(span_is(json_get_str(delta, "role"), "assistant"));
	s->chunks++;
	s->usages += json_get(chunk, "usage") != NULL;
	s->finishes += span_is(
		json_get_str(choice(chunk), "finish_reason"), "stop");
	buf_span(&s->text, json_get_str(delta, "content"));
	json_free(chunk);
}

/* Events of one data line each, the last of them [DONE] and nothing behind. */
static void add_stream(struct sum *s, struct span rest)
{
	while (rest.n > 0) {
		struct span line = span_cut(&rest, '\n');

		CHECK(span_starts(line, "data: "));
		CHECK_INT(span_cut(&rest, '\n').n, 0);
		if (span_is(line, "data: [DONE]"))
			break;
		add_chunk(s, span_of(line.p + 6, line.n - 6));
	}
	CHECK_INT(rest.n, 0);
}

/* The whole answer and the streamed one are the same text. */
static void test_answers(void)
{
	struct sum sum = {.chunks = 0};
	struct buf b;
	struct json *root = NULL;
	struct span content;

	buf_init(&b, BUF_LARGE);
	buf_init(&sum.text, BUF_LARGE);
	CHECK_INT(post("{" QUESTION "}", &b), 200);
	CHECK_INT(json_parse(buf_view(&b), &root, NULL), ST_OK);
	content = json_get_str(json_get(choice(root), "message"), "content");
	CHECK(span_starts(content, ANSWER_FIRST_LINE "\n"));
	CHECK(span_is(json_get_str(choice(root), "finish_reason"), "stop"));
	CHECK(span_is(json_get_str(root, "model"), GUIDE_MODEL));
	CHECK(json_get_int(json_get(root, "usage"), "total_tokens", 0) > 50);

	CHECK_INT(post("{" QUESTION ",\"stream\":true,\"stream_options\":"
		       "{\"include_usage\":true}}",
			  &b),
		200);
	dechunk(&b);
	add_stream(&sum, buf_view(&b));
	CHECK(sum.chunks > 10);
	CHECK_INT(sum.usages, 1);
	CHECK_INT(sum.finishes, 1);
	CHECK(span_eq(buf_view(&sum.text), content));
	json_free(root);
	buf_release(&b);
	buf_release(&sum.text);
}

/* The conversation counts, and content may come in parts. */
static void test_conversation(void)
{
	struct buf b;

	buf_init(&b, BUF_LARGE);
	CHECK_INT(post("{\"messages\":[{\"role\":\"user\",\"content\":"
		       "\"tour\"},{\"role\":\"assistant\",\"content\":"
		       "\"x\\n\\n**Tour 1: a**\\n\"},{\"role\":\"user\","
		       "\"content\":[{\"type\":\"text\",\"text\":\"ne\"},"
		       "{\"type\":\"text\",\"text\":\"xt\"}]}]}",
			  &b),
		200);
	CHECK(strstr(b.p, "**Tour 2: ") != NULL);
	/* No usage chunk unless asked. */
	CHECK_INT(post("{" QUESTION ",\"stream\":true}", &b), 200);
	CHECK(strstr(b.p, "\"usage\"") == NULL);
	buf_release(&b);
}

static void test_bad_bodies(void)
{
	static const char *const rows[] = {
		"",
		"{",
		"{\"messages\":[]}",
		"{\"messages\":{}}",
		"{\"messages\":[1]}",
		"{\"messages\":[{\"role\":\"user\"}]}",
		"{\"messages\":[{\"content\":\"x\"}]}",
		"{\"messages\":[{\"role\":\"user\",\"content\":null}]}",
		"{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":"
		"\"image_url\"}]}]}",
		"[]",
		"{" QUESTION "} x",
		"{\"messages\":[{\"role\":\"user\",\"content\":\"\xff\"}]}",
	};
	struct buf b;
	size_t i;

	buf_init(&b, BUF_LARGE);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct json *root = NULL;

		CHECK_INT(post(rows[i], &b), 400);
		CHECK_INT(json_parse(buf_view(&b), &root, NULL), ST_OK);
		CHECK(json_get_str(json_get(root, "error"), "message").n > 0);
		json_free(root);
	}
	buf_release(&b);
}

static void test_models(void)
{
	struct span token = secret_view(guide_token(guide));
	struct buf request;
	struct buf b;

	buf_init(&request, BUF_SMALL);
	buf_init(&b, BUF_SMALL);
	buf_fmt(&request,
		"GET /v1/models HTTP/1.1\r\nHost: 127.0.0.1:%u\r\n"
		"Authorization: Bearer %.*s\r\nConnection: close\r\n\r\n",
		(unsigned)peer.port, (int)token.n, token.p);
	CHECK(client_talk(&peer, buf_view(&request), SIZE_MAX, &b));
	CHECK_INT(client_status(&b), 200);
	CHECK(strstr(b.p, "{\"id\":\"" GUIDE_MODEL "\"") != NULL);
	CHECK_INT(token.n, 32);
	buf_release(&request);
	buf_release(&b);
}

/* Two guides have two tokens; one without pages does not start. */
static void test_start(void)
{
	struct guide *other = NULL;
	struct err err;

	CHECK_INT(guide_start(&other, GUIDE, NULL), ST_OK);
	CHECK(!span_eq(secret_view(guide_token(other)),
		secret_view(guide_token(guide))));
	CHECK(strcmp(guide_url(other), guide_url(guide)) != 0);
	guide_stop(other);
	other = NULL;
	CHECK_INT(guide_start(&other, "/nonexistent", &err), ST_NOT_FOUND);
	CHECK(other == NULL);
	guide_stop(NULL);
}

int main(void)
{
	if (!open_guide())
		return 1;
	RUN(test_answers);
	RUN(test_conversation);
	RUN(test_bad_bodies);
	RUN(test_models);
	RUN(test_start);
	guide_stop(guide);
	return REPORT();
}
