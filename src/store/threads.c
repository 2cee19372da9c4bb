#include "store/threads.h"

#include "base/clock.h"
#include "base/le.h"
#include "store/box.h"
#include "store/journal.h"

/* Field of the RECORD_VALUE. */
enum { TAG_KEY = 2 };

static enum status on_record(
	const struct record *r, void *payload, struct err *err)
{
	struct secret *key = payload;
	struct span rest = r->payload;
	struct span value;
	uint16_t tag;

	if (r->type != RECORD_VALUE || key->len > 0)
		return ST_OK;
	while (record_next_field(&rest, &tag, &value))
		if (tag == TAG_KEY && value.n == BOX_KEY &&
			!secret_set(key, value.p, value.n))
			return err_nomem(err);
	return ST_OK;
}

static enum status append(struct journal *j, struct err *err)
{
	struct record r = {.type = RECORD_VALUE, .time_ms = clock_wall_ms()};
	uint8_t key[BOX_KEY];
	struct buf payload;
	enum status st;

	buf_init(&payload, BUF_SMALL);
	box_random(key, sizeof(key));
	record_put_field(&payload, TAG_KEY, span_of(key, sizeof(key)));
	st = buf_check(&payload, "key", err);
	r.payload = buf_view(&payload);
	if (st == ST_OK)
		st = journal_append(j, &r, true, err);
	buf_wipe(&payload);
	box_wipe(key, sizeof(key));
	return st;
}

/* Reads all there is, from the beginning. */
static enum status read_key(struct vault *v, struct catalog *c,
	struct secret *key, struct journal **ret, struct err *err)
{
	struct journal_with with = {v, c, on_record, key};
	enum status st = journal_open_reserved(&with, "threads", ret, err);

	return st == ST_OK ? journal_read(*ret, err) : st;
}

enum status threads_key(
	struct vault *v, struct catalog *c, struct secret *ret, struct err *err)
{
	struct secret key = {0};
	struct journal *j = NULL;
	enum status st = read_key(v, c, &key, &j, err);

	if (st == ST_OK && key.len == 0)
		st = append(j, err);
	journal_close(j);
	j = NULL;
	/* Another process may have written its key first. */
	if (st == ST_OK && key.len == 0)
		st = read_key(v, c, &key, &j, err);
	journal_close(j);
	if (st == ST_OK && key.len == 0)
		st = err_set(err, ST_DAMAGED,
			"the key of the names of conversations cannot be read");
	if (st != ST_OK) {
		secret_free(&key);
		return st;
	}
	*ret = key;
	return ST_OK;
}

void threads_id(const struct secret *key, struct span name, unsigned again,
	struct id *ret)
{
	uint8_t number[4];
	struct span parts[] = {
		span_str("atl/thread/v1"),
		span_of(number, sizeof(number)),
		name,
	};

	le32_put(number, again);
	box_hash(ret->b, ID_LEN, secret_view(key), parts, 3);
}
