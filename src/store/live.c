#include "store/live.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "store/place.h"
#include "store/segment.h"
#include "store/syncer.h"

enum {
	SYNC_MS = 1000,
	PATH_MAX_BYTES = 64 * 1024,
	BEGIN_TRIES = 8,
};

/* The longest piece of a reply in one record. */
#define PIECE_MAX ((size_t)1024 * 1024)
/* Memory kept between writes. */
#define KEEP ((size_t)256 * 1024)

struct live {
	struct vault *vault;
	struct segment segment;
	struct buf path;
	struct buf payload;
	struct buf out;
	int fd;
	uint64_t next_seq;
	uint8_t link[SEGMENT_LINK];
	int64_t synced_ms;
	struct syncer syncer;
	void (*sync)(int fd, void *payload); /* if set, instead of the syncer */
	void *sync_payload;
	bool failed;
};

static void live_free(struct live *l)
{
	if (l == NULL)
		return;
	(void)syncer_wait(&l->syncer);
	if (l->fd >= 0)
		(void)close(l->fd);
	segment_release(&l->segment);
	buf_release(&l->path);
	buf_wipe(&l->payload);
	buf_release(&l->out);
	free(l);
}

static enum status put_record(
	struct live *l, const struct record *r, struct err *err)
{
	return segment_seal(
		&l->segment, l->next_seq++, l->link, r, &l->out, err);
}

static enum status put_piece(struct live *l, enum record_delta kind,
	struct span text, struct err *err)
{
	struct record r = {.type = RECORD_DELTA};
	enum status st = ST_OK;

	while (text.n > 0 && st == ST_OK) {
		size_t n = text.n < PIECE_MAX ? text.n : PIECE_MAX;

		buf_reset(&l->payload);
		buf_char(&l->payload, (char)kind);
		buf_add(&l->payload, text.p, n);
		st = buf_check(&l->payload, "piece of a reply", err);
		r.payload = buf_view(&l->payload);
		if (st == ST_OK)
			st = put_record(l, &r, err);
		text.p += n;
		text.n -= n;
	}
	return st;
}

/* Writes the beginning of the message; its texts follow as pieces. */
static enum status put_message(
	struct live *l, const struct msg *m, struct err *err)
{
	struct msg bare = *m;
	struct record r;
	enum status st;

	buf_init(&bare.text, BUF_SMALL);
	buf_init(&bare.reasoning, BUF_SMALL);
	bare.attach_n = 0;
	buf_reset(&l->payload);
	st = record_of_msg(&bare, &l->payload, &r, err);
	if (st == ST_OK)
		st = put_record(l, &r, err);
	if (st == ST_OK)
		st = put_piece(
			l, DELTA_REASONING, buf_view(&m->reasoning), err);
	if (st == ST_OK)
		st = put_piece(l, DELTA_TEXT, buf_view(&m->text), err);
	return st;
}

/*
 * Makes the file. It is locked and has its header before it gets the name under
 * which recovery looks for it. The name is random, so rename(2) replaces
 * nothing; link(2) is not used because some file systems (FUSE) then take the
 * two names for two files, each with a lock and a size of its own. *ret_again:
 * recovery in another process took the temporary file for a leftover.
 */
static enum status publish(
	struct live *l, const char *folder, bool *ret_again, struct err *err)
{
	struct buf tmp;
	enum status st = ST_OK;

	*ret_again = false;
	buf_init(&tmp, PATH_MAX_BYTES);
	place_temp(&tmp, folder);
	if (tmp.bad) {
		st = err_nomem(err);
		goto out;
	}
	l->fd = open(tmp.p, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
		0600);
	if (l->fd < 0) {
		st = err_sys(err, ST_IO, "cannot create \"%s\"", tmp.p);
		goto out;
	}
	if (flock(l->fd, LOCK_EX | LOCK_NB) != 0) {
		*ret_again = true;
		goto out;
	}
	if (fchmod(l->fd, 0600) != 0 ||
		!fd_write_full(l->fd, l->out.p, l->out.len)) {
		st = err_sys(err, ST_IO, "cannot write \"%s\"", tmp.p);
		(void)unlink(tmp.p);
		goto out;
	}
	if (rename(tmp.p, l->path.p) != 0) {
		*ret_again = errno == ENOENT;
		if (!*ret_again)
			st = err_sys(
				err, ST_IO, "cannot create \"%s\"", l->path.p);
		(void)unlink(tmp.p);
	}
out:
	if ((st != ST_OK || *ret_again) && l->fd >= 0) {
		(void)close(l->fd);
		l->fd = -1;
	}
	buf_release(&tmp);
	return st;
}

static enum status begin(struct live *l, const struct id *conv,
	const struct msg *m, struct buf *folder, struct err *err)
{
	struct segment_info info = {.conv = *conv, .flags = SEGMENT_LIVE};
	char hex[ID_HEX + 1];
	bool again = true;
	int tries;
	enum status st;

	st = segment_new(&l->segment, l->vault, &info, err);
	if (st != ST_OK)
		return st;
	segment_put_header(&l->segment, &l->out);
	segment_first_link(&l->segment, l->link);
	st = put_message(l, m, err);
	if (st != ST_OK)
		return st;
	place_folder(l->vault, "live", folder);
	id_hex(&l->segment.info.seg, hex);
	buf_fmt(&l->path, "%s/%s.atj", folder->p, hex);
	if (folder->bad || l->path.bad)
		return err_nomem(err);
	st = place_make(l->vault, folder->p, false, err);
	for (tries = 0; st == ST_OK && again; tries++) {
		if (tries == BEGIN_TRIES)
			return err_set(err, ST_BUSY,
				"cannot lock a new file in \"%s\"", folder->p);
		st = publish(l, folder->p, &again, err);
	}
	return st;
}

enum status live_begin(struct vault *v, const struct id *conv,
	const struct msg *m, struct live **ret, struct err *err)
{
	struct live *l = calloc(1, sizeof(*l));
	struct buf folder;
	enum status st;

	if (l == NULL)
		return err_nomem(err);
	l->vault = v;
	l->fd = -1;
	syncer_init(&l->syncer);
	buf_init(&folder, PATH_MAX_BYTES);
	buf_init(&l->path, PATH_MAX_BYTES);
	buf_init(&l->payload, PIECE_MAX + 1);
	buf_init(&l->out, 4 * BUF_LARGE);
	st = begin(l, conv, m, &folder, err);
	buf_release(&folder);
	if (st != ST_OK) {
		live_free(l);
		return st;
	}
	l->synced_ms = clock_mono_ms();
	*ret = l;
	return ST_OK;
}

/* Syncs when a second has passed, so that a power failure loses little of what
 * was shown. A failure is ignored: write() will fail soon enough, and nothing
 * was promised about the disk. Skipped while the last sync still runs. */
static void sync_sometimes(struct live *l)
{
	int64_t now = clock_mono_ms();

	if (now - l->synced_ms < SYNC_MS || syncer_busy(&l->syncer))
		return;
	if (l->sync != NULL)
		l->sync(l->fd, l->sync_payload);
	else
		syncer_begin(&l->syncer, l->fd);
	l->synced_ms = now;
}

enum status live_write(struct live *l, enum record_delta kind, struct span text,
	struct err *err)
{
	enum status st;

	if (l->failed)
		return err_set(err, ST_IO,
			"the reply could not be saved as it came in");
	if (text.n == 0)
		return ST_OK;
	buf_reset(&l->out);
	st = put_piece(l, kind, text, err);
	if (st == ST_OK && !fd_write_full(l->fd, l->out.p, l->out.len))
		st = err_sys(err, ST_IO, "cannot write \"%s\"", l->path.p);
	if (st != ST_OK) {
		/* A torn record in the middle would lose those after it. */
		l->failed = true;
		return st;
	}
	if (l->out.cap > KEEP)
		buf_release(&l->out);
	sync_sometimes(l);
	return ST_OK;
}

bool live_whole(const struct live *l)
{
	return !l->failed;
}

void live_sync_with(
	struct live *l, void (*sync)(int fd, void *payload), void *payload)
{
	l->sync = sync;
	l->sync_payload = payload;
}

void live_end(struct live *l, bool saved)
{
	if (l != NULL && saved && unlink(l->path.p) != 0 && errno != ENOENT)
		log_debug("cannot remove \"%s\"", l->path.p);
	live_free(l);
}
