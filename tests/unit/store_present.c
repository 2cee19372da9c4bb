#include "store/present.h"

#include <sys/wait.h>

#include "unit/check.h"
#include "unit/journals.h"

static void test_present(void)
{
	struct store s;
	struct id conv = number_id(1);
	struct id other = number_id(2);
	struct present *a;
	struct present *b;
	struct buf who;
	char want[64];

	store_new(&s);
	buf_init(&who, BUF_SMALL);
	CHECK(!present_others(s.vault, &conv, &who));
	a = present_enter(s.vault, &conv);
	CHECK(a != NULL);
	CHECK(present_others(s.vault, &conv, &who));
	(void)snprintf(want, sizeof(want), "process %ld", (long)getpid());
	CHECK_STR(who.p, want);
	CHECK(!present_others(s.vault, &other, &who));
	b = present_enter(s.vault, &conv);
	CHECK(b != NULL);
	present_leave(a);
	CHECK(present_others(s.vault, &conv, &who));
	present_leave(b);
	CHECK(!present_others(s.vault, &conv, &who));
	present_leave(NULL);
	buf_release(&who);
	store_free(&s);
}

/* One that was killed is not there any more, and its file is used again. */
static void test_killed(void)
{
	struct store s;
	struct id conv = number_id(1);
	struct present *p;
	struct buf who;
	int status;
	pid_t pid;

	store_new(&s);
	buf_init(&who, BUF_SMALL);
	pid = fork();
	HOME_MUST(pid >= 0);
	if (pid == 0)
		_exit(present_enter(s.vault, &conv) != NULL ? 0 : 1);
	HOME_MUST(waitpid(pid, &status, 0) == pid);
	CHECK_INT(status, 0);
	CHECK(!present_others(s.vault, &conv, &who));
	p = present_enter(s.vault, &conv);
	CHECK(p != NULL);
	present_leave(p);
	buf_release(&who);
	store_free(&s);
}

int main(void)
{
	RUN(test_present);
	RUN(test_killed);
	return REPORT();
}
