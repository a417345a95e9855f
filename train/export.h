/* SPDX-License-Identifier: ISC */
/* Float network to int8 model: BatchNorm folded into the convolution before it, weights
   per output channel symmetric, each rounded so that it makes up for the others (see
   moments.h), activation scales calibrated on training patches, and the engine's own
   shapes and rounding.
   Source: B. Jacob et al., CVPR 2018 (arXiv:1712.05877). */
#ifndef EAR_TRAIN_EXPORT_H
#define EAR_TRAIN_EXPORT_H

#include "nn.h"

typedef struct {
  const char *name, *task, *license, *card;
  uint32_t n_labels;
  const char *const *label;
  const float *threshold; /* [n_labels] */
  float temperature;
  float unsure;                    /* margin, see train/unsure.h; 0: none */
  const float *mean, *inverse_std; /* [n_bands] dB, 1 / dB */
} export_info;

/* patches [n_patches][n_frames][n_bands]: normalised training patches to calibrate on.
   The bytes are a complete model file, malloc'ed.  [setup] */
ear_status export_model(nn *net, const export_info *info, const float *patches,
                        uint32_t n_patches, uint8_t **bytes, size_t *n, ear_error *err);

#endif
