/* conf: presets, their files and their parameters. */
#include "unit/check.h"

#include <stdlib.h>
#include <sys/stat.h>

#include "base/vec.h"
#include "conf/agent.h"
#include "conf/preset.h"
#include "unit/home.h"

static struct home home;

static void write_preset(const char *path, const char *text)
{
	home_write(home_path(&home, path), text, strlen(text));
}

/* A home with a folder of presets of the program and one of the user. */
static void set_up(void)
{
	home_new(&home);
	HOME_MUST(mkdir(home_path(&home, "share"), 0700) == 0);
	HOME_MUST(mkdir(home_path(&home, "share/presets"), 0700) == 0);
	HOME_MUST(mkdir(home_path(&home, "atllama"), 0700) == 0);
	HOME_MUST(mkdir(home_path(&home, "atllama/presets"), 0700) == 0);
	HOME_MUST(setenv("ATLLAMA_SHARE", home_path(&home, "share"), 1) == 0);
	HOME_MUST(setenv("XDG_CONFIG_HOME", home.root, 1) == 0);
	write_preset("share/presets/host",
		"preset host { url = \"https://host/v1\" model = m\n"
		"  key_env = HOST_KEY context = 1000 max_output = 50\n"
		"  auth_header = x-key headers = {\"A: 1\"}\n"
		"  no_stream_options = yes state = live since = \"2026-07\" }");
	write_preset("share/presets/azure",
		"preset azure { url = \"https://{res}.azure.test/{part}/v1\"\n"
		"  parameters = {\"res=ATL_T_RES\", \"part=ATL_T_PART\"} "
		"model = m }");
	write_preset("share/presets/gone",
		"preset gone { url = \"https://gone/v1\" model = m\n"
		"  state = retired since = \"2026-07-06\" advice = \"go on\" "
		"}");
}

static void test_load(void)
{
	struct config c;
	struct err err = {0};
	const struct preset *p;

	config_init(&c);
	CHECK_INT(preset_load(&c, span_str("host"), &err), ST_OK);
	CHECK_INT(preset_load(&c, span_str("HOST"), &err), ST_OK);
	CHECK_INT(c.presets_n, 1);
	p = preset_find(&c, span_str("Host"));
	CHECK(p != NULL);
	CHECK_STR(p->url, "https://host/v1");
	CHECK_STR(p->key_env, "HOST_KEY");
	CHECK_INT(p->context.v, 1000);
	CHECK_INT(p->headers.n, 1);
	CHECK(p->no_stream_options && !p->no_models && !p->own);
	CHECK_STR(preset_state_name(p->state), "live");
	CHECK_INT(preset_load(&c, span_str("hots"), &err), ST_USAGE);
	CHECK(strstr(err.msg, "did you mean host?") != NULL);
	CHECK_INT(preset_load(&c, span_str("../x"), &err), ST_USAGE);
	config_release(&c);
}

static void test_own_first(void)
{
	struct config c;
	struct buf faults;

	write_preset("atllama/presets/host",
		"preset host { url = \"https://mine/v1\" }");
	write_preset("atllama/presets/bad", "preset bad { url = }");
	write_preset("atllama/presets/not~", "garbage");
	config_init(&c);
	buf_init(&faults, BUF_SMALL);
	CHECK_INT(preset_load_all(&c, &faults, NULL), ST_OK);
	CHECK_INT(c.presets_n, 3);
	CHECK_STR(c.presets[0]->name, "azure");
	CHECK_STR(preset_find(&c, span_str("host"))->url, "https://mine/v1");
	CHECK(preset_find(&c, span_str("host"))->own);
	CHECK(strstr(faults.p, "presets/bad") != NULL);
	buf_release(&faults);
	config_release(&c);
	home_remove(home_path(&home, "atllama/presets/host"));
	home_remove(home_path(&home, "atllama/presets/bad"));
	home_remove(home_path(&home, "atllama/presets/not~"));
}

static void test_faults(void)
{
	static const struct {
		const char *text;
		const char *says;
	} rows[] = {
		{"preset x { }", "url is missing"},
		{"", "not one preset but 0"},
		{"preset x { url = \"http://a\" }\npreset y { url = \"b\" }",
			"not one preset but 2"},
		{"preset y { url = \"http://a\" }", "called \"y\""},
		{"preset x { url = \"ftp://a\" }", "ftp://a"},
		{"preset x { url = \"http://{a}/\" }", "variable of \"a\""},
		{"preset x { url = \"http://{a}/\" parameters = {\"a=b c\"} }",
			"variable of \"a\""},
		{"preset x { url = \"http://a\" state = dead }", "x:1: state"},
		{"preset x {\n\nurl = \"http://a\" key = 1 }", "x:3"},
		{"preset x { url = \"http://a\" state = retired }",
			"since when"},
		{"preset x { url = \"http://a\" key_env = A key_command = b }",
			"exclude each other"},
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct config c;
		struct err err = {0};

		config_init(&c);
		write_preset("atllama/presets/x", rows[i].text);
		CHECK_INT(preset_load(&c, span_str("x"), &err), ST_CONFIG);
		CHECK(strstr(err.msg, rows[i].says) != NULL);
		CHECK(strstr(err.msg, "presets/x") != NULL);
		CHECK_INT(c.presets_n, 0);
		config_release(&c);
	}
	home_remove(home_path(&home, "atllama/presets/x"));
}

/* What the URL comes to; NULL when it is refused. */
static const char *url_of(struct config *c, const char *name,
	const struct opt_list *given, struct buf *out, struct err *err)
{
	buf_reset(out);
	return preset_url(preset_find(c, span_str(name)), given, out, err) ==
			ST_OK
		? out->p
		: NULL;
}

static void test_parameters(void)
{
	static const char *const bad[] = {"", "a/b", "a@b", "a:1", "a?b", "a#",
		"..", "a..b", ".a", "a b", "a\\b", "https://", "http://a",
		"a%2f", "\xc3\xa4"};
	struct config c;
	struct opt_list given = {0};
	struct err err = {0};
	struct buf out;
	size_t i;

	config_init(&c);
	buf_init(&out, BUF_SMALL);
	CHECK_INT(preset_load(&c, span_str("azure"), &err), ST_OK);
	CHECK_INT(preset_load(&c, span_str("gone"), &err), ST_OK);
	CHECK(url_of(&c, "azure", NULL, &out, &err) == NULL);
	CHECK_INT(err.code, ST_CONFIG);
	CHECK(strstr(err.msg, "ATL_T_RES") != NULL);
	HOME_MUST(setenv("ATL_T_RES", "https://r-1.x/", 1) == 0);
	HOME_MUST(setenv("ATL_T_PART", "p", 1) == 0);
	CHECK_STR(url_of(&c, "azure", NULL, &out, &err),
		"https://r-1.x.azure.test/p/v1");
	CHECK_INT(opt_list_add(&given, "res=mine", NULL), ST_OK);
	CHECK_STR(url_of(&c, "azure", &given, &out, &err),
		"https://mine.azure.test/p/v1");
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		HOME_MUST(setenv("ATL_T_PART", bad[i], 1) == 0);
		CHECK(url_of(&c, "azure", &given, &out, &err) == NULL);
		CHECK_INT(err.code, ST_CONFIG);
	}
	HOME_MUST(setenv("ATL_T_PART", "p", 1) == 0);
	CHECK_INT(opt_list_add(&given, "other=1", NULL), ST_OK);
	CHECK(url_of(&c, "azure", &given, &out, &err) == NULL);
	CHECK(strstr(err.msg, "no parameter \"other\"") != NULL);
	CHECK(url_of(&c, "gone", NULL, &out, &err) == NULL);
	CHECK_INT(err.code, ST_MODEL);
	CHECK(strstr(err.msg, "2026-07-06: go on") != NULL);
	opt_list_release(&given);
	buf_release(&out);
	config_release(&c);
}

/* Keys and origins: which key goes with which address. */
static void test_agents(void)
{
	static const char text[] =
		"endpoint a { preset = host }\n"
		"endpoint b { preset = host url = \"https://other/v1\" }\n"
		"endpoint c { preset = host key_file = /k model = n\n"
		"  context = 9 }\n"
		"agent one { endpoint = a } agent two { endpoint = b }\n"
		"agent three { endpoint = c }";
	static const struct {
		const char *agent;
		const char *preset;
		const char *url;
		const char *model;
		enum key_source source;
		const char *key;
		int64_t context;
	} rows[] = {
		{"", "host", "https://host/v1", "m", KEY_ENV, "HOST_KEY", 1000},
		{"one", NULL, "https://host/v1", "m", KEY_ENV, "HOST_KEY",
			1000},
		{"two", NULL, "https://other/v1", "m", KEY_NONE, NULL, 1000},
		{"three", NULL, "https://host/v1", "n", KEY_FILE, "/k", 9},
		{"two", "host", "https://host/v1", "m", KEY_ENV, "HOST_KEY",
			1000},
	};
	struct config c;
	struct agent_env env;
	struct err err = {0};
	size_t i;

	HOME_MUST(setenv("HOST_KEY", "secret", 1) == 0);
	config_init(&c);
	agent_env_init(&env);
	CHECK_INT(config_parse(&c, span_str(text), "/c", &err), ST_OK);
	CHECK_INT(agent_env_take(&env, &c, &err), ST_OK);
	CHECK(getenv("HOST_KEY") == NULL);
	env.model = str_dup("from-env");
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct agent_flags flags = {.preset = rows[i].preset};
		struct agent_sources from = {&flags, &env, &c, NULL};
		struct agent a;

		agent_init(&a);
		CHECK_INT(
			agent_resolve(&a, &from, span_str(rows[i].agent), &err),
			ST_OK);
		CHECK_STR(a.url, rows[i].url);
		CHECK_STR(a.model, rows[i].model);
		CHECK_INT(a.key.source, rows[i].source);
		if (rows[i].key != NULL)
			CHECK_STR(a.key.name, rows[i].key);
		CHECK_INT(a.context, rows[i].context);
		CHECK_INT(a.max_tokens, 50);
		CHECK_STR(a.auth_header, "x-key");
		CHECK(a.no_stream_options);
		CHECK_INT(a.headers_n, 1);
		agent_release(&a);
	}
	agent_env_release(&env);
	CHECK_INT(config_parse(&c, span_str("endpoint a { preset = nope }"),
			  "/c", &err),
		ST_CONFIG);
	CHECK(strstr(err.msg, "/c:1: endpoint a: there is no preset") != NULL);
	CHECK_INT(config_parse(&c,
			  span_str("endpoint a { url = \"http://a\"\n"
				   "parameters = {\"a=b\"} }"),
			  "/c", &err),
		ST_CONFIG);
	config_release(&c);
}

/* The files that come with the program. */
static void test_shipped(void)
{
	struct config c;
	struct buf faults;
	size_t i;

	HOME_MUST(setenv("ATLLAMA_SHARE", TESTS_DIR "/../share", 1) == 0);
	config_init(&c);
	buf_init(&faults, BUF_SMALL);
	CHECK_INT(preset_load_all(&c, &faults, NULL), ST_OK);
	CHECK_STR(faults.p, "");
	CHECK(c.presets_n > 30);
	for (i = 0; i < c.presets_n; i++) {
		const struct preset *p = c.presets[i];

		CHECK(p->title != NULL);
		CHECK(p->state == PRESET_LOCAL || p->since != NULL);
		CHECK(p->state == PRESET_LOCAL || p->state == PRESET_RETIRED ||
			p->state == PRESET_UNUSABLE || p->key_env != NULL ||
			p->key_command != NULL);
		/* That variable belongs to LLAMA_MODEL_ENDPOINT. */
		CHECK(p->key_env == NULL ||
			strcmp(p->key_env, AGENT_ENV_KEY) != 0);
	}
	buf_release(&faults);
	config_release(&c);
}

int main(void)
{
	set_up();
	RUN(test_load);
	RUN(test_own_first);
	RUN(test_faults);
	RUN(test_parameters);
	RUN(test_agents);
	RUN(test_shipped);
	home_free(&home);
	return REPORT();
}
