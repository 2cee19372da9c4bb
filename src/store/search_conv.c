#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/utf8.h"
#include "store/place.h"
#include "store/search_priv.h"
#include "wire/record_look.h"

enum {
	PATH_MAX_BYTES = 64 * 1024,
	RECENT = 64, /* messages among which a parent is looked for */
	LINE_BEFORE = 80, /* bytes shown of a long line before a match */
	LINE_BEHIND = 160,
	LINES_MAX = 4096, /* bytes of context on each side */
	SEAM = MATCH_TERM_MAX * UTF8_MAX, /* bytes beside a piece's border */
};

/* How deep in the tree a message is. */
struct depth {
	struct id id;
	uint64_t n;
};

/* A conversation being searched. */
struct look {
	struct seeker *seeker;
	struct depth recent[RECENT];
	size_t recent_n; /* number of all messages so far */
	/* The message whose pieces are being read, when it is too long for one
	 * record: its hit as far as known, and the terms found so far. */
	struct id long_id;
	uint64_t long_found;
	struct buf long_text; /* of the first match */
	struct buf long_agent;
	struct search_hit long_hit;
	struct buf composed; /* the text being searched, composed */
	char tail[SEAM]; /* the end of the piece before */
	size_t tail_n;
	bool whole;
	struct err why;
};

static void note_loss(struct look *k, const char *what)
{
	if (k->whole)
		(void)err_set(&k->why, ST_DAMAGED, "%s", what);
	k->whole = false;
}

/* Returns the number of the message: one more than that of its parent, which is
 * nearly always the message before. */
static uint64_t number_of(struct look *k, const struct record *r)
{
	struct depth *d = &k->recent[k->recent_n % RECENT];
	uint64_t n = id_is_none(&r->parent) ? 1 : 0;
	size_t back;

	for (back = 1; n == 0 && back <= RECENT && back <= k->recent_n;
		back++) {
		const struct depth *p =
			&k->recent[(k->recent_n - back) % RECENT];

		if (id_eq(&p->id, &r->parent) && p->n > 0)
			n = p->n + 1;
	}
	d->id = r->id;
	d->n = n;
	k->recent_n++;
	return n;
}

/* The start of the line that is `lines` lines above the one at `at`, at most
 * `most` bytes away. */
static size_t line_start(
	struct span text, size_t at, unsigned lines, size_t most)
{
	size_t low = at > most ? at - most : 0;

	while (at > low) {
		if (text.p[at - 1] == '\n' && lines-- == 0)
			return at;
		at--;
	}
	return at;
}

static size_t line_end(struct span text, size_t at, unsigned lines, size_t most)
{
	size_t high = text.n - at > most ? at + most : text.n;

	while (at < high) {
		if (text.p[at] == '\n' && lines-- == 0)
			return at;
		at++;
	}
	return at;
}

/* The start of the first character at or after `at`. */
static size_t char_start(struct span text, size_t at)
{
	size_t i;

	for (i = 0; i < UTF8_MAX && at < text.n &&
		((uint8_t)text.p[at] & 0xc0) == 0x80;
		i++)
		at++;
	return at;
}

/* Sets the lines around the match at..end of the text. */
static void set_lines(const struct search_query *q, struct span text, size_t at,
	size_t end, struct search_hit *h)
{
	size_t start;
	size_t stop;

	start = line_start(
		text, at, q->context, q->context > 0 ? LINES_MAX : LINE_BEFORE);
	stop = line_end(text, end, q->context,
		q->context > 0 ? LINES_MAX : LINE_BEHIND);
	h->cut_before = start > 0 && text.p[start - 1] != '\n';
	if (h->cut_before)
		start = char_start(text, start);
	if (start > at)
		start = at;
	h->cut_behind = stop < text.n && text.p[stop] != '\n';
	if (h->cut_behind && stop > end)
		stop = end +
			utf8_floor(span_of(text.p + end, text.n - end),
				stop - end);
	h->text = span_of(text.p + start, stop - start);
	h->at = at - start;
	h->end = end - start;
}

static bool wanted(const struct search_query *q, int64_t time_ms,
	const struct record_brief *b)
{
	size_t i;

	if (time_ms < q->since_ms || time_ms > q->until_ms ||
		(!q->any_role && b->role != q->role))
		return false;
	if (q->agent.n == 0)
		return true;
	if (b->agent.n != q->agent.n)
		return false;
	for (i = 0; i < q->agent.n; i++)
		if (utf8_lower((uint8_t)q->agent.p[i]) !=
			utf8_lower((uint8_t)b->agent.p[i]))
			return false;
	return true;
}

/* Searches one text of a message; it is a hit when it has all the terms. */
static enum status look_at_text(
	struct look *k, struct search_hit *h, struct span text, struct err *err)
{
	const struct search_query *q = k->seeker->query;
	size_t at;
	size_t end;

	text = match_text(q->match, text, &k->composed);
	if (!match_find(q->match, 0, text, 0, &at, &end))
		return ST_OK;
	if (q->match->n > 1 && !match_all(q->match, text))
		return ST_OK;
	set_lines(q, text, at, end, h);
	return k->seeker->hit(h, k->seeker->payload, err);
}

static enum status took_message(
	struct look *k, const struct record *r, struct err *err)
{
	struct search_hit h = {.msg = r->id, .time_ms = r->time_ms};
	struct record_brief b;
	struct record_document doc;
	struct span rest;
	enum status st;

	h.number = number_of(k, r);
	if (!record_peek_msg(r, &b) ||
		!wanted(k->seeker->query, r->time_ms, &b))
		return ST_OK;
	h.role = b.role;
	h.agent = b.agent;
	st = look_at_text(k, &h, b.text, err);
	rest = r->payload;
	while (st == ST_OK && record_next_document(&rest, &doc)) {
		h.document = doc.name;
		st = look_at_text(k, &h, doc.text, err);
	}
	return st;
}

/*
 * Messages too long for one record
 */

static void look_at_piece(struct look *k, struct span piece)
{
	const struct search_query *q = k->seeker->query;
	size_t i;

	piece = match_text(q->match, piece, &k->composed);
	for (i = 0; i < q->match->n; i++) {
		size_t at;
		size_t end;

		if ((k->long_found & (uint64_t)1 << i) ||
			!match_find(q->match, i, piece, 0, &at, &end))
			continue;
		k->long_found |= (uint64_t)1 << i;
		if (k->long_text.len > 0)
			continue;
		set_lines(q, piece, at, end, &k->long_hit);
		buf_set(&k->long_text, k->long_hit.text);
	}
}

/* Searches the end of the piece before together with the beginning of this
 * one. */
static void look_at_seam(struct look *k, struct span piece)
{
	char both[2 * SEAM];
	size_t n = piece.n < SEAM ? piece.n : SEAM;

	if (k->tail_n > 0) {
		memcpy(both, k->tail, k->tail_n);
		memcpy(both + k->tail_n, piece.p, n);
		look_at_piece(k, span_of(both, k->tail_n + n));
	}
	k->tail_n = n;
	memcpy(k->tail, piece.p + piece.n - n, n);
}

/* Begins a long message. The first piece has the message's role and agent
 * before the text; *piece is reduced to the text. */
static void begin_long(
	struct look *k, const struct record *r, struct span *piece)
{
	struct record_brief b = {.role = ROLE_USER};

	record_peek_start(piece, &b);
	buf_reset(&k->long_text);
	buf_set(&k->long_agent, b.agent);
	k->long_id = r->id;
	k->long_found = 0;
	k->tail_n = 0;
	k->long_hit = (struct search_hit){
		.msg = r->id, .role = b.role, .time_ms = r->time_ms};
}

/* The payload of a piece begins with its number. */
static void took_piece(struct look *k, const struct record *r)
{
	static const char first[4];
	struct span piece = r->payload;

	if (piece.n < sizeof(first))
		return;
	piece = span_of(piece.p + sizeof(first), piece.n - sizeof(first));
	if (memcmp(r->payload.p, first, sizeof(first)) == 0 &&
		r->type == RECORD_PART)
		begin_long(k, r, &piece);
	if (!id_eq(&k->long_id, &r->id) || id_is_none(&r->id))
		return;
	look_at_seam(k, piece);
	look_at_piece(k, piece);
}

static enum status ended_long(
	struct look *k, const struct record *r, struct err *err)
{
	const struct search_query *q = k->seeker->query;
	struct search_hit *h = &k->long_hit;
	struct record_brief b;
	uint64_t all = ((uint64_t)1 << q->match->n) - 1;

	if (r->type != RECORD_MESSAGE || !id_eq(&k->long_id, &r->id))
		return ST_OK;
	took_piece(k, r);
	h->number = number_of(k, r);
	h->text = buf_view(&k->long_text);
	h->agent = buf_view(&k->long_agent);
	b.role = h->role;
	b.agent = h->agent;
	memset(&k->long_id, 0, sizeof(k->long_id));
	if (k->long_found != all || k->long_text.bad ||
		!wanted(q, r->time_ms, &b))
		return ST_OK;
	return k->seeker->hit(h, k->seeker->payload, err);
}

/*
 * Files
 */

static enum status on_record(
	const struct record *r, uint64_t seq, void *payload, struct err *err)
{
	struct look *k = payload;

	(void)seq;
	if (atomic_load_explicit(k->seeker->stop, memory_order_relaxed))
		return err_set(err, ST_STOPPED, "the search was stopped");
	if (r->type == RECORD_PART)
		took_piece(k, r);
	else if (r->flags & RECORD_CONTINUED)
		return ended_long(k, r, err);
	else if (r->type == RECORD_MESSAGE)
		return took_message(k, r, err);
	return ST_OK;
}

static void on_loss(const struct scan_loss *loss, void *payload)
{
	(void)loss;
	note_loss(payload, "parts of a conversation are damaged");
}

static enum status look_at_fd(
	struct look *k, int fd, const char *path, struct err *err)
{
	struct seeker *s = k->seeker;
	uint8_t header[SEGMENT_HEADER];
	struct segment segment;
	struct scan scan;
	struct stat sb;
	ssize_t n = fd_pread_full(fd, header, sizeof(header), 0);
	enum status st = ST_OK;

	segment_init(&segment);
	if (n < 0 || fstat(fd, &sb) != 0 || !S_ISREG(sb.st_mode)) {
		note_loss(k, "a file of a conversation cannot be read");
		return ST_OK;
	}
	st = segment_read(&segment, s->vault, header, (size_t)n, err);
	if (st != ST_OK) {
		if (st == ST_NOMEM || st == ST_LOCKED)
			return st;
		if (err != NULL && k->whole) {
			k->why = *err;
			err_prefix(&k->why, "\"%s\"", path);
		}
		k->whole = false;
		return ST_OK;
	}
	scan_begin(&scan, &segment);
	st = scan_run(&scan, &s->window, scan_pread, &fd, (uint64_t)sb.st_size,
		on_record, on_loss, k, err);
	segment_release(&segment);
	if (st == ST_IO) {
		note_loss(k, "a file of a conversation cannot be read");
		st = ST_OK;
	}
	return st;
}

/* The flags of a segment; 0 when they cannot be read. */
static uint32_t flags_of(const struct look *k, int fd)
{
	uint8_t header[SEGMENT_HEADER];
	struct segment segment;
	ssize_t n = fd_pread_full(fd, header, sizeof(header), 0);
	uint32_t flags = 0;

	segment_init(&segment);
	if (n > 0 &&
		segment_read(&segment, k->seeker->vault, header, (size_t)n,
			NULL) == ST_OK)
		flags = segment.info.flags;
	segment_release(&segment);
	return flags;
}

/* Searches one file; or only reads its flags, when `flags` is not NULL. */
static enum status look_at_file(struct look *k, const struct search_file *f,
	uint32_t *flags, struct err *err)
{
	char stem[ID_HEX + 1];
	struct buf folder;
	struct buf path;
	int fd = -1;
	enum status st = ST_OK;

	id_hex(&f->conv, stem);
	buf_init(&folder, PATH_MAX_BYTES);
	buf_init(&path, PATH_MAX_BYTES);
	place_conv_folder(k->seeker->vault, &f->conv, &folder);
	place_segment(&path, folder.p, stem, f->device, f->no);
	if (folder.bad || path.bad) {
		st = err_nomem(err);
		goto out;
	}
	fd = open(path.p, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	if (flags != NULL)
		*flags = fd >= 0 ? flags_of(k, fd) : 0;
	else if (fd < 0 && errno != ENOENT)
		note_loss(k, "a file of a conversation cannot be opened");
	else if (fd >= 0)
		st = look_at_fd(k, fd, path.p, err);
out:
	if (fd >= 0)
		(void)close(fd);
	buf_release(&folder);
	buf_release(&path);
	return st;
}

/* A compacted segment replaces those before it, which a crash may have left
 * behind. */
static enum status find_first(struct look *k, const struct search_file *files,
	size_t n, size_t *ret, struct err *err)
{
	size_t i;
	enum status st = ST_OK;

	*ret = 0;
	for (i = n; i > 1 && st == ST_OK && *ret == 0; i--) {
		uint32_t flags = 0;

		st = look_at_file(k, &files[i - 1], &flags, err);
		if (flags & SEGMENT_COMPACTED)
			*ret = i - 1;
	}
	return st;
}

enum status search_conv(struct seeker *s, const struct search_file *files,
	size_t n, bool *ret_whole, struct err *ret_why, struct err *err)
{
	struct look *k = calloc(1, sizeof(*k));
	size_t stands = 0;
	size_t i;
	enum status st = ST_OK;

	if (k == NULL)
		return err_nomem(err);
	k->seeker = s;
	k->whole = true;
	buf_init(&k->long_text, BUF_SMALL);
	buf_init(&k->long_agent, BUF_SMALL);
	buf_init(&k->composed, 4 * BUF_LARGE);
	st = find_first(k, files, n, &stands, err);
	for (i = 0; i < n && st == ST_OK; i++)
		if (i >= stands ||
			memcmp(files[i].device, files[stands].device,
				VAULT_DEVICE) != 0)
			st = look_at_file(k, &files[i], NULL, err);
	*ret_whole = k->whole;
	if (!k->whole)
		*ret_why = k->why;
	buf_release(&k->long_text);
	buf_release(&k->long_agent);
	buf_release(&k->composed);
	free(k);
	return st;
}

/*
 * Hits as bytes
 */

static void put_bytes(struct buf *out, struct span s)
{
	buf_add(out, &s.n, sizeof(s.n));
	buf_span(out, s);
}

void search_put_hit(const struct search_hit *h, struct buf *out)
{
	buf_add(out, h, sizeof(*h));
	put_bytes(out, h->agent);
	put_bytes(out, h->document);
	put_bytes(out, h->text);
}

static void get_bytes(struct span *rest, struct span *ret)
{
	size_t n;

	memcpy(&n, rest->p, sizeof(n));
	*ret = span_of(rest->p + sizeof(n), n);
	rest->p += sizeof(n) + n;
	rest->n -= sizeof(n) + n;
}

bool search_get_hit(struct span *rest, struct search_hit *ret)
{
	if (rest->n < sizeof(*ret))
		return false;
	memcpy(ret, rest->p, sizeof(*ret));
	rest->p += sizeof(*ret);
	rest->n -= sizeof(*ret);
	get_bytes(rest, &ret->agent);
	get_bytes(rest, &ret->document);
	get_bytes(rest, &ret->text);
	return true;
}
