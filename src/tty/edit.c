#include "tty/edit_priv.h"

#include <langinfo.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <readline/history.h>
#include <readline/readline.h>

#include "base/clock.h"
#include "base/vec.h"
#include "tty/prompt.h"
#include "tty/term.h"

struct edit *edit_the;

struct span edit_now(void)
{
	return span_of(rl_line_buffer, (size_t)rl_end);
}

void edit_note(struct edit *e)
{
	struct line_range torn;

	if (!draft_note(&e->draft, edit_now(), (size_t)rl_point, &torn)) {
		edit_recall(e);
		return;
	}
	rl_point = (int)torn.from;
	(void)rl_delete_text((int)torn.from, (int)torn.to);
	(void)draft_note(&e->draft, edit_now(), (size_t)rl_point, &torn);
	rl_redisplay();
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

/* Lines are UTF-8 whatever the locale, which readline relies on. */
static bool set_locale(struct edit *e)
{
	const char *had = getenv("LC_ALL");

	if (setlocale(LC_CTYPE, "") != NULL &&
		strcmp(nl_langinfo(CODESET), "UTF-8") == 0)
		return true;
	(void)setlocale(LC_CTYPE, "C.UTF-8");
	e->foreign = true;
	e->lc_all = had != NULL ? str_dup(had) : NULL;
	return had == NULL || e->lc_all != NULL;
}

/* Whenever it begins, readline takes the locale from the environment, which our
 * children get as it was. */
static void lend_locale(const struct edit *e, bool on)
{
	if (!e->foreign)
		return;
	if (on)
		(void)setenv("LC_ALL", "C.UTF-8", 1);
	else if (e->lc_all != NULL)
		(void)setenv("LC_ALL", e->lc_all, 1);
	else
		(void)unsetenv("LC_ALL");
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

	if (edit_the != NULL)
		return err_set(err, ST_BUSY, "there is an editor already");
	if (isatty(STDIN_FILENO) != 1)
		return err_set(err, ST_USAGE, "standard input is no terminal");
	e = calloc(1, sizeof(*e));
	if (e == NULL)
		return err_nomem(err);
	e->options = *options;
	keyin_init(&e->keys, EDIT_PASTE_MAX);
	draft_init(&e->draft);
	buf_init(&e->later, EDIT_CHUNK);
	buf_init(&e->prompt, BUF_SMALL);
	buf_init(&e->saved, EDIT_TYPED_MAX * 2);
	edit_the = e;
	if (!set_locale(e)) {
		edit_free(e);
		return err_nomem(err);
	}
	rl_readline_name = options->name;
	rl_instream = stdin;
	rl_outstream = isatty(STDOUT_FILENO) == 1 ? stdout : stderr;
	rl_catch_signals = 0;
	rl_catch_sigwinch = 0;
	rl_change_environment = 0;
	rl_getc_function = edit_give_key;
	rl_input_available_hook = edit_has_key;
	rl_prep_term_function = prepare;
	rl_deprep_term_function = unprepare;
	rl_attempted_completion_function = edit_candidates;
	rl_completion_display_matches_hook = edit_show_matches;
	rl_completer_word_break_characters = "";
	edit_name_keys();
	lend_locale(e, true);
	(void)rl_initialize();
	lend_locale(e, false);
	set_variables();
	edit_bind_keys();
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
	buf_release(&e->later);
	buf_release(&e->prompt);
	buf_release(&e->saved);
	free(e->lc_all);
	edit_the = NULL;
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
	if (!e->active)
		return -1;
	return e->interrupted || e->later.len > 0
		? 0
		: keyin_timeout(&e->keys, clock_mono_ms());
}

bool edit_active(const struct edit *e)
{
	return e->active;
}

void edit_let_go(struct edit *e)
{
	if (!e->active)
		return;
	e->active = false;
	rl_callback_handler_remove();
	(void)fflush(rl_outstream);
}

static void on_line(char *line)
{
	struct edit *e = edit_the;
	struct line_range torn;

	if (line == NULL) {
		(void)rl_crlf();
		e->result = EDIT_EOF;
	} else {
		(void)draft_note(
			&e->draft, span_str(line), strlen(line), &torn);
		edit_recall(e);
		if (!draft_take(&e->draft, span_str(line))) {
			edit_say("the message is too long");
			buf_reset(&e->draft.text);
			e->draft.n_literal = 0;
		}
		e->result = EDIT_LINE;
		free(line);
	}
	edit_let_go(e);
	if (e->result == EDIT_LINE)
		edit_end_keys(e);
}

/* Shows prompt and draft, from the start of a line. */
static void show(struct edit *e)
{
	int rows;

	term_size(&e->columns, &rows);
	rl_reset_screen_size();
	term_interrupt_key(true);
	(void)term_quiet(true);
	lend_locale(e, true);
	rl_callback_handler_install(e->prompt.p, on_line);
	lend_locale(e, false);
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
		e->options.colour, term_get()->background, &e->prompt);
	st = buf_check(&e->prompt, "prompt", err);
	if (st != ST_OK)
		return st;
	if (!e->has_saved)
		draft_reset(&e->draft);
	show(e);
	return ST_OK;
}

void edit_leave_modes(struct edit *e)
{
	e->unit = 0;
	rl_free_line_state();
	rl_callback_sigcleanup();
}

static void hide(struct edit *e)
{
	edit_leave_modes(e);
	edit_note(e);
	buf_set(&e->saved, edit_now());
	e->saved_cursor = (size_t)rl_point;
	e->has_saved = !e->saved.bad && e->saved.len > 0;
	edit_clear_shown(e);
	edit_let_go(e);
}

void edit_stop(struct edit *e)
{
	if (e->active) {
		hide(e);
		edit_end_keys(e);
	}
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

void edit_interrupt(struct edit *e)
{
	keyin_interrupt(&e->keys);
	edit_leave_modes(e);
	edit_note(e);
	if (!draft_take(&e->draft, edit_now()))
		buf_reset(&e->draft.text);
	rl_point = rl_end;
	rl_redisplay();
	(void)fputs("^C", rl_outstream);
	(void)rl_crlf();
	edit_let_go(e);
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

enum edit_result edit_signal(struct edit *e, int number)
{
	e->result = EDIT_MORE;
	if (!e->active)
		return EDIT_MORE;
	if (number == SIGINT)
		edit_interrupt(e);
	else if (number == SIGWINCH)
		edit_resize(e);
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
