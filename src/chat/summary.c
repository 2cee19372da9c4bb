#include "chat/summary.h"

#include <stdlib.h>
#include <string.h>

#include "base/vec.h"
#include "chat/msg.h"

struct summary *summary_new(void)
{
	struct summary *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	buf_init(&s->text, BUF_LARGE);
	buf_init(&s->model, BUF_SMALL);
	return s;
}

void summary_free(struct summary *s)
{
	if (s == NULL)
		return;
	buf_release(&s->text);
	buf_release(&s->model);
	free(s);
}

void summaries_release(struct summaries *all)
{
	size_t i;

	for (i = 0; i < all->n; i++)
		summary_free(all->all[i]);
	free(all->all);
	memset(all, 0, sizeof(*all));
}

enum status summaries_add(
	struct summaries *all, struct summary *s, struct err *err)
{
	size_t i;

	for (i = 0; i < all->n; i++) {
		if (id_eq(&all->all[i]->id, &s->id)) {
			summary_free(all->all[i]);
			all->all[i] = s;
			return ST_OK;
		}
	}
	if (!vec_grow(&all->all, &all->cap, all->n + 1, sizeof(*all->all),
		    SUMMARIES_MAX))
		return err_nomem(err);
	all->all[all->n++] = s;
	return ST_OK;
}

/* The newest summary in use that ends at that message; NULL when there is
 * none. */
static struct summary *ending(
	const struct summaries *all, const struct id *message)
{
	size_t i = all->n;

	while (i-- > 0)
		if (!all->all[i]->undone && id_eq(&all->all[i]->last, message))
			return all->all[i];
	return NULL;
}

struct summary *summaries_on(const struct summaries *all,
	struct msg *const *path, size_t n, size_t *ret_covered)
{
	*ret_covered = 0;
	if (all->n == 0)
		return NULL;
	for (; n > 0; n--) {
		struct summary *s = ending(all, &path[n - 1]->id);

		if (s != NULL) {
			*ret_covered = n;
			return s;
		}
	}
	return NULL;
}
