#include "wire/chunk.h"

#include <string.h>

/* Takes the string; any other value is skipped. */
static void take_string(struct scan *s, struct scan_str *ret)
{
	memset(ret, 0, sizeof(*ret));
	if (!scan_string(s, ret))
		(void)scan_skip(s, NULL);
}

/* Takes the JSON of the value, but not null. */
static void take_raw(struct scan *s, struct span *ret)
{
	struct span raw;

	*ret = (struct span){NULL, 0};
	if (scan_skip(s, &raw) && raw.p[0] != 'n')
		*ret = raw;
}

static void take_reasoning(struct scan *s, struct scan_str *ret)
{
	struct scan_str str;

	take_string(s, &str);
	if (str.raw.n > 0 && ret->raw.n == 0)
		*ret = str;
}

/* Whether the value of "error" means that there is one: it is true in
 * JavaScript and Python, which endpoints rely on. */
static bool is_truthy(struct span raw)
{
	struct scan s;
	struct scan_str key;
	int64_t v;

	scan_init(&s, raw);
	switch (scan_peek(&s)) {
	case SCAN_OBJECT: return scan_enter(&s, '{') && scan_member(&s, &key);
	case SCAN_ARRAY: return scan_enter(&s, '[') && scan_element(&s);
	case SCAN_STRING: return raw.n > 2;
	case SCAN_NUMBER: return !scan_int(&s, &v) || v != 0;
	case SCAN_TRUE: return true;
	case SCAN_BAD:
	case SCAN_NULL:
	case SCAN_FALSE: break;
	}
	return false;
}

/* Takes an error. `body` is what the failure is read from; NULL: the error
 * alone. */
static void take_error(struct scan *s, struct chunk *c, const struct span *body)
{
	struct span raw;

	if (!scan_skip(s, &raw) || !is_truthy(raw))
		return;
	c->error = raw;
	c->error_body = body != NULL ? *body : raw;
}

static void take_content(struct scan *s, struct chunk *c)
{
	if (scan_peek(s) == SCAN_ARRAY) {
		memset(&c->content, 0, sizeof(c->content));
		take_raw(s, &c->parts);
		return;
	}
	take_string(s, &c->content);
	c->parts = (struct span){NULL, 0};
}

/* Takes the delta of a stream or the message of a whole reply. */
static void take_delta(struct scan *s, struct chunk *c)
{
	struct scan_str key;

	if (!scan_enter(s, '{')) {
		(void)scan_skip(s, NULL);
		return;
	}
	while (scan_member(s, &key)) {
		if (scan_key_is(&key, "content"))
			take_content(s, c);
		else if (scan_key_is(&key, "reasoning_content") ||
			scan_key_is(&key, "reasoning") ||
			scan_key_is(&key, "reasoning_text"))
			take_reasoning(s, &c->reasoning);
		else if (scan_key_is(&key, "refusal"))
			take_string(s, &c->refusal);
		else if (scan_key_is(&key, "tool_calls"))
			take_raw(s, &c->tools);
		else if (scan_key_is(&key, "function_call"))
			take_raw(s, &c->call);
		else
			(void)scan_skip(s, NULL);
	}
}

/* Takes a choice into `c`; *index is its index, 0 when it has none. */
static void take_choice(struct scan *s, struct chunk *c, int64_t *index)
{
	struct scan_str key;

	*index = 0;
	while (scan_member(s, &key)) {
		if (scan_key_is(&key, "delta") || scan_key_is(&key, "message"))
			take_delta(s, c);
		else if (scan_key_is(&key, "finish_reason"))
			take_string(s, &c->finish);
		else if (scan_key_is(&key, "index")) {
			if (!scan_int(s, index))
				(void)scan_skip(s, NULL);
		} else if (scan_key_is(&key, "text"))
			take_string(s, &c->content);
		else if (scan_key_is(&key, "usage"))
			take_raw(s, &c->usage_choice);
		else if (scan_key_is(&key, "error"))
			take_error(s, c, NULL);
		else
			(void)scan_skip(s, NULL);
	}
}

static void copy_choice(struct chunk *to, const struct chunk *from)
{
	to->finish = from->finish;
	to->content = from->content;
	to->refusal = from->refusal;
	to->reasoning = from->reasoning;
	to->parts = from->parts;
	to->tools = from->tools;
	to->call = from->call;
	to->usage_choice = from->usage_choice;
	if (from->error.p != NULL) {
		to->error = from->error;
		to->error_body = from->error_body;
	}
	to->has_choice = true;
}

static void take_choices(struct scan *s, struct chunk *c)
{
	struct chunk one;

	if (!scan_enter(s, '[')) {
		(void)scan_skip(s, NULL);
		return;
	}
	c->has_choices = true;
	while (scan_element(s)) {
		int64_t index;

		if (!scan_enter(s, '{')) {
			(void)scan_skip(s, NULL);
			continue;
		}
		memset(&one, 0, sizeof(one));
		take_choice(s, &one, &index);
		if (index == 0 && !c->has_choice)
			copy_choice(c, &one);
	}
}

static void take_groq(struct scan *s, struct chunk *c)
{
	struct scan_str key;

	if (!scan_enter(s, '{')) {
		(void)scan_skip(s, NULL);
		return;
	}
	while (scan_member(s, &key)) {
		if (scan_key_is(&key, "usage"))
			take_raw(s, &c->usage_groq);
		else if (scan_key_is(&key, "error"))
			take_error(s, c, NULL);
		else
			(void)scan_skip(s, NULL);
	}
}

/* {"object":"error","message":...} is an error without such a key. */
static void take_object(struct scan *s, struct chunk *c, struct span data)
{
	struct scan_str str;

	take_string(s, &str);
	if (scan_key_is(&str, "error")) {
		c->error = data;
		c->error_body = data;
	}
}

static void take_member(struct scan *s, const struct scan_str *key,
	struct chunk *c, const struct span *data)
{
	if (scan_key_is(key, "choices"))
		take_choices(s, c);
	else if (scan_key_is(key, "id"))
		take_string(s, &c->id);
	else if (scan_key_is(key, "model"))
		take_string(s, &c->model);
	else if (scan_key_is(key, "usage"))
		take_raw(s, &c->usage);
	else if (scan_key_is(key, "error"))
		take_error(s, c, data);
	else if (scan_key_is(key, "object"))
		take_object(s, c, *data);
	else if (scan_key_is(key, "x_groq"))
		take_groq(s, c);
	else
		(void)scan_skip(s, NULL);
}

bool chunk_read(struct span data, struct chunk *ret)
{
	struct scan_str key;
	struct scan s;

	memset(ret, 0, sizeof(*ret));
	scan_init(&s, data);
	if (!scan_enter(&s, '{'))
		return false;
	while (scan_member(&s, &key))
		take_member(&s, &key, ret, &data);
	return scan_end(&s);
}

/* Whether only content, id and model were picked. */
static bool is_plain(const struct chunk *c)
{
	return c->content.raw.p != NULL && c->finish.raw.p == NULL &&
		c->refusal.raw.p == NULL && c->reasoning.raw.p == NULL &&
		c->parts.p == NULL && c->tools.p == NULL && c->call.p == NULL &&
		c->usage.p == NULL && c->usage_groq.p == NULL &&
		c->usage_choice.p == NULL && c->error.p == NULL;
}

/* Offset of a pick in the form's bytes, which lack the content. */
static size_t place_of(
	struct span data, const struct chunk *c, const struct scan_str *pick)
{
	if (pick->raw.p == NULL)
		return 0;
	return (size_t)(pick->raw.p - data.p) -
		(pick->raw.p > c->content.raw.p ? c->content.raw.n : 0);
}

static void learn_form(struct chunk_form *f, struct span data)
{
	const struct chunk *c = &f->chunk;

	if (!is_plain(c) || data.n - c->content.raw.n > CHUNK_FORM_MAX)
		return;
	f->before = (size_t)(c->content.raw.p - data.p);
	f->after = data.n - c->content.raw.n - f->before;
	f->id = place_of(data, c, &c->id);
	f->model = place_of(data, c, &c->model);
	memcpy(f->bytes, data.p, f->before);
	memcpy(f->bytes + f->before, data.p + data.n - f->after, f->after);
}

static void pick_again(const struct chunk_form *f, struct span data, size_t at,
	struct scan_str *pick)
{
	if (pick->raw.p == NULL)
		return;
	pick->raw.p = data.p + at;
	if (at >= f->before)
		pick->raw.p += data.n - f->before - f->after;
}

/* Whether the data has the form. The content itself is read, which tells where
 * it ends. */
static bool has_form(struct chunk_form *f, struct span data)
{
	struct scan_str content;
	struct scan s;

	if (f->before == 0 || data.n < f->before + f->after ||
		memcmp(data.p, f->bytes, f->before) != 0)
		return false;
	scan_init(&s, span_of(data.p + f->before - 1, data.n - f->before + 1));
	if (!scan_string(&s, &content))
		return false;
	/* Back to the closing quote, with which `after` begins. */
	s.p--;
	if ((size_t)(s.end - s.p) != f->after ||
		memcmp(s.p, f->bytes + f->before, f->after) != 0)
		return false;
	f->chunk.content = content;
	pick_again(f, data, f->id, &f->chunk.id);
	pick_again(f, data, f->model, &f->chunk.model);
	return true;
}

const struct chunk *chunk_read_next(struct chunk_form *f, struct span data)
{
	if (has_form(f, data))
		return &f->chunk;
	f->before = 0;
	if (!chunk_read(data, &f->chunk))
		return NULL;
	learn_form(f, data);
	return &f->chunk;
}

bool chunk_is_other(struct span data)
{
	struct scan s;

	scan_init(&s, data);
	return scan_peek(&s) != SCAN_OBJECT && scan_skip(&s, NULL) &&
		scan_end(&s);
}

static void take_count(struct scan *s, int64_t *ret)
{
	int64_t v;

	if (!scan_int(s, &v))
		(void)scan_skip(s, NULL);
	else if (v >= 0)
		*ret = v;
}

bool chunk_usage(struct span json, struct usage *ret)
{
	struct usage u = USAGE_UNKNOWN;
	struct scan_str key;
	struct scan s;

	scan_init(&s, json);
	if (!scan_enter(&s, '{'))
		return false;
	while (scan_member(&s, &key)) {
		if (scan_key_is(&key, "prompt_tokens") ||
			scan_key_is(&key, "input_tokens"))
			take_count(&s, &u.prompt);
		else if (scan_key_is(&key, "completion_tokens") ||
			scan_key_is(&key, "output_tokens"))
			take_count(&s, &u.completion);
		else if (scan_key_is(&key, "total_tokens"))
			take_count(&s, &u.total);
		else
			(void)scan_skip(&s, NULL);
	}
	if (u.prompt < 0 && u.completion < 0 && u.total < 0)
		return false;
	*ret = u;
	return true;
}

void chunk_parts(struct span json, struct buf *out)
{
	struct scan_str key;
	struct scan_str text;
	struct scan s;

	scan_init(&s, json);
	if (!scan_enter(&s, '['))
		return;
	while (scan_element(&s)) {
		if (!scan_enter(&s, '{')) {
			(void)scan_skip(&s, NULL);
			continue;
		}
		while (scan_member(&s, &key)) {
			if (scan_key_is(&key, "text") && scan_string(&s, &text))
				scan_unescape(&text, out);
			else
				(void)scan_skip(&s, NULL);
		}
	}
}
