#include "store/vault_file.h"

#include <string.h>

#include "base/le.h"
#include "base/utf8.h"

#define AD_OLD "atl/old/v1"

enum {
	AD_HEADER = 32,
	SUBKEY_OLD = 6,
};

_Static_assert(VF_SLOTS + VAULT_SLOTS * VS_LEN == VF_RESERVE, "layout");
/* slot_known() accepts only one lane for Argon2id, and none without it. */
_Static_assert(VAULT_KDF_ARGON2ID13 == 1 && VAULT_KDF_NONE == 0, "lanes");
_Static_assert(VF_OLD_NONCE + BOX_NONCE == VF_OLD_WRAPPED, "layout");
_Static_assert(VF_OLD_WRAPPED + VAULT_WRAPPED == VF_REST, "layout");
_Static_assert(VF_SUM + BOX_HASH == VAULT_FILE, "layout");
_Static_assert(VS_WRAPPED + VAULT_WRAPPED == VS_LABEL, "layout");

uint8_t *vault_file_slot(struct vault_file *f, size_t i)
{
	return f->raw + VF_SLOTS + i * VS_LEN;
}

const uint8_t *vault_file_slot_const(const struct vault_file *f, size_t i)
{
	return f->raw + VF_SLOTS + i * VS_LEN;
}

static void sum(const void *p, size_t n, uint8_t ret[BOX_HASH])
{
	struct span all = span_of(p, n);

	box_hash(ret, BOX_HASH, span_of(NULL, 0), &all, 1);
}

static enum status damaged(struct err *err, const char *what)
{
	return err_set(err, ST_DAMAGED, "the vault is damaged: %s", what);
}

/*
 * Checks the checksum before the version: a flipped bit in the version is
 * damage, not a later version. Later versions keep the magic, the version, the
 * length and a checksum in the last bytes.
 */
static enum status check_whole(struct span bytes, struct err *err)
{
	const uint8_t *p = (const uint8_t *)bytes.p;
	uint8_t want[BOX_HASH];

	if (bytes.n < VAULT_FILE)
		return damaged(err, "the file is cut short");
	if (memcmp(p, VAULT_MAGIC, 8) != 0)
		return damaged(err, "the file does not begin as one");
	if (le32_get(p + VF_LEN) != bytes.n)
		return damaged(err, "the length of the file is wrong");
	sum(p, bytes.n - BOX_HASH, want);
	if (!box_equal(want, p + bytes.n - BOX_HASH, BOX_HASH))
		return damaged(err, "bytes have changed");
	return ST_OK;
}

static enum status check_version(const uint8_t *p, struct err *err)
{
	unsigned major = le16_get(p + VF_MAJOR);
	unsigned minor = le16_get(p + VF_MINOR);
	unsigned min_major = le16_get(p + VF_MIN_MAJOR);
	unsigned min_minor = le16_get(p + VF_MIN_MINOR);

	if (major < VAULT_MAJOR)
		return damaged(err, "its version is unknown");
	if (major > VAULT_MAJOR || min_major > VAULT_MAJOR ||
		(min_major == VAULT_MAJOR && min_minor > VAULT_MINOR))
		return err_set(err, ST_FAIL,
			"the vault has format %u.%u and needs a program that "
			"reads %u.%u; this one reads %d.%d: install a later "
			"atllama",
			major, minor, min_major, min_minor, VAULT_MAJOR,
			VAULT_MINOR);
	return ST_OK;
}

static bool label_valid(const uint8_t *p)
{
	size_t n = strnlen((const char *)p, VAULT_LABEL_MAX);

	return box_is_zero(p + n, VAULT_LABEL_MAX - n) &&
		utf8_valid(span_of(p, n));
}

static bool type_stretches(unsigned type)
{
	return type == VAULT_PASSPHRASE || type == VAULT_BOTH;
}

/* Whether this version can open the slot: in a file of a later version it may
 * have an unknown type, key derivation or flags. */
static bool slot_known(const uint8_t *s)
{
	unsigned type = s[VS_TYPE];
	unsigned kdf = type_stretches(type) ? VAULT_KDF_ARGON2ID13
					    : VAULT_KDF_NONE;

	return type != VAULT_EMPTY && type <= VAULT_RECOVERY &&
		s[VS_KDF] == kdf && le16_get(s + VS_FLAGS) == 0 &&
		le32_get(s + VS_LANES) == kdf;
}

static bool slot_valid(const uint8_t *s)
{
	if (s[VS_TYPE] == VAULT_EMPTY)
		return box_is_zero(s, VS_LEN);
	if (!slot_known(s) || !box_is_zero(s + VS_ZERO, 8) ||
		!box_is_zero(s + VS_REST, VS_LEN - VS_REST))
		return false;
	if (!type_stretches(s[VS_TYPE]) &&
		!box_is_zero(s + VS_T, VS_LANES - VS_T))
		return false;
	return le64_get(s + VS_CREATED) <= INT64_MAX &&
		label_valid(s + VS_LABEL);
}

static enum status check_form(const struct vault_file *f, struct err *err)
{
	const uint8_t *p = f->raw;
	size_t i;

	if (le16_get(p + VF_N_SLOTS) != VAULT_SLOTS ||
		le16_get(p + VF_SLOT_LEN) != VS_LEN)
		return damaged(err, "the table of slots is wrong");
	if (id_is_none(&f->id) || f->generation == 0 || f->epoch == 0)
		return damaged(err, "the header is wrong");
	if (f->old_epoch >= f->epoch ||
		(f->old_epoch == 0 &&
			!box_is_zero(p + VF_OLD_NONCE, VF_REST - VF_OLD_NONCE)))
		return damaged(err, "the key of the epoch before is wrong");
	if (f->foreign)
		return ST_OK;
	if (!box_is_zero(p + VF_ZERO, VF_SLOTS - VF_ZERO))
		return damaged(err, "the header is wrong");
	for (i = 0; i < VAULT_SLOTS; i++)
		if (!slot_valid(vault_file_slot_const(f, i)))
			return damaged(err, "a slot is wrong");
	return ST_OK;
}

enum status vault_file_parse(
	struct span bytes, struct vault_file *ret, struct err *err)
{
	enum status st = check_whole(bytes, err);

	if (st == ST_OK)
		st = check_version((const uint8_t *)bytes.p, err);
	if (st != ST_OK)
		return st;
	if (bytes.n != VAULT_FILE)
		return damaged(err, "the length of the file is wrong");
	memcpy(ret->raw, bytes.p, VAULT_FILE);
	memcpy(ret->id.b, ret->raw + VF_ID, ID_LEN);
	ret->generation = le64_get(ret->raw + VF_GENERATION);
	ret->epoch = le32_get(ret->raw + VF_EPOCH);
	ret->old_epoch = le32_get(ret->raw + VF_OLD_EPOCH);
	ret->foreign = le16_get(ret->raw + VF_MINOR) > VAULT_MINOR ||
		!box_is_zero(ret->raw + VF_REST, VF_MAC - VF_REST);
	st = check_form(ret, err);
	if (st == ST_OK && vault_file_count(ret) == 0)
		st = damaged(err, "there is no key slot in it");
	return st;
}

void vault_file_init(struct vault_file *f, const struct id *id)
{
	uint8_t *p = f->raw;

	memset(f, 0, sizeof(*f));
	f->id = *id;
	f->epoch = 1;
	memcpy(p, VAULT_MAGIC, 8);
	le16_put(p + VF_MAJOR, VAULT_MAJOR);
	le16_put(p + VF_MINOR, VAULT_MINOR);
	le32_put(p + VF_LEN, VAULT_FILE);
	memcpy(p + VF_ID, id->b, ID_LEN);
	le32_put(p + VF_EPOCH, f->epoch);
	le16_put(p + VF_N_SLOTS, VAULT_SLOTS);
	le16_put(p + VF_SLOT_LEN, VS_LEN);
	le16_put(p + VF_MIN_MAJOR, VAULT_MAJOR);
	le16_put(p + VF_MIN_MINOR, 0);
}

static void mac(const struct vault_file *f, const uint8_t key[BOX_KEY],
	uint8_t ret[BOX_HASH])
{
	struct span all = span_of(f->raw, VF_MAC);

	box_hash(ret, BOX_HASH, span_of(key, BOX_KEY), &all, 1);
}

void vault_file_seal(struct vault_file *f, const uint8_t mac_key[BOX_KEY])
{
	le64_put(f->raw + VF_GENERATION, f->generation);
	le32_put(f->raw + VF_EPOCH, f->epoch);
	mac(f, mac_key, f->raw + VF_MAC);
	sum(f->raw, VF_SUM, f->raw + VF_SUM);
}

bool vault_file_authentic(
	const struct vault_file *f, const uint8_t mac_key[BOX_KEY])
{
	uint8_t want[BOX_HASH];

	mac(f, mac_key, want);
	return box_equal(want, f->raw + VF_MAC, BOX_HASH);
}

bool vault_slot_get(
	const struct vault_file *f, size_t i, struct vault_slot *ret)
{
	const uint8_t *s = vault_file_slot_const(f, i);

	if (!slot_known(s))
		return false;
	ret->type = (enum vault_slot_type)s[VS_TYPE];
	ret->kdf = (enum vault_kdf)s[VS_KDF];
	ret->t = le32_get(s + VS_T);
	ret->m_kib = le32_get(s + VS_M);
	memcpy(ret->id.b, s + VS_ID, ID_LEN);
	ret->created_ms = (int64_t)(le64_get(s + VS_CREATED) & INT64_MAX);
	memcpy(ret->label, s + VS_LABEL, VAULT_LABEL_MAX);
	ret->label[VAULT_LABEL_MAX] = '\0';
	return true;
}

size_t vault_file_free_slot(const struct vault_file *f)
{
	size_t i;

	for (i = 0; i < VAULT_SLOTS; i++)
		if (vault_file_slot_const(f, i)[VS_TYPE] == VAULT_EMPTY)
			break;
	return i;
}

size_t vault_file_find_slot(const struct vault_file *f, const struct id *slot)
{
	size_t i;

	for (i = 0; i < VAULT_SLOTS; i++) {
		const uint8_t *s = vault_file_slot_const(f, i);

		if (s[VS_TYPE] != VAULT_EMPTY &&
			memcmp(s + VS_ID, slot->b, ID_LEN) == 0)
			break;
	}
	return i;
}

size_t vault_file_count(const struct vault_file *f)
{
	size_t n = 0;
	size_t i;

	for (i = 0; i < VAULT_SLOTS; i++)
		if (vault_file_slot_const(f, i)[VS_TYPE] != VAULT_EMPTY)
			n++;
	return n;
}

/*
 * The data to which the sealed key of the previous epoch is bound: the header
 * up to the vault's id, and both epochs.
 */
struct old_ad {
	uint8_t b[sizeof(AD_OLD) - 1 + AD_HEADER + 8];
};

static void put_old_ad(const struct vault_file *f, struct old_ad *ret)
{
	uint8_t *p = ret->b;

	memcpy(p, AD_OLD, sizeof(AD_OLD) - 1);
	p += sizeof(AD_OLD) - 1;
	memcpy(p, f->raw, AD_HEADER);
	le32_put(p + AD_HEADER, f->epoch);
	le32_put(p + AD_HEADER + 4, f->old_epoch);
}

/* Derives a separate key, so that the master key itself seals nothing. */
static void old_key(const uint8_t mk[BOX_KEY], uint8_t ret[BOX_KEY])
{
	box_kdf(ret, "atlvlt01", SUBKEY_OLD, mk);
}

void vault_file_put_old(struct vault_file *f, uint32_t old_epoch,
	const uint8_t old_mk[BOX_KEY], const uint8_t mk[BOX_KEY])
{
	uint8_t *p = f->raw;
	uint8_t key[BOX_KEY];
	struct old_ad ad;
	struct span hedge;

	f->old_epoch = old_epoch;
	le32_put(p + VF_OLD_EPOCH, old_epoch);
	put_old_ad(f, &ad);
	hedge = span_of(ad.b, sizeof(ad.b));
	old_key(mk, key);
	box_hedged(p + VF_OLD_NONCE, BOX_NONCE, key, &hedge, 1);
	box_seal(p + VF_OLD_WRAPPED, p + VF_OLD_WRAPPED + BOX_KEY, old_mk,
		BOX_KEY, hedge, p + VF_OLD_NONCE, key);
	box_wipe(key, sizeof(key));
}

bool vault_file_get_old(const struct vault_file *f, const uint8_t mk[BOX_KEY],
	uint8_t ret_old_mk[BOX_KEY])
{
	const uint8_t *p = f->raw;
	uint8_t key[BOX_KEY];
	struct old_ad ad;
	bool ok;

	put_old_ad(f, &ad);
	old_key(mk, key);
	ok = box_open(ret_old_mk, p + VF_OLD_WRAPPED, BOX_KEY,
		p + VF_OLD_WRAPPED + BOX_KEY, span_of(ad.b, sizeof(ad.b)),
		p + VF_OLD_NONCE, key);
	box_wipe(key, sizeof(key));
	return ok;
}

void vault_file_clear_old(struct vault_file *f)
{
	f->old_epoch = 0;
	memset(f->raw + VF_OLD_EPOCH, 0, VF_REST - VF_OLD_EPOCH);
}
