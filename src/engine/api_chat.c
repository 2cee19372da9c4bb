#include "engine/api_priv.h"

#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "base/utf8.h"
#include "base/vec.h"
#include "chat/image.h"
#include "store/catalog.h"
#include "wire/schema.h"

/* Attaches a document; the bytes of an image become a data: URL. */
static enum status attach(struct msg *m, const atl_document *d, struct err *err)
{
	struct span bytes = span_of(d->data, d->size);
	struct image image;
	struct buf url;
	enum status st;

	if (!image_sniff(bytes, &image))
		return msg_attach(m, span_str(d->name), bytes, err);
	if (bytes.n > IMAGE_BYTES_MAX)
		return err_set(err, ST_USAGE,
			"the image \"%.200s\" is larger than %zu MiB", d->name,
			IMAGE_BYTES_MAX >> 20);
	buf_init(&url, BUF_LARGE);
	image_put_url(bytes, &image, &url);
	st = buf_check(&url, "image", err);
	if (st == ST_OK)
		st = msg_attach(m, span_str(d->name), buf_view(&url), err);
	buf_release(&url);
	return st;
}

static enum status to_msg(
	const atl_message *in, struct msg **ret, struct err *err)
{
	enum role role = ROLE_USER;
	struct msg *m;
	enum status st = ST_OK;
	size_t i;

	if (in->role != NULL && !role_parse(span_str(in->role), &role))
		return err_set(err, ST_USAGE, "unknown role \"%s\"", in->role);
	m = msg_new(role);
	if (m == NULL)
		return err_nomem(err);
	buf_span(&m->text, span_str(in->content));
	st = buf_check(&m->text, "message", err);
	if (st == ST_OK && !utf8_valid(buf_view(&m->text)))
		st = err_set(err, ST_USAGE, "the message is not UTF-8");
	for (i = 0; i < in->document_count && st == ST_OK; i++) {
		const atl_document *d = &in->documents[i];

		st = attach(m, d, err);
	}
	if (st != ST_OK) {
		msg_free(m);
		return st;
	}
	*ret = m;
	return ST_OK;
}

static enum status on_event(
	const struct event *ev, void *payload, struct err *err)
{
	static const atl_event_type types[] = {
		[EVENT_TEXT] = ATL_EVENT_TEXT,
		[EVENT_REASONING] = ATL_EVENT_REASONING,
		[EVENT_TOOL] = ATL_EVENT_TOOL,
		[EVENT_META] = 0,
		[EVENT_USAGE] = 0,
		[EVENT_NOTICE] = ATL_EVENT_NOTICE,
		[EVENT_DONE] = ATL_EVENT_DONE,
		[EVENT_FAILED] = ATL_EVENT_DONE,
	};
	atl_chat *c = payload;
	atl_event out = {types[ev->type], ev->text.p, ev->text.n, NULL};
	char *name = NULL;
	int stop;

	if (out.type == 0 || c->fn == NULL)
		return ST_OK;
	if (out.type == ATL_EVENT_DONE)
		out.size = 0;
	if (out.text == NULL || out.size == 0)
		out.text = "";
	if (ev->type == EVENT_TOOL) {
		name = mem_dup(ev->name.p, ev->name.n);
		out.name = name;
	}
	stop = c->fn(&out, c->payload);
	free(name);
	return stop == 0 ? ST_OK
			 : err_set(err, ST_STOPPED, "stopped by the caller");
}

/*
 * Conversations
 */

static enum status find(struct atl_store *store, const atl_chat_options *o,
	struct id *ret, struct err *err)
{
	const struct catalog_entry *e;
	struct span notice;
	enum status st;

	st = o->id != NULL
		? catalog_find(store->storage.catalog, span_str(o->id), &e, err)
		: catalog_latest(store->storage.catalog, span_str(o->terminal),
			  &e, err);
	if (st == ST_OK)
		*ret = e->id;
	notice = catalog_notice(store->storage.catalog);
	if (notice.n > 0)
		api_notice(notice.p, &store->options);
	return st;
}

static void tell_others(const struct session *s, atl_store *store)
{
	struct buf text;

	buf_init(&text, BUF_SMALL);
	buf_fmt(&text,
		"%s has this conversation open, too; what both say is kept "
		"side by side (--fork goes on in a copy)",
		session_others(s).p);
	api_notice(text.p, &store->options);
	buf_release(&text);
}

static struct session_options session_of(
	const atl_chat *c, const atl_store *store, const atl_chat_options *o)
{
	struct session_options so = {
		.http = c->agent->http,
		.known = &c->agent->known,
		.max_wait_ms = c->agent->max_wait_ms,
		.terminal = span_str(o->terminal),
		.strict = o->strict != 0,
		.compact_percent = o->compact_percent,
		.renew_key = api_renew_key,
		.payload = c->agent,
	};

	if (store != NULL) {
		so.cache = store->cache;
		so.vault = store->storage.vault;
		so.catalog = store->storage.catalog;
		so.memory = o->memory ? store->storage.memory : NULL;
	}
	return so;
}

static enum status open_session(atl_chat *c, atl_store *store,
	const atl_chat_options *o, struct err *err)
{
	struct session_options so = session_of(c, store, o);
	struct buf notice;
	struct id id;
	enum status st;

	if (o->id == NULL && !o->latest)
		return session_new(&c->session, &so, err);
	if (store == NULL)
		return err_set(err, ST_NOT_FOUND,
			"there is no store to open a conversation from");
	st = find(store, o, &id, err);
	if (st != ST_OK)
		return st;
	buf_init(&notice, BUF_LARGE);
	st = session_open(&c->session, &so, &id, &notice, err);
	if (st == ST_OK && notice.len > 0)
		api_notice(notice.p, &store->options);
	buf_release(&notice);
	if (st == ST_OK && !o->fork && session_others(c->session).n > 0)
		tell_others(c->session, store);
	if (st == ST_OK && o->fork)
		st = session_fork(c->session, err);
	return st;
}

atl_code atl_chat_open(atl_chat **ret, atl_agent *agent, atl_store *store,
	const atl_chat_options *options, atl_error *error)
{
	static const atl_chat_options defaults = ATL_CHAT_OPTIONS_INIT;
	struct err err = {0};
	atl_chat *c;
	enum status st;

	if (options == NULL)
		options = &defaults;
	if (options->version != ATL_CHAT_OPTIONS_VERSION)
		return api_give(err_set(&err, ST_USAGE,
					"unknown version of atl_chat_options"),
			&err, error);
	c = calloc(1, sizeof(*c));
	if (c == NULL)
		return api_give(err_nomem(&err), &err, error);
	c->agent = agent;
	st = open_session(c, store, options, &err);
	if (st != ST_OK) {
		atl_chat_close(c);
		return api_give(st, &err, error);
	}
	id_hex(&session_conv(c->session)->id, c->id);
	*ret = c;
	return api_give(ST_OK, &err, error);
}

void atl_chat_close(atl_chat *c)
{
	if (c == NULL)
		return;
	if (c->agent->active == c->session)
		c->agent->active = NULL;
	c->fn = NULL;
	session_free(c->session);
	free(c);
}

const char *atl_chat_id(const atl_chat *c)
{
	return c->id;
}

const char *atl_chat_title(const atl_chat *c)
{
	return session_conv(c->session)->title.p;
}

size_t atl_chat_count(const atl_chat *c)
{
	struct msg **path = NULL;
	size_t n = 0;

	if (conv_path(session_conv(c->session), &path, &n, NULL) != ST_OK)
		return 0;
	free(path);
	return n;
}

atl_code atl_chat_said(
	const atl_chat *c, size_t index, atl_said *ret, atl_error *error)
{
	struct msg **path = NULL;
	struct err err = {0};
	size_t n = 0;
	enum status st = conv_path(session_conv(c->session), &path, &n, &err);

	if (st == ST_OK && index >= n)
		st = err_set(&err, ST_NOT_FOUND,
			"there is no message %zu; the conversation has %zu",
			index, n);
	if (st == ST_OK) {
		const struct msg *m = path[index];

		ret->role = role_name(m->role);
		ret->text = m->text.p;
		ret->size = m->text.len;
		ret->agent = m->agent.p;
		ret->model = m->model.p;
		ret->time_ms = m->time_ms;
		ret->outcome = api_outcome(m->outcome);
	}
	free(path);
	return api_give(st, &err, error);
}

atl_code atl_chat_request(
	atl_chat *c, const atl_message *message, char **ret, atl_error *error)
{
	struct err err = {0};
	struct msg *m = NULL;
	struct buf out;
	enum status st = to_msg(message, &m, &err);

	buf_init(&out, 2 * BUF_LARGE);
	if (st == ST_OK)
		st = session_request(
			c->session, m, &c->agent->agent, &out, &err);
	if (st == ST_OK)
		st = buf_check(&out, "request", &err);
	if (st == ST_OK) {
		char *text = buf_detach(&out);

		if (text == NULL)
			st = err_nomem(&err);
		else
			*ret = text;
	}
	buf_release(&out);
	msg_free(m);
	return api_give(st, &err, error);
}

static enum status start(atl_chat *c, const atl_message *message,
	atl_event_fn *fn, void *payload, struct err *err)
{
	atl_agent *a = c->agent;
	struct msg *m = NULL;
	enum status st;

	if (a->active != NULL)
		return err_set(err, ST_BUSY, "a reply is still under way");
	st = to_msg(message, &m, err);
	if (st != ST_OK)
		return st;
	atomic_store(&a->cancel, false);
	c->fn = fn;
	c->payload = payload;
	st = session_ask(c->session, m, &a->agent,
		a->key.len > 0 ? &a->key : NULL, on_event, c, err);
	if (st != ST_OK) {
		msg_free(m);
		return st;
	}
	a->active = session_active(c->session) ? c->session : NULL;
	return ST_OK;
}

atl_code atl_chat_start(atl_chat *c, const atl_message *message,
	atl_event_fn *fn, void *payload, atl_error *error)
{
	struct err err = {0};
	enum status st = start(c, message, fn, payload, &err);

	return api_give(st, &err, error);
}

int atl_chat_active(const atl_chat *c)
{
	return session_active(c->session);
}

int atl_chat_countdown(const atl_chat *c, char *text, size_t room)
{
	struct buf line;
	bool waiting;
	size_t n;

	if (room == 0)
		return 0;
	buf_init(&line, BUF_SMALL);
	waiting = session_countdown(c->session, &line) && !line.bad;
	n = line.len < room ? line.len : room - 1;
	if (waiting)
		memcpy(text, line.p, n);
	text[waiting ? n : 0] = '\0';
	buf_release(&line);
	return waiting;
}

/* Checks that a complete answer has the form that was asked for. */
static enum status check_form(
	const atl_agent *a, const struct session_result *r, struct err *err)
{
	enum status st;

	if (a->schema == NULL || r->reply == NULL || r->status != ST_OK ||
		r->reply->outcome == OUTCOME_STOPPED)
		return ST_OK;
	st = schema_check(
		a->schema, schema_unwrap(buf_view(&r->reply->text)), err);
	if (st != ST_OK)
		err_prefix(err, "the answer does not fit the schema");
	return st;
}

static enum status result(const atl_agent *a, struct session *s,
	struct session *owned, atl_reply **ret, struct err *err)
{
	const struct session_result *r = session_result(s);

	if (r->reply != NULL) {
		atl_reply *reply = calloc(1, sizeof(*reply));

		if (reply == NULL)
			return err_nomem(err);
		reply->owned = owned;
		reply->m = r->reply;
		reply->result = *r;
		*ret = reply;
	}
	if (r->status == ST_OK)
		return check_form(a, r, err);
	*err = r->err;
	return r->status;
}

atl_code atl_chat_result(atl_chat *c, atl_reply **ret, atl_error *error)
{
	struct err err = {0};
	enum status st;

	if (session_active(c->session))
		st = err_set(&err, ST_BUSY, "a reply is still under way");
	else
		st = result(c->agent, c->session, NULL, ret, &err);
	return api_give(st, &err, error);
}

static enum status run(atl_agent *a, struct err *err)
{
	while (a->active != NULL) {
		struct epoll_event ev;
		enum status st;

		if (epoll_wait(a->epoll_fd, &ev, 1, atl_agent_timeout_ms(a)) <
			0)
			continue; /* EINTR: step anyway */
		st = api_step(a, err);
		if (st != ST_OK) {
			a->active = NULL;
			return st;
		}
	}
	return ST_OK;
}

atl_code atl_chat_send(atl_chat *c, const atl_message *message,
	atl_event_fn *fn, void *payload, atl_reply **ret, atl_error *error)
{
	struct err err = {0};
	enum status st = start(c, message, fn, payload, &err);

	if (st == ST_OK)
		st = run(c->agent, &err);
	if (st == ST_OK)
		st = result(c->agent, c->session, NULL, ret, &err);
	return api_give(st, &err, error);
}

/*
 * Without a conversation
 */

static enum status preload(struct session *s, const atl_message *messages,
	size_t n, struct err *err)
{
	size_t i;

	for (i = 0; i < n; i++) {
		struct msg *m = NULL;
		enum status st = to_msg(&messages[i], &m, err);

		if (st != ST_OK)
			return st;
		if (m->role == ROLE_SYSTEM) {
			st = session_set_system(s, buf_view(&m->text), err);
			msg_free(m);
		} else {
			st = session_preload(s, m, err);
		}
		if (st != ST_OK)
			return st;
	}
	return ST_OK;
}

atl_code atl_agent_stream(atl_agent *a, const atl_message *messages,
	size_t count, atl_event_fn *fn, void *payload, atl_reply **ret,
	atl_error *error)
{
	struct session_options so = {.http = a->http,
		.known = &a->known,
		.max_wait_ms = a->max_wait_ms,
		.renew_key = api_renew_key,
		.payload = a};
	atl_chat c = {.agent = a};
	struct err err = {0};
	atl_reply *reply = NULL;
	enum status st;

	if (count == 0)
		return api_give(err_set(&err, ST_USAGE, "there is no message"),
			&err, error);
	st = session_new(&c.session, &so, &err);
	if (st == ST_OK)
		st = preload(c.session, messages, count - 1, &err);
	if (st == ST_OK)
		st = start(&c, &messages[count - 1], fn, payload, &err);
	if (st == ST_OK)
		st = run(a, &err);
	if (st == ST_OK)
		st = result(a, c.session, c.session, &reply, &err);
	if (reply == NULL)
		session_free(c.session);
	else
		*ret = reply;
	return api_give(st, &err, error);
}

atl_code atl_agent_invoke(atl_agent *a, const atl_message *messages,
	size_t count, atl_reply **ret, atl_error *error)
{
	return atl_agent_stream(a, messages, count, NULL, NULL, ret, error);
}
