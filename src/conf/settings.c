#include "conf/settings.h"

#include <string.h>

#include "conf/check.h"
#include "conf/settings_priv.h"

const struct opt_word settings_switches[] = {{"yes", CONF_ON}, {"no", CONF_OFF},
	{"true", CONF_ON}, {"false", CONF_OFF}, {"on", CONF_ON},
	{"off", CONF_OFF}, {NULL, 0}};

static const struct opt_word reasonings[] = {{"show", CONF_REASONING_SHOW},
	{"hide", CONF_REASONING_HIDE}, {"summary", CONF_REASONING_SUMMARY},
	{NULL, 0}};

static const struct opt_word backgrounds[] = {{"auto", CONF_BACKGROUND_AUTO},
	{"dark", CONF_BACKGROUND_DARK}, {"light", CONF_BACKGROUND_LIGHT},
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
			.words = settings_switches,                            \
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

#define IN_DEFAULTS(member) offsetof(struct config, defaults.member)
#define IN_CONFIG(member) offsetof(struct config, link.member)
#define IN_AGENT(member) offsetof(struct agent_conf, member)

#define IN_SCREEN(member) offsetof(struct config, screen.member)

#define SCREEN_SWITCH(text, member, words_)                                    \
	{                                                                      \
		.name = (text), .arg = "yes|no", .type = OPT_WORD,             \
		.words = settings_switches, .at = IN_SCREEN(member),           \
		GROUP("Screen"), .help = (words_)                              \
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
	{.name = "background",
		.arg = "auto|dark|light",
		.type = OPT_WORD,
		.words = backgrounds,
		.at = IN_SCREEN(background),
		GROUP("Screen"),
		.help = "What the colours stand on"},
	SCREEN_SWITCH("accessible", accessible,
		"Words in place of colours, and nothing that moves"),
	SCREEN_SWITCH("pager", pager, "Long output goes through a pager"),
	SCREEN_SWITCH("hyperlinks", hyperlinks,
		"Addresses that are shown open with a click"),
};

static const struct opt_row agent_rows[] = {
	AGENT_ROWS(IN_AGENT),
};

static const struct section sections[] = {
	{"defaults", ROWS(defaults_rows),
		{IN_DEFAULTS(sampling.stop), IN_DEFAULTS(sampling.params),
			IN_DEFAULTS(fallback)}},
	{"agent", ROWS(agent_rows),
		{IN_AGENT(sampling.stop), IN_AGENT(sampling.params),
			IN_AGENT(fallback)}},
};

static const struct section *find(
	const struct section *all, size_t n, const char *name)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (strcmp(all[i].name, name) == 0)
			return &all[i];
	return NULL;
}

const struct section *section_by_name(const char *name)
{
	const struct section *found = NULL;

	if (name != NULL)
		found = find(ROWS(sections), name);
	if (name != NULL && found == NULL)
		found = find(settings_hosts, SETTINGS_HOSTS, name);
	return found;
}
