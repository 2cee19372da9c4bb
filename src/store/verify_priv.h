/*
 * Shared by the parts of verify.
 */
#ifndef ATL_STORE_VERIFY_PRIV_H
#define ATL_STORE_VERIFY_PRIV_H

#include "store/names.h"
#include "store/scan.h"
#include "store/verify.h"

struct verify {
	struct vault *vault;
	struct catalog *catalog;
	struct verify_report *report;
	struct scan_window window;
	struct buf text; /* sentences about what is being checked */
	struct buf title;
};

/* Verifies one conversation from its files and reports its faults. */
enum status verify_conv(
	struct verify *y, const struct conv_name *name, struct err *err);
/* Reports what is in y->text, if anything. */
void verify_tell(struct verify *y, enum verify_what what, const char *name);

/* Verifies the segments of one conversation without a key and writes the faults
 * to y->text. *ret_torn is how many end with an unfinished append. */
enum status verify_raw(struct verify *y, const struct conv_name *name,
	size_t *ret_torn, struct err *err);

#endif
