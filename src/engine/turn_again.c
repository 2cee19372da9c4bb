/* Meets a failure before the first byte of text with another request. */
#include "engine/turn_priv.h"

#include <string.h>

#include "base/clock.h"
#include "wire/fail.h"
#include "wire/model_name.h"

enum {
	SENTENCE_MAX = 300, /* bytes of a server's sentence in a notice */
	LOADING_FIRST_MS = 1000, /* between two tries at a server that loads */
	LOADING_MS = 2000,
	ANSWER_LEAST = 16, /* tokens; a shorter answer is useless */
	ANSWER_MARGIN = 8, /* tokens that templates may add between two tries */
};

static int sentence(const struct failure *f)
{
	return (int)(f->text.n > SENTENCE_MAX ? SENTENCE_MAX : f->text.n);
}

/* Reads a refused key again: it may have been replaced. */
static bool renew_key(
	struct turn *t, const struct failure *f, struct buf *notice)
{
	enum { UNAUTHORIZED = 401 };

	if (f->http != UNAUTHORIZED || t->renewed || t->way.key == NULL)
		return false;
	t->renewed = true;
	if (!turn_renew_key(t))
		return false;
	turn_again_in(t, WAIT_NOTHING, 0);
	buf_str(notice, "the key was refused; asking again with a new one");
	return true;
}

/* Asks in words, where the endpoint cannot continue a reply. */
static bool drop_prefill(
	struct turn *t, const struct failure *f, struct buf *notice)
{
	enum { BAD_REQUEST = 400, UNPROCESSABLE = 422 };

	if (!turn_prefilled(t) || f->status != ST_SERVER ||
		(f->http != BAD_REQUEST && f->http != UNPROCESSABLE))
		return false;
	t->request.prefill = CONF_PREFILL_NO;
	if (t->way.host != NULL)
		t->way.host->no_prefill = true;
	turn_again_in(t, WAIT_NOTHING, 0);
	buf_fmt(notice,
		"the endpoint does not go on with a reply (%.*s); asking it "
		"to in words",
		sentence(f), f->text.p);
	return true;
}

/* Takes another way to ask for the form of the answer; false when there is
 * none. */
static bool other_form(struct turn *t, unsigned field)
{
	if (field != REQUEST_RESPONSE_FORMAT || t->request.schema.n == 0 ||
		t->request.form == REQUEST_FORM_WORDS)
		return false;
	t->request.form = t->request.form == REQUEST_FORM_SCHEMA
		? REQUEST_FORM_OBJECT
		: REQUEST_FORM_WORDS;
	if (t->way.host != NULL)
		t->way.host->form = t->request.form;
	turn_again_in(t, WAIT_NOTHING, 0);
	return true;
}

/* Leaves out a field that was refused, from now on. */
static bool drop_field(
	struct turn *t, const struct failure *f, struct buf *notice)
{
	unsigned field = request_field(f->field);

	if (other_form(t, field)) {
		buf_fmt(notice,
			"the endpoint refuses \"response_format\"; asking "
			"again for %s",
			t->request.form == REQUEST_FORM_OBJECT
				? "any JSON, with the schema in words"
				: "JSON in words");
		return true;
	}
	if (field == 0 || (t->request.dropped & field) != 0 ||
		(t->request.set & field) == 0)
		return false;
	t->request.dropped |= field;
	if (t->way.host != NULL)
		t->way.host->refused |= field;
	turn_again_in(t, WAIT_NOTHING, 0);
	buf_fmt(notice,
		"the endpoint refuses \"%.*s\"; asking again without it",
		(int)f->field.n, f->field.p);
	return true;
}

/* Asks once for a shorter answer, when prompt and answer together are too long
 * and the prompt alone is not. */
static bool lower_answer(
	struct turn *t, const struct failure *f, struct buf *notice)
{
	int64_t room = f->window - f->prompt_tokens;

	if (f->status != ST_WINDOW || f->window <= 0)
		return false;
	if (t->way.host != NULL)
		known_set_window(t->way.host, buf_view(&t->model), f->window);
	room -= room > 8 * ANSWER_MARGIN ? ANSWER_MARGIN : 0;
	if (t->lowered || f->prompt_tokens <= 0 || room < ANSWER_LEAST ||
		(t->request.set & REQUEST_MAX_TOKENS) == 0 ||
		room >= t->request.max_tokens)
		return false;
	t->lowered = true;
	t->request.max_tokens = room;
	turn_again_in(t, WAIT_NOTHING, 0);
	buf_fmt(notice,
		"the prompt takes %lld of the window of %lld tokens; asking "
		"again for an answer of %lld at most",
		(long long)f->prompt_tokens, (long long)f->window,
		(long long)room);
	return true;
}

/* Asks a server that is loading its model until it is ready, or until the time
 * is up in which an answer must begin. */
static bool wait_for_load(
	struct turn *t, const struct failure *f, struct buf *notice)
{
	int64_t now = clock_mono_ms();
	int64_t wait = t->loading_since_ms < 0 ? LOADING_FIRST_MS : LOADING_MS;
	int64_t said = retry_hint_ms(&t->hint);

	if (!failure_is_loading(f) || t->way.at.retries == 0 ||
		turn_has_other(t))
		return false;
	if (t->loading_since_ms < 0) {
		t->loading_since_ms = now;
		buf_str(notice,
			"the server is loading its model; waiting for it");
	}
	if (said >= 0 && said < wait)
		wait = said;
	if (now + wait - t->loading_since_ms > t->way.at.first_byte_ms)
		return false;
	turn_again_in(t, WAIT_LOADING, wait);
	return true;
}

/* How long to wait before this endpoint is tried again; -1: it is not. */
static int64_t pause_after(const struct turn *t, const struct failure *f)
{
	struct retry_case why = {
		.http = f->http,
		.transient = f->retry && f->http == 0,
		.hopeless = f->quota || f->status == ST_WINDOW ||
			f->status == ST_AUTH,
		.hint = t->hint,
	};

	return retry_wait_ms(&why, t->tries, t->way.at.retries,
		turn_patience_ms(t), (uint32_t)clock_mono_us() * 2654435761u);
}

static bool retry(struct turn *t, const struct failure *f, int64_t wait,
	struct buf *notice)
{
	if (wait < 0 || turn_pool(t) != NULL)
		return false;
	t->tries++;
	turn_again_in(t, WAIT_RETRY, wait);
	buf_fmt(notice, "%.*s; trying again in %.1f s (%d of %d)", sentence(f),
		f->text.p, (double)wait / 1000.0, t->tries, t->way.at.retries);
	return true;
}

/* Asks again, on another way or on the same. */
static bool ask_again(
	struct turn *t, const struct failure *f, struct buf *notice)
{
	int64_t wait = pause_after(t, f);

	return turn_move(t, f, wait, notice) || retry(t, f, wait, notice) ||
		turn_next_model(t, f, notice);
}

/*
 * A model that is not there
 */

/* Takes another spelling of the name; a model of the same family only when
 * nobody chose one. */
static bool take_name(struct turn *t, const struct model *m,
	enum model_match match, struct buf *notice)
{
	struct span id = buf_view(&m->id);

	if (match != MODEL_SAME &&
		(match != MODEL_FAMILY || t->way.at.model_given))
		return false;
	buf_fmt(notice, "the endpoint calls %s \"%.*s\"; asking for that",
		t->way.at.model, (int)id.n, id.p);
	known_rename(t->way.host, span_str(t->way.at.model), id);
	buf_set(&t->model, id);
	t->request.model = buf_view(&t->model);
	return true;
}

/* Chooses from the list of models: true when another name is worth a try. Else
 * *hint is what the list says. */
static bool choose_model(struct turn *t, struct buf *notice, struct buf *hint)
{
	const struct models *all = &t->way.host->models;
	const struct model *m = NULL;
	enum model_match match = model_resolve(
		all, span_str(t->way.at.model), &m);

	if (match != MODEL_NONE && match != MODEL_EXACT &&
		take_name(t, m, match, notice))
		return true;
	if (match == MODEL_EXACT)
		buf_str(hint, "; it does list that model");
	else if (match != MODEL_NONE)
		buf_fmt(hint, "; did you mean \"%.*s\"?", (int)m->id.len,
			m->id.p);
	else if (all->n > 0)
		buf_fmt(hint, "; it lists %zu other model%s, such as \"%.*s\"",
			all->n, all->n == 1 ? "" : "s",
			(int)all->rows[0].id.len, all->rows[0].id.p);
	return false;
}

/* Goes on when the request for the list has ended. */
static void settle_look(struct turn *t)
{
	struct buf notice;
	struct buf hint;

	buf_init(&notice, BUF_SMALL);
	buf_init(&hint, BUF_SMALL);
	if (t->way.host->listed && choose_model(t, &notice, &hint)) {
		turn_again_in(t, WAIT_NOTHING, 0);
		(void)turn_tell(t, &notice, NULL);
	} else if (ask_again(t, &t->kept, &notice)) {
		(void)turn_tell(t, &notice, NULL);
	} else {
		turn_give_up(t, hint.p);
	}
	buf_release(&notice);
	buf_release(&hint);
}

static void on_listing(struct rest *r, void *payload)
{
	struct turn *t = payload;
	struct models models;

	models_init(&models);
	if (listing_read(r, &models, NULL) == ST_OK)
		known_models(t->way.host, &models);
	else
		t->way.host->no_listing = true;
	rest_free(r);
	t->listing = NULL;
	settle_look(t);
}

/* Asks for the list of models, which ends the turn or gives it another name. */
static bool look(struct turn *t, const struct failure *f)
{
	struct known_host *h = t->way.host;
	struct rest_options o = {
		.http = t->with.http,
		.agent = &t->way.at,
		.key = t->way.key,
		.done = on_listing,
		.payload = t,
	};

	if (f->status != ST_MODEL || f->http == 410 || f->http == 0 ||
		t->looked || h == NULL || h->no_listing)
		return false;
	t->looked = true;
	if (!h->listed && listing_start(&t->listing, &o, NULL) != ST_OK)
		return false;
	buf_set(&t->why, f->text);
	t->kept = *f;
	t->kept.text = buf_view(&t->why);
	t->kept.code = span_of(NULL, 0);
	t->kept.field = span_of(NULL, 0);
	if (h->listed)
		settle_look(t);
	return true;
}

bool turn_meet(struct turn *t, const struct failure *f, struct buf *notice)
{
	if (reply_has_text(&t->reply) || t->sinking)
		return false;
	return renew_key(t, f, notice) || drop_field(t, f, notice) ||
		drop_prefill(t, f, notice) || lower_answer(t, f, notice) ||
		wait_for_load(t, f, notice) || look(t, f) ||
		ask_again(t, f, notice);
}
