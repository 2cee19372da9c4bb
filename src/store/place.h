/*
 * Where the files of the store lie below the folder of the vault, and how they
 * are named: c/ab/<conversation>.<device>.<segment>.atj, s/<name>.<...>.atj,
 * live/<segment id>.atj, quarantine/.
 */
#ifndef ATL_STORE_PLACE_H
#define ATL_STORE_PLACE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/id.h"
#include "store/vault.h"

/* The longest name of a conversation in a file name, with its NUL. */
#define PLACE_STEM (ID_HEX + 1)

/* Replaces *out by "<vault>/c/ab". */
void place_conv_folder(
	const struct vault *v, const struct id *conv, struct buf *out);
/* Calls fn with the names in all folders of conversations, and with the folder
 * that is read, until one of them fails. Those that are not there are empty. */
typedef enum status place_fn(
	int dir, const char *name, void *payload, struct err *err);
enum status place_each_conv(
	const struct vault *v, place_fn *fn, void *payload, struct err *err);
/* Replaces *out by "<vault>/<name>". */
void place_folder(const struct vault *v, const char *name, struct buf *out);
/*
 * Makes the folder and what lacks between it and the vault's, 0700 whatever the
 * umask; each new one is synced into its parent when `sync` is set.
 */
enum status place_make(
	const struct vault *v, const char *folder, bool sync, struct err *err);

/* Replaces *out by "<folder>/<stem>.<device>.<seg_no>.atj". */
void place_segment(struct buf *out, const char *folder, const char *stem,
	const uint8_t device[VAULT_DEVICE], uint32_t seg_no);
/* The opposite, of a file name; ret_stem as long as the file says. */
bool place_parse(const char *name, char ret_stem[PLACE_STEM],
	uint8_t ret_device[VAULT_DEVICE], uint32_t *ret_seg_no);
/* Replaces *out by "<folder>/<random>.tmp". */
void place_temp(struct buf *out, const char *folder);

/*
 * Copies `n` bytes at `offset` of fd into a new file in quarantine/, synced
 * with its folder. The name begins with the stem, so that deleting the
 * conversation finds it.
 */
enum status place_quarantine(const struct vault *v, const char *stem, int fd,
	uint64_t offset, uint64_t n, struct err *err);
/* Moves a whole file there. */
enum status place_move_aside(const struct vault *v, const char *stem,
	const char *path, struct err *err);

#endif
