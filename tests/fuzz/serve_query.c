/*
 * The bodies of requests: whatever comes is refused with words, or gives
 * messages that can be asked, in both forms.
 */
#include "serve/query.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void try_form(struct span body, bool openai)
{
	static const struct agent agent = {.max_tokens = 1};
	struct agent seen;
	struct query q;
	struct err err = {0};
	enum status st;

	query_init(&q);
	st = openai ? query_read_openai(&q, body, &err)
		    : query_read_own(&q, body, &err);
	if (st == ST_OK) {
		if (q.n == 0 || q.msgs[q.n - 1]->role != ROLE_USER ||
			q.msgs[q.n - 1]->text.len == 0 ||
			q.thread.len >= QUERY_THREAD_MAX)
			abort();
		if (query_apply(&q, &agent, &seen, &err) != ST_OK)
			abort();
	} else if (err.msg[0] == '\0') {
		abort();
	}
	query_release(&q);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	try_form(span_of(data, size), false);
	try_form(span_of(data, size), true);
	return 0;
}
