/*
 * show WIDTH COLOURS [light|any]: renders the Markdown on stdin as a reply that
 * comes in small pieces. COLOURS as enum markup_colors; the background is dark
 * unless told.
 */
#include <stdio.h>
#include <string.h>

#include "text/markup.h"

int main(int argc, char **argv)
{
	long long width;
	long long colours;
	const char *behind = argc == 4 ? argv[3] : "dark";
	enum markup_background background = strcmp(behind, "light") == 0
		? MARKUP_LIGHT
		: strcmp(behind, "any") == 0 ? MARKUP_ANY_BACKGROUND
					     : MARKUP_DARK;
	struct markup *m;
	struct buf out;
	char bytes[5];
	bool bad;
	size_t n;

	if (argc < 3 || !span_int(span_str(argv[1]), 0, 1000, &width) ||
		!span_int(span_str(argv[2]), 0, MARKUP_TRUE_COLOR, &colours))
		return 2;
	m = markup_new(markup_theme((enum markup_colors)colours, background),
		(size_t)width, 0);
	if (m == NULL)
		return 1;
	buf_init(&out, BUF_LARGE);
	for (n = fread(bytes, 1, sizeof(bytes), stdin); n > 0;
		n = fread(bytes, 1, sizeof(bytes), stdin))
		markup_feed(m, span_of(bytes, n), &out);
	markup_finish(m, &out);
	markup_free(m);
	n = fwrite(out.p, 1, out.len, stdout);
	bad = out.bad || n != out.len || fflush(stdout) != 0;
	buf_release(&out);
	return bad;
}
