/*
 * Prints what the option rows say, for the tests that hold the manual and the
 * completions to them:
 *
 *	options dump | help | bash | zsh | fish | settings SECTION
 *
 * The files in share/completions are what the last three but one print.
 */
#include <stdio.h>
#include <string.h>

#include "app/args.h"
#include "conf/config.h"
#include "lint/shells.h"

static void dump(struct buf *out)
{
	args_dump(out);
}

static void help(struct buf *out)
{
	args_help(VERB_NONE, out);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*print)(struct buf *out);
	} what[] = {
		{"dump", dump},
		{"help", help},
		{"bash", shells_bash},
		{"zsh", shells_zsh},
		{"fish", shells_fish},
	};
	struct buf out;
	size_t i;
	int rc = 2;

	buf_init(&out, BUF_LARGE);
	if (argc == 3 && strcmp(argv[1], "settings") == 0)
		config_dump(argv[2], &out);
	for (i = 0; argc == 2 && i < sizeof(what) / sizeof(what[0]); i++)
		if (strcmp(argv[1], what[i].name) == 0)
			what[i].print(&out);
	if (!out.bad && out.len > 0) {
		(void)fwrite(out.p, 1, out.len, stdout);
		rc = fflush(stdout) == 0 ? 0 : 1;
	}
	buf_release(&out);
	return rc;
}
