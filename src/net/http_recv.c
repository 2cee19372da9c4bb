#include "net/http_xfer.h"

#include "base/clock.h"

/* Bytes after which other transfers get their turn: a stream that comes faster
 * than we read would keep libcurl busy for megabytes. */
#define STEP_BYTES ((size_t)128 * 1024)

void http_fail_xfer(
	struct http_xfer *x, enum http_fault fault, enum status status)
{
	if (x->own_fault != HTTP_FAULT_NONE)
		return;
	x->own_fault = fault;
	x->own_status = status;
}

int http_on_ready(void *payload, char *remote, char *local, int remote_port,
	int local_port)
{
	struct http_xfer *x = payload;

	(void)remote;
	(void)local;
	(void)remote_port;
	(void)local_port;
	x->attempts++;
	x->phase = HTTP_WAITING;
	x->since_ms = clock_mono_ms();
	return x->dead ? CURL_PREREQFUNC_ABORT : CURL_PREREQFUNC_OK;
}

static void deliver_head(struct http_xfer *x)
{
	struct span name;
	struct span value;
	size_t pos = 0;

	if (x->drain)
		return;
	if (x->ops->head != NULL)
		x->ops->head(x->head.status,
			head_find(&x->head, "content-type"), x->payload);
	while (!x->dead && !x->drain && x->ops->header != NULL &&
		head_next(&x->head, &pos, &name, &value))
		x->ops->header(name, value, x->payload);
}

bool http_take_header(struct http_xfer *x, struct span line)
{
	if (x->dead)
		return false;
	if (!x->drain)
		x->since_ms = clock_mono_ms();
	switch (head_line(&x->head, line)) {
	case HEAD_MORE: break;
	case HEAD_COMPLETE:
		x->got_data = true;
		http_tape_head(x);
		deliver_head(x);
		break;
	case HEAD_TOO_LARGE:
		http_fail_xfer(x, HTTP_FAULT_PROTOCOL,
			err_set(&x->own_err, ST_NET,
				"%s sent more than %zu KiB of headers; is it "
				"the right server?",
				x->where, HTTP_HEADERS_MAX / 1024));
		return false;
	case HEAD_NOMEM:
		http_fail_xfer(
			x, HTTP_FAULT_REFUSED_HERE, err_nomem(&x->own_err));
		return false;
	}
	return !x->dead;
}

size_t http_on_header(char *p, size_t size, size_t n, void *payload)
{
	return http_take_header(payload, span_of(p, size * n)) ? size * n : 0;
}

void http_set_paused(struct http_xfer *x, bool paused)
{
	x->paused = paused;
	if (!x->drain)
		x->since_ms = clock_mono_ms();
	if (x->offline)
		return;
	(void)curl_easy_pause(
		x->easy, paused ? CURLPAUSE_RECV : CURLPAUSE_CONT);
}

bool http_take_body(struct http_xfer *x, struct span bytes)
{
	enum status st;

	if (x->dead)
		return false;
	if (bytes.n == 0)
		return true;
	/* Unless the owner asked for it, the pause lasts until the next
	 * step. */
	http_tape_body(x, bytes);
	x->step_bytes += bytes.n;
	if (x->step_bytes >= STEP_BYTES && !x->paused)
		http_set_paused(x, true);
	if (x->drain)
		return true;
	x->phase = HTTP_ANSWERING;
	x->since_ms = clock_mono_ms();
	x->got_data = true;
	x->body_bytes += bytes.n;
	if (x->ops->body == NULL)
		return true;
	st = x->ops->body(bytes, x->payload, &x->own_err);
	if (st != ST_OK)
		http_fail_xfer(x, HTTP_FAULT_REFUSED_HERE, st);
	if (x->dead || x->own_fault != HTTP_FAULT_NONE)
		return false;
	/* At once, since libcurl may have megabytes to read before its turn
	 * ends. */
	if (x->want_pause && !x->paused)
		http_set_paused(x, true);
	return true;
}

size_t http_on_body(char *p, size_t size, size_t n, void *payload)
{
	return http_take_body(payload, span_of(p, size * n)) ? size * n : 0;
}
