/*
 * The rule of chunk_read_next(): it returns what chunk_read() returns, whatever
 * came before. For the unit test and the fuzz target.
 */
#ifndef ATL_TESTS_CHUNK_RULES_H
#define ATL_TESTS_CHUNK_RULES_H

#include "wire/chunk.h"

static bool same_span(struct span a, struct span b)
{
	return a.p == b.p && a.n == b.n;
}

static bool same_str(const struct scan_str *a, const struct scan_str *b)
{
	return same_span(a->raw, b->raw) && a->escaped == b->escaped &&
		a->ill == b->ill;
}

static bool same_chunk(const struct chunk *a, const struct chunk *b)
{
	return same_str(&a->id, &b->id) && same_str(&a->model, &b->model) &&
		same_str(&a->finish, &b->finish) &&
		same_str(&a->content, &b->content) &&
		same_str(&a->refusal, &b->refusal) &&
		same_str(&a->reasoning, &b->reasoning) &&
		same_span(a->parts, b->parts) &&
		same_span(a->tools, b->tools) && same_span(a->call, b->call) &&
		same_span(a->usage, b->usage) &&
		same_span(a->usage_groq, b->usage_groq) &&
		same_span(a->usage_choice, b->usage_choice) &&
		same_span(a->error, b->error) &&
		same_span(a->error_body, b->error_body) &&
		a->has_choices == b->has_choices &&
		a->has_choice == b->has_choice;
}

/* Reads data both ways; false when the two differ. */
static bool chunk_keeps_rule(struct chunk_form *f, struct span data)
{
	struct chunk whole;
	bool read = chunk_read(data, &whole);
	const struct chunk *next = chunk_read_next(f, data);

	if ((next != NULL) != read)
		return false;
	return !read || same_chunk(&whole, next);
}

#endif
