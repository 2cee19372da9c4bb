/*
 * A vault written once and kept: what opens it today must open it for ever. Its
 * secrets are here, its layout in atllama-journal(5). Never made anew: a change
 * that fails this test has broken the format.
 */
#include <sys/stat.h>

#include "unit/check.h"
#include "unit/vault_secrets.h"

#define INDEX_KEY                                                              \
	"01ae2c695094e7e7c95e84741b0ea04afbe214d65cafbb78114bcf3b7004d5c0"
#define NONCE "54537a1fca89f066a79613969e838a248d5b3fbf531c3bd1"
#define WRAPPED                                                                \
	"370d1f2ec80e4922e6e81bf3554b6962f02c1cce45867b62b9de26adf55adcf4"     \
	"8edf1401c03b811af01c4b1567dd70f0"
#define CODE                                                                   \
	"657C-A4P6-DV8P-DEZT-WV7H-DRJD-F2WQ-J1P4-QJHQ-7EYS-NVFN-QB00-"         \
	"GN9X-3JJA"

static struct home home;

static void put_golden(void)
{
	uint8_t bytes[4096];

	home_new(&home);
	HOME_MUST(mkdir(home.data, 0700) == 0);
	HOME_MUST(mkdir(home_path(&home, "data/vault"), 0700) == 0);
	HOME_MUST(home_read(TESTS_DIR "/golden/vault.atv", bytes,
			  sizeof(bytes)) == sizeof(bytes));
	home_write(
		home_path(&home, "data/vault/vault.atv"), bytes, sizeof(bytes));
}

/* Opens with s, and compares what the keys yield. */
static void check_opens(const struct vault_secret *s, int line)
{
	struct vault *v = NULL;
	struct secret root = {0};
	struct err err = {0};
	char hex[2 * BOX_KEY + 1];
	uint8_t ad[VAULT_AD];
	uint8_t nonce[BOX_NONCE];
	uint8_t wrapped[VAULT_WRAPPED];
	size_t i;

	for (i = 0; i < sizeof(ad); i++)
		ad[i] = (uint8_t)i;
	CHECK(hex_decode(span_str(NONCE), nonce, sizeof(nonce)));
	CHECK(hex_decode(span_str(WRAPPED), wrapped, sizeof(wrapped)));
	CHECK_INT(vault_open(&v, home.data, home.state, &err), ST_OK);
	if (vault_unlock(v, s, &err) != ST_OK) {
		check_failures++;
		printf("line %d: %s\n", line, err.msg);
		vault_close(v);
		return;
	}
	hex_encode(vault_index_key(v), BOX_KEY, hex);
	CHECK_STR(hex, INDEX_KEY);
	CHECK_INT(vault_unwrap_root(v, 1, ad, nonce, wrapped, &root, &err),
		ST_OK);
	CHECK_INT(root.len, BOX_KEY);
	for (i = 0; i < root.len; i++)
		CHECK_INT(root.p[i], 0x5a);
	secret_free(&root);
	vault_close(v);
}

static void passphrases(void)
{
	struct hold h;

	check_opens(hold(&h, "correct horse battery staple", 0, 0), __LINE__);
	hold_free(&h);
	check_opens(hold(&h, "a second passphrase", 0, 0), __LINE__);
	hold_free(&h);
}

static void key_file(void)
{
	struct hold h;
	size_t i;

	(void)hold(&h, NULL, 1, 0);
	for (i = 0; i < BOX_KEY; i++)
		h.file.p[i] = (uint8_t)i;
	check_opens(&h.s, __LINE__);
	hold_free(&h);
}

static void both(void)
{
	struct hold h;

	/* The first was written; the second is what other keyboards send. */
	check_opens(hold(&h,
			    "sch\xc3\xb6ne Gr\xc3\xbc\xc3\x9f"
			    "e",
			    0xa5, 0),
		__LINE__);
	hold_free(&h);
	check_opens(hold(&h,
			    "scho\xcc\x88ne Gru\xcc\x88\xc3\x9f"
			    "e",
			    0xa5, 0),
		__LINE__);
	hold_free(&h);
}

static void recovery_code(void)
{
	struct secret code = {0};
	struct vault_secret s = {.recovery = &code};
	struct err err = {0};

	CHECK_INT(vault_recovery_parse(span_str(CODE), &code, &err), ST_OK);
	check_opens(&s, __LINE__);
	secret_free(&code);
}

static void what_it_says(void)
{
	struct vault *v = NULL;
	struct vault_info info;
	struct err err = {0};
	char hex[ID_HEX + 1];

	CHECK_INT(vault_open(&v, home.data, home.state, &err), ST_OK);
	vault_info(v, &info);
	id_hex(vault_id(v), hex);
	CHECK_STR(hex, "058a9d349a32e13f373bba6597e7b98b");
	CHECK_INT(info.generation, 5);
	CHECK_INT(info.epoch, 1);
	CHECK_INT(info.n, 5);
	CHECK_INT(info.slots[0].type, VAULT_PASSPHRASE);
	CHECK_INT(info.slots[1].type, VAULT_KEYFILE);
	CHECK_INT(info.slots[2].type, VAULT_BOTH);
	CHECK_INT(info.slots[3].type, VAULT_RECOVERY);
	CHECK_INT(info.slots[4].type, VAULT_PASSPHRASE);
	CHECK_INT(info.slots[4].t, 2);
	CHECK_INT(info.slots[4].m_kib, 16);
	CHECK_STR(info.slots[1].label, "stick");
	CHECK_STR(info.slots[2].label, "B\xc3\xbcro");
	CHECK_STR(info.slots[3].label, "");
	vault_close(v);
}

int main(void)
{
	put_golden();
	RUN(what_it_says);
	RUN(passphrases);
	RUN(key_file);
	RUN(both);
	RUN(recovery_code);
	home_free(&home);
	return REPORT();
}
