/*
 * atl-lag: from the byte of the network to the byte of the terminal.
 *
 *	atl-lag TOKENS RATE PROGRAM [ARGS...]
 *
 * Is the endpoint and the terminal of a chat in one process, on one clock: a
 * token is stamped before it is written to the connection, and again when it
 * can be read from the pseudo-terminal. Each token is a word and the blank
 * behind it, so that it can be shown when it comes. The program is started with
 * LLAMA_MODEL_ENDPOINT set and asked one question.
 *
 * Prints the median, the 99th percentile and the largest lag in microseconds,
 * of a relay that does nothing but read and write (so much are the machine's
 * connection, terminal and wake-ups) and of the program, in turns.
 */
#ifndef _XOPEN_SOURCE
#define _XOPEN_SOURCE 700
#endif

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <time.h>

#include "unit/pty.h"

enum { TOKENS_MAX = 100000, WAIT_MS = 20000, ROUNDS = 4 };

struct lag {
	struct pty pty;
	int listener;
	int conn; /* -1: none */
	struct buf request;
	bool asked; /* the question has come */
	long n; /* tokens to send */
	long sent;
	long seen;
	int64_t every_ns;
	int64_t next_ns;
	int64_t at[TOKENS_MAX];
	int64_t lag[TOKENS_MAX];
};

/* What all rounds have seen of one of the two. */
struct lags {
	size_t n;
	int64_t at[TOKENS_MAX];
};

static int64_t now_ns(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static int run_program(void *payload)
{
	char **argv = payload;

	(void)execv(argv[0], argv);
	return 127;
}

/* What comes from the endpoint goes to the terminal as it is. */
static int run_relay(void *payload)
{
	static const char request[] =
		"POST / HTTP/1.1\r\n\r\n{\"stream\":true}";
	struct sockaddr_in to = {.sin_family = AF_INET};
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	char bytes[65536];
	ssize_t n;

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	to.sin_port = *(const in_port_t *)payload;
	if (write(STDOUT_FILENO, " > ", 3) != 3 ||
		read(STDIN_FILENO, bytes, sizeof(bytes)) <= 0 ||
		connect(fd, (struct sockaddr *)&to, sizeof(to)) != 0 ||
		write(fd, request, sizeof(request) - 1) < 0)
		return 1;
	for (;;) {
		struct pollfd p = {fd, POLLIN, 0};

		(void)poll(&p, 1, -1);
		n = read(fd, bytes, sizeof(bytes));
		if (n <= 0 || write(STDOUT_FILENO, bytes, (size_t)n) != n)
			return 0;
	}
}

static int listen_on(in_port_t *ret_port)
{
	struct sockaddr_in a = {.sin_family = AF_INET};
	socklen_t n = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof(a)) != 0 ||
		listen(fd, 4) != 0 ||
		getsockname(fd, (struct sockaddr *)&a, &n) != 0)
		return -1;
	*ret_port = ntohs(a.sin_port);
	return fd;
}

static void put(struct lag *l, const char *text)
{
	size_t n = strlen(text);

	if (write(l->conn, text, n) != (ssize_t)n) {
		perror("atl-lag: connection");
		exit(1);
	}
}

/* A request is whole when its body is; only the question has one. */
static void took_request(struct lag *l)
{
	const char *body = strstr(l->request.p, "\r\n\r\n");

	if (body == NULL)
		return;
	if (strncmp(l->request.p, "GET ", 4) == 0) {
		put(l, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
		buf_reset(&l->request);
		return;
	}
	if (strstr(body, "\"stream\"") == NULL || l->asked)
		return;
	put(l,
		"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
		"Connection: close\r\n\r\n");
	l->asked = true;
	l->next_ns = now_ns() + 200 * 1000000;
}

static void read_connection(struct lag *l)
{
	char bytes[65536];
	ssize_t n = read(l->conn, bytes, sizeof(bytes));

	if (n <= 0) {
		(void)close(l->conn);
		l->conn = -1;
		return;
	}
	buf_add(&l->request, bytes, (size_t)n);
	took_request(l);
}

static void send_token(struct lag *l)
{
	char chunk[256];

	if (l->sent == l->n) {
		put(l,
			"data: {\"choices\":[{\"index\":0,\"delta\":{},"
			"\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n");
		(void)shutdown(l->conn, SHUT_WR);
		l->next_ns = INT64_MAX;
		return;
	}
	(void)snprintf(chunk, sizeof(chunk),
		"data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\","
		"\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":"
		"{\"content\":\"w%ldx \"}}]}\n\n",
		l->sent);
	l->next_ns += l->every_ns;
	l->at[l->sent++] = now_ns();
	put(l, chunk);
}

static void read_terminal(struct lag *l)
{
	int64_t now;

	if (!pty_read(&l->pty, 0))
		return;
	now = now_ns();
	while (l->seen < l->sent) {
		char word[32];
		long at;

		(void)snprintf(word, sizeof(word), "w%ldx", l->seen);
		at = pty_find(&l->pty, l->pty.at, span_str(word));
		if (at < 0)
			break;
		l->pty.at = (size_t)at;
		l->lag[l->seen] = now - l->at[l->seen];
		l->seen++;
	}
}

static void turn(struct lag *l)
{
	int top = l->pty.master;
	fd_set set;
	int64_t left = l->asked ? l->next_ns - now_ns() : 1000000000;
	struct timespec wait = {0, 0};

	if (left > 1000000000)
		left = 1000000000;
	if (left > 0) {
		wait.tv_sec = left / 1000000000;
		wait.tv_nsec = left % 1000000000;
	}
	FD_ZERO(&set);
	FD_SET(l->listener, &set);
	FD_SET(l->pty.master, &set);
	if (l->listener > top)
		top = l->listener;
	if (l->conn >= 0) {
		FD_SET(l->conn, &set);
		if (l->conn > top)
			top = l->conn;
	}
	if (pselect(top + 1, &set, NULL, NULL, &wait, NULL) < 0)
		return;
	if (FD_ISSET(l->pty.master, &set))
		read_terminal(l);
	if (l->conn >= 0 && FD_ISSET(l->conn, &set))
		read_connection(l);
	if (l->conn < 0 && FD_ISSET(l->listener, &set)) {
		int one = 1;

		l->conn = accept(l->listener, NULL, NULL);
		buf_reset(&l->request);
		(void)setsockopt(
			l->conn, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	}
	if (l->asked && l->conn >= 0 && now_ns() >= l->next_ns)
		send_token(l);
}

static int by_size(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a;
	int64_t y = *(const int64_t *)b;

	return x < y ? -1 : x > y;
}

/* One round: its lags are added to what `all` has. */
static bool measure(
	struct lag *l, int (*run)(void *), void *payload, struct lags *all)
{
	int64_t end = now_ns() + (l->n * l->every_ns) +
		(int64_t)WAIT_MS * 1000000;

	l->conn = -1;
	l->asked = false;
	l->sent = l->seen = 0;
	buf_reset(&l->request);
	if (!pty_open(&l->pty, 80, 24, run, payload) ||
		!pty_wait_for(&l->pty, span_str(" > "), WAIT_MS) ||
		!pty_write(&l->pty, span_str("go\r"))) {
		(void)fprintf(stderr, "atl-lag: the chat did not begin\n");
		return false;
	}
	while (l->seen < l->n && now_ns() < end)
		turn(l);
	(void)kill(l->pty.pid, SIGTERM);
	(void)pty_wait_end(&l->pty, WAIT_MS);
	pty_close(&l->pty);
	if (l->conn >= 0)
		(void)close(l->conn);
	if (l->seen < l->n) {
		(void)fprintf(stderr, "atl-lag: %ld of %ld tokens came\n",
			l->seen, l->n);
		return false;
	}
	memcpy(all->at + all->n, l->lag, (size_t)l->n * sizeof(l->lag[0]));
	all->n += (size_t)l->n;
	return true;
}

/* Prints what was measured; the median. */
static double tell(struct lags *all, const char *what)
{
	double median;

	qsort(all->at, all->n, sizeof(all->at[0]), by_size);
	median = (double)all->at[all->n / 2] / 1e3;
	printf("%-8s %zu tokens, median %.0f us, p99 %.0f us, max %.0f us\n",
		what, all->n, median, (double)all->at[all->n * 99 / 100] / 1e3,
		(double)all->at[all->n - 1] / 1e3);
	return median;
}

int main(int argc, char **argv)
{
	static struct lag l;
	static struct lags program;
	static struct lags relay;
	long long rate;
	long long n;
	char url[64];
	in_port_t port = 0;
	in_port_t net_port;
	double floor;
	int i;

	if (argc < 4 || !span_int(span_str(argv[1]), ROUNDS, TOKENS_MAX, &n) ||
		!span_int(span_str(argv[2]), 1, 100000, &rate)) {
		(void)fprintf(stderr,
			"usage: atl-lag TOKENS RATE PROGRAM [ARGS...]\n");
		return 2;
	}
	l.n = (long)n / ROUNDS;
	l.every_ns = 1000000000 / rate;
	buf_init(&l.request, BUF_LARGE);
	l.listener = listen_on(&port);
	net_port = htons(port);
	(void)snprintf(url, sizeof(url), "http://127.0.0.1:%d/v1", port);
	(void)setenv("LLAMA_MODEL_ENDPOINT", url, 1);
	(void)signal(SIGPIPE, SIG_IGN);
	if (l.listener < 0) {
		perror("atl-lag");
		return 1;
	}
	for (i = 0; i < ROUNDS; i++) {
		if (!measure(&l, run_relay, &net_port, &relay) ||
			!measure(&l, run_program, argv + 3, &program))
			return 1;
	}
	floor = tell(&relay, "relay");
	printf("ratio    %.2f\n", tell(&program, "program") / floor);
	return 0;
}
