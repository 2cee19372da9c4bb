#include "wire/fail.h"

#include <string.h>

#include "base/utf8.h"
#include "wire/fail_rules.h"
#include "wire/fail_text.h"
#include "wire/scan.h"
#include "wire/sse.h"
#include "wire/url.h"

/* Bytes of a body's strings in which patterns are looked for. */
#define HAY_MAX ((size_t)64 * 1024)

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

void fail_init(struct fail *x)
{
	memset(x, 0, sizeof(*x));
	x->f.retry_after_ms = -1;
	buf_init(&x->text, FAIL_TEXT_MAX);
	buf_init(&x->code, FAIL_TEXT_MAX);
	buf_init(&x->field, FAIL_TEXT_MAX);
}

void fail_release(struct fail *x)
{
	buf_release(&x->text);
	buf_release(&x->code);
	buf_release(&x->field);
	fail_init(x);
}

static void reset(struct fail *x, int http)
{
	int64_t after = x->f.retry_after_ms;

	memset(&x->f, 0, sizeof(x->f));
	x->f.retry_after_ms = after;
	x->f.http = http;
	buf_reset(&x->text);
	buf_reset(&x->code);
	buf_reset(&x->field);
}

static enum status close_spans(struct fail *x, struct err *err)
{
	if (x->text.bad || x->code.bad || x->field.bad)
		return err_nomem(err);
	x->f.text = buf_view(&x->text);
	x->f.code = buf_view(&x->code);
	x->f.field = buf_view(&x->field);
	return ST_OK;
}

/* Appends a sentence of any length to a buf of limited length. */
static void put_cut(struct buf *out, struct span s)
{
	buf_add(out, s.p, utf8_floor(s, out->max - out->len));
}

enum status fail_set(struct fail *x, enum status status, int http, bool retry,
	const char *text, struct err *err)
{
	reset(x, http);
	x->f.status = status;
	x->f.retry = retry;
	put_cut(&x->text, span_str(text));
	return close_spans(x, err);
}

/* A body as text, as JSON if it is any, and as the text that patterns are
 * looked for in. */
struct body {
	struct buf text; /* valid UTF-8 */
	struct json *json;
	struct buf hay;
	bool page;
};

static enum status first_data(
	const struct sse_event *ev, void *payload, struct err *err)
{
	struct buf *out = payload;

	(void)err;
	if (ev->comment || out->len > 0)
		return ST_OK;
	buf_span(out, ev->error.n > 0 ? ev->error : ev->data);
	return ST_OK;
}

/* Unwraps a refusal that comes as a stream of one event. */
static void unwrap_stream(struct buf *text)
{
	struct span s = span_trim(buf_view(text));
	struct buf data;
	struct sse sse;

	if (!span_starts(s, "data:") && !span_starts(s, "event:") &&
		!span_starts(s, ":") && !span_starts(s, "error:"))
		return;
	buf_init(&data, FAIL_BODY_MAX * 3);
	sse_init(&sse, 0, first_data, &data);
	if (sse_feed(&sse, s.p, s.n, NULL) == ST_OK)
		(void)sse_finish(&sse, NULL);
	if (data.len > 0)
		buf_set(text, buf_view(&data));
	sse_release(&sse);
	buf_release(&data);
}

static enum status body_open(struct body *b, struct span raw, struct err *err)
{
	struct span s;

	memset(b, 0, sizeof(*b));
	if (raw.n > FAIL_BODY_MAX)
		raw.n = FAIL_BODY_MAX;
	/* A bad byte becomes three. */
	buf_init(&b->text, FAIL_BODY_MAX * 3);
	buf_init(&b->hay, FAIL_BODY_MAX * 4);
	scan_repair(raw, &b->text);
	unwrap_stream(&b->text);
	s = span_trim(buf_view(&b->text));
	b->page = s.n > 0 && s.p[0] == '<';
	if (json_parse(s, &b->json, NULL) == ST_NOMEM)
		return err_nomem(err);
	if (b->json != NULL)
		fail_hay(b->json, &b->hay);
	else if (!b->page)
		fail_lower(s, &b->hay);
	buf_truncate(&b->hay, HAY_MAX);
	return b->text.bad || b->hay.bad ? err_nomem(err) : ST_OK;
}

static void body_close(struct body *b)
{
	json_free(b->json);
	buf_release(&b->text);
	buf_release(&b->hay);
}

static void body_sentence(
	const struct body *b, struct buf *text, struct buf *code)
{
	struct buf long_text;
	struct buf long_code;

	buf_init(&long_text, FAIL_BODY_MAX * 3);
	buf_init(&long_code, FAIL_BODY_MAX * 3);
	if (b->json != NULL)
		fail_json(b->json, &long_text, &long_code);
	else if (b->page)
		fail_page(buf_view(&b->text), &long_text);
	else
		fail_plain(buf_view(&b->text), &long_text);
	if (long_text.bad || long_code.bad)
		text->bad = true;
	put_cut(text, span_trim(buf_view(&long_text)));
	put_cut(code, span_trim(buf_view(&long_code)));
	buf_release(&long_text);
	buf_release(&long_code);
}

/* Where a body repeats its status. */
static const char *const status_paths[] = {
	"status_code",
	"error.code",
	"error.status",
	"error.status_code",
	"code",
	"status",
};

/* The status that counts: the response's own unless it is a success, else that
 * which the error names, else 0. */
static int real_status(int http, const struct json *root)
{
	size_t i;

	if (http >= 300)
		return http;
	if (json_type(root) == JSON_ARRAY)
		root = json_first(root);
	for (i = 0; i < COUNT(status_paths); i++) {
		const struct json *j = fail_at(root, status_paths[i]);
		struct span s;
		long long word;
		int64_t v;

		if (json_str(j, &s) && span_int(s, 400, 599, &word))
			return (int)word;
		if (json_int(j, &v) && v >= 400 && v <= 599)
			return (int)v;
	}
	return 0;
}

/* Reads the numbers that llama.cpp adds to its sentence. */
static void read_numbers(struct failure *f, const struct json *root)
{
	int64_t v;

	if (json_type(root) == JSON_ARRAY)
		root = json_first(root);
	if (json_int(fail_at(root, "error.n_ctx"), &v) && v > 0)
		f->window = v;
	if (json_int(fail_at(root, "error.n_prompt_tokens"), &v) && v > 0)
		f->prompt_tokens = v;
}

static void read_field(struct fail *x, const struct json *root, struct span hay)
{
	struct span param = json_get_str(json_get(root, "error"), "param");
	const char *name = fail_refused_field(param, hay);

	if (name != NULL)
		buf_str(&x->field, name);
}

static enum status read_redirect(
	struct fail *x, const struct fail_source *from, struct err *err)
{
	struct url url;

	x->f.status = ST_CONFIG;
	if (from->location.n == 0) {
		buf_str(&x->text, "redirects, but does not say where to");
	} else if (url_parse(from->location, &url, NULL) == ST_OK) {
		buf_str(&x->text, "redirects to ");
		url_origin(&url, &x->text);
		buf_str(&x->text, "; set the endpoint to it");
	} else {
		struct buf clean;

		buf_init(&clean, BUF_SMALL * 3);
		scan_repair(span_of(from->location.p,
				    from->location.n < 200 ? from->location.n
							   : 200),
			&clean);
		buf_str(&x->text, "redirects to ");
		put_cut(&x->text, buf_view(&clean));
		put_cut(&x->text, span_str("; set the endpoint to it"));
		buf_release(&clean);
	}
	return close_spans(x, err);
}

static void finish_text(struct fail *x, const struct fail_source *from)
{
	if (x->code.len == 0) {
		/* "ThrottlingException:http://..." */
		struct span type = from->error_type;

		type = span_cut(&type, ':');
		scan_repair(
			span_of(type.p, type.n < 200 ? type.n : 200), &x->code);
	}
	if (x->text.len > 0)
		return;
	if (x->code.len > 0)
		put_cut(&x->text, buf_view(&x->code));
	else
		buf_str(&x->text, "no reason was given");
}

enum status fail_read(
	struct fail *x, const struct fail_source *from, struct err *err)
{
	struct body b;
	struct span hay;
	enum status st;
	int http;

	reset(x, from->http);
	if (from->http >= 300 && from->http < 400)
		return read_redirect(x, from, err);
	st = body_open(&b, from->body, err);
	if (st != ST_OK)
		goto out;
	http = real_status(from->http, b.json);
	if (http != 0)
		x->f.http = http;
	hay = buf_view(&b.hay);
	fail_rules(&x->f, http, hay, span_trim(buf_view(&b.text)).n == 0);
	if (x->f.status == ST_WINDOW)
		read_numbers(&x->f, b.json);
	if (x->f.status == ST_SERVER &&
		(http == 0 || http == 400 || http == 422))
		read_field(x, b.json, hay);
	if (b.page && from->http < 300)
		buf_str(&x->text, "a web page came instead of an answer: ");
	body_sentence(&b, &x->text, &x->code);
	finish_text(x, from);
	st = close_spans(x, err);
out:
	body_close(&b);
	return st;
}

bool failure_is_loading(const struct failure *f)
{
	struct buf low;
	bool is;

	if (f->http != 503)
		return false;
	buf_init(&low, FAIL_TEXT_MAX);
	fail_lower(f->text, &low);
	is = fail_match(buf_view(&low), "loading", NULL);
	buf_release(&low);
	return is;
}
