#include "tool/fetch.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"

static void on_head(int status, struct span type, void *payload)
{
	struct fetched *f = payload;

	f->out_of_order += f->heads > 0 || f->bodies > 0 || f->done || f->over;
	f->heads++;
	f->status = status;
	(void)snprintf(f->type, sizeof(f->type), "%.*s",
		(int)(type.n > 100 ? 100 : type.n),
		type.p != NULL ? type.p : "");
}

static void on_header(struct span name, struct span value, void *payload)
{
	struct fetched *f = payload;

	f->out_of_order += f->heads != 1 || f->bodies > 0 || f->done || f->over;
	buf_span(&f->headers, name);
	buf_str(&f->headers, ": ");
	buf_span(&f->headers, value);
	buf_char(&f->headers, '\n');
}

static bool reached(const struct fetched *f, size_t mark)
{
	return mark > 0 && f->body.len >= mark;
}

static enum status on_body(struct span bytes, void *payload, struct err *err)
{
	struct fetched *f = payload;

	f->out_of_order += f->heads != 1 || f->done || f->over || bytes.n == 0;
	f->bodies++;
	f->unflushed++;
	buf_span(&f->body, bytes);
	if (reached(f, f->cancel_at)) {
		f->over = true;
		http_cancel(f->x);
	} else if (reached(f, f->drain_at)) {
		f->over = true;
		http_drain(f->x);
	} else if (reached(f, f->pause_at)) {
		http_pause(f->x);
		f->pause_at = 0;
	} else if (reached(f, f->fail_at)) {
		return err_set(err, ST_DAMAGED, "enough");
	}
	return ST_OK;
}

static enum status on_flush(void *payload, struct err *err)
{
	struct fetched *f = payload;

	f->out_of_order += f->heads != 1 || f->done || f->over;
	f->flushes++;
	f->unflushed = 0;
	if (f->body.len - f->flushed_to > f->largest)
		f->largest = f->body.len - f->flushed_to;
	f->flushed_to = f->body.len;
	if (f->fail_flush)
		return err_set(err, ST_IO, "disk full");
	return ST_OK;
}

static void on_done(const struct http_result *result, void *payload)
{
	struct fetched *f = payload;

	f->out_of_order += f->done > 0 || f->over;
	f->out_of_order += f->unflushed > 0 && result->status == ST_OK;
	f->done++;
	f->result = *result;
	f->x = NULL;
}

const struct http_ops fetch_ops = {
	.head = on_head,
	.header = on_header,
	.body = on_body,
	.flush = on_flush,
	.done = on_done,
};

void fetch_init(struct fetched *f)
{
	memset(f, 0, sizeof(*f));
	buf_init(&f->headers, BUF_LARGE);
	buf_init(&f->body, BUF_LARGE);
}

void fetch_release(struct fetched *f)
{
	buf_release(&f->headers);
	buf_release(&f->body);
}

int fetch_drive(struct http *h, const struct fetched *f, int ms)
{
	int64_t end_ms = clock_mono_ms() + ms;
	int steps = 0;

	while (!f->done && clock_mono_ms() < end_ms) {
		struct pollfd fd = {http_fd(h), POLLIN, 0};
		int64_t left_ms = end_ms - clock_mono_ms();
		int wait_ms = http_timeout_ms(h);

		if (wait_ms < 0 || wait_ms > left_ms)
			wait_ms = left_ms > 0 ? (int)left_ms : 0;
		(void)poll(&fd, 1, wait_ms);
		if (http_step(h, NULL) != ST_OK)
			break;
		steps++;
	}
	return steps;
}

void fetch(struct http *h, const struct http_request *req, struct fetched *f)
{
	fetch_init(f);
	f->result.status = http_start(
		h, req, &fetch_ops, f, &f->x, &f->result.err);
	if (f->result.status == ST_OK)
		(void)fetch_drive(h, f, FETCH_MS);
}
