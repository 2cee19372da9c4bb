#include "net/fault.h"

#include <stdio.h>

/* "15 s", "1.5 s" */
static void seconds(int64_t ms, char *out, size_t n)
{
	if (ms % 1000 == 0)
		(void)snprintf(out, n, "%lld s", (long long)(ms / 1000));
	else
		(void)snprintf(out, n, "%.1f s", (double)ms / 1000);
}

static enum status tls_text(const struct fault_place *p, struct err *err)
{
	if (p->own_certificate)
		return err_set(err, ST_CONFIG,
			"the client certificate cannot be used: %s; check "
			"--cert and --key",
			p->detail);
	if (p->name_differs)
		return err_set(err, ST_NET,
			"the certificate of %s is for another name (%s); "
			"check the endpoint's address",
			p->where, p->detail);
	if (p->pin_differs)
		return err_set(err, ST_NET,
			"the public key of %s is not the one of --pin; if the "
			"server has a new one, pin that",
			p->where);
	if (p->expired)
		return err_set(err, ST_NET,
			"the certificate of %s has expired; its owner has to "
			"renew it, unless this machine's clock is wrong",
			p->where);
	if (p->certificate)
		return err_set(err, ST_NET,
			"the certificate of %s is not trusted: %s; for a "
			"server of your own give its authority with --cacert",
			p->where, p->detail);
	return err_set(err, ST_NET,
		"no secure connection to %s: %s; is it "
		"a server for https, with TLS 1.2 or newer?",
		p->where, p->detail);
}

static enum status closed_text(const struct fault_place *p, struct err *err)
{
	if (p->http2 && p->detail[0] != '\0')
		return err_set(err, ST_NET,
			"%s broke off the stream (%s); if it happens again, "
			"try --http1.1",
			p->where, p->detail);
	if (p->answered)
		return err_set(err, ST_NET,
			"%s closed the connection before the answer was "
			"complete",
			p->where);
	return err_set(err, ST_NET,
		"%s closed the connection without an answer; check that it "
		"speaks http, not https%s",
		p->where, p->detail[0] != '\0' ? " and look at its log" : "");
}

static enum status timeout_text(
	enum http_fault fault, const struct fault_place *p, struct err *err)
{
	char limit[32];

	seconds(p->limit_ms, limit, sizeof(limit));
	if (fault == HTTP_FAULT_CONNECT_TIMEOUT)
		return err_set(err, ST_NET,
			"no connection to %s within %s; check the address and "
			"the network, or give it longer with "
			"--connect-timeout",
			p->where, limit);
	if (fault == HTTP_FAULT_FIRST_BYTE_TIMEOUT)
		return err_set(err, ST_NET,
			"no answer from %s within %s; a busy or slow server "
			"can be given longer with --first-byte-timeout",
			p->where, limit);
	return err_set(err, ST_NET,
		"nothing more from %s for %s; the limit is set with "
		"--idle-timeout",
		p->where, limit);
}

enum status fault_text(
	enum http_fault fault, const struct fault_place *p, struct err *err)
{
	switch (fault) {
	case HTTP_FAULT_RESOLVE:
		return err_set(err, ST_NET,
			"no such host: %s; check its spelling and the network",
			p->host);
	case HTTP_FAULT_CONNECT:
		if (p->loopback)
			return err_set(err, ST_NET,
				"cannot connect to %s: %s; is the server "
				"running?",
				p->where, p->detail);
		return err_set(err, ST_NET,
			"cannot connect to %s: %s; check the address and that "
			"the server is running",
			p->where, p->detail);
	case HTTP_FAULT_PROXY:
		return err_set(err, ST_NET,
			"the proxy gives no way to %s: %s; see --proxy and "
			"the variables https_proxy and no_proxy",
			p->where, p->detail);
	case HTTP_FAULT_TLS: return tls_text(p, err);
	case HTTP_FAULT_CONNECT_TIMEOUT:
	case HTTP_FAULT_FIRST_BYTE_TIMEOUT:
	case HTTP_FAULT_IDLE_TIMEOUT: return timeout_text(fault, p, err);
	case HTTP_FAULT_CLOSED: return closed_text(p, err);
	case HTTP_FAULT_PROTOCOL:
		return err_set(err, ST_NET,
			"%s does not answer in HTTP as it should: %s", p->where,
			p->detail);
	case HTTP_FAULT_REFUSED_HERE:
	case HTTP_FAULT_NONE: break;
	}
	return err_set(err, ST_FAIL, "the request to %s failed: %s", p->where,
		p->detail);
}

bool fault_transient(enum http_fault fault, const struct fault_place *p)
{
	switch (fault) {
	case HTTP_FAULT_CONNECT: return !p->loopback;
	case HTTP_FAULT_CONNECT_TIMEOUT:
	case HTTP_FAULT_CLOSED: return true;
	case HTTP_FAULT_NONE:
	case HTTP_FAULT_REFUSED_HERE:
	case HTTP_FAULT_RESOLVE:
	case HTTP_FAULT_PROXY:
	case HTTP_FAULT_TLS:
	case HTTP_FAULT_FIRST_BYTE_TIMEOUT:
	case HTTP_FAULT_IDLE_TIMEOUT:
	case HTTP_FAULT_PROTOCOL: break;
	}
	return false;
}
