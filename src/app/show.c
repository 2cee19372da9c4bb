#include "app/history.h"

#include <stdlib.h>
#include <unistd.h>

#include "app/saved.h"
#include "app/screen.h"
#include "base/clock.h"
#include "chat/image.h"
#include "engine/session.h"
#include "store/catalog.h"
#include "text/safe.h"
#include "tty/pager.h"
#include "tty/term.h"
#include "wire/exchange.h"
#include "wire/json.h"

/* Bytes of output that are collected, at most, and from when on they are
 * written. */
#define OUT_MAX (4 * BUF_LARGE)
#define WRITE_AT ((size_t)1024 * 1024)

/* "-- 3 @llama, 2026-11-24 07:25 [cut]" */
static void put_role(struct buf *out, const struct msg *m, size_t number)
{
	buf_fmt(out, "-- %zu ", number);
	if (m->role == ROLE_ASSISTANT && m->agent.len > 0) {
		buf_char(out, '@');
		safe_line(buf_view(&m->agent), out);
	} else {
		buf_str(out, m->role == ROLE_USER ? "you" : role_name(m->role));
	}
	buf_str(out, ", ");
	clock_local(m->time_ms, out);
	if (m->role == ROLE_ASSISTANT && m->outcome != OUTCOME_COMPLETE &&
		m->outcome != OUTCOME_NONE)
		buf_fmt(out, " [%s]", outcome_name(m->outcome));
	if (m->role == ROLE_ASSISTANT && m->reasoning.len > 0 &&
		span_trim(buf_view(&m->text)).n == 0)
		buf_str(out, " [reasoning alone]");
}

static void put_attached(const struct attachment *a, struct buf *out)
{
	struct image image;
	struct buf line;

	buf_str(out, "   attached: ");
	if (!image_read(buf_view(&a->text), &image)) {
		safe_line(buf_view(&a->name), out);
		buf_fmt(out, " (%zu bytes)", a->text.len);
		return;
	}
	buf_init(&line, BUF_SMALL);
	image_describe(buf_view(&a->name), &image, &line);
	safe_line(buf_view(&line), out);
	buf_release(&line);
}

static void put_notice(struct render *r, struct buf *line)
{
	render_notice(r, buf_view(line));
	buf_release(line);
}

static enum status render_msg(
	const struct msg *m, size_t number, struct render *r, struct err *err)
{
	struct buf line;
	enum status st;
	size_t i;

	buf_init(&line, BUF_SMALL);
	put_role(&line, m, number);
	put_notice(r, &line);
	render_text(r, buf_view(&m->text));
	st = render_end(r, err);
	for (i = 0; i < m->attach_n && st == ST_OK; i++) {
		put_attached(&m->attach[i], &line);
		put_notice(r, &line);
		st = render_end(r, err);
	}
	return st;
}

/* The path of a conversation, or the part of it that a range names. */
struct part {
	struct msg **path;
	size_t n;
	size_t first; /* from 0 */
	size_t end; /* behind the last */
};

static enum status part_of(struct part *p, const struct conv *conv,
	size_t first, size_t last, struct err *err)
{
	enum status st = conv_path(conv, &p->path, &p->n, err);

	if (st != ST_OK)
		return st;
	if (p->n > 0 && first > p->n)
		return err_set(err, ST_USAGE,
			"the conversation has only %zu message%s", p->n,
			p->n == 1 ? "" : "s");
	p->first = first - 1;
	p->end = last < p->n ? last : p->n;
	return ST_OK;
}

static enum status render_part(
	const struct part *p, struct render *r, struct err *err)
{
	size_t i;
	enum status st = ST_OK;

	for (i = p->first; i < p->end && st == ST_OK; i++)
		st = render_msg(p->path[i], i + 1, r, err);
	return st;
}

enum status history_render_last(
	const struct conv *conv, struct render *r, struct err *err)
{
	struct part p = {NULL, 0, 0, 0};
	enum status st = part_of(&p, conv, 1, SIZE_MAX, err);

	if (st == ST_OK && p.n > 0) {
		p.first = p.n - 1;
		while (p.first > 0 && p.path[p.first]->role != ROLE_USER)
			p.first--;
		st = render_part(&p, r, err);
	}
	free(p.path);
	return st;
}

static enum status show_json(const struct part *p, struct err *err)
{
	struct buf out;
	struct json_writer w = {.out = &out, .safe = term_get()->out};
	size_t i;
	enum status st;

	buf_init(&out, OUT_MAX);
	json_open(&w, '[');
	for (i = p->first; i < p->end; i++)
		exchange_put_msg(&w, p->path[i]);
	json_close(&w, ']');
	buf_char(&out, '\n');
	st = saved_write(&out, err);
	buf_release(&out);
	return st;
}

/* Writes to a pipe or a file: the texts are exact, unless --safe. */
static enum status show_plain(
	const struct app *app, const struct part *p, struct err *err)
{
	struct buf out;
	size_t i;
	size_t k;
	enum status st = ST_OK;

	buf_init(&out, OUT_MAX);
	for (i = p->first; i < p->end && st == ST_OK; i++) {
		const struct msg *m = p->path[i];

		if (i > p->first)
			buf_char(&out, '\n');
		put_role(&out, m, i + 1);
		buf_char(&out, '\n');
		if (app->args.safe)
			safe_text(buf_view(&m->text), &out);
		else
			buf_span(&out, buf_view(&m->text));
		if (out.len > 0 && out.p[out.len - 1] != '\n')
			buf_char(&out, '\n');
		for (k = 0; k < m->attach_n; k++) {
			put_attached(&m->attach[k], &out);
			buf_char(&out, '\n');
		}
		if (out.len > WRITE_AT)
			st = saved_write(&out, err);
	}
	if (st == ST_OK)
		st = saved_write(&out, err);
	buf_release(&out);
	return st;
}

static enum status write_page(struct span text, void *payload, struct err *err)
{
	struct pager *p = payload;
	enum status st = pager_write(p, text, err);

	/* Nobody reads the rest. */
	if (st == ST_OK && p->gone)
		st = err_set(err, ST_STOPPED, "the reader is gone");
	return st;
}

static enum status show_text(
	const struct app *app, const struct part *p, struct err *err)
{
	struct render_options o;
	struct pager pager;
	struct render *r;
	struct err late;
	enum status st;
	enum status end;

	if (!term_get()->out)
		return show_plain(app, p, err);
	screen_options(app, &o);
	o.write = write_page;
	o.payload = &pager;
	r = render_new(STDOUT_FILENO, &o);
	if (r == NULL)
		return err_nomem(err);
	pager_open(&pager, screen_pages(app));
	st = render_part(p, r, err);
	if (st == ST_STOPPED && pager.gone)
		st = ST_OK;
	end = pager_close(&pager, &late);
	if (st == ST_OK && end != ST_OK) {
		st = end;
		*err = late;
	}
	render_free(r);
	return st;
}

enum status history_page(const struct app *app, const struct conv *conv,
	size_t first, size_t last, struct err *err)
{
	struct part p = {NULL, 0, 0, 0};
	enum status st = part_of(&p, conv, first, last, err);

	if (st == ST_OK)
		st = show_text(app, &p, err);
	free(p.path);
	return st;
}

/* Takes a range of messages off the end of the words; returns how many words
 * are left. */
static size_t take_range(
	const struct args *a, size_t *ret_first, size_t *ret_last)
{
	size_t n = a->words.n;

	*ret_first = 1;
	*ret_last = SIZE_MAX;
	if (n > (a->last ? 0 : 1) &&
		args_range(span_str(a->words.v[n - 1]), ret_first, ret_last))
		n--;
	return n;
}

enum status history_show(struct app *app, struct err *err)
{
	const struct args *a = &app->args;
	const struct catalog_entry *e;
	struct part p = {NULL, 0, 0, 0};
	struct session *s = NULL;
	bool damaged = false;
	size_t first;
	size_t last;
	size_t words = take_range(a, &first, &last);
	enum status st;

	st = saved_open(app, err);
	if (st == ST_OK)
		st = saved_find(app,
			span_str(words == 1 ? a->words.v[0] : NULL), &e, err);
	if (st == ST_OK)
		st = saved_load(app, &e->id, &s, &damaged, err);
	if (st == ST_OK)
		st = part_of(&p, session_conv(s), first, last, err);
	if (st == ST_OK)
		st = a->json ? show_json(&p, err) : show_text(app, &p, err);
	if (st == ST_OK && damaged)
		st = saved_damaged(err);
	free(p.path);
	session_free(s);
	return st;
}
