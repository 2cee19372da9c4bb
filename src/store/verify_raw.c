#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/vec.h"
#include "store/verify_priv.h"

enum { PATH_MAX_BYTES = 64 * 1024, FILES_MAX = 0x10000 * 4 };

/* A segment file. */
struct raw_file {
	uint8_t device[VAULT_DEVICE];
	uint32_t no;
	struct segment_info info;
	uint8_t link[SEGMENT_LINK]; /* of its last record */
	bool read; /* info and link are known */
	bool joined; /* the next one continues after one of its records */
};

struct raw_files {
	const struct conv_name *name;
	struct raw_file *v;
	size_t n;
	size_t cap;
};

/* A scan and what its callbacks need. */
struct raw_scan {
	struct verify *verify;
	struct raw_file *file;
	const struct raw_file *next; /* read before it; NULL: none */
	const struct scan *scan;
	uint64_t lost;
};

ATTR_PRINTF(3, 4)
static void say(
	struct verify *y, const struct raw_file *f, const char *fmt, ...)
{
	va_list ap;

	/* The first few tell enough. */
	if (y->text.len > y->text.max / 2)
		return;
	buf_fmt(&y->text, "segment %" PRIu32 ": ", f->no);
	va_start(ap, fmt);
	buf_vfmt(&y->text, fmt, ap);
	va_end(ap);
	buf_char(&y->text, '\n');
}

static int file_cmp(const void *a, const void *b)
{
	const struct raw_file *x = a;
	const struct raw_file *y = b;

	if (x->no != y->no)
		return x->no < y->no ? -1 : 1;
	return memcmp(x->device, y->device, VAULT_DEVICE);
}

static enum status on_name(const char *name, void *payload, struct err *err)
{
	struct raw_files *to = payload;
	struct raw_file f = {.read = false};
	char stem[PLACE_STEM];

	if (!place_parse(name, stem, f.device, &f.no) ||
		strcmp(stem, to->name->stem) != 0)
		return ST_OK;
	if (!vec_grow(&to->v, &to->cap, to->n + 1, sizeof(*to->v), FILES_MAX))
		return err_nomem(err);
	to->v[to->n++] = f;
	return ST_OK;
}

static void on_loss(const struct scan_loss *l, void *payload)
{
	struct raw_scan *s = payload;

	switch (l->fault) {
	case SCAN_GAP:
		s->lost += l->lost;
		say(s->verify, s->file,
			"%" PRIu64 " record%s lost before record %" PRIu64
			" (%" PRIu64 " bytes at %" PRIu64 " do not read)",
			l->lost, l->lost == 1 ? " is" : "s are", l->seq,
			l->bytes, l->offset);
		break;
	case SCAN_ORDER:
		say(s->verify, s->file,
			"record %" PRIu64 " is there again, out of its place",
			l->seq);
		break;
	case SCAN_LINK:
	case SCAN_FOOT: break;
	}
}

static void judge_tail(struct verify *y, const struct raw_file *f,
	const struct scan *s, size_t *torn)
{
	struct tail_facts facts = {
		.bytes = s->tail > 0,
		.valid_after = s->valid_after,
		.foot = s->foot,
	};

	/* A segment file appears only with its first record in it. */
	if (s->next_seq == 0 || frame_tail(&facts) == TAIL_DAMAGED)
		say(y, f,
			"the end is damaged, after record %" PRIu64 " (%" PRIu64
			" bytes at %" PRIu64 " do not read)",
			s->next_seq > 0 ? s->next_seq - 1 : 0, s->tail, s->end);
	else if (s->tail > 0)
		++*torn;
}

/* Whether the header fits the name of the file. */
static bool belongs(const struct verify *y, const struct conv_name *name,
	const struct raw_file *f)
{
	struct span parts[2] = {span_str("atl/s/v1"), span_str(name->stem)};
	struct id id;

	if (name->reserved)
		box_hash(id.b, ID_LEN, (struct span){NULL, 0}, parts, 2);
	else if (!id_parse(span_str(name->stem), &id))
		return false;
	return id_eq(&f->info.vault, vault_id(y->vault)) &&
		id_eq(&f->info.conv, &id) && f->info.seg_no == f->no &&
		memcmp(f->info.device, f->device, VAULT_DEVICE) == 0;
}

/* Notes whether the next segment continues after this record. If so, what
 * follows here could neither be synced nor taken back. */
static enum status on_record(
	const struct record *r, uint64_t seq, void *payload, struct err *err)
{
	struct raw_scan *s = payload;

	(void)r;
	(void)seq;
	(void)err;
	if (s->next != NULL && s->next->read &&
		memcmp(s->scan->link, s->next->info.prev_link, SEGMENT_LINK) ==
			0)
		s->file->joined = true;
	return ST_OK;
}

static enum status read_fd(struct verify *y, const struct conv_name *name,
	struct raw_file *f, const struct raw_file *next, int fd, size_t *torn,
	struct err *err)
{
	uint8_t header[SEGMENT_HEADER];
	struct segment seg;
	struct scan scan;
	struct raw_scan to = {y, f, next, &scan, 0};
	struct stat sb;
	struct err why;
	unsigned copies = 0;
	ssize_t n = fd_pread_full(fd, header, sizeof(header), 0);
	enum status st;

	if (n < 0 || fstat(fd, &sb) != 0) {
		say(y, f, "cannot be read");
		return ST_OK;
	}
	if (segment_read_raw(&seg, header, (size_t)n, &copies, &why) != ST_OK) {
		say(y, f, "%s", why.msg);
		return ST_OK;
	}
	f->info = seg.info;
	if (copies < 2)
		say(y, f, "one of the two copies of its header is damaged");
	if (!belongs(y, name, f)) {
		say(y, f, "the header belongs to another file");
		return ST_OK;
	}
	scan_begin_raw(&scan, &seg);
	st = scan_run(&scan, &y->window, scan_pread, &fd, (uint64_t)sb.st_size,
		on_record, on_loss, &to, &why);
	if (st == ST_IO) {
		say(y, f, "%s", why.msg);
		return ST_OK;
	}
	if (st != ST_OK)
		return err_nomem(err);
	judge_tail(y, f, &scan, torn);
	memcpy(f->link, scan.link, SEGMENT_LINK);
	f->read = true;
	y->report->records += scan.next_seq - to.lost;
	y->report->bytes += (uint64_t)sb.st_size;
	return ST_OK;
}

static enum status read_file(struct verify *y, const struct conv_name *name,
	const char *folder, struct raw_file *f, const struct raw_file *next,
	size_t *torn, struct err *err)
{
	struct buf path;
	enum status st;
	int fd = -1;

	buf_init(&path, PATH_MAX_BYTES);
	place_segment(&path, folder, name->stem, f->device, f->no);
	st = buf_check(&path, "path", err);
	if (st == ST_OK)
		fd = open(
			path.p, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	if (st == ST_OK && fd < 0 && errno != ENOENT)
		say(y, f, "cannot be opened");
	if (fd >= 0) {
		st = read_fd(y, name, f, next, fd, torn, err);
		(void)close(fd);
	}
	buf_release(&path);
	return st;
}

/* Checks that each segment continues where the one before it ended. */
static void check_joints(struct verify *y, const struct raw_files *all)
{
	size_t i;

	for (i = 0; i < all->n; i++) {
		const struct raw_file *f = &all->v[i];
		const struct raw_file *prev = i > 0 ? &all->v[i - 1] : NULL;

		if (!f->read || id_is_none(&f->info.prev_seg) ||
			(f->info.flags & SEGMENT_COMPACTED))
			continue;
		if (prev == NULL)
			say(y, f, "the segment before it is missing");
		else if (prev->read &&
			!id_eq(&f->info.prev_seg, &prev->info.seg))
			say(y, f, "the segment before it is missing");
		else if (prev->read && !prev->joined &&
			memcmp(f->info.prev_link, prev->link, SEGMENT_LINK) !=
				0)
			say(y, prev,
				"its end is not where the next segment goes "
				"on");
	}
}

enum status verify_raw(struct verify *y, const struct conv_name *name,
	size_t *ret_torn, struct err *err)
{
	struct raw_files all = {name, NULL, 0, 0};
	const struct raw_file *stands = NULL;
	struct buf folder;
	struct id id;
	size_t i;
	enum status st;

	buf_init(&folder, PATH_MAX_BYTES);
	if (name->reserved)
		place_folder(y->vault, "s", &folder);
	else if (id_parse(span_str(name->stem), &id))
		place_conv_folder(y->vault, &id, &folder);
	st = buf_check(&folder, "path", err);
	if (st == ST_OK && folder.len > 0)
		st = names_walk(folder.p, on_name, &all, err);
	if (all.n > 1)
		qsort(all.v, all.n, sizeof(*all.v), file_cmp);
	/* Backwards, because what a compacted one replaces is not read. */
	for (i = all.n; i-- > 0 && st == ST_OK;) {
		struct raw_file *f = &all.v[i];

		if (stands != NULL &&
			memcmp(f->device, stands->device, VAULT_DEVICE) == 0)
			continue;
		st = read_file(y, name, folder.p, f,
			i + 1 < all.n ? f + 1 : NULL, ret_torn, err);
		if (stands == NULL && f->read &&
			(f->info.flags & SEGMENT_COMPACTED))
			stands = f;
	}
	if (st == ST_OK)
		check_joints(y, &all);
	y->report->segments += all.n;
	free(all.v);
	buf_release(&folder);
	return st;
}
