/* The public interface of include/atllama.h, over sessions and storage. */
#include "atllama.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/utf8.h"
#include "base/vec.h"
#include "engine/session.h"
#include "engine/storage.h"
#include "net/http.h"
#include "store/catalog.h"

#ifndef ATL_VERSION
#error "the build defines ATL_VERSION"
#endif

struct atl_store {
	struct storage storage;
	atl_store_options options;
};

/* The most texts that one agent owns: options, headers, NULL. */
enum { TEXTS_MAX = 4096 };

struct atl_agent {
	struct agent agent;
	char **texts;
	size_t texts_n;
	size_t texts_cap;
	struct secret key;
	struct http *http;
	struct session *active; /* whose reply is under way */
	int epoll_fd;
	int cancel_fd;
	atomic_bool cancel;
};

struct atl_chat {
	atl_agent *agent;
	struct session *session;
	atl_event_fn *fn;
	void *payload;
	char id[ID_HEX + 1];
};

struct atl_reply {
	struct session *owned; /* of an invoke; NULL: the chat's */
	const struct msg *m;
	struct session_result result;
};

static const atl_code codes[] = {
	[ST_OK] = ATL_OK,
	[ST_FAIL] = ATL_E_FAILED,
	[ST_NOMEM] = ATL_E_MEMORY,
	[ST_IO] = ATL_E_IO,
	[ST_NOT_FOUND] = ATL_E_NOT_FOUND,
	[ST_BUSY] = ATL_E_BUSY,
	[ST_USAGE] = ATL_E_USAGE,
	[ST_CONFIG] = ATL_E_CONFIG,
	[ST_AUTH] = ATL_E_AUTH,
	[ST_MODEL] = ATL_E_MODEL,
	[ST_LIMIT] = ATL_E_LIMIT,
	[ST_NET] = ATL_E_NETWORK,
	[ST_SERVER] = ATL_E_SERVER,
	[ST_CUT] = ATL_E_CUT,
	[ST_LENGTH] = ATL_E_LENGTH,
	[ST_FILTERED] = ATL_E_FILTERED,
	[ST_WINDOW] = ATL_E_WINDOW,
	[ST_LOCKED] = ATL_E_LOCKED,
	[ST_DAMAGED] = ATL_E_DAMAGED,
	[ST_STOPPED] = ATL_E_STOPPED,
};

static const atl_outcome outcomes[] = {
	[OUTCOME_NONE] = ATL_OUTCOME_NONE,
	[OUTCOME_COMPLETE] = ATL_OUTCOME_COMPLETE,
	[OUTCOME_LENGTH] = ATL_OUTCOME_LENGTH,
	[OUTCOME_FILTERED] = ATL_OUTCOME_FILTERED,
	[OUTCOME_STOPPED] = ATL_OUTCOME_STOPPED,
	[OUTCOME_CUT] = ATL_OUTCOME_CUT,
	[OUTCOME_FAILED] = ATL_OUTCOME_FAILED,
};

static enum status status_of(atl_code code)
{
	size_t i;

	for (i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (codes[i] == code)
			return (enum status)i;
	return ST_FAIL;
}

static atl_code give(enum status st, const struct err *err, atl_error *error)
{
	if (error == NULL)
		return codes[st];
	error->code = codes[st];
	error->message[0] = '\0';
	if (st != ST_OK) {
		size_t n = utf8_floor(
			span_str(err->msg), sizeof(error->message) - 1);

		memcpy(error->message, err->msg, n);
		error->message[n] = '\0';
	}
	return codes[st];
}

const char *atl_version(void)
{
	return ATL_VERSION;
}

const char *atl_outcome_name(atl_outcome outcome)
{
	return outcome_name((enum outcome)outcome);
}

/*
 * The store
 */

static enum status ask_pass(enum storage_ask purpose, struct secret *ret,
	void *payload, struct err *err)
{
	static const atl_pass_purpose purposes[] = {
		[STORAGE_UNLOCK] = ATL_PASS_UNLOCK,
		[STORAGE_AGAIN] = ATL_PASS_AGAIN,
		[STORAGE_NEW] = ATL_PASS_NEW,
	};
	enum { ROOM = 1024 };
	const atl_store_options *o = payload;
	size_t length = 0;
	atl_code code;

	if (!secret_new(ret, ROOM))
		return err_nomem(err);
	code = o->pass(
		purposes[purpose], (char *)ret->p, ROOM, &length, o->payload);
	if (code != ATL_OK || length > ROOM) {
		secret_free(ret);
		return err_set(err, code == ATL_OK ? ST_USAGE : status_of(code),
			"no passphrase was given");
	}
	ret->len = length;
	return ST_OK;
}

static void pass_notice(const char *text, void *payload)
{
	const atl_store_options *o = payload;

	if (o->notice != NULL)
		o->notice(text, o->payload);
}

atl_code atl_store_open(
	atl_store **ret, const atl_store_options *options, atl_error *error)
{
	static const atl_store_options defaults = ATL_STORE_OPTIONS_INIT;
	struct storage_options o = {0};
	atl_store *s;
	struct err err = {0};
	enum status st;

	if (options == NULL)
		options = &defaults;
	if (options->version != ATL_STORE_OPTIONS_VERSION)
		return give(err_set(&err, ST_USAGE,
				    "unknown version of atl_store_options"),
			&err, error);
	s = calloc(1, sizeof(*s));
	if (s == NULL)
		return give(err_nomem(&err), &err, error);
	s->options = *options;
	o.data = options->data;
	o.state = options->state;
	o.key_file = options->key_file;
	o.pass = options->pass != NULL ? ask_pass : NULL;
	o.no_cache = options->no_cache != 0;
	o.notice = pass_notice;
	o.payload = &s->options;
	st = storage_open(&s->storage, &o, &err);
	if (st != ST_OK) {
		free(s);
		return give(st, &err, error);
	}
	*ret = s;
	return give(ST_OK, &err, error);
}

void atl_store_close(atl_store *store)
{
	if (store == NULL)
		return;
	storage_close(&store->storage);
	free(store);
}

/*
 * The agent
 */

/* A copy that the agent owns; "" and false when memory fails. */
static bool own(atl_agent *a, const char *text, const char **ret)
{
	char *copy;

	if (text == NULL)
		return true;
	if (!vec_grow(&a->texts, &a->texts_cap, a->texts_n + 1,
		    sizeof(*a->texts), TEXTS_MAX))
		return false;
	copy = str_dup(text);
	if (copy == NULL)
		return false;
	a->texts[a->texts_n++] = copy;
	*ret = copy;
	return true;
}

static bool own_headers(atl_agent *a, const char *const *headers)
{
	size_t n = 0;

	while (headers != NULL && headers[n] != NULL)
		n++;
	if (n == 0)
		return true;
	if (n > TEXTS_MAX / 2)
		return false;
	a->agent.headers = calloc(n, sizeof(*a->agent.headers));
	if (a->agent.headers == NULL)
		return false;
	for (; a->agent.headers_n < n; a->agent.headers_n++)
		if (!own(a, headers[a->agent.headers_n],
			    &a->agent.headers[a->agent.headers_n]))
			return false;
	return true;
}

static bool own_texts(atl_agent *a, const atl_agent_options *o)
{
	struct agent *g = &a->agent;

	g->name = "llama";
	g->model = AGENT_MODEL;
	g->system = "";
	return own(a, o->name, &g->name) && own(a, o->endpoint, &g->url) &&
		own(a, o->model, &g->model) && own(a, o->system, &g->system) &&
		own(a, o->auth_header, &g->auth_header) &&
		own(a, o->ca_file, &g->cacert) &&
		own(a, o->client_cert, &g->cert) &&
		own(a, o->client_key, &g->cert_key) &&
		own(a, o->pin, &g->pin) && own(a, o->proxy, &g->proxy) &&
		own(a, o->insecure_http_host, &g->insecure_http) &&
		own_headers(a, o->headers);
}

static void copy_numbers(struct agent *g, const atl_agent_options *o)
{
	g->temperature = o->temperature;
	g->max_tokens = o->max_tokens;
	g->context = o->context;
	g->retries = o->retries;
	g->whole = o->stream == 0;
	g->connect_ms = o->connect_timeout_ms;
	g->first_byte_ms = o->first_byte_timeout_ms;
	g->idle_ms = o->idle_timeout_ms;
	g->http11 = o->http11 != 0;
}

static enum status open_fds(atl_agent *a, struct err *err)
{
	struct epoll_event ev = {.events = EPOLLIN};

	a->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	a->cancel_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (a->epoll_fd < 0 || a->cancel_fd < 0 ||
		epoll_ctl(a->epoll_fd, EPOLL_CTL_ADD, a->cancel_fd, &ev) != 0 ||
		epoll_ctl(a->epoll_fd, EPOLL_CTL_ADD, http_fd(a->http), &ev) !=
			0)
		return err_sys(err, ST_FAIL, "cannot watch descriptors");
	return ST_OK;
}

atl_code atl_agent_create(
	atl_agent **ret, const atl_agent_options *o, atl_error *error)
{
	atl_agent *a;
	struct err err = {0};
	enum status st = ST_OK;

	if (o == NULL || o->version != ATL_AGENT_OPTIONS_VERSION)
		return give(err_set(&err, ST_USAGE,
				    "unknown version of atl_agent_options"),
			&err, error);
	if (o->endpoint == NULL || o->endpoint[0] == '\0')
		return give(err_set(&err, ST_CONFIG, "no endpoint is set"),
			&err, error);
	a = calloc(1, sizeof(*a));
	if (a == NULL)
		return give(err_nomem(&err), &err, error);
	a->epoll_fd = -1;
	a->cancel_fd = -1;
	copy_numbers(&a->agent, o);
	if (!own_texts(a, o) ||
		(o->api_key != NULL && o->api_key[0] != '\0' &&
			!secret_set(&a->key, o->api_key, strlen(o->api_key))))
		st = err_nomem(&err);
	if (st == ST_OK)
		st = http_new(&a->http, &err);
	if (st == ST_OK)
		st = open_fds(a, &err);
	if (st != ST_OK) {
		atl_agent_free(a);
		return give(st, &err, error);
	}
	*ret = a;
	return give(ST_OK, &err, error);
}

void atl_agent_free(atl_agent *a)
{
	size_t i;

	if (a == NULL)
		return;
	http_free(a->http);
	if (a->epoll_fd >= 0)
		(void)close(a->epoll_fd);
	if (a->cancel_fd >= 0)
		(void)close(a->cancel_fd);
	secret_free(&a->key);
	free(a->agent.headers);
	for (i = 0; i < a->texts_n; i++)
		free(a->texts[i]);
	free(a->texts);
	free(a);
}

void atl_agent_cancel(atl_agent *a)
{
	static const uint64_t one = 1;

	atomic_store(&a->cancel, true);
	/* A full counter wakes as well. */
	if (write(a->cancel_fd, &one, sizeof(one)) < 0)
		return;
}

int atl_agent_fd(const atl_agent *a)
{
	return a->epoll_fd;
}

int atl_agent_timeout_ms(const atl_agent *a)
{
	int http = http_timeout_ms(a->http);
	int session = a->active != NULL ? session_timeout_ms(a->active) : -1;

	if (http < 0 || (session >= 0 && session < http))
		return session;
	return http;
}

static void take_cancel(atl_agent *a)
{
	uint64_t count;

	if (!atomic_exchange(&a->cancel, false))
		return;
	if (read(a->cancel_fd, &count, sizeof(count)) < 0)
		return;
	if (a->active != NULL)
		session_stop(a->active);
}

static enum status step(atl_agent *a, struct err *err)
{
	enum status st;

	take_cancel(a);
	st = http_step(a->http, err);
	take_cancel(a);
	if (a->active != NULL) {
		session_step(a->active);
		if (!session_active(a->active))
			a->active = NULL;
	}
	return st;
}

atl_code atl_agent_step(atl_agent *a, atl_error *error)
{
	struct err err = {0};
	enum status st = step(a, &err);

	return give(st, &err, error);
}

/*
 * Messages and events
 */

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

		st = msg_attach(
			m, span_str(d->name), span_of(d->data, d->size), err);
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
	enum status st;

	st = o->id != NULL
		? catalog_find(store->storage.catalog, span_str(o->id), &e, err)
		: catalog_latest(store->storage.catalog, span_str(o->terminal),
			  &e, err);
	if (st == ST_OK)
		*ret = e->id;
	return st;
}

static enum status open_session(atl_chat *c, atl_store *store,
	const atl_chat_options *o, struct err *err)
{
	struct session_options so = {
		.http = c->agent->http,
		.vault = store != NULL ? store->storage.vault : NULL,
		.catalog = store != NULL ? store->storage.catalog : NULL,
		.terminal = span_str(o->terminal),
		.strict = o->strict != 0,
	};
	struct buf notice;
	struct id id;
	enum status st;

	if (o->id == NULL && !o->latest)
		return session_new(&c->session, &so, err);
	if (store == NULL)
		return err_set(err, ST_NOT_FOUND,
			"there is no store to open "
			"a conversation from");
	st = find(store, o, &id, err);
	if (st != ST_OK)
		return st;
	buf_init(&notice, BUF_LARGE);
	st = session_open(&c->session, &so, &id, &notice, err);
	if (st == ST_OK && notice.len > 0)
		pass_notice(notice.p, &store->options);
	buf_release(&notice);
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
		return give(err_set(&err, ST_USAGE,
				    "unknown version of atl_chat_options"),
			&err, error);
	c = calloc(1, sizeof(*c));
	if (c == NULL)
		return give(err_nomem(&err), &err, error);
	c->agent = agent;
	st = open_session(c, store, options, &err);
	if (st != ST_OK) {
		atl_chat_close(c);
		return give(st, &err, error);
	}
	id_hex(&session_conv(c->session)->id, c->id);
	*ret = c;
	return give(ST_OK, &err, error);
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
	return give(st, &err, error);
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

	return give(st, &err, error);
}

int atl_chat_active(const atl_chat *c)
{
	return session_active(c->session);
}

static enum status result(struct session *s, struct session *owned,
	atl_reply **ret, struct err *err)
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
	if (r->status != ST_OK)
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
		st = result(c->session, NULL, ret, &err);
	return give(st, &err, error);
}

static enum status run(atl_agent *a, struct err *err)
{
	while (a->active != NULL) {
		struct epoll_event ev;
		enum status st;

		if (epoll_wait(a->epoll_fd, &ev, 1, atl_agent_timeout_ms(a)) <
			0)
			continue; /* EINTR: step anyway */
		st = step(a, err);
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
		st = result(c->session, NULL, ret, &err);
	return give(st, &err, error);
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
	struct session_options so = {.http = a->http};
	atl_chat c = {.agent = a};
	struct err err = {0};
	atl_reply *reply = NULL;
	enum status st;

	if (count == 0)
		return give(err_set(&err, ST_USAGE, "there is no message"),
			&err, error);
	st = session_new(&c.session, &so, &err);
	if (st == ST_OK)
		st = preload(c.session, messages, count - 1, &err);
	if (st == ST_OK)
		st = start(&c, &messages[count - 1], fn, payload, &err);
	if (st == ST_OK)
		st = run(a, &err);
	if (st == ST_OK)
		st = result(c.session, c.session, &reply, &err);
	if (reply == NULL)
		session_free(c.session);
	else
		*ret = reply;
	return give(st, &err, error);
}

atl_code atl_agent_invoke(atl_agent *a, const atl_message *messages,
	size_t count, atl_reply **ret, atl_error *error)
{
	return atl_agent_stream(a, messages, count, NULL, NULL, ret, error);
}

/*
 * Replies
 */

const char *atl_reply_text(const atl_reply *r)
{
	return r->m->text.p;
}

size_t atl_reply_size(const atl_reply *r)
{
	return r->m->text.len;
}

const char *atl_reply_reasoning(const atl_reply *r)
{
	return r->m->reasoning.p;
}

atl_outcome atl_reply_outcome(const atl_reply *r)
{
	return outcomes[r->m->outcome];
}

atl_code atl_reply_code(const atl_reply *r)
{
	return codes[r->result.status];
}

const char *atl_reply_finish(const atl_reply *r)
{
	return r->m->finish.p;
}

const char *atl_reply_note(const atl_reply *r)
{
	return r->m->note.p;
}

const char *atl_reply_model(const atl_reply *r)
{
	return r->m->model.p;
}

const char *atl_reply_endpoint(const atl_reply *r)
{
	return r->m->endpoint.p;
}

int64_t atl_reply_prompt_tokens(const atl_reply *r)
{
	return r->m->usage.prompt;
}

int64_t atl_reply_completion_tokens(const atl_reply *r)
{
	return r->m->usage.completion;
}

int64_t atl_reply_first_token_ms(const atl_reply *r)
{
	return r->result.first_token_ms;
}

int64_t atl_reply_total_ms(const atl_reply *r)
{
	return r->result.total_ms;
}

int atl_reply_saved(const atl_reply *r)
{
	return r->result.saved;
}

void atl_reply_free(atl_reply *r)
{
	if (r == NULL)
		return;
	session_free(r->owned);
	free(r);
}
