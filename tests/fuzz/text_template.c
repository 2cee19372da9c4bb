/* Templates and plans: read or refused with a place; what was read and filled
 * is written as what reads again. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "text/template.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void again(const struct outline *o)
{
	struct outline second;
	struct buf out;
	struct err err;

	outline_init(&second);
	buf_init(&out, BUF_LARGE);
	outline_write(o, &out);
	if (outline_read(&second, buf_view(&out), 0xff, "again", 1, &err) !=
			ST_OK ||
		second.steps_n != o->steps_n)
		abort();
	outline_release(&second);
	buf_release(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = span_of(data, size);
	struct template t;
	struct outline o;
	struct err err;

	if (memchr(data, 0, size) != NULL)
		return 0;
	template_init(&t);
	outline_init(&o);
	if (outline_read(&o, in, OUTLINE_PLAN, "plan", 1, &err) == ST_OK)
		again(&o);
	if (template_read(&t, in, "t", &err) == ST_OK &&
		template_fill(&t, in, &err) == ST_OK)
		again(&t.outline);
	template_release(&t);
	outline_release(&o);
	return 0;
}
