#include "base/vec.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

bool vec_grow(void *p, size_t *cap, size_t need, size_t elem, size_t max)
{
	size_t want = *cap;
	void *old;
	void *grown;

	if (need <= *cap)
		return true;
	if (need > max || elem == 0)
		return false;
	want = want < 8 ? 8 : want;
	while (want < need)
		want = want > SIZE_MAX / 2 ? need : want * 2;
	if (want > max)
		want = max;
	if (want > SIZE_MAX / elem)
		return false;
	/* p is the address of a pointer of any object type. */
	memcpy(&old, p, sizeof(old));
	grown = realloc(old, want * elem);
	if (grown == NULL)
		return false;
	memset((char *)grown + *cap * elem, 0, (want - *cap) * elem);
	memcpy(p, &grown, sizeof(grown));
	*cap = want;
	return true;
}

char *mem_dup(const void *p, size_t n)
{
	char *copy;

	if (n == SIZE_MAX)
		return NULL;
	copy = malloc(n + 1);
	if (copy == NULL)
		return NULL;
	if (n > 0)
		memcpy(copy, p, n);
	copy[n] = '\0';
	return copy;
}

char *str_dup(const char *s)
{
	return s == NULL ? NULL : mem_dup(s, strlen(s));
}
