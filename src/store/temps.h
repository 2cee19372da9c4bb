/*
 * Temporary files that a crash left: what was being written when a process was
 * killed, and means nothing to anybody.
 */
#ifndef ATL_STORE_TEMPS_H
#define ATL_STORE_TEMPS_H

#include <stdbool.h>
#include <stddef.h>

struct vault;

/* Whether a file of this name is one of ours, by its name. */
bool temps_named(const char *name);
/*
 * Removes it from the open folder if it is one of ours, nobody holds it, and
 * (unless the vault is held exclusively, `any_age`) it was not touched for an
 * hour. True when it is gone.
 */
bool temps_remove(
	const struct vault *v, int folder, const char *name, bool any_age);
/* The same for all in the folders of the vault, and in that of the index; how
 * many. */
size_t temps_sweep(const struct vault *v, bool any_age);

#endif
