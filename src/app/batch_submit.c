/* Sends a file of prompts to the endpoint's own Batch API. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "app/batch_lines.h"
#include "app/batch_provider_priv.h"
#include "base/file.h"
#include "engine/session.h"
#include "serve/query.h"
#include "store/box.h"

/* Bytes of a file that providers take. */
#define UPLOAD_MAX ((size_t)200 * 1024 * 1024)

/* Translates a line of our own form into theirs. */
static enum status put_own(
	struct provider *p, struct query *q, struct buf *out, struct err *err)
{
	struct session_options o = {
		.http = p->app->http, .known = &p->app->known};
	struct json_writer w = {.out = out};
	struct session *s = NULL;
	struct agent a;
	struct buf body;
	size_t i;
	enum status st = query_apply(q, &p->agent->agent, &a, err);

	buf_init(&body, 2 * BUF_LARGE);
	a.whole = true;
	if (q->model.len > 0)
		a.model = q->model.p;
	if (st == ST_OK)
		st = session_new(&s, &o, err);
	if (st == ST_OK && q->system.len > 0)
		st = session_set_system(s, buf_view(&q->system), err);
	for (i = 0; i + 1 < q->n && st == ST_OK; i++) {
		struct msg *m = q->msgs[i];

		q->msgs[i] = NULL;
		st = session_preload(s, m, err);
	}
	if (st == ST_OK)
		st = session_request(s, q->msgs[q->n - 1], &a, &body, err);
	if (st == ST_OK) {
		json_open(&w, '{');
		json_key(&w, "custom_id");
		json_add_string(&w, buf_view(&q->id));
		json_key(&w, "method");
		json_add_string(&w, span_str("POST"));
		json_key(&w, "url");
		json_add_string(&w, span_str("/v1/chat/completions"));
		json_key(&w, "body");
		json_add_raw(&w, buf_view(&body));
		json_close(&w, '}');
		buf_char(out, '\n');
	}
	session_free(s);
	buf_release(&body);
	return st;
}

/* A line in their form goes as it is: whoever runs the model knows what it may
 * be asked. */
static enum status put_theirs(const struct json *root, struct span line,
	struct query *q, struct buf *out, struct err *err)
{
	struct span id = json_get_str(root, "custom_id");

	if (id.n == 0 || id.n > QUERY_ID_MAX)
		return err_set(err, ST_USAGE,
			"\"custom_id\" is a text of 1 to %zu bytes",
			QUERY_ID_MAX);
	if (json_type(json_get(root, "body")) != JSON_OBJECT)
		return err_set(err, ST_USAGE, "\"body\" is an object");
	buf_set(&q->id, id);
	buf_span(out, span_trim(line));
	buf_char(out, '\n');
	return ST_OK;
}

static enum status put_line(struct provider *p, struct span line,
	uint64_t number, struct buf *out, struct err *err)
{
	struct json *root = NULL;
	struct query q;
	struct id id;
	bool fresh = true;
	enum status st = json_parse(line, &root, err);

	query_init(&q);
	if (st == ST_OK && json_get(root, "custom_id") != NULL) {
		st = put_theirs(root, line, &q, out, err);
	} else if (st == ST_OK) {
		st = query_read_line(&q, line, err);
		if (q.id.len == 0)
			buf_fmt(&q.id, "%llu", (unsigned long long)number);
		if (st == ST_OK)
			st = put_own(p, &q, out, err);
	}
	if (st == ST_OK) {
		id = batch_id(buf_view(&q.id), 0);
		st = batch_ids_add(&p->seen, &id, &fresh, err);
	}
	if (st == ST_OK && !fresh)
		st = err_set(err, ST_USAGE,
			"the id \"%.*s\" is that of an earlier line",
			(int)(q.id.len < 64 ? q.id.len : 64), q.id.p);
	json_free(root);
	query_release(&q);
	p->lines++;
	return st;
}

/* Converts all lines. The first bad one ends it, since they all go as one
 * file. */
static enum status put_lines(struct provider *p, int fd, const char *name,
	struct buf *out, struct err *err)
{
	struct batch_lines l;
	struct span line;
	enum batch_line what;
	enum status st = ST_OK;

	batch_lines_init(&l, fd, name);
	while (st == ST_OK &&
		(what = batch_lines_next(&l, &line)) != BATCH_LINE_END) {
		if (what == BATCH_LINE_MORE)
			st = batch_lines_fill(&l, err);
		else if (what == BATCH_LINE_LONG)
			st = err_set(err, ST_USAGE, "the line is too long");
		else if (span_trim(line).n > 0)
			st = put_line(p, line, l.number, out, err);
		if (st != ST_OK && what != BATCH_LINE_MORE) {
			err_prefix(err, "%s:%llu", name,
				(unsigned long long)l.number);
			err->code = st = ST_USAGE;
		}
		if (out->bad)
			st = err_set(err, ST_USAGE,
				"%s is larger than %zu MiB; cut it into "
				"several",
				name, UPLOAD_MAX / 1024 / 1024);
	}
	batch_lines_release(&l);
	if (st == ST_OK && p->lines == 0)
		st = err_set(err, ST_USAGE, "there is nothing in %s", name);
	return st;
}

static enum status read_file(
	struct provider *p, struct buf *out, struct err *err)
{
	const char *path = p->app->args.words.v[0];
	bool in = strcmp(path, "-") == 0;
	int fd = in ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	enum status st;

	if (fd < 0)
		return err_sys(err, ST_USAGE, "cannot read \"%s\"", path);
	st = put_lines(p, fd, in ? "stdin" : path, out, err);
	if (!in)
		(void)close(fd);
	return st;
}

static enum status upload(struct provider *p, struct buf *ret, struct err *err)
{
	struct rest_options o = {.path = "/files"};
	struct json *answer = NULL;
	struct buf body;
	struct buf type;
	uint8_t random[16];
	char boundary[2 * sizeof(random) + 1];
	enum status st;

	buf_init(&body, UPLOAD_MAX);
	buf_init(&type, BUF_SMALL);
	box_random(random, sizeof(random));
	hex_encode(random, sizeof(random), boundary);
	buf_fmt(&type, "multipart/form-data; boundary=%s", boundary);
	buf_fmt(&body,
		"--%s\r\nContent-Disposition: form-data; name=\"purpose\"\r\n"
		"\r\nbatch\r\n--%s\r\nContent-Disposition: form-data; "
		"name=\"file\"; filename=\"batch.jsonl\"\r\n"
		"Content-Type: application/jsonl\r\n\r\n",
		boundary, boundary);
	st = read_file(p, &body, err);
	buf_fmt(&body, "\r\n--%s--\r\n", boundary);
	if (st == ST_OK)
		st = buf_check(&body, "the file", err);
	o.type = type.p;
	o.body = buf_view(&body);
	if (st == ST_OK)
		st = provider_ask(p, &o, &answer, err);
	if (st == ST_OK)
		st = provider_id(answer, "id", ret, err);
	json_free(answer);
	buf_release(&body);
	buf_release(&type);
	return st;
}

enum status provider_submit(struct provider *p, struct err *err)
{
	struct rest_options o = {.path = "/batches"};
	struct json *answer = NULL;
	struct buf id;
	struct buf body;
	struct json_writer w = {.out = &body};
	enum status st;

	buf_init(&id, BUF_SMALL);
	buf_init(&body, BUF_SMALL);
	st = upload(p, &id, err);
	if (st == ST_OK) {
		json_open(&w, '{');
		json_key(&w, "input_file_id");
		json_add_string(&w, buf_view(&id));
		json_key(&w, "endpoint");
		json_add_string(&w, span_str("/v1/chat/completions"));
		json_key(&w, "completion_window");
		json_add_string(&w, span_str("24h"));
		json_close(&w, '}');
		o.body = buf_view(&body);
		st = provider_ask(p, &o, &answer, err);
	}
	if (st == ST_OK)
		st = provider_id(answer, "id", &id, err);
	if (st == ST_OK) {
		app_note(p->app,
			"%zu line%s submitted; atllama batch --provider "
			"--collect %s -o FILE gets the results",
			p->lines, p->lines == 1 ? "" : "s", id.p);
		buf_char(&id, '\n');
		if (!fd_write_full(STDOUT_FILENO, id.p, id.len) &&
			errno != EPIPE)
			st = err_sys(err, ST_IO, "cannot write the id");
	}
	json_free(answer);
	buf_release(&id);
	buf_release(&body);
	return st;
}
