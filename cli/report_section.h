/* SPDX-License-Identifier: ISC */
/* What the page says of one input. */
#ifndef REPORT_SECTION_H
#define REPORT_SECTION_H

#include "picture.h"

/* Section i (its anchor is "f<i + 1>"), and the cells of its row in the table of all
   inputs.  `way` leads to its sound; NULL: there is none, because of `silent_why`. */
void report_section_write(FILE *out, size_t i, const report *r, const trace *t,
                          const picture *p, const char *way, const char *silent_why);
void report_row_write(FILE *out, size_t i, const report *r, const trace *t);

#endif
