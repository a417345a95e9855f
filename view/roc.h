/* SPDX-License-Identifier: ISC */
/* ROC curves: how much of a class is found, against how much else is taken for it. */
#ifndef EAR_VIEW_ROC_H
#define EAR_VIEW_ROC_H

#include "paint.h"

typedef struct {
  const char *name;
  uint32_t n; /* points, from (0, 0) to (1, 1); 0: the class cannot be judged */
  const double *false_rate, *true_rate; /* [n] */
  double area;                          /* NaN: none */
} view_roc_curve;

typedef struct {
  const char *title, *note;
  uint32_t n;
  const view_roc_curve *curve; /* [n] */
  view_roc_curve mean;         /* over the classes; n 0: none */
} view_roc;

void view_draw_roc(cairo_t *cr, const view_theme *th, view_box box, const view_roc *d);

#endif
