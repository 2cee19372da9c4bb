/*
 * One scan over the inline text that is held. Private to the Markdown renderer:
 * markup_span.c goes from mark to mark and pairs them, markup_first.c has the
 * marks that bind first.
 */
#ifndef ATL_TEXT_MARKUP_SCAN_H
#define ATL_TEXT_MARKUP_SCAN_H

#include "text/markup_priv.h"

struct scan {
	struct inlines *l;
	const char *p;
	size_t n;
	size_t i;
	bool final;
	bool backslash;
	size_t open; /* first byte that is not decided; n: none */
};

void inl_mark(struct scan *s, size_t from, size_t to, uint32_t attr);
/* Leaves everything from i on undecided and stops the scan. */
void inl_stop(struct scan *s, size_t i);
/* Length of the run of the byte at i. */
size_t inl_run(const struct scan *s, size_t i);
/* The character before i; a blank at the start of the line. */
uint32_t inl_before(const struct scan *s, size_t i);

/* Each stands at the mark it is named after and moves behind what it has
 * decided. */
void inl_backslash(struct scan *s);
void inl_code(struct scan *s);
void inl_angle(struct scan *s);
void inl_entity(struct scan *s);
/* An "h" that may begin an address in running text. */
void inl_url(struct scan *s);

#endif
