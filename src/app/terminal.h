/*
 * A name for the terminal the program runs on, by which -c finds what was said
 * there last.
 */
#ifndef ATL_APP_TERMINAL_H
#define ATL_APP_TERMINAL_H

/* The same for all runs on one terminal, and no other's: the numbers of ttys
 * and of panes are given out again, so it also says when this one began. Empty
 * without a terminal. Lives as long as the program. */
const char *terminal_name(void);

#endif
