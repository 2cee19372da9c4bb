#include "tty/edit_priv.h"

#include <stdio.h>

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

/*
 * Readline goes up as many rows as the line had; where the terminal has broken
 * it anew meanwhile, this eats what stands above or leaves a part of the line
 * there. So the rows are counted here, and the line is drawn afresh.
 */
void edit_resize(struct edit *e)
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
	(void)prompt_row(prompt, before, columns, &filled);
	e->fresh_row = filled && rl_point == rl_end;
}
