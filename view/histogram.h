/* SPDX-License-Identifier: ISC */
/* How many there are: of each range of a number (histogram), of each name (bars). */
#ifndef EAR_VIEW_HISTOGRAM_H
#define EAR_VIEW_HISTOGRAM_H

#include "axes.h"

typedef struct {
  const char *title, *note;
  view_axis axis;        /* of the number; its ends are the outer edges of the bins */
  uint32_t n;            /* bins of equal width on the axis */
  const uint32_t *count; /* [n] */
  const char *what;      /* is counted: "clips" */
  uint32_t n_marks;
  const double *mark;           /* [n_marks] values to point at, at most 3 */
  const char *const *mark_name; /* [n_marks] */
} view_histogram;

void view_draw_histogram(cairo_t *cr, const view_theme *th, view_box box,
                         const view_histogram *d);

typedef struct {
  const char *title, *note;
  uint32_t n;
  const char *const *name; /* [n] */
  const double *value;     /* [n] >= 0 */
  const double *of;        /* [n] paler bar behind, for example all; NULL: none */
  const char *const *text; /* [n] beside the bar; NULL: the value */
} view_bars;

/* As many as there is room for, the first ones; the rest is counted in a last line. */
void view_draw_bars(cairo_t *cr, const view_theme *th, view_box box, const view_bars *d);

/* The height of n bars, with a line of a note or nothing above them. */
double view_bars_height(uint32_t n, bool note);

#endif
