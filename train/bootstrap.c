/* SPDX-License-Identifier: ISC */
/* One draw of groups serves every figure. */
#include "group_draw.h"

#include <math.h>
#include <stdlib.h>

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
  group_draw g;
  gathered to = {0};
  *mi = (metrics_intervals){{0, 0}, {0, 0}, {0, 0}, {0, 0}};
  double *x = malloc(4 * (size_t)(n_draws + 1) * sizeof *x); /* [4][n_draws] */
  ear_status st = group_draw_new(&g, pr->group, pr->n);
  st = st ? st : gathered_new(&to, &g, pr);
  st = x ? st : EAR_NO_MEMORY;
  for (uint32_t d = 0; d < n_draws && !st && pr->n; ++d) {
    metrics m;
    rng random = rng_stream(seed, 0xb007, d);
    const predictions drawn = gather(&to, &g, group_draw_next(&g, &random), pr);
    st = metrics_compute(&m, &drawn);
    x[d] = m.accuracy;
    x[n_draws + d] = m.balanced;
    x[2 * n_draws + d] = m.macro_f1;
    x[3 * n_draws + d] = m.group_accuracy;
  }
  if (!st && pr->n && n_draws) {
    const uint32_t n = g.n_groups;
    mi->accuracy = widened(interval_of(x, n_draws), n);
    mi->balanced = widened(interval_of(x + n_draws, n_draws), n);
    mi->macro_f1 = widened(interval_of(x + 2 * n_draws, n_draws), n);
    mi->group_accuracy = widened(interval_of(x + 3 * n_draws, n_draws), n);
  }
  free(x);
  gathered_free(&to);
  group_draw_free(&g);
  return st;
}
