/*
 * What the parts of verify share.
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
	struct buf text; /* sentences about what is looked at now */
	struct buf title;
};

/* One conversation from its files. Tells its faults. */
enum status verify_conv(
	struct verify *y, const struct conv_name *name, struct err *err);
/* Tells what is in y->text, if anything. */
void verify_tell(struct verify *y, enum verify_what what, const char *name);

/* The segments of one conversation without a key, into y->text; *ret_torn says
 * how many have an unfinished append at the end. */
enum status verify_raw(struct verify *y, const struct conv_name *name,
	size_t *ret_torn, struct err *err);

#endif
