/* SPDX-License-Identifier: ISC */
/* Parts of the page: sentences and tables.  Each writes nothing when its data are not
   there. */
#ifndef EAR_TRAIN_PAGE_PARTS_H
#define EAR_TRAIN_PAGE_PARTS_H

#include "page.h"

#include <stdio.h>

/* Name of a label; "no verdict" beyond the last. */
const char *page_label(const page *pg, uint32_t label);

/* The label, or all of a bit set: "rock, live". */
void page_truth(FILE *f, const page *pg, uint32_t truth, uint64_t truths);

/* Sentences. */
void page_headline(FILE *f, const page *pg);
void page_say_confusion(FILE *f, const page *pg);
void page_say_certainty(FILE *f, const page *pg);
void page_say_unsure(FILE *f, const page *pg);
void page_say_learning(FILE *f, const page *pg);
void page_next(FILE *f, const page *pg); /* what to do next, and the line that runs it */

/* Tables. */
void page_classes(FILE *f, const page *pg);
void page_mistakes(FILE *f, const page *pg);
void page_mistake_rows(FILE *f, const page *pg, uint32_t from, uint32_t to);
void page_precision(FILE *f, const page *pg); /* int8 against float */
void page_probes(FILE *f, const page *pg);

/* Of sounds with several labels: page.judged->int8.many. */
void page_many_headline(FILE *f, const page *pg);
void page_many_labels(FILE *f, const page *pg);

/* Of a harshness model: page.harsh is there. */
void page_harsh_headline(FILE *f, const page *pg);
void page_harsh_cells(FILE *f, const page *pg);
void page_harsh_threshold(FILE *f, const page *pg);
void page_harsh_kinds(FILE *f, const page *pg);
void page_harsh_severities(FILE *f, const page *pg);
void page_harsh_changes(FILE *f, const page *pg);
void page_harsh_precision(FILE *f, const page *pg);
void page_harsh_mistakes(FILE *f, const page *pg);

#endif
