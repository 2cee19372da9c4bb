#include "net/head.h"

void head_init(struct head *head, size_t max)
{
	/* Folding turns a newline into a blank, so the lines do not grow. */
	buf_init(&head->lines, max);
	head->taken = 0;
	head->max = max;
	head->status = 0;
	head->complete = false;
}

void head_release(struct head *head)
{
	buf_release(&head->lines);
	head->taken = 0;
	head->status = 0;
	head->complete = false;
}

/* "HTTP/1.1 200 OK", "HTTP/2 200" */
static int status_of(struct span line)
{
	struct span rest = line;
	long long status;

	(void)span_cut(&rest, ' ');
	rest = span_trim(rest);
	if (!span_int(span_cut(&rest, ' '), 100, 999, &status))
		return 0;
	return (int)status;
}

static struct span without_line_end(struct span line)
{
	while (line.n > 0 &&
		(line.p[line.n - 1] == '\n' || line.p[line.n - 1] == '\r'))
		line.n--;
	return line;
}

enum head_result head_line(struct head *head, struct span line)
{
	bool folded = line.n > 0 && (line.p[0] == ' ' || line.p[0] == '\t');

	if (head->complete)
		return HEAD_MORE;
	if (line.n > head->max - head->taken)
		return HEAD_TOO_LARGE;
	head->taken += line.n;
	line = without_line_end(line);
	if (span_starts(line, "HTTP/") && head->status == 0) {
		head->status = status_of(line);
		return HEAD_MORE;
	}
	if (line.n == 0) {
		if (head->status >= 100 && head->status < 200 &&
			head->status != 101) {
			head->status = 0;
			buf_reset(&head->lines);
			return HEAD_MORE;
		}
		head->complete = true;
		return HEAD_COMPLETE;
	}
	if (folded && head->lines.len > 0) {
		buf_truncate(&head->lines, head->lines.len - 1);
		buf_char(&head->lines, ' ');
	}
	buf_span(&head->lines, folded ? span_trim(line) : line);
	buf_char(&head->lines, '\n');
	return head->lines.bad ? HEAD_NOMEM : HEAD_MORE;
}

bool head_next(const struct head *head, size_t *pos, struct span *ret_name,
	struct span *ret_value)
{
	struct span rest = span_of(
		head->lines.p + *pos, head->lines.len - *pos);
	struct span line;

	if (rest.n == 0)
		return false;
	line = span_cut(&rest, '\n');
	*pos += line.n + 1;
	*ret_name = span_trim(span_cut(&line, ':'));
	*ret_value = span_trim(line);
	return true;
}

struct span head_find(const struct head *head, const char *name)
{
	struct span found_name;
	struct span value;
	size_t pos = 0;

	while (head_next(head, &pos, &found_name, &value)) {
		if (span_caseis(found_name, name))
			return value;
	}
	return span_of(NULL, 0);
}
