#include "engine/link.h"

#include <stdlib.h>

#include "net/tape.h"

void link_options(const struct agent *a, struct http_options *ret)
{
	*ret = (struct http_options){
		.connect_timeout_ms = a->connect_ms,
		.first_byte_timeout_ms = a->first_byte_ms,
		.idle_timeout_ms = a->idle_ms,
		.ca_file = a->cacert,
		.cert = a->cert,
		.cert_key = a->cert_key,
		.pin = a->pin,
		.proxy = a->proxy,
		.insecure_host = a->insecure_http,
		.http11 = a->http11,
	};
}

enum status link_headers(
	const struct agent *agent, struct http_header **ret, struct err *err)
{
	struct http_header *h;
	size_t i;

	*ret = NULL;
	if (agent->headers_n == 0)
		return ST_OK;
	h = calloc(agent->headers_n, sizeof(*h));
	if (h == NULL)
		return err_nomem(err);
	for (i = 0; i < agent->headers_n; i++) {
		struct span rest = span_str(agent->headers[i]);

		h[i].name = span_trim(span_cut(&rest, ':'));
		h[i].value = span_trim(rest);
	}
	*ret = h;
	return ST_OK;
}

enum status link_tape(struct http *http, const char *record, const char *replay,
	double speed, struct err *err)
{
	struct tape *tape = NULL;
	enum status st = ST_OK;

	if (replay != NULL)
		st = tape_play(&tape, replay, speed, err);
	else if (record != NULL)
		st = tape_record(&tape, record, err);
	if (st == ST_OK)
		http_set_tape(http, tape);
	return st;
}
