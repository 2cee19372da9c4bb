/*
 * What the parts of the journal share with each other, with the catalog, which
 * rebuilds its entries from journals, and with those who rewrite or check
 * files.
 */
#ifndef ATL_STORE_JOURNAL_PRIV_H
#define ATL_STORE_JOURNAL_PRIV_H

#include <sys/stat.h>

#include "store/entry.h"
#include "store/journal.h"
#include "store/place.h"
#include "store/scan.h"
#include "store/track.h"

/* A longer payload is cut into pieces of this size, so that the body of a piece
 * is exactly 1 MiB and needs no padding. Only one piece at a time is in
 * memory. */
#define JOURNAL_PART ((size_t)1024 * 1024 - SEGMENT_FIXED - 4)
/* How often we begin again with a file that others change, before giving up. */
#define JOURNAL_TRIES 16

/* One segment file. */
struct jseg {
	struct segment segment; /* not set when unreadable */
	struct scan scan;
	struct buf path;
	int fd; /* -1 when closed */
	dev_t dev;
	ino_t ino;
	uint8_t device[VAULT_DEVICE];
	uint32_t no;
	struct head head; /* the anchor, and what will be noted next */
	bool anchored; /* head.size and so on are known */
	bool rebooted; /* the machine was, since the anchor was noted */
	bool own; /* of this device, and not read-only */
	bool unreadable; /* its header cannot be read */
	bool spoiled; /* damaged: nothing more is appended to it */
	/* Compacted: the index still knows the segment that this one was made
	 * of, not this one. */
	bool renewed;
	bool joined; /* the next segment continues after a record of it */
	bool settling; /* the index, which knows it, is being synced */
	uint64_t judged_end; /* scan.end when the tail was last judged */
	uint64_t judged_tail; /* scan.tail then */
};

struct journal {
	struct journal_with with;
	struct id id;
	char stem[PLACE_STEM];
	bool reserved;
	bool fresh; /* its id is new and random: no index knows of it */
	bool later; /* has records of a later version that must be heeded */
	/* The number of a compacted segment if a crash has left some of the
	 * segments that it stands for; they are not read. 0: there are none. */
	uint32_t leftover;
	bool caught_up; /* everything before the last segment has been read */
	bool booted; /* `boot` is known */
	uint8_t boot[ENTRY_BOOT]; /* boot id of the machine, or zeros */
	uint8_t device[VAULT_DEVICE];
	struct buf folder;
	struct jseg **segs; /* in the order they are read */
	size_t n;
	size_t cap;
	size_t reading; /* the segment being scanned */
	struct scan_window window;
	struct buf out; /* sealed records */
	struct buf heads; /* of the index entry */
	struct buf parts; /* a long payload being put together */
	struct id parts_of; /* the record that it belongs to */
	uint32_t parts_n; /* pieces so far; UINT32_MAX: one is missing */
	struct track track;
	struct journal_report report;
};

/* The modification time in nanoseconds. */
static inline int64_t stat_ns(const struct stat *sb)
{
	return (int64_t)sb->st_mtim.tv_sec * 1000000000 + sb->st_mtim.tv_nsec;
}

/* journal.c */

void jseg_free(struct jseg *js);
/* The last segment; NULL when there is none. */
struct jseg *journal_last(const struct journal *j);
/* Forgets all segments and what was read of them, and finds them again. */
enum status journal_restart(struct journal *j, struct err *err);
/* Whether the file at the path of js is still the one that is open.
 * ST_NOT_FOUND when there is no file: it was deleted elsewhere. */
enum status jseg_same(const struct jseg *js, bool *ret, struct err *err);

/* journal_find.c */

/* Finds and opens the segments. j must not have any yet. */
enum status journal_find(struct journal *j, struct err *err);
/* Opens and adds this device's segment of that number, if there is one. */
enum status journal_probe(
	struct journal *j, uint32_t no, bool *ret_found, struct err *err);
/* Locks the last segment in order to rewrite it. *ret_moved: before we had the
 * lock, it was replaced or continued in another segment, so that everything has
 * to be read again. */
enum status journal_lock_last(
	struct journal *j, bool *ret_moved, struct err *err);
/* Removes the segments of this device with numbers lower than `below`, their
 * keys first. The caller holds the lock of the segment that stands for them, or
 * that of the vault. */
enum status journal_sweep(struct journal *j, uint32_t below, struct err *err);

/* journal_read.c */

/* Reads one segment from its beginning, whatever was read of it before, and
 * calls fn with each record and loss, which may be NULL, with each place that
 * cannot be read. *ret_link is the link of its last record. */
enum status journal_each(struct journal *j, struct jseg *js, scan_record_fn *fn,
	scan_loss_fn *loss, void *payload, uint8_t ret_link[SEGMENT_LINK],
	struct err *err);

/* Adds a sentence about js to the report, or about the whole conversation if js
 * is NULL. With `damage` the conversation is marked as damaged. */
void journal_tell(struct journal *j, const struct jseg *js, bool damage,
	const char *fmt, ...) ATTR_PRINTF(4, 5);
/* Reads what is new in one segment. *ret_shrunk: the file has become shorter
 * than what was read of it before. */
enum status journal_scan(
	struct journal *j, struct jseg *js, bool *ret_shrunk, struct err *err);
/* Whether the index remembers more of js than the scan has found. */
bool journal_beyond(const struct jseg *js);
/* Judges the tail of js, which is locked and scanned, and reports it once. */
enum tail journal_judge(struct journal *j, struct jseg *js);

/* journal_note.c */

/* Notes in js->head that everything read of js is on the disk. */
void jseg_anchor(struct jseg *js);
/* Tells the catalog, if there is one, the present entry. False when it could
 * not be noted, which is only logged: the index can be rebuilt. */
bool journal_note(struct journal *j);
/* Begins to sync what the catalog was told about js. */
void journal_settle(struct journal *j, struct jseg *js);
/*
 * Makes sure that the index on the disk knows js, which is locked and read to
 * its end, and how far it has come. Otherwise what a power loss leaves of a
 * later record would count as damage, and a file that replaced this one as a
 * foreign one. If the index cannot be kept, that is ignored. False only when js
 * itself could not be synced: then nothing more may be written to it.
 */
bool journal_settled(struct journal *j, struct jseg *js);
/* Makes the present index entry. It borrows from j and from `heads`, whose
 * content is replaced. */
enum status journal_entry(struct journal *j, struct buf *heads,
	struct entry *ret, struct err *err);
/* The boot id of the running system, zeros when it is not known; belongs to
 * j. */
const uint8_t *journal_boot(struct journal *j);

#endif
