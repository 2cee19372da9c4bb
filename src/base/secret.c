#include "base/secret.h"

#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static atomic_bool lock_failed;

static size_t page_size(void)
{
	long n = sysconf(_SC_PAGESIZE);

	return n > 0 ? (size_t)n : 4096;
}

static size_t body_size(size_t room)
{
	size_t page = page_size();

	return (room + page - 1) / page * page;
}

bool secret_new(struct secret *s, size_t room)
{
	size_t page = page_size();
	size_t body;
	uint8_t *map;

	if (room == 0 || room > BUF_SMALL)
		return false;
	body = body_size(room);
	map = mmap(NULL, body + 2 * page, PROT_NONE,
		MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (map == MAP_FAILED)
		return false;
	if (mprotect(map + page, body, PROT_READ | PROT_WRITE) != 0) {
		(void)munmap(map, body + 2 * page);
		return false;
	}
	if (mlock(map + page, body) != 0)
		atomic_store(&lock_failed, true);
	(void)madvise(map + page, body, MADV_DONTDUMP);
	(void)madvise(map + page, body, MADV_WIPEONFORK);
	s->p = map + page;
	s->len = 0;
	s->room = room;
	return true;
}

bool secret_set(struct secret *s, const void *p, size_t n)
{
	if (n == 0 || !secret_new(s, n))
		return false;
	memcpy(s->p, p, n);
	s->len = n;
	return true;
}

void secret_free(struct secret *s)
{
	size_t page = page_size();
	size_t body;

	if (s == NULL || s->p == NULL)
		return;
	body = body_size(s->room);
	explicit_bzero(s->p, body);
	(void)munmap(s->p - page, body + 2 * page);
	s->p = NULL;
	s->len = 0;
	s->room = 0;
}

struct span secret_view(const struct secret *s)
{
	return span_of(s->p, s->len);
}

bool secret_locked(void)
{
	return !atomic_load(&lock_failed);
}

void secret_mask(const struct secret *s, struct span text, struct buf *out)
{
	size_t n = s != NULL ? s->len : 0;
	size_t i = 0;

	while (n >= SECRET_WORD && i < text.n) {
		if (text.n - i >= n && memcmp(text.p + i, s->p, n) == 0) {
			buf_str(out, "***");
			i += n;
		} else {
			buf_char(out, text.p[i++]);
		}
	}
	buf_add(out, text.p + i, text.n - i);
}
