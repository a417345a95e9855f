/* SPDX-License-Identifier: ISC */
/* The loops of the averaging head, plain C: every variant compiles them for its own
   instruction set, and integers come out alike. */
#ifndef EAR_KERNELS_HEAD_H
#define EAR_KERNELS_HEAD_H

#include "kernels.h"

static inline void
head_accumulate(size_t n, const uint8_t *plus, const uint8_t *minus, int64_t *sum)
{
  if (minus) {
    for (size_t i = 0; i < n; ++i) {
      sum[i] += plus[i] - minus[i];
    }
  } else {
    for (size_t i = 0; i < n; ++i) {
      sum[i] += plus[i];
    }
  }
}

static inline void
head_widen(size_t n, const uint8_t *q, int16_t *x)
{
  for (size_t i = 0; i < n; ++i) {
    x[i] = q[i];
  }
}

/* The division of doubles is exact after truncation: what is not an integer is 1 / n >
   2^-40 away from the next one, and a quotient under 2^12 is rounded by 2^-42 at most. */
static inline void
head_average(const ear_average *k, const int64_t *sum, int16_t *x)
{
  const int64_t half = (int64_t)(k->n / 2);
  const double n = (double)k->n;
  for (size_t c = 0; c < k->n_out; ++c) {
    int64_t total = 0;
    for (size_t r = 0; r < k->rows; ++r) {
      total += sum[r * k->n_out + c];
    }
    x[c] = (int16_t)(int32_t)((double)(k->unit * total + half) / n);
  }
}

static inline void
head_rescale(const ear_rescale *k, const int32_t *acc, int16_t *x)
{
  for (uint32_t o = 0; o < k->n; ++o) {
    const int32_t r = ear_requantize(acc[o], k->multiplier[o], k->shift[o]);
    const int32_t q = (r < -8192 ? -8192 : r > 8192 ? 8192 : r) + k->zero_point;
    x[o] = (int16_t)(q < 0 ? 0 : q > k->most ? k->most : q);
  }
}

#endif
