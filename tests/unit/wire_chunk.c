/*
 * Chunks of streams as endpoints write them, each read after each other: what
 * is read does not depend on what came before.
 */
#include <stdlib.h>
#include <string.h>

#include "fuzz/chunk_rules.h"
#include "unit/check.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const char *const chunks[] = {
	"{\"id\":\"c1\",\"model\":\"llama\",\"choices\":[{\"index\":0,"
	"\"delta\":{\"content\":\"Hel\"},\"finish_reason\":null}]}",
	"{\"id\":\"c1\",\"model\":\"llama\",\"choices\":[{\"index\":0,"
	"\"delta\":{\"content\":\"lo \\\"you\\u00e9\"},"
	"\"finish_reason\":null}]}",
	"{\"id\":\"c1\",\"model\":\"llama\",\"choices\":[{\"index\":0,"
	"\"delta\":{\"content\":\"\"},\"finish_reason\":null}]}",
	"{\"id\":\"c1\",\"model\":\"llama\",\"choices\":[{\"index\":0,"
	"\"delta\":{\"content\":\"ended here\"},\"finish_reason\":\"stop\"}]}",
	"{\"id\":\"c1\",\"model\":\"llama\",\"choices\":[{\"index\":0,"
	"\"delta\":{\"content\":null},\"finish_reason\":null}]}",
	"{\"id\":\"c1\",\"model\":\"llama\",\"choices\":[{\"index\":1,"
	"\"delta\":{\"content\":\"other\"},\"finish_reason\":null}]}",
	"{\"id\":\"c1\",\"model\":\"llama\",\"choices\":[{\"index\":0,"
	"\"delta\":{\"content\":\"not closed},\"finish_reason\":null}]}",
	"{\"id\":\"c1\",\"model\":\"llama\",\"choices\":[{\"index\":0,"
	"\"delta\":{\"content\":\"bad \\x escape\"},\"finish_reason\":null}]}",
	"{\"id\":\"c1\",\"model\":\"llama\",\"choices\":[{\"index\":0,"
	"\"delta\":{\"content\":\"ill \xff\"},\"finish_reason\":null}]}",
	"{\"id\":\"c1\",\"model\":\"llama\",\"choices\":[{\"index\":0,"
	"\"delta\":{\"content\":\"a\",\"content\":\"b\"},"
	"\"finish_reason\":null}]}",
	"{\"choices\":[{\"finish_reason\":null,\"index\":0,\"delta\":"
	"{\"content\":\"Hi\"}}],\"created\":1,\"id\":\"c2\",\"model\":"
	"\"m.gguf\",\"object\":\"chat.completion.chunk\"}",
	"{\"choices\":[{\"finish_reason\":null,\"index\":0,\"delta\":"
	"{\"content\":\" and some more\"}}],\"created\":1,\"id\":\"c2\","
	"\"model\":\"m.gguf\",\"object\":\"chat.completion.chunk\"}",
	"{\"choices\":[{\"index\":1,\"delta\":{\"content\":\"one\"}},"
	"{\"index\":0,\"delta\":{\"content\":\"zero\"}}]}",
	"{\"choices\":[{\"index\":1,\"delta\":{\"content\":\"one\"}},"
	"{\"index\":0,\"delta\":{\"content\":\"null\"}}]}",
	"{\"choices\":[{\"text\":\"old style\"}],\"model\":7}",
	"{\"choices\":[{\"text\":\"old\"}],\"model\":7}",
	"{\"choices\":[{\"delta\":{\"content\":\"x\",\"reasoning\":\"y\"}}]}",
	"{\"choices\":[{\"delta\":{\"content\":\"x\"}}],\"usage\":"
	"{\"prompt_tokens\":3}}",
	"{\"error\":{\"message\":\"no\"},\"choices\":[{\"delta\":"
	"{\"content\":\"x\"}}]}",
	"[{\"choices\":[]}]",
	"{}",
	"",
};

static void test_pairs(void)
{
	size_t i, k;

	for (i = 0; i < COUNT(chunks); i++) {
		for (k = 0; k < COUNT(chunks); k++) {
			struct chunk_form form = {.before = 0};

			CHECK(chunk_keeps_rule(&form, span_str(chunks[i])));
			CHECK(chunk_keeps_rule(&form, span_str(chunks[k])));
			CHECK(chunk_keeps_rule(&form, span_str(chunks[i])));
		}
	}
}

/* Every cut and every changed byte behind the first chunk. */
static void test_changes(void)
{
	static const char bytes[] = "\"\\{}0 \x80";
	size_t n = strlen(chunks[1]);
	char *copy = malloc(n);
	size_t i, k;

	if (copy == NULL)
		abort();
	for (i = 0; i < n; i++) {
		struct chunk_form form = {.before = 0};

		CHECK(chunk_keeps_rule(&form, span_str(chunks[0])));
		CHECK(chunk_keeps_rule(&form, span_of(chunks[1], i)));
		for (k = 0; k < sizeof(bytes) - 1; k++) {
			memcpy(copy, chunks[1], n);
			copy[i] = bytes[k];
			CHECK(chunk_keeps_rule(&form, span_of(copy, n)));
			CHECK(chunk_keeps_rule(&form, span_str(chunks[0])));
		}
	}
	free(copy);
}

/* The short way is taken where it can be, and only there. */
static void test_learns(void)
{
	struct chunk_form form = {.before = 0};
	char big[CHUNK_FORM_MAX + 200];
	size_t before;

	CHECK(chunk_read_next(&form, span_str(chunks[0])));
	before = form.before;
	CHECK(before > 0 && form.before + form.after + 3 == strlen(chunks[0]));
	CHECK(chunk_read_next(&form, span_str(chunks[1])));
	CHECK_INT(form.before, before);
	CHECK(!chunk_read_next(&form, span_str(chunks[6])));
	CHECK_INT(form.before, 0);
	/* A finish is read in full, and is no form of what comes. */
	CHECK(chunk_read_next(&form, span_str(chunks[3])));
	CHECK_INT(form.before, 0);

	memset(big, 'x', sizeof(big));
	memcpy(big, "{\"id\":\"", 7);
	memcpy(big + sizeof(big) - 44,
		"\",\"choices\":[{\"delta\":{\"content\":\"hello\"}}]}", 44);
	CHECK(chunk_read_next(&form, span_str(chunks[0])));
	CHECK(chunk_keeps_rule(&form, span_of(big, sizeof(big))));
	CHECK_INT(form.before, 0);
}

int main(void)
{
	RUN(test_pairs);
	RUN(test_changes);
	RUN(test_learns);
	return REPORT();
}
