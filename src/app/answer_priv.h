/*
 * What the files of an answer share: answer.c writes it as it arrives,
 * answer_end.c ends it.
 */
#ifndef ATL_APP_ANSWER_PRIV_H
#define ATL_APP_ANSWER_PRIV_H

#include "app/answer.h"

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"
#include "text/safe.h"
#include "wire/json.h"

enum answer_mode { MODE_EXACT, MODE_RENDER, MODE_FILE, MODE_JSON, MODE_JSONL };

struct answer {
	const struct app *app;
	enum answer_mode mode;
	struct render *render;
	bool filter; /* of exact output, with --safe */
	bool held; /* the text waits for the end, where it is checked */
	struct safe safe;
	struct buf out; /* scratch */
	bool any; /* text was written */
	char last; /* its last byte */
	bool gone; /* the reader closed its end */
	struct err failed; /* any other fault of output */
	const struct review *review; /* NULL: it was not checked */
	bool storeless;
	struct buf unsaved; /* why it was not saved, as it was told */
};

/* Writes the bytes to standard output. What fails is noted in `a`, and nothing
 * is written after it. */
void answer_put(struct answer *a, struct span s);
/* The same for what is in a->out, which is then empty. */
void answer_put_out(struct answer *a);
/* Writes text of the answer as it is, or filtered with --safe. */
void answer_put_exact(struct answer *a, struct span s);
/* Notes in `a` how an output through a->render went. */
void answer_check_render(
	struct answer *a, enum status st, const struct err *err);
/* A writer of JSON to a->out. */
struct json_writer answer_writer(struct answer *a);

#endif
