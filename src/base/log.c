#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>

static log_fn *sink;
static void *sink_payload;

void log_to(log_fn *fn, void *payload)
{
	sink = fn;
	sink_payload = payload;
}

bool log_on(void)
{
	return sink != NULL;
}

void log_debug(const char *fmt, ...)
{
	char line[2048];
	va_list ap;

	if (sink == NULL)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	sink(line, sink_payload);
}
