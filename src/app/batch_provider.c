#include "app/batch_provider.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "app/batch_provider_priv.h"
#include "base/ascii.h"
#include "base/clock.h"
#include "base/file.h"
#include "tty/progress.h"
#include "tty/term.h"

enum {
	POLL_FIRST_MS = 1000, /* between looks at a batch, doubled up to the
				 next */
	POLL_MOST_MS = 30000,
	LOST_MOST = 5, /* looks in a row that may fail */
};

#define ID_MAX ((size_t)256)

/*
 * Requests
 */

enum status provider_ask(struct provider *p, struct rest_options *o,
	struct json **ret, struct err *err)
{
	struct rest *r = NULL;
	struct span answer = {NULL, 0};
	enum status st;

	o->http = p->app->http;
	o->agent = &p->agent->agent;
	o->key = p->agent->key;
	st = rest_start(&r, o, err);
	if (st == ST_OK)
		st = app_wait_for(p->app, r, err);
	if (st == ST_OK)
		st = rest_answer(r, &answer, err);
	p->garbled = st == ST_OK && ret != NULL &&
		json_parse(answer, ret, NULL) != ST_OK;
	if (p->garbled)
		st = err_set(err, ST_SERVER,
			"what the endpoint answers at %s is no JSON; has it a "
			"Batch API?",
			o->path);
	if (st == ST_MODEL)
		err_hint(err, "; has this endpoint a Batch API?");
	rest_free(r);
	return st;
}

/* Ids become parts of addresses, so only harmless characters are allowed. */
static bool is_id(struct span id)
{
	size_t i;

	for (i = 0; i < id.n; i++) {
		char c = id.p[i];

		if (!ascii_is_alnum(c) && c != '-' && c != '_')
			return false;
	}
	return id.n > 0 && id.n <= ID_MAX;
}

enum status provider_id(const struct json *j, const char *name, struct buf *out,
	struct err *err)
{
	struct span id = json_get_str(j, name);

	if (!is_id(id))
		return err_set(err, ST_SERVER,
			"the endpoint's answer has no \"%s\" that makes sense",
			name);
	buf_set(out, id);
	return buf_check(out, "id", err);
}

/*
 * Collecting
 */

static enum status put_piece(
	struct provider *p, struct span piece, struct err *err)
{
	if (piece.n == 0 || fd_write_full(p->fd, piece.p, piece.n))
		return ST_OK;
	if (errno == EPIPE)
		return err_set(err, ST_STOPPED, "nobody reads the results");
	return err_sys(err, ST_IO, "cannot write the results");
}

static enum status on_piece(struct span piece, void *payload, struct err *err)
{
	struct provider *p = payload;
	enum status st;

	if (!p->filter)
		return put_piece(p, piece, err);
	safe_feed(&p->safe, piece, &p->shown);
	st = put_piece(p, buf_view(&p->shown), err);
	buf_reset(&p->shown);
	return st;
}

static enum status open_results(struct provider *p, struct err *err)
{
	const char *path = args_output_file(&p->app->args);

	p->fd = STDOUT_FILENO;
	p->filter = term_get()->out;
	if (path == NULL)
		return ST_OK;
	p->filter = false;
	if (file_exists(path))
		return err_set(err, ST_USAGE,
			"\"%s\" is there already; name another file", path);
	buf_fmt(&p->part, "%s.part", path);
	p->fd = open(p->part.p,
		O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	return p->fd >= 0
		? ST_OK
		: err_sys(err, ST_USAGE, "cannot write \"%s\"", p->part.p);
}

/* The file gets its name only when all results are in it. */
static enum status close_results(struct provider *p, bool keep, struct err *err)
{
	enum status st = ST_OK;

	if (p->part.len == 0 || p->fd < 0)
		return ST_OK;
	if (keep &&
		(fsync(p->fd) != 0 ||
			rename(p->part.p, p->app->args.output) != 0))
		st = err_sys(
			err, ST_IO, "cannot write \"%s\"", p->app->args.output);
	(void)close(p->fd);
	p->fd = -1;
	if (!keep || st != ST_OK)
		(void)unlink(p->part.p);
	return st;
}

/* Fetches one of the batch's two files of results, when it has it. */
static enum status get_file(struct provider *p, const struct json *batch,
	const char *name, bool *ret_any, struct err *err)
{
	struct rest_options o = {.fn = on_piece, .payload = p};
	struct buf id;
	struct buf path;
	enum status st;

	if (json_get_str(batch, name).n == 0)
		return ST_OK;
	buf_init(&id, BUF_SMALL);
	buf_init(&path, BUF_SMALL);
	st = provider_id(batch, name, &id, err);
	buf_fmt(&path, "/files/%s/content", id.p);
	o.path = path.p;
	if (st == ST_OK)
		st = provider_ask(p, &o, NULL, err);
	*ret_any = true;
	buf_release(&id);
	buf_release(&path);
	return st;
}

static bool is_over(struct span status)
{
	static const char *const words[] = {
		"completed", "failed", "expired", "cancelled", "canceled"};
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (span_is(status, words[i]))
			return true;
	return false;
}

/* Whether another look may bring what this one did not. */
static bool may_pass(const struct provider *p, enum status st)
{
	return !p->garbled &&
		(st == ST_NET || st == ST_SERVER || st == ST_LIMIT);
}

static int wait_until(void *payload)
{
	const int64_t *at = payload;
	int64_t left = *at - clock_mono_ms();

	return left < 0 ? 0 : (int)left;
}

static enum status nothing(short revents, void *payload, struct err *err)
{
	(void)revents;
	(void)payload;
	(void)err;
	return ST_OK;
}

/* Lets that time pass; ST_STOPPED when a signal came. */
static enum status rest_for(struct provider *p, int64_t ms, struct err *err)
{
	int64_t until = clock_mono_ms() + ms;
	bool stopped = false;
	enum status st = ST_OK;

	while (st == ST_OK && !stopped && clock_mono_ms() < until) {
		struct loop_source sources[] = {
			app_http_source(p->app),
			app_stop_source(p->app, &stopped),
			{p->app->signal_fd, 0, wait_until, nothing, &until},
		};

		st = loop_once(
			sources, sizeof(sources) / sizeof(sources[0]), err);
	}
	if (st == ST_OK && stopped)
		st = err_set(err, ST_STOPPED, "stopped");
	return st;
}

static void show_counts(struct progress *progress, const struct json *batch)
{
	const struct json *counts = json_get(batch, "request_counts");

	progress_at(progress, (uint64_t)json_get_int(counts, "completed", 0),
		(uint64_t)json_get_int(counts, "total", 0));
}

/* Looks at the batch again and again until it is over; the caller frees
 * *ret. */
static enum status wait_for(struct provider *p, const char *path,
	struct json **ret, struct err *err)
{
	struct progress progress;
	int64_t pause = POLL_FIRST_MS;
	int lost = 0;
	enum status st;

	progress_start(&progress, "the endpoint's batch", "answers",
		p->app->args.quiet);
	for (;;) {
		struct rest_options o = {.path = path};

		st = provider_ask(p, &o, ret, err);
		if (st == ST_OK && is_over(json_get_str(*ret, "status")))
			break;
		lost = st == ST_OK ? 0 : lost + 1;
		if (lost > LOST_MOST || (lost > 0 && !may_pass(p, st)))
			break;
		show_counts(&progress, *ret);
		json_free(*ret);
		*ret = NULL;
		st = rest_for(p, pause, err);
		if (st != ST_OK)
			break;
		pause = pause * 2 < POLL_MOST_MS ? pause * 2 : POLL_MOST_MS;
	}
	progress_stop(&progress);
	if (st == ST_STOPPED)
		err_hint(err,
			"; the batch goes on, and the same command "
			"collects it");
	return st;
}

/* The status of a batch that is over. */
static enum status judge(
	struct provider *p, const struct json *batch, struct err *err)
{
	struct span status = json_get_str(batch, "status");
	const struct json *counts = json_get(batch, "request_counts");
	int64_t total = json_get_int(counts, "total", 0);
	int64_t failed = json_get_int(counts, "failed", 0);
	struct span why = json_get_str(
		json_first(json_get(json_get(batch, "errors"), "data")),
		"message");

	app_note(p->app, "%lld answered, %lld failed of %lld",
		(long long)json_get_int(counts, "completed", 0),
		(long long)failed, (long long)total);
	if (!span_is(status, "completed"))
		return err_set(err,
			span_is(status, "failed") ? ST_SERVER : ST_CUT,
			"the endpoint's batch is %.*s%s%.*s", (int)status.n,
			status.p, why.n > 0 ? ": " : "",
			(int)(why.n < 500 ? why.n : 500), why.p);
	if (failed > 0)
		return err_set(err, ST_SERVER,
			"%lld of %lld lines were not answered",
			(long long)failed, (long long)total);
	return ST_OK;
}

static enum status collect(struct provider *p, struct err *err)
{
	const char *id = p->app->args.collect;
	struct json *batch = NULL;
	struct buf path;
	bool any = false;
	enum status late;
	enum status st;

	if (!is_id(span_str(id)))
		return err_set(err, ST_USAGE, "\"%s\" is no id of a batch", id);
	buf_init(&path, BUF_SMALL);
	buf_fmt(&path, "/batches/%s", id);
	st = open_results(p, err);
	if (st == ST_OK)
		st = wait_for(p, path.p, &batch, err);
	if (st == ST_OK)
		st = get_file(p, batch, "output_file_id", &any, err);
	if (st == ST_OK)
		st = get_file(p, batch, "error_file_id", &any, err);
	if (p->filter) {
		safe_finish(&p->safe, &p->shown);
		(void)put_piece(p, buf_view(&p->shown), NULL);
	}
	late = close_results(p, st == ST_OK && any, st == ST_OK ? err : NULL);
	if (st == ST_OK)
		st = late;
	if (st == ST_OK)
		st = judge(p, batch, err);
	json_free(batch);
	buf_release(&path);
	return st;
}

enum status batch_provider(struct app *app, struct err *err)
{
	struct provider p = {.app = app, .fd = -1};
	enum status st = app_agent(app, span_of(NULL, 0), &p.agent, err);

	buf_init(&p.part, BUF_SMALL);
	buf_init(&p.shown, BUF_LARGE);
	safe_init(&p.safe, 0);
	if (st == ST_OK && p.agent->agent.kind == AGENT_GUIDE)
		st = err_set(err, ST_USAGE, "@guide has no Batch API");
	if (st == ST_OK)
		st = app_http(app, err);
	if (st == ST_OK)
		st = app->args.collect != NULL ? collect(&p, err)
					       : provider_submit(&p, err);
	batch_ids_release(&p.seen);
	buf_release(&p.part);
	buf_release(&p.shown);
	return st;
}
