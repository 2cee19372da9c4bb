#include <inttypes.h>
#include <string.h>

#include "store/vault_priv.h"

#define AD_SEGMENT "atl/seg/v1"

enum status vault_new_root(const struct vault *v, const uint8_t ad[VAULT_AD],
	struct secret *ret, struct err *err)
{
	struct secret root = {0};
	struct span part = span_of(ad, VAULT_AD);
	enum status st = vault_need_key(v, err);

	if (st != ST_OK)
		return st;
	if (!secret_new(&root, BOX_KEY))
		return err_nomem(err);
	root.len = BOX_KEY;
	box_hedged(root.p, BOX_KEY, vault_key(v, KEY_WRAP), &part, 1);
	*ret = root;
	return ST_OK;
}

struct segment_ad {
	uint8_t b[sizeof(AD_SEGMENT) - 1 + VAULT_AD];
};

static void put_ad(const uint8_t ad[VAULT_AD], struct segment_ad *ret)
{
	memcpy(ret->b, AD_SEGMENT, sizeof(AD_SEGMENT) - 1);
	memcpy(ret->b + sizeof(AD_SEGMENT) - 1, ad, VAULT_AD);
}

enum status vault_wrap_root(const struct vault *v, const uint8_t ad[VAULT_AD],
	const uint8_t root[BOX_KEY], uint8_t ret_nonce[BOX_NONCE],
	uint8_t ret_wrapped[VAULT_WRAPPED], struct err *err)
{
	struct span parts[] = {span_of(ad, VAULT_AD), span_of(root, BOX_KEY)};
	struct segment_ad bound;
	enum status st = vault_need_key(v, err);

	if (st != ST_OK)
		return st;
	put_ad(ad, &bound);
	box_hedged(ret_nonce, BOX_NONCE, vault_key(v, KEY_WRAP), parts, 2);
	box_seal(ret_wrapped, ret_wrapped + BOX_KEY, root, BOX_KEY,
		span_of(bound.b, sizeof(bound.b)), ret_nonce,
		vault_key(v, KEY_WRAP));
	return ST_OK;
}

enum status vault_unwrap_root(const struct vault *v, uint32_t epoch,
	const uint8_t ad[VAULT_AD], const uint8_t nonce[BOX_NONCE],
	const uint8_t wrapped[VAULT_WRAPPED], struct secret *ret_root,
	struct err *err)
{
	struct secret root = {0};
	struct segment_ad bound;
	const uint8_t *key;
	enum status st = vault_need_key(v, err);

	if (st != ST_OK)
		return st;
	if (epoch == v->file.epoch)
		key = vault_key(v, KEY_WRAP);
	else if (v->old_keys.p != NULL && epoch == v->file.old_epoch)
		key = v->old_keys.p + KEY_WRAP;
	else
		return err_set(err, ST_LOCKED,
			"its key belongs to epoch %" PRIu32 " of the vault, "
			"which holds the key of epoch %" PRIu32 " only",
			epoch, v->file.epoch);
	if (!secret_new(&root, BOX_KEY))
		return err_nomem(err);
	root.len = BOX_KEY;
	put_ad(ad, &bound);
	if (!box_open(root.p, wrapped, BOX_KEY, wrapped + BOX_KEY,
		    span_of(bound.b, sizeof(bound.b)), nonce, key)) {
		secret_free(&root);
		return err_set(err, ST_DAMAGED,
			"its header is damaged or of another vault");
	}
	*ret_root = root;
	return ST_OK;
}
