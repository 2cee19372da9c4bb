#include "store/box.h"

#include <assert.h>
#include <errno.h>
#include <sodium.h>
#include <string.h>

#include "base/le.h"

_Static_assert(BOX_KEY == crypto_aead_xchacha20poly1305_ietf_KEYBYTES, "key");
_Static_assert(BOX_KEY == crypto_kdf_KEYBYTES, "key");
_Static_assert(
	BOX_NONCE == crypto_aead_xchacha20poly1305_ietf_NPUBBYTES, "nonce");
_Static_assert(BOX_TAG == crypto_aead_xchacha20poly1305_ietf_ABYTES, "tag");
_Static_assert(BOX_HASH_MIN == crypto_generichash_BYTES_MIN, "hash");
_Static_assert(BOX_HASH_MAX == crypto_generichash_BYTES_MAX, "hash");
_Static_assert(BOX_SALT == crypto_pwhash_argon2id_SALTBYTES, "salt");
_Static_assert(BOX_CONTEXT == crypto_kdf_CONTEXTBYTES, "context");
_Static_assert(BOX_SIP_KEY == crypto_shorthash_siphash24_KEYBYTES, "sip");
_Static_assert(BOX_SIP == crypto_shorthash_siphash24_BYTES, "sip");

enum status box_init(struct err *err)
{
	if (sodium_init() < 0)
		return err_set(err, ST_FAIL,
			"the system gives no random numbers "
			"(libsodium cannot be initialised)");
	return ST_OK;
}

void box_random(void *ret, size_t n)
{
	randombytes_buf(ret, n);
}

void box_random_id(struct id *ret)
{
	/* All zero means "none". */
	do
		randombytes_buf(ret->b, sizeof(ret->b));
	while (id_is_none(ret));
}

static void hash_parts(
	crypto_generichash_state *state, const struct span *parts, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		(void)crypto_generichash_update(
			state, (const unsigned char *)parts[i].p, parts[i].n);
}

void box_hedged(uint8_t *ret, size_t n, const uint8_t key[BOX_KEY],
	const struct span *parts, size_t n_parts)
{
	crypto_generichash_state state;
	uint8_t fresh[32];

	assert(n >= BOX_HASH_MIN && n <= BOX_HASH_MAX);
	randombytes_buf(fresh, sizeof(fresh));
	(void)crypto_generichash_init(&state, key, BOX_KEY, n);
	(void)crypto_generichash_update(&state, fresh, sizeof(fresh));
	hash_parts(&state, parts, n_parts);
	(void)crypto_generichash_final(&state, ret, n);
	sodium_memzero(&state, sizeof(state));
	sodium_memzero(fresh, sizeof(fresh));
}

void box_hash(uint8_t *ret, size_t ret_len, struct span key,
	const struct span *parts, size_t n_parts)
{
	crypto_generichash_state state;

	assert(ret_len >= BOX_HASH_MIN && ret_len <= BOX_HASH_MAX);
	assert(key.n == 0 ||
		(key.n >= crypto_generichash_KEYBYTES_MIN &&
			key.n <= crypto_generichash_KEYBYTES_MAX));
	(void)crypto_generichash_init(&state,
		key.n > 0 ? (const unsigned char *)key.p : NULL, key.n,
		ret_len);
	hash_parts(&state, parts, n_parts);
	(void)crypto_generichash_final(&state, ret, ret_len);
	sodium_memzero(&state, sizeof(state));
}

void box_kdf(uint8_t ret[BOX_KEY], const char *context, uint64_t number,
	const uint8_t key[BOX_KEY])
{
	assert(strlen(context) == BOX_CONTEXT);
	(void)crypto_kdf_derive_from_key(ret, BOX_KEY, number, context, key);
}

uint64_t box_siphash(const uint8_t key[BOX_SIP_KEY], const void *p, size_t n)
{
	uint8_t sum[BOX_SIP];

	(void)crypto_shorthash_siphash24(sum, p, n, key);
	return le64_get(sum);
}

void box_seal(uint8_t *cipher, uint8_t tag[BOX_TAG], const uint8_t *plain,
	size_t n, struct span ad, const uint8_t nonce[BOX_NONCE],
	const uint8_t key[BOX_KEY])
{
	(void)crypto_aead_xchacha20poly1305_ietf_encrypt_detached(cipher, tag,
		NULL, plain, n, (const unsigned char *)ad.p, ad.n, NULL, nonce,
		key);
}

bool box_open(uint8_t *plain, const uint8_t *cipher, size_t n,
	const uint8_t tag[BOX_TAG], struct span ad,
	const uint8_t nonce[BOX_NONCE], const uint8_t key[BOX_KEY])
{
	if (crypto_aead_xchacha20poly1305_ietf_decrypt_detached(plain, NULL,
		    cipher, n, tag, (const unsigned char *)ad.p, ad.n, nonce,
		    key) == 0)
		return true;
	if (n > 0)
		sodium_memzero(plain, n);
	return false;
}

enum status box_argon2id(uint8_t ret[BOX_KEY], struct span passphrase,
	const uint8_t salt[BOX_SALT], uint32_t t, uint32_t m_kib,
	struct err *err)
{
	if (t < BOX_ARGON_T_MIN || t > BOX_ARGON_T_MAX ||
		m_kib < BOX_ARGON_KIB_MIN || m_kib > BOX_ARGON_KIB_MAX)
		return err_set(err, ST_USAGE,
			"Argon2id with t = %u and %u KiB is out of bounds", t,
			m_kib);
	errno = 0;
	if (crypto_pwhash_argon2id(ret, BOX_KEY,
		    passphrase.n > 0 ? passphrase.p : "", passphrase.n, salt, t,
		    (size_t)m_kib * 1024,
		    crypto_pwhash_argon2id_ALG_ARGON2ID13) == 0)
		return ST_OK;
	if (errno == EINVAL || errno == EFBIG)
		return err_sys(err, ST_FAIL, "Argon2id failed");
	return err_set(err, ST_NOMEM,
		"the passphrase needs %u MiB of memory to be checked, and they "
		"cannot be had: free some, or raise the limit of the "
		"container",
		m_kib / 1024);
}

bool box_equal(const void *a, const void *b, size_t n)
{
	return sodium_memcmp(a, b, n) == 0;
}

bool box_is_zero(const void *p, size_t n)
{
	return sodium_is_zero(p, n) == 1;
}

void box_wipe(void *p, size_t n)
{
	sodium_memzero(p, n);
}
