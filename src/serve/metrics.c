#include "serve/metrics.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/vec.h"
#include "wire/json.h"

static const struct {
	const char *name;
	const char *help;
	const char *first;
	const char *second;
} counters[METRICS_COUNTERS] = {
	[METRICS_REQUESTS] = {"atllama_requests_total",
		"Requests by path and status; 0: the client left first.",
		"path", "status"},
	[METRICS_REPLIES] = {"atllama_replies_total",
		"Replies by agent and outcome.", "agent", "outcome"},
	[METRICS_TOKENS] = {"atllama_tokens_total",
		"Tokens as the endpoint counts them.", "agent", "kind"},
};

static const struct {
	const char *name;
	const char *help;
} histograms[METRICS_HISTOGRAMS] = {
	[METRICS_SECONDS] = {"atllama_request_seconds",
		"From the head of a request to the end of its answer."},
	[METRICS_FIRST] = {"atllama_first_token_seconds",
		"From a request to the first text of its reply."},
	[METRICS_SAVE] = {"atllama_save_seconds",
		"What a request waited for the disk."},
};

static const struct {
	int64_t ms;
	const char *text; /* the same in seconds */
} bounds[METRICS_BUCKETS] = {{5, "0.005"}, {10, "0.01"}, {25, "0.025"},
	{50, "0.05"}, {100, "0.1"}, {250, "0.25"}, {500, "0.5"}, {1000, "1"},
	{2500, "2.5"}, {5000, "5"}, {10000, "10"}, {30000, "30"}, {60000, "60"},
	{300000, "300"}};

void metrics_init(struct metrics *m)
{
	memset(m, 0, sizeof(*m));
	m->start_ms = clock_wall_ms();
}

void metrics_release(struct metrics *m)
{
	size_t i;

	for (i = 0; i < m->n; i++)
		free(m->rows[i].labels);
	free(m->rows);
	memset(m, 0, sizeof(*m));
}

static struct metrics_row *find(
	struct metrics *m, enum metrics_counter c, const char *labels)
{
	struct metrics_row *row;
	size_t i;

	for (i = 0; i < m->n; i++)
		if (m->rows[i].counter == c &&
			strcmp(m->rows[i].labels, labels) == 0)
			return &m->rows[i];
	if (!vec_grow(&m->rows, &m->cap, m->n + 1, sizeof(*m->rows),
		    METRICS_ROWS_MAX))
		return NULL;
	row = &m->rows[m->n];
	row->counter = c;
	row->labels = str_dup(labels);
	if (row->labels == NULL)
		return NULL;
	m->n++;
	return row;
}

void metrics_count(struct metrics *m, enum metrics_counter c, struct span first,
	struct span second, uint64_t n)
{
	struct metrics_row *row;
	struct buf labels;

	buf_init(&labels, BUF_SMALL);
	buf_str(&labels, counters[c].first);
	buf_char(&labels, '=');
	json_put_string(&labels, first);
	buf_char(&labels, ',');
	buf_str(&labels, counters[c].second);
	buf_char(&labels, '=');
	json_put_string(&labels, second);
	row = labels.bad ? NULL : find(m, c, labels.p);
	if (row != NULL)
		row->n += n;
	buf_release(&labels);
}

void metrics_time(struct metrics *m, enum metrics_histogram h, int64_t ms)
{
	size_t i;

	m->histograms[h].n++;
	m->histograms[h].sum_ms += ms;
	for (i = 0; i < METRICS_BUCKETS; i++)
		if (ms <= bounds[i].ms)
			m->histograms[h].buckets[i]++;
}

static void put_head(
	struct buf *out, const char *name, const char *help, const char *type)
{
	buf_fmt(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void put_counter(
	const struct metrics *m, enum metrics_counter c, struct buf *out)
{
	size_t i;

	put_head(out, counters[c].name, counters[c].help, "counter");
	for (i = 0; i < m->n; i++)
		if (m->rows[i].counter == c)
			buf_fmt(out, "%s{%s} %llu\n", counters[c].name,
				m->rows[i].labels,
				(unsigned long long)m->rows[i].n);
}

static void put_histogram(
	const struct metrics *m, enum metrics_histogram h, struct buf *out)
{
	const char *name = histograms[h].name;
	size_t i;

	put_head(out, name, histograms[h].help, "histogram");
	for (i = 0; i < METRICS_BUCKETS; i++)
		buf_fmt(out, "%s_bucket{le=\"%s\"} %llu\n", name,
			bounds[i].text,
			(unsigned long long)m->histograms[h].buckets[i]);
	buf_fmt(out, "%s_bucket{le=\"+Inf\"} %llu\n%s_sum ", name,
		(unsigned long long)m->histograms[h].n, name);
	buf_fmt(out, "%lld.%03lld\n%s_count %llu\n",
		(long long)m->histograms[h].sum_ms / 1000,
		(long long)m->histograms[h].sum_ms % 1000, name,
		(unsigned long long)m->histograms[h].n);
}

static void put_gauge(
	struct buf *out, const char *name, const char *help, size_t v)
{
	put_head(out, name, help, "gauge");
	buf_fmt(out, "%s %zu\n", name, v);
}

void metrics_put(
	const struct metrics *m, const struct metrics_now *now, struct buf *out)
{
	int i;

	for (i = 0; i < METRICS_COUNTERS; i++)
		put_counter(m, (enum metrics_counter)i, out);
	for (i = 0; i < METRICS_HISTOGRAMS; i++)
		put_histogram(m, (enum metrics_histogram)i, out);
	put_gauge(out, "atllama_connections", "Connections of clients.",
		now->connections);
	put_gauge(out, "atllama_calls", "Completions under way.", now->calls);
	put_gauge(out, "atllama_calls_max", "How many may be.", now->calls_max);
	put_gauge(out, "atllama_disk_waiting", "Jobs that wait for the disk.",
		now->waiting);
	put_gauge(out, "atllama_start_time_seconds",
		"Since when it runs, in seconds of 1970.",
		(size_t)(m->start_ms / 1000));
}
