#include "tool/server.h"

#include <pthread.h>
#include <stdint.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"

/* What waits longer has waited in vain. */
enum { WAIT_MS = 120000 };

enum framing { BY_LENGTH, BY_CHUNKS, BY_CLOSE };

/* An answer under way. With `measuring` nothing is written, only counted. */
struct run {
	struct peer *peer;
	const struct script *script;
	struct span request_body;
	bool head_only; /* HEAD: no body */
	bool measuring;
	uint64_t size;
	enum framing framing;
	long said_length; /* -1: the true one */
	const char *status;
	struct buf headers;
	bool raw; /* the script writes the head itself */
	bool head_sent;
	bool failed;
	long split;
	long batch;
	struct buf pending;
};

static void pause_ms(long ms)
{
	struct timespec t = {ms / 1000, ms % 1000 * 1000000};

	(void)nanosleep(&t, NULL);
}

static void write_bytes(struct run *r, struct span s)
{
	while (s.n > 0 && !r->failed) {
		size_t n = s.n;

		if (r->split > 0 && n > (size_t)r->split)
			n = (size_t)r->split;
		r->failed = !peer_write(r->peer, s.p, n);
		s = span_of(s.p + n, s.n - n);
		/* Else the kernel would join the pieces again. */
		if (r->split > 0 && s.n > 0)
			pause_ms(1);
	}
}

static void write_framed(struct run *r, struct span s)
{
	struct buf out;

	if (s.n == 0 || r->head_only)
		return;
	if (r->framing != BY_CHUNKS || r->raw) {
		write_bytes(r, s);
		return;
	}
	buf_init(&out, BUF_LARGE);
	buf_fmt(&out, "%zx\r\n", s.n);
	buf_span(&out, s);
	buf_str(&out, "\r\n");
	write_bytes(r, buf_view(&out));
	buf_release(&out);
}

static void send_head(struct run *r)
{
	struct buf out;

	if (r->head_sent || r->measuring)
		return;
	r->head_sent = true;
	if (r->raw)
		return;
	buf_init(&out, BUF_LARGE);
	buf_fmt(&out, "HTTP/1.1 %s\r\n", r->status);
	buf_span(&out, buf_view(&r->headers));
	if (r->framing == BY_CHUNKS)
		buf_str(&out, "Transfer-Encoding: chunked\r\n");
	else if (r->framing == BY_LENGTH)
		buf_fmt(&out, "Content-Length: %lld\r\n",
			r->said_length >= 0 ? (long long)r->said_length
					    : (long long)r->size);
	else
		buf_str(&out, "Connection: close\r\n");
	buf_str(&out, "\r\n");
	write_bytes(r, buf_view(&out));
	buf_release(&out);
}

static void flush_batch(struct run *r)
{
	write_framed(r, buf_view(&r->pending));
	buf_reset(&r->pending);
}

static void put(struct run *r, struct span s)
{
	if (r->measuring) {
		r->size += s.n;
		return;
	}
	send_head(r);
	if (r->batch == 0) {
		write_framed(r, s);
		return;
	}
	buf_span(&r->pending, s);
	if (r->pending.len >= (size_t)r->batch)
		flush_batch(r);
}

static void put_str(struct run *r, const char *s)
{
	put(r, span_str(s));
}

static void put_event(struct run *r, struct span data)
{
	struct buf out;

	buf_init(&out, BUF_LARGE);
	buf_str(&out, "data: ");
	buf_span(&out, data);
	buf_str(&out, "\n\n");
	put(r, buf_view(&out));
	buf_release(&out);
}

static void chat_chunk(struct buf *out, struct span json_text)
{
	buf_str(out,
		"data: {\"id\":\"chatcmpl-1\",\"object\":"
		"\"chat.completion.chunk\",\"created\":1,\"model\":\"scripted\""
		",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"");
	buf_span(out, json_text);
	buf_str(out, "\"},\"finish_reason\":null}]}\n\n");
}

static void json_escape(struct span in, struct buf *out)
{
	size_t i;

	for (i = 0; i < in.n; i++) {
		unsigned char c = (unsigned char)in.p[i];

		if (c == '"' || c == '\\')
			buf_fmt(out, "\\%c", c);
		else if (c < ' ')
			buf_fmt(out, "\\u%04x", c);
		else
			buf_char(out, (char)c);
	}
}

static void put_chat(struct run *r, struct span text, long times)
{
	struct buf json;
	struct buf out;

	buf_init(&json, BUF_LARGE);
	buf_init(&out, BUF_LARGE);
	json_escape(text, &json);
	chat_chunk(&out, buf_view(&json));
	for (; times > 0 && !r->failed; times--)
		put(r, buf_view(&out));
	buf_release(&json);
	buf_release(&out);
}

static void put_finish(struct run *r, const char *reason)
{
	struct buf out;

	buf_init(&out, BUF_SMALL);
	buf_fmt(&out,
		"{\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\","
		"\"created\":1,\"model\":\"scripted\",\"choices\":[{\"index\":0"
		",\"delta\":{},\"finish_reason\":\"%s\"}]}",
		reason[0] != '\0' ? reason : "stop");
	put_event(r, buf_view(&out));
	buf_release(&out);
}

/* "usage PROMPT COMPLETION" */
static void put_usage(struct run *r, const struct op *op)
{
	struct buf out;
	long long completion = 0;

	if (!span_int(span_of(op->text, op->n), 0, 1000000000, &completion))
		completion = 0;
	buf_init(&out, BUF_SMALL);
	buf_fmt(&out,
		"{\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\","
		"\"created\":1,\"model\":\"scripted\",\"choices\":[],\"usage\":"
		"{\"prompt_tokens\":%ld,\"completion_tokens\":%lld,"
		"\"total_tokens\":%lld}}",
		op->number, completion, op->number + completion);
	put_event(r, buf_view(&out));
	buf_release(&out);
}

/* The end of a JSON string that begins at s.p[0]. */
static size_t string_end(struct span s)
{
	size_t i;

	for (i = 0; i < s.n && s.p[i] != '"'; i++) {
		if (s.p[i] == '\\' && i + 1 < s.n)
			i++;
	}
	return i;
}

static size_t find_from(struct span s, size_t from, const char *what)
{
	size_t n = strlen(what);
	size_t i;

	for (i = from; i + n <= s.n; i++) {
		if (memcmp(s.p + i, what, n) == 0)
			return i;
	}
	return s.n;
}

/* The last user message of a chat request, still as JSON has it: enough of a
 * reader for requests whose role stands before its content. */
static struct span last_user_text(struct span body)
{
	struct span found = span_of("", 0);
	size_t at = find_from(body, 0, "\"user\"");

	for (; at < body.n; at = find_from(body, at + 1, "\"user\"")) {
		size_t key = find_from(body, at, "\"content\"");
		size_t open = find_from(body, key + 9, "\"");

		if (key >= body.n || open >= body.n)
			break;
		found = span_of(body.p + open + 1, body.n - open - 1);
		found.n = string_end(found);
	}
	return found;
}

/* One chunk for each word, with the blank before it. */
static void put_echo(struct run *r)
{
	struct span rest = last_user_text(r->request_body);
	struct buf out;

	buf_init(&out, BUF_LARGE);
	while (rest.n > 0) {
		size_t n = 1;

		while (n < rest.n && rest.p[n] != ' ')
			n++;
		buf_reset(&out);
		chat_chunk(&out, span_of(rest.p, n));
		put(r, buf_view(&out));
		rest = span_of(rest.p + n, rest.n - n);
	}
	buf_release(&out);
	put_finish(r, "stop");
	put_event(r, span_str("[DONE]"));
}

static void put_file(struct run *r, const char *name)
{
	struct buf path;
	struct buf content;

	buf_init(&path, BUF_SMALL);
	buf_init(&content, BUF_LARGE);
	if (name[0] != '/')
		buf_fmt(&path, "%s/", r->script->dir);
	buf_str(&path, name);
	if (file_read(path.p, &content, NULL) != ST_OK)
		put_str(r, "atl-server: no such file\n");
	put(r, buf_view(&content));
	buf_release(&path);
	buf_release(&content);
}

static uint32_t crc32_of(struct span s)
{
	uint32_t crc = 0xffffffffu;
	size_t i;
	int bit;

	for (i = 0; i < s.n; i++) {
		crc ^= (unsigned char)s.p[i];
		for (bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
	}
	return ~crc;
}

static void put_le(struct buf *out, uint32_t n, int bytes)
{
	for (; bytes > 0; bytes--, n >>= 8)
		buf_char(out, (char)(n & 0xff));
}

/* RFC 1952 around RFC 1951's stored blocks: gzip without a compressor. */
static void put_gzip(struct run *r, struct span text)
{
	struct span rest = text;
	struct buf out;

	buf_init(&out, BUF_LARGE);
	buf_add(&out, "\x1f\x8b\x08\0\0\0\0\0\0\xff", 10);
	do {
		size_t n = rest.n > 65535 ? 65535 : rest.n;

		buf_char(&out, n == rest.n ? 1 : 0);
		put_le(&out, (uint32_t)n, 2);
		put_le(&out, ~(uint32_t)n, 2);
		buf_add(&out, rest.p, n);
		rest = span_of(rest.p + n, rest.n - n);
	} while (rest.n > 0);
	put_le(&out, crc32_of(text), 4);
	put_le(&out, (uint32_t)text.n, 4);
	put(r, buf_view(&out));
	buf_release(&out);
}

static void run_setting(struct run *r, const struct op *op)
{
	switch (op->kind) {
	case OP_STATUS: r->status = op->text; break;
	case OP_HEADER:
		if (r->measuring)
			break;
		buf_add(&r->headers, op->text, op->n);
		buf_str(&r->headers, "\r\n");
		break;
	case OP_FRAMING:
		r->framing = strcmp(op->text, "chunked") == 0 ? BY_CHUNKS
			: strcmp(op->text, "close") == 0      ? BY_CLOSE
							      : BY_LENGTH;
		break;
	case OP_LENGTH: r->said_length = op->number; break;
	case OP_SPLIT: r->split = op->number; break;
	case OP_BATCH:
		flush_batch(r);
		r->batch = op->number;
		break;
	default: break;
	}
}

static void run_output(struct run *r, const struct op *op)
{
	struct span text = span_of(op->text, op->n);

	switch (op->kind) {
	case OP_RAW:
		r->raw = true;
		put(r, text);
		break;
	case OP_BODY: put(r, text); break;
	case OP_FILE: put_file(r, op->text); break;
	case OP_GZIP: put_gzip(r, text); break;
	case OP_SSE: put_event(r, text); break;
	case OP_CHAT: put_chat(r, text, 1); break;
	case OP_STREAM: put_chat(r, text, op->number); break;
	case OP_FINISH: put_finish(r, op->text); break;
	case OP_USAGE: put_usage(r, op); break;
	case OP_DONE: put_event(r, span_str("[DONE]")); break;
	case OP_ECHO: put_echo(r); break;
	default: run_setting(r, op); break;
	}
}

/* Until as many have come to a barrier, whichever. */
static void wait_for_others(long n)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	static long come;
	bool all = false;
	int left;

	(void)pthread_mutex_lock(&lock);
	come++;
	(void)pthread_mutex_unlock(&lock);
	for (left = WAIT_MS; left > 0 && !all; left--) {
		(void)pthread_mutex_lock(&lock);
		all = come >= n;
		(void)pthread_mutex_unlock(&lock);
		if (!all)
			pause_ms(1);
	}
}

static void wait_for_file(const char *dir, const char *name)
{
	struct buf path;
	int left;

	buf_init(&path, BUF_SMALL);
	if (name[0] != '/')
		buf_fmt(&path, "%s/", dir);
	buf_str(&path, name);
	for (left = WAIT_MS; left > 0 && access(path.p, F_OK) != 0; left--)
		pause_ms(1);
	buf_release(&path);
}

/* Whether the block ends with this step, and how. */
static bool run_ending(struct run *r, const struct op *op, enum after *after)
{
	switch (op->kind) {
	case OP_SLEEP:
		/* What was written so far is on its way meanwhile. */
		flush_batch(r);
		pause_ms(op->number);
		return false;
	case OP_STALL:
		flush_batch(r);
		peer_stall(r->peer);
		*after = AFTER_CLOSE;
		return true;
	case OP_CLOSE:
		flush_batch(r);
		*after = AFTER_CLOSE;
		return true;
	case OP_RESET:
		flush_batch(r);
		/* So that what was written arrives before the reset, which
		 * throws away what is still queued. */
		pause_ms(50);
		*after = AFTER_RESET;
		return true;
	case OP_BARRIER:
		flush_batch(r);
		wait_for_others(op->number);
		return false;
	case OP_HOLD:
		flush_batch(r);
		wait_for_file(r->script->dir, op->text);
		return false;
	case OP_KEEP:
		*after = strcmp(op->text, "off") == 0 ? AFTER_CLOSE
						      : AFTER_KEEP;
		return false;
	default: run_output(r, op); return r->failed;
	}
}

static bool only_live(enum op_kind kind)
{
	return kind == OP_SLEEP || kind == OP_STALL || kind == OP_CLOSE ||
		kind == OP_RESET || kind == OP_KEEP || kind == OP_BATCH ||
		kind == OP_BARRIER || kind == OP_HOLD;
}

static void measure(struct run *r, const struct block *b)
{
	size_t i;

	r->measuring = true;
	for (i = 0; i < b->n_ops; i++) {
		if (!only_live(b->ops[i].kind))
			run_output(r, &b->ops[i]);
	}
	r->measuring = false;
}

enum after answer(struct peer *p, const struct script *s, const struct block *b,
	struct span method, struct span request_body)
{
	struct run r;
	enum after after = AFTER_KEEP;
	bool ended = false;
	size_t i;

	memset(&r, 0, sizeof(r));
	r.peer = p;
	r.script = s;
	r.request_body = request_body;
	r.head_only = span_is(method, "HEAD");
	r.said_length = -1;
	r.status = "200 OK";
	buf_init(&r.headers, BUF_LARGE);
	buf_init(&r.pending, BUF_LARGE);
	measure(&r, b);
	for (i = 0; i < b->n_ops && !ended; i++)
		ended = run_ending(&r, &b->ops[i], &after);
	if (!ended) {
		send_head(&r);
		flush_batch(&r);
		if (r.framing == BY_CHUNKS && !r.raw && !r.head_only)
			write_bytes(&r, span_str("0\r\n\r\n"));
		if (r.framing == BY_CLOSE)
			after = AFTER_CLOSE;
	}
	if (r.failed)
		after = AFTER_CLOSE;
	buf_release(&r.headers);
	buf_release(&r.pending);
	return after;
}
