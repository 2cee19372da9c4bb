#include "tty/edit_priv.h"

#include <stdlib.h>
#include <string.h>

#include <readline/history.h>
#include <readline/readline.h>

#include "tty/editor.h"
#include "tty/prompt.h"
#include "tty/term.h"

static char *next_match(const char *unused, int state)
{
	struct edit *e = edit_the;

	(void)unused;
	if (state == 0)
		e->next_word = 0;
	if (e->next_word >= e->words.n)
		return NULL;
	return strdup(e->words.words[e->next_word++]);
}

char **edit_candidates(const char *text, int start, int end)
{
	struct edit *e = edit_the;
	struct span line = edit_now();
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
void edit_show_matches(char **matches, int n, int longest)
{
	size_t skip = edit_the->word_start;
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

	if (!prompt_move(edit_now(), (size_t)rl_point, false, &at))
		return rl_get_previous_history(count, key);
	rl_point = (int)at;
	return 0;
}

static int move_down(int count, int key)
{
	size_t at;

	if (!prompt_move(edit_now(), (size_t)rl_point, true, &at))
		return rl_get_next_history(count, key);
	rl_point = (int)at;
	return 0;
}

static int accept_message(int count, int key)
{
	struct edit *e = edit_the;

	edit_note(e);
	if (draft_continued(&e->draft, edit_now())) {
		rl_point = rl_end;
		(void)rl_delete_text(rl_end - 1, rl_end);
		rl_point = rl_end;
		return insert_newline(1, key);
	}
	if (draft_open(&e->draft, edit_now()))
		return insert_newline(1, key);
	return rl_newline(count, key);
}

void edit_insert_paste(struct edit *e, struct span raw, bool cut)
{
	struct buf shown;
	size_t at;

	buf_init(&shown, BUF_SMALL);
	edit_note(e);
	if (draft_paste(&e->draft, raw, cut, &shown)) {
		at = (size_t)rl_point;
		(void)rl_insert_text(shown.p);
		draft_inserted(&e->draft, at, shown.len);
		e->draft.cursor = (size_t)rl_point;
		buf_set(&e->draft.seen, edit_now());
	} else {
		(void)rl_insert_text(shown.p);
		edit_note(e);
	}
	buf_release(&shown);
}

static int edit_elsewhere(int count, int key)
{
	struct edit *e = edit_the;
	struct buf text;
	struct err err;
	bool literal;

	(void)count;
	(void)key;
	edit_note(e);
	buf_init(&text, EDIT_PASTE_MAX);
	draft_expand(&e->draft, edit_now(), &text, &literal);
	edit_clear_shown(e);
	if (text.bad) {
		edit_say("the draft is too long for an editor");
	} else if (editor_run(&text, &err) != ST_OK) {
		edit_say(err.msg);
	} else {
		(void)rl_begin_undo_group();
		(void)rl_delete_text(0, rl_end);
		rl_point = 0;
		edit_note(e);
		edit_insert_paste(e, buf_view(&text), false);
		/* Text from the editor acts as if typed, unless it is mixed
		 * with what was pasted. */
		if (!literal)
			e->draft.parts.n = 0;
		else
			draft_all_literal(&e->draft);
		(void)rl_end_undo_group();
	}
	buf_release(&text);
	term_interrupt_key(true);
	(void)rl_on_new_line();
	(void)rl_forced_update_display();
	return 0;
}

/* Names for inputrc; the last two are those of bash. */
void edit_name_keys(void)
{
	static const char *const editor[] = {"edit-message",
		"edit-and-execute-command", "vi-edit-and-execute-command"};
	size_t i;

	(void)rl_add_defun("accept-message", accept_message, -1);
	(void)rl_add_defun("insert-newline", insert_newline, -1);
	for (i = 0; i < sizeof(editor) / sizeof(editor[0]); i++)
		(void)rl_add_defun(editor[i], edit_elsewhere, -1);
}

/* Rebinds a key sequence that has its usual meaning. */
static void rebind(Keymap map, const char *keys, rl_command_func_t *usual,
	rl_command_func_t *ours)
{
	if (rl_function_of_keyseq(keys, map, NULL) == usual)
		(void)rl_bind_keyseq_in_map(keys, ours, map);
}

/* Makes unbound keys do nothing, where readline would leave the end of what
 * they send in the line; inputrc comes later. */
static void bind_unknown(Keymap map)
{
	int type = ISFUNC;
	rl_command_func_t *f = rl_function_of_keyseq("\033[", map, &type);

	if (f != NULL && type == ISKMAP)
		f = ((Keymap)f)[ANYOTHERKEY].function;
	if (f == NULL)
		(void)rl_bind_keyseq_in_map("\\e[", rl_skip_csi_sequence, map);
}

void edit_bind_keys(void)
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
		bind_unknown(map);
		(void)rl_bind_keyseq_if_unbound_in_map(
			"\\C-x\\C-e", edit_elsewhere, map);
		if (strcmp(maps[i], "vi-command") == 0)
			(void)rl_bind_keyseq_if_unbound_in_map(
				"v", edit_elsewhere, map);
		rebind(map, "\033[A", rl_get_previous_history, move_up);
		rebind(map, "\033OA", rl_get_previous_history, move_up);
		rebind(map, "\033[B", rl_get_next_history, move_down);
		rebind(map, "\033OB", rl_get_next_history, move_down);
	}
}
