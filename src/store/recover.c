#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "store/catalog.h"
#include "store/journal.h"
#include "store/live.h"
#include "store/place.h"
#include "store/scan.h"

enum { PATH_MAX_BYTES = 64 * 1024, FILES_MAX = 100 * 1000 };

/* A live file that a crash left. */
struct orphan {
	struct vault *vault;
	struct catalog *catalog;
	struct live_report *report;
	struct segment segment;
	struct msg *msg; /* NULL until its first record is read */
	bool there; /* its message is in the conversation already */
	bool asked; /* the message it replies to is there too */
	struct id last; /* last message of the conversation */
	bool lossy; /* pieces of it could not be read */
};

void live_report_init(struct live_report *r)
{
	memset(r, 0, sizeof(*r));
	buf_init(&r->text, BUF_SMALL);
}

void live_report_release(struct live_report *r)
{
	buf_release(&r->text);
	live_report_init(r);
}

static void tell(struct live_report *r, const char *what, const char *why)
{
	buf_str(&r->text, what);
	if (why != NULL)
		buf_fmt(&r->text, ": %s", why);
	buf_char(&r->text, '\n');
}

/* Takes the beginning or a piece of the reply, in the order written. */
static enum status on_record(
	const struct record *r, uint64_t seq, void *payload, struct err *err)
{
	struct orphan *o = payload;
	struct span piece = r->payload;
	struct buf *to;

	(void)seq;
	if (r->type == RECORD_MESSAGE && o->msg == NULL)
		return record_get_msg(r, &o->msg, err);
	if (r->type != RECORD_DELTA || piece.n == 0 || o->msg == NULL)
		return ST_OK;
	to = piece.p[0] == DELTA_REASONING ? &o->msg->reasoning : &o->msg->text;
	if (piece.n - 1 > to->max - to->len)
		piece.n = to->max - to->len + 1;
	buf_add(to, piece.p + 1, piece.n - 1);
	return to->bad ? err_nomem(err) : ST_OK;
}

static void on_loss(const struct scan_loss *loss, void *payload)
{
	struct orphan *o = payload;

	(void)loss;
	o->lossy = true;
}

/* Takes what can be read; losses in a live file are no alarm. ST_NOT_FOUND when
 * nothing can be read. */
static enum status read_orphan(
	struct orphan *o, int fd, uint64_t size, struct err *err)
{
	struct scan_window window = {.p = NULL};
	uint8_t header[SEGMENT_HEADER];
	struct scan scan;
	ssize_t n = fd_pread_full(fd, header, sizeof(header), 0);
	enum status st;

	if (n < 0)
		return err_sys(err, ST_IO, "cannot read");
	st = segment_read(&o->segment, o->vault, header, (size_t)n, err);
	if (st == ST_DAMAGED)
		return err_set(err, ST_NOT_FOUND, "nothing in it reads");
	if (st != ST_OK)
		return st;
	scan_begin(&scan, &o->segment);
	st = scan_run(&scan, &window, scan_pread, &fd, size, on_record, on_loss,
		o, err);
	scan_window_release(&window);
	if (st == ST_OK && scan.tail > 0)
		o->lossy = true;
	if (st == ST_OK && o->msg == NULL)
		st = err_set(err, ST_NOT_FOUND, "nothing in it reads");
	return st;
}

static enum status look_for_it(
	const struct record *r, void *payload, struct err *err)
{
	struct orphan *o = payload;

	(void)err;
	if (r->type != RECORD_MESSAGE)
		return ST_OK;
	o->last = r->id;
	if (id_eq(&r->id, &o->msg->id))
		o->there = true;
	if (id_eq(&r->id, &o->msg->parent))
		o->asked = true;
	return ST_OK;
}

/* Appends the message to its conversation unless it is there already. The
 * journal reads what others have written before it appends. Two recoveries
 * never handle the same live file, because it is locked. */
static enum status bring_home(struct orphan *o, struct err *err)
{
	struct journal_with with = {o->vault, o->catalog, look_for_it, o};
	struct journal *j = NULL;
	struct record r;
	struct buf payload;
	enum status st;

	buf_init(&payload, RECORD_PAYLOAD_MAX);
	st = journal_open(&with, &o->segment.info.conv, &j, err);
	if (st == ST_OK)
		st = journal_read(j, err);
	if (st == ST_OK && o->there) {
		o->report->there++;
		goto out;
	}
	if (st != ST_OK)
		goto out;
	/* A question that could not be saved, and was told not to be, leaves
	 * its reply behind the message before. */
	if (!id_is_none(&o->msg->parent) && !o->asked)
		o->msg->parent = o->last;
	o->msg->outcome = OUTCOME_CUT;
	o->msg->recovered = true;
	buf_set(&o->msg->note,
		span_str(o->lossy ? "recovered after a crash; parts are missing"
				  : "recovered after a crash"));
	st = record_around_msg(o->msg, &payload, &r, err);
	if (st == ST_OK)
		st = journal_append(j, &r, true, err);
	if (st == ST_OK) {
		o->report->recovered++;
		o->report->last = o->segment.info.conv;
	}
out:
	journal_close(j);
	buf_release(&payload);
	return st;
}

static enum status move_aside(
	struct orphan *o, const char *path, const char *why, struct err *err)
{
	char stem[ID_HEX + 1] = "live";
	enum status st;

	if (!id_is_none(&o->segment.info.conv))
		id_hex(&o->segment.info.conv, stem);
	st = place_move_aside(o->vault, stem, path, err);
	if (st == ST_OK) {
		o->report->aside++;
		tell(o->report,
			"an unfinished reply was moved to the folder "
			"quarantine",
			why);
	}
	return st;
}

static enum status settle(
	struct orphan *o, const char *path, int fd, struct err *err)
{
	const struct id *conv = &o->segment.info.conv;
	struct stat sb;
	struct err why;
	enum status st;

	if (fstat(fd, &sb) != 0)
		return err_sys(err, ST_IO, "cannot read \"%s\"", path);
	st = read_orphan(o, fd, (uint64_t)sb.st_size, &why);
	if (st == ST_NOT_FOUND && sb.st_size > 0)
		return move_aside(o, path, why.msg, err);
	if (st == ST_NOT_FOUND ||
		(st == ST_OK && o->msg->text.len == 0 &&
			o->msg->reasoning.len == 0)) {
		o->report->empty++;
		st = ST_OK;
	} else if (st == ST_OK) {
		st = bring_home(o, &why);
		if (st == ST_NOT_FOUND && o->catalog != NULL &&
			catalog_deleted(o->catalog, conv))
			st = ST_OK;
		else if (st == ST_NOT_FOUND)
			return move_aside(
				o, path, "its conversation is not there", err);
	}
	if (st != ST_OK) {
		if (err != NULL)
			*err = why;
		return st;
	}
	if (unlink(path) != 0 && errno != ENOENT)
		return err_sys(err, ST_IO, "cannot remove \"%s\"", path);
	return ST_OK;
}

/* Locks the file; whether that worked and it still has this name. */
static bool is_orphan(int fd, const char *path, struct live_report *report)
{
	struct stat a;
	struct stat b;

	if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
		report->busy++;
		return false;
	}
	return fstat(fd, &a) == 0 && S_ISREG(a.st_mode) &&
		lstat(path, &b) == 0 && a.st_dev == b.st_dev &&
		a.st_ino == b.st_ino;
}

static enum status recover_file(struct vault *v, struct catalog *c,
	const char *path, struct live_report *report, struct err *err)
{
	struct orphan o = {.vault = v, .catalog = c, .report = report};
	int fd = open(path, O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	enum status st = ST_OK;

	if (fd < 0)
		return errno == ENOENT
			? ST_OK
			: err_sys(err, ST_IO, "cannot open \"%s\"", path);
	segment_init(&o.segment);
	if (is_orphan(fd, path, report))
		st = settle(&o, path, fd, err);
	if (st == ST_BUSY) {
		report->busy++;
		st = ST_OK;
	}
	msg_free(o.msg);
	segment_release(&o.segment);
	(void)close(fd);
	return st;
}

/* Removes a temporary file that nobody holds: its process died before the file
 * had its final name, so nothing of the reply was ever shown. */
static void remove_leftover(const char *path)
{
	struct live_report unused = {.busy = 0};
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		return;
	if (is_orphan(fd, path, &unused))
		(void)unlink(path);
	(void)close(fd);
}

static bool ends_in(const char *name, const char *tail)
{
	size_t n = strlen(name);
	size_t t = strlen(tail);

	return n >= t && strcmp(name + n - t, tail) == 0;
}

enum status live_recover(struct vault *v, struct catalog *c,
	struct live_report *report, struct err *err)
{
	struct buf folder;
	struct buf path;
	struct dirent *de;
	DIR *dir = NULL;
	enum status first = ST_OK;

	buf_init(&folder, PATH_MAX_BYTES);
	buf_init(&path, PATH_MAX_BYTES);
	place_folder(v, "live", &folder);
	dir = folder.bad ? NULL : opendir(folder.p);
	if (dir == NULL) {
		if (!folder.bad && errno != ENOENT)
			first = err_sys(err, ST_IO, "cannot read folder \"%s\"",
				folder.p);
		goto out;
	}
	while ((de = readdir(dir)) != NULL) {
		struct err why;
		enum status st;

		buf_reset(&path);
		buf_fmt(&path, "%s/%s", folder.p, de->d_name);
		if (path.bad)
			continue;
		if (ends_in(de->d_name, ".tmp"))
			remove_leftover(path.p);
		if (!ends_in(de->d_name, ".atj"))
			continue;
		st = recover_file(v, c, path.p, report, &why);
		if (st == ST_OK)
			continue;
		tell(report, "an unfinished reply could not be recovered",
			why.msg);
		if (first == ST_OK) {
			first = st;
			if (err != NULL)
				*err = why;
		}
	}
out:
	if (dir != NULL)
		(void)closedir(dir);
	buf_release(&folder);
	buf_release(&path);
	return first;
}
