/*
 * The words that can follow "key" on the command line: rows of one table for
 * parsing, help and completion.
 */
#ifndef ATL_APP_KEY_WORDS_H
#define ATL_APP_KEY_WORDS_H

#include "base/buf.h"
#include "base/err.h"
#include "conf/opt.h"

enum key_what {
	KEY_INIT,
	KEY_STATUS,
	KEY_PASSWD,
	KEY_ADD,
	KEY_REMOVE,
	KEY_RECOVERY,
	KEY_UNLOCK,
	KEY_LOCK,
	KEY_ROTATE,
	KEY_SET,
	KEY_UNSET,
	KEY_NAMES,
	KEY_WHATS, /* how many there are */
};

/* KEY_WHATS when there is no such word. */
enum key_what key_find(const char *word);
/* Word i of the table; NULL behind the last. */
const char *key_word(size_t i);
/* Appends all words with their help, a line each. */
void key_help(struct buf *out);
/* ST_USAGE, with what is allowed, unless the words behind "key" are valid. */
enum status key_check_words(const struct opt_list *words, struct err *err);

#endif
