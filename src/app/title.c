#include "app/title.h"

#include <stdlib.h>

#include "app/aside.h"
#include "base/utf8.h"
#include "engine/session.h"

enum {
	MESSAGES = 4, /* messages that the model is shown */
	BYTES = 1500, /* bytes of each of them */
	TITLE_TOKENS = 40,
	TITLE_BYTES = 200,
};

static enum status put_question(
	const struct conv *conv, struct buf *out, struct err *err)
{
	struct msg **path = NULL;
	size_t n = 0;
	size_t i;
	enum status st = conv_path(conv, &path, &n, err);

	if (st == ST_OK && n == 0)
		st = err_set(err, ST_USAGE, "nothing has been said yet");
	buf_str(out,
		"Give a title of at most six words to the conversation below, "
		"in its language. Answer with the title alone, without "
		"quotes.\n");
	for (i = 0; st == ST_OK && i < n && i < MESSAGES; i++) {
		struct span text = buf_view(&path[i]->text);

		text.n = utf8_floor(text, BYTES);
		buf_fmt(out, "\n%s: ", role_name(path[i]->role));
		buf_span(out, text);
		buf_char(out, '\n');
	}
	free(path);
	return st == ST_OK ? buf_check(out, "question", err) : st;
}

/* Appends the first line with words, without the marks that models put around
 * it. */
static void put_title(struct span text, struct buf *out)
{
	struct span line = {NULL, 0};

	while (text.p != NULL && line.n == 0) {
		line = span_trim(span_cut(&text, '\n'));
		while (line.n > 0 &&
			(line.p[0] == '"' || line.p[0] == '#' ||
				line.p[0] == '*' || line.p[0] == ' '))
			line = span_of(line.p + 1, line.n - 1);
		while (line.n > 0 &&
			(line.p[line.n - 1] == '"' ||
				line.p[line.n - 1] == '*' ||
				line.p[line.n - 1] == '.'))
			line.n--;
	}
	line.n = utf8_floor(line, TITLE_BYTES);
	buf_span(out, line);
}

enum status title_ask(struct app *app, struct app_agent *agent,
	const struct conv *conv, struct buf *out, struct err *err)
{
	struct buf question;
	struct buf answer;
	enum status st;

	buf_init(&question, BUF_LARGE);
	buf_init(&answer, BUF_LARGE);
	st = put_question(conv, &question, err);
	if (st == ST_OK)
		st = aside_ask(app, agent, buf_view(&question), TITLE_TOKENS,
			&answer, err);
	if (st == ST_STOPPED)
		st = err_set(err, ST_STOPPED, "stopped; the title stays");
	if (st == ST_OK)
		put_title(buf_view(&answer), out);
	if (st == ST_OK && out->len == 0)
		st = err_set(err, ST_SERVER, "the model gave no title");
	buf_release(&question);
	buf_release(&answer);
	return st;
}
