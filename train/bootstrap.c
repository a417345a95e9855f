/* SPDX-License-Identifier: ISC */
/* Groups are drawn, never clips: clips of one artist are not independent. */
#include "metrics.h"
#include "rng.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The clips of each group, and one resample of them. */
typedef struct {
  const predictions *pr;
  uint32_t n_groups;
  uint32_t *first;  /* [n_groups + 1] into member */
  uint32_t *member; /* [n] clips by group */
  uint32_t room;    /* clips that fit below */
  uint32_t *truth, *group;
  uint64_t *truths; /* NULL: one label each */
  float *p;
} resample;

static void
resample_free(resample *r)
{
  free(r->first);
  free(r->member);
  free(r->truth);
  free(r->truths);
  free(r->group);
  free(r->p);
}

static uint32_t
group_of(const predictions *pr, uint32_t i)
{
  return pr->group ? pr->group[i] : i;
}

static ear_status
resample_new(resample *r, const predictions *pr)
{
  uint32_t n = 0, filled = 0, largest = 0;
  for (uint32_t i = 0; i < pr->n; ++i) {
    n = group_of(pr, i) >= n ? group_of(pr, i) + 1 : n;
  }
  *r = (resample){.pr = pr};
  r->first = calloc(n + 1u, sizeof *r->first);
  r->member = calloc(pr->n + 1u, sizeof *r->member);
  if (!r->first || !r->member) {
    return EAR_NO_MEMORY;
  }
  for (uint32_t g = 0; g < n; ++g) { /* groups without a clip here are left out */
    const uint32_t from = filled;
    for (uint32_t i = 0; i < pr->n; ++i) {
      if (group_of(pr, i) == g) {
        r->member[filled++] = i;
      }
    }
    if (filled > from) {
      r->first[r->n_groups++] = from;
      largest = filled - from > largest ? filled - from : largest;
    }
  }
  r->first[r->n_groups] = filled;
  r->room = r->n_groups * largest + 1;
  r->truth = malloc(r->room * sizeof *r->truth);
  r->truths = pr->truths ? malloc(r->room * sizeof *r->truths) : NULL;
  r->group = malloc(r->room * sizeof *r->group);
  r->p = malloc((size_t)r->room * pr->n_labels * sizeof *r->p);
  return r->truth && r->group && r->p && !r->truths == !pr->truths ? EAR_OK
                                                                   : EAR_NO_MEMORY;
}

/* A group drawn twice counts as two groups. */
static predictions
resample_draw(resample *r, rng *random)
{
  const uint32_t labels = r->pr->n_labels;
  uint32_t n = 0;
  for (uint32_t k = 0; k < r->n_groups; ++k) {
    const uint32_t g = rng_below(random, r->n_groups);
    for (uint32_t m = r->first[g]; m < r->first[g + 1]; ++m, ++n) {
      const uint32_t i = r->member[m];
      r->truth[n] = r->pr->truth[i];
      r->group[n] = k;
      if (r->truths) {
        r->truths[n] = r->pr->truths[i];
      }
      memcpy(r->p + (size_t)n * labels, r->pr->p + (size_t)i * labels,
             labels * sizeof *r->p);
    }
  }
  return (predictions){n, labels, r->truth, r->group, r->p, r->truths};
}

static int
by_value(const void *a, const void *b)
{
  const double x = *(const double *)a, y = *(const double *)b;
  return x < y ? -1 : x > y;
}

static interval
quantiles(double *x, uint32_t n)
{
  qsort(x, n, sizeof *x, by_value);
  return (interval){x[(uint32_t)(0.025 * (n - 1) + 0.5)],
                    x[(uint32_t)(0.975 * (n - 1) + 0.5)]};
}

/* Where all that there is is right, or wrong, so is every draw; what n groups of one kind
   prove is the exact interval.  Source: C. Clopper, E. Pearson, Biometrika 26(4), 1934.
 */
static interval
widened(interval i, uint32_t n)
{
  const double least = n ? pow(0.025, 1.0 / n) : 0;
  if (i.low >= 1) {
    return (interval){least, 1};
  }
  return i.high <= 0 ? (interval){0, 1 - least} : i;
}

ear_status
metrics_bootstrap(metrics_intervals *mi, const predictions *pr, uint32_t n_draws,
                  uint64_t seed)
{
  resample r;
  *mi = (metrics_intervals){{0, 0}, {0, 0}, {0, 0}, {0, 0}};
  double *x = malloc(4 * (size_t)(n_draws + 1) * sizeof *x); /* [4][n_draws] */
  ear_status st = resample_new(&r, pr);
  st = x ? st : EAR_NO_MEMORY;
  for (uint32_t d = 0; d < n_draws && !st && pr->n; ++d) {
    metrics m;
    rng random = rng_stream(seed, 0xb007, d);
    const predictions drawn = resample_draw(&r, &random);
    st = metrics_compute(&m, &drawn);
    x[d] = m.accuracy;
    x[n_draws + d] = m.balanced;
    x[2 * n_draws + d] = m.macro_f1;
    x[3 * n_draws + d] = m.group_accuracy;
  }
  if (!st && pr->n && n_draws) {
    const uint32_t n = r.n_groups;
    mi->accuracy = widened(quantiles(x, n_draws), n);
    mi->balanced = widened(quantiles(x + n_draws, n_draws), n);
    mi->macro_f1 = widened(quantiles(x + 2 * n_draws, n_draws), n);
    mi->group_accuracy = widened(quantiles(x + 3 * n_draws, n_draws), n);
  }
  free(x);
  resample_free(&r);
  return st;
}
