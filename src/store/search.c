#include "store/search.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/vec.h"
#include "store/place.h"
#include "store/search_priv.h"

enum {
	THREADS = 2,
	STOP_MS = 100, /* how often ops->stop is asked */
};

#define FILES_MAX (CATALOG_MAX * 4)

/* A conversation that is being searched, or whose hits wait to be reported. */
struct slot {
	struct buf hits;
	bool done;
};

struct search {
	struct vault *vault;
	const struct search_query *query;
	const struct search_ops *ops;
	struct search_report *report;
	const struct catalog_entry *list;
	size_t n;
	struct search_file *files; /* sorted */
	size_t files_n;
	size_t files_cap;

	pthread_mutex_t mutex; /* protects everything below and the report */
	pthread_cond_t room; /* tells threads that a slot has become free */
	pthread_cond_t news; /* tells the owner that a slot has something */
	struct slot slots[SEARCH_AHEAD];
	size_t next; /* conversation that a thread takes next */
	size_t turn; /* conversation whose hits are being reported */
	atomic_bool over; /* the threads must end */
	enum status status; /* of the first thread that failed */
	struct err err;
};

struct worker {
	struct search *search;
	struct seeker seeker;
	size_t at; /* the conversation it searches */
};

/*
 * Files
 */

static int file_cmp(const void *a, const void *b)
{
	const struct search_file *x = a;
	const struct search_file *y = b;
	int order = id_cmp(&x->conv, &y->conv);

	if (order != 0)
		return order;
	if (x->no != y->no)
		return x->no < y->no ? -1 : 1;
	return memcmp(x->device, y->device, VAULT_DEVICE);
}

static enum status take_file(
	int dir, const char *name, void *payload, struct err *err)
{
	struct search *s = payload;
	char stem[PLACE_STEM];
	struct search_file f;

	(void)dir;
	if (!place_parse(name, stem, f.device, &f.no) ||
		!id_parse(span_str(stem), &f.conv))
		return ST_OK;
	if (!vec_grow(&s->files, &s->files_cap, s->files_n + 1, sizeof(f),
		    FILES_MAX))
		return err_nomem(err);
	s->files[s->files_n++] = f;
	return ST_OK;
}

static enum status list_files(struct search *s, struct err *err)
{
	enum status st = place_each_conv(s->vault, take_file, s, err);

	if (s->files_n > 1)
		qsort(s->files, s->files_n, sizeof(*s->files), file_cmp);
	return st;
}

static const struct search_file *files_of(
	const struct search *s, const struct id *conv, size_t *ret_n)
{
	size_t low = 0;
	size_t high = s->files_n;
	size_t n = 0;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (id_cmp(&s->files[mid].conv, conv) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	while (low + n < s->files_n && id_eq(&s->files[low + n].conv, conv))
		n++;
	*ret_n = n;
	return s->files + low;
}

/*
 * Threads
 */

/* Puts what a thread has found into its slot, where it waits to be reported.
 * While the slot is full the thread waits too. */
static enum status keep_hit(
	const struct search_hit *h, void *payload, struct err *err)
{
	struct worker *w = payload;
	struct search *s = w->search;
	struct slot *slot = &s->slots[w->at % SEARCH_AHEAD];
	enum status st = ST_OK;

	(void)pthread_mutex_lock(&s->mutex);
	while (!s->over && slot->hits.len > SEARCH_KEPT)
		(void)pthread_cond_wait(&s->room, &s->mutex);
	if (s->over)
		st = err_set(err, ST_STOPPED, "the search was stopped");
	search_put_hit(h, &slot->hits);
	if (slot->hits.bad)
		st = err_nomem(err);
	if (s->turn == w->at)
		(void)pthread_cond_signal(&s->news);
	(void)pthread_mutex_unlock(&s->mutex);
	return st;
}

/* Whether the conversation can have anything for the query. If the clock was
 * set back, the last message is older than the first. */
static bool in_time(const struct search_query *q, const struct catalog_entry *e)
{
	int64_t a = e->created_ms;
	int64_t b = e->updated_ms;

	return (a > b ? a : b) >= q->since_ms && (a < b ? a : b) <= q->until_ms;
}

static void look_at(struct worker *w)
{
	struct search *s = w->search;
	const struct catalog_entry *e = &s->list[w->at];
	bool whole = true;
	struct err why = {0};
	struct err err = {0};
	size_t n = 0;
	enum status st = ST_OK;

	if (in_time(s->query, e)) {
		const struct search_file *files = files_of(s, &e->id, &n);

		st = search_conv(&w->seeker, files, n, &whole, &why, &err);
	}
	(void)pthread_mutex_lock(&s->mutex);
	s->report->conversations += n > 0;
	if (!whole && s->report->unread++ == 0)
		s->report->why = why;
	if (st != ST_OK && s->status == ST_OK) {
		s->status = st;
		s->err = err;
	}
	if (st != ST_OK)
		s->over = true;
	s->slots[w->at % SEARCH_AHEAD].done = true;
	(void)pthread_cond_signal(&s->news);
	(void)pthread_mutex_unlock(&s->mutex);
}

static void *work(void *payload)
{
	struct worker *w = payload;
	struct search *s = w->search;

	for (;;) {
		bool end;

		(void)pthread_mutex_lock(&s->mutex);
		while (!s->over && s->next < s->n &&
			s->next >= s->turn + SEARCH_AHEAD)
			(void)pthread_cond_wait(&s->room, &s->mutex);
		end = s->over || s->next == s->n;
		w->at = s->next;
		s->next += !end;
		(void)pthread_mutex_unlock(&s->mutex);
		if (end)
			return NULL;
		look_at(w);
	}
}

/*
 * Reporting hits
 */

static enum status give(
	struct search *s, struct span hits, size_t *ret_n, struct err *err)
{
	struct search_hit h;
	enum status st = ST_OK;

	while (st == ST_OK && search_get_hit(&hits, &h)) {
		h.conv = &s->list[s->turn];
		s->report->hits++;
		++*ret_n;
		st = s->ops->hit(&h, s->ops->payload, err);
	}
	return st;
}

/* A title that has the terms counts when no message does. */
static enum status give_title(struct search *s, struct err *err)
{
	const struct search_query *q = s->query;
	const struct catalog_entry *e = &s->list[s->turn];
	struct search_hit h = {.conv = e, .title = true, .text = e->title};
	struct span title;
	struct buf composed;
	enum status st = ST_OK;

	if (!q->any_role || q->agent.n > 0 || !in_time(q, e))
		return ST_OK;
	buf_init(&composed, BUF_SMALL);
	title = match_text(q->match, e->title, &composed);
	if (match_all(q->match, title) &&
		match_find(q->match, 0, title, 0, &h.at, &h.end)) {
		/* The title is shown as it is, so the place would be wrong. */
		if (title.p != e->title.p) {
			h.at = 0;
			h.end = 0;
		}
		h.time_ms = e->updated_ms;
		s->report->hits++;
		st = s->ops->hit(&h, s->ops->payload, err);
	}
	buf_release(&composed);
	return st;
}

/* Waits a short time for the slot to have something. Holds the mutex. */
static void wait_for_news(struct search *s)
{
	struct timespec until;

	(void)clock_gettime(CLOCK_REALTIME, &until);
	until.tv_nsec += STOP_MS * 1000000L;
	if (until.tv_nsec >= 1000000000L) {
		until.tv_nsec -= 1000000000L;
		until.tv_sec++;
	}
	(void)pthread_cond_timedwait(&s->news, &s->mutex, &until);
}

/* Takes what is in the slot; *ret_done is true when that was all. */
static enum status take(
	struct search *s, struct buf *hits, bool *ret_done, struct err *err)
{
	struct slot *slot = &s->slots[s->turn % SEARCH_AHEAD];
	struct buf empty = *hits;
	enum status st = ST_OK;

	(void)pthread_mutex_lock(&s->mutex);
	if (!slot->done && slot->hits.len == 0 && s->status == ST_OK)
		wait_for_news(s);
	*hits = slot->hits;
	slot->hits = empty;
	*ret_done = slot->done;
	if (s->status != ST_OK && !slot->done) {
		st = s->status;
		if (err != NULL)
			*err = s->err;
	}
	(void)pthread_cond_broadcast(&s->room);
	(void)pthread_mutex_unlock(&s->mutex);
	return st;
}

static enum status give_all(struct search *s, struct err *err)
{
	struct buf hits;
	enum status st = ST_OK;

	buf_init(&hits, BUF_LARGE);
	for (; s->turn < s->n && st == ST_OK;) {
		size_t given = 0;
		bool done = false;

		while (st == ST_OK && !done) {
			buf_reset(&hits);
			st = take(s, &hits, &done, err);
			if (st == ST_OK)
				st = give(s, buf_view(&hits), &given, err);
			if (st == ST_OK && s->ops->at != NULL)
				s->ops->at(s->turn, s->n, s->ops->payload);
			if (st == ST_OK && s->ops->stop != NULL &&
				s->ops->stop(s->ops->payload))
				st = err_set(err, ST_STOPPED, "stopped");
		}
		if (st == ST_OK && given == 0)
			st = give_title(s, err);
		(void)pthread_mutex_lock(&s->mutex);
		s->slots[s->turn % SEARCH_AHEAD].done = false;
		s->turn++;
		if (st == ST_OK && s->status != ST_OK) {
			st = s->status;
			if (err != NULL)
				*err = s->err;
		}
		(void)pthread_cond_broadcast(&s->room);
		(void)pthread_mutex_unlock(&s->mutex);
	}
	buf_release(&hits);
	return st;
}

static enum status run(struct search *s, struct err *err)
{
	pthread_t threads[THREADS];
	struct worker workers[THREADS];
	size_t n = 0;
	size_t i;
	int rc = 0;
	enum status st = ST_OK;

	memset(workers, 0, sizeof(workers));
	while (n < THREADS && n < s->n && rc == 0) {
		workers[n].search = s;
		workers[n].seeker.vault = s->vault;
		workers[n].seeker.query = s->query;
		workers[n].seeker.stop = &s->over;
		workers[n].seeker.hit = keep_hit;
		workers[n].seeker.payload = &workers[n];
		rc = pthread_create(&threads[n], NULL, work, &workers[n]);
		n += rc == 0;
	}
	if (rc != 0 && n == 0)
		st = err_set(err, ST_FAIL, "cannot start a thread");
	else if (n > 0)
		st = give_all(s, err);
	(void)pthread_mutex_lock(&s->mutex);
	s->over = true;
	(void)pthread_cond_broadcast(&s->room);
	(void)pthread_mutex_unlock(&s->mutex);
	for (i = 0; i < n; i++) {
		(void)pthread_join(threads[i], NULL);
		scan_window_release(&workers[i].seeker.window);
	}
	return st;
}

enum status search_run(struct vault *v, struct catalog *c,
	const struct search_query *q, const struct search_ops *ops,
	struct search_report *ret, struct err *err)
{
	struct search s = {.vault = v, .query = q, .ops = ops, .report = ret};
	size_t i;
	enum status st;

	memset(ret, 0, sizeof(*ret));
	if (q->match->n == 0)
		return err_set(err, ST_USAGE, "there is nothing to look for");
	for (i = 0; i < SEARCH_AHEAD; i++)
		buf_init(&s.slots[i].hits, BUF_LARGE);
	(void)pthread_mutex_init(&s.mutex, NULL);
	(void)pthread_cond_init(&s.room, NULL);
	(void)pthread_cond_init(&s.news, NULL);
	st = catalog_list(c, &s.list, &s.n, err);
	if (st == ST_OK)
		st = list_files(&s, err);
	if (st == ST_OK)
		st = run(&s, err);
	for (i = 0; i < SEARCH_AHEAD; i++)
		buf_release(&s.slots[i].hits);
	(void)pthread_cond_destroy(&s.news);
	(void)pthread_cond_destroy(&s.room);
	(void)pthread_mutex_destroy(&s.mutex);
	free(s.files);
	return st;
}
