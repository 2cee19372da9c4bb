#include <string.h>

#include "app/commands.h"
#include "app/repl.h"
#include "base/near.h"
#include "text/mention.h"
#include "tty/term.h"

/* Groups of commands: each goes on in the table to where the next begins. */
static const struct group {
	const char *topic;
	const char *title;
	const char *first; /* command */
} groups[] = {
	{"saved", "Conversations", "new"},
	{"tasks", "Larger work, step by step", "task"},
	{"threads", "Change, repeat, take back, branch", "retry"},
	{"files", "Clipboard, files and scripts", "copy"},
	{"agents", "Agents, models and settings", "agent"},
	{"memory", "What is remembered", "recall"},
	{"program", "The program", "help"},
};

/* Topics of help beside the commands. */
static const struct topic {
	const char *names; /* parted by blanks; the first is listed */
	const char *text;
} topics[] = {
	{"mentions references @",
		"@NAME at the start of a line asks that agent. @./FILE "
		"attaches a file, @./FOLDER or @./*.c several, @last or @3-5 "
		"earlier messages, @chat:ID another conversation. @@ is a "
		"plain @."},
	{"shell !",
		"!COMMAND runs a command of the shell, shows what it writes "
		"and attaches that to the next message; /file clear takes it "
		"back. With a blank before the ! the line is text."},
	{"slash / //",
		"A line that begins with a slash is a command; // sends a "
		"plain slash. What is pasted, or stands in a block of \"\"\", "
		"is text."},
	{"keys editing",
		"Enter sends; Alt-Enter, a trailing \\ or \"\"\" make more "
		"lines. Tab completes, Ctrl-R searches earlier lines, Ctrl-X "
		"Ctrl-E opens the editor. Ctrl-C stops a reply and keeps it; "
		"Ctrl-D leaves."},
};

enum {
	GROUPS = sizeof(groups) / sizeof(groups[0]),
	TOPICS = sizeof(topics) / sizeof(topics[0]),
};

enum { USAGE_COLUMNS = 22, NARROW = 56 };

/*
 * Appends words of ASCII, the first at `column`, in lines of less than `width`
 * columns; those after the first begin at `indent`.
 */
static void put_words(struct buf *out, const char *text, size_t column,
	size_t indent, size_t width)
{
	struct span rest = span_str(text);

	while (rest.n > 0) {
		struct span word = span_cut(&rest, ' ');

		if (column > indent && column + 1 + word.n > width) {
			buf_char(out, '\n');
			for (column = 0; column < indent; column++)
				buf_char(out, ' ');
		} else if (word.p != text) {
			buf_char(out, ' ');
			column++;
		}
		buf_span(out, word);
		column += word.n;
	}
}

/* Name, arguments and help, in one line or below each other. */
static void put_usage(const struct command *c, size_t width, struct buf *out)
{
	size_t indent = width < NARROW ? 4 : USAGE_COLUMNS;
	size_t start = out->len;

	buf_fmt(out, "/%s", c->name);
	if (c->args[0] != '\0')
		buf_fmt(out, " %s", c->args);
	if (width < NARROW) {
		buf_str(out, "\n");
		start = out->len;
	}
	/* A usage that is too long for its column gets a line of its own. */
	if (out->len - start >= indent) {
		buf_char(out, '\n');
		start = out->len;
	}
	while (out->len - start < indent)
		buf_char(out, ' ');
	/* One column is for the full stop. */
	put_words(out, c->help, indent, indent, width - 1);
	buf_str(out, ".\n");
}

/* The group that begins with this command; NULL when it begins none. */
static const struct group *group_at(const struct command *c)
{
	size_t i;

	for (i = 0; i < GROUPS; i++)
		if (strcmp(groups[i].first, c->name) == 0)
			return &groups[i];
	return NULL;
}

static void put_example(const struct command *c, size_t indent, struct buf *out)
{
	while (indent-- > 0)
		buf_char(out, ' ');
	buf_fmt(out, "Example: %s\n", c->example);
}

/* All groups, or one of them, with examples. */
static void put_groups(const struct group *one, size_t width, struct buf *out)
{
	const struct group *now = NULL;
	size_t i;

	for (i = 0; i < commands_n; i++) {
		const struct group *g = group_at(&commands[i]);

		if (g != NULL)
			now = g;
		if (one != NULL && now != one)
			continue;
		if (g != NULL)
			buf_fmt(out, "%s%s:\n", one == NULL ? "\n" : "",
				g->title);
		put_usage(&commands[i], width, out);
		if (one != NULL)
			put_example(&commands[i],
				width < NARROW ? 4 : USAGE_COLUMNS, out);
	}
}

static struct span topic_name(size_t i)
{
	struct span rest = span_str(topics[i].names);

	return span_cut(&rest, ' ');
}

static void help_all(size_t width, struct buf *out)
{
	struct buf last;
	size_t i;

	put_words(out,
		"Type to ask the agent in the prompt; @llama TEXT asks and "
		"chooses Llama. @guide answers questions about atllama.",
		0, 0, width);
	buf_char(out, '\n');
	put_groups(NULL, width, out);
	for (i = 0; i < TOPICS; i++) {
		buf_char(out, '\n');
		put_words(out, topics[i].text, 0, 0, width);
		buf_char(out, '\n');
	}
	buf_init(&last, BUF_SMALL);
	buf_str(&last, "/help COMMAND has an example; topics:");
	for (i = 0; i < GROUPS; i++)
		buf_fmt(&last, " %s", groups[i].topic);
	for (i = 0; i < TOPICS; i++)
		buf_fmt(&last, " %.*s", (int)topic_name(i).n, topics[i].names);
	buf_char(out, '\n');
	put_words(out, last.p, 0, 0, width - 1);
	buf_str(out, ".\n");
	buf_release(&last);
}

/* The terminal's width, unless lines would be too wide to read. */
static size_t help_width(void)
{
	enum { WIDEST = 80 };
	int columns;
	int rows;

	term_size(&columns, &rows);
	return columns > 0 && columns < WIDEST ? (size_t)columns : WIDEST;
}

static bool is_among(struct span word, const char *names)
{
	struct span rest = span_str(names);

	while (rest.n > 0) {
		struct span name = span_cut(&rest, ' ');

		if (mention_same(word, name))
			return true;
	}
	return false;
}

/* False when it is no topic. */
static bool help_topic(struct span word, size_t width, struct buf *out)
{
	size_t i;

	for (i = 0; i < GROUPS; i++)
		if (span_caseis(word, groups[i].topic)) {
			put_groups(&groups[i], width, out);
			return true;
		}
	for (i = 0; i < TOPICS; i++)
		if (is_among(word, topics[i].names)) {
			put_words(out, topics[i].text, 0, 0, width);
			buf_char(out, '\n');
			return true;
		}
	return false;
}

size_t help_topics(struct span *ret, size_t max)
{
	size_t n = 0;
	size_t i;

	for (i = 0; i < GROUPS && n < max; i++)
		ret[n++] = span_str(groups[i].topic);
	for (i = 0; i < TOPICS && n < max; i++)
		ret[n++] = topic_name(i);
	return n;
}

static enum status unknown(struct span word, struct err *err)
{
	struct near near;
	size_t i;

	near_init(&near, word);
	for (i = 0; i < commands_n; i++)
		near_offer(&near, span_str(commands[i].name));
	for (i = 0; i < GROUPS; i++)
		near_offer(&near, span_str(groups[i].topic));
	for (i = 0; i < TOPICS; i++)
		near_offer(&near, topic_name(i));
	(void)err_set(err, ST_USAGE, "there is no command /%.*s, nor a topic",
		(int)(word.n > 64 ? 64 : word.n), word.p);
	if (near_best(&near).p != NULL)
		err_hint(err, "; did you mean %.*s?", (int)near_best(&near).n,
			near_best(&near).p);
	else
		err_hint(err, "; /help lists them");
	return ST_USAGE;
}

COMMAND(help)
{
	size_t width = help_width();
	struct span word = args;
	const struct command *c;

	(void)next;
	if (args.n == 0) {
		help_all(width, &r->out);
		repl_words(r);
		return ST_OK;
	}
	/* "/agents" is the command, "agents" the topic with that command in
	 * it. */
	if (args.n > 1 && args.p[0] == '/' && args.p[1] != '/')
		word = span_of(args.p + 1, args.n - 1);
	else if (help_topic(word, width, &r->out)) {
		repl_words(r);
		return ST_OK;
	}
	c = command_find(word);
	if (c == NULL)
		return unknown(word, err);
	put_usage(c, width, &r->out);
	if (c->aliases[0] != '\0')
		buf_fmt(&r->out, "Also called: %s\n", c->aliases);
	put_example(c, 0, &r->out);
	repl_words(r);
	return ST_OK;
}
