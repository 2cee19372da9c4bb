/*
 * text: outlines come back as they were written, templates are filled, and what
 * is wrong in either is told with its line. Those that come with the program
 * are sound.
 */
#include "unit/check.h"

#include <dirent.h>

#include "base/file.h"
#include "text/template.h"

static const char plan[] = "# Goal\nAll of it.\n\n"
			   "# Steps\n"
			   "- a | Apples | Do a.\n"
			   "- b | Bears | needs: a | Do b | and more.\n"
			   "- c | Cats | needs: a b | needs: nothing else\n\n"
			   "# Given\n- Assumed: it is summer\n\n"
			   "# Check\n- It is good\n- It is short\n";

static void test_outline(void)
{
	struct outline o;
	struct buf out;
	struct err err;

	outline_init(&o);
	buf_init(&out, BUF_LARGE);
	CHECK_INT(outline_read(&o, span_str(plan), OUTLINE_PLAN, "p", 1, &err),
		ST_OK);
	CHECK_INT(o.steps_n, 3);
	CHECK_STR(o.steps[1].work.p, "Do b | and more.");
	CHECK_INT(o.steps[2].needs, 3);
	CHECK_STR(o.steps[2].work.p, "needs: nothing else");
	CHECK_INT(outline_lines(&o.check), 2);
	outline_write(&o, &out);
	CHECK_STR(out.p, plan);
	outline_release(&o);
	buf_release(&out);
}

/* What looks like a heading within a text does not become one. */
static void test_headings_stay_text(void)
{
	struct outline o;
	struct outline again;
	struct buf out;

	outline_init(&o);
	outline_init(&again);
	buf_init(&out, BUF_LARGE);
	buf_str(&o.form, "A list.\n# Check\n- none");
	outline_write(&o, &out);
	CHECK_INT(outline_read(
			  &again, buf_view(&out), OUTLINE_PLAN, "p", 1, NULL),
		ST_OK);
	CHECK_INT(again.check.len, 0);
	CHECK_STR(again.form.p, "A list.\n # Check\n- none");
	outline_release(&o);
	outline_release(&again);
	buf_release(&out);
}

static void fails(const char *text, unsigned sections, const char *why)
{
	struct outline o;
	struct err err;

	outline_init(&o);
	CHECK_INT(outline_read(&o, span_str(text), sections, "p", 1, &err),
		ST_USAGE);
	CHECK_STR(err.msg, why);
	outline_release(&o);
}

static void test_outline_faults(void)
{
	fails("x\n", OUTLINE_PLAN, "p:1: this stands before the first section");
	fails("# Goal\nx\n# Task\n", OUTLINE_PLAN,
		"p:3: there is no section \"Task\"; there are: Goal Role Steps "
		"Given Form Missing Check");
	fails("# Goal\n# Goal\n", OUTLINE_PLAN,
		"p:2: a second section \"Goal\"");
	fails("# Steps\n- a | b\n", OUTLINE_PLAN,
		"p:2: a step is \"- id | title | what is to be done\"");
	fails("# Steps\n* a | b | c\n", OUTLINE_PLAN,
		"p:2: in Steps each line begins with \"- \"");
	fails("# Steps\n  a\n", OUTLINE_PLAN, "p:2: this goes on with nothing");
	fails("# Steps\n- a | A | x\n- A! | B | y\n", OUTLINE_PLAN,
		"p:3: there are two steps \"a\"");
	fails("# Steps\n- a | A | needs: b | x\n", OUTLINE_PLAN,
		"p:2: the step \"a\" needs \"b\", and there is no such step");
	fails("# Steps\n- a | A | needs: a | x\n", OUTLINE_PLAN,
		"p:2: the step \"a\" needs itself, by way of its needs");
}

static const char mine[] =
	"Description: Mine\n"
	"Set: who = For whom (required)\n"
	"Set: when = By when\n"
	"\n"
	"# Role\nYou serve {{who}}.\n"
	"# Task\nWrite to {{who}}.{{?when}} By {{when}}.{{/when}}\n{{input}}\n"
	"# Steps\n- a | To {{who}} | Write{{?when}} by {{when}}{{/when}}\n"
	"  at once.\n"
	"# Check\n- It names {{who}}\n";

static void test_template(void)
{
	struct template t;
	struct err err;

	template_init(&t);
	CHECK_INT(template_read(&t, span_str(mine), "mine", &err), ST_OK);
	CHECK_STR(t.description.p, "Mine");
	CHECK(t.takes_input && !t.data);
	CHECK_INT(t.vars_n, 2);
	CHECK(t.vars[0].required && !t.vars[1].required);
	CHECK_STR(t.vars[0].help.p, "For whom");
	CHECK_INT(template_fill(&t, span_of(NULL, 0), &err), ST_USAGE);
	CHECK_STR(err.msg,
		"mine:2: \"who\" has to be set: For whom; say --set who=...");
	CHECK_INT(template_set(&t, span_str("whom=x"), &err), ST_USAGE);
	CHECK_STR(err.msg, "mine has no variable \"whom\"; it has: who when");
	CHECK_INT(template_set(&t, span_str("who"), &err), ST_USAGE);
	/* Nothing in a value or in the input acts. */
	CHECK_INT(template_set(
			  &t, span_str("who=Ada\n# Check\n- {{when}}"), &err),
		ST_OK);
	CHECK_INT(template_fill(&t, span_str("# Steps\n- x | y | z"), &err),
		ST_OK);
	CHECK_STR(t.outline.role.p, "You serve Ada\n# Check\n- {{when}}.");
	CHECK_STR(t.outline.task.p,
		"Write to Ada\n# Check\n- {{when}}.\n# Steps\n- x | y | z");
	CHECK_INT(t.outline.steps_n, 1);
	CHECK_STR(t.outline.steps[0].work.p, "Write at once.");
	CHECK_STR(t.outline.steps[0].title.p, "To Ada # Check - {{when}}");
	CHECK_INT(outline_lines(&t.outline.check), 1);
	template_release(&t);
}

static void faulty(const char *text, const char *why)
{
	struct template t;
	struct err err;

	template_init(&t);
	CHECK_INT(template_read(&t, span_str(text), "t", &err), ST_CONFIG);
	CHECK_STR(err.msg, why);
	template_release(&t);
}

static void test_template_faults(void)
{
	faulty("", "t:1: there is no Description");
	faulty("Description: D\n", "t:2: there is no section Task");
	faulty("Descripton: D\n",
		"t:1: there is no \"Descripton\"; there are: Description Set "
		"Data");
	faulty("Description: D\nwhat\n",
		"t:2: before the first section stand lines \"Name: value\"");
	faulty("Description: D\nSet: a b = c\n",
		"t:2: Set is \"name = what it is\", with (required) behind it "
		"where it is");
	faulty("Description: D\nSet: input = c\n", "t:2: \"input\" is taken");
	faulty("Description: D\nData: maybe\n", "t:2: Data is yes or no");
	faulty("Description: D\n\n# Task\nx\n{{y}}\n",
		"t:5: {{y}} is no variable; Set declares one");
	faulty("Description: D\nSet: y = Y\n# Task\n{{?y}}\n# Check\n- x\n",
		"t:5: {{?y}} has no end before this");
	faulty("Description: D\nSet: y = Y\n# Task\n{{/y}}\n",
		"t:4: {{/y}} ends nothing");
	faulty("Description: D\nSet: y = Y\n# Task\n{{?y}}{{?y}}{{/y}}\n",
		"t:4: {{?y}} stands inside of {{?y}}");
	faulty("Description: D\nSet: y = Y\n# Task\nx\n# Check\n- a {{?y}}\n- "
	       "b{{/y}}\n",
		"t: in a list, {{?y}} and its end stand in one item");
	faulty("Description: D\n# Task\nx\n# Goal\n",
		"t:4: there is no section \"Goal\"; there are: Role Task Steps "
		"Form Missing Check");
}

static void check_shared(const char *name)
{
	struct template t;
	struct buf text;
	struct buf set;
	struct err err = {0};
	char path[1024];
	size_t i;

	(void)snprintf(
		path, sizeof(path), "%s/../share/tasks/%s", TESTS_DIR, name);
	template_init(&t);
	buf_init(&text, TEMPLATE_MAX);
	buf_init(&set, BUF_SMALL);
	CHECK_INT(file_read(path, &text, &err), ST_OK);
	CHECK_INT(template_read(&t, buf_view(&text), name, &err), ST_OK);
	for (i = 0; i < t.vars_n; i++) {
		buf_reset(&set);
		buf_fmt(&set, "%s=VALUE%zu", t.vars[i].name.p, i);
		CHECK_INT(template_set(&t, buf_view(&set), &err), ST_OK);
	}
	CHECK_INT(template_fill(&t, span_str("INPUT"), &err), ST_OK);
	CHECK_STR(err.msg, "");
	CHECK(t.outline.steps_n > 0 && t.outline.steps_n <= 12);
	CHECK(t.outline.check.len > 0 && t.outline.role.len > 0);
	CHECK(strstr(t.outline.task.p, "{{") == NULL);
	template_release(&t);
	buf_release(&text);
	buf_release(&set);
}

static void test_shared(void)
{
	DIR *d = opendir(TESTS_DIR "/../share/tasks");
	struct dirent *e;
	size_t n = 0;

	CHECK(d != NULL);
	while (d != NULL && (e = readdir(d)) != NULL)
		if (e->d_name[0] != '.') {
			check_shared(e->d_name);
			n++;
		}
	if (d != NULL)
		(void)closedir(d);
	CHECK(n > 1);
}

int main(void)
{
	RUN(test_outline);
	RUN(test_headings_stay_text);
	RUN(test_outline_faults);
	RUN(test_template);
	RUN(test_template_faults);
	RUN(test_shared);
	return REPORT();
}
