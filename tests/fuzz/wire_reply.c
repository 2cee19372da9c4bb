/*
 * Replies: the events do not depend on how the bytes are cut, texts are whole
 * characters, and there is exactly one last event. The first two bytes of the
 * input say the kind of response, its end and the cut.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "wire/json.h"
#include "wire/reply.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct log {
	struct buf text;
	int last; /* events that end a reply */
};

static void need(bool ok)
{
	if (!ok)
		abort();
}

static enum status on_event(
	const struct event *ev, void *payload, struct err *err)
{
	struct log *log = payload;
	const struct failure *f = ev->failure;

	(void)err;
	need(log->last == 0);
	need(utf8_valid(ev->text) && utf8_valid(ev->name) &&
		utf8_valid(ev->model) && utf8_valid(ev->id) &&
		utf8_valid(ev->finish));
	if (ev->type == EVENT_TEXT || ev->type == EVENT_REASONING)
		need(ev->text.n > 0);
	if (ev->type == EVENT_DONE || ev->type == EVENT_FAILED)
		log->last++;
	buf_fmt(&log->text, "%d %d ", (int)ev->type, (int)ev->outcome);
	json_put_string(&log->text, ev->text);
	json_put_string(&log->text, ev->name);
	json_put_string(&log->text, ev->model);
	json_put_string(&log->text, ev->id);
	json_put_string(&log->text, ev->finish);
	if (ev->usage != NULL)
		buf_fmt(&log->text, "%lld", (long long)ev->usage->prompt);
	if (f != NULL) {
		need(f->status != ST_OK && f->text.n > 0);
		need(utf8_valid(f->code) && utf8_valid(f->field));
		buf_fmt(&log->text, "%d %d %d %lld", (int)f->status, f->http,
			f->retry, (long long)f->window);
	}
	buf_char(&log->text, '\n');
	return ST_OK;
}

static const int statuses[] = {200, 200, 200, 400, 302, 404, 500, 0};
static const char *const types[] = {
	"text/event-stream", "application/json", "text/html", ""};

static void feed(const uint8_t *data, size_t size, unsigned kind, size_t step,
	struct log *log)
{
	static const struct reply_limits limits = {512, 128, 1024};
	struct reply r;
	size_t i;

	buf_init(&log->text, BUF_LARGE);
	log->last = 0;
	reply_init(&r, &limits, on_event, log);
	if (statuses[kind % 8] != 0)
		reply_head(
			&r, statuses[kind % 8], span_str(types[kind / 8 % 4]));
	reply_header(&r, span_str("location"), span_of(data, size / 2));
	for (i = 0; i < size; i += step) {
		size_t n = size - i < step ? size - i : step;
		uint8_t *copy = malloc(n);

		need(copy != NULL);
		memcpy(copy, data + i, n);
		need(reply_feed(&r, span_of(copy, n), NULL) == ST_OK);
		free(copy);
	}
	need(reply_finish(&r, (enum reply_end)(kind / 32 % 3), "reset", NULL) ==
		ST_OK);
	need(log->last == 1 && !log->text.bad);
	reply_release(&r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct log whole;
	struct log cut;

	if (size < 2)
		return 0;
	feed(data + 2, size - 2, data[0], size, &whole);
	feed(data + 2, size - 2, data[0], 1 + data[1] % 32u, &cut);
	need(span_eq(buf_view(&whole.text), buf_view(&cut.text)));
	buf_release(&whole.text);
	buf_release(&cut.text);
	return 0;
}
