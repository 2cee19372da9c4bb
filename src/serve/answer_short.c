/* What short words such as "next" and the numbers of lists and steps mean to
 * the guide. */
#include "serve/answer_priv.h"

#include <string.h>

#include "base/utf8.h"

struct span answer_plain(struct span words, struct buf *said)
{
	size_t at = 0;

	buf_reset(said);
	while (at < words.n && !said->bad) {
		uint32_t cp;
		size_t len;

		(void)utf8_decode(words.p + at, words.n - at, &cp, &len);
		utf8_put(said, utf8_lower(cp));
		at += len;
	}
	if (said->bad)
		return (struct span){NULL, 0};
	while (said->len > 0 && strchr("?!. ", said->p[said->len - 1]) != NULL)
		buf_truncate(said, said->len - 1);
	return buf_view(said);
}

static const struct {
	const char *words;
	enum said said;
} short_words[] = {
	{"tour", SAID_TOUR},
	{"start", SAID_TOUR},
	{"begin", SAID_TOUR},
	{"hello", SAID_TOUR},
	{"hi", SAID_TOUR},
	{"hey", SAID_TOUR},
	{"hallo", SAID_TOUR},
	{"start the tour", SAID_TOUR},
	{"next", SAID_NEXT},
	{"next step", SAID_NEXT},
	{"n", SAID_NEXT},
	{"ok", SAID_NEXT},
	{"yes", SAID_NEXT},
	{"go on", SAID_NEXT},
	{"continue", SAID_NEXT},
	{"weiter", SAID_NEXT},
	{"back", SAID_BACK},
	{"previous", SAID_BACK},
	{"zurück", SAID_BACK},
	{"more", SAID_MORE},
	{"tell me more", SAID_MORE},
	{"mehr", SAID_MORE},
	{"help", SAID_TOPICS},
	{"hilfe", SAID_TOPICS},
	{"topics", SAID_TOPICS},
	{"what can you do", SAID_TOPICS},
	{"what can i ask", SAID_TOPICS},
	{"who are you", SAID_TOPICS},
	{"what are you", SAID_TOPICS},
	{"was kannst du", SAID_TOPICS},
	{"wer bist du", SAID_TOPICS},
};

static enum said short_said(struct span s)
{
	size_t i;

	for (i = 0; i < sizeof(short_words) / sizeof(short_words[0]); i++)
		if (span_is(s, short_words[i].words))
			return short_words[i].said;
	return SAID_QUESTION;
}

/* The number in "2", "about 2" or "tell me about 2", else 0. */
static size_t listed_number(struct span s)
{
	static const char *const before[] = {
		"tell me about ", "about ", "number ", "show "};
	long long n;
	size_t i;

	for (i = 0; i < sizeof(before) / sizeof(before[0]); i++) {
		size_t k = strlen(before[i]);

		if (span_starts(s, before[i])) {
			s = span_of(s.p + k, s.n - k);
			break;
		}
	}
	return span_int(s, 1, LISTED_MAX, &n) ? (size_t)n : 0;
}

size_t answer_tour_number(struct span s)
{
	long long n;

	if (!span_starts(s, "Tour "))
		return 0;
	(void)span_cut(&s, ' ');
	return span_int(span_cut(&s, ':'), 1, 99, &n) ? (size_t)n : 0;
}

const struct section *answer_tour_step(const struct manual *m, size_t number)
{
	size_t i;

	for (i = 0; number > 0 && i < m->n; i++)
		if (answer_tour_number(m->rows[i].title) == number)
			return &m->rows[i];
	return NULL;
}

size_t answer_last_step(const struct turn *turns, size_t n)
{
	while (n-- > 0) {
		struct span text = turns[n].text;

		while (!turns[n].user && text.n > 0) {
			struct span line = span_cut(&text, '\n');
			size_t number = 0;

			if (span_starts(line, "**"))
				number = answer_tour_number(
					span_of(line.p + 2, line.n - 2));
			if (number > 0)
				return number;
		}
	}
	return 0;
}

/* The section of row `number` in the list that ends the guide's last answer. */
static const struct section *listed(const struct manual *m,
	const struct turn *turns, size_t n, size_t number)
{
	const struct section *found = NULL;
	struct span text;

	while (n > 0 && turns[n - 1].user)
		n--;
	if (n == 0)
		return NULL;
	text = turns[n - 1].text;
	while (text.n > 0) {
		struct span line = span_cut(&text, '\n');
		struct span title = line;
		long long row;

		if (!span_int(span_cut(&title, '.'), 1, LISTED_MAX, &row) ||
			(size_t)row != number)
			continue;
		/* The last such line wins: a section may hold a list too. */
		title = span_trim(title);
		if (manual_titled(m, title) != NULL)
			found = manual_titled(m, title);
	}
	return found;
}

const struct section *answer_open_short(const struct manual *m,
	const struct turn *turns, size_t n, struct span said_words,
	enum said *said)
{
	size_t step = answer_last_step(turns, n);
	size_t number = listed_number(said_words);
	const struct section *s = NULL;

	*said = short_said(said_words);
	switch (*said) {
	case SAID_TOUR: s = answer_tour_step(m, 1); break;
	case SAID_NEXT: s = answer_tour_step(m, step + 1); break;
	case SAID_BACK: s = answer_tour_step(m, step > 1 ? step - 1 : 1); break;
	case SAID_MORE: s = listed(m, turns, n, 1); break;
	case SAID_TOPICS: break;
	case SAID_QUESTION:
		if (number > 0)
			s = listed(m, turns, n, number);
		else
			s = answer_tour_step(m, answer_tour_number(said_words));
		break;
	}
	return s;
}
