/*
 * The completions of the shells, made from the option rows. They offer the
 * options that go with the verb and, where a name is wanted, those that there
 * are.
 */
#ifndef ATL_TESTS_LINT_SHELLS_H
#define ATL_TESTS_LINT_SHELLS_H

#include "base/buf.h"

void shells_bash(struct buf *out);
void shells_zsh(struct buf *out);
void shells_fish(struct buf *out);

#endif
