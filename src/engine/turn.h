/*
 * One request and its reply, tries included.
 *
 * A turn builds the body, posts it, reads the answer and hands events to one
 * sink: text in one event per wake-up of the loop, and as the very last event
 * EVENT_DONE or EVENT_FAILED. Before the first byte of text it tries again as
 * net/retry decides, and once more without a field that the endpoint refuses;
 * after it, never.
 */
#ifndef ATL_ENGINE_TURN_H
#define ATL_ENGINE_TURN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/secret.h"
#include "chat/event.h"
#include "conf/agent.h"

struct http;
struct turn;

struct turn_times {
	int64_t start_ms; /* monotonic */
	int64_t first_text_ms; /* after start; -1: none */
	int64_t end_ms; /* after start; -1: not ended */
};

/*
 * `path` are the messages as prompt_build() makes them, borrowed for the call
 * only. Agent, key and http are borrowed until the turn has ended.
 */
enum status turn_start(struct turn **ret, struct http *http,
	const struct agent *agent, const struct secret *key,
	const struct msg *const *path, size_t n, event_fn *sink, void *payload,
	struct err *err);
/* The JSON a turn would post. */
enum status turn_body(const struct agent *agent, const struct msg *const *path,
	size_t n, struct buf *out, struct err *err);

bool turn_ended(const struct turn *t);
/* Ends it as OUTCOME_STOPPED; the sink sees EVENT_DONE within the call. */
void turn_stop(struct turn *t);
void turn_step(struct turn *t);
int turn_timeout_ms(const struct turn *t);
/* ST_OK when a reply ended with EVENT_DONE; else the failure. */
enum status turn_status(const struct turn *t, struct err *err);
const struct turn_times *turn_times(const struct turn *t);
void turn_free(struct turn *t);

#endif
