/* SPDX-License-Identifier: ISC */
/* Sums run in double, clip by clip in the order given: the same bits every time. */
#include "band_norm.h"

#include <math.h>

void
band_norm_of(band_norm *norm, const feature_clip *const *c, uint32_t n,
             const ear_front_end *fe)
{
  feature_units_of(&norm->units, fe);
  const uint32_t n_values = norm->units.n_values;
  const double *unit = norm->units.unit;
  double mean[EAR_MAX_BANDS] = {0}, square[EAR_MAX_BANDS] = {0};
  for (uint32_t i = 0; i < n; ++i) {
    double sum[EAR_MAX_BANDS] = {0}, sum2[EAR_MAX_BANDS] = {0};
    for (uint32_t t = 0; t < c[i]->n_frames; ++t) {
      for (uint32_t b = 0; b < n_values; ++b) {
        const double x = unit[b] * c[i]->kept[(size_t)t * n_values + b];
        sum[b] += x;
        sum2[b] += x * x;
      }
    }
    for (uint32_t b = 0; b < n_values; ++b) {
      mean[b] += sum[b] / c[i]->n_frames / n;
      square[b] += sum2[b] / c[i]->n_frames / n;
    }
  }
  for (uint32_t b = 0; b < n_values; ++b) {
    const double least = unit[b] < 0.01 ? 1e-4 : 1.0; /* variance */
    norm->mean[b] = (float)mean[b];
    norm->inverse_std[b] = (float)(1 / sqrt(fmax(square[b] - mean[b] * mean[b], least)));
  }
}

void
band_norm_even(band_norm *norm)
{
  const uint32_t n = norm->units.n_values;
  double square = 0;
  for (uint32_t b = 0; b < n; ++b) {
    square += 1 / ((double)norm->inverse_std[b] * (double)norm->inverse_std[b]) / n;
  }
  for (uint32_t b = 0; b < n; ++b) {
    norm->inverse_std[b] = (float)(1 / sqrt(square));
  }
}

void
band_norm_apply(const band_norm *norm, float *x, uint32_t n_frames)
{
  for (uint32_t t = 0; t < n_frames; ++t) {
    for (uint32_t b = 0; b < norm->units.n_values; ++b) {
      float *v = &x[(size_t)t * norm->units.n_values + b];
      *v = (*v - norm->mean[b]) * norm->inverse_std[b];
    }
  }
}
