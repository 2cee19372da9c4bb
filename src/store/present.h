/*
 * Notes which processes have a conversation open. Each conversation has a file
 * under "<state>/<vault id>/open", on which a process holds a shared lock while
 * it chats there, so that another can say so before it continues the same
 * conversation. This is only a hint: nothing depends on it, and where the file
 * cannot be made there is no hint.
 */
#ifndef ATL_STORE_PRESENT_H
#define ATL_STORE_PRESENT_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/id.h"

struct present;
struct vault;

/* Whether any process has the conversation open. Appends to `who` which ones,
 * see disk_holders(). This process counts too: ask before present_enter(). */
bool present_others(
	const struct vault *v, const struct id *conv, struct buf *who);
/* Notes that this process has the conversation open, until present_leave().
 * NULL where that cannot be noted. */
struct present *present_enter(const struct vault *v, const struct id *conv);
/* Ends that and frees p, which may be NULL. */
void present_leave(struct present *p);

#endif
