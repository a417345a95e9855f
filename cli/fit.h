/* SPDX-License-Identifier: ISC */
/* Text of strangers (labels, names, messages) made fit for a place on a terminal. */
#ifndef FIT_H
#define FIT_H

#include <stdbool.h>
#include <stddef.h>

/* Write text to out[0..size), NUL-terminated, in at most `columns` columns; what is cut
   off shows as an ellipsis.  Control characters and bytes that are not UTF-8 become '?',
   characters that steer what comes after them (direction, joining) are left out, at most
   two marks stay on one letter.  Unless utf8, all beyond ASCII becomes '?'.
   Returns the columns used.  [setup] */
unsigned fit_text(char *out, size_t size, const char *text, unsigned columns, bool utf8);

#endif
