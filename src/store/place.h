/*
 * Where the files of the store are below the vault's folder, and how they are
 * named: c/ab/<conversation>.<device>.<segment>.atj, s/<name>.<...>.atj,
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

/* Size of the longest conversation name in a file name, with the NUL. */
#define PLACE_STEM (ID_HEX + 1)

/* Sets *out to "<vault>/c/ab". */
void place_conv_folder(
	const struct vault *v, const struct id *conv, struct buf *out);
/* Calls fn with each name in the folders of conversations and the descriptor of
 * the folder it is in, until a call fails. A folder that does not exist counts
 * as empty. */
typedef enum status place_fn(
	int dir, const char *name, void *payload, struct err *err);
enum status place_each_conv(
	const struct vault *v, place_fn *fn, void *payload, struct err *err);
/* Sets *out to "<vault>/<name>". */
void place_folder(const struct vault *v, const char *name, struct buf *out);
/*
 * Makes the folder and those missing between it and the vault's, with mode 0700
 * whatever the umask. With `sync`, the parent of each new one is synced.
 */
enum status place_make(
	const struct vault *v, const char *folder, bool sync, struct err *err);

/* Sets *out to "<folder>/<stem>.<device>.<seg_no>.atj". */
void place_segment(struct buf *out, const char *folder, const char *stem,
	const uint8_t device[VAULT_DEVICE], uint32_t seg_no);
/* Takes the name of a segment file apart; false when it is not one. ret_stem
 * gets the stem as it stands in the name. */
bool place_parse(const char *name, char ret_stem[PLACE_STEM],
	uint8_t ret_device[VAULT_DEVICE], uint32_t *ret_seg_no);
/* Sets *out to "<folder>/<random>.tmp". */
void place_temp(struct buf *out, const char *folder);

/*
 * Copies `n` bytes at `offset` of fd into a new file in quarantine/ and syncs
 * the file and its folder. The name begins with the stem, so that deleting the
 * conversation finds it.
 */
enum status place_quarantine(const struct vault *v, const char *stem, int fd,
	uint64_t offset, uint64_t n, struct err *err);
/* Moves a whole file to quarantine/. */
enum status place_move_aside(const struct vault *v, const char *stem,
	const char *path, struct err *err);

#endif
