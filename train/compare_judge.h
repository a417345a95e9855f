/* SPDX-License-Identifier: ISC */
/* Figures of compared systems: held-out clips of all folds together, mean over seeds, 95
   % by bootstrap over groups, and how far each is from the first. */
#ifndef EAR_TRAIN_COMPARE_JUDGE_H
#define EAR_TRAIN_COMPARE_JUDGE_H

#include "compare.h"
#include "metrics.h"

#include <stdio.h>

enum { COMPARE_FIGURES = 4 }; /* accuracy, group-macro, macro-F1, AUROC */

typedef struct {
  double value[COMPARE_FIGURES], flt[COMPARE_FIGURES]; /* flt 0 for baselines */
  double agreement; /* of int8 with float, share of clips and seeds */
  interval spread[COMPARE_FIGURES];
  double more[COMPARE_FIGURES];          /* than the first system */
  interval more_spread[COMPARE_FIGURES]; /* both on the same drawn groups */
} compared_figures;

/* f [c->n_systems].  [any] */
ear_status compare_judge(compared_figures *f, const comparison *c, uint32_t n_draws);

/* The table for people, and with commas.  [any] */
void compare_text(FILE *to, const comparison *c, const compared_figures *f);
void compare_table(FILE *to, const comparison *c, const compared_figures *f);

#endif
