/* tty: what the sink of replies writes, and in how many writes. */
#ifndef _XOPEN_SOURCE
#define _XOPEN_SOURCE 700
#endif

#include "unit/check.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "tty/render.h"

/* A socket of packets: each write(2) is one packet. */
struct sink {
	int ends[2];
	struct buf all;
	struct buf last; /* the packets of the last look */
	int writes; /* of the last look */
};

static void sink_open(struct sink *s)
{
	CHECK(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, s->ends) == 0);
	CHECK(fcntl(s->ends[0], F_SETFL, O_NONBLOCK) == 0);
	buf_init(&s->all, BUF_LARGE);
	buf_init(&s->last, BUF_LARGE);
}

static void sink_look(struct sink *s)
{
	static char bytes[256 * 1024];
	ssize_t n;

	s->writes = 0;
	buf_reset(&s->last);
	for (n = read(s->ends[0], bytes, sizeof(bytes)); n > 0;
		n = read(s->ends[0], bytes, sizeof(bytes))) {
		s->writes++;
		buf_add(&s->last, bytes, (size_t)n);
		buf_add(&s->all, bytes, (size_t)n);
	}
}

static void sink_close(struct sink *s)
{
	(void)close(s->ends[0]);
	(void)close(s->ends[1]);
	buf_release(&s->all);
	buf_release(&s->last);
}

static void flush_says(
	struct sink *s, struct render *r, int writes, const char *text)
{
	struct err err;

	CHECK_INT(render_flush(r, &err), ST_OK);
	sink_look(s);
	CHECK_INT(s->writes, writes);
	CHECK_STR(s->last.p, text);
}

static void end_says(
	struct sink *s, struct render *r, int writes, const char *text)
{
	struct err err;

	CHECK_INT(render_end(r, &err), ST_OK);
	sink_look(s);
	CHECK_INT(s->writes, writes);
	CHECK_STR(s->last.p, text);
}

static const struct render_options on_terminal = {
	.terminal = true, .colour = TERM_COLOUR_16, .width = 80};

#define TEXT(r, s) render_text(r, span_str(s))
#define REASON(r, s) render_reasoning(r, span_str(s))

static void one_write_for_a_flush(void)
{
	struct render_options o = on_terminal;
	struct sink s;
	struct render *r;

	sink_open(&s);
	r = render_new(s.ends[1], &o);
	CHECK(r != NULL);
	TEXT(r, "one ");
	TEXT(r, "two ");
	TEXT(r, "three");
	flush_says(&s, r, 1, "one two three");
	flush_says(&s, r, 0, "");
	end_says(&s, r, 1, "\n");
	/* Ready for another reply; nothing said, nothing written. */
	end_says(&s, r, 0, "");
	TEXT(r, "ended\n");
	end_says(&s, r, 1, "ended\n");
	render_free(r);
	sink_close(&s);
}

static void foreign_text_is_filtered(void)
{
	struct render_options o = on_terminal;
	struct sink s;
	struct render *r;

	sink_open(&s);
	r = render_new(s.ends[1], &o);
	/* Cut inside a character and behind a CR. */
	TEXT(r, "a\033]0;x\007\302");
	TEXT(r, "\233m\r");
	TEXT(r, "\nb");
	end_says(&s, r, 1, "a^[]0;x^G<U+009B>m\nb\n");
	REASON(r, "\033[31m");
	TEXT(r, "x");
	CHECK_INT(render_end(r, NULL), ST_OK);
	sink_look(&s);
	CHECK(strstr(s.last.p, "\033[31m") == NULL);
	CHECK(strstr(s.last.p, "^[[31m") != NULL);
	render_free(r);
	o.unsafe = true;
	r = render_new(s.ends[1], &o);
	TEXT(r, "\033[31m");
	flush_says(&s, r, 1, "\033[31m");
	end_says(&s, r, 1, "\n\033[0m");
	render_free(r);
	sink_close(&s);
}

static void piped_is_exact(void)
{
	struct render_options o = {.unsafe = true};
	struct sink s;
	struct render *r;

	sink_open(&s);
	r = render_new(s.ends[1], &o);
	REASON(r, "hm");
	render_notice(r, span_str("note"));
	render_status(r, span_str("waiting"));
	flush_says(&s, r, 0, "");
	TEXT(r, "**a**\r\n\033[1m\t\377");
	end_says(&s, r, 1, "**a**\r\n\033[1m\t\377\n");
	TEXT(r, "b\n");
	end_says(&s, r, 1, "b\n");
	render_free(r);
	sink_close(&s);
}

static void reasoning(void)
{
	struct render_options o = on_terminal;
	struct sink s;
	struct render *r;

	sink_open(&s);
	r = render_new(s.ends[1], &o);
	REASON(r, "think");
	REASON(r, "ing\nmore");
	TEXT(r, "yes");
	end_says(&s, r, 1,
		"\033[2mthinking\033[22m\n\033[2mmore\033[22m\n\nyes\n");
	render_free(r);
	o.plain = true;
	r = render_new(s.ends[1], &o);
	REASON(r, "thinking");
	TEXT(r, "yes");
	end_says(&s, r, 1, "Reasoning:\nthinking\nAnswer:\nyes\n");
	render_free(r);
	o.plain = false;
	o.accessible = true;
	r = render_new(s.ends[1], &o);
	REASON(r, "t");
	TEXT(r, "y");
	end_says(&s, r, 1, "Reasoning:\n\033[2mt\033[22m\nAnswer:\ny\n");
	render_free(r);
	/* Without colours there is bold, and what a colour would say. */
	o.accessible = false;
	o.markdown = true;
	o.colour = TERM_COLOUR_NONE;
	r = render_new(s.ends[1], &o);
	TEXT(r, "**a** `b` ~~c~~");
	end_says(&s, r, 1, "\033[1ma\033[0m `b` ~~\033[9mc\033[0m~~\n");
	render_free(r);
	o.markdown = false;
	/* Lines break between words. */
	o.accessible = false;
	o.markdown = true;
	o.width = 20;
	r = render_new(s.ends[1], &o);
	REASON(r, "let me look at this ag");
	REASON(r, "ain");
	TEXT(r, "y");
	end_says(&s, r, 1,
		"\033[2mlet me look at "
		"this\033[22m\n\033[2magain\033[22m\n\ny\n");
	render_free(r);
	o.reasoning = RENDER_HIDDEN;
	r = render_new(s.ends[1], &o);
	REASON(r, "thinking");
	TEXT(r, "yes");
	end_says(&s, r, 1, "yes\n");
	render_free(r);
	sink_close(&s);
}

static void reasoning_in_a_line(void)
{
	static const char line[] = "Reasoning: 2 words\n";
	struct render_options o = on_terminal;
	struct buf want;
	struct sink s;
	struct render *r;

	sink_open(&s);
	buf_init(&want, BUF_SMALL);
	o.plain = true;
	o.reasoning = RENDER_SUMMED;
	r = render_new(s.ends[1], &o);
	REASON(r, "think");
	REASON(r, "ing more");
	flush_says(&s, r, 0, "");
	TEXT(r, "yes");
	buf_fmt(&want, "%syes\n", line);
	end_says(&s, r, 1, want.p);
	/* Once for each reply, also when nothing follows. */
	TEXT(r, "a\n");
	end_says(&s, r, 1, "a\n");
	REASON(r, "think");
	REASON(r, "ing more");
	end_says(&s, r, 1, line);
	REASON(r, "think");
	REASON(r, "ing more");
	render_notice(r, span_str("note"));
	buf_reset(&want);
	buf_fmt(&want, "%snote\n", line);
	end_says(&s, r, 1, want.p);
	buf_release(&want);
	render_free(r);
	sink_close(&s);
}

static void the_status_leaves_no_trace(void)
{
	struct render_options o = on_terminal;
	struct sink s;
	struct render *r;

	o.plain = true;
	o.width = 10;
	sink_open(&s);
	r = render_new(s.ends[1], &o);
	render_status(r, span_str("waiting for it"));
	flush_says(&s, r, 1, "waiting f");
	flush_says(&s, r, 0, "");
	render_status(r, span_str("ok"));
	flush_says(&s, r, 1, "\r\033[Kok");
	TEXT(r, "Hello");
	flush_says(&s, r, 1, "\r\033[KHello");
	/* Not in the middle of a line. */
	render_status(r, span_str("x"));
	flush_says(&s, r, 0, "");
	end_says(&s, r, 1, "\n");
	render_status(r, span_str("\033[2Jx"));
	flush_says(&s, r, 1, "^[[2Jx");
	render_status(r, span_str(""));
	flush_says(&s, r, 1, "\r\033[K");
	render_status(r, span_str("y"));
	flush_says(&s, r, 1, "y");
	end_says(&s, r, 1, "\r\033[K");
	render_free(r);
	o.dumb = true;
	r = render_new(s.ends[1], &o);
	render_status(r, span_str("x"));
	flush_says(&s, r, 0, "");
	render_free(r);
	o.dumb = false;
	o.accessible = true;
	r = render_new(s.ends[1], &o);
	render_status(r, span_str("x"));
	flush_says(&s, r, 0, "");
	render_free(r);
	sink_close(&s);
}

static void notices(void)
{
	struct render_options o = on_terminal;
	struct sink s;
	struct render *r;

	o.plain = true;
	sink_open(&s);
	r = render_new(s.ends[1], &o);
	TEXT(r, "half");
	render_notice(r, span_str("cut\nshort\033"));
	flush_says(&s, r, 1, "half\ncut^Jshort^[\n");
	render_free(r);
	sink_close(&s);
}

static void markdown(void)
{
	static const char source[] = "# Head\n\n**bold** `code`\n\n- item\n";
	struct render_options o = on_terminal;
	struct sink s;
	struct render *r;
	size_t i;

	sink_open(&s);
	o.markdown = true;
	r = render_new(s.ends[1], &o);
	for (i = 0; i < sizeof(source) - 1; i++)
		render_text(r, span_of(source + i, 1));
	CHECK_INT(render_end(r, NULL), ST_OK);
	sink_look(&s);
	CHECK_INT(s.writes, 1);
	CHECK(strstr(s.last.p, "bold") != NULL);
	CHECK(strstr(s.last.p, "**") == NULL);
	CHECK(strstr(s.last.p, "\033[") != NULL);
	CHECK(s.last.len > 0 && s.last.p[s.last.len - 1] == '\n');
	render_free(r);
	o.plain = true;
	r = render_new(s.ends[1], &o);
	TEXT(r, source);
	CHECK_INT(render_end(r, NULL), ST_OK);
	sink_look(&s);
	CHECK(strchr(s.last.p, '\033') == NULL);
	render_free(r);
	o.raw = true;
	r = render_new(s.ends[1], &o);
	TEXT(r, source);
	end_says(&s, r, 1, source);
	render_free(r);
	sink_close(&s);
}

static void a_pipe_that_is_full(void)
{
	struct render_options o = {.unsafe = true};
	struct buf all;
	struct err err;
	char bytes[4096];
	int ends[2];
	struct render *r;
	pid_t pid;
	int how = 0;
	size_t got = 0;
	ssize_t n;

	CHECK(pipe(ends) == 0);
	CHECK(fcntl(ends[1], F_SETFL, O_NONBLOCK) == 0);
	buf_init(&all, BUF_LARGE);
	while (all.len < 300000)
		buf_fmt(&all, "%zu,", all.len);
	(void)fflush(NULL);
	pid = fork();
	if (pid == 0) {
		(void)close(ends[0]);
		r = render_new(ends[1], &o);
		render_text(r, buf_view(&all));
		n = render_end(r, &err) == ST_OK;
		_exit(n ? 0 : 1);
	}
	(void)close(ends[1]);
	(void)usleep(50000);
	for (n = read(ends[0], bytes, sizeof(bytes)); n > 0;
		n = read(ends[0], bytes, sizeof(bytes))) {
		if (got + (size_t)n <= all.len)
			CHECK(memcmp(all.p + got, bytes, (size_t)n) == 0);
		got += (size_t)n;
	}
	CHECK_INT(got, all.len + 1);
	CHECK(waitpid(pid, &how, 0) == pid);
	CHECK(WIFEXITED(how) && WEXITSTATUS(how) == 0);
	(void)close(ends[0]);
	buf_release(&all);
}

static void a_reader_that_is_gone(void)
{
	struct render_options o = {.unsafe = true};
	struct err err = {0};
	struct render *r;
	int ends[2];

	(void)signal(SIGPIPE, SIG_IGN);
	CHECK(pipe(ends) == 0);
	(void)close(ends[0]);
	r = render_new(ends[1], &o);
	TEXT(r, "x");
	CHECK_INT(render_flush(r, &err), ST_IO);
	CHECK_INT(err.sys, EPIPE);
	TEXT(r, "more");
	err.sys = 0;
	CHECK_INT(render_end(r, &err), ST_IO);
	CHECK_INT(err.sys, EPIPE);
	render_free(r);
	(void)close(ends[1]);
}

static void memory_is_bounded(void)
{
	struct render_options o = {.unsafe = true};
	static char block[64 * 1024];
	struct render *r;
	int fd = open("/dev/null", O_WRONLY);
	int i;

	memset(block, 'x', sizeof(block));
	r = render_new(fd, &o);
	/* Far beyond what a buffer may hold. */
	for (i = 0; i < 4096; i++)
		render_text(r, span_of(block, sizeof(block)));
	CHECK_INT(render_end(r, NULL), ST_OK);
	render_free(r);
	(void)close(fd);
}

/* The environment decides what a terminal gets; with none there is nothing. */
static void no_terminal_no_styles(void)
{
	struct term_options o = {.colour = TERM_AUTO};
	int saved = dup(1);
	int null = open("/dev/null", O_WRONLY);

	(void)fflush(stdout);
	(void)setenv("TERM", "xterm-256color", 1);
	(void)dup2(null, 1);
	term_init(&o);
	(void)dup2(saved, 1);
	CHECK(!term_get()->out);
	CHECK(!term_get()->styled_out);
	CHECK_INT(term_get()->colour_out, TERM_COLOUR_NONE);
	o.colour = TERM_ALWAYS;
	term_init(&o);
	CHECK_INT(term_get()->colour_out, TERM_COLOUR_256);
	o.plain = true;
	term_init(&o);
	CHECK_INT(term_get()->colour_out, TERM_COLOUR_NONE);
	CHECK(!term_get()->styled_out);
	(void)close(saved);
	(void)close(null);
}

int main(void)
{
	RUN(one_write_for_a_flush);
	RUN(foreign_text_is_filtered);
	RUN(piped_is_exact);
	RUN(reasoning);
	RUN(reasoning_in_a_line);
	RUN(the_status_leaves_no_trace);
	RUN(notices);
	RUN(markdown);
	RUN(a_pipe_that_is_full);
	RUN(a_reader_that_is_gone);
	RUN(memory_is_bounded);
	RUN(no_terminal_no_styles);
	return REPORT();
}
