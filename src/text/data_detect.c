#include "text/data_detect.h"

#include <string.h>

#include "text/data_value.h"

/* The sample that is looked at. */
#define SAMPLE_BYTES ((size_t)64 * 1024)
#define SAMPLE_RECORDS 50

/* Of equally consistent delimiters the first is taken: commas occur in numbers
 * and in prose, the others hardly ever. */
static const char delimiters[] = {'\t', ';', '|', ','};

/* Offset behind a quoted cell, or the end when it is not closed. */
static size_t past_quoted(struct span s, size_t at)
{
	for (at++; at < s.n; at++) {
		if (s.p[at] != '"')
			continue;
		if (at + 1 == s.n || s.p[at + 1] != '"')
			return at + 1;
		at++;
	}
	return at;
}

/* The number of cells of the record at *at, which moves behind it; 0 for blanks
 * only. *ret_whole: a newline follows. */
static size_t record(struct span s, size_t *at, char delimiter, bool *ret_whole)
{
	size_t cells = 1;
	bool fresh = true;
	bool filled = false;
	size_t i = *at;

	while (i < s.n && s.p[i] != '\n' && s.p[i] != '\r') {
		if (fresh && s.p[i] == '"') {
			i = past_quoted(s, i);
			filled = true;
			fresh = false;
			continue;
		}
		fresh = s.p[i] == delimiter;
		if (fresh)
			cells++;
		else if (s.p[i] != ' ')
			filled = true;
		i++;
	}
	*ret_whole = i < s.n;
	if (i < s.n && s.p[i] == '\r' && i + 1 < s.n && s.p[i + 1] == '\n')
		i++;
	*at = i < s.n ? i + 1 : i;
	return filled ? cells : 0;
}

/* How many of the first records have the most frequent width. */
static size_t measure(struct span text, char delimiter, size_t *ret_width)
{
	size_t widths[SAMPLE_RECORDS] = {0};
	struct span s = text;
	size_t best = 0;
	size_t n = 0;
	size_t at = 0;
	size_t i;
	size_t j;

	if (s.n > SAMPLE_BYTES)
		s.n = SAMPLE_BYTES;
	while (at < s.n && n < SAMPLE_RECORDS) {
		bool whole;
		size_t cells = record(s, &at, delimiter, &whole);

		/* The sample may end inside a record. */
		if (cells > 0 && (whole || s.n == text.n || n == 0))
			widths[n++] = cells;
	}
	*ret_width = 1;
	for (i = 0; i < n; i++) {
		size_t same = 0;

		for (j = 0; j < n; j++)
			if (widths[j] == widths[i])
				same++;
		if (same > best) {
			best = same;
			*ret_width = widths[i];
		}
	}
	return best;
}

size_t data_width(struct span text, char delimiter)
{
	size_t width;

	(void)measure(text, delimiter, &width);
	return width;
}

char data_delimiter(struct span text, size_t *ret_cols)
{
	char best = ',';
	size_t most = 0;
	size_t i;

	*ret_cols = 1;
	for (i = 0; i < sizeof(delimiters); i++) {
		size_t width;
		size_t same = measure(text, delimiters[i], &width);

		if (width > 1 && same > most) {
			most = same;
			best = delimiters[i];
			*ret_cols = width;
		}
	}
	return best;
}

/* Whether the names are years or other ascending whole numbers: "country, 2023,
 * 2024, 2025". */
static bool is_years(const struct data *t)
{
	double before = 0;
	size_t c;

	if (t->cols < 2 || t->rows < 2)
		return false;
	for (c = 1; c < t->cols; c++) {
		struct span s = span_trim(data_cell(t, 0, c));
		double v;

		if (s.n != 4 || !value_number(s, VALUE_POINT, &v) || v < 1800 ||
			v > 2200 || v <= before)
			return false;
		before = v;
	}
	return true;
}

static bool is_value(struct span s)
{
	double v;

	return value_number(s, VALUE_POINT, &v) ||
		value_number(s, VALUE_COMMA, &v) ||
		value_date(s, VALUE_DAY_FIRST, &v) ||
		value_date(s, VALUE_MONTH_FIRST, &v);
}

bool data_has_names(const struct data *t)
{
	size_t empty = 0;
	size_t c;
	size_t d;

	if (is_years(t) && !is_value(span_trim(data_cell(t, 0, 0))))
		return true;
	for (c = 0; c < t->cols; c++) {
		struct span s = span_trim(data_cell(t, 0, c));

		if (s.n == 0)
			empty++;
		else if (is_value(s))
			return false;
		/* A name does not occur again as a value. */
		for (d = 1; d < t->rows && d < SAMPLE_RECORDS; d++)
			if (s.n > 0 &&
				span_eq(s, span_trim(data_cell(t, d, c))))
				return false;
	}
	return empty <= t->cols / 2 && empty < t->cols;
}
