/*
 * Templates of tasks: a file that says how a kind of work is done.
 *
 *	Description: Project plan with phases, milestones and risks
 *	Set: topic = What is to be done (required)
 *	Set: deadline = When it has to be done
 *	Data: yes
 *
 *	# Task
 *	Plan {{topic}}. {{?deadline}}It has to be done by {{deadline}}.{{/deadline}}
 *	{{input}}
 *	# Steps
 *	...
 *
 * The head are lines "Name: value", up to the first section: Description, once;
 * Set, for each variable; Data, which says that a table in the input is
 * computed on first. What follows is an outline (see text/outline) with a
 * section Task. In it {{name}} stands for a variable, {{input}} for what is
 * piped in, and what is between {{?name}} and {{/name}} is left out when it is
 * not set; these may not stand inside each other. Anything else is an error
 * with file and line.
 *
 * Values are put in after the sections were told apart, so that nothing in them
 * acts. Pure.
 */
#ifndef ATL_TEXT_TEMPLATE_H
#define ATL_TEXT_TEMPLATE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/err.h"
#include "text/outline.h"

#define TEMPLATE_MAX ((size_t)64 * 1024)
#define TEMPLATE_VARS_MAX ((size_t)32)

struct template_var {
	struct buf name;
	struct buf help;
	size_t line; /* where it is declared */
	bool required;
	bool set;
	struct buf value;
};

struct template
{
	struct buf file; /* name for messages */
	struct buf description;
	bool data;
	struct template_var *vars;
	size_t vars_n;
	size_t vars_cap;
	struct outline outline;
	bool takes_input; /* it contains {{input}} */
};

void template_init(struct template *t);
void template_release(struct template *t);

/* Reads a file into an empty template. ST_CONFIG with file and line. */
enum status template_read(struct template *t, struct span text,
	const char *file, struct err *err) ATTR_MUST_CHECK;
/* Reads the head alone, for a list; the rest is not looked at. */
enum status template_read_head(struct template *t, struct span text,
	const char *file, struct err *err) ATTR_MUST_CHECK;

/* "name=value". ST_USAGE, with the names there are, when it is none of them. */
enum status template_set(
	struct template *t, struct span set, struct err *err) ATTR_MUST_CHECK;
/* Puts values and input into the outline, once. ST_USAGE, with file and line,
 * when a required one is not set. */
enum status template_fill(
	struct template *t, struct span input, struct err *err) ATTR_MUST_CHECK;

#endif
