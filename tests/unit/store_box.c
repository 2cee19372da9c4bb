#include "store/box.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/le.h"
#include "unit/check.h"

/* Compares n bytes with their hexadecimal digits. */
static void check_hex(const uint8_t *p, size_t n, const char *want, int line)
{
	char got[2 * 256 + 1];

	hex_encode(p, n, got);
	if (strcmp(got, want) == 0)
		return;
	check_failures++;
	printf("%s:%d: %s is not %s\n", __FILE__, line, got, want);
}

#define CHECK_HEX(p, n, want) check_hex(p, n, want, __LINE__)

static void count_up(uint8_t *p, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		p[i] = (uint8_t)i;
}

/* From Python's hashlib, an implementation of its own (RFC 7693). */
static void hashes(void)
{
	struct span abc = span_str("abc");
	struct span parts[] = {span_str("a"), span_of(NULL, 0), span_str("bcd"),
		span_str("ef")};
	uint8_t key[BOX_KEY];
	uint8_t out[BOX_HASH_MAX];

	count_up(key, sizeof(key));
	box_hash(out, BOX_HASH, span_of(NULL, 0), &abc, 1);
	CHECK_HEX(out, BOX_HASH,
		"bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d5"
		"2319");
	box_hash(out, 24, span_of(key, sizeof(key)), parts, 4);
	CHECK_HEX(out, 24, "326e78fa88a694a49e87c15246d813e67c3b278ae7af1ccd");
	box_kdf(out, "atlvlt01", 5, key);
	CHECK_HEX(out, BOX_KEY,
		"eb48806bcb7ef9c9b67604bd691cc96059bac3df42f986f7bcac7d9691cb"
		"131d");
}

/* The vector of the reference implementation for 15 bytes. */
static void siphash(void)
{
	uint8_t key[BOX_SIP_KEY];
	uint8_t text[15];
	uint8_t out[BOX_SIP];

	count_up(key, sizeof(key));
	count_up(text, sizeof(text));
	le64_put(out, box_siphash(key, text, sizeof(text)));
	CHECK_HEX(out, sizeof(out), "e545be4961ca29a1");
}

/* draft-irtf-cfrg-xchacha, A.3.1 */
static void seals(void)
{
	static const char text[] =
		"Ladies and Gentlemen of the class of '99: If I could offer "
		"you only one tip for the future, sunscreen would be it.";
	static const uint8_t ad[] = {0x50, 0x51, 0x52, 0x53, 0xc0, 0xc1, 0xc2,
		0xc3, 0xc4, 0xc5, 0xc6, 0xc7};
	enum { N = sizeof(text) - 1 };
	uint8_t key[BOX_KEY];
	uint8_t nonce[BOX_NONCE];
	uint8_t bytes[N];
	uint8_t tag[BOX_TAG];
	size_t i;

	for (i = 0; i < sizeof(key); i++)
		key[i] = (uint8_t)(0x80 + i);
	for (i = 0; i < sizeof(nonce); i++)
		nonce[i] = (uint8_t)(0x40 + i);
	memcpy(bytes, text, N);
	box_seal(bytes, tag, bytes, N, span_of(ad, sizeof(ad)), nonce, key);
	CHECK_HEX(bytes, 16, "bd6d179d3e83d43b9576579493c0e939");
	CHECK_HEX(tag, sizeof(tag), "c0875924c1c7987947deafd8780acf49");
	CHECK(box_open(
		bytes, bytes, N, tag, span_of(ad, sizeof(ad)), nonce, key));
	CHECK(memcmp(bytes, text, N) == 0);
}

static void forgeries(void)
{
	uint8_t key[BOX_KEY];
	uint8_t nonce[BOX_NONCE];
	uint8_t cipher[40];
	uint8_t plain[40];
	uint8_t tag[BOX_TAG];
	struct span ad = span_str("ad");
	size_t bit;

	count_up(key, sizeof(key));
	count_up(nonce, sizeof(nonce));
	count_up(plain, sizeof(plain));
	box_seal(cipher, tag, plain, sizeof(plain), ad, nonce, key);
	for (bit = 0; bit < 8 * sizeof(cipher); bit++) {
		cipher[bit / 8] ^= (uint8_t)(1u << bit % 8);
		memset(plain, 0xaa, sizeof(plain));
		CHECK(!box_open(
			plain, cipher, sizeof(cipher), tag, ad, nonce, key));
		CHECK(box_is_zero(plain, sizeof(plain)));
		cipher[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	for (bit = 0; bit < 8 * sizeof(tag); bit++) {
		tag[bit / 8] ^= (uint8_t)(1u << bit % 8);
		CHECK(!box_open(
			plain, cipher, sizeof(cipher), tag, ad, nonce, key));
		tag[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	CHECK(!box_open(plain, cipher, sizeof(cipher), tag, span_str("aD"),
		nonce, key));
	CHECK(!box_open(
		plain, cipher, sizeof(cipher) - 1, tag, ad, nonce, key));
	CHECK(box_open(plain, cipher, sizeof(cipher), tag, ad, nonce, key));
	CHECK_INT(plain[39], 39);
}

static void empty_message(void)
{
	uint8_t key[BOX_KEY] = {1};
	uint8_t nonce[BOX_NONCE] = {2};
	uint8_t none[1] = {7};
	uint8_t tag[BOX_TAG];

	box_seal(none, tag, none, 0, span_of(NULL, 0), nonce, key);
	CHECK(box_open(none, none, 0, tag, span_of(NULL, 0), nonce, key));
	tag[0] ^= 1;
	CHECK(!box_open(none, none, 0, tag, span_of(NULL, 0), nonce, key));
	CHECK_INT(none[0], 7);
}

static void randomness(void)
{
	uint8_t key[BOX_KEY] = {3};
	struct span part = span_str("header");
	struct id a;
	struct id b;
	uint8_t one[BOX_KEY];
	uint8_t two[BOX_KEY];

	box_random_id(&a);
	box_random_id(&b);
	CHECK(!id_eq(&a, &b));
	CHECK(!id_is_none(&a));
	box_hedged(one, sizeof(one), key, &part, 1);
	box_hedged(two, sizeof(two), key, &part, 1);
	CHECK(memcmp(one, two, sizeof(one)) != 0);
}

/* The vector is libsodium's own: it holds the parameters in place. */
static void argon2id(void)
{
	uint8_t out[BOX_KEY];
	const uint8_t *salt = (const uint8_t *)"somesaltsomesalt";
	struct span pass = span_str("password");

	CHECK_INT(box_argon2id(out, pass, salt, 2, 64 * 1024, NULL), ST_OK);
	CHECK_HEX(out, sizeof(out),
		"fc33b78139231d34b71626bd6245c1d72efa190ad605c3d8166a72adcedf"
		"a2c2");
}

static void argon2id_bounds(void)
{
	uint8_t out[BOX_KEY] = {9};
	const uint8_t *salt = (const uint8_t *)"somesaltsomesalt";
	struct span pass = span_str("password");

	CHECK_INT(box_argon2id(out, pass, salt, 0, 8, NULL), ST_USAGE);
	CHECK_INT(box_argon2id(out, pass, salt, BOX_ARGON_T_MAX + 1, 8, NULL),
		ST_USAGE);
	CHECK_INT(box_argon2id(out, pass, salt, 1, 7, NULL), ST_USAGE);
	CHECK_INT(box_argon2id(out, pass, salt, 1, BOX_ARGON_KIB_MAX + 1, NULL),
		ST_USAGE);
	CHECK_INT(out[0], 9);
	CHECK_INT(box_argon2id(out, span_of(NULL, 0), salt, 1, 8, NULL), ST_OK);
	CHECK(out[0] != 9 || out[1] != 0);
}

#ifdef ATL_DUMPABLE /* a build with sanitizers: they map terabytes */
#define NO_MEMORY_LIMIT 1
#endif

/* Without the memory there is an error that says what was needed. */
static void argon2id_no_memory(void)
{
#ifdef NO_MEMORY_LIMIT
	printf("skipped: no limit of memory with sanitizers\n");
#else
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		struct rlimit lim = {256u << 20, 256u << 20};
		uint8_t out[BOX_KEY];
		struct err err = {0};
		enum status st;

		if (setrlimit(RLIMIT_AS, &lim) != 0)
			_exit(9);
		st = box_argon2id(out, span_str("p"),
			(const uint8_t *)"somesaltsomesalt", 3, 1024 * 1024,
			&err);
		if (st != ST_NOMEM || strstr(err.msg, "1024 MiB") == NULL)
			_exit(1);
		_exit(0);
	}
	CHECK(pid > 0);
	CHECK(waitpid(pid, &status, 0) == pid);
	CHECK_INT(status, 0);
#endif
}

static void comparing(void)
{
	uint8_t a[4] = {1, 2, 3, 4};
	uint8_t b[4] = {1, 2, 3, 5};

	CHECK(box_equal(a, a, 4));
	CHECK(!box_equal(a, b, 4));
	CHECK(box_equal(a, b, 3));
	CHECK(!box_is_zero(a, 4));
	box_wipe(a, 4);
	CHECK(box_is_zero(a, 4));
	CHECK(box_is_zero(a, 0));
}

int main(void)
{
	CHECK_INT(box_init(NULL), ST_OK);
	CHECK_INT(box_init(NULL), ST_OK);
	RUN(hashes);
	RUN(siphash);
	RUN(seals);
	RUN(forgeries);
	RUN(empty_message);
	RUN(randomness);
	RUN(argon2id);
	RUN(argon2id_bounds);
	RUN(argon2id_no_memory);
	RUN(comparing);
	return REPORT();
}
