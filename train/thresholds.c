/* SPDX-License-Identifier: ISC */
/* Clips without a verdict, a row of zeros, neither raise nor miss a flag here. */
#include "thresholds.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void
soften(float *p, uint32_t n_labels, double t, bool sigmoid)
{
  double sum = 0;
  for (uint32_t l = 0; l < n_labels; ++l) {
    const double yes = pow((double)p[l], 1 / t), no = pow(1 - (double)p[l], 1 / t);
    p[l] = (float)(sigmoid && yes + no > 0 ? yes / (yes + no) : yes);
    sum += (double)p[l];
  }
  for (uint32_t l = 0; l < n_labels && !sigmoid && sum > 0; ++l) {
    p[l] = (float)((double)p[l] / sum);
  }
}

/* Negative log likelihood of the truths. */
static double
surprise(const predictions *pr, double t, bool sigmoid)
{
  double sum = 0;
  for (uint32_t i = 0; i < pr->n; ++i) {
    float p[EAR_MAX_LABELS];
    memcpy(p, pr->p + (size_t)i * pr->n_labels, pr->n_labels * sizeof *p);
    if (label_of(p, pr->n_labels) == pr->n_labels) {
      continue;
    }
    soften(p, pr->n_labels, t, sigmoid);
    for (uint32_t l = 0; l < pr->n_labels; ++l) {
      const double q = (double)p[l];
      sum -= prediction_true(pr, i, l) ? log(fmax(q, 1e-9))
             : sigmoid                 ? log(fmax(1 - q, 1e-9))
                                       : 0;
    }
  }
  return sum;
}

double
temperature_of(const predictions *pr, bool sigmoid)
{
  static const double ratio = 0.6180339887498949;
  double lo = log(0.2), hi = log(5);
  uint32_t n = 0;
  for (uint32_t i = 0; i < pr->n; ++i) {
    n += label_of(pr->p + (size_t)i * pr->n_labels, pr->n_labels) < pr->n_labels;
  }
  if (n < TEMPERATURE_LEAST_CLIPS) {
    return 1;
  }
  while (hi - lo > 1e-4) { /* golden section; the function is convex in 1 / t */
    const double a = hi - ratio * (hi - lo), b = lo + ratio * (hi - lo);
    if (surprise(pr, exp(a), sigmoid) < surprise(pr, exp(b), sigmoid)) {
      hi = b;
    } else {
      lo = a;
    }
  }
  return exp((lo + hi) / 2);
}

typedef struct {
  float p;
  bool right;
} claim;

static int
by_likelihood(const void *a, const void *b)
{
  const claim *x = a, *y = b;
  return x->p > y->p ? -1 : x->p < y->p;
}

/* Claims most likely first: the longest beginning that is right often enough, cut between
   different likelihoods. */
static void
find_threshold(class_threshold *ct, const claim *c, uint32_t n, double precision)
{
  uint32_t hits = 0;
  *ct = (class_threshold){.threshold = 0.5f};
  for (uint32_t k = 0; k < n; ++k) {
    hits += c[k].right;
    if (hits >= THRESHOLD_LEAST_HITS && hits >= precision * (k + 1) && c[k].p > 0 &&
        (k + 1 == n || c[k + 1].p < c[k].p)) {
      *ct = (class_threshold){c[k].p, hits, k + 1, 0, true};
    }
  }
  for (uint32_t k = 0; k < n; ++k) {
    ct->n += c[k].right;
    if (!ct->reached && c[k].p >= ct->threshold) {
      ct->hits += c[k].right;
      ++ct->flagged;
    }
  }
}

ear_status
thresholds_of(class_threshold *ct, const predictions *pr, double precision)
{
  claim *c = malloc((pr->n + 1u) * sizeof *c);
  if (!c) {
    return EAR_NO_MEMORY;
  }
  for (uint32_t l = 0; l < pr->n_labels; ++l) {
    for (uint32_t i = 0; i < pr->n; ++i) {
      c[i] = (claim){pr->p[(size_t)i * pr->n_labels + l], prediction_true(pr, i, l)};
    }
    qsort(c, pr->n, sizeof *c, by_likelihood);
    find_threshold(&ct[l], c, pr->n, precision);
  }
  free(c);
  return EAR_OK;
}
