#include "wire/reply_priv.h"

#include <string.h>

/* What finish reasons mean, whatever their case: OpenAI's own, then those of
 * Together, TGI, LM Studio, OpenRouter, Anthropic and Google. */
static const struct {
	const char *word;
	enum outcome outcome;
} finishes[] = {
	{"stop", OUTCOME_COMPLETE},
	{"length", OUTCOME_LENGTH},
	{"tool_calls", OUTCOME_COMPLETE},
	{"content_filter", OUTCOME_FILTERED},
	{"function_call", OUTCOME_COMPLETE},
	{"eos", OUTCOME_COMPLETE},
	{"eos_token", OUTCOME_COMPLETE},
	{"stop_sequence", OUTCOME_COMPLETE},
	{"end", OUTCOME_COMPLETE},
	{"end_turn", OUTCOME_COMPLETE},
	{"tool_use", OUTCOME_COMPLETE},
	{"max_tokens", OUTCOME_LENGTH},
	{"model_length", OUTCOME_LENGTH},
	{"model_context_window_exceeded", OUTCOME_LENGTH},
	{"safety", OUTCOME_FILTERED},
	{"recitation", OUTCOME_FILTERED},
	{"refusal", OUTCOME_FILTERED},
	{"error", OUTCOME_FAILED},
};

static const char early[] = "the stream ended before the reply was finished";
static const char nothing[] = "the endpoint ended the reply without an answer";

static bool look_up(struct span word, enum outcome *ret)
{
	size_t i;

	for (i = 0; i < sizeof(finishes) / sizeof(finishes[0]); i++)
		if (span_caseis(word, finishes[i].word)) {
			*ret = finishes[i].outcome;
			return true;
		}
	return false;
}

/* Reads a whole JSON reply, or an error in its place. */
static enum status read_json(struct reply *r, struct err *err)
{
	struct span body = span_trim(buf_view(&r->body));
	struct chunk c;

	if (span_starts(body, "\xef\xbb\xbf")) {
		body.p += 3;
		body.n -= 3;
	}
	if (!chunk_read(body, &c))
		return chunk_is_other(body) ? reply_fail(r, body, err)
					    : reply_unreadable(r, body, err);
	if (c.error.p == NULL && !c.has_choice)
		return c.has_choices
			? reply_fail_with(r, ST_SERVER, true, nothing, err)
			: reply_fail(r, body, err);
	r->done = true;
	return reply_chunk(r, &c, err);
}

/* Reads what is left of the bytes, now that no more will come. */
static enum status read_rest(
	struct reply *r, enum reply_end end, struct err *err)
{
	struct err why;
	enum status st;

	if (r->failed || r->done || r->full)
		return ST_OK;
	switch (r->mode) {
	case REPLY_STREAM:
		err_clear(&why);
		st = sse_finish(&r->sse, &why);
		if (st == ST_SERVER && r->sink_status == ST_OK)
			return reply_fail_with(
				r, ST_SERVER, false, why.msg, err);
		if (st != ST_OK && err != NULL)
			*err = why;
		return st;
	case REPLY_JSON: return end == REPLY_EOF ? read_json(r, err) : ST_OK;
	case REPLY_ERROR:
		if (end == REPLY_STOPPED)
			return ST_OK;
		return reply_fail(r, buf_view(&r->body), err);
	case REPLY_SNIFF:
		if (end == REPLY_EOF && span_trim(buf_view(&r->body)).n > 0)
			return reply_fail(r, buf_view(&r->body), err);
		break;
	}
	return ST_OK;
}

/* Finds out whether the reply failed: there was none, or it ended with the
 * reason "error". */
static enum status find_failure(
	struct reply *r, enum reply_end end, const char *why, struct err *err)
{
	enum outcome outcome;
	bool any = r->has_text || r->tools.n > 0;

	if (r->failed || r->full)
		return ST_OK;
	if (look_up(buf_view(&r->finish), &outcome)) {
		if (outcome == OUTCOME_FAILED)
			return reply_fail_with(r, ST_SERVER, true,
				"the endpoint ended the reply with an error",
				err);
		return ST_OK;
	}
	if (r->finish.len > 0 || any || end == REPLY_STOPPED)
		return ST_OK;
	if (end == REPLY_BROKEN && !r->done)
		return reply_fail_with(r, ST_NET, true,
			why != NULL ? why : "the connection failed", err);
	if (!r->has_chunk)
		return reply_fail_with(r, ST_SERVER, true, nothing, err);
	return ST_OK;
}

/* How a reply ended that has not failed; *ret_why is left alone when all is
 * well. */
static enum outcome find_outcome(const struct reply *r, enum reply_end end,
	const char *why, const char **ret_why)
{
	enum outcome outcome;

	if (r->full) {
		*ret_why = "the reply is longer than atllama keeps";
		return OUTCOME_CUT;
	}
	if (look_up(buf_view(&r->finish), &outcome))
		return outcome;
	if (r->finish.len > 0 || r->done)
		return OUTCOME_COMPLETE;
	if (end == REPLY_STOPPED)
		return OUTCOME_STOPPED;
	*ret_why = end == REPLY_BROKEN && why != NULL ? why : early;
	return OUTCOME_CUT;
}

static enum status send_tools(
	struct reply *r, enum outcome outcome, struct err *err)
{
	enum status st = ST_OK;
	size_t i;

	for (i = 0; i < r->tools.n && st == ST_OK; i++) {
		struct tool *t = &r->tools.rows[i];
		struct event ev = {.type = EVENT_TOOL};

		scan_text_end(&t->join, &t->args);
		if (t->args.bad)
			return err_nomem(err);
		if (outcome != OUTCOME_COMPLETE && !tool_is_whole(t)) {
			st = reply_notice(r,
				"a call of a tool was cut off and is left out",
				err);
			continue;
		}
		ev.text = buf_view(&t->args);
		ev.name = buf_view(&t->name);
		ev.id = buf_view(&t->id);
		st = reply_send(r, &ev, err);
	}
	return st;
}

/* Sends notices about a reply that is odd. */
static enum status send_notices(
	struct reply *r, enum outcome outcome, struct err *err)
{
	enum status st = ST_OK;
	enum outcome known;

	if (r->full)
		st = reply_notice(r,
			"the reply is longer than atllama keeps; it was cut",
			err);
	if (outcome != OUTCOME_COMPLETE || st != ST_OK)
		return st;
	if (r->finish.len == 0 && r->tools.n == 0)
		st = reply_notice(r,
			"the endpoint did not say why the reply ended "
			"(finish unknown)",
			err);
	else if (r->finish.len > 0 && !look_up(buf_view(&r->finish), &known)) {
		buf_reset(&r->scratch);
		buf_str(&r->scratch, "the reply ended for an unknown reason: ");
		buf_span(&r->scratch, buf_view(&r->finish));
		st = r->scratch.bad ? err_nomem(err)
				    : reply_notice(r, r->scratch.p, err);
	}
	return st;
}

static enum status send_usage(struct reply *r, struct err *err)
{
	struct event ev = {.type = EVENT_USAGE, .usage = &r->usage};

	return r->has_usage ? reply_send(r, &ev, err) : ST_OK;
}

static enum status send_failed(struct reply *r, struct err *err)
{
	struct failure *f = &r->fail.f;
	struct event ev = {
		.type = EVENT_FAILED,
		.text = f->text,
		.failure = f,
		.outcome = OUTCOME_FAILED,
		.finish = buf_view(&r->finish),
	};
	enum status st;

	f->retry_after_ms = r->retry_after_ms;
	if (r->should_retry >= 0 && !f->quota && f->status != ST_WINDOW)
		f->retry = r->should_retry == 1;
	st = send_usage(r, err);
	return st == ST_OK ? reply_send(r, &ev, err) : st;
}

static enum status send_done(
	struct reply *r, enum reply_end end, const char *why, struct err *err)
{
	const char *sentence = NULL;
	struct event ev = {.type = EVENT_DONE};
	enum status st;

	ev.outcome = find_outcome(r, end, why, &sentence);
	ev.text = span_str(sentence);
	ev.finish = buf_view(&r->finish);
	if (r->finish.len == 0 && r->tools.n > 0 &&
		ev.outcome == OUTCOME_COMPLETE)
		ev.finish = span_str("tool_calls");
	st = send_tools(r, ev.outcome, err);
	if (st == ST_OK)
		st = send_notices(r, ev.outcome, err);
	if (st == ST_OK)
		st = send_usage(r, err);
	return st == ST_OK ? reply_send(r, &ev, err) : st;
}

enum status reply_finish(
	struct reply *r, enum reply_end end, const char *why, struct err *err)
{
	enum status st;

	if (r->over)
		return ST_OK;
	if (r->sink_status != ST_OK)
		return err_set(err, r->sink_status, "the reply was given up");
	r->over = true;
	st = read_rest(r, end, err);
	if (st == ST_OK)
		st = reply_end_texts(r, err);
	if (st == ST_OK)
		st = find_failure(r, end, why, err);
	if (st != ST_OK)
		return st;
	return r->failed ? send_failed(r, err) : send_done(r, end, why, err);
}
