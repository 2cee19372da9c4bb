/*
 * The bytes of vault.atv: 4096 of them, of fixed layout, without files or keys.
 * atllama-journal(5) is the specification; the offsets here are its tables.
 *
 * Parsing runs before anything is authentic. What it lets through is whole (the
 * sum over all of it holds) and well-formed, no more: the cost of Argon2id is
 * bounded by who runs it, and the keyed sum is checked after unlocking.
 */
#ifndef ATL_STORE_VAULT_FILE_H
#define ATL_STORE_VAULT_FILE_H

#include "store/vault.h"

#define VAULT_MAJOR 1
#define VAULT_MINOR 0
#define VAULT_FILE 4096
#define VAULT_MAGIC "ATLVAULT"
/* What file_len of a later version may be, at most. */
#define VAULT_FILE_MAX ((size_t)64 * 1024)

enum {
	VF_MAJOR = 8,
	VF_MINOR = 10,
	VF_LEN = 12,
	VF_ID = 16,
	VF_GENERATION = 32,
	VF_EPOCH = 40,
	VF_N_SLOTS = 44,
	VF_SLOT_LEN = 46,
	VF_MIN_MAJOR = 48,
	VF_MIN_MINOR = 50,
	VF_ZERO = 52,
	VF_SLOTS = 64,
	VF_RESERVE = 3136,
	VF_OLD_EPOCH = VF_RESERVE, /* 0: no rotation is under way */
	VF_OLD_NONCE = 3140,
	VF_OLD_WRAPPED = 3164,
	VF_REST = 3212,
	VF_MAC = 4032,
	VF_SUM = 4064,

	VS_TYPE = 0,
	VS_KDF = 1,
	VS_FLAGS = 2,
	VS_T = 4,
	VS_M = 8,
	VS_LANES = 12,
	VS_SALT = 16,
	VS_ID = 32,
	VS_CREATED = 48,
	VS_ZERO = 56,
	VS_COMMIT = 64,
	VS_NONCE = 96,
	VS_WRAPPED = 120,
	VS_LABEL = 168,
	VS_REST = 232,
	VS_LEN = 384,
};

enum vault_kdf { VAULT_KDF_NONE = 0, VAULT_KDF_ARGON2ID13 = 1 };

struct vault_file {
	uint8_t raw[VAULT_FILE];
	struct id id;
	uint64_t generation;
	uint32_t epoch;
	/* During a rotation: the epoch before, whose key is in the reserve; 0
	 * otherwise. */
	uint32_t old_epoch;
	/* Holds what only a later minor version knows: may be read, must not
	 * be rewritten. */
	bool foreign;
};

struct vault_slot {
	enum vault_slot_type type;
	enum vault_kdf kdf;
	uint32_t t;
	uint32_t m_kib;
	struct id id;
	int64_t created_ms;
	char label[VAULT_LABEL_MAX + 1];
};

/*
 * ST_DAMAGED when it is cut, changed or ill-formed; ST_FAIL when a later
 * version wrote it and this one cannot read it. *ret is undefined then.
 */
enum status vault_file_parse(
	struct span bytes, struct vault_file *ret, struct err *err);
/* An empty vault of generation 0 without slots: not valid until it has some
 * and is sealed. */
void vault_file_init(struct vault_file *f, const struct id *id);
/* Takes the decoded fields into raw, and adds both sums. */
void vault_file_seal(struct vault_file *f, const uint8_t mac_key[BOX_KEY]);
bool vault_file_authentic(
	const struct vault_file *f, const uint8_t mac_key[BOX_KEY]);

uint8_t *vault_file_slot(struct vault_file *f, size_t i);
const uint8_t *vault_file_slot_const(const struct vault_file *f, size_t i);
/* False for an empty slot and for a type that this version does not know. */
bool vault_slot_get(
	const struct vault_file *f, size_t i, struct vault_slot *ret);
/* VAULT_SLOTS when all are taken. */
size_t vault_file_free_slot(const struct vault_file *f);
/* VAULT_SLOTS when there is none. */
size_t vault_file_find_slot(const struct vault_file *f, const struct id *slot);
size_t vault_file_count(const struct vault_file *f);

/* Puts the master key of the epoch before into the reserve, sealed under the
 * present one; f->epoch is set. */
void vault_file_put_old(struct vault_file *f, uint32_t old_epoch,
	const uint8_t old_mk[BOX_KEY], const uint8_t mk[BOX_KEY]);
/* False when it is not authentic. f->old_epoch is not 0. */
bool vault_file_get_old(const struct vault_file *f, const uint8_t mk[BOX_KEY],
	uint8_t ret_old_mk[BOX_KEY]) ATTR_MUST_CHECK;
/* The rotation is over. */
void vault_file_clear_old(struct vault_file *f);

#endif
