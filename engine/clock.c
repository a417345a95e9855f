/* SPDX-License-Identifier: ISC */
/* Gaps are in order, `at` and `lost` both rising. */
#include "clock.h"

#include <string.h>

/* Of a sample: times are quotients of whole samples at two rates, and rounded. */
static const double slack = 0.01;

void
ear_clock_clear(ear_clock *clock)
{
  clock->n_gaps = 0;
  clock->forgotten = 0;
}

uint64_t
ear_clock_lost(const ear_clock *clock)
{
  return clock->n_gaps ? clock->gap[clock->n_gaps - 1].lost : clock->forgotten;
}

void
ear_clock_lose(ear_clock *clock, uint64_t at, uint64_t n)
{
  const uint64_t lost = ear_clock_lost(clock) + n;
  if (clock->n_gaps && clock->gap[clock->n_gaps - 1].at == at) {
    clock->gap[clock->n_gaps - 1].lost = lost;
    return;
  }
  if (clock->n_gaps == EAR_MAX_GAPS) {
    clock->forgotten = clock->gap[0].lost;
    memmove(&clock->gap[0], &clock->gap[1], sizeof clock->gap - sizeof clock->gap[0]);
    --clock->n_gaps;
  }
  clock->gap[clock->n_gaps].at = at;
  clock->gap[clock->n_gaps].lost = lost;
  ++clock->n_gaps;
}

double
ear_clock_true_s(const ear_clock *clock, double joined_s)
{
  uint64_t lost = clock->forgotten;
  for (uint32_t g = 0; g < clock->n_gaps; ++g) {
    if (joined_s * clock->rate_hz <= (double)clock->gap[g].at + slack) {
      break;
    }
    lost = clock->gap[g].lost;
  }
  return lost ? joined_s + (double)lost / clock->rate_hz : joined_s;
}
