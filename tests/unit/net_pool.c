/* net: the policy of a pool, with a clock of our own. */
#include "unit/check.h"

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "net/pool.h"

enum { NOBODY = -1, START_MS = 1000000 };

struct bed {
	struct pool *pool;
	struct pool_wish wish;
	int64_t now_ms;
	int64_t wait_ms; /* of the last pick */
};

/* One member for each weight. */
static void begin(struct bed *b, enum pool_strategy strategy,
	const int *weights, size_t n, int most)
{
	struct err err = {0};
	size_t i;

	*b = (struct bed){.now_ms = START_MS};
	CHECK_INT(pool_new(&b->pool, strategy, &err), ST_OK);
	for (i = 0; i < n; i++)
		CHECK_INT(pool_add(b->pool, weights[i], most, &err), ST_OK);
}

static const int ones[POOL_MEMBERS_MAX] = {1, 1, 1, 1};

/* The member, NOBODY when it is to be waited, -2 when there is none. */
static int pick(struct bed *b)
{
	size_t i = 99;

	b->wait_ms = 0;
	switch (pool_pick(b->pool, &b->wish, b->now_ms, &i, &b->wait_ms)) {
	case POOL_TAKEN: return (int)i;
	case POOL_WAIT: return NOBODY;
	case POOL_NONE: break;
	}
	return -2;
}

static void end(struct bed *b, int member, enum pool_end how)
{
	pool_end(b->pool, (size_t)member, how, -1, b->now_ms);
}

static void header(struct bed *b, int member, const char *const *lines)
{
	struct retry_hint hint;

	retry_hint_init(&hint);
	for (; *lines != NULL; lines++) {
		struct span rest = span_str(*lines);
		struct span name = span_cut(&rest, ':');

		retry_hint_header(&hint, name, rest, 0);
	}
	pool_learn(b->pool, (size_t)member, &hint, b->now_ms);
}

static void who_is_next_is_told_without_taking(void)
{
	static const int weights[] = {1, 2};
	struct bed b;
	int i;

	begin(&b, POOL_BALANCE, weights, 2, 0);
	for (i = 0; i < 9; i++) {
		int next = (int)pool_next(b.pool, &b.wish, b.now_ms);

		CHECK_INT((int)pool_next(b.pool, &b.wish, b.now_ms), next);
		CHECK_INT(pick(&b), next);
		end(&b, next, POOL_GOOD);
	}
	b.wish.skip = 3;
	CHECK_INT((int)pool_next(b.pool, &b.wish, b.now_ms),
		(int)POOL_MEMBERS_MAX);
	pool_free(b.pool);
}

static void a_conversation_stays_where_it_was(void)
{
	struct bed b;

	begin(&b, POOL_BALANCE, ones, 3, 0);
	b.wish.prefer = 3;
	CHECK_INT(pick(&b), 2);
	/* The others have less under way. */
	CHECK_INT(pick(&b), 0);
	CHECK_INT(pick(&b), 1);
	CHECK_INT(pick(&b), 2);
	end(&b, 0, POOL_GOOD);
	end(&b, 1, POOL_GOOD);
	end(&b, 2, POOL_GOOD);
	end(&b, 2, POOL_GOOD);
	b.wish.skip = 4;
	CHECK(pick(&b) < 2);
	pool_free(b.pool);
}

static void fails_over_in_order(void)
{
	struct bed b;

	begin(&b, POOL_FAILOVER, ones, 3, 0);
	CHECK_INT(pool_size(b.pool), 3);
	CHECK_INT(pick(&b), 0);
	CHECK_INT(pick(&b), 0); /* any number at once */
	CHECK_INT(pool_under_way(b.pool, 0), 2);
	b.wish.skip = 1;
	CHECK_INT(pick(&b), 1);
	b.wish.skip = 3;
	CHECK_INT(pick(&b), 2);
	b.wish.skip = 7;
	CHECK_INT(pick(&b), -2);
	pool_free(b.pool);
}

static void breaker_opens_probes_closes(void)
{
	struct bed b;
	int i;

	begin(&b, POOL_FAILOVER, ones, 2, 0);
	for (i = 0; i < POOL_FAULTS_MAX; i++) {
		CHECK_INT(pool_state(b.pool, 0, b.now_ms), POOL_CLOSED);
		CHECK_INT(pick(&b), 0);
		end(&b, 0, POOL_FAULT);
	}
	CHECK_INT(pool_state(b.pool, 0, b.now_ms), POOL_OPEN);
	CHECK_INT(pick(&b), 1);
	end(&b, 1, POOL_GOOD);
	/* After the pause one request goes there, and no second one. */
	b.now_ms += POOL_PAUSE_MS;
	CHECK_INT(pool_state(b.pool, 0, b.now_ms), POOL_HALF_OPEN);
	CHECK_INT(pick(&b), 0);
	CHECK_INT(pick(&b), 1);
	end(&b, 1, POOL_GOOD);
	/* In vain: the pause is twice as long. */
	end(&b, 0, POOL_FAULT);
	b.now_ms += POOL_PAUSE_MS;
	CHECK_INT(pool_state(b.pool, 0, b.now_ms), POOL_OPEN);
	CHECK_INT(pick(&b), 1);
	end(&b, 1, POOL_GOOD);
	b.now_ms += POOL_PAUSE_MS;
	CHECK_INT(pick(&b), 0);
	/* Stopped by the user: nothing is known, the next one probes. */
	end(&b, 0, POOL_UNKNOWN);
	CHECK_INT(pool_state(b.pool, 0, b.now_ms), POOL_HALF_OPEN);
	CHECK_INT(pick(&b), 0);
	end(&b, 0, POOL_GOOD);
	CHECK_INT(pool_state(b.pool, 0, b.now_ms), POOL_CLOSED);
	/* And the count begins anew. */
	CHECK_INT(pick(&b), 0);
	end(&b, 0, POOL_FAULT);
	CHECK_INT(pool_state(b.pool, 0, b.now_ms), POOL_CLOSED);
	pool_free(b.pool);
}

static void pause_has_an_end(void)
{
	struct bed b;
	int i;

	begin(&b, POOL_FAILOVER, ones, 2, 0);
	for (i = 0; i < 40; i++) {
		b.wish.skip = 2;
		CHECK_INT(pick(&b), 0);
		end(&b, 0, POOL_FAULT);
		b.now_ms += POOL_PAUSE_MAX_MS;
		CHECK(pool_state(b.pool, 0, b.now_ms) != POOL_OPEN);
	}
	pool_free(b.pool);
}

/* Eight at once that fail together are one reason to open, not eight. */
static void fails_together_once(void)
{
	struct bed b;
	int i;

	begin(&b, POOL_FAILOVER, ones, 2, 0);
	for (i = 0; i < 8; i++)
		CHECK_INT(pick(&b), 0);
	for (i = 0; i < 8; i++)
		end(&b, 0, POOL_FAULT);
	b.now_ms += POOL_PAUSE_MS - 1;
	CHECK_INT(pool_state(b.pool, 0, b.now_ms), POOL_OPEN);
	b.now_ms++;
	CHECK_INT(pool_state(b.pool, 0, b.now_ms), POOL_HALF_OPEN);
	CHECK_INT(pool_under_way(b.pool, 0), 0);
	pool_free(b.pool);
}

static void refusal_opens_at_once(void)
{
	struct bed b;

	begin(&b, POOL_FAILOVER, ones, 2, 0);
	CHECK_INT(pick(&b), 0);
	end(&b, 0, POOL_REFUSED);
	CHECK_INT(pool_state(b.pool, 0, b.now_ms), POOL_OPEN);
	b.now_ms += POOL_REFUSED_MS - 1;
	CHECK_INT(pick(&b), 1);
	b.now_ms++;
	CHECK_INT(pick(&b), 0);
	pool_free(b.pool);
}

/* Nobody works: who will be probed first is asked all the same. */
static void asks_rather_than_nobody(void)
{
	struct bed b;

	begin(&b, POOL_FAILOVER, ones, 2, 0);
	CHECK_INT(pick(&b), 0);
	end(&b, 0, POOL_REFUSED);
	b.now_ms += 10;
	CHECK_INT(pick(&b), 1);
	end(&b, 1, POOL_REFUSED);
	CHECK(!pool_has_free(b.pool, &b.wish, b.now_ms));
	CHECK_INT(pick(&b), 0);
	b.wish.skip = 1;
	CHECK_INT(pick(&b), 1);
	pool_free(b.pool);
}

static void balances_by_weight(void)
{
	static const int weights[] = {2, 1};
	int seen[2] = {0, 0};
	struct bed b;
	int i;

	/* One after the other. */
	begin(&b, POOL_BALANCE, weights, 2, 0);
	for (i = 0; i < 300; i++) {
		int at = pick(&b);

		CHECK(at == 0 || at == 1);
		seen[at]++;
		end(&b, at, POOL_GOOD);
	}
	CHECK_INT(seen[0], 200);
	CHECK_INT(seen[1], 100);
	/* All at once. */
	for (i = 0; i < 300; i++)
		CHECK(pick(&b) >= 0);
	CHECK_INT(pool_under_way(b.pool, 0), 200);
	CHECK_INT(pool_under_way(b.pool, 1), 100);
	/* Who has given back most is asked next, whatever the turn. */
	for (i = 0; i < 50; i++)
		end(&b, 1, POOL_GOOD);
	for (i = 0; i < 50; i++)
		CHECK_INT(pick(&b), 1);
	pool_free(b.pool);
}

/* Who could not be asked for a while gets no more than its share later. */
static void nothing_to_catch_up(void)
{
	int seen[2] = {0, 0};
	struct bed b;
	int i;

	begin(&b, POOL_BALANCE, ones, 2, 0);
	b.wish.skip = 1;
	for (i = 0; i < 1000; i++) {
		CHECK_INT(pick(&b), 1);
		end(&b, 1, POOL_GOOD);
	}
	b.wish.skip = 0;
	for (i = 0; i < 100; i++) {
		int at = pick(&b);

		seen[at == 1]++;
		end(&b, at, POOL_GOOD);
	}
	CHECK_INT(seen[0], 50);
	pool_free(b.pool);
}

static void keeps_the_most_at_once(void)
{
	struct bed b;
	int i;

	begin(&b, POOL_BALANCE, ones, 2, 3);
	for (i = 0; i < 6; i++)
		CHECK(pick(&b) >= 0);
	CHECK_INT(pick(&b), NOBODY);
	CHECK_INT(b.wait_ms, -1);
	CHECK_INT(pool_under_way(b.pool, 0), 3);
	CHECK_INT(pool_under_way(b.pool, 1), 3);
	end(&b, 1, POOL_GOOD);
	CHECK_INT(pick(&b), 1);
	pool_free(b.pool);
	/* In the order of a failover, the next has what the first cannot. */
	begin(&b, POOL_FAILOVER, ones, 2, 1);
	CHECK_INT(pick(&b), 0);
	CHECK_INT(pick(&b), 1);
	CHECK_INT(pick(&b), NOBODY);
	/* One that fails does not make the others ask a full one more. */
	end(&b, 0, POOL_REFUSED);
	CHECK_INT(pick(&b), NOBODY);
	CHECK_INT(b.wait_ms, -1);
	pool_free(b.pool);
}

static void learns_limits(void)
{
	static const char *const used_up[] = {
		"x-ratelimit-remaining-requests: 0",
		"x-ratelimit-reset-requests: 7.5s", NULL};
	static const char *const two[] = {"X-RateLimit-Remaining-Requests: 2",
		"X-RateLimit-Reset-Requests: 1m", NULL};
	static const char *const tokens[] = {
		"x-ratelimit-remaining-tokens-minute: 500",
		"x-ratelimit-reset-tokens-minute: 30", NULL};
	static const char *const policy[] = {
		"Ratelimit: \"default\";r=1;t=20", NULL};
	struct bed b;

	begin(&b, POOL_FAILOVER, ones, 2, 0);
	CHECK_INT(pick(&b), 0);
	header(&b, 0, used_up);
	end(&b, 0, POOL_GOOD);
	CHECK_INT(pick(&b), 1);
	b.now_ms += 7499;
	CHECK_INT(pick(&b), 1);
	b.now_ms++;
	CHECK_INT(pick(&b), 0);
	/* What is left is counted down without another answer. */
	header(&b, 0, two);
	CHECK_INT(pick(&b), 0);
	CHECK_INT(pick(&b), 0);
	CHECK_INT(pick(&b), 1);
	b.now_ms += 60000;
	CHECK_INT(pick(&b), 0);
	header(&b, 0, tokens);
	b.wish.tokens = 501;
	CHECK_INT(pick(&b), 1);
	b.wish.tokens = 400;
	CHECK_INT(pick(&b), 0);
	CHECK_INT(pick(&b), 1);
	b.wish.tokens = 0;
	b.now_ms += 30000;
	header(&b, 0, policy);
	CHECK_INT(pick(&b), 0);
	CHECK_INT(pick(&b), 1);
	pool_free(b.pool);
}

static void waits_for_a_limit(void)
{
	struct bed b;

	begin(&b, POOL_FAILOVER, ones, 2, 0);
	b.wish.patience_ms = 5000;
	CHECK_INT(pick(&b), 0);
	pool_end(b.pool, 0, POOL_FAULT, 4000, b.now_ms);
	CHECK_INT(pool_state(b.pool, 0, b.now_ms), POOL_CLOSED);
	CHECK_INT(pick(&b), 1);
	pool_end(b.pool, 1, POOL_FAULT, 3000, b.now_ms);
	b.now_ms += 1000;
	CHECK_INT(pick(&b), NOBODY);
	CHECK_INT(b.wait_ms, 2000);
	b.now_ms += 2000;
	CHECK_INT(pick(&b), 1);
	/* Too long a wait: the endpoint may say so itself. */
	pool_end(b.pool, 1, POOL_FAULT, 60000, b.now_ms);
	b.wish.skip = 1;
	CHECK_INT(pick(&b), 1);
	pool_end(b.pool, 1, POOL_FAULT, 60000, b.now_ms);
	b.wish.patience_ms = -1;
	CHECK_INT(pick(&b), NOBODY);
	CHECK_INT(b.wait_ms, 60000);
	pool_free(b.pool);
}

static void has_limits(void)
{
	struct bed b;
	struct err err = {0};

	begin(&b, POOL_FAILOVER, ones, POOL_MEMBERS_MAX, 0);
	CHECK_INT(pool_add(b.pool, 1, 0, &err), ST_USAGE);
	b.wish.skip = UINT64_MAX >> 1;
	CHECK_INT(pick(&b), 63);
	b.wish.skip = UINT64_MAX;
	CHECK_INT(pick(&b), -2);
	pool_free(b.pool);
	pool_free(NULL);
}

static uint32_t dice(uint32_t *seed)
{
	*seed = *seed * 1664525u + 1013904223u;
	return *seed >> 8;
}

/* Whatever happens: nobody has more than allowed, who is skipped is not taken,
 * nobody is waited for while one is free, and all is given back in the end. */
static void holds_whatever_happens(void)
{
	static const char *const lines[][3] = {
		{"x-ratelimit-remaining-requests: 1",
			"x-ratelimit-reset-requests: 3s", NULL},
		{"x-ratelimit-remaining: 0", "x-ratelimit-reset: 2", NULL},
		{"Ratelimit: r=5;t=1", NULL, NULL},
	};
	uint32_t seed = 1;
	int round;

	for (round = 0; round < 200; round++) {
		int weights[5];
		int taken[5] = {0};
		struct bed b;
		int i;

		for (i = 0; i < 5; i++)
			weights[i] = (int)(dice(&seed) % 5) + 1;
		begin(&b, dice(&seed) % 2 ? POOL_BALANCE : POOL_FAILOVER,
			weights, 5, 3);
		b.wish.patience_ms = 1000;
		for (i = 0; i < 500; i++) {
			int at = (int)(dice(&seed) % 5);
			bool is_free;

			b.now_ms += dice(&seed) % 500;
			if (dice(&seed) % 2 && taken[at] > 0) {
				if (dice(&seed) % 4 == 0)
					header(&b, at, lines[dice(&seed) % 3]);
				pool_end(b.pool, (size_t)at,
					(enum pool_end)(dice(&seed) % 4),
					dice(&seed) % 3 ? -1 : 700, b.now_ms);
				taken[at]--;
				continue;
			}
			b.wish.skip = dice(&seed) % 32;
			is_free = pool_has_free(b.pool, &b.wish, b.now_ms);
			at = pick(&b);
			CHECK(at >= 0 || !is_free);
			CHECK((at == -2) == (b.wish.skip == 31));
			if (at >= 0) {
				CHECK((b.wish.skip >> at & 1) == 0);
				CHECK(++taken[at] <= 3);
			}
		}
		for (i = 0; i < 5; i++) {
			CHECK_INT(pool_under_way(b.pool, (size_t)i), taken[i]);
			while (taken[i]-- > 0)
				end(&b, i, POOL_GOOD);
			CHECK_INT(pool_under_way(b.pool, (size_t)i), 0);
		}
		pool_free(b.pool);
	}
}

int main(void)
{
	RUN(fails_over_in_order);
	RUN(who_is_next_is_told_without_taking);
	RUN(a_conversation_stays_where_it_was);
	RUN(breaker_opens_probes_closes);
	RUN(pause_has_an_end);
	RUN(fails_together_once);
	RUN(refusal_opens_at_once);
	RUN(asks_rather_than_nobody);
	RUN(balances_by_weight);
	RUN(nothing_to_catch_up);
	RUN(keeps_the_most_at_once);
	RUN(learns_limits);
	RUN(waits_for_a_limit);
	RUN(has_limits);
	RUN(holds_whatever_happens);
	return REPORT();
}
