/*
 * A new master key for everything that is saved: each segment is sealed anew
 * under keys that the old one does not open, and the old one is destroyed.
 *
 * It needs the vault for itself: nobody else may have it open. It may be killed
 * at any point: the vault then holds both keys and says vault_rotating(), all
 * can be read, and rotate_finish() goes on. Whoever opens the vault for writing
 * calls that first.
 *
 * What an old copy of the vault, its secret and old copies of the files can
 * open stays readable for who has all three. Only what cannot be read is lost
 * by it, which rotate_prepare() finds out before anything is changed.
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
	/* Told of each conversation when it is done; may be NULL. */
	void (*progress)(size_t done, size_t of, void *payload);
	void *payload;
	/* Found by rotate_prepare(). */
	size_t damaged; /* conversations of which something does not read */
	/* Done by rotate_run() and rotate_finish(). */
	size_t segments;
	uint64_t bytes;
	uint64_t lost; /* records that did not read */
	size_t aside; /* files in quarantine/ that the new key cannot open:
			 ends of segments, which the old one could not either,
			 and what is damaged */
	struct buf text; /* sentences, a line each */
};

/* Zeroes; then rotate_report_release() is safe. */
void rotate_report_init(struct rotate_report *r);
void rotate_report_release(struct rotate_report *r);

/*
 * Takes the vault exclusively (it stays so when this succeeds), recovers
 * interrupted replies and reads everything there is. ST_BUSY at once, naming
 * them, when others have the vault open; ST_FAIL when there are segments of
 * another device, which this one does not write. Damage is no failure, but
 * counted and told: what does not read is lost by going on.
 */
enum status rotate_prepare(struct vault *v, struct catalog *c,
	struct rotate_report *r, struct err *err);
/* After rotate_prepare(): the new key, for the slots that the secret opens (see
 * vault_rotate_begin), and all the rest. Shares the vault again. */
enum status rotate_run(struct vault *v, const struct vault_secret *s,
	struct rotate_report *r, struct err *err);
/*
 * Ends a rotation that was killed, waiting for others to close the vault
 * (ST_BUSY names them); ST_OK at once when none is under way. For an unlocked
 * vault whose catalog and journals are not open yet.
 */
enum status rotate_finish(
	struct vault *v, struct rotate_report *r, struct err *err);

#endif
