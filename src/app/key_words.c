#include "app/key_words.h"

#include <string.h>

enum { HELP_COLUMN = 18 };

static const struct {
	const char *name;
	const char *arg; /* "" for none; in brackets: optional */
	const char *help;
} rows[KEY_WHATS] = {
	[KEY_INIT] = {"init", "[KIND]",
		"make the vault, before the first conversation"},
	[KEY_STATUS] = {"status", "",
		"what opens the vault, and whether it is open"},
	[KEY_PASSWD] = {"passwd", "", "change the passphrase"},
	[KEY_ADD] = {"add", "KIND",
		"add a passphrase, key-file, both of them, or recovery code"},
	[KEY_REMOVE] = {"remove", "SLOT",
		"remove one, by its number in the status"},
	[KEY_RECOVERY] = {"recovery", "", "make a new recovery code"},
	[KEY_UNLOCK] = {"unlock", "", "keep the vault open for a while"},
	[KEY_LOCK] = {"lock", "", "end that"},
	[KEY_ROTATE] = {"rotate", "",
		"encrypt everything anew under a new master key"},
	[KEY_SET] = {"set", "NAME",
		"store an API key, read from terminal or stdin"},
	[KEY_UNSET] = {"unset", "NAME", "remove it"},
	[KEY_NAMES] = {"names", "", "the names of the stored API keys"},
};

enum key_what key_find(const char *word)
{
	size_t i;

	for (i = 0; i < KEY_WHATS; i++)
		if (strcmp(rows[i].name, word) == 0)
			break;
	return (enum key_what)i;
}

const char *key_word(size_t i)
{
	return i < KEY_WHATS ? rows[i].name : NULL;
}

void key_help(struct buf *out)
{
	size_t i;

	for (i = 0; i < KEY_WHATS; i++) {
		size_t start = out->len;

		buf_fmt(out, "  %s%s%s", rows[i].name,
			rows[i].arg[0] != '\0' ? " " : "", rows[i].arg);
		buf_fmt(out, "%*s%s\n", (int)(HELP_COLUMN - (out->len - start)),
			"", rows[i].help);
	}
}

enum status key_check_words(const struct opt_list *words, struct err *err)
{
	enum key_what what = words->n > 0 ? key_find(words->v[0]) : KEY_WHATS;

	if (what == KEY_WHATS)
		return err_set(err, ST_USAGE,
			"what about keys? atllama help key lists what there "
			"is, such as atllama key status");
	if (rows[what].arg[0] == '\0' && words->n > 1)
		return err_set(err, ST_USAGE, "\"key %s\" takes no words",
			rows[what].name);
	if (words->n > 2 ||
		(words->n < 2 && rows[what].arg[0] != '\0' &&
			rows[what].arg[0] != '['))
		return err_set(err, ST_USAGE, "it is: atllama key %s %s",
			rows[what].name, rows[what].arg);
	return ST_OK;
}
