/*
 * threads URL: agents in several threads at once, and an agent that is
 * cancelled by other threads while it answers. Meant for the thread sanitizer
 * as much as for its own checks.
 */
#include <atllama.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { THREADS = 4, ROUNDS = 5 };

static const char *url;
static atomic_int failures;

static void fail(const char *what, const char *detail)
{
	(void)printf("threads: %s: %s\n", what, detail);
	atomic_fetch_add(&failures, 1);
}

static atl_agent *agent_new(void)
{
	atl_agent_options o = ATL_AGENT_OPTIONS_INIT;
	atl_agent *a = NULL;
	atl_error e;

	o.endpoint = url;
	if (atl_agent_create(&a, &o, &e) != ATL_OK)
		fail("create", e.message);
	return a;
}

/* The server gives the question back. */
static void *ask_often(void *payload)
{
	char text[32];
	atl_message m = {.content = text};
	int i;

	for (i = 0; i < ROUNDS; i++) {
		atl_agent *a = agent_new();
		atl_reply *r = NULL;
		atl_error e;

		(void)snprintf(text, sizeof(text), "%s %d", (char *)payload, i);
		if (atl_agent_invoke(a, &m, 1, &r, &e) != ATL_OK)
			fail("invoke", e.message);
		else if (strcmp(atl_reply_text(r), text) != 0)
			fail("another thread's reply", atl_reply_text(r));
		atl_reply_free(r);
		atl_agent_free(a);
	}
	return NULL;
}

static atomic_bool begun;

static int on_event(const atl_event *event, void *payload)
{
	(void)payload;
	if (event->type == ATL_EVENT_TEXT)
		atomic_store(&begun, true);
	return 0;
}

static void *cancel_when_begun(void *payload)
{
	while (!atomic_load(&begun))
		;
	atl_agent_cancel(payload);
	return NULL;
}

static void cancelled(void)
{
	atl_agent *a = agent_new();
	atl_message m = {.content = "stall"};
	pthread_t threads[THREADS];
	atl_reply *r = NULL;
	atl_error e;
	atl_code code;
	int i;

	for (i = 0; i < THREADS; i++)
		(void)pthread_create(&threads[i], NULL, cancel_when_begun, a);
	code = atl_agent_stream(a, &m, 1, on_event, NULL, &r, &e);
	for (i = 0; i < THREADS; i++)
		(void)pthread_join(threads[i], NULL);
	if (code != ATL_E_STOPPED || r == NULL)
		fail("cancel", "the reply was not stopped");
	else if (strcmp(atl_reply_text(r), "half") != 0 ||
		atl_reply_outcome(r) != ATL_OUTCOME_STOPPED)
		fail("cancel", "what had arrived is not there");
	atl_reply_free(r);
	atl_agent_free(a);
}

int main(int argc, char **argv)
{
	static char names[THREADS][8];
	pthread_t threads[THREADS];
	int i;

	if (argc != 3) {
		(void)fprintf(stderr, "usage: threads ECHO-URL STALL-URL\n");
		return 2;
	}
	url = argv[1];
	for (i = 0; i < THREADS; i++) {
		(void)snprintf(names[i], sizeof(names[i]), "thread%d", i);
		(void)pthread_create(&threads[i], NULL, ask_often, names[i]);
	}
	for (i = 0; i < THREADS; i++)
		(void)pthread_join(threads[i], NULL);
	url = argv[2];
	cancelled();
	return atomic_load(&failures) != 0;
}
