/* SPDX-License-Identifier: ISC */
/* What the network sees: dB centred and scaled per band, as the model file says. */
#ifndef EAR_TRAIN_BAND_NORM_H
#define EAR_TRAIN_BAND_NORM_H

#include "featureset.h"

/* x = (dB - mean) * inverse_std, per band. */
typedef struct {
  uint32_t n_bands;
  float mean[EAR_MAX_BANDS];        /* dB */
  float inverse_std[EAR_MAX_BANDS]; /* 1 / dB */
} band_norm;

/* Over clips[0..n), each counting equally however long; a standard deviation under 1 dB
   counts as 1 dB. */
void band_norm_of(band_norm *norm, const feature_clip *const *c, uint32_t n,
                  uint32_t n_bands);

/* In place, x [n_frames][n_bands] dB. */
void band_norm_apply(const band_norm *norm, float *x, uint32_t n_frames);

#endif
