/* SPDX-License-Identifier: ISC */
/* Times, ranges and shares as a musician reads them. */
#ifndef WORDS_H
#define WORDS_H

#include <stddef.h>

enum { WORD_SIZE = 32 }; /* enough for each of these */

/* "1:02:03" or "3:25"; with tenths "3:25.4" */
void word_time(char word[WORD_SIZE], double seconds, int tenths);

/* "640-980 Hz", "2.9-4.1 kHz" */
void word_range(char word[WORD_SIZE], float low_hz, float high_hz);

/* "83 %", "under 1 %", "100 %" only for all of it */
void word_share(char word[WORD_SIZE], double share);

/* Columns that UTF-8 text takes on a terminal, every character counted as one. */
size_t columns(const char *text);

#endif
