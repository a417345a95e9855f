/* SPDX-License-Identifier: ISC */
/* From posteriors of clips that did not train to how sure a model may say it is, and from
   where on it may flag.
   Source: C. Guo et al., ICML 2017 (temperature scaling). */
#ifndef EAR_TRAIN_THRESHOLDS_H
#define EAR_TRAIN_THRESHOLDS_H

#include "metrics.h"

enum { THRESHOLD_LEAST_HITS = 5, TEMPERATURE_LEAST_CLIPS = 20 };

/* Of one class at its threshold: counts of the clips that it was found on. */
typedef struct {
  float threshold;           /* from this posterior on */
  uint32_t hits, flagged, n; /* right ones of those flagged; clips of the class */
  bool reached; /* the precision asked for, with THRESHOLD_LEAST_HITS or more */
} class_threshold;

/* p [n_labels] at temperature t: p^(1/t), made to sum to 1, or with `sigmoid` each label
   for itself.  In place.  [any] */
void soften(float *p, uint32_t n_labels, double t, bool sigmoid);

/* The temperature 0.2..5 under which the truths are likeliest; 1 of fewer than
   TEMPERATURE_LEAST_CLIPS decided clips.  p were made at temperature 1.  [any] */
double temperature_of(const predictions *pr, bool sigmoid);

/* The lowest threshold of each class, of the posteriors as they are, whose flags are
   right with at least that precision; 0.5 where none is.  EAR_NO_MEMORY.  [any] */
ear_status thresholds_of(class_threshold *ct, const predictions *pr, double precision);

#endif
