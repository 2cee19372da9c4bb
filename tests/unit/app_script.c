/* app/script: messages out of files, however they are cut. */
#include "unit/check.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/script.h"
#include "base/file.h"

static char folder[] = "/tmp/atl-script-XXXXXX";

static void put_file(const char *name, const char *text, struct buf *path)
{
	buf_reset(path);
	buf_fmt(path, "%s/%s", folder, name);
	CHECK_INT(file_replace(path->p, span_str(text), 0600, NULL), ST_OK);
}

/* Appends each message with its line and "#" for literal parts. */
static void put_message(const struct script *s, struct buf *out)
{
	struct buf place;

	buf_init(&place, BUF_SMALL);
	script_place(s, &place);
	buf_fmt(out, "[%s]%s%s", strrchr(place.p, ':') + 1, s->draft.text.p,
		s->draft.n_literal > 0 ? "#" : "");
	buf_release(&place);
}

static enum status run_all(struct script *s, struct buf *out)
{
	enum script_step step = SCRIPT_WAIT;
	enum status st = ST_OK;

	while (st == ST_OK && step != SCRIPT_END) {
		st = script_next(s, &step, NULL);
		if (st == ST_OK && step == SCRIPT_MESSAGE)
			put_message(s, out);
		if (st == ST_OK && step == SCRIPT_WAIT)
			st = script_read(s, NULL);
	}
	return st;
}

static void check(const char *text, const char *want)
{
	struct script s;
	struct buf path;
	struct buf got;

	buf_init(&path, BUF_SMALL);
	buf_init(&got, BUF_LARGE);
	script_init(&s);
	put_file("x", text, &path);
	CHECK_INT(script_open(&s, path.p, NULL), ST_OK);
	CHECK_INT(run_all(&s, &got), ST_OK);
	CHECK_STR(got.p, want);
	CHECK(!script_active(&s));
	script_release(&s);
	buf_release(&path);
	buf_release(&got);
}

static void messages(void)
{
	check("", "");
	check("\n \n\n", "");
	check("one", "[1]one");
	check("one\ntwo\n", "[1]one[2]two");
	check("one\r\ntwo\r\n", "[1]one[2]two");
	check("\xef\xbb\xbfone\n", "[1]one");
	check("#!/usr/bin/x\n# c\none\n #two\n", "[3]one[4] #two");
	check("one \\\ntwo\\\n\nthree\n", "[1]one \ntwo\n[4]three");
	check("a\\\\\nb\n", "[1]a\\\\[2]b");
	check("\"\"\"\n/x\n# y\n\"\"\"\nz\n", "[1]/x\n# y#[5]z");
	check("one\\\n", "[1]one\n");
}

/* One byte at a time, through a pipe. */
static void cut_anywhere(void)
{
	static const char text[] =
		"# c\none\r\n\"\"\"\nin\n\"\"\"\nlast \\\nline\ntail";
	struct script s;
	struct buf path;
	struct buf got;
	enum script_step step = SCRIPT_WAIT;
	int ends[2];
	int old = dup(STDIN_FILENO);
	size_t i;

	buf_init(&path, BUF_SMALL);
	buf_init(&got, BUF_LARGE);
	script_init(&s);
	CHECK_INT(pipe(ends), 0);
	CHECK(dup2(ends[0], STDIN_FILENO) == STDIN_FILENO);
	CHECK_INT(script_open(&s, "-", NULL), ST_OK);
	for (i = 0; i <= strlen(text); i++) {
		if (i < strlen(text))
			CHECK(fd_write_full(ends[1], text + i, 1));
		else
			CHECK_INT(close(ends[1]), 0);
		CHECK_INT(script_read(&s, NULL), ST_OK);
		do {
			CHECK_INT(script_next(&s, &step, NULL), ST_OK);
			if (step == SCRIPT_MESSAGE)
				put_message(&s, &got);
		} while (step == SCRIPT_MESSAGE);
		CHECK(step == (i < strlen(text) ? SCRIPT_WAIT : SCRIPT_END));
	}
	CHECK_STR(got.p, "[2]one[3]in#[6]last \nline[8]tail");
	CHECK(dup2(old, STDIN_FILENO) == STDIN_FILENO);
	(void)close(old);
	(void)close(ends[0]);
	script_release(&s);
	buf_release(&path);
	buf_release(&got);
}

static void faults(void)
{
	struct script s;
	struct buf path;
	struct buf got;
	struct err err;
	int i;

	buf_init(&path, BUF_SMALL);
	buf_init(&got, BUF_LARGE);
	script_init(&s);
	CHECK_INT(script_open(&s, "/nowhere/at/all", &err), ST_USAGE);
	CHECK_INT(script_open(&s, folder, &err), ST_USAGE);
	CHECK(!script_active(&s));
	put_file("open", "one\n\n\"\"\"\ntwo\n", &path);
	CHECK_INT(script_open(&s, path.p, &err), ST_OK);
	CHECK_INT(run_all(&s, &got), ST_USAGE);
	CHECK_STR(got.p, "[1]one");
	buf_reset(&got);
	script_place(&s, &got);
	CHECK_STR(strrchr(got.p, ':'), ":3");
	script_stop(&s);
	put_file("bad", "\xff\xfe\n", &path);
	CHECK_INT(script_open(&s, path.p, &err), ST_OK);
	CHECK_INT(run_all(&s, &got), ST_USAGE);
	script_stop(&s);
	for (i = 0; i < SCRIPT_DEPTH_MAX; i++)
		CHECK_INT(script_open(&s, path.p, &err), ST_OK);
	CHECK_INT(script_open(&s, path.p, &err), ST_USAGE);
	script_release(&s);
	buf_release(&path);
	buf_release(&got);
}

int main(void)
{
	int failed;

	CHECK(mkdtemp(folder) != NULL);
	RUN(messages);
	RUN(cut_anywhere);
	RUN(faults);
	failed = REPORT();
	{
		struct buf path;
		static const char *const names[] = {"x", "open", "bad"};
		size_t i;

		buf_init(&path, BUF_SMALL);
		for (i = 0; i < 3; i++) {
			buf_reset(&path);
			buf_fmt(&path, "%s/%s", folder, names[i]);
			(void)unlink(path.p);
		}
		buf_release(&path);
		(void)rmdir(folder);
	}
	return failed;
}
