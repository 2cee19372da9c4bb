#include "engine/listing.h"

enum { WINDOW_WAIT_MS = 5000 };
#define LISTING_MAX ((size_t)16 * 1024 * 1024)
#define WINDOW_MAX ((size_t)1024 * 1024)

enum status listing_start(
	struct rest **ret, const struct rest_options *o, struct err *err)
{
	struct rest_options get = *o;

	get.path = "/models";
	get.answer_max = LISTING_MAX;
	if (get.wait_ms == 0)
		get.wait_ms = LISTING_WAIT_MS;
	return rest_start(ret, &get, err);
}

enum status listing_read(
	const struct rest *r, struct models *ret, struct err *err)
{
	struct span answer;
	enum status st = rest_answer(r, &answer, err);

	return st == ST_OK ? models_parse(ret, answer, err) : st;
}

enum status probe_start(struct rest **ret, const struct rest_options *o,
	enum window_server server, struct span model, struct err *err)
{
	struct rest_options get = *o;
	struct buf url;
	enum status st;

	buf_init(&url, BUF_SMALL);
	st = window_url(server, span_str(o->agent->url), model, &url, err);
	get.url = url.p;
	get.answer_max = WINDOW_MAX;
	get.wait_ms = WINDOW_WAIT_MS;
	if (st == ST_OK)
		st = rest_start(ret, &get, err);
	buf_release(&url);
	return st;
}

int64_t probe_read(const struct rest *r, enum window_server server,
	struct span model, int *ret_images)
{
	struct span answer;

	*ret_images = 0;
	return rest_answer(r, &answer, NULL) == ST_OK
		? window_parse(server, answer, model, ret_images)
		: 0;
}
