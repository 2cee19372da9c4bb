/* conf: the configuration file, and what hostile ones do. */
#include "unit/check.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "conf/config.h"

static char dir[] = "/tmp/atl-config-XXXXXX";

static void write_file(const char *name, const char *text)
{
	char path[256];
	struct err err = {0};

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	CHECK_INT(file_replace(path, span_str(text), 0600, &err), ST_OK);
}

static const char *path_of(const char *name)
{
	static char path[256];

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

static void reads_everything(void)
{
	static const char text[] =
		"# comment\n"
		"defaults {\n"
		"\tagent = coder // behind\n"
		"\tendpoint = \"home\"\n"
		"\tmodel = llama-3.3\n"
		"\ttemperature = 0.2  max_tokens = 100\n"
		"\tconnect_timeout = 2.5 retries = 0 http1.1 = yes\n"
		"\tproxy = 'socks5h://127.0.0.1:9050'\n"
		"\tcacert = /etc/ca.pem\n"
		"}\n"
		"/* a\n comment */\n"
		"endpoint home {\n"
		"\turl = http://10.0.0.5:8080/v1\n"
		"\tkey_file = home.key\n"
		"\theaders = {\"X-A: 1\", 'X-B: \"2\"'}\n"
		"\theaders += {\"X-C: 3\"}\n"
		"\tauth_header = api-key\n"
		"\tcontext = 8192\n"
		"}\n"
		"endpoint Cloud-2 { url = \"https://host/v1\" key_env = K "
		"model = m }\n"
		"agent coder {\n"
		"\tendpoint = cloud-2\n"
		"\tsystem_file = coder.md\n"
		"\ttemperature = 1\n"
		"}\n"
		"agent poet { system = \"Rhyme.\nAlways.\" style = short }\n";
	struct config c;
	struct err err = {0};
	const struct endpoint_conf *e;
	const struct agent_conf *a;
	char want[256];

	write_file("config", text);
	write_file("coder.md", "\nYou write C.\n\n");
	config_init(&c);
	CHECK_INT(config_load(&c, path_of("config"), &err), ST_OK);
	CHECK_STR(err.msg, "");
	CHECK_STR(c.agent, "coder");
	CHECK_STR(c.defaults.endpoint, "home");
	CHECK_STR(c.defaults.model, "llama-3.3");
	CHECK(c.defaults.temperature.set && c.defaults.temperature.v == 0.2);
	CHECK_INT(c.defaults.max_tokens.v, 100);
	CHECK(!c.defaults.context.set);
	CHECK_INT(c.link.connect_ms.v, 2500);
	CHECK(c.link.retries.set && c.link.retries.v == 0);
	CHECK(c.link.http11);
	CHECK_STR(c.link.proxy, "socks5h://127.0.0.1:9050");
	CHECK_STR(c.link.cacert, "/etc/ca.pem");
	CHECK_INT(c.endpoints_n, 2);
	e = config_endpoint(&c, span_str("HOME"));
	CHECK(e != NULL);
	CHECK_STR(e->url, "http://10.0.0.5:8080/v1");
	(void)snprintf(want, sizeof(want), "%s/home.key", dir);
	CHECK_STR(e->key_file, want);
	CHECK_INT(e->link.headers.n, 3);
	CHECK_STR(e->link.headers.v[1], "X-B: \"2\"");
	CHECK_STR(e->link.headers.v[2], "X-C: 3");
	CHECK_STR(e->link.auth_header, "api-key");
	CHECK_INT(e->context.v, 8192);
	CHECK(e->link.cacert == NULL);
	/* Those in files of their own stand behind them. */
	CHECK(c.agents_n >= 2 && c.agents[1].file == NULL);
	CHECK(c.agents_n == 2 || c.agents[2].file != NULL);
	a = config_agent(&c, span_str("Coder"));
	CHECK(a != NULL);
	CHECK_STR(a->system, "You write C.");
	CHECK_STR(a->endpoint, "cloud-2");
	a = config_agent(&c, span_str("poet"));
	CHECK_STR(a->system, "Rhyme.\nAlways.");
	CHECK(config_agent(&c, span_str("none")) == NULL);
	config_release(&c);
	config_release(&c);
}

static void reads_pools(void)
{
	static const char text[] =
		"agent a { pool = main fallback = {x, \"y z\"} }\n"
		"pool main { strategy = balance endpoints = {two, ONE}\n"
		"  fallback = {m} }\n"
		"pool plain { endpoints = {one} }\n"
		"defaults { pool = Plain fallback = {d} fallback += {e} }\n"
		"endpoint one { url = https://one/v1 weight = 3 }\n"
		"endpoint two { url = https://two/v1 max_concurrent = 4 }\n";
	struct config c;
	struct err err = {0};
	const struct pool_conf *p;

	config_init(&c);
	CHECK_INT(config_parse(&c, span_str(text), "f", &err), ST_OK);
	CHECK_STR(err.msg, "");
	CHECK_INT(c.pools_n, 2);
	p = config_pool(&c, span_str("MAIN"));
	CHECK(p != NULL);
	CHECK_INT(p->strategy, CONF_BALANCE);
	CHECK_INT(p->endpoints.n, 2);
	CHECK_STR(p->endpoints.v[0], "two");
	CHECK_STR(p->fallback.v[0], "m");
	CHECK_INT(config_pool(&c, span_str("plain"))->strategy, CONF_FAILOVER);
	CHECK(config_pool(&c, span_str("one")) == NULL);
	CHECK_STR(c.agents[0].pool, "main");
	CHECK_INT(c.agents[0].fallback.n, 2);
	CHECK_STR(c.agents[0].fallback.v[1], "y z");
	CHECK_STR(c.defaults.pool, "Plain");
	CHECK_INT(c.defaults.fallback.n, 2);
	CHECK_INT(config_endpoint(&c, span_str("one"))->weight.v, 3);
	CHECK_INT(config_endpoint(&c, span_str("two"))->max_concurrent.v, 4);
	config_release(&c);
}

/* The position and the sentence of each fault. */
static void faults_have_file_and_line(void)
{
	static const struct {
		const char *text;
		const char *msg;
	} cases[] = {
		{"colour = red\n", "f:1: no such option 'colour'"},
		{"defaults {\n modle = x\n}\n",
			"f:2: no such option 'modle'; did you mean model?"},
		{"agnet x { }",
			"f:1: no such option 'agnet'; did you mean agent?"},
		{"defaults {\n\n temperature = hot }\n",
			"f:3: temperature: \"hot\" is not a number from 0 to "
			"2"},
		{"defaults { temperature = 2.5 }",
			"f:1: temperature: \"2.5\" is not a number from 0 to "
			"2"},
		{"agent x {\n max_tokens = 0\n}",
			"f:2: max_tokens: \"0\" is not a whole number from 1 "
			"to 16777216"},
		{"agent x {\n\n\n system = \"a\nb\"\n context = many }",
			"f:6: context: \"many\" is not a whole number from 1 "
			"to 16777216"},
		{"agent x {\n top_p = 1.5\n}",
			"f:2: top_p: \"1.5\" is not a number from 0 to 1"},
		{"agent x {\n params = {\"top_k\"}\n}",
			"f:2: params: \"top_k\" is not NAME=VALUE, the name "
			"of a field of a request and JSON, as in top_k=40"},
		{"defaults {\n params = {\"a=1\", \"seed=1\"}\n}",
			"f:2: params: \"seed\" cannot be set so; set seed"},
		{"defaults {\n\n stop = {a, b, c, d, e}\n}",
			"f:4: stop: more than 4 texts, which is what endpoints "
			"take"},
		{"defaults { http1.1 = maybe }",
			"f:1: http1.1: \"maybe\" is neither yes nor no"},
		{"defaults { model = \"\" }", "f:1: model: the value is empty"},
		{"defaults { headers = {\"A: b\"} }",
			"f:1: no such option 'headers'; it goes into endpoint "
			"NAME {}"},
		{"defaults { status = \"%r, %z\" }",
			"f:1: status: \"%z\" stands for nothing; there are %f "
			"%t %r %i %o %w %p %m %e and %%"},
		{"defaults { status = \"50 %\" }",
			"f:1: status: \"%\" stands for nothing; there are %f "
			"%t %r %i %o %w %p %m %e and %%"},
		{"defaults { status = long }",
			"f:1: status: \"long\" is neither off, short nor full, "
			"nor a format such as \"%r tokens/s\""},
		{"defaults { reasoning = no }",
			"f:1: reasoning: \"no\" is none of show, hide, "
			"summary"},
		{"defaults { key_env = K }",
			"f:1: no such option 'key_env'; it goes into endpoint "
			"NAME {}"},
		{"endpoint e {\n url = ftp://x }",
			"f:2: url: \"ftp://x\" is not an http or https URL "
			"without user name and spaces"},
		{"endpoint e {\n url = https://u:p@x/v1 }",
			"f:2: url: \"https://u:p@x/v1\" is not an http or "
			"https URL without user name and spaces"},
		{"endpoint e { url = https://x\n headers = {\"A: b\",\n"
		 " \"bad\"} }",
			"f:3: headers: \"bad\" is not a header of the form "
			"\"Name: value\""},
		{"endpoint e { url = https://x\n"
		 " headers = {\"A: b\\r\\nC: d\"} }",
			"f:2: headers: \"A: b\r\nC: d\" is not a header of "
			"the form \"Name: value\""},
		{"endpoint e { }", "f:1: endpoint e: url is missing"},
		{"\n\nendpoint e { url = https://x key_env = A "
		 "key_file = b }",
			"f:3: endpoint e: key_env, key_file, key_command and "
			"key_vault exclude each other"},
		{"endpoint e { url = https://x key = k }",
			"f:1: endpoint e: key is the file with the private key "
			"of a cert, and there is no cert; an API key is told "
			"by key_env, key_file, key_command or key_vault"},
		{"endpoint e { url = https://x key_env = \"A B\" }",
			"f:1: key_env: \"A B\" is not the name of a variable"},
		{"endpoint { url = https://x }",
			"f:1: missing title for section 'endpoint'; it has a "
			"name, as in endpoint NAME { ... }"},
		{"endpoint 'a b' { url = https://x }",
			"f:1: endpoint a b: a name is a letter, then letters, "
			"digits, \"-\" and \"_\", at most 64"},
		{"endpoint e { url = https://x }\n"
		 "endpoint E { url = https://x }",
			"f:2: endpoint E: there is one of that name already"},
		{"agent guide { model = x }",
			"f:1: agent guide: the guide is built in and cannot "
			"be configured"},
		{"agent a { endpoint = none }",
			"f:1: agent a: there is no endpoint \"none\""},
		{"pool p { }", "f:1: pool p: endpoints is missing"},
		{"pool p {\n strategy = random }",
			"f:2: strategy: \"random\" is none of failover, "
			"balance"},
		{"pool p { endpoints = {none} }",
			"f:1: pool p: there is no endpoint \"none\""},
		{"pool p { endpoints = {\"a b\"} }",
			"f:1: endpoints: \"a b\" is not a name (letters, "
			"digits, \"-\", \"_\")"},
		{"endpoint e { url = https://x }\n"
		 "pool p { endpoints = {e, E} }",
			"f:2: pool p: endpoint \"E\" is named twice"},
		{"endpoint e { url = https://x }\n"
		 "pool e { endpoints = {e} }",
			"f:2: pool e: an endpoint has that name"},
		{"endpoint e { url = https://x }\n"
		 "pool p { endpoints = {e} }\n pool P { endpoints = {e} }",
			"f:3: pool P: there is one of that name already"},
		{"pool p { endpoints = {a} fallback = {\"\"} }",
			"f:1: fallback: a value is empty"},
		{"pool p { endpoints = {a} model = m }",
			"f:1: no such option 'model'; it goes into endpoint "
			"NAME {} or agent NAME {} or defaults {}"},
		{"endpoint e { url = https://x\n weight = 0 }",
			"f:2: weight: \"0\" is not a whole number from 1 to "
			"1000"},
		{"endpoint e { url = https://x\n max_concurrent = 0 }",
			"f:2: max_concurrent: \"0\" is not a whole number "
			"from 1 to 10000"},
		{"agent a { pool = none }",
			"f:1: agent a: there is no pool \"none\""},
		{"endpoint e { url = https://x }\n"
		 "pool p { endpoints = {e} }\n agent a { endpoint = p }",
			"f:3: agent a: there is no endpoint \"p\", but a pool "
			"of that name"},
		{"endpoint e { url = https://x }\n"
		 "pool p { endpoints = {e} }\n"
		 "agent a { endpoint = e pool = p }",
			"f:3: agent a: endpoint and pool exclude each other"},
		{"defaults { pool = none }",
			"f:1: defaults: there is no pool \"none\""},
		{"defaults { endpoint = none }",
			"f:1: defaults: there is no endpoint \"none\""},
		{"defaults { agent = none }",
			"f:1: defaults: there is no agent \"none\""},
		{"agent a { system = x system_file = y }",
			"f:1: agent a: system and system_file exclude each "
			"other"},
		{"agent a { system_file = absent.md }",
			"f:1: agent a: system_file: cannot open "
			"\"absent.md\": No such file or directory"},
		{"include(\"/etc/passwd\")", "f:1: no such option 'include'"},
		/* What newcomers write. */
		{"url = \"http://h/v1\"\n",
			"f:1: no such option 'url'; it goes into endpoint NAME "
			"{}"},
		{"endpoint e { url = \"http://h/v1\"\n api_key = \"sk\" }",
			"f:2: no such option 'api_key'; keys are not in this "
			"file: key_env, key_file, key_command or key_vault "
			"says where one is"},
		{"endpoint e { base_url = \"http://h/v1\" }",
			"f:1: no such option 'base_url'; did you mean url?"},
		{"agent a { system_prompt = x }",
			"f:1: no such option 'system_prompt'; did you mean "
			"system?"},
		{"endpoint home { url = \"http://h/v1\" }\n"
		 "defaults { endpoint = hmoe }",
			"f:2: defaults: there is no endpoint \"hmoe\"; did you "
			"mean home?"},
		{"defaults {\n model = x\n",
			"f:2: the file ends inside a section, a list or a "
			"setting"},
		{"defaults { model = \"abc\n\n",
			"f:1: the string that begins here does not end"},
		{"defaults { model = 'abc",
			"f:1: the string that begins here does not end"},
		{"agent \"abc",
			"f:1: the string that begins here does not end"},
		{"defaults { model =\n",
			"f:1: the file ends inside a section, a list "
			"or a setting"},
		{"endpoint e { url = https://x headers = {\"A: b\",",
			"f:1: the file ends inside a section, a list "
			"or a setting"},
		{"/* begun\n\n",
			"f:1: the comment that begins here does not end"},
		{"defaults { model = \"\\999\" }",
			"f:1: bad escape sequence '\\999'"},
		{"# one\n# two\n/* a\nb */ // c\n}\n",
			"f:5: unexpected closing brace"},
		{"\n\n'${' \"${#\"}\" // \"\n # '\ncolour",
			"f:3: no such option '${'"},
		{"defaults { model x }",
			"f:1: missing equal sign after option 'model'"},
		{"defaults { model = {a, b} }", "f:1: unexpected token '{'"},
		{"\xff\xfe", "f: is not UTF-8 text"},
	};
	struct config c;
	struct err err;
	size_t i;

	config_init(&c);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		memset(&err, 0, sizeof(err));
		CHECK_INT(config_parse(&c, span_str(cases[i].text), "f", &err),
			ST_CONFIG);
		CHECK_STR(err.msg, cases[i].msg);
		/* Nothing stays, and the lexer starts afresh. */
		CHECK_INT(c.endpoints_n + c.agents_n, 0);
		CHECK(c.file == NULL);
		CHECK_INT(config_parse(&c, span_str("agent z { model = y }"),
				  "g", &err),
			ST_OK);
		CHECK_INT(c.agents_n, 1);
		CHECK_STR(c.agents[0].model, "y");
		config_release(&c);
	}
}

static void nul_bytes_are_refused(void)
{
	static const char text[] = "defaults { }\0defaults {";
	struct config c;
	struct err err = {0};

	config_init(&c);
	CHECK_INT(config_parse(&c, span_of(text, sizeof(text) - 1), "f", &err),
		ST_CONFIG);
	CHECK_STR(err.msg, "f: is not UTF-8 text");
	config_release(&c);
}

/* Wherever a good file is cut it is good, or refused; and in the end right. */
static void every_cut_is_judged(void)
{
	static const char text[] =
		"defaults { temperature = 0.5 }\n"
		"endpoint e { url = 'https://h/v1' headers = {\"A: b\"} }\n"
		"/* c */ agent a { endpoint = e system = \"x\\ty\" }\n"
		"pool p { endpoints = {e} fallback = {'m', n} }\n";
	struct config c;
	struct err err;
	size_t good = 0;
	size_t i;

	for (i = 0; i <= sizeof(text) - 1; i++) {
		enum status st;

		config_init(&c);
		memset(&err, 0, sizeof(err));
		st = config_parse(&c, span_of(text, i), "f", &err);
		CHECK(st == ST_OK || st == ST_CONFIG);
		CHECK(st == ST_OK || strncmp(err.msg, "f:", 2) == 0);
		good += st == ST_OK;
		config_release(&c);
	}
	/* Nothing; behind each section and its newline; on both sides of the
	 * blank behind the comment. */
	CHECK_INT(good, 11);
}

static void limits_hold(void)
{
	struct config c;
	struct err err = {0};
	struct buf b;
	size_t i;

	config_init(&c);
	buf_init(&b, BUF_LARGE);
	for (i = 0; i <= CONFIG_SECTIONS_MAX; i++)
		buf_fmt(&b, "agent a%zu { }\n", i);
	CHECK_INT(config_parse(&c, buf_view(&b), "f", &err), ST_CONFIG);
	CHECK(strstr(err.msg, "more than 1000 agents") != NULL);
	buf_reset(&b);
	for (i = 0; i <= CONFIG_FILE_MAX / 16; i++)
		buf_str(&b, "################");
	CHECK_INT(config_parse(&c, buf_view(&b), "f", &err), ST_CONFIG);
	CHECK_STR(err.msg, "f: is larger than 1048576 bytes");
	buf_reset(&b);
	buf_str(&b, "agent x");
	for (i = 0; i < 100; i++)
		buf_char(&b, 'x');
	buf_str(&b, " {}");
	CHECK_INT(config_parse(&c, buf_view(&b), "f", &err), ST_CONFIG);
	buf_reset(&b);
	for (i = 0; i < 100000; i++)
		buf_str(&b, "defaults {");
	CHECK_INT(config_parse(&c, buf_view(&b), "f", &err), ST_CONFIG);
	CHECK_STR(err.msg, "f:1: no such option 'defaults'");
	buf_release(&b);
	config_release(&c);
}

static void missing_and_unreadable(void)
{
	struct config c;
	struct err err = {0};

	config_init(&c);
	CHECK_INT(config_load(&c, path_of("absent"), &err), ST_CONFIG);
	CHECK(strstr(err.msg, "No such file") != NULL);
	CHECK(setenv("XDG_CONFIG_HOME", dir, 1) == 0);
	CHECK_INT(config_load(&c, NULL, &err), ST_OK);
	CHECK(c.file == NULL);
	CHECK(mkdir(path_of("atllama"), 0700) == 0);
	CHECK(mkdir(path_of("atllama/config"), 0700) == 0);
	CHECK_INT(config_load(&c, NULL, &err), ST_CONFIG);
	CHECK(strstr(err.msg, "cannot read") != NULL);
	CHECK(rmdir(path_of("atllama/config")) == 0);
	write_file("atllama/config", "agent fromxdg { }");
	CHECK_INT(config_load(&c, NULL, &err), ST_OK);
	CHECK(config_agent(&c, span_str("fromxdg")) != NULL);
	config_release(&c);
	CHECK(unlink(path_of("atllama/config")) == 0);
	CHECK(rmdir(path_of("atllama")) == 0);
}

static void binary_system_file_is_refused(void)
{
	struct config c;
	struct err err = {0};

	write_file("bin.md", "a\xff");
	write_file("config", "agent a { system_file = bin.md }");
	config_init(&c);
	CHECK_INT(config_load(&c, path_of("config"), &err), ST_CONFIG);
	CHECK(strstr(err.msg, "is not UTF-8 text") != NULL);
	config_release(&c);
	CHECK(unlink(path_of("bin.md")) == 0);
}

static void dump_lists_the_settings(void)
{
	struct buf b;

	buf_init(&b, BUF_SMALL);
	config_dump("endpoint", &b);
	CHECK(strstr(b.p, "-\turl\tURL\ttext\t") == b.p);
	CHECK(strstr(b.p, "\n-\tkey_file\tFILE\tfile\t") != NULL);
	buf_reset(&b);
	config_dump("none", &b);
	CHECK_INT(b.len, 0);
	buf_release(&b);
}

int main(void)
{
	if (mkdtemp(dir) == NULL)
		return 1;
	RUN(reads_everything);
	RUN(reads_pools);
	RUN(faults_have_file_and_line);
	RUN(nul_bytes_are_refused);
	RUN(every_cut_is_judged);
	RUN(limits_hold);
	RUN(missing_and_unreadable);
	RUN(binary_system_file_is_refused);
	RUN(dump_lists_the_settings);
	(void)unlink(path_of("config"));
	(void)unlink(path_of("coder.md"));
	(void)rmdir(dir);
	return REPORT();
}
