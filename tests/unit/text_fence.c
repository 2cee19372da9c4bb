/* text/fence: the code blocks of a reply. */
#include "unit/check.h"

#include "text/fence.h"

/* All blocks of a text, each as "[info]code". */
static void check(const char *text, const char *want)
{
	struct span rest = span_str(text);
	struct span info = {NULL, 0};
	struct buf code;
	struct buf all;

	buf_init(&code, BUF_LARGE);
	buf_init(&all, BUF_LARGE);
	while (fence_next(&rest, &info, &code)) {
		buf_char(&all, '[');
		buf_span(&all, info);
		buf_char(&all, ']');
		buf_span(&all, buf_view(&code));
		buf_reset(&code);
	}
	CHECK_STR(all.p, want);
	buf_release(&code);
	buf_release(&all);
}

static void blocks(void)
{
	check("", "");
	check("no code", "");
	check("a\n```c\nint a;\n```\nb\n", "[c]int a;\n");
	check("```\none\n```\n~~~ sh x\ntwo\n~~~\n", "[]one\n[sh x]two\n");
	/* A longer fence holds shorter ones, and each mark its own. */
	check("````md\n```\nin\n```\n````\n", "[md]```\nin\n```\n");
	check("```\n~~~\n```\n", "[]~~~\n");
	/* Not closed: to the end, which gets its newline. */
	check("```\nhalf", "[]half\n");
	check("```", "[]");
	check("```\n", "[]");
	/* In a list: the indentation of the fence goes, the rest stays. */
	check("1. do\n\n   ```py\n   if a:\n       b\n\n  c\n   ```\n",
		"[py]if a:\n    b\n\nc\n");
	/* Inside of a line it is no fence; two marks are none either. */
	check("```code``` here\n``\nx\n``\n", "");
	/* What follows a closing fence does not close. */
	check("```\na\n``` b\n```\n", "[]a\n``` b\n");
}

int main(void)
{
	RUN(blocks);
	return REPORT();
}
