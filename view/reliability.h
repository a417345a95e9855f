/* SPDX-License-Identifier: ISC */
/* Reliability diagram: is the model right as often as it says it is sure? */
#ifndef EAR_VIEW_RELIABILITY_H
#define EAR_VIEW_RELIABILITY_H

#include "paint.h"

typedef struct {
  const char *title, *note;
  uint32_t n;            /* bins of equal width over 0..1 */
  const double *said;    /* [n] mean of the largest posterior in the bin */
  const double *right;   /* [n] share that was right */
  const uint32_t *count; /* [n] */
  double error;          /* expected calibration error, 0..1; NaN: unknown */
} view_reliability;

void view_draw_reliability(cairo_t *cr, const view_theme *th, view_box box,
                           const view_reliability *d);

#endif
