#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "store/catalog_priv.h"
#include "store/disk.h"
#include "store/journal_priv.h"

/* The content of a file not touched for this long is taken to be on the
 * disk. */
#define SETTLED_NS ((int64_t)60 * 1000 * 1000 * 1000)

const uint8_t *journal_boot(struct journal *j)
{
	static const char path[] = "/proc/sys/kernel/random/boot_id";
	char text[64];
	char hex[2 * ENTRY_BOOT];
	size_t n = 0;
	ssize_t got = -1;
	ssize_t i;
	int fd;

	if (j->booted)
		return j->boot;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		got = read(fd, text, sizeof(text));
		(void)close(fd);
	}
	for (i = 0; i < got && n < sizeof(hex); i++)
		if (text[i] != '-')
			hex[n++] = text[i];
	if (!hex_decode(span_of(hex, n), j->boot, ENTRY_BOOT))
		memset(j->boot, 0, ENTRY_BOOT);
	j->booted = true;
	return j->boot;
}

void jseg_anchor(struct jseg *js)
{
	js->head.size = js->scan.end;
	js->head.next_seq = js->scan.next_seq;
	memcpy(js->head.link, js->scan.link, SEGMENT_LINK);
	js->anchored = true;
}

/* Anchors a segment of which the index has no anchor, if its file has not been
 * touched for a while. */
static void anchor_old(struct jseg *js)
{
	int64_t now_ns = clock_wall_ms() * 1000000;

	if (!js->anchored && !js->spoiled &&
		now_ns - js->head.file_ns >= SETTLED_NS)
		jseg_anchor(js);
}

static void put_one(struct journal *j, struct jseg *js, struct buf *heads)
{
	uint8_t bytes[ENTRY_HEAD];
	struct head h;

	if (!js->unreadable)
		anchor_old(js);
	h = js->head;
	memcpy(h.device, js->device, VAULT_DEVICE);
	h.seg_no = js->no;
	if (!js->unreadable) {
		h.seg = js->segment.info.seg;
		memcpy(h.header, js->segment.header, SEGMENT_COPY);
	}
	if (!js->anchored) {
		h.size = 0;
		h.next_seq = 0;
		h.settled = false;
	}
	/* While the remnant of a power loss follows it, it still belongs to the
	 * boot before. */
	if (!js->rebooted || js->scan.tail == 0)
		memcpy(h.boot, journal_boot(j), ENTRY_BOOT);
	head_put(&h, bytes);
	buf_add(heads, bytes, sizeof(bytes));
}

enum status journal_entry(struct journal *j, struct buf *heads,
	struct entry *ret, struct err *err)
{
	size_t i = j->n > ENTRY_HEADS_MAX ? j->n - ENTRY_HEADS_MAX : 0;
	struct entry e = {.flags = 0};
	enum status st;

	buf_reset(heads);
	for (; i < j->n; i++)
		put_one(j, j->segs[i], heads);
	st = buf_check(heads, "index entry", err);
	if (st != ST_OK)
		return st;
	track_row(&j->track, &j->id, &e.row);
	e.row.damaged = j->report.damaged;
	e.heads = buf_view(heads);
	if (j->report.damaged)
		e.flags |= ENTRY_DAMAGED;
	if (j->reserved)
		e.flags |= ENTRY_RESERVED;
	*ret = e;
	return ST_OK;
}

bool journal_note(struct journal *j)
{
	struct entry e;
	struct err err;
	enum status st;

	if (j->with.catalog == NULL)
		return false;
	st = journal_entry(j, &j->heads, &e, &err);
	if (st == ST_OK)
		st = catalog_note(j->with.catalog, &e, &err);
	if (st != ST_OK)
		log_debug("index: %s", err.msg);
	return st == ST_OK;
}

void journal_settle(struct journal *j, struct jseg *js)
{
	js->settling = catalog_settle(j->with.catalog);
}

bool journal_settled(struct journal *j, struct jseg *js)
{
	if (j->with.catalog == NULL || (js->anchored && js->head.settled))
		return true;
	if (!js->settling) {
		if (!js->anchored) {
			/* Its maker may have been killed before the name of
			 * the file was on the disk. */
			if (fdatasync(js->fd) != 0 ||
				disk_sync_parent(js->path.p, NULL) != ST_OK)
				return false;
			jseg_anchor(js);
		}
		if (journal_note(j))
			journal_settle(j, js);
	}
	if (js->settling)
		js->head.settled = catalog_settled(j->with.catalog);
	js->settling = false;
	return true;
}
