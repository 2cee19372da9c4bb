#include "tool/server.h"

#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/vec.h"

#define BLOCKS_MAX 4096
#define OPS_MAX 65536

/* What follows the word on its line. */
enum operand { NONE, NUMBER, TEXT, NUMBER_TEXT, WORD, MAYBE };

static const struct {
	const char *word;
	enum op_kind kind;
	enum operand operand;
} words[] = {
	{"status", OP_STATUS, TEXT},
	{"header", OP_HEADER, TEXT},
	{"raw", OP_RAW, TEXT},
	{"framing", OP_FRAMING, WORD},
	{"length", OP_LENGTH, NUMBER},
	{"body", OP_BODY, TEXT},
	{"file", OP_FILE, TEXT},
	{"gzip", OP_GZIP, TEXT},
	{"sse", OP_SSE, TEXT},
	{"chat", OP_CHAT, TEXT},
	{"stream", OP_STREAM, NUMBER_TEXT},
	{"finish", OP_FINISH, MAYBE},
	{"usage", OP_USAGE, NUMBER_TEXT},
	{"done", OP_DONE, NONE},
	{"echo", OP_ECHO, NONE},
	{"split", OP_SPLIT, NUMBER},
	{"batch", OP_BATCH, NUMBER},
	{"sleep", OP_SLEEP, NUMBER},
	{"stall", OP_STALL, NONE},
	{"close", OP_CLOSE, NONE},
	{"reset", OP_RESET, NONE},
	{"keep", OP_KEEP, WORD},
	{"barrier", OP_BARRIER, NUMBER},
	{"hold", OP_HOLD, WORD},
};

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* \n \r \t \0 \\ \xHH and \s for a blank at an end of the line; any other
 * backslash stands for itself, so that JSON can be written as it is. */
static void unescape(struct span in, struct buf *out)
{
	static const char from[] = "nrt0\\s";
	static const char to[] = "\n\r\t\0\\ ";
	const char *hit;
	size_t i;

	for (i = 0; i < in.n; i++) {
		if (in.p[i] != '\\' || i + 1 == in.n) {
			buf_char(out, in.p[i]);
			continue;
		}
		if (in.p[i + 1] == 'x' && i + 3 < in.n &&
			hex_value(in.p[i + 2]) >= 0 &&
			hex_value(in.p[i + 3]) >= 0) {
			buf_char(out,
				(char)(hex_value(in.p[i + 2]) * 16 +
					hex_value(in.p[i + 3])));
			i += 3;
			continue;
		}
		hit = memchr(from, in.p[i + 1], sizeof(from) - 1);
		if (hit != NULL)
			buf_char(out, to[hit - from]);
		else
			buf_add(out, in.p + i, 2);
		i++;
	}
}

static bool read_number(struct span *rest, long *ret)
{
	struct span word = span_cut(rest, ' ');
	long long n;

	if (!span_int(span_trim(word), 0, 1000000000, &n))
		return false;
	*ret = (long)n;
	return true;
}

static bool read_op(struct op *op, struct span word, struct span rest)
{
	size_t i;
	struct buf text;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (span_is(word, words[i].word))
			break;
	}
	if (i == sizeof(words) / sizeof(words[0]))
		return false;
	op->kind = words[i].kind;
	if ((words[i].operand == NUMBER || words[i].operand == NUMBER_TEXT) &&
		!read_number(&rest, &op->number))
		return false;
	if (words[i].operand == NONE && rest.n > 0)
		return false;
	if (words[i].operand == WORD && rest.n == 0)
		return false;
	buf_init(&text, BUF_LARGE);
	unescape(rest, &text);
	op->n = text.len;
	op->text = buf_detach(&text);
	return op->text != NULL;
}

static struct block *new_block(struct script *s)
{
	if (!vec_grow(&s->blocks, &s->cap_blocks, s->n_blocks + 1,
		    sizeof(*s->blocks), BLOCKS_MAX))
		return NULL;
	return &s->blocks[s->n_blocks++];
}

/* The end of the path, behind which may stand " having TEXT". */
static struct span cut_having(struct span *rest)
{
	static const char word[] = " having ";
	const size_t n = sizeof(word) - 1;
	struct span path = *rest;
	size_t i;

	for (i = 0; i + n <= rest->n; i++) {
		if (memcmp(rest->p + i, word, n) != 0)
			continue;
		path.n = i;
		*rest = span_of(rest->p + i + n, rest->n - i - n);
		return path;
	}
	*rest = span_of(NULL, 0);
	return path;
}

/* "answer", "answer GET /v1/models", "answer POST /v1 having a word" */
static bool begin_block(struct script *s, struct span rest)
{
	struct block *b = new_block(s);
	struct span method;
	struct span path;

	if (b == NULL)
		return false;
	rest = span_trim(rest);
	if (rest.n == 0)
		return true;
	method = span_cut(&rest, ' ');
	rest = span_trim(rest);
	if (rest.n == 0)
		return false;
	path = cut_having(&rest);
	b->method = mem_dup(method.p, method.n);
	b->path = mem_dup(path.p, path.n);
	if (rest.n > 0)
		b->having = mem_dup(rest.p, rest.n);
	return b->method != NULL && b->path != NULL &&
		(rest.n == 0 || b->having != NULL);
}

static bool read_line(struct script *s, struct span line)
{
	struct span rest = line;
	struct span word;
	struct block *b;

	/* One blank after the word; what follows is kept as it is. */
	word = span_cut(&rest, ' ');
	if (span_trim(line).n == 0 || line.p[0] == '#')
		return true;
	if (span_is(word, "answer"))
		return begin_block(s, rest);
	if (s->n_blocks == 0 && new_block(s) == NULL)
		return false;
	b = &s->blocks[s->n_blocks - 1];
	if (!vec_grow(&b->ops, &b->cap_ops, b->n_ops + 1, sizeof(*b->ops),
		    OPS_MAX))
		return false;
	if (!read_op(&b->ops[b->n_ops], word, rest))
		return false;
	b->n_ops++;
	return true;
}

bool script_read(struct script *s, const char *path)
{
	struct buf text;
	struct err err;
	struct span rest;
	const char *slash = strrchr(path, '/');
	int number = 1;
	bool ok = true;

	memset(s, 0, sizeof(*s));
	s->dir = slash == NULL ? str_dup(".")
			       : mem_dup(path, (size_t)(slash - path));
	buf_init(&text, BUF_LARGE);
	if (s->dir == NULL || file_read(path, &text, &err) != ST_OK) {
		(void)fprintf(stderr, "atl-server: %s\n",
			s->dir == NULL ? "out of memory" : err.msg);
		buf_release(&text);
		return false;
	}
	for (rest = buf_view(&text); rest.n > 0 && ok; number++) {
		ok = read_line(s, span_cut(&rest, '\n'));
		if (!ok)
			(void)fprintf(stderr,
				"atl-server: %s:%d: not understood\n", path,
				number);
	}
	buf_release(&text);
	return ok;
}

static bool same(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static bool same_kind(const struct block *a, const struct block *b)
{
	return same(a->method, b->method) && same(a->path, b->path) &&
		same(a->having, b->having);
}

static bool holds(struct span s, const char *what)
{
	size_t n = what != NULL ? strlen(what) : 0;
	size_t i;

	for (i = 0; i + n <= s.n; i++)
		if (n == 0 || memcmp(s.p + i, what, n) == 0)
			return true;
	return n == 0;
}

static bool asks_for(const struct block *b, const struct asked_for *what)
{
	return b->method != NULL && strcmp(b->method, what->method) == 0 &&
		strncmp(what->path, b->path, strlen(b->path)) == 0 &&
		holds(what->body, b->having);
}

const struct block *script_pick(
	const struct script *s, size_t *counters, const struct asked_for *what)
{
	const struct block *last = NULL;
	size_t first = s->n_blocks;
	size_t nth;
	size_t i;

	for (i = 0; i < s->n_blocks && first == s->n_blocks; i++) {
		if (asks_for(&s->blocks[i], what))
			first = i;
	}
	for (i = 0; i < s->n_blocks && first == s->n_blocks; i++) {
		if (s->blocks[i].method == NULL)
			first = i;
	}
	if (first == s->n_blocks)
		return NULL;
	nth = counters[first]++;
	for (i = first; i < s->n_blocks; i++) {
		if (!same_kind(&s->blocks[i], &s->blocks[first]))
			continue;
		last = &s->blocks[i];
		if (nth-- == 0)
			break;
	}
	return last;
}
