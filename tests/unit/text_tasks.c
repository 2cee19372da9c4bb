/* The templates that come with the program: each can be read and filled, has
 * all that a template of ours has, and some are held word for word. */
#include <dirent.h>
#include <stdlib.h>

#include "unit/check.h"

#include "base/file.h"
#include "text/template.h"

#define FOLDER TESTS_DIR "/../share/tasks"

static void read_it(struct template *t, const char *name)
{
	struct buf path;
	struct buf text;
	struct err err;

	buf_init(&path, BUF_SMALL);
	buf_init(&text, TEMPLATE_MAX);
	buf_fmt(&path, FOLDER "/%s", name);
	if (file_read(path.p, &text, &err) != ST_OK ||
		template_read(t, buf_view(&text), name, &err) != ST_OK) {
		printf("%s: %s\n", name, err.msg);
		CHECK(false);
	}
	buf_release(&path);
	buf_release(&text);
}

/* Sets every variable, or those that are required. */
static void fill_it(struct template *t, bool all)
{
	struct buf set;
	struct err err;
	size_t i;

	buf_init(&set, BUF_SMALL);
	for (i = 0; i < t->vars_n; i++) {
		if (!all && !t->vars[i].required)
			continue;
		buf_reset(&set);
		buf_fmt(&set, "%s=VALUE OF %s", t->vars[i].name.p,
			t->vars[i].name.p);
		CHECK_INT(template_set(t, buf_view(&set), &err), ST_OK);
	}
	CHECK_INT(template_fill(t, span_str("THE INPUT"), &err), ST_OK);
	buf_release(&set);
}

static bool holds(const struct buf *b, const char *s)
{
	return strstr(b->p, s) != NULL;
}

/* A step uses what those before it found. */
static void check_steps(const char *name, const struct outline *o)
{
	uint64_t used = 0;
	size_t i;

	CHECK(o->steps_n >= 2 && o->steps_n <= 5);
	for (i = 0; i < o->steps_n; i++) {
		const struct outline_step *s = &o->steps[i];

		if (s->needs >> i != 0)
			printf("%s: %s needs what comes later\n", name,
				s->id.p);
		CHECK(s->needs >> i == 0);
		CHECK(s->work.len >= 60 && s->title.len <= 40);
		CHECK(!holds(&s->work, "{{"));
		used |= s->needs;
	}
	/* Steps that have nothing to do with each other are no plan. */
	CHECK(used != 0);
}

static void check_template(const char *name)
{
	struct template t;
	const struct outline *o = &t.outline;
	int before = check_failures;
	size_t i;

	template_init(&t);
	read_it(&t, name);
	CHECK(t.description.len > 20 && t.description.len <= 80);
	CHECK(t.takes_input);
	for (i = 0; i < t.vars_n; i++)
		CHECK(t.vars[i].help.len >= 5 && t.vars[i].help.len <= 70);
	fill_it(&t, true);
	CHECK(holds(&o->task, "THE INPUT"));
	for (i = 0; i < t.vars_n; i++) {
		struct buf value;

		buf_init(&value, BUF_SMALL);
		buf_fmt(&value, "VALUE OF %s", t.vars[i].name.p);
		if (!holds(&o->task, value.p))
			printf("%s: %s is not used\n", name, t.vars[i].name.p);
		CHECK(holds(&o->task, value.p));
		buf_release(&value);
	}
	CHECK(o->role.len >= 80 && o->form.len >= 20 && o->missing.len >= 40);
	CHECK(!holds(&o->role, "{{") && !holds(&o->task, "{{"));
	CHECK(outline_lines(&o->check) >= 4 && outline_lines(&o->check) <= 8);
	check_steps(name, o);
	if (check_failures > before)
		printf("in %s\n", name);
	template_release(&t);
}

static void all_are_whole(void)
{
	DIR *d = opendir(FOLDER);
	struct dirent *e;
	size_t n = 0;

	CHECK(d != NULL);
	while (d != NULL && (e = readdir(d)) != NULL)
		if (e->d_name[0] != '.') {
			check_template(e->d_name);
			n++;
		}
	if (d != NULL)
		(void)closedir(d);
	CHECK(n >= 28);
}

/* What is sent for them changes with the golden file only. */
static void some_are_held_word_for_word(void)
{
	static const char *const names[] = {
		"project-plan", "data-analysis", "translate", "customer-reply"};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct template t;
		struct buf path;
		struct buf want;
		struct buf got;

		template_init(&t);
		buf_init(&path, BUF_SMALL);
		buf_init(&want, BUF_LARGE);
		buf_init(&got, BUF_LARGE);
		read_it(&t, names[i]);
		fill_it(&t, i % 2 == 0);
		outline_write(&t.outline, &got);
		buf_fmt(&path, TESTS_DIR "/golden/tasks/%s", names[i]);
		if (getenv("GOLDEN_WRITE") != NULL)
			CHECK_INT(file_replace(
					  path.p, buf_view(&got), 0644, NULL),
				ST_OK);
		CHECK_INT(file_read(path.p, &want, NULL), ST_OK);
		CHECK_STR(got.p, want.p);
		buf_release(&path);
		buf_release(&want);
		buf_release(&got);
		template_release(&t);
	}
}

int main(void)
{
	RUN(all_are_whole);
	RUN(some_are_held_word_for_word);
	return REPORT();
}
