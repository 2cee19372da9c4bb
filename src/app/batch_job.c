/* One line of a batch, from JSON to JSON. */
#include <stdlib.h>
#include <string.h>

#include "app/batch_priv.h"
#include "base/clock.h"

enum {
	LOOK_MS = 250, /* every turn is looked at, at least this often */
	PATIENCE_MS = 10 * 60 * 1000, /* for an endpoint that asks to wait */
};

static void free_job(struct batch_job *j)
{
	session_free(j->session);
	query_release(&j->q);
	buf_release(&j->out);
	free(j);
}

static struct batch_job *new_job(struct batch *b)
{
	struct batch_job *j = calloc(1, sizeof(*j));

	if (j == NULL)
		return NULL;
	j->batch = b;
	j->line = b->in.number;
	query_init(&j->q);
	buf_init(&j->out, 7 * BUF_LARGE);
	*b->tail = j;
	b->tail = &j->next;
	b->held++;
	return j;
}

/*
 * The end of a line
 */

/* Whether the next lines would fail for the same reason. */
static bool is_in_vain(enum status st)
{
	return st == ST_AUTH || st == ST_CONFIG || st == ST_MODEL ||
		st == ST_LIMIT || st == ST_NET || st == ST_SERVER;
}

/* Gives up when so many lines fail in a row that the endpoint must be gone. */
static void count_vain(struct batch *b, const struct batch_result *r)
{
	enum status st = r->status;
	enum { LEAST = 16 };
	size_t most = 2 * b->jobs > LEAST ? 2 * b->jobs : LEAST;

	if (!is_in_vain(st) && !r->undecided) {
		b->in_vain = 0;
		return;
	}
	b->in_vain++;
	if (b->answered == 0 && (st == ST_AUTH || st == ST_CONFIG))
		b->in_vain = most;
	if (b->in_vain >= most && b->fatal.code == ST_OK) {
		b->fatal = *r->err;
		b->fatal.code = st;
		b->closing = true;
	}
}

static void finish(struct batch_job *j, const struct session_result *r,
	enum status st, const struct err *err)
{
	struct batch *b = j->batch;
	struct batch_result result = {
		.line = j->line,
		.query = &j->q,
		.nameless = j->nameless,
		.reply = r != NULL ? r->reply : NULL,
		.status = st,
		.err = err,
		.cached = r != NULL && r->cached,
		.undecided = r != NULL && r->undecided,
		.total_ms = r != NULL ? r->total_ms : -1,
	};

	j->over = true;
	j->status = st;
	batch_put(&result, &j->out);
	b->held_bytes += j->out.len;
	if (st == ST_OK)
		b->answered++;
	else
		b->failed[st]++;
	count_vain(b, &result);
	if (result.reply != NULL) {
		const struct usage *u = &result.reply->usage;

		b->tokens_in += u->prompt > 0 ? u->prompt : 0;
		b->tokens_out += u->completion > 0 ? u->completion : 0;
	}
	session_free(j->session);
	j->session = NULL;
	query_release(&j->q);
}

static void end(struct batch_job *j)
{
	const struct session_result *r = session_result(j->session);
	struct err err = r->err;
	enum status st = r->status;

	if (r->reply == NULL && st == ST_OK)
		st = err_set(&err, ST_SERVER,
			"the endpoint sent an empty reply; try again");
	else if (st == ST_OK && r->reply->outcome == OUTCOME_LENGTH &&
		j->batch->app->args.strict)
		st = err_set(&err, ST_LENGTH, "%s",
			r->reply->note.len > 0
				? r->reply->note.p
				: "the reply reached the limit of tokens; "
				  "raise it with -n");
	finish(j, r, st, &err);
}

/*
 * Its beginning
 */

static enum status on_event(
	const struct event *ev, void *payload, struct err *err)
{
	struct batch_job *j = payload;

	(void)err;
	if (ev->type == EVENT_DONE || ev->type == EVENT_FAILED)
		j->batch->dirty = true;
	return ST_OK;
}

static bool renew_key(const struct agent *agent, void *payload)
{
	struct batch_job *j = payload;

	return app_renew_key(j->batch->app, agent);
}

static enum status preload(struct batch_job *j, struct err *err)
{
	enum status st = ST_OK;
	size_t i;

	if (j->q.system.len > 0)
		st = session_set_system(
			j->session, buf_view(&j->q.system), err);
	for (i = 0; i + 1 < j->q.n && st == ST_OK; i++) {
		struct msg *m = j->q.msgs[i];

		j->q.msgs[i] = NULL;
		st = session_preload(j->session, m, err);
	}
	return st;
}

static enum status begin(struct batch_job *j, struct err *err)
{
	struct batch *b = j->batch;
	struct storage *store = &b->app->storage;
	bool save = b->app->args.save;
	struct session_options o = {
		.http = b->app->http,
		.vault = save ? store->vault : NULL,
		.catalog = save ? store->catalog : NULL,
		.known = &b->app->known,
		.cache = b->app->cache,
		.max_wait_ms = PATIENCE_MS,
		.strict = b->app->args.strict,
		.tools = j->q.tools,
		.renew_key = renew_key,
		.payload = j,
	};
	struct msg *m;
	enum status st = query_apply(&j->q, &b->agent->agent, &j->agent, err);

	if (st == ST_OK && save && j->q.tools)
		st = err_set(err, ST_USAGE,
			"calls of tools cannot be saved; leave out --save");
	if (st == ST_OK && j->q.model.len > 0)
		j->agent.model = j->q.model.p;
	if (st == ST_OK)
		st = session_new(&j->session, &o, err);
	if (st == ST_OK)
		st = preload(j, err);
	if (st == ST_OK && save && j->q.n > 1)
		st = session_save(j->session, span_of(NULL, 0),
			span_str(j->agent.name), err);
	if (st != ST_OK)
		return st;
	m = j->q.msgs[j->q.n - 1];
	j->q.msgs[j->q.n - 1] = NULL;
	st = session_ask(
		j->session, m, &j->agent, b->agent->key, on_event, j, err);
	if (st != ST_OK)
		msg_free(m);
	return st;
}

/* Ends a line that cannot be asked; the message names its place in the
 * input. */
static enum status refuse(struct batch_job *j, struct err *why, struct err *err)
{
	struct batch *b = j->batch;

	err_prefix(why, "%s:%llu", b->in.name, (unsigned long long)j->line);
	if (b->app->args.strict) {
		why->code = ST_USAGE;
		if (err != NULL)
			*err = *why;
		return ST_USAGE;
	}
	finish(j, NULL, ST_USAGE, why);
	return ST_OK;
}

static bool is_done(struct batch *b, const struct id *id)
{
	if (!batch_ids_have(&b->out.done, id))
		return false;
	b->skipped++;
	return true;
}

/* Takes back the job that was added last. */
static void forget(struct batch *b, struct batch_job *j)
{
	struct batch_job **link = &b->head;

	while (*link != j)
		link = &(*link)->next;
	*link = NULL;
	b->tail = link;
	b->held--;
	free_job(j);
}

static enum status read_line(struct batch_job *j, enum batch_line what,
	struct span line, struct err *err)
{
	enum status st = what == BATCH_LINE_LONG
		? err_set(err, ST_USAGE, "the line is longer than %zu MiB",
			  BATCH_LINE_MAX / 1024 / 1024)
		: query_read_line(&j->q, line, err);

	if (j->q.id.len == 0) {
		buf_fmt(&j->q.id, "%llu", (unsigned long long)j->line);
		j->q.id_is_number = true;
		j->nameless = st != ST_OK;
	}
	return st;
}

enum status batch_take(struct batch *b, enum batch_line what, struct span line,
	struct err *err)
{
	struct batch_job *j;
	struct err why = {0};
	struct id id;
	bool fresh = true;
	enum status bad;
	enum status st;

	if (b->in.number == 1 && span_starts(line, "\xef\xbb\xbf"))
		line = span_of(line.p + 3, line.n - 3);
	if (what != BATCH_LINE_LONG && span_trim(line).n == 0)
		return ST_OK;
	j = new_job(b);
	if (j == NULL)
		return err_nomem(err);
	bad = read_line(j, what, line, &why);
	id = batch_id(buf_view(&j->q.id), 0);
	st = j->nameless ? ST_OK : batch_ids_add(&b->seen, &id, &fresh, err);
	if (st != ST_OK)
		return st;
	if (!fresh) {
		bad = err_set(&why, ST_USAGE,
			"the id \"%.*s\" is that of an earlier line",
			(int)(j->q.id.len < 64 ? j->q.id.len : 64), j->q.id.p);
		j->nameless = true;
	}
	if (j->nameless)
		id = batch_id(span_of(NULL, 0), j->line);
	if (is_done(b, &id)) {
		forget(b, j);
		return ST_OK;
	}
	if (bad != ST_OK)
		return refuse(j, &why, err);
	bad = begin(j, &why);
	if (bad != ST_OK)
		finish(j, NULL, bad, &why);
	else
		b->active[b->active_n++] = j;
	b->dirty = true;
	return ST_OK;
}

/*
 * All of them
 */

void batch_look(struct batch *b)
{
	int64_t now = clock_mono_ms();
	int64_t due = now + LOOK_MS;
	size_t i = 0;

	if (!b->dirty && now < b->due_ms)
		return;
	b->dirty = false;
	while (i < b->active_n) {
		struct batch_job *j = b->active[i];
		int wait;

		session_step(j->session);
		if (!session_active(j->session)) {
			end(j);
			b->active[i] = b->active[--b->active_n];
			/* Others may have waited for its place at an endpoint,
			 * or for its reply. */
			b->dirty = true;
			continue;
		}
		wait = session_timeout_ms(j->session);
		if (wait >= 0 && now + wait < due)
			due = now + wait;
		i++;
	}
	b->due_ms = due;
}

void batch_drop(struct batch *b)
{
	struct batch_job *j = b->head;

	while (b->active_n > 0)
		session_stop(b->active[--b->active_n]->session);
	while (j != NULL) {
		struct batch_job *next = j->next;

		free_job(j);
		j = next;
	}
	b->head = NULL;
	b->tail = &b->head;
	b->held = 0;
	b->held_bytes = 0;
}

static void write_job(struct batch *b, struct batch_job **link)
{
	struct batch_job *j = *link;

	buf_span(&b->out.pending, buf_view(&j->out));
	b->held_bytes -= j->out.len;
	b->held--;
	if (b->first == ST_OK)
		b->first = j->status;
	*link = j->next;
	if (b->tail == &j->next)
		b->tail = link;
	free_job(j);
}

void batch_pass(struct batch *b)
{
	struct batch_job **link = &b->head;

	while (*link != NULL) {
		if ((*link)->over)
			write_job(b, link);
		else if (b->app->args.as_completed || b->stops > 0)
			link = &(*link)->next;
		else
			break;
	}
}
