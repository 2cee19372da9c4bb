/* conf: folders of named files, the user's before the program's. */
#include "unit/check.h"

#include <stdlib.h>
#include <sys/stat.h>

#include "conf/shelf.h"
#include "unit/home.h"

static const struct shelf notes = {"notes", ".md"};
static struct home home;

static void put(const char *path, const char *text)
{
	home_write(home_path(&home, path), text, strlen(text));
}

static void set_up(void)
{
	home_new(&home);
	HOME_MUST(mkdir(home_path(&home, "share"), 0700) == 0);
	HOME_MUST(mkdir(home_path(&home, "share/notes"), 0700) == 0);
	HOME_MUST(setenv("ATLLAMA_SHARE", home_path(&home, "share"), 1) == 0);
	HOME_MUST(setenv("XDG_CONFIG_HOME", home.root, 1) == 0);
	put("share/notes/both.md", "the program's");
	put("share/notes/alpha.md", "first");
}

static void names_are(const char *want)
{
	struct buf out;
	struct err err;

	buf_init(&out, BUF_SMALL);
	CHECK_INT(shelf_names(&notes, &out, &err), ST_OK);
	CHECK_STR(out.p, want);
	buf_release(&out);
}

static void reads(const char *name, enum status st, const char *want)
{
	struct buf path;
	struct buf out;
	struct err err;

	buf_init(&path, BUF_SMALL);
	buf_init(&out, BUF_SMALL);
	buf_str(&path, "as it was");
	buf_str(&out, "> ");
	CHECK_INT(shelf_read(&notes, span_str(name), &path, &out, &err), st);
	CHECK_STR(out.p + 2, want);
	buf_release(&path);
	buf_release(&out);
}

static void the_users_own_come_first(void)
{
	names_are("alpha\nboth\n");
	reads("both", ST_OK, "the program's");
	HOME_MUST(mkdir(home_path(&home, "atllama"), 0700) == 0);
	HOME_MUST(mkdir(home_path(&home, "atllama/notes"), 0700) == 0);
	put("atllama/notes/both.md", "the user's");
	put("atllama/notes/zeta.md", "last");
	names_are("both\nzeta\nalpha\n");
	reads("both", ST_OK, "the user's");
	reads("alpha", ST_OK, "first");
	reads("none", ST_NOT_FOUND, "");
}

static void what_is_no_name_is_passed_over(void)
{
	put("atllama/notes/.md", "x");
	put("atllama/notes/.hidden.md", "x");
	put("atllama/notes/zeta.md~", "x");
	put("atllama/notes/two words.md", "x");
	put("atllama/notes/\033[2J.md", "x");
	put("atllama/notes/plain", "x");
	names_are("both\nzeta\nalpha\n");
	reads("../notes/zeta", ST_NOT_FOUND, "");
	reads("", ST_NOT_FOUND, "");
}

int main(void)
{
	set_up();
	RUN(the_users_own_come_first);
	RUN(what_is_no_name_is_passed_over);
	home_free(&home);
	return REPORT();
}
