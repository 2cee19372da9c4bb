/*
 * An answer that another thread stops after some seconds; what arrived until
 * then is kept.
 *
 *	LLAMA_MODEL_ENDPOINT=https://host/v1 ./cancel "Count to a million" 5
 */
#include <atllama.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct timer {
	atl_agent *agent;
	unsigned seconds;
};

static void *stop_later(void *payload)
{
	struct timer *t = payload;

	sleep(t->seconds);
	atl_agent_cancel(t->agent);
	return NULL;
}

int main(int argc, char **argv)
{
	struct timer timer = {NULL, 5};
	atl_agent_options options = ATL_AGENT_OPTIONS_INIT;
	atl_message ask = {.content = "Count to a million, word by word"};
	atl_reply *reply = NULL;
	atl_error error = {ATL_OK, ""};
	pthread_t thread;
	atl_code code;

	if (argc > 1)
		ask.content = argv[1];
	if (argc > 2)
		timer.seconds = (unsigned)strtoul(argv[2], NULL, 10);
	options.endpoint = getenv("LLAMA_MODEL_ENDPOINT");
	options.api_key = getenv("LLAMA_API_KEY");
	code = atl_agent_create(&timer.agent, &options, &error);
	if (code == ATL_OK &&
		pthread_create(&thread, NULL, stop_later, &timer) == 0) {
		code = atl_agent_invoke(timer.agent, &ask, 1, &reply, &error);
		pthread_join(thread, NULL);
	}
	if (reply != NULL)
		printf("%s\n[%s]\n", atl_reply_text(reply),
			atl_outcome_name(atl_reply_outcome(reply)));
	if (code != ATL_OK && code != ATL_E_STOPPED)
		fprintf(stderr, "cancel: %s\n", error.message);
	atl_reply_free(reply);
	atl_agent_free(timer.agent);
	return code == ATL_E_STOPPED ? 0 : (int)code;
}
