/* Tells the failure of a turn: who said what, and what to do next. */
#include "engine/turn_priv.h"

#include <stdio.h>
#include <string.h>

#include "base/secret.h"
#include "engine/route.h"
#include "wire/fail.h"
#include "wire/fail_text.h"
#include "wire/url.h"

enum { MINUTE_S = 60, HOUR_S = 60 * MINUTE_S, LONG_S = 120 };

static bool is_redirect(const struct failure *f)
{
	return f->http >= 300 && f->http < 400;
}

/* Appends the name of the endpoint, or its host when it has none. */
static void put_place(const struct turn *t, struct buf *out)
{
	const struct agent *at = &t->way.at;
	struct buf origin;
	struct url url;

	if (turn_pool(t) != NULL) {
		buf_fmt(out, "endpoint %s", route_name(at));
		return;
	}
	if (url_parse(span_str(at->url), &url, NULL) != ST_OK) {
		buf_str(out, "the endpoint");
		return;
	}
	buf_init(&origin, BUF_SMALL);
	url_origin(&url, &origin);
	buf_str(out, strstr(origin.p, "//") + 2);
	buf_release(&origin);
}

static void put_who(const struct turn *t, const struct failure *f,
	struct span text, struct buf *out)
{
	char code[16];

	/* Below HTTP the text names the host, and the guide has none. */
	if (turn_pool(t) == NULL &&
		(f->http == 0 || t->way.at.kind == AGENT_GUIDE))
		return;
	put_place(t, out);
	(void)snprintf(code, sizeof(code), "%d", f->http);
	if (f->http < 300)
		buf_str(out, ": ");
	else if (is_redirect(f))
		buf_char(out, ' ');
	else if (span_starts(text, code))
		buf_str(out, " answered ");
	else
		buf_fmt(out, " answered %d: ", f->http);
}

/* Appends which key was refused. */
static void put_key(const struct turn *t, struct buf *out)
{
	const struct key_ref *key = &t->way.at.key;

	if (t->way.key == NULL)
		buf_str(out,
			"; no key was sent: set LLAMA_API_KEY, or key_env of a "
			"configured endpoint");
	else if (key->source == KEY_ENV)
		buf_fmt(out, "; the key is that of %s", key->name);
	else
		buf_str(out, "; atllama doctor says where the key is from");
}

static void put_wait(const struct failure *f, int64_t said_ms, struct buf *out)
{
	int64_t s = (said_ms + 999) / 1000;

	if (f->quota) {
		buf_str(out,
			"; trying again will not help: see plan and credit "
			"at the provider");
		return;
	}
	if (said_ms <= 0)
		return;
	if (s < LONG_S)
		buf_fmt(out, "; try again in %lld s", (long long)s);
	else if (s < 2 * HOUR_S)
		buf_fmt(out, "; try again in %lld min",
			(long long)((s + MINUTE_S - 1) / MINUTE_S));
	else
		buf_fmt(out, "; try again in %lld h",
			(long long)((s + HOUR_S - 1) / HOUR_S));
}

/* Whether the server knows the address but not the model. */
static bool speaks_of_model(const struct failure *f, struct span text)
{
	struct buf low;
	bool does;

	buf_init(&low, FAIL_TEXT_MAX);
	fail_lower(text, &low);
	fail_lower(f->code, &low);
	does = fail_match(buf_view(&low), "model", NULL);
	buf_release(&low);
	return does;
}

static void put_step(const struct turn *t, const struct failure *f,
	struct span text, struct buf *out)
{
	enum { NOT_FOUND = 404 };

	if (f->http == 0 || t->way.at.kind == AGENT_GUIDE)
		return;
	if (f->status == ST_AUTH)
		put_key(t, out);
	else if (f->status == ST_LIMIT)
		put_wait(f, retry_hint_ms(&t->hint), out);
	else if (f->status == ST_MODEL && f->http == NOT_FOUND &&
		!speaks_of_model(f, text) &&
		(t->way.host == NULL || !t->way.host->listed))
		buf_str(out, "; is the address right? It usually ends in /v1");
}

void turn_say(const struct turn *t, const struct failure *f, struct span text,
	struct buf *out)
{
	struct span id = reply_request_id(&t->reply);

	put_who(t, f, text, out);
	/* Some tell a key back that they refuse. */
	secret_mask(t->way.key, text, out);
	/* The endpoint's operator will ask for its own id of the request. */
	if (id.n > 0)
		buf_fmt(out, " (request %.*s)", (int)id.n, id.p);
	put_step(t, f, text, out);
}
