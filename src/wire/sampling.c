#include "wire/sampling.h"

#include "wire/json.h"
#include "wire/scan.h"

enum status sampling_check(const char *const *params, size_t n, struct err *err)
{
	size_t i;

	for (i = 0; i < n; i++) {
		struct span value = span_str(params[i]);
		struct span name = span_cut(&value, '=');

		if (!scan_valid(value))
			return err_set(err, ST_USAGE,
				"parameter %.*s: %.200s is not JSON; a text "
				"stands in quotes, as in %.*s='\"text\"'",
				(int)(name.n < 64 ? name.n : 64), name.p,
				value.n > 0 ? value.p : "nothing",
				(int)(name.n < 64 ? name.n : 64), name.p);
	}
	return ST_OK;
}

static void put_real(
	struct json_writer *w, const char *name, const struct opt_real *v)
{
	if (!v->set)
		return;
	json_key(w, name);
	json_add_double(w, v->v);
}

static void put_list(struct json_writer *w, const struct sampling *s)
{
	struct buf name;
	size_t i;

	if (s->stop.n > 0) {
		json_key(w, "stop");
		json_open(w, '[');
		for (i = 0; i < s->stop.n; i++)
			json_add_string(w, span_str(s->stop.v[i]));
		json_close(w, ']');
	}
	buf_init(&name, BUF_SMALL);
	for (i = 0; i < s->params.n; i++) {
		struct span value = span_str(s->params.v[i]);

		buf_set(&name, span_cut(&value, '='));
		json_key(w, name.p);
		json_add_raw(w, value);
	}
	buf_release(&name);
}

void sampling_put(const struct sampling *s, struct buf *out)
{
	struct json_writer w = {.out = out};

	if (!s->top_p.set && !s->seed.set && !s->presence_penalty.set &&
		!s->frequency_penalty.set && s->stop.n == 0 && s->params.n == 0)
		return;
	json_open(&w, '{');
	put_real(&w, "top_p", &s->top_p);
	if (s->seed.set) {
		json_member_int(&w, "seed", s->seed.v);
	}
	put_real(&w, "presence_penalty", &s->presence_penalty);
	put_real(&w, "frequency_penalty", &s->frequency_penalty);
	put_list(&w, s);
	json_close(&w, '}');
}
