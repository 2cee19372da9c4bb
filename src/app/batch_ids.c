#include "app/batch_ids.h"

#include <stdlib.h>
#include <string.h>

#include "store/box.h"

enum { FIRST = 1024 };

struct id batch_id(struct span id, uint64_t number)
{
	struct id ret = {{0}};
	struct span part = id;

	/* Keyed, so that an id never has the same digest as a line number. */
	if (id.n == 0)
		part = span_of(&number, sizeof(number));
	box_hash(ret.b, sizeof(ret.b),
		id.n > 0 ? span_of(NULL, 0) : span_str("line without id.."),
		&part, 1);
	return ret;
}

void batch_ids_release(struct batch_ids *s)
{
	free(s->slots);
	memset(s, 0, sizeof(*s));
}

/* The slot where it is, or the free one where it would go. Ids are digests, so
 * that any of their bits serve as a hash. */
static struct id *find(struct id *slots, size_t cap, const struct id *id)
{
	size_t i;

	memcpy(&i, id->b, sizeof(i));
	i &= cap - 1;
	while (!id_is_none(&slots[i]) && !id_eq(&slots[i], id))
		i = (i + 1) & (cap - 1);
	return &slots[i];
}

bool batch_ids_have(const struct batch_ids *s, const struct id *id)
{
	return s->cap > 0 && !id_is_none(find(s->slots, s->cap, id));
}

static bool grow(struct batch_ids *s)
{
	size_t cap = s->cap > 0 ? 2 * s->cap : FIRST;
	struct id *slots = calloc(cap, sizeof(*slots));
	size_t i;

	if (slots == NULL)
		return false;
	for (i = 0; i < s->cap; i++)
		if (!id_is_none(&s->slots[i]))
			*find(slots, cap, &s->slots[i]) = s->slots[i];
	free(s->slots);
	s->slots = slots;
	s->cap = cap;
	return true;
}

enum status batch_ids_add(struct batch_ids *s, const struct id *id,
	bool *ret_new, struct err *err)
{
	struct id *slot;

	if (s->n >= s->cap / 2 && !grow(s))
		return err_nomem(err);
	slot = find(s->slots, s->cap, id);
	*ret_new = id_is_none(slot);
	if (*ret_new) {
		*slot = *id;
		s->n++;
	}
	return ST_OK;
}
