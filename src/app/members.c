#include "app/members.h"

void members_failure(
	struct json_writer *w, enum status st, const struct err *err)
{
	json_member_str(w, "code", span_str(status_name(st)));
	json_member_int(w, "exit", status_exit_code(st));
	json_member_str(w, "message", span_str(err->msg));
}

void members_error(struct json_writer *w, enum status st, const struct err *err)
{
	json_key(w, "error");
	json_open(w, '{');
	members_failure(w, st, err);
	json_close(w, '}');
}

void members_usage(struct json_writer *w, const struct usage *u)
{
	json_key(w, "usage");
	json_open(w, '{');
	json_member_count(w, "prompt_tokens", u->prompt);
	json_member_count(w, "completion_tokens", u->completion);
	json_close(w, '}');
}
