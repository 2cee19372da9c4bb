#include "app/setup_priv.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "app/unlock.h"
#include "base/file.h"
#include "store/apikeys.h"

/* Appends the text in quotes, escaped as the file is read. */
static void put_quoted(struct span s, struct buf *out)
{
	size_t i;

	buf_char(out, '"');
	for (i = 0; i < s.n; i++) {
		if (s.p[i] == '"' || s.p[i] == '\\')
			buf_char(out, '\\');
		/* Else the value of a variable would replace it. */
		if (s.p[i] == '$')
			buf_char(out, '\\');
		buf_char(out, s.p[i]);
	}
	buf_char(out, '"');
}

static void put_setting(
	const char *name, const struct buf *value, struct buf *out)
{
	if (value->len == 0)
		return;
	buf_fmt(out, "\t%s = ", name);
	put_quoted(buf_view(value), out);
	buf_char(out, '\n');
}

static void put_endpoint(const struct setup_plan *p, struct buf *out)
{
	struct span rest = buf_view(&p->parameters);
	const char *sep = "";

	buf_fmt(out, "endpoint %s {\n", p->name.p);
	if (p->preset != NULL)
		buf_fmt(out, "\tpreset = %s\n", p->preset->name);
	put_setting("url", &p->url, out);
	if (rest.n > 0) {
		buf_str(out, "\tparameters = {");
		while (rest.n > 0) {
			buf_str(out, sep);
			put_quoted(span_cut(&rest, '\n'), out);
			sep = ", ";
		}
		buf_str(out, "}\n");
	}
	put_setting("model", &p->model, out);
	if (p->key.len > 0)
		buf_fmt(out, "\tkey_vault = %s\n", p->name.p);
	buf_str(out, "}\n");
}

/* Appends the sections that the plan adds. */
static void put_sections(const struct setup_plan *p, struct buf *out)
{
	put_endpoint(p, out);
	buf_fmt(out, "defaults {\n\tendpoint = %s\n}\n", p->name.p);
}

/* Offset behind the brace of "defaults {" at the start of a line; n when there
 * is none. */
static size_t find_defaults(struct span text)
{
	size_t at = 0;

	while (at < text.n) {
		struct span rest = span_of(text.p + at, text.n - at);
		struct span line = span_cut(&rest, '\n');
		struct span s = span_trim(line);

		if (span_starts(s, "defaults")) {
			const char *brace = memchr(
				text.p + at, '{', text.n - at);

			if (brace != NULL)
				return (size_t)(brace - text.p) + 1;
		}
		at += line.n + 1;
	}
	return text.n;
}

/* Checks that the text reads as a configuration. *ret_default: the plan's
 * endpoint is its default one. */
static enum status reads(struct span text, const char *path,
	const struct setup_plan *p, bool *ret_default, struct err *err)
{
	struct config c;
	enum status st;

	config_init(&c);
	st = config_parse(&c, text, path, err);
	*ret_default = st == ST_OK && c.defaults.endpoint != NULL &&
		strcmp(c.defaults.endpoint, p->name.p) == 0;
	if (st == ST_OK && config_endpoint(&c, buf_view(&p->name)) == NULL)
		st = err_set(err, ST_CONFIG,
			"\"%s\" cannot be added to; add the endpoint by hand",
			path);
	config_release(&c);
	return st;
}

/* Puts the new sections behind the old text. */
static void append(struct span old, const struct buf *more, struct buf *out)
{
	buf_span(out, old);
	if (old.n > 0 && old.p[old.n - 1] != '\n')
		buf_char(out, '\n');
	if (old.n > 0)
		buf_char(out, '\n');
	buf_span(out, buf_view(more));
}

/* Adds the new endpoint, and makes it the default one in the section that
 * exists. */
static void put_into(struct span old, const struct setup_plan *p,
	bool default_one, struct buf *out)
{
	size_t at = default_one ? find_defaults(old) : old.n;
	struct buf endpoint;
	struct buf whole;

	buf_init(&endpoint, BUF_SMALL);
	buf_init(&whole, CONFIG_FILE_MAX);
	put_endpoint(p, &endpoint);
	buf_span(&whole, span_of(old.p, at));
	if (at < old.n) {
		buf_fmt(&whole, "\n\tendpoint = %s", p->name.p);
		buf_span(&whole, span_of(old.p + at, old.n - at));
	}
	append(buf_view(&whole), &endpoint, out);
	out->bad |= whole.bad || endpoint.bad;
	buf_release(&endpoint);
	buf_release(&whole);
}

static enum status compose(const struct app *app, const struct setup_plan *p,
	struct span old, const char *path, struct buf *out, bool *ret_default,
	struct err *err)
{
	bool has_defaults = find_defaults(old) < old.n;
	bool has_endpoint = app->config.defaults.endpoint != NULL;
	struct buf all;

	buf_init(&all, BUF_SMALL);
	put_sections(p, &all);
	if (has_defaults)
		put_into(old, p, !has_endpoint, out);
	else
		append(old, &all, out);
	out->bad |= all.bad;
	buf_release(&all);
	if (out->bad)
		return buf_check(out, "configuration", err);
	return reads(buf_view(out), path, p, ret_default, err);
}

enum status setup_compose(const struct app *app, const struct setup_plan *p,
	struct buf *ret_text, struct buf *ret_path, bool *ret_default,
	struct err *err)
{
	struct buf old;
	enum status st = file_xdg(XDG_CONFIG, "config", ret_path, err);

	if (st == ST_OK)
		st = buf_check(ret_path, "path", err);
	if (st != ST_OK)
		return st;
	buf_init(&old, CONFIG_FILE_MAX);
	st = file_read(ret_path->p, &old, err);
	if (st == ST_NOT_FOUND)
		st = ST_OK;
	if (st == ST_OK)
		st = compose(app, p, buf_view(&old), ret_path->p, ret_text,
			ret_default, err);
	buf_release(&old);
	return st;
}

static enum status write_file(
	struct span text, const char *path, struct err *err)
{
	char real[PATH_MAX];
	struct stat sb;
	mode_t mode = 0600;
	enum status st = file_mkdirs_above(path, 0700, err);

	if (st != ST_OK)
		return st;
	/* The file may be a link to where it is kept. */
	if (realpath(path, real) != NULL)
		path = real;
	if (stat(path, &sb) == 0)
		mode = sb.st_mode & 0777;
	return file_replace(path, text, mode, err);
}

enum status setup_write(struct app *app, const struct setup_plan *p,
	struct span text, const char *path, struct err *err)
{
	enum status st = ST_OK;

	if (p->key.len > 0) {
		st = unlock_storage(app, err);
		if (st == ST_OK && app->storage.vault == NULL)
			st = err_set(err, ST_CONFIG,
				"there is no vault to keep the key in");
		if (st == ST_OK)
			st = apikeys_set(app->storage.vault,
				app->storage.catalog, p->name.p, &p->key, err);
	}
	return st == ST_OK ? write_file(text, path, err) : st;
}
