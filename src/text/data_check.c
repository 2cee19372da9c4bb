#include "text/data_check.h"

#include <math.h>
#include <string.h>

#include "base/ascii.h"
#include "text/data_value.h"
#include "text/data_words.h"

/* Bytes of a sentence; a longer one is not a plain statement. */
#define SENTENCE_MAX 300
/* A number contradicts when it is off by more than its rounding and this
 * share. */
#define SLACK 0.02
/* Bytes of a column's name; a shorter one occurs by chance. */
#define NAME_MIN 3

static bool is_word(struct span s, size_t i)
{
	return i < s.n &&
		(ascii_is_alnum(s.p[i]) || s.p[i] == '_' ||
			(unsigned char)s.p[i] >= 0x80);
}

/* Offset of a whole word or name in s, from `at` on; s.n when it is not
 * there. */
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

/* Offset of the first word of a list that is in s; *ret_n is its length. */
static size_t find_any(struct span s, const char *list, size_t *ret_n)
{
	struct span rest = span_str(list);
	size_t first = s.n;

	while (rest.n > 0) {
		struct span word = span_cut(&rest, ',');
		size_t at = find_word(s, 0, word);

		if (at < first) {
			first = at;
			*ret_n = word.n;
		}
	}
	return first;
}

/*
 * What a sentence says
 */

/* A figure may have two readings: 1.812 and 1,812. */
enum { READINGS = 2 };

struct said {
	const struct data_words *words;
	size_t col;
	enum data_stat stat;
	struct span figure; /* as it is written */
	size_t readings;
	double value[READINGS];
	double rounding[READINGS]; /* half a unit of its last digit */
};

/* Finds the only column that is named. A longer name counts where it covers a
 * shorter one. */
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
		/* At the same place, the longer name counts. */
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

/* Finds the one statistic that is named, and lowers *ret_at to where its word
 * begins. */
static bool find_stat(struct span sentence, struct span name, struct said *ret,
	size_t *ret_at)
{
	size_t found = 0;
	size_t i;

	for (i = 0; i < DATA_STATS; i++) {
		size_t n = 0;
		size_t at = find_any(sentence, ret->words->stats[i], &n);

		if (at == sentence.n || overlaps(name, sentence.p + at, n))
			continue;
		if (at < *ret_at)
			*ret_at = at;
		found++;
		ret->stat = (enum data_stat)i;
	}
	return found == 1;
}

/* Whether s begins with a word of the list. */
static bool begins(struct span s, const char *list)
{
	size_t n;

	return find_any(s, list, &n) == 0;
}

/* The factor that follows a number: 1 for nothing, 0 for what makes it
 * something else (a share, an ordinal, a time). */
static double factor_of(const struct data_words *words, struct span rest)
{
	struct span s = span_trim(rest);

	if (s.n == 0)
		return 1;
	if (s.p[0] == '%' || span_starts(s, "percent"))
		return 0;
	if (begins(s, words->billions))
		return 1e9;
	if (begins(s, words->millions))
		return 1e6;
	if (begins(s, words->thousands))
		return 1e3;
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

static double last_digit(struct span figure, enum value_style style)
{
	char point = style == VALUE_POINT ? '.' : ',';
	double unit = 1;
	bool behind = false;
	size_t i;

	for (i = 0; i < figure.n; i++) {
		if (figure.p[i] == point)
			behind = true;
		else if (behind && ascii_is_digit(figure.p[i]))
			unit /= 10;
	}
	/* 76,000 is often rounded to thousands. */
	for (i = figure.n; !behind && i > 1; i--) {
		if (figure.p[i - 1] == '0')
			unit *= 10;
		else if (ascii_is_digit(figure.p[i - 1]))
			break;
	}
	return unit;
}

/* Whether three digits at i, behind a group of n digits, continue its
 * number. */
static bool is_group(struct span s, size_t n, size_t i)
{
	size_t k;

	if (n > 3 || i + 3 > s.n || (i + 3 < s.n && is_word(s, i + 3)))
		return false;
	for (k = 0; k < 3; k++)
		if (!ascii_is_digit(s.p[i + k]))
			return false;
	return true;
}

/* The end of a number that begins at i: digits and separators of groups, among
 * them a blank in languages that write it. */
static size_t number_end(
	const struct data_words *words, struct span s, size_t i)
{
	static const char *const gaps[] = {
		"\xc2\xa0", "\xe2\x80\xaf", "\xe2\x80\x99", "'", " "};
	size_t group = 0;
	size_t k = 0;

	while (i < s.n) {
		struct span rest = span_of(s.p + i, s.n - i);
		size_t n;

		if (ascii_is_digit(s.p[i])) {
			group++;
			i++;
			continue;
		}
		if ((s.p[i] == ',' || s.p[i] == '.') && i + 1 < s.n &&
			ascii_is_digit(s.p[i + 1])) {
			group = 0;
			i++;
			continue;
		}
		for (k = 0; k < 5 && !span_starts(rest, gaps[k]); k++)
			;
		if (k == 5 || (k == 4 && !words->spaced))
			break;
		n = strlen(gaps[k]);
		if (!is_group(s, group, i + n))
			break;
		group = 0;
		i += n;
	}
	return i;
}

/* Reads the figure in each way in which it is a number. */
static void read_figure(struct said *ret, double factor)
{
	static const enum value_style styles[] = {VALUE_POINT, VALUE_COMMA};
	size_t i;

	ret->readings = 0;
	for (i = 0; i < READINGS; i++) {
		double v;

		if (!value_number(ret->figure, styles[i], &v))
			continue;
		ret->value[ret->readings] = v * factor;
		ret->rounding[ret->readings] = last_digit(
						       ret->figure, styles[i]) *
			factor / 2;
		ret->readings++;
	}
}

/* Takes the number at i with its sign; returns its length, 0 when there is
 * none. */
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
	end = number_end(ret->words, s, i);
	ret->figure = span_of(s.p + from, end - from);
	ret->readings = 0;
	factor = factor_of(ret->words, span_of(s.p + end, s.n - end));
	if (factor >= 1)
		read_figure(ret, factor);
	return end - from;
}

/* Finds the only number from `at` on; one before is the number of a list or a
 * step. */
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
		/* With a second number of any kind, it is not clear which one
		 * is meant. */
		if (one.readings == 0 || found++ > 0)
			return false;
		*ret = one;
		i += n;
	}
	return found == 1;
}

static bool is_of_a_part(const struct data *t, const struct data_stats *s,
	const struct data_words *words, struct span sentence)
{
	size_t i;
	size_t k;

	if (find_any(sentence, words->parts, &k) < sentence.n)
		return true;
	for (i = 0; i < t->cols; i++)
		for (k = 0; k < s->cols[i].n_top; k++)
			if (find_word(sentence, 0, s->cols[i].top[k].value) <
				sentence.n)
				return true;
	return false;
}

static double computed(const struct data_column *c, enum data_stat stat)
{
	switch (stat) {
	case DATA_MEAN: return c->mean;
	case DATA_MEDIAN: return c->median;
	case DATA_MIN: return c->min;
	case DATA_MAX: return c->max;
	case DATA_SUM: return c->sum;
	case DATA_SD: return c->sd;
	}
	return NAN;
}

static const char *stat_name(enum data_stat stat)
{
	switch (stat) {
	case DATA_MEAN: return "mean";
	case DATA_MEDIAN: return "median";
	case DATA_MIN: return "minimum";
	case DATA_MAX: return "maximum";
	case DATA_SUM: return "sum";
	case DATA_SD: return "standard deviation";
	}
	return "";
}

static bool contradicts(const struct data *t, const struct data_stats *s,
	struct span sentence, struct said *said)
{
	struct span name = {NULL, 0};
	size_t at;
	size_t i;
	double is;

	if (sentence.n == 0 || sentence.n > SENTENCE_MAX ||
		!find_column(t, s, sentence, said, &name))
		return false;
	at = (size_t)(name.p - sentence.p);
	if (!find_stat(sentence, name, said, &at) ||
		!find_number(sentence, at, name, said) ||
		is_of_a_part(t, s, said->words, sentence))
		return false;
	is = computed(&s->cols[said->col], said->stat);
	for (i = 0; i < said->readings; i++) {
		double off = fabs(said->value[i] - is);

		if (isnan(is) || off <= said->rounding[i] ||
			off <= SLACK * fabs(is))
			return false;
	}
	return true;
}

/* Cuts off the next sentence: up to a newline, or a mark that a blank
 * follows. */
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
	const struct data_words *words = data_words_of(answer);
	size_t found = 0;

	while (answer.n > 0 && found < DATA_CHECK_MAX) {
		struct said said = {.words = words};
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
