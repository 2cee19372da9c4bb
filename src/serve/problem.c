#include "serve/problem.h"

#define CLIENT "invalid_request_error"
#define SERVER "server_error"

static const struct problem problems[] = {
	[ST_OK] = {200, "", ""},
	[ST_FAIL] = {500, SERVER, "internal_error"},
	[ST_NOMEM] = {503, SERVER, "out_of_memory"},
	[ST_IO] = {500, SERVER, "storage_failed"},
	[ST_NOT_FOUND] = {404, CLIENT, "not_found"},
	[ST_BUSY] = {503, SERVER, "busy"},
	[ST_USAGE] = {400, CLIENT, "bad_request"},
	[ST_CONFIG] = {500, SERVER, "not_configured"},
	[ST_AUTH] = {502, SERVER, "upstream_refused_key"},
	[ST_MODEL] = {502, SERVER, "upstream_no_model"},
	[ST_LIMIT] = {429, "rate_limit_error", "upstream_limit"},
	[ST_NET] = {502, SERVER, "upstream_unreachable"},
	[ST_SERVER] = {502, SERVER, "upstream_failed"},
	[ST_CUT] = {502, SERVER, "reply_cut"},
	[ST_LENGTH] = {502, SERVER, "reply_too_long"},
	[ST_FILTERED] = {400, CLIENT, "content_filter"},
	[ST_WINDOW] = {400, CLIENT, "context_length_exceeded"},
	[ST_LOCKED] = {500, SERVER, "storage_locked"},
	[ST_DAMAGED] = {500, SERVER, "storage_damaged"},
	[ST_STOPPED] = {503, SERVER, "stopping"},
};

const struct problem problem_timeout = {504, SERVER, "upstream_timeout"};
const struct problem problem_busy = {503, SERVER, "busy"};
const struct problem problem_stopping = {503, SERVER, "stopping"};
const struct problem problem_bad_json = {400, CLIENT, "bad_json"};
const struct problem problem_unknown_agent = {404, CLIENT, "unknown_agent"};
/* OpenAI's own code, which clients look for. */
const struct problem problem_unknown_model = {404, CLIENT, "model_not_found"};
const struct problem problem_not_saved = {503, SERVER, "not_saved"};

const struct problem *problem_of(enum status st)
{
	return &problems[st];
}

void problem_put(
	struct json_writer *w, const struct problem *p, struct span message)
{
	json_key(w, "error");
	json_open(w, '{');
	json_member_str(w, "message", message);
	json_member_str(w, "type", span_str(p->type));
	json_key(w, "param");
	json_add_null(w);
	json_member_str(w, "code", span_str(p->code));
	json_close(w, '}');
}
