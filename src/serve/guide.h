/*
 * @guide: the manual, answering like a model.
 *
 * A loopback HTTP endpoint inside the program, on a free port and behind a
 * token made for this process. It serves POST /v1/chat/completions (whole or
 * streamed) and GET /v1/models, so that everything a chat does with a model, it
 * does with the guide too. The first line of every answer says that it is the
 * manual and no model, and no typing pace is pretended.
 *
 * The caller polls guide_fd() and calls guide_step(), as for net/http.
 */
#ifndef ATL_SERVE_GUIDE_H
#define ATL_SERVE_GUIDE_H

#include "base/err.h"
#include "base/secret.h"

#define GUIDE_MODEL "atllama-guide"

struct guide;

/*
 * Reads the sections of every .md file in guide_dir and its file "synonyms",
 * and listens. ST_NOT_FOUND when there are no sections. guide_stop() frees
 * *ret.
 */
enum status guide_start(
	struct guide **ret, const char *guide_dir, struct err *err);
void guide_stop(struct guide *g);

/* "http://127.0.0.1:PORT/v1" */
const char *guide_url(const struct guide *g);
const struct secret *guide_token(const struct guide *g);
/* As server_fd(), server_timeout_ms() and server_step(). */
int guide_fd(const struct guide *g);
int guide_timeout_ms(const struct guide *g);
enum status guide_step(struct guide *g, struct err *err);

#endif
