/*
 * One question, one answer.
 *
 *	cc ask.c $(pkg-config --cflags --libs libatllama) -o ask
 *	LLAMA_MODEL_ENDPOINT=https://host/v1 LLAMA_API_KEY=... ./ask "Why?"
 */
#include <atllama.h>
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
	atl_agent *llama = NULL;
	atl_agent_options options = ATL_AGENT_OPTIONS_INIT;
	atl_message ask[] = {
		{.role = "user", .content = "Design an onboarding process"}};
	atl_reply *reply = NULL;
	atl_error error = {ATL_OK, ""};
	atl_code code;

	if (argc > 1)
		ask[0].content = argv[1];
	options.endpoint = getenv("LLAMA_MODEL_ENDPOINT");
	options.api_key = getenv("LLAMA_API_KEY");
	code = atl_agent_create(&llama, &options, &error);
	if (code == ATL_OK)
		code = atl_agent_invoke(llama, ask, 1, &reply, &error);
	/* A reply that was cut comes beside its error: show both. */
	if (reply != NULL)
		puts(atl_reply_text(reply));
	if (code != ATL_OK)
		fprintf(stderr, "ask: %s\n", error.message);
	atl_reply_free(reply);
	atl_agent_free(llama);
	return (int)code;
}
