#include "wire/tool.h"

#include <stdlib.h>
#include <string.h>

#include "base/vec.h"

/* One fragment; missing strings have raw.p NULL. */
struct fragment {
	int64_t index;
	bool has_index;
	struct scan_str id;
	struct scan_str name;
	struct scan_str args;
	struct span object; /* arguments that are not a string */
};

void tools_init(struct tools *t)
{
	memset(t, 0, sizeof(*t));
}

void tools_release(struct tools *t)
{
	size_t i;

	for (i = 0; i < t->n; i++) {
		buf_release(&t->rows[i].id);
		buf_release(&t->rows[i].name);
		buf_release(&t->rows[i].args);
	}
	free(t->rows);
	tools_init(t);
}

static void take_function(struct scan *s, struct fragment *f);

static void take_field(
	struct scan *s, const struct scan_str *key, struct fragment *f)
{
	if (scan_key_is(key, "function")) {
		take_function(s, f);
	} else if (scan_key_is(key, "index")) {
		f->has_index = scan_int(s, &f->index);
		if (!f->has_index)
			(void)scan_skip(s, NULL);
	} else if (scan_key_is(key, "id")) {
		if (!scan_string(s, &f->id))
			(void)scan_skip(s, NULL);
	} else if (scan_key_is(key, "name")) {
		if (!scan_string(s, &f->name))
			(void)scan_skip(s, NULL);
	} else if (scan_key_is(key, "arguments")) {
		if (scan_peek(s) == SCAN_OBJECT)
			(void)scan_skip(s, &f->object);
		else if (!scan_string(s, &f->args))
			(void)scan_skip(s, NULL);
	} else {
		(void)scan_skip(s, NULL);
	}
}

/* Recurses as deep as the scan allows. */
static void take_function(struct scan *s, struct fragment *f)
{
	struct scan_str key;

	if (!scan_enter(s, '{')) {
		(void)scan_skip(s, NULL);
		return;
	}
	while (scan_member(s, &key))
		take_field(s, &key, f);
}

static struct tool *by_index(struct tools *t, int64_t index)
{
	size_t i;

	for (i = t->n; i > 0; i--)
		if (t->rows[i - 1].has_index && t->rows[i - 1].index == index)
			return &t->rows[i - 1];
	return NULL;
}

static bool same(const struct buf *b, struct span s)
{
	return span_eq(buf_view(b), s);
}

/* The call that a fragment continues; NULL when it begins one. */
static struct tool *belongs_to(struct tools *t, const struct fragment *f,
	struct span id, struct span name)
{
	struct tool *at = NULL;
	struct tool *last = t->n > 0 ? &t->rows[t->n - 1] : NULL;

	if (f->has_index)
		at = by_index(t, f->index);
	if (id.n > 0) {
		if (at == NULL && !f->has_index)
			at = last;
		return at != NULL && (at->id.len == 0 || same(&at->id, id))
			? at
			: NULL;
	}
	if (name.n > 0) {
		if (at == NULL && !f->has_index)
			at = last;
		return at != NULL &&
				(at->name.len == 0 || same(&at->name, name))
			? at
			: NULL;
	}
	return at != NULL ? at : last;
}

static struct tool *new_tool(struct tools *t, const struct fragment *f)
{
	struct tool *tool;

	if (!vec_grow(&t->rows, &t->cap, t->n + 1, sizeof(*t->rows), TOOLS_MAX))
		return NULL;
	tool = &t->rows[t->n++];
	memset(tool, 0, sizeof(*tool));
	tool->index = f->index;
	tool->has_index = f->has_index;
	buf_init(&tool->id, TOOL_NAME_MAX);
	buf_init(&tool->name, TOOL_NAME_MAX);
	buf_init(&tool->args, BUF_LARGE);
	return tool;
}

static bool is_empty(const struct fragment *f)
{
	return f->id.raw.n == 0 && f->name.raw.n == 0 && f->args.raw.n == 0 &&
		f->object.n == 0;
}

static enum status add_fragment(struct tools *t, const struct fragment *f,
	size_t *bytes, struct err *err)
{
	enum status st = ST_OK;
	struct tool *tool;
	size_t before;
	struct buf id;
	struct buf name;

	buf_init(&id, TOOL_NAME_MAX);
	buf_init(&name, TOOL_NAME_MAX);
	scan_unescape(&f->id, &id);
	scan_unescape(&f->name, &name);
	tool = belongs_to(t, f, buf_view(&id), buf_view(&name));
	if (tool == NULL && (t->n == TOOLS_MAX || is_empty(f)))
		goto out;
	if (tool == NULL)
		tool = new_tool(t, f);
	if (tool == NULL) {
		st = err_nomem(err);
		goto out;
	}
	if (tool->id.len == 0)
		buf_span(&tool->id, buf_view(&id));
	if (tool->name.len == 0)
		buf_span(&tool->name, buf_view(&name));
	before = tool->args.len;
	scan_text_add(&tool->join, &f->args, &tool->args);
	scan_repair(f->object, &tool->args);
	*bytes += tool->args.len - before;
	if (tool->args.bad)
		st = buf_check(&tool->args, "arguments of a tool", err);
out:
	buf_release(&id);
	buf_release(&name);
	return st;
}

enum status tools_add(
	struct tools *t, struct span json, size_t *bytes, struct err *err)
{
	struct fragment f = {.index = 0};
	enum status st = ST_OK;
	struct scan s;

	scan_init(&s, json);
	if (scan_peek(&s) == SCAN_OBJECT) {
		take_function(&s, &f);
		return add_fragment(t, &f, bytes, err);
	}
	if (!scan_enter(&s, '['))
		return ST_OK;
	while (st == ST_OK && scan_element(&s)) {
		memset(&f, 0, sizeof(f));
		take_function(&s, &f);
		st = add_fragment(t, &f, bytes, err);
	}
	return st;
}

bool tool_is_whole(const struct tool *t)
{
	struct span args = span_trim(buf_view(&t->args));

	return t->name.len > 0 && (args.n == 0 || scan_valid(args));
}
