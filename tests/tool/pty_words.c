#include "tool/pty_words.h"

#include <signal.h>
#include <string.h>

#include "base/ascii.h"

static const struct {
	const char *name;
	int number;
} signals[] = {
	{"INT", SIGINT},
	{"TERM", SIGTERM},
	{"HUP", SIGHUP},
	{"QUIT", SIGQUIT},
	{"TSTP", SIGTSTP},
	{"CONT", SIGCONT},
	{"KILL", SIGKILL},
	{"ABRT", SIGABRT},
	{"USR1", SIGUSR1},
	{"SEGV", SIGSEGV},
};

int words_signal(struct span name)
{
	size_t i;

	for (i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		if (span_is(name, signals[i].name))
			return signals[i].number;
	return 0;
}

/* Takes the escape whose backslash is at *i, and moves *i to its end. */
static bool take_escape(struct span in, size_t *i, char *ret)
{
	static const char names[] = "rnte\\";
	static const char bytes[] = "\r\n\t\033\\";
	const char *at;

	if (++*i == in.n)
		return false;
	at = strchr(names, in.p[*i]);
	if (at != NULL && *at != '\0') {
		*ret = bytes[at - names];
		return true;
	}
	if (in.p[*i] != 'x' || *i + 2 >= in.n || ascii_hex(in.p[*i + 1]) < 0 ||
		ascii_hex(in.p[*i + 2]) < 0)
		return false;
	*ret = (char)(ascii_hex(in.p[*i + 1]) * 16 + ascii_hex(in.p[*i + 2]));
	*i += 2;
	return true;
}

bool words_unescape(struct span in, struct buf *out)
{
	size_t i;

	buf_reset(out);
	for (i = 0; i < in.n; i++) {
		char c = in.p[i];

		if (c == '\\' && !take_escape(in, &i, &c))
			return false;
		buf_char(out, c);
	}
	return !out->bad;
}

bool words_size(struct span s, int *columns, int *rows)
{
	struct span c = span_cut(&s, 'x');
	long long a;
	long long b;

	if (!span_int(c, 1, 1000, &a) || !span_int(s, 1, 1000, &b))
		return false;
	*columns = (int)a;
	*rows = (int)b;
	return true;
}

bool words_ms(struct span s, int *ms)
{
	long long n;

	if (!span_int(s, 0, 600000, &n))
		return false;
	*ms = (int)n;
	return true;
}
