/*
 * The outline of a task: what is to be done in which steps, and what the result
 * has to meet. A plan that a model made, one that was saved, one that the user
 * edits, and the body of a template are all written the same way:
 *
 *	# Goal		one sentence: how the task is meant
 *	# Role		whom the model is to be (a system prompt)
 *	# Task		the task itself, of a template
 *	# Steps
 *	- scope | Scope and goals | What belongs to it and what does not.
 *	- plan | The plan | needs: scope | Phases with their dates.
 *	# Given		what holds for all steps, a line each with "- "
 *	# Form		the form of the answer
 *	# Missing	what to do when something is missing
 *	# Check		what the answer has to meet, a line each with "- "
 *
 * Each section stands once at most, and only those the reader is told to take;
 * a line that begins with "# " is always a heading. A step has its id (a-z, 0-9
 * and "-"), its title, the ids of the steps whose results it needs, if any, and
 * what is to be done. Needs must not go in a circle. In lists, a line that
 * begins with a blank goes on with the one before. Pure.
 */
#ifndef ATL_TEXT_OUTLINE_H
#define ATL_TEXT_OUTLINE_H

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/err.h"

#define OUTLINE_STEPS_MAX ((size_t)64)
#define OUTLINE_ID_MAX ((size_t)32)
#define OUTLINE_TITLE_MAX ((size_t)200)
#define OUTLINE_WORK_MAX ((size_t)8000)
/* Lines of Given and of Check, each. */
#define OUTLINE_LINES_MAX ((size_t)64)

enum outline_section {
	OUTLINE_GOAL = 1,
	OUTLINE_ROLE = 2,
	OUTLINE_TASK = 4,
	OUTLINE_STEPS = 8,
	OUTLINE_GIVEN = 16,
	OUTLINE_FORM = 32,
	OUTLINE_MISSING = 64,
	OUTLINE_CHECK = 128,
};

/* The sections a plan and a template may have. */
#define OUTLINE_PLAN (0xffu & ~(unsigned)OUTLINE_TASK)
#define OUTLINE_TEMPLATE                                                       \
	(0xffu & ~((unsigned)OUTLINE_GOAL | (unsigned)OUTLINE_GIVEN))

struct outline_step {
	struct buf id;
	struct buf title;
	struct buf work;
	uint64_t needs; /* a bit for each step */
};

struct outline {
	struct buf goal;
	struct buf role;
	struct buf task;
	struct buf form;
	struct buf missing;
	struct buf given; /* a line each */
	struct buf check; /* the same */
	struct outline_step *steps;
	size_t steps_n;
	size_t steps_cap;
};

void outline_init(struct outline *o);
void outline_release(struct outline *o);

/*
 * Fills an empty outline. ST_USAGE with "NAME:LINE: " and what is wrong there;
 * `line` is the number of the first one.
 */
enum status outline_read(struct outline *o, struct span text, unsigned sections,
	const char *name, size_t line, struct err *err) ATTR_MUST_CHECK;
/* Appends the outline without empty sections. */
void outline_write(const struct outline *o, struct buf *out);

/* The texts of a step that is to be added; borrowed. */
struct outline_words {
	struct span id;
	struct span title;
	struct span work;
};
/*
 * Adds a step. Its texts are made to fit their line, and its id is made valid.
 * ST_USAGE beyond OUTLINE_STEPS_MAX, when there is nothing to do in it, or when
 * the id is taken.
 */
enum status outline_add(struct outline *o, const struct outline_words *w,
	struct err *err) ATTR_MUST_CHECK;
/* Lets step i need the step with that id. ST_USAGE when there is none. */
enum status outline_need(struct outline *o, size_t i, struct span id,
	struct err *err) ATTR_MUST_CHECK;
/* ST_USAGE when the needs of steps form a circle. */
enum status outline_check(
	const struct outline *o, struct err *err) ATTR_MUST_CHECK;
/* The step with that id; SIZE_MAX when there is none. */
size_t outline_find(const struct outline *o, struct span id);

/* Adds a line to `given` or `check`, made to fit on it; false when there are
 * too many. */
bool outline_line(struct buf *lines, struct span line);
size_t outline_lines(const struct buf *lines);

#endif
