#include "app/answer_priv.h"

#include <stdint.h>
#include <unistd.h>

#include "app/members.h"
#include "app/review.h"
#include "base/file.h"
#include "tty/render.h"
#include "tty/term.h"

static bool is_saved(const struct answer *a, const atl_reply *reply)
{
	return !a->storeless && atl_reply_saved(reply);
}

static void add_reply(
	const struct answer *a, struct json_writer *w, const atl_reply *r)
{
	const struct usage usage = {
		.prompt = atl_reply_prompt_tokens(r),
		.completion = atl_reply_completion_tokens(r),
	};

	if (a->mode == MODE_JSON)
		json_member_str(w, "message",
			span_of(atl_reply_text(r), atl_reply_size(r)));
	if (a->mode == MODE_JSON && atl_reply_reasoning(r)[0] != '\0')
		json_member_str(
			w, "reasoning", span_str(atl_reply_reasoning(r)));
	json_member_str(
		w, "outcome", span_str(atl_outcome_name(atl_reply_outcome(r))));
	json_member_str(w, "finish_reason", span_str(atl_reply_finish(r)));
	if (atl_reply_note(r)[0] != '\0')
		json_member_str(w, "note", span_str(atl_reply_note(r)));
	json_member_str(w, "model", span_str(atl_reply_model(r)));
	json_member_str(w, "endpoint", span_str(atl_reply_endpoint(r)));
	members_usage(w, &usage);
	json_member_count(w, "first_token_ms", atl_reply_first_token_ms(r));
	json_member_count(w, "total_ms", atl_reply_total_ms(r));
	json_member_bool(w, "saved", is_saved(a, r));
	json_member_bool(w, "cached", !!atl_reply_cached(r));
}

static void add_review(struct json_writer *w, const struct review *r)
{
	json_key(w, "check");
	json_open(w, '{');
	json_key(w, "verdict");
	if (r->verdict != REVIEW_NONE)
		json_add_string(w, span_str(review_name(r->verdict)));
	else
		json_add_null(w);
	if (r->verdict != REVIEW_NONE)
		json_member_str(w, "text", buf_view(&r->why));
	else
		json_member_str(w, "error", span_str(r->err.msg));
	json_close(w, '}');
}

static void build_json(struct answer *a, const atl_reply *reply, const char *id,
	enum status st, const struct err *err)
{
	struct json_writer w = answer_writer(a);

	json_open(&w, '{');
	if (a->mode == MODE_JSONL)
		json_member_str(&w, "type", span_str("done"));
	json_member_str(&w, "id",
		span_str(a->app->args.private || a->storeless ? "" : id));
	if (reply != NULL)
		add_reply(a, &w, reply);
	if (a->review != NULL)
		add_review(&w, a->review);
	if (st != ST_OK)
		members_error(&w, st, err);
	json_close(&w, '}');
	buf_char(&a->out, '\n');
}

/* What neither gets into its file nor is saved goes to standard output, so that
 * it is not lost. */
static void write_file(struct answer *a, const atl_reply *reply, struct span s)
{
	bool saved = reply != NULL && is_saved(a, reply) &&
		!a->app->args.private;
	struct buf safe;

	if (file_output(args_output_file(&a->app->args), s, 0600, &a->failed) ==
		ST_OK)
		return;
	if (saved) {
		err_hint(&a->failed,
			"; the answer is saved: atllama show --last");
		return;
	}
	buf_init(&safe, 4 * BUF_LARGE);
	if (term_get()->out)
		safe_text(s, &safe);
	else
		buf_span(&safe, s);
	if (fd_write_full(STDOUT_FILENO, safe.p, safe.len))
		err_hint(&a->failed, "; the answer went to standard output");
	buf_release(&safe);
}

/* The text as it is written: of an answer that fits its schema the JSON alone,
 * else all of it. */
static struct span whole_text(
	const struct answer *a, const atl_reply *reply, enum status st)
{
	struct span s = {NULL, 0};

	if (reply == NULL)
		return s;
	s = span_of(atl_reply_text(reply), atl_reply_size(reply));
	if (a->held && st == ST_OK)
		s.p = atl_reply_json(reply, &s.n);
	return s;
}

static void finish_text(
	struct answer *a, const atl_reply *reply, enum status st)
{
	struct err err;

	if (a->mode == MODE_RENDER) {
		enum status ended = render_end(a->render, &err);

		answer_check_render(a, ended, &err);
		return;
	}
	if (a->mode == MODE_EXACT) {
		if (a->held)
			answer_put_exact(a, whole_text(a, reply, st));
		safe_finish(&a->safe, &a->out);
		if (a->any && a->last != '\n')
			buf_char(&a->out, '\n');
		answer_put_out(a);
		return;
	}
	if (reply == NULL || atl_reply_size(reply) == 0)
		return;
	buf_span(&a->out, whole_text(a, reply, st));
	if (a->out.p[a->out.len - 1] != '\n')
		buf_char(&a->out, '\n');
	write_file(a, reply, buf_view(&a->out));
	buf_reset(&a->out);
}

/* Appends "; NAME TEXT", or nothing when the text is empty. */
static void put_named(const char *name, const char *text, struct buf *out)
{
	if (text[0] != '\0')
		buf_fmt(out, "; %s %s", name, text);
}

/* With -v, tells the numbers of the reply; those that the endpoint did not
 * count are left out. */
static void tell(const struct answer *a, const atl_reply *r, const char *id)
{
	struct buf text;
	int64_t in;
	int64_t tokens;
	int64_t ms;

	if (r == NULL || a->app->args.verbose == 0)
		return;
	in = atl_reply_prompt_tokens(r);
	tokens = atl_reply_completion_tokens(r);
	ms = atl_reply_total_ms(r) - atl_reply_first_token_ms(r);
	buf_init(&text, BUF_SMALL);
	buf_fmt(&text, "%s at %s: ", atl_reply_model(r), atl_reply_endpoint(r));
	if (in >= 0)
		buf_fmt(&text, "%lld tokens in, ", (long long)in);
	if (tokens >= 0)
		buf_fmt(&text, "%lld out, ", (long long)tokens);
	buf_fmt(&text, "first after %.2f s",
		(double)atl_reply_first_token_ms(r) / 1000.0);
	if (tokens > 0 && ms > 0)
		buf_fmt(&text, ", %.1f tokens/s",
			(double)tokens * 1000.0 / (double)ms);
	put_named("request", atl_reply_request_id(r), &text);
	put_named("conversation", a->app->args.private ? "" : id, &text);
	app_note(a->app, "%s", text.p);
	buf_release(&text);
}

/* What to do about a reply that is not whole. */
static void add_next_step(const atl_reply *reply, struct err *err)
{
	switch (atl_reply_outcome(reply)) {
	case ATL_OUTCOME_CUT:
	case ATL_OUTCOME_FAILED:
		err_hint(err,
			"; what arrived is kept, and atllama -c goes on "
			"from it");
		break;
	case ATL_OUTCOME_STOPPED:
		err_hint(err, "; what arrived is kept");
		break;
	case ATL_OUTCOME_NONE:
	case ATL_OUTCOME_COMPLETE:
	case ATL_OUTCOME_LENGTH:
	case ATL_OUTCOME_FILTERED: break;
	}
}

static void finish_json(struct answer *a, const atl_reply *reply,
	const char *id, enum status st, const struct err *err)
{
	build_json(a, reply, id, st, err);
	if (args_output_file(&a->app->args) != NULL)
		write_file(a, reply, buf_view(&a->out));
	else
		answer_put(a, buf_view(&a->out));
	buf_reset(&a->out);
}

/* The end of a reply that reached the limit of tokens: an answer, or a failure
 * with --strict. */
static enum status end_length(
	const struct answer *a, const atl_reply *reply, struct err *err)
{
	const char *note = atl_reply_note(reply);
	bool strict = !!a->app->args.strict;

	if (note[0] == '\0')
		note = strict ? "the reply reached the limit of tokens; raise "
				"it with -n"
			      : "the reply reached the limit of tokens; raise "
				"it with -n, or go on with -c";
	if (strict)
		return err_set(err, ST_LENGTH, "%s", note);
	app_note(a->app, "%s", note);
	return ST_OK;
}

/* An output that failed counts unless asking has failed before; a reader who
 * has gone wanted no more, so that the stop which follows is no failure. */
static enum status end_status(
	const struct answer *a, enum status st, struct err *err)
{
	if (a->failed.code != ST_OK && (st == ST_OK || st == ST_STOPPED)) {
		if (err != NULL)
			*err = a->failed;
		return a->failed.code;
	}
	return a->gone && st == ST_STOPPED ? ST_OK : st;
}

enum status answer_end(struct answer *a, const atl_reply *reply, const char *id,
	enum status st, struct err *err)
{
	bool length = st == ST_OK && reply != NULL &&
		atl_reply_outcome(reply) == ATL_OUTCOME_LENGTH;

	if (length && a->app->args.strict)
		st = end_length(a, reply, err);
	if (st != ST_OK && reply != NULL)
		add_next_step(reply, err);
	if (answer_is_json(a))
		finish_json(a, reply, id, st, err);
	else
		finish_text(a, reply, st);
	if (length && st == ST_OK)
		st = end_length(a, reply, err);
	tell(a, reply, id);
	/* A notice has told it, which -q suppresses. */
	if (reply != NULL && !atl_reply_saved(reply) && a->app->args.quiet)
		app_say(a->app, "%s",
			a->unsaved.len > 0 ? a->unsaved.p
					   : "this answer is NOT SAVED");
	return end_status(a, st, err);
}
