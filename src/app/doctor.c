#include "app/doctor.h"

#include <langinfo.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/doctor_priv.h"
#include "app/screen.h"
#include "app/unlock.h"
#include "store/catalog.h"
#include "text/safe.h"
#include "tty/term.h"
#include "wire/json.h"

enum { NAME_COLUMNS = 14, TIME_COLUMNS = 10, SECRET_BYTES = 32 };

struct check *doctor_add(struct doctor *d, const char *name,
	enum check_state state, const char *fmt, ...)
{
	/* There are never more; should that be wrong, the last place is written
	 * again rather than one behind it. */
	size_t at = d->n < DOCTOR_CHECKS_MAX ? d->n++ : DOCTOR_CHECKS_MAX - 1;
	struct check *c = &d->checks[at];
	va_list ap;

	c->name = name;
	c->state = state;
	c->us = -1;
	buf_init(&c->detail, BUF_SMALL);
	buf_init(&c->fix, BUF_SMALL);
	va_start(ap, fmt);
	buf_vfmt(&c->detail, fmt, ap);
	va_end(ap);
	return c;
}

void doctor_fail(struct check *c, enum status st, const char *fix)
{
	c->state = CHECK_FAIL;
	c->status = st;
	buf_set(&c->fix, span_str(fix));
}

/*
 * What is here
 */

static void look_configuration(
	struct doctor *d, enum status started, const struct err *why)
{
	const struct config *c = &d->app->config;
	struct check *k;

	if (started != ST_OK) {
		k = doctor_add(d, "configuration", CHECK_FAIL, "%s", why->msg);
		doctor_fail(k, started,
			started == ST_CONFIG
				? "correct that line; atllama.conf(5) has all "
				  "settings"
				: "");
		return;
	}
	if (c->file == NULL)
		(void)doctor_add(
			d, "configuration", CHECK_OK, "no file, which is fine");
	else
		(void)doctor_add(d, "configuration", CHECK_OK,
			"%s: %zu endpoint%s, %zu pool%s, %zu agent%s", c->file,
			c->endpoints_n, c->endpoints_n == 1 ? "" : "s",
			c->pools_n, c->pools_n == 1 ? "" : "s", c->agents_n,
			c->agents_n == 1 ? "" : "s");
}

/* Whether the path, or the nearest folder above it that exists, can be
 * written. */
static bool is_writable(const char *path)
{
	struct stat sb;
	struct buf at;
	bool ok;

	buf_init(&at, BUF_SMALL);
	buf_str(&at, path);
	while (at.len > 1 && access(at.p, F_OK) != 0) {
		while (at.len > 1 && at.p[at.len - 1] != '/')
			buf_truncate(&at, at.len - 1);
		if (at.len > 1)
			buf_truncate(&at, at.len - 1);
	}
	ok = stat(at.p, &sb) == 0 && S_ISDIR(sb.st_mode) &&
		access(at.p, W_OK) == 0;
	buf_release(&at);
	return ok;
}

static void look_folders(struct doctor *d)
{
	struct storage_options o = unlock_options(d->app);
	struct storage_places at = {0};
	struct err err = {0};
	struct check *k;
	enum status st = storage_places_find(&at, &o, &err);

	if (st != ST_OK) {
		k = doctor_add(d, "folders", CHECK_FAIL, "%s", err.msg);
		doctor_fail(k, st, "");
	} else if (!is_writable(at.data.p)) {
		k = doctor_add(d, "folders", CHECK_FAIL, "%s cannot be written",
			at.data.p);
		doctor_fail(k, ST_IO,
			"answers are not saved there: make it writable, or set "
			"XDG_DATA_HOME to a folder that is");
	} else if (!is_writable(at.state.p)) {
		k = doctor_add(d, "folders", CHECK_FAIL, "%s cannot be written",
			at.state.p);
		doctor_fail(k, ST_IO,
			"make it writable, or set XDG_STATE_HOME to a folder "
			"that is");
	} else {
		(void)doctor_add(
			d, "folders", CHECK_OK, "%s can be written", at.data.p);
	}
	storage_places_release(&at);
}

static void count_conversations(struct doctor *d, struct check *k)
{
	const struct catalog_entry *e;
	struct err err = {0};
	size_t damaged = 0;
	size_t n = 0;
	size_t i;
	enum status st = catalog_list(d->app->storage.catalog, &e, &n, &err);

	if (st != ST_OK) {
		buf_fmt(&k->detail, "; %s", err.msg);
		doctor_fail(k, st, "atllama list says more");
		return;
	}
	for (i = 0; i < n; i++)
		damaged += e[i].damaged;
	buf_fmt(&k->detail, ", %zu conversation%s", n, n == 1 ? "" : "s");
	if (damaged > 0) {
		k->state = CHECK_WARN;
		buf_fmt(&k->detail, ", %zu of them damaged", damaged);
		buf_str(&k->fix,
			"what could be read is shown; a backup has "
			"the rest");
	}
}

/* Looks only: no passphrase is asked for and no file is made. */
static void look_storage(struct doctor *d)
{
	struct storage_options o = unlock_options(d->app);
	struct err err = {0};
	struct check *k;
	enum status st;

	if (d->app->storage.vault != NULL) {
		k = doctor_add(d, "storage", CHECK_OK, "is open");
		count_conversations(d, k);
		return;
	}
	o.pass = NULL;
	o.notice = NULL;
	o.existing_only = true;
	st = storage_open(&d->app->storage, &o, &err);
	if (st == ST_OK) {
		k = doctor_add(
			d, "storage", CHECK_OK, "opens without a question");
		count_conversations(d, k);
	} else if (st == ST_NOT_FOUND) {
		(void)doctor_add(d, "storage", CHECK_OK,
			"nothing is saved yet; the first answer makes it");
	} else if (st == ST_LOCKED && d->app->storage.asks) {
		(void)doctor_add(d, "storage", CHECK_OK,
			"locked: the passphrase will be asked for");
	} else {
		k = doctor_add(d, "storage", CHECK_FAIL, "%s", err.msg);
		doctor_fail(k, st,
			"--private answers without it; atllama key says more");
	}
}

static void look_memory(struct doctor *d)
{
	struct secret s = {0};
	bool ok = secret_new(&s, SECRET_BYTES) && secret_locked();
	struct check *k;

	secret_free(&s);
	if (ok) {
		(void)doctor_add(d, "key memory", CHECK_OK,
			"locked: keys are never swapped to disk");
		return;
	}
	k = doctor_add(d, "key memory", CHECK_WARN,
		"cannot be locked: keys may be swapped to disk");
	buf_str(&k->fix,
		"raise the limit of locked memory (ulimit -l), or "
		"encrypt the swap");
}

static void look_terminal(struct doctor *d)
{
	static const char *const colours[] = {
		[TERM_COLOUR_NONE] = "no colours",
		[TERM_COLOUR_16] = "16 colours",
		[TERM_COLOUR_256] = "256 colours",
		[TERM_COLOUR_TRUE] = "all colours",
	};
	const struct term *t = term_get();
	const char *name = getenv("TERM");
	const char *codes = nl_langinfo(CODESET);
	struct check *k;
	int columns;
	int rows;

	term_size(&columns, &rows);
	if (!t->in || !t->out)
		k = doctor_add(d, "terminal", CHECK_OK,
			"standard input or output is none: a chat is not "
			"possible here, one answer is");
	else
		k = doctor_add(d, "terminal", t->dumb ? CHECK_WARN : CHECK_OK,
			"%s, %d columns, %s%s", name != NULL ? name : "unknown",
			columns, colours[t->colour_out],
			t->dumb ? ", no control sequences" : "");
	if (t->in && t->out && t->dumb)
		buf_str(&k->fix, "set TERM to what the terminal is");
	if (strcmp(codes, "UTF-8") != 0) {
		k = doctor_add(d, "locale", CHECK_WARN,
			"the character set is %s", codes);
		buf_str(&k->fix,
			"set LANG to a locale with UTF-8, such as "
			"C.UTF-8; else letters beyond ASCII may be "
			"mistyped and misplaced");
	}
}

/*
 * The report
 */

static const char *const state_words[] = {
	[CHECK_OK] = "ok",
	[CHECK_WARN] = "warn",
	[CHECK_FAIL] = "fail",
	[CHECK_SKIP] = "skip",
};

static void put_columns(struct buf *out, size_t start, size_t columns)
{
	do
		buf_char(out, ' ');
	while (out->len - start < columns);
}

static void put_text(const struct doctor *d, struct buf *out)
{
	size_t i;

	for (i = 0; i < d->n; i++) {
		const struct check *c = &d->checks[i];
		size_t start = out->len;

		buf_fmt(out, "%-5s %s", state_words[c->state], c->name);
		put_columns(out, start, 6 + NAME_COLUMNS);
		start = out->len;
		if (c->us >= 0)
			buf_fmt(out, "%.1f ms", (double)c->us / 1000.0);
		put_columns(out, start, TIME_COLUMNS);
		safe_line(buf_view(&c->detail), out);
		buf_char(out, '\n');
		if (c->fix.len > 0) {
			buf_fmt(out, "%*s-> ", 6 + NAME_COLUMNS + TIME_COLUMNS,
				"");
			safe_line(buf_view(&c->fix), out);
			buf_char(out, '\n');
		}
	}
}

static void put_json(const struct doctor *d, struct buf *out)
{
	struct json_writer w = {.out = out, .safe = term_get()->out};
	size_t i;

	json_open(&w, '[');
	for (i = 0; i < d->n; i++) {
		const struct check *c = &d->checks[i];

		json_open(&w, '{');
		json_member_str(&w, "check", span_str(c->name));
		json_member_str(&w, "state", span_str(state_words[c->state]));
		if (c->us >= 0) {
			json_member_int(&w, "us", c->us);
		}
		json_member_str(&w, "detail", buf_view(&c->detail));
		if (c->fix.len > 0) {
			json_member_str(&w, "fix", buf_view(&c->fix));
		}
		json_close(&w, '}');
	}
	json_close(&w, ']');
	buf_char(out, '\n');
}

static enum status print(const struct doctor *d, struct err *err)
{
	struct buf out;
	enum status st;

	buf_init(&out, BUF_LARGE);
	if (d->app->args.json)
		put_json(d, &out);
	else
		put_text(d, &out);
	st = screen_write(d->app, &out, err);
	buf_release(&out);
	return st;
}

enum status doctor_run(struct app *app, struct span agent, enum status started,
	struct err *err)
{
	struct doctor d = {.app = app, .agent = agent};
	enum status st;
	size_t i;

	look_configuration(&d, started, err);
	err_clear(err);
	look_folders(&d);
	look_storage(&d);
	look_memory(&d);
	look_terminal(&d);
	if (started == ST_OK)
		doctor_endpoint(&d);
	st = print(&d, err);
	for (i = 0; i < d.n; i++) {
		if (st == ST_OK && d.checks[i].state == CHECK_FAIL)
			st = d.checks[i].status;
		buf_release(&d.checks[i].detail);
		buf_release(&d.checks[i].fix);
	}
	return st;
}
