#include "serve/guide.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/clock.h"
#include "base/id.h"
#include "base/vec.h"
#include "serve/answer.h"
#include "serve/manual.h"
#include "serve/server.h"
#include "text/tokens.h"
#include "wire/completion.h"

enum { TOKEN_BYTES = 16, PIECE_BYTES = 24 };

/* Turns of one request. The limit of the body is reached long before. */
#define TURNS_MAX ((size_t)1024 * 1024)

struct guide {
	struct manual manual;
	struct server *server;
	struct secret token;
	char url[48];
	uint64_t answers; /* answers so far, which number their ids */
};

/* One answer on its way. */
struct reply {
	struct buf text;
	size_t at; /* bytes of the text sent so far */
	enum { REPLY_ROLE = 0, REPLY_TEXT, REPLY_FINISH, REPLY_USAGE } phase;
	char id[32];
	int64_t created_s;
	int64_t prompt_tokens;
	bool usage; /* the request wants a chunk with the usage */
};

static struct reply *reply_new(void)
{
	struct reply *r = calloc(1, sizeof(*r));

	if (r != NULL)
		buf_init(&r->text, BUF_LARGE);
	return r;
}

static void reply_close(void *stream)
{
	struct reply *r = stream;

	if (r == NULL)
		return;
	buf_release(&r->text);
	free(r);
}

static struct completion completion_of(const struct reply *r)
{
	return (struct completion){
		.id = span_str(r->id),
		.model = span_str(GUIDE_MODEL),
		.created_s = r->created_s,
	};
}

static struct usage usage_of(const struct reply *r)
{
	return (struct usage){
		.prompt = r->prompt_tokens,
		.completion = tokens_estimate(buf_view(&r->text)),
		.total = -1,
	};
}

/* The next few words: up to the first blank behind PIECE_BYTES, so that no
 * character is cut. */
static struct span next_piece(const struct reply *r)
{
	const char *p = r->text.p + r->at;
	size_t rest = r->text.len - r->at;
	size_t n = rest < PIECE_BYTES ? rest : PIECE_BYTES;

	while (n < rest && p[n - 1] != ' ' && p[n - 1] != '\n')
		n++;
	return span_of(p, n);
}

static enum stream_state reply_fill(void *stream, struct buf *out)
{
	struct reply *r = stream;
	struct completion head = completion_of(r);
	struct usage usage;
	struct span piece;

	switch (r->phase) {
	case REPLY_ROLE:
		completion_delta(&head, "role", span_str("assistant"), out);
		r->phase = REPLY_TEXT;
		return STREAM_MORE;
	case REPLY_TEXT:
		piece = next_piece(r);
		completion_delta(&head, "content", piece, out);
		r->at += piece.n;
		if (r->at == r->text.len)
			r->phase = REPLY_FINISH;
		return STREAM_MORE;
	case REPLY_FINISH:
		completion_last(&head, "stop", out);
		r->phase = REPLY_USAGE;
		return STREAM_MORE;
	case REPLY_USAGE:
		usage = usage_of(r);
		if (r->usage)
			completion_counts(&head, &usage, out);
		completion_end(out);
		return STREAM_END;
	}
	return STREAM_BROKEN;
}

static const struct stream_ops reply_ops = {
	.fill = reply_fill,
	.close = reply_close,
};

static void reply_whole(struct exchange *x, const struct reply *r)
{
	struct buf out;
	struct json_writer w = {.out = &out};
	struct completion head = completion_of(r);
	struct completion_reply reply = {
		.text = buf_view(&r->text),
		.finish = "stop",
		.usage = usage_of(r),
	};

	buf_init(&out, BUF_LARGE);
	completion_whole(&w, &head, &reply);
	if (!out.bad)
		exchange_json(x, 200, buf_view(&out));
	buf_release(&out);
}

/* The turns of a request, and room in which the texts of content parts are
 * joined. */
struct talk {
	struct turn *turns;
	size_t n;
	size_t cap;
	struct buf parts;
};

static enum status bad_messages(struct err *err)
{
	return err_set(err, ST_USAGE,
		"messages must be a list of objects with role and content");
}

static enum status read_parts(
	struct talk *t, const struct json *content, struct err *err)
{
	const struct json *part;

	/* Makes room for all parts at once: spans point into it, so it must not
	 * move. */
	if (t->parts.len == 0 && !buf_reserve(&t->parts, SERVER_BODY_MAX))
		return err_nomem(err);
	for (part = json_first(content); part != NULL; part = json_next(part)) {
		if (!span_is(json_get_str(part, "type"), "text"))
			return err_set(err, ST_USAGE,
				"the guide reads text parts only");
		buf_span(&t->parts, json_get_str(part, "text"));
	}
	return buf_check(&t->parts, "the messages", err);
}

static enum status read_message(
	struct talk *t, const struct json *message, struct err *err)
{
	struct span role = json_get_str(message, "role");
	const struct json *content = json_get(message, "content");
	struct turn turn = {.user = span_is(role, "user")};
	size_t at = t->parts.len;

	if (role.n == 0)
		return bad_messages(err);
	if (json_type(content) == JSON_ARRAY) {
		enum status st = read_parts(t, content, err);

		if (st != ST_OK)
			return st;
		turn.text = span_of(t->parts.p + at, t->parts.len - at);
	} else if (!json_str(content, &turn.text)) {
		return bad_messages(err);
	}
	/* System prompts are for models and mean nothing to a manual. */
	if (!turn.user && !span_is(role, "assistant"))
		return ST_OK;
	if (!vec_grow(
		    &t->turns, &t->cap, t->n + 1, sizeof(*t->turns), TURNS_MAX))
		return err_set(err, ST_USAGE, "too many messages");
	t->turns[t->n++] = turn;
	return ST_OK;
}

static enum status read_messages(
	struct talk *t, const struct json *body, struct err *err)
{
	const struct json *list = json_get(body, "messages");
	const struct json *message;
	enum status st = ST_OK;

	if (json_type(list) != JSON_ARRAY || json_count(list) == 0)
		return bad_messages(err);
	message = json_first(list);
	while (st == ST_OK && message != NULL) {
		st = read_message(t, message, err);
		message = json_next(message);
	}
	return st;
}

static enum status make_reply(struct guide *g, const struct json *body,
	struct reply *r, struct err *err)
{
	struct talk t = {.turns = NULL};
	size_t i;
	enum status st;

	buf_init(&t.parts, SERVER_BODY_MAX);
	st = read_messages(&t, body, err);
	if (st == ST_OK)
		st = answer_make(&g->manual, t.turns, t.n, &r->text, err);
	if (st != ST_OK)
		goto out;
	for (i = 0; i < t.n; i++)
		r->prompt_tokens += tokens_estimate(t.turns[i].text);
	(void)snprintf(r->id, sizeof(r->id), "guide-%llu",
		(unsigned long long)++g->answers);
	r->created_s = clock_wall_ms() / 1000;
	r->usage = json_get_bool(
		json_get(body, "stream_options"), "include_usage", false);
out:
	free(t.turns);
	buf_release(&t.parts);
	return st;
}

static void answer_completion(struct exchange *x, void *payload)
{
	struct guide *g = payload;
	struct json *body = NULL;
	struct reply *r = reply_new();
	struct err err = {.code = ST_OK};
	enum status st = ST_NOMEM;

	if (r == NULL)
		goto out;
	st = json_parse(exchange_body(x), &body, &err);
	if (st == ST_OK)
		st = make_reply(g, body, r, &err);
	if (st == ST_DAMAGED || st == ST_USAGE)
		exchange_error(x, 400, "invalid_request_error", "bad_request",
			err.msg);
	if (st != ST_OK)
		goto out;
	if (json_get_bool(body, "stream", false)) {
		exchange_stream(x, &reply_ops, r);
		r = NULL;
	} else {
		reply_whole(x, r);
	}
out:
	reply_close(r);
	json_free(body);
}

static void answer_models(struct exchange *x, void *payload)
{
	(void)payload;
	exchange_json(x, 200,
		span_str("{\"object\":\"list\",\"data\":[{\"id\":\"" GUIDE_MODEL
			 "\",\"object\":\"model\",\"owned_by\":\"atllama\"}]"
			 "}"));
}

static const struct server_route routes[] = {
	{"POST", "/v1/chat/completions", answer_completion, false},
	{"GET", "/v1/models", answer_models, false},
};

static enum status make_token(struct secret *token, struct err *err)
{
	uint8_t bytes[TOKEN_BYTES];
	ssize_t n;

	do
		n = getrandom(bytes, sizeof(bytes), 0);
	while (n < 0 && errno == EINTR);
	if (n != (ssize_t)sizeof(bytes))
		return err_sys(err, ST_FAIL, "no random bytes");
	/* One more byte: the digits are written with a NUL behind them. */
	if (!secret_new(token, 2 * sizeof(bytes) + 1))
		return err_nomem(err);
	hex_encode(bytes, sizeof(bytes), (char *)token->p);
	token->len = 2 * sizeof(bytes);
	return ST_OK;
}

enum status guide_start(
	struct guide **ret, const char *guide_dir, struct err *err)
{
	struct server_options o = {
		.routes = routes,
		.n_routes = sizeof(routes) / sizeof(routes[0]),
	};
	struct guide *g = calloc(1, sizeof(*g));
	enum status st;

	if (g == NULL)
		return err_nomem(err);
	manual_init(&g->manual);
	st = manual_read(&g->manual, guide_dir, err);
	if (st == ST_OK)
		st = make_token(&g->token, err);
	if (st != ST_OK)
		goto out;
	o.payload = g;
	o.token = &g->token;
	st = server_new(&g->server, &o, err);
	if (st != ST_OK)
		goto out;
	(void)snprintf(g->url, sizeof(g->url), "http://127.0.0.1:%u/v1",
		(unsigned)server_port(g->server));
	*ret = g;
	g = NULL;
out:
	guide_stop(g);
	return st;
}

void guide_stop(struct guide *g)
{
	if (g == NULL)
		return;
	server_free(g->server);
	manual_release(&g->manual);
	secret_free(&g->token);
	free(g);
}

const char *guide_url(const struct guide *g)
{
	return g->url;
}

const struct secret *guide_token(const struct guide *g)
{
	return &g->token;
}

int guide_fd(const struct guide *g)
{
	return server_fd(g->server);
}

int guide_timeout_ms(const struct guide *g)
{
	return server_timeout_ms(g->server);
}

enum status guide_step(struct guide *g, struct err *err)
{
	return server_step(g->server, err);
}
