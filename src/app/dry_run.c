#include "app/dry_run.h"

#include <errno.h>
#include <unistd.h>

#include "base/file.h"
#include "text/safe.h"
#include "tty/term.h"
#include "wire/url.h"

enum status dry_run_print(
	const struct agent *agent, bool key, const char *json, struct err *err)
{
	struct buf out;
	size_t i;
	enum status st;

	buf_init(&out, 4 * BUF_LARGE);
	buf_str(&out, "POST ");
	st = url_chat(span_str(agent->url), &out, err);
	buf_str(&out, "\nContent-Type: application/json\n");
	if (key && agent->auth_header != NULL)
		buf_fmt(&out, "%s: ***\n", agent->auth_header);
	else if (key)
		buf_str(&out, "Authorization: Bearer ***\n");
	for (i = 0; i < agent->headers_n; i++) {
		struct span rest = span_str(agent->headers[i]);
		struct span name = span_cut(&rest, ':');

		/* Any header may carry a key. */
		buf_span(&out, name);
		buf_str(&out, ": ***\n");
	}
	buf_fmt(&out, "\n%s\n", json);
	if (st == ST_OK && term_get()->out) {
		struct buf shown;

		buf_init(&shown, out.max);
		safe_text(buf_view(&out), &shown);
		buf_release(&out);
		out = shown;
	}
	if (st == ST_OK)
		st = buf_check(&out, "request", err);
	if (st == ST_OK && !fd_write_full(STDOUT_FILENO, out.p, out.len) &&
		errno != EPIPE)
		st = err_sys(err, ST_IO, "cannot write the request");
	buf_release(&out);
	return st;
}
