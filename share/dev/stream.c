/*
 * An answer shown as it arrives, with what came of it.
 *
 *	LLAMA_MODEL_ENDPOINT=https://host/v1 LLAMA_API_KEY=... ./stream "Why?"
 */
#include <atllama.h>
#include <stdio.h>
#include <stdlib.h>

static int on_event(const atl_event *event, void *payload)
{
	FILE *out = payload;

	switch (event->type) {
	case ATL_EVENT_TEXT:
		fwrite(event->text, 1, event->size, out);
		fflush(out);
		break;
	case ATL_EVENT_NOTICE:
		fprintf(stderr, "stream: %.*s\n", (int)event->size,
			event->text);
		break;
	default: /* reasoning, tools nobody offered, the end */ break;
	}
	/* Anything but 0 would stop the reply. */
	return ferror(out);
}

int main(int argc, char **argv)
{
	atl_agent *llama = NULL;
	atl_agent_options options = ATL_AGENT_OPTIONS_INIT;
	atl_message talk[] = {
		{.role = "system", .content = "Answer in one sentence."},
		{.role = "user", .content = "Why is the sky blue?"},
	};
	atl_reply *reply = NULL;
	atl_error error = {ATL_OK, ""};
	atl_code code;

	if (argc > 1)
		talk[1].content = argv[1];
	options.endpoint = getenv("LLAMA_MODEL_ENDPOINT");
	options.api_key = getenv("LLAMA_API_KEY");
	code = atl_agent_create(&llama, &options, &error);
	if (code == ATL_OK)
		code = atl_agent_stream(
			llama, talk, 2, on_event, stdout, &reply, &error);
	putchar('\n');
	if (reply != NULL)
		fprintf(stderr, "%s: %s, %lld tokens\n", atl_reply_model(reply),
			atl_outcome_name(atl_reply_outcome(reply)),
			(long long)atl_reply_completion_tokens(reply));
	if (code != ATL_OK)
		fprintf(stderr, "stream: %s\n", error.message);
	atl_reply_free(reply);
	atl_agent_free(llama);
	return (int)code;
}
