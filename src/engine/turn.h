/*
 * One request and its reply, tries included.
 *
 * A turn builds the body, posts it, reads the answer and hands events to one
 * sink: text in one event per wake-up of the loop, and as the very last event
 * EVENT_DONE or EVENT_FAILED. Before the first byte of text a failure may be
 * met with another request, after it never:
 *
 * - with another key, when the key is refused and its source has one now,
 * - without a field that the endpoint refuses,
 * - for a shorter answer, when only prompt and answer together do not fit,
 * - after a while, when the server is loading its model,
 * - under the endpoint's own name for the model, looked up in its list,
 * - at the next endpoint of the agent's pool, when it is the endpoint that
 *   fails and not the request; one that is dead is left at once,
 * - as net/retry decides, with a pool when no other endpoint is left,
 * - with the next model of the agent's fallback, when its own is not served or
 *   overloaded everywhere.
 *
 * Each of these is told in a notice. A member of a pool is taken while a
 * request is under way there, and given back with what was seen of it. What is
 * learned of an endpoint is kept in its struct known_host.
 */
#ifndef ATL_ENGINE_TURN_H
#define ATL_ENGINE_TURN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/secret.h"
#include "chat/event.h"
#include "conf/agent.h"

struct cache;
struct guard_with;
struct http;
struct known;
struct known_host;
struct turn;

struct turn_times {
	int64_t start_ms; /* monotonic */
	int64_t first_text_ms; /* after start; -1: none */
	int64_t end_ms; /* after start; -1: not ended */
};

struct turn_options {
	struct http *http;
	const struct agent *agent;
	const struct secret *key; /* may be NULL; unused with a pool: the route
				     has the keys */
	struct known *known; /* what is known of endpoints; NULL: no model is
				looked up */
	struct cache *cache; /* where a reply is looked up and kept; may be
				NULL */
	bool fresh; /* do not look the reply up in the cache */
	const struct guard_with *guard; /* judges question and reply; NULL:
					   nobody does */
	bool continues; /* the last message asks to go on with the one before
			   it, where the endpoint does not do that unasked */
	struct span
		last; /* origin of the endpoint that answered the conversation
			     before; empty: none. Borrowed */
	int64_t tokens; /* tokens of the prompt, about; 0: not known */
	int64_t max_tokens; /* limit of this answer; 0: the agent's */
	int64_t max_wait_ms; /* longest time a server may ask to wait; 0:
				RETRY_WAIT_MS, negative: any time */
	event_fn *sink;
	void *payload;
	/* Called when the request goes to `at`, which is valid until it goes
	 * elsewhere; the payload is the sink's. May be NULL. */
	void (*went)(const struct agent *at, void *payload);
	/* Called when the key was refused: whether `key` holds another one now.
	 * May be NULL. */
	bool (*renew_key)(const struct agent *agent, void *payload);
	void *renew_payload;
};

/*
 * Starts a turn. `path` has the messages as prompt_build() makes them, borrowed
 * for the call. What the options point to is borrowed until the turn has ended.
 * The caller frees *ret with turn_free().
 */
enum status turn_start(struct turn **ret, const struct turn_options *o,
	const struct msg *const *path, size_t n, struct err *err);
/* Appends the JSON that a turn would post. */
enum status turn_body(const struct turn_options *o,
	const struct msg *const *path, size_t n, struct buf *out,
	struct err *err);

/* Whether the model continued its own message without having been asked to. */
bool turn_prefilled(const struct turn *t);
bool turn_ended(const struct turn *t);
/* Back-pressure, see http_pause(): a few more events may come. */
void turn_pause(struct turn *t, bool on);
/* Whether a failed or cut request ran into a time limit. */
bool turn_timed_out(const struct turn *t);
/* Ends it as OUTCOME_STOPPED; the sink sees EVENT_DONE within the call. */
void turn_stop(struct turn *t);
void turn_step(struct turn *t);
/* At most a second while there is a countdown. */
int turn_timeout_ms(const struct turn *t);
/* Appends a line about what is waited for, to be shown in place of the last
 * one; false when nothing is. */
bool turn_countdown(const struct turn *t, struct buf *out);
/* The agent as it was asked last, with endpoint and model; what is known of
 * that endpoint, or NULL. */
const struct agent *turn_agent(const struct turn *t);
struct known_host *turn_host(const struct turn *t);
/* The endpoint's id of the last request; may be empty. */
struct span turn_request_id(const struct turn *t);
const struct turn_times *turn_times(const struct turn *t);
void turn_free(struct turn *t);

#endif
