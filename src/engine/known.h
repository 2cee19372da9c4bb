/*
 * What was learned of endpoints while the program runs: fields they refuse,
 * models they list, how they spell a model's name, and its window. Shared by
 * the sessions of one thread, by the endpoint's URL; nothing is stored.
 */
#ifndef ATL_ENGINE_KNOWN_H
#define ATL_ENGINE_KNOWN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "conf/agent.h"
#include "wire/models.h"
#include "wire/request.h"

/* Endpoints; of further ones nothing is learned. */
#define KNOWN_HOSTS_MAX ((size_t)256)
/* Models that an endpoint does not serve; a new one replaces the oldest. */
#define KNOWN_MISSING_MAX ((size_t)8)
/* How long such a finding holds. */
#define KNOWN_MISSING_MS 300000

struct known_missing {
	struct buf model;
	int64_t since_ms; /* monotonic */
};

struct known_host {
	struct buf url;
	unsigned refused; /* of enum request_field */
	bool no_prefill; /* refuses to go on with a reply */
	enum request_form form; /* the first form that it does not refuse */
	struct models models; /* the list, when `listed` */
	bool listed;
	bool no_listing; /* it does not list its models */
	struct buf asked; /* a model's name, and */
	struct buf called; /* what the endpoint calls it */
	int images; /* whether the model takes images, as the server says; 0: it
		       does not say */
	struct buf window_of; /* a model whose window it named, and */
	int64_t window; /* that window */
	bool told_dropped; /* the user knows that it drops messages */
	struct buf scale_of; /* a model whose tokens were counted, and */
	double scale; /* its tokens for one of our estimate; 0: not known */
	struct known_missing missing[KNOWN_MISSING_MAX];
	size_t missing_n;
};

struct known {
	struct known_host **hosts;
	size_t n;
	size_t cap;
};

void known_init(struct known *k);
void known_release(struct known *k);

/* The entry of an endpoint, made if need be; NULL when k is NULL or without
 * memory. Valid until known_release(). */
struct known_host *known_host(struct known *k, const char *url);

/* Moves the list out of m. */
void known_models(struct known_host *h, struct models *m);
/* From now on `called` is sent in place of `asked`. */
void known_rename(struct known_host *h, struct span asked, struct span called);
/* The name to send for a model. h may be NULL. */
struct span known_model(const struct known_host *h, struct span asked);
/* The endpoint counted `counted` tokens where we had estimated `estimate`. */
void known_counted(struct known_host *h, struct span model, int64_t estimate,
	int64_t counted);
/* The endpoint's tokens for one of ours; 1 when not known. h may be NULL. */
double known_scale(const struct known_host *h, struct span model);
void known_set_window(struct known_host *h, struct span model, int64_t window);
/* The window of a model, as the endpoint named it or lists it; 0: not known.
 * h may be NULL. */
int64_t known_window(const struct known_host *h, struct span model);
/* The endpoint has just said that it does not serve the model. */
void known_set_missing(struct known_host *h, struct span model, int64_t now_ms);
/* Whether it said so within KNOWN_MISSING_MS. h may be NULL. */
bool known_is_missing(
	const struct known_host *h, struct span model, int64_t now_ms);
/* Whether an agent's model takes images: by its settings, the endpoint's list,
 * or its name. h may be NULL. */
bool known_takes_images(const struct known_host *h, const struct agent *agent);

#endif
