/* SPDX-License-Identifier: ISC */
/* The range of each layer's output that 256 steps should cover: the one with the least
   mean square error on training patches, rounding and, counted more, cutting off. */
#ifndef EAR_TRAIN_CALIBRATE_H
#define EAR_TRAIN_CALIBRATE_H

#include "nn.h"

typedef struct {
  float scale;        /* > 0 */
  int32_t zero_point; /* 0..255 */
} calibrate_steps;
_Static_assert(sizeof(calibrate_steps) == 8, "plain bytes in checkpoints");

/* patches [n_patches][n_frames][n_values] go through net as it evaluates.  steps[0] is
   the input's, steps[1 + l] of engine layer l.  relu[l]: the values of layer l are >= 0.
   n_layers of both.  [setup] */
ear_status calibrate(nn *net, const float *patches, uint32_t n_patches, const bool *relu,
                     uint32_t n_layers, calibrate_steps *steps);

/* The same for each channel of the layers wanted[l], one such layer after the other;
   those with a ReLU are >= 0.  Scale 0: a channel is never anything but 0.  [setup] */
ear_status calibrate_channels(nn *net, const float *patches, uint32_t n_patches,
                              const bool *wanted, calibrate_steps *steps);

#endif
