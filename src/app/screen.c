#include "app/screen.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "engine/session.h"
#include "text/fill.h"
#include "text/tokens.h"
#include "tty/term.h"

/* When less time passed between the first text and the last, a rate means
 * nothing. */
enum { RATE_MS = 100 };

/* A part of the status line, which is left out when its figure is not known. */
struct piece {
	char needs;
	const char *format;
};

static const struct piece status_short[] = {{'f', "first token %f s, "},
	{'r', "%r tokens/s, "}, {'o', "%o tokens"}, {'p', ", %p %% of %w"}};
static const struct piece status_full[] = {
	{'f', "first token after %f s, "},
	{'t', "all after %t s, "},
	{'r', "%r tokens/s, "},
	{'i', "%i tokens in, "},
	{'o', "%o out"},
	{'p', ", %p %% of the window of %w"},
	{'m', "; %m"},
	{'e', " at %e"},
};

enum render_reasoning screen_reasoning(const struct app *app)
{
	int said = app->args.reasoning;

	if (said == CONF_REASONING_UNSAID)
		said = app->config.screen.reasoning;
	switch ((enum conf_reasoning)said) {
	case CONF_REASONING_HIDE: return RENDER_HIDDEN;
	case CONF_REASONING_SUMMARY: return RENDER_SUMMED;
	case CONF_REASONING_UNSAID:
	case CONF_REASONING_SHOW: break;
	}
	return RENDER_SHOWN;
}

bool screen_pages(const struct app *app)
{
	return !app->args.no_pager && app->config.screen.pager != CONF_OFF;
}

void screen_options(const struct app *app, struct render_options *ret)
{
	const struct term *t = term_get();
	int rows;

	*ret = (struct render_options){
		.terminal = true,
		.dumb = t->dumb,
		.plain = !t->styled_out,
		.raw = app->args.raw,
		.markdown = true,
		.unsafe = app->args.unsafe,
		.accessible = t->accessible,
		.reasoning = screen_reasoning(app),
		.colour = t->colour_out,
		.background = t->background,
		.links = app->config.screen.hyperlinks == CONF_ON,
	};
	term_size(&ret->width, &rows);
}

/*
 * The status
 */

struct figures {
	const struct session_result *res;
	int64_t out; /* tokens of the reply */
	bool about_out; /* it is estimated */
	bool about_in;
	int64_t rate_ms; /* time in which they came; 0: no rate is shown */
};

static void take_figures(struct figures *f, const struct session_result *res)
{
	const struct msg *m = res->reply;

	*f = (struct figures){.res = res, .out = m->usage.completion};
	f->about_in = m->usage.prompt <= 0;
	if (f->out <= 0) {
		f->out = tokens_estimate(buf_view(&m->text)) +
			tokens_estimate(buf_view(&m->reasoning));
		f->about_out = true;
	}
	if (res->first_token_ms >= 0 &&
		res->total_ms - res->first_token_ms >= RATE_MS)
		f->rate_ms = res->total_ms - res->first_token_ms;
}

static const char *about(bool estimated)
{
	return estimated ? "~" : "";
}

static bool is_known(char letter, const struct figures *f)
{
	switch (letter) {
	case 'f': return f->res->first_token_ms >= 0;
	case 't': return f->res->total_ms >= 0;
	case 'r': return f->rate_ms > 0;
	case 'p':
	case 'w': return f->res->window > 0;
	case 'm': return f->res->reply->model.len > 0;
	case 'e': return f->res->reply->endpoint.len > 0;
	default: return true;
	}
}

static void put_seconds(int64_t ms, struct buf *out)
{
	buf_fmt(out, "%.2f", (double)ms / 1000.0);
}

static void put_figure(char letter, const struct figures *f, struct buf *out)
{
	const struct session_result *res = f->res;

	if (!is_known(letter, f)) {
		buf_char(out, '-');
		return;
	}
	switch (letter) {
	case 'f': put_seconds(res->first_token_ms, out); break;
	case 't': put_seconds(res->total_ms, out); break;
	case 'r':
		buf_fmt(out, "%s%.1f", about(f->about_out),
			(double)f->out * 1000.0 / (double)f->rate_ms);
		break;
	case 'i':
		buf_fmt(out, "%s%lld", about(f->about_in),
			(long long)res->prompt_tokens);
		break;
	case 'o':
		buf_fmt(out, "%s%lld", about(f->about_out), (long long)f->out);
		break;
	case 'w': buf_fmt(out, "%lld", (long long)res->window); break;
	case 'p':
		buf_fmt(out, "%s%.1f", about(f->about_in || f->about_out),
			(double)(res->prompt_tokens + f->out) * 100.0 /
				(double)res->window);
		break;
	case 'm': buf_span(out, buf_view(&res->reply->model)); break;
	case 'e': buf_span(out, buf_view(&res->reply->endpoint)); break;
	default: buf_char(out, letter); break;
	}
}

static void put_format(
	const char *format, const struct figures *f, struct buf *out)
{
	for (; *format != '\0'; format++) {
		if (*format != '%' || format[1] == '\0')
			buf_char(out, *format);
		else
			put_figure(*++format, f, out);
	}
}

static void put_pieces(const struct piece *pieces, size_t n,
	const struct figures *f, struct buf *out)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (is_known(pieces[i].needs, f))
			put_format(pieces[i].format, f, out);
}

#define PUT_PIECES(a, f, out) put_pieces(a, sizeof(a) / sizeof((a)[0]), f, out)

void screen_status(const struct app *app, const char *as,
	const struct session_result *res, struct buf *out)
{
	const char *format = as != NULL ? as : app->config.screen.status;
	struct figures f;

	if (res->reply == NULL)
		return;
	take_figures(&f, res);
	if (format == NULL || strcmp(format, "short") == 0)
		PUT_PIECES(status_short, &f, out);
	else if (strcmp(format, "full") == 0)
		PUT_PIECES(status_full, &f, out);
	else if (strcmp(format, "off") != 0)
		put_format(format, &f, out);
}

void screen_rows(const struct app *app, struct buf *out)
{
	struct buf rows;
	int columns = 0;
	int lines;

	if (!term_get()->out || app->args.json || out->bad)
		return;
	term_size(&columns, &lines);
	if (columns <= 0)
		return;
	buf_init(&rows, out->max);
	fill_rows(buf_view(out), (size_t)columns, &rows);
	buf_release(out);
	*out = rows;
}

enum status screen_write(
	const struct app *app, struct buf *out, struct err *err)
{
	enum status st;

	screen_rows(app, out);
	st = buf_check(out, "output", err);
	if (st == ST_OK && !fd_write_full(STDOUT_FILENO, out->p, out->len) &&
		errno != EPIPE)
		st = err_sys(err, ST_IO, "cannot write to standard output");
	buf_reset(out);
	return st;
}
