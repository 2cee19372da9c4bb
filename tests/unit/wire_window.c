/* wire/window: where servers tell the window they run a model with, and how. */
#include "unit/check.h"

#include "wire/models.h"
#include "wire/window.h"

static void addresses(void)
{
	static const struct {
		enum window_server server;
		const char *base;
		const char *model;
		const char *url;
	} rows[] = {
		{WINDOW_LLAMACPP, "http://127.0.0.1:8080/v1", "",
			"http://127.0.0.1:8080/props"},
		{WINDOW_LLAMACPP, "http://127.0.0.1:8080", "a-B_3.~",
			"http://127.0.0.1:8080/props?model=a-B_3.~"
			"&autoload=false"},
		{WINDOW_LLAMACPP, "http://h/v1?x=y", "m/\xc3\xa4 &",
			"http://h/props?model=m%2F%C3%A4%20%26"
			"&autoload=false"},
		{WINDOW_OLLAMA, "http://h:11434/v1/chat/completions", "m",
			"http://h:11434/api/ps"},
		{WINDOW_LMSTUDIO, "http://h:1234/v1/", "m",
			"http://h:1234/api/v0/models"},
		{WINDOW_KOBOLDCPP, "https://h/llama/v1?x=y", "m",
			"https://h/llama/api/extra/true_max_context_length"},
		{WINDOW_TGI, "http://h:3000/v1", "m", "http://h:3000/info"},
	};
	struct buf url;
	size_t i;

	buf_init(&url, BUF_SMALL);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		buf_reset(&url);
		CHECK(window_url(rows[i].server, span_str(rows[i].base),
			      span_str(rows[i].model), &url, NULL) == ST_OK);
		CHECK_STR(url.p, rows[i].url);
	}
	CHECK(window_url(WINDOW_TGI, span_str("nowhere"), span_str("m"), &url,
		      NULL) == ST_CONFIG);
	buf_release(&url);
}

static void answers(void)
{
	static const struct {
		enum window_server server;
		const char *body;
		int64_t window;
		int images;
	} rows[] = {
		{WINDOW_LLAMACPP,
			"{\"default_generation_settings\":{\"n_ctx\":512},"
			"\"modalities\":{\"vision\":true}}",
			512, 1},
		{WINDOW_LLAMACPP,
			"{\"default_generation_settings\":{\"n_ctx\":0},"
			"\"modalities\":{\"vision\":false}}",
			0, -1},
		{WINDOW_OLLAMA,
			"{\"models\":[{\"name\":\"x\",\"context_length\":1},"
			"{\"name\":\"m:latest\",\"context_length\":4096}]}",
			4096, 0},
		{WINDOW_OLLAMA, "{\"models\":[]}", 0, 0},
		{WINDOW_LMSTUDIO,
			"{\"data\":[{\"id\":\"m\",\"type\":\"vlm\","
			"\"max_context_length\":131072,"
			"\"loaded_context_length\":8192}]}",
			8192, 1},
		{WINDOW_KOBOLDCPP, "{\"value\":6144}", 6144, 0},
		{WINDOW_TGI, "{\"max_total_tokens\":2048}", 2048, 0},
		{WINDOW_TGI, "{\"max_total_tokens\":\"many\"}", 0, 0},
		{WINDOW_TGI, "<html>", 0, 0},
		{WINDOW_LMSTUDIO, "", 0, 0},
	};
	int images;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		CHECK_INT(window_parse(rows[i].server, span_str(rows[i].body),
				  span_str("m"), &images),
			rows[i].window);
		CHECK_INT(images, rows[i].images);
	}
}

static void whose_list(void)
{
	struct models m;

	models_init(&m);
	CHECK(models_parse(&m,
		      span_str("{\"data\":[{\"id\":\"a\",\"owned_by\":"
			       "\"llamacpp\"}]}"),
		      NULL) == ST_OK);
	CHECK_INT(m.server, WINDOW_LLAMACPP);
	CHECK(models_parse(&m,
		      span_str("{\"data\":[{\"id\":\"a\",\"owned_by\":"
			       "\"openai\"}]}"),
		      NULL) == ST_OK);
	CHECK_INT(m.server, WINDOW_NONE);
	models_release(&m);
	CHECK_INT(window_by_owner(span_str("")), WINDOW_NONE);
	CHECK_INT(window_by_preset("ollama"), WINDOW_OLLAMA);
	CHECK_INT(window_by_preset(""), WINDOW_NONE);
	CHECK_INT(window_by_preset(NULL), WINDOW_NONE);
}

/* What a router of llama.cpp says of a model before it loads it is what the
 * model could take; behind that it is what it runs with. */
static void router(void)
{
	static const char body[] =
		"{\"data\":[{\"id\":\"big\",\"object\":\"model\","
		"\"owned_by\":\"llamacpp\",\"status\":{\"value\":"
		"\"unloaded\"},\"context_length\":131072},"
		"{\"id\":\"small\",\"owned_by\":\"llamacpp\",\"status\":"
		"{\"value\":\"loaded\"},\"context_length\":131072,\"meta\":"
		"{\"n_ctx\":4096,\"n_ctx_train\":131072}},"
		"{\"id\":\"other\",\"owned_by\":\"me\",\"status\":\"up\","
		"\"context_length\":9000}],\"object\":\"list\"}";
	struct models m;

	models_init(&m);
	CHECK(models_parse(&m, span_str(body), NULL) == ST_OK);
	CHECK_INT(m.n, 3);
	CHECK_INT(m.rows[0].context, 0);
	CHECK_INT(m.rows[1].context, 4096);
	CHECK_INT(m.rows[2].context, 9000);
	models_release(&m);
}

int main(void)
{
	RUN(addresses);
	RUN(answers);
	RUN(whose_list);
	RUN(router);
	return REPORT();
}
