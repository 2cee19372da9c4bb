#include "app/batch.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/batch_priv.h"
#include "app/reuse.h"
#include "app/unlock.h"
#include "base/clock.h"
#include "net/http.h"
#include "tty/term.h"

enum {
	AHEAD = 16, /* lines begun ahead of an unanswered one, per job */
	AHEAD_LEAST = 256,
};

/* Bytes of results that wait for an earlier one. */
#define HELD_MAX ((size_t)64 * 1024 * 1024)

/*
 * The beginning
 */

static enum status open_input(struct batch *b, struct err *err)
{
	const char *path = b->app->args.words.v[0];

	if (strcmp(path, "-") == 0) {
		batch_lines_init(&b->in, STDIN_FILENO, "stdin");
		b->fd = STDIN_FILENO;
	} else {
		b->fd = open(path, O_RDONLY | O_CLOEXEC);
		if (b->fd < 0)
			return err_sys(
				err, ST_USAGE, "cannot read \"%s\"", path);
		batch_lines_init(&b->in, b->fd, path);
	}
	b->lines = batch_lines_count(b->fd);
	return ST_OK;
}

static enum status check_args(const struct app *app, struct err *err)
{
	const struct args *a = &app->args;

	if (a->resume.set && a->resume.v != NULL)
		return err_set(err, ST_USAGE,
			"--resume of a batch takes no value: it goes on with "
			"the file of -o");
	if (a->resume.set && args_output_file(a) == NULL)
		return err_set(err, ST_USAGE,
			"--resume needs -o FILE, whose results it goes on "
			"with");
	if (a->save && a->private)
		return err_set(err, ST_USAGE,
			"--save and --private exclude each other");
	return ST_OK;
}

static enum status start(struct batch *b, struct err *err)
{
	struct app *app = b->app;
	const struct args *a = &app->args;
	enum status st = check_args(app, err);

	if (st == ST_OK)
		st = open_input(b, err);
	if (st == ST_OK && (a->save || reuse_wanted(app)))
		st = unlock_storage(app, err);
	if (st == ST_OK)
		reuse_open(app, NULL);
	if (st == ST_OK)
		st = app_agent(app, span_of(NULL, 0), &b->agent, err);
	if (st == ST_OK)
		st = app_http(app, err);
	if (st == ST_OK)
		st = batch_out_open(
			&b->out, args_output_file(a), a->resume.set, err);
	if (st != ST_OK)
		return st;
	b->jobs = a->jobs.set ? (size_t)a->jobs.v : BATCH_JOBS;
	b->active = calloc(b->jobs, sizeof(struct batch_job *));
	if (b->active == NULL)
		return err_nomem(err);
	loop_raise_files();
	if (b->out.again > 0)
		app_note(app, "%llu that failed before will be asked again",
			(unsigned long long)b->out.again);
	progress_start(&b->progress, "batch", "answers", a->quiet);
	b->start_ms = clock_mono_ms();
	return ST_OK;
}

/*
 * The loop
 */

static bool has_room(const struct batch *b)
{
	size_t ahead = AHEAD * b->jobs;

	if (ahead < AHEAD_LEAST)
		ahead = AHEAD_LEAST;
	return !b->closing && !b->ended && b->active_n < b->jobs &&
		b->held < ahead && b->held_bytes < HELD_MAX;
}

/* Begins jobs for the lines that were read, as long as there is room. *ret_dry:
 * there is room for more, and nothing to read it from. */
static enum status take_lines(struct batch *b, bool *ret_dry, struct err *err)
{
	struct span line;
	enum status st = ST_OK;

	*ret_dry = false;
	while (st == ST_OK && has_room(b)) {
		enum batch_line what = batch_lines_next(&b->in, &line);

		if (what == BATCH_LINE_MORE) {
			*ret_dry = true;
			break;
		}
		if (what == BATCH_LINE_END)
			b->ended = true;
		else
			st = batch_take(b, what, line, err);
	}
	return st;
}

static enum status input_ready(short revents, void *payload, struct err *err)
{
	struct batch *b = payload;

	(void)revents;
	return batch_lines_fill(&b->in, err);
}

static enum status signal_ready(short revents, void *payload, struct err *err)
{
	struct batch *b = payload;
	int number;

	(void)revents;
	(void)err;
	while ((number = term_next_signal()) != 0) {
		if (number == SIGTSTP) {
			progress_hide(&b->progress);
			term_stop();
		}
		if (number != SIGINT && number != SIGTERM && number != SIGHUP)
			continue;
		b->stops++;
		b->closing = true;
		progress_hide(&b->progress);
		if (b->stops == 1 && b->active_n > 0)
			app_note(b->app,
				"stopping after the %zu under way; once more "
				"to stop at once",
				b->active_n);
	}
	return ST_OK;
}

static int http_wait(void *payload)
{
	struct batch *b = payload;
	int wait = http_timeout_ms(b->app->http);
	int64_t left = b->dirty ? 0 : b->due_ms - clock_mono_ms();

	if (left < 0)
		left = 0;
	if (wait < 0 || left < wait)
		wait = (int)left;
	return wait;
}

static enum status http_ready(short revents, void *payload, struct err *err)
{
	struct batch *b = payload;
	enum status st = http_step(b->app->http, err);

	(void)revents;
	batch_look(b);
	return st;
}

static int sync_wait(void *payload)
{
	struct batch *b = payload;

	return batch_out_timeout_ms(&b->out);
}

static enum status sync_ready(short revents, void *payload, struct err *err)
{
	struct batch *b = payload;

	(void)revents;
	return batch_out_timeout_ms(&b->out) == 0
		? batch_out_sync(&b->out, false, err)
		: ST_OK;
}

/* Rate and time left, behind the count. */
static void show(struct batch *b)
{
	uint64_t done = b->answered;
	int64_t ms = clock_mono_ms() - b->start_ms;
	double rate;
	size_t i;

	for (i = 0; i <= ST_STOPPED; i++)
		done += b->failed[i];
	rate = ms > 0 ? (double)done * 1000.0 / (double)ms : 0;
	if (b->lines > b->skipped + done && rate > 0)
		(void)snprintf(b->progress.note, sizeof(b->progress.note),
			"%.1f/s, %.0f s left", rate,
			(double)(b->lines - b->skipped - done) / rate);
	else
		(void)snprintf(b->progress.note, sizeof(b->progress.note),
			"%.1f/s", rate);
	progress_at(&b->progress, b->skipped + done, b->lines);
}

static enum status turn(struct batch *b, struct err *err)
{
	bool dry = false;
	enum status st = take_lines(b, &dry, err);

	batch_pass(b);
	if (st == ST_OK)
		st = batch_out_flush(&b->out, err);
	show(b);
	if (st == ST_OK && (b->active_n > 0 || dry)) {
		struct loop_source sources[] = {
			{http_fd(b->app->http), POLLIN, http_wait, http_ready,
				b},
			{dry ? b->fd : -1, POLLIN, NULL, input_ready, b},
			{b->app->signal_fd, POLLIN, NULL, signal_ready, b},
			{b->out.file ? b->app->signal_fd : -1, 0, sync_wait,
				sync_ready, b},
			app_guide_source(b->app),
		};

		st = loop_once(
			sources, sizeof(sources) / sizeof(sources[0]), err);
	}
	return st;
}

static bool is_over(const struct batch *b)
{
	if (b->out.gone || b->stops > 1)
		return true;
	return b->active_n == 0 && b->head == NULL && (b->ended || b->closing);
}

/*
 * The end
 */

static void tell(struct batch *b)
{
	struct buf text;
	uint64_t failed = 0;
	const char *sep = " (";
	size_t i;

	for (i = 0; i <= ST_STOPPED; i++)
		failed += b->failed[i];
	buf_init(&text, BUF_SMALL);
	buf_fmt(&text, "%llu answered, %llu failed",
		(unsigned long long)b->answered, (unsigned long long)failed);
	for (i = 0; i <= ST_STOPPED; i++)
		if (b->failed[i] > 0) {
			buf_fmt(&text, "%s%llu %s", sep,
				(unsigned long long)b->failed[i],
				status_name((enum status)i));
			sep = ", ";
		}
	if (failed > 0)
		buf_char(&text, ')');
	if (b->skipped > 0)
		buf_fmt(&text, ", %llu done before",
			(unsigned long long)b->skipped);
	buf_fmt(&text, "; %lld tokens in, %lld out; %.1f s",
		(long long)b->tokens_in, (long long)b->tokens_out,
		(double)(clock_mono_ms() - b->start_ms) / 1000.0);
	app_note(b->app, "%s", text.p);
	buf_release(&text);
}

/* The status of the whole batch. */
static enum status judge(const struct batch *b, struct err *err)
{
	if (b->stops > 0)
		return err_set(err, ST_STOPPED, "%s",
			b->out.file ? "stopped; the same with --resume goes on"
				    : "stopped");
	if (b->fatal.code != ST_OK) {
		*err = b->fatal;
		err_hint(err, "\nthe rest was not asked%s",
			b->out.file ? "; the same with --resume goes on" : "");
		return b->fatal.code;
	}
	err_clear(err);
	return b->out.first != ST_OK ? b->out.first : b->first;
}

enum status batch_run(struct app *app, struct err *err)
{
	struct batch b = {.app = app, .fd = -1};
	struct err late;
	bool begun;
	enum status st;

	b.tail = &b.head;
	batch_lines_init(&b.in, -1, "");
	batch_out_init(&b.out);
	st = start(&b, err);
	begun = st == ST_OK;
	while (st == ST_OK && !is_over(&b))
		st = turn(&b, err);
	batch_drop(&b);
	progress_stop(&b.progress);
	if (begun) {
		if (batch_out_sync(&b.out, true, &late) != ST_OK &&
			st == ST_OK) {
			*err = late;
			st = late.code;
		}
		tell(&b);
	}
	if (st == ST_OK && !b.out.gone)
		st = judge(&b, err);
	batch_lines_release(&b.in);
	batch_out_release(&b.out);
	batch_ids_release(&b.seen);
	free(b.active);
	if (b.fd > STDERR_FILENO)
		(void)close(b.fd);
	return st;
}
