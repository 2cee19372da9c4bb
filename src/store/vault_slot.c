#include "store/vault_slot.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/le.h"
#include "base/utf8.h"

#define AD_SLOT "atl/slot/v1"
#define AD_KEYFILE "atl/kf/v1"
#define CONTEXT_SLOT "atlslot1"

/* The least cost that a file may ask for, since it is not known to be authentic
 * before Argon2id has run: a lower one would protect too little. */
#define ARGON_FLOOR_T 2u
#define ARGON_FLOOR_KIB (64u * 1024)

enum {
	SUBKEY_KEK = 1,
	SUBKEY_COMMIT = 2,
	AD_HEADER = 32, /* bytes of the file header bound to each wrap */
	AD_SLOT_BYTES = 96,
};

struct slot_keys {
	uint8_t kek[BOX_KEY];
	uint8_t commit[BOX_KEY];
};

enum vault_slot_type vault_secret_type(const struct vault_secret *s)
{
	if (s->passphrase != NULL && s->keyfile != NULL)
		return VAULT_BOTH;
	if (s->passphrase != NULL)
		return VAULT_PASSPHRASE;
	if (s->keyfile != NULL)
		return VAULT_KEYFILE;
	return s->recovery != NULL ? VAULT_RECOVERY : VAULT_EMPTY;
}

static bool secret_fits(enum vault_slot_type type, const struct vault_secret *s)
{
	switch (type) {
	case VAULT_PASSPHRASE: return s->passphrase != NULL;
	case VAULT_KEYFILE: return s->keyfile != NULL;
	case VAULT_BOTH: return s->passphrase != NULL && s->keyfile != NULL;
	case VAULT_RECOVERY: return s->recovery != NULL;
	case VAULT_EMPTY:
	case VAULT_KEYRING: break;
	}
	return false;
}

/* Memory of the machine or, when smaller, of the container, in KiB. */
static uint64_t memory_kib(void)
{
	long pages = sysconf(_SC_PHYS_PAGES);
	long size = sysconf(_SC_PAGESIZE);
	uint64_t kib = UINT64_MAX;
	uint64_t limit;
	FILE *f;

	if (pages > 0 && size > 0)
		kib = (uint64_t)pages * ((uint64_t)size / 1024);
	f = fopen("/sys/fs/cgroup/memory.max", "re");
	if (f != NULL) {
		if (fscanf(f, "%" SCNu64, &limit) == 1 && limit / 1024 < kib)
			kib = limit / 1024;
		(void)fclose(f);
	}
	return kib;
}

/* Must be called before any Argon2id whose cost was read from a file. */
static enum status check_cost(
	uint32_t t, uint32_t m_kib, bool allow, struct err *err)
{
	if (t < BOX_ARGON_T_MIN || t > BOX_ARGON_T_MAX ||
		m_kib < BOX_ARGON_KIB_MIN || m_kib > BOX_ARGON_KIB_MAX)
		return err_set(err, ST_USAGE,
			"the cost of the passphrase (t = %" PRIu32 ", %" PRIu32
			" KiB) is out of all bounds: it was not "
			"tried",
			t, m_kib);
	if (allow)
		return ST_OK;
	if (t < ARGON_FLOOR_T || m_kib < ARGON_FLOOR_KIB)
		return err_set(err, ST_USAGE,
			"the cost of the passphrase (t = %" PRIu32 ", %" PRIu32
			" KiB) is below the floor of t = %u, "
			"%u KiB: it was not tried",
			t, m_kib, ARGON_FLOOR_T, ARGON_FLOOR_KIB);
	if (m_kib > memory_kib() / 4 * 3)
		return err_set(err, ST_USAGE,
			"the passphrase needs %" PRIu32 " MiB of memory, more "
			"than 3/4 of what there is: it was not tried",
			m_kib / 1024);
	return ST_OK;
}

/*
 * Runs Argon2id on the passphrase in NFC, so that it opens the vault however
 * the keyboard composes characters. Most are ASCII and never copied; bytes that
 * are not UTF-8 are used as they are.
 */
static enum status stretch(const uint8_t *slot, const struct secret *pass,
	uint8_t ret[BOX_KEY], struct err *err)
{
	struct span text = secret_view(pass);
	struct buf nfc;
	bool ascii = true;
	enum status st;
	size_t i;

	/* Reserve all at once: growing would leave copies behind. */
	buf_init(&nfc, (size_t)4 * VAULT_PASSPHRASE_MAX);
	for (i = 0; i < text.n; i++)
		ascii = ascii && (uint8_t)text.p[i] < 0x80;
	if (!ascii && utf8_valid(text)) {
		st = buf_reserve(&nfc, nfc.max) ? ST_OK : err_nomem(err);
		if (st == ST_OK)
			st = utf8_nfc(text, &nfc, err);
		if (st != ST_OK)
			goto out;
		text = buf_view(&nfc);
	}
	st = box_argon2id(ret, text, slot + VS_SALT, le32_get(slot + VS_T),
		le32_get(slot + VS_M), err);
out:
	buf_wipe(&nfc);
	return st;
}

static void keyfile_hash(
	const uint8_t *slot, const struct secret *keyfile, uint8_t ret[BOX_KEY])
{
	struct span parts[] = {span_str(AD_KEYFILE), secret_view(keyfile)};

	box_hash(ret, BOX_KEY, span_of(slot + VS_SALT, BOX_SALT), parts, 2);
}

/* Derives the input key of a slot whose fields up to the salt are set. */
static enum status input_key(const uint8_t *slot, const struct vault_secret *s,
	uint8_t ret[BOX_KEY], struct err *err)
{
	enum vault_slot_type type = (enum vault_slot_type)slot[VS_TYPE];
	uint8_t argon[BOX_KEY];
	uint8_t kf[BOX_KEY] = {0};
	struct span part = span_of(kf, sizeof(kf));
	enum status st = ST_OK;

	switch (type) {
	case VAULT_PASSPHRASE: return stretch(slot, s->passphrase, ret, err);
	case VAULT_KEYFILE: keyfile_hash(slot, s->keyfile, ret); break;
	case VAULT_BOTH:
		st = stretch(slot, s->passphrase, argon, err);
		if (st == ST_OK) {
			keyfile_hash(slot, s->keyfile, kf);
			box_hash(ret, BOX_KEY, span_of(argon, sizeof(argon)),
				&part, 1);
		}
		box_wipe(argon, sizeof(argon));
		box_wipe(kf, sizeof(kf));
		break;
	case VAULT_RECOVERY: memcpy(ret, s->recovery->p, BOX_KEY); break;
	case VAULT_EMPTY:
	case VAULT_KEYRING:
		return err_set(err, ST_USAGE, "no such kind of key slot");
	}
	return st;
}

static enum status slot_keys(const uint8_t *slot, const struct vault_secret *s,
	struct slot_keys *ret, struct err *err)
{
	uint8_t ikm[BOX_KEY];
	enum status st = input_key(slot, s, ikm, err);

	if (st == ST_OK) {
		box_kdf(ret->kek, CONTEXT_SLOT, SUBKEY_KEK, ikm);
		box_kdf(ret->commit, CONTEXT_SLOT, SUBKEY_COMMIT, ikm);
	}
	box_wipe(ikm, sizeof(ikm));
	return st;
}

/* The data to which the wrapped master key is bound. Of the header it has only
 * the part up to the vault's id, because the generation changes without
 * wrapping again. */
struct slot_ad {
	uint8_t b[sizeof(AD_SLOT) - 1 + AD_HEADER + 4 + AD_SLOT_BYTES];
};

static void put_ad(
	const struct vault_file *f, const uint8_t *slot, struct slot_ad *ret)
{
	uint8_t *p = ret->b;

	memcpy(p, AD_SLOT, sizeof(AD_SLOT) - 1);
	p += sizeof(AD_SLOT) - 1;
	memcpy(p, f->raw, AD_HEADER);
	p += AD_HEADER;
	le32_put(p, f->epoch);
	memcpy(p + 4, slot, AD_SLOT_BYTES);
}

static enum status check_secret(
	const struct vault_secret *s, enum status code, struct err *err)
{
	if (s->passphrase != NULL &&
		(s->passphrase->len == 0 ||
			s->passphrase->len > VAULT_PASSPHRASE_MAX))
		return err_set(err, code, "a passphrase has 1 to %d bytes",
			VAULT_PASSPHRASE_MAX);
	if ((s->keyfile != NULL && s->keyfile->len != BOX_KEY) ||
		(s->recovery != NULL && s->recovery->len != BOX_KEY))
		return err_set(err, code,
			"a key file or recovery code holds %d bytes", BOX_KEY);
	return ST_OK;
}

enum status vault_slot_make(struct vault_file *f, size_t i,
	enum vault_slot_type type, const struct vault_secret *s,
	const struct vault_params *params, const char *label,
	const uint8_t mk[BOX_KEY], struct err *err)
{
	struct span text = span_str(label);
	uint8_t slot[VS_LEN] = {0};
	struct span hedge = span_of(slot, AD_SLOT_BYTES);
	struct slot_keys keys;
	struct slot_ad ad;
	enum status st = check_secret(s, ST_USAGE, err);

	if (st != ST_OK)
		return st;
	if (!secret_fits(type, s))
		return err_set(err, ST_USAGE, "a slot of type \"%s\" needs it",
			vault_slot_type_name(type));
	if (text.n > VAULT_LABEL_MAX || !utf8_valid(text))
		return err_set(err, ST_USAGE,
			"a label has at most %d bytes of UTF-8",
			VAULT_LABEL_MAX);
	slot[VS_TYPE] = (uint8_t)type;
	if (type == VAULT_PASSPHRASE || type == VAULT_BOTH) {
		st = check_cost(
			params->t, params->m_kib, params->allow_weak, err);
		if (st != ST_OK)
			return st;
		slot[VS_KDF] = VAULT_KDF_ARGON2ID13;
		le32_put(slot + VS_T, params->t);
		le32_put(slot + VS_M, params->m_kib);
		le32_put(slot + VS_LANES, 1);
	}
	box_random(slot + VS_SALT, BOX_SALT);
	box_random(slot + VS_ID, ID_LEN);
	le64_put(slot + VS_CREATED, (uint64_t)clock_wall_ms());
	if (text.n > 0)
		memcpy(slot + VS_LABEL, text.p, text.n);
	st = slot_keys(slot, s, &keys, err);
	if (st == ST_OK) {
		memcpy(slot + VS_COMMIT, keys.commit, BOX_KEY);
		box_hedged(slot + VS_NONCE, BOX_NONCE, keys.kek, &hedge, 1);
		put_ad(f, slot, &ad);
		box_seal(slot + VS_WRAPPED, slot + VS_WRAPPED + BOX_KEY, mk,
			BOX_KEY, span_of(ad.b, sizeof(ad.b)), slot + VS_NONCE,
			keys.kek);
		memcpy(vault_file_slot(f, i), slot, VS_LEN);
	}
	box_wipe(&keys, sizeof(keys));
	return st;
}

enum status vault_slot_open(const struct vault_file *f, size_t i,
	const struct vault_secret *s, uint8_t ret_mk[BOX_KEY], struct err *err)
{
	const uint8_t *slot = vault_file_slot_const(f, i);
	struct vault_slot info;
	struct slot_keys keys;
	struct slot_ad ad;
	enum status st = check_secret(s, ST_LOCKED, err);

	if (st != ST_OK)
		return st;
	if (!vault_slot_get(f, i, &info) || !secret_fits(info.type, s))
		return err_set(err, ST_LOCKED, "no key slot fits");
	if (info.kdf == VAULT_KDF_ARGON2ID13)
		st = check_cost(info.t, info.m_kib, s->allow_kdf, err);
	if (st != ST_OK)
		return st;
	st = slot_keys(slot, s, &keys, err);
	if (st != ST_OK)
		goto out;
	/* Check this first: the cipher alone does not commit to its key. */
	if (!box_equal(keys.commit, slot + VS_COMMIT, BOX_KEY)) {
		st = err_set(err, ST_LOCKED, "wrong %s",
			vault_slot_type_name(info.type));
		goto out;
	}
	put_ad(f, slot, &ad);
	if (!box_open(ret_mk, slot + VS_WRAPPED, BOX_KEY,
		    slot + VS_WRAPPED + BOX_KEY, span_of(ad.b, sizeof(ad.b)),
		    slot + VS_NONCE, keys.kek))
		st = err_set(err, ST_DAMAGED,
			"the %s is right, but its key slot is damaged or "
			"was changed: restore vault.atv from a backup",
			vault_slot_type_name(info.type));
out:
	box_wipe(&keys, sizeof(keys));
	return st;
}

/* Picks the failure that tells more: damage, then cost, then locked. */
static int gravity(enum status st)
{
	if (st == ST_OK)
		return 0;
	if (st == ST_LOCKED)
		return 1;
	return st == ST_USAGE ? 2 : 3;
}

enum status vault_slot_any(const struct vault_file *f,
	const struct vault_secret *s, uint8_t ret_mk[BOX_KEY], size_t *ret_slot,
	struct err *err)
{
	static const enum vault_slot_type order[] = {
		VAULT_BOTH, VAULT_KEYFILE, VAULT_RECOVERY, VAULT_PASSPHRASE};
	struct vault_slot info;
	struct err one;
	enum status worst = ST_OK;
	enum status st;
	size_t k;
	size_t i;

	for (k = 0; k < sizeof(order) / sizeof(order[0]); k++) {
		for (i = 0; i < VAULT_SLOTS; i++) {
			if (!vault_slot_get(f, i, &info) ||
				info.type != order[k] ||
				!secret_fits(info.type, s))
				continue;
			st = vault_slot_open(f, i, s, ret_mk, &one);
			if (st == ST_OK) {
				if (ret_slot != NULL)
					*ret_slot = i;
				return ST_OK;
			}
			if (gravity(st) > gravity(worst)) {
				worst = st;
				if (err != NULL)
					*err = one;
			}
		}
	}
	if (worst != ST_OK)
		return worst;
	return err_set(err, ST_LOCKED,
		"the vault cannot be opened with a %s: it has no such slot",
		vault_slot_type_name(vault_secret_type(s)));
}
