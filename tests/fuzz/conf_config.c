#define _GNU_SOURCE /* memmem */
/* Fuzzes the configuration file. A setting that names a file is cut out of the
 * input, so that no run depends on what the machine has. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "conf/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char good[] = "agent z { model = y }";
	struct config c;
	struct err err = {0};
	enum status st;

	if (size > 0 && memmem(data, size, "_file", 5) != NULL)
		return 0;
	config_init(&c);
	st = config_parse(&c, span_of(data, size), "f", &err);
	if (st != ST_OK && (c.texts_n != 0 || err.msg[0] == '\0'))
		abort();
	/* Whatever came before, a good file is read as one. */
	st = config_parse(&c, span_str(good), "f", &err);
	if (st != ST_OK || c.agents_n != 1)
		abort();
	config_release(&c);
	return 0;
}
