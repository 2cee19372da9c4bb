/*
 * The agent inside a program that has a poll loop of its own: each line of the
 * standard input is a question, and while one is answered the next may be
 * typed. An empty line stops the answer.
 *
 *	LLAMA_MODEL_ENDPOINT=https://host/v1 ./loop
 */
#include <atllama.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct program {
	atl_agent *agent;
	atl_chat *chat;
	char line[4096];
	size_t n; /* bytes of `line` */
	int eof;
	int asked; /* a question is under way */
};

static int on_event(const atl_event *event, void *payload)
{
	(void)payload;
	if (event->type == ATL_EVENT_TEXT) {
		fwrite(event->text, 1, event->size, stdout);
		fflush(stdout);
	}
	return 0;
}

/* Takes the first whole line and asks it; 0 when there is none to take now. */
static int ask_next(struct program *p)
{
	atl_message message = ATL_MESSAGE_INIT;
	atl_error error;
	char *end = memchr(p->line, '\n', p->n);

	if (end == NULL || (p->asked && end != p->line))
		return 0;
	*end = '\0';
	if (p->asked) {
		atl_agent_cancel(p->agent);
	} else if (end != p->line) {
		message.content = p->line;
		if (atl_chat_start(p->chat, &message, on_event, NULL, &error) ==
			ATL_OK)
			p->asked = 1;
		else
			fprintf(stderr, "loop: %s\n", error.message);
	}
	p->n -= (size_t)(end + 1 - p->line);
	memmove(p->line, end + 1, p->n);
	return 1;
}

static void read_line(struct program *p)
{
	ssize_t n = read(STDIN_FILENO, p->line + p->n, sizeof(p->line) - p->n);

	if (n > 0)
		p->n += (size_t)n;
	else
		p->eof = 1;
	if (p->n == sizeof(p->line) && memchr(p->line, '\n', p->n) == NULL) {
		fprintf(stderr, "loop: that line is too long\n");
		p->n = 0;
	}
}

static void step(struct program *p)
{
	atl_reply *reply = NULL;
	atl_error error;

	if (atl_agent_step(p->agent, &error) != ATL_OK)
		fprintf(stderr, "loop: %s\n", error.message);
	if (!p->asked || atl_chat_active(p->chat))
		return;
	p->asked = 0;
	if (atl_chat_result(p->chat, &reply, &error) == ATL_OK)
		puts("");
	else
		printf("\n[%s]\n", error.message);
	fflush(stdout);
	atl_reply_free(reply);
}

static void run(struct program *p)
{
	while (!p->eof || p->asked) {
		struct pollfd fds[] = {
			{.fd = atl_agent_fd(p->agent), .events = POLLIN},
			{.fd = STDIN_FILENO, .events = POLLIN},
		};
		/* A full line that waits for its turn stops the reading. */
		int listen = !p->eof && p->n < sizeof(p->line);

		if (poll(fds, listen ? 2 : 1, atl_agent_timeout_ms(p->agent)) <
			0)
			continue;
		if (listen && fds[1].revents != 0)
			read_line(p);
		step(p);
		while (ask_next(p))
			;
	}
}

int main(void)
{
	struct program p = {0};
	atl_agent_options options = ATL_AGENT_OPTIONS_INIT;
	atl_error error = {ATL_OK, ""};
	atl_code code;

	options.endpoint = getenv("LLAMA_MODEL_ENDPOINT");
	options.api_key = getenv("LLAMA_API_KEY");
	code = atl_agent_create(&p.agent, &options, &error);
	if (code == ATL_OK)
		code = atl_chat_open(&p.chat, p.agent, NULL, NULL, &error);
	if (code == ATL_OK)
		run(&p);
	else
		fprintf(stderr, "loop: %s\n", error.message);
	atl_chat_close(p.chat);
	atl_agent_free(p.agent);
	return (int)code;
}
