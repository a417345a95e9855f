/* SPDX-License-Identifier: ISC */
/* Confusion matrix: what a thing is, against what the model said. */
#ifndef EAR_VIEW_MATRIX_H
#define EAR_VIEW_MATRIX_H

#include "paint.h"

typedef struct {
  const char *title, *note;
  uint32_t n;               /* classes */
  const char *const *label; /* [n] */
  const uint32_t *count;    /* [truth][said], rows `stride` apart */
  uint32_t stride;
  const uint32_t *none; /* [n] got no verdict; NULL: no such column */
} view_matrix;

/* Shares are of a row: of all that is of this class. */
void view_draw_matrix(cairo_t *cr, const view_theme *th, view_box box,
                      const view_matrix *d);

/* A size at which n classes can be read. */
void view_matrix_size(uint32_t n, double *w, double *h);

#endif
