/*
 * What is counted while the server runs, in the text format of Prometheus.
 * Nothing of it is content. Pure; one thread.
 */
#ifndef ATL_SERVE_METRICS_H
#define ATL_SERVE_METRICS_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/* Rows with different labels; beyond them nothing new is counted. */
#define METRICS_ROWS_MAX ((size_t)1024)
#define METRICS_BUCKETS 14

enum metrics_counter {
	METRICS_REQUESTS = 0, /* path, status */
	METRICS_REPLIES, /* agent, outcome */
	METRICS_TOKENS, /* agent, kind */
	METRICS_COUNTERS,
};

enum metrics_histogram {
	METRICS_SECONDS = 0, /* of a request, its answer included */
	METRICS_FIRST, /* to the first text of a reply */
	METRICS_SAVE, /* of waiting for the disk */
	METRICS_HISTOGRAMS,
};

struct metrics_row {
	enum metrics_counter counter;
	char *labels; /* "a=\"x\",b=\"y\"" */
	uint64_t n;
};

struct metrics {
	struct metrics_row *rows;
	size_t n;
	size_t cap;
	struct {
		uint64_t buckets[METRICS_BUCKETS];
		uint64_t n;
		int64_t sum_ms;
	} histograms[METRICS_HISTOGRAMS];
	int64_t start_ms; /* wall clock */
};

/* Gauges: the present values, which are not counted. */
struct metrics_now {
	size_t connections;
	size_t calls; /* under way */
	size_t calls_max;
	size_t waiting; /* jobs that wait for the disk */
};

void metrics_init(struct metrics *m);
void metrics_release(struct metrics *m);
/* Adds n to a counter under two label values, which may hold any bytes. */
void metrics_count(struct metrics *m, enum metrics_counter c, struct span first,
	struct span second, uint64_t n);
void metrics_time(struct metrics *m, enum metrics_histogram h, int64_t ms);
void metrics_put(const struct metrics *m, const struct metrics_now *now,
	struct buf *out);

#endif
