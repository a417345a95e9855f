/* SPDX-License-Identifier: ISC */
/* Training curves: loss, measure and learning rate over the epochs, one above another. */
#ifndef EAR_VIEW_CURVES_H
#define EAR_VIEW_CURVES_H

#include "paint.h"

typedef struct {
  const char *title, *note; /* NULL: none */
  uint32_t n;               /* epochs */
  const double *loss;       /* [n]; here and below NaN: not known; NULL: none */
  const double *valid_loss;
  const double *measure[2]; /* 0..1 */
  const char *measure_name[2];
  const double *rate; /* > 0 */
  uint32_t best;      /* epoch whose weights were kept, from 1; 0: none */
} view_curves;

void view_draw_curves(cairo_t *cr, const view_theme *th, view_box box,
                      const view_curves *d);

#endif
