#include "app/argword.h"

#include <stdlib.h>
#include <string.h>

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n';
}

bool argword_next(struct span *rest, struct buf *out)
{
	const char *p = rest->p;
	size_t n = rest->n;
	size_t i = 0;
	char quote = '\0';

	while (i < n && is_blank(p[i]))
		i++;
	if (i == n) {
		*rest = span_of(NULL, 0);
		return false;
	}
	for (; i < n && (quote != '\0' || !is_blank(p[i])); i++) {
		if (quote == '\0' && (p[i] == '"' || p[i] == '\'')) {
			quote = p[i];
		} else if (quote != '\0' && p[i] == quote) {
			quote = '\0';
		} else {
			if (p[i] == '\\' && quote != '\'' && i + 1 < n)
				i++;
			buf_char(out, p[i]);
		}
	}
	*rest = span_of(p + i, n - i);
	return true;
}

enum status argword_home(struct span path, struct buf *out, struct err *err)
{
	const char *home = getenv("HOME");

	if (span_starts(path, "~/") || span_is(path, "~")) {
		if (home == NULL || home[0] == '\0')
			return err_set(err, ST_USAGE,
				"~ is unknown here: HOME is not set");
		buf_str(out, home);
		path.p++;
		path.n--;
	}
	buf_span(out, path);
	return buf_check(out, "path", err);
}

enum status argword_path(struct span *rest, struct buf *out, struct err *err)
{
	struct buf word;
	enum status st = ST_NOT_FOUND;

	buf_init(&word, BUF_SMALL);
	if (argword_next(rest, &word)) {
		st = buf_check(&word, "path", err);
		if (st == ST_OK && memchr(word.p, '\0', word.len) != NULL)
			st = err_set(err, ST_USAGE, "a path has no NUL in it");
		if (st == ST_OK)
			st = argword_home(buf_view(&word), out, err);
	}
	buf_release(&word);
	return st;
}

void argword_put(struct span word, struct buf *out)
{
	size_t i;

	for (i = 0; i < word.n; i++) {
		if (is_blank(word.p[i]) || strchr("\"'\\", word.p[i]) != NULL)
			buf_char(out, '\\');
		buf_char(out, word.p[i]);
	}
}
