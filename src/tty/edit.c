#include "tty/edit.h"

#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <readline/history.h>
#include <readline/readline.h>

#include "base/clock.h"
#include "tty/draft.h"
#include "tty/editor.h"
#include "tty/keyin.h"
#include "tty/prompt.h"
#include "tty/words.h"

enum {
	READ_CHUNK = 16 * 1024,
	READ_AT_ONCE = 1024 * 1024, /* bytes of one edit_read() */
	CTRL_G = 7,
};

struct edit {
	struct edit_options options;
	struct keyin keys;
	size_t unit; /* bytes of the unit under way that readline may have */
	struct draft draft;
	struct buf prompt;
	int columns; /* of the screen they were drawn for */
	/* A redraw put the cursor below a full row with a line feed; where
	 * typing leads there, the row goes on for the terminal. */
	bool fresh_row;
	bool active;
	enum edit_result result; /* of the key under way */
	/* A draft that edit_start() shows, and the cursor in it. */
	struct buf saved;
	size_t saved_cursor;
	bool has_saved;
	bool stopped; /* by ourselves: SIGCONT needs no answer */
	/* The completion under way. */
	struct edit_words words;
	size_t word_start;
	size_t next_word;
};

/* Readline's callbacks get no payload. */
static struct edit *the;

static struct span line_now(void)
{
	return span_of(rl_line_buffer, (size_t)rl_end);
}

/* Tells the draft what the line has become. */
static void note(struct edit *e)
{
	struct line_range torn;

	if (!draft_note(&e->draft, line_now(), (size_t)rl_point, &torn))
		return;
	rl_point = (int)torn.from;
	(void)rl_delete_text((int)torn.from, (int)torn.to);
	(void)draft_note(&e->draft, line_now(), (size_t)rl_point, &torn);
	rl_redisplay();
}

static int give_key(FILE *unused)
{
	struct edit *e = the;

	(void)unused;
	/* Beyond a whole key only a question of readline's own would read, and
	 * those are switched off: Ctrl-G ends it. */
	if (e == NULL || e->unit == 0)
		return CTRL_G;
	e->unit--;
	return keyin_pop(&e->keys);
}

static int has_key(void)
{
	return the != NULL && the->unit > 0;
}

/* tty/term sets the mode; readline only needs to know that it must echo. */
static void prepare(int unused)
{
	(void)unused;
	(void)rl_tty_set_echoing(1);
}

static void unprepare(void)
{
}

static char *next_match(const char *unused, int state)
{
	struct edit *e = the;

	(void)unused;
	if (state == 0)
		e->next_word = 0;
	if (e->next_word >= e->words.n)
		return NULL;
	return strdup(e->words.words[e->next_word++]);
}

static char **complete(const char *text, int start, int end)
{
	struct edit *e = the;
	struct span line = line_now();
	char **matches;

	(void)start;
	rl_attempted_completion_over = 1;
	if (e->options.complete == NULL)
		return NULL;
	words_release(&e->words);
	e->words.append = ' ';
	e->word_start = e->options.complete(
		line, (size_t)end, &e->words, e->options.payload);
	if (e->word_start > (size_t)end)
		return NULL;
	words_prefix(&e->words, span_of(line.p, e->word_start));
	rl_completion_append_character = (unsigned char)e->words.append;
	rl_sort_completion_matches = 0;
	matches = rl_completion_matches(text, next_match);
	/* Candidates that have less in common than what was typed (they were
	 * found without regard to case) must not shorten it. */
	if (matches != NULL && matches[1] != NULL && matches[2] != NULL &&
		strlen(matches[0]) < strlen(text)) {
		char *same = strdup(text);

		if (same != NULL) {
			free(matches[0]);
			matches[0] = same;
		}
	}
	return matches;
}

/* Shows candidates without the part of the line that stands before them. */
static void show_matches(char **matches, int n, int longest)
{
	size_t skip = the->word_start;
	char **words = calloc((size_t)n + 2, sizeof(*words));
	int i;

	if (words == NULL)
		return;
	for (i = 0; i <= n; i++)
		words[i] = matches[i] + (strlen(matches[i]) < skip ? 0 : skip);
	rl_display_match_list(words, n,
		(size_t)longest > skip ? longest - (int)skip : longest);
	(void)rl_forced_update_display();
	free(words);
}

static int insert_newline(int count, int key)
{
	(void)count;
	(void)key;
	(void)rl_insert_text("\n");
	return 0;
}

/* Up and Down: in a message of several lines from line to line, and from the
 * outermost ones through the history. */
static int move_up(int count, int key)
{
	size_t at;

	if (!prompt_move(line_now(), (size_t)rl_point, false, &at))
		return rl_get_previous_history(count, key);
	rl_point = (int)at;
	return 0;
}

static int move_down(int count, int key)
{
	size_t at;

	if (!prompt_move(line_now(), (size_t)rl_point, true, &at))
		return rl_get_next_history(count, key);
	rl_point = (int)at;
	return 0;
}

static int accept_message(int count, int key)
{
	struct edit *e = the;

	note(e);
	if (draft_continued(&e->draft, line_now())) {
		rl_point = rl_end;
		(void)rl_delete_text(rl_end - 1, rl_end);
		rl_point = rl_end;
		return insert_newline(1, key);
	}
	if (draft_open(&e->draft, line_now()))
		return insert_newline(1, key);
	return rl_newline(count, key);
}

/* Puts a paste in at the cursor. */
static void insert_paste(struct edit *e, struct span raw, bool cut)
{
	struct buf shown;
	size_t at;

	buf_init(&shown, BUF_SMALL);
	note(e);
	if (draft_paste(&e->draft, raw, cut, &shown)) {
		at = (size_t)rl_point;
		(void)rl_insert_text(shown.p);
		draft_inserted(&e->draft, at, shown.len);
		e->draft.cursor = (size_t)rl_point;
		buf_set(&e->draft.seen, line_now());
	} else {
		(void)rl_insert_text(shown.p);
		note(e);
	}
	buf_release(&shown);
}

static void say(const char *message)
{
	struct buf line;

	buf_init(&line, BUF_SMALL);
	buf_fmt(&line, "atllama: %s", message);
	(void)fprintf(rl_outstream, "%s\n", line.p);
	(void)fflush(rl_outstream);
	buf_release(&line);
}

/* Takes prompt and line off the screen; the cursor is where they began. */
static void clear_shown(struct edit *e)
{
	if (e->options.dumb) {
		(void)rl_crlf();
	} else {
		(void)rl_clear_visible_line();
		(void)fputc('\r', rl_outstream);
	}
	(void)fflush(rl_outstream);
}

static int edit_elsewhere(int count, int key)
{
	struct edit *e = the;
	struct buf text;
	struct err err;
	bool literal;

	(void)count;
	(void)key;
	note(e);
	buf_init(&text, EDIT_PASTE_MAX);
	draft_expand(&e->draft, line_now(), &text, &literal);
	clear_shown(e);
	if (text.bad) {
		say("the draft is too long for an editor");
	} else if (editor_run(&text, &err) != ST_OK) {
		say(err.msg);
	} else {
		(void)rl_begin_undo_group();
		(void)rl_delete_text(0, rl_end);
		rl_point = 0;
		note(e);
		insert_paste(e, buf_view(&text), false);
		/* What the user wrote there acts as if typed here, unless it
		 * is mixed with what was pasted. */
		if (!literal)
			e->draft.parts.n = 0;
		else
			draft_all_literal(&e->draft);
		(void)rl_end_undo_group();
	}
	buf_release(&text);
	(void)rl_on_new_line();
	(void)rl_forced_update_display();
	return 0;
}

/* Binds a key sequence anew where it has its usual meaning. */
static void rebind(Keymap map, const char *keys, rl_command_func_t *usual,
	rl_command_func_t *ours)
{
	if (rl_function_of_keyseq(keys, map, NULL) == usual)
		(void)rl_bind_keyseq_in_map(keys, ours, map);
}

static void bind_keys(void)
{
	static const char *const maps[] = {"emacs", "vi-insert", "vi-command"};
	/* Alt-Enter, and Shift-Enter of terminals that tell it apart. */
	static const char *const newline[] = {
		"\\e\\C-m", "\\e\\C-j", "\\e[13;2u", "\\e[27;2;13~"};
	size_t i;
	size_t j;

	for (i = 0; i < sizeof(maps) / sizeof(maps[0]); i++) {
		Keymap map = rl_get_keymap_by_name(maps[i]);

		if (map == NULL)
			continue;
		if (map['\r'].function == rl_newline)
			(void)rl_bind_key_in_map('\r', accept_message, map);
		if (map['\n'].function == rl_newline)
			(void)rl_bind_key_in_map('\n', accept_message, map);
		for (j = 0; j < sizeof(newline) / sizeof(newline[0]); j++)
			(void)rl_bind_keyseq_in_map(
				newline[j], insert_newline, map);
		(void)rl_bind_keyseq_if_unbound_in_map(
			"\\C-x\\C-e", edit_elsewhere, map);
		rebind(map, "\033[A", rl_get_previous_history, move_up);
		rebind(map, "\033OA", rl_get_previous_history, move_up);
		rebind(map, "\033[B", rl_get_next_history, move_down);
		rebind(map, "\033OB", rl_get_next_history, move_down);
	}
}

/* Lines are UTF-8 whatever the locale says; readline asks the locale. */
static void set_locale(void)
{
	if (setlocale(LC_CTYPE, "") == NULL ||
		strcmp(nl_langinfo(CODESET), "UTF-8") != 0)
		(void)setlocale(LC_CTYPE, "C.UTF-8");
}

static void set_variables(void)
{
	const char *pastes;

	pastes = rl_variable_value("enable-bracketed-paste");
	term_pastes(pastes != NULL && strcmp(pastes, "on") == 0);
	(void)rl_variable_bind("enable-bracketed-paste", "off");
	(void)rl_variable_bind("page-completions", "off");
	(void)rl_variable_bind("input-meta", "on");
	(void)rl_variable_bind("output-meta", "on");
	(void)rl_variable_bind("convert-meta", "off");
	rl_completion_query_items = 0;
}

enum status edit_new(
	const struct edit_options *options, struct edit **ret, struct err *err)
{
	struct edit *e;

	if (the != NULL)
		return err_set(err, ST_BUSY, "there is an editor already");
	if (isatty(STDIN_FILENO) != 1)
		return err_set(err, ST_USAGE, "standard input is no terminal");
	e = calloc(1, sizeof(*e));
	if (e == NULL)
		return err_nomem(err);
	e->options = *options;
	keyin_init(&e->keys, EDIT_PASTE_MAX);
	draft_init(&e->draft);
	buf_init(&e->prompt, BUF_SMALL);
	buf_init(&e->saved, EDIT_TYPED_MAX * 2);
	the = e;
	set_locale();
	rl_readline_name = options->name;
	rl_instream = stdin;
	rl_outstream = isatty(STDOUT_FILENO) == 1 ? stdout : stderr;
	rl_catch_signals = 0;
	rl_catch_sigwinch = 0;
	rl_change_environment = 0;
	rl_getc_function = give_key;
	rl_input_available_hook = has_key;
	rl_prep_term_function = prepare;
	rl_deprep_term_function = unprepare;
	rl_attempted_completion_function = complete;
	rl_completion_display_matches_hook = show_matches;
	rl_completer_word_break_characters = "";
	(void)rl_add_defun("accept-message", accept_message, -1);
	(void)rl_add_defun("insert-newline", insert_newline, -1);
	(void)rl_add_defun("edit-message", edit_elsewhere, -1);
	(void)rl_initialize();
	set_variables();
	bind_keys();
	using_history();
	stifle_history(EDIT_HISTORY_MAX);
	*ret = e;
	return ST_OK;
}

void edit_free(struct edit *e)
{
	if (e == NULL)
		return;
	edit_stop(e);
	edit_history_clear(e);
	keyin_release(&e->keys);
	draft_release(&e->draft);
	words_release(&e->words);
	buf_release(&e->prompt);
	buf_release(&e->saved);
	the = NULL;
	free(e);
}

void edit_look(struct edit *e, enum term_colour colour, bool styled)
{
	e->options.colour = colour;
	e->options.styled = styled;
}

int edit_fd(const struct edit *e)
{
	(void)e;
	return STDIN_FILENO;
}

int edit_timeout_ms(const struct edit *e)
{
	return e->active ? keyin_timeout(&e->keys, clock_mono_ms()) : -1;
}

bool edit_active(const struct edit *e)
{
	return e->active;
}

/* Readline lets go of the line; the screen stays as it is. */
static void let_go(struct edit *e)
{
	if (!e->active)
		return;
	e->active = false;
	rl_callback_handler_remove();
	(void)fflush(rl_outstream);
}

static void on_line(char *line)
{
	struct edit *e = the;
	struct line_range torn;

	if (line == NULL) {
		(void)rl_crlf();
		e->result = EDIT_EOF;
	} else {
		(void)draft_note(
			&e->draft, span_str(line), strlen(line), &torn);
		if (!draft_take(&e->draft, span_str(line))) {
			say("the message is too long");
			buf_reset(&e->draft.text);
			e->draft.n_literal = 0;
		}
		e->result = EDIT_LINE;
		free(line);
	}
	let_go(e);
}

/* Prompt and draft, from the start of a line. */
static void show(struct edit *e)
{
	int rows;

	term_size(&e->columns, &rows);
	rl_reset_screen_size();
	(void)term_quiet(true);
	rl_callback_handler_install(e->prompt.p, on_line);
	e->active = true;
	if (!e->has_saved)
		return;
	e->has_saved = false;
	(void)rl_insert_text(e->saved.p);
	rl_point = (int)e->saved_cursor;
	rl_redisplay();
}

enum status edit_start(struct edit *e, const struct edit_piece *pieces,
	size_t n, struct err *err)
{
	enum status st;

	if (e->active)
		return ST_OK;
	buf_reset(&e->prompt);
	prompt_make(pieces, n, e->options.styled && !e->options.dumb,
		e->options.colour, &e->prompt);
	st = buf_check(&e->prompt, "prompt", err);
	if (st != ST_OK)
		return st;
	if (!e->has_saved)
		draft_reset(&e->draft);
	show(e);
	return ST_OK;
}

/* Out of a search, an argument, half a key sequence. */
static void leave_modes(struct edit *e)
{
	e->unit = 0;
	rl_free_line_state();
	rl_callback_sigcleanup();
}

static void hide(struct edit *e)
{
	leave_modes(e);
	note(e);
	buf_set(&e->saved, line_now());
	e->saved_cursor = (size_t)rl_point;
	e->has_saved = !e->saved.bad && e->saved.len > 0;
	clear_shown(e);
	let_go(e);
}

void edit_stop(struct edit *e)
{
	if (e->active)
		hide(e);
}

void edit_draft(struct edit *e, struct span text)
{
	struct buf shown;

	if (e->active)
		return;
	draft_reset(&e->draft);
	buf_init(&shown, BUF_SMALL);
	(void)draft_paste(&e->draft, text, false, &shown);
	buf_set(&e->saved, buf_view(&shown));
	e->saved_cursor = shown.len;
	e->has_saved = !e->saved.bad && shown.len > 0;
	buf_set(&e->draft.seen, buf_view(&shown));
	e->draft.cursor = shown.len;
	buf_release(&shown);
}

/* Takes what the terminal has. False when it is gone. */
static bool fill(struct edit *e, size_t *ret_n)
{
	struct pollfd p = {.fd = STDIN_FILENO, .events = POLLIN};
	char bytes[READ_CHUNK];
	ssize_t n;

	*ret_n = 0;
	if (poll(&p, 1, 0) <= 0 || p.revents == 0)
		return true;
	n = read(STDIN_FILENO, bytes, sizeof(bytes));
	if (n < 0)
		return errno == EINTR || errno == EAGAIN;
	if (n == 0)
		return false;
	*ret_n = (size_t)n;
	(void)keyin_add(&e->keys, bytes, (size_t)n, clock_mono_ms());
	explicit_bzero(bytes, (size_t)n);
	return true;
}

/* Gives readline one whole key, byte by byte. */
static void give_unit(struct edit *e, size_t len)
{
	bool full = (size_t)rl_end >= EDIT_TYPED_MAX;

	e->unit = len;
	e->fresh_row = false;
	if (full && len == 1 && (unsigned char)e->keys.in.p[e->keys.at] < 0x20)
		full = false;
	while (e->unit > 0 && e->active) {
		if (full) {
			(void)give_key(NULL);
			continue;
		}
		rl_callback_read_char();
	}
	while (e->unit > 0)
		(void)give_key(NULL);
	if (e->active)
		note(e);
}

/* Acts on what waits; stops at the end of a message. */
static void drain(struct edit *e)
{
	while (e->active) {
		size_t len = 0;

		switch (keyin_next(&e->keys, clock_mono_ms(), &len)) {
		case KEYIN_NONE: return;
		case KEYIN_UNIT: give_unit(e, len); break;
		case KEYIN_PASTE:
			if (RL_ISSTATE(RL_STATE_ISEARCH | RL_STATE_NSEARCH |
				    RL_STATE_VIMOTION | RL_STATE_NUMERICARG |
				    RL_STATE_MULTIKEY | RL_STATE_CHARSEARCH))
				leave_modes(e);
			insert_paste(e, buf_view(&e->keys.paste), e->keys.cut);
			rl_redisplay();
			break;
		}
	}
}

enum edit_result edit_read(struct edit *e)
{
	size_t total = 0;
	size_t n;

	e->result = EDIT_MORE;
	do {
		bool there;

		drain(e);
		if (!e->active)
			break;
		there = fill(e, &n);
		total += n;
		if (!there) {
			leave_modes(e);
			(void)rl_crlf();
			let_go(e);
			e->result = EDIT_EOF;
			break;
		}
	} while (n > 0 && total < READ_AT_ONCE);
	(void)fflush(rl_outstream);
	return e->result;
}

/* Ctrl-C: the line stays readable above, the message is thrown away. */
static void interrupt(struct edit *e)
{
	keyin_interrupt(&e->keys);
	leave_modes(e);
	note(e);
	if (!draft_take(&e->draft, line_now()))
		buf_reset(&e->draft.text);
	rl_point = rl_end;
	rl_redisplay();
	(void)fputs("^C", rl_outstream);
	(void)rl_crlf();
	let_go(e);
	e->result = EDIT_INTERRUPT;
}

static void stop(struct edit *e)
{
	hide(e);
	term_stop();
	show(e);
	e->stopped = true;
}

static void go_on(struct edit *e)
{
	if (e->stopped) {
		e->stopped = false;
		return;
	}
	term_continue();
	(void)fputc('\r', rl_outstream);
	(void)rl_on_new_line();
	(void)rl_forced_update_display();
}

/*
 * Readline goes up as many rows as the line had; where the terminal has broken
 * it anew meanwhile, this eats what stands above or leaves a part of the line
 * there. So the rows are counted here, and the line is drawn afresh.
 */
static void resize(struct edit *e)
{
	struct span before = span_of(rl_line_buffer, (size_t)rl_point);
	struct span prompt = buf_view(&e->prompt);
	bool filled;
	int columns;
	int rows;
	int up;
	int was;

	term_size(&columns, &rows);
	if (e->options.dumb ||
		RL_ISSTATE(RL_STATE_ISEARCH | RL_STATE_NSEARCH)) {
		e->columns = columns;
		rl_resize_terminal();
		return;
	}
	up = prompt_row(prompt, before, columns, &filled);
	was = prompt_row(prompt, before, e->columns, &filled);
	if (filled && e->fresh_row)
		up++;
	if (up > was && !prompt_reflows())
		up = was;
	if (up > rows - 1)
		up = rows - 1;
	if (up > 0)
		(void)fprintf(rl_outstream, "\033[%dA", up);
	(void)fputs("\r\033[J", rl_outstream);
	e->columns = columns;
	rl_reset_screen_size();
	(void)rl_on_new_line();
	(void)rl_forced_update_display();
	(void)prompt_row(prompt, before, columns, &filled);
	e->fresh_row = filled && rl_point == rl_end;
}

enum edit_result edit_signal(struct edit *e, int number)
{
	e->result = EDIT_MORE;
	if (!e->active)
		return EDIT_MORE;
	if (number == SIGINT)
		interrupt(e);
	else if (number == SIGWINCH)
		resize(e);
	else if (number == SIGTSTP)
		stop(e);
	else if (number == SIGCONT)
		go_on(e);
	(void)fflush(rl_outstream);
	return e->result;
}

struct span edit_line(const struct edit *e)
{
	return buf_view(&e->draft.text);
}

const struct line_range *edit_literal(const struct edit *e, size_t *ret_n)
{
	*ret_n = e->draft.n_literal;
	return e->draft.literal;
}

void edit_history_add(struct edit *e, struct span line)
{
	struct buf text;
	HIST_ENTRY *newest;

	buf_init(&text, EDIT_HISTORY_LINE_MAX);
	if (span_eq(line, buf_view(&e->draft.text)))
		line = buf_view(&e->draft.shown);
	buf_span(&text, line);
	newest = history_length > 0
		? history_get(history_base + history_length - 1)
		: NULL;
	if (!text.bad && text.len > 0 && text.len == strlen(text.p) &&
		draft_clean(line) &&
		(newest == NULL || strcmp(newest->line, text.p) != 0))
		add_history(text.p);
	buf_release(&text);
}

void edit_history_clear(struct edit *e)
{
	(void)e;
	clear_history();
}
