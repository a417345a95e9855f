/* SPDX-License-Identifier: ISC */
/* Groups are drawn, never clips: clips of one artist are not independent. */
#include "group_draw.h"

#include <stdlib.h>
#include <string.h>

void
group_draw_free(group_draw *g)
{
  free(g->first);
  free(g->member);
  free(g->clip);
  free(g->group);
}

ear_status
group_draw_new(group_draw *g, const uint32_t *group, uint32_t n)
{
  uint32_t n_numbers = 0, filled = 0, largest = 0;
  for (uint32_t i = 0; i < n; ++i) {
    const uint32_t of = group ? group[i] : i;
    n_numbers = of >= n_numbers ? of + 1 : n_numbers;
  }
  *g = (group_draw){0};
  g->first = calloc(n_numbers + 1u, sizeof *g->first);
  g->member = calloc(n + 1u, sizeof *g->member);
  if (!g->first || !g->member) {
    return EAR_NO_MEMORY;
  }
  for (uint32_t k = 0; k < n_numbers; ++k) { /* groups without a clip here are left out */
    const uint32_t from = filled;
    for (uint32_t i = 0; i < n; ++i) {
      if ((group ? group[i] : i) == k) {
        g->member[filled++] = i;
      }
    }
    if (filled > from) {
      g->first[g->n_groups++] = from;
      largest = filled - from > largest ? filled - from : largest;
    }
  }
  g->first[g->n_groups] = filled;
  g->room = g->n_groups * largest + 1;
  g->clip = malloc(g->room * sizeof *g->clip);
  g->group = malloc(g->room * sizeof *g->group);
  return g->clip && g->group ? EAR_OK : EAR_NO_MEMORY;
}

uint32_t
group_draw_next(group_draw *g, rng *random)
{
  uint32_t n = 0;
  for (uint32_t k = 0; k < g->n_groups; ++k) {
    const uint32_t of = rng_below(random, g->n_groups);
    for (uint32_t m = g->first[of]; m < g->first[of + 1]; ++m, ++n) {
      g->clip[n] = g->member[m];
      g->group[n] = k;
    }
  }
  return n;
}

ear_status
gathered_new(gathered *to, const group_draw *g, const predictions *pr)
{
  to->truth = malloc(g->room * sizeof *to->truth);
  to->truths = pr->truths ? malloc(g->room * sizeof *to->truths) : NULL;
  to->p = malloc((size_t)g->room * pr->n_labels * sizeof *to->p);
  return to->truth && to->p && !to->truths == !pr->truths ? EAR_OK : EAR_NO_MEMORY;
}

void
gathered_free(gathered *to)
{
  free(to->truth);
  free(to->truths);
  free(to->p);
}

predictions
gather(gathered *to, const group_draw *g, uint32_t n, const predictions *pr)
{
  const uint32_t labels = pr->n_labels;
  for (uint32_t k = 0; k < n; ++k) {
    const uint32_t i = g->clip[k];
    to->truth[k] = pr->truth[i];
    if (to->truths) {
      to->truths[k] = pr->truths[i];
    }
    memcpy(to->p + (size_t)k * labels, pr->p + (size_t)i * labels,
           labels * sizeof *to->p);
  }
  return (predictions){n, labels, to->truth, g->group, to->p, to->truths};
}

static int
by_value(const void *a, const void *b)
{
  const double x = *(const double *)a, y = *(const double *)b;
  return x < y ? -1 : x > y;
}

interval
interval_of(double *x, uint32_t n)
{
  qsort(x, n, sizeof *x, by_value);
  return (interval){x[(uint32_t)(0.025 * (n - 1) + 0.5)],
                    x[(uint32_t)(0.975 * (n - 1) + 0.5)]};
}
