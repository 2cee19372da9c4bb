/*
 * How hard a passphrase is to guess, roughly: for a warning, never for a
 * refusal.
 *
 * Three letters or more in a row are taken for a word that is in somebody's
 * list, and count 10 bits and one for each letter, as far as the letters
 * themselves do not count less; a word that was there before counts one. What
 * repeats, or goes on as in "abcd", "4321" or "qwerty", hardly counts. All else
 * counts by what kinds of characters there are. Random letters count too
 * little, then, and a line of a song too much.
 *
 * Pure, and copies nothing.
 */
#ifndef ATL_TEXT_STRENGTH_H
#define ATL_TEXT_STRENGTH_H

#include "base/buf.h"

/* Below this a warning is in place: four unlike words have about 60. */
#define STRENGTH_FAIR 55

unsigned strength_bits(struct span pass);

#endif
