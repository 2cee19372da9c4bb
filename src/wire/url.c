#include "wire/url.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "base/ascii.h"

static const char chat_path[] = "/chat/completions";

static bool is_host_char(char c)
{
	return ascii_is_alnum(c) || c == '.' || c == '-' || c == '_';
}

static enum status check_bytes(struct span text, struct err *err)
{
	size_t i;

	if (text.n == 0)
		return err_set(err, ST_CONFIG, "the endpoint is empty");
	if (text.n > URL_MAX)
		return err_set(err, ST_CONFIG,
			"the endpoint is longer than %zu bytes", URL_MAX);
	for (i = 0; i < text.n; i++) {
		unsigned char c = (unsigned char)text.p[i];

		if (c <= 0x20 || c == 0x7f)
			return err_set(err, ST_CONFIG,
				"the endpoint has a space or a control "
				"character in it");
		if (c >= 0x80)
			return err_set(err, ST_CONFIG,
				"the endpoint has a character beyond ASCII; "
				"write a host name as xn--..., a path with %%");
		if (c == '\\')
			return err_set(err, ST_CONFIG,
				"the endpoint has a backslash in it");
		if (c == '#')
			return err_set(err, ST_CONFIG,
				"the endpoint has a fragment (#...)");
	}
	return ST_OK;
}

static enum status parse_scheme(
	struct span *rest, struct url *u, struct err *err)
{
	static const char https[] = "https://";
	static const char http[] = "http://";
	size_t n;

	if (rest->n >= strlen(https) &&
		span_caseis(span_of(rest->p, strlen(https)), https)) {
		u->tls = true;
		n = strlen(https);
	} else if (rest->n >= strlen(http) &&
		span_caseis(span_of(rest->p, strlen(http)), http)) {
		n = strlen(http);
	} else {
		return err_set(err, ST_CONFIG,
			"the endpoint must begin with https:// or http://");
	}
	rest->p += n;
	rest->n -= n;
	u->port = u->tls ? 443 : 80;
	return ST_OK;
}

static enum status parse_port(struct span text, struct url *u, struct err *err)
{
	long long port;

	/* "host:" is allowed by the RFC and means the default. */
	if (text.n == 0)
		return ST_OK;
	if (text.p[0] == '-' || !span_int(text, 1, 65535, &port))
		return err_set(err, ST_CONFIG,
			"the port of the endpoint is not a number from 1 to "
			"65535");
	u->port = (int)port;
	return ST_OK;
}

static enum status parse_ipv6(
	struct span authority, struct url *u, struct err *err)
{
	struct span rest = span_of(authority.p + 1, authority.n - 1);
	char text[INET6_ADDRSTRLEN];
	struct in6_addr addr;

	u->host = span_cut(&rest, ']');
	u->ipv6 = true;
	if (rest.p == NULL || u->host.n >= sizeof(text))
		return err_set(err, ST_CONFIG,
			"the address in [...] of the endpoint does not end");
	memcpy(text, u->host.p, u->host.n);
	text[u->host.n] = '\0';
	if (inet_pton(AF_INET6, text, &addr) != 1)
		return err_set(err, ST_CONFIG,
			"the address in [...] of the endpoint is not IPv6");
	if (rest.n == 0)
		return ST_OK;
	if (rest.p[0] != ':')
		return err_set(err, ST_CONFIG,
			"the host of the endpoint makes no sense");
	return parse_port(span_of(rest.p + 1, rest.n - 1), u, err);
}

static enum status parse_authority(
	struct span authority, struct url *u, struct err *err)
{
	struct span rest = authority;
	size_t i;

	if (authority.n > 0 && memchr(authority.p, '@', authority.n) != NULL)
		return err_set(err, ST_CONFIG,
			"the endpoint has a user name or password in it; "
			"give the key in LLAMA_API_KEY instead");
	if (authority.n > 0 && authority.p[0] == '[')
		return parse_ipv6(authority, u, err);
	u->host = span_cut(&rest, ':');
	if (u->host.n == 0)
		return err_set(err, ST_CONFIG, "the endpoint has no host");
	for (i = 0; i < u->host.n; i++)
		if (!is_host_char(u->host.p[i]))
			return err_set(err, ST_CONFIG,
				"the host of the endpoint makes no sense");
	return rest.p != NULL ? parse_port(rest, u, err) : ST_OK;
}

enum status url_parse(struct span text, struct url *ret, struct err *err)
{
	struct url u = {.tls = false};
	struct span rest = text;
	enum status st;
	size_t n;

	st = check_bytes(text, err);
	if (st == ST_OK)
		st = parse_scheme(&rest, &u, err);
	if (st != ST_OK)
		return st;
	for (n = 0; n < rest.n && rest.p[n] != '/' && rest.p[n] != '?'; n++)
		;
	st = parse_authority(span_of(rest.p, n), &u, err);
	if (st != ST_OK)
		return st;
	u.query = span_of(rest.p + n, rest.n - n);
	u.path = span_cut(&u.query, '?');
	u.has_query = u.query.p != NULL;
	*ret = u;
	return ST_OK;
}

static bool ends_with(struct span s, const char *tail)
{
	size_t n = strlen(tail);

	return s.n >= n && memcmp(s.p + (s.n - n), tail, n) == 0;
}

/* The base's path without trailing slashes; /v1 when it has none. */
static struct span base_path(const struct url *u)
{
	struct span path = u->path;

	while (path.n > 0 && path.p[path.n - 1] == '/')
		path.n--;
	return path.n > 0 ? path : span_str("/v1");
}

static void put_host(const struct url *u, struct buf *out)
{
	size_t i;

	if (u->ipv6)
		buf_char(out, '[');
	for (i = 0; i < u->host.n; i++)
		buf_char(out, ascii_lower(u->host.p[i]));
	if (u->ipv6)
		buf_char(out, ']');
}

void url_origin(const struct url *u, struct buf *out)
{
	buf_str(out, u->tls ? "https://" : "http://");
	put_host(u, out);
	if (u->port != (u->tls ? 443 : 80))
		buf_fmt(out, ":%d", u->port);
}

static enum status put_url(const struct url *u, struct span path,
	struct span tail, struct buf *out, struct err *err)
{
	url_origin(u, out);
	buf_span(out, path);
	buf_span(out, tail);
	if (u->has_query) {
		buf_char(out, '?');
		buf_span(out, u->query);
	}
	return buf_check(out, "the endpoint", err);
}

/* Parses the base and takes off the place of chat completions, which it may
 * name. */
static enum status parse_base(struct span base, struct url *ret,
	struct span *ret_path, struct span *ret_chat, struct err *err)
{
	static const char *const places[] = {chat_path, "/chat_stream"};
	struct span path;
	size_t i;
	enum status st = url_parse(base, ret, err);

	if (st != ST_OK)
		return st;
	path = base_path(ret);
	*ret_path = path;
	*ret_chat = span_str(chat_path);
	for (i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		if (ends_with(path, places[i])) {
			ret_path->n -= strlen(places[i]);
			*ret_chat = span_str(places[i]);
			break;
		}
	return ST_OK;
}

enum status url_chat(struct span base, struct buf *out, struct err *err)
{
	struct span path;
	struct span chat;
	struct url u;
	enum status st = parse_base(base, &u, &path, &chat, err);

	return st == ST_OK ? put_url(&u, path, chat, out, err) : st;
}

enum status url_beside(
	struct span base, const char *tail, struct buf *out, struct err *err)
{
	struct span path;
	struct span chat;
	struct url u;
	enum status st = parse_base(base, &u, &path, &chat, err);

	return st == ST_OK ? put_url(&u, path, span_str(tail), out, err) : st;
}

static bool same_host(const struct url *a, const struct url *b)
{
	size_t i;

	if (a->ipv6 != b->ipv6 || a->host.n != b->host.n)
		return false;
	for (i = 0; i < a->host.n; i++)
		if (ascii_lower(a->host.p[i]) != ascii_lower(b->host.p[i]))
			return false;
	return true;
}

bool url_same_origin(const struct url *a, const struct url *b)
{
	return a->tls == b->tls && a->port == b->port && same_host(a, b);
}

/* Short forms such as "127.1" are not accepted: what they mean depends on who
 * resolves them. */
static bool is_ipv4_loopback(struct span host)
{
	long long part;
	int i;

	for (i = 0; i < 4; i++) {
		struct span text = span_cut(&host, '.');

		if (text.n == 0 || text.n > 3 || !span_int(text, 0, 255, &part))
			return false;
		if (i == 0 && part != 127)
			return false;
		if (i < 3 && host.p == NULL)
			return false;
	}
	return host.p == NULL;
}

bool url_is_loopback(const struct url *u)
{
	char text[INET6_ADDRSTRLEN];
	struct in6_addr addr;

	if (!u->ipv6)
		return span_caseis(u->host, "localhost") ||
			is_ipv4_loopback(u->host);
	if (u->host.n >= sizeof(text))
		return false;
	memcpy(text, u->host.p, u->host.n);
	text[u->host.n] = '\0';
	return inet_pton(AF_INET6, text, &addr) == 1 &&
		IN6_IS_ADDR_LOOPBACK(&addr);
}
