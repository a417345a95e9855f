/* SPDX-License-Identifier: ISC */
/* What the network sees: every value centred and scaled, as the model file says. */
#ifndef EAR_TRAIN_BAND_NORM_H
#define EAR_TRAIN_BAND_NORM_H

#include "featureset.h"

/* x = (value - mean) * inverse_std, for each value of a frame. */
typedef struct {
  feature_units units;
  float mean[EAR_MAX_BANDS];
  float inverse_std[EAR_MAX_BANDS];
} band_norm;

/* Over clips[0..n), each counting equally however long; a standard deviation under 1 dB
   counts as 1 dB, one of chroma or tonnetz under 0.01 as 0.01. */
void band_norm_of(band_norm *norm, const feature_clip *const *c, uint32_t n,
                  const ear_front_end *fe);

/* One deviation for all bands: a gain in dB then moves every value alike. */
void band_norm_even(band_norm *norm);

/* In place, x [n_frames][n_values]. */
void band_norm_apply(const band_norm *norm, float *x, uint32_t n_frames);

#endif
