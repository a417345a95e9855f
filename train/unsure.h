/* SPDX-License-Identifier: ISC */
/* From posteriors of clips that did not train to the margin under which a classifier had
   better say that it is unsure: the smallest one that leaves verdicts of which 80 % are
   right, and no larger than makes 40 % of the clips unsure.
   Source: R. El-Yaniv, Y. Wiener, JMLR 11, 2010 (risk and coverage of a classifier that
   may abstain). */
#ifndef EAR_TRAIN_UNSURE_H
#define EAR_TRAIN_UNSURE_H

#include "metrics.h"

enum { UNSURE_LEAST_CLIPS = 20 };

/* What a margin does to clips: those without a verdict are none of them. */
typedef struct {
  uint32_t n, n_unsure; /* of n clips with a verdict */
  uint32_t n_right;     /* of those that are not unsure */
} unsure_counts;

/* Add the clips of pr at that margin; 0: none is unsure.  [any] */
void unsure_count(unsure_counts *c, const predictions *pr, float margin);

/* 0..1: shares of the clips that are unsure, and of the rest that is right (NaN without
   a rest).  [any] */
double unsure_share(const unsure_counts *c);
double unsure_accuracy(const unsure_counts *c);

/* The margin, 0 where all verdicts reach the accuracy already, clips have several labels,
   or fewer than UNSURE_LEAST_CLIPS have a verdict.  EAR_NO_MEMORY.  [any] */
ear_status unsure_margin(float *margin, const predictions *pr);

#endif
