#include "wire/foreign.h"

#include <stdlib.h>
#include <string.h>

#include "base/when.h"
#include "wire/json.h"

/* Seconds since 1970 that are still a time, about the year 9999. */
#define SECONDS_MAX 2.5e11

static const struct json *list_of(const struct json *j, const char *key)
{
	const struct json *list = json_get(j, key);

	return json_type(list) == JSON_ARRAY ? list : NULL;
}

static const struct json *mapping_of(const struct json *j)
{
	const struct json *tree = json_get(j, "mapping");

	return json_type(tree) == JSON_OBJECT ? tree : NULL;
}

bool foreign_is(const struct json *j)
{
	return mapping_of(j) != NULL || list_of(j, "chat_messages") != NULL ||
		list_of(j, "conversations") != NULL;
}

struct span foreign_title(const struct json *j)
{
	struct span title = json_get_str(j, "title");

	return title.n > 0 ? title : json_get_str(j, "name");
}

/* Reads seconds as a number, or a time as in RFC 3339 in UTC, without its
 * fraction; -1 for anything else. */
static int64_t time_of(const struct json *j)
{
	char whole[] = "0000-00-00T00:00:00Z";
	size_t n = sizeof(whole) - 2;
	struct span s;
	double seconds;
	int64_t ms;

	if (json_double(j, &seconds))
		return seconds > 0 && seconds < SECONDS_MAX
			? (int64_t)(seconds * 1000)
			: -1;
	if (!json_str(j, &s) || s.n <= n)
		return -1;
	memcpy(whole, s.p, n);
	return when_iso(span_of(whole, n + 1), &ms) ? ms : -1;
}

static struct span role_of(struct span name)
{
	static const struct {
		const char *theirs;
		const char *ours;
	} names[] = {
		{"gpt", "assistant"},
		{"chatgpt", "assistant"},
		{"function_call", "tool"},
		{"observation", "tool"},
	};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (span_is(name, names[i].theirs))
			return span_str(names[i].ours);
	return name;
}

static enum status give(const struct foreign_msg *m, size_t number,
	foreign_fn *fn, void *payload, struct err *err)
{
	enum status st = fn(m, payload, err);

	if (st == ST_DAMAGED)
		err_prefix(err, "message %zu", number);
	return st;
}

/*
 * ChatGPT
 */

struct node {
	struct span id;
	const struct json *row; /* {message, parent, children} */
};

static int cmp_node(const void *a, const void *b)
{
	const struct node *x = a;
	const struct node *y = b;
	size_t n = x->id.n < y->id.n ? x->id.n : y->id.n;
	int order = n > 0 ? memcmp(x->id.p, y->id.p, n) : 0;

	return order != 0 ? order : (x->id.n > y->id.n) - (x->id.n < y->id.n);
}

static const struct json *find_node(
	const struct node *nodes, size_t n, struct span id)
{
	struct node key = {id, NULL};
	const struct node *hit = bsearch(
		&key, nodes, n, sizeof(*nodes), cmp_node);

	return hit != NULL ? hit->row : NULL;
}

static enum status give_node(const struct json *row, size_t number,
	foreign_fn *fn, void *payload, struct err *err)
{
	const struct json *said = json_get(row, "message");
	struct foreign_msg m = {
		.role = role_of(json_get_str(json_get(said, "author"), "role")),
		.content = json_get(json_get(said, "content"), "parts"),
		.model = json_get_str(json_get(said, "metadata"), "model_slug"),
		.time_ms = time_of(json_get(said, "create_time")),
	};

	/* The root of the tree has no message. */
	if (json_type(said) != JSON_OBJECT)
		return ST_OK;
	return give(&m, number, fn, payload, err);
}

/* Walks the branch that was looked at last, from its root. */
static enum status each_of_tree(
	const struct json *j, foreign_fn *fn, void *payload, struct err *err)
{
	const struct json *tree = mapping_of(j);
	size_t n = json_count(tree);
	struct node *nodes = calloc(n + 1, sizeof(*nodes));
	const struct json **path = calloc(n + 1, sizeof(*path));
	const struct json *row;
	const struct json *last = NULL;
	size_t at = 0;
	enum status st = ST_OK;

	if (nodes == NULL || path == NULL) {
		st = err_nomem(err);
		goto out;
	}
	for (row = json_first(tree); row != NULL; row = json_next(row)) {
		nodes[at++] = (struct node){json_name(row), row};
		last = row;
	}
	qsort(nodes, n, sizeof(*nodes), cmp_node);
	row = find_node(nodes, n, json_get_str(j, "current_node"));
	if (row == NULL)
		row = last;
	for (at = 0; row != NULL && at < n; at++) {
		path[at] = row;
		row = find_node(nodes, n, json_get_str(row, "parent"));
	}
	if (row != NULL)
		st = err_set(err, ST_DAMAGED,
			"the messages of \"mapping\" go round in a circle");
	for (n = 0; st == ST_OK && at > 0; n++)
		st = give_node(path[--at], n + 1, fn, payload, err);
out:
	free(nodes);
	free(path);
	return st;
}

/*
 * Lists
 */

static struct foreign_msg of_claude(const struct json *j)
{
	struct foreign_msg m = {
		.role = json_get_str(j, "sender"),
		.content = list_of(j, "content"),
		.documents = list_of(j, "attachments"),
		.time_ms = time_of(json_get(j, "created_at")),
	};

	if (json_count(m.content) == 0)
		m.content = json_get(j, "text");
	return m;
}

static struct foreign_msg of_sharegpt(const struct json *j)
{
	return (struct foreign_msg){
		.role = role_of(json_get_str(j, "from")),
		.content = json_get(j, "value"),
		.time_ms = -1,
	};
}

enum status foreign_each(
	const struct json *j, foreign_fn *fn, void *payload, struct err *err)
{
	const struct json *list = list_of(j, "chat_messages");
	bool claude = list != NULL;
	const struct json *row;
	size_t number = 1;
	enum status st = ST_OK;

	if (mapping_of(j) != NULL)
		return each_of_tree(j, fn, payload, err);
	if (!claude)
		list = list_of(j, "conversations");
	for (row = json_first(list); row != NULL && st == ST_OK;
		row = json_next(row), number++) {
		struct foreign_msg m = claude ? of_claude(row)
					      : of_sharegpt(row);

		st = give(&m, number, fn, payload, err);
	}
	return st;
}
