/*
 * Joins the continuation of a reply to what there was, so that nothing is there
 * twice and nothing is lost.
 *
 * A model that continues its own message needs little care: its server may have
 * cut the space at the end of what there was (chat templates do), which the
 * model then writes itself; and some hosts send what there was once more. A
 * model that was asked in words begins, as it was told to, with the last words
 * of what there was. Pure.
 */
#ifndef ATL_ENGINE_SEAM_H
#define ATL_ENGINE_SEAM_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

/* Bytes of the last words, which the model is told to begin with. */
#define SEAM_TAIL_MAX 80

struct seam {
	bool open; /* what comes may still be what there was */
	bool words; /* asked in words */
	struct buf old; /* without the space at its end */
	struct buf space; /* that space */
	size_t tail; /* where the last words begin in old */
	size_t whole; /* bytes of old that came again; SIZE_MAX: something else
			 came */
	size_t words_n; /* bytes of the last words that came again */
	bool begun; /* more than space has come */
	struct buf held; /* what came and is not yet decided */
};

void seam_init(struct seam *s);
void seam_release(struct seam *s);
/* Sets what there was; from then on the seam is open. */
void seam_begin(struct seam *s, struct span old);
/* The text of the reply so far: `old` without the space at its end. */
struct span seam_text(const struct seam *s);
/* Its last words, from the beginning of a word where there is one. */
struct span seam_tail(const struct seam *s);

/* Appends the new part of the text. `words`: the model was asked in words; the
 * same in every call. */
void seam_feed(struct seam *s, bool words, struct span text, struct buf *out);
/* Ends the reply: appends what was held back. */
void seam_end(struct seam *s, struct buf *out);

#endif
