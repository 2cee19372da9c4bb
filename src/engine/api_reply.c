#include "engine/api_priv.h"

#include <stdlib.h>

#include "wire/schema.h"

static const atl_outcome outcomes[] = {
	[OUTCOME_NONE] = ATL_OUTCOME_NONE,
	[OUTCOME_COMPLETE] = ATL_OUTCOME_COMPLETE,
	[OUTCOME_LENGTH] = ATL_OUTCOME_LENGTH,
	[OUTCOME_FILTERED] = ATL_OUTCOME_FILTERED,
	[OUTCOME_STOPPED] = ATL_OUTCOME_STOPPED,
	[OUTCOME_CUT] = ATL_OUTCOME_CUT,
	[OUTCOME_FAILED] = ATL_OUTCOME_FAILED,
};

atl_outcome api_outcome(enum outcome outcome)
{
	return outcomes[outcome];
}

const char *atl_reply_text(const atl_reply *r)
{
	return r->m->text.p;
}

const char *atl_reply_json(const atl_reply *reply, size_t *ret_size)
{
	struct span json = schema_unwrap(buf_view(&reply->m->text));

	if (ret_size != NULL)
		*ret_size = json.n;
	return json.p;
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
	return api_outcome(r->m->outcome);
}

atl_code atl_reply_code(const atl_reply *r)
{
	return api_code(r->result.status);
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

const char *atl_reply_request_id(const atl_reply *r)
{
	/* The span of a whole buf: terminated. */
	return r->result.request_id.n > 0 ? r->result.request_id.p : "";
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

int atl_reply_cached(const atl_reply *r)
{
	return r->result.cached;
}

void atl_reply_free(atl_reply *r)
{
	if (r == NULL)
		return;
	session_free(r->owned);
	free(r);
}
