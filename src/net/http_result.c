#include "net/http_xfer.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "net/fault.h"

static bool names_us(const struct http_xfer *x)
{
	char us[128];

	if (snprintf(us, sizeof(us), "%s port %d", x->host, x->port) >=
		(int)sizeof(us))
		return true;
	return strstr(x->curl_error, us) != NULL;
}

/* Whether a proxy refused a tunnel, which libcurl reports as an error of
 * reading. */
static bool is_proxy_refusal(const struct http_xfer *x)
{
	long code = 0;

	(void)curl_easy_getinfo(x->easy, CURLINFO_HTTP_CONNECTCODE, &code);
	return x->phase <= HTTP_CONNECTING &&
		(code >= 300 || strstr(x->curl_error, "CONNECT") != NULL);
}

/* Whether it is the proxy's certificate that was not accepted. */
static bool is_proxys_certificate(const struct http_xfer *x, CURLcode code)
{
	long verified = 0;

	(void)curl_easy_getinfo(
		x->easy, CURLINFO_PROXY_SSL_VERIFYRESULT, &verified);
	return code == CURLE_PEER_FAILED_VERIFICATION && verified != 0;
}

static enum http_fault fault_of(const struct http_xfer *x, CURLcode code)
{
	if (is_proxy_refusal(x) || is_proxys_certificate(x, code))
		return HTTP_FAULT_PROXY;
	switch (code) {
	case CURLE_COULDNT_RESOLVE_HOST: return HTTP_FAULT_RESOLVE;
	case CURLE_COULDNT_RESOLVE_PROXY:
	case CURLE_PROXY: return HTTP_FAULT_PROXY;
	case CURLE_COULDNT_CONNECT:
		/* The message names who could not be reached: the host or a
		 * proxy. */
		return x->loopback || names_us(x) ? HTTP_FAULT_CONNECT
						  : HTTP_FAULT_PROXY;
	case CURLE_OPERATION_TIMEDOUT:
		return x->phase <= HTTP_CONNECTING ? HTTP_FAULT_CONNECT_TIMEOUT
						   : HTTP_FAULT_CLOSED;
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_SSL_CERTPROBLEM:
	case CURLE_SSL_CIPHER:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_SSL_ISSUER_ERROR:
	case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
	case CURLE_SSL_INVALIDCERTSTATUS:
	case CURLE_SSL_CLIENTCERT: return HTTP_FAULT_TLS;
	/* libcurl takes a head that breaks off for an empty answer. */
	case CURLE_OK:
	case CURLE_GOT_NOTHING:
	case CURLE_RECV_ERROR:
	case CURLE_SEND_ERROR:
	case CURLE_PARTIAL_FILE:
	case CURLE_HTTP2:
	case CURLE_HTTP2_STREAM: return HTTP_FAULT_CLOSED;
	case CURLE_UNSUPPORTED_PROTOCOL:
	case CURLE_WEIRD_SERVER_REPLY:
	case CURLE_BAD_CONTENT_ENCODING: return HTTP_FAULT_PROTOCOL;
	default: return HTTP_FAULT_REFUSED_HERE;
	}
}

static int64_t limit_behind(const struct http_xfer *x, enum http_fault fault)
{
	if (fault == HTTP_FAULT_CONNECT_TIMEOUT)
		return x->connect_ms;
	if (fault == HTTP_FAULT_FIRST_BYTE_TIMEOUT)
		return x->first_byte_ms;
	return x->idle_ms;
}

static void explain(
	const struct http_xfer *x, CURLcode code, struct http_result *r)
{
	struct fault_place place = {
		.where = x->where,
		.host = x->host,
		.detail = x->curl_error,
		.limit_ms = limit_behind(x, r->fault),
		.loopback = x->loopback,
		.answered = x->head.taken > 0,
		.http2 = code == CURLE_HTTP2 || code == CURLE_HTTP2_STREAM,
		.certificate = code == CURLE_PEER_FAILED_VERIFICATION,
	};
	char text[128];
	long sys = 0;

	if (place.detail[0] == '\0' && code != CURLE_OK)
		place.detail = curl_easy_strerror(code);
	place.name_differs = place.certificate &&
		strstr(place.detail, "subject name") != NULL;
	place.expired = place.certificate &&
		strstr(place.detail, "expired") != NULL;
	place.pin_differs = code == CURLE_SSL_PINNEDPUBKEYNOTMATCH;
	place.own_certificate = code == CURLE_SSL_CERTPROBLEM;
	(void)curl_easy_getinfo(x->easy, CURLINFO_OS_ERRNO, &sys);
	if (r->fault == HTTP_FAULT_CONNECT && sys > 0 && sys < INT_MAX &&
		strerror_r((int)sys, text, sizeof(text)) == 0)
		place.detail = text;
	r->transient = fault_transient(r->fault, &place);
	if (code == CURLE_OUT_OF_MEMORY)
		r->status = err_nomem(&r->err);
	else
		r->status = fault_text(r->fault, &place, &r->err);
	r->err.sys = (int)sys;
}

static int64_t time_of(const struct http_xfer *x, CURLINFO what)
{
	curl_off_t us = 0;

	if (curl_easy_getinfo(x->easy, what, &us) != CURLE_OK || us <= 0)
		return -1;
	return (int64_t)us;
}

static void put_address(const struct http_xfer *x, CURLINFO ip_info,
	CURLINFO port_info, char out[HTTP_ADDR_MAX])
{
	const char *ip = NULL;
	long port = 0;
	bool v6;

	(void)curl_easy_getinfo(x->easy, ip_info, &ip);
	(void)curl_easy_getinfo(x->easy, port_info, &port);
	if (ip == NULL || ip[0] == '\0')
		return;
	v6 = strchr(ip, ':') != NULL;
	(void)snprintf(
		out, HTTP_ADDR_MAX, v6 ? "[%s]:%ld" : "%s:%ld", ip, port);
}

int http_version_of(long version)
{
	if (version == CURL_HTTP_VERSION_1_0)
		return 10;
	if (version == CURL_HTTP_VERSION_1_1)
		return 11;
	return version == CURL_HTTP_VERSION_2_0 ? 20 : 0;
}

static void measure(const struct http_xfer *x, struct http_result *r)
{
	long version = 0;
	long connects = 0;

	(void)curl_easy_getinfo(x->easy, CURLINFO_HTTP_VERSION, &version);
	(void)curl_easy_getinfo(x->easy, CURLINFO_NUM_CONNECTS, &connects);
	r->http_version = http_version_of(version);
	r->reused = connects == 0 && x->attempts > 0;
	r->dns_us = time_of(x, CURLINFO_NAMELOOKUP_TIME_T);
	r->connect_us = time_of(x, CURLINFO_CONNECT_TIME_T);
	r->tls_us = time_of(x, CURLINFO_APPCONNECT_TIME_T);
	r->first_byte_us = time_of(x, CURLINFO_STARTTRANSFER_TIME_T);
	/* libcurl's own total is not set when we end a transfer. */
	r->total_us = clock_mono_us() - x->began_us;
	put_address(x, CURLINFO_LOCAL_IP, CURLINFO_LOCAL_PORT, r->local);
	put_address(x, CURLINFO_PRIMARY_IP, CURLINFO_PRIMARY_PORT, r->remote);
}

void http_fill_result(
	const struct http_xfer *x, CURLcode code, struct http_result *r)
{
	memset(r, 0, sizeof(*r));
	r->body_bytes = x->body_bytes;
	r->http_status = x->head.complete ? x->head.status : 0;
	if (x->offline)
		http_play_result(x, r);
	else
		measure(x, r);
	if (x->own_status != ST_OK) {
		r->fault = x->own_fault;
		r->status = x->own_status;
		r->err = x->own_err;
		if (r->err.msg[0] == '\0')
			(void)err_set(&r->err, r->status,
				"the answer of %s was given up", x->where);
		r->err.code = r->status;
	} else if (!x->offline &&
		(x->own_fault != HTTP_FAULT_NONE || code != CURLE_OK ||
			!x->head.complete)) {
		r->fault = x->own_fault != HTTP_FAULT_NONE ? x->own_fault
							   : fault_of(x, code);
		explain(x, code, r);
	}
	r->broken = r->status != ST_OK && x->head.taken > 0;
}
