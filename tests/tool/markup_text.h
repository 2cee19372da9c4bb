/* A whole text through text/markup at once. */
#ifndef ATL_TESTS_MARKUP_TEXT_H
#define ATL_TESTS_MARKUP_TEXT_H

#include "text/markup.h"

static inline void markup_text(const struct markup_theme *theme, size_t width,
	unsigned flags, struct span in, struct buf *out)
{
	struct markup *m = markup_new(theme, width, flags);

	if (m == NULL) {
		out->bad = true;
		return;
	}
	markup_feed(m, in, out);
	markup_finish(m, out);
	markup_free(m);
}

#endif
