/*
 * Cryptography: a thin typed shell around libsodium, and its only user.
 *
 * Call box_init() once before anything else. Sizes are fixed and named;
 * a programmer's error is caught by an assertion. Every function is
 * thread-safe. A list of spans is hashed as one message without separators: so
 * pass fields of fixed length first, and at most one of variable length, last.
 */
#ifndef ATL_STORE_BOX_H
#define ATL_STORE_BOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/id.h"

#define BOX_KEY 32 /* every key */
#define BOX_NONCE 24 /* XChaCha20-Poly1305 */
#define BOX_TAG 16 /* Poly1305 */
#define BOX_HASH 32 /* the usual BLAKE2b output */
#define BOX_HASH_MIN 16
#define BOX_HASH_MAX 64
#define BOX_SALT 16 /* Argon2id */
#define BOX_CONTEXT 8 /* of box_kdf */
#define BOX_SIP_KEY 16
#define BOX_SIP 8

/* The bounds of box_argon2id(); callers have tighter ones. */
#define BOX_ARGON_T_MIN 1u
#define BOX_ARGON_T_MAX 64u
#define BOX_ARGON_KIB_MIN 8u
#define BOX_ARGON_KIB_MAX (4u * 1024 * 1024)

/* Initialises libsodium; may be called again. ST_FAIL when the system has no
 * source of randomness. */
enum status box_init(struct err *err);

void box_random(void *ret, size_t n);
/* Never the id that is all zeros, which means "none". */
void box_random_id(struct id *ret);
/*
 * Makes n bytes (BOX_HASH_MIN to BOX_HASH_MAX) that do not repeat even if the
 * random generator does, provided that the parts differ: BLAKE2b keyed with
 * `key` over 32 random bytes and the parts. For roots and nonces.
 */
void box_hedged(uint8_t *ret, size_t n, const uint8_t key[BOX_KEY],
	const struct span *parts, size_t n_parts);

/*
 * BLAKE2b of the parts. ret_len is BOX_HASH_MIN to BOX_HASH_MAX; the key is
 * empty (unkeyed) or 16 to 64 bytes.
 */
void box_hash(uint8_t *ret, size_t ret_len, struct span key,
	const struct span *parts, size_t n_parts);
/* Derives subkey `number` of `key` in a context of exactly BOX_CONTEXT
 * characters (libsodium's crypto_kdf: BLAKE2b with salt and personal). */
void box_kdf(uint8_t ret[BOX_KEY], const char *context, uint64_t number,
	const uint8_t key[BOX_KEY]);
/* SipHash-2-4. le64_put() turns the result into the bytes that the reference
 * implementation gives. */
uint64_t box_siphash(const uint8_t key[BOX_SIP_KEY], const void *p, size_t n);

/*
 * Encrypts n bytes with XChaCha20-Poly1305 (IETF) and authenticates them and
 * `ad`. Writes n bytes to `cipher`, which may be `plain`, and the tag apart.
 */
void box_seal(uint8_t *cipher, uint8_t tag[BOX_TAG], const uint8_t *plain,
	size_t n, struct span ad, const uint8_t nonce[BOX_NONCE],
	const uint8_t key[BOX_KEY]);
/* Decrypts; `plain` may be `cipher`. False when the cipher text or `ad` is not
 * authentic: the n bytes of `plain` are then zeros. */
bool box_open(uint8_t *plain, const uint8_t *cipher, size_t n,
	const uint8_t tag[BOX_TAG], struct span ad,
	const uint8_t nonce[BOX_NONCE],
	const uint8_t key[BOX_KEY]) ATTR_MUST_CHECK;

/*
 * Derives a key from the passphrase with Argon2id, version 1.3, one lane.
 * ST_USAGE when t or m_kib is outside the bounds above; ST_NOMEM, whose message
 * says how much is needed, when there is not enough memory: it never tries
 * again with weaker settings.
 */
enum status box_argon2id(uint8_t ret[BOX_KEY], struct span passphrase,
	const uint8_t salt[BOX_SALT], uint32_t t, uint32_t m_kib,
	struct err *err);

/* Compares in constant time. */
bool box_equal(const void *a, const void *b, size_t n);
/* Whether all n bytes are zero; constant time. */
bool box_is_zero(const void *p, size_t n);
/* Overwrites with zeros, in a way that the compiler cannot optimise away. */
void box_wipe(void *p, size_t n);

#endif
