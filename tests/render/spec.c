/*
 * spec EXAMPLES DIFFERENCES: the text of text/markup equals the text that md4c
 * makes of each example of the CommonMark specification, but for those that
 * DIFFERENCES lists by number, each group with its reason. An example in it
 * that does not differ is a failure too.
 *
 * Compared are the words: runs of blanks and line ends count as one blank. Both
 * show the address of a link behind its text.
 */
#include <md4c.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text/link.h"
#include "text/markup.h"
#include "text/markup_syntax.h"
#include "text/safe.h"
#include "tool/markup_text.h"

#define DEPTH 64
#define EXAMPLES 2048

struct list {
	bool ordered;
	char mark;
	unsigned number;
};

/* What md4c's callbacks fill. */
struct page {
	struct buf text;
	struct list lists[DEPTH];
	size_t n_lists;
	size_t links[DEPTH]; /* where the text of an open link begins */
	size_t n_links;
};

/*
 * Md4c's text
 */

static void put_entity(struct buf *out, struct span s)
{
	uint32_t cp;
	size_t n;

	if (syntax_entity(s, &n, &cp) == SYNTAX_YES)
		utf8_put(out, cp);
	else
		buf_span(out, s);
}

static void put_attribute(struct buf *out, const MD_ATTRIBUTE *a)
{
	int i;

	for (i = 0; a->substr_offsets[i] < a->size; i++) {
		struct span s = span_of(a->text + a->substr_offsets[i],
			a->substr_offsets[i + 1] - a->substr_offsets[i]);

		if (a->substr_types[i] == MD_TEXT_ENTITY)
			put_entity(out, s);
		else
			buf_span(out, s);
	}
}

static int enter_block(MD_BLOCKTYPE type, void *detail, void *payload)
{
	struct page *p = payload;
	struct list *l;

	switch (type) {
	case MD_BLOCK_UL:
	case MD_BLOCK_OL:
		if (p->n_lists == DEPTH)
			return 1;
		l = &p->lists[p->n_lists++];
		l->ordered = type == MD_BLOCK_OL;
		if (l->ordered) {
			const MD_BLOCK_OL_DETAIL *ol = detail;

			l->number = ol->start;
			l->mark = ol->mark_delimiter;
		}
		break;
	case MD_BLOCK_LI:
		buf_char(&p->text, '\n');
		l = &p->lists[p->n_lists - 1];
		if (l->ordered)
			buf_fmt(&p->text, "%u%c ", l->number++, l->mark);
		break;
	default: buf_char(&p->text, '\n'); break;
	}
	return 0;
}

static int leave_block(MD_BLOCKTYPE type, void *detail, void *payload)
{
	struct page *p = payload;

	(void)detail;
	if (type == MD_BLOCK_UL || type == MD_BLOCK_OL)
		p->n_lists--;
	buf_char(&p->text, '\n');
	return 0;
}

static int enter_span(MD_SPANTYPE type, void *detail, void *payload)
{
	struct page *p = payload;

	(void)detail;
	if (type != MD_SPAN_A && type != MD_SPAN_IMG)
		return 0;
	if (p->n_links == DEPTH)
		return 1;
	p->links[p->n_links++] = p->text.len;
	return 0;
}

static int leave_span(MD_SPANTYPE type, void *detail, void *payload)
{
	struct page *p = payload;
	struct span text;
	struct span bare;
	struct buf url;
	size_t from;

	if (type != MD_SPAN_A && type != MD_SPAN_IMG)
		return 0;
	buf_init(&url, BUF_SMALL);
	if (type == MD_SPAN_A)
		put_attribute(&url, &((MD_SPAN_A_DETAIL *)detail)->href);
	else
		put_attribute(&url, &((MD_SPAN_IMG_DETAIL *)detail)->src);
	from = p->links[--p->n_links];
	text = span_of(p->text.p + from, p->text.len - from);
	bare = buf_view(&url);
	if (span_starts(bare, "mailto:"))
		bare = span_of(bare.p + 7, bare.n - 7);
	if (bare.n > 0 && !span_eq(text, bare)) {
		buf_str(&p->text, p->text.len > from ? " (" : "(");
		link_show(buf_view(&url), &p->text);
		buf_char(&p->text, ')');
	}
	buf_release(&url);
	return 0;
}

static int put_text(
	MD_TEXTTYPE type, const MD_CHAR *s, MD_SIZE n, void *payload)
{
	struct page *p = payload;

	switch (type) {
	case MD_TEXT_BR:
	case MD_TEXT_SOFTBR: buf_char(&p->text, '\n'); break;
	case MD_TEXT_NULLCHAR: buf_str(&p->text, "\xef\xbf\xbd"); break;
	case MD_TEXT_ENTITY: put_entity(&p->text, span_of(s, n)); break;
	default: buf_add(&p->text, s, n); break;
	}
	return 0;
}

static void md4c_text(struct span in, struct buf *out)
{
	static const MD_PARSER parser = {0,
		MD_FLAG_TABLES | MD_FLAG_STRIKETHROUGH, enter_block,
		leave_block, enter_span, leave_span, put_text, NULL, NULL};
	struct page p;

	memset(&p, 0, sizeof(p));
	buf_init(&p.text, BUF_LARGE);
	if (md_parse(in.p, (MD_SIZE)in.n, &parser, &p) != 0)
		out->bad = true;
	safe_text(buf_view(&p.text), out);
	buf_release(&p.text);
}

/*
 * The comparison
 */

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n';
}

/* Runs of blanks become one; none at the ends. A no-break space is one too. */
static void squeeze(struct buf *b)
{
	bool due = false;
	size_t n = 0;
	size_t i;

	for (i = 0; i < b->len; i++) {
		if (i + 1 < b->len && memcmp(b->p + i, "\xc2\xa0", 2) == 0) {
			due = n > 0;
			i++;
		} else if (is_space(b->p[i])) {
			due = n > 0;
		} else {
			if (due)
				b->p[n++] = ' ';
			due = false;
			b->p[n++] = b->p[i];
		}
	}
	buf_truncate(b, n);
}

/* Whether the two agree; prints them when they do not and should. */
static bool agrees(struct span text, const char *where, bool may_differ)
{
	static const struct markup_theme bare = {
		{NULL}, "", "", "", "", false, false};
	struct buf want;
	struct buf got;
	bool same;

	buf_init(&want, BUF_LARGE);
	buf_init(&got, BUF_LARGE);
	md4c_text(text, &want);
	markup_text(&bare, 0, 0, text, &got);
	squeeze(&want);
	squeeze(&got);
	same = !want.bad && !got.bad &&
		span_eq(buf_view(&want), buf_view(&got));
	if (!same && !may_differ)
		printf("example %s\n%.*s--- md4c\n%s\n--- ours\n%s\n", where,
			(int)text.n, text.p, want.p, got.p);
	buf_release(&want);
	buf_release(&got);
	return same;
}

/*
 * The files
 */

static void read_file(const char *path, struct buf *out)
{
	FILE *f = fopen(path, "rb");
	char bytes[4096];
	size_t n;

	if (f == NULL) {
		perror(path);
		exit(2);
	}
	for (n = fread(bytes, 1, sizeof(bytes), f); n > 0;
		n = fread(bytes, 1, sizeof(bytes), f))
		buf_add(out, bytes, n);
	(void)fclose(f);
}

/* "reason: 1 2 3" and lines that go on with more numbers; # is a comment. */
static void read_numbers(struct span in, bool *listed)
{
	while (in.n > 0) {
		struct span line = span_cut(&in, '\n');

		if (line.n > 0 && line.p[0] == '#')
			continue;
		while (line.n > 0) {
			struct span word = span_cut(&line, ' ');
			long long n;

			if (span_int(word, 1, EXAMPLES - 1, &n))
				listed[n] = true;
		}
	}
}

static void unescape(struct span s, struct buf *out)
{
	size_t i;

	for (i = 0; i < s.n; i++) {
		if (s.p[i] != '\\' || i + 1 == s.n) {
			buf_char(out, s.p[i]);
			continue;
		}
		i++;
		buf_char(out,
			s.p[i] == 'n'		? '\n'
				: s.p[i] == 't' ? '\t'
						: s.p[i]);
	}
}

int main(int argc, char **argv)
{
	static bool listed[EXAMPLES];
	struct buf examples;
	struct buf numbers;
	struct span in;
	int passed = 0;
	int failed = 0;
	int differ = 0;

	if (argc != 3)
		return 2;
	buf_init(&examples, BUF_LARGE);
	buf_init(&numbers, BUF_LARGE);
	read_file(argv[1], &examples);
	read_file(argv[2], &numbers);
	read_numbers(buf_view(&numbers), listed);
	in = buf_view(&examples);
	while (in.n > 0) {
		struct span line = span_cut(&in, '\n');
		struct span number = span_cut(&line, '\t');
		struct span section = span_cut(&line, '\t');
		struct buf where;
		struct buf text;
		long long n;
		bool same;

		if (number.n == 0 || number.p[0] == '#')
			continue;
		if (!span_int(number, 1, EXAMPLES - 1, &n))
			return 2;
		buf_init(&where, BUF_SMALL);
		buf_init(&text, BUF_SMALL);
		buf_fmt(&where, "%lld (%.*s)", n, (int)section.n, section.p);
		unescape(line, &text);
		same = agrees(buf_view(&text), where.p, listed[n]);
		if (same && listed[n])
			printf("example %s does not differ\n", where.p);
		differ += !same;
		if (same != listed[n])
			passed++;
		else
			failed++;
		buf_release(&where);
		buf_release(&text);
	}
	buf_release(&examples);
	buf_release(&numbers);
	printf("%d examples differ, as listed or not\n", differ);
	printf("%d passed, %d failed\n", passed, failed);
	return failed > 0 || passed == 0;
}
