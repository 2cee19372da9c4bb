#include "engine/session.h"

#include <stdlib.h>

#include "base/utf8.h"
#include "engine/keep.h"
#include "engine/known.h"
#include "engine/memory.h"
#include "engine/prompt.h"
#include "engine/route.h"
#include "engine/session_priv.h"
#include "engine/turn.h"
#include "store/box.h"

/* Bytes of a title. */
enum { TITLE_MAX = 500 };

static struct session *make(const struct session_options *o)
{
	struct session *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	s->with = *o;
	s->with.terminal = span_of(NULL, 0);
	conv_init(&s->conv);
	seam_init(&s->seam);
	s->result.first_token_ms = -1;
	s->result.total_ms = -1;
	return s;
}

static enum status open_keep(struct session *s, const struct session_options *o,
	const struct id *conv, struct buf *notice, struct err *err)
{
	struct keep_options k = {
		.vault = o->vault,
		.catalog = o->catalog,
		.terminal = o->terminal,
		.chat = o->http != NULL,
		.foreign = o->foreign,
		.payload = o->payload,
	};

	if (o->vault == NULL)
		return ST_OK;
	return conv == NULL
		? keep_new(&s->keep, &k, &s->conv, NULL, err)
		: keep_open(&s->keep, &k, &s->conv, conv, notice, err);
}

enum status session_new(
	struct session **ret, const struct session_options *o, struct err *err)
{
	struct session *s = make(o);
	enum status st;

	if (s == NULL)
		return err_nomem(err);
	st = box_init(err);
	if (st == ST_OK) {
		box_random_id(&s->conv.id);
		st = open_keep(s, o, NULL, NULL, err);
	}
	if (st != ST_OK) {
		session_free(s);
		return st;
	}
	*ret = s;
	return ST_OK;
}

enum status session_open(struct session **ret, const struct session_options *o,
	const struct id *conv, struct buf *notice, struct err *err)
{
	struct session *s;
	enum status st;

	if (o->vault == NULL)
		return err_set(err, ST_NOT_FOUND,
			"nothing is saved here, so there is no conversation "
			"to open");
	s = make(o);
	if (s == NULL)
		return err_nomem(err);
	st = open_keep(s, o, conv, notice, err);
	if (st != ST_OK) {
		session_free(s);
		return st;
	}
	*ret = s;
	return ST_OK;
}

bool session_damaged(const struct session *s)
{
	return s->keep != NULL && keep_damaged(s->keep);
}

void session_free(struct session *s)
{
	if (s == NULL)
		return;
	session_stop(s);
	session_compact_free(s);
	turn_free(s->turn);
	msg_free(s->reply);
	keep_free(s->keep);
	conv_release(&s->conv);
	seam_release(&s->seam);
	free(s);
}

enum status session_preload(struct session *s, struct msg *m, struct err *err)
{
	enum status st;

	box_random_id(&m->id);
	m->parent = s->conv.leaf;
	st = conv_add(&s->conv, m, err);
	if (st != ST_OK)
		msg_free(m);
	return st;
}

enum status session_set_system(
	struct session *s, struct span text, struct err *err)
{
	struct err why;
	enum status st = session_ready(s, err);

	if (st != ST_OK)
		return st;
	buf_set(&s->conv.system, text);
	st = buf_check(&s->conv.system, "system prompt", err);
	if (st == ST_OK && s->keep != NULL &&
		keep_system(s->keep, &s->conv, &why) != ST_OK)
		session_unsaved(s, UNSAVED_CHANGE, &why);
	return st;
}

enum status session_rename(
	struct session *s, struct span title, struct err *err)
{
	struct buf fresh;
	enum status st = session_ready(s, err);

	if (st != ST_OK)
		return st;
	buf_init(&fresh, BUF_SMALL);
	utf8_one_line(title, TITLE_MAX, &fresh);
	st = buf_check(&fresh, "title", err);
	if (st == ST_OK && fresh.len == 0)
		st = err_set(err, ST_USAGE, "a title has to have letters");
	if (st == ST_OK) {
		buf_set(&s->conv.title, buf_view(&fresh));
		st = buf_check(&s->conv.title, "title", err);
	}
	if (st == ST_OK && s->keep != NULL)
		st = keep_title(s->keep, &s->conv, err);
	buf_release(&fresh);
	return st;
}

enum status session_save(struct session *s, struct span title,
	struct span agent, struct err *err)
{
	enum status st = ST_OK;

	if (s->keep == NULL || s->conv.n == 0)
		return err_set(err, ST_USAGE, "there is nothing to be saved");
	if (span_trim(title).n > 0)
		st = session_rename(s, title, err);
	else
		conv_make_title(&s->conv, &s->conv.title);
	buf_set(&s->conv.agent, agent);
	if (st == ST_OK)
		st = buf_check(&s->conv.agent, "agent", err);
	return st == ST_OK ? keep_all(s->keep, &s->conv, err) : st;
}

enum status session_fork(struct session *s, struct err *err)
{
	struct keep *copy = NULL;
	struct keep_options k;
	enum status st;

	st = session_ready(s, err);
	/* The copy has the path alone; other branches stay in the old
	 * conversation. */
	if (st == ST_OK)
		st = conv_keep_path(&s->conv, err);
	if (st != ST_OK)
		return st;
	s->result.reply = NULL;
	if (s->keep == NULL) {
		box_random_id(&s->conv.id);
		return ST_OK;
	}
	keep_options(s->keep, &k);
	st = keep_fork(&copy, &k, &s->conv, err);
	if (st != ST_OK)
		return st;
	keep_free(s->keep);
	s->keep = copy;
	return ST_OK;
}

struct span session_others(const struct session *s)
{
	return s->keep != NULL ? keep_others(s->keep) : span_of(NULL, 0);
}

const struct conv *session_conv(const struct session *s)
{
	return &s->conv;
}

bool session_saved(const struct session *s)
{
	return s->keep != NULL && s->told_unsaved == UNSAVED_NOTHING;
}

enum status session_ready(const struct session *s, struct err *err)
{
	if (session_active(s))
		return err_set(err, ST_BUSY, "a reply is still under way");
	return ST_OK;
}

enum status session_retry(struct session *s, struct err *err)
{
	struct msg *m = conv_leaf(&s->conv);
	enum status st = session_ready(s, err);

	if (st != ST_OK)
		return st;
	if (m == NULL)
		return err_set(err, ST_NOT_FOUND, "there is nothing to retry");
	if (m->role == ROLE_ASSISTANT) {
		s->tried = m->id;
		s->conv.leaf = m->parent;
	}
	return ST_OK;
}

void session_go_back(struct session *s)
{
	if (!id_is_none(&s->tried))
		(void)conv_goto(&s->conv, &s->tried, NULL);
	s->tried = (struct id){{0}};
}

enum status session_undo(struct session *s, size_t turns, struct err *err)
{
	struct err why;
	enum status st = session_ready(s, err);

	if (st == ST_OK)
		st = conv_undo(&s->conv, turns, err);
	if (st == ST_OK && s->keep != NULL &&
		keep_leaf(s->keep, &s->conv, &why) != ST_OK)
		session_unsaved(s, UNSAVED_CHANGE, &why);
	return st;
}

enum status session_stand(
	struct session *s, const struct id *leaf, struct err *err)
{
	enum status st = session_ready(s, err);

	return st == ST_OK ? conv_goto(&s->conv, leaf, err) : st;
}

struct agent session_seen(struct session *s, const struct agent *agent)
{
	struct agent seen = *agent;
	const struct known_host *host = agent->kind == AGENT_CHAT
		? known_host(s->with.known, agent->url)
		: NULL;

	seen.context = route_window(agent, s->with.known);
	s->window = seen.context;
	s->scale = known_scale(host, span_str(agent->model));
	return seen;
}

/* Appends what goes behind the system prompt: what is remembered, and the
 * language. When the memory cannot be read, that is told, and the question is
 * asked without it. */
static void put_notes(
	struct session *s, const struct agent *agent, struct buf *out)
{
	struct err err;

	if (agent->kind != AGENT_CHAT)
		return;
	if (s->with.memory != NULL &&
		memory_notes(s->with.memory, agent->name, out, &err) != ST_OK) {
		s->with.memory = NULL;
		(void)err_set(&s->forgot, ST_IO, "%s", err.msg);
	}
	if (agent->language != NULL && agent->language[0] != '\0')
		buf_fmt(out,
			"%sAnswer in this language, whatever language is "
			"spoken to you: %s.",
			out->len > 0 ? "\n\n" : "", agent->language);
}

static enum status build(struct session *s, struct prompt *p,
	const struct msg *next, const struct agent *agent, bool keep_all,
	struct err *err)
{
	struct agent seen = session_seen(s, agent);
	struct prompt_with with = {.scale = s->scale, .keep_all = keep_all};
	struct buf notes;
	enum status st;

	buf_init(&notes, BUF_LARGE);
	put_notes(s, agent, &notes);
	with.notes = buf_view(&notes);
	st = buf_check(&notes, "notes", err);
	if (st == ST_OK)
		st = prompt_build(p, &s->conv, next, &seen, &with, err);
	buf_release(&notes);
	return st;
}

/* ST_USAGE when the message has images and the model takes none. */
static enum status check_images(const struct session *s, const struct msg *next,
	const struct agent *agent, struct err *err)
{
	const struct msg *m = next != NULL ? next
					   : conv_last(&s->conv, ROLE_USER);

	if (m == NULL || !msg_has_image(m) ||
		known_takes_images(
			known_host(s->with.known, agent->url), agent))
		return ST_OK;
	return err_set(err, ST_USAGE,
		"the model \"%.100s\" reads text only, as far as is known; "
		"choose one that takes images (-m), or, if it does, say "
		"--images or set images = yes",
		agent->model);
}

enum status session_prompt(struct session *s, struct prompt *p,
	const struct msg *next, const struct agent *agent, struct err *err)
{
	enum status st = check_images(s, next, agent, err);

	if (st == ST_OK)
		st = build(s, p, next, agent, false, err);
	if (st == ST_OK)
		s->estimate = p->estimate;
	return st;
}

enum status session_look(struct session *s, struct prompt *p,
	const struct msg *next, const struct agent *agent, struct err *err)
{
	return build(s, p, next, agent, true, err);
}

enum status session_sent(struct session *s, struct prompt *p,
	const struct agent *agent, struct err *err)
{
	return build(s, p, NULL, agent, false, err);
}

int64_t session_window(const struct session *s)
{
	return s->window;
}

double session_scale(const struct session *s)
{
	return s->scale > 0 ? s->scale : 1;
}

struct turn_options session_turn(struct session *s, const struct prompt *p,
	const struct agent *agent, const struct secret *key)
{
	const struct msg *last = conv_last(&s->conv, ROLE_ASSISTANT);

	return (struct turn_options){
		.http = s->with.http,
		.agent = agent,
		.key = key,
		.known = s->with.known,
		.last = last != NULL ? buf_view(&last->endpoint)
				     : span_of(NULL, 0),
		.tokens = p->tokens,
		.max_tokens = p->max_tokens,
		.max_wait_ms = s->with.max_wait_ms,
		.sink = session_event,
		.payload = s,
		.went = session_went,
		.renew_key = s->with.renew_key,
		.renew_payload = s->with.payload,
	};
}

enum status session_request(struct session *s, const struct msg *m,
	const struct agent *agent, struct buf *out, struct err *err)
{
	struct prompt p;
	enum status st;

	prompt_init(&p);
	st = session_prompt(s, &p, m, agent, err);
	if (st == ST_OK) {
		struct turn_options o = session_turn(s, &p, agent, NULL);

		st = turn_body(
			&o, (const struct msg *const *)p.msgs, p.n, out, err);
	}
	prompt_release(&p);
	return st;
}

bool session_active(const struct session *s)
{
	return s->compaction != NULL ||
		(s->turn != NULL && !turn_ended(s->turn));
}

void session_stop(struct session *s)
{
	if (session_active(s)) {
		session_compact_stop(s);
		turn_stop(s->turn);
		session_step(s);
	}
}

void session_pause(struct session *s, bool on)
{
	if (session_active(s))
		turn_pause(s->turn, on);
}

void session_step(struct session *s)
{
	if (s->turn == NULL)
		return;
	if (s->deaf && !turn_ended(s->turn))
		turn_stop(s->turn);
	turn_step(s->turn);
	session_compact_step(s);
	if (s->compaction == NULL && turn_ended(s->turn)) {
		const struct turn_times *t = turn_times(s->turn);

		s->result.request_id = turn_request_id(s->turn);
		s->result.timed_out = turn_timed_out(s->turn);
		s->result.first_token_ms = t->first_text_ms;
		s->result.total_ms = t->end_ms;
	}
}

int session_timeout_ms(const struct session *s)
{
	return s->turn == NULL ? -1 : turn_timeout_ms(s->turn);
}

bool session_countdown(const struct session *s, struct buf *out)
{
	return session_active(s) && turn_countdown(s->turn, out);
}

const struct session_result *session_result(const struct session *s)
{
	return &s->result;
}
