#include "tty/edit_priv.h"

#include <stdio.h>
#include <string.h>

#include <readline/readline.h>

#include "tty/prompt.h"
#include "tty/term.h"

void edit_say(const char *message)
{
	struct buf line;

	buf_init(&line, BUF_SMALL);
	buf_fmt(&line, "atllama: %s", message);
	(void)fprintf(rl_outstream, "%s\n", line.p);
	(void)fflush(rl_outstream);
	buf_release(&line);
}

void edit_clear_shown(struct edit *e)
{
	if (e->options.dumb) {
		(void)rl_crlf();
	} else {
		(void)rl_clear_visible_line();
		(void)fputc('\r', rl_outstream);
	}
	(void)fflush(rl_outstream);
}

/* Erases the row of the cursor with what is below it, and so many above. Row by
 * row, since tmux takes a screen that is erased from its first place for
 * something to keep, and puts it into the scrollback. */
static void erase_rows(int up)
{
	(void)fputs("\033[J\r\033[K", rl_outstream);
	while (up-- > 0)
		(void)fputs("\033[A\033[K", rl_outstream);
}

/* Appends the prompt as readline shows it: inputrc may have it put the mode of
 * editing before it. */
static void put_shown_prompt(const struct edit *e, struct buf *out)
{
	const char *shows = rl_variable_value("show-mode-in-prompt");
	const char *name = "emacs-mode-string";
	const char *mode = "@";

	if (rl_editing_mode == 0 && rl_get_keymap() == vi_insertion_keymap) {
		name = "vi-ins-mode-string";
		mode = "(ins)";
	} else if (rl_editing_mode == 0) {
		name = "vi-cmd-mode-string";
		mode = "(cmd)";
	}
	if (shows != NULL && strcmp(shows, "on") == 0) {
		const char *own = rl_variable_value(name);

		buf_str(out, own != NULL ? own : mode);
	}
	buf_span(out, buf_view(&e->prompt));
}

/*
 * Readline goes up as many rows as the line had; where the terminal has broken
 * it anew meanwhile, this eats what stands above or leaves a part of the line
 * there. So the rows are counted here, and the line is drawn afresh.
 */
void edit_resize(struct edit *e)
{
	struct span before = span_of(rl_line_buffer, (size_t)rl_point);
	struct buf prompt;
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
	buf_init(&prompt, BUF_SMALL);
	put_shown_prompt(e, &prompt);
	up = prompt_row(buf_view(&prompt), before, columns, &filled);
	was = prompt_row(buf_view(&prompt), before, e->columns, &filled);
	if (filled && e->fresh_row)
		up++;
	if (!prompt_reflows())
		up = was;
	if (up > rows - 1)
		up = rows - 1;
	erase_rows(up);
	e->columns = columns;
	rl_reset_screen_size();
	/* Where the prompt itself is broken was reckoned when it was set. */
	(void)rl_set_prompt(e->prompt.p);
	(void)rl_on_new_line();
	(void)rl_forced_update_display();
	(void)prompt_row(buf_view(&prompt), before, columns, &filled);
	e->fresh_row = filled && rl_point == rl_end;
	buf_release(&prompt);
}
