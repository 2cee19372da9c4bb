#include "net/http_xfer.h"

#include "base/clock.h"

/* A stream that comes faster than we read would keep libcurl busy for
 * megabytes; after so many bytes everybody else gets a turn. */
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

size_t http_on_header(char *p, size_t size, size_t n, void *payload)
{
	struct http_xfer *x = payload;

	n *= size;
	if (x->dead)
		return 0;
	if (!x->drain)
		x->since_ms = clock_mono_ms();
	switch (head_line(&x->head, span_of(p, n))) {
	case HEAD_MORE: break;
	case HEAD_COMPLETE:
		x->got_data = true;
		deliver_head(x);
		break;
	case HEAD_TOO_LARGE:
		http_fail_xfer(x, HTTP_FAULT_PROTOCOL,
			err_set(&x->own_err, ST_NET,
				"%s sent more than %zu KiB of headers; is it "
				"the right server?",
				x->where, HTTP_HEADERS_MAX / 1024));
		return 0;
	case HEAD_NOMEM:
		http_fail_xfer(
			x, HTTP_FAULT_REFUSED_HERE, err_nomem(&x->own_err));
		return 0;
	}
	return x->dead ? 0 : n;
}

void http_set_paused(struct http_xfer *x, bool paused)
{
	x->paused = paused;
	if (!x->drain)
		x->since_ms = clock_mono_ms();
	(void)curl_easy_pause(
		x->easy, paused ? CURLPAUSE_RECV : CURLPAUSE_CONT);
}

size_t http_on_body(char *p, size_t size, size_t n, void *payload)
{
	struct http_xfer *x = payload;
	enum status st;

	n *= size;
	if (x->dead)
		return 0;
	if (n == 0)
		return n;
	/* Without the owner's wish it lasts until the next step. */
	x->step_bytes += n;
	if (x->step_bytes >= STEP_BYTES && !x->paused)
		http_set_paused(x, true);
	if (x->drain)
		return n;
	x->phase = HTTP_ANSWERING;
	x->since_ms = clock_mono_ms();
	x->got_data = true;
	x->body_bytes += n;
	if (x->ops->body == NULL)
		return n;
	st = x->ops->body(span_of(p, n), x->payload, &x->own_err);
	if (st != ST_OK)
		http_fail_xfer(x, HTTP_FAULT_REFUSED_HERE, st);
	if (x->dead || st != ST_OK)
		return 0;
	/* Now, as libcurl may have megabytes to read before its turn ends. */
	if (x->want_pause && !x->paused)
		http_set_paused(x, true);
	return n;
}
