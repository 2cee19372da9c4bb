/*
 * Servers that people run themselves, which tell in places of their own with
 * how large a window they run a model. Pure.
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

/* Recognises a server by what it says of its models in "owned_by", or by the
 * name of its preset (may be NULL). */
enum window_server window_by_owner(struct span owner);
enum window_server window_by_preset(const char *name);

/* Appends the address that tells about a model, for a base such as
 * "http://host:8080/v1". A llama.cpp router has to be told which model, and not
 * to load it for that; a server with one model ignores this. */
enum status window_url(enum window_server server, struct span base,
	struct span model, struct buf *out, struct err *err) ATTR_MUST_CHECK;

/*
 * Reads the window, in tokens, that `model` runs with; 0 when the answer does
 * not tell. *ret_images: whether the model takes images: 1 yes, -1 no, 0 not
 * said.
 */
int64_t window_parse(enum window_server server, struct span body,
	struct span model, int *ret_images);

#endif
