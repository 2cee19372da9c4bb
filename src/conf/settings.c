#include "conf/settings.h"

#include <string.h>

#include "conf/check.h"

#define TOKENS .lo = 1, .hi = CONF_TOKENS_MAX
#define SECONDS .lo = 0.001, .hi = CONF_TIME_MAX_S
#define GROUP(g) .group = g

static const struct opt_word switches[] = {{"yes", CONF_ON}, {"no", CONF_OFF},
	{"true", CONF_ON}, {"false", CONF_OFF}, {"on", CONF_ON},
	{"off", CONF_OFF}, {NULL, 0}};

static const struct opt_word prefills[] = {{"no", CONF_PREFILL_NO},
	{"plain", CONF_PREFILL_PLAIN}, {"continue", CONF_PREFILL_CONTINUE},
	{"prefix", CONF_PREFILL_PREFIX}, {NULL, 0}};

const char *conf_prefill_name(int prefill)
{
	const struct opt_word *w;

	for (w = prefills; w->name != NULL; w++)
		if (w->value == prefill)
			return w->name;
	return NULL;
}

static const struct opt_word reasonings[] = {{"show", CONF_REASONING_SHOW},
	{"hide", CONF_REASONING_HIDE}, {"summary", CONF_REASONING_SUMMARY},
	{NULL, 0}};

/* What defaults and agents share; `in` finds the member. */
#define AGENT_ROWS(in)                                                         \
	{.name = "endpoint",                                                   \
		.arg = "NAME",                                                 \
		.type = OPT_CALL,                                              \
		.call = store_name,                                            \
		.at = in(endpoint),                                            \
		GROUP("Agent"),                                                \
		.help = "Endpoint that answers"},                              \
		{.name = "pool",                                               \
			.arg = "NAME",                                         \
			.type = OPT_CALL,                                      \
			.call = store_name,                                    \
			.at = in(pool),                                        \
			GROUP("Agent"),                                        \
			.help = "Pool of endpoints that answers, in its "      \
				"place"},                                      \
		{.name = "model",                                              \
			.arg = "ID",                                           \
			.type = OPT_CALL,                                      \
			.call = store_some,                                    \
			.at = in(model),                                       \
			GROUP("Agent"),                                        \
			.help = "Model as the endpoint calls it"},             \
		{.name = "fallback",                                           \
			.arg = "LIST",                                         \
			.type = OPT_CALL,                                      \
			.many = true,                                          \
			.call = store_item,                                    \
			.at = in(fallback),                                    \
			GROUP("Agent"),                                        \
			.help = "Models to ask when that one is not to be "    \
				"had"},                                        \
		{.name = "system",                                             \
			.arg = "TEXT",                                         \
			.type = OPT_STR,                                       \
			.at = in(system),                                      \
			GROUP("Agent"),                                        \
			.help = "System prompt"},                              \
		{.name = "system_file",                                        \
			.arg = "FILE",                                         \
			.type = OPT_PATH,                                      \
			.at = in(system_file),                                 \
			GROUP("Agent"),                                        \
			.help = "File with the system prompt"},                \
		{.name = "style",                                              \
			.arg = "NAME",                                         \
			.type = OPT_CALL,                                      \
			.call = store_name,                                    \
			.at = in(style),                                       \
			GROUP("Agent"),                                        \
			.help = "Style of the answers"},                       \
		{.name = "language",                                           \
			.arg = "NAME",                                         \
			.type = OPT_CALL,                                      \
			.call = store_some,                                    \
			.at = in(language),                                    \
			GROUP("Agent"),                                        \
			.help = "Language of the answers"},                    \
		{.name = "temperature",                                        \
			.arg = "T",                                            \
			.type = OPT_REAL,                                      \
			.lo = 0,                                               \
			.hi = CONF_TEMPERATURE_MAX,                            \
			.at = in(temperature),                                 \
			GROUP("Agent"),                                        \
			.help = "Randomness of the answers"},                  \
		{.name = "max_tokens",                                         \
			.arg = "N",                                            \
			.type = OPT_INT,                                       \
			TOKENS,                                                \
			.at = in(max_tokens),                                  \
			GROUP("Agent"),                                        \
			.help = "Longest answer"},                             \
		{.name = "images",                                             \
			.arg = "yes|no",                                       \
			.type = OPT_WORD,                                      \
			.words = switches,                                     \
			.at = in(images),                                      \
			GROUP("Agent"),                                        \
			.help = "The model takes images"},                     \
		{.name = "guard",                                              \
			.arg = "NAME",                                         \
			.type = OPT_CALL,                                      \
			.call = store_name,                                    \
			.at = in(guard),                                       \
			GROUP("Guard"),                                        \
			.help = "Agent with Llama Guard that judges "          \
				"questions and answers"},                      \
		{.name = "guard_mode",                                         \
			.arg = "block|warn|off",                               \
			.type = OPT_CALL,                                      \
			.call = store_guard_mode,                              \
			.at = in(guard_mode),                                  \
			GROUP("Guard"),                                        \
			.help = "What becomes of what it finds unsafe"},       \
		{.name = "guard_stream",                                       \
			.arg = "buffer|after",                                 \
			.type = OPT_CALL,                                      \
			.call = store_guard_stream,                            \
			.at = in(guard_stream),                                \
			GROUP("Guard"),                                        \
			.help = "Show answers by judged sentences, or once "   \
				"they are judged"},                            \
		{.name = "guard_undecided",                                    \
			.arg = "block|allow",                                  \
			.type = OPT_CALL,                                      \
			.call = store_guard_undecided,                         \
			.at = in(guard_undecided),                             \
			GROUP("Guard"),                                        \
			.help = "What becomes of what it has no verdict on"},  \
		{.name = "top_p",                                              \
			.arg = "P",                                            \
			.type = OPT_REAL,                                      \
			.lo = 0,                                               \
			.hi = 1,                                               \
			.at = in(sampling.top_p),                              \
			GROUP("Agent"),                                        \
			.help = "Choose among the likeliest words with this "  \
				"share"},                                      \
		{.name = "seed",                                               \
			.arg = "N",                                            \
			.type = OPT_INT,                                       \
			.lo = -(double)CONF_SEED_MAX,                          \
			.hi = (double)CONF_SEED_MAX,                           \
			.at = in(sampling.seed),                               \
			GROUP("Agent"),                                        \
			.help = "Seed of the randomness"},                     \
		{.name = "presence_penalty",                                   \
			.arg = "P",                                            \
			.type = OPT_REAL,                                      \
			.lo = -CONF_PENALTY_MAX,                               \
			.hi = CONF_PENALTY_MAX,                                \
			.at = in(sampling.presence_penalty),                   \
			GROUP("Agent"),                                        \
			.help = "Against words that were used already"},       \
		{.name = "frequency_penalty",                                  \
			.arg = "P",                                            \
			.type = OPT_REAL,                                      \
			.lo = -CONF_PENALTY_MAX,                               \
			.hi = CONF_PENALTY_MAX,                                \
			.at = in(sampling.frequency_penalty),                  \
			GROUP("Agent"),                                        \
			.help = "Against words that were used often"},         \
		{.name = "stop",                                               \
			.arg = "LIST",                                         \
			.type = OPT_CALL,                                      \
			.many = true,                                          \
			.call = store_stop,                                    \
			.at = in(sampling.stop),                               \
			GROUP("Agent"),                                        \
			.help = "Texts that end an answer"},                   \
		{.name = "params",                                             \
			.arg = "LIST",                                         \
			.type = OPT_CALL,                                      \
			.many = true,                                          \
			.call = store_param,                                   \
			.at = in(sampling.params),                             \
			GROUP("Agent"),                                        \
			.help = "Other fields of the request, each "           \
				"\"name=JSON\""},                              \
	{                                                                      \
		.name = "context", .arg = "N", .type = OPT_INT, TOKENS,        \
		.at = in(context), GROUP("Agent"),                             \
		.help = "Window of the model in tokens"                        \
	}

/* What defaults and endpoints share. */
#define LINK_ROWS(in)                                                          \
	{.name = "cacert",                                                     \
		.arg = "FILE",                                                 \
		.type = OPT_PATH,                                              \
		.at = in(cacert),                                              \
		GROUP("Link"),                                                 \
		.help = "CA certificates to trust"},                           \
		{.name = "proxy",                                              \
			.arg = "URL",                                          \
			.type = OPT_CALL,                                      \
			.call = store_proxy,                                   \
			.at = in(proxy),                                       \
			GROUP("Link"),                                         \
			.help = "Proxy to go through"},                        \
		{.name = "http1.1",                                            \
			.arg = "yes|no",                                       \
			.type = OPT_FLAG,                                      \
			.at = in(http11),                                      \
			GROUP("Link"),                                         \
			.help = "No HTTP/2"},                                  \
		{.name = "warm",                                               \
			.arg = "yes|no",                                       \
			.type = OPT_WORD,                                      \
			.words = switches,                                     \
			.at = in(warm),                                        \
			GROUP("Link"),                                         \
			.help = "Connect while the user types"},               \
		{.name = "connect_timeout",                                    \
			.arg = "SECONDS",                                      \
			.type = OPT_TIME,                                      \
			SECONDS,                                               \
			.at = in(connect_ms),                                  \
			GROUP("Link"),                                         \
			.help = "Time to connect"},                            \
		{.name = "first_byte_timeout",                                 \
			.arg = "SECONDS",                                      \
			.type = OPT_TIME,                                      \
			SECONDS,                                               \
			.at = in(first_byte_ms),                               \
			GROUP("Link"),                                         \
			.help = "Time until an answer begins"},                \
		{.name = "idle_timeout",                                       \
			.arg = "SECONDS",                                      \
			.type = OPT_TIME,                                      \
			SECONDS,                                               \
			.at = in(idle_ms),                                     \
			GROUP("Link"),                                         \
			.help = "Time without a byte"},                        \
	{                                                                      \
		.name = "retries", .arg = "N", .type = OPT_INT, .lo = 0,       \
		.hi = CONF_RETRIES_MAX, .at = in(retries), GROUP("Link"),      \
		.help = "How often to try again"                               \
	}

#define IN_DEFAULTS(member) offsetof(struct config, defaults.member)
#define IN_CONFIG(member) offsetof(struct config, link.member)
#define IN_AGENT(member) offsetof(struct agent_conf, member)
#define IN_LINK(member) offsetof(struct endpoint_conf, link.member)

#define IN_SCREEN(member) offsetof(struct config, screen.member)

#define SCREEN_SWITCH(text, member, words_)                                    \
	{                                                                      \
		.name = (text), .arg = "yes|no", .type = OPT_WORD,             \
		.words = switches, .at = IN_SCREEN(member), GROUP("Screen"),   \
		.help = (words_)                                               \
	}

static const struct opt_row defaults_rows[] = {
	{.name = "agent",
		.arg = "NAME",
		.type = OPT_CALL,
		.call = store_name,
		.at = offsetof(struct config, agent),
		GROUP("Agent"),
		.help = "Agent that a plain line goes to"},
	{.name = "delete_after",
		.arg = "AGE",
		.type = OPT_CALL,
		.call = store_age,
		.at = offsetof(struct config, delete_after),
		GROUP("Saved"),
		.help = "Delete conversations whose last message is older"},
	{.name = "cache",
		.arg = "yes|no",
		.type = OPT_FLAG,
		.at = offsetof(struct config, cache),
		GROUP("Saved"),
		.help = "Answer what was asked before from the cache"},
	{.name = "cache_size",
		.arg = "MIB",
		.type = OPT_INT,
		.lo = 1,
		.hi = CONF_CACHE_MAX_MIB,
		.at = offsetof(struct config, cache_size),
		GROUP("Saved"),
		.help = "How large the cache may be"},
	{.name = "cache_age",
		.arg = "AGE",
		.type = OPT_CALL,
		.call = store_age,
		.at = offsetof(struct config, cache_age),
		GROUP("Saved"),
		.help = "How old what comes from it may be"},
	{.name = "compact",
		.arg = "PERCENT|off",
		.type = OPT_CALL,
		.call = store_percent,
		.at = offsetof(struct config, compact),
		GROUP("Agent"),
		.help = "How full the window is when older messages are "
			"summarised"},
	{.name = "learn",
		.arg = "yes|no",
		.type = OPT_FLAG,
		.at = offsetof(struct config, learn),
		GROUP("Saved"),
		.help = "At the end of a chat, ask the model what to remember "
			"and the user whether to"},
	AGENT_ROWS(IN_DEFAULTS),
	LINK_ROWS(IN_CONFIG),
	{.name = "reasoning",
		.arg = "show|hide|summary",
		.type = OPT_WORD,
		.words = reasonings,
		.at = IN_SCREEN(reasoning),
		GROUP("Screen"),
		.help = "What becomes of the model's reasoning"},
	{.name = "status",
		.arg = "off|short|full|FORMAT",
		.type = OPT_CALL,
		.call = store_format,
		.at = IN_SCREEN(status),
		GROUP("Screen"),
		.help = "Line below a reply: times, tokens and window"},
	SCREEN_SWITCH("accessible", accessible,
		"Words in place of colours, and nothing that moves"),
	SCREEN_SWITCH("pager", pager, "Long output goes through a pager"),
	SCREEN_SWITCH("hyperlinks", hyperlinks,
		"Addresses that are shown open with a click"),
};

static const struct opt_row agent_rows[] = {
	AGENT_ROWS(IN_AGENT),
};

static const struct opt_row endpoint_rows[] = {
	{.name = "url",
		.arg = "URL",
		.type = OPT_CALL,
		.call = store_url,
		.at = offsetof(struct endpoint_conf, url),
		GROUP("Endpoint"),
		.help = "Base URL, as https://host/v1"},
	{.name = "preset",
		.arg = "NAME",
		.type = OPT_CALL,
		.call = store_name,
		.at = offsetof(struct endpoint_conf, preset),
		GROUP("Endpoint"),
		.help = "Preset that says what is not said here"},
	{.name = "parameters",
		.arg = "LIST",
		.type = OPT_CALL,
		.many = true,
		.call = store_pair,
		.at = offsetof(struct endpoint_conf, parameters),
		GROUP("Endpoint"),
		.help = "Parameters of the preset's URL, each \"name=value\""},
	{.name = "model",
		.arg = "ID",
		.type = OPT_CALL,
		.call = store_some,
		.at = offsetof(struct endpoint_conf, model),
		GROUP("Endpoint"),
		.help = "Model when the agent names none"},
	{.name = "context",
		.arg = "N",
		.type = OPT_INT,
		TOKENS,
		.at = offsetof(struct endpoint_conf, context),
		GROUP("Endpoint"),
		.help = "Window when the agent names none"},
	{.name = "weight",
		.arg = "N",
		.type = OPT_INT,
		.lo = 1,
		.hi = CONF_WEIGHT_MAX,
		.at = offsetof(struct endpoint_conf, weight),
		GROUP("Endpoint"),
		.help = "Share of the requests in a pool that balances"},
	{.name = "max_concurrent",
		.arg = "N",
		.type = OPT_INT,
		.lo = 1,
		.hi = CONF_CONCURRENT_MAX,
		.at = offsetof(struct endpoint_conf, max_concurrent),
		GROUP("Endpoint"),
		.help = "Requests that a pool has under way there at once"},
	{.name = "prefill",
		.arg = "HOW",
		.type = OPT_WORD,
		.words = prefills,
		.at = offsetof(struct endpoint_conf, prefill),
		GROUP("Endpoint"),
		.help = "How it goes on with a reply that was cut"},
	{.name = "key_env",
		.arg = "VARIABLE",
		.type = OPT_CALL,
		.call = store_variable,
		.at = offsetof(struct endpoint_conf, key_env),
		GROUP("Key"),
		.help = "Environment variable with the key"},
	{.name = "key_file",
		.arg = "FILE",
		.type = OPT_PATH,
		.at = offsetof(struct endpoint_conf, key_file),
		GROUP("Key"),
		.help = "File with the key"},
	{.name = "key_command",
		.arg = "COMMAND",
		.type = OPT_CALL,
		.call = store_some,
		.at = offsetof(struct endpoint_conf, key_command),
		GROUP("Key"),
		.help = "Command that prints the key"},
	{.name = "key_vault",
		.arg = "NAME",
		.type = OPT_CALL,
		.call = store_some,
		.at = offsetof(struct endpoint_conf, key_vault),
		GROUP("Key"),
		.help = "Name that \"atllama key set\" stored it under"},
	{.name = "auth_header",
		.arg = "NAME",
		.type = OPT_CALL,
		.call = store_token,
		.at = IN_LINK(auth_header),
		GROUP("Key"),
		.help = "Header for the key instead of Authorization: Bearer"},
	{.name = "headers",
		.arg = "LIST",
		.type = OPT_CALL,
		.many = true,
		.call = store_header,
		.at = IN_LINK(headers),
		GROUP("Link"),
		.help = "Headers to send, each \"Name: value\""},
	{.name = "cert",
		.arg = "FILE",
		.type = OPT_PATH,
		.at = IN_LINK(cert),
		GROUP("Link"),
		.help = "Client certificate"},
	{.name = "key",
		.arg = "FILE",
		.type = OPT_PATH,
		.at = IN_LINK(key),
		GROUP("Link"),
		.help = "Private key of the client certificate"},
	{.name = "pin",
		.arg = "HASH",
		.type = OPT_CALL,
		.call = store_pin,
		.at = IN_LINK(pin),
		GROUP("Link"),
		.help = "Public key to insist on, as sha256//BASE64"},
	LINK_ROWS(IN_LINK),
};

static const struct opt_word strategies[] = {
	{"failover", CONF_FAILOVER}, {"balance", CONF_BALANCE}, {NULL, 0}};

/* clang-format off */
static const struct opt_row pool_rows[] = {
	{.name = "strategy", .arg = "WORD", .type = OPT_WORD,
		.words = strategies, .at = offsetof(struct pool_conf, strategy),
		GROUP("Pool"),
		.help = "failover: in their order; balance: all of them"},
	{.name = "endpoints", .arg = "LIST", .type = OPT_CALL, .many = true,
		.call = store_name_item,
		.at = offsetof(struct pool_conf, endpoints), GROUP("Pool"),
		.help = "Names of endpoints, the one to prefer first"},
	{.name = "fallback", .arg = "LIST", .type = OPT_CALL, .many = true,
		.call = store_item, .at = offsetof(struct pool_conf, fallback),
		GROUP("Pool"),
		.help = "Models to ask when the agent's is not to be had"},
};
/* clang-format on */

#define IN_PRESET(member) .at = offsetof(struct preset, member)

static const struct opt_word states[] = {{"unverified", PRESET_UNVERIFIED},
	{"live", PRESET_LIVE}, {"listed", PRESET_LISTED},
	{"doubtful", PRESET_DOUBTFUL}, {"local", PRESET_LOCAL},
	{"retired", PRESET_RETIRED}, {"unusable", PRESET_UNUSABLE}, {NULL, 0}};

/* clang-format off */
static const struct opt_row preset_rows[] = {
	{.name = "title", .arg = "TEXT", .type = OPT_CALL, .call = store_some,
		IN_PRESET(title), GROUP("Preset"),
		.help = "Name of the host for people"},
	{.name = "url", .arg = "URL", .type = OPT_CALL, .call = store_some,
		IN_PRESET(url), GROUP("Preset"),
		.help = "Base URL; {name} is a parameter"},
	{.name = "parameters", .arg = "LIST", .type = OPT_CALL, .many = true,
		.call = store_pair, IN_PRESET(parameters), GROUP("Preset"),
		.help = "Variables of the parameters, each \"name=VARIABLE\""},
	{.name = "model", .arg = "ID", .type = OPT_CALL, .call = store_some,
		IN_PRESET(model), GROUP("Preset"),
		.help = "Llama 3.3 70B as the host calls it"},
	{.name = "context", .arg = "N", .type = OPT_INT, TOKENS,
		IN_PRESET(context), GROUP("Preset"),
		.help = "Window of that model"},
	{.name = "max_output", .arg = "N", .type = OPT_INT, TOKENS,
		IN_PRESET(max_output), GROUP("Preset"),
		.help = "Longest answer the host gives"},
	{.name = "key_env", .arg = "VARIABLE", .type = OPT_CALL,
		.call = store_variable, IN_PRESET(key_env), GROUP("Preset"),
		.help = "Environment variable with the key"},
	{.name = "key_command", .arg = "COMMAND", .type = OPT_CALL,
		.call = store_some, IN_PRESET(key_command), GROUP("Preset"),
		.help = "Command that prints the key"},
	{.name = "key_optional", .arg = "yes|no", .type = OPT_FLAG,
		IN_PRESET(key_optional), GROUP("Preset"),
		.help = "May be asked without a key"},
	{.name = "auth_header", .arg = "NAME", .type = OPT_CALL,
		.call = store_token, IN_PRESET(auth_header), GROUP("Preset"),
		.help = "Header for the key instead of Authorization: Bearer"},
	{.name = "headers", .arg = "LIST", .type = OPT_CALL, .many = true,
		.call = store_header, IN_PRESET(headers), GROUP("Preset"),
		.help = "Headers to send, each \"Name: value\""},
	{.name = "no_stream_options", .arg = "yes|no", .type = OPT_FLAG,
		IN_PRESET(no_stream_options), GROUP("Preset"),
		.help = "Refuses the field stream_options"},
	{.name = "no_models", .arg = "yes|no", .type = OPT_FLAG,
		IN_PRESET(no_models), GROUP("Preset"),
		.help = "Does not list its models"},
	{.name = "prefill", .arg = "HOW", .type = OPT_WORD, .words = prefills,
		IN_PRESET(prefill), GROUP("Preset"),
		.help = "How it goes on with a reply that was cut"},
	{.name = "state", .arg = "WORD", .type = OPT_WORD, .words = states,
		IN_PRESET(state), GROUP("Preset"),
		.help = "What is known of the host"},
	{.name = "since", .arg = "DATE", .type = OPT_CALL, .call = store_some,
		IN_PRESET(since), GROUP("Preset"),
		.help = "When that was known, or when it was retired"},
	{.name = "advice", .arg = "TEXT", .type = OPT_CALL, .call = store_some,
		IN_PRESET(advice), GROUP("Preset"),
		.help = "What to do about it"},
};
/* clang-format on */

#define ROWS(a) a, sizeof(a) / sizeof((a)[0])

static const struct section sections[] = {
	{"defaults", ROWS(defaults_rows),
		{IN_DEFAULTS(sampling.stop), IN_DEFAULTS(sampling.params),
			IN_DEFAULTS(fallback)}},
	{"endpoint", ROWS(endpoint_rows),
		{IN_LINK(headers), offsetof(struct endpoint_conf, parameters),
			SECTION_NONE}},
	{"pool", ROWS(pool_rows),
		{offsetof(struct pool_conf, endpoints),
			offsetof(struct pool_conf, fallback), SECTION_NONE}},
	{"agent", ROWS(agent_rows),
		{IN_AGENT(sampling.stop), IN_AGENT(sampling.params),
			IN_AGENT(fallback)}},
	{"preset", ROWS(preset_rows),
		{offsetof(struct preset, headers),
			offsetof(struct preset, parameters), SECTION_NONE}},
};

const struct section *section_by_name(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(sections) / sizeof(sections[0]); i++)
		if (name != NULL && strcmp(sections[i].name, name) == 0)
			return &sections[i];
	return NULL;
}
