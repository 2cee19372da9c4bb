/*
 * Asks a server that somebody runs how large its window is, at its own place
 * for that: one GET, see wire/window. Failures are not told.
 */
#ifndef ATL_ENGINE_PROBE_H
#define ATL_ENGINE_PROBE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/secret.h"
#include "conf/agent.h"
#include "wire/window.h"

struct http;
struct probe;

/* Agent, key and http are borrowed until the end. */
enum status probe_start(struct probe **ret, struct http *http,
	const struct agent *agent, const struct secret *key,
	enum window_server server, struct err *err) ATTR_MUST_CHECK;
bool probe_ended(const struct probe *p);
/* As window_parse(), of one that has ended. */
int64_t probe_window(const struct probe *p, struct span model, int *ret_images);
/* Ends it. NULL is fine. */
void probe_free(struct probe *p);

#endif
