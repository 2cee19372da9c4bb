#include "text/link.h"

#include <idn2.h>
#include <string.h>

#include "base/ascii.h"

/* The parts of an address, as offsets. */
struct parts {
	size_t user; /* behind the slashes: what ends with the last "@" */
	size_t host;
	size_t port; /* where the host ends */
	size_t query; /* the "?"; fragment when there is none */
	size_t fragment; /* the "#", or the end */
};

static bool is_slash(char c)
{
	return c == '/' || c == '\\';
}

/* Bytes of "scheme:", if it is one with a host. */
static size_t scheme_length(struct span s)
{
	static const char *const schemes[] = {
		"http", "https", "ftp", "ws", "wss"};
	const char *colon = s.n > 0 ? memchr(s.p, ':', s.n) : NULL;
	size_t n = colon != NULL ? (size_t)(colon - s.p) : 0;
	size_t k;

	for (k = 0; n > 0 && k < sizeof(schemes) / sizeof(schemes[0]); k++)
		if (span_caseis(span_of(s.p, n), schemes[k]))
			return n + 1;
	return 0;
}

/* Offset of the first of these marks between two offsets; `end` if there is
 * none. */
static size_t until(struct span s, size_t from, size_t end, const char *marks)
{
	while (from < end &&
		(s.p[from] == '\0' || strchr(marks, s.p[from]) == NULL))
		from++;
	return from;
}

/* Where the host ends: at the ":" behind it. A host in brackets may have some
 * itself. */
static size_t host_end(struct span s, size_t from, size_t end)
{
	size_t i = until(s, from, end, ":[");

	while (i < end && s.p[i] == '[')
		i = until(s, until(s, i, end, "]"), end, ":[");
	return i;
}

/* False when the address names no host. */
static bool split(struct span s, struct parts *ret)
{
	size_t i = scheme_length(s);
	size_t end;

	if (i == 0 && (s.n < 2 || !is_slash(s.p[0]) || !is_slash(s.p[1])))
		return false;
	while (i < s.n && is_slash(s.p[i]))
		i++;
	end = until(s, i, s.n, "/\\?#");
	ret->user = ret->host = i;
	for (; i < end; i++)
		if (s.p[i] == '@')
			ret->host = i + 1;
	ret->port = host_end(s, ret->host, end);
	ret->fragment = until(s, end, s.n, "#");
	ret->query = until(s, end, ret->fragment, "?");
	return end > ret->host;
}

/* Appends the text with percent signs decoded. */
static void decode(struct span s, struct buf *out)
{
	size_t i = 0;

	while (i < s.n) {
		int hi = i + 2 < s.n && s.p[i] == '%' ? ascii_hex(s.p[i + 1])
						      : -1;
		int lo = hi >= 0 ? ascii_hex(s.p[i + 2]) : -1;

		if (lo >= 0) {
			buf_char(out, (char)(hi * 16 + lo));
			i += 3;
		} else {
			buf_char(out, s.p[i++]);
		}
	}
}

static bool is_ascii(struct span s)
{
	size_t i;

	for (i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] >= 0x80)
			return false;
	return true;
}

/* Appends a host that is not a valid name, percent-encoded, so that it looks
 * like what it is. */
static void encode(struct span s, struct buf *out)
{
	size_t i;

	for (i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c > ' ' && c < 0x7f)
			buf_char(out, (char)c);
		else
			buf_fmt(out, "%%%02X", (unsigned)c);
	}
}

static void put_host(struct span host, struct buf *out)
{
	struct buf plain;
	char *ascii = NULL;

	buf_init(&plain, LINK_HOST);
	decode(host, &plain);
	if (!plain.bad && !is_ascii(buf_view(&plain)) &&
		memchr(plain.p, '\0', plain.len) == NULL &&
		idn2_to_ascii_8z(plain.p, &ascii,
			IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL) == IDN2_OK)
		encode(span_str(ascii), out);
	else
		encode(plain.bad ? host : buf_view(&plain), out);
	if (ascii != NULL)
		idn2_free(ascii);
	buf_release(&plain);
}

bool link_is_odd(struct span address)
{
	struct parts p;
	struct span host;

	if (!split(address, &p))
		return false;
	host = span_of(address.p + p.host, p.port - p.host);
	return p.host > p.user || !is_ascii(host) ||
		(host.n > 0 && memchr(host.p, '%', host.n) != NULL) ||
		p.fragment - p.query > LINK_QUERY;
}

void link_show(struct span address, struct buf *out)
{
	struct parts p;
	struct span host;

	if (!link_is_odd(address) || !split(address, &p)) {
		buf_span(out, address);
		return;
	}
	host = span_of(address.p + p.host, p.port - p.host);
	buf_add(out, address.p, p.host);
	put_host(host, out);
	buf_add(out, address.p + p.port, address.n - p.port);
	if (p.host > p.user) {
		buf_str(out, " [host: ");
		put_host(host, out);
		buf_char(out, ']');
	}
	if (p.fragment - p.query > LINK_QUERY)
		buf_fmt(out, " [query of %zu bytes]", p.fragment - p.query);
}
