/* SPDX-License-Identifier: ISC */
/* Comma-separated values as RFC 4180 has them: quotes, doubled quotes, line breaks inside
   quotes, CRLF or LF.  The first record names the columns. */
#ifndef EAR_TRAIN_CSV_H
#define EAR_TRAIN_CSV_H

#include "../engine/earshot.h"

#include <stdio.h>

typedef struct {
  uint32_t n_columns;
  uint32_t n_rows; /* without the header */
  char **cell;     /* [1 + n_rows][n_columns]; row 0 is the header */
} csv;

/* Every row must have as many cells as the header.  err names the file and line.
   [setup] */
ear_status csv_read(csv *table, const char *path, ear_error *err);
void csv_free(csv *table);

/* Index of the column of that name, or n_columns. */
uint32_t csv_column(const csv *table, const char *name);

/* Row 0 is the first after the header; "" when column is n_columns. */
const char *csv_cell(const csv *table, uint32_t row, uint32_t column);

/* One cell, with quotes when it needs them.  A zero byte ends it. */
void csv_put(FILE *f, const char *cell);

#endif
