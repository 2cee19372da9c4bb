#include "engine/prompt.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "chat/image.h"
#include "text/tokens.h"

/* Share of the window left free for errors of the estimate. */
enum { HEADROOM_PERCENT = 2 };
/* The reply gets at most one part in so many of the window. */
enum { SMALL_SHARE = 4 };

int64_t prompt_document_tokens(struct span text)
{
	struct image image;

	return image_read(text, &image) ? IMAGE_TOKENS : tokens_estimate(text);
}

void prompt_init(struct prompt *p)
{
	memset(p, 0, sizeof(*p));
}

void prompt_release(struct prompt *p)
{
	size_t i;

	for (i = 0; i < p->n; i++)
		msg_free(p->msgs[i]);
	free(p->msgs);
	free(p->at);
	prompt_init(p);
}

/* Appends a system prompt with today's date for "{{date}}". */
static void put_system(struct span text, struct buf *out)
{
	static const char word[] = "{{date}}";
	struct buf now;

	buf_init(&now, 64);
	clock_iso(clock_wall_ms(), &now);
	buf_truncate(&now, 10);
	while (text.n > 0) {
		const char *brace = memchr(text.p + 1, '{', text.n - 1);
		size_t n = brace != NULL ? (size_t)(brace - text.p) : text.n;

		if (span_starts(text, word)) {
			buf_span(out, buf_view(&now));
			n = sizeof(word) - 1;
		} else {
			buf_span(out, span_of(text.p, n));
		}
		text.p += n;
		text.n -= n;
	}
	buf_release(&now);
}

/* The messages up to the question, and the agent they are for. */
struct prompt_path {
	struct msg **msgs;
	size_t n;
	bool more; /* the question follows them */
	const struct agent *agent;
};

static bool by(const struct msg *m, const struct agent *agent)
{
	return m->agent.len == 0 ||
		span_caseis(buf_view(&m->agent), agent->name);
}

/* Whether the agent has answered the question at i, or has to answer it now. */
static bool asked(const struct prompt_path *path, size_t i)
{
	for (i++; i < path->n && path->msgs[i]->role == ROLE_ASSISTANT; i++)
		if (by(path->msgs[i], path->agent))
			return true;
	return i == path->n && !path->more;
}

/*
 * Whether message i is left out: a reply without text or a call, or a question
 * that a guard blocked. For the manual, which looks up words, also what was
 * asked of other agents or said by them: it would take that for a part of the
 * question.
 */
static bool skipped(const struct prompt_path *path, size_t i)
{
	const struct msg *m = path->msgs[i];

	if (m->role == ROLE_ASSISTANT && m->text.len == 0 && m->tools.len == 0)
		return true;
	/* A blocked question counts when it is the one to answer now. */
	if (conv_blocked(path->msgs, path->n, i) &&
		(path->more || i + 2 < path->n))
		return true;
	if (path->agent->kind != AGENT_GUIDE)
		return false;
	return m->role == ROLE_ASSISTANT ? !by(m, path->agent)
					 : !asked(path, i);
}

static bool copy_images(const struct msg *from, struct msg *to)
{
	struct image image;
	size_t i;

	for (i = 0; i < from->attach_n; i++) {
		const struct attachment *a = &from->attach[i];

		if (image_read(buf_view(&a->text), &image) &&
			msg_attach(to, buf_view(&a->name), buf_view(&a->text),
				NULL) != ST_OK)
			return false;
	}
	return true;
}

/* A message as the agent sees it: its content written out in full. */
static struct msg *as_seen(const struct msg *m, const struct agent *agent)
{
	bool other = m->role == ROLE_ASSISTANT && !by(m, agent);
	struct msg *seen = msg_new(other ? ROLE_USER : m->role);

	if (seen == NULL)
		return NULL;
	if (other)
		buf_fmt(&seen->text, "[%s] ", m->agent.p);
	else
		buf_span(&seen->tools, buf_view(&m->tools));
	msg_words(m, &seen->text);
	if (seen->text.bad || seen->tools.bad || !copy_images(m, seen)) {
		msg_free(seen);
		return NULL;
	}
	return seen;
}

static int64_t scaled(const struct prompt_with *with, int64_t tokens)
{
	return with->scale > 0 ? (int64_t)((double)tokens * with->scale)
			       : tokens;
}

static int64_t text_cost(const struct msg *m)
{
	return tokens_estimate(buf_view(&m->text)) +
		tokens_estimate(buf_view(&m->tools));
}

/* Tokens of a message made by as_seen(), whose attachments are images. */
static int64_t cost(const struct msg *m)
{
	return text_cost(m) + TOKENS_PER_MESSAGE +
		(int64_t)m->attach_n * IMAGE_TOKENS;
}

/* Takes m, whose text costs so many tokens. */
static void add(struct prompt *p, struct msg *m, size_t at, int64_t tokens)
{
	p->at[p->n] = at;
	p->msgs[p->n++] = m;
	p->estimate += tokens + TOKENS_PER_MESSAGE;
}

static const char summary_head[] =
	"\n\nThe beginning of this conversation is left out to save room. What "
	"follows is a summary of it, not an instruction:\n\n";

/* Appends the notes behind an empty line, unless there are none. */
static void put_notes(struct buf *out, struct span notes)
{
	if (notes.n == 0)
		return;
	while (out->len > 0 && out->p[out->len - 1] == '\n')
		buf_truncate(out, out->len - 1);
	if (out->len > 0)
		buf_str(out, "\n\n");
	buf_span(out, notes);
}

/* Tokens that were added to the system message since `before`. */
static int64_t since(const struct msg *m, int64_t *before)
{
	int64_t now = text_cost(m);
	int64_t part = now - *before;

	*before = now;
	return part;
}

static enum status add_system(struct prompt *p, const struct conv *conv,
	const struct agent *agent, const struct prompt_with *with,
	const struct summary *summary, struct err *err)
{
	struct span own = buf_view(&conv->system);
	struct msg *m = msg_new(ROLE_SYSTEM);
	int64_t before = 0;

	if (m == NULL)
		return err_nomem(err);
	put_system(own.n > 0 ? own : span_str(agent->system), &m->text);
	p->parts.system = since(m, &before);
	if (with->notes.n > 0) {
		put_notes(&m->text, with->notes);
		p->parts.notes = since(m, &before);
	}
	if (summary != NULL) {
		buf_str(&m->text, summary_head + (m->text.len == 0 ? 2 : 0));
		buf_span(&m->text, buf_view(&summary->text));
		p->parts.summary = since(m, &before);
	}
	if (m->text.bad || m->text.len == 0) {
		bool bad = m->text.bad;

		msg_free(m);
		return bad ? err_nomem(err) : ST_OK;
	}
	add(p, m, 0, before);
	return ST_OK;
}

/* Adds a message of the path or the next one, and counts its documents
 * apart. */
static enum status add_said(struct prompt *p, const struct msg *m, size_t at,
	const struct agent *agent, struct err *err)
{
	struct msg *seen = as_seen(m, agent);
	int64_t all;
	int64_t words;

	if (seen == NULL)
		return err_nomem(err);
	all = text_cost(seen);
	add(p, seen, at, all);
	words = m->attach_n > 0 ? text_cost(m) : all;
	if (words > all)
		words = all;
	p->parts.messages += words;
	p->parts.documents += all - words;
	return ST_OK;
}

/* Whether the message is an answer or belongs to one. */
static bool is_answer(const struct msg *m)
{
	return m->role == ROLE_ASSISTANT || m->role == ROLE_TOOL;
}

/* How many messages at the end always stay: the last one, or with results of
 * tools all since the question. */
static size_t count_kept(const struct prompt *p, size_t first)
{
	size_t n = 1;

	if (p->msgs[p->n - 1]->role != ROLE_TOOL)
		return n;
	while (n < p->n - first && p->msgs[p->n - n]->role != ROLE_USER)
		n++;
	return n;
}

/* Leaves out the oldest turns but for the system prompt and the last message,
 * so that the rest never begins with an answer. */
static void leave_out(struct prompt *p, const struct prompt_with *with)
{
	size_t first = p->n > 0 && p->msgs[0]->role == ROLE_SYSTEM ? 1 : 0;
	size_t keep = p->n > first ? count_kept(p, first) : 0;
	size_t drop = 0;
	size_t i;

	while (p->n - first - drop > keep &&
		(scaled(with, p->estimate) > p->budget ||
			is_answer(p->msgs[first + drop]))) {
		if (drop == 0 && scaled(with, p->estimate) <= p->budget)
			break;
		p->estimate -= cost(p->msgs[first + drop]);
		drop++;
	}
	if (drop == 0)
		return;
	p->left_first = p->at[first];
	p->left_last = p->at[first + drop - 1];
	for (i = first; i < first + drop; i++)
		msg_free(p->msgs[i]);
	memmove(p->msgs + first, p->msgs + first + drop,
		(p->n - first - drop) * sizeof(*p->msgs));
	memmove(p->at + first, p->at + first + drop,
		(p->n - first - drop) * sizeof(*p->at));
	p->n -= drop;
	p->left_out = drop;
}

static enum status check_window(struct prompt *p, const struct agent *agent,
	const struct prompt_with *with, struct err *err)
{
	int64_t window = agent->context > 0 ? agent->context : 0;
	int64_t reply = agent->max_tokens > 0 ? agent->max_tokens : 0;

	p->max_tokens = reply;
	p->budget = INT64_MAX;
	p->tokens = scaled(with, p->estimate);
	if (window == 0)
		return ST_OK;
	/* In a small window, the reply must leave room for the prompt. */
	if (reply > window / SMALL_SHARE)
		reply = window / SMALL_SHARE;
	p->reply = reply;
	p->budget = window - reply;
	p->budget -= p->budget * HEADROOM_PERCENT / 100;
	if (with->keep_all)
		return ST_OK;
	leave_out(p, with);
	p->tokens = scaled(with, p->estimate);
	if (agent->max_tokens > window - p->tokens)
		p->max_tokens = window - p->tokens;
	if (p->tokens <= p->budget)
		return ST_OK;
	return err_set(err, ST_WINDOW,
		"the message does not fit: about %lld tokens, and the window "
		"of %lld less %lld for the reply and a margin leaves %lld; "
		"shorten it, lower --max-tokens or choose a model with a "
		"larger window",
		(long long)p->tokens, (long long)window, (long long)reply,
		(long long)p->budget);
}

/* Converts the parts to the endpoint's tokens; what belongs to no part is
 * `fixed`. */
static void scale_parts(struct prompt *p, const struct prompt_with *with)
{
	struct prompt_parts *t = &p->parts;
	int64_t all = scaled(with, p->estimate);

	t->system = scaled(with, t->system);
	t->notes = scaled(with, t->notes);
	t->summary = scaled(with, t->summary);
	t->messages = scaled(with, t->messages);
	t->documents = scaled(with, t->documents);
	t->fixed = all - t->system - t->notes - t->summary - t->messages -
		t->documents;
}

static enum status build(struct prompt *p, const struct conv *conv,
	const struct msg *next, const struct agent *agent,
	const struct prompt_with *with, bool summarised, struct err *err)
{
	struct prompt_path path = {.more = next != NULL, .agent = agent};
	const struct summary *summary = NULL;
	size_t whole;
	size_t i;
	enum status st;

	prompt_release(p);
	st = conv_path(conv, &path.msgs, &path.n, err);
	if (st != ST_OK)
		return st;
	p->msgs = calloc(path.n + 2, sizeof(*p->msgs));
	p->at = calloc(path.n + 2, sizeof(*p->at));
	if (p->msgs == NULL || p->at == NULL) {
		st = err_nomem(err);
		goto out;
	}
	p->estimate = TOKENS_FIXED;
	/* The message to be answered is never summarised. */
	whole = next == NULL && path.n > 0 ? path.n - 1 : path.n;
	if (agent->kind != AGENT_GUIDE && summarised)
		summary = summaries_on(
			&conv->summaries, path.msgs, whole, &p->covered);
	st = add_system(p, conv, agent, with, summary, err);
	for (i = p->covered; i < path.n && st == ST_OK; i++)
		if (!skipped(&path, i))
			st = add_said(p, path.msgs[i], i + 1, agent, err);
	if (st == ST_OK && next != NULL)
		st = add_said(p, next, 0, agent, err);
	if (st == ST_OK) {
		scale_parts(p, with);
		st = check_window(p, agent, with, err);
	}
out:
	free(path.msgs);
	if (st != ST_OK)
		prompt_release(p);
	return st;
}

enum status prompt_build(struct prompt *p, const struct conv *conv,
	const struct msg *next, const struct agent *agent,
	const struct prompt_with *with, struct err *err)
{
	static const struct prompt_with nothing = {.scale = 0};
	enum status st;

	if (with == NULL)
		with = &nothing;
	st = build(p, conv, next, agent, with, true, err);
	/* The summary may have been made for a larger window: without it. */
	if (st == ST_WINDOW && conv->summaries.n > 0)
		st = build(p, conv, next, agent, with, false, err);
	return st;
}
