/* Bodies and lines of JSON that ask for completions. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "serve/query.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(
	enum status (*read)(struct query *, struct span, struct err *),
	struct span text)
{
	static const struct agent plain = {.name = "x", .max_tokens = 1};
	struct query q;
	struct agent a;
	struct err err;
	size_t i;

	query_init(&q);
	if (read(&q, text, &err) == ST_OK) {
		if (q.n == 0 ||
			(q.msgs[q.n - 1]->role != ROLE_USER &&
				(q.msgs[q.n - 1]->role != ROLE_TOOL ||
					!q.openai)))
			abort();
		for (i = 0; i < q.n; i++)
			if (q.msgs[i]->text.bad || q.msgs[i]->tools.bad)
				abort();
		if (q.id.len > QUERY_ID_MAX || q.system.bad || q.model.bad)
			abort();
		if (query_apply(&q, &plain, &a, &err) == ST_OK &&
			(a.max_tokens < 1 || a.temperature < 0))
			abort();
	}
	query_release(&q);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span text = span_of(data, size);

	check(query_read_line, text);
	check(query_read_own, text);
	check(query_read_openai, text);
	return 0;
}
