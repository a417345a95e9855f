/* SPDX-License-Identifier: ISC */
/* Drawn from the stream given and from nothing else. */
#include "augment.h"

#include <math.h>

static const double pi = 3.14159265358979;

/* add[b] to the bands of every frame. */
static void
add_to_bands(float *value, uint32_t n_frames, const ear_front_end *fe, const double *add)
{
  const uint32_t n_values = ear_front_end_values(fe);
  const float floor_db = 10 * log10f(fe->floor_power);
  for (uint32_t b = 0; b < fe->n_bands; ++b) {
    for (uint32_t f = 0; f < n_frames; ++f) {
      float *x = &value[(size_t)f * n_values + b];
      *x = fmaxf(*x + (float)add[b], floor_db);
    }
  }
}

/* The same to the MFCCs, which are linear in the bands: the orthonormal DCT-II of add. */
static void
add_to_mfcc(float *value, uint32_t n_frames, const ear_front_end *fe, const double *add)
{
  const uint32_t n_values = ear_front_end_values(fe), n = fe->n_bands;
  float *mfcc = value + (fe->kinds & EAR_KIND_MEL ? n : 0);
  for (uint32_t i = 0; i < fe->n_mfcc; ++i) {
    double sum = 0;
    for (uint32_t b = 0; b < n; ++b) {
      sum += sqrt((i ? 2.0 : 1.0) / n) * cos(pi * i * (b + 0.5) / n) * add[b];
    }
    for (uint32_t f = 0; f < n_frames; ++f) {
      mfcc[(size_t)f * n_values + i] += (float)sum;
    }
  }
}

void
augment_gain(float *value, uint32_t n_frames, const ear_front_end *fe,
             const recipe_train *t, rng *r)
{
  double add[EAR_MAX_BANDS];
  const double gain = rng_range(r, -1, 1) * (double)t->gain_db;
  const double tilt = rng_range(r, -1, 1) * (double)t->eq_db;
  const double wave = rng_range(r, -1, 1) * (double)t->eq_db;
  const double wave2 = rng_range(r, -1, 1) * (double)t->eq_db / 2;
  const double phase = rng_range(r, 0, 2 * pi), phase2 = rng_range(r, 0, 2 * pi);
  for (uint32_t b = 0; b < fe->n_bands; ++b) {
    const double at = (b + 0.5) / fe->n_bands; /* 0..1 over the bands */
    add[b] = gain + tilt * (2 * at - 1) / 2 + wave * cos(2 * pi * at + phase) / 2 +
             wave2 * cos(6 * pi * at + phase2) / 2;
  }
  if (fe->kinds & EAR_KIND_MEL) {
    add_to_bands(value, n_frames, fe, add);
  }
  if (fe->kinds & EAR_KIND_MFCC) {
    add_to_mfcc(value, n_frames, fe, add);
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
augment_mask(float *x, uint32_t n_frames, uint32_t n_values, const recipe_train *t,
             rng *r)
{
  uint32_t from, to;
  for (uint32_t i = 0; i < t->time_masks; ++i) {
    draw_stretch(n_frames, t->time_mask, r, &from, &to);
    for (size_t k = (size_t)from * n_values; k < (size_t)to * n_values; ++k) {
      x[k] = 0;
    }
  }
  for (uint32_t i = 0; i < t->freq_masks; ++i) {
    draw_stretch(n_values, t->freq_mask, r, &from, &to);
    for (uint32_t f = 0; f < n_frames; ++f) {
      for (uint32_t b = from; b < to; ++b) {
        x[(size_t)f * n_values + b] = 0;
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
