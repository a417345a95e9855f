/* SPDX-License-Identifier: ISC */
/* Drawn from the stream given and from nothing else. */
#include "augment.h"

#include <math.h>

void
augment_gain(float *db, uint32_t n_frames, uint32_t n_bands, const recipe_train *t,
             float floor_db, rng *r)
{
  const double pi = 3.14159265358979;
  const double gain = rng_range(r, -1, 1) * (double)t->gain_db;
  const double tilt = rng_range(r, -1, 1) * (double)t->eq_db;
  const double wave = rng_range(r, -1, 1) * (double)t->eq_db;
  const double wave2 = rng_range(r, -1, 1) * (double)t->eq_db / 2;
  const double phase = rng_range(r, 0, 2 * pi), phase2 = rng_range(r, 0, 2 * pi);
  for (uint32_t b = 0; b < n_bands; ++b) {
    const double at = (b + 0.5) / n_bands; /* 0..1 over the bands */
    const double add = gain + tilt * (2 * at - 1) / 2 +
                       wave * cos(2 * pi * at + phase) / 2 +
                       wave2 * cos(6 * pi * at + phase2) / 2;
    for (uint32_t f = 0; f < n_frames; ++f) {
      float *x = &db[(size_t)f * n_bands + b];
      *x = fmaxf(*x + (float)add, floor_db);
    }
  }
}

/* A stretch of at most longest out of n. */
static void
draw_stretch(uint32_t n, uint32_t longest, rng *r, uint32_t *from, uint32_t *to)
{
  const uint32_t length = rng_below(r, (longest < n ? longest : n) + 1);
  *from = rng_below(r, n - length + 1);
  *to = *from + length;
}

void
augment_mask(float *x, uint32_t n_frames, uint32_t n_bands, const recipe_train *t, rng *r)
{
  uint32_t from, to;
  for (uint32_t i = 0; i < t->time_masks; ++i) {
    draw_stretch(n_frames, t->time_mask, r, &from, &to);
    for (size_t k = (size_t)from * n_bands; k < (size_t)to * n_bands; ++k) {
      x[k] = 0;
    }
  }
  for (uint32_t i = 0; i < t->freq_masks; ++i) {
    draw_stretch(n_bands, t->freq_mask, r, &from, &to);
    for (uint32_t f = 0; f < n_frames; ++f) {
      for (uint32_t b = from; b < to; ++b) {
        x[(size_t)f * n_bands + b] = 0;
      }
    }
  }
}

/* Gamma(shape, 1).  Source: G. Marsaglia, W. Tsang, ACM TOMS 26(3), 2000. */
static double
gamma_draw(double shape, rng *r)
{
  const double d = (shape < 1 ? shape + 1 : shape) - 1.0 / 3;
  const double c = 1 / sqrt(9 * d);
  for (;;) {
    const double n = rng_normal(r);
    const double v = pow(1 + c * n, 3);
    if (v > 0 && log(1 - rng_uniform(r)) < n * n / 2 + d - d * v + d * log(v)) {
      const double boost = shape < 1 ? pow(1 - rng_uniform(r), 1 / shape) : 1;
      return d * v * boost;
    }
  }
}

float
augment_mix(float alpha, rng *r)
{
  const double a = gamma_draw((double)alpha, r), b = gamma_draw((double)alpha, r);
  const double keep = a + b > 0 ? a / (a + b) : 1;
  return (float)(keep < 0.5 ? 1 - keep : keep);
}
