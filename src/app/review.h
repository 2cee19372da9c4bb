/*
 * --check: the model verifies an answer against its question. The answer stays
 * as it is, whatever comes of it.
 */
#ifndef ATL_APP_REVIEW_H
#define ATL_APP_REVIEW_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"

enum review_verdict {
	REVIEW_NONE = 0, /* not asked, or without an answer; see err */
	REVIEW_RIGHT,
	REVIEW_WRONG,
	REVIEW_UNSURE, /* it says so, or says nothing of that kind */
};

struct review {
	enum review_verdict verdict;
	struct buf why; /* in the model's words */
	struct err err; /* why there is no verdict */
};

void review_init(struct review *r);
void review_release(struct review *r);

/* What is asked; question and answer go with it as documents of these names. */
#define REVIEW_QUESTION "the question"
#define REVIEW_ANSWER "the answer"
extern const char review_prompt[];

/* What the model said. */
void review_read(struct review *r, struct span reply);
/* "right", "wrong", "unsure"; NULL for none. */
const char *review_name(enum review_verdict verdict);

#endif
