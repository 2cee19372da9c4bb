/*
 * What a typed line refers to, turned into documents of a message: files,
 * earlier messages, other conversations.
 */
#ifndef ATL_APP_REFS_H
#define ATL_APP_REFS_H

#include "app/app.h"
#include "app/input.h"
#include "chat/conv.h"
#include "text/line.h"

/*
 * Attaches everything that `line` refers to, and appends a line about each
 * document to `told`, filtered. When it fails, nothing is to be sent.
 */
enum status refs_attach(struct app *app, const struct line *line,
	const struct conv *conv, struct msg *m, struct buf *told,
	struct err *err);

/* The same for documents that have been read. */
enum status refs_attach_input(const struct input *in, struct msg *m,
	struct buf *told, struct err *err);
/* Tokens that the documents of a message may cost without a question. */
#define REFS_UNASKED_TOKENS 16000
/*
 * Asks whether to send documents that cost more than that, or more than a
 * quarter of the window (0: not known). ST_FAIL for no.
 */
enum status refs_confirm(const struct app *app, const struct msg *m,
	int64_t window, struct err *err);
/* Appends a line about each document, as above, without attaching it. */
void refs_list(const struct input *in, const char *word, struct buf *told);
/* Tells, outside of a chat, which files of folders and patterns were taken and
 * which were left out. */
void refs_note(const struct app *app, const struct input *in);

#endif
