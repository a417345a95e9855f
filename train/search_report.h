/* SPDX-License-Identifier: ISC */
/* What a search found, for people: a table, a picture, the best recipe. */
#ifndef EAR_TRAIN_SEARCH_REPORT_H
#define EAR_TRAIN_SEARCH_REPORT_H

#include "search.h"

#include <stdio.h>

/* Every trial with a result, best first.  [setup] */
void search_print(FILE *f, const search *s);

/* The best trial's recipe as a file, with a line that says where it comes from.  Fails
   when no trial has a score.  [setup] */
ear_status search_write_best(const search *s, const char *path, ear_error *err);

/* Score against each setting as PNG, whole or not at all.  A build without pictures
 * writes nothing.  [setup] */
ear_status search_picture(const search *s, const char *path, ear_error *err);

#endif
