/*
 * How many tokens a text will be, without the model's vocabulary.
 *
 * A count from runs of characters, made to stay on the safe side (not below
 * the truth) of the Llama 3 tokenizer, by what that made of prose in many
 * languages, code, numbers and encoded data: within a fifth above it for
 * English and code, a half for other languages. A caller multiplies by what the
 * endpoint's own counts teach it. Pure.
 */
#ifndef ATL_TEXT_TOKENS_H
#define ATL_TEXT_TOKENS_H

#include <stdint.h>

#include "base/buf.h"

/* The Llama 3 template: two header tokens, the role, a blank line, the end of
 * turn. */
#define TOKENS_PER_MESSAGE 5
/* Once per request: begin of text, the header of the answer, and the system
 * block that the 3.3 template prints in any case (25). */
#define TOKENS_FIXED 30

/* 0 for an empty text. Ill-formed bytes are counted as the characters that
 * stand for them. */
int64_t tokens_estimate(struct span text);

#endif
