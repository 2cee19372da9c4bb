/* An unlocked vault without files, whose index key is the root given. */
#ifndef ATL_TESTS_VAULT_OF_H
#define ATL_TESTS_VAULT_OF_H

#include <string.h>

#include "store/vault_priv.h"

static inline struct vault *vault_of(const uint8_t root[BOX_KEY])
{
	static struct vault v;
	uint8_t keys[KEYS_LEN] = {0};

	memcpy(keys + KEY_INDEX, root, BOX_KEY);
	return secret_set(&v.keys, keys, sizeof(keys)) ? &v : NULL;
}

#endif
