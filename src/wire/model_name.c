#include "wire/model_name.h"

#include <stdbool.h>
#include <string.h>

#include "base/ascii.h"
#include "base/near.h"

/* Bytes of a name; longer ones are only compared as they are. */
enum { NAME_MAX_BYTES = 256 };

/* A name reduced to what all hosts spell alike. */
struct bare {
	char p[NAME_MAX_BYTES];
	size_t n;
};

/* What follows the last '/'; the path before it names vendors and accounts. */
static struct span last_part(struct span s)
{
	size_t i = s.n;

	while (i > 0 && s.p[i - 1] != '/')
		i--;
	return span_of(s.p + i, s.n - i);
}

static void strip(struct span name, struct bare *ret)
{
	size_t i;

	ret->n = 0;
	name = last_part(name);
	if (name.n > NAME_MAX_BYTES)
		return;
	if (name.n > 5 && span_caseis(span_of(name.p, 5), "meta-"))
		name = span_of(name.p + 5, name.n - 5);
	for (i = 0; i < name.n; i++) {
		char c = ascii_lower(name.p[i]);

		if (strchr("-_. :", c) == NULL || c == '\0')
			ret->p[ret->n++] = c;
	}
}

static bool has(const struct bare *b, const char *word)
{
	size_t n = strlen(word);
	size_t i;

	for (i = 0; i + n <= b->n; i++)
		if (memcmp(b->p + i, word, n) == 0)
			return true;
	return false;
}

/* Whether the name is Llama 3.3, which exists only as an instruct model of 70B,
 * so that neither need be said. */
static bool is_llama33(const struct bare *b)
{
	static const char *const others[] = {"guard", "nemotron", "vision",
		"hermes", "distill", "8b", "base", "embed"};
	size_t i;

	if (!has(b, "llama33") && !has(b, "llamav3p3"))
		return false;
	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (has(b, others[i]))
			return false;
	return true;
}

static enum model_match compare(const struct model *row, struct span want,
	const struct bare *bare, bool llama33)
{
	struct span id = buf_view(&row->id);
	struct bare its;

	if (span_eq(id, want))
		return MODEL_EXACT;
	strip(id, &its);
	if (its.n > 0 && its.n == bare->n && memcmp(its.p, bare->p, its.n) == 0)
		return MODEL_SAME;
	return llama33 && is_llama33(&its) ? MODEL_FAMILY : MODEL_NONE;
}

static const struct model *nearest(const struct models *m, struct span want)
{
	struct near near;
	struct span best;
	size_t i;

	near_init(&near, last_part(want));
	for (i = 0; i < m->n; i++)
		near_offer(&near, last_part(buf_view(&m->rows[i].id)));
	best = near_best(&near);
	for (i = 0; best.p != NULL && i < m->n; i++)
		if (last_part(buf_view(&m->rows[i].id)).p == best.p)
			return &m->rows[i];
	return NULL;
}

enum model_match model_resolve(
	const struct models *m, struct span want, const struct model **ret)
{
	enum model_match best = MODEL_NONE;
	const struct model *found = NULL;
	struct bare bare;
	bool llama33;
	size_t i;

	strip(want, &bare);
	llama33 = is_llama33(&bare);
	for (i = 0; i < m->n; i++) {
		enum model_match match = compare(
			&m->rows[i], want, &bare, llama33);

		if (match > best ||
			(match == best && found != NULL &&
				m->rows[i].id.len < found->id.len)) {
			best = match;
			found = &m->rows[i];
		}
	}
	if (best == MODEL_NONE) {
		found = nearest(m, want);
		if (found == NULL)
			return MODEL_NONE;
		best = MODEL_NEAR;
	}
	*ret = found;
	return best;
}

int model_images(struct span name)
{
	static const char *const seeing[] = {"vision", "llava", "llama4",
		"pixtral", "qwen2vl", "qwen25vl", "qwen3vl", "internvl",
		"minicpmv", "moondream", "gemma3", "gemma4", "gpt4o", "gpt41",
		"gpt5", "claude", "gemini", "mistralsmall31", "mistralsmall32"};
	static const char *const blind[] = {
		"llama33", "llama31", "llama30", "llama2", "embed", "gemma31b"};
	struct bare b;
	size_t i;

	strip(name, &b);
	for (i = 0; i < sizeof(blind) / sizeof(blind[0]); i++)
		if (has(&b, blind[i]))
			return -1;
	for (i = 0; i < sizeof(seeing) / sizeof(seeing[0]); i++)
		if (has(&b, seeing[i]))
			return 1;
	return 0;
}
