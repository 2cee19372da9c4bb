/*
 * Servers that people run themselves tell in places of their own how large the
 * window is that they run a model with. Pure.
 */
#ifndef ATL_WIRE_WINDOW_H
#define ATL_WIRE_WINDOW_H

#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

enum window_server {
	WINDOW_NONE = 0, /* none of these */
	WINDOW_LLAMACPP,
	WINDOW_OLLAMA,
	WINDOW_LMSTUDIO,
	WINDOW_KOBOLDCPP,
	WINDOW_TGI,
};

/* By what it says of its models in "owned_by", and by the name of its preset
 * (may be NULL). */
enum window_server window_by_owner(struct span owner);
enum window_server window_by_preset(const char *name);

/* Appends the address to be asked about a model, for a base such as
 * "http://host:8080/v1". A router of llama.cpp has to be told which model, and
 * not to load it for that; a server of one model does not look. */
enum status window_url(enum window_server server, struct span base,
	struct span model, struct buf *out, struct err *err) ATTR_MUST_CHECK;

/*
 * Tokens of the window that `model` runs with; 0 when the answer does not say.
 * *ret_images: 1 when it says that the model takes images, -1 that it does not,
 * 0 when it says nothing.
 */
int64_t window_parse(enum window_server server, struct span body,
	struct span model, int *ret_images);

#endif
