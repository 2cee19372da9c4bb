/*
 * What a typed line refers to, made into documents of a message: files, earlier
 * messages, other conversations.
 */
#ifndef ATL_APP_REFS_H
#define ATL_APP_REFS_H

#include "app/app.h"
#include "app/input.h"
#include "chat/conv.h"
#include "text/line.h"

/*
 * Attaches everything `line` refers to and appends a line about each to
 * `told`, filtered. Nothing is to be sent when it fails.
 */
enum status refs_attach(struct app *app, const struct line *line,
	const struct conv *conv, struct msg *m, struct buf *told,
	struct err *err);

/* The same with documents that are at hand. */
enum status refs_attach_input(const struct input *in, struct msg *m,
	struct buf *told, struct err *err);
/* The tokens that documents of a message may cost unasked. */
#define REFS_UNASKED_TOKENS 16000
/*
 * Asks whether they are to be sent when they cost more than that, or more than
 * a quarter of the window (0: not known). ST_FAIL when they are not.
 */
enum status refs_confirm(const struct app *app, const struct msg *m,
	int64_t window, struct err *err);
/* A line about each document, as above, without attaching it. */
void refs_list(const struct input *in, const char *word, struct buf *told);
/* Tells, where there is no chat, what a folder or a pattern has brought and
 * what was left out. */
void refs_note(const struct app *app, const struct input *in);

#endif
