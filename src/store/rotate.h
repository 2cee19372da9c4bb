/*
 * Replaces the master key for everything that is saved: each segment is sealed
 * again under keys that the old master key does not open, and then the old
 * master key is destroyed.
 *
 * No other process may have the vault open meanwhile. A rotation may be killed
 * at any point: the vault then holds both keys, vault_rotating() is true,
 * everything can still be read, and rotate_finish() completes it. Whoever opens
 * the vault for writing calls that first.
 *
 * Somebody who has an old copy of the vault, its secret and old copies of the
 * files can still read those. Only data that cannot be read is lost by a
 * rotation; rotate_prepare() finds out about it before anything is changed.
 */
#ifndef ATL_STORE_ROTATE_H
#define ATL_STORE_ROTATE_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "store/vault.h"

struct catalog;

struct rotate_report {
	/* Called after each conversation. May be NULL. */
	void (*progress)(size_t done, size_t of, void *payload);
	void *payload;
	/* Found by rotate_prepare(). */
	size_t damaged; /* conversations with something that cannot be read */
	/* Done by rotate_run() and rotate_finish(). */
	size_t segments;
	uint64_t bytes;
	uint64_t lost; /* records that could not be read */
	size_t aside; /* files in quarantine/ that the new key cannot open: cut
			 off ends of segments, which the old one could not open
			 either, and damaged ones */
	struct buf text; /* sentences, one per line */
};

/* Zeroes r; afterwards rotate_report_release() may be called. */
void rotate_report_init(struct rotate_report *r);
void rotate_report_release(struct rotate_report *r);

/*
 * Locks the vault exclusively (still so on success), recovers interrupted
 * replies and reads everything. ST_BUSY at once, with a message that names the
 * processes, when others have the vault open; ST_FAIL when there are segments
 * of another device, which this one does not write. Damage is not a failure; it
 * is counted and reported, and what cannot be read is lost if the caller goes
 * on.
 */
enum status rotate_prepare(struct vault *v, struct catalog *c,
	struct rotate_report *r, struct err *err);
/* Call after rotate_prepare(). Makes the new key, for the slots that the secret
 * opens (see vault_rotate_begin()), and seals everything again. Other processes
 * may open the vault again on return, even on failure. */
enum status rotate_run(struct vault *v, const struct vault_secret *s,
	struct rotate_report *r, struct err *err);
/*
 * Completes a rotation that was killed, after waiting for others to close the
 * vault (ST_BUSY, naming them, if they do not); ST_OK at once when none is
 * under way. The vault is unlocked and its catalog and journals are not open
 * yet.
 */
enum status rotate_finish(
	struct vault *v, struct rotate_report *r, struct err *err);

#endif
