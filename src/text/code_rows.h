/*
 * Macros for the tables of text/code: regions that many languages share.
 */
#ifndef ATL_TEXT_CODE_ROWS_H
#define ATL_TEXT_CODE_ROWS_H

#include "text/code_lang.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define END                                                                    \
	{                                                                      \
		NULL, NULL, CODE_TEXT, 0                                       \
	}

#define QUOTES                                                                 \
	{"\"", "\"", CODE_STRING, REGION_ESCAPE | REGION_JOIN},                \
	{                                                                      \
		"'", "'", CODE_STRING, REGION_ESCAPE | REGION_JOIN             \
	}
#define SLASHES                                                                \
	{"//", NULL, CODE_COMMENT, 0},                                         \
	{                                                                      \
		"/*", "*/", CODE_COMMENT, REGION_LINES                         \
	}
#define NESTED                                                                 \
	{"//", NULL, CODE_COMMENT, 0},                                         \
	{                                                                      \
		"/*", "*/", CODE_COMMENT, REGION_LINES | REGION_NEST           \
	}
#define HASHES                                                                 \
	{                                                                      \
		"#", NULL, CODE_COMMENT, 0                                     \
	}
#define DASHES                                                                 \
	{                                                                      \
		"--", NULL, CODE_COMMENT, 0                                    \
	}

#endif
