/*
 * Which model of a listing a name means.
 *
 * Hosts spell one model in many ways: "llama-3.3-70b-instruct",
 * "meta-llama/Llama-3.3-70B-Instruct", "Meta-Llama-3_3-70B-Instruct",
 * "llama3.3:70b". Two names are the same when they agree without the path
 * before the last '/', without "meta-" at the front, without regard to case,
 * and without what stands between words. Pure.
 */
#ifndef ATL_WIRE_MODEL_NAME_H
#define ATL_WIRE_MODEL_NAME_H

#include "base/buf.h"
#include "wire/models.h"

/* How good a match is, the best last. */
enum model_match {
	MODEL_NONE = 0,
	MODEL_NEAR, /* looks alike: worth a suggestion */
	MODEL_FAMILY, /* a Llama 3.3 70B Instruct where one was asked for */
	MODEL_SAME, /* the same name, spelt in another way */
	MODEL_EXACT,
};

/* Sets *ret (borrowed from m) unless MODEL_NONE. Of several matches the
 * shortest name is taken: longer ones mean something more ("-Turbo",
 * ":free"). */
enum model_match model_resolve(
	const struct models *m, struct span want, const struct model **ret);

/* Whether a model takes images, as far as its name tells: 1 yes, -1 no, 0 not
 * known. */
int model_images(struct span name);

#endif
