/*
 * Documents that go with a prompt: files and standard input, read whole and
 * checked to be text before anything is sent.
 */
#ifndef ATL_APP_INPUT_H
#define ATL_APP_INPUT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

/* Bytes of all documents of one message. */
#define INPUT_MAX ((size_t)32 * 1024 * 1024)
#define INPUT_FILES_MAX ((size_t)256)
/* A larger file of a folder or of a pattern is left out; one that is named
 * itself is not. */
#define INPUT_AMONG_MAX ((size_t)1024 * 1024)

struct input {
	struct input_doc {
		struct buf name;
		struct buf text;
		bool found; /* in a folder or by a pattern: nobody named it */
	} * docs;
	size_t n;
	size_t cap;
	size_t bytes;
	struct buf left_out; /* "NAME (why)", a line each; not filtered */
	int stop_fd; /* reading a pipe ends when this descriptor becomes
			readable; -1 (the default): pipes are refused, since
			nothing could end the wait */
};

void input_init(struct input *in);
void input_release(struct input *in);

/*
 * Adds a file, every regular file of a folder (not those of folders below it,
 * nor hidden ones), or what a pattern of glob(7) matches. ST_USAGE, with the
 * next step, for a file that is missing, unreadable, a device, not text or too
 * large. An empty file is left out, which in->left_out tells; so is any of a
 * folder or a pattern with one of these faults, unless none remains.
 */
enum status input_file(struct input *in, const char *path, struct err *err);
/*
 * Adds all that can be read from fd, under `name`, waiting as cat does.
 * ST_STOPPED as soon as stop_fd (-1: none) becomes readable. Nothing is added
 * when it is empty.
 */
enum status input_fd(struct input *in, int fd, const char *name, int stop_fd,
	struct err *err);
/* Moves the documents of `from` behind those of `into`, all or none. */
enum status input_join(struct input *into, struct input *from, struct err *err);
/* Adds a document that is in memory: copies name and text. */
enum status input_text(
	struct input *in, struct span name, struct span text, struct err *err);
/* ST_USAGE unless the text is valid UTF-8 without NUL. */
enum status input_check(struct span text, const char *name, struct err *err);

#endif
