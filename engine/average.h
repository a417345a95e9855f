/* SPDX-License-Identifier: ISC */
/* Mean posteriors over the last n ticks and over all that were counted, for networks that
   do not average features themselves.
     p [n_labels] -> 31-bit integers -> sums -> mean [n_labels]
   Integer sums are exact, so a mean over hours never drifts. */
#ifndef EAR_AVERAGE_H
#define EAR_AVERAGE_H

#include "earshot.h"

typedef struct ear_average ear_average;

/* NULL when memory is short.  [setup] */
ear_average *ear_average_new(uint32_t n_labels, uint32_t n_recent);
void ear_average_free(ear_average *av);
void ear_average_reset(ear_average *av);

/* Take in p[0..n_labels), each 0..1; counted: also into the mean of all.  [analysis] */
void ear_average_push(ear_average *av, const float *p, bool counted);

/* Mean of the last n_recent, and of all counted, at least one of each.  [analysis] */
void ear_average_recent(const ear_average *av, float *p);
void ear_average_all(const ear_average *av, float *p);

#endif
