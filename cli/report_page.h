/* SPDX-License-Identifier: ISC */
/* One page of HTML of all inputs: pictures, tables of events, and the sound beside it. */
#ifndef REPORT_PAGE_H
#define REPORT_PAGE_H

#include "inputs.h"
#include "picture.h"

typedef struct report_page report_page;
typedef struct report_section report_section;

/* `path` is where the page will lie: links to the sounds start there.  [setup] */
bool report_page_new(report_page **page, const input_list *list, const char *path,
                     bool raw, ear_error *err);
void report_page_free(report_page *page); /* NULL is fine */

/* What the page says of one input; NULL, and err says why.  [any] */
report_section *report_section_new(const report_page *page, const input *in,
                                   const report *r, const trace *t, const picture *pic,
                                   ear_error *err);

/* Takes the section over; a temporary file holds it until the page is written. */
bool report_page_add(report_page *page, report_section *s, ear_error *err);
void report_page_miss(report_page *page, const input *in, const char *why);

/* The whole page, sections in the order of the inputs; look at ferror(out) too. */
bool report_page_write(report_page *page, FILE *out, ear_error *err);

#endif
