#include "app/history.h"

#include "app/saved.h"
#include "app/screen.h"
#include "base/clock.h"
#include "base/utf8.h"
#include "store/catalog.h"
#include "text/safe.h"
#include "tty/pager.h"
#include "tty/term.h"
#include "wire/json.h"

enum { SHORT_ID = 8, AGE_COLUMNS = 12 };

static enum status open_list(struct app *app, const struct catalog_entry **ret,
	size_t *ret_n, struct err *err)
{
	struct err why;
	enum status st = saved_open(app, &why);

	*ret = NULL;
	*ret_n = 0;
	if (st == ST_NOT_FOUND)
		return ST_OK;
	if (st != ST_OK) {
		*err = why;
		return st;
	}
	st = catalog_list(app->storage.catalog, ret, ret_n, err);
	saved_tell(app);
	return st;
}

static void pad(struct buf *out, size_t start, size_t columns)
{
	size_t used = utf8_columns(span_of(out->p + start, out->len - start));

	while (used++ < columns)
		buf_char(out, ' ');
}

void history_lines(const struct catalog_entry *e, size_t n, size_t max,
	bool numbered, struct buf *out)
{
	int64_t now = clock_wall_ms();
	size_t i;

	if (max == 0 || max > n)
		max = n;
	for (i = 0; i < max; i++) {
		char hex[ID_HEX + 1];
		size_t start;

		if (numbered)
			buf_fmt(out, "%3zu  ", i + 1);
		id_hex(&e[i].id, hex);
		buf_add(out, hex, SHORT_ID);
		buf_str(out, "  ");
		start = out->len;
		clock_age(e[i].updated_ms, now, out);
		pad(out, start, AGE_COLUMNS);
		buf_fmt(out, "%4llu  ", (unsigned long long)e[i].messages);
		safe_line(e[i].title, out);
		if (e[i].agent.n > 0 && !span_is(e[i].agent, "llama")) {
			buf_str(out, "  (@");
			safe_line(e[i].agent, out);
			buf_char(out, ')');
		}
		buf_str(out, e[i].damaged ? "  [damaged]\n" : "\n");
	}
}

static void put_entry(struct json_writer *w, const struct catalog_entry *e)
{
	json_open(w, '{');
	json_member_id(w, "id", &e->id);
	json_member_str(w, "title", e->title);
	json_member_time(w, "created", e->created_ms);
	json_member_time(w, "updated", e->updated_ms);
	json_member_int(w, "messages", (int64_t)e->messages);
	json_member_str(w, "agent", e->agent);
	json_member_str(w, "model", e->model);
	json_member_bool(w, "damaged", e->damaged);
	json_close(w, '}');
}

static enum status page(const struct app *app, struct buf *out, struct err *err)
{
	struct pager p;
	enum status st;
	enum status end;

	screen_rows(app, out);
	st = buf_check(out, "list", err);
	pager_open(&p, screen_pages(app));
	if (st == ST_OK)
		st = pager_write(&p, buf_view(out), err);
	end = pager_close(&p, st == ST_OK ? err : NULL);
	return st == ST_OK ? end : st;
}

enum status history_list(struct app *app, struct err *err)
{
	const struct catalog_entry *e;
	struct buf out;
	size_t n;
	size_t i;
	enum status st = open_list(app, &e, &n, err);

	if (st != ST_OK)
		return st;
	buf_init(&out, 4 * BUF_LARGE);
	if (app->args.json) {
		struct json_writer w = {.out = &out, .safe = term_get()->out};

		json_open(&w, '[');
		for (i = 0; i < n; i++)
			put_entry(&w, &e[i]);
		json_close(&w, ']');
		buf_char(&out, '\n');
		st = saved_write(&out, err);
	} else {
		history_lines(e, n, 0, false, &out);
		st = page(app, &out, err);
	}
	if (n == 0 && !app->args.json)
		app_note(app, "no conversation is saved yet");
	buf_release(&out);
	return st;
}
