#include "chat/msg.h"

#include <stdlib.h>
#include <string.h>

#include "base/vec.h"
#include "chat/image.h"

enum { NAME_MAX_BYTES = 4096 };

static void init_texts(struct msg *m)
{
	buf_init(&m->text, BUF_LARGE);
	buf_init(&m->reasoning, BUF_LARGE);
	buf_init(&m->agent, NAME_MAX_BYTES);
	buf_init(&m->model, NAME_MAX_BYTES);
	buf_init(&m->endpoint, NAME_MAX_BYTES);
	buf_init(&m->finish, NAME_MAX_BYTES);
	buf_init(&m->note, NAME_MAX_BYTES);
	buf_init(&m->task, NAME_MAX_BYTES);
	buf_init(&m->tools, BUF_LARGE);
}

struct msg *msg_new(enum role role)
{
	char *none;

	return msg_new_room(NULL, role, 0, &none);
}

struct msg *msg_new_room(
	struct arena *a, enum role role, size_t n, char **ret_room)
{
	struct msg *m;

	if (n > SIZE_MAX - sizeof(*m))
		return NULL;
	m = a != NULL ? arena_get(a, sizeof(*m) + n) : malloc(sizeof(*m) + n);
	if (m == NULL)
		return NULL;
	memset(m, 0, sizeof(*m));
	m->in_arena = a != NULL;
	m->role = role;
	m->usage = USAGE_UNKNOWN;
	init_texts(m);
	*ret_room = (char *)(m + 1);
	return m;
}

void msg_free(struct msg *m)
{
	size_t i;

	if (m == NULL)
		return;
	for (i = 0; i < m->attach_n; i++) {
		buf_release(&m->attach[i].name);
		buf_release(&m->attach[i].text);
	}
	free(m->attach);
	buf_release(&m->text);
	buf_release(&m->reasoning);
	buf_release(&m->agent);
	buf_release(&m->model);
	buf_release(&m->endpoint);
	buf_release(&m->finish);
	buf_release(&m->note);
	buf_release(&m->task);
	buf_release(&m->tools);
	if (!m->in_arena)
		free(m);
}

static bool copy_texts(struct msg *to, const struct msg *from)
{
	buf_span(&to->text, buf_view(&from->text));
	buf_span(&to->reasoning, buf_view(&from->reasoning));
	buf_span(&to->agent, buf_view(&from->agent));
	buf_span(&to->model, buf_view(&from->model));
	buf_span(&to->endpoint, buf_view(&from->endpoint));
	buf_span(&to->finish, buf_view(&from->finish));
	buf_span(&to->note, buf_view(&from->note));
	buf_span(&to->task, buf_view(&from->task));
	buf_span(&to->tools, buf_view(&from->tools));
	return !to->text.bad && !to->reasoning.bad && !to->agent.bad &&
		!to->model.bad && !to->endpoint.bad && !to->finish.bad &&
		!to->note.bad && !to->task.bad && !to->tools.bad;
}

struct msg *msg_dup(const struct msg *m)
{
	struct msg *copy = msg_new(m->role);
	size_t i;

	if (copy == NULL)
		return NULL;
	copy->id = m->id;
	copy->parent = m->parent;
	copy->time_ms = m->time_ms;
	copy->outcome = m->outcome;
	copy->recovered = m->recovered;
	copy->usage = m->usage;
	if (!copy_texts(copy, m))
		goto fail;
	for (i = 0; i < m->attach_n; i++)
		if (msg_attach(copy, buf_view(&m->attach[i].name),
			    buf_view(&m->attach[i].text), NULL) != ST_OK)
			goto fail;
	return copy;
fail:
	msg_free(copy);
	return NULL;
}

enum status msg_attach(
	struct msg *m, struct span name, struct span text, struct err *err)
{
	struct attachment *a;

	if (!vec_grow(&m->attach, &m->attach_cap, m->attach_n + 1,
		    sizeof(*m->attach), MSG_ATTACH_MAX)) {
		if (m->attach_n >= MSG_ATTACH_MAX)
			return err_set(err, ST_USAGE,
				"more than %d documents "
				"in one message; attach a folder in parts",
				MSG_ATTACH_MAX);
		return err_nomem(err);
	}
	a = &m->attach[m->attach_n];
	buf_init(&a->name, NAME_MAX_BYTES);
	buf_init(&a->text, BUF_LARGE);
	buf_span(&a->name, name);
	buf_span(&a->text, text);
	if (a->name.bad || a->text.bad) {
		enum status st = buf_check(a->name.bad ? &a->name : &a->text,
			"attached document", err);

		buf_release(&a->name);
		buf_release(&a->text);
		return st;
	}
	m->attach_n++;
	return ST_OK;
}

static void put_fence(struct buf *out, size_t n)
{
	while (n-- > 0)
		buf_char(out, '`');
}

static void put_attachment(const struct attachment *a, struct buf *out)
{
	struct span text = buf_view(&a->text);
	size_t fence = span_longest_run(text, '`') + 1;
	size_t i;

	if (fence < 3)
		fence = 3;
	buf_str(out, "Document \"");
	for (i = 0; i < a->name.len; i++) {
		char c = a->name.p[i];

		/* A name must not end its own line. */
		if (c == '"')
			c = '\'';
		buf_char(out, (unsigned char)c < 0x20 ? '?' : c);
	}
	buf_str(out, "\":\n");
	put_fence(out, fence);
	buf_char(out, '\n');
	buf_span(out, text);
	if (text.n > 0 && text.p[text.n - 1] != '\n')
		buf_char(out, '\n');
	put_fence(out, fence);
}

static void put_content(const struct msg *m, bool images, struct buf *out)
{
	struct image image;
	size_t i;

	buf_span(out, buf_view(&m->text));
	for (i = 0; i < m->attach_n; i++) {
		const struct attachment *a = &m->attach[i];
		bool is_image = image_read(buf_view(&a->text), &image);

		if (is_image && !images)
			continue;
		if (out->len > 0)
			buf_str(out, "\n\n");
		if (is_image)
			image_describe(buf_view(&a->name), &image, out);
		else
			put_attachment(a, out);
	}
}

void msg_content(const struct msg *m, struct buf *out)
{
	put_content(m, true, out);
}

void msg_words(const struct msg *m, struct buf *out)
{
	put_content(m, false, out);
}

bool msg_has_image(const struct msg *m)
{
	struct image image;
	size_t i;

	for (i = 0; i < m->attach_n; i++)
		if (image_read(buf_view(&m->attach[i].text), &image))
			return true;
	return false;
}

static const char *const role_names[] = {
	[ROLE_USER] = "user",
	[ROLE_ASSISTANT] = "assistant",
	[ROLE_SYSTEM] = "system",
	[ROLE_TOOL] = "tool",
};

const char *role_name(enum role role)
{
	return role_names[role];
}

bool role_parse(struct span s, enum role *ret)
{
	size_t i;

	if (span_is(s, "human"))
		s = span_str("user");
	else if (span_is(s, "ai"))
		s = span_str("assistant");
	for (i = 0; i < sizeof(role_names) / sizeof(role_names[0]); i++)
		if (span_is(s, role_names[i])) {
			*ret = (enum role)i;
			return true;
		}
	return false;
}

static const struct {
	const char *name;
	enum status status;
} outcome_rows[] = {
	[OUTCOME_NONE] = {"none", ST_OK},
	[OUTCOME_COMPLETE] = {"complete", ST_OK},
	[OUTCOME_LENGTH] = {"length", ST_OK},
	[OUTCOME_FILTERED] = {"filtered", ST_FILTERED},
	[OUTCOME_STOPPED] = {"stopped", ST_STOPPED},
	[OUTCOME_CUT] = {"cut", ST_CUT},
	[OUTCOME_FAILED] = {"failed", ST_FAIL},
};

const char *outcome_name(enum outcome o)
{
	return outcome_rows[o].name;
}

bool outcome_parse(struct span s, enum outcome *ret)
{
	size_t i;

	for (i = 0; i < sizeof(outcome_rows) / sizeof(outcome_rows[0]); i++)
		if (span_is(s, outcome_rows[i].name)) {
			*ret = (enum outcome)i;
			return true;
		}
	return false;
}

enum status outcome_status(enum outcome o, bool strict)
{
	if (o == OUTCOME_LENGTH && strict)
		return ST_LENGTH;
	return outcome_rows[o].status;
}
