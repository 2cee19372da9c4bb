#include <string.h>

#include "app/commands.h"
#include "app/complete_priv.h"
#include "app/repl.h"
#include "app/setting.h"
#include "app/style.h"
#include "app/switches.h"
#include "app/task_template.h"
#include "app/warm.h"
#include "base/ascii.h"
#include "engine/known.h"
#include "engine/session.h"
#include "store/catalog.h"
#include "tty/edit.h"

enum { TITLES_MAX = 200 };

/* What was typed of the last argument, and what stands before it. */
struct typed {
	struct repl *r;
	struct edit_words *words;
	struct span args; /* from the first argument to the cursor */
	struct span word; /* the last of them, maybe empty */
};

static void offer_titles(const struct typed *t)
{
	const struct catalog_entry *e;
	size_t n;
	size_t i;

	if (t->r->app->storage.catalog == NULL ||
		catalog_list(t->r->app->storage.catalog, &e, &n, NULL) != ST_OK)
		return;
	for (i = 0; i < n && i < TITLES_MAX; i++)
		complete_offer(t->words, "", e[i].title, t->args);
}

static void offer_threads(const struct typed *t)
{
	const struct conv *c = session_conv(t->r->session);
	size_t i;

	for (i = 0; i < c->threads_n; i++)
		complete_offer(
			t->words, "", buf_view(&c->threads[i].name), t->args);
}

/* Words parted by `sep`. */
static void offer_words(const struct typed *t, struct span list, char sep)
{
	while (list.n > 0)
		complete_offer(t->words, "", span_cut(&list, sep), t->word);
}

static void offer_styles(const struct typed *t)
{
	struct buf names;

	buf_init(&names, BUF_SMALL);
	if (style_names(&names, NULL) == ST_OK)
		offer_words(t, buf_view(&names), '\n');
	buf_release(&names);
	offer_words(t, span_str("default"), ' ');
}

/* The models that the endpoint lists; it is asked for them unless it was. */
static void offer_models(const struct typed *t)
{
	const struct known_host *h = known_host(
		&t->r->app->known, t->r->active->agent.url);
	size_t i;

	if (h == NULL || !h->listed) {
		warm_list(&t->r->warm);
		return;
	}
	for (i = 0; i < h->models.n; i++)
		complete_offer(
			t->words, "", buf_view(&h->models.rows[i].id), t->word);
}

/* The word is the nth of the arguments, from 0. */
static bool is_nth(const struct typed *t, size_t n)
{
	struct span rest = span_of(t->args.p, (size_t)(t->word.p - t->args.p));

	while (rest.n > 0)
		if (span_cut(&rest, ' ').n > 0 && n-- == 0)
			return false;
	return n == 0;
}

static void offer_agents(const struct typed *t, const char *mark)
{
	const char *name;
	size_t i;

	for (i = 0; (name = agent_name_at(&t->r->app->config, i)) != NULL; i++)
		complete_offer(t->words, mark, span_str(name), t->word);
}

static void offer_agent(const struct typed *t)
{
	struct span rest = t->args;
	struct span what = span_cut(&rest, ' ');

	if (is_nth(t, 1) && (span_is(what, "show") || span_is(what, "edit")))
		offer_agents(t, "");
}

static void offer_judges(const struct typed *t)
{
	if (is_nth(t, 0))
		offer_agents(t, "");
}

static void offer_told(const struct typed *t)
{
	if (is_nth(t, 0) && span_starts(t->word, "@"))
		offer_agents(t, "@");
}

static void offer_templates(const struct typed *t)
{
	struct buf names;

	if (!is_nth(t, 1) || !span_starts(t->args, "-T "))
		return;
	buf_init(&names, BUF_SMALL);
	if (task_template_names(&names, NULL) == ST_OK)
		offer_words(t, buf_view(&names), '\n');
	buf_release(&names);
}

/* Names of the agent's settings, each with the sign before its value. */
static void offer_changes(const struct typed *t)
{
	const struct opt_row *row;
	struct buf name;
	size_t i;

	buf_init(&name, BUF_SMALL);
	for (i = 0; (row = setting_at(i)) != NULL; i++) {
		buf_reset(&name);
		buf_fmt(&name, "%s=", row->name);
		complete_offer(t->words, "", buf_view(&name), t->word);
	}
	buf_release(&name);
	edit_append(t->words, '\0');
}

static void offer_settings(const struct typed *t)
{
	struct span rest = t->args;
	struct span name = span_cut(&rest, ' ');
	const struct switch_row *toggle = switch_row(name);
	const struct opt_row *row;
	size_t i;

	if (t->word.p == t->args.p) {
		for (i = 0; (row = setting_at(i)) != NULL; i++)
			complete_offer(
				t->words, "", span_str(row->name), t->word);
		for (i = 0; i < switches_n; i++)
			complete_offer(t->words, "",
				span_str(switch_rows[i].name), t->word);
		return;
	}
	if (!is_nth(t, 1))
		return;
	if (toggle != NULL)
		offer_words(t, span_str(toggle->values), ' ');
	else if (span_is(name, "style"))
		offer_styles(t);
	else if (span_is(name, "model"))
		offer_models(t);
	if (!span_is(name, "style"))
		offer_words(t, span_str("default"), ' ');
}

static bool is_lower(char c)
{
	return ascii_is_lower(c);
}

/* Offers the words that are typed literally, from what help shows of the
 * arguments: "code" of "[N|code [N]]". */
static void offer_own_words(const struct typed *t, const char *args)
{
	const char *at = args;

	while (*at != '\0') {
		const char *end = at;

		while (is_lower(*end))
			end++;
		/* Not the tail of a word such as "Name". */
		if (end > at && (at == args || strchr("[| ", at[-1]) != NULL))
			complete_offer(t->words, "",
				span_of(at, (size_t)(end - at)), t->word);
		at = end > at ? end : at + 1;
	}
}

static void offer_commands(const struct typed *t)
{
	struct span topics[16];
	size_t n = help_topics(topics, sizeof(topics) / sizeof(topics[0]));
	size_t i;

	for (i = 0; i < n; i++)
		if (command_find(topics[i]) == NULL)
			complete_offer(t->words, "", topics[i], t->word);
	complete_commands(t->words, "", t->word);
}

static void offer_files(const struct typed *t)
{
	complete_files(t->word, false, t->words);
}

static void offer_prompts(const struct typed *t)
{
	if ((t->word.p == t->args.p && t->word.n > 0 &&
		    strchr("./~", t->word.p[0]) != NULL) ||
		span_starts(t->args, "file "))
		offer_files(t);
}

/* `whole`: all that was typed, with blanks, is one argument, such as a title;
 * else the last word is. */
static const struct {
	const char *command;
	void (*offer)(const struct typed *t);
	bool whole;
} rows[] = {
	{"agent", offer_agent, false},
	{"delete", offer_titles, true},
	{"export", offer_files, false},
	{"file", offer_files, false},
	{"guard", offer_judges, false},
	{"help", offer_commands, false},
	{"model", offer_models, false},
	{"remember", offer_told, false},
	{"resume", offer_titles, true},
	{"retry", offer_changes, false},
	{"save", offer_files, false},
	{"set", offer_settings, false},
	{"source", offer_files, false},
	{"style", offer_styles, false},
	{"switch", offer_threads, true},
	{"system", offer_prompts, false},
	{"task", offer_templates, false},
};

size_t complete_args(struct repl *r, struct span text, struct edit_words *words)
{
	struct span rest = span_of(text.p + 1, text.n - 1);
	struct span name = span_cut(&rest, ' ');
	const struct command *c = command_find(name);
	size_t first = 1 + name.n;
	size_t last;
	size_t i;

	while (first < text.n && text.p[first] == ' ')
		first++;
	last = complete_last_word(text, first);
	if (c != NULL && last == first) {
		struct typed t = {r, words, {text.p + first, text.n - first},
			{text.p + last, text.n - last}};

		offer_own_words(&t, c->args);
	}
	for (i = 0; c != NULL && i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct typed t = {r, words, {text.p + first, text.n - first},
			{text.p + last, text.n - last}};

		if (strcmp(rows[i].command, c->name) != 0)
			continue;
		rows[i].offer(&t);
		return rows[i].whole ? first : last;
	}
	return c != NULL ? last : text.n;
}
