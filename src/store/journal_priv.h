/*
 * What the parts of the journal share; nobody else includes this but the
 * catalog, which rebuilds its entries from journals.
 */
#ifndef ATL_STORE_JOURNAL_PRIV_H
#define ATL_STORE_JOURNAL_PRIV_H

#include <sys/stat.h>

#include "store/entry.h"
#include "store/journal.h"
#include "store/place.h"
#include "store/scan.h"
#include "store/track.h"

/* A longer payload is cut into pieces of this size, whose bodies then are 1 MiB
 * exactly: no padding. One piece at a time is in memory. */
#define JOURNAL_PART ((size_t)1024 * 1024 - SEGMENT_FIXED - 4)
/* How often a file that changes under us is begun again before we give up. */
#define JOURNAL_TRIES 16

/* One segment file. */
struct jseg {
	struct segment segment; /* unless unreadable */
	struct scan scan;
	struct buf path;
	int fd; /* -1 when closed */
	dev_t dev;
	ino_t ino;
	uint8_t device[VAULT_DEVICE];
	uint32_t no;
	struct head head; /* the anchor, and what is noted next */
	bool anchored; /* head.size and so on are known */
	bool rebooted; /* since the anchor was noted */
	bool own; /* of this device, and not read-only */
	bool unreadable; /* no header */
	bool spoiled; /* damaged: nothing is appended any more */
	/* The index knows the segment that this one was made of, and not yet
	 * this one. */
	bool renewed;
	bool joined; /* the next one goes on behind a record of it */
	bool settling; /* the index, which knows it, is being synced */
	uint64_t judged_end; /* the tail last told of */
	uint64_t judged_tail;
};

struct journal {
	struct journal_with with;
	struct id id;
	char stem[PLACE_STEM];
	bool reserved;
	bool fresh; /* its id is new and random: no index knows of it */
	bool later; /* has records of a later version that bind */
	/* The number of a compacted segment some of whose predecessors, which
	 * it stands for, are there still: what a crash left. They are not read.
	 * 0: there are none. */
	uint32_t leftover;
	bool caught_up; /* everything before the last segment has been read */
	bool booted; /* `boot` is known */
	uint8_t boot[ENTRY_BOOT]; /* of this start of the machine, or zeros */
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
	struct id parts_of;
	uint32_t parts_n; /* pieces so far; UINT32_MAX: one is missing */
	struct track track;
	struct journal_report report;
};

static inline int64_t stat_ns(const struct stat *sb)
{
	return (int64_t)sb->st_mtim.tv_sec * 1000000000 + sb->st_mtim.tv_nsec;
}

/* journal.c */

void jseg_free(struct jseg *js);
/* The last one, NULL when there is none. */
struct jseg *journal_last(const struct journal *j);
/* Forgets all segments and what was read, and finds them again. */
enum status journal_restart(struct journal *j, struct err *err);
/* Whether the file at its path is still the one that is open. ST_NOT_FOUND when
 * there is none: deleted elsewhere. */
enum status jseg_same(const struct jseg *js, bool *ret, struct err *err);

/* journal_find.c */

/* Looks for the segments, of which j has none yet, and opens them. */
enum status journal_find(struct journal *j, struct err *err);
/* Opens and adds the segment of that number of this device, if it is there. */
enum status journal_probe(
	struct journal *j, uint32_t no, bool *ret_found, struct err *err);
/* Locks the last segment, to write it anew. *ret_moved when it was replaced, or
 * went on in another one, before the lock was had: all is to be read again. */
enum status journal_lock_last(
	struct journal *j, bool *ret_moved, struct err *err);
/* Removes the segments of this device with lower numbers than `below`, keys
 * first. Who calls this holds the lock of the segment that stands for them, or
 * the vault. */
enum status journal_sweep(struct journal *j, uint32_t below, struct err *err);

/* journal_read.c */

/* Reads one segment from its beginning, whatever was read of it before; loss
 * may be NULL. ret_link is that of its last record. */
enum status journal_each(struct journal *j, struct jseg *js, scan_record_fn *fn,
	scan_loss_fn *loss, void *payload, uint8_t ret_link[SEGMENT_LINK],
	struct err *err);

/* A sentence for the report, which begins with the name of the segment; marks
 * the conversation as damaged when `damage` is set. */
void journal_tell(struct journal *j, const struct jseg *js, bool damage,
	const char *fmt, ...) ATTR_PRINTF(4, 5);
/* Reads what is new in one segment. *ret_shrunk: it has become shorter than
 * what was read of it before. */
enum status journal_scan(
	struct journal *j, struct jseg *js, bool *ret_shrunk, struct err *err);
/* Whether the index remembers more than the scan has found. */
bool journal_beyond(const struct jseg *js);
/* What its tail is, told once; the segment is locked and scanned. */
enum tail journal_judge(struct journal *j, struct jseg *js);

/* journal_note.c */

/* All that was read of it is on the disk. */
void jseg_anchor(struct jseg *js);
/* Tells the catalog, if there is one. Failure is only logged: the index can be
 * rebuilt. */
bool journal_note(struct journal *j);
/* Begins to put on the disk what the catalog was told of js. */
void journal_settle(struct journal *j, struct jseg *js);
/*
 * Sees to it that the index on the disk knows js, which is locked and read to
 * its end, and how far it came: else what a power loss left of a later record
 * would be damage, and a file that stood for this one another file. Of no
 * consequence where the index cannot be kept. False when js itself could not be
 * synced: then nothing more may be written to it.
 */
bool journal_settled(struct journal *j, struct jseg *js);
/* The entry as it is now; it borrows from j and from `heads`, which is
 * replaced. */
enum status journal_entry(struct journal *j, struct buf *heads,
	struct entry *ret, struct err *err);
/* The boot id of this start of the machine, zeros where it is not known. */
const uint8_t *journal_boot(struct journal *j);

#endif
