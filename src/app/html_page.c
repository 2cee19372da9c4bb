#include "app/html.h"

#include "base/clock.h"
#include "chat/image.h"
#include "text/safe.h"

static void put_safe(struct buf *out, struct span s, bool one_line)
{
	struct buf clean;

	buf_init(&clean, 8 * BUF_LARGE);
	if (one_line)
		safe_line(s, &clean);
	else
		safe_text(s, &clean);
	if (clean.bad)
		out->bad = true;
	html_escape(buf_view(&clean), out);
	buf_release(&clean);
}

static void put_head(const struct conv *c, struct buf *out)
{
	buf_str(out,
		"<!DOCTYPE html>\n<html>\n<head>\n<meta charset=\"utf-8\">\n"
		"<meta http-equiv=\"Content-Security-Policy\" "
		"content=\"default-src 'none'; style-src 'unsafe-inline'; "
		"base-uri 'none'; form-action 'none'\">\n"
		"<meta name=\"referrer\" content=\"no-referrer\">\n"
		"<meta name=\"viewport\" content=\"width=device-width\">\n"
		"<title>");
	put_safe(out, buf_view(&c->title), true);
	buf_str(out,
		"</title>\n<style>\n"
		"body { max-width: 50em; margin: 2em auto; padding: 0 1em; "
		"font-family: sans-serif; line-height: 1.5; color: #222; "
		"background: #fff; }\n"
		"h2 { font-size: 1em; margin-bottom: 0; }\n"
		"h2 time, .where, .note { color: #666; font-weight: normal; "
		"font-size: .85em; }\n"
		".said { white-space: pre-wrap; }\n"
		".said, pre { background: #f4f4f4; padding: .6em 1em; "
		"overflow-x: auto; overflow-wrap: anywhere; }\n"
		"table { border-collapse: collapse; }\n"
		"th, td { border: 1px solid #ccc; padding: .2em .6em; }\n"
		".left { text-align: left; }\n"
		".center { text-align: center; }\n"
		".right { text-align: right; }\n"
		"</style>\n</head>\n<body>\n<h1>");
	put_safe(out, buf_view(&c->title), true);
	buf_str(out, "</h1>\n");
}

static void put_speaker(const struct msg *m, struct buf *out)
{
	struct buf when;

	buf_init(&when, BUF_SMALL);
	buf_str(out, "<h2>");
	if (m->role == ROLE_ASSISTANT && m->agent.len > 0) {
		buf_char(out, '@');
		put_safe(out, buf_view(&m->agent), true);
	} else {
		buf_str(out, m->role == ROLE_USER ? "You" : role_name(m->role));
	}
	clock_iso(m->time_ms, &when);
	buf_fmt(out, " <time datetime=\"%s\">%s", when.p, when.p);
	buf_str(out, "</time></h2>\n");
	buf_release(&when);
}

static enum status put_msg(
	const struct msg *m, struct buf *out, struct err *err)
{
	enum status st = ST_OK;
	struct image image;
	struct buf line;
	size_t i;

	buf_init(&line, BUF_SMALL);
	put_speaker(m, out);
	if (m->role == ROLE_ASSISTANT) {
		st = html_markdown(buf_view(&m->text), out, err);
	} else {
		buf_str(out, "<div class=\"said\">");
		put_safe(out, buf_view(&m->text), false);
		buf_str(out, "</div>\n");
	}
	for (i = 0; i < m->attach_n; i++) {
		/* An image is named and not shown: the page loads nothing, not
		 * even an image that it holds itself. */
		if (image_read(buf_view(&m->attach[i].text), &image)) {
			buf_reset(&line);
			image_describe(
				buf_view(&m->attach[i].name), &image, &line);
			buf_str(out, "<p class=\"note\">");
			put_safe(out, buf_view(&line), true);
			buf_str(out, "</p>\n");
			continue;
		}
		buf_str(out, "<details><summary>");
		put_safe(out, buf_view(&m->attach[i].name), true);
		buf_str(out, "</summary>\n<pre>");
		put_safe(out, buf_view(&m->attach[i].text), false);
		buf_str(out, "</pre></details>\n");
	}
	if (m->role == ROLE_ASSISTANT && m->outcome != OUTCOME_COMPLETE &&
		m->outcome != OUTCOME_NONE)
		buf_fmt(out, "<p class=\"note\">[%s]</p>\n",
			outcome_name(m->outcome));
	buf_release(&line);
	return st;
}

enum status html_page(const struct conv *c, struct msg *const *path, size_t n,
	struct buf *out, struct err *err)
{
	size_t i;
	enum status st = ST_OK;

	put_head(c, out);
	for (i = 0; i < n && st == ST_OK; i++)
		st = put_msg(path[i], out, err);
	buf_str(out, "</body>\n</html>\n");
	return st == ST_OK ? buf_check(out, "page", err) : st;
}
