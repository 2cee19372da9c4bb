/* engine: which messages a summary covers, and what its writer is told. */
#include "unit/check.h"

#include <stdlib.h>

#include "engine/compact.h"
#include "engine/known.h"
#include "engine/prompt.h"
#include "text/tokens.h"

static struct conv c;

/* A conversation of n messages of so many words, questions first. */
static void open_conv(size_t n, size_t words)
{
	size_t i;
	size_t w;

	conv_init(&c);
	for (i = 0; i < n; i++) {
		struct msg *m = msg_new(
			i % 2 == 0 ? ROLE_USER : ROLE_ASSISTANT);

		m->id.b[0] = (uint8_t)(i + 1);
		m->id.b[1] = (uint8_t)((i + 1) >> 8);
		m->parent = c.leaf;
		buf_fmt(&m->text, "message%zu", i + 1);
		for (w = 0; w < words; w++)
			buf_str(&m->text, " word");
		CHECK_INT(conv_add(&c, m, NULL), ST_OK);
	}
}

static void summarise(const struct compact_plan *plan, const char *text)
{
	struct summary *s = summary_new();

	s->id.b[0] = (uint8_t)(c.summaries.n + 1);
	s->last = plan->last;
	buf_str(&s->text, text);
	CHECK_INT(summaries_add(&c.summaries, s, NULL), ST_OK);
}

/* Whatever the sizes: rounds go on from each other, cover everything but the
 * last question, fit the window, and come to an end. */
static void test_rounds(void)
{
	static const size_t counts[] = {2, 3, 7, 61};
	static const size_t lengths[] = {1, 40, 900, 3000};
	static const int64_t windows[] = {0, 2000, 8192, 128000};
	size_t i;

	for (i = 0; i < 4 * 4 * 4; i++) {
		struct agent agent = {.name = "llama",
			.model = "m",
			.system = "",
			.context = windows[i / 16],
			.max_tokens = 500};
		struct compact_plan plan = {0};
		size_t covered = 0;
		size_t rounds = 0;

		open_conv(counts[i % 4], lengths[i / 4 % 4]);
		while (compact_next(&c, &agent, 1, &plan, NULL) == ST_OK &&
			rounds < 1000) {
			struct msg *system = NULL;
			struct msg *ask = NULL;
			int64_t window = agent.context > 0 ? agent.context
							   : 8192;

			CHECK_INT(plan.from, covered);
			CHECK(plan.to > plan.from && plan.to <= plan.end);
			CHECK(plan.end < c.n);
			CHECK(c.all[plan.end]->role == ROLE_USER);
			CHECK_INT(compact_ask(&c, &agent, 1, &plan,
					  span_str(""), &system, &ask, NULL),
				ST_OK);
			CHECK(tokens_estimate(buf_view(&system->text)) +
					tokens_estimate(buf_view(&ask->text)) +
					compact_reply(&agent) <=
				window);
			msg_free(system);
			msg_free(ask);
			summarise(&plan, "What was said.");
			covered = plan.to;
			rounds++;
			if (plan.to == plan.end)
				break;
		}
		CHECK(rounds < 1000);
		conv_release(&c);
	}
}

/* Asked for early, half of what there is is covered, and not more the next
 * time. */
static void test_early(void)
{
	struct agent agent = {.name = "llama",
		.model = "m",
		.system = "",
		.context = 128000,
		.max_tokens = 500};
	struct compact_plan plan = {0};

	open_conv(9, 100);
	CHECK_INT(compact_next(&c, &agent, 1, &plan, NULL), ST_OK);
	CHECK_INT(plan.from, 0);
	CHECK_INT(plan.to, 6);
	CHECK_INT(plan.end, 6);
	summarise(&plan, "SHORT");
	CHECK_INT(compact_next(&c, &agent, 1, &plan, NULL), ST_NOT_FOUND);
	conv_release(&c);
	/* A single turn stays. */
	open_conv(2, 100);
	CHECK_INT(compact_next(&c, &agent, 1, &plan, NULL), ST_NOT_FOUND);
	conv_release(&c);
}

static void test_prompt(void)
{
	struct agent agent = {.name = "llama",
		.model = "m",
		.system = "Be kind.",
		.context = 4000,
		.max_tokens = 500};
	struct compact_plan plan = {0};
	struct prompt p;
	struct id question = {{0}};

	prompt_init(&p);
	open_conv(9, 300);
	CHECK_INT(prompt_build(&p, &c, NULL, &agent, NULL, NULL), ST_OK);
	CHECK_INT(p.left_out, 4);
	CHECK_INT(p.left_first, 1);
	CHECK_INT(p.left_last, 4);
	CHECK_INT(compact_next(&c, &agent, 1, &plan, NULL), ST_OK);
	summarise(&plan, "SHORT");
	CHECK_INT(prompt_build(&p, &c, NULL, &agent, NULL, NULL), ST_OK);
	CHECK_INT(p.covered, plan.to);
	CHECK_INT(p.left_out, 0);
	CHECK_INT(p.n, 1 + c.n - plan.to);
	CHECK_INT(p.msgs[0]->role, ROLE_SYSTEM);
	CHECK(strstr(p.msgs[0]->text.p, "Be kind.") == p.msgs[0]->text.p);
	CHECK(strstr(p.msgs[0]->text.p, "SHORT") != NULL);
	CHECK(p.parts.summary > 0 && p.parts.system > 0);
	CHECK_INT(p.parts.system + p.parts.notes + p.parts.summary +
			p.parts.messages + p.parts.documents + p.parts.fixed,
		p.tokens);
	/* On a branch that begins before its end, it does not hold. */
	question.b[0] = 1;
	CHECK_INT(conv_goto(&c, &question, NULL), ST_OK);
	CHECK_INT(prompt_build(&p, &c, NULL, &agent, NULL, NULL), ST_OK);
	CHECK_INT(p.covered, 0);
	CHECK_INT(p.n, 2);
	/* Taken back, it holds nowhere. */
	question.b[0] = 9;
	CHECK_INT(conv_goto(&c, &question, NULL), ST_OK);
	c.summaries.all[0]->undone = true;
	CHECK_INT(prompt_build(&p, &c, NULL, &agent, NULL, NULL), ST_OK);
	CHECK_INT(p.covered, 0);
	CHECK_INT(p.left_out, 4);
	prompt_release(&p);
	conv_release(&c);
}

/* What tools returned is never sent without its calls and the question. */
static void test_tools(void)
{
	struct agent agent = {.name = "llama",
		.model = "m",
		.system = "",
		.context = 2900,
		.max_tokens = 500};
	struct prompt p;

	prompt_init(&p);
	open_conv(12, 300);
	buf_str(&c.all[9]->tools, "[{}]");
	c.all[10]->role = ROLE_TOOL;
	c.all[11]->role = ROLE_TOOL;
	CHECK_INT(prompt_build(&p, &c, NULL, &agent, NULL, NULL), ST_OK);
	CHECK_INT(p.left_last, 8);
	CHECK_INT(p.n, 4);
	if (p.n == 4)
		CHECK_STR(p.msgs[1]->tools.p, "[{}]");
	agent.context = 2000;
	CHECK_INT(prompt_build(&p, &c, NULL, &agent, NULL, NULL), ST_WINDOW);
	prompt_release(&p);
	conv_release(&c);
}

static void test_counted(void)
{
	struct span model = span_str("m");
	struct known k;
	struct known_host *h;
	struct agent agent = {.name = "llama",
		.model = "m",
		.system = "",
		.context = 4000,
		.max_tokens = 500};
	struct prompt_with with = {.scale = 1.5};
	struct prompt p;
	int64_t plain;

	known_init(&k);
	h = known_host(&k, "http://a");
	CHECK(known_scale(NULL, model) == 1 && known_scale(h, model) == 1);
	known_counted(h, model, 1000, 1200);
	CHECK(known_scale(h, model) > 1.19 && known_scale(h, model) < 1.21);
	known_counted(h, model, 1000, 900);
	CHECK(known_scale(h, model) > 1.10 && known_scale(h, model) < 1.12);
	CHECK(known_scale(h, span_str("other")) == 1);
	/* Nothing is learned from little, nor from a prompt that was cut, and
	 * nothing absurd is believed. */
	known_counted(h, model, 10, 100);
	known_counted(h, model, 10000, 1000);
	CHECK(known_scale(h, model) < 1.12);
	known_counted(h, span_str("big"), 1000, 1000000);
	CHECK(known_scale(h, span_str("big")) <= 1.6);
	known_release(&k);

	prompt_init(&p);
	open_conv(1, 500);
	CHECK_INT(prompt_build(&p, &c, NULL, &agent, NULL, NULL), ST_OK);
	plain = p.tokens;
	CHECK_INT(prompt_build(&p, &c, NULL, &agent, &with, NULL), ST_OK);
	CHECK_INT(p.tokens, plain + plain / 2);
	CHECK_INT(p.estimate, plain);
	prompt_release(&p);
	conv_release(&c);
}

int main(void)
{
	RUN(test_rounds);
	RUN(test_early);
	RUN(test_prompt);
	RUN(test_counted);
	RUN(test_tools);
	return REPORT();
}
