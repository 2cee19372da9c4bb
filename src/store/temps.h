/*
 * Removes temporary files that a crash left. They were being written when a
 * process was killed and are of no use to anybody.
 */
#ifndef ATL_STORE_TEMPS_H
#define ATL_STORE_TEMPS_H

#include <stdbool.h>
#include <stddef.h>

struct vault;

/* Whether this is the name of one of our temporary files. */
bool temps_named(const char *name);
/*
 * Removes the file from the open folder if it is one of ours, no process has it
 * locked and it was not touched for an hour. With `any_age`, for a vault that
 * is held exclusively, its age does not matter. True when it is gone.
 */
bool temps_remove(
	const struct vault *v, int folder, const char *name, bool any_age);
/* Does this for all files in the folders of the vault and in that of the index.
 * Returns how many are gone. */
size_t temps_sweep(const struct vault *v, bool any_age);

#endif
