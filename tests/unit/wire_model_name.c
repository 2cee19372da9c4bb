/* wire: which model of a listing a name means. */
#include "unit/check.h"

#include "wire/model_name.h"

struct row {
	const char *want;
	const char *ids[6];
	enum model_match match;
	const char *got;
};

static const struct row rows[] = {
	{"a", {"b", "a"}, MODEL_EXACT, "a"},
	{"llama-3.3-70b-instruct", {"meta-llama/Llama-3.3-70B-Instruct"},
		MODEL_SAME, "meta-llama/Llama-3.3-70B-Instruct"},
	{"llama-3.3-70b-instruct", {"Meta-Llama-3_3-70B-Instruct"}, MODEL_SAME,
		"Meta-Llama-3_3-70B-Instruct"},
	{"llama-3.3-70b-instruct", {"llama3.3-70b-instruct"}, MODEL_SAME,
		"llama3.3-70b-instruct"},
	/* The plain one before its variants. */
	{"llama-3.3-70b-instruct",
		{"meta-llama/llama-3.3-70b-instruct:free",
			"meta-llama/llama-3.3-70b-instruct"},
		MODEL_SAME, "meta-llama/llama-3.3-70b-instruct"},
	{"llama-3.3-70b-instruct",
		{"meta-llama/Llama-3.3-70B-Instruct-Turbo-Free",
			"meta-llama/Llama-3.3-70B-Instruct-Turbo"},
		MODEL_FAMILY, "meta-llama/Llama-3.3-70B-Instruct-Turbo"},
	{"llama-3.3-70b-instruct", {"@cf/meta/llama-3.3-70b-instruct-fp8-fast"},
		MODEL_FAMILY, "@cf/meta/llama-3.3-70b-instruct-fp8-fast"},
	{"llama-3.3-70b-instruct",
		{"accounts/fireworks/models/llama-v3p3-70b-instruct"},
		MODEL_FAMILY,
		"accounts/fireworks/models/llama-v3p3-70b-instruct"},
	{"llama-3.3-70b-instruct", {"qwen2.5:7b", "llama3.3:latest"},
		MODEL_FAMILY, "llama3.3:latest"},
	/* What sounds like it and is something else. */
	{"llama-3.3-70b-instruct",
		{"nvidia/Llama-3.3-Nemotron-Super-49B-v1",
			"meta-llama/Llama-Guard-3-8B",
			"nousresearch/hermes-4-llama-3.3-70b",
			"deepseek-r1-distill-llama-3.3-70b"},
		MODEL_NONE, NULL},
	{"llama-3.1-405b-instruct", {"meta-llama/Llama-3.3-70B-Instruct-Turbo"},
		MODEL_NONE, NULL},
	/* Looks alike. */
	{"qwen2.5-codr", {"mistral", "vendor/qwen2.5-coder"}, MODEL_NEAR,
		"vendor/qwen2.5-coder"},
	{"mistral-large", {"gpt-4o", "claude"}, MODEL_NONE, NULL},
	{"x", {NULL}, MODEL_NONE, NULL},
	{"", {"a"}, MODEL_NONE, NULL},
};

static void test_rows(void)
{
	size_t i;
	size_t k;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct model *got = NULL;
		struct buf json;
		struct models m;

		models_init(&m);
		buf_init(&json, BUF_SMALL);
		buf_char(&json, '[');
		for (k = 0; k < 6 && rows[i].ids[k] != NULL; k++)
			buf_fmt(&json, "%s{\"id\":\"%s\"}", k > 0 ? "," : "",
				rows[i].ids[k]);
		buf_char(&json, ']');
		CHECK_INT(models_parse(&m, buf_view(&json), NULL), ST_OK);
		CHECK_INT(model_resolve(&m, span_str(rows[i].want), &got),
			rows[i].match);
		if (rows[i].got != NULL && got != NULL)
			CHECK_STR(got->id.p, rows[i].got);
		CHECK((got == NULL) == (rows[i].got == NULL));
		buf_release(&json);
		models_release(&m);
	}
}

int main(void)
{
	RUN(test_rows);
	return REPORT();
}
