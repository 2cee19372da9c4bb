/*
 * Bits of the vault flipped, one at a time, in each way that matters. With the
 * argument "all" every bit; without, every one that the sum alone must find,
 * each 11th where slots are opened, and each 131st through the files.
 */
#include <stdlib.h>

#include "store/vault_file.h"
#include "store/vault_slot.h"
#include "unit/check.h"
#include "unit/vault_secrets.h"

#define ATV "data/vault/vault.atv"
#define BAK "data/vault/vault.atv.bak"

enum { BITS = 8 * VAULT_FILE };

static struct home home;
static uint8_t good[VAULT_FILE];
static uint8_t index_key[BOX_KEY];
static size_t stride = 11;
static size_t file_stride = 131;

static void flip(uint8_t *p, size_t bit)
{
	p[bit / 8] ^= (uint8_t)(1u << bit % 8);
}

static void fix_sum(uint8_t *p)
{
	struct span all = span_of(p, VF_SUM);

	box_hash(p + VF_SUM, BOX_HASH, span_of(NULL, 0), &all, 1);
}

/* A passphrase slot, a key file slot, both and a recovery code. */
static void set_up(void)
{
	struct vault *v = NULL;
	struct hold s;
	struct err err = {0};

	home_new(&home);
	HOME_MUST(make_with(&home, "pass", 0, 7) == ST_OK);
	HOME_MUST(open_with(&home, "pass", 0, 0, &v, &err) == ST_OK);
	HOME_MUST(vault_add_slot(v, VAULT_KEYFILE, hold(&s, NULL, 5, 0), &weak,
			  "label", &err) == ST_OK);
	hold_free(&s);
	HOME_MUST(vault_add_slot(v, VAULT_BOTH, hold(&s, "more", 6, 0), &weak,
			  NULL, &err) == ST_OK);
	hold_free(&s);
	memcpy(index_key, vault_index_key(v), BOX_KEY);
	vault_close(v);
	HOME_MUST(home_read(home_path(&home, ATV), good, VAULT_FILE) ==
		VAULT_FILE);
}

/* Bit rot: found by the sum alone, without a key. */
static void every_bit_is_summed(void)
{
	struct vault_file f;
	uint8_t p[VAULT_FILE];
	size_t missed = 0;
	size_t bit;

	memcpy(p, good, sizeof(p));
	for (bit = 0; bit < BITS; bit++) {
		flip(p, bit);
		if (vault_file_parse(span_of(p, sizeof(p)), &f, NULL) !=
			ST_DAMAGED)
			missed++;
		flip(p, bit);
	}
	CHECK_INT(missed, 0);
	CHECK_INT(vault_file_parse(span_of(p, sizeof(p)), &f, NULL), ST_OK);
}

/*
 * Somebody without the key flips a bit and fixes the sum: whichever secret is
 * used, the file either yields no key, or its keyed sum is wrong; it never
 * yields another key. Costs of Argon2id above 64 KiB are left out: they are
 * refused by their own test, and would only be slow.
 */
static void every_bit_is_authentic(void)
{
	static const struct {
		const char *pass;
		int file;
		int code;
	} rows[] = {{"pass", 0, 0}, {NULL, 5, 0}, {"more", 6, 0}, {NULL, 0, 7}};
	struct hold s[4];
	struct vault_file f;
	uint8_t p[VAULT_FILE];
	uint8_t mk[BOX_KEY];
	uint8_t mac_key[BOX_KEY];
	uint8_t got[BOX_KEY];
	size_t opened = 0;
	size_t wrong = 0;
	size_t bit;
	size_t i;

	for (i = 0; i < 4; i++)
		(void)hold(&s[i], rows[i].pass, rows[i].file, rows[i].code);
	memcpy(p, good, sizeof(p));
	HOME_MUST(vault_file_parse(span_of(p, sizeof(p)), &f, NULL) == ST_OK);
	HOME_MUST(vault_slot_any(&f, &s[0].s, mk, NULL, NULL) == ST_OK);
	for (bit = 0; bit < 8 * VF_SUM; bit += stride) {
		struct vault_slot slot;

		flip(p, bit);
		fix_sum(p);
		i = vault_file_parse(span_of(p, sizeof(p)), &f, NULL) == ST_OK
			? 0
			: 4;
		for (size_t k = 0; k < VAULT_SLOTS; k++)
			if (i == 0 && vault_slot_get(&f, k, &slot) &&
				(slot.m_kib > 64 || slot.t > 8))
				i = 4;
		for (; i < 4; i++) {
			if (vault_slot_any(&f, &s[i].s, got, NULL, NULL) !=
				ST_OK)
				continue;
			opened++;
			box_kdf(mac_key, "atlvlt01", 2, got);
			if (memcmp(got, mk, BOX_KEY) != 0 ||
				vault_file_authentic(&f, mac_key))
				wrong++;
		}
		flip(p, bit);
	}
	/* Flips in what is not bound to the wrap do open the slot, so that the
	 * keyed sum has something to do in this test. */
	CHECK(opened * stride > 1000);
	CHECK_INT(wrong, 0);
	for (i = 0; i < 4; i++)
		hold_free(&s[i]);
}

static bool same_file(const char *path)
{
	uint8_t now[VAULT_FILE];

	return home_read(path, now, sizeof(now)) == VAULT_FILE &&
		memcmp(now, good, VAULT_FILE) == 0;
}

/* Through the files: one damaged, the other whole; and both damaged. */
static void bits_in_files(void)
{
	const char *atv = home_path(&home, ATV);
	const char *bak = home_path(&home, BAK);
	uint8_t p[VAULT_FILE];
	struct vault *v = NULL;
	size_t bad = 0;
	size_t bit;

	memcpy(p, good, sizeof(p));
	for (bit = 0; bit < BITS; bit += file_stride) {
		bool both = bit % 3 == 0;
		bool copy = bit % 3 == 1;
		enum status st;

		flip(p, bit);
		home_write(copy ? bak : atv, p, VAULT_FILE);
		if (both)
			home_write(bak, p, VAULT_FILE);
		flip(p, bit);
		st = open_with(&home, NULL, 5, 0, &v, NULL);
		if (both) {
			bad += st != ST_DAMAGED;
			home_write(atv, good, VAULT_FILE);
			home_write(bak, good, VAULT_FILE);
		} else if (st != ST_OK ||
			memcmp(vault_index_key(v), index_key, BOX_KEY) != 0) {
			bad++;
		}
		vault_close(v);
		v = NULL;
		bad += !same_file(atv) || !same_file(bak);
	}
	CHECK_INT(bad, 0);
}

/* Every length that a cut can leave. */
static void every_cut(void)
{
	struct vault_file f;
	size_t missed = 0;
	size_t n;

	for (n = 0; n < VAULT_FILE; n++)
		if (vault_file_parse(span_of(good, n), &f, NULL) != ST_DAMAGED)
			missed++;
	CHECK_INT(missed, 0);
}

int main(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "all") == 0)
		stride = file_stride = 1;
	/* Thousands of syncs: in memory where that can be had. */
	if (access("/dev/shm", W_OK) == 0)
		(void)setenv("TMPDIR", "/dev/shm", 0);
	set_up();
	RUN(every_bit_is_summed);
	RUN(every_bit_is_authentic);
	RUN(every_cut);
	RUN(bits_in_files);
	home_free(&home);
	return REPORT();
}
