#include "wire/chart_spec.h"

#include "text/fence.h"
#include "wire/json.h"

#define KINDS "bar, line, scatter, histogram, pie"
#define FOLDS "sum, mean, median, min, max, count"

const char chart_spec_words[] =
	"\nA chart is asked for with a fenced block whose info string is "
	"chart, "
	"and which holds one JSON object, as in\n\n"
	"```chart\n"
	"{\"kind\": \"bar\", \"x\": \"COLUMN\", \"y\": [\"COLUMN\"], "
	"\"title\": \"what it shows\", \"aggregate\": \"sum\"}\n"
	"```\n\n"
	"kind is one of " KINDS "; x and y are columns of the table, named "
	"exactly; a histogram has no y; aggregate (" FOLDS ") is how rows with "
	"the same x become one. The chart is drawn in that place. Use such a "
	"block only where a chart is of use.\n";

static enum status take_text(const struct json *j, const char *key, bool needed,
	struct buf *out, struct err *err)
{
	struct span s = {NULL, 0};
	const struct json *v = json_get(j, key);

	if (v == NULL && !needed)
		return ST_OK;
	if (!json_str(v, &s) || (needed && span_trim(s).n == 0))
		return err_set(
			err, ST_USAGE, "a chart needs a text for \"%s\"", key);
	if (s.n > CHART_TEXT_MAX * 4)
		return err_set(
			err, ST_USAGE, "\"%s\" of a chart is too long", key);
	buf_set(out, s);
	return buf_check(out, "chart", err);
}

static enum status take_kind(
	const struct json *j, struct chart_spec *spec, struct err *err)
{
	struct span s = json_get_str(j, "kind");
	int i;

	for (i = CHART_BAR; i <= CHART_PIE; i++)
		if (span_is(s, chart_kind_name((enum chart_kind)i))) {
			spec->kind = (enum chart_kind)i;
			return ST_OK;
		}
	return err_set(err, ST_USAGE, "\"kind\" of a chart is one of: " KINDS);
}

static enum status take_fold(
	const struct json *j, struct chart_spec *spec, struct err *err)
{
	struct span s = json_get_str(j, "aggregate");
	int i;

	if (json_get(j, "aggregate") == NULL)
		return ST_OK;
	for (i = CHART_SUM; i <= CHART_COUNT; i++)
		if (span_is(s, chart_fold_name((enum chart_fold)i))) {
			spec->fold = (enum chart_fold)i;
			return ST_OK;
		}
	return err_set(
		err, ST_USAGE, "\"aggregate\" of a chart is one of: " FOLDS);
}

static enum status take_y(
	const struct json *j, struct chart_spec *spec, struct err *err)
{
	const struct json *y = json_get(j, "y");
	const struct json *v = y;

	if (y == NULL)
		return ST_OK;
	if (json_type(y) == JSON_ARRAY)
		v = json_first(y);
	for (; v != NULL; v = v == y ? NULL : json_next(v)) {
		struct span s;

		if (!json_str(v, &s) || s.n == 0 || s.n > CHART_TEXT_MAX * 4)
			return err_set(err, ST_USAGE,
				"\"y\" of a chart is a column, or a list of "
				"columns");
		if (spec->n_y == CHART_SERIES_MAX)
			return err_set(err, ST_USAGE,
				"a chart has at most %d columns for \"y\"",
				CHART_SERIES_MAX);
		buf_set(&spec->y[spec->n_y++], s);
	}
	return ST_OK;
}

static enum status take_count(const struct json *j, const char *key, size_t max,
	size_t *ret, struct err *err)
{
	int64_t v;

	if (json_get(j, key) == NULL)
		return ST_OK;
	if (!json_int(json_get(j, key), &v) || v < 1 || v > (int64_t)max)
		return err_set(err, ST_USAGE,
			"\"%s\" of a chart is a number from 1 to %zu", key,
			max);
	*ret = (size_t)v;
	return ST_OK;
}

static enum status known_keys(const struct json *j, struct err *err)
{
	static const char *const keys[] = {
		"kind", "x", "y", "title", "aggregate", "bins", "limit"};
	const size_t n = sizeof(keys) / sizeof(keys[0]);
	const struct json *m;
	size_t i;

	if (json_type(j) != JSON_OBJECT)
		return err_set(err, ST_USAGE, "a chart is a JSON object");
	for (m = json_first(j); m != NULL; m = json_next(m)) {
		struct span name = json_name(m);

		for (i = 0; i < n && !span_is(name, keys[i]); i++)
			;
		if (i == n)
			return err_set(err, ST_USAGE,
				"a chart has no \"%.*s\"; it has: kind, x, y, "
				"title, aggregate, bins, limit",
				(int)(name.n < 64 ? name.n : 64), name.p);
	}
	return ST_OK;
}

/* Checks that the parts go together. */
static enum status fits(const struct chart_spec *spec, struct err *err)
{
	if (spec->kind == CHART_HISTOGRAM && spec->n_y > 0)
		return err_set(err, ST_USAGE,
			"a histogram counts the values of \"x\" and has no "
			"\"y\"");
	if (spec->kind == CHART_SCATTER && spec->n_y == 0)
		return err_set(err, ST_USAGE,
			"a scatter chart needs a column for \"y\"");
	if (spec->kind == CHART_SCATTER && spec->fold != CHART_SUM)
		return err_set(err, ST_USAGE,
			"a scatter chart draws every row and has no "
			"\"aggregate\"");
	if (spec->kind == CHART_PIE && spec->n_y > 1)
		return err_set(err, ST_USAGE,
			"a pie chart has one column for \"y\" at most");
	return ST_OK;
}

enum status chart_spec_parse(
	struct span json, struct chart_spec *spec, struct err *err)
{
	struct json *j = NULL;
	enum status st = json_parse(span_trim(json), &j, err);

	if (st != ST_OK) {
		err_prefix(err, "chart");
		return st == ST_NOMEM
			? st
			: (err != NULL ? (err->code = ST_USAGE) : ST_USAGE);
	}
	st = known_keys(j, err);
	if (st == ST_OK)
		st = take_kind(j, spec, err);
	if (st == ST_OK)
		st = take_text(j, "x", true, &spec->x, err);
	if (st == ST_OK)
		st = take_y(j, spec, err);
	if (st == ST_OK)
		st = take_text(j, "title", false, &spec->title, err);
	if (st == ST_OK)
		st = take_fold(j, spec, err);
	if (st == ST_OK)
		st = take_count(j, "bins", CHART_BINS_MAX, &spec->bins, err);
	if (st == ST_OK)
		st = take_count(j, "limit", CHART_BARS_MAX, &spec->bars, err);
	if (st == ST_OK)
		st = fits(spec, err);
	json_free(j);
	if (st != ST_OK)
		chart_spec_release(spec);
	return st;
}

static const char word[] = "chart";

/* Whether this is the info string of a drawn chart, "chart {...}", and its
 * specification. */
static bool is_drawn(struct span info, struct span *ret_spec)
{
	size_t n = sizeof(word) - 1;

	if (info.n <= n || !span_starts(info, word) || info.p[n] != ' ')
		return false;
	*ret_spec = span_trim(span_of(info.p + n, info.n - n));
	return ret_spec->n > 0 && ret_spec->p[0] == '{';
}

bool chart_spec_next(
	struct span *rest, struct span *ret_info, struct buf *block)
{
	struct span info;
	struct span spec;

	for (;;) {
		info = span_of(NULL, 0);
		buf_reset(block);
		if (!fence_next(rest, &info, block))
			return false;
		if (is_drawn(info, &spec))
			buf_set(block, spec);
		else if (!span_is(info, word))
			continue;
		if (ret_info != NULL)
			*ret_info = info;
		return true;
	}
}

void chart_spec_info(struct span json, struct buf *out)
{
	size_t i;

	json = span_trim(json);
	buf_fmt(out, "%s ", word);
	/* Controls never occur in a JSON string, so they are blanks. */
	for (i = 0; i < json.n; i++)
		buf_char(out, (unsigned char)json.p[i] < ' ' ? ' ' : json.p[i]);
}
