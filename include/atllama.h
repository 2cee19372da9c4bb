/*
 * atllama.h - the agent of the atllama program as a library.
 *
 *	atl_agent *llama = NULL;
 *	atl_agent_options options = ATL_AGENT_OPTIONS_INIT;
 *	atl_message ask = ATL_MESSAGE_INIT;
 *	atl_reply *reply = NULL;
 *	atl_error error;
 *
 *	options.endpoint = "https://api.example/v1";
 *	options.api_key = key;
 *	ask.role = "user";
 *	ask.content = "Design an onboarding process";
 *	if (atl_agent_create(&llama, &options, &error) == ATL_OK &&
 *	    atl_agent_invoke(llama, &ask, 1, &reply, &error) == ATL_OK)
 *		puts(atl_reply_text(reply));
 *	else
 *		fprintf(stderr, "%s\n", error.message);
 *	atl_reply_free(reply);
 *	atl_agent_free(llama);
 *
 * Texts are UTF-8. Times are in milliseconds. What a function takes is copied
 * unless it says otherwise; what it returns through a pointer is freed with the
 * function of that type, and every free function accepts NULL. Outputs are left
 * alone when a call fails. An atl_error may be NULL; its message is one line
 * and may quote the endpoint: filter it before it goes to a terminal.
 *
 * Options structs are set up with their _INIT macro, which has the defaults and
 * the version that tells the library which members there are.
 *
 * Threads: one agent, with its chats and replies, belongs to one thread at a
 * time; several agents may be used by several threads at once. The exception is
 * atl_agent_cancel(), which any thread may call. A store may be shared by
 * agents of one thread.
 *
 * The library does not touch signals, the locale, standard streams or the
 * environment, except for the variables that libcurl reads for proxies.
 */
#ifndef ATLLAMA_H
#define ATLLAMA_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define ATL_API __attribute__((visibility("default")))
#else
#define ATL_API
#endif

#define ATL_VERSION_MAJOR 0
#define ATL_VERSION_MINOR 1
#define ATL_VERSION_PATCH 0

/* The version of the library that is linked, such as "0.1.0", which may be
 * newer than this header. */
ATL_API const char *atl_version(void);

/* Results. Values are stable; new ones may be added. */
typedef enum {
	ATL_OK = 0,
	ATL_E_FAILED = 1, /* anything without a value of its own */
	ATL_E_USAGE = 2, /* the caller's arguments are not valid */
	ATL_E_CONFIG = 3, /* no endpoint, or a key that would go over plain
			     http */
	ATL_E_AUTH = 4, /* the endpoint refuses the key */
	ATL_E_MODEL = 5, /* the endpoint does not serve the model */
	ATL_E_LIMIT = 6, /* rate or quota, after the retries */
	ATL_E_NETWORK = 7, /* network, TLS or a timeout */
	ATL_E_SERVER = 8, /* server error or unreadable reply */
	ATL_E_CUT = 9, /* the reply ended early; what came is kept */
	ATL_E_LENGTH = 10, /* the token limit, where asked to be strict */
	ATL_E_FILTERED = 11, /* held back by a content filter */
	ATL_E_WINDOW = 12, /* does not fit the context window */
	ATL_E_LOCKED = 13, /* store locked, or wrong passphrase */
	ATL_E_DAMAGED = 14, /* stored data is damaged */
	ATL_E_NOT_FOUND = 15,
	ATL_E_BUSY = 16, /* another process holds the conversation */
	ATL_E_MEMORY = 17, /* out of memory */
	ATL_E_IO = 18, /* a local file; the message says which */
	ATL_E_STOPPED = 130 /* cancelled */
} atl_code;

typedef struct {
	atl_code code;
	char message[1024];
} atl_error;

/* How a reply ended. */
typedef enum {
	ATL_OUTCOME_NONE = 0,
	ATL_OUTCOME_COMPLETE,
	ATL_OUTCOME_LENGTH, /* the token limit was reached */
	ATL_OUTCOME_FILTERED, /* the endpoint's content filter */
	ATL_OUTCOME_STOPPED, /* cancelled */
	ATL_OUTCOME_CUT, /* the stream ended without a finish */
	ATL_OUTCOME_FAILED
} atl_outcome;

ATL_API const char *atl_outcome_name(atl_outcome outcome);

typedef struct atl_store atl_store;
typedef struct atl_agent atl_agent;
typedef struct atl_chat atl_chat;
typedef struct atl_reply atl_reply;

/*
 * The store: where conversations are saved, always encrypted.
 */

/* Why a passphrase is asked for. */
typedef enum {
	ATL_PASS_UNLOCK = 0, /* to open the store */
	ATL_PASS_AGAIN = 1, /* the last one was wrong */
	ATL_PASS_NEW = 2 /* for a new store; length 0 chooses a key file
			    instead */
} atl_pass_purpose;

/*
 * Writes a passphrase of at most `room` bytes to `buf`, which is memory of the
 * library that is locked and wiped, and sets *ret_length. Any code but ATL_OK
 * ends the opening with that code; ATL_E_LOCKED gives up.
 */
typedef atl_code atl_pass_fn(atl_pass_purpose purpose, char *buf, size_t room,
	size_t *ret_length, void *payload);

typedef struct {
	unsigned version; /* ATL_STORE_OPTIONS_VERSION */
	const char *data; /* NULL: $XDG_DATA_HOME/atllama */
	const char *state; /* NULL: $XDG_STATE_HOME/atllama */
	const char *key_file; /* NULL: $XDG_CONFIG_HOME/atllama/key */
	atl_pass_fn *pass; /* NULL: key file only */
	void *payload;
	int no_cache; /* do not use the kernel's keyring */
	/* Gets one sentence at a time for the user: a key file was made, a
	 * reply was recovered. NULL: nothing is told. */
	void (*notice)(const char *text, void *payload);
	int allow_kdf; /* try a passphrase even if the cost of that, as the
			  store sets it, is out of bounds */
} atl_store_options;

#define ATL_STORE_OPTIONS_VERSION 1
#define ATL_STORE_OPTIONS_INIT                                                 \
	{                                                                      \
		ATL_STORE_OPTIONS_VERSION, NULL, NULL, NULL, NULL, NULL, 0,    \
			NULL, 0                                                \
	}

/* Opens the store, or makes one. NULL options: defaults. Close it after the
 * chats that use it. */
ATL_API atl_code atl_store_open(
	atl_store **ret, const atl_store_options *options, atl_error *error);
ATL_API void atl_store_close(atl_store *store);

/*
 * Chats of this store that are opened from now on answer from a cache what was
 * asked before in exactly the same way: endpoint, model, messages and every
 * parameter. Only complete replies are kept, encrypted like conversations, up
 * to `bytes` (0: 64 MiB) and for `age_ms` (0: 30 days). May be called once for
 * a store.
 */
ATL_API atl_code atl_store_cache(
	atl_store *store, uint64_t bytes, int64_t age_ms, atl_error *error);

/* A saved conversation. Borrowed: valid during the call. */
typedef struct {
	const char *id; /* 32 hexadecimal digits, for atl_chat_options.id */
	const char *title; /* one line, never empty */
	const char *agent; /* agent it was with; may be empty */
	int64_t created_ms; /* since 1970, UTC */
	int64_t updated_ms;
	uint64_t messages;
	int damaged; /* some of it could not be read */
} atl_conversation;

/* Called for one conversation after the other; anything but 0 ends the list,
 * which is not an error. */
typedef int atl_list_fn(const atl_conversation *conversation, void *payload);

/* Lists all saved conversations, the one with the newest message first. */
ATL_API atl_code atl_store_list(
	atl_store *store, atl_list_fn *fn, void *payload, atl_error *error);

/*
 * The agent: an endpoint, a model and how to ask it.
 */

/*
 * Called when the endpoint refuses the key (401): writes another one of at most
 * `room` bytes to `buf`, which is memory of the library that is locked and
 * wiped, and sets *ret_length. Any code but ATL_OK, and the same key again, end
 * the request as refused.
 */
typedef atl_code atl_key_fn(
	char *buf, size_t room, size_t *ret_length, void *payload);

typedef struct {
	unsigned version; /* ATL_AGENT_OPTIONS_VERSION */
	const char *name; /* NULL: "llama" */
	const char *endpoint; /* base like "https://host/v1", or the full URL of
			       * /chat/completions; required */
	const char *model; /* NULL: "llama-3.3-70b-instruct", or what the
			    * endpoint calls that model */
	const char *api_key; /* NULL: none is sent */
	const char *auth_header; /* NULL: "Authorization", with "Bearer" */
	const char *const *headers; /* more headers "Name: value"; NULL ends */
	const char *system; /* system prompt; NULL: none */
	double temperature; /* 0 to 2; negative: not sent */
	int64_t max_tokens; /* of the reply; 0: not sent */
	int64_t context; /* window of the model in tokens, unless the endpoint
			    is known to have another */
	int stream; /* 0: ask for the reply as a whole */
	int retries; /* tries after the first, before any text has come */
	int64_t connect_timeout_ms;
	int64_t first_byte_timeout_ms;
	int64_t idle_timeout_ms;
	const char *ca_file; /* NULL: the system's certificates */
	const char *client_cert;
	const char *client_key;
	const char *pin; /* "sha256//..." of the server's public key */
	const char *proxy; /* NULL: from the environment */
	const char *insecure_http_host; /* host that may get a key
					   unencrypted */
	int http11; /* HTTP/1.1 only */
	int no_stream_options; /* the endpoint refuses that field */
	int fixed_context; /* use `context` whatever the endpoint says */
	int64_t max_wait_ms; /* longest pause a server may ask for before
			      * another try; negative: any */
	atl_key_fn *renew_key; /* NULL: a refused key is final */
	void *renew_payload;
	const char *record; /* append what is sent and received, without keys,
			     * to this file; NULL: do not */
	const char *replay; /* answer from such a file; nothing is sent */
	double replay_speed; /* 1: as recorded, 0: without any wait */
	const char *parameters; /* further fields of the request, a JSON object:
				   {"top_p": 0.9, "stop": ["END"]}; NULL:
				   none */
	const char *schema; /* a JSON Schema that answers have to fit: asked
			     * for as the endpoint can, and checked; a complete
			     * reply that does not is ATL_E_SERVER. NULL: any */
	const char *language; /* of the answers, in words; NULL: the user's */
	int images; /* the model takes images: 1 yes, -1 no, 0 as far as is
		       known */
} atl_agent_options;

#define ATL_AGENT_OPTIONS_VERSION 1
#define ATL_AGENT_OPTIONS_INIT                                                 \
	{                                                                      \
		ATL_AGENT_OPTIONS_VERSION, NULL, NULL, NULL, NULL, NULL, NULL, \
			NULL, 0.7, 4096, 128000, 1, 2, 15000, 600000, 120000,  \
			NULL, NULL, NULL, NULL, NULL, NULL, 0, 0, 0, 120000,   \
			NULL, NULL, NULL, NULL, 0, NULL, NULL, NULL, 0         \
	}

ATL_API atl_code atl_agent_create(
	atl_agent **ret, const atl_agent_options *options, atl_error *error);

typedef enum {
	ATL_GUARD_OFF = 0,
	ATL_GUARD_WARN = 1, /* tell in a notice what is unsafe */
	ATL_GUARD_BLOCK = 2 /* do not send such a question, nor give such a
			       reply: ATL_E_FILTERED */
} atl_guard_mode;

/* Judge a reply as a whole before any of it is given; otherwise it is judged
 * and given sentence by sentence. */
#define ATL_GUARD_AFTER 1u
/* Let pass, with a notice, what the guard gives no verdict on; otherwise it
 * counts as unsafe. */
#define ATL_GUARD_ALLOW_UNDECIDED 2u

/*
 * Has another agent, whose model is a Llama Guard, judge each question before
 * it is sent, and each reply. The guard has to outlive the agent, and is asked
 * over the agent's connections. Not while a reply is under way. ATL_GUARD_OFF
 * or a NULL guard ends it.
 */
ATL_API atl_code atl_agent_guard(atl_agent *agent, const atl_agent *guard,
	atl_guard_mode mode, unsigned flags, atl_error *error);

typedef enum {
	ATL_POOL_FAILOVER = 0, /* the first endpoint that can take the
				  request */
	ATL_POOL_BALANCE = 1 /* all of them, by their weight */
} atl_pool_strategy;

/* One of several endpoints of an agent. */
typedef struct {
	/* How it is reached, and its name for notices. Of these options those
	 * count that concern the endpoint: key, model, window, times,
	 * certificates and proxy; all others are the agent's. */
	const atl_agent_options *how;
	int weight; /* 1 to 1000 */
	int max_concurrent; /* most requests under way there; 0: any number */
	int key_later; /* api_key is NULL, and renew_key gives the first key
			  too, when the endpoint is first asked */
} atl_pool_endpoint;

typedef struct {
	unsigned version; /* ATL_POOL_OPTIONS_VERSION */
	const char *name; /* NULL: "pool" */
	atl_pool_strategy strategy;
	const atl_pool_endpoint *endpoints; /* instead of the agent's own
					       endpoint; NULL: only that one */
	size_t endpoint_count; /* at most 64 */
	const char *const *fallback; /* models to ask, in order, when the
					agent's own is not served or is
					overloaded; NULL ends */
} atl_pool_options;

#define ATL_POOL_OPTIONS_VERSION 1
#define ATL_POOL_OPTIONS_INIT                                                  \
	{                                                                      \
		ATL_POOL_OPTIONS_VERSION, NULL, ATL_POOL_FAILOVER, NULL, 0,    \
			NULL                                                   \
	}

/*
 * Gives an agent several endpoints, or models to fall back to, or both. Until
 * the first text of an answer has come, a request that fails is made again at
 * the next one; notices tell of it, and the reply names its endpoint and model.
 * Once for an agent, before its first question.
 */
ATL_API atl_code atl_agent_pool(
	atl_agent *agent, const atl_pool_options *options, atl_error *error);
/* Ends what is under way. Free the agent's chats and replies first. */
ATL_API void atl_agent_free(atl_agent *agent);

/*
 * Messages and replies.
 */

typedef struct {
	const char *name; /* shown to the model: a path, "stdin" */
	const char *data; /* valid UTF-8 without NUL, sent byte for byte; or
			   * the bytes of an image (PNG, JPEG, GIF, WebP) */
	size_t size;
} atl_document;

typedef struct {
	const char *role; /* "user", "assistant", "system"; also "human" for
			      * user and "ai" for assistant; NULL: "user" */
	const char *content; /* NULL: empty, where there are documents */
	const atl_document *documents;
	size_t document_count;
} atl_message;

#define ATL_MESSAGE_INIT                                                       \
	{                                                                      \
		NULL, NULL, NULL, 0                                            \
	}

typedef enum {
	ATL_EVENT_TEXT = 1, /* text: a part of the answer, whole characters */
	ATL_EVENT_REASONING, /* text: a part of the model's reasoning */
	ATL_EVENT_TOOL, /* name, text: a call of a tool, though none was
			 * offered */
	ATL_EVENT_NOTICE, /* text: a sentence for the user */
	ATL_EVENT_DONE /* the last event, however the reply ended */
} atl_event_type;

/* Borrowed: valid during the call. Texts are not terminated. */
typedef struct {
	atl_event_type type;
	const char *text;
	size_t size;
	const char *name; /* of a tool; NULL otherwise */
} atl_event;

/* Called as the reply arrives, from within the library's calls. Anything but 0
 * stops the reply, which then ends as ATL_OUTCOME_STOPPED, unless its end came
 * with the same bytes. About this agent, the callback may call nothing but
 * atl_agent_cancel(). */
typedef int atl_event_fn(const atl_event *event, void *payload);

ATL_API const char *atl_reply_text(const atl_reply *reply); /* terminated */
/* The JSON in a text that fits a schema, without the blanks and the fence that
 * some models put around it; not terminated. *ret_size may be NULL. */
ATL_API const char *atl_reply_json(const atl_reply *reply, size_t *ret_size);
ATL_API size_t atl_reply_size(const atl_reply *reply); /* in bytes */
ATL_API const char *atl_reply_reasoning(const atl_reply *reply);
ATL_API atl_outcome atl_reply_outcome(const atl_reply *reply);
/* The code for the outcome: ATL_OK for complete and length, unless the reply
 * has no text. Whether it fits a schema is not checked. */
ATL_API atl_code atl_reply_code(const atl_reply *reply);
/* The finish reason in the endpoint's own word, and a sentence that explains a
 * reply that is not complete; "" when there is none. */
ATL_API const char *atl_reply_finish(const atl_reply *reply);
ATL_API const char *atl_reply_note(const atl_reply *reply);
ATL_API const char *atl_reply_model(const atl_reply *reply);
ATL_API const char *atl_reply_endpoint(const atl_reply *reply);
/* Tokens; -1 where the endpoint did not say. */
ATL_API int64_t atl_reply_prompt_tokens(const atl_reply *reply);
ATL_API int64_t atl_reply_completion_tokens(const atl_reply *reply);
/* The endpoint's id of the request, for its support; "" when there is none. */
ATL_API const char *atl_reply_request_id(const atl_reply *reply);
/* From sending to the first text, and to the end; -1 when there was none. */
ATL_API int64_t atl_reply_first_token_ms(const atl_reply *reply);
ATL_API int64_t atl_reply_total_ms(const atl_reply *reply);
/* 0 when the question or the reply could not be saved; 1 when saved, or when
 * not asked to. */
ATL_API int atl_reply_saved(const atl_reply *reply);
/* Whether the reply came from the cache of the store. */
ATL_API int atl_reply_cached(const atl_reply *reply);
/* A reply of a chat points into it: free it before atl_chat_close(). */
ATL_API void atl_reply_free(atl_reply *reply);

/*
 * Asks once, without a saved conversation, and blocks until the reply has
 * ended. *ret is set whenever text has arrived, so also with ATL_E_CUT,
 * ATL_E_FILTERED, ATL_E_STOPPED and after a failure in the middle; otherwise it
 * is left alone. The caller frees it with atl_reply_free().
 */
ATL_API atl_code atl_agent_invoke(atl_agent *agent, const atl_message *messages,
	size_t count, atl_reply **ret, atl_error *error);
ATL_API atl_code atl_agent_stream(atl_agent *agent, const atl_message *messages,
	size_t count, atl_event_fn *fn, void *payload, atl_reply **ret,
	atl_error *error);

/* Stops the reply under way. May be called by any thread, and from within a
 * callback. Without a reply under way it does nothing. */
ATL_API void atl_agent_cancel(atl_agent *agent);

/*
 * Conversations.
 */

typedef struct {
	unsigned version; /* ATL_CHAT_OPTIONS_VERSION */
	const char *id; /* conversation to open: an id, a unique beginning of
			   one, or a whole title; NULL: see `latest` */
	int latest; /* open the latest of `terminal`, else the latest */
	int fork; /* continue in a copy and leave the original alone */
	const char *terminal; /* a name for where the chat takes place */
	int strict; /* fail rather than continue unsaved */
	int compact_percent; /* percentage: a message that would fill more of
				the window waits until the agent has summarised
				older ones; 0: never, they are left out */
	int memory; /* tell the agent what the user of the store asked to be
		     * remembered */
} atl_chat_options;

#define ATL_CHAT_OPTIONS_VERSION 1
#define ATL_CHAT_OPTIONS_INIT                                                  \
	{                                                                      \
		ATL_CHAT_OPTIONS_VERSION, NULL, 0, 0, NULL, 0, 0, 0            \
	}

/* Opens a saved conversation, or begins a new one; NULL options begin a new
 * one. Without a store (NULL) nothing is saved. */
ATL_API atl_code atl_chat_open(atl_chat **ret, atl_agent *agent,
	atl_store *store, const atl_chat_options *options, atl_error *error);
ATL_API void atl_chat_close(atl_chat *chat);
/* 32 hexadecimal digits; valid as long as the chat. */
ATL_API const char *atl_chat_id(const atl_chat *chat);
ATL_API const char *atl_chat_title(const atl_chat *chat);

/* A message of a chat. Borrowed: valid until the next message is sent or the
 * chat is closed. */
typedef struct {
	const char *role; /* "user", "assistant", "system", "tool" */
	const char *text; /* terminated; without the documents of a question */
	size_t size;
	const char *agent; /* agent that answers, or that it is for; may be
			      empty */
	const char *model; /* of a reply; else empty */
	int64_t time_ms; /* since 1970, UTC */
	atl_outcome outcome; /* of a reply; else ATL_OUTCOME_NONE */
} atl_said;

/* Number of messages the model will be told of, without the system prompt; 0
 * also without memory. */
ATL_API size_t atl_chat_count(const atl_chat *chat);
/* Gets the message at `index`, from 0 for the oldest. ATL_E_NOT_FOUND beyond
 * the last. */
ATL_API atl_code atl_chat_said(
	const atl_chat *chat, size_t index, atl_said *ret, atl_error *error);

/* Makes the request that atl_chat_send() would send, as JSON; free *ret with
 * free(). */
ATL_API atl_code atl_chat_request(atl_chat *chat, const atl_message *message,
	char **ret, atl_error *error);

/* Sends one message and blocks until the reply has ended. Returns as
 * atl_agent_invoke() does. */
ATL_API atl_code atl_chat_send(atl_chat *chat, const atl_message *message,
	atl_event_fn *fn, void *payload, atl_reply **ret, atl_error *error);

/*
 * The same without blocking, for a program with an event loop of its own:
 * start, then poll atl_agent_fd() for reading with atl_agent_timeout_ms() as
 * the timeout and call atl_agent_step() after each wake-up until
 * atl_chat_active() is 0, then take the result. One message at a time.
 */
ATL_API atl_code atl_chat_start(atl_chat *chat, const atl_message *message,
	atl_event_fn *fn, void *payload, atl_error *error);
ATL_API int atl_chat_active(const atl_chat *chat);
/* Writes what is waited for ("trying again in 20 s"), to be shown in place of
 * the last such line; 0, and "", when nothing is. */
ATL_API int atl_chat_countdown(const atl_chat *chat, char *text, size_t room);
ATL_API atl_code atl_chat_result(
	atl_chat *chat, atl_reply **ret, atl_error *error);

/* The descriptor stays the same for the life of the agent. */
ATL_API int atl_agent_fd(const atl_agent *agent);
/* For poll(); -1: no timeout. */
ATL_API int atl_agent_timeout_ms(const atl_agent *agent);
ATL_API atl_code atl_agent_step(atl_agent *agent, atl_error *error);

#ifdef __cplusplus
}
#endif

#endif
