/* SPDX-License-Identifier: ISC */
/* The extremes are kept in a heap whose root is the first to leave: no spectrum, however
   ordered, costs more than n log n_extreme. */
#include "contrast.h"

#include "decibel.h"
#include <math.h>

#define FIRST_HZ 200.0
#define QUANTILE 0.02
#define FLOOR_AMPLITUDE 1e-10f

enum { MAX_EXTREME = 192 }; /* 2 % of the 8,193 bins of the longest window, and a spare */

const char *
ear_contrast_problem(const ear_front_end *fe)
{
  if (!((double)fe->rate_hz > FIRST_HZ * 64)) {
    return "spectral contrast needs a rate above 12800 Hz";
  }
  if (!((double)fe->rate_hz <= FIRST_HZ * fe->n_fft)) {
    return "spectral contrast needs a longer window: its bins may be 200 Hz apart at "
           "most";
  }
  return NULL;
}

void
ear_contrast_bands(const ear_front_end *fe, ear_contrast_band band[EAR_N_CONTRAST])
{
  const uint32_t n_bins = fe->n_fft / 2 + 1;
  const double step_hz = (double)fe->rate_hz / fe->n_fft; /* exact: n_fft is 2^i */
  for (int i = 0; i < EAR_N_CONTRAST; i++) {
    const double low_hz = i ? FIRST_HZ * (1 << (i - 1)) : 0.0;
    const double high_hz = FIRST_HZ * (1 << i);
    const bool last = i + 1 == EAR_N_CONTRAST;
    uint32_t first = 0, end;
    while (first < n_bins && first * step_hz < low_hz) {
      first++;
    }
    for (end = first; end < n_bins && (last || end * step_hz <= high_hz); end++) {
    }
    first -= i > 0; /* the neighbour below counts; the bin on top only in n_extreme */
    const double n = rint(QUANTILE * (end - first));
    band[i] = (ear_contrast_band){first, end - !last, n > 1 ? (uint32_t)n : 1};
  }
}

/* Let root go down the heap of n values until none below it is larger. */
static void
sink(float *heap, uint32_t n, float root)
{
  uint32_t i = 0;
  for (uint32_t child = 1; child < n; child = 2 * i + 1) {
    child += child + 1 < n && heap[child + 1] > heap[child];
    if (!(heap[child] > root)) {
      break;
    }
    heap[i] = heap[child];
    i = child;
  }
  heap[i] = root;
}

/* Mean amplitude of the n smallest of sign * power[0..n_bins), 1 <= n <= MAX_EXTREME. The
   spectra of sounds fall: from the end that is likely to hold them, few are replaced. */
static float
extreme(const float *power, uint32_t n_bins, uint32_t n, float sign)
{
  float heap[MAX_EXTREME];
  heap[0] = INFINITY;
  for (uint32_t i = 1; i < n; i++) {
    heap[i] = INFINITY;
  }
  for (uint32_t i = 0; i < n_bins; i++) {
    const float x = sign * power[sign < 0 ? i : n_bins - 1 - i];
    if (x < heap[0]) {
      sink(heap, n, x);
    }
  }
  double sum = 0;
  for (uint32_t i = 0; i < n; i++) {
    sum += (double)sqrtf(sign * heap[i]);
  }
  const float mean = (float)(sum / n);
  return mean > FLOOR_AMPLITUDE ? mean : FLOOR_AMPLITUDE;
}

void
ear_contrast(const ear_contrast_band band[EAR_N_CONTRAST], const float *power,
             float contrast[EAR_N_CONTRAST])
{
  for (int i = 0; i < EAR_N_CONTRAST; i++) {
    const float *p = power + band[i].first;
    const uint32_t n = band[i].end - band[i].first;
    const float peak = extreme(p, n, band[i].n_extreme, -1.0f);
    const float valley = extreme(p, n, band[i].n_extreme, 1.0f);
    contrast[i] = ear_decibels(peak) - ear_decibels(valley);
  }
}
