#include "store/rotate_conv.h"

#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "store/dead.h"
#include "store/journal_priv.h"
#include "store/names.h"
#include "store/rewrite.h"

/* A segment being sealed again. */
struct resealing {
	struct rewrite w;
	const struct dead *dead;
	uint64_t number; /* of the next record in the conversation */
	uint64_t lost;
	uint8_t old_link[SEGMENT_LINK]; /* not used afterwards */
};

static enum status on_record(
	const struct record *r, uint64_t seq, void *payload, struct err *err)
{
	struct resealing *s = payload;

	(void)seq;
	/* A key that was replaced is not copied. */
	if (dead_has(s->dead, s->number++))
		return ST_OK;
	return rewrite_put(&s->w, r, err);
}

static void on_loss(const struct scan_loss *loss, void *payload)
{
	struct resealing *s = payload;

	if (loss->fault == SCAN_GAP)
		s->lost += loss->lost > 0 ? loss->lost : 1;
}

/* Notes lost records, of which the new file has no other trace. Also needed
 * when there is no record: a segment without any would count as damaged. */
static enum status put_note(struct resealing *s, struct err *err)
{
	struct buf text;
	struct record r = {.type = RECORD_NOTE, .flags = RECORD_MAY_IGNORE};
	enum status st;

	if (s->lost == 0 && s->w.seq > 0)
		return ST_OK;
	buf_init(&text, BUF_SMALL);
	if (s->lost > 0)
		buf_fmt(&text,
			"%" PRIu64 " records did not read when the master key "
			"was changed.",
			s->lost);
	else
		buf_str(&text, "What was here is not needed any more.");
	r.time_ms = clock_wall_ms();
	r.payload = buf_view(&text);
	st = buf_check(&text, "note", err);
	if (st == ST_OK)
		st = rewrite_put(&s->w, &r, err);
	buf_release(&text);
	return st;
}

/* Replaces js by a segment with all of its records that can be read. */
static enum status reseal(struct journal *j, struct jseg *js,
	struct resealing *s, const struct segment_info *info, struct err *err)
{
	enum status st = rewrite_begin(
		&s->w, j->with.vault, j->folder.p, info, err);

	if (st == ST_OK)
		st = journal_each(
			j, js, on_record, on_loss, s, s->old_link, err);
	if (st == ST_OK)
		st = put_note(s, err);
	if (st == ST_OK)
		st = rewrite_sync(&s->w, err);
	return st == ST_OK ? rewrite_replace(&s->w, js->path.p, err) : st;
}

/* Counts the records of a segment that was sealed again earlier. */
static enum status on_passed(
	const struct record *r, uint64_t seq, void *payload, struct err *err)
{
	uint64_t *number = payload;

	(void)r;
	(void)seq;
	(void)err;
	++*number;
	return ST_OK;
}

/* Seals all segments, in order, because each names the one before. */
static enum status rewrite_all(struct journal *j, const struct dead *dead,
	struct rotate_report *r, struct err *err)
{
	uint32_t epoch = vault_epoch(j->with.vault);
	struct id prev = {{0}};
	uint8_t link[SEGMENT_LINK] = {0};
	uint64_t number = 0;
	enum status st = ST_OK;
	size_t i;

	for (i = 0; i < j->n && st == ST_OK; i++) {
		struct jseg *js = j->segs[i];
		struct resealing s = {.dead = dead, .number = number};
		struct segment_info info;

		if (js->unreadable)
			continue;
		info = js->segment.info;
		if (info.epoch == epoch) {
			prev = info.seg;
			st = journal_each(
				j, js, on_passed, NULL, &number, link, err);
			continue;
		}
		if (!js->own)
			return err_set(err, ST_FAIL,
				"\"%s\" was written by another device: move it "
				"away, for it could not be read any more",
				js->path.p);
		if (!id_is_none(&prev)) {
			info.prev_seg = prev;
			memcpy(info.prev_link, link, SEGMENT_LINK);
		}
		rewrite_init(&s.w);
		st = reseal(j, js, &s, &info, err);
		number = s.number;
		prev = s.w.seg.info.seg;
		memcpy(link, s.w.link, SEGMENT_LINK);
		r->segments += st == ST_OK;
		r->bytes += s.w.bytes;
		r->lost += s.lost;
		rewrite_release(&s.w);
	}
	return st;
}

enum status rotate_conv(const struct conv_name *name, struct vault *v,
	struct catalog *c, struct rotate_report *r, struct err *err)
{
	struct journal_with with = {.vault = v, .catalog = c};
	struct journal *j = NULL;
	struct dead dead = {NULL, 0, 0, 0};
	struct err why;
	enum status st = names_open(name, &with, &j, &why);

	if (st == ST_NOT_FOUND)
		return ST_OK;
	if (st == ST_DAMAGED || st == ST_LOCKED || st == ST_FAIL) {
		buf_fmt(&r->text, "%s: %s\n", name->stem, why.msg);
		return ST_OK;
	}
	if (st != ST_OK) {
		if (err != NULL)
			*err = why;
		return st;
	}
	/* What another rewrite left in a crash is sealed with the old key. */
	if (j->leftover > 0)
		st = journal_sweep(j, j->leftover, err);
	if (st == ST_OK)
		st = dead_find(j, &dead, err);
	if (st == ST_OK)
		st = rewrite_all(j, &dead, r, err);
	dead_release(&dead);
	journal_close(j);
	return st == ST_OK ? rewrite_note(name, v, c, err) : st;
}

/*
 * Files in quarantine/
 */

struct asides {
	struct vault *vault;
	struct rotate_report *report;
	const char *folder;
};

/* Replaces the open file by one with all of its records that can be read. */
static enum status reseal_fd(const struct asides *a, struct segment *seg,
	int fd, uint64_t size, const char *path, struct err *err)
{
	static const struct dead none;
	struct scan_window window = {.n = 0};
	struct segment_info info = seg->info;
	struct resealing s = {.dead = &none};
	struct scan scan;
	enum status st;

	rewrite_init(&s.w);
	st = rewrite_begin(&s.w, a->vault, a->folder, &info, err);
	scan_begin(&scan, seg);
	if (st == ST_OK)
		st = scan_run(&scan, &window, scan_pread, &fd, size, on_record,
			on_loss, &s, err);
	if (st == ST_OK)
		st = put_note(&s, err);
	if (st == ST_OK)
		st = rewrite_sync(&s.w, err);
	if (st == ST_OK)
		st = rewrite_replace(&s.w, path, err);
	if (st == ST_OK) {
		a->report->segments++;
		a->report->bytes += s.w.bytes;
		a->report->lost += s.lost;
	}
	rewrite_release(&s.w);
	scan_window_release(&window);
	return st;
}

static enum status on_aside(const char *name, void *payload, struct err *err)
{
	const struct asides *a = payload;
	uint8_t header[SEGMENT_HEADER];
	struct segment seg;
	struct stat sb;
	struct buf path;
	ssize_t n = -1;
	int fd = -1;
	enum status st;

	segment_init(&seg);
	buf_init(&path, BUF_SMALL);
	buf_fmt(&path, "%s/%s", a->folder, name);
	st = buf_check(&path, "path", err);
	if (st == ST_OK)
		fd = open(
			path.p, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	if (fd >= 0 && fstat(fd, &sb) == 0 && S_ISREG(sb.st_mode))
		n = fd_pread_full(fd, header, sizeof(header), 0);
	if (st == ST_OK &&
		(n <= 0 ||
			segment_read(&seg, a->vault, header, (size_t)n, NULL) !=
				ST_OK))
		a->report->aside++;
	else if (st == ST_OK && seg.info.epoch != vault_epoch(a->vault))
		st = reseal_fd(a, &seg, fd, (uint64_t)sb.st_size, path.p, err);
	if (fd >= 0)
		(void)close(fd);
	segment_release(&seg);
	buf_release(&path);
	return st;
}

enum status rotate_aside(
	struct vault *v, struct rotate_report *r, struct err *err)
{
	struct asides a = {v, r, NULL};
	struct buf folder;
	enum status st;

	buf_init(&folder, BUF_SMALL);
	place_folder(v, "quarantine", &folder);
	st = buf_check(&folder, "path", err);
	a.folder = folder.p;
	r->aside = 0;
	if (st == ST_OK)
		st = names_walk(folder.p, on_aside, &a, err);
	buf_release(&folder);
	return st;
}
