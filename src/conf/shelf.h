/*
 * Folders of named files, the user's before the program's: KIND below
 * $XDG_CONFIG_HOME/atllama and below file_share(). Presets, agents, styles and
 * templates of tasks are found here.
 *
 * A file is called NAME and `end`, such as ".md", where NAME is one as
 * check_name() takes it; other files are passed over. Not fit for threads that
 * change the environment.
 */
#ifndef ATL_CONF_SHELF_H
#define ATL_CONF_SHELF_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"

#define SHELF_FILES_MAX 1000 /* read in one folder: the first by name */

struct shelf {
	const char *kind;
	const char *end; /* ending of the files' names; may be "" */
};

/* Appends the path of the file of that name, or of the folder for an empty
 * name. */
enum status shelf_path(const struct shelf *s, bool own, struct span name,
	struct buf *out, struct err *err) ATTR_MUST_CHECK;

/*
 * Appends the text of the user's file, or of the program's if there is none, to
 * out, whose max is the limit; *ret_path, which is reset, is its path.
 * ST_NOT_FOUND when there is neither, and for an invalid name.
 */
enum status shelf_read(const struct shelf *s, struct span name,
	struct buf *ret_path, struct buf *out, struct err *err) ATTR_MUST_CHECK;

/* Calls `each` for the files of one folder by name, until it fails. An
 * unreadable folder counts as empty. */
typedef enum status shelf_fn(
	bool own, struct span name, void *payload, struct err *err);
enum status shelf_walk(const struct shelf *s, bool own, shelf_fn *each,
	void *payload, struct err *err) ATTR_MUST_CHECK;

/* Puts the names into the empty out, a line each: the user's in order, then
 * those of the program that are not among them. */
enum status shelf_names(const struct shelf *s, struct buf *out,
	struct err *err) ATTR_MUST_CHECK;

#endif
