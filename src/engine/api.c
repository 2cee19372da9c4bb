#include "engine/api_priv.h"

#include <string.h>

#include "base/utf8.h"

#ifndef ATL_VERSION
#error "the build defines ATL_VERSION"
#endif

static const atl_code codes[] = {
	[ST_OK] = ATL_OK,
	[ST_FAIL] = ATL_E_FAILED,
	[ST_NOMEM] = ATL_E_MEMORY,
	[ST_IO] = ATL_E_IO,
	[ST_NOT_FOUND] = ATL_E_NOT_FOUND,
	[ST_BUSY] = ATL_E_BUSY,
	[ST_USAGE] = ATL_E_USAGE,
	[ST_CONFIG] = ATL_E_CONFIG,
	[ST_AUTH] = ATL_E_AUTH,
	[ST_MODEL] = ATL_E_MODEL,
	[ST_LIMIT] = ATL_E_LIMIT,
	[ST_NET] = ATL_E_NETWORK,
	[ST_SERVER] = ATL_E_SERVER,
	[ST_CUT] = ATL_E_CUT,
	[ST_LENGTH] = ATL_E_LENGTH,
	[ST_FILTERED] = ATL_E_FILTERED,
	[ST_WINDOW] = ATL_E_WINDOW,
	[ST_LOCKED] = ATL_E_LOCKED,
	[ST_DAMAGED] = ATL_E_DAMAGED,
	[ST_STOPPED] = ATL_E_STOPPED,
};

atl_code api_code(enum status st)
{
	return codes[st];
}

enum status api_status(atl_code code)
{
	size_t i;

	for (i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (codes[i] == code)
			return (enum status)i;
	return ST_FAIL;
}

atl_code api_give(enum status st, const struct err *err, atl_error *error)
{
	if (error == NULL)
		return codes[st];
	error->code = codes[st];
	error->message[0] = '\0';
	if (st != ST_OK) {
		size_t n = utf8_floor(
			span_str(err->msg), sizeof(error->message) - 1);

		memcpy(error->message, err->msg, n);
		error->message[n] = '\0';
	}
	return codes[st];
}

const char *atl_version(void)
{
	return ATL_VERSION;
}

const char *atl_outcome_name(atl_outcome outcome)
{
	return outcome_name((enum outcome)outcome);
}
