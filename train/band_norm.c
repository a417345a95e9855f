/* SPDX-License-Identifier: ISC */
/* Sums run in double, clip by clip in the order given: the same bits every time. */
#include "band_norm.h"

#include <math.h>

void
band_norm_of(band_norm *norm, const feature_clip *const *c, uint32_t n, uint32_t n_bands)
{
  double mean[EAR_MAX_BANDS] = {0}, square[EAR_MAX_BANDS] = {0};
  for (uint32_t i = 0; i < n; ++i) {
    double sum[EAR_MAX_BANDS] = {0}, sum2[EAR_MAX_BANDS] = {0};
    for (uint32_t t = 0; t < c[i]->n_frames; ++t) {
      for (uint32_t b = 0; b < n_bands; ++b) {
        const double x = 0.01 * c[i]->cdb[(size_t)t * n_bands + b];
        sum[b] += x;
        sum2[b] += x * x;
      }
    }
    for (uint32_t b = 0; b < n_bands; ++b) {
      mean[b] += sum[b] / c[i]->n_frames / n;
      square[b] += sum2[b] / c[i]->n_frames / n;
    }
  }
  norm->n_bands = n_bands;
  for (uint32_t b = 0; b < n_bands; ++b) {
    norm->mean[b] = (float)mean[b];
    norm->inverse_std[b] = (float)(1 / sqrt(fmax(square[b] - mean[b] * mean[b], 1.0)));
  }
}

void
band_norm_apply(const band_norm *norm, float *x, uint32_t n_frames)
{
  for (uint32_t t = 0; t < n_frames; ++t) {
    for (uint32_t b = 0; b < norm->n_bands; ++b) {
      float *v = &x[(size_t)t * norm->n_bands + b];
      *v = (*v - norm->mean[b]) * norm->inverse_std[b];
    }
  }
}
