/*
 * The content of vault.atv: 4096 bytes with a fixed layout. Handles neither
 * files nor the secrets of users. atllama-journal(5) is the specification; the
 * offsets here are those of its tables.
 *
 * Parsing happens before anything is authenticated. What it accepts is complete
 * (the checksum over all of it is right) and well-formed, but no more: whoever
 * runs Argon2id must limit its cost, and the keyed checksum is checked after
 * unlocking.
 */
#ifndef ATL_STORE_VAULT_FILE_H
#define ATL_STORE_VAULT_FILE_H

#include "store/vault.h"

#define VAULT_MAJOR 1
#define VAULT_MINOR 0
#define VAULT_FILE 4096
#define VAULT_MAGIC "ATLVAULT"
/* The largest file_len that a later version may have. */
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
	/* During a rotation: the previous epoch, whose key is in the reserve;
	 * otherwise 0. */
	uint32_t old_epoch;
	/* Has content that only a later minor version knows: may be read, must
	 * not be rewritten. */
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
 * Parses the content of a vault file. ST_DAMAGED when it is cut off, changed or
 * malformed; ST_FAIL when a later version wrote it and this one cannot read it.
 * *ret is undefined on failure.
 */
enum status vault_file_parse(
	struct span bytes, struct vault_file *ret, struct err *err);
/* Makes an empty vault of generation 0. Not valid until it has slots and is
 * sealed. */
void vault_file_init(struct vault_file *f, const struct id *id);
/* Writes the decoded fields to f->raw and adds both checksums. */
void vault_file_seal(struct vault_file *f, const uint8_t mac_key[BOX_KEY]);
/* Whether the keyed checksum is right. */
bool vault_file_authentic(
	const struct vault_file *f, const uint8_t mac_key[BOX_KEY]);

uint8_t *vault_file_slot(struct vault_file *f, size_t i);
const uint8_t *vault_file_slot_const(const struct vault_file *f, size_t i);
/* Decodes slot i. False when it is empty or of a type that this version does
 * not know. */
bool vault_slot_get(
	const struct vault_file *f, size_t i, struct vault_slot *ret);
/* Index of the first empty slot; VAULT_SLOTS when there is none. */
size_t vault_file_free_slot(const struct vault_file *f);
/* Index of the slot with this id; VAULT_SLOTS when there is none. */
size_t vault_file_find_slot(const struct vault_file *f, const struct id *slot);
size_t vault_file_count(const struct vault_file *f);

/* Stores the master key of the previous epoch in the reserve, sealed under the
 * present one. f->epoch must be set. */
void vault_file_put_old(struct vault_file *f, uint32_t old_epoch,
	const uint8_t old_mk[BOX_KEY], const uint8_t mk[BOX_KEY]);
/* Reads that key; false when it is not authentic. f->old_epoch must not be
 * 0. */
bool vault_file_get_old(const struct vault_file *f, const uint8_t mk[BOX_KEY],
	uint8_t ret_old_mk[BOX_KEY]) ATTR_MUST_CHECK;
/* Removes that key, at the end of the rotation. */
void vault_file_clear_old(struct vault_file *f);

#endif
