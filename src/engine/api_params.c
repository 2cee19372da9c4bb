#include <string.h>

#include "conf/check.h"
#include "engine/api_priv.h"
#include "wire/scan.h"

#define AT(member) .at = offsetof(struct sampling, member)

/* The fields that have a member of their own. */
static const struct opt_row rows[] = {
	{.name = "top_p", .type = OPT_REAL, .lo = 0, .hi = 1, AT(top_p)},
	{.name = "seed",
		.type = OPT_INT,
		.lo = -(double)CONF_SEED_MAX,
		.hi = (double)CONF_SEED_MAX,
		AT(seed)},
	{.name = "presence_penalty",
		.type = OPT_REAL,
		.lo = -CONF_PENALTY_MAX,
		.hi = CONF_PENALTY_MAX,
		AT(presence_penalty)},
	{.name = "frequency_penalty",
		.type = OPT_REAL,
		.lo = -CONF_PENALTY_MAX,
		.hi = CONF_PENALTY_MAX,
		AT(frequency_penalty)},
	{.name = "stop", .type = OPT_CALL, .call = store_stop, AT(stop)},
};

/* Copies a text for the agent, with a NUL behind it. */
static enum status store_text(atl_agent *a, const struct opt_row *row,
	const struct buf *text, struct err *err)
{
	const char *own = api_own(a, text->p);

	if (own == NULL || text->bad)
		return err_nomem(err);
	return opt_store(row, &a->agent.sampling, own, err);
}

static enum status store_string(atl_agent *a, const struct opt_row *row,
	struct scan *s, struct err *err)
{
	struct scan_str str;
	struct buf text;
	enum status st;

	if (!scan_string(s, &str))
		return err_set(err, ST_USAGE, "this is no text");
	buf_init(&text, BUF_SMALL);
	scan_unescape(&str, &text);
	st = store_text(a, row, &text, err);
	buf_release(&text);
	return st;
}

static enum status take_known(atl_agent *a, const struct opt_row *row,
	struct scan *s, struct err *err)
{
	struct span number;
	struct buf text;
	enum status st = ST_OK;

	if (row->type == OPT_CALL) {
		if (!scan_enter(s, '['))
			return store_string(a, row, s, err);
		while (st == ST_OK && scan_element(s))
			st = store_string(a, row, s, err);
		return st;
	}
	if (!scan_number(s, &number))
		return err_set(err, ST_USAGE, "this is no number");
	buf_init(&text, BUF_SMALL);
	buf_span(&text, number);
	st = store_text(a, row, &text, err);
	buf_release(&text);
	return st;
}

static enum status take_other(
	atl_agent *a, struct span name, struct scan *s, struct err *err)
{
	static const struct opt_row other = {
		.type = OPT_CALL, .call = store_param, AT(params)};
	struct span value;
	struct buf text;
	enum status st;

	if (!scan_skip(s, &value))
		return err_set(err, ST_USAGE, "this is not JSON");
	buf_init(&text, BUF_LARGE);
	buf_span(&text, name);
	buf_char(&text, '=');
	buf_span(&text, value);
	st = store_text(a, &other, &text, err);
	buf_release(&text);
	return st;
}

static enum status take_member(atl_agent *a, const struct scan_str *key,
	struct scan *s, struct err *err)
{
	enum status st;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (scan_key_is(key, rows[i].name))
			break;
	if (i < sizeof(rows) / sizeof(rows[0]))
		st = take_known(a, &rows[i], s, err);
	else
		st = take_other(a, key->raw, s, err);
	if (st != ST_OK)
		err_prefix(err, "parameters: %.*s",
			(int)(key->raw.n < CHECK_NAME_MAX ? key->raw.n
							  : CHECK_NAME_MAX),
			key->raw.p);
	return st;
}

enum status api_parameters(atl_agent *a, const char *json, struct err *err)
{
	struct scan_str key;
	struct scan s;
	enum status st = ST_OK;

	if (json == NULL)
		return ST_OK;
	if (!scan_valid(span_str(json)))
		return err_set(err, ST_USAGE, "parameters are not JSON");
	scan_init(&s, span_str(json));
	if (!scan_enter(&s, '{'))
		return err_set(err, ST_USAGE, "parameters are no JSON object");
	while (st == ST_OK && scan_member(&s, &key))
		st = take_member(a, &key, &s, err);
	return st;
}
