/*
 * engine: a task that is killed anywhere comes to the same end without asking
 * again for what it had; and what a model is told at each stage, word for word.
 *
 * An argument says how many kills are left out after each, else 9.
 */
#include "unit/journals.h"
#include "unit/killed.h"

#include <poll.h>

#include "base/file.h"
#include "engine/known.h"
#include "engine/session.h"
#include "engine/task_priv.h"
#include "net/http.h"
#include "tool/serve.h"

enum { DRIVE_MS = 20000 };

#define TO(what)                                                               \
	"answer POST /v1 having " what                                         \
	"\nheader Content-Type: text/event-stream\nchat "
#define END "\nfinish\nusage 10 5\ndone\n"

/* clang-format off */
static const char script[] =
	TO("Plan how to carry out")
	"{\"simple\":false,\"goal\":\"All\",\"steps\":["
	"{\"id\":\"a\",\"title\":\"Apples\",\"instruction\":\"Do a.\"},"
	"{\"id\":\"b\",\"title\":\"Bears\",\"instruction\":\"Do b.\"},"
	"{\"id\":\"c\",\"title\":\"Cats\",\"instruction\":\"Do c.\","
	"\"needs\":[\"a\",\"b\"]}],\"requirements\":[\"It is good\"]}" END
	TO("Do the step again") "Better." END
	TO("Your step: Apples") "Red." END
	TO("Your step: Bears") "Brown." END
	TO("Your step: Cats") "Black." END
	/* The second time it is good: the answer, and the check of it. */
	TO("Better.") "It is good indeed." END
	TO("good indeed")
	"{\"verdicts\":[{\"requirement\":1,\"met\":true}]}" END
	TO("Write the answer to the task") "So so." END
	TO("Check the answer")
	"{\"verdicts\":[{\"requirement\":1,\"met\":false,"
	"\"why\":\"not black\",\"step\":\"c\"}]}" END;
/* clang-format on */

static struct served server;
static char url[64];
static struct home home;
static size_t skipped = 9;

static void fill_agent(struct agent *a)
{
	agent_init(a);
	a->name = "llama";
	a->url = url;
	a->model = "m";
	a->system = "";
	a->temperature = -1;
	a->max_tokens = 100;
	a->context = 100000;
	a->connect_ms = 5000;
	a->first_byte_ms = 20000;
	a->idle_ms = 20000;
	a->proxy = "";
}

static enum status on_event(
	const struct event *ev, void *payload, struct err *err)
{
	(void)ev;
	(void)payload;
	(void)err;
	return ST_OK;
}

/* The one conversation there is, or a new one. */
static struct session *open_session(struct store *s, struct http *http)
{
	struct session_options o = {
		.http = http, .vault = s->vault, .catalog = s->catalog};
	const struct catalog_entry *e = NULL;
	struct session *session = NULL;
	size_t n = 0;
	bool there = catalog_list(s->catalog, &e, &n, NULL) == ST_OK && n > 0;
	enum status st = there
		? session_open(&session, &o, &e[0].id, NULL, NULL)
		: session_new(&session, &o, NULL);

	CHECK_INT(st, ST_OK);
	return session;
}

static enum status begin(
	struct task **ret, const struct task_options *o, struct err *err)
{
	struct msg *m = msg_new(ROLE_USER);
	enum status st;

	buf_str(&m->text, "Do all of it");
	st = task_new(ret, o, m, NULL, err);
	if (st != ST_OK)
		msg_free(m);
	return st;
}

/* The task from its beginning, or from where it was, to its end. */
static bool work(void *payload)
{
	struct store s = {.home = home};
	struct known known;
	struct http *http = NULL;
	struct agent agent;
	struct task_options o = {.known = &known,
		.agent = &agent,
		.sink = on_event,
		.jobs = 2,
		.rounds = 1,
		.steps_max = 12};
	struct task *t = NULL;
	struct buf answer;
	struct err err;
	bool good;
	int left = DRIVE_MS;

	(void)payload;
	store_open(&s);
	known_init(&known);
	fill_agent(&agent);
	buf_init(&answer, BUF_LARGE);
	CHECK_INT(http_new(&http, NULL), ST_OK);
	o.http = http;
	o.session = open_session(&s, http);
	if (task_load(&t, &o, &err) != ST_OK)
		CHECK_INT(begin(&t, &o, &err), ST_OK);
	while (task_phase(t) != TASK_ENDED && left-- > 0) {
		struct pollfd p = {http_fd(http), POLLIN, 0};
		int ms = http_timeout_ms(http);

		if (task_phase(t) == TASK_REVIEW) {
			CHECK_INT(task_go(t, NULL), ST_OK);
			continue;
		}
		(void)poll(&p, 1, ms < 0 || ms > 50 ? 50 : ms);
		(void)!http_step(http, NULL);
		task_step(t);
	}
	task_answer(t, &answer);
	good = task_status(t, &err) == ST_OK;
	if (!good)
		printf("%s\n%s\n", err.msg, answer.p);
	good = good && strcmp(answer.p, "It is good indeed.") == 0;
	task_free(t);
	session_free(o.session);
	http_free(http);
	known_release(&known);
	buf_release(&answer);
	store_close(&s);
	return good && check_failures == 0;
}

/* What had been saved of it: part by part, and how often it was asked for. */
struct had {
	const char *part;
	const char *asked;
	bool saved;
	int before;
};

static void look(struct had *had, size_t n)
{
	struct store s = {.home = home};
	struct session *session;
	const struct conv *conv;
	size_t i;
	size_t k;

	store_open(&s);
	session = open_session(&s, NULL);
	conv = session_conv(session);
	for (i = 0; i < n; i++) {
		had[i].saved = false;
		had[i].before = serve_logged(&server, had[i].asked);
		for (k = 0; k < conv->n; k++)
			if (span_is(buf_view(&conv->all[k]->task), had[i].part))
				had[i].saved = true;
	}
	session_free(session);
	store_close(&s);
}

static void in_child(void)
{
	int status = 0;
	pid_t pid;

	(void)fflush(stdout);
	pid = fork();
	HOME_MUST(pid >= 0);
	if (pid == 0) {
		bool good;

		/* What failed before is told there. */
		check_failures = 0;
		good = work(NULL);

		(void)fflush(stdout);
		_exit(good ? 0 : 1);
	}
	HOME_MUST(waitpid(pid, &status, 0) == pid);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void killed_anywhere(void)
{
	/* Cats are done twice, so their first time is told by what the prompt
	 * of the second one has. */
	struct had had[] = {
		{"plan", "Plan how to carry out", false, 0},
		{"step a", "Your step: Apples", false, 0},
		{"step b", "Your step: Bears", false, 0},
	};
	long kills = 0;
	int res = 1;
	long n;
	size_t i;

	for (n = 0; res == 1; n += 1 + (long)skipped) {
		home_new(&home);
		HOME_MUST(make_with(&home, NULL, 7, 0) == ST_OK);
		res = run_killed(work, NULL, n);
		if (res < 0) {
			printf("no tracing here\n");
			home_free(&home);
			return;
		}
		/* What was asked just before the kill counts as well. */
		serve_settle(&server);
		look(had, sizeof(had) / sizeof(had[0]));
		in_child();
		for (i = 0; i < sizeof(had) / sizeof(had[0]); i++) {
			int more = serve_logged(&server, had[i].asked) -
				had[i].before;

			CHECK_INT(more, had[i].saved ? 0 : 1);
		}
		home_free(&home);
		kills += res;
	}
	printf("%ld kills\n", kills);
	CHECK(kills > 10);
}

/*
 * The words
 */

static struct msg *part(const char *task, const char *text)
{
	struct msg *m = msg_new(ROLE_ASSISTANT);

	buf_str(&m->task, task);
	buf_str(&m->text, text);
	m->outcome = OUTCOME_COMPLETE;
	return m;
}

static void take(struct task *t, const char *task, const char *text)
{
	struct msg *m = part(task, text);

	CHECK_INT(task_load_part(t, m, false, NULL), ST_OK);
	msg_free(m);
}

static void check_golden(const char *name, struct buf *got)
{
	struct buf want;
	char path[512];

	(void)snprintf(
		path, sizeof(path), "%s/golden/task/%s", TESTS_DIR, name);
	buf_init(&want, BUF_LARGE);
	if (getenv("ATL_GOLDEN_WRITE") != NULL)
		CHECK_INT(file_replace(path, buf_view(got), 0644, NULL), ST_OK);
	CHECK_INT(file_read(path, &want, NULL), ST_OK);
	CHECK_STR(got->p, want.p);
	buf_release(&want);
	buf_reset(got);
}

static void words_of_each_stage(void)
{
	struct known known;
	struct http *http = NULL;
	struct session_options so = {0};
	struct agent agent;
	struct task_options o = {
		.agent = &agent, .jobs = 1, .rounds = 1, .steps_max = 12};
	struct task *t = NULL;
	struct buf out;

	known_init(&known);
	fill_agent(&agent);
	buf_init(&out, BUF_LARGE);
	CHECK_INT(http_new(&http, NULL), ST_OK);
	so.http = http;
	o.http = http;
	o.known = &known;
	CHECK_INT(session_new(&o.session, &so, NULL), ST_OK);
	CHECK_INT(begin(&t, &o, NULL), ST_OK);
	task_put_plan(t, &out);
	check_golden("plan", &out);
	buf_str(&t->fault, "there is no JSON object in it");
	t->decided = true;
	task_put_plan(t, &out);
	check_golden("plan-again", &out);
	take(t, "plan",
		"# Goal\nAll of it.\n# Steps\n- a | Apples | Do a.\n"
		"- b | Bears | Do b.\n- c | Cats | needs: a, b | Do c.\n"
		"# Given\n- Assumed: it is summer\n# Form\nA list.\n"
		"# Missing\nSay so.\n# Check\n- It is good\n- It is short\n");
	task_put_step(t, 0, &out);
	check_golden("step", &out);
	take(t, "step a", "## Step 1 of 3: Apples\n\nRed.\n");
	take(t, "step b", "## Step 2 of 3: Bears\n\nBrown.\n\nAnd white.");
	CHECK_STR(task_work(t, 1)->result.p, "Brown.\n\nAnd white.");
	task_put_step(t, 2, &out);
	check_golden("step-needs", &out);
	t->work[2].state = TASK_LOST;
	buf_str(&t->work[2].why, "the reply was cut");
	task_put_join(t, &out);
	check_golden("join-lost", &out);
	take(t, "step c", "## Step 3 of 3: Cats\n\nBlack.");
	task_put_join(t, &out);
	check_golden("join", &out);
	take(t, "answer", "Apples, bears, cats.");
	task_put_check(t, &out);
	check_golden("check", &out);
	take(t, "check",
		"## Check\n\n- not met | c | no colour | It is good\n"
		"- not met | - | too long | It is short\n");
	CHECK_INT(task_work(t, 2)->state, TASK_TODO);
	task_put_step(t, 2, &out);
	check_golden("step-again", &out);
	take(t, "step c", "## Step 3 of 3: Cats\n\nDeep black.");
	task_put_join(t, &out);
	check_golden("join-again", &out);
	task_free(t);
	session_free(o.session);
	http_free(http);
	known_release(&known);
	buf_release(&out);
}

int main(int argc, char **argv)
{
	long long n = 9;

	if (argc > 1 && span_int(span_str(argv[1]), 0, 1000, &n))
		skipped = (size_t)n;
	HOME_MUST(box_init(NULL) == ST_OK);
	CHECK(serve_start(&server, script, NULL));
	(void)snprintf(url, sizeof(url), "http://127.0.0.1:%d/v1", server.port);
	RUN(words_of_each_stage);
	RUN(killed_anywhere);
	serve_stop(&server);
	return REPORT();
}
