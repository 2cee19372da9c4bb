#include "app/options.h"

#include "chat/msg.h"
#include "conf/check.h"
#include "engine/task.h"

/* Sets of verbs that options go with. */
#define ANSWER (VERB_BIT(VERB_NONE) | VERB_BIT(VERB_ASK))
#define TALK (ANSWER | VERB_BIT(VERB_CHAT))
#define TOUR VERB_BIT(VERB_TOUR)
#define CHATS (VERB_BIT(VERB_NONE) | VERB_BIT(VERB_CHAT) | TOUR)
#define LIST VERB_BIT(VERB_LIST)
#define SHOW VERB_BIT(VERB_SHOW)
#define KEY VERB_BIT(VERB_KEY)
#define MODELS VERB_BIT(VERB_MODELS)
#define DOCTOR VERB_BIT(VERB_DOCTOR)
#define SERVE VERB_BIT(VERB_SERVE)
#define BATCH VERB_BIT(VERB_BATCH)
#define TASK VERB_BIT(VERB_TASK)
#define ASKS (TALK | SERVE | BATCH | TASK)
#define REACH (ASKS | MODELS | DOCTOR) /* whatever talks to an endpoint */
#define SEARCH VERB_BIT(VERB_SEARCH)
#define DELETE VERB_BIT(VERB_DELETE)
#define RENAME VERB_BIT(VERB_RENAME)
#define EXPORT VERB_BIT(VERB_EXPORT)
#define VERIFY VERB_BIT(VERB_VERIFY)
#define SHOWN (TALK | TOUR | LIST | SHOW | TASK)

/* Where a value goes, and its type. */
#define AT(member) .at = offsetof(struct args, member)
#define AGENT(member) .at = offsetof(struct args, agent.member)
#define SAMPLING(member) .at = offsetof(struct args, agent.sampling.member)
#define LINK(member) .at = offsetof(struct args, agent.link.member)
#define CALL(fn) .type = OPT_CALL, .call = fn
#define TIME .type = OPT_TIME, .lo = 0.001, .hi = CONF_TIME_MAX_S

static const struct opt_word colors[] = {{"auto", COLOR_AUTO},
	{"always", COLOR_ALWAYS}, {"never", COLOR_NEVER}, {NULL, 0}};

static const struct opt_word reasonings[] = {{"show", CONF_REASONING_SHOW},
	{"hide", CONF_REASONING_HIDE}, {"summary", CONF_REASONING_SUMMARY},
	{NULL, 0}};

static const struct opt_word kdfs[] = {{"default", KDF_DEFAULT},
	{"low-memory", KDF_LOW_MEMORY}, {"high", KDF_HIGH},
	{"minimal", KDF_MINIMAL}, {NULL, 0}};

static const struct opt_word roles[] = {
	{"user", ROLE_USER + 1}, {"assistant", ROLE_ASSISTANT + 1}, {NULL, 0}};

/* A row reads better in few lines than in clang-format's one per member. */
/* clang-format off */
static const struct opt_row rows[] = {
	{'c', .name = "continue", .type = OPT_FLAG, AT(cont),
		.where = TALK, .group = "Conversation",
		.help = "Go on with the latest conversation of this terminal, "
			"else the latest"},
	{'r', .name = "resume", .arg = "ID|TITLE", .type = OPT_MAYBE,
		AT(resume), .where = TALK | BATCH | TASK, .group = "Conversation",
		.help = "Go on with that one, or pick one from a list; with "
			"batch: with the results in the file of -o"},
	{.name = "fork", .type = OPT_FLAG, AT(fork),
		.where = TALK, .group = "Conversation",
		.help = "With -c or -r: go on in a copy and leave the "
			"original alone"},
	{.name = "private", .type = OPT_FLAG, AT(private),
		.where = ASKS | TOUR, .group = "Conversation",
		.help = "Store nothing"},
	{.name = "no-memory", .type = OPT_FLAG, AT(no_memory),
		.where = TALK | TASK, .group = "Conversation",
		.help = "Tell the model nothing of what is remembered"},

	{'a', .name = "agent", .arg = "NAME", CALL(store_name), AGENT(agent),
		.where = REACH | SEARCH, .group = "Agent",
		.help = "Agent to talk to; with search: only what was said "
			"to or by it"},
	{'e', .name = "endpoint", .arg = "URL", CALL(store_some),
		AGENT(endpoint), .where = REACH, .group = "Agent",
		.env = AGENT_ENV_ENDPOINT,
		.help = "Endpoint, as https://host/v1, or the name of a "
			"configured one or of a pool"},
	{'p', .name = "preset", .arg = "NAME", CALL(store_name), AGENT(preset),
		.where = REACH, .group = "Agent",
		.help = "Host or server that is known by name; see atllama "
			"presets"},
	{'m', .name = "model", .arg = "ID", CALL(store_some), AGENT(model),
		.where = REACH, .group = "Agent", .env = AGENT_ENV_MODEL,
		.help = "Model as the endpoint calls it"},
	{'s', .name = "system", .arg = "TEXT", .type = OPT_STR, AGENT(system),
		.where = ASKS, .group = "Agent",
		.help = "System prompt"},
	{.name = "style", .arg = "NAME", .type = OPT_STR, AGENT(style),
		.where = ASKS, .group = "Agent",
		.help = "How it writes: professional, collaborative, "
			"assistant, educational, concise, or your own"},
	{.name = "language", .arg = "NAME", CALL(store_some), AGENT(language),
		.where = TALK | TASK, .group = "Agent",
		.help = "Language of the answers, such as German"},
	{'t', .name = "temperature", .arg = "T", .type = OPT_REAL,
		.lo = 0, .hi = CONF_TEMPERATURE_MAX, AGENT(temperature),
		.where = ASKS, .group = "Agent",
		.help = "Randomness, 0 to 2; usually 0.7"},
	{'n', .name = "max-tokens", .arg = "N", .type = OPT_INT,
		.lo = 1, .hi = CONF_TOKENS_MAX, AGENT(max_tokens),
		.where = ASKS, .group = "Agent",
		.help = "Longest answer; usually 4096"},
	{.name = "top-p", .arg = "P", .type = OPT_REAL, .lo = 0, .hi = 1,
		SAMPLING(top_p), .where = ASKS, .group = "Agent",
		.help = "Choose among the likeliest words with this share"},
	{.name = "seed", .arg = "N", .type = OPT_INT,
		.lo = -(double)CONF_SEED_MAX, .hi = (double)CONF_SEED_MAX,
		SAMPLING(seed), .where = ASKS, .group = "Agent",
		.help = "Seed of the randomness"},
	{.name = "stop", .arg = "TEXT", CALL(store_stop), .many = true,
		SAMPLING(stop), .where = ASKS, .group = "Agent",
		.help = "Text that ends an answer; up to four"},
	{.name = "presence-penalty", .arg = "P", .type = OPT_REAL,
		.lo = -CONF_PENALTY_MAX, .hi = CONF_PENALTY_MAX,
		SAMPLING(presence_penalty), .where = ASKS, .group = "Agent",
		.help = "Against words that were used already, -2 to 2"},
	{.name = "frequency-penalty", .arg = "P", .type = OPT_REAL,
		.lo = -CONF_PENALTY_MAX, .hi = CONF_PENALTY_MAX,
		SAMPLING(frequency_penalty), .where = ASKS, .group = "Agent",
		.help = "Against words that were used often, -2 to 2"},
	{.name = "images", .type = OPT_FLAG, AGENT(images),
		.where = TALK | TASK, .group = "Agent",
		.help = "The model takes images, whatever is known of it"},
	{.name = "param", .arg = "NAME=VALUE", CALL(store_param),
		.many = true, SAMPLING(params), .where = ASKS,
		.group = "Agent",
		.help = "Send this field too, a value of JSON, as in top_k=40; "
			"may be given again"},

	{'f', .name = "file", .arg = "PATH", .type = OPT_LIST, AT(files),
		.where = TALK | TASK, .group = "Input",
		.help = "Attach a text file or an image; may be given again"},
	{.name = "script", .arg = "FILE", .type = OPT_PATH, AT(script),
		.where = CHATS, .group = "Input",
		.help = "Run the lines of FILE as if they were typed in a "
			"chat; - is standard input"},
	{.name = "no-stdin", .type = OPT_FLAG, AT(no_stdin),
		.where = TALK | TASK, .group = "Input",
		.help = "Leave standard input alone, as in a while read loop"},

	{'o', .name = "output", .arg = "FILE", .type = OPT_PATH, AT(output),
		.where = ANSWER | BATCH | EXPORT | TASK, .group = "Output",
		.help = "Write the answer, the results or the export to FILE"},
	{.name = "json", .type = OPT_FLAG, AT(json),
		.where = ANSWER | LIST | SHOW | SEARCH | EXPORT | KEY |
			VERB_BIT(VERB_CACHE) |
			MODELS | DOCTOR | VERIFY |
			VERB_BIT(VERB_PRESETS) | TASK,
		.group = "Output",
		.help = "Write one JSON value"},
	{.name = "jsonl", .type = OPT_FLAG, AT(jsonl),
		.where = ANSWER | EXPORT, .group = "Output",
		.help = "Write each event as a line of JSON while it happens; "
			"with export, each message"},
	{.name = "html", .type = OPT_FLAG, AT(html),
		.where = EXPORT, .group = "Output",
		.help = "Write a page of HTML, in place of Markdown"},
	{.name = "schema", .arg = "FILE", .type = OPT_PATH, AT(schema),
		.where = ANSWER, .group = "Output",
		.help = "Ask for JSON that fits this JSON Schema, and check "
			"it"},
	{.name = "no-stream", .type = OPT_FLAG, AT(no_stream),
		.where = TALK | BATCH | TASK, .group = "Output",
		.help = "Ask for the answer in one piece"},
	{.name = "raw", .type = OPT_FLAG, AT(raw),
		.where = SHOWN, .group = "Output",
		.help = "Do not render Markdown"},
	{.name = "plain", .type = OPT_FLAG, AT(plain),
		.where = SHOWN | SEARCH, .group = "Output",
		.help = "Neither Markdown nor colour"},
	{.name = "color", .arg = "WHEN", .type = OPT_WORD, .words = colors,
		AT(color), .where = SHOWN | SEARCH, .group = "Output",
		.help = "auto, always or never"},
	{.name = "reasoning", .arg = "HOW", .type = OPT_WORD,
		.words = reasonings, AT(reasoning),
		.where = TALK | TOUR | TASK, .group = "Output",
		.help = "The model's reasoning on a terminal: show, hide or "
			"summary"},
	{.name = "no-pager", .type = OPT_FLAG, AT(no_pager),
		.where = TALK | TOUR | LIST | SHOW | SEARCH, .group = "Output",
		.help = "Write long lists and conversations straight to the "
			"terminal"},
	{.name = "safe", .type = OPT_FLAG, AT(safe),
		.where = SHOWN | SEARCH | EXPORT, .group = "Output",
		.help = "Filter control characters from piped output too"},
	{.name = "unsafe", .type = OPT_FLAG, AT(unsafe),
		.where = SHOWN, .group = "Output",
		.help = "Do not filter them on a terminal: what you see may "
			"then lie"},
	{.name = "check", .type = OPT_FLAG, AT(check),
		.where = ANSWER, .group = "Output",
		.help = "Have the model verify its answer, and tell the "
			"verdict on standard error"},
	{.name = "cache", .type = OPT_FLAG, AT(cache),
		.where = ASKS, .group = "Output",
		.help = "Answer from the cache what was asked before in the "
			"very same way"},
	{.name = "dry-run", .type = OPT_FLAG, AT(dry_run),
		.where = ANSWER, .group = "Output",
		.help = "Show the exact request, the key masked, and send "
			"nothing"},
	{.name = "strict", .type = OPT_FLAG, AT(strict),
		.where = ASKS, .group = "Output",
		.help = "Fail when the answer hits the length limit or cannot "
			"be saved"},
	{'q', .name = "quiet", .type = OPT_FLAG, AT(quiet),
		.group = "Output",
		.help = "No status and no warnings on standard error"},
	{'v', .name = "verbose", .type = OPT_COUNT, AT(verbose),
		.group = "Output",
		.help = "Say more on standard error; twice: a debug log"},

	{.name = "api-key-command", .arg = "COMMAND", CALL(store_some),
		AGENT(key_command), .where = REACH, .group = "Connection",
		.help = "Command that prints the API key"},
	{.name = "header", .arg = "NAME:VALUE", CALL(store_header),
		.many = true, LINK(headers),
		.where = REACH, .group = "Connection",
		.help = "Send this header too; may be given again"},
	{.name = "auth-header", .arg = "NAME", CALL(store_token),
		LINK(auth_header), .where = REACH, .group = "Connection",
		.help = "Header for the key instead of Authorization: Bearer"},
	{.name = "cacert", .arg = "FILE", .type = OPT_PATH, LINK(cacert),
		.where = REACH, .group = "Connection",
		.help = "CA certificates to trust"},
	{.name = "cert", .arg = "FILE", .type = OPT_PATH, LINK(cert),
		.where = REACH, .group = "Connection",
		.help = "Client certificate"},
	{.name = "key", .arg = "FILE", .type = OPT_PATH, LINK(key),
		.where = REACH, .group = "Connection",
		.help = "Private key of the client certificate"},
	{.name = "pin", .arg = "HASH", CALL(store_pin), LINK(pin),
		.where = REACH, .group = "Connection",
		.help = "Public key to insist on, as sha256//BASE64"},
	{.name = "proxy", .arg = "URL", CALL(store_proxy), LINK(proxy),
		.where = REACH, .group = "Connection",
		.help = "Proxy to go through"},
	{.name = "http1.1", .type = OPT_FLAG, LINK(http11),
		.where = REACH, .group = "Connection",
		.help = "No HTTP/2"},
	{.name = "insecure-http", .arg = "HOST", CALL(store_host),
		AGENT(insecure_http), .where = REACH, .group = "Connection",
		.help = "Send the key to HOST although the connection is not "
			"encrypted"},
	{.name = "connect-timeout", .arg = "SECONDS", TIME, LINK(connect_ms),
		.where = REACH, .group = "Connection",
		.help = "Time to connect; usually 15"},
	{.name = "first-byte-timeout", .arg = "SECONDS", TIME,
		LINK(first_byte_ms), .where = REACH, .group = "Connection",
		.help = "Time until an answer begins; usually 600"},
	{.name = "idle-timeout", .arg = "SECONDS", TIME, LINK(idle_ms),
		.where = REACH, .group = "Connection",
		.help = "Time without a byte; usually 120"},
	{.name = "retries", .arg = "N", .type = OPT_INT,
		.lo = 0, .hi = CONF_RETRIES_MAX, LINK(retries),
		.where = REACH, .group = "Connection",
		.help = "How often to try again; usually 2"},

	{.name = "record", .arg = "FILE", .type = OPT_PATH, AT(record),
		.where = TALK | MODELS | TASK, .group = "Connection",
		.help = "Append what is sent and received to FILE, keys left "
			"out"},
	{.name = "replay", .arg = "FILE", .type = OPT_PATH, AT(replay),
		.where = TALK | MODELS | TASK, .group = "Connection",
		.help = "Answer from what --record has written, and send "
			"nothing"},
	{.name = "replay-speed", .arg = "N", .type = OPT_REAL,
		.lo = 0, .hi = 1000, AT(replay_speed),
		.where = TALK | MODELS | TASK, .group = "Connection",
		.help = "1 as it was recorded, 2 twice as fast; usually 0, "
			"without any wait"},

	{.name = "as-completed", .type = OPT_FLAG, AT(as_completed),
		.where = BATCH, .group = "Batch",
		.help = "Write results as they come, and not in the order of "
			"the input"},
	{.name = "save", .type = OPT_FLAG, AT(save),
		.where = BATCH, .group = "Batch",
		.help = "Save each line as a conversation"},

	{.name = "provider", .type = OPT_FLAG, AT(provider),
		.where = BATCH, .group = "Batch",
		.help = "Give FILE to the endpoint's own Batch API, and print "
			"the id of the batch"},
	{.name = "collect", .arg = "ID", CALL(store_some), AT(collect),
		.where = BATCH, .group = "Batch",
		.help = "With --provider: wait for that batch and write its "
			"results"},

	{.name = "listen", .arg = "ADDR:PORT", .type = OPT_STR, AT(listen),
		.where = SERVE, .group = "Server",
		.help = "Address, or unix:PATH; usually 127.0.0.1:8000"},
	{.name = "token-file", .arg = "FILE", .type = OPT_PATH, AT(token_file),
		.where = SERVE, .group = "Server",
		.help = "The bearer token, which is made when there is no "
			"such file"},
	{.name = "allow-host", .arg = "NAME", CALL(store_item), .many = true,
		AT(allow_hosts), .where = SERVE, .group = "Server",
		.help = "Answer to this Host too; may be given again"},
	{.name = "allow-origin", .arg = "ORIGIN", CALL(store_item),
		.many = true, AT(allow_origins), .where = SERVE,
		.group = "Server",
		.help = "Let pages of this origin in; may be given again"},
	{.name = "insecure-listen", .type = OPT_FLAG, AT(insecure_listen),
		.where = SERVE, .group = "Server",
		.help = "Listen beyond this machine without encryption"},
	{.name = "jobs", .arg = "N", .type = OPT_INT, .lo = 1, .hi = 4000,
		AT(jobs), .where = SERVE | BATCH | TASK, .group = "Server",
		.help = "Completions at once; usually 64, with batch 8, "
			"with task 4"},
	{.name = "max-connections", .arg = "N", .type = OPT_INT,
		.lo = 1, .hi = 100000, AT(connections),
		.where = SERVE, .group = "Server",
		.help = "Connections at once; usually 1024"},
	{.name = "grace", .arg = "SECONDS", TIME, AT(grace),
		.where = SERVE, .group = "Server",
		.help = "How long replies may go on when it is to stop; "
			"usually 30"},

	{'T', .name = "template", .arg = "NAME", CALL(store_name),
		AT(template), .where = TASK, .group = "Task",
		.help = "Do it as this template says; --list shows them"},
	{.name = "set", .arg = "NAME=VALUE", CALL(store_item), .many = true,
		AT(sets), .where = TASK, .group = "Task",
		.help = "Value of a variable of the template; may be given "
			"again"},
	{.name = "list", .type = OPT_FLAG, AT(list), .where = TASK,
		.group = "Task", .help = "List the templates"},
	{.name = "out", .arg = "FOLDER", .type = OPT_PATH, AT(out_folder),
		.where = TASK, .group = "Task",
		.help = "Write the answer as report.md there, and its charts "
			"as files"},
	{.name = "plan-only", .type = OPT_FLAG, AT(plan_only), .where = TASK,
		.group = "Task",
		.help = "Make the plan, show it and save it, and do nothing"},
	{.name = "assume", .type = OPT_FLAG, AT(assume), .where = TASK,
		.group = "Task",
		.help = "Ask nothing back: assume what is missing, and say so"},
	{.name = "rounds", .arg = "N", .type = OPT_INT,
		.lo = 0, .hi = TASK_ROUNDS_MAX, AT(rounds), .where = TASK,
		.group = "Task",
		.help = "How often what the check finds is done again; "
			"usually 1"},
	{.name = "steps", .arg = "N", .type = OPT_INT,
		.lo = 1, .hi = OUTLINE_STEPS_MAX, AT(steps), .where = TASK,
		.group = "Task",
		.help = "Steps of a plan at most; usually 12"},
	{.name = "token-limit", .arg = "N", .type = OPT_INT,
		.lo = 1, .hi = 1e12, AT(token_limit), .where = TASK,
		.group = "Task",
		.help = "Begin nothing more once so many tokens were used"},
	{.name = "time-limit", .arg = "SECONDS", TIME, AT(time_limit),
		.where = TASK, .group = "Task",
		.help = "Stop after so long"},

	{.name = "passphrase-fd", .arg = "N", .type = OPT_INT,
		.lo = 0, .hi = 65535, AT(passphrase_fd),
		.group = "Stored conversations",
		.help = "Read the passphrase from this descriptor"},
	{.name = "key-file", .arg = "PATH", .type = OPT_PATH, AT(key_file),
		.group = "Stored conversations",
		.help = "Key file of the vault, where it is not the usual one"},
	{.name = "allow-kdf", .type = OPT_FLAG, AT(allow_kdf),
		.group = "Stored conversations",
		.help = "Try a passphrase although its cost is out of bounds"},
	{.name = "last", .type = OPT_FLAG, AT(last),
		.where = SHOW | RENAME | DELETE | EXPORT,
		.group = "Stored conversations",
		.help = "The latest conversation, in place of its ID"},
	{.name = "since", .arg = "WHEN", CALL(store_when), AT(since),
		.where = SEARCH, .group = "Stored conversations",
		.help = "Only what was said since then: 2026-11-20, yesterday, "
			"or an age such as 7d"},
	{.name = "until", .arg = "WHEN", CALL(store_when), AT(until),
		.where = SEARCH, .group = "Stored conversations",
		.help = "Only what was said until then"},
	{.name = "role", .arg = "ROLE", .type = OPT_WORD, .words = roles,
		AT(role), .where = SEARCH, .group = "Stored conversations",
		.help = "Only what you said (user) or what was answered "
			"(assistant)"},
	{'C', .name = "around", .arg = "N", .type = OPT_INT,
		.lo = 0, .hi = 100, AT(around),
		.where = SEARCH, .group = "Stored conversations",
		.help = "Show N lines before and behind each match"},
	{.name = "older-than", .arg = "AGE", CALL(store_age), AT(older_than),
		.where = DELETE, .group = "Stored conversations",
		.help = "All whose last message is older, such as 30d"},
	{.name = "keyless", .type = OPT_FLAG, AT(keyless),
		.where = VERIFY, .group = "Stored conversations",
		.help = "Verify what can be verified without the key"},
	{.name = "index", .type = OPT_FLAG, AT(index),
		.where = VERB_BIT(VERB_COMPACT),
		.group = "Stored conversations",
		.help = "Compact only the index"},
	{.name = "yes", .type = OPT_FLAG, AT(yes),
		.where = CHATS | TASK | DELETE | KEY,
		.group = "Stored conversations",
		.help = "Answer questions with yes"},

	{.name = "kdf", .arg = "COST", .type = OPT_WORD, .words = kdfs,
		AT(kdf), .where = KEY, .group = "Keys",
		.help = "Cost of a new passphrase: default (256 MiB), "
			"low-memory (64 MiB), high (1 GiB), minimal"},
	{.name = "label", .arg = "TEXT", .type = OPT_STR, AT(label),
		.where = KEY, .group = "Keys",
		.help = "With add and recovery: a name for it in the status"},
	{.name = "recovery", .type = OPT_FLAG, AT(recovery),
		.where = KEY, .group = "Keys",
		.help = "With unlock, passwd and rotate: open the vault with "
			"the recovery code; with init: make one"},
	{.name = "generate", .type = OPT_FLAG, AT(generate),
		.where = KEY, .group = "Keys",
		.help = "With init, passwd and add: make a passphrase and "
			"show it once"},
	{.name = "timeout", .arg = "MINUTES", .type = OPT_INT,
		.lo = 1, .hi = 10080, AT(timeout),
		.where = KEY, .group = "Keys",
		.help = "With unlock: for how long; usually 15"},

	{'h', .name = "help", .type = OPT_FLAG, .last = true, AT(help),
		.group = "Help", .help = "Show this and leave"},
	{'V', .name = "version", .type = OPT_FLAG, .last = true, AT(version),
		.group = "Help", .help = "Show the version and leave"},
};
/* clang-format on */

#define ROWS_N (sizeof(rows) / sizeof(rows[0]))

_Static_assert(ROWS_N <= OPT_ROWS_MAX, "too many options");

const struct opt_table options_table = {rows, ROWS_N};

const struct verb_row options_verbs[VERBS_N] = {
	[VERB_NONE] = {"", "", SIZE_MAX, ""},
	[VERB_ASK] = {"ask", "PROMPT...", SIZE_MAX,
		"one answer, even when the prompt begins with a verb"},
	[VERB_CHAT] = {"chat", "", 0, "a chat"},
	[VERB_TASK] = {"task", "TEXT...", SIZE_MAX,
		"something larger, planned and done step by step"},
	[VERB_BATCH] = {"batch", "FILE|-", 1,
		"answers to many prompts, a line of JSON each"},
	[VERB_TOUR] = {"tour", "", 0,
		"a chat with the built-in guide, no endpoint needed"},
	[VERB_SERVE] = {"serve", "", 0, "the agents over HTTP"},
	[VERB_LIST] = {"list", "", 0, "the saved conversations"},
	[VERB_SHOW] = {"show", "ID|TITLE [N-M]", 2,
		"one of them, or some messages of it"},
	[VERB_SEARCH] = {"search", "WORDS...", SIZE_MAX,
		"what was said with all these words in it"},
	[VERB_RENAME] = {"rename", "ID|TITLE NEW...", SIZE_MAX,
		"gives one of them another title"},
	[VERB_DELETE] = {"delete", "ID|TITLE...", SIZE_MAX,
		"deletes conversations for good"},
	[VERB_EXPORT] = {"export", "ID|TITLE...", SIZE_MAX,
		"writes them out as Markdown, JSON or HTML"},
	[VERB_IMPORT] = {"import", "FILE...", SIZE_MAX,
		"takes conversations in from JSON"},
	[VERB_VERIFY] = {"verify", "[ID|TITLE...]", SIZE_MAX,
		"whether what is saved is sound, and changes nothing"},
	[VERB_COMPACT] = {"compact", "[ID|TITLE...]", SIZE_MAX,
		"writes it anew without what is not needed any more"},
	[VERB_CACHE] = {"cache", "status|clear", 1,
		"what the cache of answers holds, and emptying it"},
	[VERB_PRESETS] = {"presets", "[NAME]", 1,
		"hosts and servers that are known by name"},
	[VERB_DOCTOR] = {"doctor", "", 0,
		"what works and what does not, down to one token"},
	[VERB_MODELS] = {"models", "[WORD]", 1, "the models an endpoint lists"},
	[VERB_KEY] = {"key", "WHAT [NAME]", SIZE_MAX,
		"what opens the saved conversations, and API keys"},
	[VERB_SETUP] = {"setup", "", 0,
		"asks for an endpoint and its key, and tries them"},
	[VERB_HELP] = {"help", "[VERB]", 1, "help, for one verb or for all"},
};
