/*
 * atl-server: an HTTP server for tests that can misbehave byte by byte.
 *
 *   atl-server SCRIPT [--port N] [--unix PATH] [--port-file FILE] [--log FILE]
 *              [--tls CERT KEY] [--lifetime S] [--accept-delay MS]
 *              [--with-parent]
 *
 * It listens on 127.0.0.1 (a free port unless told), writes the port and a
 * newline to stdout and to the port file (which appears whole), and answers
 * requests by the script until its lifetime (3600 s) is over or, with
 * --with-parent, until its stdin ends.
 *
 * The script is read line by line: a word, one blank, the rest. Empty lines and
 * lines that begin with # are skipped. In the rest \n \r \t \0 \\ \s (a blank)
 * and \xHH are resolved; any other backslash stands for itself, so that JSON
 * can be written as it is (but write \\n for a JSON newline).
 *
 *   answer [METHOD PATH]   begins a block. The nth request is answered by the
 *                          nth block, the last repeats. Blocks with a method
 *                          and the beginning of a path serve, counted on their
 *                          own, such requests only.
 *   answer METHOD PATH having TEXT
 *                          the same for requests whose body holds these bytes;
 *                          of all that fit, the first kind in the script
 * The head (sent with the first byte of the body, or at the end):
 *   status 429 Too Many    default 200 OK
 *   header NAME: VALUE     repeatable; none is added but the framing's
 *   framing length|chunked|close        default length
 *   length N               says N, whatever comes
 *   raw BYTES              instead of all that: sent as they are, and nothing
 *                          is framed any more
 * The body, in order, each line one write (one chunk):
 *   body BYTES | file PATH (beside the script) | gzip BYTES (gzip around them)
 *   sse DATA               "data: DATA" and an empty line
 *   chat TEXT              a chat completion chunk with that text
 *   stream N TEXT          N of them
 *   finish [REASON] | usage PROMPT COMPLETION | done    the chunks that end
 *   echo                   the last user message, a chunk a word, and an end
 * How it is sent:
 *   split N                cuts writes into N bytes from here on, 0: no more
 *   batch N                gathers writes until there are N bytes, 0: no more
 *   sleep MS
 *   stall                  nothing more, until the client is gone
 *   barrier N              waits until N requests have come to a barrier
 *   hold PATH              waits until there is such a file (beside the script)
 *   close | reset          ends the connection here; as the first line of a
 *                          block, without an answer
 *   keep off               the connection is closed after the answer, without
 *                          saying so
 *
 * The log has, for each request, "=== NUMBER CONNECTION METHOD PATH", the
 * headers as they came, an empty line, the body and a newline. Beside it, with
 * .done behind its name, is "NUMBER METHOD PATH" for each that was answered,
 * and "closed CONNECTION PORT" for each connection that is over, with the
 * client's port. Connections are numbered in the order in which they were
 * opened.
 */
#include "tool/server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"

#define HEAD_MAX ((size_t)1024 * 1024)

struct server {
	struct script script;
	size_t *counters; /* one for each block of the script */
	pthread_mutex_t lock; /* counters, numbers and log */
	int number;
	int connections;
	int log_fd;
	int done_fd;
	SSL_CTX *tls;

	const char *script_path;
	const char *unix_path;
	const char *port_file;
	const char *log_path;
	const char *cert;
	const char *key;
	long port;
	long lifetime_s;
	long accept_delay_ms;
	bool with_parent;
};

struct connection {
	struct server *server;
	struct peer peer;
	int number;
	int port; /* the client's */
};

static int fail(const char *what, const char *which)
{
	(void)fprintf(stderr, "atl-server: %s%s%s\n", what,
		which != NULL ? ": " : "", which != NULL ? which : "");
	return 2;
}

static size_t find(struct span s, const char *what)
{
	size_t n = strlen(what);
	size_t i;

	for (i = 0; i + n <= s.n; i++) {
		if (memcmp(s.p + i, what, n) == 0)
			return i;
	}
	return s.n;
}

static size_t body_length(struct span head)
{
	long long n = 0;

	while (head.n > 0) {
		struct span line = span_cut(&head, '\n');
		struct span name = span_cut(&line, ':');

		if (span_caseis(name, "content-length") &&
			!span_int(span_trim(line), 0, 1000000000, &n))
			n = 0;
	}
	return (size_t)n;
}

/* One whole request into `in`; what comes after it stays there as well. */
static bool read_request(
	struct peer *p, struct buf *in, size_t *ret_head, size_t *ret_all)
{
	char bytes[16384];
	size_t head = in->len;
	size_t all = 0;
	bool have_head = false;

	for (;;) {
		long got;

		if (!have_head) {
			head = find(buf_view(in), "\r\n\r\n");
			have_head = head < in->len;
			if (!have_head && in->len > HEAD_MAX)
				return false;
			if (have_head)
				all = head + 4 +
					body_length(span_of(in->p, head));
		}
		if (have_head && in->len >= all)
			break;
		got = peer_read(p, bytes, sizeof(bytes));
		if (got <= 0)
			return false;
		buf_add(in, bytes, (size_t)got);
		if (in->bad)
			return false;
	}
	*ret_head = head;
	*ret_all = all;
	return true;
}

static void log_request(struct connection *c, struct span first,
	struct span head, struct span body, int number)
{
	struct buf out;

	if (c->server->log_fd < 0)
		return;
	buf_init(&out, BUF_LARGE);
	buf_fmt(&out, "=== %d %d ", number, c->number);
	buf_span(&out, first);
	buf_char(&out, '\n');
	while (head.n > 0) {
		buf_span(&out, span_trim(span_cut(&head, '\n')));
		buf_char(&out, '\n');
	}
	buf_char(&out, '\n');
	buf_span(&out, body);
	buf_char(&out, '\n');
	if (!fd_write_full(c->server->log_fd, out.p, out.len))
		(void)fail("cannot write the log", NULL);
	buf_release(&out);
}

static void log_done(struct server *s, const char *fmt, ...)
{
	struct buf line;
	va_list ap;

	if (s->done_fd < 0)
		return;
	buf_init(&line, BUF_SMALL);
	va_start(ap, fmt);
	buf_vfmt(&line, fmt, ap);
	va_end(ap);
	if (!fd_write_full(s->done_fd, line.p, line.len))
		(void)fail("cannot write the log", NULL);
	buf_release(&line);
}

static enum after serve(
	struct connection *c, struct span head, struct span body)
{
	struct server *s = c->server;
	struct span rest = head;
	struct span first = span_trim(span_cut(&rest, '\n'));
	struct span words = first;
	struct span method = span_cut(&words, ' ');
	struct span path = span_cut(&words, ' ');
	char method_text[16];
	char path_text[4096];
	const struct block *b;
	enum after after = AFTER_KEEP;
	int number;

	(void)snprintf(method_text, sizeof(method_text), "%.*s", (int)method.n,
		method.p);
	(void)snprintf(path_text, sizeof(path_text), "%.*s",
		(int)(path.n > 4095 ? 4095 : path.n),
		path.p != NULL ? path.p : "");
	(void)pthread_mutex_lock(&s->lock);
	b = script_pick(&s->script, s->counters,
		&(struct asked_for){method_text, path_text, body});
	number = ++s->number;
	log_request(c, first, rest, body, number);
	(void)pthread_mutex_unlock(&s->lock);
	if (b != NULL)
		after = answer(&c->peer, &s->script, b, method, body);
	else
		(void)peer_write(&c->peer,
			"HTTP/1.1 404 Not Found\r\n"
			"Content-Length: 0\r\n\r\n",
			45);
	log_done(s, "%d %s %s\n", number, method_text, path_text);
	return after;
}

static void *talk(void *payload)
{
	struct connection *c = payload;
	enum after after = AFTER_KEEP;
	struct buf in;
	size_t head;
	size_t all;

	buf_init(&in, BUF_LARGE);
	if (c->peer.ssl != NULL && SSL_accept(c->peer.ssl) != 1)
		after = AFTER_CLOSE;
	while (after == AFTER_KEEP &&
		read_request(&c->peer, &in, &head, &all)) {
		after = serve(c, span_of(in.p, head),
			span_of(in.p + head + 4, all - head - 4));
		buf_consume(&in, all);
	}
	peer_close(&c->peer, after == AFTER_RESET);
	log_done(c->server, "closed %d %d\n", c->number, c->port);
	buf_release(&in);
	free(c);
	return NULL;
}

static int peer_port(int fd)
{
	struct sockaddr_in at = {.sin_family = AF_UNSPEC};
	socklen_t n = sizeof(at);

	if (getpeername(fd, (struct sockaddr *)&at, &n) != 0 ||
		at.sin_family != AF_INET)
		return 0;
	return ntohs(at.sin_port);
}

static void welcome(struct server *s, int fd)
{
	struct connection *c = calloc(1, sizeof(*c));
	pthread_t thread;
	int on = 1;

	if (c == NULL) {
		(void)close(fd);
		return;
	}
	/* Pieces are to arrive as they were written. */
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	c->server = s;
	c->peer.fd = fd;
	c->number = ++s->connections;
	c->port = peer_port(fd);
	if (s->tls != NULL) {
		c->peer.ssl = SSL_new(s->tls);
		if (c->peer.ssl != NULL)
			(void)SSL_set_fd(c->peer.ssl, fd);
	}
	if ((s->tls != NULL && c->peer.ssl == NULL) ||
		pthread_create(&thread, NULL, talk, c) != 0) {
		peer_close(&c->peer, true);
		free(c);
		return;
	}
	(void)pthread_detach(thread);
}

static int listen_unix(const char *path)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || strlen(path) >= sizeof(at.sun_path))
		return -1;
	memcpy(at.sun_path, path, strlen(path) + 1);
	(void)unlink(path);
	if (bind(fd, (struct sockaddr *)&at, sizeof(at)) != 0 ||
		listen(fd, 128) != 0)
		return -1;
	return fd;
}

static int listen_tcp(long port, int *ret_port)
{
	struct sockaddr_in at = {.sin_family = AF_INET};
	socklen_t n = sizeof(at);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int on = 1;

	if (fd < 0)
		return -1;
	at.sin_port = htons((uint16_t)port);
	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, (struct sockaddr *)&at, sizeof(at)) != 0 ||
		listen(fd, 128) != 0 ||
		getsockname(fd, (struct sockaddr *)&at, &n) != 0)
		return -1;
	*ret_port = ntohs(at.sin_port);
	return fd;
}

static int announce(const struct server *s, int port)
{
	char line[16];
	int n = snprintf(line, sizeof(line), "%d\n", port);

	if (s->port_file != NULL &&
		file_replace(s->port_file, span_of(line, (size_t)n), 0600,
			NULL) != ST_OK)
		return fail("cannot write", s->port_file);
	if (!fd_write_full(STDOUT_FILENO, line, (size_t)n))
		return fail("cannot write to stdout", NULL);
	return 0;
}

static void accept_until(struct server *s, int fd)
{
	int64_t end_ms = clock_mono_ms() + s->lifetime_s * 1000;
	struct pollfd fds[2] = {{fd, POLLIN, 0}, {STDIN_FILENO, POLLIN, 0}};
	char waste[256];

	for (;;) {
		int64_t left_ms = end_ms - clock_mono_ms();
		int client;

		if (left_ms <= 0)
			return;
		if (poll(fds, s->with_parent ? 2 : 1, (int)left_ms) < 0 &&
			errno != EINTR)
			return;
		if (s->with_parent && fds[1].revents != 0 &&
			read(STDIN_FILENO, waste, sizeof(waste)) <= 0)
			return;
		if ((fds[0].revents & POLLIN) == 0)
			continue;
		if (s->accept_delay_ms > 0)
			(void)poll(NULL, 0, (int)s->accept_delay_ms);
		client = accept(fd, NULL, NULL);
		if (client >= 0)
			welcome(s, client);
	}
}

static int start_tls(struct server *s)
{
	if (s->cert == NULL)
		return 0;
	s->tls = SSL_CTX_new(TLS_server_method());
	if (s->tls == NULL)
		return fail("no TLS", NULL);
	if (SSL_CTX_use_certificate_chain_file(s->tls, s->cert) != 1)
		return fail("cannot use certificate", s->cert);
	if (SSL_CTX_use_PrivateKey_file(s->tls, s->key, SSL_FILETYPE_PEM) != 1)
		return fail("cannot use key", s->key);
	return 0;
}

static bool long_option(const char *text, long *ret)
{
	long long n;

	if (!span_int(span_str(text), 0, 86400000, &n))
		return false;
	*ret = (long)n;
	return true;
}

/* How many words it takes, 0 when it makes no sense. */
static int read_option(struct server *s, char **argv, int left)
{
	const char *name = argv[0];

	if (strcmp(name, "--with-parent") == 0) {
		s->with_parent = true;
		return 1;
	}
	if (name[0] != '-') {
		s->script_path = name;
		return 1;
	}
	if (left < 2)
		return 0;
	if (strcmp(name, "--unix") == 0)
		s->unix_path = argv[1];
	else if (strcmp(name, "--port-file") == 0)
		s->port_file = argv[1];
	else if (strcmp(name, "--log") == 0)
		s->log_path = argv[1];
	else if (strcmp(name, "--port") == 0)
		return long_option(argv[1], &s->port) ? 2 : 0;
	else if (strcmp(name, "--lifetime") == 0)
		return long_option(argv[1], &s->lifetime_s) ? 2 : 0;
	else if (strcmp(name, "--accept-delay") == 0)
		return long_option(argv[1], &s->accept_delay_ms) ? 2 : 0;
	else if (strcmp(name, "--tls") == 0 && left >= 3) {
		s->cert = argv[1];
		s->key = argv[2];
		return 3;
	} else {
		return 0;
	}
	return 2;
}

static int read_options(struct server *s, int argc, char **argv)
{
	int used;
	int i;

	for (i = 1; i < argc; i += used) {
		used = read_option(s, argv + i, argc - i);
		if (used == 0)
			return fail("what is", argv[i]);
	}
	if (s->script_path == NULL)
		return fail("usage: atl-server SCRIPT [OPTIONS]", NULL);
	return 0;
}

static bool open_logs(struct server *s)
{
	const int flags = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC;
	struct buf done;

	buf_init(&done, BUF_SMALL);
	buf_fmt(&done, "%s.done", s->log_path);
	s->log_fd = open(s->log_path, flags, 0600);
	s->done_fd = open(done.p, flags, 0600);
	buf_release(&done);
	return s->log_fd >= 0 && s->done_fd >= 0;
}

static int open_all(struct server *s, int *ret_fd)
{
	int port = 0;
	int fd;

	if (!script_read(&s->script, s->script_path))
		return 2;
	s->counters = calloc(s->script.n_blocks + 1, sizeof(*s->counters));
	if (s->counters == NULL)
		return fail("out of memory", NULL);
	if (s->log_path != NULL && !open_logs(s))
		return fail("cannot open", s->log_path);
	if (start_tls(s) != 0)
		return 2;
	fd = s->unix_path != NULL ? listen_unix(s->unix_path)
				  : listen_tcp(s->port, &port);
	if (fd < 0)
		return fail("cannot listen", s->unix_path);
	*ret_fd = fd;
	return announce(s, port);
}

int main(int argc, char **argv)
{
	/* Static: connections may still run when main returns. */
	static struct server s = {
		.lock = PTHREAD_MUTEX_INITIALIZER,
		.log_fd = -1,
		.done_fd = -1,
		.lifetime_s = 3600,
	};
	int fd = -1;
	int rc = read_options(&s, argc, argv);

	if (rc == 0)
		rc = open_all(&s, &fd);
	if (rc != 0)
		return rc;
	(void)signal(SIGPIPE, SIG_IGN);
	accept_until(&s, fd);
	/* Threads still talk: no clean-up under their feet. */
	_exit(0);
}
