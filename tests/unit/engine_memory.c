/* engine: facts are kept, told within their room, and forgotten for good. */
#include "unit/journals.h"

#include "engine/memory.h"
#include "text/tokens.h"

static struct store s;

static enum status add(struct memory *m, const char *agent, const char *text)
{
	return memory_add(m, span_str(agent), span_str(text), NULL);
}

static bool told(struct memory *m, const char *agent, const char *what)
{
	struct buf notes;
	bool found;

	buf_init(&notes, BUF_LARGE);
	CHECK_INT(memory_notes(m, agent, &notes, NULL), ST_OK);
	found = strstr(notes.p, what) != NULL;
	buf_release(&notes);
	return found;
}

static void test_kept(void)
{
	struct memory *m = memory_new(s.vault, s.catalog);
	struct memory *other = memory_new(s.vault, s.catalog);
	struct buf notes;

	buf_init(&notes, BUF_LARGE);
	CHECK_INT(memory_notes(m, "llama", &notes, NULL), ST_OK);
	CHECK_INT(notes.len, 0);
	buf_release(&notes);
	CHECK_INT(add(m, "", " \t\n"), ST_USAGE);
	CHECK_INT(add(m, "", "likes\n  tea\x01"), ST_OK);
	CHECK_INT(add(m, "", "likes tea"), ST_OK);
	CHECK_INT(add(m, "coder", "likes tea"), ST_OK);
	CHECK_INT(memory_count(m), 2);
	CHECK_STR(memory_at(m, 0)->text.p, "likes tea");
	CHECK_STR(memory_at(m, 1)->agent.p, "coder");
	/* Another process sees it, and adds. */
	CHECK(told(other, "llama", "likes tea"));
	CHECK_INT(add(other, "", "lives in Kiel"), ST_OK);
	CHECK_INT(add(m, "", "has a cat"), ST_OK);
	CHECK_INT(memory_count(m), 4);
	/* What is forgotten comes back to nobody, while others stay. */
	CHECK_INT(memory_forget(m, 4, NULL), ST_NOT_FOUND);
	CHECK_INT(memory_forget(m, 0, NULL), ST_OK);
	CHECK_INT(memory_count(m), 3);
	CHECK_INT(memory_refresh(other, NULL), ST_OK);
	CHECK(!told(other, "llama", "likes tea"));
	CHECK(told(other, "coder", "likes tea"));
	CHECK(told(other, "Coder", "lives in Kiel"));
	CHECK_INT(add(other, "", "another one"), ST_OK);
	CHECK_INT(memory_forget_all(other, NULL), ST_OK);
	CHECK_INT(memory_forget_all(other, NULL), ST_NOT_FOUND);
	CHECK_INT(memory_refresh(m, NULL), ST_OK);
	CHECK_INT(memory_count(m), 0);
	memory_free(m);
	memory_free(other);
}

static void test_room(void)
{
	struct memory *m = memory_new(s.vault, s.catalog);
	struct buf text;
	struct buf notes;
	size_t i;

	buf_init(&text, BUF_LARGE);
	buf_init(&notes, BUF_LARGE);
	for (i = 0; i < 40; i++) {
		buf_reset(&text);
		buf_fmt(&text, "fact number%zu", i);
		while (text.len < 400)
			buf_str(&text, " word");
		CHECK_INT(
			memory_add(m, span_of(NULL, 0), buf_view(&text), NULL),
			ST_OK);
	}
	CHECK_INT(memory_notes(m, "llama", &notes, NULL), ST_OK);
	CHECK(tokens_estimate(buf_view(&notes)) < MEMORY_TOKENS + 100);
	CHECK(tokens_estimate(buf_view(&notes)) > MEMORY_TOKENS / 2);
	CHECK(strstr(notes.p, "number39 ") != NULL);
	CHECK(strstr(notes.p, "number0 ") == NULL);
	while (text.len <= MEMORY_FACT_MAX)
		buf_str(&text, " more");
	CHECK_INT(memory_add(m, span_of(NULL, 0), buf_view(&text), NULL),
		ST_USAGE);
	CHECK_INT(memory_count(m), 40);
	buf_release(&text);
	buf_release(&notes);
	memory_free(m);
}

int main(void)
{
	store_new(&s);
	RUN(test_kept);
	RUN(test_room);
	store_free(&s);
	return REPORT();
}
