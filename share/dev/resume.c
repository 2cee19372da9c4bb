/*
 * A conversation that goes on each time the program is run. It is the store of
 * the atllama program: "atllama list" shows it, too.
 *
 *	LLAMA_MODEL_ENDPOINT=https://host/v1 ./resume "And then?"
 */
#include <atllama.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Keeps the id of the newest conversation and ends the list. */
static int newest(const atl_conversation *conversation, void *payload)
{
	strcpy(payload, conversation->id);
	return 1;
}

static void show(const atl_chat *chat)
{
	size_t n = atl_chat_count(chat);
	atl_said said;
	size_t i;

	for (i = 0; i < n; i++)
		if (atl_chat_said(chat, i, &said, NULL) == ATL_OK)
			printf("%s: %s\n", said.role, said.text);
}

int main(int argc, char **argv)
{
	atl_store *store = NULL;
	atl_agent *llama = NULL;
	atl_chat *chat = NULL;
	atl_reply *reply = NULL;
	atl_agent_options options = ATL_AGENT_OPTIONS_INIT;
	atl_chat_options resume = ATL_CHAT_OPTIONS_INIT;
	atl_message ask = {.content = argc > 1 ? argv[1] : "Go on."};
	atl_error error = {ATL_OK, ""};
	char id[33] = "";
	atl_code code;

	options.endpoint = getenv("LLAMA_MODEL_ENDPOINT");
	options.api_key = getenv("LLAMA_API_KEY");
	code = atl_store_open(&store, NULL, &error);
	if (code == ATL_OK)
		code = atl_store_list(store, newest, id, &error);
	if (code == ATL_OK)
		code = atl_agent_create(&llama, &options, &error);
	if (id[0] != '\0')
		resume.id = id;
	if (code == ATL_OK)
		code = atl_chat_open(&chat, llama, store, &resume, &error);
	if (code == ATL_OK)
		code = atl_chat_send(chat, &ask, NULL, NULL, &reply, &error);
	if (chat != NULL)
		show(chat);
	if (code != ATL_OK)
		fprintf(stderr, "resume: %s\n", error.message);
	atl_reply_free(reply);
	atl_chat_close(chat);
	atl_agent_free(llama);
	atl_store_close(store);
	return (int)code;
}
