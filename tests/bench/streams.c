/*
 * atl-streams: an endpoint and clients for measuring a server between them.
 *
 *   atl-streams source PORT-FILE RATE TOKENS
 *       answers every POST: a stream of TOKENS pieces, RATE a second, each with
 *       the time it was sent; with RATE 0 a whole answer at once
 *   atl-streams sink PORT KEY STREAMS SECONDS
 *       so many streams at once, each asked again when it has ended; how long
 *       pieces were on their way, and what was lost
 *   atl-streams load PORT KEY CONNECTIONS SECONDS
 *       whole answers as fast as they come, on connections that are kept
 *   atl-streams idle PORT KEY CONNECTIONS
 *       so many connections that have been used once and say nothing; then how
 *       long a request takes beside them
 *
 * Times are of the monotonic clock, which the processes of a machine share.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"

enum { EVENTS = 512, SAMPLES_MAX = 20000000, PEERS_MAX = 20000 };

/* A connection, on whichever side. */
struct peer {
	int fd;
	struct buf in;
	int64_t due_us; /* source: of the next piece; -1: none */
	long left; /* source: pieces still to come */
	int64_t asked_us;
	long pieces; /* sink: of the present stream */
};

static struct peer peers[PEERS_MAX];
static int n_peers;
static int poll_fd;
static uint32_t *samples; /* us */
static size_t n_samples;
static long whole;
static long broken;

static void die(const char *what)
{
	perror(what);
	exit(2);
}

static struct peer *add_peer(int fd)
{
	struct epoll_event ev = {.events = EPOLLIN};
	const int one = 1;
	struct peer *p = &peers[n_peers];

	if (n_peers == PEERS_MAX)
		die("too many connections");
	memset(p, 0, sizeof(*p));
	p->fd = fd;
	p->due_us = -1;
	buf_init(&p->in, BUF_LARGE);
	ev.data.u32 = (uint32_t)n_peers++;
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	if (fcntl(fd, F_SETFL, O_NONBLOCK) != 0 ||
		epoll_ctl(poll_fd, EPOLL_CTL_ADD, fd, &ev) != 0)
		die("epoll");
	return p;
}

static void end_peer(struct peer *p)
{
	(void)close(p->fd);
	p->fd = -1;
	p->due_us = -1;
	buf_release(&p->in);
}

/* All that is here; false at the end. */
static bool take(struct peer *p)
{
	char bytes[65536];

	for (;;) {
		ssize_t n = recv(p->fd, bytes, sizeof(bytes), 0);

		if (n > 0)
			buf_add(&p->in, bytes, (size_t)n);
		else
			return n < 0 && errno == EAGAIN;
		if ((size_t)n < sizeof(bytes))
			return true;
	}
}

static void say(struct peer *p, const char *text, size_t n)
{
	if (send(p->fd, text, n, MSG_NOSIGNAL) != (ssize_t)n)
		end_peer(p);
}

static const char *find(const struct buf *b, size_t from, const char *what)
{
	return from < b->len ? strstr(b->p + from, what) : NULL;
}

/*
 * The endpoint
 */

static long rate;
static long tokens;

static void put_chunk(struct buf *out, const char *data)
{
	size_t n = strlen(data) + 8;

	buf_fmt(out, "%zx\r\ndata: %s\n\n\r\n", n, data);
}

static void answer(struct peer *p)
{
	static const char body[] =
		"{\"id\":\"x\",\"object\":\"chat.completion\",\"model\":\"m\","
		"\"choices\":[{\"index\":0,\"message\":{\"role\":"
		"\"assistant\",\"content\":\"A short answer.\"},"
		"\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":9,"
		"\"completion_tokens\":4,\"total_tokens\":13}}";
	struct buf out;

	buf_init(&out, BUF_SMALL);
	if (rate == 0) {
		buf_fmt(&out,
			"HTTP/1.1 200 OK\r\nContent-Type: application/json"
			"\r\nContent-Length: %zu\r\n\r\n%s",
			strlen(body), body);
	} else {
		buf_str(&out,
			"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream"
			"\r\nTransfer-Encoding: chunked\r\n\r\n");
		p->left = tokens;
		/* Streams that begin together do not stay in step. */
		p->due_us = clock_mono_us() +
			(int64_t)(p - peers) * 7919 % (1000000 / rate);
	}
	say(p, out.p, out.len);
	buf_release(&out);
}

static void take_requests(struct peer *p)
{
	const char *end;

	while (p->fd >= 0 && (end = find(&p->in, 0, "\r\n\r\n")) != NULL) {
		const char *at = strcasestr(p->in.p, "content-length:");
		size_t head = (size_t)(end - p->in.p) + 4;
		size_t n = at != NULL && at < end
			? (size_t)strtoull(at + 15, NULL, 10)
			: 0;

		if (p->in.len < head + n)
			return;
		buf_consume(&p->in, head + n);
		answer(p);
	}
}

static void send_piece(struct peer *p, int64_t now)
{
	struct buf data;
	struct buf out;

	buf_init(&data, BUF_SMALL);
	buf_init(&out, BUF_SMALL);
	if (p->left > 0) {
		buf_fmt(&data,
			"{\"choices\":[{\"index\":0,\"delta\":{\"content\":"
			"\"<%lld>\"},\"finish_reason\":null}]}",
			(long long)now);
		put_chunk(&out, data.p);
		p->left--;
		p->due_us += 1000000 / rate;
	} else {
		put_chunk(&out,
			"{\"choices\":[{\"index\":0,\"delta\":{},"
			"\"finish_reason\":\"stop\"}]}");
		put_chunk(&out, "[DONE]");
		buf_str(&out, "0\r\n\r\n");
		p->due_us = -1;
	}
	say(p, out.p, out.len);
	buf_release(&data);
	buf_release(&out);
}

/* Milliseconds until the next piece is due; what is due is sent. */
static int send_due(void)
{
	int64_t now = clock_mono_us();
	int64_t next = now + 1000000;
	int i;

	for (i = 0; i < n_peers; i++) {
		struct peer *p = &peers[i];

		while (p->due_us >= 0 && p->due_us <= now)
			send_piece(p, clock_mono_us());
		if (p->due_us >= 0 && p->due_us < next)
			next = p->due_us;
	}
	return (int)((next - now + 999) / 1000);
}

static void accept_all(int fd)
{
	int peer;

	while ((peer = accept(fd, NULL, NULL)) >= 0)
		(void)add_peer(peer);
}

static int listen_any(const char *port_file)
{
	struct sockaddr_in a = {.sin_family = AF_INET};
	socklen_t n = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	FILE *f = fopen(port_file, "w");

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0 || f == NULL || bind(fd, (struct sockaddr *)&a, n) != 0 ||
		listen(fd, SOMAXCONN) != 0 ||
		getsockname(fd, (struct sockaddr *)&a, &n) != 0)
		die(port_file);
	(void)fprintf(f, "%u\n", (unsigned)ntohs(a.sin_port));
	(void)fclose(f);
	return fd;
}

static void run_source(char **argv)
{
	struct epoll_event ev = {.events = EPOLLIN, .data.u32 = UINT32_MAX};
	int fd = listen_any(argv[0]);

	rate = strtol(argv[1], NULL, 10);
	tokens = strtol(argv[2], NULL, 10);
	if (epoll_ctl(poll_fd, EPOLL_CTL_ADD, fd, &ev) != 0)
		die("epoll");
	for (;;) {
		struct epoll_event events[EVENTS];
		int n = epoll_wait(poll_fd, events, EVENTS, send_due());
		int i;

		for (i = 0; i < n; i++) {
			struct peer *p = &peers[events[i].data.u32 % PEERS_MAX];

			if (events[i].data.u32 == UINT32_MAX)
				accept_all(fd);
			else if (p->fd >= 0 && take(p))
				take_requests(p);
			else if (p->fd >= 0)
				end_peer(p);
		}
	}
}

/*
 * The clients
 */

static struct sockaddr_in server = {.sin_family = AF_INET};
static struct buf ask;

static int connect_to_server(void)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (fd < 0 ||
		connect(fd, (struct sockaddr *)&server, sizeof(server)) != 0)
		die("connect");
	return fd;
}

/* $ATL_PATH chooses another form: that of atllama is saved. */
static void make_request(char **argv, bool stream)
{
	static const char openai[] =
		"{\"model\":\"llama\",\"messages\":[{\"role\":\"user\","
		"\"content\":\"Say something short.\"}],\"stream\":%s}";
	static const char own[] =
		"{\"message\":\"Say something short.\",\"stream\":%s}";
	const char *path = getenv("ATL_PATH");
	struct buf text;

	server.sin_port = htons((uint16_t)strtoul(argv[0], NULL, 10));
	server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	buf_init(&text, BUF_SMALL);
	buf_init(&ask, BUF_SMALL);
	buf_fmt(&text, path != NULL ? own : openai, stream ? "true" : "false");
	buf_fmt(&ask,
		"POST %s HTTP/1.1\r\nHost: localhost:%s\r\nAuthorization: "
		"Bearer %s\r\nContent-Type: application/json\r\n"
		"Content-Length: %zu\r\n\r\n%s",
		path != NULL ? path : "/v1/chat/completions", argv[0], argv[1],
		text.len, text.p);
	buf_release(&text);
}

static void put_question(struct peer *p)
{
	p->asked_us = clock_mono_us();
	p->pieces = 0;
	say(p, ask.p, ask.len);
}

/* The times in what has come: "<N>". */
static void read_pieces(struct peer *p)
{
	int64_t now = clock_mono_us();
	size_t at = 0;
	const char *open;

	while ((open = find(&p->in, at, "<")) != NULL) {
		const char *close = strchr(open, '>');

		if (close == NULL)
			break;
		if (n_samples < SAMPLES_MAX)
			samples[n_samples++] = (uint32_t)(now -
				strtoll(open + 1, NULL, 10));
		p->pieces++;
		at = (size_t)(close - p->in.p) + 1;
	}
	if (find(&p->in, at, "0\r\n\r\n") != NULL) {
		if (find(&p->in, at, "[DONE]") != NULL)
			whole++;
		else
			broken++;
		buf_reset(&p->in);
		put_question(p);
	} else {
		/* What ends a stream may be cut anywhere. */
		buf_consume(&p->in, at);
	}
}

static void read_answers(struct peer *p)
{
	const char *end;

	while ((end = find(&p->in, 0, "\r\n\r\n")) != NULL) {
		const char *at = strcasestr(p->in.p, "content-length:");
		size_t head = (size_t)(end - p->in.p) + 4;
		size_t n = at != NULL ? strtoull(at + 15, NULL, 10) : 0;

		if (p->in.len < head + n)
			return;
		if (strncmp(p->in.p, "HTTP/1.1 200", 12) == 0)
			whole++;
		else
			broken++;
		if (n_samples < SAMPLES_MAX)
			samples[n_samples++] = (uint32_t)(clock_mono_us() -
				p->asked_us);
		buf_consume(&p->in, head + n);
		put_question(p);
	}
}

static int by_size(const void *a, const void *b)
{
	const uint32_t *x = a;
	const uint32_t *y = b;

	return *x < *y ? -1 : *x > *y;
}

static double at_share(double share)
{
	if (n_samples == 0)
		return 0;
	return samples[(size_t)((double)(n_samples - 1) * share)] / 1000.0;
}

static int run_clients(char **argv, bool stream)
{
	long n = strtol(argv[2], NULL, 10);
	double seconds = strtod(argv[3], NULL);
	int64_t until;
	int64_t start;
	long i;

	make_request(argv, stream);
	samples = malloc(SAMPLES_MAX * sizeof(*samples));
	if (samples == NULL)
		die("memory");
	for (i = 0; i < n; i++)
		put_question(add_peer(connect_to_server()));
	/* What the beginning takes is another matter. */
	start = clock_mono_us() + 1000000;
	until = start + (int64_t)(seconds * 1e6);
	while (clock_mono_us() < until) {
		struct epoll_event events[EVENTS];
		int got = epoll_wait(poll_fd, events, EVENTS, 100);
		int e;

		for (e = 0; e < got; e++) {
			struct peer *p = &peers[events[e].data.u32];

			if (p->fd >= 0 && !take(p)) {
				broken++;
				end_peer(p);
			} else if (p->fd >= 0 && stream) {
				read_pieces(p);
			} else if (p->fd >= 0) {
				read_answers(p);
			}
		}
		if (clock_mono_us() < start)
			n_samples = 0;
	}
	qsort(samples, n_samples, sizeof(*samples), by_size);
	printf("%s %ld: %.0f/s, p50 %.2f ms, p99 %.2f ms, most %.2f ms; "
	       "whole %ld, broken %ld\n",
		stream ? "streams" : "connections", n,
		(double)n_samples / seconds, at_share(0.5), at_share(0.99),
		at_share(1), whole, broken);
	return broken > 0;
}

static int run_idle(char **argv)
{
	long n = strtol(argv[2], NULL, 10);
	char bytes[65536];
	int64_t before = 0;
	long i;

	make_request(argv, false);
	for (i = 0; i <= n; i++) {
		int fd = connect_to_server();

		before = clock_mono_us();
		if (send(fd, ask.p, ask.len, MSG_NOSIGNAL) < 0 ||
			recv(fd, bytes, sizeof(bytes), 0) <= 0)
			die("request");
	}
	printf("idle %ld: a request takes %.2f ms\n", n,
		(double)(clock_mono_us() - before) / 1000);
	(void)fflush(stdout);
	/* Until the input ends. */
	while (read(STDIN_FILENO, bytes, sizeof(bytes)) > 0)
		;
	return 0;
}

int main(int argc, char **argv)
{
	struct rlimit l;

	(void)signal(SIGPIPE, SIG_IGN);
	if (getrlimit(RLIMIT_NOFILE, &l) == 0) {
		l.rlim_cur = l.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &l);
	}
	poll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (argc == 5 && strcmp(argv[1], "source") == 0)
		run_source(argv + 2);
	if (argc == 6 && strcmp(argv[1], "sink") == 0)
		return run_clients(argv + 2, true);
	if (argc == 6 && strcmp(argv[1], "load") == 0)
		return run_clients(argv + 2, false);
	if (argc == 5 && strcmp(argv[1], "idle") == 0)
		return run_idle(argv + 2);
	(void)fprintf(stderr, "usage: see the head of streams.c\n");
	return 2;
}
