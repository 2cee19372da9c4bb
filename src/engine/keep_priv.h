/*
 * Inside of engine/keep: its life and what is read (keep.c), and what is
 * written (keep_write.c).
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
	struct conv *conv; /* whom records read are given to */
	struct journal *journal;
	struct live *live;
	struct buf payload;
	struct present *present;
	struct buf others;
	struct buf missed; /* ids of messages that could not be saved */
	bool described; /* title and the like are on disk */
	bool copying; /* the path before is still to be written */
	bool loading;
	bool foreign_came;
};

/* Others see that the conversation is open here, once it is on the disk. */
void keep_show(struct keep *k);

#endif
