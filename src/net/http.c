#include "net/http.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "net/http_xfer.h"

enum status http_new(struct http **ret, struct err *err)
{
	struct http *h = calloc(1, sizeof(*h));

	if (h == NULL)
		return err_nomem(err);
	h->due_ms = -1;
	h->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (h->epoll_fd < 0) {
		free(h);
		return err_sys(err, ST_IO, "cannot watch the network");
	}
	*ret = h;
	return ST_OK;
}

static void link_xfer(struct http *h, struct http_xfer *x)
{
	x->next = h->first;
	if (h->first != NULL)
		h->first->prev = x;
	h->first = x;
	h->n_xfers++;
}

static void free_xfer(struct http_xfer *x)
{
	struct http *h = x->h;

	http_tape_end(x, NULL);
	if (x->phase != HTTP_QUEUED && !x->offline)
		(void)curl_multi_remove_handle(h->multi, x->easy);
	if (x->prev != NULL)
		x->prev->next = x->next;
	else
		h->first = x->next;
	if (x->next != NULL)
		x->next->prev = x->prev;
	h->n_xfers--;
	http_teardown(x);
	free(x);
}

void http_free(struct http *h)
{
	if (h == NULL)
		return;
	while (h->first != NULL)
		free_xfer(h->first);
	http_lines_release(&h->lines);
	http_multi_end(h);
	(void)close(h->epoll_fd);
	tape_free(h->tape);
	free(h);
}

void http_set_tape(struct http *h, struct tape *tape)
{
	h->tape = tape;
}

int http_fd(const struct http *h)
{
	return h->epoll_fd;
}

enum status http_start(struct http *h, const struct http_request *req,
	const struct http_ops *ops, void *payload, struct http_xfer **ret,
	struct err *err)
{
	struct tape *tape = req->off_record ? NULL : h->tape;
	bool offline = tape != NULL && tape_plays(tape);
	struct http_xfer *x;
	enum status st = ST_OK;

	if (h->n_xfers >= HTTP_XFERS_MAX)
		return err_set(err, ST_BUSY, "more than %d requests at once",
			HTTP_XFERS_MAX);
	if (!offline)
		st = http_multi_start(h, err);
	if (st != ST_OK)
		return st;
	x = calloc(1, sizeof(*x));
	if (x == NULL)
		return err_nomem(err);
	x->h = h;
	x->ops = ops;
	x->payload = payload;
	x->offline = offline;
	head_init(&x->head, HTTP_HEADERS_MAX);
	buf_init(&x->note, BUF_SMALL);
	st = http_setup(x, req, err);
	if (st == ST_OK && tape != NULL)
		st = http_tape_begin(x, req, tape, err);
	if (st != ST_OK) {
		http_teardown(x);
		free(x);
		return st;
	}
	link_xfer(h, x);
	*ret = x;
	return ST_OK;
}

void http_cancel(struct http_xfer *x)
{
	if (x == NULL || x->dead)
		return;
	x->dead = true;
	if (!x->h->stepping)
		free_xfer(x);
}

void http_drain(struct http_xfer *x)
{
	curl_off_t sent = 0;

	if (x == NULL || x->dead)
		return;
	if (x->offline) {
		http_cancel(x);
		return;
	}
	/* The body was borrowed and cannot be read any more. */
	(void)curl_easy_getinfo(x->easy, CURLINFO_SIZE_UPLOAD_T, &sent);
	if (x->phase != HTTP_ANSWERING || sent < (curl_off_t)x->body.n) {
		http_cancel(x);
		return;
	}
	x->drain = true;
	x->want_pause = false;
	x->since_ms = clock_mono_ms();
}

void http_pause(struct http_xfer *x)
{
	if (x != NULL)
		x->want_pause = true;
}

void http_resume(struct http_xfer *x)
{
	if (x != NULL)
		x->want_pause = false;
}

/* Calls done; the sweep frees the transfer. */
static void finish(struct http_xfer *x, CURLcode code)
{
	struct http_result r;

	if (x->dead)
		return;
	x->dead = true;
	if (x->drain || x->ops->done == NULL)
		return;
	http_fill_result(x, code, &r);
	http_tape_end(x, &r);
	if (log_on())
		log_debug("http: %s ended, status %d, %llu bytes, %s", x->where,
			r.http_status, (unsigned long long)r.body_bytes,
			status_name(r.status));
	x->ops->done(&r, x->payload);
}

static enum status add_queued(struct http *h, struct err *err)
{
	struct http_xfer *x;

	for (x = h->first; x != NULL; x = x->next) {
		if (x->phase != HTTP_QUEUED || x->dead)
			continue;
		if (!x->offline &&
			curl_multi_add_handle(h->multi, x->easy) != CURLM_OK)
			return err_nomem(err);
		x->phase = HTTP_CONNECTING;
		x->began_us = clock_mono_us();
	}
	return ST_OK;
}

static void begin_step(struct http *h)
{
	struct http_xfer *x;

	for (x = h->first; x != NULL; x = x->next) {
		x->step_bytes = 0;
		if (!x->dead && x->phase != HTTP_QUEUED &&
			x->want_pause != x->paused)
			http_set_paused(x, x->want_pause);
	}
}

/* Plays one part of each recorded answer that is due. */
static void play_all(struct http *h)
{
	int64_t now_ms = clock_mono_ms();
	struct http_xfer *x;

	for (x = h->first; x != NULL; x = x->next) {
		int64_t due;

		if (!x->offline || x->dead || x->phase == HTTP_QUEUED)
			continue;
		due = http_play_due_ms(x);
		if (due >= 0 && due <= now_ms)
			x->play_over = http_play_step(x);
	}
}

/* Ends recorded answers, behind the flush of what came before. */
static void end_played(struct http *h)
{
	struct http_xfer *x;

	for (x = h->first; x != NULL; x = x->next)
		if (x->play_over && !x->dead)
			finish(x, CURLE_OK);
}

static void flush_all(struct http *h)
{
	struct http_xfer *x;
	enum status st;

	for (x = h->first; x != NULL; x = x->next) {
		if (!x->got_data || x->dead || x->drain)
			continue;
		x->got_data = false;
		if (x->ops->flush == NULL)
			continue;
		st = x->ops->flush(x->payload, &x->own_err);
		if (st == ST_OK || x->own_fault != HTTP_FAULT_NONE)
			continue;
		http_fail_xfer(x, HTTP_FAULT_REFUSED_HERE, st);
		finish(x, CURLE_OK);
	}
}

static void reap(struct http *h)
{
	const CURLMsg *msg;
	struct http_xfer *x = NULL;
	int left;

	for (msg = curl_multi_info_read(h->multi, &left); msg != NULL;
		msg = curl_multi_info_read(h->multi, &left)) {
		if (msg->msg != CURLMSG_DONE)
			continue;
		if (curl_easy_getinfo(msg->easy_handle, CURLINFO_PRIVATE, &x) ==
			CURLE_OK)
			finish(x, msg->data.result);
	}
}

/* When a transfer runs out of time; -1: never. libcurl watches the time to
 * connect itself, since it divides it among a host's addresses. */
static int64_t deadline_of(const struct http_xfer *x)
{
	int64_t limit = -1;

	if (x->dead || x->offline || x->phase == HTTP_QUEUED ||
		x->phase == HTTP_CONNECTING)
		return -1;
	if (x->drain)
		limit = HTTP_DRAIN_MS;
	else if (x->paused)
		return -1;
	else
		limit = x->phase == HTTP_WAITING ? x->first_byte_ms
						 : x->idle_ms;
	return limit < 0 || limit > INT64_MAX - x->since_ms
		? -1
		: x->since_ms + limit;
}

/* Whether the request is still being sent, as many megabytes are on a slow
 * line. */
static bool still_sending(struct http_xfer *x)
{
	curl_off_t sent = 0;

	if (x->phase != HTTP_WAITING)
		return false;
	(void)curl_easy_getinfo(x->easy, CURLINFO_SIZE_UPLOAD_T, &sent);
	if (sent == x->uploaded || x->uploaded >= (curl_off_t)x->body.n)
		return false;
	x->uploaded = sent;
	x->since_ms = clock_mono_ms();
	return true;
}

static void check_deadlines(struct http *h)
{
	int64_t now_ms = clock_mono_ms();
	struct http_xfer *x;
	int64_t deadline;

	for (x = h->first; x != NULL; x = x->next) {
		deadline = deadline_of(x);
		if (deadline < 0 || deadline > now_ms || still_sending(x))
			continue;
		x->own_fault = x->phase == HTTP_WAITING
			? HTTP_FAULT_FIRST_BYTE_TIMEOUT
			: HTTP_FAULT_IDLE_TIMEOUT;
		finish(x, CURLE_OPERATION_TIMEDOUT);
	}
}

static void sweep(struct http *h)
{
	struct http_xfer *x = h->first;
	struct http_xfer *next;

	for (; x != NULL; x = next) {
		next = x->next;
		if (x->dead)
			free_xfer(x);
	}
}

enum status http_step(struct http *h, struct err *err)
{
	CURLMcode rc = CURLM_OK;
	enum status st;

	if (h->first == NULL && h->multi == NULL)
		return ST_OK;
	h->stepping = true;
	st = add_queued(h, err);
	begin_step(h);
	if (h->multi != NULL)
		rc = http_multi_turn(h);
	play_all(h);
	flush_all(h);
	if (h->multi != NULL)
		reap(h);
	end_played(h);
	check_deadlines(h);
	sweep(h);
	h->stepping = false;
	if (st == ST_OK && rc != CURLM_OK)
		return err_set(
			err, ST_FAIL, "libcurl: %s", curl_multi_strerror(rc));
	return st;
}

int http_timeout_ms(const struct http *h)
{
	int64_t now_ms = clock_mono_ms();
	int64_t due = h->due_ms;
	const struct http_xfer *x;

	for (x = h->first; x != NULL; x = x->next) {
		int64_t deadline = x->offline ? http_play_due_ms(x)
					      : deadline_of(x);

		if (x->phase == HTTP_QUEUED || x->want_pause != x->paused)
			return 0;
		if (deadline >= 0 && (due < 0 || deadline < due))
			due = deadline;
	}
	if (due < 0)
		return -1;
	if (due <= now_ms)
		return 0;
	return due - now_ms > INT_MAX ? INT_MAX : (int)(due - now_ms);
}
