/* SPDX-License-Identifier: ISC */
/* recent_sum[l] is the sum of the column l of the last min(n_pushed, n_recent) rows. */
#include "average.h"

#include <stdlib.h>
#include <string.h>

struct ear_average {
  uint32_t n_labels, n_recent;
  uint64_t n_pushed, n_counted;
  uint64_t recent_sum[EAR_MAX_LABELS];
  uint64_t all_sum[EAR_MAX_LABELS]; /* 2^33 ticks fit */
  uint32_t row[];                   /* [n_recent][n_labels], p * 2^31 */
};

static const double one = 2147483648.0; /* 2^31: p = 1 fits 32 bits */

ear_average *
ear_average_new(uint32_t n_labels, uint32_t n_recent)
{
  const size_t n = (size_t)n_labels * n_recent;
  ear_average *av = calloc(1, sizeof *av + n * sizeof av->row[0]);
  if (av) {
    av->n_labels = n_labels;
    av->n_recent = n_recent;
    ear_average_reset(av);
  }
  return av;
}

void
ear_average_free(ear_average *av)
{
  free(av);
}

void
ear_average_reset(ear_average *av)
{
  av->n_pushed = av->n_counted = 0;
  memset(av->recent_sum, 0, sizeof av->recent_sum);
  memset(av->all_sum, 0, sizeof av->all_sum);
  memset(av->row, 0, (size_t)av->n_labels * av->n_recent * sizeof av->row[0]);
}

void
ear_average_push(ear_average *av, const float *p, bool counted)
{
  uint32_t *row = av->row + (av->n_pushed % av->n_recent) * av->n_labels;
  for (uint32_t l = 0; l < av->n_labels; ++l) {
    const uint32_t q = (uint32_t)((double)p[l] * one);
    av->recent_sum[l] += (uint64_t)q - row[l];
    row[l] = q;
    av->all_sum[l] += counted ? q : 0;
  }
  ++av->n_pushed;
  av->n_counted += counted;
}

static void
divide(const uint64_t *sum, uint32_t n_labels, uint64_t n, float *p)
{
  for (uint32_t l = 0; l < n_labels; ++l) {
    p[l] = (float)((double)sum[l] / ((double)n * one));
  }
}

void
ear_average_recent(const ear_average *av, float *p)
{
  const uint64_t n = av->n_pushed < av->n_recent ? av->n_pushed : av->n_recent;
  divide(av->recent_sum, av->n_labels, n, p);
}

void
ear_average_all(const ear_average *av, float *p)
{
  divide(av->all_sum, av->n_labels, av->n_counted, p);
}
