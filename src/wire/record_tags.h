/*
 * The tags of the fields in messages and metadata, for the files record*.c.
 * They are on disk: never renumber.
 */
#ifndef ATL_WIRE_RECORD_TAGS_H
#define ATL_WIRE_RECORD_TAGS_H

enum record_tag {
	TAG_ROLE = 1,
	TAG_TEXT = 2,
	TAG_REASONING = 3,
	TAG_AGENT = 4,
	TAG_MODEL = 5,
	TAG_ENDPOINT = 6,
	TAG_FINISH = 7,
	TAG_NOTE = 8,
	TAG_OUTCOME = 9,
	TAG_USAGE = 10,
	TAG_ATTACHMENT = 11, /* its own fields: name and text */
	TAG_NAME = 12,
	TAG_TASK = 13,
	TAG_TITLE = 32,
	TAG_SYSTEM = 33,
	TAG_LEAF = 34,
	TAG_TTY = 35,
	TAG_THREAD = 36, /* id of the message where it stands, then its name */
	TAG_IN_THREAD = 37,
};

#endif
