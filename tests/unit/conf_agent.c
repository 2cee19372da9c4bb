/* conf: who answers, where, and with whose key. */
#include "unit/check.h"

#include <stdlib.h>
#include <unistd.h>

#include "conf/agent.h"

static const char config_text[] =
	"endpoint home { url = http://10.0.0.5:8080/v1 model = home-model\n"
	"  context = 8192 headers = {\"X-Home: 1\"} connect_timeout = 3\n"
	"  cacert = /home.pem }\n"
	"endpoint cloud { url = https://cloud/v1 key_env = CLOUD_KEY }\n"
	"agent coder { endpoint = home temperature = 0.1 }\n"
	"agent judge { endpoint = home model = judge-model context = 100 }\n"
	"agent remote { endpoint = cloud system = \"Remote.\" }\n"
	"agent plain { system = \"Plain.\" }\n";

static const char defaults_text[] =
	"defaults { endpoint = home model = def-model temperature = 0.5\n"
	"  max_tokens = 10 context = 500 system = \"Default.\" retries = 7\n"
	"  cacert = /def.pem agent = judge }\n";

/* What a row of the matrix starts from; NULL: not said. */
struct given {
	const char *name; /* agent asked for; "" none */
	const char *flag_endpoint;
	const char *flag_model;
	const char *env_endpoint;
	const char *env_model;
	bool defaults; /* the defaults section is there */
	/* What comes of it. */
	const char *got_name;
	const char *url;
	const char *model;
	enum key_source source;
	const char *key_name;
	int64_t context;
};

static const struct given matrix[] = {
	/* Nothing said at all. */
	{"", NULL, NULL, NULL, NULL, false, "llama", "", AGENT_MODEL, KEY_NONE,
		NULL, AGENT_CONTEXT},
	{"", NULL, "m", NULL, NULL, false, "llama", "", "m", KEY_NONE, NULL,
		AGENT_CONTEXT},
	{"", NULL, NULL, NULL, "e", false, "llama", "", "e", KEY_NONE, NULL,
		AGENT_CONTEXT},
	/* The environment fills the defaults; its key goes with it. */
	{"", NULL, NULL, "https://env/v1", NULL, false, "llama",
		"https://env/v1", AGENT_MODEL, KEY_ENV, "LLAMA_API_KEY",
		AGENT_CONTEXT},
	{"", NULL, NULL, "https://env/v1", "e", false, "llama",
		"https://env/v1", "e", KEY_ENV, "LLAMA_API_KEY", AGENT_CONTEXT},
	{"", NULL, "m", "https://env/v1", "e", false, "llama", "https://env/v1",
		"m", KEY_ENV, "LLAMA_API_KEY", AGENT_CONTEXT},
	{"plain", NULL, NULL, "https://env/v1", "e", false, "plain",
		"https://env/v1", "e", KEY_ENV, "LLAMA_API_KEY", AGENT_CONTEXT},
	/* A flag is above it, and an explicit URL gets the same key. */
	{"", "https://flag/v1", NULL, "https://env/v1", "e", false, "llama",
		"https://flag/v1", "e", KEY_ENV, "LLAMA_API_KEY",
		AGENT_CONTEXT},
	{"coder", "https://flag/v1", NULL, "https://env/v1", NULL, false,
		"coder", "https://flag/v1", AGENT_MODEL, KEY_ENV,
		"LLAMA_API_KEY", AGENT_CONTEXT},
	/* An endpoint by name comes with its own model and key, not ours. */
	{"", "home", NULL, "https://env/v1", "e", false, "llama",
		"http://10.0.0.5:8080/v1", "home-model", KEY_NONE, NULL, 8192},
	{"", "cloud", NULL, "https://env/v1", "e", false, "llama",
		"https://cloud/v1", AGENT_MODEL, KEY_ENV, "CLOUD_KEY",
		AGENT_CONTEXT},
	{"", "CLOUD", "m", NULL, NULL, true, "judge", "https://cloud/v1", "m",
		KEY_ENV, "CLOUD_KEY", 100},
	/* Configured agents are never changed by the environment. */
	{"coder", NULL, NULL, "https://env/v1", "e", false, "coder",
		"http://10.0.0.5:8080/v1", "home-model", KEY_NONE, NULL, 8192},
	{"judge", NULL, NULL, "https://env/v1", "e", true, "judge",
		"http://10.0.0.5:8080/v1", "judge-model", KEY_NONE, NULL, 100},
	{"remote", NULL, NULL, "https://env/v1", "e", false, "remote",
		"https://cloud/v1", AGENT_MODEL, KEY_ENV, "CLOUD_KEY",
		AGENT_CONTEXT},
	{"remote", NULL, NULL, "https://env/v1", "e", true, "remote",
		"https://cloud/v1", "def-model", KEY_ENV, "CLOUD_KEY", 500},
	{"coder", NULL, "m", NULL, NULL, false, "coder",
		"http://10.0.0.5:8080/v1", "m", KEY_NONE, NULL, 8192},
	/* The defaults section, below the environment. */
	{"llama", NULL, NULL, NULL, NULL, true, "llama",
		"http://10.0.0.5:8080/v1", "def-model", KEY_NONE, NULL, 500},
	{"llama", NULL, NULL, NULL, "e", true, "llama",
		"http://10.0.0.5:8080/v1", "e", KEY_NONE, NULL, 500},
	{"llama", NULL, NULL, "https://env/v1", NULL, true, "llama",
		"https://env/v1", "def-model", KEY_ENV, "LLAMA_API_KEY", 500},
	{"", NULL, NULL, NULL, NULL, true, "judge", "http://10.0.0.5:8080/v1",
		"judge-model", KEY_NONE, NULL, 100},
	/* The guide is nobody's to change. */
	{"Guide", "https://flag/v1", "m", "https://env/v1", "e", true, "guide",
		"", "guide", KEY_NONE, NULL, AGENT_CONTEXT},
};

static void load(struct config *c, bool defaults)
{
	struct buf b;
	struct err err = {0};

	buf_init(&b, BUF_SMALL);
	buf_str(&b, config_text);
	if (defaults)
		buf_str(&b, defaults_text);
	config_init(c);
	CHECK_INT(config_parse(c, buf_view(&b), "f", &err), ST_OK);
	CHECK_STR(err.msg, "");
	buf_release(&b);
}

static void set_env(const char *name, const char *value)
{
	if (value != NULL)
		CHECK(setenv(name, value, 1) == 0);
	else
		CHECK(unsetenv(name) == 0);
}

static void precedence_matrix(void)
{
	size_t i;

	for (i = 0; i < sizeof(matrix) / sizeof(matrix[0]); i++) {
		const struct given *g = &matrix[i];
		struct agent_flags flags = {
			.endpoint = g->flag_endpoint, .model = g->flag_model};
		struct agent_sources from = {&flags, NULL, NULL, NULL};
		struct config config;
		struct agent_env env;
		struct agent a;
		struct err err = {0};
		int before = check_failures;

		load(&config, g->defaults);
		set_env("LLAMA_MODEL_ENDPOINT", g->env_endpoint);
		set_env("LLAMA_MODEL", g->env_model);
		agent_env_init(&env);
		CHECK_INT(agent_env_take(&env, &config, &err), ST_OK);
		from.env = &env;
		from.config = &config;
		agent_init(&a);
		CHECK_INT(agent_resolve(&a, &from, span_str(g->name), &err),
			ST_OK);
		CHECK_STR(a.name, g->got_name);
		CHECK_STR(a.url, g->url);
		CHECK_STR(a.model, g->model);
		CHECK_INT(a.key.source, g->source);
		CHECK_STR(a.key.name != NULL ? a.key.name : "-",
			g->key_name != NULL ? g->key_name : "-");
		CHECK_INT(a.context, g->context);
		if (check_failures != before)
			printf("in row %zu of the matrix\n", i);
		agent_release(&a);
		agent_env_release(&env);
		config_release(&config);
	}
	set_env("LLAMA_MODEL_ENDPOINT", NULL);
	set_env("LLAMA_MODEL", NULL);
}

/* A resolution without environment: what most tests below need. */
struct world {
	struct config config;
	struct agent_env env;
	struct agent_flags flags;
	struct agent_sources from;
	struct agent a;
	struct err err;
};

static void world_begin(struct world *w, bool defaults)
{
	memset(w, 0, sizeof(*w));
	load(&w->config, defaults);
	agent_env_init(&w->env);
	CHECK_INT(agent_env_take(&w->env, &w->config, &w->err), ST_OK);
	w->from = (struct agent_sources){&w->flags, &w->env, &w->config, NULL};
	agent_init(&w->a);
}

static void world_end(struct world *w)
{
	agent_release(&w->a);
	agent_env_release(&w->env);
	config_release(&w->config);
}

static enum status resolve(struct world *w, const char *name)
{
	return agent_resolve(&w->a, &w->from, span_str(name), &w->err);
}

static void defaults_are_the_documented_ones(void)
{
	struct world w;

	world_begin(&w, false);
	CHECK_INT(resolve(&w, ""), ST_OK);
	CHECK(w.a.temperature == 0.7);
	CHECK_INT(w.a.max_tokens, 4096);
	CHECK_INT(w.a.context, 128000);
	CHECK(!w.a.context_given && !w.a.model_given);
	CHECK_INT(w.a.connect_ms, 15000);
	CHECK_INT(w.a.idle_ms, 120000);
	CHECK_INT(w.a.first_byte_ms, 600000);
	CHECK_INT(w.a.retries, 2);
	CHECK(strstr(w.a.system, "{{date}}") != NULL);
	CHECK_INT(w.a.kind, AGENT_CHAT);
	CHECK_INT(resolve(&w, "coder"), ST_OK);
	CHECK_STR(w.a.system, "");
	CHECK_INT(resolve(&w, "guide"), ST_OK);
	CHECK_INT(w.a.kind, AGENT_GUIDE);
	world_end(&w);
}

static void the_chat_has_the_last_word(void)
{
	struct agent_conf chat = {
		.model = "said",
		.style = "concise",
		.temperature = {true, 1.5},
		.max_tokens = {true, 3},
		.context = {true, 9},
	};
	struct world w;

	world_begin(&w, true);
	chat.sampling.seed = (struct opt_int){true, 4};
	w.flags.model = "flag";
	w.flags.style = "flag";
	w.flags.temperature = (struct opt_real){true, 1};
	w.flags.max_tokens = (struct opt_int){true, 2};
	w.flags.sampling.seed = (struct opt_int){true, 5};
	w.from.chat = &chat;
	CHECK_INT(resolve(&w, "judge"), ST_OK);
	CHECK_STR(w.a.model, "said");
	CHECK(w.a.model_given && w.a.context_given);
	CHECK_STR(w.a.style, "concise");
	CHECK(w.a.temperature == 1.5);
	CHECK_INT(w.a.max_tokens, 3);
	CHECK_INT(w.a.context, 9);
	CHECK_INT(w.a.sampling.seed.v, 4);
	w.from.chat = NULL;
	CHECK_INT(resolve(&w, "judge"), ST_OK);
	CHECK_STR(w.a.model, "flag");
	CHECK_INT(w.a.context, 100);
	CHECK_INT(w.a.sampling.seed.v, 5);
	world_end(&w);
}

/* The first that says something counts, of lists of texts whole, of parameters
 * name by name. */
static void sampling_by_precedence(void)
{
	struct world w;

	world_begin(&w, false);
	CHECK_INT(config_parse(&w.config,
			  span_str("agent a { seed = 1 top_p = 0.5 "
				   "params = {\"x=1\", \"y=1\"} }\n"
				   "agent b { stop = {B} }\n"
				   "defaults { seed = 2 presence_penalty = -2 "
				   "stop = {D, E} "
				   "params = {\"y=2\", \"z=2\"} }\n"),
			  "f", &w.err),
		ST_OK);
	CHECK_INT(resolve(&w, "a"), ST_OK);
	CHECK(w.a.sampling.seed.set && w.a.sampling.seed.v == 1);
	CHECK(w.a.sampling.top_p.set && w.a.sampling.top_p.v == 0.5);
	CHECK(w.a.sampling.presence_penalty.v == -2);
	CHECK(!w.a.sampling.frequency_penalty.set);
	CHECK_INT(w.a.sampling.stop.n, 2);
	CHECK_INT(w.a.sampling.params.n, 3);
	CHECK_STR(w.a.sampling.params.v[0], "y=1");
	CHECK_STR(w.a.sampling.params.v[1], "x=1");
	CHECK_STR(w.a.sampling.params.v[2], "z=2");
	CHECK_INT(resolve(&w, "b"), ST_OK);
	CHECK(w.a.sampling.seed.v == 2);
	CHECK_INT(w.a.sampling.stop.n, 1);
	CHECK_STR(w.a.sampling.stop.v[0], "B");
	w.flags.sampling.seed = (struct opt_int){true, -3};
	CHECK_INT(opt_list_add(&w.flags.sampling.params, "x=8", &w.err), ST_OK);
	CHECK_INT(opt_list_add(&w.flags.sampling.params, "x=9", &w.err), ST_OK);
	CHECK_INT(resolve(&w, "a"), ST_OK);
	CHECK(w.a.sampling.seed.v == -3);
	CHECK_STR(w.a.sampling.params.v[0], "x=9");
	CHECK_INT(w.a.sampling.params.n, 3);
	opt_list_release(&w.flags.sampling.params);
	world_end(&w);
}

static void sampling_texts_and_link(void)
{
	struct world w;
	const char *extra = "X-Flag: 2";

	world_begin(&w, true);
	CHECK_INT(resolve(&w, "coder"), ST_OK);
	CHECK(w.a.temperature == 0.1);
	CHECK_INT(w.a.max_tokens, 10);
	CHECK_STR(w.a.system, "Default.");
	CHECK_INT(w.a.retries, 7);
	CHECK_INT(w.a.connect_ms, 3000);
	CHECK_STR(w.a.cacert, "/home.pem");
	CHECK_STR(w.a.endpoint, "home");
	CHECK_INT(w.a.headers_n, 1);
	CHECK_INT(resolve(&w, "remote"), ST_OK);
	CHECK_STR(w.a.system, "Remote.");
	CHECK(w.a.temperature == 0.5);
	CHECK_STR(w.a.cacert, "/def.pem");
	CHECK_INT(w.a.headers_n, 0);
	w.flags.temperature = (struct opt_real){true, 0};
	w.flags.max_tokens = (struct opt_int){true, 1};
	w.flags.system = "";
	w.flags.link.retries = (struct opt_int){true, 0};
	w.flags.link.connect_ms = (struct opt_int){true, 1};
	w.flags.link.cacert = "/flag.pem";
	CHECK_INT(opt_list_add(&w.flags.link.headers, extra, &w.err), ST_OK);
	CHECK_INT(resolve(&w, "coder"), ST_OK);
	CHECK(w.a.temperature == 0);
	CHECK_INT(w.a.max_tokens, 1);
	CHECK_STR(w.a.system, "");
	CHECK_INT(w.a.retries, 0);
	CHECK_INT(w.a.connect_ms, 1);
	CHECK_STR(w.a.cacert, "/flag.pem");
	CHECK_INT(w.a.headers_n, 2);
	CHECK_STR(w.a.headers[0], "X-Home: 1");
	CHECK_STR(w.a.headers[1], "X-Flag: 2");
	/* Headers of an endpoint do not follow to another host. */
	w.flags.endpoint = "https://flag/v1";
	CHECK_INT(resolve(&w, "coder"), ST_OK);
	CHECK_INT(w.a.headers_n, 1);
	CHECK_STR(w.a.headers[0], "X-Flag: 2");
	CHECK(w.a.endpoint == NULL);
	opt_list_release(&w.flags.link.headers);
	world_end(&w);
}

static void faults_leave_the_agent_alone(void)
{
	struct world w;

	world_begin(&w, false);
	CHECK_INT(resolve(&w, "coder"), ST_OK);
	CHECK_INT(resolve(&w, "codr"), ST_NOT_FOUND);
	CHECK_STR(w.err.msg,
		"there is no agent \"codr\"; known: llama, guide, coder, "
		"judge, remote, plain");
	w.flags.endpoint = "localhost:8080";
	CHECK_INT(resolve(&w, ""), ST_USAGE);
	CHECK(strstr(w.err.msg, "\"localhost:8080\" is neither") != NULL);
	w.flags.endpoint = NULL;
	w.env.endpoint = strdup("host/v1");
	CHECK_INT(resolve(&w, ""), ST_CONFIG);
	CHECK(strstr(w.err.msg, "LLAMA_MODEL_ENDPOINT: \"host/v1\"") ==
		w.err.msg);
	CHECK_STR(w.a.name, "coder");
	/* An agent that does not use it is not bothered. */
	CHECK_INT(resolve(&w, "judge"), ST_OK);
	world_end(&w);
}

static void keys_leave_the_environment(void)
{
	const struct secret *key = NULL;
	struct world w;

	set_env("LLAMA_MODEL_ENDPOINT", "https://env/v1");
	set_env("LLAMA_API_KEY", " sk-one\n");
	set_env("CLOUD_KEY", "sk-two");
	world_begin(&w, false);
	CHECK(getenv("LLAMA_API_KEY") == NULL);
	CHECK(getenv("CLOUD_KEY") == NULL);
	CHECK_INT(resolve(&w, ""), ST_OK);
	CHECK_INT(agent_key(&w.a, &w.env.keys, &key, &w.err), ST_OK);
	CHECK(key != NULL && span_is(secret_view(key), "sk-one"));
	CHECK_INT(resolve(&w, "remote"), ST_OK);
	CHECK_INT(agent_key(&w.a, &w.env.keys, &key, &w.err), ST_OK);
	CHECK(key != NULL && span_is(secret_view(key), "sk-two"));
	/* No key of somebody else's for an endpoint without one. */
	CHECK_INT(resolve(&w, "coder"), ST_OK);
	CHECK_INT(agent_key(&w.a, &w.env.keys, &key, &w.err), ST_OK);
	CHECK(key == NULL);
	world_end(&w);
	/* Unset by now: optional here, an error there. */
	world_begin(&w, false);
	CHECK_INT(resolve(&w, ""), ST_OK);
	CHECK_INT(agent_key(&w.a, &w.env.keys, &key, &w.err), ST_OK);
	CHECK(key == NULL);
	CHECK_INT(resolve(&w, "remote"), ST_OK);
	CHECK_INT(agent_key(&w.a, &w.env.keys, &key, &w.err), ST_CONFIG);
	CHECK_STR(w.err.msg,
		"endpoint \"cloud\": no key: the variable CLOUD_KEY is not "
		"set");
	world_end(&w);
	set_env("LLAMA_API_KEY", "");
	world_begin(&w, false);
	CHECK_INT(resolve(&w, ""), ST_OK);
	CHECK_INT(agent_key(&w.a, &w.env.keys, &key, &w.err), ST_OK);
	CHECK(key == NULL);
	world_end(&w);
	set_env("LLAMA_MODEL_ENDPOINT", NULL);
}

static void names_are_listed_once(void)
{
	struct config c;
	struct err err = {0};

	config_init(&c);
	CHECK_STR(agent_name_at(&c, 0), "llama");
	CHECK_STR(agent_name_at(&c, 1), "guide");
	CHECK(agent_name_at(&c, 2) == NULL);
	CHECK_INT(config_parse(&c,
			  span_str("agent b {} agent Llama {}\n"
				   "agent c {}"),
			  "f", &err),
		ST_OK);
	CHECK_STR(agent_name_at(&c, 0), "Llama");
	CHECK_STR(agent_name_at(&c, 2), "b");
	CHECK_STR(agent_name_at(&c, 3), "c");
	CHECK(agent_name_at(&c, 4) == NULL);
	CHECK_STR(agent_find_name(&c, span_str("llama")), "Llama");
	CHECK_STR(agent_find_name(&c, span_str("GUIDE")), "guide");
	CHECK(agent_find_name(&c, span_str("x")) == NULL);
	config_release(&c);
}

static const char pools_text[] =
	"endpoint one { url = https://one/v1 key_env = ONE_KEY model = m1\n"
	"  context = 1000 headers = {\"X-One: 1\"} weight = 2 }\n"
	"endpoint two { url = https://two/v1 key_env = TWO_KEY model = m2\n"
	"  max_concurrent = 3 first_byte_timeout = 2 }\n"
	"endpoint bare { url = https://bare/v1 }\n"
	"pool main { endpoints = {one, two, bare} fallback = {small} }\n"
	"agent a { pool = main temperature = 0.1 }\n"
	"agent b { pool = main model = mine fallback = {other} }\n"
	"defaults { pool = main model = def }\n";

static void resolve_at(const struct agent_sources *from, const char *name,
	size_t member, struct agent *ret)
{
	struct agent face;
	struct err err = {0};

	agent_init(&face);
	agent_release(ret);
	CHECK_INT(agent_resolve(&face, from, span_str(name), &err), ST_OK);
	CHECK(face.pool != NULL);
	CHECK_INT(agent_resolve_at(ret, from, &face, member, &err), ST_OK);
	CHECK_STR(err.msg, "");
	agent_release(&face);
}

/* Each endpoint of a pool comes with what is its own, and with nobody
 * else's. */
static void members_keep_their_own(void)
{
	struct agent_flags flags = {0};
	struct agent_sources from = {&flags, NULL, NULL, NULL};
	struct config config;
	struct agent_env env;
	struct agent a;
	struct err err = {0};

	set_env("LLAMA_API_KEY", "k");
	set_env("LLAMA_MODEL_ENDPOINT", NULL);
	set_env("LLAMA_MODEL", "from-the-environment");
	config_init(&config);
	agent_env_init(&env);
	agent_init(&a);
	CHECK_INT(
		config_parse(&config, span_str(pools_text), "f", &err), ST_OK);
	CHECK_INT(agent_env_take(&env, &config, &err), ST_OK);
	from.env = &env;
	from.config = &config;
	resolve_at(&from, "a", 0, &a);
	CHECK_STR(a.url, "https://one/v1");
	CHECK_STR(a.endpoint, "one");
	CHECK_STR(a.pool->name, "main");
	CHECK_STR(a.model, "m1");
	CHECK_STR(a.key.name, "ONE_KEY");
	CHECK_INT(a.headers_n, 1);
	CHECK_INT(a.context, 1000);
	CHECK_INT(a.weight, 2);
	CHECK_INT(a.max_concurrent, 0);
	CHECK_STR(a.fallback->v[0], "small");
	resolve_at(&from, "a", 1, &a);
	CHECK_STR(a.url, "https://two/v1");
	CHECK_STR(a.model, "m2");
	CHECK_STR(a.key.name, "TWO_KEY");
	CHECK_INT(a.headers_n, 0);
	CHECK_INT(a.context, AGENT_CONTEXT);
	CHECK_INT(a.max_concurrent, 3);
	CHECK_INT(a.first_byte_ms, 2000);
	CHECK(a.temperature == 0.1);
	/* No key of its own: none, whoever else has one. */
	resolve_at(&from, "a", 2, &a);
	CHECK_INT(a.key.source, KEY_NONE);
	CHECK_STR(a.model, "def");
	resolve_at(&from, "b", 1, &a);
	CHECK_STR(a.model, "mine");
	CHECK_STR(a.fallback->v[0], "other");
	/* The defaults have it too; the environment's model is not for it. */
	resolve_at(&from, "llama", 1, &a);
	CHECK_STR(a.model, "m2");
	/* By name, and one of it by name. */
	flags.endpoint = "MAIN";
	flags.model = "flag";
	resolve_at(&from, "llama", 1, &a);
	CHECK_STR(a.url, "https://two/v1");
	CHECK_STR(a.model, "flag");
	CHECK(a.fallback == NULL);
	flags.endpoint = "two";
	CHECK_INT(agent_resolve(&a, &from, span_str("a"), &err), ST_OK);
	CHECK(a.pool == NULL);
	CHECK_STR(a.key.name, "TWO_KEY");
	agent_release(&a);
	agent_env_release(&env);
	config_release(&config);
	set_env("LLAMA_MODEL", NULL);
}

/* What may hold a key is for one endpoint. */
static void flags_are_not_for_pools(void)
{
	struct agent_flags flags = {0};
	struct agent_env env;
	struct config config;
	struct agent_sources from = {&flags, &env, &config, NULL};
	struct agent a;
	struct err err = {0};

	config_init(&config);
	agent_env_init(&env);
	agent_init(&a);
	CHECK_INT(
		config_parse(&config, span_str(pools_text), "f", &err), ST_OK);
	flags.key_command = "echo k";
	CHECK_INT(agent_resolve(&a, &from, span_str("a"), &err), ST_USAGE);
	CHECK_STR(err.msg,
		"--api-key-command is for one endpoint, and pool \"main\" has "
		"several; name one of them with -e");
	flags.endpoint = "one";
	CHECK_INT(agent_resolve(&a, &from, span_str("a"), &err), ST_OK);
	CHECK_INT(a.key.source, KEY_COMMAND);
	flags = (struct agent_flags){0};
	CHECK_INT(opt_list_add(&flags.link.headers, "X-Key: k", &err), ST_OK);
	CHECK_INT(agent_resolve(&a, &from, span_str("a"), &err), ST_USAGE);
	opt_list_release(&flags.link.headers);
	flags.link.auth_header = "api-key";
	CHECK_INT(agent_resolve(&a, &from, span_str("a"), &err), ST_USAGE);
	agent_release(&a);
	agent_env_release(&env);
	config_release(&config);
}

int main(void)
{
	set_env("LLAMA_MODEL_ENDPOINT", NULL);
	set_env("LLAMA_MODEL", NULL);
	set_env("LLAMA_API_KEY", NULL);
	set_env("CLOUD_KEY", NULL);
	RUN(precedence_matrix);
	RUN(defaults_are_the_documented_ones);
	RUN(the_chat_has_the_last_word);
	RUN(sampling_by_precedence);
	RUN(sampling_texts_and_link);
	RUN(faults_leave_the_agent_alone);
	RUN(keys_leave_the_environment);
	RUN(names_are_listed_once);
	RUN(members_keep_their_own);
	RUN(flags_are_not_for_pools);
	return REPORT();
}
