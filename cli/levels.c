/* SPDX-License-Identifier: ISC */
/* The audio thread only ever raises a peak and adds to a sum; the reader sets peaks back
   to 0 and remembers sums.  Floats that are not negative are ordered as their bits are.
   Sums are integers: after a week of loud sound they take a whisper as exactly as ever,
   and only their differences count. */
#include "levels.h"

#include <math.h>
#include <string.h>

enum { INFINITE = 0x7f800000 };
static const double limit = 32; /* +30 dBFS, as the analyzer's */
static const double one = 68719476736.0, most = 134217728.0; /* 2^36: of 1; 2^27 */

/* of x[0..n): bits of the largest |x|; the sum of squares is added to *energy */
static uint32_t
measure(const float *x, size_t n, uint64_t *energy) EAR_RT
{
  uint32_t peak = 0;
  double sum = 0;
  for (size_t t = 0; t < n; t++) {
    uint32_t bits;
    memcpy(&bits, &x[t], sizeof bits);
    bits &= 0x7fffffff;
    const bool finite = bits < INFINITE;
    peak = finite && bits > peak ? bits : peak;
    const double heard = finite ? fmin(fabs((double)x[t]), limit) : 0;
    sum += heard * heard;
  }
  *energy += (uint64_t)(fmin(sum, most) * one + 0.5);
  return peak;
}

void
levels_add(levels *l, const float *const *in, uint32_t n_channels, size_t n)
{
  for (uint32_t c = 0; c < n_channels; c++) {
    uint64_t energy = atomic_load_explicit(&l->energy[c], memory_order_relaxed);
    const uint32_t peak = measure(in[c], n, &energy);
    atomic_store_explicit(&l->energy[c], energy, memory_order_relaxed);
    if (peak > atomic_load_explicit(&l->peak[c], memory_order_relaxed)) {
      atomic_store_explicit(&l->peak[c], peak, memory_order_relaxed);
    }
  }
  const uint64_t n_frames = atomic_load_explicit(&l->n_frames, memory_order_relaxed);
  atomic_store_explicit(&l->n_frames, n_frames + n, memory_order_release);
}

bool
levels_take(levels *l, float *peak, float *rms, uint32_t n_channels)
{
  const uint64_t n_frames = atomic_load_explicit(&l->n_frames, memory_order_acquire);
  const double n = (double)(n_frames - l->n_frames_was);
  if (n_frames == l->n_frames_was) {
    return false;
  }
  for (uint32_t c = 0; c < n_channels; c++) {
    const uint32_t bits = atomic_exchange_explicit(&l->peak[c], 0, memory_order_relaxed);
    const uint64_t energy = atomic_load_explicit(&l->energy[c], memory_order_relaxed);
    memcpy(&peak[c], &bits, sizeof bits);
    rms[c] = (float)sqrt((double)(energy - l->energy_was[c]) / one / n);
    l->energy_was[c] = energy;
  }
  l->n_frames_was = n_frames;
  return true;
}
