/* SPDX-License-Identifier: ISC */
/* Letters of five pixels height, to be read from three metres. */
#ifndef BIG_TEXT_H
#define BIG_TEXT_H

#include <stdbool.h>

enum { BIG_HEIGHT = 5 };

/* Width in pixels, one between two letters; 0 if a character has no big form: there are
   A-Z, k, z, 0-9, space and .-+/_#%&'() */
unsigned big_width(const char *text);

/* y 0 is the top. */
bool big_pixel(const char *text, unsigned x, unsigned y);

#endif
