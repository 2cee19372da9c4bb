/*
 * Who has a conversation open: a file for each under "<state>/<vault id>/open",
 * held by a shared lock while a process chats in it, so that another one can
 * say so before it goes on with the same conversation. A hint, and no more:
 * nothing depends on it, and where it cannot be kept there is none.
 */
#ifndef ATL_STORE_PRESENT_H
#define ATL_STORE_PRESENT_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/id.h"

struct present;
struct vault;

/* Whether somebody has it open; appends who, see disk_holders(). A presence of
 * this process counts, too: ask before present_enter(). */
bool present_others(
	const struct vault *v, const struct id *conv, struct buf *who);
/* NULL where it cannot be noted. */
struct present *present_enter(const struct vault *v, const struct id *conv);
/* NULL is allowed. */
void present_leave(struct present *p);

#endif
