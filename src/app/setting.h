/*
 * Settings of an agent that were changed in the chat: those of an agent section
 * of the configuration, as far as they can change while the program runs. They
 * override everything else and end with the program.
 */
#ifndef ATL_APP_SETTING_H
#define ATL_APP_SETTING_H

#include <stddef.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/err.h"
#include "conf/config.h"
#include "conf/opt.h"

#define SETTINGS_MAX ((size_t)256)

struct app;
struct app_agent;

struct settings {
	struct setting {
		const struct opt_row *row;
		struct buf value;
	} * v;
	size_t n;
	size_t cap;
	struct agent_conf conf; /* made of the settings; borrows from them */
};

void settings_init(struct settings *s);
void settings_release(struct settings *s);
enum status settings_copy(
	struct settings *to, const struct settings *from, struct err *err);
/* Sets a value: replaces what was set before, or for a list adds to it. On
 * failure nothing has changed. */
enum status settings_say(struct settings *s, const struct opt_row *row,
	struct span value, struct err *err) ATTR_MUST_CHECK;
/* Forgets what was set. */
void settings_drop(struct settings *s, const struct opt_row *row);

/* The row of a setting, in whose name "-" stands for "_" too; NULL when there
 * is none, or it cannot change while the program runs. */
const struct opt_row *setting_row(struct span name);
/* Row i of these; NULL behind the last. */
const struct opt_row *setting_at(size_t i);

/* Appends the value in force, "-" for none; not filtered. */
void setting_put_value(
	const struct opt_row *row, const struct app_agent *a, struct buf *out);
/* Appends where that value comes from: "/set", "command line", "agent coder",
 * ...; not filtered. */
void setting_put_origin(const struct opt_row *row, const struct app *app,
	const struct app_agent *a, struct buf *out);

#endif
