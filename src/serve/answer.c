#include "serve/answer.h"

#include <string.h>

#include "base/ascii.h"
#include "serve/answer_priv.h"

enum { RELATED = 2, SAID_MAX = 40, HITS = 12 };

#define RELATED_LINE "See also (type its number):"
#define TOPICS_LINE "Ask about one of these (type its number):"

/* Share of a question's weight that a section must cover to answer it: with a
 * word of it in the title or the keywords, and in the body alone. */
static const double cover_titled = 0.25;
static const double cover_body = 0.45;
/* Share of the best score that makes a page made for reading preferred. */
static const double readable = 0.75;

/* The last question of the user. */
struct question {
	struct span words; /* what the user typed */
	struct manual documents; /* sections of what came with it */
	struct buf names; /* of the documents */
};

static bool is_fence(struct span line)
{
	return span_starts(line, "```");
}

/* `Document "NAME":` before a fence; empty for any other line. */
static struct span document_name(struct span line)
{
	if (!span_starts(line, "Document \"") || line.n < 13 ||
		memcmp(line.p + line.n - 2, "\":", 2) != 0)
		return (struct span){NULL, 0};
	return span_of(line.p + 10, line.n - 12);
}

/* Cuts the fenced text at the beginning of *rest, fences and all. */
static struct span cut_fenced(struct span *rest)
{
	struct span fence = span_cut(rest, '\n');
	struct span text = {rest->p, 0};

	while (rest->n > 0) {
		struct span line = span_cut(rest, '\n');

		if (span_eq(line, fence))
			break;
		text.n = (size_t)(line.p + line.n - text.p);
	}
	return text;
}

static enum status question_read(
	struct question *q, struct span text, struct err *err)
{
	const char *start = text.p;
	enum status st = ST_OK;

	q->words = text;
	while (st == ST_OK && text.n > 0) {
		struct span line = span_cut(&text, '\n');
		struct span name = document_name(line);

		if (name.n == 0 || !is_fence(text))
			continue;
		if (q->names.len == 0)
			q->words = span_of(start, (size_t)(line.p - start));
		else
			buf_str(&q->names, ", ");
		buf_span(&q->names, name);
		st = manual_add(&q->documents, name, cut_fenced(&text), err);
	}
	q->words = span_trim(q->words);
	return st;
}

/* What a line begins, as far as it matters for joining lines. */
enum line_form { FORM_OTHER = 0, FORM_PROSE, FORM_ITEM };

static enum line_form form_of(struct span line)
{
	size_t n = 0;

	while (n < line.n && line.p[n] == ' ')
		n++;
	if (n == line.n || n >= 4 || is_fence(line))
		return FORM_OTHER;
	line = span_of(line.p + n, line.n - n);
	if (strchr("#>|\t", line.p[0]) != NULL)
		return FORM_OTHER;
	if (span_starts(line, "- ") || span_starts(line, "* "))
		return FORM_ITEM;
	for (n = 0; n < line.n && ascii_is_digit(line.p[n]); n++)
		;
	return n > 0 && n < line.n && line.p[n] == '.' ? FORM_ITEM : FORM_PROSE;
}

/* Appends text of the manual with the lines of a paragraph joined: where they
 * end suits its source, but in a reply every line break counts. */
static void put_joined(struct span text, struct buf *out)
{
	bool fenced = false;
	bool open = false; /* a line may follow in the same paragraph */

	while (text.n > 0) {
		struct span line = span_cut(&text, '\n');
		enum line_form form = fenced ? FORM_OTHER : form_of(line);

		if (is_fence(line))
			fenced = !fenced;
		if (open && form == FORM_PROSE && !out->bad) {
			out->p[out->len - 1] = ' ';
			line = span_trim(line);
		}
		buf_span(out, line);
		buf_char(out, '\n');
		open = form != FORM_OTHER;
	}
}

static void put_section(const struct section *s, struct buf *out)
{
	buf_str(out, "\n**");
	buf_span(out, s->title);
	buf_str(out, "**\n\n");
	put_joined(s->body, out);
}

/* Appends the names of other sections that fit, under numbers. */
static void put_related(const struct manual *m, const struct rank_hit *hits,
	size_t n, const struct section *shown, struct buf *out)
{
	struct span titles[RELATED];
	size_t found = 0;
	size_t i;
	size_t k;

	for (i = 0; i < n && found < RELATED; i++) {
		struct span title = m->rows[hits[i].section].title;

		if (shown != NULL && span_eq(title, shown->title))
			continue;
		for (k = 0; k < found; k++)
			if (span_eq(title, titles[k]))
				break;
		if (k < found)
			continue;
		if (found == 0)
			buf_str(out, "\n" RELATED_LINE "\n");
		titles[found++] = title;
		buf_fmt(out, "%zu. ", found);
		buf_span(out, title);
		buf_char(out, '\n');
	}
}

static bool is_good(const struct rank_hit *hit)
{
	return hit->cover >= (hit->titled ? cover_titled : cover_body);
}

/* The first hit, unless a page made for reading, which has keywords, is nearly
 * as good. */
static const struct rank_hit *pick(
	const struct manual *m, const struct rank_hit *hits, size_t n)
{
	size_t i;

	for (i = 0; i < n && hits[i].score >= readable * hits[0].score; i++)
		if (m->rows[hits[i].section].keywords.n > 0)
			return &hits[i];
	return &hits[0];
}

/* Appends a section that was opened by its number, and what is near it. */
static enum status put_opened(const struct manual *m, const struct section *s,
	struct buf *out, struct err *err)
{
	struct rank_hit hits[HITS];
	size_t n;
	enum status st;

	put_section(s, out);
	st = manual_find(m, s->title, hits, HITS, &n, err);
	if (st == ST_OK)
		put_related(m, hits, n, s, out);
	return st;
}

/* Appends the topics: the steps of the tour, then the pages with keywords. */
static void put_topics(const struct manual *m, struct buf *out)
{
	size_t listed_n = 0;
	size_t i;

	buf_str(out, "\n" TOPICS_LINE "\n");
	for (i = 0; i < m->n && listed_n < LISTED_MAX; i++) {
		const struct section *s = &m->rows[i];
		size_t step = answer_tour_number(s->title);

		if (s->keywords.n == 0 || step > 1)
			continue;
		if (i > 0 && span_eq(s->title, m->rows[i - 1].title))
			continue;
		buf_fmt(out, "%zu. ", ++listed_n);
		buf_span(out, s->title);
		buf_char(out, '\n');
	}
}

/* Looks for the answer in the documents. *ret_found: it is there, and in
 * out. */
static enum status search_documents(const struct question *q, struct buf *out,
	bool *ret_found, struct err *err)
{
	struct rank_hit hit;
	const struct section *s;
	size_t n;
	enum status st;

	*ret_found = false;
	if (q->documents.n == 0)
		return ST_OK;
	st = manual_find(&q->documents, q->words, &hit, 1, &n, err);
	if (st != ST_OK)
		return st;
	if (n == 0 || !is_good(&hit)) {
		buf_fmt(out,
			"\n"
			"In what you attached (%s) no passage has the words "
			"of your question; a model\nwould read it as a "
			"whole.\n",
			q->names.p);
		return ST_OK;
	}
	s = &q->documents.rows[hit.section];
	buf_fmt(out,
		"\nThe passage of what you attached (%s) that has most of "
		"your words:\n",
		q->names.p);
	put_section(s, out);
	*ret_found = true;
	return ST_OK;
}

/* The section that has the question as a keyword of several words; NULL when
 * none has. */
static const struct section *named(const struct manual *m, struct span said)
{
	size_t i;

	if (said.n == 0 || memchr(said.p, ' ', said.n) == NULL)
		return NULL;
	for (i = 0; i < m->n; i++) {
		struct span rest = m->rows[i].keywords;

		while (rest.n > 0) {
			struct span word = span_trim(span_cut(&rest, ','));

			if (word.n == said.n && span_casestarts(word, said))
				return &m->rows[i];
		}
	}
	return NULL;
}

static enum status put_found(const struct manual *m, const struct question *q,
	struct span said, struct buf *out, struct err *err)
{
	struct rank_hit hits[HITS];
	const struct section *s = named(m, said);
	bool found;
	size_t n;
	enum status st;

	st = search_documents(q, out, &found, err);
	if (st == ST_OK)
		st = manual_find(m, q->words, hits, HITS, &n, err);
	if (st != ST_OK)
		return st;
	if (s != NULL || (n > 0 && is_good(&hits[0]))) {
		if (found)
			s = NULL;
		else if (s == NULL)
			s = &m->rows[pick(m, hits, n)->section];
		if (s != NULL)
			put_section(s, out);
		put_related(m, hits, n, s, out);
	} else if (!found) {
		buf_str(out,
			"\nThe manual has nothing about that. A model might: "
			"see `LLAMA_MODEL_ENDPOINT`.\n");
		put_topics(m, out);
	}
	return ST_OK;
}

static enum status reply_to(const struct manual *m, const struct turn *turns,
	size_t n, const struct question *q, struct span said_words,
	struct buf *out, struct err *err)
{
	const struct section *s;
	enum status st = ST_OK;
	enum said said;

	s = answer_open_short(m, turns, n, said_words, &said);
	if (s != NULL && answer_tour_number(s->title) > 0) {
		put_section(s, out);
		return ST_OK;
	}
	if (s != NULL)
		st = put_opened(m, s, out, err);
	else if (said == SAID_NEXT && answer_last_step(turns, n) > 0)
		buf_str(out,
			"\nThat was the last step of the tour. Ask anything, "
			"or leave with /quit.\n");
	else if (said == SAID_TOPICS || q->words.n == 0)
		put_topics(m, out);
	else
		st = put_found(m, q, said_words, out, err);
	if (answer_last_step(turns, n) > 0 &&
		answer_tour_step(m, answer_last_step(turns, n) + 1) != NULL)
		buf_str(out, "\nType `next` to go on with the tour.\n");
	return st;
}

enum status answer_make(const struct manual *m, const struct turn *turns,
	size_t n, struct buf *out, struct err *err)
{
	struct question q = {.words = {NULL, 0}};
	struct buf said;
	struct span words;
	enum status st = ST_OK;

	buf_init(&said, SAID_MAX);
	buf_init(&q.names, BUF_SMALL);
	manual_init(&q.documents);
	while (n > 0 && !turns[n - 1].user)
		n--;
	if (n > 0)
		st = question_read(&q, turns[--n].text, err);
	if (st != ST_OK)
		goto out;
	words = answer_plain(q.words, &said);
	buf_str(out, ANSWER_FIRST_LINE "\n");
	st = reply_to(m, turns, n, &q, words, out, err);
	if (st == ST_OK)
		st = buf_check(out, "the answer", err);
out:
	manual_release(&q.documents);
	buf_release(&q.names);
	buf_release(&said);
	return st;
}
