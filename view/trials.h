/* SPDX-License-Identifier: ISC */
/* Results of a search over settings: the score of each trial against each setting. */
#ifndef EAR_VIEW_TRIALS_H
#define EAR_VIEW_TRIALS_H

#include "axes.h"

typedef struct {
  const char *title, *note;
  uint32_t n;             /* trials */
  const double *score;    /* [n] 0..1, NaN: failed or not done */
  const char *score_name; /* "macro-F1" */
  uint32_t n_settings;    /* at most 8 are drawn */
  const view_axis *axis;  /* [n_settings] title and whether logarithmic */
  const double *value;    /* [n][n_settings] */
} view_trials;

void view_draw_trials(cairo_t *cr, const view_theme *th, view_box box,
                      const view_trials *d);

#endif
