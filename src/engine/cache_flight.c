/* Requests under way. */
#include "engine/cache_priv.h"

#include <stdlib.h>

static void unlink_flight(struct flight *f)
{
	if (f->link == NULL)
		return;
	*f->link = f->next;
	if (f->next != NULL)
		f->next->link = f->link;
	f->link = NULL;
}

struct flight *cache_join(
	struct cache *c, const struct id *key, bool *ret_leads)
{
	struct flight *f;

	*ret_leads = false;
	for (f = c->flights; f != NULL; f = f->next)
		if (id_eq(&f->key, key))
			break;
	if (f == NULL) {
		f = calloc(1, sizeof(*f));
		if (f == NULL)
			return NULL;
		*ret_leads = true;
		f->key = *key;
		f->next = c->flights;
		f->link = &c->flights;
		if (f->next != NULL)
			f->next->link = &f->next;
		c->flights = f;
	} else {
		c->counts.joins++;
	}
	f->n++;
	return f;
}

enum flight_state cache_flight(const struct flight *f)
{
	return f->state;
}

void cache_leave(struct flight *f, bool leads, bool kept)
{
	if (f == NULL)
		return;
	if (leads) {
		f->state = kept ? FLIGHT_KEPT : FLIGHT_VAIN;
		unlink_flight(f);
	}
	f->n--;
	if (f->n == 0)
		free(f);
}
