/*
 * What keep.c (opening and reading) and keep_write.c (writing) share.
 */
#ifndef ATL_ENGINE_KEEP_PRIV_H
#define ATL_ENGINE_KEEP_PRIV_H

#include "engine/keep.h"
#include "store/journal.h"
#include "store/live.h"
#include "store/present.h"

struct keep {
	struct keep_options with;
	struct buf terminal;
	struct conv *conv; /* conversation that gets the records read */
	struct journal *journal;
	struct live *live;
	struct buf payload;
	struct present *present;
	struct buf others;
	struct buf missed; /* ids of messages that could not be saved */
	bool described; /* title and the like are on disk */
	bool copying; /* the path so far is still to be written */
	bool loading;
	bool foreign_came;
};

/* Shows other processes that the conversation is open here, once it is on the
 * disk. */
void keep_show(struct keep *k);

#endif
