#include "text/data_check.h"

#include <math.h>

#include "base/ascii.h"
#include "text/data_value.h"

/* Longer ones are no plain statements. */
#define SENTENCE_MAX 300
/* A number further off than its rounding and this part contradicts. */
#define SLACK 0.02
/* A shorter name stands anywhere by chance. */
#define NAME_MIN 3

enum stat {
	STAT_MEAN,
	STAT_MEDIAN,
	STAT_MIN,
	STAT_MAX,
	STAT_SUM,
	STAT_SD,
};

static const struct {
	const char *word;
	enum stat stat;
} stats[] = {
	{"mean", STAT_MEAN},
	{"average", STAT_MEAN},
	{"median", STAT_MEDIAN},
	{"minimum", STAT_MIN},
	{"min", STAT_MIN},
	{"lowest", STAT_MIN},
	{"smallest", STAT_MIN},
	{"maximum", STAT_MAX},
	{"max", STAT_MAX},
	{"highest", STAT_MAX},
	{"largest", STAT_MAX},
	{"total", STAT_SUM},
	{"sum", STAT_SUM},
	{"standard deviation", STAT_SD},
};

enum { STATS = sizeof(stats) / sizeof(stats[0]) };

/* Words after which a figure is that of some of the rows, or of something made
 * of them. */
static const char *const parts[] = {"per", "by", "each", "every", "excluding",
	"except", "without", "after", "before", "until", "since", "if", "when",
	"where", "among", "between", "from", "during", "only", "other", "than",
	"more", "less", "change", "changed", "difference", "increase",
	"decrease", "rose", "fell", "grew", "slope", "trend", "forecast",
	"expected", "predicted", "not", "nearly", "rows", "months", "days",
	"daily", "weekly", "monthly", "quarterly", "annual", "yearly",
	"january", "february", "march", "april", "may", "june", "july",
	"august", "september", "october", "november", "december", "quarter",
	"half", "first", "last", "second", "third", "outlier", "outliers",
	"weighted", "log", "group", "category", "segment", "top", "bottom"};

static bool is_word(struct span s, size_t i)
{
	return i < s.n &&
		(ascii_is_alnum(s.p[i]) || s.p[i] == '_' ||
			(unsigned char)s.p[i] >= 0x80);
}

/* Where a whole word or name stands in s, from `at` on; s.n when nowhere. */
static size_t find_word(struct span s, size_t at, struct span word)
{
	struct buf w;
	size_t i;

	if (word.n == 0)
		return s.n;
	buf_init(&w, DATA_TEXT_MAX);
	buf_span(&w, word);
	for (i = at; !w.bad && i + word.n <= s.n; i++) {
		if ((i == 0 || !is_word(s, i - 1) || !is_word(s, i)) &&
			(!is_word(s, i + word.n) ||
				!is_word(s, i + word.n - 1)) &&
			span_caseis(span_of(s.p + i, word.n), w.p))
			break;
	}
	buf_release(&w);
	return i + word.n <= s.n ? i : s.n;
}

static bool has_word(struct span s, const char *word)
{
	return find_word(s, 0, span_str(word)) < s.n;
}

/*
 * What a sentence says
 */

struct said {
	size_t col;
	enum stat stat;
	struct span figure; /* as it is written */
	double value;
	double rounding; /* half of its last digit */
};

/* The one column that is named; where a longer name covers a shorter one, the
 * longer one. */
static bool find_column(const struct data *t, const struct data_stats *s,
	struct span sentence, struct said *ret, struct span *ret_name)
{
	struct buf name;
	size_t longest = 0;
	size_t found = 0;
	size_t i;

	buf_init(&name, DATA_TEXT_MAX);
	for (i = 0; i < t->cols; i++) {
		size_t at;

		buf_reset(&name);
		data_name(t, i, &name);
		if (name.len < NAME_MIN)
			continue;
		at = find_word(sentence, 0, buf_view(&name));
		if (at == sentence.n)
			continue;
		/* The same place under a longer name is the same column. */
		if (longest > 0 && at >= (size_t)(ret_name->p - sentence.p) &&
			at + name.len <=
				(size_t)(ret_name->p - sentence.p) + longest)
			continue;
		if (longest > 0 && name.len > longest &&
			at <= (size_t)(ret_name->p - sentence.p) &&
			at + name.len >=
				(size_t)(ret_name->p - sentence.p) + longest)
			found--;
		found++;
		longest = name.len;
		ret->col = i;
		*ret_name = span_of(sentence.p + at, name.len);
	}
	buf_release(&name);
	return found == 1 && s->cols[ret->col].type == DATA_NUMBER;
}

static bool overlaps(struct span a, const char *p, size_t n)
{
	return p < a.p + a.n && a.p < p + n;
}

/* *ret_at becomes where the first of the two begins. */
static bool find_stat(struct span sentence, struct span name, struct said *ret,
	size_t *ret_at)
{
	size_t found = 0;
	size_t i;

	for (i = 0; i < STATS; i++) {
		struct span word = span_str(stats[i].word);
		size_t at = find_word(sentence, 0, word);

		if (at == sentence.n || overlaps(name, sentence.p + at, word.n))
			continue;
		if (at < *ret_at)
			*ret_at = at;
		if (found > 0 && ret->stat == stats[i].stat)
			continue;
		found++;
		ret->stat = stats[i].stat;
	}
	return found == 1;
}

/* What stands behind a number: 1 for nothing, 0 for what makes another thing
 * of it (a share, an ordinal, a time). */
static double factor_of(struct span rest)
{
	struct span s = span_trim(rest);

	if (s.n == 0)
		return 1;
	if (s.p[0] == '%' || span_starts(s, "percent"))
		return 0;
	if (find_word(s, 0, span_str("thousand")) == 0)
		return 1e3;
	if (find_word(s, 0, span_str("million")) == 0)
		return 1e6;
	if (find_word(s, 0, span_str("billion")) == 0)
		return 1e9;
	if (is_word(rest, 0)) {
		if (find_word(rest, 0, span_str("k")) == 0)
			return 1e3;
		if (find_word(rest, 0, span_str("M")) == 0)
			return 1e6;
		/* An ordinal, or a name with a digit in it. */
		return (unsigned char)rest.p[0] >= 0x80 ? 1 : 0;
	}
	/* 2025-12-01, 7/12, 12:30 */
	if (rest.n > 1 &&
		(rest.p[0] == '-' || rest.p[0] == '/' || rest.p[0] == ':') &&
		ascii_is_digit(rest.p[1]))
		return 0;
	return 1;
}

static double last_digit(struct span figure)
{
	double unit = 1;
	bool point = false;
	size_t i;

	for (i = 0; i < figure.n; i++) {
		if (figure.p[i] == '.')
			point = true;
		else if (point && ascii_is_digit(figure.p[i]))
			unit /= 10;
	}
	/* 76,000 is as often rounded to thousands as not. */
	for (i = figure.n; !point && i > 1; i--) {
		if (figure.p[i - 1] == '0')
			unit *= 10;
		else if (figure.p[i - 1] != ',')
			break;
	}
	return unit;
}

/* The number at i, its sign included; its length, or 0 when there is none. */
static size_t take_number(struct span s, size_t i, struct said *ret)
{
	size_t from = i;
	size_t end;
	double factor;

	if (is_word(s, i) && i > 0 && is_word(s, i - 1))
		return 0;
	if (s.p[i] == '-' && i + 1 < s.n &&
		(i == 0 || s.p[i - 1] == ' ' || s.p[i - 1] == '('))
		i++;
	if (!ascii_is_digit(s.p[i]))
		return 0;
	end = i;
	while (end < s.n &&
		(ascii_is_digit(s.p[end]) ||
			((s.p[end] == ',' || s.p[end] == '.') &&
				end + 1 < s.n && ascii_is_digit(s.p[end + 1]))))
		end++;
	ret->figure = span_of(s.p + from, end - from);
	factor = factor_of(span_of(s.p + end, s.n - end));
	if (factor < 1 || !value_number(ret->figure, VALUE_POINT, &ret->value))
		ret->figure.n = 0;
	ret->value *= factor;
	ret->rounding = last_digit(ret->figure) * factor / 2;
	return end - from;
}

/* From `at` on: what stands before is the number of a list or a step. */
static bool find_number(
	struct span s, size_t at, struct span name, struct said *ret)
{
	struct said one = *ret;
	size_t found = 0;
	size_t i = at;

	while (i < s.n) {
		size_t n = 0;

		if (!overlaps(name, s.p + i, 1))
			n = take_number(s, i, &one);
		if (n == 0) {
			i++;
			continue;
		}
		/* Whatever number it is, with a second one all is open. */
		if (one.figure.n == 0 || found++ > 0)
			return false;
		*ret = one;
		i += n;
	}
	return found == 1;
}

static bool is_of_a_part(
	const struct data *t, const struct data_stats *s, struct span sentence)
{
	size_t i;
	size_t k;

	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (has_word(sentence, parts[i]))
			return true;
	for (i = 0; i < t->cols; i++)
		for (k = 0; k < s->cols[i].n_top; k++)
			if (find_word(sentence, 0, s->cols[i].top[k].value) <
				sentence.n)
				return true;
	return false;
}

static double computed(const struct data_column *c, enum stat stat)
{
	switch (stat) {
	case STAT_MEAN: return c->mean;
	case STAT_MEDIAN: return c->median;
	case STAT_MIN: return c->min;
	case STAT_MAX: return c->max;
	case STAT_SUM: return c->sum;
	case STAT_SD: return c->sd;
	}
	return NAN;
}

static const char *stat_name(enum stat stat)
{
	switch (stat) {
	case STAT_MEAN: return "mean";
	case STAT_MEDIAN: return "median";
	case STAT_MIN: return "minimum";
	case STAT_MAX: return "maximum";
	case STAT_SUM: return "sum";
	case STAT_SD: return "standard deviation";
	}
	return "";
}

static bool contradicts(const struct data *t, const struct data_stats *s,
	struct span sentence, struct said *said)
{
	struct span name = {NULL, 0};
	size_t at;
	double is;

	if (sentence.n == 0 || sentence.n > SENTENCE_MAX ||
		!find_column(t, s, sentence, said, &name))
		return false;
	at = (size_t)(name.p - sentence.p);
	if (!find_stat(sentence, name, said, &at) ||
		!find_number(sentence, at, name, said) ||
		is_of_a_part(t, s, sentence))
		return false;
	is = computed(&s->cols[said->col], said->stat);
	return !isnan(is) && fabs(said->value - is) > said->rounding &&
		fabs(said->value - is) > SLACK * fabs(is);
}

/* The next sentence of a text: to a line end, or a mark that a blank follows. */
static struct span cut_sentence(struct span *rest)
{
	struct span s = *rest;
	size_t i;

	for (i = 0; i < s.n; i++)
		if (s.p[i] == '\n' ||
			((s.p[i] == '.' || s.p[i] == '!' || s.p[i] == '?' ||
				 s.p[i] == ';') &&
				i + 1 < s.n &&
				(s.p[i + 1] == ' ' || s.p[i + 1] == '\n')))
			break;
	*rest = i < s.n ? span_of(s.p + i + 1, s.n - i - 1) : span_of(NULL, 0);
	return span_of(s.p, i);
}

size_t data_contradictions(const struct data *t, const struct data_stats *s,
	struct span answer, struct buf *out)
{
	size_t found = 0;

	while (answer.n > 0 && found < DATA_CHECK_MAX) {
		struct said said = {0, STAT_MEAN, {NULL, 0}, 0, 0};
		struct span sentence = cut_sentence(&answer);

		if (!contradicts(t, s, sentence, &said))
			continue;
		found++;
		buf_fmt(out, "the %s of ", stat_name(said.stat));
		data_name(t, said.col, out);
		buf_fmt(out,
			" is given as %.*s; computed: ", (int)said.figure.n,
			said.figure.p);
		value_put_number(
			out, computed(&s->cols[said.col], said.stat), 6);
		buf_char(out, '\n');
	}
	return found;
}
